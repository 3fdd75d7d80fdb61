//! The api stage: what the response says as an API answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ms;

/// The API's answer, decoded leniently.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApiFacts {
    /// What the body is.
    pub shape: BodyShape,
    /// The error, if the body holds one.
    pub error: Option<ApiError>,
    /// How many models are listed.
    pub models: Option<usize>,
    /// The first of them.
    pub first_models: Vec<String>,
    /// Rate-limit headers.
    pub rate_limits: Vec<RateLimit>,
    /// The request id.
    pub request_id: Option<String>,
    /// The server's own processing time (`openai-processing-ms`).
    pub processing_ms: Option<Ms>,
    /// How long the answer asks us to wait, in seconds: headers first, then the message's own words.
    pub retry_after_s: Option<f64>,
    /// The version that the API names.
    pub api_version: Option<String>,
    /// The organization that the API says the key belongs to.
    pub organization: Option<String>,
}

/// What a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyShape {
    /// Nothing.
    #[default]
    Empty,
    /// A list of models.
    ModelList,
    /// `{"error": {…}}`.
    ErrorObject,
    /// `{"error": "…"}` or `{"message": "…"}`.
    ErrorString,
    /// `{"detail": …}` as `FastAPI` sends it.
    ErrorDetail,
    /// Other JSON.
    OtherJson,
    /// HTML.
    Html,
    /// Text.
    Text,
    /// Something else.
    Binary,
    /// It says JSON and is not.
    BrokenJson,
}

/// An API error. Read message, code, type and status in that order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ApiError {
    /// `message`.
    pub message: String,
    /// `code`, a number turned into text.
    pub code: Option<String>,
    /// `type`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `param`.
    pub param: Option<String>,
    /// A code nested further in (`innererror.code`).
    pub inner_code: Option<String>,
}

/// One family of rate-limit headers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RateLimit {
    /// `requests`, `tokens`, …
    pub of: String,
    /// `limit`.
    pub limit: Option<f64>,
    /// `remaining`.
    pub remaining: Option<f64>,
    /// Seconds until it is full again.
    pub reset_s: Option<f64>,
}
