//! The stream stage: one streamed completion, event by event. Runs with `--deep` only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the stream looked like.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamFacts {}
