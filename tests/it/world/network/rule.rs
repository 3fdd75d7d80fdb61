//! What a filter on the path does to which packets, as scenarios write it.

use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::packet::{ICMP, ICMP6, Packet, TCP, UDP};
use super::question::{A, AAAA, Question};

/// Packets that match every condition set are treated so.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// What is done.
    #[serde(rename = "do")]
    pub action: Action,
    /// Seen from whoever began the conversation.
    #[serde(default)]
    pub direction: Direction,
    /// The host that began the conversation.
    pub from: Option<String>,
    /// Addresses or prefixes of the other side.
    #[serde(default)]
    pub to: Vec<String>,
    /// Addresses or prefixes that the other side is none of.
    #[serde(default)]
    pub not_to: Vec<String>,
    /// Ports of the other side.
    #[serde(default)]
    pub port: Vec<u16>,
    pub protocol: Option<Protocol>,
    pub family: Option<Family>,
    /// Only segments that open a connection.
    #[serde(default)]
    pub syn: bool,
    /// Flows whose `ClientHello`, as far as it was seen, asks for one of these names; from then on.
    #[serde(default)]
    pub sni: Vec<String>,
    /// How long, once a flow was found by its name, further ones from the same host to the same address and port are too.
    pub residual_ms: Option<u64>,
    /// Flows whose `ClientHello` is longer than this many bytes.
    pub hello_longer_than: Option<usize>,
    /// Single packets that carry this text.
    pub contains: Option<String>,
    /// DNS queries for one of these names.
    #[serde(default)]
    pub name: Vec<String>,
    /// DNS queries for this kind of record.
    pub record: Option<Record>,
    /// Packets longer than this many bytes, IP header included.
    pub longer_than: Option<usize>,
    /// Packets after this many payload bytes of the flow in this direction.
    pub after_bytes: Option<u64>,
    /// This share of the packets, by a seeded draw for each packet of each flow.
    pub chance: Option<f64>,
    /// One packet in so many.
    pub every: Option<u64>,
    /// How much later than they could forged answers come.
    #[serde(default)]
    pub later_ms: f64,
    /// Flows without a packet for this long, once in their life; from then on.
    pub idle_ms: Option<u64>,
    /// The same for packets with data.
    pub quiet_ms: Option<u64>,
    /// Flows that are older than this.
    pub older_than_ms: Option<u64>,
    /// At which router, counted from whoever began.
    #[serde(default = "second")]
    pub hop: u8,
}

const fn second() -> u8 {
    2
}

/// What is done to a packet.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It disappears.
    Drop,
    /// It disappears, and both ends get a RST.
    Reset,
    /// Both ends get a RST, and it goes on.
    InjectReset,
    /// It disappears, and an ICMP error comes back.
    Reject(Reject),
    /// It comes this many milliseconds later.
    DelayMs(f64),
    /// Forged answers to a DNS query, one for each list; the query goes on.
    Forge(Vec<Vec<IpAddr>>),
    /// It goes to another address, and what comes back seems to come from the one it was for.
    Redirect {
        /// The address.
        to: IpAddr,
        /// The port, if it is another one.
        port: Option<u16>,
    },
    /// A text in its payload is replaced by one of the same length.
    Rewrite {
        /// The text.
        from: String,
        /// What is put in its place.
        to: String,
    },
}

/// How a packet is rejected.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reject {
    /// Port unreachable.
    Port,
    /// Network unreachable.
    Net,
    /// Host unreachable.
    Host,
    /// Forbidden.
    AdminProhibited,
    /// Too big for a link with this MTU.
    TooBig(u16),
}

impl Reject {
    /// Type, code and the four bytes that follow the checksum, for one family.
    pub const fn icmp(self, ipv4: bool) -> (u8, u8, u32) {
        match (self, ipv4) {
            (Self::Net, true) => (3, 0, 0),
            (Self::Host, true) => (3, 1, 0),
            (Self::Port, true) => (3, 3, 0),
            (Self::AdminProhibited, true) => (3, 13, 0),
            (Self::TooBig(mtu), true) => (3, 4, mtu as u32),
            (Self::Net, false) => (1, 0, 0),
            (Self::AdminProhibited, false) => (1, 1, 0),
            (Self::Host, false) => (1, 3, 0),
            (Self::Port, false) => (1, 4, 0),
            (Self::TooBig(mtu), false) => (2, 0, mtu as u32),
        }
    }
}

/// Which packets of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// From whoever began it.
    #[default]
    Out,
    /// To whoever began it.
    In,
    /// All.
    Both,
}

/// A protocol on top of IP.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    Tcp,
    Udp,
    Icmp,
}

/// A kind of record.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    A,
    Aaaa,
}

/// A version of IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    Ipv4,
    Ipv6,
}

impl Record {
    const fn number(self) -> u16 {
        match self {
            Self::A => A,
            Self::Aaaa => AAAA,
        }
    }
}

/// What a rule is told about a packet beside its bytes.
#[derive(Debug)]
pub struct Sight<'a> {
    pub outward: bool,
    /// Who began the conversation.
    pub from: &'a str,
    /// The other side's address and port.
    pub remote: (IpAddr, u16),
    pub server_name: Option<&'a str>,
    /// The length of the `ClientHello`, once its beginning was seen.
    pub hello: Option<usize>,
    /// Whether the rule still remembers an earlier flow to the same place.
    pub remembered: bool,
    /// Payload bytes of the flow in this direction, this packet's included.
    pub bytes: u64,
    /// The flow's longest pause.
    pub idle: Duration,
    /// Its longest pause between packets with data.
    pub quiet: Duration,
    /// Its age.
    pub age: Duration,
}

impl Rule {
    /// Whether every condition holds but those of chance and number, which count the packets that get so far.
    pub fn covers(&self, packet: &Packet, sight: &Sight) -> bool {
        let direction = match self.direction {
            Direction::Out => sight.outward,
            Direction::In => !sight.outward,
            Direction::Both => true,
        };
        let protocol = self.protocol.is_none_or(|protocol| match protocol {
            Protocol::Tcp => packet.protocol() == TCP,
            Protocol::Udp => packet.protocol() == UDP,
            Protocol::Icmp => matches!(packet.protocol(), ICMP | ICMP6),
        });
        let (address, port) = sight.remote;
        direction
            && protocol
            && self.from.as_deref().is_none_or(|host| host == sight.from)
            && (self.to.is_empty() || self.to.iter().any(|prefix| within(prefix, address)))
            && !self.not_to.iter().any(|prefix| within(prefix, address))
            && (self.port.is_empty() || self.port.contains(&port))
            && self.family.is_none_or(|family| packet.is_ipv4() == (family == Family::Ipv4))
            && (!self.syn || packet.opens())
            && self.longer_than.is_none_or(|most| packet.len() > most)
            && self.after_bytes.is_none_or(|most| sight.bytes > most)
            && exceeds(self.idle_ms, sight.idle)
            && exceeds(self.quiet_ms, sight.quiet)
            && exceeds(self.older_than_ms, sight.age)
            && (self.sni.is_empty() || sight.remembered || sight.server_name.is_some_and(|name| named(&self.sni, name)))
            && self.hello_longer_than.is_none_or(|most| sight.hello.is_some_and(|length| length > most))
            && self.contains.as_deref().is_none_or(|text| holds(packet.payload(), text.as_bytes()))
            && self.record.is_none_or(|record| asks(packet, port).is_some_and(|asked| asked.kind == record.number()))
            && (self.name.is_empty() || asks(packet, port).is_some_and(|asked| named(&self.name, &asked.name)))
    }
}

/// Whether a time is longer than a limit, if there is one.
fn exceeds(most_ms: Option<u64>, time: Duration) -> bool {
    most_ms.is_none_or(|most| time > Duration::from_millis(most))
}

/// The DNS question of a packet, if it carries one.
pub fn asks(packet: &Packet, port: u16) -> Option<Question> {
    (packet.protocol() == UDP && port == 53).then(|| Question::parse(packet.payload())).flatten()
}

/// Whether a name is one of these or below one of these.
fn named(names: &[String], name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    names.iter().any(|one| name == *one || name.strip_suffix(one.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

fn holds(payload: &[u8], text: &[u8]) -> bool {
    !text.is_empty() && payload.windows(text.len()).any(|window| window == text)
}

/// Whether an address lies in a prefix; without a length the prefix is one address.
fn within(prefix: &str, address: IpAddr) -> bool {
    let (network, length) = prefix.split_once('/').unwrap_or((prefix, "128"));
    let Ok(length) = length.parse::<u32>() else { return false };
    match (network.parse(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let shift = 32 - length.min(32);
            u64::from(network.to_bits()) >> shift == u64::from(address.to_bits()) >> shift
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let shift = 128 - length.min(128);
            let part = |address: std::net::Ipv6Addr| address.to_bits().checked_shr(shift).unwrap_or(0);
            part(network) == part(address)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_hold_their_addresses() {
        for (prefix, address, inside) in [
            ("10.0.0.0/8", "10.9.8.7", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("8.8.8.8", "8.8.8.8", true),
            ("8.8.8.8", "8.8.8.9", false),
            ("2606:4700::/32", "2606:4700:7::1", true),
            ("::/0", "2606:4700:7::1", true),
            ("::/0", "8.8.8.8", false),
        ] {
            assert_eq!(within(prefix, address.parse().unwrap()), inside, "{prefix} {address}");
        }
    }

    #[test]
    fn a_name_covers_what_is_below_it() {
        let names = ["openai.com".to_owned()];
        assert!(named(&names, "openai.com") && named(&names, "API.openai.com"));
        assert!(!named(&names, "notopenai.com") && !named(&names, "openai.com.evil.test"));
    }
}
