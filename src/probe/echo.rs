//! Single echo requests, for comparisons: whether an address answers, how soon, and at which size.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant as TokioInstant;

use crate::evidence::Ms;

use super::Run;
use super::icmp::{Heard, Probe, permitted};

/// Whether this process may send echo requests.
#[must_use]
pub fn may_echo(peer: IpAddr) -> bool {
    permitted(peer).0.is_some()
}

/// One echo request, where this process may send it: the time that its answer took.
pub async fn echo(run: &Run, peer: IpAddr, wait: Duration) -> Option<Ms> {
    answer(run, &Probe::echo(peer, permitted(peer).0?, None).ok()?, wait).await
}

/// One echo request with so many bytes of payload, an even number, that no router may fragment: the time that its answer
/// took.
pub async fn echo_of_size(run: &Run, peer: IpAddr, wait: Duration, bytes: usize) -> Option<Ms> {
    let mut probe = Probe::echo(peer, permitted(peer).0?, None).ok()?;
    probe.pad(bytes);
    answer(run, &probe, wait).await
}

async fn answer(run: &Run, probe: &Probe, wait: Duration) -> Option<Ms> {
    match probe.exchange(TokioInstant::from_std(run.step(wait))).await? {
        (Heard::Reply, after) => Some(after.into()),
        _ => None,
    }
}
