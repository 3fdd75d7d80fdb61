//! One resolver, asked over one transport and nothing else: what its first answer says of a name.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::time::timeout_at;

use crate::evidence::dns::{DnsOutcome, DnsTransport, ResolverRole};
use crate::evidence::{Failure, FailureKind, Operation};
use crate::probe::Run;

use super::board::{Board, Entry, Plan, Timing};
use super::{begin, order, stub};

/// How long, once one family has addresses, the other is waited for.
const GRACE: Duration = Duration::from_millis(150);

/// The addresses of a name as one resolver gives them over one transport, in the order in which they should be tried.
///
/// # Errors
///
/// Says why there is none.
pub async fn ask_through(
    run: &Run,
    host: &str,
    resolver: SocketAddr,
    transport: DnsTransport,
) -> Result<Vec<IpAddr>, Failure> {
    let name = host.trim_end_matches('.');
    let board = Board::new(run, name, Timing::REAL);
    let until = run.step(Timing::REAL.side);
    let port = match transport {
        DnsTransport::Udp | DnsTransport::Tcp => resolver.port(),
        DnsTransport::Dot => 853,
        DnsTransport::Doh => 443,
    };
    let address = SocketAddr::new(resolver.ip(), port);
    for record in stub::records(run.settings.family) {
        let plan = Plan::udp(address, ResolverRole::Comparison, name, *record, until);
        begin(&board, Plan { transport, ..plan });
    }
    let mut watch = board.watch();
    let ended = |entries: &[Entry]| entries.iter().all(|entry| entry.ended.is_some() && settled(entry, entries));
    let found = |entries: &[Entry]| entries.iter().any(|entry| !entry.query.answers.is_empty());
    // The board outlives the waits, so the channel cannot close; a time that is up is silence.
    let _ = timeout_at(until.into(), watch.wait_for(|entries| ended(entries) || found(entries))).await;
    let patience = (Instant::now() + GRACE).min(until);
    let _ = timeout_at(patience.into(), watch.wait_for(|entries| ended(entries))).await;
    board.stop();
    let queries = board.queries();
    let addresses: Vec<IpAddr> = queries.iter().flat_map(|query| &query.answers).map(|answer| answer.address).collect();
    if !addresses.is_empty() {
        return Ok(order::order(&addresses));
    }
    Err(queries
        .into_iter()
        .find_map(|query| query.failure.or_else(|| answered(query.outcome)))
        .unwrap_or_else(|| Failure::new(FailureKind::DnsTimeout, Operation::Resolve, "the resolver did not answer")))
}

/// Whether a cut-off answer has its whole one.
fn settled(entry: &Entry, entries: &[Entry]) -> bool {
    entry.replaced_by.and_then(|number| entries.get(number)).is_none_or(|whole| whole.ended.is_some())
}

/// The failure that an answer without addresses is.
fn answered(outcome: DnsOutcome) -> Option<Failure> {
    let (kind, words) = match outcome {
        DnsOutcome::Nxdomain => (FailureKind::DnsNxdomain, "the resolver says that the name does not exist"),
        DnsOutcome::NoData => (FailureKind::DnsNoData, "the resolver knows no address of the name"),
        DnsOutcome::Servfail => (FailureKind::DnsServfail, "the resolver failed (SERVFAIL)"),
        DnsOutcome::Refused => (FailureKind::DnsRefused, "the resolver refuses to answer (REFUSED)"),
        _ => return None,
    };
    Some(Failure::new(kind, Operation::Resolve, words))
}
