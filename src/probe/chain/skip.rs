//! Stages that were not tried or not asked for, and what a run that ended early did not reach.

use crate::evidence::{Evidence, Observation, SkipReason, Stage};

use super::Plan;

/// A prerequisite that went well and was not asked for is no part of the result; one that failed is the reason why
/// what was asked for could not be done.
pub(super) fn forget_unwanted(plan: &Plan, evidence: &mut Evidence) {
    fn forget<F: Default>(plan: &Plan, stage: Stage, observation: &mut Observation<F>) {
        if !plan.wants(stage) && observation.passed() {
            *observation = Observation::skipped(SkipReason::NotAsked);
        }
    }
    forget(plan, Stage::Dns, &mut evidence.dns);
    forget(plan, Stage::Proxy, &mut evidence.proxy);
    forget(plan, Stage::Tcp, &mut evidence.tcp);
    forget(plan, Stage::Tls, &mut evidence.tls);
    // What the API's error was read from belongs to it.
    if !evidence.api.failed() {
        forget(plan, Stage::Http, &mut evidence.http);
    }
    forget(plan, Stage::Api, &mut evidence.api);
    // Skipped means not judged: neither a bad status nor an API error counts when its stage was left out.
    if plan.skip.contains(&Stage::Api) {
        evidence.api = Observation::skipped(SkipReason::NotAsked);
    }
    if plan.skip.contains(&Stage::Http) {
        evidence.http = Observation::skipped(SkipReason::NotAsked);
    }
}

/// Leaves out everything after the settings.
pub(super) fn skip_all(evidence: &mut Evidence, reason: SkipReason) {
    skip_from(evidence, Stage::Dns, reason);
}

/// Leaves out a stage and all after it.
pub(super) fn skip_from(evidence: &mut Evidence, first: Stage, reason: SkipReason) {
    let skip = |stage: Stage| stage >= first;
    if skip(Stage::Dns) {
        evidence.dns = Observation::skipped(reason);
    }
    if skip(Stage::Proxy) {
        evidence.proxy = Observation::skipped(reason);
    }
    if skip(Stage::Tcp) {
        evidence.tcp = Observation::skipped(reason);
    }
    if skip(Stage::Tls) {
        evidence.tls = Observation::skipped(reason);
    }
    if skip(Stage::Http) {
        evidence.http = Observation::skipped(reason);
    }
    evidence.api = Observation::skipped(reason);
    evidence.stream = Observation::skipped(reason);
}

/// Marks a run that ended before its chain did: what had not begun was not reached.
pub fn cut_short(evidence: &mut Evidence, under_way: Option<Stage>) {
    evidence.cut_short = true;
    let reasons = [
        (Stage::Dns, &mut evidence.dns.skip_reason),
        (Stage::Proxy, &mut evidence.proxy.skip_reason),
        (Stage::Tcp, &mut evidence.tcp.skip_reason),
        (Stage::Tls, &mut evidence.tls.skip_reason),
        (Stage::Http, &mut evidence.http.skip_reason),
        (Stage::Api, &mut evidence.api.skip_reason),
        (Stage::Stream, &mut evidence.stream.skip_reason),
    ];
    for (stage, reason) in reasons {
        // What follows a failure keeps its reason; everything else is skipped by default for this one.
        if *reason == Some(SkipReason::EarlierStageFailed) {
            let reached = under_way == Some(stage);
            *reason = Some(if reached { SkipReason::CutOff } else { SkipReason::RunEnded });
        }
    }
}
