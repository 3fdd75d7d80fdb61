//! The verdict in one sentence: healthy, degraded, faulty, or why there is none.

use std::fmt::Write as _;

use crate::diagnosis::Confidence;
use crate::evidence::{SkipReason, Stage, Status};
use crate::lang::Sentence;
use crate::report::style::{Role, Style};
use crate::report::{Report, StageReport, VerdictStatus, exit};
use crate::{say, text};

use super::summary;

/// The mark, colour and sentence of the verdict.
pub(super) fn verdict(report: &Report, style: &Style) -> (&'static str, Role, Sentence) {
    let title = report.diagnoses.first().map_or("", |primary| primary.title.as_str());
    let mark = |unicode, ascii| if style.unicode { unicode } else { ascii };
    match report.verdict.status {
        VerdictStatus::Healthy => {
            let url = &report.target.base_url;
            let called = report.stages.iter().any(|stage| {
                let outline = stage.outline();
                outline.stage == Stage::Http && matches!(outline.status, Status::Pass | Status::Warn)
            });
            let said = if called {
                say!(en: "Healthy: calls to {url} work", zh: "正常：可以调用 {url}")
            } else {
                say!(en: "Healthy as far as was checked", zh: "已检查的部分一切正常")
            };
            (mark("✓", "+"), Role::Good, said)
        }
        VerdictStatus::Degraded => {
            ("!", Role::Warn, say!(en: "It works, but {title}", zh: "可以使用，但有隐患：{title}"))
        }
        VerdictStatus::Faulty => (mark("✗", "x"), Role::Bad, say!(en: "Faulty: {title}", zh: "故障：{title}")),
        VerdictStatus::Inconclusive => ("?", Role::Warn, unfinished(report)),
    }
}

/// Why nothing can be concluded: what ended the run, and in which stage.
fn unfinished(report: &Report) -> Sentence {
    let outlines = || report.stages.iter().map(StageReport::outline);
    let reached = outlines()
        .rfind(|outline| outline.status != Status::Skip || outline.skip_reason == Some(SkipReason::CutOff))
        .map_or(Stage::Config, |outline| outline.stage)
        .name();
    let doubtful = report.diagnoses.first().filter(|primary| primary.confidence == Confidence::Possible);
    if let Some(primary) = doubtful.filter(|_| !report.cut_short) {
        let title = &primary.title;
        return say!(en: "Inconclusive: {title}", zh: "无法下结论：{title}");
    }
    if !report.cut_short
        && let Some(failed) = outlines().find(|outline| outline.status == Status::Fail)
    {
        let stage = failed.stage.name();
        return say!(
            en: "Inconclusive: the stage {stage} failed, and no fault that is known explains it",
            zh: "无法下结论：{stage} 阶段失败，没有已知的故障能解释",
        );
    }
    let passed = |stage: &StageReport| matches!(stage.outline().status, Status::Pass | Status::Warn | Status::Skip);
    let cut =
        |stage: &StageReport| matches!(stage.outline().skip_reason, Some(SkipReason::CutOff | SkipReason::RunEnded));
    let chain_done = report.stages.iter().all(|stage| passed(stage) && !cut(stage));
    if report.verdict.exit_code == exit::INTERRUPTED && chain_done && !report.experiments.is_empty() {
        say!(
            en: "Interrupted among the experiments: every stage before them passed",
            zh: "在做对照实验时被中断：此前各阶段全部通过",
        )
    } else if report.verdict.exit_code == exit::INTERRUPTED {
        say!(
            en: "Interrupted at the stage {reached}: too early to tell whether it works",
            zh: "在 {reached} 阶段被中断，尚不能判断是否正常"
        )
    } else {
        say!(
            en: "Inconclusive: the time was up at the stage {reached}, before anything failed",
            zh: "无法下结论：在 {reached} 阶段用完了时间，此前没有失败"
        )
    }
}

pub(super) fn headline(out: &mut String, report: &Report, style: &Style) {
    let (mark, role, said) = verdict(report, style);
    let mut text = String::new();
    style.wrap(&mut text, &format!("{mark} "), said.of(style.lang));
    for line in text.lines() {
        let _ = writeln!(out, "{}", style.paint(role, line));
    }
    if let Some(primary) = report.diagnoses.first() {
        style.wrap(out, "  ", &summary(primary, style));
    } else if report.verdict.status == VerdictStatus::Inconclusive && report.verdict.exit_code != exit::INTERRUPTED {
        let advice = if report.cut_short {
            text!(en: "Give it more time: --timeout 60s", zh: "可以放宽时间再试：--timeout 60s")
        } else {
            text!(en: "See everything that was observed: -v", zh: "查看全部观测结果：-v")
        };
        style.wrap(out, "  ", style.say(advice));
    }
}
