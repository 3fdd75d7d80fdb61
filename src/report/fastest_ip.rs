//! `fastest-ip`: its JSON document; `text` is the ranking as a terminal user reads it.

mod text;

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis::Layer;
use crate::diagnosis::ranking::{self, Rejection};
use crate::evidence::candidate::{Candidate, Candidates};
use crate::evidence::{FailureKind, Ms};
use crate::lang::Lang;

use super::{SCHEMA_VERSION, Tool, exit, rfc3339};

pub use text::render;

/// What `fastest-ip --format json` prints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FastestIpReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// Start of the run by this machine's clock: RFC 3339, UTC.
    pub started_at: String,
    /// Duration of the whole run in milliseconds.
    pub duration_ms: Ms,
    /// The addresses as they were found and measured.
    pub measured: Candidates,
    /// The addresses in order, the rejected ones last.
    pub ranking: Vec<Place>,
    /// The fastest address that may be used; null when there is none.
    pub winner: Option<Winner>,
    /// What speaks against pinning it.
    pub cautions: Vec<Remark>,
    /// The process's exit code.
    pub exit_code: u8,
}

/// One line of the ranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The address.
    pub address: IpAddr,
    /// Its place, from 1; null when it was rejected.
    pub rank: Option<usize>,
    /// Why it was rejected.
    pub rejected: Option<Rejection>,
    /// Median time to the TCP connection.
    pub connect_ms: Option<Ms>,
    /// Median time of the TLS handshake.
    pub tls_ms: Option<Ms>,
    /// Median of both together, where both succeeded.
    pub total_ms: Option<Ms>,
    /// Attempts.
    pub attempts: usize,
    /// How many of them failed.
    pub failed: usize,
    /// Whether its certificate is valid for the name; null without a handshake.
    pub certificate_valid: Option<bool>,
    /// Whether programs on this machine get it now.
    pub in_use: bool,
}

/// The fastest address and how to use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Winner {
    /// The address.
    pub address: IpAddr,
    /// Median time of TCP and TLS together.
    pub total_ms: Option<Ms>,
    /// How much faster that is than the address in use; null when that one does not work.
    pub gain_ms: Option<Ms>,
    /// The file that pins names on this system.
    pub hosts_file: String,
    /// The line for it.
    pub hosts_line: String,
    /// A curl command that uses the address once.
    pub curl: String,
}

/// A sentence with a stable name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Remark {
    /// A short stable name.
    pub code: String,
    /// What to know.
    pub text: String,
}

/// What the document needs to know of the run beside what was measured.
#[derive(Clone, Debug)]
pub struct Circumstances<'a> {
    /// The language of its sentences.
    pub lang: Lang,
    /// When the run started.
    pub started_at: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
    /// The URL to try the address with.
    pub url: &'a str,
    /// The roots that vouch for the endpoint, beside the machine's.
    pub ca_file: Option<&'a str>,
    /// The system: `linux`, `macos`, `windows`.
    pub os: &'a str,
}

impl FastestIpReport {
    /// The report of one run.
    #[must_use]
    pub fn new(measured: &Candidates, run: &Circumstances<'_>) -> Self {
        let ranking = ranking::rank(measured);
        let winner = ranking.winner().map(|winner| Winner::new(winner, measured, run));
        let exit_code = match (&winner, run.interrupted) {
            (_, true) => exit::INTERRUPTED,
            (Some(_), false) => 0,
            (None, false) => obstacle_code(measured),
        };
        let remark = |caution: &ranking::Caution| Remark {
            code: caution.code.to_owned(),
            text: caution.text.of(run.lang).to_owned(),
        };
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            started_at: rfc3339(run.started_at),
            duration_ms: run.duration.into(),
            ranking: ranking.ranked.iter().map(|ranked| Place::new(ranked, measured.tls)).collect(),
            winner,
            cautions: ranking.cautions.iter().map(remark).collect(),
            exit_code,
            measured: measured.clone(),
        }
    }
}

impl Place {
    fn new(ranked: &ranking::Ranked<'_>, tls: bool) -> Self {
        let candidate = ranked.candidate;
        Self {
            address: candidate.address,
            rank: ranked.place.ok(),
            rejected: ranked.place.err(),
            connect_ms: candidate.median(|one| one.connect_ms),
            tls_ms: candidate.median(|one| one.tls_ms),
            total_ms: candidate.median(|one| one.total(tls)),
            attempts: candidate.measurements.len(),
            failed: candidate.failed(tls),
            certificate_valid: candidate.certificate.as_ref().map(|verdict| verdict.valid),
            in_use: candidate.in_use,
        }
    }
}

impl Winner {
    fn new(winner: &Candidate, measured: &Candidates, run: &Circumstances<'_>) -> Self {
        let Candidates { host, port, tls, .. } = measured;
        let address = winner.address;
        // Some shells take brackets for a pattern.
        let bracketed = if address.is_ipv6() { format!("'[{address}]'") } else { address.to_string() };
        let roots = run.ca_file.map(|path| format!(" --cacert {}", quoted(path))).unwrap_or_default();
        let hosts_file = match run.os {
            "windows" => "C:\\Windows\\System32\\drivers\\etc\\hosts",
            _ => "/etc/hosts",
        };
        Self {
            address,
            total_ms: winner.median(|one| one.total(*tls)),
            gain_ms: ranking::gain(measured, winner),
            hosts_file: hosts_file.to_owned(),
            hosts_line: format!("{address} {host}"),
            curl: format!("curl --noproxy '*' --resolve {host}:{port}:{bracketed}{roots} {}", run.url),
        }
    }
}

/// A path as a shell takes it for one word.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '/');
    if path.chars().all(plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', "'\\''")) }
}

/// Nothing can be recommended: the network does not let us there, or what answers is not the endpoint.
fn obstacle_code(measured: &Candidates) -> u8 {
    use FailureKind as K;
    let layer = match ranking::obstacle(measured) {
        Some(
            K::TlsAlert
            | K::TlsNotTls
            | K::TlsProtocol
            | K::TlsUnknownIssuer
            | K::TlsWrongName
            | K::TlsExpired
            | K::TlsNotYetValid
            | K::TlsBadCertificate
            | K::ConnectionReset
            | K::ConnectionClosed,
        ) => Layer::Transport,
        Some(K::UnusableSetting) => Layer::Application,
        _ => Layer::Network,
    };
    layer.exit_code()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Circumstances, FastestIpReport, render};
    use crate::evidence::candidate::{Candidate, Candidates, Measurement};
    use crate::evidence::dns::AddressClass;
    use crate::evidence::tls::Verdict;
    use crate::evidence::{Failure, FailureKind, Ms, Operation};
    use crate::lang::Lang;
    use crate::report::style::{Style, columns};
    use crate::report::text::Detail;

    fn candidate(address: &str, class: AddressClass, times: &[(f64, f64)]) -> Candidate {
        let measurement =
            |(connect, tls): &(f64, f64)| Measurement { connect_ms: Some(Ms(*connect)), tls_ms: Some(Ms(*tls)) };
        Candidate {
            address: address.parse().unwrap(),
            class,
            in_use: false,
            sources: vec!["8.8.8.8 UDP".to_owned()],
            measurements: times.iter().map(measurement).collect(),
            certificate: times.first().map(|_| Verdict { valid: true, kind: None, detail: None, roots: None }),
            failure: None,
        }
    }

    fn measured() -> Candidates {
        use AddressClass as C;
        let mut current = candidate("162.159.140.245", C::Public, &[(120.5, 140.1), (118.2, 139.0)]);
        current.in_use = true;
        let mut wrong = candidate("203.98.7.66", C::Public, &[(10.0, 20.0), (10.0, 20.0)]);
        wrong.certificate =
            Some(Verdict { valid: false, kind: Some(FailureKind::TlsWrongName), detail: None, roots: None });
        let mut dead = candidate("2606:4700:4400::ac40:9bd1", C::Public, &[]);
        dead.measurements = vec![Measurement::default(); 2];
        dead.failure = Some(Failure::new(FailureKind::NetworkUnreachable, Operation::Connect, "no route"));
        Candidates {
            host: "api.openai.com".to_owned(),
            port: 443,
            tls: true,
            rounds: 2,
            ttl_s: Some(148),
            addresses: vec![
                current,
                candidate("172.66.0.243", C::Public, &[(42.4, 48.0), (41.0, 47.1)]),
                wrong,
                dead,
                candidate("31.13.94.7", C::KnownForged, &[]),
            ],
            ..Candidates::default()
        }
    }

    fn circumstances(lang: Lang) -> Circumstances<'static> {
        Circumstances {
            lang,
            started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000),
            duration: Duration::from_millis(900),
            interrupted: false,
            url: "https://api.openai.com/v1/models",
            ca_file: None,
            os: "linux",
        }
    }

    #[test]
    fn the_ranking_reads_well_in_both_languages() {
        for (language, lang) in [("en", Lang::En), ("zh", Lang::Zh)] {
            let report = FastestIpReport::new(&measured(), &circumstances(lang));
            let text = render(&report, &Style::plain(lang), Detail::Normal);
            let widest = text.lines().filter(|line| !line.contains("curl")).map(columns).max().unwrap_or_default();
            assert!(widest <= 80, "{widest} columns:\n{text}");
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                let text = text.replace(concat!("openai-doctor ", env!("CARGO_PKG_VERSION")), "openai-doctor VERSION");
                insta::assert_snapshot!(format!("fastest-ip.{language}"), text);
            });
        }
    }

    #[test]
    fn the_exit_code_says_what_was_in_the_way() {
        let code = |measured: &Candidates| FastestIpReport::new(measured, &circumstances(Lang::En)).exit_code;
        let mut all = measured();
        assert_eq!(code(&all), 0);
        all.addresses.retain(|candidate| candidate.address.to_string() == "203.98.7.66");
        assert_eq!(code(&all), 11);
        all.addresses = vec![measured().addresses[3].clone()];
        assert_eq!(code(&all), 10);
        all.addresses.clear();
        all.failure = Some(Failure::new(FailureKind::DnsNxdomain, Operation::Resolve, "no such name"));
        assert_eq!(code(&all), 10);
        let text =
            render(&FastestIpReport::new(&all, &circumstances(Lang::En)), &Style::plain(Lang::En), Detail::Quiet);
        assert!(text.contains("NXDOMAIN"), "{text}");
    }

    #[test]
    fn an_ipv6_winner_is_bracketed_for_curl() {
        let mut all = measured();
        all.addresses = vec![candidate("2606:4700::1", AddressClass::Public, &[(1.0, 1.0)])];
        let run = Circumstances { ca_file: Some("/tmp/my ca.pem"), ..circumstances(Lang::En) };
        let winner = FastestIpReport::new(&all, &run).winner.expect("a winner");
        assert_eq!(winner.hosts_line, "2606:4700::1 api.openai.com");
        assert_eq!(
            winner.curl,
            "curl --noproxy '*' --resolve api.openai.com:443:'[2606:4700::1]' --cacert '/tmp/my ca.pem' \
             https://api.openai.com/v1/models"
        );
    }
}
