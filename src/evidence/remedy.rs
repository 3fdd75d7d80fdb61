//! Remedies that were tried: what was changed, for how long, and whether the endpoint answered then.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Failure, Ms, Stage};

/// One remedy that was tried, in one way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemedyFacts {
    /// Its name.
    pub name: RemedyName,
    /// What was put in place of what is configured: an address, a URL, a path, a size; empty where the name says all.
    pub value: String,
    /// Where that was found: a resolver, a variable, a file; null where the name says all.
    pub origin: Option<String>,
    /// The fault that it was tried for.
    pub fault: String,
    /// What came of it.
    pub outcome: RemedyOutcome,
    /// The first stage that failed all the same; null when it works.
    pub stopped_at: Option<Stage>,
    /// Why it did, where a failure says so.
    pub failure: Option<Failure>,
    /// The HTTP status that was answered.
    pub status: Option<u16>,
    /// The fault that is left once this one is out of the way.
    pub leaves: Option<String>,
    /// Whether the key was kept back, because the change is not the user's own yet.
    pub keyless: bool,
    /// How often it was tried.
    pub attempts: usize,
    /// Duration of the last attempt.
    pub duration_ms: Ms,
}

impl RemedyFacts {
    /// Whether the fault that it was tried for is gone with it.
    #[must_use]
    pub const fn repairs(&self) -> bool {
        matches!(self.outcome, RemedyOutcome::Works | RemedyOutcome::Further)
    }
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyName {
    /// Another resolver is asked over UDP.
    OtherResolver,
    /// A resolver is asked over TCP.
    ResolverOverTcp,
    /// A resolver is asked over TLS.
    DnsOverTls,
    /// A resolver is asked over HTTPS.
    DnsOverHttps,
    /// Another address of the name is connected to.
    OtherAddress,
    /// IPv4 only.
    Ipv4Only,
    /// IPv6 only.
    Ipv6Only,
    /// Small TCP segments in both directions.
    SmallSegments,
    /// A `ClientHello` without the post-quantum key share.
    ClassicalKeyShare,
    /// `socks5h` in place of `socks5`: the proxy resolves the name.
    RemoteNames,
    /// Another protocol is spoken to the proxy's port.
    ProxyScheme,
    /// The proxy that another variable names.
    OtherProxy,
    /// A proxy that runs on this machine and is not configured.
    LocalProxy,
    /// No proxy.
    Direct,
    /// The certificates of a file on this machine are trusted.
    CaFile,
    /// Another base URL.
    BaseUrl,
    /// The key without what is wrapped around it.
    TrimmedKey,
    /// No organization and no project header.
    NoOrganization,
}

/// What came of a remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RemedyOutcome {
    /// The API answers as it should, twice in a row.
    Works,
    /// The fault is gone, twice in a row; what comes after it has a fault of its own, or was not tried.
    Further,
    /// It worked, and the second time it did not.
    Unsteady,
    /// It changes nothing.
    Fails,
    /// There was no time left to see.
    OutOfTime,
}
