//! Questions about the endpoint's answer that several rules ask, and the sentences that tell of it.

use crate::evidence::api::BodyShape;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, SkipReason, Stage, text};
use crate::lang::{Sentence, Text};
use crate::{say, text};

use super::{Confidence, Finding};

/// Whether the request succeeded: 2xx, JSON, no error in it.
pub(super) fn works(evidence: &Evidence) -> bool {
    let api = &evidence.api.facts;
    is_2xx(evidence) && api.error.is_none() && matches!(api.shape, BodyShape::ModelList | BodyShape::OtherJson)
}

/// Whether the status is a 2xx.
pub(super) fn is_2xx(evidence: &Evidence) -> bool {
    evidence.http.facts.status.is_some_and(|status| (200..300).contains(&status))
}

/// Whether the chain broke before any answer came, for a reason that lies outside this run's own settings.
pub(super) fn unanswered(evidence: &Evidence) -> bool {
    let http = &evidence.http;
    http.facts.status.is_none() && (http.failed() || http.skip_reason == Some(SkipReason::EarlierStageFailed))
}

/// Whether nothing but the settings was to be looked at: what shows in them is all there will be.
pub(super) fn unasked(evidence: &Evidence) -> bool {
    let not_asked = |reason| reason == Some(SkipReason::NotAsked);
    not_asked(evidence.dns.skip_reason) && not_asked(evidence.tcp.skip_reason) && not_asked(evidence.http.skip_reason)
}

/// Whether the status is one of these.
pub(super) fn has_status(evidence: &Evidence, among: &[u16]) -> bool {
    evidence.http.facts.status.is_some_and(|status| among.contains(&status))
}

/// What the class of a status says where no fault is known by the status itself (RFC 9110 section 15).
pub(super) fn by_class(evidence: &Evidence) -> Option<(&'static str, Finding)> {
    let http = &evidence.http.facts;
    let status = http.status.filter(|_| !is_2xx(evidence) && http.key_withheld.is_none())?;
    let (code, whose) = match status {
        300..=303 | 305..400 => {
            ("base-url-redirects", text!(en: "the answer sends the client elsewhere", zh: "应答要客户端去别处"))
        }
        400..500 => ("request-invalid", text!(en: "the server blames the request", zh: "服务器认为问题出在请求上")),
        500..600 => ("server-error", text!(en: "the server blames itself", zh: "服务器承认是自身出错")),
        _ => ("response-not-json", text!(en: "HTTP knows no such status", zh: "HTTP 没有这样的状态码")),
    };
    let found = finding(Stage::Api, Confidence::Possible, evidence).because(say!(
        en: "no fault is known by the status {status}; by its class, {en}",
        zh: "没有与状态码 {status} 对应的故障；从类别看，{zh}",
        en = whose.en, zh = whose.zh,
    ));
    Some((code, found))
}

/// Whether the body is a page for people.
pub(super) fn is_page(evidence: &Evidence) -> bool {
    evidence.api.facts.shape == BodyShape::Html || evidence.http.facts.content_type.as_deref() == Some("text/html")
}

/// Who answered, as the subject of a sentence.
pub(super) const fn who(answerer: Option<Answerer>) -> Text {
    match answerer {
        Some(Answerer::ClientProxy) => text!(en: "the proxy on this side", zh: "本侧的代理"),
        Some(Answerer::Interceptor) => text!(en: "a gateway that intercepts TLS", zh: "拦截 TLS 的网关"),
        Some(Answerer::CdnEdge) => text!(en: "the CDN's edge", zh: "CDN 边缘节点"),
        Some(Answerer::Provider) => text!(en: "the provider's API", zh: "服务商的 API"),
        Some(Answerer::Relay) => text!(en: "a relay", zh: "中转服务"),
        Some(Answerer::Azure) => text!(en: "Azure OpenAI", zh: "Azure OpenAI"),
        Some(Answerer::Server) => text!(en: "a web server", zh: "一台 Web 服务器"),
        None => text!(en: "the endpoint", zh: "端点"),
    }
}

/// A finding that tells first what the endpoint answered: status, words, code, request id, who sent it.
pub(super) fn finding(stage: Stage, confidence: Confidence, evidence: &Evidence) -> Finding {
    Finding::faulty(stage, confidence)
        .because_if(exchange(evidence))
        .because_if(codes(evidence))
        .because_if(identity(evidence))
}

/// "The provider's API answered 401 Unauthorized: …"
pub(super) fn exchange(evidence: &Evidence) -> Option<Sentence> {
    let http = &evidence.http.facts;
    let status = http.status?;
    let who = who(http.answered_by);
    let error = evidence.api.facts.error.as_ref().map(|error| error.message.as_str()).filter(|said| !said.is_empty());
    let said = match (error, &http.title) {
        (Some(said), _) => said,
        (None, Some(title)) if is_page(evidence) => title,
        _ if is_page(evidence) => "",
        _ => &http.body,
    };
    let said = text::mask_keys(&text::line(said, 240));
    let reason = http.reason.as_deref().map(|reason| format!(" {}", text::line(reason, 60))).unwrap_or_default();
    // Latin and Chinese stand apart.
    let gap = if who.zh.ends_with(|last: char| last.is_ascii_alphanumeric()) { " " } else { "" };
    let (who_en, who_zh) = (who.en, format!("{}{gap}", who.zh));
    // A page of nothing is none, whatever the content type says.
    let page = is_page(evidence) && !http.body.trim().is_empty();
    Some(match (said.is_empty(), page) {
        (true, true) => say!(
            en: "{who_en} answered {status}{reason} with an HTML page",
            zh: "{who_zh}返回 {status}{reason}，正文是 HTML 页面",
        ),
        (true, false) => {
            say!(en: "{who_en} answered {status}{reason} with no text", zh: "{who_zh}返回 {status}{reason}，没有文字说明")
        }
        (false, true) => say!(
            en: "{who_en} answered {status}{reason} with an HTML page titled “{said}”",
            zh: "{who_zh}返回 {status}{reason}，正文是标题为“{said}”的 HTML 页面",
        ),
        (false, false) => {
            say!(en: "{who_en} answered {status}{reason}: {said}", zh: "{who_zh}返回 {status}{reason}：{said}")
        }
    })
}

/// "error.code is …, error.type is …"
fn codes(evidence: &Evidence) -> Option<Sentence> {
    let error = evidence.api.facts.error.as_ref()?;
    let named: Vec<String> =
        [("code", &error.code), ("inner code", &error.inner_code), ("type", &error.kind), ("param", &error.param)]
            .into_iter()
            .filter_map(|(name, value)| value.as_deref().map(|value| (name, text::line(value, 100))))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
    let named = named.join(", ");
    (!named.is_empty()).then(|| say!(en: "the error names {named}", zh: "错误对象里写明 {named}"))
}

/// The request id, and the headers that say who answered.
fn identity(evidence: &Evidence) -> Option<Sentence> {
    let http = &evidence.http.facts;
    let signs: Vec<String> = http.answered_by_signs.iter().take(4).map(|sign| text::line(sign, 80)).collect();
    let signs = signs.join(", ");
    let id = evidence.api.facts.request_id.as_deref().map(|id| text::line(id, 80)).filter(|id| !id.is_empty());
    match (id, signs.is_empty()) {
        (Some(id), true) => Some(say!(en: "the request id is {id}", zh: "请求 ID 是 {id}")),
        (Some(id), false) => Some(say!(
            en: "the request id is {id}; who answered shows in {signs}",
            zh: "请求 ID 是 {id}；应答方可由 {signs} 看出",
        )),
        (None, false) => Some(say!(en: "who answered shows in {signs}", zh: "应答方可由 {signs} 看出")),
        (None, true) => None,
    }
}

/// The command that sets an environment variable on the diagnosed machine.
pub(super) fn set_variable(evidence: &Evidence, name: &str, value: &str) -> String {
    if evidence.config.facts.machine.os == "windows" {
        format!("$env:{name} = \"{value}\"")
    } else {
        format!("export {name}={value}")
    }
}

/// The command that removes an environment variable on the diagnosed machine.
pub(super) fn unset_variable(evidence: &Evidence, name: &str) -> String {
    if evidence.config.facts.machine.os == "windows" {
        format!("Remove-Item Env:{name}")
    } else {
        format!("unset {name}")
    }
}
