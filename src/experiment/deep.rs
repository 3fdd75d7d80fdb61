//! What `--deep` adds after the chain: comparisons that no open question asks for, all at once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::evidence::Evidence;
use crate::evidence::experiment::{Experiment, ExperimentFacts};
use crate::evidence::idle::{IdleFacts, IdleOutcome};
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::{endpoints, idle, join_all, quic, residual, web_socket};

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

/// Runs them, if the endpoint answers and is who it says it is; connections are left alone for up to `idle_most`. Where a
/// filter blocks its address for a while, that is waited for, as long as the run may last.
pub async fn run(run: &Run, evidence: &mut Evidence, idle_most: Duration) {
    let answers = evidence.api.passed() && !evidence.tls.failed();
    if !answers {
        if residual::applies(run, evidence) {
            let (trust, started) = (Trust::load(run), Instant::now());
            let facts = ExperimentFacts::Residual(Box::new(residual::run(run, &trust, evidence).await));
            evidence.experiments.push(Experiment { facts, duration_ms: started.elapsed().into() });
        }
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
    let seen = evidence.clone();
    let kept = Kept::new(&mut evidence.experiments);
    join_all(kinds.into_iter().map(|kind| conduct(kind, run, &trust, &seen, &kept))).await;
}

/// What has been found out, and how far the ladder has been climbed. Dropped, it stands in the evidence: a run that is
/// interrupted keeps it too.
struct Kept<'a> {
    into: &'a mut Vec<Experiment>,
    done: Mutex<Vec<Experiment>>,
    ladder: Mutex<IdleFacts>,
    started: Instant,
}

impl<'a> Kept<'a> {
    fn new(into: &'a mut Vec<Experiment>) -> Self {
        Self { into, done: Mutex::default(), ladder: Mutex::default(), started: Instant::now() }
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.into.append(self.done.get_mut().unwrap_or_else(PoisonError::into_inner));
        let ladder = std::mem::take(self.ladder.get_mut().unwrap_or_else(PoisonError::into_inner));
        // A ladder on which nothing was seen yet tells nothing.
        if ladder.trials.iter().any(|trial| trial.outcome != IdleOutcome::Unfinished) {
            let facts = ExperimentFacts::Idle(ladder);
            self.into.push(Experiment { facts, duration_ms: self.started.elapsed().into() });
        }
    }
}

async fn conduct(kind: Kind, run: &Run, trust: &Trust, evidence: &Evidence, kept: &Kept<'_>) {
    let started = Instant::now();
    let facts = match kind {
        Kind::Endpoints => ExperimentFacts::Endpoints(Box::new(endpoints::run(run, trust, evidence).await)),
        Kind::Quic => ExperimentFacts::Quic(quic::run(run, evidence).await),
        Kind::Idle(most) => return idle::run(run, trust, evidence, most, &kept.ladder).await,
        Kind::WebSocket => ExperimentFacts::WebSocket(web_socket::run(run, trust, evidence).await),
    };
    let experiment = Experiment { facts, duration_ms: started.elapsed().into() };
    kept.done.lock().unwrap_or_else(PoisonError::into_inner).push(experiment);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::idle::{IdleKind, IdleTrial};
    use crate::evidence::protocol::WebSocketFacts;

    fn ladder(outcomes: &[IdleOutcome]) -> IdleFacts {
        let trial = |outcome: &IdleOutcome| IdleTrial {
            kind: IdleKind::Silent,
            idle_s: 2.5,
            every_s: None,
            outcome: *outcome,
            after_s: None,
        };
        IdleFacts { ladder_s: vec![2.5], trials: outcomes.iter().map(trial).collect(), ..IdleFacts::default() }
    }

    #[tokio::test]
    async fn an_interrupted_run_keeps_what_is_known() {
        use IdleOutcome::{Alive, Unfinished};
        for (outcomes, kept) in [([Alive, Unfinished], 2), ([Unfinished, Unfinished], 1)] {
            let mut experiments = Vec::new();
            let work = async {
                let kept = Kept::new(&mut experiments);
                let facts = ExperimentFacts::WebSocket(WebSocketFacts::default());
                kept.done.lock().unwrap().push(Experiment { facts, duration_ms: crate::evidence::Ms(1.0) });
                *kept.ladder.lock().unwrap() = ladder(&outcomes);
                std::future::pending::<()>().await;
            };
            // The future is dropped while it waits, as Ctrl-C drops it.
            tokio::select! { biased; () = work => {} () = async {} => {} }
            assert_eq!(experiments.len(), kept);
            if let Some(Experiment { facts: ExperimentFacts::Idle(facts), .. }) = experiments.get(1) {
                assert_eq!(facts.trials[0].outcome, Alive);
            }
        }
    }
}
