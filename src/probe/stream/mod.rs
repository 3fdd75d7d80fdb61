//! One minimal completion, asked for as the official SDKs ask, streamed and read byte by byte: when each event arrived
//! and how the stream ended.
//!
//! A stream parser for clients hides what matters here: comments, frame times, a truncated tail, a body that is no
//! stream at all. The format is that of the HTML standard, section 9.2.

mod coding;
mod events;

use std::time::{Duration, Instant};

use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use serde_json::json;
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::stream::StreamEnd;
use crate::evidence::{Failure, FailureKind, Ms, Observation, Operation, StreamFacts, text};

use super::Run;
use super::http::{Ready, authorize, classify, respond};
use super::sys::SocketHandle;
use super::tap::Tap;

use events::Reader;

/// To the first byte: reasoning models may think for a while, and who waits longer than this sees it as a hang.
const FIRST_BYTE_LIMIT: Duration = Duration::from_secs(30);
/// Between two pieces.
const GAP_LIMIT: Duration = Duration::from_secs(10);
/// From the first byte to the last: an answer as short as this one has ended long before, unless it never does.
const WHOLE_LIMIT: Duration = Duration::from_secs(60);
const MOST_BYTES: u64 = 512 * 1024;
/// What the official SDKs send: Python's HTTP client the first two, Node.js all three. A proxy that compresses a stream
/// for them does it to us too.
const ACCEPT_ENCODING: &str = "gzip, deflate, br";
/// Some sixty events and twenty kilobytes: enough to see how they arrive, and more than filters let pass that freeze
/// connections, for a hundredth of a cent.
const PROMPT: &str = "Count from one to forty in words, nothing else.";

/// Asks for a few words and reads them as they come.
///
/// `with_usage` also asks for the usage, as most clients do; a few servers refuse a request that does.
pub async fn complete(
    run: &Run,
    model: &str,
    ready: Ready,
    handle: Option<&SocketHandle>,
    with_usage: bool,
) -> Observation<StreamFacts> {
    let started = Instant::now();
    let url = run.settings.request_url("chat/completions");
    let mut facts = StreamFacts {
        model: run.scrub(model, 120),
        url: url.as_ref().map(|url| run.scrub(url.as_str(), text::MAX_LINE)).unwrap_or_default(),
        usage_asked: with_usage,
        ..StreamFacts::default()
    };
    let outcome = match request(run, model, url.as_ref(), ready.http2, with_usage) {
        Ok(request) => converse(run, request, ready, started, &mut facts).await,
        Err(failure) => Err(failure),
    };
    facts.info = handle.and_then(SocketHandle::tcp_info);
    Observation::ended(run.at(started), run.now(), facts, outcome.err())
}

/// Whether a server refused the completion because it was asked for the usage, which it does not know.
#[must_use]
pub fn refuses_usage(facts: &StreamFacts) -> bool {
    let refused = facts.status.is_some_and(|status| matches!(status, 400 | 422));
    let says = |error: &crate::evidence::api::ApiError| {
        [Some(&error.message), error.param.as_ref()].into_iter().flatten().any(|text| text.contains("stream_options"))
    };
    facts.usage_asked && refused && facts.error.as_ref().is_some_and(says)
}

fn request(
    run: &Run,
    model: &str,
    url: Option<&url::Url>,
    http2: bool,
    with_usage: bool,
) -> Result<Request<Full<Bytes>>, Failure> {
    let unusable = || Failure::new(FailureKind::UnusableSetting, Operation::Send, "the URL cannot be put in a request");
    let url = url.ok_or_else(unusable)?;
    // No limit of tokens: old and new models name it differently and refuse the other's name.
    let mut body = json!({"model": model, "stream": true, "messages": [{"role": "user", "content": PROMPT}]});
    if with_usage {
        body["stream_options"] = json!({"include_usage": true});
    }
    let uri = if http2 {
        url.as_str().to_owned()
    } else {
        url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    };
    let mut request = Request::builder().method(http::Method::POST).uri(uri);
    let headers = request.headers_mut().ok_or_else(unusable)?;
    if !http2 {
        let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
        headers.insert(header::HOST, HeaderValue::from_str(host).map_err(|_| unusable())?);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(header::ACCEPT, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("openai-doctor/", env!("CARGO_PKG_VERSION"))));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(ACCEPT_ENCODING));
    authorize(run, headers);
    request.body(Full::from(body.to_string())).map_err(|_| unusable())
}

async fn converse(
    run: &Run,
    request: Request<Full<Bytes>>,
    ready: Ready,
    started: Instant,
    facts: &mut StreamFacts,
) -> Result<(), Failure> {
    let since = |at: Instant| Ms::from(at - started);
    let deadline = TokioInstant::from_std(run.step(FIRST_BYTE_LIMIT));
    let response = match timeout_at(deadline, respond(request, Tap::new(ready.stream), ready.http2)).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(classify(&error, Operation::Receive).0),
        Err(_) => return Err(Failure::timeout(Operation::Receive, started.elapsed().into())),
    };
    facts.first_byte_ms = Some(since(Instant::now()));
    facts.status = Some(response.status().as_u16());
    let word = |name: &str| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    facts.content_type = word("content-type").map(|kind| run.scrub(kind.split(';').next().unwrap_or_default(), 80));
    facts.content_encoding =
        word("content-encoding").filter(|coding| *coding != "identity").map(|coding| run.scrub(coding, 40));
    facts.processing_ms = word("openai-processing-ms").and_then(super::api::number).map(Ms);
    facts.upstream_ms = word("x-envoy-upstream-service-time").and_then(super::api::number).map(Ms);
    let headers = response.headers().iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    facts.rate_limits = super::api::rate_limits(headers);
    if response.status().is_success() {
        facts.notes.extend(super::api::limits_missing(run, &facts.rate_limits));
    }
    let mut reader = Reader::new(facts.content_encoding.as_deref());
    let failure = read(run, response.into_body(), started, &mut reader, facts).await.err();
    reader.finish(run, facts);
    if let Some(error) = &facts.error {
        let code = error.code.as_deref().or(error.kind.as_deref()).unwrap_or("no code");
        return Err(Failure::new(FailureKind::ApiError, Operation::Body, format_args!("{code}: {}", error.message)));
    }
    if let Some(failure) = failure {
        return Err(failure);
    }
    let status = facts.status.unwrap_or_default();
    if !(200..300).contains(&status) {
        return Err(Failure::new(FailureKind::HttpStatus, Operation::Body, status));
    }
    let enough = facts.ended == StreamEnd::TooLong || facts.single_json || reader.is_opaque();
    let ended_well = enough || facts.done || facts.finish_reason.is_some();
    if ended_well {
        Ok(())
    } else {
        let detail = "the stream ended without finish_reason and without [DONE]";
        Err(Failure::new(FailureKind::StreamBroken, Operation::Body, detail))
    }
}

async fn read(
    run: &Run,
    mut body: Incoming,
    started: Instant,
    reader: &mut Reader,
    facts: &mut StreamFacts,
) -> Result<(), Failure> {
    let end = run.step(WHOLE_LIMIT);
    loop {
        // Who sends the head at once may think as long as who does not.
        let limit = if facts.bytes == 0 { FIRST_BYTE_LIMIT } else { GAP_LIMIT };
        let deadline = TokioInstant::from_std(run.step(limit).min(end));
        let waiting = Instant::now();
        let Ok(frame) = timeout_at(deadline, body.frame()).await else {
            if waiting + limit > end {
                facts.ended = StreamEnd::TooLong;
                return Ok(());
            }
            facts.ended = StreamEnd::Stalled;
            return Err(Failure::timeout(Operation::Body, waiting.elapsed().into()));
        };
        let now = Instant::now();
        match frame {
            None => {
                facts.ended = StreamEnd::Complete;
                return Ok(());
            }
            Some(Ok(frame)) => {
                let Ok(data) = frame.into_data() else { continue };
                facts.bytes += data.len() as u64;
                facts.last_byte_ms = Some((now - started).into());
                reader.push(run, &data, now, started, facts);
                if facts.bytes > MOST_BYTES || reader.is_full() {
                    facts.ended = StreamEnd::TooLong;
                    return Ok(());
                }
            }
            Some(Err(error)) => {
                let failure = classify(&error, Operation::Body).0;
                facts.ended =
                    if failure.kind == FailureKind::ConnectionReset { StreamEnd::Reset } else { StreamEnd::Closed };
                return Err(failure);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::api::ApiError;

    #[test]
    fn a_server_that_does_not_know_the_usage_is_asked_again_without() {
        let refused = |status, message: &str, asked| StreamFacts {
            status: Some(status),
            usage_asked: asked,
            error: Some(ApiError { message: message.to_owned(), ..ApiError::default() }),
            ..StreamFacts::default()
        };
        assert!(refuses_usage(&refused(422, "stream_options: Extra inputs are not permitted", true)));
        assert!(!refuses_usage(&refused(422, "stream_options: Extra inputs are not permitted", false)));
        assert!(!refuses_usage(&refused(429, "You exceeded your current quota", true)));
    }
}
