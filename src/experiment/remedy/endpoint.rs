//! Base URLs that may have been meant: the one that the provider documents, the usual prefixes, what is left without
//! the path that clients add themselves, the other scheme.
//!
//! Another host, or plaintext in place of TLS, gets no key.

use crate::config::{Endpoint, Origin, Settings, Sourced};
use crate::evidence::Evidence;
use crate::evidence::config::BaseUrlFacts;
use crate::evidence::remedy::RemedyName;

use super::{Remedy, Scene, Ways};

/// How many are tried.
const MOST: usize = 6;

/// Where compatible APIs live, the commonest first.
const PREFIXES: [&str; 5] = ["/v1", "/api/v1", "/openai/v1", "/compatible-mode/v1", ""];

pub(super) const BASE_URL: Remedy = Remedy {
    name: RemedyName::BaseUrl,
    cures: &[
        "base-url-malformed",
        "base-url-missing-version",
        "base-url-duplicated-path",
        "base-url-not-an-api",
        "base-url-redirects",
        "base-url-scheme-mismatch",
        "endpoint-not-found",
        "regional-hostname-required",
        "response-not-json",
    ],
    ways: |scene, ways| {
        for url in candidates(scene).into_iter().take(MOST) {
            attempt(scene, ways, url);
        }
    },
};

fn candidates(scene: &Scene<'_>) -> Vec<String> {
    let facts = &scene.evidence.config.facts.base_url;
    let mut found: Vec<String> = facts.suggestion.iter().cloned().collect();
    if let Ok(endpoint) = &scene.run.settings.endpoint {
        let origin = endpoint.url()[..url::Position::BeforePath].to_owned();
        if swapped_scheme(scene.evidence) {
            found.extend(swap(&endpoint.display()));
        } else {
            found.extend(without_operation(facts).map(|path| format!("{origin}{path}")));
            found.extend(PREFIXES.iter().map(|prefix| format!("{origin}{prefix}")));
        }
        let used = endpoint.display();
        found.retain(|url| *url != used);
    }
    let mut unique: Vec<String> = Vec::new();
    for url in found {
        if !unique.contains(&url) {
            unique.push(url);
        }
    }
    unique
}

/// Whether the port speaks the other protocol.
fn swapped_scheme(evidence: &Evidence) -> bool {
    evidence.tls.failed() || evidence.http.failed() && evidence.config.facts.base_url.scheme == "http"
}

fn swap(url: &str) -> Option<String> {
    match url.split_once("://")? {
        ("https", rest) => Some(format!("http://{rest}")),
        ("http", rest) => Some(format!("https://{rest}")),
        _ => None,
    }
}

/// The path without what a client adds itself.
fn without_operation(facts: &BaseUrlFacts) -> Option<&str> {
    facts.path.strip_suffix(facts.duplicated_path.as_deref()?).filter(|path| !path.is_empty())
}

fn attempt(scene: &Scene<'_>, ways: &mut Ways, url: String) {
    let Ok(endpoint) = Endpoint::parse(&url) else { return };
    let mut settings = scene.settings();
    let trusted = scene
        .run
        .settings
        .endpoint
        .as_ref()
        .is_ok_and(|used| used.host == endpoint.host && (endpoint.tls || !used.tls && used.port == endpoint.port));
    move_to(&mut settings, &url, endpoint);
    if trusted { ways.set(url, None, settings) } else { ways.set_keyless(url, None, settings) }
}

fn move_to(settings: &mut Settings, url: &str, endpoint: Endpoint) {
    settings.base_url = Sourced::new(url.to_owned(), Origin::Flag("--base-url"));
    settings.endpoint = Ok(endpoint);
}
