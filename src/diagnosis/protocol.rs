//! Comparisons of protocols in words.

use crate::evidence::protocol::{
    HttpVersionFacts, QuicFacts, QuicOutcome, QuicTrial, RequestTrial, StallFacts, StallTrial, WebSocketFacts,
};
use crate::lang::{Sentence, Text};
use crate::{say, text};

/// How many were answered, of how many.
pub(super) fn rate(trials: &[RequestTrial]) -> String {
    format!("{}/{}", trials.iter().filter(|trial| trial.answered()).count(), trials.len())
}

pub(super) fn http_versions(facts: &HttpVersionFacts) -> Sentence {
    say!(
        en: "answered: HTTP/1.1 {one}, HTTP/2 {two}", zh: "有应答：HTTP/1.1 {one}，HTTP/2 {two}",
        one = rate(&facts.http1), two = rate(&facts.http2),
    )
}

pub(super) fn quic(facts: &QuicFacts) -> Sentence {
    let Some(target) = &facts.target else { return say!(en: "not asked", zh: "没有测试") };
    let outcome = quic_outcome(target);
    let controls = facts.controls.iter().filter(|trial| trial.outcome == QuicOutcome::Answered).count();
    say!(
        en: "{address} {en}; of {all} unrelated hosts {controls} answered",
        zh: "{address} {zh}；{all} 个无关主机中有 {controls} 个应答",
        address = target.address, en = outcome.en, zh = outcome.zh, all = facts.controls.len(),
    )
}

pub(super) const fn quic_outcome(trial: &QuicTrial) -> Text {
    match trial.outcome {
        QuicOutcome::Answered => text!(en: "answered with its versions", zh: "返回了支持的版本"),
        QuicOutcome::OtherAnswer => text!(en: "answered, but not in QUIC", zh: "有应答，但不是 QUIC"),
        QuicOutcome::Closed => text!(en: "says that the port is closed", zh: "表示端口关闭"),
        QuicOutcome::Forbidden => text!(en: "may not be asked", zh: "被禁止访问"),
        QuicOutcome::Silent => text!(en: "stayed silent", zh: "没有回应"),
    }
}

pub(super) fn web_socket(facts: &WebSocketFacts) -> Sentence {
    let fate = |trials: &[RequestTrial]| {
        let mut fates: Vec<String> = trials.iter().map(one_fate).collect();
        fates.dedup();
        fates.join(", ")
    };
    if facts.plain.is_empty() {
        return say!(en: "with the upgrade: {it}", zh: "带升级请求：{it}", it = fate(&facts.upgrades));
    }
    say!(
        en: "with the upgrade: {with}; without: {without}", zh: "带升级请求：{with}；不带：{without}",
        with = fate(&facts.upgrades), without = fate(&facts.plain),
    )
}

fn one_fate(trial: &RequestTrial) -> String {
    match (trial.status, &trial.failure) {
        (Some(status), _) => status.to_string(),
        (None, Some(failure)) => failure.to_string(),
        (None, None) => "?".to_owned(),
    }
}

pub(super) fn stall(facts: &StallFacts) -> Sentence {
    let froze = |trials: &[StallTrial]| {
        let at: Vec<String> = trials.iter().filter(|trial| trial.stalled).map(|it| received(it).to_string()).collect();
        if at.is_empty() { "–".to_owned() } else { at.join(", ") }
    };
    say!(
        en: "frozen after so many bytes: {usual}; in small segments: {segmented}; a small answer alone passed {small} of {all} times",
        zh: "卡死时已收到的字节数：{usual}；小报文段：{segmented}；单独的小响应 {all} 次中成功 {small} 次",
        usual = froze(&facts.usual), segmented = froze(&facts.in_small_segments),
        small = facts.small.iter().filter(|trial| trial.answers > 0).count(), all = facts.small.len(),
    )
}

/// The bytes that a connection received, as far as is known.
pub(super) fn received(trial: &StallTrial) -> u64 {
    trial.received.unwrap_or(trial.body_bytes)
}
