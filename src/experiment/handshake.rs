//! One handshake of an experiment: a fresh connection, one name, one size, an outcome.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::Proxy;
use crate::evidence::experiment::{Trial, TrialOutcome};
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::proxy::{self, Destination};
use crate::probe::sys::SocketHandle;
use crate::probe::tap::Io;
use crate::probe::tcp::{self, Connected};
use crate::probe::tls::{self, Offer, Trust};

use super::{REPETITIONS, join_all};

/// Silence of this length after a connection that took no time to open is no slow server: four retransmissions fit in.
pub(super) const SILENCE: Duration = Duration::from_millis(1_900);
const CONNECT: Duration = Duration::from_millis(1_500);
/// How long a proxy may take to open a tunnel that it has opened before.
const TUNNEL: Duration = Duration::from_secs(3);

/// What a trial varies.
#[derive(Clone, Debug)]
pub(super) struct Variation {
    pub(super) address: SocketAddr,
    pub(super) server_name: String,
    /// Without the post-quantum key share, so that the `ClientHello` fits in one packet.
    pub(super) classical: bool,
    /// The segment size announced to the peer and kept by ourselves.
    pub(super) segment: Option<u32>,
    /// The proxy that is in between, and what it is asked for; the address is then the proxy's.
    pub(super) through: Option<(Proxy, Destination)>,
}

impl Variation {
    pub(super) fn new(address: SocketAddr, server_name: &str) -> Self {
        let server_name = server_name.to_owned();
        Self { address, server_name, classical: false, segment: None, through: None }
    }
}

impl Variation {
    /// What the chain did.
    pub(super) fn of_chain(run: &Run, evidence: &Evidence) -> Option<Self> {
        let name = &evidence.tls.facts.server_name;
        let Some(ours) = &run.settings.route.proxy else { return Some(Self::new(address(evidence)?, name)) };
        let facts = Some(&evidence.proxy.facts).filter(|facts| facts.reached == ProxyStep::Tunnelled)?;
        let endpoint = run.settings.endpoint.as_ref().ok()?;
        let resolved = evidence.dns.facts.addresses.first().map(|answer| answer.address);
        let to = Destination {
            host: endpoint.host_text(),
            port: endpoint.port,
            address: endpoint.address().or(resolved),
            forward: false,
        };
        let peer = facts.attempts.iter().find(|attempt| attempt.connected)?.address;
        Some(Self { through: Some((ours.clone(), to)), ..Self::new(SocketAddr::new(peer, ours.port), name) })
    }

    /// The same with another name.
    pub(super) fn named(&self, server_name: &str) -> Self {
        Self { server_name: server_name.to_owned(), ..self.clone() }
    }

    /// The same, the proxy asked for another host.
    pub(super) fn for_host(&self, there: SocketAddr) -> Self {
        let (host, address) = (there.ip().to_string(), Some(there.ip()));
        let to = Destination { host, port: there.port(), address, forward: false };
        Self { through: self.through.clone().map(|(proxy, _)| (proxy, to)), ..self.clone() }
    }

    /// What is known of a trial before it has a connection.
    pub(super) fn unconnected(&self) -> Trial {
        Trial {
            address: self.address,
            server_name: self.server_name.clone(),
            outcome: TrialOutcome::Unconnected,
            connect_ms: None,
            handshake_ms: None,
            client_hello_bytes: 0,
            bytes_received: 0,
            alert: None,
            info: None,
        }
    }
}

/// The address that the chain shook hands with.
pub(super) fn address(evidence: &Evidence) -> Option<SocketAddr> {
    Some(SocketAddr::new(evidence.tcp.facts.chosen?, evidence.tcp.facts.port))
}

/// The same trial, repeated at once.
pub(super) async fn repeat(run: &Run, trust: &Trust, variation: &Variation) -> Vec<Trial> {
    join_all((0..REPETITIONS).map(|_| attempt(run, trust, variation))).await
}

/// One trial.
pub(super) async fn attempt(run: &Run, trust: &Trust, variation: &Variation) -> Trial {
    if let Some((proxy, to)) = &variation.through {
        return behind(run, trust, variation, proxy, to).await;
    }
    let (trial, connected) = open(run, variation).await;
    match connected {
        Some(connected) => greet(run, trust, variation, trial, connected, SILENCE).await,
        None => trial,
    }
}

/// The connection of a trial, and the trial as far as it is known.
pub(super) async fn open(run: &Run, variation: &Variation) -> (Trial, Option<Connected>) {
    let (connection, connected) = tcp::connect_tuned(run, variation.address, CONNECT, variation.segment).await;
    let connect_ms = connection.duration_ms.filter(|_| connection.connected);
    let trial = Trial { connect_ms, ..variation.unconnected() };
    (trial, connected.ok())
}

/// A trial through a proxy.
async fn behind(run: &Run, trust: &Trust, variation: &Variation, proxy: &Proxy, to: &Destination) -> Trial {
    let (observation, tunnel) = proxy::open(&run.within(TUNNEL), trust, proxy, to).await;
    let mut trial = variation.unconnected();
    let Ok(tunnel) = tunnel else { return trial };
    trial.connect_ms = observation.facts.tunnel_ms;
    shake(run, trust, variation, trial, (tunnel.stream, tunnel.handle), SILENCE).await
}

/// The handshake of a trial on its connection; `silence` comes on top of some round trips.
pub(super) async fn greet(
    run: &Run,
    trust: &Trust,
    variation: &Variation,
    trial: Trial,
    connected: Connected,
    silence: Duration,
) -> Trial {
    shake(run, trust, variation, trial, (connected.stream, connected.handle), silence).await
}

async fn shake<S: Io + 'static>(
    run: &Run,
    trust: &Trust,
    variation: &Variation,
    mut trial: Trial,
    (stream, handle): (S, Option<SocketHandle>),
    silence: Duration,
) -> Trial {
    let limit = silence + trial.connect_ms.unwrap_or_default().duration() * 6;
    let offer = Offer { classical: variation.classical, limit, ..Offer::https(&variation.server_name) };
    let (observation, _) = tls::handshake(run, trust, &offer, stream, handle.as_ref()).await;
    trial.handshake_ms = observation.duration_ms;
    trial.client_hello_bytes = observation.facts.client_hello_bytes;
    trial.bytes_received = observation.facts.bytes_received;
    trial.outcome = outcome(observation.facts.completed, observation.kind(), trial.bytes_received);
    trial.alert = observation.facts.alert;
    trial.info = observation.facts.info;
    trial
}

/// What came of a handshake, by how it failed and whether anything was received.
pub(super) fn outcome(completed: bool, failure: Option<FailureKind>, received: usize) -> TrialOutcome {
    match failure {
        _ if completed => TrialOutcome::Completed,
        Some(FailureKind::TlsAlert) => TrialOutcome::Alert,
        Some(FailureKind::ConnectionReset) if received == 0 => TrialOutcome::Reset,
        Some(FailureKind::ConnectionClosed) if received == 0 => TrialOutcome::Closed,
        Some(FailureKind::Timeout) if received == 0 => TrialOutcome::Silent,
        Some(FailureKind::HostUnreachable) => TrialOutcome::Expired,
        _ => TrialOutcome::Other,
    }
}
