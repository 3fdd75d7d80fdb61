//! Are packets lost at random? Twenty connections to the same address, each a chance for a SYN or its answer to be lost.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::sleep;

use crate::evidence::experiment::LossFacts;
use crate::evidence::{Evidence, FailureKind, Ms};
use crate::probe::Run;
use crate::probe::tcp;

use super::join_all;

const CONNECTIONS: u32 = 20;
/// Spread out, so that one burst of other traffic does not hit them all.
const SPACING: Duration = Duration::from_millis(25);
/// Two retransmissions (after 1 s and 3 s) fit in.
const LIMIT: Duration = Duration::from_millis(3_400);
/// A lost SYN is sent again after one second (RFC 6298); a connection that took this much longer than the quickest
/// needed it.
const RETRANSMISSION: f64 = 900.0;

/// The address to ask: the one that the chain connected to, or tried first.
pub(super) fn address(evidence: &Evidence) -> Option<SocketAddr> {
    let tcp = &evidence.tcp.facts;
    let tried = || tcp.attempts.first().map(|attempt| attempt.address);
    tcp.chosen.or_else(tried).map(|address| SocketAddr::new(address, tcp.port))
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> LossFacts {
    let Some(peer) = address(evidence) else { return LossFacts::default() };
    let attempts = join_all((0..CONNECTIONS).map(|turn| async move {
        sleep(SPACING * turn).await;
        tcp::connect_one(run, peer, LIMIT).await.0
    }))
    .await;
    let times: Vec<Ms> =
        attempts.iter().filter(|attempt| attempt.connected).filter_map(|attempt| attempt.duration_ms).collect();
    let best = times.iter().copied().min_by(|a, b| a.0.total_cmp(&b.0));
    let worst = times.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0));
    let late = |time: &Ms| best.is_some_and(|best| time.0 - best.0 > RETRANSMISSION);
    let silent = attempts
        .iter()
        .filter(|attempt| attempt.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Timeout))
        .count();
    LossFacts {
        address: Some(peer),
        tried: attempts.len(),
        hit: times.iter().filter(|time| late(time)).count() + silent,
        failed: attempts.iter().filter(|attempt| !attempt.connected).count(),
        best_ms: best,
        worst_ms: worst,
    }
}
