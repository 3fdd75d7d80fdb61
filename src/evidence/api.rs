//! The api stage: what the response says as an API answer.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::config::Note;
use super::{Ms, text};

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
    /// How long the proxy right before the server waited for it (`x-envoy-upstream-service-time`).
    #[serde(default)]
    pub upstream_ms: Option<Ms>,
    /// How long the answer asks us to wait, in seconds: headers first, then the message's own words.
    pub retry_after_s: Option<f64>,
    /// The version that the API names.
    pub api_version: Option<String>,
    /// The organization that the API says the key belongs to.
    pub organization: Option<String>,
    /// What is odd and no fault.
    #[serde(default)]
    pub notes: Vec<Note>,
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

impl ApiError {
    /// Finds the error in a JSON body, whatever its shape: an object under `error`, a text under `error` or
    /// `message`, `FastAPI`'s `detail`, an error in a list, or an object that itself has `code` and `message`.
    #[must_use]
    pub fn of_json(body: &Value) -> Option<(Self, BodyShape)> {
        let body = match body {
            Value::Array(list) => list.first()?,
            other => other,
        };
        let map = body.as_object()?;
        match map.get("error") {
            Some(Value::Object(error)) => return Some((Self::of_map(error), BodyShape::ErrorObject)),
            Some(Value::String(message)) => {
                let mut error = Self::of_map(map);
                // `{"error": "…", "message": "…"}`: both say something, the longer one says more.
                if error.message.len() < message.len() {
                    error.message = text::line(message, text::MAX_LINE);
                }
                return Some((error, BodyShape::ErrorString));
            }
            _ => {}
        }
        if let Some(detail) = map.get("detail") {
            return Some((Self::of_detail(detail), BodyShape::ErrorDetail));
        }
        let says = ["message", "msg", "error_msg", "errorMessage"].iter().any(|key| map.contains_key(*key));
        let coded =
            ["code", "type", "error_code", "status", "statusCode", "success"].iter().any(|key| map.contains_key(*key));
        (says && (coded || map.len() == 1)).then(|| (Self::of_map(map), BodyShape::ErrorString))
    }

    fn of_map(map: &Map<String, Value>) -> Self {
        let word = |keys: &[&str]| keys.iter().find_map(|key| scalar(map.get(*key)?));
        let message = ["message", "msg", "error_msg", "errorMessage", "error_description"]
            .iter()
            .find_map(|key| map.get(*key))
            .map(|value| match value {
                Value::String(message) => text::line(message, text::MAX_LINE),
                other => text::line(&other.to_string(), text::MAX_LINE),
            })
            .unwrap_or_default();
        let inner = map.get("innererror").or_else(|| map.get("inner_error")).and_then(Value::as_object);
        Self {
            message,
            code: word(&["code", "error_code"]),
            kind: word(&["type"]),
            param: word(&["param"]),
            inner_code: inner.and_then(|inner| scalar(inner.get("code")?)),
        }
    }

    fn of_detail(detail: &Value) -> Self {
        let message = match detail {
            Value::String(message) => message.clone(),
            Value::Array(list) => list.iter().take(8).map(detail_line).collect::<Vec<_>>().join("; "),
            Value::Object(map) => return Self::of_map(map),
            other => other.to_string(),
        };
        let param = detail.as_array().and_then(|list| location(list.first()?));
        Self { message: text::line(&message, text::MAX_LINE), param, ..Self::default() }
    }
}

fn detail_line(item: &Value) -> String {
    let message = item.get("msg").and_then(Value::as_str).unwrap_or_default();
    match location(item) {
        Some(location) => format!("{location}: {message}"),
        None if message.is_empty() => item.to_string(),
        None => message.to_owned(),
    }
}

/// `["body", "messages", 0, "role"]` → `messages.0.role`.
fn location(item: &Value) -> Option<String> {
    let parts: Vec<String> = item.get("loc")?.as_array()?.iter().take(16).filter_map(scalar).collect();
    let parts = if parts.first().is_some_and(|first| first == "body") { &parts[1..] } else { &parts[..] };
    (!parts.is_empty()).then(|| text::line(&parts.join("."), 200))
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(word) if !word.is_empty() => Some(text::line(word, 200)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ApiError, BodyShape};

    #[test]
    fn every_shape_of_error_is_read() {
        let rows = [
            (
                json!({"error": {"message": "no", "type": "t", "code": "c", "param": "p"}}),
                ("no", Some("c"), BodyShape::ErrorObject),
            ),
            (json!({"error": {"message": "no", "code": 502}}), ("no", Some("502"), BodyShape::ErrorObject)),
            (json!({"error": "plain"}), ("plain", None, BodyShape::ErrorString)),
            (json!({"message": "m", "code": 1220}), ("m", Some("1220"), BodyShape::ErrorString)),
            (json!([{"error": {"message": "in a list"}}]), ("in a list", None, BodyShape::ErrorObject)),
            (
                json!({"detail": [{"loc": ["body", "model"], "msg": "Field required"}]}),
                ("model: Field required", None, BodyShape::ErrorDetail),
            ),
            (json!({"detail": "Not Found"}), ("Not Found", None, BodyShape::ErrorDetail)),
        ];
        for (body, (message, code, shape)) in rows {
            let (error, found) = ApiError::of_json(&body).unwrap();
            assert_eq!((error.message.as_str(), error.code.as_deref(), found), (message, code, shape), "{body}");
        }
        assert!(ApiError::of_json(&json!({"object": "list", "data": []})).is_none());
    }
}
