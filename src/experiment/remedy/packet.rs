//! Packets: small segments, and a `ClientHello` that fits in one.

use crate::evidence::remedy::RemedyName;
use crate::probe::detour::Detour;

use super::Remedy;

/// What fits in the 1280 bytes that IPv6 guarantees, and in the 576 that IPv4 does, headers and options left off.
const SEGMENTS: [u32; 2] = [1220, 516];

pub(super) const SMALL_SEGMENTS: Remedy = Remedy {
    name: RemedyName::SmallSegments,
    cures: &["mtu-black-hole", "client-hello-too-large", "sni-reset", "sni-dropped", "tls-handshake-timeout"],
    ways: |scene, ways| {
        if scene.is_direct() && cfg!(unix) {
            for segment in SEGMENTS {
                let detour = Detour { segment: Some(segment), ..Detour::default() };
                ways.detour(segment.to_string(), None, scene.settings(), detour);
            }
        }
    },
};

pub(super) const CLASSICAL_KEY_SHARE: Remedy = Remedy {
    name: RemedyName::ClassicalKeyShare,
    cures: &["client-hello-too-large", "tls-handshake-timeout", "tls-handshake-reset"],
    ways: |scene, ways| {
        let detour = Detour { classical: true, ..Detour::default() };
        ways.detour("", None, scene.settings(), detour);
    },
};
