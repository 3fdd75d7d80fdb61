//! Is the machine there that stays silent? Where its address answers anything else, an echo request or another port, it is
//! the port that is dropped and not the way.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::dns::{DnsOutcome, DnsQuery, DnsTransport};
use crate::evidence::experiment::{Presence, PresenceFacts};
use crate::evidence::{Evidence, FailureKind, Ms};
use crate::probe::{Run, tcp};

use super::{join_all, refusal};

/// How long an answer is waited for, where nothing is known of how far away others are.
const WAIT: Duration = Duration::from_millis(900);
/// No less than this.
const LEAST_WAIT: Duration = Duration::from_millis(300);
/// And so many times as long as the slowest resolver took that answered over UDP: what is there answers in one round trip.
const ROUND_TRIPS: u32 = 4;
/// A port that a public host refuses where it does not serve it.
const OTHER_PORT: u16 = 80;
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

fn patience(evidence: &Evidence) -> Duration {
    let answered = |query: &&DnsQuery| query.outcome == DnsOutcome::Answer && query.transport == DnsTransport::Udp;
    let took = evidence.dns.facts.queries.iter().filter(answered).filter_map(|query| query.duration_ms);
    let slowest = took.map(Ms::duration).max();
    slowest.map_or(WAIT, |slowest| (slowest * ROUND_TRIPS).clamp(LEAST_WAIT, WAIT))
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> PresenceFacts {
    let wait = patience(evidence);
    let machines = places(evidence).into_iter().map(|address| async move {
        let (others, (other, _)) = tokio::join!(
            refusal::others(run, address, wait),
            tcp::connect_one(run, SocketAddr::new(address.ip(), OTHER_PORT), wait),
        );
        // Who swallows one port has no reason to refuse another: a reset is the machine's own.
        let kind = other.failure.as_ref().map(|failure| failure.kind);
        let reset = kind == Some(FailureKind::ConnectionRefused) && other.rejected_by.is_none();
        let refused = other.duration_ms.filter(|_| reset).map(|after| (after, format!("tcp {OTHER_PORT}")));
        let quickest = others.into_iter().chain(refused).min_by(|a, b| a.0.0.total_cmp(&b.0.0));
        let (after_ms, answered) = quickest.unzip();
        Presence { address, answered, after_ms }
    });
    PresenceFacts { machines: join_all(machines).await }
}
