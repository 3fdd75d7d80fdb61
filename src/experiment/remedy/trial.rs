//! One trial of a remedy: the chain again with one thing changed, and once more where that helped.

use std::time::Instant;

use crate::evidence::api::BodyShape;
use crate::evidence::remedy::{RemedyFacts, RemedyOutcome};
use crate::evidence::{Evidence, Failure, FailureKind, Observation, Stage, Status};
use crate::probe::tls::Trust;
use crate::probe::{Run, chain};

use super::Way;

/// Names the fault that evidence shows, if it shows one.
pub type Judge = fn(&Evidence) -> Option<&'static str>;

/// Successes in a row that are no chance.
const IN_A_ROW: usize = 2;

/// How the run ended that the remedies are for.
#[derive(Clone, Debug)]
pub(super) struct Before {
    fault: String,
    /// The stage that failed; `None` when it works and something is wrong with it all the same.
    stopped_at: Option<Stage>,
}

impl Before {
    pub(super) fn of(evidence: &Evidence, fault: &str) -> Self {
        Self { fault: fault.to_owned(), stopped_at: stopped_at(evidence).map(|(stage, _)| stage) }
    }
}

pub(super) async fn conduct(
    run: &Run,
    usual: &Trust,
    way: Way,
    before: Before,
    judge: Judge,
    until: Instant,
) -> RemedyFacts {
    let run = run.altered(way.settings.clone(), until);
    let own = run.settings.ca_file.as_ref().map(|file| file.value.as_path());
    let trust = if own == usual.ca_file() { usual.clone() } else { Trust::load(&run) };
    let mut facts = RemedyFacts {
        name: way.name,
        value: run.scrub(&way.value, crate::evidence::text::MAX_LINE),
        origin: way.origin.map(|origin| run.scrub(&origin, crate::evidence::text::MAX_LINE)),
        fault: before.fault.clone(),
        outcome: RemedyOutcome::OutOfTime,
        stopped_at: None,
        failure: None,
        status: None,
        leaves: None,
        keyless: way.keyless,
        attempts: 0,
        duration_ms: crate::evidence::Ms::default(),
    };
    while facts.attempts < IN_A_ROW && Instant::now() < until {
        let started = Instant::now();
        let seen = chain::retrace(&run, &trust, way.detour.clone()).await;
        facts.duration_ms = started.elapsed().into();
        facts.attempts += 1;
        let left = judge(&seen);
        let outcome = outcome(&seen, &before, left, way.keyless);
        let repairs = matches!(outcome, RemedyOutcome::Works | RemedyOutcome::Further);
        let stopped = stopped_at(&seen);
        let late = stopped.as_ref().is_some_and(|(_, failure)| {
            Instant::now() >= until && failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Timeout)
        });
        facts.outcome = match outcome {
            _ if late => RemedyOutcome::OutOfTime,
            RemedyOutcome::Fails if facts.attempts > 1 => RemedyOutcome::Unsteady,
            outcome => outcome,
        };
        facts.leaves = left.filter(|_| outcome == RemedyOutcome::Further && !way.keyless).map(str::to_owned);
        facts.status = seen.http.facts.status;
        (facts.stopped_at, facts.failure) = match stopped {
            Some((stage, failure)) => (Some(stage), failure),
            None => (None, None),
        };
        if !repairs {
            break;
        }
    }
    // One success that there was no time to repeat is none.
    if facts.attempts < IN_A_ROW && facts.repairs() {
        facts.outcome = RemedyOutcome::OutOfTime;
    }
    facts
}

/// What a trial shows, compared with how it was before.
fn outcome(seen: &Evidence, before: &Before, left: Option<&str>, keyless: bool) -> RemedyOutcome {
    let same = left == Some(before.fault.as_str());
    let is_api = matches!(seen.api.facts.shape, BodyShape::ModelList | BodyShape::ErrorObject);
    // In plaintext anybody may have answered.
    let answered = seen.http.facts.status.is_some() && (seen.tls.passed() || is_api && !seen.tls.failed());
    if same {
        RemedyOutcome::Fails
    } else if seen.api.passed() && !seen.tls.failed() {
        RemedyOutcome::Works
    } else if keyless && answered && is_api {
        // Without the key the API can but refuse; that it is the API is what was to be shown.
        RemedyOutcome::Further
    } else {
        match before.stopped_at {
            Some(stage) if stage < Stage::Http && answered => RemedyOutcome::Further,
            // Both were answered: only an answer of the API that complains of something else is a step further.
            Some(_) if answered && is_api && left.is_some() => RemedyOutcome::Further,
            _ => RemedyOutcome::Fails,
        }
    }
}

/// The first stage of the chain that failed, and why.
fn stopped_at(evidence: &Evidence) -> Option<(Stage, Option<Failure>)> {
    fn of<F>(stage: Stage, seen: &Observation<F>) -> (Stage, Status, Option<Failure>) {
        (stage, seen.status, seen.failure.clone())
    }
    let stages = [
        of(Stage::Dns, &evidence.dns),
        of(Stage::Proxy, &evidence.proxy),
        of(Stage::Tcp, &evidence.tcp),
        of(Stage::Tls, &evidence.tls),
        of(Stage::Http, &evidence.http),
        of(Stage::Api, &evidence.api),
    ];
    let failed = stages.into_iter().find(|(_, status, _)| *status == Status::Fail);
    let unusable = || evidence.config.failed().then(|| (Stage::Config, evidence.config.failure.clone()));
    unusable().or_else(|| failed.map(|(stage, _, failure)| (stage, failure)))
}

#[cfg(test)]
mod tests {
    use super::{Before, outcome};
    use crate::evidence::api::BodyShape;
    use crate::evidence::remedy::RemedyOutcome;
    use crate::evidence::{Evidence, Stage, Status};

    /// A trial that was answered: by whom, and with what.
    fn answered(tls: Status, status: u16, shape: BodyShape) -> Evidence {
        let mut seen = Evidence::default();
        seen.tls.status = tls;
        seen.http.facts.status = Some(status);
        seen.api.status = if status == 200 { Status::Pass } else { Status::Fail };
        seen.api.facts.shape = shape;
        seen
    }

    fn before(stage: Stage) -> Before {
        Before { fault: "x".to_owned(), stopped_at: Some(stage) }
    }

    #[test]
    fn only_an_answer_of_the_verified_endpoint_is_a_repair() {
        use BodyShape::{ErrorObject, Html, ModelList};
        use RemedyOutcome::{Fails, Further, Works};
        for (seen, stage, left, keyless, expected) in vec![
            (answered(Status::Pass, 200, ModelList), Stage::Tls, None, false, Works),
            (answered(Status::Pass, 200, ModelList), Stage::Tls, Some("x"), false, Fails),
            (answered(Status::Fail, 200, ModelList), Stage::Tcp, None, false, Fails),
            (answered(Status::Pass, 401, ErrorObject), Stage::Tls, Some("key-invalid"), false, Further),
            (answered(Status::Pass, 403, Html), Stage::Dns, Some("region-unsupported"), false, Further),
            (answered(Status::Pass, 401, ErrorObject), Stage::Api, Some("key-missing"), false, Further),
            (answered(Status::Pass, 404, Html), Stage::Api, Some("endpoint-not-found"), false, Fails),
            (answered(Status::Pass, 401, ErrorObject), Stage::Tls, Some("key-missing"), true, Further),
            (answered(Status::Fail, 401, ErrorObject), Stage::Tls, Some("key-missing"), true, Fails),
            (Evidence::default(), Stage::Dns, None, false, Fails),
            (answered(Status::Skip, 403, Html), Stage::Dns, Some("captive-portal"), false, Fails),
            (answered(Status::Skip, 401, ErrorObject), Stage::Dns, Some("key-invalid"), false, Further),
        ] {
            assert_eq!(outcome(&seen, &before(stage), left, keyless), expected, "{stage:?} {left:?} {keyless}");
        }
    }
}
