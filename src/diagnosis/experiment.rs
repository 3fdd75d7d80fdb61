//! An experiment in words: the question it asks and the answer it found.

use crate::evidence::experiment::{ExperimentFacts, Trial};
use crate::lang::Sentence;
use crate::say;

/// The question.
#[must_use]
pub fn question(facts: &ExperimentFacts) -> Sentence {
    match facts {
        ExperimentFacts::ServerName(facts) => say!(
            en: "Does it depend on the server name? {name} against {neutral}",
            zh: "是否取决于域名？{name} 对比 {neutral}",
            name = &facts.name, neutral = &facts.neutral_name,
        ),
        ExperimentFacts::HelloSize(_) => {
            say!(en: "Does it depend on the size of packets?", zh: "是否取决于数据包大小？")
        }
        ExperimentFacts::ControlHosts(_) => {
            say!(en: "Does anything unrelated connect?", zh: "其他无关主机连得上吗？")
        }
        ExperimentFacts::Loss(_) => say!(en: "Are packets lost at random?", zh: "是否在随机丢包？"),
    }
}

/// The answer.
#[must_use]
pub fn answer(facts: &ExperimentFacts) -> Sentence {
    match facts {
        ExperimentFacts::ServerName(facts) => {
            let here = pair(&facts.target, &facts.neutral);
            let there = pair(&facts.elsewhere, &facts.neutral_elsewhere);
            if facts.elsewhere.is_empty() {
                say!(
                    en: "answered (this name / neutral): {here}", zh: "有应答（该域名 / 中性域名）：{here}",
                )
            } else {
                say!(
                    en: "answered (this name / neutral): {here}; at an unrelated address: {there}",
                    zh: "有应答（该域名 / 中性域名）：{here}；在无关地址上：{there}",
                )
            }
        }
        ExperimentFacts::HelloSize(facts) => say!(
            en: "answered: large ClientHello {large}, small {small}, large in segments of {segment} bytes {segmented}",
            zh: "有应答：大 ClientHello {large}，小 ClientHello {small}，大的拆成 {segment} 字节报文段 {segmented}",
            large = rate(&facts.large), small = rate(&facts.small), segment = facts.segment_bytes,
            segmented = rate(&facts.large_in_small_segments),
        ),
        ExperimentFacts::ControlHosts(facts) => {
            let connected = facts.hosts.iter().filter(|host| host.connected).count();
            let names: Vec<String> = facts.hosts.iter().map(|host| host.address.to_string()).collect();
            say!(
                en: "{connected} of {all} connected ({names})", zh: "{all} 个中有 {connected} 个连上（{names}）",
                all = facts.hosts.len(), names = names.join(", "),
            )
        }
        ExperimentFacts::Loss(facts) => say!(
            en: "{hit} of {tried} connections lost a packet, {failed} failed",
            zh: "{tried} 次连接中 {hit} 次丢包，{failed} 次失败",
            hit = facts.hit, tried = facts.tried, failed = facts.failed,
        ),
    }
}

fn rate(trials: &[Trial]) -> String {
    format!("{}/{}", trials.iter().filter(|trial| trial.outcome.passed()).count(), trials.len())
}

fn pair(target: &[Trial], neutral: &[Trial]) -> String {
    format!("{}, {}", rate(target), rate(neutral))
}
