//! Thresholds of `--slo`: which measured time is compared with which limit.

use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::{Evidence, Ms};

/// A measured time that can have a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Resolving the name.
    Dns,
    /// Reaching the proxy and getting a tunnel.
    Proxy,
    /// The TCP connection that the chain went on with.
    Tcp,
    /// The TLS handshake.
    Tls,
    /// From the start of the request to the first byte of the response.
    Ttfb,
    /// From the start of the run to the last byte of the response.
    Total,
}

impl Metric {
    /// Every metric.
    pub const ALL: [Self; 6] = [Self::Dns, Self::Proxy, Self::Tcp, Self::Tls, Self::Ttfb, Self::Total];

    /// Its name in `--slo` and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Proxy => "proxy",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ttfb => "ttfb",
            Self::Total => "total",
        }
    }

    /// What was measured; `None` when the run did not get that far.
    #[must_use]
    pub fn measured(self, evidence: &Evidence) -> Option<Ms> {
        let http = &evidence.http.facts;
        match self {
            Self::Dns => evidence.dns.duration_ms,
            Self::Proxy => evidence.proxy.duration_ms,
            Self::Tcp => {
                let tcp = &evidence.tcp.facts;
                let chosen =
                    tcp.attempts.iter().find(|attempt| attempt.connected && Some(attempt.address) == tcp.chosen);
                chosen.and_then(|attempt| attempt.duration_ms)
            }
            Self::Tls => evidence.tls.duration_ms,
            Self::Ttfb => http.first_byte_ms,
            Self::Total => Some(Ms(evidence.http.started_ms?.0 + http.last_byte_ms?.0)),
        }
    }
}

impl FromStr for Metric {
    type Err = UnknownMetric;

    fn from_str(name: &str) -> Result<Self, UnknownMetric> {
        Self::ALL.into_iter().find(|metric| metric.name() == name).ok_or_else(|| UnknownMetric(name.to_owned()))
    }
}

/// A name that is no metric.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no metric; there are dns, proxy, tcp, tls, ttfb and total")]
pub struct UnknownMetric(String);

/// A limit and what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Threshold {
    /// What was measured.
    pub metric: Metric,
    /// The limit in milliseconds.
    pub limit_ms: Ms,
    /// The measured time in milliseconds; null when the stage was skipped or not reached.
    pub measured_ms: Option<Ms>,
    /// Whether the measured time is within the limit; a time that was not measured exceeds none.
    pub met: bool,
}

impl Threshold {
    /// Compares what was measured with the limit.
    #[must_use]
    pub fn check(metric: Metric, limit: Ms, evidence: &Evidence) -> Self {
        let measured_ms = metric.measured(evidence);
        Self { metric, limit_ms: limit, measured_ms, met: measured_ms.is_none_or(|measured| measured <= limit) }
    }
}

#[cfg(test)]
mod tests {
    use super::{Metric, Threshold};
    use crate::evidence::{Evidence, Ms};

    #[test]
    fn what_was_not_measured_misses_no_limit() {
        let mut evidence = Evidence::default();
        assert!(Threshold::check(Metric::Tls, Ms(1.0), &evidence).met);
        evidence.tls.duration_ms = Some(Ms(1.5));
        assert!(!Threshold::check(Metric::Tls, Ms(1.0), &evidence).met);
        assert!(Threshold::check(Metric::Tls, Ms(1.5), &evidence).met);
    }

    #[test]
    fn names_read_back() {
        for metric in Metric::ALL {
            assert_eq!(metric.name().parse(), Ok(metric));
        }
        assert!("tcpp".parse::<Metric>().is_err());
    }
}
