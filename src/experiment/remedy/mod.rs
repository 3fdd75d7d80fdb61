//! Remedies for a diagnosed fault, tried one by one: each changes exactly one thing of the run and walks the chain
//! again. Nothing is changed on this machine.
//!
//! A remedy is a literal in a file of its subject: its name, the faults that it may cure, and the ways to apply it
//! here. The key goes with a trial only where the user's own settings would send it: to the configured host, over a
//! connection that verifies by what the user trusts already.

mod address;
mod credential;
mod endpoint;
mod packet;
mod proxy;
mod resolver;
mod trial;
mod trust;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::config::Settings;
use crate::evidence::remedy::RemedyName;
use crate::evidence::{Evidence, RemedyFacts};
use crate::probe::Run;
use crate::probe::detour::Detour;
use crate::probe::tls::Trust;

pub use trial::Judge;

/// How long all of them may take together.
pub const BUDGET: Duration = Duration::from_secs(10);
/// How many are tried at once.
const PARALLEL: usize = 6;
/// How many ways to apply remedies are tried in all.
const MOST: usize = 16;

/// A remedy.
struct Remedy {
    name: RemedyName,
    /// The faults that it may cure.
    cures: &'static [&'static str],
    /// The ways to apply it here.
    ways: fn(&Scene<'_>, &mut Ways),
}

/// The likeliest to help first.
const REMEDIES: &[&Remedy] = &[
    &credential::TRIMMED_KEY,
    &credential::NO_ORGANIZATION,
    &endpoint::BASE_URL,
    &trust::CA_FILE,
    &proxy::REMOTE_NAMES,
    &proxy::PROXY_SCHEME,
    &proxy::OTHER_PROXY,
    &proxy::DIRECT,
    &resolver::DNS_OVER_TLS,
    &resolver::DNS_OVER_HTTPS,
    &resolver::OVER_TCP,
    &resolver::OTHER,
    &address::OTHER,
    &address::IPV4_ONLY,
    &address::IPV6_ONLY,
    &packet::SMALL_SEGMENTS,
    &packet::CLASSICAL_KEY_SHARE,
    &proxy::LOCAL_PROXY,
];

/// What a remedy looks at.
struct Scene<'a> {
    run: &'a Run,
    evidence: &'a Evidence,
    /// Whether the ways are tried, and not only counted: then ports of this machine may be knocked at.
    in_earnest: bool,
}

impl Scene<'_> {
    fn settings(&self) -> Settings {
        let mut settings = Settings::clone(&self.run.settings);
        // Nobody is asked for comparison again.
        settings.comparison_resolvers.clear();
        settings
    }

    /// The host's name; `None` where the endpoint is an address.
    fn name(&self) -> Option<String> {
        let endpoint = self.run.settings.endpoint.as_ref().ok()?;
        endpoint.address().is_none().then(|| endpoint.host_text())
    }

    fn is_direct(&self) -> bool {
        self.run.settings.route.proxy.is_none()
    }
}

/// One way to apply a remedy.
struct Way {
    name: RemedyName,
    value: String,
    origin: Option<String>,
    settings: Arc<Settings>,
    detour: Detour,
    keyless: bool,
}

/// The ways found so far.
struct Ways {
    name: RemedyName,
    found: Vec<Way>,
}

impl Ways {
    /// A way that changes settings.
    fn set(&mut self, value: impl Into<String>, origin: Option<String>, settings: Settings) {
        self.push(value.into(), origin, settings, Detour::default(), false);
    }

    /// The same, for a change that the user has not made: without the key and whatever goes with it.
    fn set_keyless(&mut self, value: impl Into<String>, origin: Option<String>, mut settings: Settings) {
        (settings.key, settings.organization, settings.project) = (None, None, None);
        settings.allow_plaintext_key = false;
        self.push(value.into(), origin, settings, Detour::default(), true);
    }

    /// A way that changes what no setting says.
    fn detour(&mut self, value: impl Into<String>, origin: Option<String>, settings: Settings, detour: Detour) {
        self.push(value.into(), origin, settings, detour, false);
    }

    fn push(&mut self, value: String, origin: Option<String>, settings: Settings, detour: Detour, keyless: bool) {
        if self.found.len() < MOST {
            let settings = Arc::new(settings);
            self.found.push(Way { name: self.name, value, origin, settings, detour, keyless });
        }
    }
}

fn ways(run: &Run, evidence: &Evidence, faults: &[&str], in_earnest: bool) -> Vec<Way> {
    let scene = Scene { run, evidence, in_earnest };
    let mut ways = Ways { name: RemedyName::Direct, found: Vec::new() };
    for remedy in REMEDIES.iter().filter(|remedy| remedy.cures.iter().any(|code| faults.contains(code))) {
        ways.name = remedy.name;
        (remedy.ways)(&scene, &mut ways);
    }
    ways.found
}

/// How many ways there are to try; `faults` are the one that was diagnosed and its rivals that are still open.
#[must_use]
pub fn count(run: &Run, evidence: &Evidence, faults: &[&str]) -> usize {
    ways(run, evidence, faults, false).len()
}

/// Tries them; what was tried stands in the evidence as soon as it is known.
///
/// `judge` names the fault that evidence shows: what one remedy leaves may be another fault.
pub async fn try_all(run: &Run, faults: &[&str], judge: Judge, evidence: &mut Evidence, until: Instant) {
    let Some(fault) = faults.first() else { return };
    let before = trial::Before::of(evidence, fault);
    let usual = Trust::load(run);
    let mut waiting = ways(run, evidence, faults, true).into_iter().enumerate();
    let mut under_way: JoinSet<(usize, RemedyFacts)> = JoinSet::new();
    let mut order: Vec<usize> = Vec::new();
    loop {
        while under_way.len() < PARALLEL
            && let Some((place, way)) = waiting.next()
        {
            let (run, usual, before) = (run.clone(), usual.clone(), before.clone());
            under_way.spawn(async move { (place, trial::conduct(&run, &usual, way, before, judge, until).await) });
        }
        // A trial that panicked has no facts; the others do.
        let Some(done) = under_way.join_next().await else { return };
        let Ok((place, facts)) = done else { continue };
        let at = order.partition_point(|known| *known < place);
        order.insert(at, place);
        evidence.remedies.insert(at, facts);
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST, REMEDIES, Way, ways};
    use crate::config::{Environment, Origin, Overrides, Settings, Sourced};
    use crate::evidence::Evidence;
    use crate::evidence::remedy::RemedyName;
    use crate::probe::{Run, environment};

    const KEY: &str = "sk-proj-4Jd8sKq0ZbTn7PmW2yHc";

    fn found(url: &str, variables: &[(&str, &str)], faults: &[&str]) -> Vec<Way> {
        let flags = Overrides { base_url: Some(Sourced::new(url.to_owned(), Origin::Default)), ..Overrides::default() };
        let usual = [("OPENAI_API_KEY", KEY), ("OPENAI_ORG_ID", "org-1")];
        let variables = usual.into_iter().chain(variables.iter().copied());
        let settings = Settings::resolve(&flags, &Environment::from_pairs(variables), None).unwrap();
        let run = Run::start(settings.into());
        let (target, config) = environment::observe(&run);
        ways(&run, &Evidence { target, config, ..Evidence::default() }, faults, false)
    }

    fn values(ways: &[Way], name: RemedyName) -> Vec<&str> {
        ways.iter().filter(|way| way.name == name).map(|way| way.value.as_str()).collect()
    }

    #[test]
    fn a_healthy_run_and_an_unknown_fault_have_no_remedy() {
        assert!(found("https://api.openai.com/v1", &[], &[]).is_empty());
        assert!(found("https://api.openai.com/v1", &[], &["quota-exhausted"]).is_empty());
    }

    #[test]
    fn the_key_goes_to_the_configured_host_over_tls_only() {
        for (used, fault, moved, keyless) in [
            ("https://relay.example", "base-url-missing-version", "https://relay.example/v1", false),
            ("https://platform.openai.com/v1", "base-url-not-an-api", "https://api.openai.com/v1", true),
            ("http://api.openai.com/v1", "base-url-redirects", "https://api.openai.com/v1", false),
            ("\"https://relay.example/v1\"", "base-url-malformed", "https://relay.example/v1", true),
        ] {
            let ways = found(used, &[], &[fault]);
            let way = ways.iter().find(|way| way.value == moved).unwrap_or_else(|| panic!("{used}"));
            assert_eq!((way.keyless, way.settings.key.is_none()), (keyless, keyless), "{used}");
            assert_eq!(way.settings.organization.is_none(), keyless, "{used}");
            assert_eq!(way.settings.endpoint.as_ref().unwrap().display(), moved);
        }
    }

    #[test]
    fn plaintext_in_place_of_tls_gets_no_key() {
        let flags = Overrides {
            base_url: Some(Sourced::new("https://127.0.0.1:8000/v1".to_owned(), Origin::Default)),
            allow_plaintext_key: true,
            ..Overrides::default()
        };
        let environment = Environment::from_pairs([("OPENAI_API_KEY", KEY)]);
        let run = Run::start(Settings::resolve(&flags, &environment, None).unwrap().into());
        let mut evidence = Evidence::default();
        evidence.tls.status = crate::evidence::Status::Fail;
        let ways = ways(&run, &evidence, &["base-url-scheme-mismatch"], false);
        assert_eq!(values(&ways, RemedyName::BaseUrl), ["http://127.0.0.1:8000/v1"]);
        assert!(ways[0].keyless && ways[0].settings.key.is_none() && !ways[0].settings.allow_plaintext_key);
    }

    #[test]
    fn every_other_proxy_is_tried_once_and_none_at_all() {
        let variables = [
            ("HTTPS_PROXY", "http://10.0.0.80:3128"),
            ("ALL_PROXY", "http://u:secret@10.0.0.81:3128"),
            ("http_proxy", "http://10.0.0.81:3128"),
        ];
        let ways = found("https://api.openai.com/v1", &variables, &["proxy-exit-dead"]);
        assert_eq!(values(&ways, RemedyName::OtherProxy), ["http://10.0.0.81:3128"]);
        assert_eq!(values(&ways, RemedyName::Direct), ["http://10.0.0.80:3128"]);
        assert_eq!(
            values(&ways, RemedyName::ProxyScheme),
            ["socks5h://10.0.0.80:3128", "https://10.0.0.80:3128"],
            "the same port, spoken to differently"
        );
        let other = ways.iter().find(|way| way.name == RemedyName::OtherProxy).unwrap();
        assert_eq!(other.origin.as_deref(), Some("ALL_PROXY"));
        assert!(other.settings.key.is_some() && !other.keyless);
    }

    #[test]
    fn the_key_is_cleaned_and_the_headers_are_left_out() {
        let quoted = [("OPENAI_API_KEY", "\"sk-abc\"")];
        let ways = found("https://api.openai.com/v1", &quoted, &["key-quoted"]);
        assert_eq!(ways[0].settings.key.as_ref().unwrap().value.expose(), "sk-abc");
        assert!(found("https://api.openai.com/v1", &[], &["key-quoted"]).is_empty(), "there is nothing around it");
        let ways = found("https://api.openai.com/v1", &[], &["organization-mismatch"]);
        assert_eq!(ways[0].origin.as_deref(), Some("OPENAI_ORG_ID"));
        assert!(ways[0].settings.organization.is_none() && ways[0].settings.key.is_some());
    }

    #[test]
    fn names_of_this_network_are_asked_of_nobody_outside() {
        let names = [RemedyName::OtherResolver, RemedyName::DnsOverHttps, RemedyName::DnsOverTls];
        for (url, asked) in [("https://llm.corp/v1", false), ("https://api.openai.com/v1", true)] {
            let ways = found(url, &[], &["dns-name-not-found"]);
            for name in names {
                assert_eq!(!values(&ways, name).is_empty(), asked, "{url} {name:?}");
            }
        }
    }

    #[test]
    fn no_run_tries_more_than_it_may() {
        let all: Vec<&str> = REMEDIES.iter().flat_map(|remedy| remedy.cures.iter().copied()).collect();
        let variables = [("HTTPS_PROXY", "http://10.0.0.80:3128"), ("ALL_PROXY", "http://10.0.0.81:3128")];
        assert_eq!(found("https://api.openai.com", &variables, &all).len(), MOST);
    }
}
