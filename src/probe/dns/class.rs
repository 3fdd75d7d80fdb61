//! What kind of address an answer names. Ranges only: whether something answers there is for the tcp probe to see.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::evidence::dns::{AddressClass, ClassifiedAddress};

/// Networks that injected answers point at, each with the domains that truly live there.
struct Decoy {
    v4: &'static [(Ipv4Addr, u8)],
    v6: &'static [(Ipv6Addr, u8)],
    owner: &'static [&'static str],
}

/// The pools of "How Great is the Great Firewall?" (Hoang and others, 2021): `AS32934`, `AS13414`, `AS19679`.
const DECOYS: &[Decoy] = &[
    Decoy {
        v4: &[
            (Ipv4Addr::new(31, 13, 0, 0), 16),
            (Ipv4Addr::new(157, 240, 0, 0), 16),
            (Ipv4Addr::new(179, 60, 192, 0), 22),
            (Ipv4Addr::new(69, 171, 224, 0), 19),
            (Ipv4Addr::new(66, 220, 144, 0), 20),
            (Ipv4Addr::new(173, 252, 64, 0), 18),
            (Ipv4Addr::new(204, 15, 20, 0), 22),
        ],
        v6: &[(Ipv6Addr::new(0x2a03, 0x2880, 0, 0, 0, 0, 0, 0), 29)],
        owner: &[
            "facebook.com",
            "fb.com",
            "fbcdn.net",
            "instagram.com",
            "cdninstagram.com",
            "whatsapp.com",
            "whatsapp.net",
            "messenger.com",
            "threads.net",
            "threads.com",
            "meta.com",
            "meta.ai",
            "llama.com",
            "oculus.com",
        ],
    },
    Decoy {
        v4: &[
            (Ipv4Addr::new(104, 244, 40, 0), 21),
            (Ipv4Addr::new(199, 16, 156, 0), 22),
            (Ipv4Addr::new(199, 59, 148, 0), 22),
            (Ipv4Addr::new(199, 96, 56, 0), 21),
            (Ipv4Addr::new(192, 133, 76, 0), 22),
        ],
        v6: &[],
        owner: &["twitter.com", "x.com", "t.co", "twimg.com", "periscope.tv", "pscp.tv", "x.ai", "grok.com"],
    },
    Decoy {
        v4: &[(Ipv4Addr::new(108, 160, 160, 0), 20), (Ipv4Addr::new(162, 125, 0, 0), 16)],
        v6: &[],
        owner: &[
            "dropbox.com",
            "dropboxapi.com",
            "dropboxusercontent.com",
            "dropboxstatic.com",
            "db.tt",
            "docsend.com",
            "hellosign.com",
        ],
    },
    Decoy {
        v4: &[
            // Reported by users for api.openai.com.
            (Ipv4Addr::new(128, 242, 250, 155), 32),
            (Ipv4Addr::new(128, 242, 250, 157), 32),
            (Ipv4Addr::new(202, 160, 128, 210), 32),
            (Ipv4Addr::new(118, 193, 240, 37), 32),
            (Ipv4Addr::new(128, 121, 243, 228), 32),
            // Injected for every blocked name since the 2000s.
            (Ipv4Addr::new(4, 36, 66, 178), 32),
            (Ipv4Addr::new(8, 7, 198, 45), 32),
            (Ipv4Addr::new(37, 61, 54, 158), 32),
            (Ipv4Addr::new(46, 82, 174, 68), 32),
            (Ipv4Addr::new(59, 24, 3, 173), 32),
            (Ipv4Addr::new(64, 33, 88, 161), 32),
            (Ipv4Addr::new(78, 16, 49, 15), 32),
            (Ipv4Addr::new(93, 46, 8, 89), 32),
            (Ipv4Addr::new(159, 106, 121, 75), 32),
            (Ipv4Addr::new(203, 98, 7, 65), 32),
            (Ipv4Addr::new(203, 161, 230, 171), 32),
            (Ipv4Addr::new(243, 185, 187, 39), 32),
        ],
        // Forged AAAA answers are Teredo addresses (GFWatch); no server has one.
        v6: &[(Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32)],
        owner: &[],
    },
];

const PRIVATE_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
];

const BOGON_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::UNSPECIFIED, 8),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

const PRIVATE_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),
];

const BOGON_V6: &[(Ipv6Addr, u8)] =
    &[(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20)];

const FAKE_V4: (Ipv4Addr, u8) = (Ipv4Addr::new(198, 18, 0, 0), 15);
const FAKE_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 18);
const GLOBAL_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// NAT64 (RFC 6052): the last four bytes are the IPv4 address meant.
const NAT64: (Ipv6Addr, u8) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// What kind of address it is, whatever name was asked for.
#[must_use]
pub fn classify(address: IpAddr) -> AddressClass {
    classify_for("", address)
}

/// What kind of address it is as an answer for `host`: an address of Facebook's is forged for any name but Facebook's.
#[must_use]
pub fn classify_for(host: &str, address: IpAddr) -> AddressClass {
    let address = match address {
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    };
    let forged = DECOYS.iter().any(|decoy| {
        let inside = match address {
            IpAddr::V4(v4) => decoy.v4.iter().any(|net| within_v4(v4, *net)),
            IpAddr::V6(v6) => decoy.v6.iter().any(|net| within_v6(v6, *net)),
        };
        inside && !decoy.owner.iter().any(|domain| is_under(host, domain))
    });
    if forged {
        return AddressClass::KnownForged;
    }
    match address {
        IpAddr::V4(v4) => class_v4(v4),
        IpAddr::V6(v6) => class_v6(v6),
    }
}

/// The addresses with their classes.
#[must_use]
pub fn classified(host: &str, addresses: &[IpAddr]) -> Vec<ClassifiedAddress> {
    addresses.iter().map(|&address| ClassifiedAddress { address, class: classify_for(host, address) }).collect()
}

/// Whether `host` is `domain` or a name under it.
pub(super) fn is_under(host: &str, domain: &str) -> bool {
    let host = host.trim_end_matches('.').as_bytes();
    let Some(start) = host.len().checked_sub(domain.len()) else { return false };
    host[start..].eq_ignore_ascii_case(domain.as_bytes()) && (start == 0 || host[start - 1] == b'.')
}

fn class_v4(address: Ipv4Addr) -> AddressClass {
    if address.is_unspecified() {
        AddressClass::Unspecified
    } else if address.is_loopback() {
        AddressClass::Loopback
    } else if within_v4(address, FAKE_V4) {
        AddressClass::FakeIp
    } else if PRIVATE_V4.iter().any(|net| within_v4(address, *net)) {
        AddressClass::Private
    } else if BOGON_V4.iter().any(|net| within_v4(address, *net)) {
        AddressClass::Bogon
    } else {
        AddressClass::Public
    }
}

fn class_v6(address: Ipv6Addr) -> AddressClass {
    if address.is_unspecified() {
        AddressClass::Unspecified
    } else if address.is_loopback() {
        AddressClass::Loopback
    } else if within_v6(address, FAKE_V6) {
        AddressClass::FakeIp
    } else if PRIVATE_V6.iter().any(|net| within_v6(address, *net)) {
        AddressClass::Private
    } else if !within_v6(address, GLOBAL_V6) || BOGON_V6.iter().any(|net| within_v6(address, *net)) {
        AddressClass::Bogon
    } else {
        AddressClass::Public
    }
}

/// The IPv4 address inside an IPv4-mapped or NAT64 one.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [.., a, b, c, d] = address.octets();
    address.to_ipv4_mapped().or_else(|| within_v6(address, NAT64).then(|| Ipv4Addr::new(a, b, c, d)))
}

fn within_v4(address: Ipv4Addr, (net, bits): (Ipv4Addr, u8)) -> bool {
    (address.to_bits() ^ net.to_bits()) >> (32 - u32::from(bits)) == 0
}

fn within_v6(address: Ipv6Addr, (net, bits): (Ipv6Addr, u8)) -> bool {
    (address.to_bits() ^ net.to_bits()) >> (128 - u32::from(bits)) == 0
}

#[cfg(test)]
mod tests {
    use super::{AddressClass, classify, classify_for};

    #[test]
    fn every_range_has_its_class() {
        for (address, class) in [
            ("104.18.6.192", AddressClass::Public),
            ("162.159.140.245", AddressClass::Public),
            ("2606:4700::6812:6c0", AddressClass::Public),
            ("10.1.2.3", AddressClass::Private),
            ("100.127.255.255", AddressClass::Private),
            ("100.128.0.0", AddressClass::Public),
            ("172.32.0.1", AddressClass::Public),
            ("fd00::1", AddressClass::Private),
            ("fe80::1", AddressClass::Private),
            ("127.0.0.53", AddressClass::Loopback),
            ("::1", AddressClass::Loopback),
            ("0.0.0.0", AddressClass::Unspecified),
            ("::", AddressClass::Unspecified),
            ("198.18.0.9", AddressClass::FakeIp),
            ("198.19.255.255", AddressClass::FakeIp),
            ("198.20.0.0", AddressClass::Public),
            ("fc00::7", AddressClass::FakeIp),
            ("fc00:4000::1", AddressClass::Private),
            ("192.0.2.1", AddressClass::Bogon),
            ("240.0.0.1", AddressClass::Bogon),
            ("0.1.2.3", AddressClass::Bogon),
            ("2001:db8::1", AddressClass::Bogon),
            ("ff02::1", AddressClass::Bogon),
            ("31.13.94.7", AddressClass::KnownForged),
            ("199.59.148.202", AddressClass::KnownForged),
            ("128.242.250.155", AddressClass::KnownForged),
            ("128.242.250.156", AddressClass::Public),
            ("2001::1f0d:5e07", AddressClass::KnownForged),
            ("::ffff:31.13.94.7", AddressClass::KnownForged),
            ("64:ff9b::a01:203", AddressClass::Private),
        ] {
            assert_eq!(classify(address.parse().expect("an address")), class, "{address}");
        }
    }

    #[test]
    fn an_owners_address_is_forged_for_others_only() {
        let facebook = "157.240.6.35".parse().expect("an address");
        for (host, class) in [
            ("api.openai.com", AddressClass::KnownForged),
            ("notfacebook.com", AddressClass::KnownForged),
            ("graph.Facebook.com", AddressClass::Public),
            ("facebook.com.", AddressClass::Public),
            ("api.x.ai", AddressClass::KnownForged),
        ] {
            assert_eq!(classify_for(host, facebook), class, "{host}");
        }
    }
}
