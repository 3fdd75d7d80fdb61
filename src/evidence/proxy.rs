//! The proxy stage: reaching the proxy and asking it for a tunnel.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::config::RouteKind;
use super::http::Header;
use super::tcp::TcpAttempt;
use super::tls::TlsFacts;
use super::{DnsFacts, Failure, Ms};

/// What the proxy did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyFacts {
    /// The protocol spoken to it.
    pub kind: RouteKind,
    /// Host and port.
    pub address: String,
    /// Which setting named it.
    pub origin: String,
    /// Whether credentials were sent.
    pub credentials: bool,
    /// How far it got.
    pub reached: ProxyStep,
    /// Resolving the proxy's own name, if it has one.
    pub dns: Option<Box<DnsFacts>>,
    /// Connecting to the proxy.
    pub attempts: Vec<TcpAttempt>,
    /// In a container whose loopback does not answer: the same port on the default gateway, the machine around it.
    #[serde(default)]
    pub gateway: Option<TcpAttempt>,
    /// The TLS handshake with an `https://` proxy.
    pub tls: Option<Box<TlsFacts>>,
    /// What the proxy was asked for: `host:port`.
    pub asked_for: String,
    /// Status of the CONNECT response.
    pub status: Option<u16>,
    /// The status line, scrubbed.
    pub status_line: Option<String>,
    /// Headers of the CONNECT response.
    pub headers: Vec<Header>,
    /// The start of its body, scrubbed.
    pub body: String,
    /// SOCKS5 reply code (RFC 1928).
    pub socks_reply: Option<u8>,
    /// SOCKS5 authentication method that the proxy chose.
    pub socks_method: Option<u8>,
    /// What the port really speaks, when it is not what the scheme says.
    pub speaks: Option<Spoken>,
    /// Time to connect to the proxy.
    pub connect_ms: Option<Ms>,
    /// Time from asking for the tunnel to the answer.
    pub tunnel_ms: Option<Ms>,
    /// For a plain `http://` endpoint the request itself goes to the proxy: no tunnel is asked for.
    pub forwards: bool,
    /// What became of trying the protocols that the port might speak instead.
    pub trials: Vec<SpeechTrial>,
}

/// How far the conversation with the proxy got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProxyStep {
    /// Nothing happened.
    #[default]
    None,
    /// The proxy's name was resolved.
    Resolved,
    /// The TCP connection to the proxy is up.
    Connected,
    /// TLS to the proxy is up.
    Secured,
    /// It accepted our credentials or wanted none.
    Authenticated,
    /// The tunnel is up.
    Tunnelled,
}

/// What a port speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Spoken {
    /// HTTP without TLS.
    Http,
    /// TLS.
    Tls,
    /// SOCKS5.
    Socks5,
    /// Something else.
    Other,
}

/// One try at another protocol on the proxy's port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpeechTrial {
    /// The protocol tried.
    pub tried: Spoken,
    /// Whether the port answered in that protocol.
    pub answered: bool,
    /// The failure, if it did not.
    pub failure: Option<Failure>,
}
