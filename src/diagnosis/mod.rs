//! From evidence to diagnoses: a pure function. No I/O, no clock, no environment, so a saved report can be judged
//! again by today's rules and every rule is tested offline.
//!
//! [`Fault`] is the literal that holds everything known about a fault; [`faults`] lists them all; [`diagnose`] asks
//! every literal whether the evidence shows it, drops what another finding explains, and puts the one that stops the
//! user first. What evidence cannot tell apart is returned as open [`Question`]s for experiments to answer.

mod answered;
pub mod experiment;
pub mod fault;
pub mod faults;
pub mod fill;
pub mod heard;
pub mod idle;
mod pace;
mod protocol;
pub mod ranking;
mod reading;
pub mod remedy;
pub mod sign;
#[cfg(test)]
mod specimen;

pub use fault::{Command, Confidence, Fault, Finding, Fix, Layer, Owner, Retry, RuledOut, Severity};
pub use heard::{Depth, Heard};
pub use sign::Sign;

use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;

/// The outcome of judging one evidence.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The primary diagnosis first, then others that stand on their own.
    pub diagnoses: Vec<Diagnosis>,
    /// What the evidence cannot tell apart.
    pub questions: Vec<Question>,
    /// Healthy, degraded, faulty or inconclusive.
    pub health: Health,
}

/// The overall state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Everything that was tried works.
    #[default]
    Healthy,
    /// It works, with a fault that costs time or will bite.
    Degraded,
    /// It does not work.
    Faulty,
    /// The run ended before it could be told, or something failed that no fault describes.
    Inconclusive,
}

/// One fault that the evidence shows.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The fault.
    pub fault: &'static Fault,
    /// How it shows.
    pub finding: Finding,
    /// Fixes, the specific ones first, with commands for the machine that was diagnosed.
    pub fixes: Vec<FilledFix>,
    /// Commands of public tools that show the same thing.
    pub reproduce: Vec<String>,
}

/// A fix with its placeholders filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilledFix {
    /// What to do.
    pub text: Sentence,
    /// What to type.
    pub command: Option<String>,
    /// Whether a trial has just shown that it helps.
    pub confirmed: bool,
}

/// Rival faults that the evidence cannot tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// What can be said so far.
    pub symptom: &'static str,
    /// The faults still possible: a symptom's causes, a doubtful fault and its rivals, without those ruled out.
    pub rivals: Vec<&'static str>,
}

impl Outcome {
    /// The fault that was found first and, where it is a symptom, the rivals that are still open.
    #[must_use]
    pub fn suspects(&self) -> Vec<&'static str> {
        let Some(primary) = self.diagnoses.first() else { return Vec::new() };
        let open = self.questions.iter().filter(|question| question.symptom == primary.fault.code);
        std::iter::once(primary.fault.code).chain(open.flat_map(|question| question.rivals.iter().copied())).collect()
    }
}

/// Judges the evidence.
#[must_use]
pub fn diagnose(evidence: &Evidence) -> Outcome {
    let mut found: Vec<(&'static Fault, Finding)> =
        faults::all().filter_map(|fault| fault.find(evidence).map(|finding| (fault, finding))).collect();
    if !found.iter().any(|(_, finding)| finding.severity == Severity::Faulty) {
        let answer_excused = excused(&found).contains(&Stage::Api);
        found.extend(faults::unexplained(evidence, answer_excused));
    }
    let mut found = without_consequences(found);
    // Stable sort: among equals the order of the literals decides.
    found.sort_by_key(|(_, finding)| (finding.severity, finding.stage, finding.confidence));
    let health = match found.first() {
        Some((_, finding)) if finding.severity == Severity::Faulty => Health::Faulty,
        _ if evidence.cut_short || has_failed(evidence, &excused(&found)) => Health::Inconclusive,
        Some(_) => Health::Degraded,
        None => Health::Healthy,
    };
    let mut questions: Vec<Question> = found.iter().filter_map(|(fault, finding)| question(fault, finding)).collect();
    if health != Health::Faulty {
        questions.extend(faults::suspected(evidence).map(|code| Question { symptom: code, rivals: vec![code] }));
    }
    if let Some((fault, finding)) = found.first() {
        let rivals = faults::other_ways(finding, evidence);
        questions.extend((!rivals.is_empty()).then_some(Question { symptom: fault.code, rivals }));
    }
    let diagnoses = found
        .into_iter()
        .map(|(fault, finding)| {
            let fixes = fill::fixes(fault, &finding, evidence);
            let reproduce = fill::reproduce(fault, &finding, evidence);
            Diagnosis { fault, finding, fixes, reproduce }
        })
        .collect();
    Outcome { diagnoses, questions, health }
}

/// Drops what another finding explains. Only a finding at least as severe explains: what costs time does not stop
/// requests.
fn without_consequences(found: Vec<(&'static Fault, Finding)>) -> Vec<(&'static Fault, Finding)> {
    let codes: Vec<(&str, Severity)> = found.iter().map(|(fault, finding)| (fault.code, finding.severity)).collect();
    // Whatever befalls an endpoint that was not meant is no news of its own.
    let elsewhere = codes.contains(&(faults::NOT_MEANT, Severity::Faulty));
    let stands = |fault: &Fault, finding: &Finding| {
        if elsewhere && fault.code != faults::NOT_MEANT && finding.severity == Severity::Faulty {
            return false;
        }
        let mut causes = fault.explained_by.iter().chain(fault.causes).filter(|cause| **cause != fault.code);
        !causes.any(|cause| codes.iter().any(|(code, severity)| code == cause && *severity <= finding.severity))
    };
    found.into_iter().filter(|(fault, finding)| stands(fault, finding)).collect()
}

/// The question that a symptom leaves open, or a fault that stops requests and is not beyond doubt.
fn question(fault: &'static Fault, finding: &Finding) -> Option<Question> {
    let mut rivals: Vec<&'static str> = finding.open_causes(fault).collect();
    if finding.severity == Severity::Faulty && finding.confidence != Confidence::Confirmed {
        rivals.push(fault.code);
        rivals.extend(finding.open_rivals(fault));
    }
    (!rivals.is_empty()).then_some(Question { symptom: fault.code, rivals })
}

/// The stages whose failure is known to stop nobody: a finding says so that leaves no doubt.
fn excused(found: &[(&'static Fault, Finding)]) -> Vec<Stage> {
    let harmless =
        |finding: &Finding| finding.severity == Severity::Degraded && finding.confidence == Confidence::Confirmed;
    found.iter().filter(|(_, finding)| harmless(finding)).map(|(_, finding)| finding.stage).collect()
}

/// Whether any stage failed on its own account, an interruption by the user aside.
fn has_failed(evidence: &Evidence, excused: &[Stage]) -> bool {
    let stages = [
        (Stage::Config, evidence.config.failed(), evidence.config.kind()),
        (Stage::Dns, evidence.dns.failed(), evidence.dns.kind()),
        (Stage::Proxy, evidence.proxy.failed(), evidence.proxy.kind()),
        (Stage::Tcp, evidence.tcp.failed(), evidence.tcp.kind()),
        (Stage::Tls, evidence.tls.failed(), evidence.tls.kind()),
        (Stage::Http, evidence.http.failed(), evidence.http.kind()),
        (Stage::Api, evidence.api.failed(), evidence.api.kind()),
        (Stage::Stream, evidence.stream.failed(), evidence.stream.kind()),
    ];
    let failed = |(stage, failed, kind): (Stage, bool, Option<FailureKind>)| {
        failed && kind != Some(FailureKind::Interrupted) && !(stage == Stage::Api && excused.contains(&stage))
    };
    stages.into_iter().any(failed)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Fault, Health, Severity, diagnose, faults, specimen};
    use crate::evidence::{Failure, FailureKind, Operation};

    #[test]
    fn a_healthy_run_is_healthy() {
        let outcome = diagnose(&specimen::healthy());
        assert_eq!(outcome.health, Health::Healthy);
        assert_eq!(specimen::codes(&specimen::healthy()), Vec::<&str>::new());
    }

    #[test]
    fn an_interrupted_run_is_inconclusive() {
        let mut evidence = specimen::healthy();
        evidence.cut_short = true;
        specimen::tls_fails(&mut evidence, FailureKind::Interrupted);
        assert_eq!(diagnose(&evidence).health, Health::Inconclusive);
    }

    #[test]
    fn a_failure_of_unknown_kind_is_never_healthy() {
        for kind in [FailureKind::Unclassified, FailureKind::TooManyOpenFiles] {
            let mut evidence = specimen::healthy();
            specimen::tls_fails(&mut evidence, kind);
            assert_eq!(specimen::codes(&evidence), ["connection-failed"], "{kind:?}");
        }
        let mut evidence = specimen::healthy();
        evidence.stream.status = crate::evidence::Status::Fail;
        evidence.stream.failure = Some(Failure::new(FailureKind::Unclassified, Operation::Body, "?"));
        assert_ne!(diagnose(&evidence).health, Health::Healthy);
    }

    #[test]
    fn a_symptom_asks_for_the_causes_that_are_not_ruled_out() {
        let mut evidence = specimen::healthy();
        specimen::tls_fails(&mut evidence, FailureKind::Timeout);
        let outcome = diagnose(&evidence);
        let question = outcome.questions.first().expect("a symptom leaves a question");
        assert_eq!(question.symptom, "tls-handshake-timeout");
        assert!(question.rivals.contains(&"sni-dropped"), "{:?}", question.rivals);
    }

    #[test]
    fn what_costs_time_does_not_explain_what_stops() {
        let mut evidence = specimen::healthy();
        specimen::untrusted_by_mozilla(&mut evidence);
        specimen::http_fails(&mut evidence, FailureKind::ConnectionReset, Operation::Receive);
        assert_eq!(specimen::codes(&evidence), ["connection-reset", "tls-intercepted"]);
        assert_eq!(diagnose(&evidence).diagnoses[1].finding.severity, Severity::Degraded);
    }

    /// Two faults that explain each other would both vanish.
    #[test]
    fn explanations_have_no_cycle() {
        let all: HashMap<&str, &Fault> = faults::all().map(|fault| (fault.code, fault)).collect();
        for start in all.keys() {
            let mut seen = Vec::new();
            let mut open = vec![*start];
            while let Some(code) = open.pop() {
                let Some(fault) = all.get(code) else { continue };
                for cause in fault.explained_by.iter().chain(fault.causes) {
                    assert_ne!(cause, start, "{start} explains itself through {code}");
                    if !seen.contains(cause) {
                        seen.push(cause);
                        open.push(cause);
                    }
                }
            }
        }
    }
}
