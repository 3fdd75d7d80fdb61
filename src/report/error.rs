//! The document of a run that the tool itself could not do: stdout is valid JSON on that path too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SCHEMA_VERSION, Tool};

/// The tool's own failure: bad usage, an unreadable configuration file, a bug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// What went wrong.
    pub error: ToolError,
    /// The process's exit code.
    pub exit_code: u8,
}

/// What went wrong in the tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ToolError {
    /// A short stable name: `usage`, `configuration`, `interrupted`, `internal`, …
    pub kind: String,
    /// What happened and what to do about it.
    pub message: String,
}

impl ErrorReport {
    /// The document of one failure of the tool.
    #[must_use]
    pub fn new(kind: &str, message: impl Into<String>, exit_code: u8) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            error: ToolError { kind: kind.to_owned(), message: message.into() },
            exit_code,
        }
    }
}
