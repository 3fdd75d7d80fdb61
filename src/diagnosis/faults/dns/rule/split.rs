//! The rule that finds split DNS: of the resolvers that this machine is told to use only one knows the name, and programs
//! believe another.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::dns::{AddressClass, DnsOutcome, DnsQuery, ResolverRole};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::{admits_filtering, said};

pub(in super::super) fn vpn_split(evidence: &Evidence) -> Option<Finding> {
    let failed = matches!(evidence.dns.kind(), Some(FailureKind::DnsNxdomain | FailureKind::DnsNoData));
    if !failed || reading::is_known_host(evidence) || reading::resolver_by_flag(evidence) {
        return None;
    }
    let configured = || reading::asked(evidence).filter(|query| query.role == ResolverRole::Configured);
    let denies = |query: &&DnsQuery| matches!(query.outcome, DnsOutcome::Nxdomain | DnsOutcome::NoData);
    let knows = |query: &&DnsQuery| {
        query.outcome == DnsOutcome::Answer
            && query.answers.iter().any(|a| matches!(a.class, AddressClass::Private | AddressClass::Public))
    };
    let knowing = configured().find(knows)?;
    let denying = configured().find(|query| denies(query) && query.address != knowing.address)?;
    // A name that everybody outside knows is hidden by a filter, not by a division of labour.
    let outside = || reading::asked(evidence).filter(|query| query.role == ResolverRole::Comparison);
    if outside().any(reading::is_sound) || admits_filtering(denying) {
        return None;
    }
    let stranger = outside().find(denies);
    let confidence =
        if stranger.is_some() || !evidence.dns.facts.compared { Confidence::Confirmed } else { Confidence::Likely };
    let (right, wrong) = (knowing.address.ip(), denying.address.ip());
    let finding = Finding::faulty(Stage::Dns, confidence)
        .because(said(denying))
        .because(said(knowing))
        .because_if(stranger.map(said))
        .because(say!(
            en: "programs take the first answer, and {wrong} comes before {right}",
            zh: "程序只认第一个应答，而 {wrong} 排在 {right} 之前",
        ));
    Some(
        finding
            .not(
                "dns-name-not-found",
                say!(
                    en: "{right} knows the name", zh: "{right} 能解析这个域名",
                ),
            )
            .not(
                "dns-no-answer",
                say!(
                    en: "every resolver did answer", zh: "每个 DNS 服务器都应答了",
                ),
            ),
    )
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{self, classified, codes, healthy, query};
    use crate::evidence::dns::{AddressClass, DnsOutcome, DnsTransport, ResolverRole};
    use crate::evidence::{Evidence, FailureKind};

    /// The first resolver denies an internal name, the second knows it; public ones end like this.
    fn split(outside: DnsOutcome) -> Evidence {
        let mut evidence = healthy();
        evidence.target.host = Some("llm.corp.example.com".to_owned());
        evidence.config.facts.base_url.provider = None;
        evidence.dns.facts.name = "llm.corp.example.com".to_owned();
        let mut knowing = query("10.8.0.1", ResolverRole::Configured, DnsTransport::Udp);
        knowing.answers = vec![classified("10.20.0.5", AddressClass::Private)];
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        specimen::comparison(&mut evidence, outside);
        evidence.dns.facts.queries.push(knowing);
        for query in &mut evidence.dns.facts.queries {
            query.name = "llm.corp.example.com".to_owned();
        }
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        evidence
    }

    #[test]
    fn a_name_that_one_of_the_own_resolvers_knows_is_split() {
        assert_eq!(codes(&split(DnsOutcome::Nxdomain)), ["dns-vpn-split"]);
        let mut alone = split(DnsOutcome::Nxdomain);
        alone.dns.facts.queries.pop();
        assert_eq!(codes(&alone), ["dns-name-not-found"]);
        let mut flagged = split(DnsOutcome::Nxdomain);
        flagged.dns.facts.stub.origin = "--resolver".to_owned();
        assert_eq!(codes(&flagged), ["dns-name-not-found"], "the user chose the resolvers");
    }
}
