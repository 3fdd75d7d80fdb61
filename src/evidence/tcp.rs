//! The tcp stage: every address tried, and what the kernel knows of the connection.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::icmp::IcmpReject;
use super::{Failure, Ms};

/// Every connection attempt to the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpFacts {
    /// The port.
    pub port: u16,
    /// One attempt an address, in the order in which they were started.
    pub attempts: Vec<TcpAttempt>,
    /// The address that the chain goes on with.
    pub chosen: Option<IpAddr>,
    /// The local address of that connection.
    pub local: Option<SocketAddr>,
    /// In a container whose loopback does not answer: the same port on the default gateway, the machine around it.
    #[serde(default)]
    pub gateway: Option<TcpAttempt>,
    /// How often meanwhile this machine's kernel was kept from sending a segment again (Linux `TCPRetransFail`), all its
    /// connections together; null where it does not tell or nothing was silent.
    #[serde(default)]
    pub unsent: Option<u64>,
    /// Where an address refused: whether a segment that cannot leave this machine is refused just the same; null where
    /// that was not tried.
    #[serde(default)]
    pub refused_here: Option<bool>,
}

/// One connection attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpAttempt {
    /// The address.
    pub address: IpAddr,
    /// Start, from the start of the run.
    pub started_ms: Ms,
    /// Time to the connection or to the failure; null when the run ended first.
    pub duration_ms: Option<Ms>,
    /// Whether it connected.
    pub connected: bool,
    /// Why it did not.
    pub failure: Option<Failure>,
    /// What the kernel knows of the connection.
    pub info: Option<TcpInfo>,
    /// The ICMP error that ended it.
    #[serde(default)]
    pub rejected_by: Option<IcmpReject>,
    /// Whether an ICMP error would have been seen: where it would and there is none, a refusal was a TCP reset.
    #[serde(default)]
    pub icmp_watched: bool,
}

/// What the kernel knows of a connection (Linux `TCP_INFO`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TcpInfo {
    /// Smoothed round-trip time.
    pub rtt_ms: Option<Ms>,
    /// Smallest round-trip time seen.
    pub min_rtt_ms: Option<Ms>,
    /// Segments sent again, in all.
    pub retransmits: Option<u32>,
    /// Segments sent, those sent again included.
    #[serde(default)]
    pub segments_sent: Option<u32>,
    /// Bytes that the peer has acknowledged, the SYN included.
    pub bytes_acked: Option<u64>,
    /// Bytes received.
    pub bytes_received: Option<u64>,
    /// Segments sent and not acknowledged yet.
    pub unacked: Option<u32>,
    /// Segment size towards the peer, in bytes.
    pub send_mss: Option<u32>,
    /// Path MTU, in bytes.
    pub path_mtu: Option<u32>,
    /// Milliseconds since the last segment with data was received.
    pub since_last_data_received_ms: Option<Ms>,
}
