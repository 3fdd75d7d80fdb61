//! What a terminal user reads: the head, the verdict with its proof and its fixes, the timing of a run that works.
//!
//! The lines of the stages are printed as they happen ([`line`](mod@super::line)); [`tail`] is what follows them and
//! [`render`] puts a whole saved report together.

mod verdict;

use std::fmt::Write as _;

use crate::diagnosis::faults;
use crate::evidence::{Evidence, Status, Target};
use crate::lang::{Lang, Text};
use crate::{say, text};

use super::style::{Role, Style, columns, pad};
use super::{Diagnosed, Report, Threshold, Tool, VerdictStatus, line, remedy, timing, verbose, words};

use verdict::{headline, verdict};

/// How much is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The verdict in one or two lines (`-q`).
    Quiet,
    /// A line a stage and the verdict.
    #[default]
    Normal,
    /// Everything that was observed (`-v`).
    Verbose,
}

/// The whole report.
#[must_use]
pub fn render(report: &Report, style: &Style, detail: Detail) -> String {
    if detail == Detail::Quiet {
        return quiet(report, style);
    }
    let mut out = head(&report.target, style);
    for stage in &report.stages {
        out.push_str(&line::stage(stage, style));
        if detail == Detail::Verbose {
            out.push_str(&verbose::stage(stage, style));
        }
    }
    out.push_str(&tail(report, style, detail));
    out
}

/// What is diagnosed and how it is reached: the first lines, before any stage.
#[must_use]
pub fn head(target: &Target, style: &Style) -> String {
    let tool = Tool::this();
    let route = words::route(target.route.kind);
    let route = match &target.route.proxy {
        Some(proxy) => {
            let origin = &target.route.origin;
            say!(en: "via {en} {proxy} ({origin})", zh: "经由 {zh} {proxy}（{origin}）", en = route.en, zh = route.zh)
        }
        None if target.route.origin.is_empty() || target.route.origin == "default" => route.into(),
        None => {
            say!(en: "{en} ({origin})", zh: "{zh}（{origin}）", en = route.en, zh = route.zh, origin = &target.route.origin)
        }
    };
    let mut out = String::new();
    let url = match target.base_url.trim() {
        "" => style.say(text!(en: "no base URL", zh: "没有 base URL")),
        url => url,
    };
    let parts = [format!("{} {}", tool.name, tool.version), url.to_owned(), route.of(style.lang).to_owned()];
    let mut line = String::new();
    for part in parts {
        let joined = if line.is_empty() { part.clone() } else { format!("{line}{}{part}", style.dot()) };
        // A part stays whole where it can: what does not fit begins the next line.
        if columns(&joined) > style.width && !line.is_empty() {
            style.wrap(&mut out, "", &line);
            line = part;
        } else {
            line = joined;
        }
    }
    style.wrap(&mut out, "", &line);
    out.push('\n');
    out
}

/// What follows the stages: the verdict and all that belongs to it.
#[must_use]
pub fn tail(report: &Report, style: &Style, detail: Detail) -> String {
    if detail == Detail::Quiet {
        return quiet(report, style);
    }
    let mut out = String::from("\n");
    headline(&mut out, report, style);
    let mut diagnoses = report.diagnoses.iter();
    if let Some(primary) = diagnoses.next() {
        full(&mut out, primary, report, style, detail);
    }
    if diagnoses.len() > 0 {
        heading(&mut out, text!(en: "Also found", zh: "另外发现"), style);
        for other in diagnoses {
            short(&mut out, other, style);
        }
    }
    experiments(&mut out, report, style, detail);
    thresholds(&mut out, report, style);
    if report.verdict.status != VerdictStatus::Faulty || detail == Detail::Verbose {
        let mut table = String::new();
        timing::render(&mut table, &report.evidence(), style);
        if !table.is_empty() {
            let _ = write!(out, "\n{table}");
        }
    }
    out
}

fn quiet(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    let (mark, role, said) = verdict(report, style);
    let status = style.paint(role, &format!("{mark} {}", style.guard(said.of(style.lang))));
    match report.diagnoses.first() {
        None => {
            let _ = writeln!(out, "{status}");
        }
        Some(primary) => {
            let layer = style.say(primary.layer.title());
            let _ = writeln!(out, "{status} [{layer}{}{}]", style.dot(), primary.fault);
            if let Some(fix) = primary.fixes.first() {
                let command = fix.command.as_ref().map_or_else(String::new, |command| {
                    format!("{}{}", colon(style.lang), command.trim().replace('\n', "; "))
                });
                // Before a command the text may end with a colon of its own.
                let text = if command.is_empty() { &fix.text } else { fix.text.trim_end_matches([':', '：']) };
                let _ = writeln!(out, "  {}", style.guard(&format!("{text}{command}")));
            }
        }
    }
    limits(&mut out, report.slo.iter().filter(|threshold| !threshold.met), style);
    out
}

fn summary(diagnosed: &Diagnosed, style: &Style) -> String {
    let layer = diagnosed.layer.title();
    let layer = say!(en: "{en} layer", zh: "{zh}", en = layer.en, zh = layer.zh);
    let confidence = style.say(words::confidence(diagnosed.confidence));
    [layer.of(style.lang), &diagnosed.fault, confidence].join(style.dot())
}

pub(super) fn heading(out: &mut String, text: Text, style: &Style) {
    let _ = writeln!(out, "\n{}", style.paint(Role::Strong, style.say(text)));
}

fn full(out: &mut String, diagnosed: &Diagnosed, report: &Report, style: &Style, detail: Detail) {
    out.push('\n');
    style.wrap(out, "  ", &diagnosed.explanation);
    let bullet = format!("  {} ", style.bullet());
    if !diagnosed.evidence.is_empty() {
        heading(out, text!(en: "How we know", zh: "判断依据"), style);
        for sentence in &diagnosed.evidence {
            style.wrap(out, &bullet, sentence);
        }
    }
    if !diagnosed.ruled_out.is_empty() {
        heading(out, text!(en: "Ruled out", zh: "已排除"), style);
        for rival in &diagnosed.ruled_out {
            let colon = colon(style.lang);
            style.wrap(out, &bullet, &format!("{}{colon}{}", rival.fault, rival.because));
        }
    }
    if !diagnosed.causes.is_empty() {
        heading(out, text!(en: "What may be behind it", zh: "可能的原因"), style);
        codes(out, diagnosed.causes.iter().map(String::as_str), style);
    }
    if !diagnosed.fixes.is_empty() {
        heading(out, text!(en: "What to do", zh: "如何解决"), style);
        fixes(out, diagnosed.fixes.iter().map(|fix| (remedy::marked(fix, style), fix.command.as_deref())), style);
    }
    remedy::section(out, report, style, detail);
    if !diagnosed.reproduce.is_empty() {
        heading(out, text!(en: "See for yourself", zh: "自行验证"), style);
        for command in &diagnosed.reproduce {
            style.command(out, 5, command);
        }
    }
    out.push('\n');
    let retry = words::retry(&diagnosed.retry).map_or(diagnosed.retry.as_str(), |retry| style.say(retry));
    table(
        out,
        &[
            (text!(en: "Who can fix it", zh: "由谁解决"), style.say(diagnosed.owner.title())),
            (text!(en: "What it affects", zh: "影响范围"), &diagnosed.impact),
            (text!(en: "Trying again", zh: "是否重试"), retry),
            (text!(en: "More about it", zh: "了解更多"), &format!("openai-doctor explain {}", diagnosed.fault)),
        ],
        style,
    );
}

fn short(out: &mut String, diagnosed: &Diagnosed, style: &Style) {
    style.wrap(out, &format!("  {} ", style.bullet()), &diagnosed.title);
    style.wrap(out, "    ", &summary(diagnosed, style));
    if let Some(sentence) = diagnosed.evidence.first() {
        style.wrap(out, "    ", sentence);
    }
    if let Some(fix) = diagnosed.fixes.first() {
        style.wrap(out, if style.unicode { "    → " } else { "    > " }, &fix.text);
        if let Some(command) = &fix.command {
            style.command(out, 6, command);
        }
    }
}

/// Appends codes with their titles, a bullet each.
pub(super) fn codes<'a>(out: &mut String, codes: impl Iterator<Item = &'a str>, style: &Style) {
    for code in codes {
        let title = faults::by_code(code).map_or("", |fault| style.say(fault.title));
        let colon = if title.is_empty() { "" } else { colon(style.lang) };
        style.wrap(out, &format!("  {} ", style.bullet()), &format!("{code}{colon}{title}"));
    }
}

/// Appends numbered fixes, each command on lines of its own.
pub(super) fn fixes<'a, T: AsRef<str>>(
    out: &mut String,
    fixes: impl Iterator<Item = (T, Option<&'a str>)>,
    style: &Style,
) {
    for (number, (text, command)) in fixes.enumerate() {
        style.wrap(out, &format!("{:>3}. ", number + 1), text.as_ref());
        if let Some(command) = command {
            style.command(out, 7, command);
        }
    }
}

/// Appends labels and what they stand for, in two columns.
pub(super) fn table(out: &mut String, rows: &[(Text, &str)], style: &Style) {
    let width = rows.iter().map(|(label, _)| columns(style.say(*label))).max().unwrap_or(0);
    for (label, value) in rows.iter().filter(|(_, value)| !value.is_empty()) {
        let label = pad(style.say(*label), width);
        style.wrap(out, &format!("  {}  ", style.paint(Role::Muted, &label)), value);
    }
}

const fn colon(lang: Lang) -> &'static str {
    match lang {
        Lang::En => ": ",
        Lang::Zh => "：",
    }
}

fn experiments(out: &mut String, report: &Report, style: &Style, detail: Detail) {
    // What an interrupted run has found out is all that there is of it.
    let unfinished = report.verdict.status == VerdictStatus::Inconclusive && detail != Detail::Quiet;
    if report.experiments.is_empty() || detail != Detail::Verbose && !unfinished {
        return;
    }
    heading(out, text!(en: "Experiments", zh: "对照实验"), style);
    for experiment in &report.experiments {
        style.spread(
            out,
            &format!("  {} ", style.bullet()),
            &experiment.question,
            &experiment.experiment.duration_ms.to_string(),
        );
        style.wrap(out, "    ", &experiment.answer);
    }
}

fn thresholds(out: &mut String, report: &Report, style: &Style) {
    if report.slo.is_empty() {
        return;
    }
    heading(out, text!(en: "Thresholds", zh: "阈值"), style);
    limits(out, report.slo.iter(), style);
}

fn limits<'t>(out: &mut String, limits: impl Iterator<Item = &'t Threshold>, style: &Style) {
    for threshold in limits {
        let limit = threshold.limit_ms;
        let said = match threshold.measured_ms {
            Some(measured) => say!(en: "{measured} of at most {limit}", zh: "{measured}，上限 {limit}"),
            None => say!(en: "not measured (at most {limit})", zh: "未测得（上限 {limit}）"),
        };
        let mark = style.mark(match threshold.measured_ms {
            None => Status::Skip,
            Some(_) if threshold.met => Status::Pass,
            Some(_) => Status::Fail,
        });
        style.wrap(out, &format!("  {mark} {:<6} ", threshold.metric.name()), said.of(style.lang));
    }
}

/// The timing of the phases alone, for evidence that is at hand.
#[must_use]
pub fn timing(evidence: &Evidence, style: &Style) -> String {
    let mut out = String::new();
    timing::render(&mut out, evidence, style);
    out
}

#[cfg(test)]
mod tests {
    use super::{Detail, render};
    use crate::diagnosis::Health;
    use crate::lang::Lang;
    use crate::report::style::{Style, columns};
    use crate::report::{Report, fixture, json};

    fn reports(lang: Lang) -> Vec<(&'static str, Report)> {
        vec![
            ("healthy", fixture::judged(&fixture::healthy(), Health::Healthy, vec![], lang)),
            ("dns-poisoned", fixture::poisoned(lang)),
            ("tls-intercepted", fixture::intercepted(lang)),
            ("quota-exhausted", fixture::quota(lang)),
            ("degraded", fixture::degraded(lang)),
            ("timed-out", fixture::cut_short(lang, false)),
            ("interrupted", fixture::cut_short(lang, true)),
        ]
    }

    #[test]
    fn what_a_terminal_shows() {
        for (language, lang) in [("en", Lang::En), ("zh", Lang::Zh)] {
            for (name, report) in reports(lang) {
                let text = render(&report, &Style::plain(lang), Detail::Normal);
                snapshot(&format!("{name}.{language}"), &text);
            }
        }
    }

    #[test]
    fn what_a_program_reads() {
        snapshot("tls-intercepted.json", &json::render(&fixture::intercepted(Lang::En)).unwrap());
    }

    fn snapshot(name: &str, text: &str) {
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            // A release must not change every snapshot.
            let text = text.replace(concat!("openai-doctor ", env!("CARGO_PKG_VERSION")), "openai-doctor VERSION");
            insta::assert_snapshot!(name, text.replace(concat!("\"", env!("CARGO_PKG_VERSION"), "\""), "\"VERSION\""));
        });
    }

    #[test]
    fn everything_and_the_verdict_alone() {
        for (language, lang) in [("en", Lang::En), ("zh", Lang::Zh)] {
            let verbose = render(&fixture::poisoned(lang), &Style::plain(lang), Detail::Verbose);
            snapshot(&format!("verbose.{language}"), &verbose);
            let quiet: String =
                reports(lang).iter().map(|(_, report)| render(report, &Style::plain(lang), Detail::Quiet)).collect();
            snapshot(&format!("quiet.{language}"), &quiet);
        }
    }

    #[test]
    fn every_line_fits_unless_it_is_to_be_copied() {
        for lang in [Lang::En, Lang::Zh] {
            for width in [60, 80, 100] {
                for (name, report) in reports(lang) {
                    let style = Style::plain(lang).wide(width);
                    for detail in [Detail::Normal, Detail::Verbose] {
                        let text = render(&report, &style, detail);
                        let commands: Vec<&str> = report.diagnoses[..]
                            .iter()
                            .flat_map(|one| one.fixes.iter().filter_map(|fix| fix.command.as_deref()))
                            .chain(report.diagnoses.iter().flat_map(|one| one.reproduce.iter().map(String::as_str)))
                            .collect();
                        for line in text.lines().filter(|line| !commands.contains(&line.trim())) {
                            assert!(columns(line) <= width, "{name} at {width}: {line}");
                            assert_eq!(line, line.trim_end(), "{name}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn colour_changes_nothing_but_colour() {
        for (name, report) in reports(Lang::Zh) {
            let plain = Style::plain(Lang::Zh);
            let coloured = render(&report, &Style { colour: true, ..plain }, Detail::Verbose);
            let mut stripped = String::new();
            for (number, piece) in coloured.split('\x1b').enumerate() {
                stripped.push_str(if number == 0 { piece } else { piece.split_once('m').unwrap().1 });
            }
            assert_eq!(stripped, render(&report, &plain, Detail::Verbose), "{name}");
        }
    }

    #[test]
    fn without_utf8_english_is_ascii() {
        for (name, report) in reports(Lang::En) {
            let text = render(&report, &Style { unicode: false, ..Style::plain(Lang::En) }, Detail::Verbose);
            let strange: Vec<char> = text.chars().filter(|character| !character.is_ascii()).collect();
            assert!(strange.is_empty(), "{name}: {strange:?}");
        }
    }
}
