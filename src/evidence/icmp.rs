//! What ICMP says: the errors that routers and firewalls send back, and the round trips of a `ping`.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Failure, Ms};

/// An ICMP error that came back for a packet of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct IcmpReject {
    /// Who sent it.
    pub from: IpAddr,
    /// What it says.
    pub kind: IcmpKind,
    /// Whether this machine sent it to itself, as its own packet filter does.
    #[serde(default)]
    pub by_this_machine: bool,
}

/// What an ICMP error says, in both families (RFC 792, RFC 1812 section 5.2.7.1, RFC 4443 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IcmpKind {
    /// There is no route to the network.
    NetUnreachable,
    /// The host cannot be reached.
    HostUnreachable,
    /// The host does not speak that protocol.
    ProtocolUnreachable,
    /// Nothing listens on that port, or a packet filter says so.
    PortUnreachable,
    /// A rule forbids it.
    AdminProhibited,
    /// The packet was too large for the next link.
    PacketTooBig,
    /// The packet passed as many routers as it was allowed to.
    TimeExceeded,
    /// Anything else.
    Other,
}

impl IcmpKind {
    /// The meaning of a type and code of `ICMPv4`, or of `ICMPv6`.
    #[must_use]
    pub const fn of(v6: bool, kind: u8, code: u8) -> Self {
        match (v6, kind, code) {
            (false, 3, 0 | 5 | 6 | 11) | (true, 1, 0) => Self::NetUnreachable,
            (false, 3, 1 | 7 | 8 | 12) | (true, 1, 3) => Self::HostUnreachable,
            (false, 3, 2) | (true, 4, 1) => Self::ProtocolUnreachable,
            (false, 3, 3) | (true, 1, 4) => Self::PortUnreachable,
            (false, 3, 9 | 10 | 13) | (true, 1, 1 | 5 | 6) => Self::AdminProhibited,
            (false, 3, 4) | (true, 2, _) => Self::PacketTooBig,
            (false, 11, _) | (true, 3, _) => Self::TimeExceeded,
            _ => Self::Other,
        }
    }

    /// The name that JSON uses, the same in every language.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetUnreachable => "net-unreachable",
            Self::HostUnreachable => "host-unreachable",
            Self::ProtocolUnreachable => "protocol-unreachable",
            Self::PortUnreachable => "port-unreachable",
            Self::AdminProhibited => "admin-prohibited",
            Self::PacketTooBig => "packet-too-big",
            Self::TimeExceeded => "time-exceeded",
            Self::Other => "other",
        }
    }
}

/// A `ping`: what was measured at one address of each family.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PingFacts {
    /// The host asked for.
    pub host: String,
    /// The port of TCP connections.
    pub port: u16,
    /// What was measured, one entry an address.
    pub targets: Vec<PingTarget>,
    /// Why nothing was measured.
    pub failure: Option<Failure>,
}

/// How a round trip is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PingMethod {
    /// Echo requests through a datagram socket, which needs no privilege.
    IcmpDatagram,
    /// Echo requests through a raw socket.
    IcmpRaw,
    /// The time that a TCP connection takes.
    TcpConnect,
}

/// Why a better method was not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Passed {
    /// The better method.
    pub method: PingMethod,
    /// What was in its way.
    pub reason: PassedReason,
    /// The system's words, if it said something.
    pub detail: Option<String>,
}

/// What was in the way of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PassedReason {
    /// `net.ipv4.ping_group_range` does not hold a group of this process.
    PingGroupRange,
    /// This process lacks `CAP_NET_RAW`.
    CapNetRaw,
    /// The system does not offer it.
    Unsupported,
    /// No echo request got an answer.
    NoReply,
}

/// What was measured at one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PingTarget {
    /// The address.
    pub address: IpAddr,
    /// How.
    pub method: PingMethod,
    /// Why not in a better way.
    pub passed: Vec<Passed>,
    /// Each attempt, in order.
    pub replies: Vec<PingReply>,
    /// The figures of the attempts.
    pub summary: PingSummary,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PingReply {
    /// Its number, from 1.
    pub number: u16,
    /// When it was sent, from the start of the run.
    pub sent_ms: Ms,
    /// The round trip; null when nothing came back in time.
    pub rtt_ms: Option<Ms>,
    /// For TCP: whether the connection was refused, which is a round trip all the same.
    pub refused: bool,
    /// The ICMP error that came back instead.
    pub rejected_by: Option<IcmpReject>,
    /// What the system said instead.
    pub failure: Option<Failure>,
}

/// The figures of several attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PingSummary {
    /// How many were sent.
    pub sent: u32,
    /// How many came back.
    pub received: u32,
    /// The share that did not, from 0 to 1; null when none was sent.
    pub loss: Option<f64>,
    /// The shortest round trip.
    pub min_ms: Option<Ms>,
    /// The median.
    pub median_ms: Option<Ms>,
    /// 95 of 100 are at most this long.
    pub p95_ms: Option<Ms>,
    /// The longest.
    pub max_ms: Option<Ms>,
    /// The mean difference between one round trip and the next; null with fewer than two.
    pub jitter_ms: Option<Ms>,
}

impl PingSummary {
    /// The figures of round trips in the order in which they were sent, `None` standing for one that did not come back.
    #[must_use]
    pub fn of(round_trips: &[Option<Ms>]) -> Self {
        let came: Vec<f64> = round_trips.iter().flatten().map(|rtt| rtt.0).collect();
        let mut sorted = came.clone();
        sorted.sort_by(f64::total_cmp);
        let sent = u32::try_from(round_trips.len()).unwrap_or(u32::MAX);
        let received = u32::try_from(came.len()).unwrap_or(u32::MAX);
        let steps: f64 = came.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let microseconds = |ms: f64| Ms((ms * 1000.0).round() / 1000.0);
        Self {
            sent,
            received,
            loss: (sent > 0).then(|| f64::from(sent - received) / f64::from(sent)),
            min_ms: sorted.first().copied().map(Ms),
            median_ms: median(&sorted).map(microseconds),
            p95_ms: at_rank(&sorted, 95).map(Ms),
            max_ms: sorted.last().copied().map(Ms),
            jitter_ms: (came.len() > 1).then(|| microseconds(steps / (came.len() - 1) as f64)),
        }
    }
}

/// The median of sorted numbers.
fn median(sorted: &[f64]) -> Option<f64> {
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        even if even.is_multiple_of(2) => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
        _ => Some(sorted[middle]),
    }
}

/// The smallest of sorted numbers that `percent` of 100 do not exceed (nearest rank).
fn at_rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_families_say_the_same() {
        for (kind, v4, v6) in [
            (IcmpKind::NetUnreachable, (3, 0), (1, 0)),
            (IcmpKind::HostUnreachable, (3, 1), (1, 3)),
            (IcmpKind::PortUnreachable, (3, 3), (1, 4)),
            (IcmpKind::AdminProhibited, (3, 13), (1, 1)),
            (IcmpKind::PacketTooBig, (3, 4), (2, 0)),
            (IcmpKind::TimeExceeded, (11, 0), (3, 0)),
        ] {
            assert_eq!(IcmpKind::of(false, v4.0, v4.1), kind);
            assert_eq!(IcmpKind::of(true, v6.0, v6.1), kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }

    #[test]
    fn figures_of_ten_with_one_lost() {
        let times = [10.0, 12.0, 10.0, 14.0, 10.0, 10.0, 10.0, 30.0, 10.0];
        let mut round_trips: Vec<Option<Ms>> = times.iter().map(|ms| Some(Ms(*ms))).collect();
        round_trips.insert(4, None);
        let summary = PingSummary::of(&round_trips);
        assert_eq!((summary.sent, summary.received, summary.loss), (10, 9, Some(0.1)));
        assert_eq!(
            (summary.min_ms, summary.median_ms, summary.max_ms),
            (Some(Ms(10.0)), Some(Ms(10.0)), Some(Ms(30.0)))
        );
        assert_eq!((summary.p95_ms, summary.jitter_ms), (Some(Ms(30.0)), Some(Ms(6.5))));
    }

    #[test]
    fn nothing_measured_is_no_figure() {
        assert_eq!(PingSummary::of(&[]), PingSummary::default());
        let lost = PingSummary::of(&[None, None]);
        assert_eq!((lost.loss, lost.min_ms, lost.jitter_ms), (Some(1.0), None, None));
        assert_eq!(PingSummary::of(&[Some(Ms(2.0)), Some(Ms(4.0))]).median_ms, Some(Ms(3.0)));
    }
}
