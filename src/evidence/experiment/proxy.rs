//! The experiment on proxies: the endpoint by other ways, and other hosts by the same way.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::TrialOutcome;
use crate::evidence::config::RouteKind;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{Failure, Ms};

/// The ways that were tried.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyWaysFacts {
    /// Each of them.
    pub ways: Vec<Way>,
}

/// One way and what came of it, time after time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Way {
    /// In what it differs from the way that the chain took.
    pub role: WayRole,
    /// The protocol spoken to the proxy.
    pub kind: RouteKind,
    /// The proxy's URL without credentials; null when direct.
    pub proxy: Option<String>,
    /// What names the proxy.
    pub origins: Vec<String>,
    /// Whom it was to lead to: `host:port`.
    pub asked_for: String,
    /// The name of the TLS handshake; null where plain HTTP was spoken.
    pub server_name: Option<String>,
    /// Every try.
    pub tries: Vec<WayTry>,
}

/// In what a way differs from that of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WayRole {
    /// In nothing: the chain's own way, again.
    Same,
    /// An unrelated host through the same proxy, which is told its address.
    Control,
    /// The same told by its name, which the proxy has to resolve.
    ControlByName,
    /// The endpoint through the same proxy, which is told its address in place of its name.
    ByAddress,
    /// The endpoint without a proxy.
    Direct,
    /// The same proxy, spoken to in the protocol that its port answers.
    OtherScheme,
    /// The same SOCKS proxy, which is told the name and resolves it.
    RemoteDns,
    /// Another proxy that is named.
    OtherProxy,
    /// A proxy that is named and not used.
    Unapplied,
}

/// One try of a way; no key goes along.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WayTry {
    /// What came of the handshake; `unconnected` when it was not reached.
    pub outcome: TrialOutcome,
    /// Whether the certificate is one that this machine accepts for the name.
    pub trusted: bool,
    /// How far it got with the proxy.
    pub reached: ProxyStep,
    /// Time to connect, to the proxy where there is one.
    pub connect_ms: Option<Ms>,
    /// Time from asking the proxy to its answer.
    pub tunnel_ms: Option<Ms>,
    /// Time of the handshake or of the plain request.
    pub handshake_ms: Option<Ms>,
    /// Status of the proxy's answer.
    pub status: Option<u16>,
    /// Its status line, or its SOCKS5 reply in words.
    pub answer: Option<String>,
    /// Its SOCKS5 reply code.
    pub socks_reply: Option<u8>,
    /// Status of a plain HTTP answer that the endpoint gave.
    pub http_status: Option<u16>,
    /// Why it ended.
    pub failure: Option<Failure>,
}

impl Way {
    /// How often it led where it was to lead: an unrelated host need only answer, the endpoint has to prove to be it.
    #[must_use]
    pub fn arrivals(&self) -> usize {
        let unrelated = matches!(self.role, WayRole::Control | WayRole::ControlByName);
        self.tries.iter().filter(|one| if unrelated { one.outcome.passed() } else { one.works() }).count()
    }
}

impl WayTry {
    /// Whether the endpoint itself was reached and proved to be it, or answered plain HTTP.
    #[must_use]
    pub const fn works(&self) -> bool {
        matches!(self.outcome, TrialOutcome::Completed) && (self.trusted || self.http_status.is_some())
    }
}
