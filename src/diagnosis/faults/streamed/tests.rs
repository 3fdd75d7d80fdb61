use crate::diagnosis::specimen::{codes, completed};
use crate::diagnosis::{Confidence, Health, diagnose};
use crate::evidence::stream::StreamEnd;
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation, Status};

/// The events of a healthy stream, all at once at `at`.
fn bunched(at: f64) -> Evidence {
    let mut evidence = completed();
    let facts = &mut evidence.stream.facts;
    facts.arrivals_ms = vec![Ms(at); facts.events];
    facts.burst = facts.events;
    facts.last_byte_ms = Some(Ms(at + 1.0));
    evidence
}

fn breaks(evidence: &mut Evidence, kind: FailureKind) {
    evidence.stream.status = Status::Fail;
    evidence.stream.failure = Some(Failure::new(kind, Operation::Body, "?"));
    evidence.stream.facts.done = false;
    evidence.stream.facts.finish_reason = None;
}

#[test]
fn a_spread_stream_is_healthy() {
    assert_eq!(diagnose(&completed()).health, Health::Healthy);
}

#[test]
fn a_burst_counts_when_events_must_have_waited() {
    assert_eq!(codes(&bunched(2_000.0)), ["sse-buffered"]);
    assert!(codes(&bunched(80.0)).is_empty(), "a quick answer may come at once");
    let mut own = bunched(2_000.0);
    own.stream.facts.processing_ms = Some(Ms(1_950.0));
    assert!(codes(&own).is_empty(), "the server says that it took the time itself");
    own.stream.facts.processing_ms = Some(Ms(120.0));
    assert_eq!(codes(&own), ["sse-buffered"]);
}

#[test]
fn compression_counts_when_it_holds_events_back() {
    let mut evidence = completed();
    evidence.stream.facts.content_encoding = Some("gzip".to_owned());
    assert!(codes(&evidence).is_empty(), "flushed after every event");
    for (at, confidence) in [(2_000.0, Confidence::Confirmed), (80.0, Confidence::Likely)] {
        let mut evidence = bunched(at);
        evidence.stream.facts.content_encoding = Some("br".to_owned());
        assert_eq!(codes(&evidence), ["sse-compressed"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, confidence);
    }
}

#[test]
fn an_answer_in_one_huge_event_was_not_streamed() {
    let mut evidence = completed();
    evidence.stream.facts.content_events = 1;
    evidence.stream.facts.content_chars = 250;
    assert!(codes(&evidence).is_empty());
    evidence.stream.facts.content_chars = 900;
    assert_eq!(codes(&evidence), ["relay-ignores-stream"]);
}

#[test]
fn a_wait_without_a_token_is_a_slow_server() {
    let mut evidence = completed();
    evidence.stream.facts.first_content_ms = Some(Ms(4_000.0));
    assert!(codes(&evidence).is_empty(), "reasoning takes a while");
    evidence.stream.facts.first_content_ms = Some(Ms(15_000.0));
    assert_eq!(codes(&evidence), ["slow-first-token"]);
    breaks(&mut evidence, FailureKind::Timeout);
    evidence.stream.facts.events = 0;
    evidence.stream.facts.arrivals_ms.clear();
    evidence.stream.facts.ended = StreamEnd::NotBegun;
    evidence.stream.facts.first_content_ms = None;
    assert_eq!(codes(&evidence), ["slow-first-token"]);
    assert_eq!(diagnose(&evidence).health, Health::Faulty);
}

#[test]
fn a_stream_that_falls_silent_asks_for_more_and_a_cut_one_does_not() {
    for (ended, kind, asks) in [
        (StreamEnd::Stalled, FailureKind::Timeout, true),
        (StreamEnd::Reset, FailureKind::ConnectionReset, false),
        (StreamEnd::Closed, FailureKind::ConnectionClosed, false),
    ] {
        let mut evidence = completed();
        breaks(&mut evidence, kind);
        evidence.stream.facts.ended = ended;
        let outcome = diagnose(&evidence);
        assert_eq!(outcome.diagnoses[0].fault.code, "stream-truncated", "{ended:?}");
        assert_eq!(outcome.questions.iter().any(|one| one.rivals.contains(&"dpi-stall")), asks, "{ended:?}");
    }
}
