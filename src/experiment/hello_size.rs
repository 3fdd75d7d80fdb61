//! Is it the size of the packets? A small `ClientHello`, a large one, and a large one in small segments.

use crate::evidence::Evidence;
use crate::evidence::experiment::HelloSizeFacts;
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::handshake::{Variation, repeat};

/// Small enough for any path (IPv4 guarantees 576 bytes), announced to the peer too, so that its flight is small as well.
pub(super) const SEGMENT: u32 = 536;

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
    (facts.large, facts.small, facts.large_in_small_segments) =
        tokio::join!(repeat(run, trust, &large), repeat(run, trust, &small), repeat(run, trust, &segmented));
    facts
}
