//! What an answer means whose wording no rule knows: of what it speaks and what it says of it, within one sentence.
//!
//! Every provider, relay and program finds words of its own for "the key is wrong". The things spoken of (a key, a model,
//! money) and what is said of them (wrong, missing, used up) are few; a fault is a pair of them. This is asked
//! only where the wordings beside the faults said nothing: of an answer's own message, or of a paste that speaks of
//! models and of nothing else. The table stands here and not beside the faults, for its words are shared by all of them.

mod lexicon;

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::diagnosis::{Fault, faults};

#[cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "the table below is made of nothing but its names")
)]
use lexicon::*;

/// Sentences longer than this, in bytes, are looked at in parts.
const LONGEST: usize = 400;
/// The most sentences of a text that are looked at.
const MOST: usize = 400;

/// A group of words that mean the same here; one bit.
type Group = u64;

/// A fault is meant where a sentence holds a word of each of these groups.
struct Meaning {
    code: &'static str,
    all: Group,
    /// And none of these.
    but: Group,
    /// Whether it is meant in an answer's own message only.
    answer: bool,
}

const fn meaning(code: &'static str, all: Group) -> Meaning {
    Meaning { code, all, but: 0, answer: false }
}

impl Meaning {
    const fn but(self, but: Group) -> Self {
        Self { but, ..self }
    }

    const fn is_meant(&self, spoken: Spoken, answer: bool) -> bool {
        spoken.groups & self.all == self.all && spoken.groups & self.but == 0 && (answer || !self.answer)
    }

    /// Such words are too common outside of an answer.
    const fn of_answer(self) -> Self {
        Self { answer: true, ..self }
    }
}

/// The more specific first.
const MEANINGS: &[Meaning] = &[
    meaning("proxy-auth-required", PROXY | AUTHENTICATE),
    meaning("tls-clock-skew", CLOCK | MISMATCH),
    meaning("region-unsupported", REGION | CLOSED),
    meaning("gateway-timeout", GATEWAY | OVERDUE),
    meaning("content-filtered", WITHIN_SAFETY | FILTERED),
    meaning("tls-certificate-expired", CERTIFICATE | EXPIRED),
    meaning("tls-certificate-untrusted", CERTIFICATE | UNVERIFIED),
    meaning("tls-certificate-untrusted", CERTIFICATE | VERIFIED | FAILED),
    meaning("tcp-refused", LOCAL | DOWN),
    meaning("quota-exhausted", MONEY | SPENT),
    meaning("account-deactivated", ACCOUNT | SUSPENDED),
    meaning("content-filtered", CONTENT | FILTERED),
    meaning("payload-too-large", REQUEST | BIG).but(TOKENS),
    meaning("context-length-exceeded", TOKENS | LONG).but(RATE | MONEY | PARAMETER),
    meaning("method-not-allowed", METHOD | UNKNOWN),
    meaning("key-missing", KEY | MISSING),
    meaning("key-invalid", KEY | WRONG).but(FILES),
    meaning("key-invalid", KEY | SUSPENDED),
    meaning("key-invalid", KEY | ENSURE).but(FILES),
    meaning("key-invalid", SIGN_IN | FAILED),
    meaning("base-url-malformed", BASE | MISSING),
    meaning("base-url-malformed", BASE | WRONG),
    meaning("sse-nonstandard", STREAM | PARSE),
    meaning("response-not-json", RESPONSE | PARSE).but(PARAMETER),
    meaning("request-invalid", PARAMETER | BOUND),
    meaning("model-access-denied", PLAN | BEYOND),
    meaning("model-access-denied", MODEL | DENIED | NEGATED),
    meaning("model-not-found", MODEL | UNKNOWN).but(PARAMETER),
    meaning("gateway-timeout", UPSTREAM | SILENT),
    meaning("rate-limited-requests", TOO_OFTEN),
    meaning("rate-limited-requests", RATE | SPENT),
    meaning("rate-limited-requests", RATE).of_answer(),
    meaning("stream-truncated", STREAM | CUT),
    meaning("service-overloaded", BUSY | SERVER),
    meaning("service-overloaded", BUSY | AGAIN),
    meaning("service-overloaded", BUSY | MODEL),
    meaning("unsupported-parameter", CAPABILITY | UNEXPECTED),
    meaning("unsupported-parameter", PARAMETER | UNEXPECTED).of_answer(),
    meaning("request-invalid", MODEL | MISSING).of_answer(),
    meaning("request-invalid", PARAMETER | WRONG),
    meaning("request-invalid", PARAMETER | ENSURE),
    meaning("request-invalid", PARAMETER | MISSING).of_answer(),
    meaning("request-invalid", REQUEST | MISSING).of_answer(),
    meaning("request-invalid", REQUEST | WRONG).of_answer(),
    meaning("relay-upstream-error", UPSTREAM | FAILED).of_answer(),
    meaning("read-timeout", TIME).of_answer(),
    meaning("tcp-timeout", OVERDUE | CONNECTING),
    meaning("read-timeout", OVERDUE | CALL),
    meaning("endpoint-not-found", PATH | UNKNOWN),
    meaning("endpoint-not-found", PATH | ENSURE),
    meaning("bad-gateway", GATEWAY | FAILED).but(FILES),
    meaning("stream-truncated", RESPONSE | TRANSPORT),
    meaning("key-scope-missing", PERMISSION | NEGATED).but(FILES),
    meaning("key-scope-missing", DENIED | NEGATED).of_answer(),
    meaning("connection-failed", REACH | FAILED).but(FILES),
    meaning("tls-certificate-untrusted", CERTIFICATE | FAILED),
    meaning("server-error", INTERNAL).of_answer(),
    meaning("server-error", INTERNAL | AGAIN),
    meaning("server-error", INTERNAL | UPSTREAM),
];

struct Lexicon {
    search: Option<AhoCorasick>,
    words: Vec<(&'static str, Group)>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let words: Vec<(&str, Group)> =
        GROUPS.iter().flat_map(|(group, words)| words.iter().map(|word| (without_capital(word), *group))).collect();
    let plain = words.iter().map(|(word, _)| word.trim_end());
    let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(plain).ok();
    Lexicon { search, words }
});

/// A Cyrillic word without its first letter: texts are brought to lower case in ASCII only, and sentences begin with it.
fn without_capital(word: &'static str) -> &'static str {
    let is_capital_elsewhere = |c: char| matches!(c, '\u{430}'..='\u{45f}');
    word.strip_prefix(is_capital_elsewhere).filter(|rest| rest.len() > 4).unwrap_or(word)
}

/// What a sentence speaks of.
#[derive(Clone, Copy, Default)]
struct Spoken {
    groups: Group,
    /// Its longest word.
    word: &'static str,
}

fn spoken(sentence: &str) -> Spoken {
    let mut spoken = Spoken::default();
    let Some(search) = &LEXICON.search else { return spoken };
    let bytes = sentence.as_bytes();
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    for hit in search.find_overlapping_iter(sentence) {
        let (word, group) = LEXICON.words[hit.pattern().as_usize()];
        let begins = !word.as_bytes()[0].is_ascii() || !letter(hit.start().checked_sub(1).and_then(|at| bytes.get(at)));
        let ends = !word.ends_with(' ') || !letter(bytes.get(hit.end()));
        if begins && ends {
            spoken.groups |= group;
            let word = word.trim_end();
            if word.len() > spoken.word.len() {
                spoken.word = word;
            }
        }
    }
    if names_parameter(sentence) {
        spoken.groups |= PARAMETER;
    }
    spoken
}

/// How names end of keys, of addresses and of errors.
#[rustfmt::skip]
const NO_PARAMETERS: &[&str] = &[
    "key", "token", "error", "url", "model", "model_name", "exceeded", "found", "limit", "large", "long", "failed",
    "reached", "quota", "exhausted", "unavailable", "overloaded", "timeout", "denied", "exception",
];

/// Whether a name stands there as programs give them to parameters: `previous_response_id`, `'response_format.type'`.
fn names_parameter(sentence: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
    sentence.split(|c: char| !is_part(c)).any(|name| {
        let of_letters = |part: &str| !part.is_empty() && part.starts_with(|c: char| c.is_ascii_lowercase());
        name.contains('_') && name.split('_').all(of_letters) && !NO_PARAMETERS.iter().any(|end| name.ends_with(end))
    })
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The message of an answer.
    Answer,
    /// What a program tells its user, and nothing else.
    Notice,
    /// Text around an answer, or any.
    Paste,
}

/// The fault that a text in lower case means, and the word that says most.
pub(super) fn of(text: &str, of: Of) -> Option<(&'static Fault, &'static str)> {
    let answer = of == Of::Answer;
    let sentences = || {
        let parts = text.split(['\n', ';', '!', '?', '。', '；', '！', '？']).flat_map(|part| part.split(". "));
        parts.filter(|sentence| sentence.len() > 3).take(MOST)
    };
    let mut best: Option<(usize, &'static str)> = None;
    for sentence in sentences() {
        let spoken = spoken(super::document::head(sentence, LONGEST));
        if let Some(place) = MEANINGS.iter().position(|meaning| meaning.is_meant(spoken, answer))
            && best.is_none_or(|(other, _)| place < other)
        {
            best = Some((place, spoken.word));
        }
    }
    // What is spoken of may stand in one sentence and what is said of it in the next.
    if of == Of::Notice && best.is_none() && text.len() <= LONGEST * 2 && sentences().count() > 1 {
        let spoken = spoken(text);
        best = MEANINGS.iter().position(|meaning| meaning.is_meant(spoken, answer)).map(|place| (place, spoken.word));
    }
    best.and_then(|(place, word)| Some((faults::by_code(MEANINGS[place].code)?, word)))
}

#[cfg(test)]
mod tests {
    use super::{LEXICON, MEANINGS, Of, of};
    use crate::diagnosis::faults;

    #[test]
    fn every_meaning_is_one_of_a_fault() {
        assert!(LEXICON.search.is_some());
        for meaning in MEANINGS {
            assert!(faults::by_code(meaning.code).is_some(), "{}", meaning.code);
        }
    }

    #[test]
    fn sentences_that_no_wording_knows_are_understood() {
        for (text, code) in [
            ("the credentials you have sent us are not valid any more", "key-invalid"),
            ("please add your secret key: it is empty", "key-missing"),
            ("your team has run out of credits", "quota-exhausted"),
            ("our service may not be supported in your country", "region-unsupported"),
            ("this model needs a higher plan", "model-access-denied"),
            ("could not find the model you asked for", "model-not-found"),
            ("we had a problem reaching the service", "connection-failed"),
            ("the servers are under heavy load, come back later", "service-overloaded"),
            ("当前模型不存在", "model-not-found"),
            ("您的账户余额不足", "quota-exhausted"),
        ] {
            assert_eq!(of(text, Of::Answer).map(|(fault, _)| fault.code), Some(code), "{text}");
        }
        for text in ["the cat sat on the mat", "all models listed", "connected", "the stream goes on"] {
            assert!(of(text, Of::Answer).is_none(), "{text}");
        }
    }
}
