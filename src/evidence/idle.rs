//! What became of connections that were left alone for so long.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Failure;

/// Connections to one endpoint, each quiet in its own way and for its own time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleFacts {
    /// Where they lead; a proxy's address if there is one.
    pub peer: Option<SocketAddr>,
    /// The times tried, in seconds.
    pub ladder_s: Vec<f64>,
    /// Each connection.
    pub trials: Vec<IdleTrial>,
    /// Why there are none.
    pub failure: Option<Failure>,
}

/// One connection. Before its pause it has carried one request and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IdleTrial {
    /// How it was quiet.
    pub kind: IdleKind,
    /// For how long it was to be left alone, in seconds.
    pub idle_s: f64,
    /// Time between keepalive probes, or between requests of a trickle, in seconds.
    pub every_s: Option<f64>,
    /// What became of it.
    pub outcome: IdleOutcome,
    /// When that was seen, in seconds from the beginning of the pause.
    pub after_s: Option<f64>,
}

/// How a connection was quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdleKind {
    /// No packet at all.
    Silent,
    /// TCP keepalive probes, no data.
    Keepalive,
    /// A small request now and then.
    Trickle,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IdleOutcome {
    /// The run ended first.
    Unfinished,
    /// It could not be opened, or did not carry the first request.
    NotOpened,
    /// The server ends every connection after its answer.
    NotKept,
    /// It carried another request.
    Alive,
    /// The peer ended it in good order, as servers do with idle connections.
    Closed,
    /// It was reset while it was quiet.
    Reset,
    /// It was reset when it was used again.
    ResetOnUse,
    /// It took the next request and nothing came back.
    SilentOnUse,
}

impl IdleOutcome {
    /// Whether something forgot the connection without telling both ends.
    #[must_use]
    pub const fn is_dead(self) -> bool {
        matches!(self, Self::Reset | Self::ResetOnUse | Self::SilentOnUse)
    }
}
