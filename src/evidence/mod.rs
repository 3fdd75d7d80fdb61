//! The evidence: everything a run observed, as plain data that can be saved, read back and judged again.
//!
//! One facts struct a stage, each in its own file; [`Observation`] puts time, status and [`Failure`] around it. Nothing
//! here does I/O and nothing here judges: probes fill it in, diagnosis reads it, reports print it. Doc comments on the
//! fields become the descriptions of the published JSON schema.

pub mod answer;
pub mod api;
pub mod candidate;
pub mod config;
pub mod dns;
pub mod experiment;
pub mod failure;
pub mod http;
pub mod icmp;
pub mod idle;
pub mod protocol;
pub mod proxy;
pub mod remedy;
pub mod route;
pub mod socket;
pub mod stream;
pub mod tcp;
pub mod text;
pub mod time;
pub mod tls;
pub mod wait;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use api::ApiFacts;
pub use config::{ConfigFacts, Target};
pub use dns::DnsFacts;
pub use experiment::Experiment;
pub use failure::{Failure, FailureKind, Operation};
pub use http::HttpFacts;
pub use proxy::ProxyFacts;
pub use remedy::RemedyFacts;
pub use stream::StreamFacts;
pub use tcp::TcpFacts;
pub use time::Ms;
pub use tls::TlsFacts;

/// A stage of the chain, in the order in which the chain runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Settings and machine, looked at before any packet.
    Config,
    /// Name resolution.
    Dns,
    /// Reaching the proxy and asking it for a tunnel.
    Proxy,
    /// The TCP connection.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// One HTTP request and its response.
    Http,
    /// What the response says as an API answer.
    Api,
    /// One streamed completion (`--deep`).
    Stream,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 8] =
        [Self::Config, Self::Dns, Self::Proxy, Self::Tcp, Self::Tls, Self::Http, Self::Api, Self::Stream];

    /// The name that JSON and `--only` use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Config => "config",
            Self::Dns => "dns",
            Self::Proxy => "proxy",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Api => "api",
            Self::Stream => "stream",
        }
    }
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It did what it should.
    Pass,
    /// It did, with something worth knowing.
    Warn,
    /// It did not.
    Fail,
    /// It was not tried; the reason stands beside it.
    Skip,
}

/// Why a stage was not tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// An earlier stage failed, so there was nothing to try it on.
    EarlierStageFailed,
    /// The host is an IP address: there is no name to resolve.
    AddressGiven,
    /// No proxy applies to this URL.
    NoProxy,
    /// The proxy does this step on our behalf (resolving the name, connecting to the endpoint).
    DoneByProxy,
    /// The URL says `http://`: there is no TLS.
    PlainHttp,
    /// `--only` or `--skip` left it out.
    NotAsked,
    /// It needs `--deep`.
    NeedsDeep,
    /// The run was interrupted or its time was up before this stage.
    RunEnded,
    /// The run was interrupted or its time was up while this stage was under way.
    CutOff,
    /// The settings are unusable, so no packet was sent.
    UnusableSettings,
}

/// What one stage did: when, how it ended, what was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation<F> {
    /// How the stage ended.
    pub status: Status,
    /// Start, in milliseconds from the start of the run; null when it was skipped.
    pub started_ms: Option<Ms>,
    /// Duration in milliseconds; null when the stage was not reached.
    pub duration_ms: Option<Ms>,
    /// Why it was skipped.
    pub skip_reason: Option<SkipReason>,
    /// What was seen.
    pub facts: F,
    /// What went wrong.
    pub failure: Option<Failure>,
}

impl<F: Default> Default for Observation<F> {
    fn default() -> Self {
        Self::skipped(SkipReason::EarlierStageFailed)
    }
}

impl<F: Default> Observation<F> {
    /// A stage that was not tried.
    #[must_use]
    pub fn skipped(reason: SkipReason) -> Self {
        Self {
            status: Status::Skip,
            started_ms: None,
            duration_ms: None,
            skip_reason: Some(reason),
            facts: F::default(),
            failure: None,
        }
    }
}

impl<F> Observation<F> {
    /// A stage that ended at `ended`, failed if there is a failure.
    #[must_use]
    pub fn ended(started: Ms, ended: Ms, facts: F, failure: Option<Failure>) -> Self {
        Self {
            status: if failure.is_some() { Status::Fail } else { Status::Pass },
            started_ms: Some(started),
            duration_ms: Some(ended - started),
            skip_reason: None,
            facts,
            failure,
        }
    }

    /// Whether the stage was tried and did what it should.
    #[must_use]
    pub fn passed(&self) -> bool {
        matches!(self.status, Status::Pass | Status::Warn)
    }

    /// Whether the stage was tried and failed.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.status == Status::Fail
    }

    /// The kind of the failure, if it failed.
    #[must_use]
    pub fn kind(&self) -> Option<FailureKind> {
        self.failure.as_ref().map(|failure| failure.kind)
    }
}

/// Everything one run observed. Diagnosis is a pure function of this.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was diagnosed.
    pub target: Target,
    /// Settings and machine.
    pub config: Observation<ConfigFacts>,
    /// Name resolution.
    pub dns: Observation<DnsFacts>,
    /// The proxy.
    pub proxy: Observation<ProxyFacts>,
    /// TCP.
    pub tcp: Observation<TcpFacts>,
    /// TLS.
    pub tls: Observation<TlsFacts>,
    /// HTTP.
    pub http: Observation<HttpFacts>,
    /// The API's answer.
    pub api: Observation<ApiFacts>,
    /// One streamed completion.
    pub stream: Observation<StreamFacts>,
    /// Controlled comparisons that were run to split rival explanations.
    pub experiments: Vec<Experiment>,
    /// Remedies that were tried (`--try-fix`).
    #[serde(default)]
    pub remedies: Vec<RemedyFacts>,
    /// Whether the run ended before the chain did (Ctrl-C or `--timeout`).
    pub cut_short: bool,
}

/// More bytes than acknowledgements and settings of a protocol take.
const BEGINNING: u64 = 2_000;

impl Evidence {
    /// Whether some of the answer had come, readable or not: of a TLS record or a frame that is cut in the middle
    /// nothing can be read.
    #[must_use]
    pub fn answer_began(&self) -> bool {
        let (http, tls) = (&self.http.facts, &self.tls.facts);
        let received = |info: Option<tcp::TcpInfo>| info.and_then(|info| info.bytes_received);
        let since = received(http.info).zip(received(tls.info)).map(|(now, then)| now.saturating_sub(then));
        http.status.is_some() || http.body_bytes > 0 || since.is_some_and(|since| since > BEGINNING)
    }
}
