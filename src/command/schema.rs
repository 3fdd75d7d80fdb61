//! `schema`: the published JSON schema.

use crate::report::{json, schema};

/// The schema as text.
///
/// # Errors
///
/// Never for the documents of this crate; see [`json::render`].
pub fn run() -> Result<String, serde_json::Error> {
    json::render(&schema::schema())
}
