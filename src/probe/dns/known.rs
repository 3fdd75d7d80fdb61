//! Public resolvers that offer encrypted transports, and names that no public resolver may be asked for.

use std::net::IpAddr;

/// A public resolver's encrypted transports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The name in its certificate, sent as SNI.
    pub name: &'static str,
    /// Whether it answers DNS over TLS on port 853.
    pub dot: bool,
    /// Whether it answers DNS over HTTPS at `/dns-query`.
    pub doh: bool,
}

const fn both(name: &'static str) -> Encrypted {
    Encrypted { name, dot: true, doh: true }
}

/// By address, from each operator's documentation.
const TABLE: &[(&[&str], Encrypted)] = &[
    (&["8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"], both("dns.google")),
    (&["1.1.1.1", "1.0.0.1", "2606:4700:4700::1111", "2606:4700:4700::1001"], both("cloudflare-dns.com")),
    (&["9.9.9.9", "149.112.112.112", "2620:fe::fe", "2620:fe::9"], both("dns.quad9.net")),
    (&["223.5.5.5", "223.6.6.6", "2400:3200::1", "2400:3200:baba::1"], both("dns.alidns.com")),
    (&["1.12.12.12", "120.53.53.53"], Encrypted { name: "dot.pub", dot: true, doh: false }),
    (&["208.67.222.222", "208.67.220.220"], both("dns.opendns.com")),
    (&["94.140.14.14", "94.140.15.15"], both("dns.adguard-dns.com")),
];

/// The encrypted transports of the resolver at an address.
#[must_use]
pub fn encrypted(address: IpAddr) -> Option<Encrypted> {
    TABLE
        .iter()
        .find(|(addresses, _)| addresses.iter().any(|text| text.parse() == Ok(address)))
        .map(|(_, encrypted)| *encrypted)
}

/// The name of the public resolver at an address.
#[must_use]
pub fn resolver_name(address: IpAddr) -> Option<&'static str> {
    encrypted(address).map(|encrypted| encrypted.name)
}

/// Top-level names that mean something on this network only (RFC 6761, 6762, 8375, ICANN's `.internal`, habit).
const LOCAL: &[&str] =
    &["local", "localhost", "internal", "intranet", "lan", "home", "corp", "private", "home.arpa", "onion", "test"];

/// Whether a name is of this network alone: outsiders do not know it and need not learn of it.
#[must_use]
pub fn is_local_name(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    !host.contains('.') || LOCAL.iter().any(|domain| super::class::is_under(host, domain))
}

#[cfg(test)]
mod tests {
    use super::{TABLE, encrypted, is_local_name};

    #[test]
    fn every_address_of_the_table_parses_and_is_found() {
        for (addresses, expected) in TABLE {
            for address in *addresses {
                assert_eq!(encrypted(address.parse().expect("an address")), Some(*expected));
            }
        }
        assert_eq!(encrypted("114.114.114.114".parse().expect("an address")), None);
    }

    #[test]
    fn names_of_this_network_stay_here() {
        for local in ["ollama", "gpu.lan", "llm.corp", "nas.home.arpa", "x.LOCAL", "localhost", "a.b.internal."] {
            assert!(is_local_name(local), "{local}");
        }
        for public in ["api.openai.com", "local.example.com", "notlan.io"] {
            assert!(!is_local_name(public), "{public}");
        }
    }
}
