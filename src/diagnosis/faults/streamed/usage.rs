//! The rules that hold what a relay says of a completion, its usage and its model, against the completion itself.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::http::Answerer;
use crate::evidence::stream::Usage;
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

use super::streamed;

/// Our prompt is some twenty tokens long, whatever the tokenizer and the template; a system prompt that templates add
/// by themselves stays below a hundred.
const PADDED: u64 = 300;
/// What our prompt is to the tokenizers of the gpt models, and how much more it may be. No tokenizer makes much less of
/// it: such a count is a stand-in for one, and nobody pays for it.
const GPT_PROMPT: (u64, u64) = (18, 6);
/// In so many events a usage that is added up is wrong.
const EVERYWHERE: usize = 3;

/// Families of models by the beginnings of their names.
const FAMILIES: &[(&str, &[&str])] = &[
    ("OpenAI", &["gpt-", "chatgpt", "o1", "o3", "o4"]),
    ("Anthropic", &["claude"]),
    ("Google", &["gemini", "gemma"]),
    ("Qwen", &["qwen", "qwq"]),
    ("DeepSeek", &["deepseek"]),
    ("Meta", &["llama", "meta-llama"]),
    ("Mistral", &["mistral", "mixtral", "ministral", "codestral"]),
    ("Zhipu", &["glm", "chatglm"]),
    ("Moonshot", &["kimi", "moonshot"]),
    ("xAI", &["grok"]),
];

/// Whether a completion came to its end, so that what is said of it can be held against it.
fn is_whole(evidence: &Evidence) -> bool {
    streamed(evidence).is_some_and(|facts| facts.error.is_none() && (facts.done || facts.finish_reason.is_some()))
}

fn is_relay(evidence: &Evidence) -> bool {
    evidence.http.facts.answered_by == Some(Answerer::Relay)
}

pub(in super::super) fn usage_wrong(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|_| is_whole(evidence))?;
    let found = |confidence, why| Some(Finding::degraded(Stage::Stream, confidence).because(why));
    let Some(usage) = facts.usage else {
        if facts.usage_asked && is_relay(evidence) {
            return found(
                Confidence::Likely,
                say!(
                    en: "the usage was asked for (stream_options.include_usage), and none came",
                    zh: "请求里要求返回 usage（stream_options.include_usage），却没有收到",
                ),
            );
        }
        return None;
    };
    if let Some(zero) = zero(usage, facts.content_chars) {
        return found(Confidence::Confirmed, zero);
    }
    if let Some(prompt) = usage.prompt_tokens.filter(|prompt| *prompt > PADDED) {
        return found(
            Confidence::Likely,
            say!(
                en: "it counts {prompt} tokens for a prompt of about twenty: something was added, or the count is made up",
                zh: "约二十个 token 的提示词被计为 {prompt} 个：要么加了内容，要么计数是假的",
            ),
        );
    }
    let events = facts.usage_events;
    (events >= EVERYWHERE && is_relay(evidence)).then(|| {
        Finding::degraded(Stage::Stream, Confidence::Likely).because(say!(
            en: "{events} events carry a usage; who adds them up counts the request as often",
            zh: "有 {events} 个事件带着 usage；把它们相加就会重复计费",
        ))
    })
}

/// A usage of nothing for an answer of something.
fn zero(usage: Usage, chars: usize) -> Option<Sentence> {
    let none = |count: Option<u64>| count == Some(0);
    let says_none = none(usage.prompt_tokens) || (none(usage.completion_tokens) && chars > 0);
    let count = |count: Option<u64>| count.map_or_else(|| "–".to_owned(), |count| count.to_string());
    says_none.then(|| {
        say!(
            en: "it counts {prompt} tokens of prompt and {completion} of completion for an answer of {chars} characters",
            zh: "回答有 {chars} 个字符，usage 却是提示 {prompt}、补全 {completion} 个 token",
            prompt = count(usage.prompt_tokens), completion = count(usage.completion_tokens),
        )
    })
}

pub(in super::super) fn model_suspect(evidence: &Evidence) -> Option<Finding> {
    let facts = streamed(evidence).filter(|_| is_whole(evidence))?;
    let asked = family(&facts.model)?;
    if let Some(served) = facts.served_model.as_deref()
        && family(served).is_some_and(|family| family != asked)
    {
        return Some(Finding::degraded(Stage::Stream, Confidence::Likely).because(say!(
            en: "{model} was asked for, and the answer names {served}",
            zh: "请求的是 {model}，返回里写的却是 {served}",
            model = &facts.model,
        )));
    }
    let prompt = facts.usage?.prompt_tokens.filter(|prompt| (1..=PADDED).contains(prompt))?;
    let (right, off) = GPT_PROMPT;
    let plain = ["gpt-3.5", "gpt-4"].iter().any(|name| facts.model.starts_with(name));
    (is_relay(evidence) && plain && prompt > right + off).then(|| {
        Finding::degraded(Stage::Stream, Confidence::Possible).because(say!(
            en: "our prompt is {right} tokens to {model}, and the relay counts {prompt}: another tokenizer, or a prompt of its own in front",
            zh: "同样的提示词对 {model} 是 {right} 个 token，中转却计为 {prompt} 个：用的是别的分词器，或在前面加了自己的提示词",
            model = &facts.model,
        ))
    })
}

/// The family that a model's name belongs to; prefixes of vendors as gateways write them are passed over.
fn family(model: &str) -> Option<&'static str> {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    FAMILIES.iter().find(|(_, starts)| starts.iter().any(|start| name.starts_with(start))).map(|(family, _)| *family)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::specimen::codes;
    use crate::diagnosis::specimen::completed;

    fn with_usage(prompt: u64, completion: u64) -> Evidence {
        let mut evidence = completed();
        evidence.stream.facts.usage_events = 1;
        evidence.stream.facts.usage = Some(Usage {
            prompt_tokens: Some(prompt),
            completion_tokens: Some(completion),
            total_tokens: Some(prompt + completion),
        });
        evidence
    }

    #[test]
    fn a_usage_is_held_against_the_answer() {
        assert!(codes(&with_usage(18, 90)).is_empty());
        assert_eq!(codes(&with_usage(0, 0)), ["relay-usage-wrong"]);
        assert_eq!(codes(&with_usage(18, 0)), ["relay-usage-wrong"]);
        assert_eq!(codes(&with_usage(2300, 90)), ["relay-usage-wrong"]);
    }

    #[test]
    fn a_missing_usage_counts_against_a_relay_alone() {
        let mut evidence = completed();
        evidence.stream.facts.usage_asked = true;
        assert!(codes(&evidence).is_empty(), "a server of one's own may not know it");
        evidence.http.facts.answered_by = Some(Answerer::Relay);
        assert_eq!(codes(&evidence), ["relay-usage-wrong"]);
    }

    #[test]
    fn another_family_is_another_model_and_a_dated_name_is_not() {
        for (served, suspect) in [
            ("gpt-4o-mini-2024-07-18", false),
            ("openai/gpt-4o-mini", false),
            ("my-deployment", false),
            ("qwen-turbo", true),
            ("claude-3-haiku", true),
        ] {
            let mut evidence = completed();
            evidence.stream.facts.served_model = Some(served.to_owned());
            assert_eq!(codes(&evidence) == ["relay-model-suspect"], suspect, "{served}");
        }
    }

    #[test]
    fn the_prompt_of_a_relay_is_counted() {
        let mut evidence = with_usage(41, 90);
        assert!(codes(&evidence).is_empty());
        evidence.http.facts.answered_by = Some(Answerer::Relay);
        assert_eq!(codes(&evidence), ["relay-model-suspect"]);
        let mut short = with_usage(8, 90);
        short.http.facts.answered_by = Some(Answerer::Relay);
        assert!(codes(&short).is_empty(), "a made-up count that costs nobody anything");
    }
}
