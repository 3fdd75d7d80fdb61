//! The words of the experiments that ask a working endpoint for more, and that try other settings.

use crate::evidence::experiment::{EndpointsFacts, OtherAnswer, OtherSettings, OtherSettingsFacts, PaceFacts, Tried};
use crate::lang::Sentence;
use crate::say;

use super::server::status;

fn statuses(tried: &[Tried]) -> String {
    let all: Vec<String> = tried.iter().map(status).collect();
    if all.is_empty() { "—".to_owned() } else { all.join(", ") }
}

/// How soon requests for nothing were answered.
pub(super) fn pace(facts: &PaceFacts) -> Sentence {
    let all = facts.others.len();
    let times: Vec<String> =
        facts.others.iter().filter(|one| one.status.is_some()).map(|one| one.duration_ms.to_string()).collect();
    let (answered, times) = (times.len(), times.join(", "));
    if answered == 0 {
        return say!(en: "none of {all} requests for nothing was answered", zh: "{all} 个空请求都没有应答");
    }
    say!(
        en: "{answered} of {all} requests for nothing were answered, after {times}",
        zh: "{all} 个空请求中有 {answered} 个有应答，用时 {times}",
    )
}

/// What was answered where.
pub(super) fn endpoints(facts: &EndpointsFacts) -> Sentence {
    let (chat, responses) = (statuses(&facts.chat), statuses(&facts.responses));
    if facts.wrong_key.is_empty() {
        return say!(
            en: "empty POST chat/completions {chat}; responses {responses}",
            zh: "空的 POST chat/completions {chat}；responses {responses}",
        );
    }
    let wrong = statuses(&facts.wrong_key);
    say!(
        en: "empty POST chat/completions {chat}; responses {responses}; a key that nobody has {wrong}",
        zh: "空的 POST chat/completions {chat}；responses {responses}；不存在的密钥 {wrong}",
    )
}

/// What the other settings are: "the base URL https://… from …", "the key …1234 from …".
pub(crate) fn named(other: &OtherSettings) -> Sentence {
    let key = other.key.as_ref().map(|key| (&key.tail, &key.origin));
    match (&other.base_url, key) {
        (Some(base), Some((tail, from))) => {
            let (value, origin) = (&base.value, &base.origin);
            say!(
                en: "the base URL {value} from {origin} and the key …{tail} from {from}",
                zh: "来自 {origin} 的 base URL {value} 和来自 {from} 的密钥 …{tail}",
            )
        }
        (Some(base), None) => {
            let (value, origin) = (&base.value, &base.origin);
            say!(en: "the base URL {value} from {origin}", zh: "来自 {origin} 的 base URL {value}")
        }
        (None, Some((tail, from))) => {
            say!(en: "the key …{tail} from {from}", zh: "来自 {from} 的密钥 …{tail}")
        }
        (None, None) => say!(en: "the same settings", zh: "同样的设置"),
    }
}

/// How often each worked.
pub(super) fn others(facts: &OtherSettingsFacts) -> Sentence {
    let rate = |answers: &[OtherAnswer]| {
        format!("{}/{}", answers.iter().filter(|answer| answer.works()).count(), answers.len())
    };
    let told: Vec<Sentence> = facts
        .settings
        .iter()
        .map(|other| {
            let (name, rate) = (named(other), rate(&other.answers));
            Sentence { en: format!("{} {rate}", name.en), zh: format!("{} {rate}", name.zh) }
        })
        .collect();
    let join = |parts: Vec<&str>, between: &str| parts.join(between);
    let (en, zh) = (
        join(told.iter().map(|one| one.en.as_str()).collect(), "; "),
        join(told.iter().map(|one| one.zh.as_str()).collect(), "；"),
    );
    if facts.usual.is_empty() {
        return say!(en: "worked: {en}", zh: "可用次数：{zh}");
    }
    let usual = rate(&facts.usual);
    say!(en: "worked: {en}; the values in use {usual}", zh: "可用次数：{zh}；当前生效的值 {usual}")
}
