//! `fastest-ip`: its JSON document, and the ranking as a terminal user reads it.

use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis::Layer;
use crate::diagnosis::ranking::{self, Rejection};
use crate::evidence::candidate::{Candidate, Candidates};
use crate::evidence::{FailureKind, Ms};
use crate::lang::{Lang, Sentence, Text};
use crate::{say, text};

use super::grid::{Column, grid};
use super::style::{Role, Style};
use super::text::Detail;
use super::{SCHEMA_VERSION, Tool, exit, rfc3339, words};

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
        let bracketed = if address.is_ipv6() { format!("[{address}]") } else { address.to_string() };
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
            curl: format!("curl --noproxy '*' --resolve {host}:{port}:{bracketed} {}", run.url),
        }
    }
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

/// The ranking as text.
#[must_use]
pub fn render(report: &FastestIpReport, style: &Style, detail: Detail) -> String {
    let mut out = String::new();
    if detail != Detail::Quiet {
        head(&mut out, report, style);
        if !report.ranking.is_empty() {
            let _ = writeln!(out, "{}", table(report, style));
        }
    }
    match &report.winner {
        Some(winner) => recommend(&mut out, winner, report, style, detail),
        None => disappoint(&mut out, report, style),
    }
    out
}

fn head(out: &mut String, report: &FastestIpReport, style: &Style) {
    let Candidates { host, port, rounds, .. } = &report.measured;
    let tool = format!("{} {}", report.tool.name, report.tool.version);
    let measured = if *rounds == 1 {
        say!(en: "one round", zh: "测量 1 轮")
    } else {
        say!(en: "{rounds} rounds", zh: "测量 {rounds} 轮")
    };
    let parts = [tool.as_str(), "fastest-ip", &format!("{host}:{port}"), measured.of(style.lang)];
    style.wrap(out, "", &parts.join(style.dot()));
    out.push('\n');
}

fn table(report: &FastestIpReport, style: &Style) -> String {
    let columns = [
        Column::numbers(text!(en: "#", zh: "#")),
        Column::prose(text!(en: "address", zh: "地址")),
        Column::numbers(text!(en: "TCP", zh: "TCP")),
        Column::numbers(text!(en: "TLS", zh: "TLS")),
        Column::numbers(text!(en: "both", zh: "合计")),
        Column::numbers(text!(en: "failed", zh: "失败")),
        Column::prose(text!(en: "remark", zh: "备注")),
    ];
    let time = |time: Option<Ms>| time.map(|time| time.to_string()).unwrap_or_default();
    let rows = report.ranking.iter().map(|place| {
        let address = place.address.to_string();
        let (rank, address) = match place.rank {
            Some(1) => (style.paint(Role::Good, "1"), style.paint(Role::Good, &address)),
            Some(rank) => (rank.to_string(), address),
            None => (style.paint(Role::Bad, if style.unicode { "✗" } else { "x" }), address),
        };
        let failed = if place.attempts == 0 { String::new() } else { format!("{}/{}", place.failed, place.attempts) };
        let failed = if place.failed > 0 { style.paint(Role::Warn, &failed) } else { failed };
        vec![
            rank,
            address,
            time(place.connect_ms),
            time(place.tls_ms),
            time(place.total_ms),
            failed,
            remark(place, &report.measured, style),
        ]
    });
    grid(style, &columns, rows)
}

fn remark(place: &Place, measured: &Candidates, style: &Style) -> String {
    let mut remarks: Vec<String> = Vec::new();
    if place.in_use {
        remarks.push(style.say(text!(en: "in use", zh: "本机在用")).to_owned());
    }
    if let Some(rejection) = place.rejected {
        let said = style.say(rejected(rejection));
        let candidate = measured.addresses.iter().find(|candidate| candidate.address == place.address);
        let why = candidate.and_then(|candidate| {
            let certificate = candidate.certificate.as_ref().and_then(|verdict| verdict.kind);
            certificate.or(candidate.failure.as_ref().map(|failure| failure.kind))
        });
        let shown = match (rejection, why) {
            (Rejection::NoConnection | Rejection::NoHandshake | Rejection::Certificate, Some(kind)) => {
                style.say(words::failure(kind))
            }
            _ => said,
        };
        remarks.push(style.paint(Role::Warn, shown));
    } else if place.certificate_valid == Some(true) {
        remarks.push(style.say(text!(en: "certificate valid", zh: "证书有效")).to_owned());
    }
    remarks.join(style.comma())
}

const fn rejected(rejection: Rejection) -> Text {
    match rejection {
        Rejection::Forged => text!(en: "forged answer", zh: "伪造的应答"),
        Rejection::FakeIp => text!(en: "made up by a local proxy", zh: "本地代理的 fake-ip"),
        Rejection::NoServer => text!(en: "no server can have it", zh: "不可能是服务器地址"),
        Rejection::NoConnection => text!(en: "no connection", zh: "连不上"),
        Rejection::NoHandshake => text!(en: "no TLS handshake", zh: "TLS 握手失败"),
        Rejection::Certificate => text!(en: "certificate not valid", zh: "证书无效"),
        Rejection::Unreliable => text!(en: "fails too often", zh: "失败太多"),
        Rejection::NotMeasured => text!(en: "not measured", zh: "未测量"),
    }
}

fn recommend(out: &mut String, winner: &Winner, report: &FastestIpReport, style: &Style, detail: Detail) {
    let address = winner.address;
    let took = winner.total_ms.map(|took| took.to_string()).unwrap_or_default();
    let what = if report.measured.tls {
        text!(en: "for TCP and TLS", zh: "（TCP + TLS）")
    } else {
        text!(en: "for the connection", zh: "（建立连接）")
    };
    let mut said = say!(
        en: "Fastest: {address}, {took} {en}", zh: "最快的是 {address}，用时 {took}{zh}", en = what.en, zh = what.zh
    );
    if let Some(gain) = winner.gain_ms.filter(|gain| gain.0 > 0.0) {
        said = Sentence {
            en: format!("{}, {gain} less than the address in use", said.en),
            zh: format!("{}，比正在使用的地址快 {gain}", said.zh),
        };
    }
    let mark = if style.unicode { "✓ " } else { "+ " };
    let mut line = String::new();
    style.wrap(&mut line, mark, said.of(style.lang));
    for line in line.lines() {
        let _ = writeln!(out, "{}", style.paint(Role::Good, line));
    }
    if detail == Detail::Quiet {
        return;
    }
    let heading = |out: &mut String, said: Sentence| {
        out.push('\n');
        style.wrap(out, "  ", said.of(style.lang));
    };
    heading(out, say!(en: "To try it once:", zh: "临时试用一次："));
    style.command(out, 4, &winner.curl);
    let file = &winner.hosts_file;
    heading(out, say!(en: "To pin it, put this line into {file}:", zh: "要固定使用，把这一行写入 {file}："));
    style.command(out, 4, &winner.hosts_line);
    if !report.cautions.is_empty() {
        heading(out, say!(en: "Before you pin it:", zh: "固定之前请注意："));
        for caution in &report.cautions {
            style.wrap(out, &format!("  {} ", style.bullet()), &caution.text);
        }
    }
    if report.measured.cut_short {
        heading(out, say!(en: "The measuring ended early.", zh: "测量提前结束。"));
    }
}

fn disappoint(out: &mut String, report: &FastestIpReport, style: &Style) {
    let mark = if style.unicode { "✗ " } else { "x " };
    let host = &report.measured.host;
    let said = match &report.measured.failure {
        Some(failure) => {
            let why = words::failure(failure.kind);
            say!(en: "There is no address to measure: {en}", zh: "没有可测量的地址：{zh}", en = why.en, zh = why.zh)
        }
        None if report.measured.cut_short => {
            say!(en: "The run ended before any address was measured", zh: "测量尚未完成，运行就结束了")
        }
        None => say!(en: "No address of {host} can be recommended", zh: "{host} 没有可推荐的地址"),
    };
    let mut line = String::new();
    style.wrap(&mut line, mark, said.of(style.lang));
    for line in line.lines() {
        let _ = writeln!(out, "{}", style.paint(Role::Bad, line));
    }
    let url = if report.measured.tls { "https" } else { "http" };
    let advice = say!(
        en: "Why that is: openai-doctor diagnose {url}://{host}:{port}", zh: "查明原因：openai-doctor diagnose {url}://{host}:{port}",
        port = report.measured.port,
    );
    style.wrap(out, "  ", advice.of(style.lang));
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
        let winner = FastestIpReport::new(&all, &circumstances(Lang::En)).winner.expect("a winner");
        assert_eq!(winner.hosts_line, "2606:4700::1 api.openai.com");
        assert!(winner.curl.contains("--resolve api.openai.com:443:[2606:4700::1] "), "{}", winner.curl);
    }
}
