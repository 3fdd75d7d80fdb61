//! What holds for every fault literal.

use std::collections::HashSet;

use super::{all, by_code};
use crate::diagnosis::{Retry, diagnose};
use crate::evidence::api::BodyShape;
use crate::evidence::{Evidence, Observation, Status};

#[test]
fn codes_are_unique_and_kebab_case() {
    let mut seen = HashSet::new();
    for fault in all() {
        assert!(seen.insert(fault.code), "{} is there twice", fault.code);
        assert!(
            fault.code.starts_with(|c: char| c.is_ascii_lowercase())
                && fault.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            fault.code
        );
    }
}

#[test]
fn every_fault_speaks_both_languages() {
    for fault in all() {
        let texts = [fault.title, fault.explanation, fault.impact, fault.told_apart];
        for text in texts.into_iter().chain(fault.fixes.iter().map(|fix| fix.text)) {
            assert!(!text.en.trim().is_empty() && !text.zh.trim().is_empty(), "{}: {text:?}", fault.code);
            assert!(text.en.is_ascii() || text.en.contains(['“', '…', '–']), "{}: {}", fault.code, text.en);
            assert!(!text.zh.is_ascii(), "{}: {}", fault.code, text.zh);
        }
        assert!(!fault.title.en.ends_with('.') && !fault.title.zh.ends_with('。'), "{}", fault.code);
        assert!(!fault.fixes.is_empty() || fault.retry == Retry::NotApplicable, "{} has no fix", fault.code);
    }
}

#[test]
fn words_to_look_for_are_lower_case() {
    for fault in all() {
        for sign in fault.signs {
            for word in sign.message.iter().chain(sign.and_message).chain(sign.without) {
                assert_eq!(*word, word.to_lowercase(), "{}", fault.code);
            }
        }
    }
}

#[test]

fn faults_name_only_faults_that_exist() {
    let named = |code: &&str| by_code(code).is_some();
    let mut missing = Vec::new();
    for fault in all() {
        let others = fault.rivals.iter().chain(fault.causes).chain(fault.explained_by);
        missing.extend(others.filter(|code| !named(code)).map(|code| format!("{} names {code}", fault.code)));
        assert!(!fault.explained_by.contains(&fault.code), "{} explains itself", fault.code);
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_two_faults_explain_each_other() {
    for fault in all() {
        for cause in fault.explained_by.iter().filter_map(|code| by_code(code)) {
            assert!(!cause.explained_by.contains(&fault.code), "{} and {}", fault.code, cause.code);
        }
    }
}

#[test]
fn healthy_evidence_shows_no_fault() {
    let mut evidence = Evidence::default();
    evidence.target.base_url = "https://api.openai.com/v1".to_owned();
    evidence.target.host = Some("api.openai.com".to_owned());
    evidence.target.port = Some(443);
    evidence.config.facts.base_url.scheme = "https".to_owned();
    evidence.config.facts.base_url.path = "/v1".to_owned();
    evidence.config.facts.base_url.has_version = true;
    evidence.config.facts.base_url.provider = Some("openai".to_owned());
    evidence.config.status = Status::Pass;
    evidence.tls.facts.completed = true;
    evidence.tls.facts.trusted = true;
    evidence.http = Observation { status: Status::Pass, ..Observation::default() };
    evidence.http.facts.status = Some(200);
    evidence.http.facts.content_type = Some("application/json".to_owned());
    evidence.api = Observation { status: Status::Pass, ..Observation::default() };
    evidence.api.facts.shape = BodyShape::ModelList;
    evidence.api.facts.models = Some(3);
    let outcome = diagnose(&evidence);
    let found: Vec<&str> = outcome.diagnoses.iter().map(|diagnosis| diagnosis.fault.code).collect();
    assert!(found.is_empty(), "{found:?}");
}
