//! Controlled comparisons: one thing changed, all else equal. One facts struct an experiment.

mod certificate;
mod endpoint;
pub mod proxy;
mod request;

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dns::DnsQuery;
use super::idle::IdleFacts;
use super::protocol::{HttpVersionFacts, QuicFacts, StallFacts, WebSocketFacts};
use super::route::Hop;
use super::tcp::TcpInfo;
use super::tls::Alert;
use super::{Failure, Ms};

pub use certificate::{CertificateFacts, PlainAnswer, PortalFacts, Sighting};
pub use endpoint::{EndpointsFacts, OtherAnswer, OtherSettings, OtherSettingsFacts};
pub use request::{
    BaseUrlTrialFacts, CandidateBase, Change, HeadersFacts, OutageFacts, PaceFacts, SchemeFacts, StatusPage, Tried,
    Varied,
};

/// One experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// Its name and what was seen.
    #[serde(flatten)]
    pub facts: ExperimentFacts,
    /// Duration.
    pub duration_ms: Ms,
}

/// What an experiment saw, under its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "name", content = "facts", rename_all = "kebab-case")]
pub enum ExperimentFacts {
    /// Is it the server's name? The same address with a neutral name, the same name at a neutral address.
    ServerName(ServerNameFacts),
    /// Is it the size of the packets? Small and large `ClientHello`, usual and small segments.
    HelloSize(HelloSizeFacts),
    /// Does anything unrelated connect?
    ControlHosts(ControlHostsFacts),
    /// Are packets lost at random? Repeated connections.
    Loss(LossFacts),
    /// Which hop cuts the server's name?
    HelloHop(HelloHopFacts),
    /// Who refuses the connection, the address itself or somebody on the way?
    Refusal(RefusalFacts),
    /// Is the machine there that stays silent?
    Presence(PresenceFacts),
    /// Do other hosts show the same issuer, and what time is it there?
    Certificate(CertificateFacts),
    /// Does something answer plain HTTP in place of unrelated hosts?
    Portal(PortalFacts),
    /// Does the port speak the other scheme?
    Scheme(SchemeFacts),
    /// Does an API answer under another base URL of the same host?
    BaseUrl(Box<BaseUrlTrialFacts>),
    /// Does it depend on a header?
    Headers(HeadersFacts),
    /// Does the whole service fail?
    Outage(OutageFacts),
    /// Does a block end by itself, and come back with the name?
    Residual(Box<ResidualFacts>),
    /// Is it this request that hangs, or the whole server?
    Pace(PaceFacts),
    /// What does the endpoint offer beside its list of models, and what does it say to a wrong key?
    Endpoints(Box<EndpointsFacts>),
    /// Does another value work that a variable overrides?
    OtherSettings(OtherSettingsFacts),
    /// Is it the proxy, what is behind it, or the way it is set? The same request by other ways.
    Proxy(proxy::ProxyWaysFacts),
    /// Does somebody answer in the resolvers' place?
    Resolver(ResolverFacts),
    /// Does it depend on the version of HTTP? The same request over HTTP/2 and HTTP/1.1.
    HttpVersion(HttpVersionFacts),
    /// Does QUIC pass?
    Quic(QuicFacts),
    /// May a connection become a WebSocket?
    WebSocket(WebSocketFacts),
    /// Does the connection freeze after so many bytes?
    Stall(StallFacts),
    /// How long may a connection be quiet?
    Idle(IdleFacts),
}

/// A query to an address at which no resolver can be.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResolverFacts {
    /// The query and what came of it; whatever answers is something on the way.
    pub non_resolver: Option<DnsQuery>,
}

/// Handshakes with the target's name and with a neutral one of equal length.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServerNameFacts {
    /// The target's name.
    pub name: String,
    /// The neutral name.
    pub neutral_name: String,
    /// The proxy that all of it went through, without credentials.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Target's name, target's address.
    pub target: Vec<Trial>,
    /// Neutral name, target's address.
    pub neutral: Vec<Trial>,
    /// Target's name at an unrelated address; empty where none could be asked.
    pub elsewhere: Vec<Trial>,
    /// Neutral name at that unrelated address.
    pub neutral_elsewhere: Vec<Trial>,
    /// Where the chain's own address takes no handshake any more: addresses that had not seen the name yet.
    #[serde(default)]
    pub fresh: Vec<FreshAddress>,
}

/// An address that had not seen the name yet, asked three times in this order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FreshAddress {
    /// Whether it is an address of the target's, or one that has nothing to do with it.
    pub of_target: bool,
    /// The neutral name.
    pub before: Trial,
    /// The target's name.
    pub target: Trial,
    /// The neutral name again: a filter may block the whole address for a while now.
    pub after: Trial,
}

/// Where on the way the target's name is cut: `ClientHello`s that may pass one router, two, three and so on, over
/// connections that were opened without such a limit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HelloHopFacts {
    /// The address.
    pub address: Option<SocketAddr>,
    /// The name sent.
    pub name: String,
    /// Who stands at which distance, as far as they say so.
    pub route: Vec<Hop>,
    /// The distance of the address itself, where it was found.
    pub distance: Option<u8>,
    /// What came of the target's name, by the distance that its `ClientHello` was allowed.
    pub steps: Vec<HelloStep>,
    /// The distance at which it is cut: there it always is, one hop short of it never.
    pub hop: Option<u8>,
    /// The router at that distance.
    pub router: Option<IpAddr>,
}

/// `ClientHello`s that were allowed so many hops.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HelloStep {
    /// The distance.
    pub ttl: u8,
    /// What came of each.
    pub outcomes: Vec<TrialOutcome>,
}

/// Who refuses a connection: segments that may pass one router, two, three and so on, datagrams that go just as far, and
/// the time that the same address takes to answer anything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RefusalFacts {
    /// The address.
    pub address: Option<SocketAddr>,
    /// The smallest distance at which segments that open a connection are refused with a reset.
    pub refused_at: Option<u8>,
    /// What datagrams to the same address bring that go just as far, and one hop farther.
    pub beside: Vec<Hop>,
    /// The quickest refusal of several.
    pub refusal_ms: Option<Ms>,
    /// The quickest answer to anything else that only the address itself can have given.
    pub round_trip_ms: Option<Ms>,
    /// What that was an answer to: `echo`, `udp` or `tcp` with a port.
    pub answered: Option<String>,
    /// The TTL that was left of the refusals, where this process may look.
    #[serde(default)]
    pub refused_ttl: Option<u8>,
    /// The TTL that was left of what only the address itself can have sent.
    #[serde(default)]
    pub own_ttl: Option<u8>,
}

/// Whether machines that stay silent where they are asked answer anything else.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PresenceFacts {
    /// Each address and what came of it.
    pub machines: Vec<Presence>,
}

/// An address, and its quickest answer to something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// The address, with the port that stays silent.
    pub address: SocketAddr,
    /// What it answered: `echo`, `udp` or `tcp` with a port; `None` when nothing.
    pub answered: Option<String>,
    /// How long that took.
    pub after_ms: Option<Ms>,
}

/// An address that was left alone until it took a handshake again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResidualFacts {
    /// The target's name.
    pub name: String,
    /// The neutral name.
    pub neutral_name: String,
    /// The neutral name, after longer and longer rests; the last one passed, or the run had no more time.
    pub rests: Vec<Rest>,
    /// The target's name, right after the neutral one had passed.
    pub target: Option<Trial>,
    /// The neutral name, right after that.
    pub after: Option<Trial>,
}

/// A handshake after a rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rest {
    /// Time since the waiting began.
    pub after_ms: Ms,
    /// The neutral name.
    pub neutral: Trial,
}

/// Handshakes that differ in the size of what is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HelloSizeFacts {
    /// Post-quantum key share (over one packet), usual segments: what the chain sends.
    pub large: Vec<Trial>,
    /// Classical key share (a few hundred bytes), usual segments.
    pub small: Vec<Trial>,
    /// Post-quantum key share in small segments, in both directions.
    pub large_in_small_segments: Vec<Trial>,
    /// The segment size announced there, in bytes.
    pub segment_bytes: u32,
    /// The proxy that all of it went through, without credentials; segments are then not varied.
    #[serde(default)]
    pub proxy: Option<String>,
    /// Whether the address answers a small echo request, and one as long as the chain's packets that must not be
    /// fragmented; `None` where none may be sent.
    #[serde(default)]
    pub echo: Option<(bool, bool)>,
}

/// Connections to unrelated hosts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlHostsFacts {
    /// Each host and what came of it.
    pub hosts: Vec<ControlHost>,
}

/// One unrelated host.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ControlHost {
    /// Its address.
    pub address: SocketAddr,
    /// Whether it accepted a connection.
    pub connected: bool,
    /// Time to the connection or to the failure.
    pub duration_ms: Ms,
    /// Why not.
    pub failure: Option<Failure>,
}

/// Repeated connections to the same address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LossFacts {
    /// The address.
    pub address: Option<SocketAddr>,
    /// How many connections were tried.
    pub tried: usize,
    /// How many of them needed a SYN to be sent again, or failed for want of an answer.
    pub hit: usize,
    /// How many failed.
    pub failed: usize,
    /// The quickest connection.
    pub best_ms: Option<Ms>,
    /// The slowest connection.
    pub worst_ms: Option<Ms>,
    /// Segments that the connections sent, as far as the kernel counts them.
    #[serde(default)]
    pub segments_sent: u64,
    /// How many of those were sent again.
    #[serde(default)]
    pub segments_resent: u64,
    /// The connections by what their handshakes sent; empty where there is no TLS.
    #[serde(default)]
    pub groups: Vec<LossGroup>,
    /// Connections to unrelated hosts at the same time.
    #[serde(default)]
    pub control_tried: usize,
    /// How many of those needed a SYN to be sent again, or failed for want of an answer.
    #[serde(default)]
    pub control_hit: usize,
}

/// Connections whose handshakes are alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LossGroup {
    /// The name sent.
    pub server_name: String,
    /// Whether the `ClientHello` had the post-quantum key share, and filled more than one packet.
    pub large: bool,
    /// How many were tried.
    pub tried: usize,
    /// How many lost anything: a SYN, a later segment, or all answers.
    pub hit: usize,
}

/// One handshake of an experiment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Trial {
    /// The address connected to: that of the proxy, where there is one.
    pub address: SocketAddr,
    /// The name sent.
    pub server_name: String,
    /// What came of it.
    pub outcome: TrialOutcome,
    /// Time to connect, with a proxy to its tunnel; null when it did not.
    pub connect_ms: Option<Ms>,
    /// Time of the handshake; null when it was not reached.
    pub handshake_ms: Option<Ms>,
    /// Size of the `ClientHello`.
    pub client_hello_bytes: usize,
    /// Bytes received in the handshake.
    pub bytes_received: usize,
    /// The alert, if one came.
    pub alert: Option<Alert>,
    /// The connection when it ended.
    pub info: Option<TcpInfo>,
}

/// What came of a handshake. Any TLS record from the peer, even an alert, proves that the name and the packet passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TrialOutcome {
    /// It completed (whatever the certificate).
    Completed,
    /// The peer answered with an alert.
    Alert,
    /// RST.
    Reset,
    /// The peer closed without a word.
    Closed,
    /// Nothing came.
    Silent,
    /// The connection itself failed.
    Unconnected,
    /// A router said that the packet had passed as many hops as it was allowed.
    Expired,
    /// Anything else.
    Other,
}

impl TrialOutcome {
    /// Whether the peer got our `ClientHello` and said something.
    #[must_use]
    pub const fn passed(self) -> bool {
        matches!(self, Self::Completed | Self::Alert)
    }

    /// Whether it was cut.
    #[must_use]
    pub const fn cut(self) -> bool {
        matches!(self, Self::Reset | Self::Closed)
    }
}
