//! Does it depend on the version of HTTP? The chain's own request to the same address, over HTTP/2 and over HTTP/1.1 in
//! turn.

use std::time::{Duration, Instant};

use crate::evidence::Evidence;
use crate::evidence::protocol::{HttpVersionFacts, RequestTrial};
use crate::evidence::{Failure, FailureKind, Operation};
use crate::probe::Run;
use crate::probe::http::{self, Exchanged};
use crate::probe::tls::Trust;
use crate::probe::way;

use super::{REPETITIONS, join_all};

/// What answers at all answers a list of models well within this; the chain itself has waited longer.
const LIMIT: Duration = Duration::from_secs(4);

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> HttpVersionFacts {
    let trials = (0..2 * REPETITIONS).map(|turn| async move {
        // A little apart, and one version after the other.
        tokio::time::sleep(Duration::from_millis(40) * u32::try_from(turn).unwrap_or(0)).await;
        let http2 = turn % 2 == 0;
        (http2, attempt(run, trust, evidence, http2).await)
    });
    let (mut facts, done) = (HttpVersionFacts::default(), join_all(trials).await);
    for (http2, trial) in done {
        if http2 { facts.http2.push(trial) } else { facts.http1.push(trial) }
    }
    facts
}

async fn attempt(run: &Run, trust: &Trust, evidence: &Evidence, http2: bool) -> RequestTrial {
    let fails = |failure| RequestTrial { failure: Some(failure), ..RequestTrial::default() };
    let protocols: &[&'static str] = if http2 { &["h2"] } else { &["http/1.1"] };
    let way = match way::open(run, trust, evidence, protocols).await {
        Ok(way) => way,
        Err(failure) => return fails(failure),
    };
    let Some(url) = run.settings.request_url("models") else {
        return fails(Failure::new(
            FailureKind::UnusableSetting,
            Operation::Send,
            "the URL cannot be put in a request",
        ));
    };
    let ask = way.ask(::http::Method::GET, url);
    let started = Instant::now();
    let deadline = tokio::time::Instant::from_std(run.step(LIMIT));
    let exchange = http::exchange(run, &ask, way.ready, &evidence.tls.facts, way.handle.as_ref());
    let Ok(Exchanged { observation, .. }) = tokio::time::timeout_at(deadline, exchange).await else {
        let duration_ms = started.elapsed().into();
        let failure = Some(Failure::timeout(Operation::Receive, duration_ms));
        return RequestTrial { failure, duration_ms, ..RequestTrial::default() };
    };
    RequestTrial {
        status: observation.facts.status.filter(|_| observation.failure.is_none()),
        failure: observation.failure,
        h2_error: observation.facts.h2_error,
        duration_ms: started.elapsed().into(),
        ..RequestTrial::default()
    }
}
