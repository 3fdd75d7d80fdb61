//! Whether a variable overrides a value that works.

use crate::diagnosis::answered::unset_variable;
use crate::diagnosis::experiment::settings::named;
use crate::diagnosis::fault::{Confidence, Finding, Severity};
use crate::diagnosis::reading;
use crate::evidence::experiment::{ExperimentFacts, OtherAnswer, OtherSettings, OtherSettingsFacts};
use crate::evidence::{Evidence, Stage};
use crate::{say, text};

use super::ENOUGH;

fn other_settings(evidence: &Evidence) -> Option<&OtherSettingsFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::OtherSettings(facts) => Some(facts),
        _ => None,
    })
}

/// Whether a run that was stopped leaves it open that another value was meant: a variable decides, and something else is
/// named beside it.
pub(in super::super) fn is_open(primary: &Finding, evidence: &Evidence) -> bool {
    let (config, key) = (&evidence.config.facts, evidence.target.key.as_ref());
    let base_url = by_variable(&config.base_url.origin) && !config.base_url.shadowed.is_empty();
    let other_key =
        |key: &crate::evidence::config::KeyRef| config.other_keys.iter().any(|other| other.tail != key.tail);
    let key = key.is_some_and(|key| by_variable(&key.origin) && other_key(key));
    primary.severity == Severity::Faulty && (base_url || key)
}

fn by_variable(origin: &str) -> bool {
    origin.starts_with("OPENAI_") || origin.starts_with("AZURE_OPENAI_")
}

pub(in super::super) fn shadows(evidence: &Evidence) -> Option<Finding> {
    let facts = other_settings(evidence)?;
    let works = |other: &&OtherSettings| other.answers.len() >= ENOUGH && other.answers.iter().all(OtherAnswer::works);
    let working = facts.settings.iter().find(works)?;
    if facts.usual.is_empty() || facts.usual.iter().any(OtherAnswer::works) {
        return None;
    }
    let config = &evidence.config.facts;
    let mut variables: Vec<&str> = Vec::new();
    if working.base_url.is_some() {
        variables.push(&config.base_url.origin);
    }
    variables.extend(evidence.target.key.as_ref().filter(|_| working.key.is_some()).map(|key| key.origin.as_str()));
    variables.retain(|origin| by_variable(origin));
    let (passed, failed, other) = (working.answers.len(), facts.usual.len() + 1, named(working));
    let fate = reading::broken(evidence).map(|(_, failure)| failure.to_string());
    let fate = fate.or_else(|| evidence.http.facts.status.map(|status| status.to_string())).unwrap_or_default();
    let mut found = Finding::faulty(Stage::Config, Confidence::Confirmed).because(say!(
        en: "with {en} the same request succeeded {passed} of {passed} times; as the variables say it failed {failed} of {failed} times ({fate})",
        zh: "换用{zh}，同样的请求 {passed} 次全部成功；按环境变量的值则 {failed} 次全部失败（{fate}）",
        en = other.en, zh = other.zh,
    ));
    for variable in variables {
        found = found.fix(
            say!(en: "Unset {variable}, so that the configured value counts", zh: "取消 {variable}，让配置里的值生效"),
            Some(unset_variable(evidence, variable)),
        );
    }
    Some(found.not("key-invalid", text!(en: "what the configuration names is accepted", zh: "配置里的值可以正常使用")))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{codes, healthy, tls_fails};
    use crate::diagnosis::{Confidence, diagnose};
    use crate::evidence::api::BodyShape;
    use crate::evidence::config::{KeyRef, Sourced};
    use crate::evidence::experiment::{Experiment, ExperimentFacts, OtherAnswer, OtherSettings, OtherSettingsFacts};
    use crate::evidence::{Evidence, FailureKind, Ms, Stage};

    fn open() -> Evidence {
        let mut evidence = healthy();
        tls_fails(&mut evidence, FailureKind::ConnectionReset);
        evidence.config.facts.other_keys =
            vec![KeyRef { origin: "config.toml: api_key".to_owned(), tail: "7tGb".to_owned() }];
        evidence
    }

    fn answer(works: bool) -> OtherAnswer {
        let failed = (!works).then_some(Stage::Tls);
        OtherAnswer { failed, status: works.then_some(200), shape: BodyShape::ModelList, ..OtherAnswer::default() }
    }

    fn tried(other: &[bool], usual: &[bool]) -> Evidence {
        let mut evidence = open();
        let key = evidence.config.facts.other_keys.first().cloned();
        let base_url =
            Some(Sourced { value: "https://b.test/v1".to_owned(), origin: "config.toml: base_url".to_owned() });
        let answers = |works: &[bool]| works.iter().copied().map(answer).collect();
        let facts = ExperimentFacts::OtherSettings(OtherSettingsFacts {
            settings: vec![OtherSettings { base_url, key, answers: answers(other) }],
            usual: answers(usual),
        });
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(90.0) });
        evidence
    }

    #[test]
    fn another_value_is_tried_where_a_variable_overrides_it() {
        let asks = |evidence: &Evidence| {
            let outcome = diagnose(evidence);
            outcome.questions.iter().any(|question| question.rivals.contains(&"env-shadows-config"))
        };
        assert!(asks(&open()));
        let mut typed = open();
        typed.target.key.as_mut().unwrap().origin = "--api-key-file".to_owned();
        assert!(!asks(&typed), "what was typed is meant");
        let mut same = open();
        same.config.facts.other_keys[0].tail = same.target.key.clone().unwrap().tail;
        assert!(!asks(&same));
        assert!(!asks(&healthy()));
    }

    #[test]
    fn only_a_value_that_works_where_the_other_fails_is_what_was_meant() {
        let evidence = tried(&[true; 3], &[false; 2]);
        assert_eq!(codes(&evidence), ["env-shadows-config"]);
        let first = &diagnose(&evidence).diagnoses[0];
        assert_eq!(first.finding.confidence, Confidence::Confirmed);
        assert_eq!(first.fixes[0].command.as_deref(), Some("unset OPENAI_API_KEY"));
        for (other, usual) in
            [(&[true, true, false][..], &[false; 2][..]), (&[false], &[]), (&[true; 3], &[false, true])]
        {
            assert!(!codes(&tried(other, usual)).contains(&"env-shadows-config"), "{other:?} {usual:?}");
        }
    }
}
