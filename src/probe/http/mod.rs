//! HTTP: one request over the connection that the chain has opened, timed at the stream, nothing followed or retried.
//!
//! Everything a server can send without end is bounded: headers, body, decompressed body, time.

mod answerer;
mod body;
mod request;

use std::pin::pin;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::http::Header;
use crate::evidence::{Failure, FailureKind, HttpFacts, Observation, Operation, TlsFacts, text};

use super::Run;
use super::sys::SocketHandle;
use super::tap::{LogHandle, Stream, Tap};

pub use body::decode;
pub use request::{Ask, Credentials, Variation, authorize};

use request::build;

/// A list of models takes a provider a fraction of this; who waits longer waits for a server that hangs.
pub const FIRST_BYTE_LIMIT: Duration = Duration::from_secs(12);
/// For the rest of the response.
pub const BODY_LIMIT: Duration = Duration::from_secs(8);
/// The most of a body that is read, compressed or not, in bytes.
pub const MOST_BODY: usize = 1024 * 1024;
const MOST_HEADERS: usize = 100;
const MOST_HEADER_BYTES: usize = 64 * 1024;

/// A connection ready for one request.
pub struct Ready {
    /// The stream.
    pub stream: Stream,
    /// Whether to speak HTTP/2.
    pub http2: bool,
}

/// What came back: the observation, and the decoded body in full (bounded).
pub struct Exchanged {
    /// What was seen.
    pub observation: Observation<HttpFacts>,
    /// The body, decoded.
    pub body: Vec<u8>,
}

/// Sends the request and reads the response.
pub async fn exchange(run: &Run, ask: &Ask, ready: Ready, tls: &TlsFacts, handle: Option<&SocketHandle>) -> Exchanged {
    let mut facts = HttpFacts {
        method: ask.method.to_string(),
        url: run.scrub(ask.url.as_str(), text::MAX_LINE),
        ..HttpFacts::default()
    };
    let tap = Tap::new(ready.stream);
    let log = tap.log();
    let started = Instant::now();
    let mut body = Vec::new();
    let request = build(run, ask, ready.http2, &mut facts);
    let outcome = match request {
        Ok(request) => converse(run, request, tap, ready.http2, started, &log, handle, &mut facts, &mut body).await,
        Err(failure) => Err(failure),
    };
    let crossed = log.read();
    let started = crossed.first_write.unwrap_or(started);
    if facts.status.is_none() {
        facts.sent_ms = crossed.last_write.map(|at| (at - started).into());
    }
    if facts.info.is_none() && (outcome.is_err() || facts.last_byte_ms.is_none()) {
        facts.info = handle.and_then(SocketHandle::tcp_info);
    }
    facts.title = (facts.body.len() < text::MAX_BODY).then(|| title(&facts.body)).flatten();
    if facts.status.is_some() {
        let (who, signs) = answerer::decide(&facts, tls, ask.absolute_form);
        facts.answered_by = Some(who);
        facts.answered_by_signs = signs.iter().map(|sign| run.scrub(sign, 200)).collect();
    }
    let ended = facts.last_byte_ms.map_or_else(Instant::now, |_| crossed.last_read.unwrap_or_else(Instant::now));
    let failure = outcome.err();
    Exchanged { observation: Observation::ended(run.at(started), run.at(ended.max(started)), facts, failure), body }
}

#[expect(clippy::too_many_arguments, reason = "one conversation: its request, its stream, its clock, its results")]
async fn converse(
    run: &Run,
    request: Request<Full<Bytes>>,
    tap: Tap<Stream>,
    http2: bool,
    started: Instant,
    log: &LogHandle,
    handle: Option<&SocketHandle>,
    facts: &mut HttpFacts,
    body: &mut Vec<u8>,
) -> Result<(), Failure> {
    let deadline = TokioInstant::from_std(run.patience(FIRST_BYTE_LIMIT));
    // Given up, the connection says goodbye: the kernel is asked before, lest that goodbye look like a lost segment.
    let kernel = || handle.and_then(SocketHandle::tcp_info);
    let mut response = pin!(respond(request, tap, http2));
    let response = timeout_at(deadline, response.as_mut()).await.inspect_err(|_| facts.info = kernel());
    let answered = Instant::now();
    let response = match response {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(fail(&error, Operation::Receive, facts)),
        Err(_) => return Err(Failure::timeout(Operation::Receive, (answered - started).into())),
    };
    let crossed = log.read();
    // The clock starts when the first byte is written, not when a task is told to write it.
    let began = crossed.first_write.unwrap_or(started);
    // HTTP/2 peers speak before they answer (SETTINGS): there it is the read that brought the response's head.
    let first = if http2 { crossed.last_read } else { crossed.first_read }.unwrap_or(answered).max(began);
    facts.first_byte_ms = Some((first - began).into());
    facts.sent_ms = crossed.last_write.filter(|sent| *sent <= first).map(|sent| (sent - began).into());
    describe(run, &response, facts);
    let deadline = TokioInstant::from_std(run.patience(BODY_LIMIT));
    let mut received = body::Received::new(response.headers());
    let to_the_end = !http2 && is_unbounded(response.headers());
    let outcome = {
        let mut reading = pin!(read(response.into_body(), &mut received, facts, to_the_end));
        timeout_at(deadline, reading.as_mut()).await.map_err(|_| kernel())
    };
    let ended = Instant::now();
    facts.body_bytes = received.total;
    facts.body_truncated = received.full;
    *body = received.decode();
    facts.body = run.scrub_block(&String::from_utf8_lossy(&body[..body.len().min(text::MAX_BODY)]), keep(facts));
    match outcome {
        Ok(outcome) => {
            outcome?;
            if !received.full {
                facts.last_byte_ms = Some((log.read().last_read.unwrap_or(ended).max(first) - began).into());
            }
            Ok(())
        }
        Err(info) => {
            facts.info = info;
            Err(Failure::timeout(Operation::Body, (ended - answered).into()))
        }
    }
}

/// A list of models is long and says little beyond its count; an error is short and every word counts.
fn keep(facts: &HttpFacts) -> usize {
    if facts.status.is_some_and(|status| (200..300).contains(&status)) { 2 * 1024 } else { 16 * 1024 }
}

/// Sends a request over a fresh connection and waits for the head of the response.
pub(super) async fn respond(
    request: Request<Full<Bytes>>,
    tap: Tap<Stream>,
    http2: bool,
) -> Result<Response<Incoming>, hyper::Error> {
    let io = TokioIo::new(tap);
    if http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder.max_header_list_size(u32::try_from(MOST_HEADER_BYTES).unwrap_or(u32::MAX));
        let (mut sender, connection) = builder.handshake(io).await?;
        let connection = tokio::spawn(connection);
        match sender.send_request(request).await {
            // A connection that ended before the request was on it only cancels it; why it ended it says itself.
            Err(error) if error.is_canceled() || error.is_closed() => match connection.await {
                Ok(Err(ended)) => Err(ended),
                _ => Err(error),
            },
            outcome => outcome,
        }
    } else {
        let mut builder = http1::Builder::new();
        builder.max_headers(MOST_HEADERS).max_buf_size(MOST_HEADER_BYTES);
        let (mut sender, connection) = builder.handshake(io).await?;
        tokio::spawn(connection);
        sender.send_request(request).await
    }
}

/// Whether the end of the connection is the end of the body (RFC 9112 section 6.3).
fn is_unbounded(headers: &HeaderMap) -> bool {
    !headers.contains_key(header::CONTENT_LENGTH) && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// Reads a body. One that lasts `to_the_end` of the connection is whole when that comes, with TLS's own goodbye or, as
/// from many a small server, without: whether anything is missing shows in the body itself.
async fn read(
    mut incoming: Incoming,
    received: &mut body::Received,
    facts: &mut HttpFacts,
    to_the_end: bool,
) -> Result<(), Failure> {
    while let Some(frame) = incoming.frame().await {
        match frame {
            Ok(frame) => {
                if let Ok(data) = frame.into_data()
                    && !received.push(&data)
                {
                    return Ok(());
                }
            }
            Err(error) => {
                let failure = fail(&error, Operation::Body, facts);
                let ended = to_the_end && failure.kind == FailureKind::ConnectionClosed && received.total > 0;
                return if ended { Ok(()) } else { Err(failure) };
            }
        }
    }
    Ok(())
}

fn describe(run: &Run, response: &Response<Incoming>, facts: &mut HttpFacts) {
    facts.version = Some(format!("{:?}", response.version()).replace("HTTP/2.0", "HTTP/2"));
    facts.status = Some(response.status().as_u16());
    facts.reason = response
        .extensions()
        .get::<hyper::ext::ReasonPhrase>()
        .map(|reason| run.scrub(&String::from_utf8_lossy(reason.as_bytes()), 120))
        .or_else(|| response.status().canonical_reason().map(str::to_owned));
    let line = |value: &HeaderValue| run.scrub(&String::from_utf8_lossy(value.as_bytes()), text::MAX_LINE);
    facts.headers = response
        .headers()
        .iter()
        .take(MOST_HEADERS)
        .map(|(name, value)| Header {
            name: run.scrub(name.as_str(), 120),
            value: if name == header::SET_COOKIE { cookie_name(&line(value)) } else { line(value) },
        })
        .collect();
    facts.content_type =
        facts.header("content-type").map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    facts.location = response.status().is_redirection().then(|| facts.header("location").map(str::to_owned)).flatten();
    facts.clock_offset_s = facts.header("date").and_then(clock_offset);
}

/// A cookie's value is a secret of its own; its name tells who set it.
fn cookie_name(cookie: &str) -> String {
    format!("{}=…", cookie.split('=').next().unwrap_or_default())
}

fn clock_offset(date: &str) -> Option<i64> {
    let theirs = httpdate::parse_http_date(date).ok()?;
    let ours = std::time::SystemTime::now();
    match theirs.duration_since(ours) {
        Ok(ahead) => i64::try_from(ahead.as_secs()).ok(),
        Err(behind) => i64::try_from(behind.duration().as_secs()).ok().map(|seconds| -seconds),
    }
}

/// The title of an HTML page.
fn title(body: &str) -> Option<String> {
    let lower = body.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(text::line(&body[start..end], 200)).filter(|title| !title.is_empty())
}

fn fail(error: &hyper::Error, operation: Operation, facts: &mut HttpFacts) -> Failure {
    let (failure, h2_error) = classify(error, operation);
    facts.h2_error = h2_error.or_else(|| facts.h2_error.take());
    failure
}

/// The failure, and the HTTP/2 error code where there is one.
pub(super) fn classify(error: &hyper::Error, operation: Operation) -> (Failure, Option<String>) {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            return (Failure::io(io, operation), None);
        }
        if let Some(h2) = cause.downcast_ref::<h2::Error>() {
            if let Some(io) = h2.get_io() {
                return (Failure::io(io, operation), None);
            }
            let reason = h2.reason().map(|reason| format!("{reason:?}"));
            let how = if h2.is_go_away() { "GOAWAY" } else { "RST_STREAM" };
            let detail = format!("HTTP/2 {how} {}: {h2}", reason.as_deref().unwrap_or_default());
            return (Failure::new(FailureKind::Http2Error, operation, detail), reason);
        }
        source = cause.source();
    }
    let kind = if error.is_parse_too_large() {
        FailureKind::HttpTooLarge
    } else if error.is_parse() {
        FailureKind::HttpMalformed
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        FailureKind::ConnectionClosed
    } else {
        FailureKind::Unclassified
    };
    (Failure::new(kind, operation, error), None)
}

#[cfg(test)]
mod tests {
    use super::{cookie_name, title};

    #[test]
    fn finds_the_title() {
        assert_eq!(title("<html><TITLE lang=en>Just a\nmoment…</TITLE>").as_deref(), Some("Just a moment…"));
        assert_eq!(title("<html><title>unclosed"), None);
        // A character whose lower case is longer in bytes must not shift the positions.
        assert_eq!(title("İİ<title>ok</title>").as_deref(), Some("ok"));
    }

    #[test]
    fn cookies_keep_their_names_only() {
        assert_eq!(cookie_name("__cf_bm=secret; path=/"), "__cf_bm=…");
    }
}
