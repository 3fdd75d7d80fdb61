//! What unrelated hosts say about a certificate, the clock, and who answers plain HTTP.

use crate::diagnosis::experiment::server;
use crate::diagnosis::reading;
use crate::evidence::config::HostKind;
use crate::evidence::experiment::{CertificateFacts, ExperimentFacts, PlainAnswer, PortalFacts, Sighting};
use crate::evidence::tls::Verdict;
use crate::evidence::{Evidence, FailureKind, TlsFacts, text};
use crate::lang::Sentence;
use crate::say;

fn certificate(evidence: &Evidence) -> Option<&CertificateFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Certificate(facts) => Some(facts),
        _ => None,
    })
}

fn portal(evidence: &Evidence) -> Option<&PortalFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Portal(facts) => Some(facts),
        _ => None,
    })
}

/// Whether somebody known signed it: it verifies, or all that is wrong is the name.
fn is_genuine(sighting: &Sighting) -> bool {
    let good = |verdict: &Verdict| verdict.valid || verdict.kind == Some(FailureKind::TlsWrongName);
    sighting.completed && [&sighting.platform, &sighting.mozilla].into_iter().flatten().any(good)
}

/// Unrelated hosts whose certificates somebody known signed.
pub(in super::super) fn genuine(evidence: &Evidence) -> Vec<&Sighting> {
    certificate(evidence).into_iter().flat_map(|facts| &facts.controls).filter(|one| is_genuine(one)).collect()
}

/// Unrelated hosts that show the issuer of the refused certificate, just as unknown.
pub(in super::super) fn of_same_issuer<'a>(evidence: &'a Evidence, refused: &TlsFacts) -> Vec<&'a Sighting> {
    let shared =
        |one: &&Sighting| refused.chain.iter().take(4).any(|certificate| one.issuers.contains(&certificate.issuer));
    let controls = certificate(evidence).into_iter().flat_map(|facts| &facts.controls);
    controls.filter(|one| one.completed && !is_genuine(one)).filter(shared).collect()
}

/// Unrelated hosts that show the very certificate of the target.
pub(in super::super) fn of_same_leaf(evidence: &Evidence) -> Vec<&Sighting> {
    let Some(leaf) = evidence.tls.facts.chain.first().filter(|leaf| !leaf.sha256.is_empty()) else { return Vec::new() };
    let same = |one: &&Sighting| one.leaf.as_ref().is_some_and(|other| other.sha256 == leaf.sha256);
    certificate(evidence).into_iter().flat_map(|facts| &facts.controls).filter(same).collect()
}

/// Whether the target was refused for the same reason each time that it was looked at, three times with the chain.
pub(in super::super) fn refused_each_time(evidence: &Evidence) -> bool {
    let Some(facts) = certificate(evidence) else { return false };
    let kind = evidence.tls.kind();
    let same = |one: &Sighting| one.platform.as_ref().is_some_and(|verdict| !verdict.valid && verdict.kind == kind);
    // Through a proxy that resolves there is no address to look at again.
    let looked_again = facts.target.len() >= 2 || reading::is_proxied(evidence);
    looked_again && facts.target.iter().all(same)
}

/// Whether nobody outside can witness for this target: it is of this machine or network.
pub(in super::super) fn is_local(evidence: &Evidence) -> bool {
    evidence.config.facts.base_url.host_kind != HostKind::Public
}

fn addresses(hosts: &[&Sighting]) -> String {
    hosts.iter().map(|one| one.address.to_string()).collect::<Vec<_>>().join(", ")
}

/// How often the endpoint's certificate was refused, the chain's look at it included.
fn refusals(evidence: &Evidence) -> usize {
    certificate(evidence).map_or(1, |facts| facts.target.len() + 1)
}

/// "unrelated hosts (…) show certificates of the same issuer"
pub(in super::super) fn same_issuer_words(evidence: &Evidence, hosts: &[&Sighting]) -> Option<Sentence> {
    let times = refusals(evidence);
    let issuer = server::signer(hosts.first()?)?;
    let (addresses, count) = (addresses(hosts), hosts.len());
    Some(say!(
        en: "the endpoint's certificate was refused {times} of {times} times; at the same time {count} unrelated hosts ({addresses}) showed certificates of the same unknown issuer: {issuer}",
        zh: "端点的证书 {times} 次都不通过；同一时间 {count} 个无关主机（{addresses}）的证书也由同一个未知签发者签发：{issuer}",
    ))
}

/// "unrelated hosts (…) verify"
pub(in super::super) fn genuine_words(evidence: &Evidence, hosts: &[&Sighting]) -> Option<Sentence> {
    let times = refusals(evidence);
    let issuer = server::signer(hosts.first()?)?;
    let (addresses, count) = (addresses(hosts), hosts.len());
    Some(say!(
        en: "the endpoint's certificate was refused {times} of {times} times; at the same time those of {count} unrelated hosts ({addresses}) were good, for example one by {issuer}",
        zh: "端点的证书 {times} 次都不通过；同一时间 {count} 个无关主机（{addresses}）的证书都没有问题，例如由 {issuer} 签发的",
    ))
}

/// What other clocks say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Clock {
    /// The median of their differences to this machine's, in seconds: positive means that we are behind.
    pub(in super::super) offset_s: i64,
    /// How many unrelated hosts there are among them.
    pub(in super::super) peers: usize,
}

/// The median of what the target and unrelated hosts say of the time.
pub(in super::super) fn clock(evidence: &Evidence) -> Option<Clock> {
    let controls = certificate(evidence).into_iter().flat_map(|facts| &facts.controls);
    let mut told: Vec<i64> = controls.filter_map(|one| one.clock_offset_s).collect();
    let peers = told.len();
    told.extend(evidence.http.facts.clock_offset_s);
    told.sort_unstable();
    let offset_s = *told.get(told.len().saturating_sub(1) / 2)?;
    Some(Clock { offset_s, peers })
}

/// Somebody who answers for unrelated hosts.
pub(in super::super) struct Impostor<'a> {
    /// The hosts in whose place it answered.
    pub(in super::super) hosts: Vec<&'a PlainAnswer>,
    /// Where it sends a browser, or what its page says.
    pub(in super::super) aim: String,
}

/// Where an answer sends a browser that did not ask for it, or the page that it shows.
fn aim(answer: &PlainAnswer) -> Option<String> {
    let status = answer.status?;
    let asked = answer.address.ip().to_string();
    let own = |host: &str| host == asked || answer.name.as_deref().is_some_and(|name| host.ends_with(name));
    if let Some(location) = answer.location.as_deref().filter(|_| (300..400).contains(&status)) {
        return match url::Url::parse(location) {
            Ok(url) => url.host_str().filter(|host| !own(host.trim_matches(['[', ']']))).map(str::to_owned),
            Err(_) => Some(text::line(location, 120)).filter(|path| !path.contains("generate_204")),
        };
    }
    let page = answer.title.as_deref().unwrap_or(&answer.body);
    (matches!(status, 200 | 511) && !page.is_empty()).then(|| text::line(page, 120))
}

/// Who answers for unrelated hosts: the same redirect or page from more than one of them, or from all that answered.
pub(in super::super) fn impostor(evidence: &Evidence) -> Option<Impostor<'_>> {
    let facts = portal(evidence)?;
    let aims: Vec<(&PlainAnswer, String)> = facts.hosts.iter().filter_map(|one| Some((one, aim(one)?))).collect();
    let most = aims.iter().max_by_key(|(_, aim)| aims.iter().filter(|(_, other)| other == aim).count())?;
    let hosts = aims.iter().filter(|(_, aim)| *aim == most.1).map(|(one, _)| *one).collect();
    Some(Impostor { hosts, aim: most.1.clone() })
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{self, certificate, codes, healthy, ip};
    use crate::diagnosis::{Confidence, diagnose};
    use crate::evidence::experiment::{
        CertificateFacts, Experiment, ExperimentFacts, PlainAnswer, PortalFacts, Sighting,
    };
    use crate::evidence::tls::{Certificate, Verdict};
    use crate::evidence::{Evidence, FailureKind, Ms};

    fn refused(kind: FailureKind, leaf: Certificate) -> Evidence {
        let mut evidence = healthy();
        specimen::certificate_fails(&mut evidence, kind, leaf);
        evidence
    }

    fn sighting(address: &str, issuer: &str, kind: Option<FailureKind>, clock: Option<i64>) -> Sighting {
        let verdict = Verdict { valid: kind.is_none(), kind, detail: None, roots: Some(140) };
        Sighting {
            address: (ip(address), 443).into(),
            server_name: address.to_owned(),
            completed: true,
            platform: Some(verdict.clone()),
            mozilla: Some(verdict),
            leaf: Some(Certificate { sha256: address.to_owned(), ..certificate(issuer, issuer) }),
            issuers: vec![certificate(issuer, issuer).issuer],
            clock_offset_s: clock,
            failure: None,
        }
    }

    fn compare(evidence: &mut Evidence, controls: Vec<Sighting>) {
        let kind = evidence.tls.kind();
        let target = vec![sighting(specimen::V4, "x", kind, None); 2];
        let facts = ExperimentFacts::Certificate(CertificateFacts { target, controls });
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(90.0) });
    }

    fn primary(evidence: &Evidence) -> (&'static str, Confidence) {
        let outcome = diagnose(evidence);
        (outcome.diagnoses[0].fault.code, outcome.diagnoses[0].finding.confidence)
    }

    const UNKNOWN: Option<FailureKind> = Some(FailureKind::TlsUnknownIssuer);

    #[test]
    fn a_doubtful_certificate_asks_for_other_hosts_and_a_settled_one_does_not() {
        let mut evidence = refused(FailureKind::TlsUnknownIssuer, certificate("Corp Root", "Corp Root"));
        assert_eq!(primary(&evidence), ("tls-intercepted", Confidence::Likely));
        assert!(!diagnose(&evidence).questions.is_empty());
        compare(&mut evidence, vec![sighting("8.8.8.8", "Corp Root", UNKNOWN, None)]);
        assert_eq!(primary(&evidence), ("tls-intercepted", Confidence::Confirmed));
        assert!(diagnose(&evidence).questions.is_empty());
    }

    #[test]
    fn the_same_issuer_elsewhere_is_interception_and_none_elsewhere_is_the_server() {
        let own = || {
            let mut evidence = refused(FailureKind::TlsUnknownIssuer, certificate("Corp Root", "Corp Root"));
            evidence.target.host = Some("llm.example.com".to_owned());
            evidence.config.facts.base_url.provider = None;
            evidence
        };
        assert_eq!(primary(&own()), ("tls-certificate-untrusted", Confidence::Likely));
        let mut alone = own();
        compare(&mut alone, vec![sighting("8.8.8.8", "WR2", None, None), sighting("1.1.1.1", "SSL.com", None, None)]);
        assert_eq!(primary(&alone), ("tls-certificate-untrusted", Confidence::Confirmed));
        let mut everywhere = own();
        compare(&mut everywhere, vec![sighting("8.8.8.8", "Corp Root", UNKNOWN, None)]);
        assert_eq!(primary(&everywhere), ("tls-intercepted", Confidence::Confirmed));
        // Another unknown issuer elsewhere says nothing about this one.
        let mut other = own();
        compare(&mut other, vec![sighting("8.8.8.8", "Somebody Else", UNKNOWN, None)]);
        assert_eq!(primary(&other), ("tls-certificate-untrusted", Confidence::Likely));
    }

    #[test]
    fn the_clock_is_that_of_the_majority() {
        let old = Certificate {
            not_before: "2025-01-01T00:00:00Z".to_owned(),
            not_after: "2026-01-05T00:00:00Z".to_owned(),
            days_left: -10,
            ..certificate("R3", "Let's Encrypt")
        };
        let expired = Some(FailureKind::TlsExpired);
        let mut evidence = refused(FailureKind::TlsExpired, old);
        let days = -20 * 86_400;
        evidence.http.facts.clock_offset_s = Some(days);
        assert_eq!(primary(&evidence), ("tls-clock-skew", Confidence::Likely));
        let at = |address: &str, clock| sighting(address, "WR2", expired, Some(clock));
        let mut skewed = evidence.clone();
        compare(&mut skewed, vec![at("8.8.8.8", days), at("1.1.1.1", days + 1)]);
        assert_eq!(primary(&skewed), ("tls-clock-skew", Confidence::Confirmed));
        // Only the endpoint's own clock differs: then it is the endpoint's.
        compare(&mut evidence, vec![at("8.8.8.8", 0), at("1.1.1.1", 1)]);
        assert_eq!(primary(&evidence), ("tls-certificate-expired", Confidence::Confirmed));
    }

    fn plain(address: &str, status: u16, location: Option<&str>) -> PlainAnswer {
        PlainAnswer {
            address: (ip(address), 80).into(),
            name: None,
            status: Some(status),
            location: location.map(str::to_owned),
            title: None,
            body: String::new(),
            failure: None,
        }
    }

    fn ask(evidence: &mut Evidence, hosts: Vec<PlainAnswer>) {
        let facts = ExperimentFacts::Portal(PortalFacts { hosts });
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(40.0) });
    }

    #[test]
    fn one_stranger_in_place_of_two_hosts_is_a_portal() {
        let leaf = || Certificate { names: vec!["gw.example".to_owned()], ..certificate("gw", "gw") };
        let evidence = || refused(FailureKind::TlsUnknownIssuer, leaf());
        let login = Some("http://login.hotel.test/welcome");
        let mut portal = evidence();
        ask(&mut portal, vec![plain("8.8.8.8", 302, login), plain("1.1.1.1", 302, login)]);
        assert_eq!(primary(&portal), ("captive-portal", Confidence::Confirmed));
        // Hosts that send everybody to their own TLS port are themselves.
        let mut honest = evidence();
        let home = [("8.8.8.8", "https://8.8.8.8/generate_204"), ("1.1.1.1", "https://1.1.1.1/generate_204")];
        ask(&mut honest, home.map(|(address, aim)| plain(address, 301, Some(aim))).to_vec());
        assert_eq!(codes(&honest), ["tls-certificate-untrusted"]);
        // One alone may do so for reasons of its own.
        let mut single = evidence();
        ask(&mut single, vec![plain("8.8.8.8", 302, login), plain("1.1.1.1", 404, None)]);
        assert_eq!(codes(&single), ["tls-certificate-untrusted"]);
    }

    #[test]
    fn where_the_endpoint_works_a_portal_is_nobodys_business() {
        let mut evidence = healthy();
        let login = Some("http://login.hotel.test/welcome");
        ask(&mut evidence, vec![plain("8.8.8.8", 302, login), plain("1.1.1.1", 302, login)]);
        assert_eq!(codes(&evidence), Vec::<&str>::new());
    }
}
