//! What requests say that differ from the chain's in one thing.

use crate::diagnosis::answered::{finding, set_variable, unset_variable};
use crate::diagnosis::experiment::server;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::api::BodyShape;
use crate::evidence::experiment::{
    BaseUrlTrialFacts, CandidateBase, Change, ExperimentFacts, HeadersFacts, OutageFacts, SchemeFacts, Tried,
};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage, text};
use crate::lang::Sentence;
use crate::{say, text};

use super::ENOUGH;

pub(in super::super) fn base_url(evidence: &Evidence) -> Option<&BaseUrlTrialFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::BaseUrl(facts) => Some(&**facts),
        _ => None,
    })
}

fn headers(evidence: &Evidence) -> Option<&HeadersFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Headers(facts) => Some(facts),
        _ => None,
    })
}

fn scheme(evidence: &Evidence) -> Option<&SchemeFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Scheme(facts) => Some(facts),
        _ => None,
    })
}

fn outage(evidence: &Evidence) -> Option<&OutageFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Outage(facts) => Some(facts),
        _ => None,
    })
}

/// Adds the base URL under which an API answers, and the command that sets it.
pub(in super::super) fn with_working(found: Finding, working: &CandidateBase, evidence: &Evidence) -> Finding {
    let (base, status) = (text::line(&working.base_url, 160), server::status(&working.answer));
    let what = if working.answer.succeeded() {
        say!(en: "{base}/models on the same host lists models ({status})", zh: "同一主机的 {base}/models 能列出模型（{status}）")
    } else {
        let said = &working.answer.said;
        say!(
            en: "{base}/models on the same host answers as an API does ({status}: {said})",
            zh: "同一主机的 {base}/models 按 API 的方式应答（{status}：{said}）",
        )
    };
    let command = set_variable(evidence, "OPENAI_BASE_URL", &base);
    let mut found =
        found.because(what).fix(say!(en: "Use {base} as base URL", zh: "把 base URL 改为 {base}"), Some(command));
    found.confidence = Confidence::Confirmed;
    found
}

/// "none of the base URLs … has an API either"
pub(in super::super) fn none_works(facts: &BaseUrlTrialFacts) -> Sentence {
    let tried: Vec<String> =
        facts.candidates.iter().map(|one| format!("{} ({})", one.base_url, server::status(&one.answer))).collect();
    let tried = text::line(&tried.join(", "), 320);
    say!(en: "no API answers at any of {tried}", zh: "这些地址下也都没有 API：{tried}")
}

/// Whether an empty completion at the base URL in use reached an API that took the key and refused the body.
pub(in super::super) fn chat_is_there(facts: &BaseUrlTrialFacts) -> bool {
    let there = |tried: &Tried| tried.is_error() && tried.has_status(&[400, 422]);
    let anything = facts.nonsense.as_ref().is_some_and(there);
    facts.chat.as_ref().is_some_and(there) && !anything
}

pub(in super::super) fn responses_unsupported(evidence: &Evidence) -> Option<Finding> {
    let facts = base_url(evidence)?;
    let responses = facts.responses.as_ref().filter(|tried| tried.has_status(&[404, 405, 501]))?;
    if !chat_is_there(facts) {
        return None;
    }
    let (chat, refused) = (facts.chat.as_ref().map(server::status).unwrap_or_default(), server::status(responses));
    Some(Finding::degraded(Stage::Api, Confidence::Likely).because(say!(
        en: "an empty POST to chat/completions is refused for its content ({chat}), one to responses finds nothing there ({refused})",
        zh: "空的 POST chat/completions 因内容被拒（{chat}），而 POST responses 找不到接口（{refused}）",
    )))
}

/// Whether the unchanged request failed again each time.
fn fails_again(facts: &HeadersFacts) -> bool {
    let mut again = facts.with(Change::Nothing).peekable();
    again.peek().is_some() && again.all(|tried| !tried.succeeded())
}

/// How often the request failed unchanged, the chain's own included.
fn failures(facts: &HeadersFacts) -> usize {
    facts.with(Change::Nothing).filter(|tried| !tried.succeeded()).count() + 1
}

fn sure(facts: &HeadersFacts) -> Confidence {
    if failures(facts) >= ENOUGH { Confidence::Confirmed } else { Confidence::Likely }
}

pub(in super::super) fn organization_mismatch(evidence: &Evidence) -> Option<Finding> {
    let facts = headers(evidence)?;
    let without: Vec<&Tried> = facts.with(Change::NoOrganization).collect();
    if without.is_empty() || !without.iter().all(|tried| tried.succeeded()) || !fails_again(facts) {
        return None;
    }
    let (failed, passed) = (failures(facts), without.len());
    let config = &evidence.config.facts;
    let mut found = finding(Stage::Api, sure(facts), evidence).because(say!(
        en: "the same request without organization and project succeeded {passed} of {passed} times, with them it failed {failed} of {failed} times",
        zh: "同样的请求，不带组织和项目 {passed} 次全部成功，带上则 {failed} 次全部失败",
    ));
    for setting in config.organization.iter().chain(&config.project) {
        let (value, origin) = (text::line(&setting.value, 80), &setting.origin);
        found = found.because(say!(en: "{origin} names {value}", zh: "{origin} 的值是 {value}"));
        if origin.starts_with("OPENAI_") {
            found = found.fix(say!(en: "Unset {origin}", zh: "取消 {origin}"), Some(unset_variable(evidence, origin)));
        }
    }
    Some(found.not("key-invalid", text!(en: "the same key is accepted without them", zh: "不带它们时同一密钥可用")))
}

/// Whether an answer comes from the API behind a firewall: success, or a refusal with an API's own reasons.
fn is_past_the_firewall(tried: &Tried) -> bool {
    tried.succeeded() || tried.is_error() && tried.code.is_some()
}

pub(in super::super) fn blocked_user_agent(evidence: &Evidence) -> Option<Finding> {
    let facts = headers(evidence)?;
    let unchanged: Vec<&Tried> = facts.with(Change::Nothing).collect();
    if unchanged.is_empty() || unchanged.iter().any(|tried| is_past_the_firewall(tried)) {
        return None;
    }
    let agents = [Change::SdkAgent, Change::CurlAgent, Change::BrowserAgent];
    let lets_in = |change: &Change| {
        let answers: Vec<&Tried> = facts.with(*change).collect();
        !answers.is_empty() && answers.iter().all(|tried| is_past_the_firewall(tried))
    };
    let passing: Vec<Change> = agents.into_iter().filter(lets_in).collect();
    let passed: usize = passing.iter().map(|change| facts.with(*change).count()).sum();
    let first = *passing.first()?;
    let (failed, words) = (failures(facts), server::change(first));
    let status = facts.with(first).next().map(server::status).unwrap_or_default();
    let mut found = finding(Stage::Api, sure(facts), evidence).because(Sentence {
        en: format!(
            "at the same time the same request passed {passed} times with another User-Agent ({}: {status}) and was blocked {failed} of {failed} times with this tool's",
            words.en
        ),
        zh: format!(
            "同一时间，换用别的 User-Agent（{}：{status}）的同样请求 {passed} 次全部通过，用本工具的 User-Agent 则 {failed} 次全部被拦",
            words.zh
        ),
    });
    let blocked: Vec<&Change> = agents.iter().filter(|change| !passing.contains(change)).collect();
    if blocked.contains(&&Change::SdkAgent) {
        found = found.because(text!(
            en: "the User-Agent of the official Python SDK is blocked too",
            zh: "官方 Python SDK 的 User-Agent 也被拦截",
        ));
    }
    Some(
        found
            .not(
                "cdn-challenge",
                text!(en: "the same address passes with another User-Agent", zh: "同一出口换个 User-Agent 就能通过"),
            )
            .not(
                "region-unsupported",
                text!(en: "the same address passes with another User-Agent", zh: "同一出口换个 User-Agent 就能通过"),
            ),
    )
}

/// The header other than `Authorization` in which the key is accepted, while the usual request goes on failing.
pub(in super::super) fn other_header(evidence: &Evidence) -> Option<&'static str> {
    let facts = headers(evidence).filter(|facts| fails_again(facts))?;
    let accepted = |change| facts.with(change).next().is_some_and(Tried::succeeded);
    let headers = [(Change::ApiKeyHeader, "api-key"), (Change::XApiKeyHeader, "x-api-key")];
    headers.into_iter().find(|(change, _)| accepted(*change)).map(|(_, header)| header)
}

/// What the key in another header, and no key at all, showed; whether the other header decides it.
pub(in super::super) fn stripped(found: Finding, evidence: &Evidence) -> Finding {
    let Some(facts) = headers(evidence) else { return found };
    let mut found = found;
    let without = facts.with(Change::NoKey).next();
    let with = facts.with(Change::Nothing).next();
    if let (Some(without), Some(with)) = (without, with)
        && without.status == with.status
        && without.said == with.said
    {
        found = found.because(text!(
            en: "without the key the answer is the very same",
            zh: "不带密钥得到的应答一模一样",
        ));
    }
    let Some(header) = other_header(evidence) else { return found };
    found.confidence = sure(facts);
    found
        .because(say!(
            en: "with the key in the header {header} the same request succeeds",
            zh: "把密钥放在 {header} 头里，同样的请求就能成功",
        ))
        .fix(
            say!(
                en: "Send the key as {header} too (default_headers in the SDK)",
                zh: "同时用 {header} 头发送密钥（SDK 的 default_headers）",
            ),
            None,
        )
}

/// What the key may do beside what was refused.
pub(in super::super) fn scope(found: Finding, evidence: &Evidence) -> Finding {
    let post = headers(evidence).and_then(|facts| facts.with(Change::Post).next());
    match post.filter(|tried| tried.is_error() && tried.has_status(&[400, 422])) {
        Some(tried) => {
            let (status, said) = (server::status(tried), &tried.said);
            found.because(say!(
                en: "the same key may ask for completions: an empty POST to chat/completions is refused for its content only ({status}: {said})",
                zh: "同一密钥可以请求补全：空的 POST chat/completions 只是因为内容被拒（{status}：{said}）",
            ))
        }
        None => found,
    }
}

pub(in super::super) fn region_over_ipv6(evidence: &Evidence) -> Option<Finding> {
    let facts = headers(evidence)?;
    let chosen = evidence.tcp.facts.chosen.filter(std::net::IpAddr::is_ipv6)?;
    let other: Vec<&Tried> = facts.with(Change::OtherFamily).collect();
    let refused = facts.with(Change::Nothing).all(|tried| tried.has_status(&[403]));
    let served = |tried: &&Tried| tried.status.is_some() && !tried.has_status(&[403]);
    if other.is_empty() || !other.iter().all(served) || !refused || !fails_again(facts) {
        return None;
    }
    let (failed, passed) = (failures(facts), other.len());
    let there = other.first().and_then(|tried| tried.address).map(|address| address.ip().to_string());
    let there = there.unwrap_or_default();
    Some(finding(Stage::Api, sure(facts), evidence).because(say!(
        en: "over IPv6 ({chosen}) the request was refused {failed} of {failed} times, over IPv4 ({there}) it passed {passed} of {passed} times",
        zh: "走 IPv6（{chosen}）{failed} 次全部被拒，走 IPv4（{there}）{passed} 次全部通过",
    )))
}

/// Whether the answers over the other family settled the question of regions.
pub(in super::super) fn families_compared(evidence: &Evidence) -> bool {
    headers(evidence).is_some_and(|facts| facts.with(Change::OtherFamily).next().is_some())
}

pub(in super::super) fn scheme_mismatch(evidence: &Evidence) -> Option<Finding> {
    let facts = scheme(evidence)?;
    let port = evidence.target.port.unwrap_or_default();
    let plain = facts.plain.iter().filter(|one| one.status.is_some()).count();
    let secured = facts.handshakes.iter().filter(|one| one.completed).count();
    if plain >= ENOUGH && plain == facts.plain.len() {
        let after = Finding::faulty(Stage::Tls, Confidence::Confirmed);
        return Some(after.because(say!(
            en: "port {port} answered plain HTTP {plain} of {plain} times and never our TLS greeting",
            zh: "端口 {port} 对明文 HTTP {plain} 次都有应答，对 TLS 握手则从无应答",
        )));
    }
    (secured >= ENOUGH && secured == facts.handshakes.len()).then(|| {
        Finding::faulty(Stage::Http, Confidence::Confirmed).because(say!(
            en: "port {port} completed a TLS handshake {secured} of {secured} times and never answered plain HTTP",
            zh: "端口 {port} 的 TLS 握手 {secured} 次都能完成，对明文 HTTP 则从无应答",
        ))
    })
}

pub(in super::super) fn service_outage(evidence: &Evidence) -> Option<Finding> {
    let facts = outage(evidence)?;
    let failed = |tried: &Tried| tried.status.is_some_and(|status| (500..600).contains(&status));
    if facts.requests.len() < ENOUGH || !facts.requests.iter().all(failed) {
        return None;
    }
    let incident = facts.status_page.as_ref().filter(|page| {
        page.indicator.as_deref().is_some_and(|word| matches!(word, "minor" | "major" | "critical" | "maintenance"))
    });
    // Without a status page only the provider itself, saying nothing at all, speaks for it: whoever words an error works,
    // and any web server's empty page may be one machine's.
    let http = &evidence.http.facts;
    let genuine = matches!(http.answered_by, Some(Answerer::Provider | Answerer::Azure));
    let mute = genuine && matches!(evidence.api.facts.shape, BodyShape::Empty | BodyShape::Html);
    let speechless = mute && matches!(http.status, Some(500 | 503));
    let confidence = match incident {
        Some(_) => Confidence::Confirmed,
        None if speechless => Confidence::Likely,
        None => return None,
    };
    let count = facts.requests.len() + 1;
    let mut found = finding(Stage::Api, confidence, evidence).because(say!(
        en: "two endpoints, asked in turns, failed {count} of {count} times",
        zh: "轮流请求两个接口，{count} 次全部失败",
    ));
    if let Some(page) = incident {
        let (url, said) = (&page.url, text::line(&page.description, 120));
        found = found
            .because(say!(en: "the status page ({url}) says: {said}", zh: "状态页（{url}）显示：{said}"))
            .not("server-error", text!(en: "the provider itself reports an incident", zh: "服务商自己公布了故障"));
    }
    Some(found)
}

/// Whether several requests were tried after the first failure of the service.
pub(in super::super) fn outage_looked_into(evidence: &Evidence) -> bool {
    outage(evidence).is_some()
}

#[cfg(test)]
mod tests {
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
        let facts =
            BaseUrlTrialFacts { nonsense: Some(nonsense), candidates: candidates.collect(), chat, responses: None };
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
        for (page, expected) in
            [(None, "server-error"), (Some("none"), "server-error"), (Some("major"), "service-outage")]
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
        add(
            &mut evidence,
            ExperimentFacts::Scheme(SchemeFacts { plain: vec![answer(Some(404)); 3], handshakes: vec![] }),
        );
        assert_eq!(codes(&evidence), ["base-url-scheme-mismatch"]);
    }
}
