//! What a text holds of an API answer: statuses, the fields of error objects however they are written, the wait, the
//! request id. JSON, Python's and JavaScript's renderings of it, and `key=value` lines all read alike: a key, a colon or
//! an equals sign, a value.

mod field;
mod status;

use crate::evidence::http::Answerer;
use crate::evidence::{text, wait};

use super::document::{Document, fold};

pub(super) use status::{REASONS, may_begin_reason, names_status};

/// The most values kept of one field.
const MOST: usize = 12;

/// What was found.
#[derive(Clone, Debug, Default)]
pub(super) struct Extract {
    /// Statuses from 400 up, in the order of the text.
    pub(super) statuses: Vec<u16>,
    /// Values of `message`, `detail`, `msg`, `error`, in lower case.
    pub(super) messages: Vec<String>,
    /// Values of `code`, and those of `status` that are no numbers.
    pub(super) codes: Vec<String>,
    /// Values of `type`.
    pub(super) kinds: Vec<String>,
    /// Whether it speaks of an API's answer at all: a status, an error object, an SDK's exception.
    pub(super) speaks_of_answer: bool,
    /// A status that the name of an exception stands for.
    pub(super) implied_status: Option<u16>,
    /// Whether an exception tells that nobody answered.
    pub(super) unanswered: bool,
    /// Who answered.
    pub(super) answered_by: Option<Answerer>,
    /// Seconds to wait.
    pub(super) retry_after_s: Option<f64>,
    /// The request id.
    pub(super) request_id: Option<String>,
}

/// Exceptions of SDKs and the statuses they stand for.
const EXCEPTIONS: &[(&str, u16)] = &[
    ("authenticationerror", 401),
    ("permissiondeniederror", 403),
    ("notfounderror", 404),
    ("ratelimiterror", 429),
    ("badrequesterror", 400),
    ("invalidrequesterror", 400),
    ("unprocessableentityerror", 422),
    ("internalservererror", 500),
    ("serviceunavailableerror", 503),
    ("unauthorizedexception", 401),
    ("permissiondeniedexception", 403),
    ("notfoundexception", 404),
    ("ratelimitexception", 429),
    ("badrequestexception", 400),
    ("unprocessableentityexception", 422),
    ("internalserverexception", 500),
    ("invalidrequestexception", 400),
    ("authenticationexception", 401),
    ("modelnotfoundexception", 404),
    ("badgatewayerror", 502),
    ("gatewaytimeouterror", 504),
    ("unauthorizederror", 401),
    ("forbiddenerror", 403),
    ("toomanyrequestserror", 429),
    ("paymentrequirederror", 402),
];

/// What SDKs put before the name of a status, the number left out.
const LEADS: &[&str] = &[
    "apicallerror: ",
    "apicallerror]: ",
    "last error: ",
    "api error: ",
    "apierror: ",
    "openai error: ",
    "request failed: ",
    "openaiexception - ",
    "azureexception - ",
    "anthropicexception - ",
    "statustext: ",
    "http error - ",
    "http error: ",
    "http status code: ",
    "http status: ",
    "status text: ",
];

/// How a program ends the line of an answer after which it tries again.
const RETRIED: &str = "[retrying in";
/// Names of statuses that mean the same wherever they stand alone.
const ALONE: &[&str] =
    &["bad gateway", "gateway timeout", "gateway time-out", "internal server error", "service unavailable"];

/// Whose exceptions they are.
const SDKS: &[&str] = &["openai", "litellm", "anthropic", "azure", "langchain4j"];

/// What stands behind an exception's name although nobody answered.
const UNANSWERED: &[&str] = &["exception - connection error"];

/// The names of those exceptions.
pub(super) fn exceptions() -> impl Iterator<Item = &'static str> {
    EXCEPTIONS.iter().map(|(name, _)| *name)
}

/// The types of errors that stand for a status, and the one code of gRPC's that is nowhere else a word of its own.
pub(super) fn kinds() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name).chain(["\"internal\""])
}

/// The words by which a status is found that is named without its number.
pub(super) fn leads() -> impl Iterator<Item = &'static str> {
    LEADS.iter().chain(ALONE).copied().chain([RETRIED])
}

/// Every word asked for.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    exceptions()
        .chain(GRPC.iter().map(|(_, number, _)| *number))
        .chain([LEADS, SDKS, UNANSWERED, OF_AZURE, OF_EDGE, OF_PROVIDER, OF_RELAY].into_iter().flatten().copied())
}

pub(super) fn extract(document: &Document) -> Extract {
    let mut found = Extract { statuses: status::all(document), ..Extract::default() };
    for (key, value) in field::all(document) {
        let word = value.split_whitespace().next().unwrap_or_default().to_owned();
        let value = if field::MESSAGES.contains(&key) { value } else { word };
        match key {
            "code" | "error_code" | "errorcode" | "inner_code" => {
                if let Some(status) = status::of(&value) {
                    push(&mut found.statuses, status);
                }
                push(&mut found.codes, value);
            }
            "status" | "statuscode" | "status_code" | "http_status" => match status::of(&value) {
                Some(status) => push(&mut found.statuses, status),
                // That of an answer that went well.
                None if value.len() == 3 && value.parse::<u16>().is_ok() => {}
                None => push(&mut found.codes, value),
            },
            "type" | "error_type" | "errortype" => push(&mut found.kinds, value),
            "retry-after" | "retry_after" => {
                found.retry_after_s = found.retry_after_s.or_else(|| wait::duration(&value));
            }
            "x-request-id" | "request_id" | "requestid" | "request id" | "apim-request-id" => {
                if found.request_id.is_none() && value.len() >= 6 {
                    found.request_id = Some(text::line(&value, 80));
                }
            }
            _ => push(&mut found.messages, fold(&value)),
        }
    }
    if let Some(code) = bare_code(&document.folded) {
        push(&mut found.codes, code.to_owned());
        push(&mut found.kinds, code.to_owned());
    }
    let named = |name: &str| document.words.has(name) && is_named(&document.folded, name);
    let exception = EXCEPTIONS.iter().find(|(name, _)| named(name));
    // LiteLLM calls it a server's error when there was no answer at all.
    found.unanswered = document.words.has_any(UNANSWERED);
    let answered = document.words.has_any(SDKS) && !found.unanswered;
    found.implied_status = exception
        .filter(|_| answered)
        .map(|(_, status)| *status)
        .or_else(|| named_status(document))
        .or_else(|| grpc_status(document, &found.codes))
        .or_else(|| typed_status(&found.kinds))
        .or_else(|| found.messages.iter().find_map(|message| status::of_name(message)));
    let named = !found.codes.is_empty() || !found.kinds.is_empty();
    let error_object = (named || holds_error(&document.lower)) && !found.messages.is_empty();
    found.speaks_of_answer = !found.statuses.is_empty()
        || found.implied_status.is_some()
        || is_answer(&document.lower)
        || error_object
        || (exception.is_some() && !found.messages.is_empty());
    found.answered_by = answered_by(document);
    found.retry_after_s = found.retry_after_s.or_else(|| wait::in_message(&document.folded));
    found
}

/// The status whose name an SDK prints in its number's place: `AI_APICallError: Not Found`.
fn named_status(document: &Document) -> Option<u16> {
    let retried = document.folded.split_once(RETRIED).map(|(name, _)| name.trim());
    let alone = Some(document.folded.trim()).filter(|text| ALONE.contains(text));
    if let Some(status) = retried.or(alone).and_then(status::of_name) {
        return Some(status);
    }
    let mut begins = LEADS.iter().filter(|lead| document.words.has(lead)).filter_map(|lead| {
        let at = document.folded.find(lead)?;
        Some(document.folded[at + lead.len()..].trim_start_matches(['"', '\'']))
    });
    let named = |text: &str| {
        REASONS.iter().find(|(_, names)| names.iter().any(|name| text.starts_with(name))).map(|(status, _)| *status)
    };
    begins.find_map(named)
}

/// The names and numbers of gRPC's codes, and the statuses that they are sent as (`google/rpc/code.proto`).
const GRPC: &[(&str, &str, u16)] = &[
    ("invalid_argument", "grpc_status:3", 400),
    ("failed_precondition", "grpc_status:9", 400),
    ("unauthenticated", "grpc_status:16", 401),
    ("permission_denied", "grpc_status:7", 403),
    ("not_found", "grpc_status:5", 404),
    ("resource_exhausted", "grpc_status:8", 429),
    ("unavailable", "grpc_status:14", 503),
    ("deadline_exceeded", "grpc_status:4", 504),
    ("internal", "grpc_status:13", 500),
];

/// The status that a code of gRPC stands for.
fn grpc_status(document: &Document, codes: &[String]) -> Option<u16> {
    let is_meant = |name: &str, number: &str| codes.iter().any(|code| code == name) || document.words.has(number);
    GRPC.iter().find(|(name, number, _)| is_meant(name, number)).map(|(_, _, status)| *status)
}

/// The types of errors that stand for one status each (Anthropic's "Errors"; the last is Moonshot's).
const KINDS: &[(&str, u16)] = &[
    ("billing_error", 402),
    ("permission_error", 403),
    ("not_found_error", 404),
    ("request_too_large", 413),
    ("timeout_error", 504),
    ("rate_limit_reached_error", 429),
];

/// The status that the type of an error stands for.
fn typed_status(kinds: &[String]) -> Option<u16> {
    KINDS.iter().find(|(name, _)| kinds.iter().any(|kind| kind == name)).map(|(_, status)| *status)
}

/// The code of an error, where somebody pastes that and nothing else.
fn bare_code(folded: &str) -> Option<&str> {
    let code = folded.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    ((9..=48).contains(&code.len()) && code.chars().all(is_part)).then_some(code)
}

/// Whether the text is the body of an answer and nothing else: an object that tells of an error, and is no log's record.
fn is_answer(lower: &str) -> bool {
    const KEYS: &[&str] = &["\"error\":", "\"message\":", "\"detail\":", "\"msg\":", "\"error_msg\":", "\"errors\":"];
    const OF_LOGS: &[&str] = &["\"level\"", "\"severity\"", "\"timestamp\"", "\"ts\"", "\"time\"", "\"logger\""];
    let text = lower.trim();
    let holds = |keys: &[&str]| keys.iter().any(|key| text.contains(key));
    text.starts_with('{') && text.ends_with('}') && holds(KEYS) && !holds(OF_LOGS)
}

/// Whether an object is the value of `error`.
fn holds_error(lower: &str) -> bool {
    lower.match_indices("error").any(|(at, key)| {
        let after = lower[at + key.len()..].trim_start_matches(['"', '\'', ' ', '\\']);
        after.strip_prefix([':', '=']).is_some_and(|value| value.trim_start().starts_with('{'))
    })
}

/// Whether the text names an exception, not one whose name only ends alike (`ModuleNotFoundError`), nor a setting that
/// begins alike (`RateLimitErrorRetries`).
fn is_named(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        !text[..at].ends_with(|ahead: char| ahead.is_alphanumeric())
            && !text[at + name.len()..].starts_with(|behind: char| behind.is_alphanumeric())
    })
}

fn push<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if list.len() < MOST && !list.contains(&value) {
        list.push(value);
    }
}

const OF_AZURE: &[&str] = &[
    "openai.azure.com",
    "azure openai",
    "azureopenai",
    "azure chatopenai",
    "azurechatopenai",
    "azure.com/openai",
    "azureexception",
    "apim-request-id",
    "cognitiveservices.azure",
    "azure.requestfailed",
];
const OF_EDGE: &[&str] = &["cf-ray", "cloudflare", "error code: 10"];
const OF_PROVIDER: &[&str] = &["x-request-id", "openai-processing-ms"];
const OF_RELAY: &[&str] = &["one_api_error", "new_api_error", "x-oneapi-request-id", "x-new-api-version", "x-litellm"];

fn answered_by(document: &Document) -> Option<Answerer> {
    if document.says_any(OF_AZURE) {
        Some(Answerer::Azure)
    } else if document.says_any(OF_EDGE) && !document.says_any(OF_PROVIDER) {
        Some(Answerer::CdnEdge)
    } else if document.says_any(OF_RELAY) {
        Some(Answerer::Relay)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Extract, extract};
    use crate::explain::document::Document;

    fn of(text: &str) -> Extract {
        extract(&Document::new(text))
    }

    #[test]
    fn statuses_are_told_from_other_numbers() {
        for (text, statuses) in [
            ("Error code: 429 - {'error': …}", &[429][..]),
            ("HTTP 502 Bad Gateway", &[502]),
            ("429 Too Many Requests", &[429]),
            ("402 Insufficient Balance", &[402]),
            ("503: {\"error\"", &[503]),
            ("RateLimitError: 429 You exceeded", &[429]),
            ("[openai/gpt-5-mini] [400]: Unsupported", &[]),
            ("HTTP 400: [x]", &[400]),
            ("at Object.<anonymous> (file.js:404:12)", &[]),
            ("took 500 ms, 404 files, port 443, gpt-400", &[]),
            ("\"POST /v1/chat HTTP/1.1\" 500 Internal Server Error", &[500]),
            ("状态码：429", &[429]),
            ("接口返回 403", &[403]),
            ("openai.APIStatusError: 408.0 RequestTimeout", &[408]),
            ("v4.0.404", &[]),
            ("(HTTP status 503)", &[503]),
            ("statusCode: 503", &[503]),
        ] {
            assert_eq!(of(text).statuses, statuses, "{text}");
        }
    }

    #[test]
    fn error_objects_read_alike_in_every_rendering() {
        for text in [
            r#"{"error": {"message": "It's used up", "type": "insufficient_quota", "param": null, "code": "insufficient_quota"}}"#,
            r#"Error code: 429 - {'error': {'message': "It's used up", 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}"#,
            "error: {\n  message: \"It's used up\",\n  type: 'insufficient_quota',\n  param: null,\n  code: 'insufficient_quota'\n}",
            r#"error_code=insufficient_quota error_message="It's used up" error_param=None error_type=insufficient_quota"#,
            r#"{"body": "{\"error\": {\"message\": \"It's used up\", \"type\": \"insufficient_quota\", \"code\": \"insufficient_quota\"}}"}"#,
        ] {
            let found = of(text);
            assert!(found.messages.iter().any(|message| message.contains("it's used up")), "{text}: {found:?}");
            assert!(found.codes.iter().any(|code| code == "insufficient_quota"), "{text}: {found:?}");
            assert!(found.kinds.iter().any(|kind| kind == "insufficient_quota"), "{text}: {found:?}");
        }
    }

    #[test]
    fn a_value_may_begin_with_any_character() {
        for value in ["错误", "\u{fffd}x", "é", "😀 y", "：z"] {
            for text in [format!("error:{value}"), format!("message：{value}, code={value}")] {
                assert!(!of(&text).messages.is_empty(), "{text}");
            }
        }
    }

    #[test]
    fn waits_and_request_ids_are_kept() {
        let found = of("Please try again in 7m12s. {'x-request-id': 'req_0123456789'}");
        assert_eq!((found.retry_after_s, found.request_id.as_deref()), (Some(432.0), Some("req_0123456789")));
        assert_eq!(of("retry-after: 30\nx: y").retry_after_s, Some(30.0));
    }
}
