//! The report: one serializable document that every format renders. It decides nothing: what is wrong was decided by
//! [`diagnosis`], this only says it, in one language.
//!
//! [`Report`] is the document of `diagnose --format json` (`contract.md` fixes it to the letter); a saved one can be
//! read back and its [`evidence`](Report::evidence) judged again by today's rules.

pub mod diff;
pub mod dns;
pub mod error;
pub mod exit;
pub mod explain;
pub mod fastest_ip;
mod grid;
pub mod json;
pub mod line;
pub mod page;
pub mod ping;
pub mod printed;
pub mod proxy;
pub mod reference;
pub mod remedy;
pub mod route;
pub mod schema;
pub mod settings;
pub mod slo;
pub mod socket;
pub mod stage;
pub mod style;
pub mod text;
pub mod timing;
pub mod verbose;
pub mod words;

#[cfg(test)]
pub(crate) mod fixture;

use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::diagnosis;
use crate::diagnosis::{Confidence, FilledFix, Health, Outcome, Owner};
use crate::evidence::{Evidence, Experiment, Target};
use crate::lang::Lang;

pub use crate::diagnosis::Layer;
pub use crate::evidence::{Ms, Stage};
pub use error::ErrorReport;
pub use explain::{ExplainReport, LogSummary};
pub use printed::TextReport;
pub use remedy::RemedyReport;
pub use slo::{Metric, Threshold};
pub use stage::StageReport;
pub use style::Style;

/// The version of the documents: it grows when a meaning or type changes, not when something is added.
pub const SCHEMA_VERSION: u32 = 1;

/// What `diagnose` observed and what it makes of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// Start of the run by this machine's clock: RFC 3339, UTC.
    pub started_at: String,
    /// Duration of the whole run in milliseconds, the side probes included.
    pub duration_ms: Ms,
    /// What was diagnosed.
    pub target: Target,
    /// The result in four fields.
    pub verdict: Verdict,
    /// The primary diagnosis first (it equals the verdict), then others that stand on their own.
    pub diagnoses: Vec<Diagnosed>,
    /// Every stage of the chain, in the order in which it runs.
    pub stages: Vec<StageReport>,
    /// Controlled comparisons that were run to split rival explanations.
    pub experiments: Vec<ExperimentReport>,
    /// Remedies that `--try-fix` tried, in the order in which they are worth trying.
    #[serde(default)]
    pub remedies: Vec<RemedyReport>,
    /// The thresholds of `--slo` and what was measured.
    #[serde(default)]
    pub slo: Vec<Threshold>,
    /// Whether the run ended before the chain did, by Ctrl-C or because `--timeout` was up.
    #[serde(default)]
    pub cut_short: bool,
}

/// One controlled comparison, with its question and its answer in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ExperimentReport {
    /// Name, facts and duration.
    #[serde(flatten)]
    pub experiment: Experiment,
    /// The question it answers.
    pub question: String,
    /// What it found.
    pub answer: String,
}

impl ExperimentReport {
    /// The experiment in one language.
    #[must_use]
    pub fn new(experiment: &Experiment, lang: Lang) -> Self {
        let say = |sentence: crate::lang::Sentence| sentence.of(lang).to_owned();
        Self {
            question: say(diagnosis::experiment::question(&experiment.facts)),
            answer: say(diagnosis::experiment::answer(&experiment.facts)),
            experiment: experiment.clone(),
        }
    }
}

/// The program that wrote a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `openai-doctor`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program.
    #[must_use]
    pub fn this() -> Self {
        Self { name: env!("CARGO_PKG_NAME").to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The result in four fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The overall state.
    pub status: VerdictStatus,
    /// The code of the primary diagnosis; null when there is none.
    pub fault: Option<String>,
    /// Its layer.
    pub layer: Option<Layer>,
    /// The process's exit code.
    pub exit_code: u8,
}

/// The overall state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerdictStatus {
    /// Everything that was tried works.
    Healthy,
    /// It works, with a fault that costs time or will bite.
    Degraded,
    /// It does not work.
    Faulty,
    /// The run ended before it could be told.
    Inconclusive,
}

impl From<Health> for VerdictStatus {
    fn from(health: Health) -> Self {
        match health {
            Health::Healthy => Self::Healthy,
            Health::Degraded => Self::Degraded,
            Health::Faulty => Self::Faulty,
            Health::Inconclusive => Self::Inconclusive,
        }
    }
}

/// One fault that the evidence shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosed {
    /// Its code; `openai-doctor explain CODE` tells all about it.
    pub fault: String,
    /// Its layer.
    pub layer: Layer,
    /// Who can fix it.
    pub owner: Owner,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong, in a few words.
    pub title: String,
    /// What happened and what it means.
    pub explanation: String,
    /// What shows it, the deciding observation first.
    pub evidence: Vec<String>,
    /// Faults that look alike and why it is not them.
    pub ruled_out: Vec<RuledOut>,
    /// What to do, the best first.
    pub fixes: Vec<Fix>,
    /// What it affects.
    pub impact: String,
    /// Whether trying again helps: `no`, `once`, `backoff`, `after reset`, `later`, `new connection`, `whole request`,
    /// `by inner code`, `after login`, `n/a`.
    pub retry: String,
    /// Commands of public tools that show the same thing.
    pub reproduce: Vec<String>,
    /// For a symptom: the codes of the faults that may stand behind it.
    #[serde(default)]
    pub causes: Vec<String>,
}

/// A fault that looks alike and is out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RuledOut {
    /// Its code.
    pub fault: String,
    /// Why it is not that.
    pub because: String,
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// What to do.
    pub text: String,
    /// What to type; null when no command does it.
    pub command: Option<String>,
    /// Whether `--try-fix` has just shown that it helps.
    #[serde(default)]
    pub confirmed: bool,
}

impl Fix {
    /// The fix in one language.
    #[must_use]
    pub fn new(fix: &FilledFix, lang: Lang) -> Self {
        Self { text: fix.text.of(lang).to_owned(), command: fix.command.clone(), confirmed: fix.confirmed }
    }
}

/// What a report needs to know of the run beside its evidence.
#[derive(Clone, Debug)]
pub struct Circumstances {
    /// The language of its sentences.
    pub lang: Lang,
    /// When the run started.
    pub started_at: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// `--strict`: degraded is a failure.
    pub strict: bool,
    /// Whether Ctrl-C ended the run.
    pub interrupted: bool,
    /// `--slo`: the metrics and their limits in milliseconds.
    pub slo: Vec<(Metric, Ms)>,
}

impl Report {
    /// The report of one run.
    #[must_use]
    pub fn new(evidence: &Evidence, outcome: &Outcome, run: &Circumstances) -> Self {
        let slo: Vec<Threshold> =
            run.slo.iter().map(|(metric, limit)| Threshold::check(*metric, *limit, evidence)).collect();
        let diagnoses: Vec<Diagnosed> =
            outcome.diagnoses.iter().map(|diagnosis| Diagnosed::new(diagnosis, run.lang)).collect();
        let primary = diagnoses.first();
        let layer = primary.map(|diagnosed| diagnosed.layer);
        let missed = slo.iter().any(|threshold| !threshold.met);
        let verdict = Verdict {
            status: outcome.health.into(),
            fault: primary.map(|diagnosed| diagnosed.fault.clone()),
            layer,
            exit_code: exit::code(outcome.health, layer, run.interrupted, run.strict, missed),
        };
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            started_at: rfc3339(run.started_at),
            duration_ms: run.duration.into(),
            target: evidence.target.clone(),
            verdict,
            diagnoses,
            stages: StageReport::all(evidence),
            experiments: evidence.experiments.iter().map(|one| ExperimentReport::new(one, run.lang)).collect(),
            remedies: evidence.remedies.iter().map(|one| RemedyReport::new(one, run.lang)).collect(),
            slo,
            cut_short: evidence.cut_short,
        }
    }

    /// The evidence that the report was made from, to be judged again.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let mut evidence = Evidence {
            target: self.target.clone(),
            experiments: self.experiments.iter().map(|one| one.experiment.clone()).collect(),
            remedies: self.remedies.iter().map(|one| one.facts.clone()).collect(),
            cut_short: self.cut_short,
            ..Evidence::default()
        };
        for stage in &self.stages {
            stage.put_back(&mut evidence);
        }
        evidence
    }
}

impl Diagnosed {
    fn new(diagnosis: &diagnosis::Diagnosis, lang: Lang) -> Self {
        let diagnosis::Diagnosis { fault, finding, fixes, reproduce } = diagnosis;
        Self {
            fault: fault.code.to_owned(),
            layer: fault.layer,
            owner: fault.owner,
            confidence: finding.confidence,
            title: fault.title.of(lang).to_owned(),
            explanation: fault.explanation.of(lang).to_owned(),
            evidence: finding.evidence.iter().map(|sentence| sentence.of(lang).to_owned()).collect(),
            ruled_out: finding
                .ruled_out
                .iter()
                .map(|out| RuledOut { fault: out.fault.to_owned(), because: out.because.of(lang).to_owned() })
                .collect(),
            fixes: fixes.iter().map(|fix| Fix::new(fix, lang)).collect(),
            impact: fault.impact.of(lang).to_owned(),
            retry: fault.retry.name().to_owned(),
            reproduce: reproduce.clone(),
            causes: finding.open_causes(fault).map(str::to_owned).collect(),
        }
    }
}

/// A moment as RFC 3339 in UTC, to the millisecond.
fn rfc3339(moment: SystemTime) -> String {
    let moment = time::OffsetDateTime::from(moment);
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    // The format asks for nothing that a date and time lacks, so this cannot fail.
    moment.format(format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Report, explain::Explained, fixture, json, schema};
    use crate::diagnosis::{diagnose, faults};
    use crate::evidence::{Evidence, Failure, FailureKind, Observation, Operation, Stage};
    use crate::lang::Lang;

    fn refused() -> Evidence {
        let mut evidence = fixture::healthy();
        let failure = Failure::new(FailureKind::ConnectionRefused, Operation::Connect, "refused");
        evidence.tcp.status = crate::evidence::Status::Fail;
        evidence.tcp.facts.chosen = None;
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.connected = false;
            attempt.failure = Some(failure.clone());
        }
        evidence.tcp.failure = Some(failure);
        evidence.tls = Observation::default();
        evidence.http = Observation::default();
        evidence.api = Observation::default();
        evidence
    }

    #[test]
    fn a_saved_report_is_judged_the_same_again() {
        for evidence in [Evidence::default(), fixture::healthy(), refused()] {
            let report = fixture::report(&evidence, Lang::En);
            let read = json::read(&json::render(&report).unwrap()).unwrap();
            assert_eq!(read, report);
            assert_eq!(read.evidence(), evidence);
            let again = Report::new(&read.evidence(), &diagnose(&read.evidence()), &fixture::circumstances(Lang::En));
            assert_eq!(again, report);
        }
    }

    #[test]
    fn facts_that_do_not_read_are_an_error_and_not_an_absence() {
        let text = json::render(&fixture::report(&fixture::healthy(), Lang::En)).unwrap();
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        value["stages"][1]["facts"]["addresses"] = 7.into();
        assert!(json::read(&value.to_string()).is_err());
    }

    #[test]
    fn the_document_has_the_fields_of_the_contract() {
        let report = serde_json::to_value(fixture::report(&refused(), Lang::En)).unwrap();
        let names: Vec<&str> =
            report["stages"].as_array().unwrap().iter().map(|stage| stage["stage"].as_str().unwrap()).collect();
        assert_eq!(names, Stage::ALL.map(Stage::name));
        for stage in report["stages"].as_array().unwrap() {
            for field in ["status", "started_ms", "duration_ms", "skip_reason", "facts", "failure"] {
                assert!(stage.get(field).is_some(), "{field} of {stage}");
            }
        }
        assert_eq!(report["stages"][4]["skip_reason"], "earlier-stage-failed");
        assert_eq!(report["stages"][4]["facts"], serde_json::json!({}));
        assert_eq!(report["stages"][4]["duration_ms"], serde_json::Value::Null);
        assert_eq!(report["stages"][3]["failure"]["kind"], "connection_refused");
        assert_eq!(report["target"]["route"]["kind"], "direct");
        assert_eq!(report["started_at"], "2025-10-09T08:53:20.000Z");
    }

    #[test]
    fn the_schema_describes_every_document() {
        let schema = schema::schema();
        let validator = jsonschema::validator_for(schema.as_value()).unwrap();
        for evidence in [Evidence::default(), fixture::healthy(), refused()] {
            let report = serde_json::to_value(fixture::report(&evidence, Lang::Zh)).unwrap();
            if let Err(error) = validator.validate(&report) {
                panic!("{error} at {}", error.instance_path());
            }
        }
        let page =
            super::ExplainReport::new(faults::all().map(|fault| Explained::of(fault, Lang::En, "macos")).collect());
        assert!(validator.is_valid(&serde_json::to_value(page).unwrap()));
        let socket = super::socket::SocketReport::new(crate::evidence::socket::SocketFacts::default(), None, 0);
        assert!(validator.is_valid(&serde_json::to_value(socket).unwrap()));
        let ping = super::ping::PingReport::new(crate::evidence::icmp::PingFacts::default(), 0);
        assert!(validator.is_valid(&serde_json::to_value(ping).unwrap()));
        let route = super::route::RouteReport::new(crate::evidence::route::RouteFacts::default(), 0);
        assert!(validator.is_valid(&serde_json::to_value(route).unwrap()));
        let error = serde_json::to_value(super::ErrorReport::new("usage", "no such flag", 2)).unwrap();
        assert!(validator.is_valid(&error));
        assert!(!validator.is_valid(&serde_json::json!({"schema_version": 1})));
    }
}
