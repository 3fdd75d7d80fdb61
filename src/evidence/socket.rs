//! A tuned socket: what was asked of the kernel, and what it says it does.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::tcp::TcpInfo;
use super::{Failure, Ms};

/// One tuned connection.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketFacts {
    /// Host and port asked for.
    pub host: String,
    /// The address connected to.
    pub peer: Option<SocketAddr>,
    /// The local address.
    pub local: Option<SocketAddr>,
    /// Time to connect.
    pub connect_ms: Option<Ms>,
    /// Every option, requested beside effective.
    pub options: Vec<SocketOption>,
    /// What the kernel knows of the connection.
    pub info: Option<TcpInfo>,
    /// Why there is no connection.
    pub failure: Option<Failure>,
}

/// One socket option.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketOption {
    /// Its standard name.
    pub name: String,
    /// `s`, `bytes`, `count`, or empty for a switch (1 on, 0 off).
    pub unit: String,
    /// The value asked for; null when the kernel's own is left alone.
    pub requested: Option<u64>,
    /// The value that the kernel reports; null where it does not tell.
    pub effective: Option<u64>,
    /// Why it could not be set.
    pub error: Option<String>,
}
