//! The ranking as a terminal user reads it.

use std::fmt::Write as _;

use crate::diagnosis::ranking::Rejection;
use crate::evidence::Ms;
use crate::evidence::candidate::Candidates;
use crate::lang::{Sentence, Text};
use crate::report::grid::{Column, grid};
use crate::report::style::{Role, Style};
use crate::report::text::Detail;
use crate::report::words;
use crate::{say, text};

use super::{FastestIpReport, Place, Winner};

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
