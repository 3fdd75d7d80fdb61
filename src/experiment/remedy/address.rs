//! Addresses: another one of the name, and one family alone.

use std::net::IpAddr;

use crate::config::Family;
use crate::evidence::dns::AddressClass;
use crate::evidence::remedy::RemedyName;
use crate::probe::detour::{Detour, Names};
use crate::probe::fastest;

use super::{Remedy, Scene, Ways};

/// How many addresses are tried.
const MOST: usize = 3;

pub(super) const OTHER: Remedy = Remedy {
    name: RemedyName::OtherAddress,
    cures: &[
        "ip-blackholed",
        "hosts-file-override",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "dns-fake-ip-unreachable",
        "tcp-timeout",
        "tcp-refused",
        "tcp-rejected-by-firewall",
        "tcp-unreachable",
        "edge-rejects-exit-address",
        "tls-certificate-name-mismatch",
    ],
    ways: |scene, ways| {
        if !scene.is_direct() || scene.name().is_none() {
            return;
        }
        let tried = |address: IpAddr| {
            let attempts = &scene.evidence.tcp.facts.attempts;
            attempts.iter().any(|attempt| attempt.address == address)
        };
        // What anybody gave, those first that nobody on the way could forge; forged and impossible ones are not ours
        // to talk to.
        let usable = |class| matches!(class, AddressClass::Public | AddressClass::Private | AddressClass::Loopback);
        let candidates = fastest::candidates(&scene.evidence.dns.facts).into_iter().filter(|candidate| {
            !candidate.in_use
                && usable(candidate.class)
                && !tried(candidate.address)
                && scene.run.settings.family.allows(&candidate.address)
        });
        for candidate in candidates.take(MOST) {
            let detour = Detour { names: Names::Given(vec![candidate.address]), ..Detour::default() };
            let source = candidate.sources.first().cloned();
            ways.detour(candidate.address.to_string(), source, scene.settings(), detour);
        }
    },
};

const BY_FAMILY: &[&str] = &[
    "ipv6-broken",
    "high-latency-happy-eyeballs",
    "region-unsupported-over-ipv6",
    "dns-slow",
    "mtu-black-hole",
    "edge-rejects-exit-address",
];

pub(super) const IPV4_ONLY: Remedy =
    Remedy { name: RemedyName::Ipv4Only, cures: BY_FAMILY, ways: |scene, ways| alone(scene, ways, Family::V4) };

pub(super) const IPV6_ONLY: Remedy = Remedy {
    name: RemedyName::Ipv6Only,
    cures: &["mtu-black-hole", "edge-rejects-exit-address"],
    ways: |scene, ways| alone(scene, ways, Family::V6),
};

/// One family alone, where both are in use.
fn alone(scene: &Scene<'_>, ways: &mut Ways, family: Family) {
    let attempts = &scene.evidence.tcp.facts.attempts;
    let connects = attempts.iter().any(|attempt| attempt.connected && family.allows(&attempt.address));
    let both = attempts.iter().any(|attempt| !family.allows(&attempt.address));
    if scene.is_direct() && connects && both && scene.run.settings.family == Family::Any {
        let mut settings = scene.settings();
        settings.family = family;
        ways.set("", None, settings);
    }
}
