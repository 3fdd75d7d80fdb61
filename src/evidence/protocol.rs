//! What comparisons of protocols saw: HTTP/1.1 against HTTP/2, QUIC, and the upgrade to a WebSocket.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Failure, Ms};

/// The same request to the same address over HTTP/2 and over HTTP/1.1, in turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpVersionFacts {
    /// Over HTTP/2.
    pub http2: Vec<RequestTrial>,
    /// Over HTTP/1.1.
    pub http1: Vec<RequestTrial>,
}

/// One request of an experiment.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RequestTrial {
    /// Status of the response; any shows that the request passed.
    pub status: Option<u16>,
    /// Whether the body is JSON, as an API's is.
    #[serde(default)]
    pub json: bool,
    /// Whether the answer says that it wanted an upgrade.
    #[serde(default)]
    pub wants_upgrade: bool,
    /// Why there is none.
    pub failure: Option<Failure>,
    /// The error code of an HTTP/2 GOAWAY or `RST_STREAM`.
    #[serde(default)]
    pub h2_error: Option<String>,
    /// Time of the exchange, the connection aside.
    pub duration_ms: Ms,
}

impl RequestTrial {
    /// Whether a response came.
    #[must_use]
    pub const fn answered(&self) -> bool {
        self.status.is_some()
    }
}

/// QUIC packets of a version that does not exist, which every QUIC server answers with those that it speaks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuicFacts {
    /// What the endpoint says of HTTP/3 (`alt-svc`).
    pub advertised: Option<String>,
    /// The endpoint.
    pub target: Option<QuicTrial>,
    /// Unrelated hosts.
    pub controls: Vec<QuicTrial>,
}

/// Packets to one address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct QuicTrial {
    /// The address.
    pub address: SocketAddr,
    /// How many packets were sent.
    pub sent: usize,
    /// What came of them.
    pub outcome: QuicOutcome,
    /// When it came, or how long was waited.
    pub duration_ms: Ms,
    /// The error, if there was one.
    pub failure: Option<Failure>,
}

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum QuicOutcome {
    /// The versions that a server speaks.
    Answered,
    /// Something that is no QUIC.
    OtherAnswer,
    /// The port is closed: nothing listens there.
    Closed,
    /// The system or a router forbids it.
    Forbidden,
    /// Nothing.
    Silent,
}

/// A request to become a WebSocket, and the same one without the wish.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebSocketFacts {
    /// The URL.
    pub url: String,
    /// With the wish.
    pub upgrades: Vec<RequestTrial>,
    /// Without it.
    pub plain: Vec<RequestTrial>,
}

/// Requests one after the other on one connection, until much has come or nothing more does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StallFacts {
    /// One small answer alone.
    pub small: Vec<StallTrial>,
    /// Many.
    pub usual: Vec<StallTrial>,
    /// Many, in small segments; empty behind a proxy, where it would change nothing.
    pub in_small_segments: Vec<StallTrial>,
}

/// One connection of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StallTrial {
    /// Whole answers received.
    pub answers: usize,
    /// Bytes of their bodies.
    pub body_bytes: u64,
    /// All bytes that the connection received, those of TLS included, where the system tells.
    pub received: Option<u64>,
    /// Whether it fell silent in the middle.
    pub stalled: bool,
    /// When the last byte came.
    pub last_byte_ms: Option<Ms>,
    /// Why there was no connection.
    pub failure: Option<Failure>,
}
