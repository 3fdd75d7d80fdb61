//! The rules that read a streamed completion.

pub(super) mod usage;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::pace;
use crate::evidence::stream::StreamEnd;
use crate::evidence::{Evidence, FailureKind, Ms, Stage, StreamFacts};
use crate::lang::Sentence;
use crate::say;

/// A first token later than this breaks clients whose idle timeout is short.
const SLOW: Ms = Ms(10_000.0);
/// Fewer events say nothing about how they arrive.
const ENOUGH: usize = 8;
/// Events held back for less than this may as well have been made together.
const HELD_BACK: Ms = Ms(500.0);
/// A server that says so much of the wait was its own made the wait.
const OWN_SHARE: f64 = 0.8;
/// What a second flight of packets may take at most, in milliseconds; more may be a quick model.
const SECOND_FLIGHT: f64 = 50.0;
/// So many characters in one event are no token.
const HUGE: usize = 300;

/// The facts of a stream that the server agreed to send.
fn streamed(evidence: &Evidence) -> Option<&StreamFacts> {
    let facts = &evidence.stream.facts;
    facts.status.is_some_and(|status| (200..300).contains(&status)).then_some(facts)
}

pub(super) fn error_event(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence)?;
    let error = facts.error.as_ref()?;
    let code = error.code.as_deref().or(error.kind.as_deref()).unwrap_or("no code");
    Some(Finding::faulty(Stage::Stream, Confidence::Confirmed).because(say!(
        en: "status 200, and then inside the stream, after {events} events: {code}: {message}",
        zh: "状态码是 200，但流里在 {events} 个事件之后出现错误：{code}：{message}",
        events = facts.events.saturating_sub(1), message = &error.message,
    )))
}

pub(super) fn truncated(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|facts| facts.error.is_none() && facts.events > 0)?;
    if facts.finish_reason.is_some() || facts.done || is_opaque(facts) {
        return None;
    }
    let (events, bytes) = (facts.events, facts.bytes);
    let after = facts.last_byte_ms.unwrap_or_default();
    let (confidence, how) = match facts.ended {
        StreamEnd::Reset => (Confidence::Confirmed, say!(en: "a reset", zh: "连接被重置")),
        StreamEnd::Closed | StreamEnd::Complete => {
            (Confidence::Confirmed, say!(en: "the end of the connection", zh: "连接结束"))
        }
        StreamEnd::Stalled => (Confidence::Possible, say!(en: "silence", zh: "没有更多数据")),
        StreamEnd::NotBegun | StreamEnd::TooLong => return None,
    };
    let mut finding = Finding::faulty(Stage::Stream, confidence).because(say!(
        en: "after {events} events ({bytes} bytes, {after}) came {en}, without finish_reason and without [DONE]",
        zh: "收到 {events} 个事件（{bytes} 字节，{after}）之后{zh}，既没有 finish_reason 也没有 [DONE]",
        en = how.en, zh = how.zh,
    ));
    if facts.ended != StreamEnd::Stalled {
        let ended = say!(en: "the connection ended; it did not fall silent", zh: "连接是结束了，不是没有动静");
        finding = finding.not("dpi-stall", ended);
    }
    Some(finding)
}

pub(super) fn ignored(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence)?;
    if facts.single_json {
        let kind = facts.content_type.as_deref().unwrap_or("no Content-Type");
        return Some(Finding::degraded(Stage::Stream, Confidence::Confirmed).because(say!(
            en: "stream: true was answered with one JSON document ({kind})",
            zh: "请求里写了 stream: true，返回的却是一整个 JSON（{kind}）",
        )));
    }
    let (events, chars) = (facts.content_events, facts.content_chars);
    ((1..=2).contains(&events) && chars >= HUGE).then(|| {
        Finding::degraded(Stage::Stream, Confidence::Likely).because(say!(
            en: "the {chars} characters of the answer came in {events} events: it was made whole and cut up afterwards",
            zh: "{chars} 个字符的回答只分成 {events} 个事件：是整段生成后再切开的",
        ))
    })
}

/// Whether it was compressed in a way that left nothing to read.
fn is_opaque(facts: &StreamFacts) -> bool {
    facts.content_encoding.is_some() && facts.content_events == 0
}

/// How many events came in a burst at the end: within ten milliseconds, or what a second flight of packets takes.
fn burst(facts: &StreamFacts) -> usize {
    let flight = facts.info.and_then(|info| info.rtt_ms).unwrap_or_default().0.min(SECOND_FLIGHT);
    let Some(last) = facts.arrivals_ms.last() else { return facts.burst };
    facts.arrivals_ms.iter().filter(|at| last.0 - at.0 < 10.0 + flight).count().max(facts.burst)
}

/// Whether nearly all events came in one burst.
fn is_bunched(facts: &StreamFacts) -> bool {
    facts.events > 0 && burst(facts).saturating_mul(10) >= facts.events.saturating_mul(9)
}

/// When the first event of a burst came, if so long after the request that events must have waited for it. Where the
/// server says that it took the time itself, nothing was kept.
fn held_back(facts: &StreamFacts) -> Option<Ms> {
    let first = facts.arrivals_ms.first().copied().or(facts.last_byte_ms)?;
    let own = facts.processing_ms.unwrap_or_default();
    (first.0 >= HELD_BACK.0 && own.0 < first.0 * OWN_SHARE).then_some(first)
}

pub(super) fn compressed(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence)?;
    let coding = facts.content_encoding.as_deref()?;
    if !is_bunched(facts) {
        // Flushed after every event: it costs nobody anything.
        return None;
    }
    let held = held_back(facts);
    let confidence = if held.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    Some(
        Finding::degraded(Stage::Stream, confidence)
            .because(say!(
                en: "the event stream came with Content-Encoding: {coding}",
                zh: "事件流带着 Content-Encoding: {coding}",
            ))
            .because_if(held.map(|first| all_at_once(facts, first))),
    )
}

fn all_at_once(facts: &StreamFacts, first: Ms) -> Sentence {
    say!(
        en: "for {first} no event came, and then {burst} of {events} at once",
        zh: "前 {first} 一个事件也没有，随后 {events} 个事件中有 {burst} 个同时到达",
        burst = burst(facts), events = facts.events,
    )
}

pub(super) fn buffered(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|facts| facts.content_encoding.is_none() && facts.error.is_none())?;
    if facts.events < ENOUGH || !is_bunched(facts) {
        return None;
    }
    let first = held_back(facts)?;
    let mut finding = Finding::degraded(Stage::Stream, Confidence::Likely).because(all_at_once(facts, first));
    if let Some(own) = facts.processing_ms {
        finding = finding.because(say!(
            en: "the server says that it began after {own} (openai-processing-ms)",
            zh: "服务器声明 {own} 后就开始返回（openai-processing-ms）",
        ));
    }
    Some(finding.not("sse-compressed", say!(en: "the stream is not compressed", zh: "流没有被压缩")))
}

pub(super) fn nonstandard(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|facts| facts.error.is_none() && !facts.deviations.is_empty())?;
    Some(Finding::degraded(Stage::Stream, Confidence::Confirmed).because(say!(
        en: "departures from the format: {how}", zh: "与标准格式不符：{how}", how = facts.deviations.join("; "),
    )))
}

pub(super) fn slow_first_token(evidence: &Evidence) -> Option<Finding> {
    let observed = &evidence.stream;
    let connect = evidence.tcp.duration_ms.or(evidence.proxy.facts.tunnel_ms);
    let connect = connect.map_or_else(|| "?".to_owned(), |time| time.to_string());
    let steady = observed.facts.info.filter(|info| info.unacked == Some(0)).map(|info| {
        say!(
            en: "the request was acknowledged, and the round trip takes {rtt}: it is the server that is slow",
            zh: "请求已被确认，往返时间 {rtt}：慢的是服务器",
            rtt = info.rtt_ms.map_or_else(|| "?".to_owned(), |rtt| rtt.to_string()),
        )
    });
    let silent = observed.kind() == Some(FailureKind::Timeout) && observed.facts.events == 0;
    if silent && observed.facts.content_encoding.is_none() {
        let waited = observed.duration_ms.unwrap_or_default();
        return Some(
            Finding::faulty(Stage::Stream, Confidence::Likely)
                .because(say!(
                    en: "no token had come when the wait ended after {waited}, while connecting took {connect} and the list of models came at once",
                    zh: "等了 {waited} 仍没有任何 token，而建立连接只用了 {connect}，模型列表也很快返回",
                ))
                .because_if(steady),
        );
    }
    let facts = streamed(evidence)?;
    let first = facts.first_content_ms.filter(|first| first.0 > SLOW.0)?;
    let rtt = facts.info.and_then(|info| info.rtt_ms).unwrap_or_default();
    let own = pace::own(facts.processing_ms, facts.upstream_ms).filter(|own| pace::is_servers(*own, first, rtt));
    let own = own.map(|pace::Own { time, header }| {
        say!(
            en: "the server says that it worked on it for {time} ({header})",
            zh: "服务器声明自己处理了 {time}（{header}）",
        )
    });
    let confidence = if own.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    Some(
        Finding::degraded(Stage::Stream, confidence)
            .because(say!(
                en: "the first token came after {first}, while connecting took {connect}",
                zh: "首个 token 在 {first} 后才到，而建立连接只用了 {connect}",
            ))
            .because_if(own)
            .because_if(steady),
    )
}

#[cfg(test)]
mod tests;
