//! The config stage: the settings and this machine, looked at before any packet is sent.
//!
//! It turns [`Settings`] into facts, stats the files that CA variables name and asks the
//! kernel for routes. It judges nothing, and nothing in it waits for anything.

mod base_url;
mod ca;
mod machine;
mod note;

use crate::config::named::{self, Named, Unapplied};
use crate::config::no_proxy::{Client, Destination};
use crate::config::{ApiKey, AuthHeader, ProxyKind, Settings, Sourced, no_proxy, proxy};
use crate::evidence::config::{
    BadCharacter, ClientBypass, ConfigFacts, KeyFacts, KeyRef, ProxyVariable, Route, RouteKind, Sourced as SourcedFact,
    Target, UnappliedBecause, UnappliedProxy,
};
use crate::evidence::{Failure, FailureKind, Observation, Operation, Status, text};

pub(super) use base_url::host_kind;
pub use note::all as notes;

use super::Run;

/// The eight proxy variables.
const PROXY_VARIABLES: [&str; 8] =
    ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"];

/// How many bad characters of a key are reported.
const MAX_BAD_CHARACTERS: usize = 16;

/// Looks at the settings and the machine.
#[must_use]
pub fn observe(run: &Run) -> (Target, Observation<ConfigFacts>) {
    let started = run.now();
    let settings = &*run.settings;
    let facts = ConfigFacts {
        base_url: base_url::look_at(run),
        key: settings.key.as_ref().map(|key| key_facts(key, settings.auth_header)),
        other_keys: settings.shadowed_keys.iter().map(key_ref).collect(),
        organization: settings.organization.as_ref().map(|value| sourced(run, value)),
        project: settings.project.as_ref().map(|value| sourced(run, value)),
        proxy_variables: proxy_variables(run),
        unapplied_proxies: unapplied_proxies(settings),
        no_proxy_rule: settings.route.no_proxy_rule.as_deref().map(|rule| run.scrub(rule, text::MAX_LINE)),
        no_proxy_by_client: no_proxy_by_client(settings),
        ca_paths: ca::look_at(settings),
        machine: machine::look_at(&settings.environment),
        notes: note::all(settings),
    };
    let failure = settings.endpoint.as_ref().err().map(|defect| {
        Failure::new(FailureKind::UnusableSetting, Operation::Configure, format_args!("base URL: {defect}"))
    });
    let target = target(run, &facts);
    let mut observation = Observation::ended(started, run.now(), facts, failure);
    if observation.status == Status::Pass && !observation.facts.notes.is_empty() {
        observation.status = Status::Warn;
    }
    (target, observation)
}

fn target(run: &Run, facts: &ConfigFacts) -> Target {
    let settings = &*run.settings;
    let endpoint = settings.endpoint.as_ref().ok();
    let route = &settings.route;
    Target {
        base_url: endpoint.map_or_else(|| facts.base_url.raw.clone(), |endpoint| run.strike(&endpoint.display())),
        host: endpoint.map(crate::config::Endpoint::host_text),
        port: endpoint.map(|endpoint| endpoint.port),
        route: Route {
            kind: route.proxy.as_ref().map_or(RouteKind::Direct, |proxy| match proxy.kind {
                ProxyKind::Http => RouteKind::Http,
                ProxyKind::Https => RouteKind::Https,
                ProxyKind::Socks5 => RouteKind::Socks5,
                ProxyKind::Socks5h => RouteKind::Socks5h,
            }),
            proxy: route.proxy.as_ref().map(|proxy| proxy.display.clone()),
            origin: route.origin.to_string(),
        },
        key: settings.key.as_ref().map(key_ref),
    }
}

fn key_ref(key: &Sourced<ApiKey>) -> KeyRef {
    KeyRef { origin: key.origin.to_string(), tail: key.value.tail() }
}

fn key_facts(key: &Sourced<ApiKey>, header: AuthHeader) -> KeyFacts {
    let value = &key.value;
    KeyFacts {
        origin: key.origin.to_string(),
        tail: value.tail(),
        length: value.expose().chars().count(),
        wrapped_in: value.wrapped_in().map(String::from),
        bad_characters: value
            .bad_characters()
            .take(MAX_BAD_CHARACTERS)
            .map(|(position, character)| BadCharacter {
                position,
                code_point: format!("U+{:04X}", u32::from(character)),
            })
            .collect(),
        looks_like: value.looks_like().iter().map(|&provider| provider.to_owned()).collect(),
        placeholder: value.is_placeholder(),
        sendable: value.is_sendable(),
        header: match header {
            AuthHeader::Bearer => "authorization-bearer",
            AuthHeader::ApiKey => "api-key",
        }
        .to_owned(),
    }
}

fn sourced(run: &Run, setting: &Sourced<String>) -> SourcedFact {
    SourcedFact { value: run.scrub(&setting.value, text::MAX_LINE), origin: setting.origin.to_string() }
}

fn proxy_variables(run: &Run) -> Vec<ProxyVariable> {
    let environment = &run.settings.environment;
    PROXY_VARIABLES
        .into_iter()
        .filter_map(|name| environment.value(name).map(|value| (name, value)))
        .map(|(name, value)| ProxyVariable {
            name: name.to_owned(),
            value: run.scrub(&crate::config::endpoint::without_credentials(value), text::MAX_LINE),
            defect: match name {
                "no_proxy" | "NO_PROXY" => None,
                _ => proxy::defect(value).map(|defect| defect.name().to_owned()),
            },
        })
        .collect()
}

fn unapplied_proxies(settings: &Settings) -> Vec<UnappliedProxy> {
    let unapplied = named::unapplied(settings).into_iter().map(|(Named { proxy, origins }, why)| {
        let (because, by) = match why {
            Unapplied::NoProxy { rule, .. } => (UnappliedBecause::NoProxy, Some(text::line(&rule, text::MAX_LINE))),
            Unapplied::Flag => (UnappliedBecause::Flag, None),
            Unapplied::OtherScheme => (UnappliedBecause::OtherScheme, None),
            Unapplied::Cgi => (UnappliedBecause::Cgi, None),
            Unapplied::Desktop => (UnappliedBecause::Desktop, None),
            Unapplied::Misspelt { meant } => (UnappliedBecause::Misspelt, Some(meant.to_owned())),
        };
        UnappliedProxy { proxy: proxy.display, origins, because, by }
    });
    unapplied.collect()
}

/// What each client makes of `NO_PROXY`, where there is one and a proxy to go around. Which case of the variable wins
/// is each client's own choice, too.
fn no_proxy_by_client(settings: &Settings) -> Vec<ClientBypass> {
    let Ok(endpoint) = &settings.endpoint else { return vec![] };
    let environment = &settings.environment;
    let (lower, upper) = (environment.filled("no_proxy"), environment.filled("NO_PROXY"));
    let proxy = settings.route.proxy.as_ref().or(settings.route.bypassed.as_ref());
    if (lower.is_none() && upper.is_none()) || proxy.is_none() {
        return vec![];
    }
    let to = Destination::from(endpoint);
    let bypass = |client: no_proxy::Client| {
        let list = match client {
            Client::Go | Client::Reqwest => upper.or(lower),
            Client::Curl | Client::Requests | Client::Httpx => lower.or(upper),
        };
        let bypass = client.bypass(list.unwrap_or_default(), &to);
        ClientBypass {
            client: client.name().to_owned(),
            bypasses: bypass.is_some(),
            rule: bypass.and_then(|bypass| bypass.rule).map(|rule| text::line(&rule, text::MAX_LINE)),
        }
    };
    Client::ALL.map(bypass).into()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::observe;
    use crate::config::{Environment, Overrides, Settings};
    use crate::evidence::config::{ConfigFacts, RouteKind, Target};
    use crate::evidence::{FailureKind, Observation, Status};
    use crate::probe::Run;

    fn seen(variables: &[(&str, &str)]) -> (Target, Observation<ConfigFacts>) {
        let environment = Environment::from_pairs(variables.iter().copied());
        let settings = Settings::resolve(&Overrides::default(), &environment, None).expect("settings");
        observe(&Run::start(Arc::new(settings)))
    }

    #[test]
    fn a_clean_environment_passes() {
        let (target, observation) = seen(&[("OPENAI_API_KEY", "sk-proj-4Jd8sKq0ZbTn7PmW2yHc")]);
        assert_eq!(observation.status, Status::Pass, "{:?}", observation.facts.notes);
        assert_eq!((target.host.as_deref(), target.port), (Some("api.openai.com"), Some(443)));
        assert_eq!(target.key.map(|key| key.tail).as_deref(), Some("2yHc"));
        assert!(observation.duration_ms.is_some());
    }

    #[test]
    fn only_a_malformed_base_url_fails() {
        let (target, observation) = seen(&[("OPENAI_BASE_URL", "api.openai.com/v1")]);
        assert_eq!((observation.status, observation.kind()), (Status::Fail, Some(FailureKind::UnusableSetting)));
        assert_eq!(target.host, None);
        let (_, observation) = seen(&[("OPENAI_API_KEY", "“sk\u{a0}-key-with-quotes”"), ("HTTPS_PROXY", "ftp://x")]);
        assert_eq!(observation.status, Status::Warn);
        let key = observation.facts.key.expect("a key");
        assert_eq!((key.wrapped_in.as_deref(), key.sendable), (Some("“"), false));
        assert_eq!((key.bad_characters[0].position, key.bad_characters[0].code_point.as_str()), (4, "U+00A0"));
    }

    #[test]
    fn no_secret_is_among_the_facts() {
        let (target, observation) = seen(&[
            ("OPENAI_BASE_URL", "https://user:pass%40word@llm.example/v1?key=AIzaSecret99"),
            ("OPENAI_API_KEY", "sk-proj-4Jd8sKq0ZbTn7PmW2yHc"),
            ("OPENAI_ORG_ID", "sk-proj-4Jd8sKq0ZbTn7PmW2yHc"),
            ("HTTPS_PROXY", "http://me:hunter2@proxy.example:3128"),
        ]);
        let shown = serde_json::to_string(&(target, observation)).expect("JSON");
        for secret in ["4Jd8sKq0", "pass%40word", "pass@word", "AIzaSecret99", "hunter2"] {
            assert!(!shown.contains(secret), "{secret}: {shown}");
        }
    }

    #[test]
    fn the_route_and_every_clients_bypass_are_told() {
        let (target, observation) = seen(&[
            ("OPENAI_BASE_URL", "https://llm.corp.example/v1"),
            ("https_proxy", "proxy.example:3128"),
            ("NO_PROXY", "*.corp.example"),
        ]);
        assert_eq!((target.route.kind, target.route.origin.as_str()), (RouteKind::Direct, "NO_PROXY"));
        assert_eq!(observation.facts.no_proxy_rule.as_deref(), Some("*.corp.example"));
        let around: Vec<_> = observation.facts.no_proxy_by_client.iter().map(|client| client.bypasses).collect();
        assert_eq!(around, [false, true, false, false, false]);
        let variables: Vec<_> =
            observation.facts.proxy_variables.iter().map(|variable| variable.defect.as_deref()).collect();
        assert_eq!(variables, [Some("no-scheme"), None]);
    }
}
