//! The stub resolver: what this machine's programs would get from its nameservers. All of them are asked at once, for
//! the facts; whose answer counts follows the order of `resolv.conf`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Family;
use crate::evidence::dns::{DnsOutcome, RecordKind, ResolverRole};
use crate::evidence::{Failure, FailureKind, Operation};

use super::board::{Board, Entry, Plan, Timing};
use super::{order, udp};

/// What the stub has to say, and the instant at which it had it.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// The addresses, or why there are none.
    pub result: Result<Vec<IpAddr>, Failure>,
    /// When the deciding message came.
    pub at: Instant,
}

/// The records that a client of this family asks for.
pub(super) fn records(family: Family) -> &'static [RecordKind] {
    match family {
        Family::Any => &[RecordKind::A, RecordKind::Aaaa],
        Family::V4 => &[RecordKind::A],
        Family::V6 => &[RecordKind::Aaaa],
    }
}

/// Starts the queries for one full name: every nameserver, every record. Numbers by nameserver.
pub(super) fn start(board: &Arc<Board>, servers: &[SocketAddr], name: &str, until: Instant) -> Vec<Vec<usize>> {
    let family = board.run.settings.family;
    let ask = |server: &SocketAddr, record: &RecordKind| {
        udp::start(board, Plan::udp(*server, ResolverRole::Configured, name, *record, until))
    };
    servers.iter().map(|server| records(family).iter().map(|record| ask(server, record)).collect()).collect()
}

/// Goes through the candidate names in order until one has an address, as a stub resolver does. The queries for the
/// first of them are under way already.
pub(super) async fn resolve(
    board: &Arc<Board>,
    servers: &[SocketAddr],
    candidates: &[String],
    first: Vec<Vec<usize>>,
    until: Instant,
) -> Answer {
    let mut under_way = Some(first);
    let mut worst: Option<Failure> = None;
    let mut at = Instant::now();
    for name in candidates {
        let numbers = under_way.take().unwrap_or_else(|| start(board, servers, name, until));
        let answer = answer_of(board, &numbers, until).await;
        at = answer.at;
        let Err(failure) = answer.result else { return answer };
        let goes_on = matches!(
            failure.kind,
            FailureKind::DnsNxdomain | FailureKind::DnsNoData | FailureKind::DnsServfail | FailureKind::DnsMalformed
        );
        // The search list's misses do not matter beside an existing name or a failing server.
        if worst.as_ref().is_none_or(|known| weight(failure.kind) > weight(known.kind)) {
            worst = Some(failure);
        }
        if !goes_on || Instant::now() >= until {
            break;
        }
    }
    let none = || Failure::new(FailureKind::DnsNoResolver, Operation::Resolve, "no nameserver is configured");
    Answer { result: Err(worst.unwrap_or_else(none)), at }
}

fn weight(kind: FailureKind) -> u8 {
    match kind {
        FailureKind::DnsNxdomain => 0,
        FailureKind::DnsNoData => 1,
        _ => 2,
    }
}

async fn answer_of(board: &Board, numbers: &[Vec<usize>], until: Instant) -> Answer {
    let mut watch = board.watch();
    let asked = Instant::now();
    let mut rested = false;
    loop {
        let standings: Vec<Vec<Standing>> = {
            let entries = watch.borrow_and_update();
            numbers.iter().map(|server| server.iter().map(|&number| standing(&entries, number)).collect()).collect()
        };
        let now = Instant::now();
        let wake = match decide(&standings, asked, now, board.timing, order::any_routed) {
            // On a busy machine an answer may have arrived in time and wait to be read while the timer is heard first.
            Step::Done(answer) if rested || all_ended(&standings) => return answer,
            Step::Done(_) => {
                rested = true;
                for _ in 0..YIELDS {
                    tokio::task::yield_now().await;
                }
                continue;
            }
            Step::Wait(wake) => {
                rested = false;
                wake.min(until.max(now + Duration::from_millis(10)))
            }
        };
        // Both an expired timer and a change lead to the same question again.
        let _ = tokio::time::timeout_at(wake.into(), watch.changed()).await;
    }
}

/// How often tasks that are ready to run may do so before the clock decides.
const YIELDS: usize = 4;

fn all_ended(standings: &[Vec<Standing>]) -> bool {
    standings.iter().flatten().all(|one| matches!(one, Standing::Ended { .. }))
}

/// How one query stands, as far as the stub cares.
#[derive(Clone, Debug)]
enum Standing {
    Pending,
    Ended { outcome: DnsOutcome, addresses: Vec<IpAddr>, failure: Option<Failure>, at: Instant },
}

fn standing(entries: &[Entry], number: usize) -> Standing {
    let Some(entry) = entries.get(number) else { return Standing::Pending };
    let Some(at) = entry.ended else { return Standing::Pending };
    let ended = |entry: &Entry, at| Standing::Ended {
        outcome: entry.query.outcome,
        addresses: entry.query.answers.iter().map(|answer| answer.address).collect(),
        failure: entry.query.failure.clone(),
        at,
    };
    match entry.replaced_by.and_then(|number| entries.get(number)) {
        Some(whole) => match (whole.ended, whole.query.outcome) {
            (None, _) => Standing::Pending,
            (Some(at), outcome) if is_definitive(outcome) => ended(whole, at),
            // Better a part of the answer than none.
            (Some(_), _) if !entry.query.answers.is_empty() => ended(entry, at),
            (Some(at), _) => ended(whole, at),
        },
        None => ended(entry, at),
    }
}

const fn is_definitive(outcome: DnsOutcome) -> bool {
    matches!(outcome, DnsOutcome::Answer | DnsOutcome::NoData | DnsOutcome::Nxdomain)
}

enum Step {
    Done(Answer),
    Wait(Instant),
}

/// What the first nameserver in order that knows says of one record.
enum Told<'a> {
    /// Addresses, or definitely none.
    Known { outcome: DnsOutcome, addresses: &'a [IpAddr], at: Instant },
    /// Every nameserver failed; the first of them, and when the last did.
    Failed { outcome: DnsOutcome, failure: Option<&'a Failure>, at: Instant },
    /// An answer may still come; look again at that instant if nothing changes.
    Waiting(Option<Instant>),
}

fn told(servers: &[Vec<Standing>], record: usize, asked: Instant, now: Instant, timing: Timing) -> Told<'_> {
    let patience = asked + timing.patience;
    let mut waiting = false;
    let mut failed: Option<(DnsOutcome, Option<&Failure>, Instant)> = None;
    for server in servers {
        match &server[record] {
            Standing::Pending => waiting = true,
            Standing::Ended { outcome, addresses, at, .. } if is_definitive(*outcome) => {
                if waiting && now < patience {
                    return Told::Waiting(Some(patience));
                }
                return Told::Known {
                    outcome: *outcome,
                    addresses,
                    at: if waiting { (*at).max(patience) } else { *at },
                };
            }
            Standing::Ended { outcome, failure, at, .. } => {
                failed = Some(match failed {
                    None => (*outcome, failure.as_ref(), *at),
                    Some((first, failure, earlier)) => (first, failure, earlier.max(*at)),
                });
            }
        }
    }
    match failed {
        Some((outcome, failure, at)) if !waiting => Told::Failed { outcome, failure, at },
        _ => Told::Waiting(None),
    }
}

fn decide(
    servers: &[Vec<Standing>],
    asked: Instant,
    now: Instant,
    timing: Timing,
    routed: impl Fn(&[IpAddr]) -> bool,
) -> Step {
    let far = now + timing.give_up;
    let Some(count) = servers.first().map(Vec::len) else {
        let failure = Failure::new(FailureKind::DnsNoResolver, Operation::Resolve, "no nameserver is configured");
        return Step::Done(Answer { result: Err(failure), at: now });
    };
    let told: Vec<Told> = (0..count).map(|record| told(servers, record, asked, now, timing)).collect();
    let mut addresses = Vec::new();
    let mut decided: Option<Instant> = None;
    let mut open = false;
    let mut wake = far;
    let mut nxdomain = false;
    for record in &told {
        match record {
            Told::Known { outcome, addresses: found, at } => {
                addresses.extend_from_slice(found);
                nxdomain |= *outcome == DnsOutcome::Nxdomain;
                decided = Some(decided.map_or(*at, |earlier| earlier.max(*at)));
            }
            Told::Failed { at, .. } => decided = Some(decided.map_or(*at, |earlier| earlier.max(*at))),
            Told::Waiting(again) => {
                open = true;
                wake = again.map_or(wake, |again| wake.min(again));
            }
        }
    }
    if open {
        // One family is in. NXDOMAIN holds for the other too; NODATA does not, and addresses of a family that this
        // machine has no way to are no answer to go on with.
        let Some(at) = decided.filter(|_| nxdomain || routed(&addresses)) else { return Step::Wait(wake) };
        let delay = at + timing.resolution_delay;
        if now < delay {
            return Step::Wait(wake.min(delay));
        }
        let result = if addresses.is_empty() { Err(missing(&told)) } else { Ok(addresses) };
        return Step::Done(Answer { result, at: delay });
    }
    let result = if addresses.is_empty() { Err(missing(&told)) } else { Ok(addresses) };
    Step::Done(Answer { result, at: decided.unwrap_or(now) })
}

/// Why there is no address: a failing query outweighs NODATA, NXDOMAIN settles it.
fn missing(told: &[Told]) -> Failure {
    let known = |wanted| told.iter().any(|one| matches!(one, Told::Known { outcome, .. } if *outcome == wanted));
    if known(DnsOutcome::Nxdomain) {
        return Failure::new(FailureKind::DnsNxdomain, Operation::Resolve, "the name does not exist (NXDOMAIN)");
    }
    for one in told {
        if let Told::Failed { outcome, failure, .. } = one {
            return failure_of(*outcome, *failure);
        }
    }
    Failure::new(FailureKind::DnsNoData, Operation::Resolve, "the name exists but has no address (NODATA)")
}

fn failure_of(outcome: DnsOutcome, original: Option<&Failure>) -> Failure {
    let (kind, words) = match outcome {
        DnsOutcome::Servfail => (FailureKind::DnsServfail, "the nameserver failed (SERVFAIL)"),
        DnsOutcome::Refused => (FailureKind::DnsRefused, "the nameserver refuses to answer (REFUSED)"),
        DnsOutcome::OtherRcode | DnsOutcome::Malformed => {
            (FailureKind::DnsMalformed, "the nameserver's answer is of no use")
        }
        // An errno such as EPERM or ENETUNREACH says more than that no answer came.
        DnsOutcome::Unreachable => return original.cloned().unwrap_or_else(no_answer),
        _ => (FailureKind::DnsTimeout, "no nameserver answered"),
    };
    let mut failure = Failure::new(kind, Operation::Resolve, words);
    if let Some(original) = original {
        failure.os_error = original.os_error;
        failure.detail = format!("{words}: {original}");
    }
    failure
}

fn no_answer() -> Failure {
    Failure::new(FailureKind::DnsTimeout, Operation::Resolve, "no nameserver answered")
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::time::{Duration, Instant};

    use super::{Answer, DnsOutcome, FailureKind, Standing, Step, Timing, decide};

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    /// One lookup of A and AAAA at a clock of the test's own.
    struct Clock(Instant);

    impl Clock {
        fn ended(&self, outcome: DnsOutcome, addresses: &[IpAddr], after: u64) -> Standing {
            let at = self.0 + Duration::from_millis(after);
            Standing::Ended { outcome, addresses: addresses.to_vec(), failure: None, at }
        }

        fn step(&self, servers: &[Vec<Standing>], after: u64) -> Step {
            decide(servers, self.0, self.0 + Duration::from_millis(after), Timing::REAL, |found| !found.is_empty())
        }

        fn done(&self, servers: &[Vec<Standing>], after: u64) -> Answer {
            match self.step(servers, after) {
                Step::Done(answer) => answer,
                Step::Wait(until) => panic!("waits until {:?}", until - self.0),
            }
        }

        fn wait(&self, servers: &[Vec<Standing>], after: u64) -> Duration {
            match self.step(servers, after) {
                Step::Done(answer) => panic!("decided {answer:?}"),
                Step::Wait(until) => until - self.0,
            }
        }
    }

    #[test]
    fn both_families_in_is_an_answer_at_the_later_one() {
        let clock = Clock(Instant::now());
        let servers = [vec![clock.ended(DnsOutcome::Answer, &[V4], 10), clock.ended(DnsOutcome::Answer, &[V6], 14)]];
        let answer = clock.done(&servers, 20);
        assert_eq!(answer.result.expect("addresses"), [V4, V6]);
        assert_eq!(answer.at - clock.0, Duration::from_millis(14));
    }

    #[test]
    fn one_family_waits_fifty_milliseconds_for_the_other() {
        let clock = Clock(Instant::now());
        let servers = [vec![clock.ended(DnsOutcome::Answer, &[V4], 10), Standing::Pending]];
        assert_eq!(clock.wait(&servers, 12), Duration::from_millis(60));
        assert_eq!(clock.done(&servers, 60).result.expect("addresses"), [V4]);
        let nothing_yet = [vec![clock.ended(DnsOutcome::NoData, &[], 10), Standing::Pending]];
        assert!(clock.wait(&nothing_yet, 500) > Duration::from_secs(2), "NODATA says nothing of the other family");
    }

    #[test]
    fn a_failing_server_hands_over_and_a_silent_one_is_waited_for() {
        let clock = Clock(Instant::now());
        let good = || vec![clock.ended(DnsOutcome::Answer, &[V4], 5), clock.ended(DnsOutcome::NoData, &[], 5)];
        for outcome in [DnsOutcome::Servfail, DnsOutcome::Refused, DnsOutcome::PortUnreachable] {
            let servers = [vec![clock.ended(outcome, &[], 3), clock.ended(outcome, &[], 3)], good()];
            assert_eq!(clock.done(&servers, 6).result.expect("addresses"), [V4]);
        }
        let servers = [vec![Standing::Pending, Standing::Pending], good()];
        assert_eq!(clock.wait(&servers, 6), Duration::from_secs(1));
        let answer = clock.done(&servers, 1001);
        assert_eq!(answer.at - clock.0, Duration::from_secs(1), "the wait belongs to the measured time");
        assert_eq!(answer.result.expect("addresses"), [V4]);
    }

    #[test]
    fn the_first_server_in_order_wins_over_a_faster_one() {
        let clock = Clock(Instant::now());
        let other = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9));
        let servers = [
            vec![clock.ended(DnsOutcome::Answer, &[V4], 30), clock.ended(DnsOutcome::NoData, &[], 30)],
            vec![clock.ended(DnsOutcome::Answer, &[other], 1), clock.ended(DnsOutcome::NoData, &[], 1)],
        ];
        assert_eq!(clock.done(&servers, 31).result.expect("addresses"), [V4]);
    }

    #[test]
    fn the_failure_says_what_the_servers_said() {
        let clock = Clock(Instant::now());
        for (a, aaaa, kind) in [
            (DnsOutcome::Nxdomain, DnsOutcome::Nxdomain, FailureKind::DnsNxdomain),
            (DnsOutcome::NoData, DnsOutcome::NoData, FailureKind::DnsNoData),
            (DnsOutcome::Servfail, DnsOutcome::Servfail, FailureKind::DnsServfail),
            (DnsOutcome::Refused, DnsOutcome::Refused, FailureKind::DnsRefused),
            (DnsOutcome::Silent, DnsOutcome::NoData, FailureKind::DnsTimeout),
            (DnsOutcome::PortUnreachable, DnsOutcome::PortUnreachable, FailureKind::DnsTimeout),
            (DnsOutcome::Malformed, DnsOutcome::Malformed, FailureKind::DnsMalformed),
        ] {
            let servers = [vec![clock.ended(a, &[], 1), clock.ended(aaaa, &[], 1)]];
            assert_eq!(clock.done(&servers, 2).result.expect_err("a failure").kind, kind, "{a:?} {aaaa:?}");
        }
    }
}
