//! The rule that reads the ladder of quiet connections.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::idle::{Cure, bounds, culprit, cure, judge, seconds};
use crate::evidence::experiment::ExperimentFacts;
use crate::evidence::{Evidence, Stage};
use crate::say;

/// Fewer deaths may be chance.
const ENOUGH: usize = 3;

pub(super) fn dropped(evidence: &Evidence) -> Option<Finding> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Idle(facts) => Some(facts),
        _ => None,
    })?;
    let death = judge(facts)?;
    let controlled = death.survived_s.is_some() || matches!(death.cure, Cure::Keepalive(_) | Cure::Data);
    let confidence = if death.deaths >= ENOUGH && controlled { Confidence::Confirmed } else { Confidence::Likely };
    let mut finding = Finding::degraded(Stage::Http, confidence).because(bounds(&death)).because_if(cure(&death));
    if let Some(who) = culprit(&death) {
        finding = finding.because(say!(
            en: "the time fits {en}", zh: "时长符合：{zh}", en = who.en, zh = who.zh,
        ));
    }
    if let Cure::Keepalive(every) = death.cure {
        finding = finding.fix(
            say!(
                en: "Switch TCP keepalive on in the client, every {every} or more often: that was seen to help here",
                zh: "在客户端启用 TCP keepalive，间隔不超过 {every}：已在这里验证有效",
                every = seconds(every),
            ),
            None,
        );
    }
    let first = say!(
        en: "the first request on each of these connections was answered", zh: "这些连接上的第一个请求都有应答",
    );
    Some(finding.not("gateway-timeout", first))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::idle::tests::ladder;
    use crate::diagnosis::specimen::{codes, healthy};
    use crate::diagnosis::{Confidence, diagnose};
    use crate::evidence::Ms;
    use crate::evidence::experiment::{Experiment, ExperimentFacts};
    use crate::evidence::idle::IdleOutcome::{Alive, SilentOnUse};

    #[test]
    fn quiet_connections_that_die_are_a_fault_and_others_are_not() {
        for (dies, found) in [(65.0, true), (9999.0, false)] {
            let mut evidence = healthy();
            let facts = ExperimentFacts::Idle(ladder(dies, Alive, Alive));
            evidence.experiments.push(Experiment { facts, duration_ms: Ms(0.0) });
            assert_eq!(codes(&evidence) == ["idle-connection-dropped"], found, "{dies}");
        }
    }

    #[test]
    fn few_deaths_are_no_proof() {
        for (dies, confidence) in [(65.0, Confidence::Confirmed), (355.0, Confidence::Likely)] {
            let mut evidence = healthy();
            let facts = ExperimentFacts::Idle(ladder(dies, SilentOnUse, Alive));
            evidence.experiments.push(Experiment { facts, duration_ms: Ms(0.0) });
            assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, confidence, "{dies}");
        }
    }
}
