//! The rules that read a streamed completion.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::stream::StreamEnd;
use crate::evidence::{Evidence, Ms, Stage, StreamFacts};
use crate::say;

/// A first token later than this breaks clients whose idle timeout is short.
const SLOW: Ms = Ms(10_000.0);
/// Fewer events say nothing about how they arrive.
const ENOUGH: usize = 8;
/// Events held back for less than this may as well have been made together.
const HELD_BACK: Ms = Ms(500.0);

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
    if facts.finish_reason.is_some() || facts.done || facts.content_encoding.is_some() {
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
    Some(Finding::faulty(Stage::Stream, confidence).because(say!(
        en: "after {events} events ({bytes} bytes, {after}) came {en}, without finish_reason and without [DONE]",
        zh: "收到 {events} 个事件（{bytes} 字节，{after}）之后{zh}，既没有 finish_reason 也没有 [DONE]",
        en = how.en, zh = how.zh,
    )))
}

pub(super) fn ignored(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|facts| facts.single_json)?;
    let kind = facts.content_type.as_deref().unwrap_or("no Content-Type");
    Some(Finding::degraded(Stage::Stream, Confidence::Confirmed).because(say!(
        en: "stream: true was answered with one JSON document ({kind})",
        zh: "请求里写了 stream: true，返回的却是一整个 JSON（{kind}）",
    )))
}

pub(super) fn compressed(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence)?;
    let coding = facts.content_encoding.as_deref()?;
    Some(Finding::degraded(Stage::Stream, Confidence::Confirmed).because(say!(
        en: "the event stream came with Content-Encoding: {coding}",
        zh: "事件流带着 Content-Encoding: {coding}",
    )))
}

pub(super) fn buffered(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|facts| facts.content_encoding.is_none())?;
    let (first, last) = (facts.first_byte_ms?, facts.last_byte_ms?);
    // The head came, then nothing, then everything at once: whoever sent the head kept the events.
    if facts.events < ENOUGH || facts.burst * 10 < facts.events * 9 || (last - first).0 < HELD_BACK.0 {
        return None;
    }
    Some(Finding::degraded(Stage::Stream, Confidence::Likely).because(say!(
        en: "the response began after {first}, and {burst} of {events} events came within 10 ms at its end ({last})",
        zh: "响应在 {first} 开始，而 {events} 个事件中有 {burst} 个挤在最后 10 毫秒内（{last}）",
        burst = facts.burst, events = facts.events,
    )))
}

pub(super) fn nonstandard(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|facts| facts.error.is_none() && !facts.deviations.is_empty())?;
    Some(Finding::degraded(Stage::Stream, Confidence::Confirmed).because(say!(
        en: "departures from the format: {how}", zh: "与标准格式不符：{how}", how = facts.deviations.join("; "),
    )))
}

pub(super) fn slow_first_token(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence)?;
    let first = facts.first_content_ms.filter(|first| first.0 > SLOW.0)?;
    let connect = evidence.tcp.duration_ms.map_or_else(String::new, |time| time.to_string());
    Some(Finding::degraded(Stage::Stream, Confidence::Likely).because(say!(
        en: "the first token came after {first}, while connecting took {connect}",
        zh: "首个 token 在 {first} 后才到，而建立连接只用了 {connect}",
    )))
}
