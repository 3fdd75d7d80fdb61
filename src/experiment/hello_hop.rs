//! Which hop cuts the server's name? `ClientHello`s that may pass one router, two, three and so on, over connections that
//! were opened without such a limit: the cut begins where the name first reaches whoever makes it. Needs no privilege.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::SockRef;

use crate::evidence::Evidence;
use crate::evidence::experiment::{ExperimentFacts, HelloHopFacts, HelloStep, ServerNameFacts, Trial, TrialOutcome};
use crate::evidence::route::{Hop, RouteFacts, TraceMethod};
use crate::probe::sys::{ErrorQueue, SocketHandle};
use crate::probe::tcp::Connected;
use crate::probe::tls::Trust;
use crate::probe::{Run, icmp, route};

use super::handshake::{Variation, address, attempt, greet, open};
use super::{join_all, server_name};

/// Distances tried at the same time; the end of a short way is not bothered by dozens of connections.
const BATCH: u8 = 8;
/// The farthest hop tried.
const FARTHEST: u8 = 30;
/// Beyond some round trips: one retransmission fits in.
const SILENCE: Duration = Duration::from_millis(300);
/// What lets the end of a connection reach the peer.
const UNLIMITED: u8 = 64;
/// How often a hop and the one before it are tried again.
const AGAIN: usize = 2;

/// Whether there is a cut to find, and where to look for it.
pub(super) fn place(run: &Run, evidence: &Evidence) -> Option<SocketAddr> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::ServerName(facts) => Some(facts),
        _ => None,
    })?;
    let here = address(evidence)?;
    // An address that is blocked as a whole by now says nothing about names.
    if is_blocked(facts) { server_name::fresh(run, evidence, here).1 } else { Some(here) }
}

fn is_blocked(facts: &ServerNameFacts) -> bool {
    !facts.neutral.iter().all(|trial| trial.outcome.passed()) || facts.neutral.is_empty()
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> HelloHopFacts {
    let Some(peer) = place(run, evidence) else { return HelloHopFacts::default() };
    let mut way = RouteFacts::default();
    let plan = route::Plan { method: TraceMethod::Tcp, queries: 2, max_hops: FARTHEST, ..route::Plan::default() };
    route::trace(run, peer, &route::Plan { wait: plan.wait / 2, ..plan }, &mut way, &mut |_| {}).await;
    find(run, trust, peer, &evidence.tls.facts.server_name, way.hops, false).await.unwrap_or_default()
}

/// Looks whether a name is cut on the way to an address, by whatever stands on the route there; `None` when it is not.
pub async fn look(run: &Run, peer: SocketAddr, name: &str, route: &[Hop]) -> Option<HelloHopFacts> {
    let trust = Trust::load(run);
    let neutral = Variation { classical: true, ..Variation::new(peer, &server_name::neutral(name.len())) };
    // Where no name passes it is not the name that decides.
    if !attempt(run, &trust, &neutral).await.outcome.passed() {
        return None;
    }
    find(run, &trust, peer, name, route.to_vec(), true).await
}

/// Finds the hop that cuts a name on the way to an address; `None` when it turns out not to be cut, if that is `unsure`.
async fn find(
    run: &Run,
    trust: &Trust,
    peer: SocketAddr,
    name: &str,
    route: Vec<Hop>,
    mut unsure: bool,
) -> Option<HelloHopFacts> {
    let distance = route.last().filter(|hop| hop.destination).map(|hop| hop.ttl);
    let name = name.to_owned();
    let mut facts = HelloHopFacts { address: Some(peer), name, route, distance, ..HelloHopFacts::default() };
    let farthest = distance.unwrap_or(FARTHEST);
    let mut first = 1;
    while first <= farthest && facts.hop.is_none() {
        let last = first.saturating_add(BATCH - 1).min(farthest);
        let mut ttls: Vec<u8> = (first..=last).collect();
        if unsure {
            ttls.insert(0, UNLIMITED);
        }
        for (ttl, trial) in steps(run, trust, peer, &facts.name, &ttls, unsure).await? {
            note(&mut facts.steps, ttl, trial.outcome);
        }
        unsure = false;
        facts.hop = cut_at(&facts.steps, &facts.route);
        first = last + 1;
    }
    if let Some(hop) = facts.hop {
        let around = if hop > 1 { vec![hop - 1, hop] } else { vec![hop] };
        for (ttl, trial) in steps(run, trust, peer, &facts.name, &around.repeat(AGAIN), false).await? {
            note(&mut facts.steps, ttl, trial.outcome);
        }
        facts.hop = cut_at(&facts.steps, &facts.route).filter(|again| *again == hop);
    }
    facts.router = facts.hop.and_then(|hop| router(&facts.route, hop));
    Some(facts)
}

fn note(steps: &mut Vec<HelloStep>, ttl: u8, outcome: TrialOutcome) {
    // What cannot even connect any more tells of the block that follows a cut.
    if outcome == TrialOutcome::Unconnected {
        return;
    }
    match steps.iter_mut().find(|step| step.ttl == ttl) {
        Some(step) => step.outcomes.push(outcome),
        None => steps.push(HelloStep { ttl, outcomes: vec![outcome] }),
    }
}

/// All connections first, and only then what may set off a block of the whole address. The first one may have to show
/// that the name is cut at all; `None` when it is not.
async fn steps(
    run: &Run,
    trust: &Trust,
    peer: SocketAddr,
    name: &str,
    ttls: &[u8],
    unsure: bool,
) -> Option<Vec<(u8, Trial)>> {
    // In one packet: of a larger one the first half, without the name, might expire behind whoever minds the name.
    let variation = Variation { classical: true, ..Variation::new(peer, name) };
    let opened = join_all(ttls.iter().map(|_| open(run, &variation))).await;
    let mut opened = ttls.iter().copied().zip(opened);
    let mut done = Vec::new();
    let greet = |(ttl, (trial, connected)): (u8, (Trial, Option<Connected>))| {
        let variation = &variation;
        async move {
            let Some(connected) = connected else { return (ttl, trial) };
            (ttl, limited(run, trust, variation, trial, connected, ttl).await)
        }
    };
    if unsure {
        let (ttl, trial) = greet(opened.next()?).await;
        if !trial.outcome.cut() && trial.outcome != TrialOutcome::Silent {
            return None;
        }
        done.push((ttl, trial));
    }
    done.extend(join_all(opened.map(greet)).await);
    Some(done)
}

async fn limited(
    run: &Run,
    trust: &Trust,
    variation: &Variation,
    trial: Trial,
    connected: Connected,
    ttl: u8,
) -> Trial {
    let peer = variation.address;
    let options = SockRef::from(connected.stream.socket());
    // What gets through ends with a reset, so that the peer has nothing to keep.
    let prepared = options.set_linger(Some(Duration::ZERO)).and_then(|()| icmp::limit_hops(&options, peer.ip(), ttl));
    // On an open connection the kernel keeps a router's word to itself, unless it is asked for.
    let _errors = ErrorQueue::open(connected.stream.socket(), peer.is_ipv6());
    if prepared.is_err() {
        return trial;
    }
    let handle = SocketHandle::of(connected.stream.socket());
    let ended = async {
        match &handle {
            Some(handle) => handle.broken().await.kind(),
            None => std::future::pending().await,
        }
    };
    let unfinished = trial.clone();
    let trial = tokio::select! {
        trial = greet(run, trust, variation, trial, connected, SILENCE) => trial,
        // A read does not hear of it.
        kind = ended => Trial { outcome: fate(kind), ..unfinished },
    };
    #[cfg(unix)]
    if let Some(handle) = &handle {
        // Should it fail, the peer gives the connection up by itself, later.
        let _ = icmp::limit_hops(&handle.options(), peer.ip(), UNLIMITED);
    }
    drop(handle);
    trial
}

const fn fate(kind: ErrorKind) -> TrialOutcome {
    match kind {
        ErrorKind::HostUnreachable => TrialOutcome::Expired,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => TrialOutcome::Reset,
        _ => TrialOutcome::Other,
    }
}

/// The smallest distance at which the name is always cut: reset or closed there and never short of it. Silence is a cut
/// only where a router or the address itself is known to answer at that distance.
fn cut_at(steps: &[HelloStep], route: &[Hop]) -> Option<u8> {
    let all = |step: &HelloStep, is: fn(TrialOutcome) -> bool| step.outcomes.iter().all(|outcome| is(*outcome));
    let any = |step: &HelloStep, is: fn(TrialOutcome) -> bool| step.outcomes.iter().any(|outcome| is(*outcome));
    if let Some(first) = steps.iter().filter(|step| any(step, TrialOutcome::cut)).map(|step| step.ttl).min() {
        let sound = steps.iter().filter(|step| step.ttl >= first).all(|step| all(step, TrialOutcome::cut));
        return sound.then_some(first);
    }
    let silent = |outcome| outcome == TrialOutcome::Silent;
    let answers = |ttl: u8| route.iter().any(|hop| hop.ttl == ttl && !hop.answers.is_empty());
    let first = steps.iter().filter(|step| all(step, silent) && answers(step.ttl)).map(|step| step.ttl).min()?;
    let before = |step: &&HelloStep| step.ttl + 1 == first;
    let expired = steps.iter().find(before).is_none_or(|step| any(step, |outcome| outcome == TrialOutcome::Expired));
    let sound = steps.iter().filter(|step| step.ttl >= first).all(|step| all(step, silent));
    ((first == 1 || expired) && sound).then_some(first)
}

/// Who answers at a distance.
fn router(route: &[Hop], ttl: u8) -> Option<std::net::IpAddr> {
    let hop = route.iter().find(|hop| hop.ttl == ttl)?;
    hop.answers.iter().max_by_key(|answer| answer.count).map(|answer| answer.address)
}

#[cfg(test)]
mod tests {
    use super::TrialOutcome::{Expired, Reset, Silent};
    use super::*;
    use crate::evidence::Ms;
    use crate::evidence::route::HopSaid;

    fn steps(outcomes: &[(u8, &[TrialOutcome])]) -> Vec<HelloStep> {
        outcomes.iter().map(|(ttl, outcomes)| HelloStep { ttl: *ttl, outcomes: outcomes.to_vec() }).collect()
    }

    fn route(answering: &[u8]) -> Vec<Hop> {
        let destination = "162.159.140.245".parse().unwrap();
        let hop = |ttl: &u8| {
            let router = format!("100.64.0.{ttl}").parse().unwrap();
            Hop::of(*ttl, destination, &[Some((router, HopSaid::TimeExceeded, Ms(9.0)))])
        };
        answering.iter().map(hop).collect()
    }

    #[test]
    fn a_reset_is_made_where_it_first_comes_from() {
        let seen = steps(&[(1, &[Expired]), (2, &[Silent, Silent]), (3, &[Reset, Reset]), (4, &[Reset])]);
        assert_eq!(cut_at(&seen, &route(&[1, 3])), Some(3));
        assert_eq!(router(&route(&[1, 3]), 3), Some("100.64.0.3".parse().unwrap()));
        let chance = steps(&[(1, &[Reset]), (2, &[Silent]), (3, &[Reset])]);
        assert_eq!(cut_at(&chance, &route(&[1, 2, 3])), None, "it does not go on with the distance");
    }

    #[test]
    fn silence_counts_where_somebody_would_have_answered() {
        let seen = steps(&[(1, &[Expired]), (2, &[Silent]), (3, &[Silent])]);
        assert_eq!(cut_at(&seen, &route(&[1, 2, 3])), Some(2));
        assert_eq!(cut_at(&seen, &route(&[1])), None, "nobody says anything there anyway");
        assert_eq!(cut_at(&seen, &route(&[1, 3])), None, "the second router may be a silent one");
        assert_eq!(cut_at(&steps(&[(1, &[Silent]), (2, &[Silent])]), &route(&[1, 2])), Some(1));
        assert_eq!(cut_at(&steps(&[(1, &[Expired]), (2, &[Expired])]), &route(&[1, 2])), None);
    }
}
