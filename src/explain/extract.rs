//! What a text holds of an API answer: statuses, the fields of error objects however they are written, the wait, the
//! request id. JSON, Python's and JavaScript's renderings of it, and `key=value` lines all read alike: a key, a colon or
//! an equals sign, a value.

use crate::evidence::http::Answerer;
use crate::evidence::{text, wait};

use super::document::{Document, clean, fold, head, tail};

/// The most values kept of one field.
const MOST: usize = 12;
/// The longest value kept, in bytes.
const LONGEST: usize = 8 * 1024;

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
];

/// Whose exceptions they are.
const SDKS: &[&str] = &["openai", "litellm", "anthropic", "azure"];

/// What stands behind an exception's name although nobody answered.
const UNANSWERED: &[&str] = &["exception - connection error"];

/// The names of those exceptions.
pub(super) fn exceptions() -> impl Iterator<Item = &'static str> {
    EXCEPTIONS.iter().map(|(name, _)| *name)
}

/// Every word asked for.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    exceptions().chain([SDKS, UNANSWERED, OF_AZURE, OF_EDGE, OF_PROVIDER, OF_RELAY].into_iter().flatten().copied())
}

pub(super) fn extract(document: &Document) -> Extract {
    let mut found = Extract { statuses: statuses(document), ..Extract::default() };
    for (key, value) in fields(document) {
        let word = value.split_whitespace().next().unwrap_or_default().to_owned();
        let value = if MESSAGES.contains(&key) { value } else { word };
        match key {
            "code" | "error_code" | "errorcode" | "inner_code" => {
                if let Some(status) = status_of(&value) {
                    push(&mut found.statuses, status);
                }
                push(&mut found.codes, value);
            }
            "status" | "statuscode" | "status_code" | "http_status" => match status_of(&value) {
                Some(status) => push(&mut found.statuses, status),
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
    let named = |name: &str| document.words.has(name) && is_named(&document.folded, name);
    let exception = EXCEPTIONS.iter().find(|(name, _)| named(name));
    // LiteLLM calls it a server's error when there was no answer at all.
    let answered = document.words.has_any(SDKS) && !document.words.has_any(UNANSWERED);
    found.implied_status = exception.filter(|_| answered).map(|(_, status)| *status);
    let named = !found.codes.is_empty() || !found.kinds.is_empty();
    let error_object = (named || holds_error(&document.lower)) && !found.messages.is_empty();
    found.speaks_of_answer = !found.statuses.is_empty()
        || found.implied_status.is_some()
        || error_object
        || (exception.is_some() && !found.messages.is_empty());
    found.answered_by = answered_by(document);
    found.retry_after_s = found.retry_after_s.or_else(|| wait::in_message(&document.folded));
    found
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

fn status_of(value: &str) -> Option<u16> {
    value.parse().ok().filter(|status| (400..600).contains(status))
}

const OF_AZURE: &[&str] = &[
    "openai.azure.com",
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

/// The keys whose values are sentences; all others hold one word.
const MESSAGES: &[&str] = &["error_message", "error_msg", "errmsg", "message", "detail", "error", "msg"];

/// The keys that are read; the longer of two that start alike first.
const KEYS: &[&str] = &[
    "error_message",
    "error_code",
    "error_type",
    "errortype",
    "error_msg",
    "errorcode",
    "errmsg",
    "inner_code",
    "message",
    "detail",
    "error",
    "msg",
    "code",
    "type",
    "http_status",
    "status_code",
    "statuscode",
    "status",
    "retry-after",
    "retry_after",
    "apim-request-id",
    "x-request-id",
    "request_id",
    "request id",
    "requestid",
];

/// Keys and their values, in the order of the text, the values in lower case.
fn fields(document: &Document) -> Vec<(&'static str, String)> {
    let text = document.lower.as_str();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(separator) = text[at..].find([':', '=', '：']) {
        let separator = at + separator;
        let width = text[separator..].chars().next().map_or(1, char::len_utf8);
        at = separator + width;
        let Some(key) = key_before(&text[..separator]) else { continue };
        // What stands inside a quoted value may hold fields of its own: an error object within a message.
        if let Some(value) = value_after(text, at)
            && !matches!(value.as_str(), "" | "null" | "none" | "undefined")
        {
            found.push((key, value));
        }
        if found.len() >= 64 {
            break;
        }
    }
    found
}

/// The key that ends where the separator stands.
fn key_before(before: &str) -> Option<&'static str> {
    let before = before.trim_end_matches([' ', '"', '\'', '\\', '*', '`']);
    let key = KEYS.iter().find(|key| before.ends_with(**key))?;
    let ahead = before[..before.len() - key.len()].chars().next_back();
    ahead.is_none_or(|character| !character.is_alphanumeric() && !matches!(character, '_' | '.' | '-')).then_some(*key)
}

/// The value that starts here.
fn value_after(text: &str, at: usize) -> Option<String> {
    let rest = text[at..].trim_start_matches([' ', '*']);
    for quote in ["\\\"", "\"", "'", "`"] {
        if let Some(inside) = rest.strip_prefix(quote) {
            return Some(quoted(inside, quote));
        }
    }
    if rest.starts_with(['{', '[', '<']) {
        return None;
    }
    let rest = head(rest, LONGEST);
    let value = &rest[..rest.find(['\n', ',', '}', '|', ';']).unwrap_or(rest.len())];
    Some(value.trim().trim_end_matches(['"', '\'', ')', ']']).to_owned())
}

/// A quoted value: to the next quote that no backslash and no letter on both sides marks as part of it.
fn quoted(inside: &str, quote: &str) -> String {
    let inside = head(inside, LONGEST);
    let mut from = 0;
    while let Some(found) = inside[from..].find(quote) {
        let end = from + found;
        let escaped = quote.len() == 1 && inside[..end].ends_with('\\');
        let next = inside[end + quote.len()..].chars().next();
        // An apostrophe: "you didn't", quoted by single quotes in a log line.
        let apostrophe = quote == "'"
            && next.is_some_and(char::is_alphanumeric)
            && inside[..end].ends_with(|character: char| character.is_alphanumeric());
        if !escaped && !apostrophe {
            return inside[..end].replace('\\', "");
        }
        from = end + quote.len();
    }
    inside.replace('\\', "")
}

/// What may stand before a number that is a status.
const BEFORE: &[&str] = &[
    "code",
    "status",
    "statuscode",
    "status_code",
    "http",
    "http/1.1",
    "http/1.0",
    "http/2",
    "http/2.0",
    "http/3",
    "error",
    "err",
    "exception",
    "returned",
    "returns",
    "got",
    "response",
    "with",
    "respond",
    "responded",
    "failed",
    "failure",
    "received",
    "返回",
    "状态码",
    "错误码",
    "错误代码",
    "错误",
    "报错",
    "返回码",
    "响应码",
    "响应",
    "状态",
];

/// Statuses from 400 up that the text names as such.
fn statuses(document: &Document) -> Vec<u16> {
    let text = document.lower.as_str();
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() && found.len() < MOST {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let length = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if length == 3
            && let Ok(status) = text[at..at + 3].parse::<u16>()
            && (400..600).contains(&status)
            && is_status(status, &text[..at], &text[at + 3..], &document.clean[at + 3..])
        {
            push(&mut found, status);
        }
        at += length;
    }
    found
}

/// Whether a number that stands between two pieces of a raw text, at the beginning of the second, is named a status.
pub(super) fn names_status(before: &str, from: &str) -> bool {
    let (before, from) = (clean(before), clean(from));
    let (before, lower) = (before.to_ascii_lowercase(), from.to_ascii_lowercase());
    let number = lower.get(..3).and_then(|number| number.parse::<u16>().ok());
    number.is_some_and(|status| is_status(status, &before, &lower[3..], &from[3..]))
}

/// Whether a number is a status, by what stands before it and after it, the latter also as it was written.
fn is_status(status: u16, before: &str, after: &str, written: &str) -> bool {
    let next = after.chars().next();
    if next.is_some_and(|next| next.is_ascii_alphanumeric() || matches!(next, '_' | '%' | '/'))
        || (next == Some('.') && !after.starts_with(".0 ") && after[1..].starts_with(|c: char| c.is_ascii_digit()))
    {
        return false;
    }
    let previous = before.chars().next_back();
    if previous.is_some_and(|previous| {
        previous.is_alphanumeric() && !is_cjk(previous) || matches!(previous, '.' | '_' | '-' | '$' | '#')
    }) {
        return false;
    }
    let said = after.trim_start_matches([' ', ':', '-', ')', ']', '(', '"', '\'', '*', '`', '：', '.', '0']);
    if said.starts_with("status code") || reason(status).iter().any(|reason| said.starts_with(reason)) {
        return true;
    }
    // No more than what can name a status: a line may be a megabyte long.
    let before = tail(before, 160);
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let lead = line.trim_end_matches([' ', ':', '=', '"', '\'', '[', '(', '*', '`', '：', '“', '|', '<', '_']);
    // A stack frame ends in a line number: `file.js:404:12`.
    let frame = line.ends_with(':') && !line.ends_with(": ") && !ends_with_word(lead);
    !frame && (ends_with_word(lead) || opens_line(line, written))
}

fn ends_with_word(lead: &str) -> bool {
    BEFORE.iter().any(|word| {
        lead.strip_suffix(word).is_some_and(|rest| {
            let ahead = rest.chars().next_back();
            // `RateLimitError: 429`, `statusCode: 503`: the word may end a longer one.
            matches!(*word, "error" | "exception" | "code") || ahead.is_none_or(|c| !c.is_alphanumeric() || is_cjk(c))
        })
    })
}

/// Whether the number opens the line and words follow: `429 Too many…`, `[402] Insufficient…`, `⎿ 503: {…`.
fn opens_line(line: &str, after: &str) -> bool {
    let bare = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let after = after.trim_start_matches([']', ')', '"', '\'', '*', ':', '：']);
    let words = after.strip_prefix(' ').map(str::trim_start);
    bare.is_empty()
        && words.is_some_and(|words| {
            words.starts_with(|c: char| c.is_uppercase() || is_cjk(c) || matches!(c, '{' | '<' | '"' | '\'' | '`'))
                // The name of a parameter: `400 max_tokens must be…`.
                || words.split(' ').next().is_some_and(|word| word.contains('_') && !word.contains('='))
        })
}

fn is_cjk(character: char) -> bool {
    matches!(character, '\u{3000}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}')
}

/// How servers name statuses.
#[rustfmt::skip]
pub(super) const REASONS: &[(u16, &[&str])] = &[
    (400, &["bad request", "bad_request", "(bad request", "badrequest"]),
    (401, &["unauthorized", "unauthorised", "authorization required"]),
    (402, &["payment required"]),
    (403, &["forbidden"]),
    (404, &["not found", "notfound", "page not found"]),
    (405, &["method not allowed", "not allowed", "methodnotallowed"]),
    (408, &["request timeout", "request time-out", "requesttimeout"]),
    (413, &["request entity too large", "payload too large", "content too large", "request_entity_too_large"]),
    (415, &["unsupported media type"]),
    (422, &["unprocessable"]),
    (424, &["failed dependency"]),
    (426, &["upgrade required"]),
    (429, &["too many requests", "toomanyrequests", "too_many_requests"]),
    (500, &["internal server error", "internalservererror", "internal_server_error"]),
    (501, &["not implemented"]),
    (502, &["bad gateway", "badgateway"]),
    (503, &["service unavailable", "service temporarily unavailable", "serviceunavailable", "service_unavailable"]),
    (504, &["gateway timeout", "gateway time-out", "gatewaytimeout"]),
    (520, &["web server is returning", "origin error", "web server returned"]),
    (521, &["web server is down"]),
    (522, &["connection timed out"]),
    (523, &["origin is unreachable"]),
    (524, &["a timeout occurred", "a timeout"]),
    (525, &["ssl handshake failed"]),
    (526, &["invalid ssl certificate"]),
    (529, &["overloaded", "site is overloaded"]),
];

/// Whether the name of a status, written as three digits, may begin with this letter.
pub(super) fn may_begin_reason(status: &[u8], letter: u8) -> bool {
    let status = status.iter().fold(0, |status, digit| status * 10 + u16::from(digit.wrapping_sub(b'0')));
    let letter = letter.to_ascii_lowercase();
    letter == b's' || reason(status).iter().any(|name| name.trim_start_matches('(').as_bytes().first() == Some(&letter))
}

/// How servers name a status.
fn reason(status: u16) -> &'static [&'static str] {
    REASONS.iter().find(|(of, _)| *of == status).map_or(&[], |(_, names)| names)
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
