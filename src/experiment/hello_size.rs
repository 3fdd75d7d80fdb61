//! Is it the size of the packets? A small `ClientHello`, a large one, and a large one in small segments.

use std::net::IpAddr;
use std::time::Duration;

use crate::evidence::Evidence;
use crate::evidence::experiment::HelloSizeFacts;
use crate::probe::tls::Trust;
use crate::probe::{Run, echo};

use super::handshake::{Variation, repeat};

/// Small enough for any path (IPv4 guarantees 576 bytes), announced to the peer too, so that its flight is small as well.
pub(super) const SEGMENT: u32 = 536;

/// What the way is believed to carry where the kernel does not say.
const USUAL_MTU: u32 = 1500;
/// The payload of an echo request that no way cuts off.
const SHORT: usize = 64;
const WAIT: Duration = Duration::from_millis(700);

/// Whether a small echo request and a long one are answered, twice at most each.
async fn echo(run: &Run, evidence: &Evidence, peer: IpAddr) -> Option<(bool, bool)> {
    if !echo::may_echo(peer) {
        return None;
    }
    let answered = |bytes| async move {
        let (one, other) =
            tokio::join!(echo::echo_of_size(run, peer, WAIT, bytes), echo::echo_of_size(run, peer, WAIT, bytes));
        one.or(other).is_some()
    };
    // As long as the chain's own packets, headers of IP and ICMP included.
    let mtu = evidence.tcp.facts.attempts.iter().find_map(|attempt| attempt.info?.path_mtu).unwrap_or(USUAL_MTU);
    let headers = if peer.is_ipv4() { 28 } else { 48 };
    let long = usize::try_from(mtu.min(USUAL_MTU)).unwrap_or_default().saturating_sub(headers) & !1;
    Some(tokio::join!(answered(SHORT), answered(long)))
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> HelloSizeFacts {
    let mut facts = HelloSizeFacts { segment_bytes: SEGMENT, ..HelloSizeFacts::default() };
    let Some(large) = Variation::of_chain(run, evidence) else { return facts };
    let small = Variation { classical: true, ..large.clone() };
    if let Some((proxy, _)) = &large.through {
        // A proxy cuts what it passes on into segments of its own.
        facts.proxy = Some(proxy.display.clone());
        (facts.large, facts.small) = tokio::join!(repeat(run, trust, &large), repeat(run, trust, &small));
        return facts;
    }
    let segmented = Variation { segment: Some(SEGMENT), ..large.clone() };
    (facts.large, facts.small, facts.large_in_small_segments, facts.echo) = tokio::join!(
        repeat(run, trust, &large),
        repeat(run, trust, &small),
        repeat(run, trust, &segmented),
        echo(run, evidence, large.address.ip()),
    );
    facts
}
