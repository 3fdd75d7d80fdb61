//! The base URL, taken apart and held against a table of providers.

mod provider;

use std::net::IpAddr;

use crate::config::{Endpoint, EndpointError};
use crate::evidence::config::{BaseUrlFacts, HostKind, Sourced, UrlDefect};
use crate::evidence::text;
use crate::probe::Run;

use provider::{PROVIDERS, Provider};

/// What a client adds to the base URL, the longest first.
const ENDPOINT_PATHS: [&str; 11] = [
    "/images/generations",
    "/audio/transcriptions",
    "/chat/completions",
    "/audio/speech",
    "/completions",
    "/embeddings",
    "/moderations",
    "/responses",
    "/messages",
    "/models",
    "/chat",
];

/// Takes the base URL apart.
pub(super) fn look_at(run: &Run) -> BaseUrlFacts {
    let settings = &*run.settings;
    let raw = |url: &str| run.scrub(&crate::config::endpoint::without_credentials(url), text::MAX_LINE);
    let base = BaseUrlFacts {
        raw: raw(&settings.base_url.value),
        origin: settings.base_url.origin.to_string(),
        shadowed: settings
            .shadowed_base_urls
            .iter()
            .map(|url| Sourced { value: raw(&url.value), origin: url.origin.to_string() })
            .collect(),
        ..BaseUrlFacts::default()
    };
    match &settings.endpoint {
        Ok(endpoint) => of_endpoint(endpoint, base),
        Err(error) => BaseUrlFacts {
            defect: Some(defect(*error)),
            suggestion: repaired(&settings.base_url.value).map(|url| raw(&url)),
            ..base
        },
    }
}

fn of_endpoint(endpoint: &Endpoint, base: BaseUrlFacts) -> BaseUrlFacts {
    let host = endpoint.host_text();
    let path = endpoint.url().path().trim_end_matches('/').to_owned();
    let by_host = PROVIDERS.iter().find(|provider| provider.hosts.iter().any(|known| is_host(known, &host)));
    let by_website = PROVIDERS.iter().find(|provider| provider.websites.contains(&host.as_str()));
    let local = ollama(endpoint);
    // A provider whose API lives under its web site's own name: only the path tells which of the two is meant.
    let is_front_page = host == "openrouter.ai" && !path.starts_with("/api");
    let duplicated_path = duplicated(endpoint.url().path());
    let suggestion = match (by_host, by_website) {
        (Some(provider), _) => documented(provider, endpoint, &path),
        (None, Some(provider)) => website_suggestion(provider),
        (None, None) => duplicated_path.as_deref().and_then(|part| without(endpoint, &path, part)),
    };
    BaseUrlFacts {
        scheme: if endpoint.tls { "https" } else { "http" }.to_owned(),
        has_query: endpoint.url().query().is_some(),
        host_kind: host_kind(endpoint, &host),
        provider: by_host.or(by_website).map(|provider| provider.name.to_owned()).or(local),
        has_version: has_version(&path),
        is_website: by_website.is_some() || is_front_page,
        duplicated_path,
        suggestion,
        path: text::line(&path, text::MAX_LINE),
        ..base
    }
}

fn is_host(known: &str, host: &str) -> bool {
    if known.starts_with('.') { host.len() > known.len() && host.ends_with(known) } else { known == host }
}

/// The documented base URL, unless the one in use is as good: same scheme, and a path that works.
fn documented(provider: &Provider, endpoint: &Endpoint, path: &str) -> Option<String> {
    let fits = provider.paths.iter().any(|known| match known.strip_suffix('*') {
        Some(start) => path.strip_prefix(start).is_some_and(|name| !name.is_empty() && !name.contains('/')),
        None => *known == path,
    });
    if fits && endpoint.tls {
        return None;
    }
    let port = endpoint.url().port().filter(|_| endpoint.tls).map_or_else(String::new, |port| format!(":{port}"));
    let path = if fits { path } else { provider.paths[0] };
    Some(format!("https://{}{port}{path}", endpoint.host_text()))
}

fn website_suggestion(provider: &Provider) -> Option<String> {
    let host = provider.hosts.first().filter(|host| !host.starts_with('.'))?;
    Some(format!("https://{host}{}", provider.paths[0]))
}

/// The URL without the part that a client adds itself.
fn without(endpoint: &Endpoint, path: &str, part: &str) -> Option<String> {
    let path = if part == "//" {
        path.split('/').filter(|segment| !segment.is_empty()).fold(String::new(), |path, segment| path + "/" + segment)
    } else if let Some(path) = path.strip_suffix(part) {
        path.trim_end_matches('/').to_owned()
    } else {
        path.replacen(&format!("{part}{part}"), part, 1)
    };
    let mut url = endpoint.url().clone();
    url.set_path(&path);
    Some(Endpoint::parse(url.as_str()).ok()?.display())
}

/// The part of the path that a client adds itself, a version that stands there twice, or a double slash.
fn duplicated(path: &str) -> Option<String> {
    let trimmed = path.trim_end_matches('/');
    let suffix = ENDPOINT_PATHS.iter().find(|suffix| trimmed.ends_with(*suffix)).map(|suffix| (*suffix).to_owned());
    let twice = || {
        let segments: Vec<&str> = trimmed.split('/').collect();
        let pair = segments.windows(2).find(|pair| pair[0] == pair[1] && is_version(pair[0]))?;
        Some(format!("/{}", pair[0]))
    };
    suffix.or_else(twice).or_else(|| path.contains("//").then(|| "//".to_owned()))
}

fn has_version(path: &str) -> bool {
    path.contains("/openai/deployments/") || path.split('/').any(is_version)
}

/// `v1`, `v4`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| {
        rest.starts_with(|first: char| first.is_ascii_digit()) && rest.chars().all(|c| c.is_ascii_alphanumeric())
    })
}

/// Ollama, by its port on a machine that is near.
fn ollama(endpoint: &Endpoint) -> Option<String> {
    (endpoint.port == 11434 && host_kind(endpoint, &endpoint.host_text()) != HostKind::Public)
        .then(|| "Ollama".to_owned())
}

/// Ends of names that no public zone has.
const PRIVATE: [&str; 9] =
    [".local", ".lan", ".internal", ".intranet", ".corp", ".home", ".home.arpa", ".localdomain", ".private"];

/// What the host is, as far as its name or address says.
pub(in super::super) fn host_kind(endpoint: &Endpoint, host: &str) -> HostKind {
    if let Some(address) = endpoint.address() {
        return address_kind(address);
    }
    if host == "localhost" || host.ends_with(".localhost") {
        HostKind::Loopback
    } else if !host.contains('.') || PRIVATE.iter().any(|suffix| host.ends_with(suffix)) {
        HostKind::Private
    } else {
        HostKind::Public
    }
}

fn address_kind(address: IpAddr) -> HostKind {
    let address = address.to_canonical();
    // Connecting to the unspecified address reaches this machine.
    if address.is_loopback() || address.is_unspecified() {
        return HostKind::Loopback;
    }
    let private = match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local(),
    };
    if private { HostKind::Private } else { HostKind::Public }
}

/// What was probably meant by a text that is no base URL.
fn repaired(raw: &str) -> Option<String> {
    let quotes = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '<' | '>');
    let trimmed = raw.trim_matches(quotes);
    let with_scheme = match trimmed.split_once(":/") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => {
            format!("http://{}", rest.trim_start_matches('/'))
        }
        Some((_, rest)) => format!("https://{}", rest.trim_start_matches('/')),
        None => format!("https://{trimmed}"),
    };
    let endpoint = Endpoint::parse(&with_scheme).ok()?;
    let plausible =
        endpoint.host_text().contains('.') || endpoint.address().is_some() || endpoint.host_text() == "localhost";
    (with_scheme != raw && plausible).then_some(with_scheme)
}

const fn defect(error: EndpointError) -> UrlDefect {
    match error {
        EndpointError::Empty => UrlDefect::Empty,
        EndpointError::NoScheme => UrlDefect::NoScheme,
        EndpointError::WrongScheme => UrlDefect::WrongScheme,
        EndpointError::NoHost => UrlDefect::NoHost,
        EndpointError::StrayCharacters => UrlDefect::StrayCharacters,
        EndpointError::BadPort => UrlDefect::BadPort,
        EndpointError::Unparsable => UrlDefect::Unparsable,
    }
}

#[cfg(test)]
mod tests {
    use super::{PROVIDERS, duplicated, has_version, of_endpoint, repaired};
    use crate::config::Endpoint;
    use crate::evidence::config::{BaseUrlFacts, HostKind};

    fn facts(url: &str) -> BaseUrlFacts {
        of_endpoint(&Endpoint::parse(url).expect(url), BaseUrlFacts::default())
    }

    #[test]
    fn a_documented_base_url_needs_no_suggestion() {
        for provider in PROVIDERS {
            for host in provider.hosts {
                let host = if host.starts_with('.') { format!("name{host}") } else { (*host).to_owned() };
                for path in provider.paths {
                    let url = format!("https://{host}{}", path.replace('*', "gpt"));
                    let facts = facts(&url);
                    assert_eq!(facts.provider.as_deref(), Some(provider.name), "{url}");
                    assert_eq!(
                        (facts.suggestion, facts.duplicated_path, facts.is_website),
                        (None, None, false),
                        "{url}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_wrong_path_scheme_or_site_has_a_suggestion() {
        for (url, suggestion) in [
            ("https://api.openai.com", Some("https://api.openai.com/v1")),
            ("https://api.openai.com/v1/", None),
            ("http://api.openai.com/v1", Some("https://api.openai.com/v1")),
            ("https://api.openai.com/v1/chat/completions", Some("https://api.openai.com/v1")),
            ("https://api.openai.com:8443", Some("https://api.openai.com:8443/v1")),
            ("https://platform.openai.com/v1", Some("https://api.openai.com/v1")),
            ("https://openrouter.ai/v1", Some("https://openrouter.ai/api/v1")),
            ("https://dashscope.aliyuncs.com/v1", Some("https://dashscope.aliyuncs.com/compatible-mode/v1")),
            ("https://open.bigmodel.cn", Some("https://open.bigmodel.cn/api/paas/v4")),
            ("https://r.openai.azure.com", Some("https://r.openai.azure.com/openai/v1")),
            ("https://relay.example/v1/v1", Some("https://relay.example/v1")),
            ("https://relay.example/v1/chat/completions/", Some("https://relay.example/v1")),
            ("https://relay.example//v1", Some("https://relay.example/v1")),
            ("https://relay.example", None),
        ] {
            assert_eq!(facts(url).suggestion.as_deref(), suggestion, "{url}");
        }
    }

    #[test]
    fn hosts_are_public_private_or_this_machine() {
        for (url, kind, provider) in [
            ("http://localhost:11434/v1", HostKind::Loopback, Some("Ollama")),
            ("http://[::1]:8000", HostKind::Loopback, None),
            ("http://[::ffff:127.0.0.1]", HostKind::Loopback, None),
            ("http://0.0.0.0:8000/v1", HostKind::Loopback, None),
            ("http://10.1.2.3/v1", HostKind::Private, None),
            ("http://100.64.0.1/v1", HostKind::Private, None),
            ("http://ollama:11434/v1", HostKind::Private, Some("Ollama")),
            ("http://llm.corp.internal/v1", HostKind::Private, None),
            ("https://[fd00::1]/v1", HostKind::Private, None),
            ("https://api.deepseek.com", HostKind::Public, Some("DeepSeek")),
            ("https://notapi.openai.com.evil.example/v1", HostKind::Public, None),
        ] {
            let facts = facts(url);
            assert_eq!((facts.host_kind, facts.provider.as_deref()), (kind, provider), "{url}");
        }
    }

    #[test]
    fn what_a_client_adds_itself_is_found() {
        for (path, part) in [
            ("/v1/chat/completions", Some("/chat/completions")),
            ("/v1/completions/", Some("/completions")),
            ("/v1/responses", Some("/responses")),
            ("/v1/v1", Some("/v1")),
            ("/v1//", Some("//")),
            ("/v1", None),
            ("/", None),
            ("/openai/deployments/gpt", None),
            ("/a/a", None),
        ] {
            assert_eq!(duplicated(path).as_deref(), part, "{path}");
        }
    }

    #[test]
    fn versions_are_told_from_words() {
        for (path, versioned) in [
            ("/v1", true),
            ("/v1beta/openai", true),
            ("/api/v3", true),
            ("/openai/deployments/x", true),
            ("", false),
            ("/vault", false),
            ("/openai", false),
        ] {
            assert_eq!(has_version(path), versioned, "{path}");
        }
    }

    #[test]
    fn a_broken_url_is_repaired_where_its_meaning_is_plain() {
        for (raw, meant) in [
            ("api.openai.com/v1", Some("https://api.openai.com/v1")),
            ("\"https://h.example/v1\"", Some("https://h.example/v1")),
            (" https://h.example ", Some("https://h.example")),
            ("https:/h.example/v1", Some("https://h.example/v1")),
            ("htps://h.example/v1", Some("https://h.example/v1")),
            ("http:/127.0.0.1:1", Some("http://127.0.0.1:1")),
            ("localhost:11434/v1", Some("https://localhost:11434/v1")),
            ("", None),
            ("word", None),
            ("https://", None),
        ] {
            assert_eq!(repaired(raw).as_deref(), meant, "{raw:?}");
        }
    }
}
