//! The document of `socket`, and its text: requested options beside effective ones.

use comfy_table::presets;
use comfy_table::{CellAlignment, Table};
use schemars::JsonSchema;
use serde::Serialize;

use crate::diagnosis::idle as ladder;
use crate::evidence::idle::{IdleFacts, IdleKind, IdleOutcome};
use crate::evidence::socket::{SocketFacts, SocketOption};
use crate::evidence::{Ms, Status};
use crate::lang::{Lang, Text};
use crate::{say, text};

use super::style::Style;
use super::text::Detail;
use super::{SCHEMA_VERSION, Tool, exit};

/// The document of `socket --format json`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SocketReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The process's exit code.
    pub exit_code: u8,
    /// The connection.
    #[serde(flatten)]
    pub facts: SocketFacts,
    /// What became of connections that were left alone (`--idle-ladder`).
    pub idle: Option<IdleFacts>,
}

impl SocketReport {
    /// The document of one connection.
    #[must_use]
    pub fn new(facts: SocketFacts, idle: Option<IdleFacts>, exit_code: u8) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: Tool::this(), exit_code, facts, idle }
    }
}

/// What a terminal shows.
#[must_use]
pub fn render(report: &SocketReport, style: &Style, detail: Detail) -> String {
    let (facts, lang, mut out) = (&report.facts, style.lang, String::new());
    if report.exit_code == exit::INTERRUPTED && facts.peer.is_none() {
        let said = say!(
            en: "interrupted before {host} was connected", zh: "还没有连上 {host} 就被中断", host = &facts.host,
        );
        style.wrap(&mut out, &format!("{} ", style.mark(Status::Skip)), said.of(lang));
        return out;
    }
    if let Some(failure) = &facts.failure {
        let said = say!(
            en: "no connection to {host}: {failure}", zh: "无法连接 {host}：{failure}", host = &facts.host,
        );
        style.wrap(&mut out, &format!("{} ", style.mark(Status::Fail)), said.of(lang));
        return out;
    }
    let peer = facts.peer.map(|peer| peer.to_string()).unwrap_or_default();
    let local = facts.local.map(|local| local.to_string()).unwrap_or_default();
    let time = facts.connect_ms.map(|time| time.to_string()).unwrap_or_default();
    let head = say!(
        en: "connected to {host} ({peer}) from {local} in {time}",
        zh: "已连接 {host}（{peer}），本地地址 {local}，耗时 {time}",
        host = &facts.host,
    );
    style.wrap(&mut out, "", head.of(lang));
    if detail != Detail::Quiet {
        out.push('\n');
        out.push_str(&table(&facts.options, lang));
        out.push('\n');
        out.push_str(&kernel(facts, style));
    }
    if let Some(idle) = &report.idle {
        out.push('\n');
        out.push_str(&climbed(idle, style));
    }
    out
}

/// What became of connections that were left alone: a line a connection, and what it means.
fn climbed(idle: &IdleFacts, style: &Style) -> String {
    let lang = style.lang;
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        text!(en: "idle for", zh: "空闲时长").of(lang),
        text!(en: "meanwhile", zh: "期间").of(lang),
        text!(en: "then", zh: "之后").of(lang),
    ]);
    let mut rows: Vec<[String; 3]> = Vec::new();
    for trial in &idle.trials {
        let every = ladder::seconds(trial.every_s.unwrap_or_default());
        let meanwhile = match trial.kind {
            IdleKind::Silent => text!(en: "nothing", zh: "无").of(lang).to_owned(),
            IdleKind::Keepalive => {
                say!(en: "keepalive every {every}", zh: "每 {every} 一次 keepalive").of(lang).to_owned()
            }
            IdleKind::Trickle => say!(en: "a request every {every}", zh: "每 {every} 一个请求").of(lang).to_owned(),
        };
        let after = trial.after_s.filter(|after| *after + 1.0 < trial.idle_s);
        let after = after.map(|after| format!(" ({})", ladder::seconds(after))).unwrap_or_default();
        let row = [ladder::seconds(trial.idle_s), meanwhile, format!("{}{after}", fate(trial.outcome).of(lang))];
        // Connections that fared alike share a line.
        if rows.last() != Some(&row) {
            rows.push(row);
        }
    }
    for row in rows {
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut out: String = table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect();
    out.push('\n');
    for sentence in ladder::summary(idle) {
        style.wrap(&mut out, "", sentence.of(lang));
    }
    out
}

const fn fate(outcome: IdleOutcome) -> Text {
    match outcome {
        IdleOutcome::Unfinished => text!(en: "not known yet", zh: "尚未可知"),
        IdleOutcome::NotOpened => text!(en: "did not open", zh: "未能建立"),
        IdleOutcome::NotKept => text!(en: "ended by the server after its answer", zh: "服务器应答后即关闭"),
        IdleOutcome::Alive => text!(en: "alive", zh: "可用"),
        IdleOutcome::Closed => text!(en: "closed by the server", zh: "被服务器关闭"),
        IdleOutcome::Reset => text!(en: "reset", zh: "被重置"),
        IdleOutcome::ResetOnUse => text!(en: "reset on use", zh: "再用时被重置"),
        IdleOutcome::SilentOnUse => text!(en: "dead: no answer", zh: "已失效：没有应答"),
    }
}

fn table(options: &[SocketOption], lang: Lang) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        text!(en: "option", zh: "选项").of(lang),
        text!(en: "requested", zh: "请求值").of(lang),
        text!(en: "effective", zh: "实际值").of(lang),
        "",
    ]);
    for option in options {
        let value = |value: Option<u64>| match (value, option.unit.as_str()) {
            (None, _) => text!(en: "system's", zh: "系统默认").of(lang).to_owned(),
            (Some(0), "") => text!(en: "off", zh: "关").of(lang).to_owned(),
            (Some(_), "") => text!(en: "on", zh: "开").of(lang).to_owned(),
            (Some(number), "count") => number.to_string(),
            (Some(number), "bytes") => say!(en: "{number} bytes", zh: "{number} 字节").of(lang).to_owned(),
            (Some(number), unit) => format!("{number} {unit}"),
        };
        let effective = option.effective.map_or_else(|| "?".to_owned(), |number| value(Some(number)));
        table.add_row([option.name.clone(), value(option.requested), effective, remark(option, lang)]);
    }
    for column in 1..=2 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn remark(option: &SocketOption, lang: Lang) -> String {
    if let Some(error) = &option.error {
        return error.clone();
    }
    match (option.requested, option.effective) {
        (Some(asked), Some(got)) if option.unit == "bytes" && got == 2 * asked => {
            text!(en: "doubled by the kernel for its own use", zh: "内核为自身开销翻倍").of(lang).to_owned()
        }
        (Some(asked), Some(got)) if got != asked => text!(en: "differs", zh: "不一致").of(lang).to_owned(),
        _ => String::new(),
    }
}

fn kernel(facts: &SocketFacts, style: &Style) -> String {
    let lang = style.lang;
    let mut out = String::new();
    let Some(info) = facts.info else {
        let said = text!(en: "This system does not report TCP_INFO.", zh: "此系统不提供 TCP_INFO。");
        style.wrap(&mut out, "", said.of(lang));
        return out;
    };
    let time = |ms: Option<Ms>| ms.map_or_else(|| "?".to_owned(), |ms| ms.to_string());
    let count = |count: Option<u32>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let said = say!(
        en: "TCP_INFO: round trip {rtt} (smallest {min}), segment size {mss} bytes, path MTU {mtu}, retransmits {again}",
        zh: "TCP_INFO：往返时间 {rtt}（最小 {min}），报文段 {mss} 字节，路径 MTU {mtu}，重传 {again} 次",
        rtt = time(info.rtt_ms), min = time(info.min_rtt_ms), mss = count(info.send_mss), mtu = count(info.path_mtu),
        again = count(info.retransmits),
    );
    style.wrap(&mut out, "", said.of(lang));
    out
}

#[cfg(test)]
mod tests {
    use super::{SocketReport, render};
    use crate::evidence::socket::SocketFacts;
    use crate::evidence::{Failure, FailureKind, Operation};
    use crate::lang::Lang;
    use crate::report::Style;

    #[test]
    fn colour_leaves_no_trace_in_the_words() {
        let failure = Failure::new(FailureKind::ConnectionRefused, Operation::Connect, "refused");
        let facts = SocketFacts { host: "h".to_owned(), failure: Some(failure), ..SocketFacts::default() };
        let report = SocketReport::new(facts, None, 10);
        let coloured = render(&report, &Style { colour: true, ..Style::plain(Lang::En) }, super::Detail::Normal);
        assert_eq!(coloured, "\u{1b}[1;31m✗\u{1b}[0m no connection to h: refused\n");
    }
}
