//! TCP: every address of both families is measured; the chain goes on with the one that RFC 8305 would choose.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant as TokioInstant, sleep_until, timeout_at};

use crate::evidence::config::MachineFacts;
use crate::evidence::icmp::{IcmpKind, IcmpReject};
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Failure, FailureKind, Observation, Operation, TcpFacts};

use super::Run;
use super::local_filter;
use super::sys::{self, ErrorQueue, IcmpError, SocketHandle, Wire};

/// Two SYN retransmissions (after 1 s and 3 s) fit in; a longer silence is no slow network but none.
pub const CONNECT_LIMIT: Duration = Duration::from_millis(3_800);
/// The gateway of a container is the machine it runs on: it answers at once or not at all.
const GATEWAY_LIMIT: Duration = Duration::from_millis(500);
/// Connection Attempt Delay of RFC 8305, section 5.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);
/// Attempts that would all be answered at the same instant delay each other's clocks: they start this part of a round
/// trip apart.
const APART: u32 = 16;
/// But no more than this, or a lost SYN of the first would hold up the rest.
const MOST_APART: Duration = Duration::from_millis(10);
/// A name with more addresses than this is a hostile answer; the first ones tell as much.
const MOST_ADDRESSES: usize = 16;

/// An open connection to the endpoint (or to a proxy).
#[derive(Debug)]
pub struct Connected {
    /// The stream.
    pub stream: Wire,
    /// The peer.
    pub peer: SocketAddr,
    /// For asking the kernel about it later.
    pub handle: Option<SocketHandle>,
}

/// Connects to one address.
///
/// # Errors
///
/// The classified failure, with errno where the system gave one.
pub async fn connect_one(run: &Run, peer: SocketAddr, limit: Duration) -> (TcpAttempt, Result<Connected, Failure>) {
    connect_tuned(run, peer, limit, None).await
}

/// Connects to one address with a largest segment size of our own, kept by us and announced to the peer.
pub async fn connect_tuned(
    run: &Run,
    peer: SocketAddr,
    limit: Duration,
    segment: Option<u32>,
) -> (TcpAttempt, Result<Connected, Failure>) {
    let deadline = TokioInstant::from_std(run.step(limit));
    let Dialled { outcome, icmp_watched, rejected_by, started, ended } = match open(peer, segment) {
        Ok(socket) => dial(socket, peer, deadline).await,
        Err(error) => Dialled::failed(Failure::io(&error, Operation::Connect)),
    };
    let connected =
        outcome.map(|stream| Connected { handle: SocketHandle::of(&stream), stream: Wire::new(stream), peer });
    let attempt = TcpAttempt {
        address: peer.ip(),
        started_ms: run.at(started),
        duration_ms: Some((ended - started).into()),
        connected: connected.is_ok(),
        failure: connected.as_ref().err().cloned(),
        info: connected.as_ref().ok().and_then(|open| open.handle.as_ref()?.tcp_info()),
        rejected_by,
        icmp_watched,
    };
    (attempt, connected)
}

/// What became of a connection attempt.
pub(super) struct Dialled {
    /// The stream, or why there is none.
    pub(super) outcome: Result<TcpStream, Failure>,
    /// Whether an ICMP error would have been seen.
    pub(super) icmp_watched: bool,
    /// The ICMP error that ended it.
    pub(super) rejected_by: Option<IcmpReject>,
    /// When the SYN was handed to the kernel.
    pub(super) started: Instant,
    /// When the kernel knew what came of it.
    pub(super) ended: Instant,
}

impl Dialled {
    fn failed(failure: Failure) -> Self {
        let now = Instant::now();
        Self { outcome: Err(failure), icmp_watched: false, rejected_by: None, started: now, ended: now }
    }
}

/// Connects a socket and looks whether it was an ICMP error that ended it.
pub(super) async fn dial(socket: TcpSocket, peer: SocketAddr, deadline: TokioInstant) -> Dialled {
    let errors = ErrorQueue::open(&socket, peer.is_ipv6());
    let started = Instant::now();
    let outcome = timeout_at(deadline, socket.connect(peer)).await;
    let woken = Instant::now();
    // A process that slept is woken late, and that is not the network's time.
    let took = outcome.as_ref().ok().and_then(|open| sys::handshake_time(open.as_ref().ok()?));
    let ended = took.map_or(woken, |took| woken.min(started + took));
    let outcome = match outcome {
        Ok(outcome) => outcome.map_err(|error| Failure::io(&error, Operation::Connect)),
        Err(_) => Err(Failure::timeout(Operation::Connect, (ended - started).into())),
    };
    let (icmp_watched, (outcome, rejected_by)) = match errors {
        Some(errors) => (true, ended_by_icmp(outcome, &errors, peer)),
        None => (false, (outcome, None)),
    };
    Dialled { outcome, icmp_watched, rejected_by, started, ended }
}

/// Reads what the kernel noted of ICMP errors, which may be all that there is of a failed connection.
fn ended_by_icmp(
    outcome: Result<TcpStream, Failure>,
    errors: &ErrorQueue,
    peer: SocketAddr,
) -> (Result<TcpStream, Failure>, Option<IcmpReject>) {
    // An error that is only noted wakes a socket that is still connecting; without a peer it is none that is open.
    let half_open = outcome.as_ref().is_ok_and(|stream| stream.peer_addr().is_err());
    if outcome.is_ok() && !half_open {
        errors.close();
        return (outcome, None);
    }
    let told = errors.next();
    let reject = told.as_ref().map(|error| reject(error, peer.ip(), errors.local()));
    let outcome = match told {
        Some(error) if half_open => {
            Err(Failure::io(&std::io::Error::from_raw_os_error(error.os_error), Operation::Connect))
        }
        None if half_open => Err(Failure::io(&std::io::ErrorKind::NotConnected.into(), Operation::Connect)),
        _ => outcome,
    };
    (outcome, reject)
}

/// What an ICMP error says.
pub(super) fn reject(error: &IcmpError, peer: IpAddr, local: Option<IpAddr>) -> IcmpReject {
    IcmpReject {
        from: error.from,
        kind: IcmpKind::of(peer.is_ipv6(), error.kind, error.code),
        by_this_machine: local == Some(error.from) && error.from != peer,
    }
}

/// The same port on the default gateway, when this is a container (or WSL) and nothing but its own loopback was tried in
/// vain: if the machine around it answers there, "localhost" was meant for that machine.
pub async fn ask_gateway(run: &Run, machine: &MachineFacts, attempts: &[TcpAttempt], port: u16) -> Option<TcpAttempt> {
    let inside = machine.container.is_some() || machine.wsl;
    let in_vain = attempts.iter().all(|attempt| attempt.address.is_loopback() && !attempt.connected);
    let gateway = machine.gateway.filter(|_| inside && in_vain && !attempts.is_empty())?;
    Some(connect_one(run, SocketAddr::new(gateway, port), GATEWAY_LIMIT).await.0)
}

pub(super) fn open(peer: SocketAddr, segment: Option<u32>) -> std::io::Result<TcpSocket> {
    let socket = if peer.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A request is one small write; waiting to fill a segment would be measured as the network's delay.
    socket.set_nodelay(true)?;
    Wire::prepare(&socket);
    #[cfg(unix)]
    if let Some(bytes) = segment {
        socket2::SockRef::from(&socket).set_tcp_mss(bytes)?;
    }
    #[cfg(not(unix))]
    let _ = segment;
    Ok(socket)
}

/// Connection attempts to every address of a name, under way.
#[derive(Debug)]
pub struct Race {
    facts: Arc<Mutex<TcpFacts>>,
    attempts: JoinSet<()>,
    first: Option<IpAddr>,
    winner: mpsc::Receiver<Connected>,
    hurry: watch::Sender<Option<Duration>>,
    started: Instant,
    chosen: bool,
    unsent_before: Option<u64>,
}

impl Race {
    /// Starts the attempts, staggered as RFC 8305 says, in the given order.
    #[must_use]
    pub fn start(run: &Run, addresses: &[IpAddr], port: u16) -> Self {
        Self::start_tuned(run, addresses, port, None)
    }

    /// The same with a largest segment size of our own.
    #[must_use]
    pub fn start_tuned(run: &Run, addresses: &[IpAddr], port: u16, segment: Option<u32>) -> Self {
        let facts = Arc::new(Mutex::new(TcpFacts { port, ..TcpFacts::default() }));
        let unsent_before = local_filter::unsent();
        let (send, winner) = mpsc::channel(1);
        let (hurry, hurried) = watch::channel(None);
        let (failed, failures) = watch::channel(0usize);
        let failed = Arc::new(failed);
        let mut attempts = JoinSet::new();
        for (turn, address) in addresses.iter().copied().take(MOST_ADDRESSES).enumerate() {
            let (run, facts, send) = (run.clone(), Arc::clone(&facts), send.clone());
            let (mut hurried, mut failures, failed) = (hurried.clone(), failures.clone(), Arc::clone(&failed));
            attempts.spawn(async move {
                if turn > 0 {
                    let later = u32::try_from(turn).unwrap_or(u32::MAX);
                    let delay = ATTEMPT_DELAY * later;
                    tokio::select! {
                        () = sleep_until(TokioInstant::now() + delay) => {}
                        // An earlier attempt won or all before this one failed: nothing is gained by waiting.
                        () = let_go(&mut hurried, later) => {}
                        _ = failures.wait_for(|count| *count >= turn) => {}
                    }
                }
                let peer = SocketAddr::new(address, port);
                let (attempt, connected) = connect_tuned(&run, peer, CONNECT_LIMIT, segment).await;
                let lost = connected.is_err();
                facts.lock().unwrap_or_else(PoisonError::into_inner).attempts.push(attempt);
                if let Ok(connected) = connected {
                    // A full channel means that another attempt has won; dropping the stream closes this one.
                    let _ = send.try_send(connected);
                }
                if lost {
                    failed.send_modify(|count| *count += 1);
                }
            });
        }
        let first = addresses.first().copied();
        Self { facts, attempts, first, winner, hurry, started: Instant::now(), chosen: false, unsent_before }
    }

    /// The first connection.
    ///
    /// # Errors
    ///
    /// When every attempt failed: the failure of the first of them.
    pub async fn connected(&mut self) -> Result<Connected, Failure> {
        let won = self.winner.recv().await;
        // A second connection would only sit in the channel: without a receiver it is closed at once.
        self.winner.close();
        {
            let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
            let quickest = won.as_ref().and_then(|won| facts.attempts.iter().find(|one| one.address == won.peer.ip()));
            let round_trip = quickest.and_then(|attempt| attempt.duration_ms).unwrap_or_default().duration();
            self.hurry.send_replace(Some((round_trip / APART).min(MOST_APART)));
            if let Some(connected) = won {
                facts.chosen = Some(connected.peer.ip());
                facts.local = connected.stream.socket().local_addr().ok();
                self.chosen = true;
                return Ok(connected);
            }
        }
        let TcpFacts { attempts, port, .. } = self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let silent = |one: &TcpAttempt| one.failure.as_ref().is_some_and(|it| it.kind == FailureKind::Timeout);
        let refused_here = local_filter::refused_here(&attempts, port).await;
        let mut facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner);
        facts.refused_here = refused_here;
        if attempts.iter().any(silent) {
            facts.unsent =
                local_filter::unsent().zip(self.unsent_before).map(|(now, before)| now.saturating_sub(before));
        }
        Err(worst(&attempts))
    }

    /// Waits for the attempts that the chain no longer needs, until `until` at the latest.
    pub async fn settle(&mut self, until: Instant) {
        let all = async { while self.attempts.join_next().await.is_some() {} };
        let _ = timeout_at(TokioInstant::from_std(until), all).await;
    }

    /// Whether attempts are still under way.
    #[must_use]
    pub fn pending(&self) -> bool {
        !self.attempts.is_empty()
    }

    /// What was seen, `ended` being when the chain had its connection or gave up. What is still under way ends, and is
    /// silence for as long as it was waited for.
    #[must_use]
    pub fn observe(mut self, run: &Run, addresses: &[IpAddr], ended: Instant) -> Observation<TcpFacts> {
        self.attempts.abort_all();
        let mut seen = self.peek(run, ended);
        for address in addresses.iter().take(MOST_ADDRESSES) {
            if !seen.facts.attempts.iter().any(|attempt| attempt.address == *address) {
                let waited = self.started.elapsed();
                seen.facts.attempts.push(TcpAttempt {
                    address: *address,
                    started_ms: run.at(self.started),
                    duration_ms: None,
                    connected: false,
                    failure: Some(Failure::timeout(Operation::Connect, waited.into())),
                    info: None,
                    rejected_by: None,
                    icmp_watched: false,
                });
            }
        }
        seen
    }

    /// What was seen so far; what is under way goes on.
    #[must_use]
    pub fn peek(&self, run: &Run, ended: Instant) -> Observation<TcpFacts> {
        let facts = self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let failure = (!self.chosen).then(|| worst(&facts.attempts));
        // From the first SYN to the SYN-ACK that won: what tasks cost before and after is not the network's.
        let of = |address: Option<IpAddr>| facts.attempts.iter().find(|one| Some(one.address) == address);
        let started = of(self.first).map_or(run.at(self.started), |first| first.started_ms);
        let won = of(facts.chosen).and_then(|won| Some(won.started_ms + won.duration_ms?));
        let ended = won.filter(|_| self.chosen).unwrap_or(run.at(ended));
        Observation::ended(started, ended, facts, failure)
    }
}

/// Waits for another attempt to win, and then for this one's turn.
async fn let_go(hurried: &mut watch::Receiver<Option<Duration>>, turn: u32) {
    let apart = hurried.wait_for(Option::is_some).await.ok().and_then(|apart| *apart).unwrap_or_default() * turn;
    // The timer counts in milliseconds.
    if apart >= Duration::from_millis(1) {
        sleep_until(TokioInstant::now() + apart).await;
    }
}

/// The failure that says most: one that the network answered with before one that is silence.
fn worst(attempts: &[TcpAttempt]) -> Failure {
    attempts
        .iter()
        .filter_map(|attempt| attempt.failure.as_ref())
        .min_by_key(|failure| match failure.kind {
            FailureKind::PermissionDenied => 0,
            FailureKind::ConnectionRefused | FailureKind::ConnectionReset => 1,
            FailureKind::HostUnreachable => 2,
            FailureKind::Timeout => 3,
            _ => 4,
        })
        .cloned()
        .unwrap_or_else(|| Failure::new(FailureKind::Unclassified, Operation::Connect, "no address to connect to"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    #[tokio::test]
    async fn the_chain_gets_the_address_that_answers_and_every_address_is_measured() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let run = run();
        let addresses = ["127.0.0.9".parse().unwrap(), "127.0.0.1".parse().unwrap()];
        let mut race = Race::start(&run, &addresses, port);
        let connected = race.connected().await.unwrap();
        let ended = Instant::now();
        race.settle(Instant::now() + Duration::from_secs(2)).await;
        assert_eq!(connected.peer.ip(), addresses[1]);
        let seen = race.observe(&run, &addresses, ended);
        assert_eq!(seen.facts.chosen, Some(addresses[1]));
        assert_eq!(seen.facts.attempts.len(), 2);
        assert_eq!(seen.facts.attempts[0].failure.as_ref().unwrap().kind, FailureKind::ConnectionRefused);
        assert!(seen.passed());
        #[cfg(target_os = "linux")]
        assert!(seen.facts.attempts[1].info.unwrap().rtt_ms.is_some());
    }

    #[tokio::test]
    async fn nothing_but_refusals_is_a_refusal() {
        let run = run();
        let addresses = ["127.0.0.9".parse().unwrap()];
        let mut race = Race::start(&run, &addresses, 1);
        let failure = race.connected().await.unwrap_err();
        assert_eq!((failure.kind, failure.curl_exit), (FailureKind::ConnectionRefused, Some(7)));
        let attempt = &race.peek(&run, Instant::now()).facts.attempts[0];
        assert_eq!((attempt.rejected_by, attempt.icmp_watched), (None, cfg!(target_os = "linux")), "it was a reset");
    }
}
