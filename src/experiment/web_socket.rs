//! May a connection become a WebSocket? The realtime endpoint is asked for with the wish to upgrade, and without.

use std::time::{Duration, Instant};

use url::Url;

use crate::evidence::protocol::{RequestTrial, WebSocketFacts};
use crate::evidence::{Evidence, Failure, Operation, text};
use crate::probe::tls::Trust;
use crate::probe::{Run, plain, way};

use super::{REPETITIONS, join_all};

const LIMIT: Duration = Duration::from_secs(5);
/// A model has to be named; which one decides nothing before the upgrade.
const MODEL: &str = "gpt-realtime";
/// What a client sends to become a WebSocket (RFC 6455); the key is no secret.
const UPGRADE: &[(&str, &str)] = &[
    ("Connection", "Upgrade"),
    ("Upgrade", "websocket"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "b3BlbmFpLWRvY3Rvci0hIQ=="),
];

pub(super) fn url(run: &Run) -> Option<Url> {
    let mut url = run.settings.request_url("realtime")?;
    url.query_pairs_mut().append_pair("model", MODEL);
    Some(url)
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> WebSocketFacts {
    let Some(url) = url(run) else { return WebSocketFacts::default() };
    let mut facts = WebSocketFacts { url: run.scrub(url.as_str(), text::MAX_LINE), ..WebSocketFacts::default() };
    facts.upgrades.push(attempt(run, trust, evidence, &url, true).await);
    if facts.upgrades[0].status == Some(101) {
        // It works: nothing to compare.
        return facts;
    }
    let trials = (1..2 * REPETITIONS).map(|turn| {
        let url = &url;
        async move {
            let upgrade = turn % 2 == 0;
            (upgrade, attempt(run, trust, evidence, url, upgrade).await)
        }
    });
    for (upgrade, trial) in join_all(trials).await {
        if upgrade { facts.upgrades.push(trial) } else { facts.plain.push(trial) }
    }
    facts
}

async fn attempt(run: &Run, trust: &Trust, evidence: &Evidence, url: &Url, upgrade: bool) -> RequestTrial {
    let fails = |failure, duration_ms| RequestTrial { failure: Some(failure), duration_ms, ..RequestTrial::default() };
    let mut way = match way::open(run, trust, evidence, &["http/1.1"]).await {
        Ok(way) => way,
        Err(failure) => return fails(failure, crate::evidence::Ms::default()),
    };
    let headers: &[(&str, &str)] = if upgrade { UPGRADE } else { &[("Connection", "close")] };
    let request = plain::request(run, "GET", url, way.key_allowed.is_ok(), headers);
    let started = Instant::now();
    let deadline = tokio::time::Instant::from_std(run.step(LIMIT));
    let outcome = tokio::time::timeout_at(deadline, plain::ask(&mut way.ready.stream, &request)).await;
    let duration_ms = started.elapsed().into();
    match outcome {
        Ok(Ok(head)) => {
            let body = String::from_utf8_lossy(&head.body).to_lowercase();
            RequestTrial {
                status: Some(head.status),
                json: body.contains('{') && !body.contains("<html"),
                wants_upgrade: head.status == 426 || ["upgrade", "websocket"].iter().any(|word| body.contains(word)),
                duration_ms,
                ..RequestTrial::default()
            }
        }
        Ok(Err(failure)) => fails(failure, duration_ms),
        Err(_) => fails(Failure::timeout(Operation::Receive, duration_ms), duration_ms),
    }
}
