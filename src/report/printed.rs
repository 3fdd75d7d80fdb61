//! Texts that are no reports, as JSON: `--format json` gives a document on every path, so also where a text was asked for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SCHEMA_VERSION, Tool};

/// A text that was asked for: help, the manual page, a completion script, the version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// What text it is: `help`, `man` or `completions`; the version is that of `tool`.
    pub kind: String,
    /// The text, as it is printed without `--json`.
    pub text: String,
}

impl TextReport {
    /// The document of a text.
    #[must_use]
    pub fn new(kind: &str, text: impl Into<String>) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: Tool::this(), kind: kind.to_owned(), text: text.into() }
    }
}

/// What `diagnose --demo` can break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DemoReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// Its faults.
    pub demos: Vec<Demo>,
}

/// A fault of the demo.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Demo {
    /// What to write after `--demo`: the code that it is diagnosed as.
    pub name: String,
    /// What is broken.
    pub summary: String,
}

impl DemoReport {
    /// The document of these faults.
    #[must_use]
    pub fn new(demos: Vec<Demo>) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: Tool::this(), demos }
    }
}
