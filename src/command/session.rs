//! One run of the chain as a process lives it: a runtime, Ctrl-C, the run's end, and a probe that panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::config::{Origin, Settings};
use crate::diagnosis;
use crate::evidence::{Evidence, FailureKind, Ms, Observation, SkipReason, Status};
use crate::experiment::{self, remedy};
use crate::probe::Run;
use crate::probe::chain::{self, Event, Plan};
use crate::probe::tls;

use super::interrupt;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The chain ran to its own end.
    Complete,
    /// `--timeout` was up.
    TimeUp,
    /// Ctrl-C.
    Interrupted,
    /// A probe panicked; the evidence up to it is whole.
    Panicked,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Ran {
    /// What was observed.
    pub evidence: Evidence,
    /// How it ended.
    pub end: End,
    /// When it started.
    pub started_at: SystemTime,
    /// How long it took.
    pub duration: Duration,
}

/// A runtime for one run: the chain on this thread, side probes on two others, so that their work is not measured as
/// the chain's waiting.
///
/// # Errors
///
/// When the system gives no threads or no event queue.
pub fn runtime() -> std::io::Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(4)
        .thread_stack_size(1024 * 1024)
        .enable_all()
        .build()?;
    // The first random number of a process gathers entropy for milliseconds: not within a measured handshake.
    runtime.spawn_blocking(tls::warm_up);
    Ok(runtime)
}

/// Measures until that is done or Ctrl-C comes, and whether it came.
///
/// # Errors
///
/// As [`runtime`].
pub fn until_interrupted(measure: impl Future<Output = ()>) -> std::io::Result<bool> {
    let runtime = runtime()?;
    let interrupted = runtime.block_on(async {
        tokio::select! {
            // Ears first: what is measured may be seen from outside as soon as it begins.
            biased;
            () = interrupt::wait() => true,
            () = measure => false,
        }
    });
    // A resolver function may still be under way; nobody waits for it.
    runtime.shutdown_background();
    Ok(interrupted)
}

/// The chain, what its evidence leaves to be told apart, and what `--deep` adds.
async fn investigate(run: &Run, plan: &Plan, evidence: &mut Evidence, watch: &mut (dyn FnMut(Event<'_>) + Send)) {
    // Dropped, it is aborted: a proxy that answers after all leaves nothing to find out.
    let mut early = JoinSet::new();
    chain::run(run, plan, evidence, &mut |event| {
        if let Event::Waits(known) = event {
            early.spawn(experiment::beside(run.clone(), known.clone()));
        }
        watch(event);
    })
    .await;
    if evidence.proxy.failed() {
        while let Some(done) = early.join_next().await {
            evidence.experiments.extend(done.into_iter().flatten());
        }
    }
    drop(early);
    let mut suspects = compare(run, evidence).await;
    if plan.deep.is_some() {
        experiment::deep::run(run, evidence, plan.idle_most.unwrap_or(experiment::deep::IDLE_MOST)).await;
        suspects = compare(run, evidence).await;
    }
    if plan.try_fix && !suspects.is_empty() {
        watch(Event::Tries);
        let until = (Instant::now() + remedy::BUDGET).min(run.deadline());
        remedy::try_all(run, &suspects, primary, evidence, until).await;
    }
}

/// Experiments for as long as the evidence leaves rivals that one of them can tell apart; the faults that are left.
async fn compare(run: &Run, evidence: &mut Evidence) -> Vec<&'static str> {
    let until = (Instant::now() + experiment::BUDGET).min(run.deadline());
    loop {
        let outcome = diagnosis::diagnose(evidence);
        let rivals: Vec<&str> = outcome.questions.iter().flat_map(|question| question.rivals.iter().copied()).collect();
        let named: Vec<&str> = outcome.diagnoses.iter().map(|diagnosis| diagnosis.fault.code).collect();
        if !experiment::round(run, &rivals, &named, evidence, until).await {
            return outcome.suspects();
        }
    }
}

/// The fault that evidence shows first.
fn primary(evidence: &Evidence) -> Option<&'static str> {
    diagnosis::diagnose(evidence).diagnoses.first().map(|diagnosis| diagnosis.fault.code)
}

/// Runs the chain until it ends, time is up, Ctrl-C comes or a probe panics; the evidence so far survives all of them.
pub fn follow(
    runtime: &Runtime,
    settings: &Arc<Settings>,
    plan: &Plan,
    watch: &mut (dyn FnMut(Event<'_>) + Send),
) -> Ran {
    let started_at = SystemTime::now();
    let started = Instant::now();
    let run = Run::start(Arc::clone(settings));
    // What takes longer gets more time, unless the time was given.
    let run = if plan.deep.is_some() && settings.timeout.origin == Origin::Default {
        run.lasting(experiment::deep::BEYOND + plan.idle_most.unwrap_or(experiment::deep::IDLE_MOST))
    } else {
        run
    };
    let mut evidence = Evidence::default();
    let mut under_way = None;
    let mut watch = |event: Event<'_>| {
        under_way = match event {
            Event::Begins(stage) => Some(stage),
            Event::Waits(_) => under_way,
            Event::Ended(..) | Event::Tries => None,
        };
        watch(event);
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            // Every step keeps its own deadline within the run's; this one is for what would not.
            let grace = Duration::from_millis(200);
            let end = tokio::time::Instant::from_std(run.deadline() + grace);
            tokio::select! {
                biased;
                () = interrupt::wait() => End::Interrupted,
                () = investigate(&run, plan, &mut evidence, &mut watch) => {
                    if Instant::now() >= run.deadline() { End::TimeUp } else { End::Complete }
                }
                () = sleep_until(end) => End::TimeUp,
            }
        })
    }));
    let end = outcome.unwrap_or(End::Panicked);
    if end == End::TimeUp {
        forgive(&mut evidence, settings.timeout.value);
    }
    if end != End::Complete {
        chain::cut_short(&mut evidence, under_way);
    }
    Ran { evidence, end, started_at, duration: started.elapsed() }
}

/// The least silence that says something: a lost packet is sent again after a second (RFC 6298).
const TELLING: Duration = Duration::from_secs(1);

/// Takes the end of the run's time for what it is where it would look like a peer's silence: nothing was waited for
/// long enough to blame anybody.
fn forgive(evidence: &mut Evidence, time: Duration) {
    fn forgive<F>(seen: &mut Observation<F>, time: Duration) {
        let failed = seen.failure.as_ref().map(|failure| failure.kind);
        let silent = matches!(failed, Some(FailureKind::Timeout | FailureKind::DnsTimeout));
        let waited = seen.duration_ms.map_or(Duration::ZERO, Ms::duration);
        let until = seen.started_ms.map_or(Duration::ZERO, Ms::duration) + waited;
        if silent && waited < TELLING && until + TELLING / 20 >= time {
            (seen.status, seen.skip_reason, seen.failure) = (Status::Skip, Some(SkipReason::CutOff), None);
            (seen.started_ms, seen.duration_ms) = (None, None);
        }
    }
    forgive(&mut evidence.dns, time);
    forgive(&mut evidence.proxy, time);
    forgive(&mut evidence.tcp, time);
    forgive(&mut evidence.tls, time);
    forgive(&mut evidence.http, time);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Failure, Operation};

    #[test]
    fn a_silence_too_short_to_tell_is_nobody_s() {
        for (started, waited, time, forgiven) in
            [(0.5, 0.5, 1, true), (200.0, 300.0, 500, true), (0.5, 1_499.0, 1_500, false), (0.5, 300.0, 30_000, false)]
        {
            let failure = Failure::new(FailureKind::Timeout, Operation::Connect, "no answer");
            let mut evidence = Evidence::default();
            evidence.tcp.status = Status::Fail;
            (evidence.tcp.started_ms, evidence.tcp.duration_ms) = (Some(Ms(started)), Some(Ms(waited)));
            evidence.tcp.failure = Some(failure);
            forgive(&mut evidence, Duration::from_millis(time));
            assert_eq!(evidence.tcp.failure.is_none(), forgiven, "{waited} ms of {time} ms");
            assert_eq!(evidence.tcp.skip_reason == Some(SkipReason::CutOff), forgiven);
        }
    }
}
