//! A controlled comparison: one thing changed, all else equal.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ms;

/// One experiment and its answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// A short stable name.
    pub name: String,
    /// The question it answers.
    pub question: String,
    /// What it found.
    pub answer: String,
    /// Duration.
    pub duration_ms: Ms,
    /// What was seen.
    pub facts: serde_json::Map<String, serde_json::Value>,
}
