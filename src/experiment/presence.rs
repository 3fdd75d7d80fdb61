//! Is the machine there that stays silent? Where its address answers anything else, an echo request or another port, it is
//! the port that is dropped and not the way.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::experiment::{Presence, PresenceFacts};
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;

use super::{join_all, refusal};

const WAIT: Duration = Duration::from_millis(900);
/// Of so many silent addresses.
const MOST: usize = 3;

/// The addresses that did not answer the chain; loopback needs no way.
pub(super) fn places(evidence: &Evidence) -> Vec<SocketAddr> {
    let tcp = &evidence.tcp.facts;
    if !evidence.tcp.failed() {
        return Vec::new();
    }
    let silent = tcp.attempts.iter().filter(|attempt| {
        !attempt.address.is_loopback()
            && attempt.failure.as_ref().is_none_or(|failure| failure.kind == FailureKind::Timeout)
    });
    silent.take(MOST).map(|attempt| SocketAddr::new(attempt.address, tcp.port)).collect()
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> PresenceFacts {
    let machines = places(evidence).into_iter().map(|address| async move {
        let quickest = refusal::others(run, address, WAIT).await.into_iter().min_by(|a, b| a.0.0.total_cmp(&b.0.0));
        let (after_ms, answered) = quickest.unzip();
        Presence { address, answered, after_ms }
    });
    PresenceFacts { machines: join_all(machines).await }
}
