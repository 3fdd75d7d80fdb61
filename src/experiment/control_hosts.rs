//! Does anything unrelated connect? TCP to well-known hosts that have nothing to do with the endpoint.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::config::{Endpoint, Origin};
use crate::evidence::config::HostKind;
use crate::evidence::dns::AddressClass;
use crate::evidence::experiment::{ControlHost, ControlHostsFacts};
use crate::evidence::{Evidence, Failure, Operation};
use crate::probe::Run;
use crate::probe::{dns, tcp};

use super::join_all;

/// A name for handshakes with them that no filter has a reason to know.
pub(super) const NEUTRAL_NAME: &str = "www.example.com";

/// Of 2025.
const API_OPENAI_COM: [Ipv4Addr; 2] = [Ipv4Addr::new(162, 159, 140, 245), Ipv4Addr::new(172, 66, 0, 243)];
/// Public resolvers that are known by an address of either family.
const IN_BOTH_FAMILIES: [(Ipv4Addr, Ipv6Addr); 3] = [
    (Ipv4Addr::new(8, 8, 8, 8), Ipv6Addr::new(0x2001, 0x4860, 0x4860, 0, 0, 0, 0, 0x8888)),
    (Ipv4Addr::new(1, 1, 1, 1), Ipv6Addr::new(0x2606, 0x4700, 0x4700, 0, 0, 0, 0, 0x1111)),
    (Ipv4Addr::new(223, 5, 5, 5), Ipv6Addr::new(0x2400, 0x3200, 0, 0, 0, 0, 0, 1)),
];
const LIMIT: Duration = Duration::from_millis(1_600);
/// The same after a silent resolver, which has taken its time already.
const LIMIT_UNRESOLVED: Duration = Duration::from_millis(900);
/// Once one has connected the others decide nothing any more; this is for those that are a little farther.
const PATIENCE: Duration = Duration::from_millis(250);

/// The hosts to ask, none of them the target. Unless the user names them, only for a target out on the Internet: nobody
/// outside is told of a local one, and nobody outside can witness for it.
pub(super) fn addresses(run: &Run, evidence: &Evidence) -> Vec<SocketAddr> {
    let target = evidence
        .tcp
        .facts
        .attempts
        .iter()
        .map(|attempt| attempt.address)
        .chain(evidence.dns.facts.addresses.iter().map(|answer| answer.address));
    let target: Vec<_> = target.chain(run.settings.endpoint.as_ref().ok().and_then(Endpoint::address)).collect();
    let outside = |address| matches!(dns::classify(address), AddressClass::Public | AddressClass::KnownForged);
    // Who names resolvers for this run wants none beside them.
    let by_own = evidence.dns.failed() && !evidence.dns.facts.stub.origin.starts_with("--");
    let unknown = target.is_empty() && (run.settings.route.proxy.is_some() || by_own);
    // A provider's name that leads to a local address does not make the provider local.
    let of_provider = evidence.config.facts.base_url.provider.is_some();
    let of_provider = of_provider && !target.is_empty();
    let is_outside =
        target.iter().any(|address| outside(*address)) || (unknown || of_provider) && has_public_name(evidence);
    let by_default = run.settings.control_hosts.origin == Origin::Default;
    if by_default && !is_outside {
        return Vec::new();
    }
    // Where the name does not resolve, the addresses that it has had may answer all the same.
    let published =
        unresolved(evidence).iter().filter(|_| by_default).map(|address| SocketAddr::new((*address).into(), 443));
    let machine = &evidence.config.facts.machine;
    let only_v6 = machine.ipv4_route == Some(false) && machine.ipv6_route == Some(true);
    let named = run.settings.control_hosts.value.iter().copied().map(|host| if only_v6 { over_v6(host) } else { host });
    named
        .chain(published)
        .filter(|host| !target.contains(&host.ip()) && run.settings.family.allows(&host.ip()))
        .collect()
}

/// The same public resolver by its IPv6 address, where it has one.
fn over_v6(host: SocketAddr) -> SocketAddr {
    let twin = IN_BOTH_FAMILIES.iter().find(|(v4, _)| host.ip() == *v4);
    twin.map_or(host, |(_, v6)| SocketAddr::new((*v6).into(), host.port()))
}

/// Addresses of a name that did not resolve.
fn unresolved(evidence: &Evidence) -> &'static [Ipv4Addr] {
    if evidence.dns.failed() { published(evidence) } else { &[] }
}

/// Addresses of the endpoint's name as its owner publishes them.
pub(super) fn published(evidence: &Evidence) -> &'static [Ipv4Addr] {
    let host = evidence.target.host.as_deref().unwrap_or_default().trim_end_matches('.');
    if host.eq_ignore_ascii_case("api.openai.com") { &API_OPENAI_COM } else { &[] }
}

/// Whether the endpoint's name may exist on the Internet: those that no public zone has (RFC 6761) do not.
pub(super) fn has_public_name(evidence: &Evidence) -> bool {
    const RESERVED: [&str; 3] = ["test", "example", "invalid"];
    let host = evidence.target.host.as_deref().unwrap_or_default();
    let reserved = host.trim_end_matches('.').rsplit('.').next().is_some_and(|top| RESERVED.contains(&top));
    evidence.config.facts.base_url.host_kind == HostKind::Public && !reserved
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> ControlHostsFacts {
    let (one_connected, _) = watch::channel(false);
    let limit = if evidence.dns.failed() { LIMIT_UNRESOLVED } else { LIMIT };
    let hosts = addresses(run, evidence).into_iter().map(|address| {
        let (one_connected, mut heard) = (&one_connected, one_connected.subscribe());
        async move {
            let started = Instant::now();
            let hurried = async {
                let _ = heard.wait_for(|connected| *connected).await;
                tokio::time::sleep(PATIENCE).await;
            };
            let (connected, failure) = tokio::select! {
                (attempt, _) = tcp::connect_one(run, address, limit) => (attempt.connected, attempt.failure),
                () = hurried => (false, Some(Failure::timeout(Operation::Connect, started.elapsed().into()))),
            };
            if connected {
                one_connected.send_replace(true);
            }
            ControlHost { address, connected, duration_ms: started.elapsed().into(), failure }
        }
    });
    ControlHostsFacts { hosts: join_all(hosts).await }
}
