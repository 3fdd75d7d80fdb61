//! The order in which addresses are tried: destination selection after RFC 6724, then families in turn (RFC 8305,
//! section 4). Asks the kernel for source addresses; sends nothing.

use std::cmp::Reverse;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};

/// The addresses in the order in which a client should try them, each once.
pub(super) fn order(addresses: &[IpAddr]) -> Vec<IpAddr> {
    order_by(addresses, source_for)
}

/// Whether this machine has a way to any of them.
pub(super) fn any_routed(addresses: &[IpAddr]) -> bool {
    addresses.iter().any(|address| source_for(*address).is_some())
}

fn order_by(addresses: &[IpAddr], source: impl Fn(IpAddr) -> Option<IpAddr>) -> Vec<IpAddr> {
    let mut unique: Vec<IpAddr> = Vec::with_capacity(addresses.len());
    for address in addresses {
        if !unique.contains(address) {
            unique.push(*address);
        }
    }
    let mut ranked: Vec<_> = unique.into_iter().map(|address| (rank(address, source(address)), address)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    let reachable = ranked.iter().filter(|((unreachable, ..), _)| !unreachable).count();
    let (first, last) = ranked.split_at(reachable);
    [first, last].into_iter().flat_map(|part| in_turn(part.iter().map(|(_, address)| *address).collect())).collect()
}

/// Rules 1, 2, 5 and 6 of RFC 6724: smaller is better; the resolver's order decides the rest.
type Rank = (bool, bool, bool, Reverse<u8>);

fn rank(destination: IpAddr, source: Option<IpAddr>) -> Rank {
    let (precedence, label) = policy(destination);
    let scope_differs = source.is_some_and(|source| scope(source) != scope(destination));
    let label_differs = source.is_some_and(|source| policy(source).1 != label);
    (source.is_none(), scope_differs, label_differs, Reverse(precedence))
}

/// Alternates the families, beginning with that of the first.
fn in_turn(ranked: Vec<IpAddr>) -> Vec<IpAddr> {
    let Some(leader) = ranked.first().map(IpAddr::is_ipv6) else { return ranked };
    let (leading, other): (Vec<_>, Vec<_>) = ranked.into_iter().partition(|address| address.is_ipv6() == leader);
    let mut turns = Vec::with_capacity(leading.len() + other.len());
    let (mut leading, mut other) = (leading.into_iter(), other.into_iter());
    loop {
        let pair = (leading.next(), other.next());
        turns.extend(pair.0);
        turns.extend(pair.1);
        if pair == (None, None) {
            return turns;
        }
    }
}

/// The source address that the kernel would use. Connecting a UDP socket sends nothing.
fn source_for(destination: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if destination.is_ipv6() { Ipv6Addr::UNSPECIFIED.into() } else { [0, 0, 0, 0].into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).ok()?;
    socket.connect(SocketAddr::new(destination, 443)).ok()?;
    socket.local_addr().ok().map(|local| local.ip())
}

/// Precedence and label of RFC 6724's default policy table.
fn policy(address: IpAddr) -> (u8, u8) {
    let IpAddr::V6(v6) = address else { return (35, 4) };
    let segments = v6.segments();
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 1] => (50, 0),
        [0, 0, 0, 0, 0, 0xffff, ..] => (35, 4),
        [0x2002, ..] => (30, 2),
        [0x2001, 0, ..] => (5, 5),
        [0x3ffe, ..] => (1, 12),
        [first, ..] if first & 0xfe00 == 0xfc00 => (3, 13),
        [first, ..] if first & 0xffc0 == 0xfec0 => (1, 11),
        _ => (40, 1),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Scope {
    Link,
    Site,
    Global,
}

fn scope(address: IpAddr) -> Scope {
    match address {
        // RFC 6724, section 3.2: loopback and 169.254/16 count as link-local, private IPv4 as global.
        IpAddr::V4(v4) if v4.is_loopback() || v4.is_link_local() => Scope::Link,
        IpAddr::V6(v6) if v6.is_loopback() || v6.is_unicast_link_local() => Scope::Link,
        IpAddr::V6(v6) if v6.segments()[0] & 0xffc0 == 0xfec0 => Scope::Site,
        _ => Scope::Global,
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::order_by;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    #[test]
    fn families_alternate_and_ipv6_leads_where_it_has_a_route() {
        let found = ips(&["192.0.2.1", "192.0.2.2", "192.0.2.1", "2606::1", "2606::2", "2606::3"]);
        let dual = |to: IpAddr| Some(if to.is_ipv6() { "2606::99" } else { "192.0.2.99" }.parse().expect("ip"));
        assert_eq!(
            order_by(&found, dual),
            ips(&["2606::1", "192.0.2.1", "2606::2", "192.0.2.2", "2606::3"]),
            "each once, in turn"
        );
        let v4_only = |to: IpAddr| to.is_ipv4().then(|| "192.0.2.99".parse().expect("ip"));
        assert_eq!(order_by(&found, v4_only), ips(&["192.0.2.1", "192.0.2.2", "2606::1", "2606::2", "2606::3"]));
    }

    #[test]
    fn a_unique_local_source_does_not_lead_to_the_global_internet() {
        let found = ips(&["2606::1", "192.0.2.1"]);
        let ula = |to: IpAddr| Some(if to.is_ipv6() { "fd00::5" } else { "192.0.2.99" }.parse().expect("ip"));
        assert_eq!(order_by(&found, ula), ips(&["192.0.2.1", "2606::1"]));
    }

    #[test]
    fn loopback_prefers_ipv6_as_getaddrinfo_does() {
        let same = Some;
        assert_eq!(order_by(&ips(&["127.0.0.1", "::1"]), same), ips(&["::1", "127.0.0.1"]));
        assert!(order_by(&[], same).is_empty());
    }
}
