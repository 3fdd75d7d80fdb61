//! Chat completions, whole and streamed, and the ways in which relays and filters spoil a stream.

use std::convert::Infallible;
use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Response};
use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::api::{AnyBody, CREATED, genuine, success};

/// What the model says, token by token.
const WORDS: [&str; 5] = ["Hello", " from", " the", " embedded", " endpoint."];

/// How a streamed completion is spoiled; by default it is not.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conduct {
    /// The canned answer to the completion alone.
    pub refused: Option<String>,
    /// One JSON document is sent whatever was asked for.
    pub whole: bool,
    /// How many pieces the text comes in.
    pub words: usize,
    /// Milliseconds from the head to the first event.
    pub first_after_ms: u64,
    /// Whether something on the way keeps the events until the last was made.
    pub kept: Kept,
    /// So many events, and then an error.
    pub error_after: Option<usize>,
    /// So many events, and then the end.
    pub ends_after: Option<usize>,
    /// So many events, and then nothing more.
    pub stalls_after: Option<usize>,
    /// Neither a blank after `data:` nor a closing `[DONE]`.
    pub sloppy: bool,
    /// Which usage is reported.
    pub usage: Usage,
    /// The model that the answer names.
    pub served_model: Option<String>,
    /// Events, comments and lines without end.
    pub endless: bool,
}

impl Default for Conduct {
    fn default() -> Self {
        Self {
            refused: None,
            whole: false,
            words: WORDS.len(),
            first_after_ms: 0,
            kept: Kept::No,
            error_after: None,
            ends_after: None,
            stalls_after: None,
            sloppy: false,
            usage: Usage::Right,
            served_model: None,
            endless: false,
        }
    }
}

/// What is done with events before they are passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kept {
    /// Nothing.
    No,
    /// They are collected.
    Buffered,
    /// They are collected and compressed, if the client allows it.
    Compressed,
}

/// A way to report usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Usage {
    /// As it was.
    Right,
    /// Nothing but zeros.
    Zero,
    /// A prompt that is many times longer.
    Padded,
    /// In every event.
    Everywhere,
}

impl Usage {
    fn value(self) -> Value {
        let (prompt, completion) = match self {
            Self::Right | Self::Everywhere => (9, 5),
            Self::Zero => (0, 0),
            Self::Padded => (2300, 5),
        };
        json!({"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion})
    }
}

/// The answer to a completion request.
pub(super) fn answer(
    conduct: &Conduct,
    asked: &Value,
    model: &str,
    pace: Duration,
    takes_gzip: bool,
) -> Response<AnyBody> {
    let model = conduct.served_model.as_deref().unwrap_or(model);
    let usage = conduct.usage.value();
    if asked["stream"].as_bool() == Some(true) && !conduct.whole {
        let with_usage = asked["stream_options"]["include_usage"].as_bool() == Some(true);
        return stream(conduct, model, with_usage.then_some(&usage), pace, takes_gzip);
    }
    success(&json!({
        "id": "chatcmpl-demo0001",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": WORDS.concat(), "refusal": null},
            "logprobs": null,
            "finish_reason": "stop",
        }],
        "usage": usage,
        "service_tier": "default",
        "system_fingerprint": "fp_demo",
    }))
}

/// The events of a whole stream.
fn events(conduct: &Conduct, model: &str, usage: Option<&Value>) -> Vec<String> {
    let everywhere = conduct.usage == Usage::Everywhere;
    let chunk = |choices: Value| {
        let mut chunk = json!({
            "id": "chatcmpl-demo0001",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": model,
            "service_tier": "default",
            "system_fingerprint": "fp_demo",
            "choices": choices,
        });
        if let Some(usage) = usage {
            chunk["usage"] = if everywhere { usage.clone() } else { Value::Null };
        }
        chunk
    };
    let delta = |delta: Value, finish: Option<&str>| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": finish}]))
    };
    let mut chunks = vec![delta(json!({"role": "assistant", "content": "", "refusal": null}), None)];
    chunks.extend(WORDS.iter().cycle().take(conduct.words).map(|word| delta(json!({"content": word}), None)));
    chunks.push(delta(json!({}), Some("stop")));
    if let Some(usage) = usage {
        let mut last = chunk(json!([]));
        last["usage"] = usage.clone();
        chunks.push(last);
    }
    let gap = if conduct.sloppy { "" } else { " " };
    let mut events: Vec<String> = chunks.iter().map(|chunk| format!("data:{gap}{chunk}\n\n")).collect();
    if !conduct.sloppy {
        events.push("data: [DONE]\n\n".to_owned());
    }
    if let Some(after) = conduct.error_after {
        events.truncate(after);
        let error = json!({"error": {
            "message": "The server had an error while processing your request. Sorry about that!",
            "type": "server_error", "param": null, "code": "server_error",
        }});
        events.push(format!("event: error\ndata: {error}\n\n"));
    }
    if let Some(after) = conduct.ends_after.or(conduct.stalls_after) {
        events.truncate(after);
    }
    events
}

fn stream(
    conduct: &Conduct,
    model: &str,
    usage: Option<&Value>,
    pace: Duration,
    takes_gzip: bool,
) -> Response<AnyBody> {
    let mut pieces: Vec<Bytes> = events(conduct, model, usage).into_iter().map(Bytes::from).collect();
    let compressed = conduct.kept == Kept::Compressed && takes_gzip;
    let kept = conduct.kept == Kept::Buffered || compressed;
    let mut before = Duration::from_millis(conduct.first_after_ms);
    let mut pace = pace;
    if kept {
        before += pace * u32::try_from(pieces.len()).unwrap_or(u32::MAX);
        pace = Duration::ZERO;
        let mut all = pieces.concat();
        if compressed {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            // Writing to memory does not fail.
            let _ = encoder.write_all(&all);
            all = encoder.finish().unwrap_or_default();
        }
        pieces = vec![Bytes::from(all)];
    }
    let (stalls, endless) = (conduct.stalls_after.is_some(), conduct.endless);
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        tokio::time::sleep(before).await;
        if endless {
            let junk = Bytes::from(format!(": {}\n\ndata: {{\"choices\":[]}}\n\ndata: {{", "x".repeat(8192)));
            while sender.send(junk.clone()).await.is_ok() {}
        }
        for piece in pieces {
            if sender.send(piece).await.is_err() {
                return;
            }
            tokio::time::sleep(pace).await;
        }
        if stalls {
            sender.closed().await;
        }
    });
    let mut response = Response::new(Events(receiver).boxed());
    genuine(&mut response);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=utf-8"));
    if compressed {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// A body made of the events that another task sends.
struct Events(mpsc::Receiver<Bytes>);

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(context).map(|event| event.map(|event| Ok(Frame::data(event))))
    }
}
