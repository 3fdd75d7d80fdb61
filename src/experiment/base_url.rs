//! Where does the API live? A list of models asked for under other base URLs of the same host, until one answers.

use http::Method;
use url::Url;

use crate::config::Endpoint;
use crate::evidence::Evidence;
use crate::evidence::api::BodyShape;
use crate::evidence::experiment::{BaseUrlTrialFacts, CandidateBase, Tried};
use crate::evidence::http::Answerer;
use crate::probe::Run;
use crate::probe::http::Variation;
use crate::probe::tls::Trust;

use super::join_all;
use super::request::{Request, send};

/// Base URLs tried at most; with the path that nobody serves and two empty posts, no more than eight requests.
const MOST: usize = 5;
/// What may stand between the host and the endpoints, the commonest first.
const PREFIXES: [&str; 6] = ["/v1", "/api/v1", "/openai/v1", "/v1beta/openai", "/compatible-mode/v1", "/api/v3"];
/// What clients append themselves, the longest first.
const ENDPOINTS: [&str; 7] =
    ["/chat/completions", "/completions", "/embeddings", "/responses", "/messages", "/models", "/chat"];
/// What nobody serves.
const NONSENSE: &str = "/openai-doctor-asks-for-nothing";

/// When somebody verified answered, and what came is no API's answer: no such path, a page, a redirect.
pub(super) fn applies(evidence: &Evidence) -> bool {
    let http = &evidence.http.facts;
    let by_other = matches!(
        http.answered_by,
        Some(Answerer::Interceptor | Answerer::ClientProxy | Answerer::Azure | Answerer::CdnEdge)
    );
    let Some(status) = http.status.filter(|_| !evidence.tls.failed() && !by_other) else { return false };
    match status {
        200..300 => !matches!(evidence.api.facts.shape, BodyShape::ModelList | BodyShape::OtherJson),
        300..400 | 404 | 405 | 410 => true,
        _ => false,
    }
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> BaseUrlTrialFacts {
    let Ok(endpoint) = &run.settings.endpoint else { return BaseUrlTrialFacts::default() };
    let models = |base: &str| Request {
        method: Method::GET,
        url: with_path(run, endpoint, &format!("{base}/models")),
        address: None,
        variation: Variation::default(),
    };
    let paths = candidates(endpoint.url().path(), location(evidence).as_deref());
    let asked = paths.iter().map(|path| async {
        let answer = send(run, trust, evidence, &models(path)).await;
        CandidateBase { base_url: base_url(endpoint, path), answer }
    });
    let nonsense = models(NONSENSE);
    let (candidates, nonsense, chat, responses) = tokio::join!(
        join_all(asked),
        send(run, trust, evidence, &nonsense),
        post(run, trust, evidence, "chat/completions"),
        post(run, trust, evidence, "responses"),
    );
    BaseUrlTrialFacts { nonsense: Some(nonsense), candidates, chat, responses }
}

async fn post(run: &Run, trust: &Trust, evidence: &Evidence, path: &str) -> Option<Tried> {
    Some(send(run, trust, evidence, &Request::empty_post(run, path)?).await)
}

/// The path that a redirect of the list of models points at, when it stays with the host.
fn location(evidence: &Evidence) -> Option<String> {
    let http = &evidence.http.facts;
    let asked = Url::parse(&http.url).ok()?;
    let aim = asked.join(http.location.as_deref()?).ok()?;
    (aim.origin() == asked.origin()).then(|| aim.path().to_owned())
}

fn with_path(run: &Run, endpoint: &Endpoint, path: &str) -> Url {
    // The settings' URL brings what belongs in the query.
    let mut url = run.settings.request_url("models").unwrap_or_else(|| endpoint.join("models"));
    url.set_path(path);
    url
}

fn base_url(endpoint: &Endpoint, path: &str) -> String {
    format!("{}{path}", endpoint.url().origin().ascii_serialization())
}

/// Other paths for the base, the likeliest first: what is there twice taken away, the redirect's aim, then the prefixes
/// below what is given and at the root.
fn candidates(path: &str, redirect: Option<&str>) -> Vec<String> {
    let given = path.trim_end_matches('/');
    let stripped = strip(given);
    let mut all = vec![stripped.clone()];
    all.extend(redirect.and_then(|aim| aim.trim_end_matches('/').strip_suffix("/models")).map(str::to_owned));
    let versioned = stripped.split('/').any(is_version);
    if !versioned {
        all.push(format!("{stripped}/v1"));
    }
    all.extend(PREFIXES.iter().map(|prefix| (*prefix).to_owned()));
    if !versioned && !stripped.is_empty() {
        all.push(format!("{stripped}/api/v1"));
    }
    let mut seen = Vec::new();
    for one in all {
        if one != given && !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen.truncate(MOST);
    seen
}

/// Without endpoints at the end, empty segments, and a version that stands there twice.
fn strip(path: &str) -> String {
    let mut path = path;
    while let Some(shorter) = ENDPOINTS.iter().find_map(|end| path.strip_suffix(end)) {
        path = shorter.trim_end_matches('/');
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        let again = is_version(segment) && kept.last() == Some(&segment);
        if !again {
            kept.push(segment);
        }
    }
    kept.iter().fold(String::new(), |path, segment| path + "/" + segment)
}

/// `v1`, `v4`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::candidates;

    #[test]
    fn the_likeliest_base_comes_first() {
        for (path, redirect, first) in [
            ("/", None, vec!["/v1", "/api/v1", "/openai/v1"]),
            ("/v1/chat/completions", None, vec!["/v1", "/api/v1"]),
            ("/v1/v1", None, vec!["/v1", "/api/v1"]),
            ("//v1/", None, vec!["/v1"]),
            ("/v1", None, vec!["/api/v1", "/openai/v1", "/v1beta/openai"]),
            ("/proxy/openai", None, vec!["/proxy/openai/v1", "/v1", "/api/v1"]),
            ("/old/v1", Some("/new/v1/models"), vec!["/new/v1", "/v1"]),
            ("/v1/models", None, vec!["/v1"]),
        ] {
            let found = candidates(path, redirect);
            assert_eq!(found[..first.len()], first, "{path}");
            assert!(found.len() <= 5 && !found.contains(&path.trim_end_matches('/').to_owned()), "{path}: {found:?}");
        }
    }
}
