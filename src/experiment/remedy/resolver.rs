//! Names: another resolver, and the same question over transports that nobody on the way can forge.

use std::net::{IpAddr, SocketAddr};

use crate::evidence::dns::DnsTransport;
use crate::evidence::remedy::RemedyName;
use crate::probe::detour::{Detour, Names};
use crate::probe::dns;

use super::{Remedy, Scene, Ways};

const WRONG_ANSWERS: &[&str] = &[
    "dns-poisoned",
    "dns-hijacked",
    "dns-sinkholed",
    "dns-name-not-found",
    "dns-no-answer",
    "dns-slow",
    "dns-vpn-split",
    "dns-container-resolver-broken",
    "dns-fake-ip-unreachable",
    "hosts-file-override",
    "captive-portal",
];

pub(super) const OTHER: Remedy = Remedy {
    name: RemedyName::OtherResolver,
    cures: WRONG_ANSWERS,
    ways: |scene, ways| {
        let own = own(scene);
        let others = comparison(scene).filter(|resolver| !own.contains(resolver));
        let hosts = scene.evidence.dns.facts.hosts.is_empty();
        // What a hosts file says is not asked of anybody: there the own resolvers are others, too.
        let own = own.iter().copied().filter(|_| !hosts);
        for resolver in own.chain(others).take(3) {
            ask(scene, ways, shown(resolver), resolver, DnsTransport::Udp);
        }
    },
};

pub(super) const OVER_TCP: Remedy = Remedy {
    name: RemedyName::ResolverOverTcp,
    cures: &["dns-poisoned", "dns-hijacked", "dns-no-answer", "dns-slow"],
    ways: |scene, ways| {
        for resolver in own(scene).into_iter().take(1) {
            ask(scene, ways, shown(resolver), resolver, DnsTransport::Tcp);
        }
    },
};

pub(super) const DNS_OVER_TLS: Remedy = Remedy {
    name: RemedyName::DnsOverTls,
    cures: WRONG_ANSWERS,
    ways: |scene, ways| encrypted(scene, ways, DnsTransport::Dot),
};

pub(super) const DNS_OVER_HTTPS: Remedy = Remedy {
    name: RemedyName::DnsOverHttps,
    cures: WRONG_ANSWERS,
    ways: |scene, ways| encrypted(scene, ways, DnsTransport::Doh),
};

/// The first two resolvers that are known to answer so.
fn encrypted(scene: &Scene<'_>, ways: &mut Ways, transport: DnsTransport) {
    let own = own(scene).into_iter();
    let mut asked: Vec<&str> = Vec::new();
    for resolver in comparison(scene).chain(own).filter(|resolver| resolver.port() == 53) {
        let Some(known) = dns::encrypted(resolver.ip()) else { continue };
        let offered = if transport == DnsTransport::Dot { known.dot } else { known.doh };
        if offered && !asked.contains(&known.name) && asked.len() < 2 {
            asked.push(known.name);
            let value = if transport == DnsTransport::Dot {
                format!("{}#{}", resolver.ip(), known.name)
            } else {
                format!("https://{}/dns-query", known.name)
            };
            ask(scene, ways, value, resolver, transport);
        }
    }
}

/// The resolver as it is written in settings.
fn shown(resolver: SocketAddr) -> String {
    if resolver.port() == 53 { resolver.ip().to_string() } else { resolver.to_string() }
}

fn ask(scene: &Scene<'_>, ways: &mut Ways, value: String, resolver: SocketAddr, transport: DnsTransport) {
    let detour = Detour { names: Names::Asked(resolver, transport), ..Detour::default() };
    ways.detour(value, Some(resolver.to_string()), scene.settings(), detour);
}

/// The resolvers that are asked anyway.
fn own(scene: &Scene<'_>) -> Vec<SocketAddr> {
    let may = |resolver: &SocketAddr| may_ask(scene, resolver.ip(), true);
    scene.evidence.dns.facts.stub.nameservers.iter().copied().filter(may).collect()
}

/// The resolvers for comparison.
fn comparison<'a>(scene: &'a Scene<'_>) -> impl Iterator<Item = SocketAddr> + use<'a> {
    let may = |resolver: &SocketAddr| may_ask(scene, resolver.ip(), false);
    scene.run.settings.comparison_resolvers.iter().copied().filter(may)
}

/// Whether a resolver may learn the name: names of this network are for its own resolvers only. And an address is no
/// name.
fn may_ask(scene: &Scene<'_>, resolver: IpAddr, own: bool) -> bool {
    scene.name().is_some_and(|name| own || resolver.is_loopback() || !dns::is_local_name(&name))
}
