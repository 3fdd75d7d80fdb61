//! The fields of error objects: a key, a colon or an equals sign, a value.

use crate::explain::document::{Document, head};

/// The longest value kept, in bytes.
const LONGEST: usize = 8 * 1024;

/// The keys whose values are sentences; all others hold one word.
pub(super) const MESSAGES: &[&str] =
    &["error_message", "error_msg", "errmsg", "status_msg", "message", "detail", "error", "msg"];

/// The keys that are read; the longer of two that end alike first.
const KEYS: &[&str] = &[
    "error_message",
    "error_code",
    "error_type",
    "errortype",
    "error_msg",
    "errorcode",
    "errmsg",
    "status_msg",
    "inner_code",
    "http_status",
    "status_code",
    "statuscode",
    "message",
    "detail",
    "error",
    "msg",
    "code",
    "type",
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
pub(super) fn all(document: &Document) -> Vec<(&'static str, String)> {
    let text = document.lower.as_str();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(separator) = text[at..].find([':', '=', '：']) {
        let separator = at + separator;
        let width = text[separator..].chars().next().map_or(1, char::len_utf8);
        at = separator + width;
        let Some(key) = key_before(&text[..separator]) else { continue };
        // `ERROR:root:` opens an entry of a log of Python's.
        if key == "error" && document.clean[..separator].ends_with("ERROR") && names_logger(&text[at..]) {
            continue;
        }
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

/// Whether the name of a logger follows, and its colon.
fn names_logger(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'));
    rest.len() < text.len() && rest.starts_with(':')
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
