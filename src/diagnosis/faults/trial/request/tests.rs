use crate::diagnosis::specimen::{codes, healthy};
use crate::diagnosis::{Confidence, Health, diagnose};
use crate::evidence::api::{ApiError, BodyShape};
use crate::evidence::config::Sourced;
use crate::evidence::experiment::{
    BaseUrlTrialFacts, CandidateBase, Change, Experiment, ExperimentFacts, HeadersFacts, OutageFacts, PlainAnswer,
    SchemeFacts, StatusPage, Tried, Varied,
};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation, Status};

fn answered(status: u16, shape: BodyShape, said: &str) -> Evidence {
    let mut evidence = healthy();
    evidence.config.facts.base_url.provider = None;
    evidence.http.facts.status = Some(status);
    evidence.http.facts.answered_by = Some(Answerer::Server);
    evidence.http.facts.body = said.to_owned();
    let page = shape == BodyShape::Html;
    evidence.http.facts.content_type = Some(if page { "text/html" } else { "application/json" }.to_owned());
    evidence.api.status = Status::Fail;
    evidence.api.failure = Some(Failure::new(FailureKind::HttpStatus, Operation::Body, status));
    evidence.api.facts.shape = shape;
    evidence.api.facts.models = None;
    evidence.api.facts.error =
        (shape == BodyShape::ErrorString).then(|| ApiError { message: said.to_owned(), ..ApiError::default() });
    evidence
}

fn at(evidence: &mut Evidence, path: &str, has_version: bool) {
    evidence.target.base_url = format!("https://relay.test{path}");
    path.clone_into(&mut evidence.config.facts.base_url.path);
    evidence.config.facts.base_url.has_version = has_version;
}

fn tried(status: u16, shape: BodyShape) -> Tried {
    Tried { status: Some(status), shape, ..Tried::default() }
}

fn add(evidence: &mut Evidence, facts: ExperimentFacts) {
    evidence.experiments.push(Experiment { facts, duration_ms: Ms(100.0) });
}

fn candidates(evidence: &mut Evidence, answers: &[(&str, u16, BodyShape)], nonsense: Tried, chat: Option<Tried>) {
    let candidates = answers.iter().map(|(path, status, shape)| CandidateBase {
        base_url: format!("https://relay.test{path}"),
        answer: tried(*status, *shape),
    });
    let facts = BaseUrlTrialFacts { nonsense: Some(nonsense), candidates: candidates.collect(), chat, responses: None };
    add(evidence, ExperimentFacts::BaseUrl(Box::new(facts)));
}

fn primary(evidence: &Evidence) -> (&'static str, Confidence, Option<String>) {
    let outcome = diagnose(evidence);
    let first = &outcome.diagnoses[0];
    (first.fault.code, first.finding.confidence, first.fixes[0].command.clone())
}

#[test]
fn the_base_url_that_answers_is_the_fix() {
    let (nothing, list) = (tried(404, BodyShape::Html), BodyShape::ModelList);
    let fix = |base: &str| Some(format!("export OPENAI_BASE_URL=https://relay.test{base}"));
    let mut missing = answered(404, BodyShape::Html, "");
    at(&mut missing, "", false);
    assert_eq!(primary(&missing).1, Confidence::Likely);
    candidates(&mut missing, &[("/v1", 404, BodyShape::Html), ("/api/v1", 200, list)], nothing.clone(), None);
    assert_eq!(primary(&missing), ("base-url-missing-version", Confidence::Confirmed, fix("/api/v1")));

    let mut other = answered(404, BodyShape::Html, "");
    candidates(&mut other, &[("/openai/v1", 401, BodyShape::ErrorObject)], nothing.clone(), None);
    assert_eq!(primary(&other), ("endpoint-not-found", Confidence::Confirmed, fix("/openai/v1")));

    let mut nowhere = answered(404, BodyShape::Html, "");
    at(&mut nowhere, "", false);
    candidates(&mut nowhere, &[("/v1", 404, BodyShape::Html)], nothing, None);
    assert_eq!(codes(&nowhere), ["endpoint-not-found"]);
    assert!(diagnose(&nowhere).questions.is_empty());
}

#[test]
fn who_refuses_every_path_alike_proves_nothing() {
    let refusal = tried(401, BodyShape::ErrorObject);
    let mut evidence = answered(404, BodyShape::Html, "");
    at(&mut evidence, "", false);
    candidates(&mut evidence, &[("/v1", 401, BodyShape::ErrorObject)], refusal, None);
    assert_eq!(codes(&evidence), ["endpoint-not-found"]);
}

#[test]
fn a_list_of_models_alone_that_is_missing_stops_nobody() {
    let mut evidence = answered(404, BodyShape::ErrorString, "not found");
    let chat = tried(400, BodyShape::ErrorObject);
    candidates(&mut evidence, &[("/v1", 404, BodyShape::Empty)], tried(404, BodyShape::Empty), Some(chat));
    assert_eq!(diagnose(&evidence).health, Health::Degraded);
    assert_eq!(codes(&evidence), ["endpoint-not-found"]);
}

fn requests(evidence: &mut Evidence, answers: &[(Change, Tried)]) {
    let requests = answers.iter().map(|(change, answer)| Varied { change: *change, answer: answer.clone() });
    add(evidence, ExperimentFacts::Headers(HeadersFacts { requests: requests.collect() }));
}

#[test]
fn an_organization_that_decides_is_the_cause() {
    let mut evidence = answered(401, BodyShape::ErrorString, "Unauthorized");
    evidence.config.facts.organization =
        Some(Sourced { value: "org-x".to_owned(), origin: "OPENAI_ORG_ID".to_owned() });
    assert_eq!(primary(&evidence).0, "key-invalid");
    let (no, yes) = (tried(401, BodyShape::ErrorString), tried(200, BodyShape::ModelList));
    let mut helped = evidence.clone();
    let turns =
        [Change::Nothing, Change::NoOrganization, Change::Nothing, Change::NoOrganization, Change::NoOrganization];
    let answer = |change: &Change| (*change, if *change == Change::Nothing { no.clone() } else { yes.clone() });
    requests(&mut helped, &turns.iter().map(answer).collect::<Vec<_>>());
    assert_eq!(codes(&helped), ["organization-mismatch"]);
    let unset = Some("unset OPENAI_ORG_ID".to_owned());
    assert_eq!(primary(&helped), ("organization-mismatch", Confidence::Confirmed, unset));
    requests(&mut evidence, &[(Change::Nothing, no.clone()), (Change::NoOrganization, no)]);
    assert_eq!(codes(&evidence), ["key-invalid"]);
}

#[test]
fn a_key_that_another_header_carries_was_not_looked_for_in_the_usual_one() {
    let mut evidence = answered(401, BodyShape::ErrorString, "Unauthorized");
    let (no, yes) = (tried(401, BodyShape::ErrorString), tried(200, BodyShape::ModelList));
    let mut neither = evidence.clone();
    requests(&mut neither, &[(Change::Nothing, no.clone()), (Change::ApiKeyHeader, no.clone())]);
    assert_eq!(codes(&neither), ["key-invalid"]);
    requests(&mut evidence, &[(Change::Nothing, no.clone()), (Change::Nothing, no), (Change::ApiKeyHeader, yes)]);
    assert_eq!(codes(&evidence), ["auth-header-stripped"]);
    assert_eq!(primary(&evidence).1, Confidence::Confirmed);
}

#[test]
fn another_user_agent_that_passes_is_the_cause() {
    let blocked = tried(403, BodyShape::Html);
    let passes = tried(200, BodyShape::ModelList);
    let mut evidence = answered(403, BodyShape::Html, "<html><title>403 Forbidden</title>");
    let mut all = evidence.clone();
    requests(&mut all, &[Change::Nothing, Change::CurlAgent, Change::Nothing].map(|one| (one, blocked.clone())));
    assert_eq!(primary(&all).1, Confidence::Likely);
    requests(
        &mut evidence,
        &[
            (Change::Nothing, blocked.clone()),
            (Change::CurlAgent, passes.clone()),
            (Change::SdkAgent, blocked.clone()),
            (Change::Nothing, blocked),
            (Change::CurlAgent, passes),
        ],
    );
    assert_eq!(codes(&evidence), ["waf-blocked-user-agent"]);
    assert_eq!(primary(&evidence).1, Confidence::Confirmed);
}

#[test]
fn an_outage_needs_more_than_an_error_with_reasons() {
    let down = |page: Option<&str>| OutageFacts {
        requests: vec![tried(503, BodyShape::Html); 4],
        status_page: page
            .map(|indicator| StatusPage { indicator: Some(indicator.to_owned()), ..StatusPage::default() }),
    };
    let mut mute = answered(503, BodyShape::Html, "");
    assert_eq!(codes(&mute), ["service-overloaded"]);
    add(&mut mute, ExperimentFacts::Outage(down(None)));
    assert_eq!(codes(&mute), ["service-overloaded"]);
    mute.http.facts.answered_by = Some(Answerer::Provider);
    assert_eq!(codes(&mute), ["service-outage"]);
    let error = answered(500, BodyShape::ErrorString, "The server had an error while processing your request");
    for (page, expected) in [(None, "server-error"), (Some("none"), "server-error"), (Some("major"), "service-outage")]
    {
        let mut evidence = error.clone();
        add(&mut evidence, ExperimentFacts::Outage(down(page)));
        assert_eq!(codes(&evidence), [expected], "{page:?}");
    }
}

#[test]
fn a_port_that_answers_plain_http_alone_has_another_scheme() {
    let mut evidence = healthy();
    crate::diagnosis::specimen::tls_fails(&mut evidence, FailureKind::ConnectionClosed);
    let answer = |status| PlainAnswer {
        address: (crate::diagnosis::specimen::ip("162.159.140.245"), 443).into(),
        name: None,
        status,
        location: None,
        title: None,
        body: String::new(),
        failure: None,
    };
    let mut silent = evidence.clone();
    add(&mut silent, ExperimentFacts::Scheme(SchemeFacts { plain: vec![answer(None); 3], handshakes: vec![] }));
    assert_eq!(codes(&silent), ["tls-handshake-reset"]);
    add(&mut evidence, ExperimentFacts::Scheme(SchemeFacts { plain: vec![answer(Some(404)); 3], handshakes: vec![] }));
    assert_eq!(codes(&evidence), ["base-url-scheme-mismatch"]);
}
