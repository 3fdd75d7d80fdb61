//! From evidence to diagnoses: a pure function. No I/O, no clock, no environment, so a saved report can be judged
//! again by today's rules and every rule is tested offline.
//!
//! [`Fault`] is the literal that holds everything known about a fault; [`faults`] lists them all; [`diagnose`] asks
//! every literal whether the evidence shows it, drops what another finding explains, and puts the one that stops the
//! user first. What evidence cannot tell apart is returned as open [`Question`]s for experiments to answer.

mod answered;
pub mod fault;
pub mod faults;
pub mod fill;
pub mod sign;

pub use fault::{Command, Confidence, Fault, Finding, Fix, Layer, Owner, Retry, RuledOut, Severity};
pub use sign::Sign;

use crate::evidence::Evidence;
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
    /// The run ended before it could be told.
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
}

/// Rival faults that the evidence cannot tell apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The symptom that is all that can be said so far.
    pub symptom: &'static str,
    /// The faults still possible.
    pub rivals: &'static [&'static str],
}

/// Judges the evidence.
#[must_use]
pub fn diagnose(evidence: &Evidence) -> Outcome {
    let mut found: Vec<(&'static Fault, Finding)> =
        faults::all().filter_map(|fault| fault.find(evidence).map(|finding| (fault, finding))).collect();
    let codes: Vec<&str> = found.iter().map(|(fault, _)| fault.code).collect();
    found.retain(|(fault, _)| {
        !fault.explained_by.iter().chain(fault.causes).any(|cause| *cause != fault.code && codes.contains(cause))
    });
    // Stable sort: among equals the order of the literals decides.
    found.sort_by_key(|(_, finding)| (finding.severity, finding.stage, finding.confidence));
    let health = match found.first() {
        Some((_, finding)) if finding.severity == Severity::Faulty => Health::Faulty,
        _ if evidence.cut_short => Health::Inconclusive,
        Some(_) => Health::Degraded,
        None => Health::Healthy,
    };
    let questions = found
        .iter()
        .filter(|(fault, _)| !fault.causes.is_empty())
        .map(|(fault, _)| Question { symptom: fault.code, rivals: fault.causes })
        .collect();
    let diagnoses = found
        .into_iter()
        .map(|(fault, finding)| {
            let fixes = fill::fixes(fault, &finding, evidence);
            let reproduce = fill::reproduce(fault, evidence);
            Diagnosis { fault, finding, fixes, reproduce }
        })
        .collect();
    Outcome { diagnoses, questions, health }
}
