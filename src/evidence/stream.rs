//! The stream stage: one streamed completion, event by event. Runs with `--deep` only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ms;
use super::api::ApiError;

/// What the stream looked like. Times are counted from the start of the request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StreamFacts {
    /// The model that was asked.
    pub model: String,
    /// The URL.
    pub url: String,
    /// Status of the response.
    pub status: Option<u16>,
    /// `Content-Type` without parameters.
    pub content_type: Option<String>,
    /// `Content-Encoding`, if the stream was compressed.
    pub content_encoding: Option<String>,
    /// First byte of the response.
    pub first_byte_ms: Option<Ms>,
    /// First event with content in it: the time to the first token.
    pub first_content_ms: Option<Ms>,
    /// Last byte of the response.
    pub last_byte_ms: Option<Ms>,
    /// Events received, the closing one aside.
    pub events: usize,
    /// Events that carried content.
    pub content_events: usize,
    /// The longest pause between two events.
    pub longest_gap_ms: Option<Ms>,
    /// Bytes of the body, as they came.
    pub bytes: u64,
    /// Events that arrived within ten milliseconds before the last of them.
    pub burst: usize,
    /// Whether the closing `data: [DONE]` came.
    pub done: bool,
    /// `finish_reason` of the completion.
    pub finish_reason: Option<String>,
    /// Departures from the event-stream format, each once.
    pub deviations: Vec<String>,
    /// An error inside the stream, or instead of it.
    pub error: Option<ApiError>,
    /// Whether the answer was one JSON document and no stream.
    pub single_json: bool,
    /// How it ended.
    pub ended: StreamEnd,
}

/// How a stream ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StreamEnd {
    /// It did not begin.
    #[default]
    NotBegun,
    /// The server ended the response.
    Complete,
    /// The connection closed in the middle.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing more came in time.
    Stalled,
    /// It was longer than we read.
    TooLong,
}
