//! `fastest-ip`: every address that anybody gives for a name, and what connecting to it took.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::dns::AddressClass;
use super::tls::Verdict;
use super::{Failure, Ms};

/// The addresses of a name, measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidates {
    /// The name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the endpoint speaks TLS; if not, only connections are measured.
    pub tls: bool,
    /// How often each address was to be measured.
    pub rounds: usize,
    /// The smallest TTL of the answers, in seconds.
    pub ttl_s: Option<u32>,
    /// The proxy that requests go through, without credentials; null when direct.
    pub proxy: Option<String>,
    /// The addresses, those that this machine's programs get first.
    pub addresses: Vec<Candidate>,
    /// Why there is none.
    pub failure: Option<Failure>,
    /// Whether the measuring ended early, by Ctrl-C or because `--timeout` was up.
    pub cut_short: bool,
}

/// One address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The address.
    pub address: IpAddr,
    /// What kind of address it is.
    pub class: AddressClass,
    /// Whether programs on this machine get it.
    pub in_use: bool,
    /// Who gave it: resolvers with their transports; the first eight.
    pub sources: Vec<String>,
    /// The measurements, in order.
    pub measurements: Vec<Measurement>,
    /// What this machine's store makes of the certificate; null without a handshake.
    pub certificate: Option<Verdict>,
    /// The latest failure.
    pub failure: Option<Failure>,
}

/// One connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Measurement {
    /// Time to the TCP connection; null when there was none.
    pub connect_ms: Option<Ms>,
    /// Time of the TLS handshake; null when there was none.
    pub tls_ms: Option<Ms>,
}

impl Candidate {
    /// How many measurements failed.
    #[must_use]
    pub fn failed(&self, tls: bool) -> usize {
        self.measurements.iter().filter(|one| one.total(tls).is_none()).count()
    }

    /// The median of one time over the measurements that have it.
    #[must_use]
    pub fn median(&self, time: impl Fn(&Measurement) -> Option<Ms>) -> Option<Ms> {
        let mut times: Vec<f64> = self.measurements.iter().filter_map(time).map(|ms| ms.0).collect();
        times.sort_by(f64::total_cmp);
        let upper = *times.get(times.len() / 2)?;
        let lower = times[(times.len() - 1) / 2];
        Some(Ms(((lower + upper) * 500.0).round() / 1000.0))
    }
}

impl Measurement {
    /// What a request waits before it can be sent.
    #[must_use]
    pub fn total(&self, tls: bool) -> Option<Ms> {
        let connect = self.connect_ms?;
        if tls { self.tls_ms.map(|handshake| Ms(connect.0 + handshake.0)) } else { Some(connect) }
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressClass, Candidate, Measurement, Ms};

    #[test]
    fn the_median_is_of_what_was_measured() {
        let of = |times: &[(f64, Option<f64>)]| Candidate {
            address: [192, 0, 2, 1].into(),
            class: AddressClass::Public,
            in_use: false,
            sources: vec![],
            measurements: times
                .iter()
                .map(|(connect, tls)| Measurement { connect_ms: Some(Ms(*connect)), tls_ms: tls.map(Ms) })
                .collect(),
            certificate: None,
            failure: None,
        };
        let four = of(&[(4.0, Some(1.0)), (2.0, None), (1.0, Some(9.0)), (30.0, Some(2.0))]);
        assert_eq!(four.median(|one| one.connect_ms), Some(Ms(3.0)));
        assert_eq!(four.median(|one| one.total(true)), Some(Ms(10.0)), "only whole measurements count");
        assert_eq!((four.failed(true), four.failed(false)), (1, 0));
        assert_eq!(of(&[]).median(|one| one.connect_ms), None);
    }
}
