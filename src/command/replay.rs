//! `diagnose --replay`: the evidence of a saved report, judged by today's rules. Nothing is sent.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::cli::DiagnoseArgs;
use crate::diagnosis;
use crate::evidence::text::{MAX_LINE, line};
use crate::lang::Lang;
use crate::report::{Circumstances, Metric, Ms, Report, exit, json, text};

use super::{Context, Trouble, saved};

/// Runs the command.
pub(super) fn run(args: &DiagnoseArgs, path: &Path, context: &mut Context) -> Result<u8, Trouble> {
    let saved = saved::read(path, context.wish).map_err(Trouble::Usage)?;
    let limits = args.slo.iter().map(|limit| (limit.metric, limit.at_most)).collect();
    let (exit_code, shown) = safely(|| {
        let report = judge(&saved, context.lang(), args.strict, limits);
        let shown = if context.json() {
            json::render(&report)
        } else {
            Ok(text::render(&report, &context.style, context.detail))
        };
        (report.verdict.exit_code, shown)
    })?;
    context.output.write(None, &shown?);
    Ok(exit_code)
}

/// Judges evidence that somebody may have written by hand: where a rule trips over it, the answer is a message.
pub(super) fn safely<T>(judge: impl FnOnce() -> T) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(judge))
        .map_err(|_| Trouble::Tool(anyhow::anyhow!("the report's evidence contradicts itself")))
}

/// The report that today's rules make of the saved one's evidence. What was asked of the saved run holds where nothing
/// else is asked now.
pub(super) fn judge(saved: &Report, lang: Lang, strict: bool, limits: Vec<(Metric, Ms)>) -> Report {
    let evidence = saved.evidence();
    let slo = if limits.is_empty() {
        saved.slo.iter().map(|threshold| (threshold.metric, threshold.limit_ms)).collect()
    } else {
        limits
    };
    let circumstances = Circumstances {
        lang,
        started_at: SystemTime::UNIX_EPOCH,
        duration: Duration::ZERO,
        strict: strict || saved.verdict.exit_code == exit::DEGRADED,
        interrupted: saved.cut_short && saved.verdict.exit_code == exit::INTERRUPTED,
        slo,
    };
    Report {
        // When it was observed, not when it is judged.
        started_at: line(&saved.started_at, MAX_LINE),
        duration_ms: saved.duration_ms,
        ..Report::new(&evidence, &diagnosis::diagnose(&evidence), &circumstances)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::judge;
    use crate::evidence::{Evidence, FailureKind};
    use crate::lang::Lang;
    use crate::report::style::Style;
    use crate::report::text::{self, Detail};
    use crate::report::{Metric, Ms, Report, fixture};

    fn read(value: &Value) -> Option<Report> {
        serde_json::from_value(value.clone()).ok()
    }

    fn saved(evidence: &Evidence) -> Value {
        serde_json::to_value(fixture::report(evidence, Lang::En)).unwrap()
    }

    #[test]
    fn a_replay_equals_its_report() {
        for evidence in [Evidence::default(), fixture::healthy(), fixture::intercepted(Lang::En).evidence()] {
            let report = fixture::report(&evidence, Lang::En);
            assert_eq!(judge(&report, Lang::En, false, vec![]), report);
        }
    }

    #[test]
    fn what_was_asked_of_the_run_holds() {
        let mut report = fixture::report(&fixture::healthy(), Lang::En);
        report.slo = judge(&report, Lang::En, false, vec![(Metric::Total, Ms(0.1))]).slo;
        assert_eq!(judge(&report, Lang::En, false, vec![]).verdict.exit_code, 4);
        assert_eq!(judge(&report, Lang::En, false, vec![(Metric::Total, Ms(1e6))]).verdict.exit_code, 0);
        (report.cut_short, report.verdict.exit_code) = (true, 130);
        assert_eq!(judge(&report, Lang::En, false, vec![]).verdict.exit_code, 130);
    }

    /// Every value below a node, by its path.
    fn paths(value: &Value, at: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(name, below)| paths(below, &format!("{at}/{name}"), found)),
            Value::Array(list) => {
                list.iter().enumerate().for_each(|(index, below)| paths(below, &format!("{at}/{index}"), found));
            }
            _ => {}
        }
        found.push(at.to_owned());
    }

    #[test]
    fn no_report_makes_it_panic_or_commands_the_terminal() {
        let hostile = [
            json!("\u{1b}]0;x\u{7}\u{202e}\n'\"$(reboot)`{host}%s é你"),
            json!("x".repeat(5_000)),
            json!(-1e300),
            json!(1e300),
            json!(u64::MAX),
            json!(i64::MIN),
            json!([]),
        ];
        let mut read_back = 0;
        for evidence in [fixture::intercepted(Lang::En), fixture::poisoned(Lang::En)].map(|report| report.evidence()) {
            let whole = saved(&evidence);
            let mut all = vec![];
            paths(&whole, "", &mut all);
            for path in all.iter().filter(|path| !path.is_empty()) {
                for value in &hostile {
                    let mut report = whole.clone();
                    *report.pointer_mut(path).unwrap() = value.clone();
                    let Some(report) = read(&report) else { continue };
                    read_back += 1;
                    let judged = judge(&report, Lang::En, false, vec![]);
                    let shown = text::render(&judged, &Style::plain(Lang::En), Detail::Verbose);
                    let commands = shown.chars().find(|c| c.is_control() && *c != '\n');
                    assert_eq!(commands, None, "{path} = {value:.60}: {shown}");
                }
            }
        }
        assert!(read_back > 500, "{read_back}");
    }

    #[test]
    fn the_rules_are_todays() {
        let mut report = fixture::report(&fixture::healthy(), Lang::En);
        report.verdict = fixture::report(&Evidence::default(), Lang::En).verdict;
        report.diagnoses.clear();
        let mut evidence = fixture::healthy();
        evidence.api.status = crate::evidence::Status::Fail;
        evidence.api.failure =
            Some(crate::evidence::Failure::new(FailureKind::Unclassified, crate::evidence::Operation::Body, "?"));
        report.stages = fixture::report(&evidence, Lang::En).stages;
        assert_eq!(judge(&report, Lang::En, false, vec![]).verdict, fixture::report(&evidence, Lang::En).verdict);
    }
}
