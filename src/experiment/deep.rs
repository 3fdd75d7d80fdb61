//! What `--deep` adds after the chain: comparisons that no open question asks for, all at once.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::evidence::Evidence;
use crate::evidence::experiment::{Experiment, ExperimentFacts};
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::{endpoints, idle, join_all, quic, web_socket};

/// How long connections are left alone when nothing else is said: what forgets them sooner disturbs every client.
pub const IDLE_MOST: Duration = Duration::from_secs(20);
/// What a completion and these comparisons may take beyond an ordinary run.
pub const BEYOND: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
enum Kind {
    Endpoints,
    Quic,
    WebSocket,
    /// Up to so long.
    Idle(Duration),
}

/// Runs them, if the endpoint answers and is who it says it is; connections are left alone for up to `idle_most`.
pub async fn run(run: &Run, evidence: &mut Evidence, idle_most: Duration) {
    let answers = evidence.api.passed() && !evidence.tls.failed();
    if !answers {
        return;
    }
    let direct = run.settings.route.proxy.is_none();
    let mut kinds = vec![Kind::Endpoints, Kind::WebSocket];
    if direct && quic::place(run, evidence).is_some() {
        kinds.push(Kind::Quic);
    }
    // What does not fit in before the run's end tells nothing.
    let left = run.deadline().saturating_duration_since(Instant::now());
    let most = idle_most.min(left.saturating_sub(idle::AROUND));
    if !most.is_zero() {
        kinds.push(Kind::Idle(most));
    }
    let trust = Trust::load(run);
    let seen: &Evidence = evidence;
    let done = join_all(kinds.into_iter().map(|kind| conduct(kind, run, &trust, seen))).await;
    evidence.experiments.extend(done);
}

async fn conduct(kind: Kind, run: &Run, trust: &Trust, evidence: &Evidence) -> Experiment {
    let started = Instant::now();
    let facts = match kind {
        Kind::Endpoints => ExperimentFacts::Endpoints(Box::new(endpoints::run(run, trust, evidence).await)),
        Kind::Quic => ExperimentFacts::Quic(quic::run(run, evidence).await),
        Kind::Idle(most) => {
            let board = Mutex::default();
            idle::run(run, trust, evidence, most, &board).await;
            ExperimentFacts::Idle(board.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
        }
        Kind::WebSocket => ExperimentFacts::WebSocket(web_socket::run(run, trust, evidence).await),
    };
    Experiment { facts, duration_ms: started.elapsed().into() }
}
