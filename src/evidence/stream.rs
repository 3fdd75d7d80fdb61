//! The stream stage: one streamed completion, event by event. Runs with `--deep` only.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ms;
use super::api::{ApiError, RateLimit};
use super::config::Note;
use super::tcp::TcpInfo;

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
    /// When each event came, the first five hundred of them.
    #[serde(default)]
    pub arrivals_ms: Vec<Ms>,
    /// Characters of content, thoughts included.
    #[serde(default)]
    pub content_chars: usize,
    /// The model that the answer names.
    #[serde(default)]
    pub served_model: Option<String>,
    /// Whether the usage was asked for.
    #[serde(default)]
    pub usage_asked: bool,
    /// The usage, as the last event that holds one has it.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// How many events hold a usage.
    #[serde(default)]
    pub usage_events: usize,
    /// The server's own processing time (`openai-processing-ms`).
    #[serde(default)]
    pub processing_ms: Option<Ms>,
    /// How long the proxy right before the server waited for it (`x-envoy-upstream-service-time`).
    #[serde(default)]
    pub upstream_ms: Option<Ms>,
    /// Rate-limit headers.
    #[serde(default)]
    pub rate_limits: Vec<RateLimit>,
    /// What is odd and no fault.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// The connection when the stream ended, with all its bytes, those of TLS included.
    #[serde(default)]
    pub info: Option<TcpInfo>,
}

/// The usage that a completion reports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Usage {
    /// `prompt_tokens`
    pub prompt_tokens: Option<u64>,
    /// `completion_tokens`
    pub completion_tokens: Option<u64>,
    /// `total_tokens`
    pub total_tokens: Option<u64>,
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
