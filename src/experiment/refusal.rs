//! Who refuses the connection, the address itself or somebody on the way? A refusal on the way comes from a hop where
//! other packets to the same address still meet a router, and sooner than the address answers anything else.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::dns::AddressClass;
use crate::evidence::experiment::RefusalFacts;
use crate::evidence::route::{Hop, HopSaid, RouteFacts, TraceMethod, UDP_PORT};
use crate::evidence::{Evidence, FailureKind, Ms};
use crate::probe::arrival::{Arrival, Arrivals};
use crate::probe::{Run, dns, echo, route, tcp};

use super::{REPETITIONS, join_all};

/// Beyond some times of the refusal itself.
const WAIT: Duration = Duration::from_millis(140);
/// The farthest hop tried.
const FARTHEST: u8 = 30;
/// Ports beside the endpoint's on which a public host often listens.
const OTHER_PORTS: [u16; 2] = [80, 443];
/// A distance that is enough for every way.
const UNLIMITED: u8 = 64;

/// A public address that refused the chain with a reset, and how soon.
pub(super) fn place(evidence: &Evidence) -> Option<(SocketAddr, Ms)> {
    let tcp = &evidence.tcp.facts;
    let refused = tcp.attempts.iter().find(|attempt| {
        let kind = attempt.failure.as_ref().map(|failure| failure.kind);
        kind == Some(FailureKind::ConnectionRefused)
            && attempt.rejected_by.is_none()
            && dns::classify(attempt.address) == AddressClass::Public
    })?;
    Some((SocketAddr::new(refused.address, tcp.port), refused.duration_ms?))
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> RefusalFacts {
    let Some((peer, after)) = place(evidence) else { return RefusalFacts::default() };
    let wait = WAIT + after.duration().min(WAIT) * 3;
    let mut facts = RefusalFacts { address: Some(peer), ..RefusalFacts::default() };
    let mut way = RouteFacts::default();
    let plan = route::Plan { method: TraceMethod::Tcp, queries: 1, max_hops: FARTHEST, wait, names: false };
    let mut unwatched = |_: &Hop| {};
    let arrivals = Arrivals::open();
    let (refusals, others, ()) = tokio::join!(
        join_all((0..REPETITIONS).map(|_| tcp::connect_one(run, peer, wait))),
        others(run, peer, wait),
        route::trace(run, peer, &plan, &mut way, &mut unwatched),
    );
    let seen = arrivals.map(|arrivals| arrivals.of(peer.ip())).unwrap_or_default();
    let ttl = |is: &dyn Fn(Arrival) -> bool| seen.iter().filter(|(arrival, _)| is(*arrival)).map(|(_, ttl)| *ttl).max();
    facts.refused_ttl = ttl(&|arrival| arrival == Arrival::Reset(peer.port()));
    let own = ttl(&|arrival| matches!(arrival, Arrival::Echo | Arrival::SynAck(_)));
    // Who refuses one port may refuse another, unless the other's refusal comes from farther away.
    let beside = ttl(&|arrival| matches!(arrival, Arrival::Reset(port) if port != peer.port()));
    facts.own_ttl = own.or(beside.filter(|beside| facts.refused_ttl.is_some_and(|refused| *beside < refused)));
    let refused = |kind: Option<FailureKind>| kind == Some(FailureKind::ConnectionRefused);
    let times = refusals
        .into_iter()
        .filter(|(attempt, _)| refused(attempt.failure.as_ref().map(|failure| failure.kind)))
        .filter_map(|(attempt, _)| attempt.duration_ms);
    facts.refusal_ms = times.min_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((time, by)) = others.into_iter().min_by(|a, b| a.0.0.total_cmp(&b.0.0)) {
        (facts.round_trip_ms, facts.answered) = (Some(time), Some(by));
    }
    let said = |hop: &Hop, said| hop.answers.iter().any(|answer| answer.said == said);
    facts.refused_at = way.hops.iter().find(|hop| said(hop, HopSaid::Reset)).map(|hop| hop.ttl);
    if let Some(ttl) = facts.refused_at {
        facts.beside = route::at(run, peer, TraceMethod::Udp, &[ttl, ttl + 1], (2, wait)).await;
    }
    facts
}

/// How long the address itself takes to answer other things, and which.
pub(super) async fn others(run: &Run, peer: SocketAddr, wait: Duration) -> Vec<(Ms, String)> {
    let address = peer.ip();
    let ports = OTHER_PORTS.into_iter().filter(|port| *port != peer.port());
    let connects = join_all(ports.map(|port| async move {
        let (attempt, _) = tcp::connect_one(run, SocketAddr::new(address, port), wait).await;
        // A refusal may come from whoever refused the endpoint's port.
        attempt.duration_ms.filter(|_| attempt.connected).map(|time| (time, format!("tcp {port}")))
    }));
    let datagram = async {
        let to = SocketAddr::new(address, UDP_PORT);
        let hop = route::at(run, to, TraceMethod::Udp, &[UNLIMITED], (1, wait)).await.pop()?;
        let own = hop.answers.iter().any(|answer| answer.address == address);
        hop.summary.min_ms.filter(|_| own).map(|time| (time, "udp".to_owned()))
    };
    let echo = async { echo::echo(run, address, wait).await.map(|time| (time, "echo".to_owned())) };
    let (connects, datagram, echo) = tokio::join!(connects, datagram, echo);
    connects.into_iter().chain([datagram, echo]).flatten().collect()
}
