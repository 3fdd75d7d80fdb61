//! One minimal completion, streamed and read byte by byte: when each event arrived and how the stream ended.
//!
//! A stream parser for clients hides what matters here: comments, frame times, a truncated tail, a body that is no
//! stream at all. The format is that of the HTML standard, section 9.2.

use std::time::{Duration, Instant};

use http::{HeaderValue, Request, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use serde_json::{Value, json};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::api::ApiError;
use crate::evidence::stream::StreamEnd;
use crate::evidence::{Failure, FailureKind, Ms, Observation, Operation, StreamFacts, text};

use super::Run;
use super::http::{Ready, authorize, classify, respond};
use super::tap::Tap;

/// To the first byte: reasoning models may think for a while, and who waits longer than this sees it as a hang.
const FIRST_BYTE_LIMIT: Duration = Duration::from_secs(20);
/// Between two pieces.
const GAP_LIMIT: Duration = Duration::from_secs(10);
const MOST_BYTES: u64 = 512 * 1024;
const LONGEST_LINE: usize = 64 * 1024;
/// Events that arrive this close together came in one burst.
const BURST: Duration = Duration::from_millis(10);

/// Asks for a few words and reads them as they come.
pub async fn complete(run: &Run, model: &str, ready: Ready) -> Observation<StreamFacts> {
    let started = Instant::now();
    let url = run.settings.request_url("chat/completions");
    let mut facts = StreamFacts {
        model: run.scrub(model, 120),
        url: url.as_ref().map(|url| run.scrub(url.as_str(), text::MAX_LINE)).unwrap_or_default(),
        ..StreamFacts::default()
    };
    let outcome = match request(run, model, url.as_ref(), ready.http2) {
        Ok(request) => converse(run, request, ready, started, &mut facts).await,
        Err(failure) => Err(failure),
    };
    Observation::ended(run.at(started), run.now(), facts, outcome.err())
}

fn request(run: &Run, model: &str, url: Option<&url::Url>, http2: bool) -> Result<Request<Full<Bytes>>, Failure> {
    let unusable = || Failure::new(FailureKind::UnusableSetting, Operation::Send, "the URL cannot be put in a request");
    let url = url.ok_or_else(unusable)?;
    // The smallest question with an answer of several tokens; the limit is left out because old and new models name it
    // differently and refuse the other's name.
    let body = json!({
        "model": model,
        "stream": true,
        "messages": [{"role": "user", "content": "Count from one to ten in words, nothing else."}],
    });
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
    // What the official SDKs send; a server that compresses a stream does it to them too.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
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
    let word = |name| response.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    facts.content_type =
        word(header::CONTENT_TYPE).map(|kind| run.scrub(kind.split(';').next().unwrap_or_default(), 80));
    facts.content_encoding =
        word(header::CONTENT_ENCODING).filter(|coding| *coding != "identity").map(|coding| run.scrub(coding, 40));
    let mut reader = Reader::new(facts.content_encoding.is_some());
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
    let ended_well =
        facts.done || facts.finish_reason.is_some() || facts.single_json || facts.content_encoding.is_some();
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
    loop {
        let deadline = TokioInstant::from_std(run.step(GAP_LIMIT));
        let waiting = Instant::now();
        let Ok(frame) = timeout_at(deadline, body.frame()).await else {
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
                if facts.bytes > MOST_BYTES {
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

/// Takes the bytes apart into lines and events.
struct Reader {
    opaque: bool,
    line: Vec<u8>,
    whole: Vec<u8>,
    arrivals: Vec<Instant>,
}

impl Reader {
    fn new(opaque: bool) -> Self {
        Self { opaque, line: Vec::new(), whole: Vec::new(), arrivals: Vec::new() }
    }

    fn push(&mut self, run: &Run, data: &[u8], now: Instant, started: Instant, facts: &mut StreamFacts) {
        if self.opaque {
            // Compressed: only its arrival can be told.
            self.arrivals.push(now);
            return;
        }
        let room = LONGEST_LINE.saturating_sub(self.whole.len());
        self.whole.extend_from_slice(&data[..data.len().min(room)]);
        for &byte in data {
            if matches!(byte, b'\n' | b'\r') {
                let line = std::mem::take(&mut self.line);
                self.line_ends(run, &line, now, started, facts);
            } else if self.line.len() < LONGEST_LINE {
                self.line.push(byte);
            }
        }
    }

    fn line_ends(&mut self, run: &Run, line: &[u8], now: Instant, started: Instant, facts: &mut StreamFacts) {
        let line = String::from_utf8_lossy(line);
        let Some(data) = line.trim_start_matches('\u{feff}').strip_prefix("data:") else { return };
        if !data.starts_with(' ') && !data.is_empty() {
            deviates(facts, "no blank after `data:`");
        }
        let data = data.trim();
        if data == "[DONE]" {
            facts.done = true;
            return;
        }
        if let Some(last) = self.arrivals.last() {
            let gap = Ms::from(now - *last);
            facts.longest_gap_ms = Some(facts.longest_gap_ms.map_or(gap, |longest| Ms(longest.0.max(gap.0))));
        }
        self.arrivals.push(now);
        facts.events += 1;
        let Ok(event) = serde_json::from_str::<Value>(data) else {
            deviates(facts, "an event that is not JSON");
            return;
        };
        if let Some((error, _)) = ApiError::of_json(&event) {
            facts.error.get_or_insert(ApiError { message: run.strike(&error.message), ..error });
            return;
        }
        let choice = event.get("choices").and_then(|choices| choices.get(0));
        let delta = choice.and_then(|choice| choice.get("delta"));
        let says = ["content", "reasoning_content", "reasoning"]
            .iter()
            .any(|key| delta.and_then(|delta| delta.get(key)?.as_str()).is_some_and(|piece| !piece.is_empty()));
        if says {
            facts.content_events += 1;
            facts.first_content_ms.get_or_insert((now - started).into());
        }
        if let Some(reason) = choice.and_then(|choice| choice.get("finish_reason")?.as_str()) {
            facts.finish_reason = Some(run.scrub(reason, 40));
        }
    }

    fn finish(&mut self, run: &Run, facts: &mut StreamFacts) {
        if let Some(last) = self.arrivals.last() {
            facts.burst = self.arrivals.iter().filter(|at| *last - **at < BURST).count();
        }
        if self.opaque {
            facts.events = self.arrivals.len();
            return;
        }
        if facts.events == 0
            && let Ok(json) = serde_json::from_slice::<Value>(&self.whole)
        {
            facts.error =
                ApiError::of_json(&json).map(|(error, _)| ApiError { message: run.strike(&error.message), ..error });
            facts.single_json = facts.error.is_none() && json.get("choices").is_some();
        }
        if facts.finish_reason.is_some() && !facts.done && facts.events > 0 {
            deviates(facts, "no closing [DONE]");
        }
    }
}

fn deviates(facts: &mut StreamFacts, how: &str) {
    if !facts.deviations.iter().any(|known| known == how) {
        facts.deviations.push(how.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    fn read(pieces: &[&str]) -> StreamFacts {
        let (run, mut reader, mut facts) = (run(), Reader::new(false), StreamFacts::default());
        let started = Instant::now();
        for piece in pieces {
            reader.push(&run, piece.as_bytes(), started, started, &mut facts);
        }
        reader.finish(&run, &mut facts);
        facts
    }

    #[test]
    fn events_are_found_wherever_the_pieces_are_cut() {
        let facts = read(&[
            ": comment\r\n\r\nda",
            "ta: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n",
            "\ndata: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        ]);
        assert_eq!((facts.events, facts.content_events, facts.done), (3, 1, true));
        assert_eq!(facts.finish_reason.as_deref(), Some("stop"));
        assert!(facts.deviations.is_empty(), "{:?}", facts.deviations);
    }

    #[test]
    fn an_error_inside_or_instead_of_a_stream_is_found() {
        let inside = read(&["data: {\"error\":{\"message\":\"overloaded\",\"code\":\"server_error\"}}\n\n"]);
        assert_eq!(inside.error.unwrap().code.as_deref(), Some("server_error"));
        let instead = read(&["{\"error\":{\"message\":\"no\",\"code\":\"insufficient_quota\"}}"]);
        assert_eq!(instead.error.unwrap().code.as_deref(), Some("insufficient_quota"));
        assert!(read(&["{\"choices\":[]}"]).single_json);
    }

    #[test]
    fn departures_from_the_format_are_named_once() {
        let facts = read(&["data:{\"choices\":[{\"finish_reason\":\"stop\"}]}\ndata:{\"choices\":[]}\n"]);
        assert_eq!(facts.deviations, ["no blank after `data:`", "no closing [DONE]"]);
    }
}
