//! The bytes of a stream taken apart into lines and events, with the time at which each came.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::evidence::api::ApiError;
use crate::evidence::stream::Usage;
use crate::evidence::{Ms, StreamFacts};

use super::super::Run;
use super::coding::Coding;

const LONGEST_LINE: usize = 64 * 1024;
/// What a stream may unpack to.
const MOST_UNPACKED: usize = 1024 * 1024;
/// Events that arrive this close together came in one burst.
const BURST: Duration = Duration::from_millis(10);
/// How many arrivals a report keeps.
const MOST_ARRIVALS: usize = 512;

/// Takes the bytes apart into lines and events.
pub(super) struct Reader {
    coding: Coding,
    unpacked: usize,
    line: Vec<u8>,
    whole: Vec<u8>,
    arrivals: Vec<Instant>,
    /// The event at hand was named an error.
    is_error: bool,
}

impl Reader {
    /// A reader of a stream with this `Content-Encoding`.
    pub(super) fn new(encoding: Option<&str>) -> Self {
        Self {
            coding: Coding::new(encoding),
            unpacked: 0,
            line: Vec::new(),
            whole: Vec::new(),
            arrivals: Vec::new(),
            is_error: false,
        }
    }

    /// Whether it is compressed in a way that we cannot undo: only its arrival can be told.
    pub(super) const fn is_opaque(&self) -> bool {
        self.coding.is_opaque()
    }

    /// Whether it has unpacked to more than is read.
    pub(super) const fn is_full(&self) -> bool {
        self.unpacked > MOST_UNPACKED
    }

    pub(super) fn push(&mut self, run: &Run, data: &[u8], now: Instant, started: Instant, facts: &mut StreamFacts) {
        if self.is_opaque() {
            self.arrives(now, started, facts);
            return;
        }
        let room = (MOST_UNPACKED + 1).saturating_sub(self.unpacked);
        let plain = self.coding.unpack(data, room);
        self.unpacked += plain.len();
        let room = LONGEST_LINE.saturating_sub(self.whole.len());
        self.whole.extend_from_slice(&plain[..plain.len().min(room)]);
        for byte in plain {
            if matches!(byte, b'\n' | b'\r') {
                let line = std::mem::take(&mut self.line);
                self.line_ends(run, &line, now, started, facts);
            } else if self.line.len() < LONGEST_LINE {
                self.line.push(byte);
            }
        }
    }

    fn arrives(&mut self, now: Instant, started: Instant, facts: &mut StreamFacts) {
        if let Some(last) = self.arrivals.last() {
            let gap = Ms::from(now - *last);
            facts.longest_gap_ms = Some(facts.longest_gap_ms.map_or(gap, |longest| Ms(longest.0.max(gap.0))));
        }
        self.arrivals.push(now);
        if facts.arrivals_ms.len() < MOST_ARRIVALS {
            facts.arrivals_ms.push((now - started).into());
        }
    }

    fn line_ends(&mut self, run: &Run, line: &[u8], now: Instant, started: Instant, facts: &mut StreamFacts) {
        let line = String::from_utf8_lossy(line);
        let line = line.trim_start_matches('\u{feff}');
        if let Some(name) = line.strip_prefix("event:") {
            self.is_error = matches!(name.trim(), "error" | "response.failed");
            return;
        }
        let Some(data) = line.strip_prefix("data:") else { return };
        if !data.starts_with(' ') && !data.is_empty() {
            deviates(facts, "no blank after `data:`");
        }
        let data = data.trim();
        if data == "[DONE]" {
            facts.done = true;
            return;
        }
        self.arrives(now, started, facts);
        facts.events += 1;
        let is_error = std::mem::take(&mut self.is_error);
        let Ok(event) = serde_json::from_str::<Value>(data) else {
            if is_error {
                let message = run.scrub(data, 400);
                facts.error.get_or_insert(ApiError { message, ..ApiError::default() });
            } else {
                deviates(facts, "an event that is not JSON");
            }
            return;
        };
        if let Some((error, _)) = ApiError::of_json(&event) {
            facts.error.get_or_insert(ApiError { message: run.strike(&error.message), ..error });
            return;
        }
        read_chunk(run, &event, (now - started).into(), facts);
    }

    pub(super) fn finish(&mut self, run: &Run, facts: &mut StreamFacts) {
        if let Some(last) = self.arrivals.last() {
            facts.burst = self.arrivals.iter().filter(|at| *last - **at < BURST).count();
        }
        if self.is_opaque() {
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

/// One `chat.completion.chunk`.
fn read_chunk(run: &Run, event: &Value, at: Ms, facts: &mut StreamFacts) {
    if facts.served_model.is_none() {
        let model = event.get("model").and_then(Value::as_str).filter(|model| !model.is_empty());
        facts.served_model = model.map(|model| run.scrub(model, 120));
    }
    if let Some(usage) = event.get("usage").filter(|usage| usage.is_object()) {
        let count = |name: &str| usage.get(name).and_then(Value::as_u64);
        facts.usage_events += 1;
        facts.usage = Some(Usage {
            prompt_tokens: count("prompt_tokens"),
            completion_tokens: count("completion_tokens"),
            total_tokens: count("total_tokens"),
        });
    }
    let choice = event.get("choices").and_then(|choices| choices.get(0));
    let delta = choice.and_then(|choice| choice.get("delta"));
    let piece = |key: &str| delta.and_then(|delta| delta.get(key)?.as_str()).map_or(0, |text| text.chars().count());
    let (said, thought) = (piece("content"), piece("reasoning_content") + piece("reasoning"));
    if said + thought > 0 {
        facts.content_events += 1;
        facts.content_chars += said + thought;
        facts.first_content_ms.get_or_insert(at);
    }
    if let Some(reason) = choice.and_then(|choice| choice.get("finish_reason")?.as_str()) {
        facts.finish_reason = Some(run.scrub(reason, 40));
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
        let (run, mut reader, mut facts) = (run(), Reader::new(None), StreamFacts::default());
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
    fn compressed_events_are_read_as_they_come() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        let (run, mut reader, mut facts) = (run(), Reader::new(Some("gzip")), StreamFacts::default());
        let started = Instant::now();
        for count in 1..=3 {
            encoder.write_all(b"data: {\"choices\":[{\"delta\":{\"content\":\"one\"}}]}\n\n").unwrap();
            encoder.flush().unwrap();
            let packed = std::mem::take(encoder.get_mut());
            reader.push(&run, &packed, started, started, &mut facts);
            assert_eq!(facts.content_events, count, "what was flushed is not held back here");
        }
    }

    #[test]
    fn a_bomb_in_a_stream_stays_small() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..64 {
            encoder.write_all(&vec![b'x'; MOST_UNPACKED]).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        let (run, mut reader, mut facts) = (run(), Reader::new(Some("gzip")), StreamFacts::default());
        let started = Instant::now();
        reader.push(&run, &bomb, started, started, &mut facts);
        assert!(reader.is_full() && reader.unpacked <= 2 * MOST_UNPACKED, "{}", reader.unpacked);
    }

    #[test]
    fn usage_and_model_are_read() {
        let facts = read(&[
            "data: {\"model\":\"qwen-max\",\"choices\":[{\"delta\":{\"content\":\"one\"}}],\"usage\":null}\n\n",
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":0}}\n\n",
            "event: error\ndata: upstream gone\n\n",
        ]);
        assert_eq!((facts.served_model.as_deref(), facts.usage_events), (Some("qwen-max"), 1));
        assert_eq!(facts.usage.unwrap().completion_tokens, Some(0));
        assert_eq!(facts.error.unwrap().message, "upstream gone");
    }

    #[test]
    fn departures_from_the_format_are_named_once() {
        let facts = read(&["data:{\"choices\":[{\"finish_reason\":\"stop\"}]}\ndata:{\"choices\":[]}\n"]);
        assert_eq!(facts.deviations, ["no blank after `data:`", "no closing [DONE]"]);
    }
}
