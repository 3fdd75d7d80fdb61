//! JSON: documents as text, and a saved report read back.

use serde::Serialize;

use super::Report;

/// A document as indented JSON with a final line feed.
///
/// # Errors
///
/// Fails only when a map has keys that are no strings; the documents of this crate have none.
pub fn render(document: &impl Serialize) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(document)?;
    text.push('\n');
    Ok(text)
}

/// A saved report.
///
/// # Errors
///
/// Fails when the text is not a report of `diagnose --format json`.
pub fn read(text: &str) -> Result<Report, serde_json::Error> {
    serde_json::from_str(text)
}
