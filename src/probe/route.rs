//! The way to a host: probes that may pass one router, two, three and so on, and the ICMP errors that come back.
//!
//! On Linux no privilege is needed: the kernel matches an error to the socket whose packet it is about and says who sent
//! it. Many routers send few errors a second or none, so silence of one hop means nothing when a later one answers.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::SockRef;
use tokio::task::JoinSet;
use tokio::time::{Instant as TokioInstant, sleep};

use crate::evidence::icmp::{IcmpKind, PingMethod};
use crate::evidence::route::{Hop, HopSaid, RouteFacts, TraceMethod, UDP_PORT};
use crate::evidence::{Failure, FailureKind, Operation};

use super::icmp::{Heard, Probe, limit_hops, permitted};
use super::{Run, dns, tcp};

/// Hops that are probed at the same time: most ways are done within two such batches, and the destination of a short
/// one is not bothered by dozens of connections.
const BATCH: u8 = 8;
/// Time between the probes of one hop, so that a router which limits its errors answers more than the first.
const STAGGER: Duration = Duration::from_millis(50);
/// Time between the first probes of neighbouring hops.
const SPREAD: Duration = Duration::from_millis(4);
/// What a trace does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// What is sent.
    pub method: TraceMethod,
    /// Probes a hop.
    pub queries: u16,
    /// The greatest distance tried.
    pub max_hops: u8,
    /// How long each probe is waited for. A second or more shows SYN segments that the kernel sent again.
    pub wait: Duration,
    /// Whether the names of the hops are asked for.
    pub names: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let wait = Duration::from_millis(950);
        Self { method: TraceMethod::Tcp, queries: 3, max_hops: 30, wait, names: false }
    }
}

/// Traces the way to a peer. Hops are told in order as soon as they and all before them are known, and stand in `facts`.
pub async fn trace(
    run: &Run,
    peer: SocketAddr,
    plan: &Plan,
    facts: &mut RouteFacts,
    watch: &mut (dyn FnMut(&Hop) + Send),
) {
    (facts.method, facts.queries) = (plan.method, plan.queries);
    facts.aim(peer);
    let mut echo = None;
    if !cfg!(target_os = "linux") {
        let words = "this system does not tell a program which router answered";
        facts.failure = Some(Failure::new(FailureKind::Unclassified, Operation::Connect, words));
        return;
    }
    if plan.method == TraceMethod::Icmp {
        (echo, facts.passed) = permitted(peer.ip());
        if echo.is_none() {
            let words = "this process may not send echo requests";
            facts.failure = Some(Failure::new(FailureKind::PermissionDenied, Operation::Connect, words));
            return;
        }
    }
    let mut first = 1;
    while first <= plan.max_hops && Instant::now() < run.deadline() {
        let last = first.saturating_add(BATCH - 1).min(plan.max_hops);
        if batch(run, peer, plan, echo, first..=last, facts, watch).await {
            return;
        }
        first = last + 1;
    }
}

/// Probes some hops at once; whether the way ends among them.
async fn batch(
    run: &Run,
    peer: SocketAddr,
    plan: &Plan,
    echo: Option<PingMethod>,
    distances: std::ops::RangeInclusive<u8>,
    facts: &mut RouteFacts,
    watch: &mut (dyn FnMut(&Hop) + Send),
) -> bool {
    let mut next = *distances.start();
    let mut under_way = JoinSet::new();
    for (turn, ttl) in distances.enumerate() {
        let (run, plan) = (run.clone(), *plan);
        under_way.spawn(async move {
            sleep(SPREAD * u32::try_from(turn).unwrap_or(0)).await;
            hop(&run, peer, &plan, echo, ttl).await
        });
    }
    let mut known: BTreeMap<u8, Hop> = BTreeMap::new();
    while let Some(ended) = under_way.join_next().await {
        let Ok((hop, failure)) = ended else { continue };
        known.insert(hop.ttl, hop);
        if facts.failure.is_none() {
            facts.failure = failure;
        }
        while let Some(hop) = known.remove(&next) {
            watch(&hop);
            let (reached, rejected) = (hop.destination, hop.rejected_by().is_some());
            facts.hops.push(hop);
            facts.reached = reached;
            if reached || rejected {
                facts.rejected_at = (!reached).then_some(next);
                return true;
            }
            next += 1;
        }
    }
    // What the system itself refuses to send does not get better farther away.
    facts.failure.is_some() && facts.hops.iter().all(|hop| hop.answers.is_empty())
}

/// What stands at some distances on the way to a peer, asked for at the same time, each so often.
pub async fn at(
    run: &Run,
    peer: SocketAddr,
    method: TraceMethod,
    distances: &[u8],
    (queries, wait): (u16, Duration),
) -> Vec<Hop> {
    let plan = Plan { method, queries, wait, ..Plan::default() };
    let mut under_way = JoinSet::new();
    for ttl in distances.iter().copied() {
        let run = run.clone();
        under_way.spawn(async move { hop(&run, peer, &plan, None, ttl).await.0 });
    }
    let mut hops = under_way.join_all().await;
    hops.sort_by_key(|hop| hop.ttl);
    hops
}

type Outcome = Result<Option<(IpAddr, HopSaid, Duration)>, Failure>;

async fn hop(run: &Run, peer: SocketAddr, plan: &Plan, echo: Option<PingMethod>, ttl: u8) -> (Hop, Option<Failure>) {
    let mut probes = JoinSet::new();
    for number in 0..plan.queries {
        let (run, plan) = (run.clone(), *plan);
        probes.spawn(async move {
            sleep(STAGGER * u32::from(number)).await;
            let deadline = TokioInstant::from_std(run.step(plan.wait));
            match (plan.method, echo) {
                (TraceMethod::Tcp, _) => by_connection(peer, ttl, deadline).await,
                (TraceMethod::Icmp, Some(method)) => {
                    by_datagram(Probe::echo(peer.ip(), method, Some(ttl)), peer.ip(), deadline).await
                }
                _ => {
                    let port = UDP_PORT + u16::from(ttl) * plan.queries + number;
                    by_datagram(Probe::udp(SocketAddr::new(peer.ip(), port), ttl), peer.ip(), deadline).await
                }
            }
        });
    }
    let mut outcomes = Vec::new();
    let mut failure = None;
    while let Some(ended) = probes.join_next().await {
        match ended {
            Ok(Ok(outcome)) => outcomes.push(outcome.map(|(from, said, after)| (from, said, after.into()))),
            Ok(Err(why)) => {
                outcomes.push(None);
                failure = Some(why);
            }
            Err(_) => outcomes.push(None),
        }
    }
    let mut hop = Hop::of(ttl, peer.ip(), &outcomes);
    if plan.names {
        for answer in &mut hop.answers {
            answer.name = dns::name_of(run, answer.address).await;
        }
    }
    (hop, failure)
}

/// A connection whose segments may pass so many routers.
async fn by_connection(peer: SocketAddr, ttl: u8, deadline: TokioInstant) -> Outcome {
    let failed = |error: &std::io::Error| Failure::io(error, Operation::Connect);
    let socket = tcp::open(peer, None).map_err(|error| failed(&error))?;
    let options = SockRef::from(&socket);
    limit_hops(&options, peer.ip(), ttl).map_err(|error| failed(&error))?;
    // What gets through ends with a reset, so that the peer has nothing to keep.
    options.set_linger(Some(Duration::ZERO)).map_err(|error| failed(&error))?;
    let tcp::Dialled { outcome, rejected_by, started, ended, .. } = tcp::dial(socket, peer, deadline).await;
    let after = ended - started;
    match (outcome, rejected_by) {
        (Ok(_), _) => Ok(Some((peer.ip(), HopSaid::Connected, after))),
        (Err(_), Some(by)) => Ok(Some((by.from, by.kind.into(), after))),
        (Err(failure), None) => match failure.kind {
            FailureKind::ConnectionRefused => Ok(Some((peer.ip(), HopSaid::Reset, after))),
            FailureKind::Timeout => Ok(None),
            _ => Err(failure),
        },
    }
}

async fn by_datagram(probe: std::io::Result<Probe>, peer: IpAddr, deadline: TokioInstant) -> Outcome {
    let probe = probe.map_err(|error| Failure::io(&error, Operation::Connect))?;
    match probe.exchange(deadline).await {
        Some((Heard::Reply, after)) => Ok(Some((peer, HopSaid::Reply, after))),
        Some((Heard::Error(error), after)) => {
            Ok(Some((error.from, IcmpKind::of(peer.is_ipv6(), error.kind, error.code).into(), after)))
        }
        Some((Heard::Failed(error), _)) => Err(Failure::io(&error, Operation::Connect)),
        None => Ok(None),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    async fn traced(peer: SocketAddr, method: TraceMethod) -> (RouteFacts, usize) {
        let plan = Plan { method, queries: 2, ..Plan::default() };
        let mut facts = RouteFacts::default();
        let mut told = 0;
        trace(&run(), peer, &plan, &mut facts, &mut |_| told += 1).await;
        (facts, told)
    }

    #[tokio::test]
    async fn loopback_is_one_hop_away_by_every_method() {
        for here in ["127.0.0.1", "::1"] {
            let Ok(listener) = tokio::net::TcpListener::bind((here, 0)).await else { continue };
            let peer = listener.local_addr().unwrap();
            let mut methods =
                vec![(TraceMethod::Tcp, HopSaid::Connected), (TraceMethod::Udp, HopSaid::PortUnreachable)];
            if permitted(peer.ip()).0.is_some() {
                methods.push((TraceMethod::Icmp, HopSaid::Reply));
            }
            for (method, said) in methods {
                let (facts, told) = traced(peer, method).await;
                assert_eq!((facts.hops.len(), told, facts.reached), (1, 1, true), "{facts:?}");
                let hop = &facts.hops[0];
                assert_eq!((hop.ttl, hop.destination, hop.summary.received), (1, true, 2), "{facts:?}");
                assert_eq!((hop.answers[0].address, hop.answers[0].said), (peer.ip(), said));
                assert_eq!((facts.rejected_at, facts.failure), (None, None));
            }
        }
    }

    #[tokio::test]
    async fn a_refusal_ends_the_way_too() {
        let (facts, _) = traced("127.0.0.9:1".parse().unwrap(), TraceMethod::Tcp).await;
        assert!(facts.reached);
        assert_eq!(facts.hops[0].answers[0].said, HopSaid::Reset);
    }
}
