//! JSON: documents as text, and a saved report read back.

use std::fmt::Write as _;

use serde::Serialize;

use crate::evidence::text::is_hidden;

use super::Report;

/// A document as indented JSON with a final line feed.
///
/// # Errors
///
/// Fails only when a map has keys that are no strings; the documents of this crate have none.
pub fn render(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = visible(&serde_json::to_string_pretty(document)?);
    text.push('\n');
    Ok(text)
}

/// A document as one line with a final line feed.
///
/// # Errors
///
/// As [`render`].
pub fn line(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = visible(&serde_json::to_string(document)?);
    text.push('\n');
    Ok(text)
}

/// The same JSON with what a terminal would obey, or a reader not see, written as `\u` escapes. Such characters stand
/// in strings only.
fn visible(json: &str) -> String {
    let mut text = String::with_capacity(json.len() + 1);
    for character in json.chars() {
        if character == '\n' || !is_hidden(character) {
            text.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            // Writing to a string cannot fail.
            let _ = write!(text, "\\u{unit:04x}");
        }
    }
    text
}

/// A saved report.
///
/// # Errors
///
/// Fails when the text is not a report of `diagnose --format json`.
pub fn read(text: &str) -> Result<Report, serde_json::Error> {
    serde_json::from_str(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{line, render};

    #[test]
    fn what_is_hidden_is_escaped_and_reads_back_the_same() {
        let document = json!({"name": "a\u{1b}[31m\u{202e}\u{9b}\u{2028}\u{e0041}中é\n", "list": [1, null]});
        for text in [render(&document).unwrap(), line(&document).unwrap()] {
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}', '\u{2028}', '\u{e0041}']), "{text:?}");
            assert!(text.contains("\\u202e") && text.contains("\\udb40\\udc41") && text.contains("中é"), "{text}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), document);
        }
        assert_eq!(line(&document).unwrap().lines().count(), 1);
    }
}
