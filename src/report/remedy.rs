//! Remedies that were tried, as JSON tells them and as a terminal shows them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis::{Fault, faults, remedy};
use crate::evidence::remedy::{RemedyFacts, RemedyName, RemedyOutcome};
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
pub(super) fn section(out: &mut String, report: &Report, style: &Style, detail: Detail) {
    if report.remedies.is_empty() {
        return;
    }
    page::heading(out, text!(en: "Tried fixes", zh: "已验证的修复"), style);
    let how = if report.remedies.iter().any(|tried| tried.facts.repairs()) {
        text!(
            en: "Tried for a moment, on connections of this tool's own; nothing on this machine was changed. What works has worked twice in a row.",
            zh: "只在本工具自己的连接上临时试验，没有改动本机的任何设置；连续两次成功才算有效。",
        )
    } else {
        text!(
            en: "Tried for a moment, on connections of this tool's own; nothing on this machine was changed.",
            zh: "只在本工具自己的连接上临时试验，没有改动本机的任何设置。",
        )
    };
    style.wrap(out, "  ", style.say(how));
    let shown = worth_a_line(&report.remedies, detail);
    for tried in &shown {
        row(out, tried, style);
    }
    let hidden = report.remedies.len() - shown.len();
    if hidden > 0 {
        let mark = format!("  {} ", style.mark(Status::Skip));
        let said = say!(
            en: "{hidden} more of the same kinds (-v shows them)", zh: "同类的还有 {hidden} 项（加 -v 可查看）"
        );
        style.wrap(out, &mark, said.of(style.lang));
    }
    let primary = report.verdict.fault.as_deref().and_then(faults::by_code);
    if let Some(fault) = primary.filter(|_| !report.remedies.iter().any(|tried| tried.facts.repairs())) {
        style.wrap(out, "  ", remedy::in_vain(fault).of(style.lang));
    }
}

/// Of each kind the ways that work, two at the most, or else the first that does not; in detail all of them.
fn worth_a_line(remedies: &[RemedyReport], detail: Detail) -> Vec<&RemedyReport> {
    let mut shown: Vec<&RemedyReport> = Vec::new();
    for tried in remedies {
        let works = tried.facts.repairs();
        let kind = |one: &&&RemedyReport| one.facts.name == tried.facts.name;
        let known = shown.iter().filter(kind).count();
        let one_works = remedies.iter().any(|one| one.facts.name == tried.facts.name && one.facts.repairs());
        let room = if works { known < 2 } else { known == 0 && !one_works };
        if room || detail == Detail::Verbose {
            shown.push(tried);
        }
    }
    shown
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
        // A resolver that answers, and an answer that leads nowhere.
        (Some(failure), None) if is_resolver(facts.name) && facts.stopped_at > Some(Stage::Dns) => {
            let words = line::failed(failure);
            say!(
                en: "its answer fails at {stage}, too ({en})", zh: "它给的地址也在 {stage} 阶段失败（{zh}）",
                en = words.en, zh = words.zh,
            )
        }
        (Some(failure), status) if status.is_none() || facts.stopped_at < Some(Stage::Http) => {
            let words = line::failed(failure);
            say!(en: "still fails at {stage} ({en})", zh: "仍在 {stage} 阶段失败（{zh}）", en = words.en, zh = words.zh)
        }
        (_, Some(status)) => say!(en: "still answered with HTTP {status}", zh: "应答仍是 HTTP {status}"),
        _ => say!(en: "still fails at {stage}", zh: "仍在 {stage} 阶段失败"),
    }
}

const fn is_resolver(name: RemedyName) -> bool {
    matches!(
        name,
        RemedyName::OtherResolver | RemedyName::ResolverOverTcp | RemedyName::DnsOverTls | RemedyName::DnsOverHttps
    )
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

#[cfg(test)]
mod tests {
    use super::{RemedyReport, hint, marked, section};
    use crate::evidence::remedy::{RemedyFacts, RemedyName, RemedyOutcome};
    use crate::evidence::{Failure, FailureKind, Ms, Operation, Stage};
    use crate::lang::Lang;
    use crate::report::style::{Style, columns};
    use crate::report::text::Detail;
    use crate::report::{Fix, fixture};

    fn tried(name: RemedyName, value: &str, outcome: RemedyOutcome) -> RemedyFacts {
        let fails = outcome == RemedyOutcome::Fails;
        RemedyFacts {
            name,
            value: value.to_owned(),
            origin: None,
            fault: "dns-poisoned".to_owned(),
            outcome,
            stopped_at: fails.then_some(Stage::Tcp),
            failure: fails.then(|| Failure::new(FailureKind::Timeout, Operation::Connect, "")),
            status: None,
            leaves: (outcome == RemedyOutcome::Further).then(|| "key-invalid".to_owned()),
            keyless: false,
            attempts: 2,
            duration_ms: Ms(181.0),
        }
    }

    fn shown(facts: &[RemedyFacts], lang: Lang, detail: Detail) -> String {
        let mut report = fixture::poisoned(lang);
        report.remedies = facts.iter().map(|facts| RemedyReport::new(facts, lang)).collect();
        let mut out = String::new();
        section(&mut out, &report, &Style::plain(lang), detail);
        assert!(out.lines().all(|line| columns(line) <= 80), "{out}");
        out
    }

    #[test]
    fn what_works_is_marked_and_what_does_not_says_where_it_fails() {
        let facts = [
            tried(RemedyName::DnsOverTls, "1.1.1.1#cloudflare-dns.com", RemedyOutcome::Works),
            tried(RemedyName::OtherResolver, "8.8.8.8", RemedyOutcome::Fails),
            tried(RemedyName::OtherResolver, "8.8.4.4", RemedyOutcome::Fails),
            tried(RemedyName::OtherAddress, "172.66.0.243", RemedyOutcome::Further),
            tried(RemedyName::OtherAddress, "172.66.0.244", RemedyOutcome::Fails),
        ];
        let english = shown(&facts, Lang::En, Detail::Normal);
        for line in [
            "  ✓ DNS over TLS (1.1.1.1#cloudflare-dns.com)                             181 ms",
            "  ✗ ask the resolver 8.8.8.8: its answer fails at tcp, too (no answer in  181 ms",
            "    gets through; what is left: the provider does not know the key (key-invalid)",
            "  – 2 more of the same kinds (-v shows them)",
        ] {
            assert!(english.lines().any(|shown| shown == line), "{line}\n{english}");
        }
        assert!(!english.contains("172.66.0.244") && !english.contains("None of these"));
        assert!(shown(&facts, Lang::En, Detail::Verbose).contains("172.66.0.244"));
        assert!(shown(&facts, Lang::Zh, Detail::Normal).contains("连续两次成功才算有效"));
    }

    #[test]
    fn remedies_in_vain_say_what_that_means_and_none_say_nothing() {
        let facts = [tried(RemedyName::OtherResolver, "8.8.8.8", RemedyOutcome::Fails)];
        assert!(shown(&facts, Lang::En, Detail::Normal).contains("None of these repairs it"));
        assert!(shown(&facts, Lang::Zh, Detail::Normal).contains("以上都不能修复"));
        assert_eq!(shown(&[], Lang::En, Detail::Normal), "");
    }

    #[test]
    fn the_hint_counts_and_the_mark_stands_in_front() {
        let style = Style::plain(Lang::En);
        assert_eq!(hint(0, &style), "");
        assert!(hint(1, &style).contains("try one remedy") && hint(5, &style).contains("try 5 remedies"));
        let fix = Fix { text: "Do it".to_owned(), command: None, confirmed: true };
        assert_eq!(marked(&fix, &style), "[confirmed just now] Do it");
        assert_eq!(marked(&Fix { confirmed: false, ..fix }, &style), "Do it");
    }
}
