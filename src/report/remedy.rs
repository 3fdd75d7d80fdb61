//! Remedies that were tried, as JSON tells them and as a terminal shows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis::{Fault, faults, remedy};
use crate::evidence::remedy::{RemedyFacts, RemedyOutcome};
use crate::evidence::{Stage, Status};
use crate::lang::{Lang, Sentence};
use crate::{say, text};

use super::style::{Role, Style};
use super::text::Detail;
use super::{Fix, Report, line, text as page};

/// One remedy that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RemedyReport {
    /// What was changed, in words.
    pub change: String,
    /// Its name, what came of it and how long it took.
    #[serde(flatten)]
    pub facts: RemedyFacts,
}

impl RemedyReport {
    /// The trial in one language.
    #[must_use]
    pub fn new(facts: &RemedyFacts, lang: Lang) -> Self {
        Self { change: remedy::change(facts).of(lang).to_owned(), facts: facts.clone() }
    }
}

/// A fix, with a word where a trial has confirmed it.
pub(super) fn marked(fix: &Fix, style: &Style) -> String {
    if fix.confirmed {
        let mark = style.say(text!(en: "[confirmed just now]", zh: "【刚刚验证有效】"));
        let space = if style.lang == Lang::En { " " } else { "" };
        format!("{mark}{space}{}", fix.text)
    } else {
        fix.text.clone()
    }
}

/// Appends what was tried.
///
/// Once a remedy works in one way, the ways in which it does not are worth a word in detail only.
pub(super) fn section(out: &mut String, report: &Report, style: &Style, detail: Detail) {
    if report.remedies.is_empty() {
        return;
    }
    let works = |name| report.remedies.iter().any(|tried| tried.facts.name == name && tried.facts.repairs());
    let is_shown =
        |tried: &&RemedyReport| detail == Detail::Verbose || tried.facts.repairs() || !works(tried.facts.name);
    let heading =
        text!(en: "Tried fixes (nothing was changed on this machine)", zh: "已验证的修复（没有改动本机的任何设置）");
    page::heading(out, heading, style);
    for tried in report.remedies.iter().filter(is_shown) {
        row(out, tried, style);
    }
    let hidden = report.remedies.len() - report.remedies.iter().filter(is_shown).count();
    if hidden > 0 {
        let mark = format!("  {} ", style.mark(Status::Skip));
        let said = say!(
            en: "{hidden} more of these did not help (-v shows them)", zh: "同类的另外 {hidden} 种无效（加 -v 可查看）"
        );
        style.wrap(out, &mark, said.of(style.lang));
    }
    let primary = report.verdict.fault.as_deref().and_then(faults::by_code);
    if let Some(fault) = primary.filter(|_| !report.remedies.iter().any(|tried| tried.facts.repairs())) {
        style.wrap(out, "  ", remedy::in_vain(fault).of(style.lang));
    }
}

fn row(out: &mut String, tried: &RemedyReport, style: &Style) {
    let facts = &tried.facts;
    let status = match facts.outcome {
        RemedyOutcome::Works | RemedyOutcome::Further => Status::Pass,
        RemedyOutcome::Unsteady => Status::Warn,
        RemedyOutcome::Fails => Status::Fail,
        RemedyOutcome::OutOfTime => Status::Skip,
    };
    let first = format!("  {} ", style.mark(status));
    let time = facts.duration_ms.to_string();
    if facts.repairs() {
        style.spread(out, &first, &tried.change, &time);
    } else {
        let colon = if style.lang == Lang::En { ": " } else { "：" };
        let why = remedy::outcome(facts).unwrap_or_else(|| still(facts));
        style.spread(out, &first, &format!("{}{colon}{}", tried.change, why.of(style.lang)), &time);
        return;
    }
    if let Some(said) = remedy::outcome(facts) {
        style.wrap(out, "    ", said.of(style.lang));
    }
}

/// Where it failed all the same.
fn still(facts: &RemedyFacts) -> Sentence {
    let stage = facts.stopped_at.unwrap_or(Stage::Api).name();
    match (&facts.failure, facts.status) {
        (Some(failure), None) => {
            let words = line::failed(failure);
            say!(en: "still fails at {stage} ({en})", zh: "仍在 {stage} 阶段失败（{zh}）", en = words.en, zh = words.zh)
        }
        (_, Some(status)) => say!(en: "still answered with HTTP {status}", zh: "应答仍是 HTTP {status}"),
        (None, None) => say!(en: "still fails at {stage}", zh: "仍在 {stage} 阶段失败"),
    }
}

/// What a report without trials adds: that there are some to be had.
#[must_use]
pub fn hint(count: usize, style: &Style) -> String {
    let said = match count {
        0 => return String::new(),
        1 => text!(
            en: "Add --try-fix to this command to try one remedy for it; nothing is changed on this machine.",
            zh: "给这条命令加上 --try-fix，可以试验 1 种修复办法，不会改动本机的任何设置。",
        )
        .sentence(),
        _ => say!(
            en: "Add --try-fix to this command to try {count} remedies for it; nothing is changed on this machine.",
            zh: "给这条命令加上 --try-fix，可以试验 {count} 种修复办法，不会改动本机的任何设置。",
        ),
    };
    paragraph(&said, style)
}

/// What `--try-fix` says where there is nothing to try.
#[must_use]
pub fn nothing_to_try(fault: &Fault, style: &Style) -> String {
    paragraph(&remedy::nothing_to_try(fault), style)
}

fn paragraph(said: &Sentence, style: &Style) -> String {
    let mut text = String::new();
    style.wrap(&mut text, "", said.of(style.lang));
    let painted: Vec<String> = text.lines().map(|line| style.paint(Role::Muted, line)).collect();
    format!("\n{}\n", painted.join("\n"))
}
