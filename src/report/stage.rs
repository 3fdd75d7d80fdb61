//! A stage as the document shows it: its name beside the observation. The facts stay typed, so a saved report reads
//! back into the very evidence that it was made from.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{
    ApiFacts, ConfigFacts, DnsFacts, Evidence, Failure, HttpFacts, Ms, Observation, ProxyFacts, SkipReason, Stage,
    Status, StreamFacts, TcpFacts, TlsFacts,
};

/// A stage of the chain and what was seen there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "stage", rename_all = "lowercase")]
pub enum StageReport {
    /// Settings and machine, looked at before any packet.
    Config(Entry<ConfigFacts>),
    /// Name resolution.
    Dns(Entry<DnsFacts>),
    /// Reaching the proxy and asking it for a tunnel.
    Proxy(Entry<ProxyFacts>),
    /// The TCP connection.
    Tcp(Entry<TcpFacts>),
    /// The TLS handshake.
    Tls(Entry<TlsFacts>),
    /// One HTTP request and its response.
    Http(Entry<HttpFacts>),
    /// What the response says as an API answer.
    Api(Entry<ApiFacts>),
    /// One streamed completion (`--deep`).
    Stream(Entry<StreamFacts>),
}

/// How a stage ended, when, and what was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{F}Entry")]
pub struct Entry<F> {
    /// How the stage ended.
    pub status: Status,
    /// Start, in milliseconds from the start of the run; null when the stage was not reached.
    pub started_ms: Option<Ms>,
    /// Duration in milliseconds; null when the stage was not reached.
    pub duration_ms: Option<Ms>,
    /// Why it was skipped; null when it was not.
    pub skip_reason: Option<SkipReason>,
    /// What was seen.
    pub facts: Seen<F>,
    /// What went wrong; null when nothing did.
    pub failure: Option<Failure>,
}

/// What was seen, or an empty object when there was nothing to see.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
#[schemars(rename = "Maybe{F}")]
pub enum Seen<F> {
    // First, because facts without a field read from an empty object too.
    /// The stage was not reached.
    Nothing {},
    /// Facts.
    Facts(Box<F>),
}

/// The parts of a stage that do not depend on which one it is.
#[derive(Clone, Copy, Debug)]
pub struct Outline<'a> {
    /// Which stage it is.
    pub stage: Stage,
    /// How it ended.
    pub status: Status,
    /// Duration.
    pub duration_ms: Option<Ms>,
    /// Why it was skipped.
    pub skip_reason: Option<SkipReason>,
    /// What went wrong.
    pub failure: Option<&'a Failure>,
}

impl<F: Clone + Default + PartialEq> From<&Observation<F>> for Entry<F> {
    fn from(seen: &Observation<F>) -> Self {
        let nothing = seen.status == Status::Skip && seen.facts == F::default();
        Self {
            status: seen.status,
            started_ms: seen.started_ms,
            duration_ms: seen.duration_ms,
            skip_reason: seen.skip_reason,
            facts: if nothing { Seen::Nothing {} } else { Seen::Facts(Box::new(seen.facts.clone())) },
            failure: seen.failure.clone(),
        }
    }
}

impl<F: Clone + Default> From<&Entry<F>> for Observation<F> {
    fn from(entry: &Entry<F>) -> Self {
        Self {
            status: entry.status,
            started_ms: entry.started_ms,
            duration_ms: entry.duration_ms,
            skip_reason: entry.skip_reason,
            facts: entry.facts().cloned().unwrap_or_default(),
            failure: entry.failure.clone(),
        }
    }
}

impl<F> Entry<F> {
    /// The facts, if there are any.
    #[must_use]
    pub const fn facts(&self) -> Option<&F> {
        match &self.facts {
            Seen::Facts(facts) => Some(facts),
            Seen::Nothing {} => None,
        }
    }

    const fn outline(&self, stage: Stage) -> Outline<'_> {
        Outline {
            stage,
            status: self.status,
            duration_ms: self.duration_ms,
            skip_reason: self.skip_reason,
            failure: self.failure.as_ref(),
        }
    }
}

impl StageReport {
    /// One stage of the evidence.
    #[must_use]
    pub fn of(stage: Stage, evidence: &Evidence) -> Self {
        match stage {
            Stage::Config => Self::Config((&evidence.config).into()),
            Stage::Dns => Self::Dns((&evidence.dns).into()),
            Stage::Proxy => Self::Proxy((&evidence.proxy).into()),
            Stage::Tcp => Self::Tcp((&evidence.tcp).into()),
            Stage::Tls => Self::Tls((&evidence.tls).into()),
            Stage::Http => Self::Http((&evidence.http).into()),
            Stage::Api => Self::Api((&evidence.api).into()),
            Stage::Stream => Self::Stream((&evidence.stream).into()),
        }
    }

    /// Every stage of the evidence, in order.
    #[must_use]
    pub fn all(evidence: &Evidence) -> Vec<Self> {
        Stage::ALL.iter().map(|stage| Self::of(*stage, evidence)).collect()
    }

    /// Puts the stage back into the evidence it came from.
    pub fn put_back(&self, evidence: &mut Evidence) {
        match self {
            Self::Config(entry) => evidence.config = entry.into(),
            Self::Dns(entry) => evidence.dns = entry.into(),
            Self::Proxy(entry) => evidence.proxy = entry.into(),
            Self::Tcp(entry) => evidence.tcp = entry.into(),
            Self::Tls(entry) => evidence.tls = entry.into(),
            Self::Http(entry) => evidence.http = entry.into(),
            Self::Api(entry) => evidence.api = entry.into(),
            Self::Stream(entry) => evidence.stream = entry.into(),
        }
    }

    /// The parts that do not depend on which stage it is.
    #[must_use]
    pub const fn outline(&self) -> Outline<'_> {
        match self {
            Self::Config(entry) => entry.outline(Stage::Config),
            Self::Dns(entry) => entry.outline(Stage::Dns),
            Self::Proxy(entry) => entry.outline(Stage::Proxy),
            Self::Tcp(entry) => entry.outline(Stage::Tcp),
            Self::Tls(entry) => entry.outline(Stage::Tls),
            Self::Http(entry) => entry.outline(Stage::Http),
            Self::Api(entry) => entry.outline(Stage::Api),
            Self::Stream(entry) => entry.outline(Stage::Stream),
        }
    }
}
