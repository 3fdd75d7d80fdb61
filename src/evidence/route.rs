//! The way to a host: what each router on it answers, and how long that takes.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::icmp::{IcmpKind, Passed, PingSummary};
use super::{Failure, Ms};

/// The way to one address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RouteFacts {
    /// The host asked for.
    pub host: String,
    /// The address traced.
    pub address: Option<IpAddr>,
    /// The port, where the method has one: that of the endpoint for TCP, the first one tried for UDP.
    pub port: Option<u16>,
    /// What was sent.
    pub method: TraceMethod,
    /// How many probes each hop got.
    pub queries: u16,
    /// The hops in order, up to the destination or to the last one that was tried.
    pub hops: Vec<Hop>,
    /// Whether the destination itself answered.
    pub reached: bool,
    /// The distance of whoever turned the packets away with an ICMP error other than the destination's own.
    pub rejected_at: Option<u8>,
    /// For ICMP: ways of sending it that this process does not have, and why.
    pub passed: Vec<Passed>,
    /// Why nothing, or not all, could be traced.
    pub failure: Option<Failure>,
    /// Who cuts connections that ask for the endpoint's name, if somebody does.
    #[serde(default)]
    pub name_filter: Option<NameFilter>,
}

/// Somebody on the way who cuts connections by the name that they ask for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NameFilter {
    /// The name.
    pub server_name: String,
    /// What becomes of them.
    pub does: NameFate,
    /// At which distance, where that could be found out.
    pub hop: Option<u8>,
    /// Who stands there.
    pub router: Option<IpAddr>,
}

/// What a filter does to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameFate {
    /// It is reset or closed.
    Reset,
    /// Its packets disappear.
    Drop,
}

/// The port that traceroute(8) begins with; nothing listens there by custom.
pub const UDP_PORT: u16 = 33_434;

impl RouteFacts {
    /// Notes who cuts connections by name, and marks the hop at which it does.
    pub fn blame(&mut self, filter: Option<NameFilter>) {
        let at = filter.as_ref().and_then(|filter| Some((filter.hop?, filter.does)));
        for hop in &mut self.hops {
            hop.cuts_name = at.filter(|(ttl, _)| *ttl == hop.ttl).map(|(_, does)| does);
        }
        self.name_filter = filter;
    }

    /// Notes where the probes go.
    pub fn aim(&mut self, peer: SocketAddr) {
        self.address = Some(peer.ip());
        self.port = match self.method {
            TraceMethod::Tcp => Some(peer.port()),
            TraceMethod::Udp => Some(UDP_PORT),
            TraceMethod::Icmp => None,
        };
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TraceMethod {
    /// SYN segments to the real port.
    #[default]
    Tcp,
    /// Datagrams to ports where nothing is expected to listen.
    Udp,
    /// Echo requests.
    Icmp,
}

impl TraceMethod {
    /// The name that flags and JSON use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Icmp => "icmp",
        }
    }
}

/// What stands at one distance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hop {
    /// The distance: how many routers a packet may pass, its own included.
    pub ttl: u8,
    /// Who answered; several where packets take several ways, none where nobody did.
    pub answers: Vec<HopAnswer>,
    /// The figures of the probes.
    pub summary: PingSummary,
    /// Whether this is the destination.
    pub destination: bool,
    /// What becomes here of connections that ask for the endpoint's name; null where they pass, or where nobody looked.
    #[serde(default)]
    pub cuts_name: Option<NameFate>,
}

/// One machine that answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HopAnswer {
    /// Its address.
    pub address: IpAddr,
    /// Its name, where `--names` asked for it and somebody has one.
    pub name: Option<String>,
    /// What it said.
    pub said: HopSaid,
    /// To how many of the probes.
    pub count: u16,
}

/// What an answer says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HopSaid {
    /// ICMP time exceeded: a router on the way.
    TimeExceeded,
    /// The connection was opened.
    Connected,
    /// The connection was refused with a TCP reset.
    Reset,
    /// An echo reply, or a datagram.
    Reply,
    /// ICMP port unreachable.
    PortUnreachable,
    /// ICMP net unreachable.
    NetUnreachable,
    /// ICMP host unreachable.
    HostUnreachable,
    /// ICMP: a rule forbids it.
    AdminProhibited,
    /// Another ICMP error.
    OtherError,
}

impl From<IcmpKind> for HopSaid {
    fn from(kind: IcmpKind) -> Self {
        match kind {
            IcmpKind::TimeExceeded => Self::TimeExceeded,
            IcmpKind::PortUnreachable => Self::PortUnreachable,
            IcmpKind::NetUnreachable => Self::NetUnreachable,
            IcmpKind::HostUnreachable => Self::HostUnreachable,
            IcmpKind::AdminProhibited => Self::AdminProhibited,
            IcmpKind::ProtocolUnreachable | IcmpKind::PacketTooBig | IcmpKind::Other => Self::OtherError,
        }
    }
}

impl HopSaid {
    /// Whether it means that packets end here rather than go on.
    #[must_use]
    pub const fn is_end(self) -> bool {
        !matches!(self, Self::TimeExceeded)
    }

    /// Whether only the owner of the address can have said it: no router answers so in its own name.
    #[must_use]
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Connected | Self::Reset | Self::Reply)
    }
}

impl Hop {
    /// The hop made of the outcomes of its probes: who said what after how long, `None` where nobody did.
    #[must_use]
    pub fn of(ttl: u8, destination: IpAddr, outcomes: &[Option<(IpAddr, HopSaid, Ms)>]) -> Self {
        let mut answers: Vec<HopAnswer> = Vec::new();
        for (address, said, _) in outcomes.iter().flatten() {
            match answers.iter_mut().find(|known| known.address == *address && known.said == *said) {
                Some(known) => known.count += 1,
                None => answers.push(HopAnswer { address: *address, name: None, said: *said, count: 1 }),
            }
        }
        let times: Vec<Option<Ms>> = outcomes.iter().map(|outcome| outcome.map(|(_, _, time)| time)).collect();
        let reached = answers
            .iter()
            .any(|answer| answer.said.is_answer() || (answer.address == destination && answer.said.is_end()));
        Self { ttl, answers, summary: PingSummary::of(&times), destination: reached, cuts_name: None }
    }

    /// Whoever turned the packets away here.
    #[must_use]
    pub fn rejected_by(&self) -> Option<&HopAnswer> {
        self.answers.iter().find(|answer| answer.said.is_end() && !answer.said.is_answer())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_hop_counts_who_said_what() {
        let (router, other, end) = (ip("192.0.2.1"), ip("192.0.2.2"), ip("198.51.100.9"));
        let said = |address, said, ms| Some((address, said, Ms(ms)));
        let exceeded = HopSaid::TimeExceeded;
        let hop = Hop::of(
            2,
            end,
            &[said(router, exceeded, 3.0), None, said(other, exceeded, 5.0), said(router, exceeded, 4.0)],
        );
        assert_eq!(
            hop.answers.iter().map(|answer| (answer.address, answer.count)).collect::<Vec<_>>(),
            [(router, 2), (other, 1)]
        );
        assert_eq!((hop.summary.loss, hop.summary.median_ms, hop.destination), (Some(0.25), Some(Ms(4.0)), false));
        assert_eq!(hop.rejected_by(), None);

        let hop = Hop::of(3, end, &[said(router, HopSaid::AdminProhibited, 3.0)]);
        assert_eq!(hop.rejected_by().map(|answer| answer.address), Some(router));
        assert!(!hop.destination);
        assert!(Hop::of(4, end, &[said(end, HopSaid::Reset, 9.0)]).destination);
        assert!(Hop::of(4, end, &[said(end, HopSaid::PortUnreachable, 9.0)]).destination);
    }
}
