//! What other hosts show of certificates, clocks and plain HTTP.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::Failure;
use crate::evidence::tls::{Certificate, Verdict};

/// Handshakes with the target and with unrelated hosts, at the same time; nothing but the handshake is sent unless the
/// clock is in question.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateFacts {
    /// The target again.
    pub target: Vec<Sighting>,
    /// Unrelated hosts.
    pub controls: Vec<Sighting>,
}

/// One handshake and the certificate that it showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sighting {
    /// The address.
    pub address: SocketAddr,
    /// The name sent, or the address where none is known.
    pub server_name: String,
    /// Whether the handshake completed, whatever the certificate.
    pub completed: bool,
    /// The verdict of this machine's store.
    pub platform: Option<Verdict>,
    /// The verdict of the public roots.
    pub mozilla: Option<Verdict>,
    /// The server's certificate.
    pub leaf: Option<Certificate>,
    /// The issuers along the chain, the leaf's first; at most four.
    pub issuers: Vec<String>,
    /// Difference of the `Date` of an answer to this machine's clock, in seconds: positive means that we are behind. Null
    /// when the clock was not in question.
    pub clock_offset_s: Option<i64>,
    /// Why the handshake did not complete.
    pub failure: Option<Failure>,
}

/// Plain HTTP requests, without key or name, to unrelated hosts by address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PortalFacts {
    /// Each host's answer.
    pub hosts: Vec<PlainAnswer>,
}

/// An answer to a plain HTTP request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlainAnswer {
    /// The address.
    pub address: SocketAddr,
    /// The name that the host is known by.
    pub name: Option<String>,
    /// The status; null when no answer came.
    pub status: Option<u16>,
    /// Where a redirect points.
    pub location: Option<String>,
    /// The title of a page.
    pub title: Option<String>,
    /// The start of the body, scrubbed.
    pub body: String,
    /// Why no answer came.
    pub failure: Option<Failure>,
}
