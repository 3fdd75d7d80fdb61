//! A fault's page in the terminal, and the list of all faults.

use std::fmt::Write as _;

use crate::diagnosis::{Confidence, Fault, Layer, faults};
use crate::lang::Lang;
use crate::{say, text};

use super::explain::{Explained, LayerCount, LogSummary, Matched};
use super::style::{Role, Style, columns, pad};
use super::text::{codes, fixes, heading, table};

/// The page of a fault: what it is, how it is told apart, what to do. `demo` is the name that `diagnose --demo` knows
/// it by, if it can show it.
#[must_use]
pub fn fault(fault: &Fault, style: &Style, os: &str, demo: Option<&str>) -> String {
    let explained = Explained::of(fault, style.lang, os);
    let mut out = String::new();
    let _ = writeln!(out, "{}", style.paint(Role::Strong, fault.code));
    style.wrap(&mut out, "  ", &explained.title);
    if !explained.explanation.is_empty() {
        out.push('\n');
        style.wrap(&mut out, "  ", &explained.explanation);
    }
    out.push('\n');
    let layer = fault.layer.title();
    let exit = fault.layer.exit_code();
    let layer = say!(en: "{en} (exit code {exit})", zh: "{zh}（退出码 {exit}）", en = layer.en, zh = layer.zh);
    table(
        &mut out,
        &[
            (text!(en: "Layer", zh: "所属层"), layer.of(style.lang)),
            (text!(en: "Who can fix it", zh: "由谁解决"), style.say(fault.owner.title())),
            (text!(en: "What it affects", zh: "影响范围"), &explained.impact),
            (text!(en: "Trying again", zh: "是否重试"), style.say(fault.retry.title())),
        ],
        style,
    );
    if !explained.told_apart.is_empty() {
        heading(&mut out, text!(en: "How it is told apart", zh: "如何判断"), style);
        style.wrap(&mut out, "  ", &explained.told_apart);
    }
    if !fault.rivals.is_empty() {
        heading(&mut out, text!(en: "What looks like it", zh: "容易混淆的故障"), style);
        codes(&mut out, fault.rivals.iter().copied(), style);
    }
    if !fault.causes.is_empty() {
        heading(&mut out, text!(en: "What may be behind it", zh: "可能的原因"), style);
        codes(&mut out, fault.causes.iter().copied(), style);
    }
    if !explained.fixes.is_empty() {
        heading(&mut out, text!(en: "What to do", zh: "如何解决"), style);
        fixes(&mut out, explained.fixes.iter().map(|fix| (fix.text.as_str(), fix.command.as_deref())), style);
    }
    if let Some(demo) = demo {
        heading(&mut out, text!(en: "See it happen, without network and key", zh: "演示（无需网络和密钥）"), style);
        style.command(&mut out, 5, &format!("openai-doctor diagnose --demo {demo}"));
    }
    out
}

/// Where in a text a fault shows: the line, the status, the wait, whose API it is.
#[must_use]
pub fn found(explained: &Explained, style: &Style) -> String {
    let mut out = String::new();
    if let (Some(line), Some(words)) = (explained.matched.line, &explained.matched.text) {
        let sure = match explained.confidence {
            Confidence::Confirmed => text!(en: "confirmed", zh: "已确认"),
            Confidence::Likely => text!(en: "likely", zh: "很可能"),
            Confidence::Possible => text!(en: "possible", zh: "可能"),
        };
        let place = say!(en: "Line {line}, {en}:", zh: "第 {line} 行，{zh}：", en = sure.en, zh = sure.zh);
        style.wrap(&mut out, "", place.of(style.lang));
        style.wrap(&mut out, "  ", &style.guard(words));
    }
    let mut rows = Vec::new();
    let status = explained.http_status.map(|status| status.to_string());
    let wait = explained.retry_after_s.map(|seconds| format!("{seconds} s"));
    if let Some(provider) = &explained.provider {
        rows.push((text!(en: "Speaks of", zh: "涉及"), provider.as_str()));
    }
    if let Some(status) = &status {
        rows.push((text!(en: "HTTP status", zh: "HTTP 状态码"), status.as_str()));
    }
    if let Some(wait) = &wait {
        rows.push((text!(en: "Asks to wait", zh: "要求等待"), wait.as_str()));
    }
    let request = explained.request_id.as_ref().map(|id| style.guard(id));
    if let Some(request) = &request {
        rows.push((text!(en: "Request id", zh: "请求 ID"), request.as_str()));
    }
    table(&mut out, &rows, style);
    out.push('\n');
    out
}

/// A failure of a log in one line: where, which fault, what it is.
#[must_use]
pub fn occurrence(explained: &Explained, style: &Style) -> String {
    let line = explained.matched.line.unwrap_or_default();
    let time = explained.matched.time.as_ref().map_or_else(String::new, |time| format!("  {}", style.guard(time)));
    let code = style.paint(Role::Command, &explained.fault);
    format!("{line}{time}  {code}  {}\n", explained.title)
}

/// What was counted in a log.
#[must_use]
pub fn summary(summary: &LogSummary, style: &Style) -> String {
    let mut out = String::new();
    let (failures, lines) = (summary.failures, summary.lines);
    let counted = say!(
        en: "API failures: {failures}, in {lines} lines.",
        zh: "共 {lines} 行，发现 {failures} 次 API 调用失败。",
    );
    let _ = writeln!(out, "{}", style.paint(Role::Strong, counted.of(style.lang)));
    if summary.interrupted {
        style.wrap(&mut out, "", style.say(text!(en: "Interrupted before the end.", zh: "尚未读完即被中断。")));
    }
    for LayerCount { layer, count } in &summary.layers {
        let title = style.say(layer.title());
        let _ = writeln!(out, "\n{}", style.paint(Role::Strong, &format!("{title}  {count}")));
        for fault in summary.faults.iter().filter(|fault| fault.layer == *layer) {
            let first = format!("  {:>6}  {}  ", fault.count, style.paint(Role::Command, &fault.fault));
            style.wrap(&mut out, &first, &fault.title);
            let (from, to) = (place(&fault.first, style), place(&fault.last, style));
            let span = if fault.count == 1 {
                from
            } else {
                say!(en: "first {from}; last {to}", zh: "首次：{from}；最近：{to}").of(style.lang).to_owned()
            };
            style.wrap(&mut out, "          ", &span);
        }
    }
    out
}

fn place(matched: &Matched, style: &Style) -> String {
    let line = matched.line.unwrap_or_default();
    let line = say!(en: "line {line}", zh: "第 {line} 行");
    match &matched.time {
        Some(time) => format!("{}{}{}", line.of(style.lang), style.comma(), style.guard(time)),
        None => line.of(style.lang).to_owned(),
    }
}

/// Those faults that are wanted, by layer, code and title.
#[must_use]
pub fn list(is_wanted: impl Fn(&Fault) -> bool, style: &Style) -> String {
    let mut out = String::new();
    let width = faults::all().map(|fault| fault.code.len()).max().unwrap_or(0);
    for layer in Layer::ALL {
        let mut of_layer = faults::all().filter(|fault| fault.layer == layer && is_wanted(fault)).peekable();
        if of_layer.peek().is_none() {
            continue;
        }
        if !out.is_empty() {
            out.push('\n');
        }
        let title = match style.lang {
            Lang::En => layer.name(),
            Lang::Zh => layer.title().zh,
        };
        let _ = writeln!(out, "{}", style.paint(Role::Strong, title));
        for fault in of_layer {
            let first = format!("  {}  ", style.paint(Role::Command, &pad(fault.code, width)));
            style.wrap(&mut out, &first, style.say(fault.title));
            debug_assert!(columns(&first) < style.width, "codes are short");
        }
    }
    out
}
