//! One handshake of an experiment: a fresh connection, one name, one size, an outcome.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::experiment::{Trial, TrialOutcome};
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::tcp::{self, Connected};
use crate::probe::tls::{self, Offer, Trust};

use super::{REPETITIONS, join_all};

/// Silence of this length after a connection that took no time to open is no slow server: four retransmissions fit in.
const SILENCE: Duration = Duration::from_millis(1_900);
const CONNECT: Duration = Duration::from_millis(1_500);

/// What a trial varies.
#[derive(Clone, Debug)]
pub(super) struct Variation {
    pub(super) address: SocketAddr,
    pub(super) server_name: String,
    /// Without the post-quantum key share, so that the `ClientHello` fits in one packet.
    pub(super) classical: bool,
    /// The segment size announced to the peer and kept by ourselves.
    pub(super) segment: Option<u32>,
}

impl Variation {
    pub(super) fn new(address: SocketAddr, server_name: &str) -> Self {
        Self { address, server_name: server_name.to_owned(), classical: false, segment: None }
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

/// The handshake of a trial on its connection; `silence` comes on top of some round trips.
pub(super) async fn greet(
    run: &Run,
    trust: &Trust,
    variation: &Variation,
    mut trial: Trial,
    connected: Connected,
    silence: Duration,
) -> Trial {
    let limit = silence + trial.connect_ms.unwrap_or_default().duration() * 6;
    let offer = Offer { classical: variation.classical, limit, ..Offer::https(&variation.server_name) };
    let (observation, _) = tls::handshake(run, trust, &offer, connected.stream, connected.handle.as_ref()).await;
    trial.handshake_ms = observation.duration_ms;
    trial.client_hello_bytes = observation.facts.client_hello_bytes;
    trial.bytes_received = observation.facts.bytes_received;
    trial.outcome = outcome(observation.facts.completed, observation.kind(), trial.bytes_received);
    trial.alert = observation.facts.alert;
    trial.info = observation.facts.info;
    trial
}

fn outcome(completed: bool, failure: Option<FailureKind>, received: usize) -> TrialOutcome {
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
