//! Which numbers of a text are statuses, by what stands around them.

use crate::explain::document::{Document, clean, head, tail};

use super::{MOST, push};

/// A value that is a status from 400 up.
pub(super) fn of(value: &str) -> Option<u16> {
    value.parse().ok().filter(|status| (400..600).contains(status))
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
    "unacceptable",
    "reference number",
    "status code of",
    "status of",
    "last status",
    "返回",
    "状态码",
    "错误码",
    "错误代码",
    "错误",
    "报错",
    "出错",
    "返回码",
    "响应码",
    "响应",
    "状态",
    "失败",
    "not indicate success",
    "handling request",
    "code is",
    "code was",
    "status is",
    "status was",
    "status code is",
    "状态码是",
    "状态码为",
    "错误码为",
    // What other languages call an error, a status, a code.
    "錯誤",
    "失敗",
    "실패",
    "échec",
    "fehlgeschlagen",
    "falló",
    "falhou",
    "狀態",
    "エラー",
    "エラーコード",
    "エラーを返しました",
    "ステータス",
    "ステータスコード",
    "오류",
    "에러",
    "상태 코드",
    "코드",
    "fehler",
    "fehlercode",
    "statuscode",
    "erreur",
    "statut",
    "código",
    "estado",
    "erro",
    "errore",
    "codice",
    "ошибка",
    "ошибку",
    "ошибкой",
    "код",
    "кодом",
    "статус",
];

/// Statuses from 400 up that the text names as such.
pub(super) fn all(document: &Document) -> Vec<u16> {
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
pub(in crate::explain) fn names_status(before: &str, from: &str) -> bool {
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
    // Cloudflare's own link on its pages.
    if before.ends_with("errorcode_") {
        return true;
    }
    let previous = before.chars().next_back();
    if previous.is_some_and(|previous| {
        previous.is_alphanumeric() && !is_cjk(previous) || matches!(previous, '.' | '_' | '-' | '$' | '#')
    }) {
        return false;
    }
    let said = after.trim_start_matches([' ', ':', '-', ')', ']', '(', '"', '\'', '*', '`', '：', '.', '0', '\n']);
    // Requests puts a word of its own between the number and its name.
    if ["status code", "client error", "server error"].iter().any(|words| said.starts_with(words))
        || reason(status).iter().any(|reason| said.starts_with(reason))
    {
        return true;
    }
    // No more than what can name a status: a line may be a megabyte long.
    let before = tail(before, 160);
    let line = &before[before.rfind('\n').map_or(0, |end| end + 1)..];
    let lead =
        line.trim_end_matches([' ', ':', '=', '"', '\'', '[', '(', '*', '`', '：', '“', '|', '<', '_', '\\', '，']);
    // A stack frame ends in a line number: `file.js:404:12`.
    let frame = line.ends_with(':') && !line.ends_with(": ") && !ends_with_word(lead);
    // `HTTP-Fehler: Zeitüberschreitung (408)`
    let apart = before.ends_with('(') && next == Some(')') && (line.contains("http") || line.trim() == "(");
    !frame
        && (apart
            || ends_with_word(lead)
            || ends_with_request(lead)
            || opens_line(line, written)
            || follows_failure(line, written)
            || is_gins(line, after))
}

/// Whether it stands between the bars of a line that Gin writes of a call: `[GIN] … | 503 | 12ms | ::1 | POST "/v1/…"`.
/// One-api, new-api and Ollama are written in it.
fn is_gins(line: &str, after: &str) -> bool {
    const PATHS: &[&str] = &["/v1/", "/v1beta/", "/api/chat", "/api/generate", "/api/embed"];
    // No more than the rest of such a line: one of a hostile text may be a megabyte long.
    const LONGEST: usize = 400;
    if !line.contains("[gin]") || !line.ends_with("| ") {
        return false;
    }
    let rest = head(after, LONGEST).lines().next().unwrap_or_default();
    let asked = rest.rsplit_once("| ").map_or("", |(_, asked)| asked.trim_start());
    let path = asked.strip_prefix("post").map_or("", |path| path.trim_start_matches([' ', '"']));
    rest.starts_with(" |") && PATHS.iter().any(|known| path.starts_with(known))
}

/// Whether a failure is told and the number is what came of it: `failed, aborting: 404 Resource not found`.
fn follows_failure(line: &str, after: &str) -> bool {
    let names = after.strip_prefix(' ').is_some_and(|words| {
        words.starts_with(|first: char| first.is_ascii_uppercase()) && words[1..].starts_with(char::is_lowercase)
    });
    line.ends_with(": ") && names && ["error", "fail", "abort"].iter().any(|word| line.contains(word))
}

/// Whether a method and an address stand last, as in a browser's console: `POST https://… 401`.
fn ends_with_request(lead: &str) -> bool {
    const METHODS: &[&str] = &["get", "post", "put", "patch", "delete", "options"];
    let mut words = lead.rsplitn(3, ' ');
    let (address, method) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    address.contains("://") && METHODS.contains(&method.trim_matches(|c: char| !c.is_ascii_alphanumeric()))
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

/// What follows a status that opens a line, though it begins with a small letter.
const OF_KEYS: &[&str] = &[
    "token expired",
    "token is expired",
    "invalid token",
    "no api key",
    "invalid api key",
    "unauthorized",
    "litellm.",
];

/// Whether the number opens the line and words follow: `429 Too many…`, `[402] Insufficient…`, `⎿ 503: {…`.
fn opens_line(line: &str, after: &str) -> bool {
    let bare = line.trim_start_matches(|c: char| !c.is_alphanumeric());
    let after = after.trim_start_matches([']', ')', '"', '\'', '*', ':', '：']);
    let words = after.strip_prefix(' ').map(str::trim_start);
    if bare.is_empty() && words.is_some_and(|words| OF_KEYS.iter().any(|of_key| words.starts_with(of_key))) {
        return true;
    }
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
pub(in crate::explain) const REASONS: &[(u16, &[&str])] = &[
    (400, &["bad request", "bad_request", "(bad request", "badrequest"]),
    (401, &["unauthorized", "unauthorised", "authorization required"]),
    (402, &["payment required"]),
    (403, &["forbidden"]),
    (404, &["not found", "notfound", "not_found", "page not found"]),
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
    (502, &["bad gateway", "badgateway", "bad_gateway"]),
    (503, &["service unavailable", "service temporarily unavailable", "serviceunavailable", "service_unavailable"]),
    (504, &["gateway timeout", "gateway time-out", "gatewaytimeout", "gateway_timeout"]),
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
pub(in crate::explain) fn may_begin_reason(status: &[u8], letter: u8) -> bool {
    let status = status.iter().fold(0, |status, digit| status * 10 + u16::from(digit.wrapping_sub(b'0')));
    let letter = letter.to_ascii_lowercase();
    letter == b's' || reason(status).iter().any(|name| name.trim_start_matches('(').as_bytes().first() == Some(&letter))
}

/// The status of which a message is the name and nothing else.
pub(super) fn of_name(message: &str) -> Option<u16> {
    let message = message.trim_matches(|c: char| c.is_whitespace() || matches!(c, '.' | '"' | '!'));
    REASONS.iter().find(|(_, names)| names.contains(&message)).map(|(status, _)| *status)
}

/// How servers name a status.
fn reason(status: u16) -> &'static [&'static str] {
    REASONS.iter().find(|(of, _)| *of == status).map_or(&[], |(_, names)| names)
}
