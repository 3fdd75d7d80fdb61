//! What requests say that differ from the chain's in one thing.

use crate::diagnosis::answered::{finding, set_variable, unset_variable};
use crate::diagnosis::experiment::server;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::experiment::{
    BaseUrlTrialFacts, CandidateBase, Change, ExperimentFacts, HeadersFacts, SchemeFacts, Tried,
};
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

/// Whether anything else of a server is answered that left the request unanswered.
pub(in super::super) fn beside_it(evidence: &Evidence) -> Option<Sentence> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Pace(facts) => Some(facts),
        _ => None,
    })?;
    let all = facts.others.len();
    let answered: Vec<&Tried> = facts.others.iter().filter(|one| one.status.is_some()).collect();
    let Some(first) = answered.first() else {
        return (all >= ENOUGH).then(|| {
            say!(
                en: "nor was any of {all} requests for nothing answered: everything behind the open connection hangs",
                zh: "{all} 个空请求也都没有应答：连接能建立，但后面的一切都卡住了",
            )
        });
    };
    let (count, status, after) = (answered.len(), server::status(first), first.duration_ms);
    Some(say!(
        en: "{count} of {all} requests for nothing were answered ({status} after {after}): the server lives and is near, what this request needs is slow",
        zh: "{all} 个空请求中有 {count} 个得到应答（{status}，{after}）：服务器正常且不远，慢的是这个请求所需的处理",
    ))
}

#[cfg(test)]
mod tests;
