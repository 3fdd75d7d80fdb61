//! Round trips: echo requests where this process may send them, else the time that a TCP connection takes. Owns the
//! sockets that send a probe and hear what comes back, ICMP errors included; the trace of a route uses them too.

mod echo;

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr, UdpSocket as StdUdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, SockAddr, SockRef, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant as TokioInstant, sleep_until, timeout_at};

use crate::evidence::icmp::{Passed, PassedReason, PingFacts, PingMethod, PingReply, PingSummary, PingTarget};
use crate::evidence::{Failure, FailureKind, Ms, Operation};

use super::Run;
use super::sys::{ErrorQueue, IcmpError};
use super::tcp;

use echo::{checksum, echo_of, echo_request};

/// Bytes of the header of an ICMP message.
const HEADER: usize = 8;
/// The largest message read: whatever is longer is none of ours.
const MESSAGE: usize = 1500;

/// What a `ping` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How many attempts each address gets.
    pub count: u16,
    /// Time from one attempt to the next.
    pub interval: Duration,
    /// How long each is waited for.
    pub wait: Duration,
    /// TCP connections even where echo requests may be sent.
    pub tcp: bool,
}

impl Default for Plan {
    fn default() -> Self {
        let (interval, wait) = (Duration::from_millis(200), Duration::from_secs(2));
        Self { count: 10, interval, wait, tcp: false }
    }
}

/// Something that happened during a `ping`.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// An address is about to be measured, in a way that may be another one than before.
    Begun(&'a PingTarget),
    /// An attempt has ended; it is the last one of the target's.
    Reply(&'a PingTarget),
}

/// Measures every one of the addresses at the same time. What was measured stands in `facts` at any moment.
pub async fn ping(
    run: &Run,
    addresses: &[IpAddr],
    plan: &Plan,
    facts: &mut PingFacts,
    watch: &mut (dyn FnMut(Event<'_>) + Send),
) {
    let (send, mut news) = mpsc::unbounded_channel();
    let mut targets = JoinSet::new();
    for address in addresses.iter().copied() {
        let (run, plan, port, send) = (run.clone(), *plan, facts.port, send.clone());
        targets.spawn(async move { measure(&run, SocketAddr::new(address, port), &plan, &send).await });
    }
    drop(send);
    while let Some(news) = news.recv().await {
        match news {
            News::Begun(target) => {
                // A second way replaces the first, whose failing is told among the reasons.
                facts.targets.retain(|known| known.address != target.address);
                watch(Event::Begun(&target));
                facts.targets.push(target);
                facts.targets.sort_by_key(|target| addresses.iter().position(|address| *address == target.address));
            }
            News::Reply(address, reply) => {
                let Some(target) = facts.targets.iter_mut().find(|known| known.address == address) else { continue };
                target.replies.push(reply);
                let mut in_order: Vec<&PingReply> = target.replies.iter().collect();
                in_order.sort_by_key(|reply| reply.number);
                let times: Vec<Option<Ms>> = in_order.iter().map(|reply| reply.rtt_ms).collect();
                target.summary = PingSummary::of(&times);
                watch(Event::Reply(target));
            }
        }
    }
    for target in &mut facts.targets {
        target.replies.sort_by_key(|reply| reply.number);
    }
}

enum News {
    Begun(PingTarget),
    Reply(IpAddr, PingReply),
}

async fn measure(run: &Run, peer: SocketAddr, plan: &Plan, news: &mpsc::UnboundedSender<News>) {
    let (echo, mut passed) = if plan.tcp { (None, Vec::new()) } else { permitted(peer.ip()) };
    if let Some(method) = echo {
        if attempts(run, peer, method, &passed, plan, news).await > 0 {
            return;
        }
        passed.push(Passed { method, reason: PassedReason::NoReply, detail: None });
    }
    attempts(run, peer, PingMethod::TcpConnect, &passed, plan, news).await;
}

/// All attempts in one way; how many came back.
async fn attempts(
    run: &Run,
    peer: SocketAddr,
    method: PingMethod,
    passed: &[Passed],
    plan: &Plan,
    news: &mpsc::UnboundedSender<News>,
) -> usize {
    let (replies, summary) = (Vec::new(), PingSummary::default());
    let target = PingTarget { address: peer.ip(), method, passed: passed.to_vec(), replies, summary };
    // Nobody listens any more when sending fails: the run is over.
    let _ = news.send(News::Begun(target));
    let begun = TokioInstant::now();
    let mut under_way = JoinSet::new();
    for number in 1..=plan.count {
        let due = begun + plan.interval * u32::from(number - 1);
        if due.into_std() >= run.deadline() {
            break;
        }
        let (run, wait, news) = (run.clone(), plan.wait, news.clone());
        under_way.spawn(async move {
            sleep_until(due).await;
            let reply = attempt(&run, peer, method, number, wait).await;
            let came = reply.rtt_ms.is_some();
            let _ = news.send(News::Reply(peer.ip(), reply));
            came
        });
    }
    let mut came = 0;
    while let Some(ended) = under_way.join_next().await {
        came += usize::from(ended.unwrap_or(false));
    }
    came
}

async fn attempt(run: &Run, peer: SocketAddr, method: PingMethod, number: u16, wait: Duration) -> PingReply {
    let sent = Instant::now();
    let mut reply =
        PingReply { number, sent_ms: run.at(sent), rtt_ms: None, refused: false, rejected_by: None, failure: None };
    if method == PingMethod::TcpConnect {
        let (attempt, _) = tcp::connect_one(run, peer, wait).await;
        reply.rejected_by = attempt.rejected_by;
        // A reset by the peer is an answer to the segment, and as long on its way.
        reply.refused = attempt.rejected_by.is_none()
            && attempt.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::ConnectionRefused);
        let answered = attempt.connected || reply.refused;
        reply.rtt_ms = attempt.duration_ms.filter(|_| answered);
        reply.failure = attempt.failure.filter(|failure| !answered && failure.kind != FailureKind::Timeout);
        return reply;
    }
    let probe = match Probe::echo(peer.ip(), method, None) {
        Ok(probe) => probe,
        Err(error) => {
            reply.failure = Some(Failure::io(&error, Operation::Connect));
            return reply;
        }
    };
    match probe.exchange(TokioInstant::from_std(run.step(wait))).await {
        Some((Heard::Reply, after)) => reply.rtt_ms = Some(after.into()),
        Some((Heard::Error(error), _)) => {
            reply.rejected_by = Some(tcp::reject(&error, peer.ip(), probe.local()));
        }
        Some((Heard::Failed(error), _)) => reply.failure = Some(Failure::io(&error, Operation::Connect)),
        None => {}
    }
    reply
}

/// The best way of sending echo requests that this process has, and why not a better one.
pub(super) fn permitted(peer: IpAddr) -> (Option<PingMethod>, Vec<Passed>) {
    let mut passed = Vec::new();
    for method in [PingMethod::IcmpDatagram, PingMethod::IcmpRaw] {
        match echo_socket(peer, method) {
            Ok(_) => return (Some(method), passed),
            Err(error) => {
                let denied = error.kind() == io::ErrorKind::PermissionDenied;
                let reason = match method {
                    PingMethod::IcmpDatagram if denied => PassedReason::PingGroupRange,
                    PingMethod::IcmpRaw if denied => PassedReason::CapNetRaw,
                    _ => PassedReason::Unsupported,
                };
                passed.push(Passed { method, reason, detail: Some(error.to_string()) });
            }
        }
    }
    (None, passed)
}

fn echo_socket(peer: IpAddr, method: PingMethod) -> io::Result<Socket> {
    let (domain, protocol) =
        if peer.is_ipv4() { (Domain::IPV4, Protocol::ICMPV4) } else { (Domain::IPV6, Protocol::ICMPV6) };
    let kind = if method == PingMethod::IcmpRaw { Type::RAW } else { Type::DGRAM };
    let socket = Socket::new(domain, kind, Some(protocol))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Limits how many routers the packets of a socket may pass.
pub fn limit_hops(socket: &SockRef<'_>, peer: IpAddr, ttl: u8) -> io::Result<()> {
    if peer.is_ipv4() { socket.set_ttl_v4(ttl.into()) } else { socket.set_unicast_hops_v6(ttl.into()) }
}

/// One probe on a socket of its own, so that what comes back is told apart by the kernel.
#[derive(Debug)]
pub(super) struct Probe {
    socket: UdpSocket,
    errors: Option<ErrorQueue>,
    /// The echo request; for UDP a payload that means nothing.
    message: Vec<u8>,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Udp,
    /// The kernel hands over what is for this socket only.
    Echo {
        reply: u8,
    },
    /// Every ICMP message that reaches this machine, to be sorted by identifier.
    RawEcho {
        reply: u8,
    },
}

/// What came back.
#[derive(Debug)]
pub(super) enum Heard {
    /// The answer.
    Reply,
    /// An ICMP error.
    Error(IcmpError),
    /// A refusal of the system itself.
    Failed(io::Error),
}

impl Probe {
    /// An echo request.
    pub(super) fn echo(peer: IpAddr, method: PingMethod, ttl: Option<u8>) -> io::Result<Self> {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // Other programs on this machine ping as well; two with the same number at a time are unlikely enough.
        let [.., high, low] = std::process::id().to_be_bytes();
        let identity = u16::from_be_bytes([high, low]).wrapping_mul(31).wrapping_add(number);
        let (request, reply) = if peer.is_ipv4() { (8, 0) } else { (128, 129) };
        let socket = echo_socket(peer, method)?;
        let kind = if method == PingMethod::IcmpRaw { Kind::RawEcho { reply } } else { Kind::Echo { reply } };
        Self::of(socket, SocketAddr::new(peer, 0), kind, ttl, echo_request(request, identity, number))
    }

    /// A datagram.
    pub(super) fn udp(peer: SocketAddr, ttl: u8) -> io::Result<Self> {
        let domain = if peer.is_ipv4() { Domain::IPV4 } else { Domain::IPV6 };
        let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
        socket.set_nonblocking(true)?;
        Self::of(socket, peer, Kind::Udp, Some(ttl), vec![0x40; 32])
    }

    fn of(socket: Socket, peer: SocketAddr, kind: Kind, ttl: Option<u8>, message: Vec<u8>) -> io::Result<Self> {
        if let Some(ttl) = ttl {
            limit_hops(&SockRef::from(&socket), peer.ip(), ttl)?;
        }
        let errors = ErrorQueue::open(&socket, peer.is_ipv6());
        socket.connect(&SockAddr::from(peer))?;
        Ok(Self { socket: UdpSocket::from_std(StdUdpSocket::from(socket))?, errors, message, kind })
    }

    /// Fills an echo request up to so many bytes of payload.
    pub(super) fn pad(&mut self, bytes: usize) {
        self.message.resize(HEADER + bytes, 0x40);
        self.message[2..4].fill(0);
        let checksum = checksum(&self.message);
        self.message[2..4].copy_from_slice(&checksum.to_be_bytes());
    }

    /// The local address.
    pub(super) fn local(&self) -> Option<IpAddr> {
        self.errors.as_ref()?.local()
    }

    /// Sends it and waits for what comes back, with the time that it took; `None` when nothing does.
    pub(super) async fn exchange(&self, deadline: TokioInstant) -> Option<(Heard, Duration)> {
        let sent = Instant::now();
        if let Err(error) = SockRef::from(&self.socket).send(&self.message) {
            return Some((Heard::Failed(error), sent.elapsed()));
        }
        let either = Interest::READABLE | Interest::ERROR;
        let heard = async {
            loop {
                if let Err(error) = self.socket.ready(either).await {
                    return Heard::Failed(error);
                }
                // One after the other: `try_io` knows no interest in both, and each clears its own readiness.
                for interest in [Interest::READABLE, Interest::ERROR] {
                    if let Ok(heard) = self.socket.try_io(interest, || self.listen()) {
                        return heard;
                    }
                }
            }
        };
        timeout_at(deadline, heard).await.ok().map(|heard| (heard, sent.elapsed()))
    }

    /// Takes in what has arrived, until something is ours or nothing is left.
    fn listen(&self) -> io::Result<Heard> {
        let mut buffer = [0u8; MESSAGE];
        loop {
            while let Some(error) = self.errors.as_ref().and_then(ErrorQueue::next) {
                if self.is_about_us(&error) {
                    return Ok(Heard::Error(error));
                }
            }
            match (&*SockRef::from(&self.socket)).read(&mut buffer) {
                Ok(length) if self.is_reply(&buffer[..length]) => return Ok(Heard::Reply),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(error),
                Err(error) => match self.errors.as_ref().and_then(ErrorQueue::next) {
                    Some(told) if self.is_about_us(&told) => return Ok(Heard::Error(told)),
                    // Every raw socket hears of the errors of all others.
                    _ if matches!(self.kind, Kind::RawEcho { .. }) => {}
                    _ => return Ok(Heard::Failed(error)),
                },
            }
        }
    }

    fn is_reply(&self, bytes: &[u8]) -> bool {
        match self.kind {
            Kind::Udp => true,
            Kind::Echo { reply } => echo_of(bytes, reply).is_some_and(|(_, number)| number == self.numbers().1),
            Kind::RawEcho { reply } => echo_of(bytes, reply) == Some(self.numbers()),
        }
    }

    fn is_about_us(&self, error: &IcmpError) -> bool {
        match self.kind {
            Kind::RawEcho { .. } => error.quoted.get(4..8) == self.message.get(4..8),
            _ => true,
        }
    }

    /// Identifier and sequence number.
    fn numbers(&self) -> (u16, u16) {
        let word = |at: usize| u16::from_be_bytes([self.message[at], self.message[at + 1]]);
        (word(4), word(6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    fn plan(tcp: bool) -> Plan {
        Plan { count: 3, interval: Duration::from_millis(1), wait: Duration::from_secs(2), tcp }
    }

    async fn pinged(addresses: &[IpAddr], port: u16, plan: &Plan) -> (PingFacts, usize) {
        let mut facts = PingFacts { port, ..PingFacts::default() };
        let mut told = 0;
        ping(&run(), addresses, plan, &mut facts, &mut |event| told += usize::from(matches!(event, Event::Reply(_))))
            .await;
        (facts, told)
    }

    #[tokio::test]
    async fn connections_and_refusals_are_round_trips() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let addresses = ["127.0.0.1".parse().unwrap(), "127.0.0.9".parse().unwrap()];
        let (facts, told) = pinged(&addresses, port, &plan(true)).await;
        assert_eq!((facts.targets.len(), told), (2, 6));
        for (target, refused) in facts.targets.iter().zip([false, true]) {
            assert_eq!((target.method, target.summary.received), (PingMethod::TcpConnect, 3));
            assert!(target.passed.is_empty(), "it was asked for");
            assert!(target.replies.iter().all(|reply| reply.refused == refused && reply.failure.is_none()));
            assert_eq!(target.replies.iter().map(|reply| reply.number).collect::<Vec<_>>(), [1, 2, 3]);
        }
    }

    #[tokio::test]
    async fn loopback_answers_in_the_best_way_there_is() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let here: IpAddr = "127.0.0.1".parse().unwrap();
        let (facts, _) = pinged(&[here], port, &plan(false)).await;
        let target = &facts.targets[0];
        assert_eq!(target.method, permitted(here).0.unwrap_or(PingMethod::TcpConnect));
        assert_eq!(target.summary.received, 3, "{target:?}");
        let better = [PingMethod::IcmpDatagram, PingMethod::IcmpRaw, PingMethod::TcpConnect];
        let rank = better.iter().position(|method| *method == target.method);
        assert_eq!(rank, Some(target.passed.len()), "every better way was passed over for a reason");
    }
}
