//! Packets: small segments, and a `ClientHello` that fits in one.

use crate::evidence::remedy::RemedyName;
use crate::probe::detour::Detour;

use super::Remedy;

/// Small enough for any path: IPv4 guarantees 576 bytes, of which 40 are headers.
const SEGMENT: u32 = 536;

pub(super) const SMALL_SEGMENTS: Remedy = Remedy {
    name: RemedyName::SmallSegments,
    cures: &["mtu-black-hole", "client-hello-too-large", "sni-reset", "sni-dropped", "tls-handshake-timeout"],
    ways: |scene, ways| {
        if scene.is_direct() && cfg!(unix) {
            let detour = Detour { segment: Some(SEGMENT), ..Detour::default() };
            ways.detour(SEGMENT.to_string(), None, scene.settings(), detour);
        }
    },
};

pub(super) const CLASSICAL_KEY_SHARE: Remedy = Remedy {
    name: RemedyName::ClassicalKeyShare,
    cures: &["client-hello-too-large", "mtu-black-hole", "tls-handshake-timeout", "tls-handshake-reset"],
    ways: |scene, ways| {
        let detour = Detour { classical: true, ..Detour::default() };
        ways.detour("", None, scene.settings(), detour);
    },
};
