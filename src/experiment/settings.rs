//! Was another value meant? Where a variable overrides what a weaker source names and the endpoint does not take it:
//! the whole chain with the other value, and with the one in use, in turns.
//!
//! A key goes only where its own source sends it: to the base URL that stands beside it, or to the host in use when
//! nothing beside it names another.

use std::mem::discriminant;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::{ApiKey, AuthHeader, Endpoint, Origin, Settings, Sourced};
use crate::evidence::config::{KeyRef, Sourced as Shown};
use crate::evidence::experiment::{OtherAnswer, OtherSettings, OtherSettingsFacts};
use crate::evidence::{Evidence, Stage, text};
use crate::probe::tls::Trust;
use crate::probe::{Run, chain};

use super::{REPETITIONS, join_all};

/// For one pass of the chain.
const LIMIT: Duration = Duration::from_secs(4);
/// How many other values are tried.
const MOST: usize = 3;

/// Settings in which one value comes from a weaker source.
struct Other {
    base_url: Option<Sourced<String>>,
    key: Option<Sourced<ApiKey>>,
    settings: Arc<Settings>,
}

/// Where a variable decides and something else is named beside it.
pub(super) fn applies(run: &Run, evidence: &Evidence) -> bool {
    let refused = evidence.http.facts.status.is_some_and(|status| matches!(status, 300..500));
    let unreached = evidence.http.facts.status.is_none();
    (refused || unreached) && !others(run).is_empty()
}

pub(super) async fn run(run: &Run, trust: &Trust) -> OtherSettingsFacts {
    let mut facts = OtherSettingsFacts::default();
    let others = others(run);
    let first = join_all(others.iter().map(|other| once(run, trust, other.settings.clone()))).await;
    // What failed is not tried again for the sake of what fails alike.
    let worth = first.iter().any(OtherAnswer::works);
    facts.settings = others.iter().zip(first).map(|(other, answer)| shown(run, other, answer)).collect();
    let turns = if worth { REPETITIONS - 1 } else { 0 };
    for _ in 0..turns {
        facts.usual.push(once(run, trust, quiet(run).into()).await);
        for (other, shown) in others.iter().zip(&mut facts.settings).filter(|(_, shown)| shown.answers[0].works()) {
            shown.answers.push(once(run, trust, other.settings.clone()).await);
        }
    }
    facts
}

fn shown(run: &Run, other: &Other, answer: OtherAnswer) -> OtherSettings {
    let strike = |value: &str| run.scrub(value, text::MAX_LINE);
    let base_url = other.base_url.as_ref().map(|base| Shown {
        value: other.settings.endpoint.as_ref().map_or_else(|_| strike(&base.value), |it| strike(&it.display())),
        origin: strike(&base.origin.to_string()),
    });
    let key = other.key.as_ref().map(|key| KeyRef { origin: key.origin.to_string(), tail: key.value.tail() });
    OtherSettings { base_url, key, answers: vec![answer] }
}

/// The settings without what asks others for comparison.
fn quiet(run: &Run) -> Settings {
    let mut settings = Settings::clone(&run.settings);
    settings.comparison_resolvers.clear();
    settings
}

fn same_source(one: &Origin, other: &Origin) -> bool {
    discriminant(one) == discriminant(other)
}

fn others(run: &Run) -> Vec<Other> {
    let settings = &run.settings;
    let by_variable = |origin: &Origin| matches!(origin, Origin::Env(_));
    let used = settings.endpoint.as_ref().ok();
    let mut found = Vec::new();
    let keys = || settings.key.iter().chain(&settings.shadowed_keys);
    if by_variable(&settings.base_url.origin) {
        for base in &settings.shadowed_base_urls {
            let Ok(endpoint) = Endpoint::parse(&base.value) else { continue };
            if used.is_some_and(|used| used.url() == endpoint.url()) {
                continue;
            }
            let same_host = used.is_some_and(|used| used.host == endpoint.host && used.tls <= endpoint.tls);
            let beside = keys().find(|key| same_source(&key.origin, &base.origin));
            let key = beside.or(settings.key.as_ref().filter(|_| same_host)).cloned();
            let mut other = quiet(run);
            other.auth_header = if endpoint.is_azure() { AuthHeader::ApiKey } else { AuthHeader::Bearer };
            other.allow_plaintext_key &= same_host;
            other.base_url = base.clone();
            other.endpoint = Ok(endpoint);
            let differs = key.as_ref().map(|key| &key.origin) != settings.key.as_ref().map(|key| &key.origin);
            let shown = key.clone().filter(|_| differs);
            found.push(Other { base_url: Some(base.clone()), key: shown, settings: with_key(other, key) });
        }
    }
    if settings.key.as_ref().is_some_and(|key| by_variable(&key.origin)) {
        let used_key = settings.key.as_ref().map(|key| key.value.expose());
        for key in settings.shadowed_keys.iter().filter(|key| Some(key.value.expose()) != used_key) {
            let beside = settings.shadowed_base_urls.iter().find(|base| same_source(&base.origin, &key.origin));
            // A variable that names a host has nothing to do with a key that stands in a file.
            let foreign = by_variable(&settings.base_url.origin) && !by_variable(&key.origin);
            let meant_for_it = match beside {
                Some(base) => {
                    Endpoint::parse(&base.value).ok().is_some_and(|it| used.is_some_and(|used| used.host == it.host))
                }
                None => !foreign,
            };
            if meant_for_it {
                let settings = with_key(quiet(run), Some(key.clone()));
                found.push(Other { base_url: None, key: Some(key.clone()), settings });
            }
        }
    }
    found.truncate(MOST);
    found
}

/// The settings with that key in place of theirs, which is still struck out of what is said.
fn with_key(mut settings: Settings, key: Option<Sourced<ApiKey>>) -> Arc<Settings> {
    let all = settings.key.take().into_iter().chain(std::mem::take(&mut settings.shadowed_keys));
    settings.withheld.extend(all.map(|key| key.value));
    settings.key = key;
    settings.into()
}

async fn once(run: &Run, trust: &Trust, settings: Arc<Settings>) -> OtherAnswer {
    let started = Instant::now();
    let run = run.altered(settings, started + LIMIT);
    let seen = chain::retrace(&run, trust, crate::probe::detour::Detour::default()).await;
    let stages = [
        (Stage::Config, seen.config.failed(), &seen.config.failure),
        (Stage::Dns, seen.dns.failed(), &seen.dns.failure),
        (Stage::Proxy, seen.proxy.failed(), &seen.proxy.failure),
        (Stage::Tcp, seen.tcp.failed(), &seen.tcp.failure),
        (Stage::Tls, seen.tls.failed(), &seen.tls.failure),
        (Stage::Http, seen.http.failed(), &seen.http.failure),
        (Stage::Api, seen.api.failed(), &seen.api.failure),
    ];
    let failed = stages.into_iter().find(|(_, failed, _)| *failed);
    let failure = failed.and_then(|(.., failure)| failure.clone());
    OtherAnswer {
        failed: failed.map(|(stage, ..)| stage),
        kind: failure.as_ref().map(|failure| failure.kind),
        key_sent: seen.http.facts.key_sent,
        status: seen.http.facts.status,
        shape: seen.api.facts.shape,
        duration_ms: started.elapsed().into(),
        failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ConfigFile, Environment, Overrides};

    const STALE: &str = "sk-proj-4Jd8sKq0ZbTn7PmW2yHc";
    const FILED: &str = "sk-proj-8Hk2mLp5QwXv3NzR7tGb";

    fn found(variables: &[(&str, &str)], file: &str, argument: Option<&str>) -> Vec<(Option<String>, Option<String>)> {
        let base_url = argument.map(|url| Sourced::new(url.to_owned(), Origin::Flag("BASE_URL")));
        let flags = Overrides { base_url, ..Overrides::default() };
        let environment = Environment::from_pairs(variables.iter().copied());
        let file = ConfigFile::parse("config.toml".into(), file).unwrap();
        let settings = Settings::resolve(&flags, &environment, Some(&file)).unwrap();
        let run = Run::start(settings.into());
        let told = |other: Other| {
            let key = other.settings.key.as_ref().map(|key| key.value.expose().to_owned());
            (other.base_url.map(|base| base.value), key)
        };
        others(&run).into_iter().map(told).collect()
    }

    #[test]
    fn a_key_goes_only_where_its_source_sends_it() {
        let (relay, own) = ("https://relay.example/v1", "https://api.openai.com/v1");
        let file = format!("base_url = \"{own}\"\napi_key = \"{FILED}\"\n");
        let (some, text) = (Some::<String>, str::to_owned);
        // Base URL and key of the file belong together; neither is mixed with the variables'.
        let both = [("OPENAI_BASE_URL", relay), ("OPENAI_API_KEY", STALE)];
        assert_eq!(found(&both, &file, None), [(some(text(own)), some(text(FILED)))]);
        // The key in the variable is not sent to the host in the file.
        let without = format!("base_url = \"{own}\"\n");
        assert_eq!(found(&both, &without, None), [(some(text(own)), None)]);
        // A key in the file is not sent to the host in the variable.
        let key_only = format!("api_key = \"{FILED}\"\n");
        assert!(found(&both, &key_only, None).is_empty());
        // On the usual host, and on one that was typed, it is another key of the user's.
        let stale = [("OPENAI_API_KEY", STALE)];
        assert_eq!(found(&stale, &key_only, None), [(None, some(text(FILED)))]);
        assert_eq!(found(&stale, &key_only, Some(relay)), [(None, some(text(FILED)))]);
        // Both name the same host: the key in the file is for it too.
        let alike = [("OPENAI_BASE_URL", own), ("OPENAI_API_KEY", STALE)];
        assert_eq!(found(&alike, &file, None), [(None, some(text(FILED)))]);
        // What was typed is no variable that overrides anything.
        assert!(found(&[], &file, Some(relay)).is_empty());
        assert!(found(&[("OPENAI_API_KEY", FILED)], &file, None).is_empty(), "the same value twice");
    }
}
