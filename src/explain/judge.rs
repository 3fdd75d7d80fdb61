//! Weighs what a text holds: an answer's own words first, then the cause that a system names, then a bare status, then
//! a client's word for it, and last what SDKs wrap around everything.

use crate::diagnosis::sign::{Score, Seen};
use crate::diagnosis::{Confidence, Depth, Fault, Heard, faults};

use super::document::Document;
use super::extract::{Extract, REASONS};

/// The fault that a text shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// The fault.
    pub(super) fault: &'static Fault,
    /// How sure.
    pub(super) confidence: Confidence,
    /// The words that decided; they stand in the text.
    pub(super) word: &'static str,
    /// The status that goes with it.
    pub(super) status: Option<u16>,
}

/// Words shorter than this, in bytes, mean something only in an API's answer.
const TELLING: usize = 14;

pub(super) fn judge(document: &Document, extract: &Extract) -> Option<Verdict> {
    if is_foreign(document) {
        return None;
    }
    let heard = Heards::of(document);
    let by = |depth: Depth| heard.nearest(depth).map(|(fault, word)| verdict_of(fault, word, depth, extract));
    answered(document, extract, false)
        .or_else(|| by(Depth::Cause))
        .or_else(|| answered(document, extract, true))
        .or_else(|| by(Depth::Symptom))
        .or_else(|| by(Depth::Wrapper))
}

/// Programs that have nothing to do with an API of models: databases, package managers, driven browsers.
#[rustfmt::skip]
const FOREIGN: &[&str] = &[
    "npm err!", "npm error", "npm warn", "yarn error", "eresolve", "pip install failed",
    "pip._vendor", "e: failed to fetch", "spurious network error", "go: downloading", "go: module",
    "docker daemon", "docker.sock", "fatal: unable to access", "git clone",
    "ssh: connect", "postgres", "psycopg", "port=5432", ":5432", "port 5432", "redis", ":6379", "mysql", ":3306",
    "mongo", ":27017", "kafka", "rabbitmq", "amqp", "smtp", "elasticsearch", "playwright", "puppeteer", "selenium",
    "webdriver", "huggingface_hub",
];

/// Words of a text that speaks of an API of models after all.
#[rustfmt::skip]
const OURS: &[&str] = &[
    "openai", "chat/completions", "/completions", "/v1/", "api key", "api_key", "apikey", "anthropic", "claude",
    "litellm", "llm", "gpt", "ollama", "deepseek", "gemini", "azure", "qwen", "embeddings", "codex", "api error",
    "apierror", "one-api", "new-api", "langchain", "llama",
];

fn is_foreign(document: &Document) -> bool {
    let says = |marks: &[&str]| marks.iter().any(|mark| document.lower.contains(mark));
    says(FOREIGN) && !says(OURS)
}

fn verdict_of(fault: &'static Fault, word: &'static str, depth: Depth, extract: &Extract) -> Verdict {
    let confidence = match depth {
        Depth::Cause if fault.causes.is_empty() => Confidence::Confirmed,
        Depth::Cause | Depth::Symptom => Confidence::Likely,
        Depth::Wrapper => Confidence::Possible,
    };
    Verdict { fault, confidence, word, status: extract.statuses.first().copied() }
}

/// The fault that the answer in the text shows: by its own words alone, or by its status and the names of statuses too.
fn answered(document: &Document, extract: &Extract, with_status: bool) -> Option<Verdict> {
    let implied = extract.implied_status;
    let statuses: Vec<u16> =
        if extract.statuses.is_empty() { implied.into_iter().collect() } else { extract.statuses.clone() };
    let codes: Vec<&str> = extract.codes.iter().map(String::as_str).collect();
    let kinds: Vec<&str> = extract.kinds.iter().map(String::as_str).collect();
    let focus = extract.messages.join("\n");
    let is_reason = |word: &str| statuses_names().any(|name| name.contains(word));
    // Outside of an answer a short word is chance: "rpm" is a package too.
    let says = |word: &str| {
        (with_status || !is_reason(word))
            && if word.len() >= TELLING || focus.is_empty() {
                stands_alone(&document.folded, word) || stands_alone(&focus, word)
            } else {
                stands_alone(&focus, word)
            }
    };
    let refines = |word: &str| stands_alone(&document.folded, word) || stands_alone(&focus, word);
    let page = document.page.as_deref();
    let on_page = |word: &str| page.is_some_and(|page| page.contains(word));
    let seen = Seen {
        statuses: if with_status { &statuses } else { &extract.statuses },
        status_unknown: extract.speaks_of_answer,
        codes: &codes,
        kinds: &kinds,
        answered_by: extract.answered_by,
        html: false,
        says: &says,
        least: if extract.speaks_of_answer { 0 } else { TELLING },
        refines: &refines,
    };
    let paged = Seen { html: true, codes: &[], kinds: &[], says: &on_page, least: 0, refines: &on_page, ..seen };
    let best = [Some(seen), page.map(|_| paged)]
        .into_iter()
        .flatten()
        .filter_map(|seen| Some((seen.best()?, seen)))
        .max_by(|((_, one), _), ((_, other), _)| one.cmp(other));
    let ((fault, score), seen) = best?;
    let worth = if with_status { !statuses.is_empty() || score.by_words() } else { is_specific(score) };
    worth.then(|| Verdict {
        fault,
        confidence: if score.by_words() { Confidence::Confirmed } else { Confidence::Likely },
        word: deciding_word(fault, &seen, document),
        status: statuses.first().copied(),
    })
}

/// Whether words or a code decided, not a status, a type or a page of some kind.
fn is_specific(score: Score) -> bool {
    score.by_code_or_words()
}

fn statuses_names() -> impl Iterator<Item = &'static str> {
    REASONS.iter().flat_map(|(_, names)| names.iter().copied())
}

/// The longest word of the fault's signs that stands in the text.
fn deciding_word(fault: &'static Fault, seen: &Seen<'_>, document: &Document) -> &'static str {
    let words = fault
        .signs
        .iter()
        .flat_map(|sign| sign.message.iter().chain(sign.and_message).chain(sign.code).chain(sign.kind));
    words
        .copied()
        .filter(|word| (seen.says)(word) || document.lower.contains(word))
        .max_by_key(|word| word.len())
        .unwrap_or("")
}

/// Whether a word stands in the text by itself; short ones of ASCII letters must not be part of a longer one.
fn stands_alone(text: &str, word: &str) -> bool {
    if !word.is_ascii() || word.len() > 5 {
        return text.contains(word);
    }
    text.match_indices(word).any(|(at, _)| {
        let ahead = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        ahead.is_none_or(|c| !c.is_ascii_alphanumeric()) && behind.is_none_or(|c| !c.is_ascii_alphanumeric())
    })
}

/// The wordings of clients that stand in a text.
struct Heards {
    found: Vec<(Depth, usize, &'static Fault, &'static str)>,
}

impl Heards {
    fn of(document: &Document) -> Self {
        let text = document.folded.as_str();
        let mut found = Vec::new();
        for fault in faults::all() {
            for heard in fault.heard {
                if let Some((word, length)) = stands(heard, text) {
                    found.push((heard.depth, length, fault, word));
                }
            }
        }
        Self { found }
    }

    /// Of the wordings of this depth the longest.
    fn nearest(&self, depth: Depth) -> Option<(&'static Fault, &'static str)> {
        let mut best: Option<(usize, &'static Fault, &'static str)> = None;
        for (of, length, fault, word) in &self.found {
            if *of == depth && best.is_none_or(|(longest, ..)| *length > longest) {
                best = Some((*length, fault, word));
            }
        }
        best.map(|(_, fault, word)| (fault, word))
    }
}

/// The words of a wording that stand in the text, and their length.
fn stands(heard: &Heard, text: &str) -> Option<(&'static str, usize)> {
    let longest = |words: &[&'static str]| {
        words.iter().copied().filter(|word| contains(text, word)).max_by_key(|word| word.len())
    };
    let word = longest(heard.any)?;
    let and = if heard.and.is_empty() { 0 } else { longest(heard.and)?.len() };
    let without = heard.without.iter().any(|word| text.contains(word));
    (!without).then_some((word, word.len() + and))
}

/// Whether words stand in the text; a bare number not as part of a longer one.
fn contains(text: &str, word: &str) -> bool {
    if word.bytes().all(|byte| byte.is_ascii_digit()) { stands_alone_number(text, word) } else { text.contains(word) }
}

fn stands_alone_number(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let ahead = text[..at].chars().next_back();
        let behind = text[at + word.len()..].chars().next();
        ahead.is_none_or(|c| !c.is_ascii_alphanumeric() && c != ':')
            && behind.is_none_or(|c| !c.is_ascii_alphanumeric())
    })
}
