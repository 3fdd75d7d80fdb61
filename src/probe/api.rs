//! What a response says as an API answer: error, models, rate limits, request id. Decoded leniently, since compatible
//! servers deviate and the deviation is a finding.

use std::time::Instant;

use serde_json::Value;

use crate::evidence::api::{ApiError, BodyShape, RateLimit};
use crate::evidence::config::{HostKind, Note};
use crate::evidence::{ApiFacts, Failure, FailureKind, HttpFacts, Ms, Observation, Operation, wait};
use crate::say;

use super::Run;
use super::environment::host_kind;

/// How many model names a report keeps.
const MOST_MODELS: usize = 200;

/// Reads a response. `body` is the decoded body; the excerpt in the facts may be shorter.
#[must_use]
pub fn read(run: &Run, http: &HttpFacts, body: &[u8]) -> Observation<ApiFacts> {
    let started = Instant::now();
    let mut facts = ApiFacts {
        request_id: ["x-request-id", "request-id", "apim-request-id", "x-oneapi-request-id", "x-ds-trace-id"]
            .iter()
            .find_map(|name| http.header(name))
            .map(str::to_owned),
        processing_ms: http.header("openai-processing-ms").and_then(number).map(Ms),
        upstream_ms: http.header("x-envoy-upstream-service-time").and_then(number).map(Ms),
        api_version: http.header("openai-version").map(str::to_owned),
        organization: http.header("openai-organization").map(str::to_owned),
        rate_limits: rate_limits(http.headers.iter().map(|header| (header.name.as_str(), header.value.as_str()))),
        ..ApiFacts::default()
    };
    read_body(run, http, body, &mut facts);
    facts.retry_after_s =
        retry_after(http).or_else(|| facts.error.as_ref().and_then(|error| wait::in_message(&error.message)));
    if http.status == Some(429) {
        facts.notes.extend(limits_missing(run, &facts.rate_limits));
    }
    let failure = failure(http, &facts);
    Observation::ended(run.at(started), run.now(), facts, failure)
}

fn read_body(run: &Run, http: &HttpFacts, body: &[u8], facts: &mut ApiFacts) {
    let text = String::from_utf8_lossy(body);
    let trimmed = text.trim_start_matches('\u{feff}').trim();
    let says_json = http.content_type.as_deref().is_some_and(|kind| kind.contains("json"));
    if trimmed.is_empty() {
        return;
    }
    if let Ok(json) = serde_json::from_str::<Value>(trimmed) {
        if let Some((error, shape)) = ApiError::of_json(&json) {
            facts.error = Some(strike(run, error));
            facts.shape = shape;
        } else if let Some(models) = models(run, &json) {
            facts.models = Some(models.0);
            facts.first_models = models.1;
            facts.shape = BodyShape::ModelList;
        } else {
            facts.shape = BodyShape::OtherJson;
        }
        return;
    }
    let lower: String = trimmed.chars().take(1024).collect::<String>().to_ascii_lowercase();
    facts.shape = if lower.starts_with("<!doctype") || lower.contains("<html") || lower.contains("<head") {
        BodyShape::Html
    } else if says_json {
        BodyShape::BrokenJson
    } else if body.contains(&0) {
        BodyShape::Binary
    } else {
        BodyShape::Text
    };
}

/// The names in `{"data": [{"id": …}]}` as OpenAI sends it, in a bare list, or under `models`.
fn models(run: &Run, json: &Value) -> Option<(usize, Vec<String>)> {
    let list = json.get("data").or_else(|| json.get("models")).unwrap_or(json).as_array()?;
    let is_list = json.get("object").and_then(Value::as_str) == Some("list");
    let named: Vec<String> = list
        .iter()
        .filter_map(|model| model.get("id").or_else(|| model.get("name")).unwrap_or(model).as_str())
        .take(MOST_MODELS)
        .map(|name| run.scrub(name, 120))
        .collect();
    (is_list || !named.is_empty()).then_some((list.len(), named))
}

fn strike(run: &Run, error: ApiError) -> ApiError {
    let clean = |text: Option<String>| text.map(|text| run.strike(&text));
    ApiError {
        message: run.strike(&error.message),
        code: clean(error.code),
        kind: clean(error.kind),
        param: clean(error.param),
        inner_code: clean(error.inner_code),
    }
}

/// `retry-after-ms`, then `retry-after` in seconds or as a date, then Azure's own.
fn retry_after(http: &HttpFacts) -> Option<f64> {
    let millis = |name| http.header(name).and_then(number).map(|ms| ms / 1000.0);
    let seconds = || {
        let value = http.header("retry-after")?;
        wait::duration(value).or_else(|| {
            let at = httpdate::parse_http_date(value).ok()?;
            at.duration_since(std::time::SystemTime::now()).ok().map(|wait| wait.as_secs_f64())
        })
    };
    millis("retry-after-ms").or_else(seconds).or_else(|| millis("x-ms-retry-after-ms"))
}

/// A count or a time in a header; `NaN`, infinity and what is below zero are none.
pub(super) fn number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

/// What the rate-limit headers among these say.
pub(super) fn rate_limits<'a>(headers: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<RateLimit> {
    let mut limits: Vec<RateLimit> = Vec::new();
    for (name, value) in headers {
        let Some((part, of)) = name.strip_prefix("x-ratelimit-").and_then(|rest| rest.split_once('-')) else {
            continue;
        };
        let at = limits.iter().position(|limit| limit.of == of).unwrap_or_else(|| {
            limits.push(RateLimit { of: of.to_owned(), ..RateLimit::default() });
            limits.len() - 1
        });
        match part {
            "limit" => limits[at].limit = number(value),
            "remaining" => limits[at].remaining = number(value),
            "reset" => limits[at].reset_s = wait::duration(value),
            _ => {}
        }
    }
    limits.truncate(16);
    limits
}

/// A word on rate-limit headers that are missing or say nothing (0 or -1), which is no fault: the wait stands in the body
/// or in `Retry-After`. Who serves from this machine or the local network limits nobody.
pub(super) fn limits_missing(run: &Run, limits: &[RateLimit]) -> Option<Note> {
    let public = run
        .settings
        .endpoint
        .as_ref()
        .is_ok_and(|endpoint| host_kind(endpoint, &endpoint.host_text()) == HostKind::Public);
    let stated = limits.iter().any(|limit| limit.limit.is_some_and(|limit| limit > 0.0));
    let words = if limits.is_empty() {
        say!(
            en: "rate-limit headers are missing; clients that pace themselves by them fall back to Retry-After and the error's words",
            zh: "没有限流响应头；依赖它们调节速度的客户端只能看 Retry-After 和错误消息",
        )
    } else {
        say!(
            en: "the rate-limit headers say nothing (0 or -1); clients that pace themselves by them fall back to Retry-After and the error's words",
            zh: "限流响应头没有实际内容（0 或 -1）；依赖它们调节速度的客户端只能看 Retry-After 和错误消息",
        )
    };
    let code = "rate-limit-headers-missing".to_owned();
    (public && !stated).then_some(Note { code, en: words.en, zh: words.zh })
}

fn failure(http: &HttpFacts, facts: &ApiFacts) -> Option<Failure> {
    let status = http.status?;
    let ok = (200..300).contains(&status);
    if let Some(error) = &facts.error {
        let code = error.code.as_deref().or(error.kind.as_deref()).unwrap_or("no code");
        let said = format!("{status} {code}: {}", error.message);
        return Some(Failure::new(FailureKind::ApiError, Operation::Body, said));
    }
    if !ok {
        let reason = http.reason.as_deref().unwrap_or_default();
        return Some(Failure::new(FailureKind::HttpStatus, Operation::Body, format!("{status} {reason}").trim()));
    }
    match facts.shape {
        BodyShape::ModelList | BodyShape::OtherJson => None,
        _ if http.body_truncated => None,
        shape => Some(Failure::new(
            FailureKind::ApiUnreadable,
            Operation::Body,
            format_args!("{status} with a body that is not the JSON of an API ({shape:?})"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evidence::http::Header;
    use crate::probe::run::tests::run;

    fn response(status: u16, headers: &[(&str, &str)]) -> HttpFacts {
        let headers =
            headers.iter().map(|(name, value)| Header { name: (*name).into(), value: (*value).into() }).collect();
        HttpFacts { status: Some(status), headers, content_type: Some("application/json".into()), ..Default::default() }
    }

    #[test]
    fn reads_models_and_rate_limits() {
        let http = response(
            200,
            &[
                ("x-request-id", "req_1"),
                ("openai-processing-ms", "42"),
                ("x-ratelimit-limit-requests", "500"),
                ("x-ratelimit-remaining-requests", "499"),
                ("x-ratelimit-reset-requests", "120ms"),
                ("x-ratelimit-reset-tokens", "-1"),
            ],
        );
        let seen = read(&run(), &http, br#"{"object":"list","data":[{"id":"gpt-4o"},{"id":"gpt-5"}]}"#);
        assert!(seen.passed());
        assert_eq!((seen.facts.models, seen.facts.processing_ms), (Some(2), Some(Ms(42.0))));
        assert_eq!(seen.facts.rate_limits[0].reset_s, Some(0.12));
        assert_eq!(seen.facts.rate_limits[1].reset_s, None);
    }

    #[test]
    fn the_wait_is_taken_from_the_strongest_source() {
        let body = br#"{"error":{"message":"Please try again in 20s.","code":"rate_limit_exceeded"}}"#;
        let wait = |headers: &[_]| read(&run(), &response(429, headers), body).facts.retry_after_s;
        assert_eq!(wait(&[("retry-after-ms", "1500"), ("retry-after", "9")]), Some(1.5));
        assert_eq!(wait(&[("retry-after", "9")]), Some(9.0));
        assert_eq!(wait(&[]), Some(20.0));
    }

    #[test]
    fn limits_that_are_not_stated_are_a_note_of_a_refusal() {
        let body = br#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#;
        let endpoint = crate::config::Endpoint::parse("https://relay.example/v1");
        let settings = crate::config::Settings { endpoint, ..crate::config::Settings::clone(&run().settings) };
        let public = Run::start(settings.into());
        let notes = |status, headers: &[_]| read(&public, &response(status, headers), body).facts.notes.len();
        let (said, empty) = (("x-ratelimit-limit-requests", "500"), ("x-ratelimit-limit-requests", "-1"));
        let zero = ("x-ratelimit-limit-tokens", "0");
        assert_eq!([notes(429, &[]), notes(429, &[empty]), notes(429, &[zero])], [1, 1, 1]);
        assert_eq!([notes(429, &[said]), notes(429, &[zero, said]), notes(401, &[])], [0, 0, 0]);
        assert!(read(&run(), &response(429, &[]), body).facts.notes.is_empty(), "nobody limits this machine");
    }

    #[test]
    fn numbers_that_are_none_are_left_out() {
        let headers =
            [("openai-processing-ms", "NaN"), ("x-ratelimit-limit-requests", "inf"), ("retry-after-ms", "-1")];
        let facts = read(&run(), &response(200, &headers), b"{}").facts;
        assert_eq!((facts.processing_ms, facts.rate_limits[0].limit, facts.retry_after_s), (None, None, None));
    }

    proptest! {
        #[test]
        fn any_body_is_read_or_is_not(
            status in prop::sample::select(vec![200_u16, 400, 429, 502]),
            body in prop_oneof![prop::collection::vec(any::<u8>(), 0..300), json().prop_map(String::into_bytes)],
        ) {
            let seen = read(&run(), &response(status, &[]), &body);
            let document = serde_json::to_string(&seen).expect("facts serialize");
            prop_assert!(document.len() < 64 * 1024 && !document.contains(char::is_control), "{document}");
        }
    }

    /// JSON that looks like an error in ways that no server has thought of yet.
    fn json() -> impl Strategy<Value = String> {
        let name = prop::sample::select(vec!["error", "message", "code", "type", "detail", "loc", "data", "id"]);
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,12}".prop_map(Value::from),
            Just(Value::from("try again in 9s\u{1b}[2J")),
        ];
        let value = leaf.prop_recursive(4, 32, 6, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((name.clone(), inner), 0..6)
                    .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            ]
        });
        value.prop_map(|value| value.to_string())
    }
}
