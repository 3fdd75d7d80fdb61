//! The outcome of an API call, wherever it was met: in a response of our own or in a pasted text.
//!
//! Diagnosis of the api stage and explanation of pasted errors judge the same value by the same rules.

use super::http::Answerer;
use super::{ApiFacts, Evidence};

/// The parts of an API answer that say which fault it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: Option<u16>,
    /// `error.message`, or the text of the body where there is no such thing.
    pub message: String,
    /// `error.code`.
    pub code: Option<String>,
    /// `error.type`.
    pub kind: Option<String>,
    /// `error.param`.
    pub param: Option<String>,
    /// Whether the body is HTML.
    pub html: bool,
    /// Who answered, where that is known.
    pub answered_by: Option<Answerer>,
    /// Seconds to wait, if it says.
    pub retry_after_s: Option<f64>,
}

impl Answer {
    /// The answer to the completion of `--deep`, when it was refused: what a list of models does not show, a paid call
    /// does. An error inside a stream that began with 200 is a fault of its own.
    fn of_completion(evidence: &Evidence) -> Option<Self> {
        let stream = &evidence.stream.facts;
        let status = stream.status.filter(|status| !(200..300).contains(status))?;
        let error = stream.error.clone().unwrap_or_default();
        Some(Self {
            status: Some(status),
            message: error.message,
            code: error.inner_code.or(error.code),
            kind: error.kind,
            param: error.param,
            html: stream.content_type.as_deref() == Some("text/html"),
            answered_by: evidence.http.facts.answered_by,
            retry_after_s: None,
        })
    }

    /// The answer that a run received; `None` when there was no response, or none that says anything of the API: a peer
    /// whose certificate did not verify may be anybody, and a refusal of a request whose key we kept back is our doing.
    #[must_use]
    pub fn of(evidence: &Evidence) -> Option<Self> {
        if let Some(refused) = Self::of_completion(evidence) {
            return Some(refused);
        }
        let http = &evidence.http.facts;
        let status = http.status?;
        if evidence.tls.failed() || (http.key_withheld.is_some() && matches!(status, 401 | 403)) {
            return None;
        }
        let ApiFacts { error, retry_after_s, shape, .. } = &evidence.api.facts;
        let html = *shape == super::api::BodyShape::Html
            || http.content_type.as_deref() == Some("text/html")
            || http.body.trim_start().get(..9).is_some_and(|start| start.eq_ignore_ascii_case("<!doctype"));
        let error = error.clone().unwrap_or_default();
        let message = if error.message.is_empty() { http.body.clone() } else { error.message };
        Some(Self {
            status: Some(status),
            message,
            code: error.inner_code.or(error.code),
            kind: error.kind,
            param: error.param,
            html,
            answered_by: http.answered_by,
            retry_after_s: *retry_after_s,
        })
    }
}
