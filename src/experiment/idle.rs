//! How long may a connection be quiet? Silent ones over a ladder of times, one with keepalive probes and one with a
//! trickle of requests beside them, all at once.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::AsyncReadExt;
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::idle::{IdleFacts, IdleKind, IdleOutcome, IdleTrial};
use crate::evidence::{Evidence, Failure, FailureKind, Operation};
use crate::probe::tls::Trust;
use crate::probe::way::{self, Way};
use crate::probe::{Run, plain};

use super::join_all;

/// A little above the times after which NATs and load balancers are known to forget, so that none falls on a step.
const LADDER_S: [u64; 8] = [15, 35, 65, 125, 185, 245, 305, 355];
/// Every step is tried so often: one failure may be chance.
const PER_STEP: usize = 2;
/// Keepalive values worth verifying, in seconds, beside the smallest.
const KEEPALIVES_S: [u64; 2] = [30, 60];
/// To the answer after the pause; retransmissions fit in.
const ANSWER: Duration = Duration::from_secs(4);
/// To the first answer.
const OPENING: Duration = Duration::from_secs(6);
/// Between two connections that are opened.
const APART: Duration = Duration::from_millis(40);
/// How long it all may take beyond the longest pause.
pub const AROUND: Duration = Duration::from_secs(18);

/// The times to try, up to `most`.
#[must_use]
pub fn ladder(most: Duration) -> Vec<Duration> {
    let mut steps: Vec<Duration> =
        LADDER_S.iter().map(|step| Duration::from_secs(*step)).filter(|step| *step <= most).collect();
    if steps.len() < 4 {
        steps = [8, 4, 2, 1].map(|part| most / part).to_vec();
    } else if steps.last().is_some_and(|last| *last + *last / 10 < most) {
        steps.push(most);
    }
    steps
}

/// Leaves connections alone for up to `most`. What is known stands on the board at any time.
pub async fn run(run: &Run, trust: &Trust, evidence: &Evidence, most: Duration, board: &Mutex<IdleFacts>) {
    let steps = ladder(most);
    let plan = plan(&steps);
    {
        let mut facts = board.lock().unwrap_or_else(PoisonError::into_inner);
        facts.ladder_s = steps.iter().map(Duration::as_secs_f64).collect();
        facts.trials.clone_from(&plan);
    }
    let work = plan.into_iter().enumerate().map(|(index, trial)| async move {
        tokio::time::sleep(APART * u32::try_from(index).unwrap_or(0)).await;
        let outcome = attempt(run, trust, evidence, trial).await;
        let mut facts = board.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = match outcome {
            Ok((peer, outcome, after)) => {
                facts.peer = Some(peer);
                (outcome, Some(after.as_secs_f64()))
            }
            Err(failure) => {
                facts.failure = Some(failure);
                (IdleOutcome::NotOpened, None)
            }
        };
        if let Some(entry) = facts.trials.get_mut(index) {
            (entry.outcome, entry.after_s) = seen;
        }
    });
    join_all(work).await;
}

fn plan(steps: &[Duration]) -> Vec<IdleTrial> {
    let (Some(first), Some(last)) = (steps.first(), steps.last()) else { return Vec::new() };
    let trial = |kind, idle: &Duration, every_s| IdleTrial {
        kind,
        idle_s: idle.as_secs_f64(),
        every_s,
        outcome: IdleOutcome::Unfinished,
        after_s: None,
    };
    let mut trials: Vec<IdleTrial> =
        steps.iter().flat_map(|step| vec![trial(IdleKind::Silent, step, None); PER_STEP]).collect();
    // The kernel counts in whole seconds.
    let shortest = first.as_secs().max(1);
    let more = KEEPALIVES_S.iter().copied().filter(|value| *value > shortest && value * 2 < last.as_secs());
    #[expect(clippy::cast_precision_loss, reason = "seconds of a ladder")]
    trials.extend(
        std::iter::once(shortest).chain(more).map(|value| trial(IdleKind::Keepalive, last, Some(value as f64))),
    );
    trials.push(trial(IdleKind::Trickle, last, Some(first.as_secs_f64())));
    trials
}

type Seen = (std::net::SocketAddr, IdleOutcome, Duration);

async fn attempt(run: &Run, trust: &Trust, evidence: &Evidence, trial: IdleTrial) -> Result<Seen, Failure> {
    let mut way = way::open(run, trust, evidence, &["http/1.1"]).await?;
    let peer = way.peer;
    let every = Duration::from_secs_f64(trial.every_s.unwrap_or(trial.idle_s).max(0.05));
    if trial.kind == IdleKind::Keepalive {
        probe_every(&way, every)?;
    }
    let unusable = || Failure::new(FailureKind::UnusableSetting, Operation::Send, "the URL cannot be put in a request");
    let url = run.settings.request_url("models").ok_or_else(unusable)?;
    // Without the key: whatever the answer, it shows that the connection lives.
    let request = plain::request(run, "HEAD", &url, false, &[]);
    let first = ask(run, &mut way, &request, OPENING).await?;
    let began = Instant::now();
    if first.closes() {
        return Ok((peer, IdleOutcome::NotKept, began.elapsed()));
    }
    let until = began + Duration::from_secs_f64(trial.idle_s);
    loop {
        let pause = (Instant::now() + every).min(until).min(run.deadline());
        if let Some(outcome) = left_alone(&mut way, pause).await {
            return Ok((peer, outcome, began.elapsed()));
        }
        if Instant::now() >= run.deadline() {
            return Ok((peer, IdleOutcome::Unfinished, began.elapsed()));
        }
        let over = Instant::now() >= until;
        if trial.kind == IdleKind::Keepalive && !over {
            continue;
        }
        let outcome = match ask(run, &mut way, &request, ANSWER).await {
            Ok(_) => IdleOutcome::Alive,
            Err(failure) => match failure.kind {
                FailureKind::Timeout => IdleOutcome::SilentOnUse,
                FailureKind::ConnectionClosed => IdleOutcome::Closed,
                _ => IdleOutcome::ResetOnUse,
            },
        };
        if over || outcome != IdleOutcome::Alive {
            return Ok((peer, outcome, began.elapsed()));
        }
    }
}

async fn ask(run: &Run, way: &mut Way, request: &[u8], limit: Duration) -> Result<plain::Head, Failure> {
    let started = Instant::now();
    let deadline = TokioInstant::from_std(run.step(limit + way.round_trip.duration() * 4));
    match timeout_at(deadline, plain::ask(&mut way.ready.stream, request)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::timeout(Operation::Receive, started.elapsed().into())),
    }
}

/// Waits, and says how the connection ended if it did.
async fn left_alone(way: &mut Way, until: Instant) -> Option<IdleOutcome> {
    let mut unasked = [0; 512];
    loop {
        let read = timeout_at(TokioInstant::from_std(until), way.ready.stream.read(&mut unasked)).await.ok()?;
        match read {
            Ok(0) => return Some(IdleOutcome::Closed),
            // A last word of the server, such as a status 408: its end follows.
            Ok(_) => {}
            Err(error) => {
                return Some(match error.kind() {
                    std::io::ErrorKind::UnexpectedEof => IdleOutcome::Closed,
                    // The probes of keepalive went unanswered.
                    std::io::ErrorKind::TimedOut => IdleOutcome::SilentOnUse,
                    _ => IdleOutcome::Reset,
                });
            }
        }
    }
}

/// Has the kernel probe the connection.
fn probe_every(way: &Way, every: Duration) -> Result<(), Failure> {
    #[cfg(unix)]
    {
        let refused = || Failure::new(FailureKind::UnusableSetting, Operation::Connect, "keepalive cannot be set");
        let handle = way.handle.as_ref().ok_or_else(refused)?;
        let keepalive = socket2::TcpKeepalive::new().with_time(every).with_interval(every).with_retries(3);
        handle.options().set_tcp_keepalive(&keepalive).map_err(|error| Failure::io(&error, Operation::Connect))
    }
    #[cfg(not(unix))]
    {
        let _ = (way, every);
        Err(Failure::new(FailureKind::UnusableSetting, Operation::Connect, "keepalive cannot be set here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ladder_ends_where_it_is_told_to() {
        let seconds = |most| ladder(Duration::from_secs(most)).iter().map(Duration::as_secs_f64).collect::<Vec<_>>();
        assert_eq!(seconds(4), [0.5, 1.0, 2.0, 4.0]);
        assert_eq!(seconds(20), [2.5, 5.0, 10.0, 20.0]);
        assert_eq!(seconds(360), [15.0, 35.0, 65.0, 125.0, 185.0, 245.0, 305.0, 355.0]);
        assert_eq!(seconds(600).last(), Some(&600.0));
    }

    #[test]
    fn there_are_never_many_connections() {
        for most in [1, 4, 20, 60, 360, 3600] {
            let trials = plan(&ladder(Duration::from_secs(most)));
            assert!((10..=22).contains(&trials.len()), "{most}: {}", trials.len());
        }
    }
}
