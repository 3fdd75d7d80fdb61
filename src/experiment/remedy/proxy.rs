//! Proxies: the same one spoken to differently, another one, or none. What is behind a tunnel verifies as it would
//! without one, so the key goes the same way.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

use crate::config::{Origin, Proxy, ProxyKind, Route};
use crate::evidence::proxy::Spoken;
use crate::evidence::remedy::RemedyName;
use crate::probe::dns;

use super::{Remedy, Scene, Ways};

/// What an unusable proxy looks like.
const BEHIND_A_PROXY: &[&str] = &[
    "proxy-exit-dead",
    "proxy-unreachable",
    "proxy-connect-denied",
    "proxy-auth-required",
    "proxy-scheme-wrong",
    "proxy-dns-local",
    "proxy-env-conflict",
    "proxy-bypass-ignored",
    "proxy-rule-direct",
    "proxy-socks-unsupported",
    "loopback-through-proxy",
];

/// What a way around the network helps against, too.
const ANOTHER_WAY: &[&str] = &[
    "proxy-exit-dead",
    "proxy-unreachable",
    "proxy-connect-denied",
    "proxy-auth-required",
    "proxy-scheme-wrong",
    "proxy-env-conflict",
    "proxy-not-applied",
    "no-egress",
    "ip-blackholed",
    "dns-poisoned",
    "dns-hijacked",
    "dns-sinkholed",
    "dns-no-answer",
    "dns-name-not-found",
    "tcp-timeout",
    "tcp-refused",
    "tcp-unreachable",
    "tcp-rejected-by-firewall",
    "sni-reset",
    "sni-dropped",
    "edge-rejects-exit-address",
    "region-unsupported",
    "tls-handshake-timeout",
    "tls-handshake-reset",
    "tls-intercepted",
    "gateway-block-page",
    "connection-reset",
];

pub(super) const REMOTE_NAMES: Remedy = Remedy {
    name: RemedyName::RemoteNames,
    cures: &["proxy-dns-local", "dns-poisoned", "dns-hijacked", "dns-sinkholed", "dns-no-answer", "dns-name-not-found"],
    ways: |scene, ways| {
        if let Some(proxy) = current(scene).filter(|proxy| proxy.kind == ProxyKind::Socks5) {
            through(scene, ways, spoken(proxy, ProxyKind::Socks5h));
        }
    },
};

pub(super) const PROXY_SCHEME: Remedy = Remedy {
    name: RemedyName::ProxyScheme,
    cures: &["proxy-scheme-wrong", "proxy-exit-dead", "proxy-socks-unsupported"],
    ways: |scene, ways| {
        let Some(proxy) = current(scene) else { return };
        let heard = match scene.evidence.proxy.facts.speaks {
            Some(Spoken::Http) => Some(ProxyKind::Http),
            Some(Spoken::Socks5) => Some(ProxyKind::Socks5h),
            Some(Spoken::Tls) => Some(ProxyKind::Https),
            _ => None,
        };
        let others = [ProxyKind::Http, ProxyKind::Socks5h, ProxyKind::Https];
        let is_socks = |kind| matches!(kind, ProxyKind::Socks5 | ProxyKind::Socks5h);
        let differs = |kind: &ProxyKind| *kind != proxy.kind && !(is_socks(*kind) && is_socks(proxy.kind));
        for kind in others.into_iter().filter(|kind| heard.is_none_or(|heard| heard == *kind)).filter(differs) {
            // Credentials are not sent in the clear where they were behind TLS.
            if proxy.credentials.is_none() || kind == ProxyKind::Https || proxy.kind != ProxyKind::Https {
                through(scene, ways, spoken(proxy, kind));
            }
        }
    },
};

pub(super) const OTHER_PROXY: Remedy = Remedy {
    name: RemedyName::OtherProxy,
    cures: ANOTHER_WAY,
    ways: |scene, ways| {
        const VARIABLES: [&str; 6] =
            ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "http_proxy", "HTTP_PROXY"];
        let mut known: Vec<String> = current(scene).map(|proxy| proxy.display.clone()).into_iter().collect();
        for name in VARIABLES {
            let written = scene.run.settings.environment.filled(name);
            let parsed = written.and_then(|url| Proxy::parse(url, Origin::Env(name.to_owned())).ok());
            if let Some(proxy) = parsed.filter(|proxy| !known.contains(&proxy.display)) {
                known.push(proxy.display.clone());
                through(scene, ways, proxy);
            }
        }
    },
};

pub(super) const DIRECT: Remedy = Remedy {
    name: RemedyName::Direct,
    cures: BEHIND_A_PROXY,
    ways: |scene, ways| {
        let Some(proxy) = current(scene) else { return };
        let mut settings = scene.settings();
        settings.route = Route::direct(Origin::Flag("--proxy"));
        ways.set(proxy.display.clone(), Some(proxy.origin.to_string()), settings);
    },
};

pub(super) const LOCAL_PROXY: Remedy = Remedy {
    name: RemedyName::LocalProxy,
    cures: ANOTHER_WAY,
    ways: |scene, ways| {
        // A name of this network is for no proxy to resolve, and a host that is near needs none.
        if !scene.in_earnest || scene.name().is_none_or(|name| dns::is_local_name(&name)) {
            return;
        }
        let configured = current(scene).map(|proxy| (proxy.host.as_str(), proxy.port));
        for (port, kind) in PORTS {
            let here = Ipv4Addr::LOCALHOST.to_string();
            if configured == Some((here.as_str(), *port)) || configured == Some(("localhost", *port)) || !listens(*port)
            {
                continue;
            }
            let url = format!("{}://{here}:{port}", kind.scheme());
            if let Ok(proxy) = Proxy::parse(&url, Origin::Default) {
                through(scene, ways, Proxy { origin: Origin::Flag("--proxy"), ..proxy });
            }
        }
    },
};

/// Where the proxy programs that people run on their own machine listen by default: Clash and its kin, v2ray and its
/// kin, Surge, Privoxy, a plain SOCKS server.
const PORTS: &[(u16, ProxyKind)] = &[
    (7890, ProxyKind::Http),
    (7897, ProxyKind::Http),
    (10809, ProxyKind::Http),
    (10808, ProxyKind::Socks5h),
    (1080, ProxyKind::Socks5h),
    (20171, ProxyKind::Http),
    (6152, ProxyKind::Http),
    (8118, ProxyKind::Http),
];

/// Whether something listens on that port of this machine; loopback says so at once.
fn listens(port: u16) -> bool {
    const AT_ONCE: Duration = Duration::from_millis(20);
    TcpStream::connect_timeout(&SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port), AT_ONCE).is_ok()
}

fn current<'a>(scene: &'a Scene<'_>) -> Option<&'a Proxy> {
    scene.run.settings.route.proxy.as_ref()
}

fn spoken(proxy: &Proxy, kind: ProxyKind) -> Proxy {
    let display = format!("{}{}", kind.scheme(), proxy.display.trim_start_matches(proxy.kind.scheme()));
    Proxy { kind, display, ..proxy.clone() }
}

fn through(scene: &Scene<'_>, ways: &mut Ways, proxy: Proxy) {
    let (value, origin) = (proxy.display.clone(), proxy.origin.to_string());
    let mut settings = scene.settings();
    settings.route = Route::through(proxy);
    ways.set(value, Some(origin), settings);
}
