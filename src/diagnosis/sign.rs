//! What an API answer that shows a fault looks like, as data, and the one rule that picks the best match.
//!
//! Message, code, type and status are read in that order: a relay may change any of them, and two faults can share a
//! code ("Rate limit reached…" and "Request too large…" are both `rate_limit_exceeded`).

use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage};

use super::{Confidence, Fault, Finding, answered, faults};

/// A pattern over an [`Answer`]. Empty lists match anything; every non-empty part must match.
///
/// A page is not a message: messages are looked for in HTML only by signs that ask for HTML.
#[derive(Clone, Copy, Debug)]
pub struct Sign {
    /// Any of these stands in the message (compared in lower case; write them so).
    pub message: &'static [&'static str],
    /// And any of these too.
    pub and_message: &'static [&'static str],
    /// And none of these.
    pub without: &'static [&'static str],
    /// `error.code` is one of these.
    pub code: &'static [&'static str],
    /// `error.type` is one of these.
    pub kind: &'static [&'static str],
    /// The status is one of these.
    pub status: &'static [u16],
    /// Who answered is one of these.
    pub answered_by: &'static [Answerer],
    /// The body is, or is not, HTML.
    pub html: Option<bool>,
}

/// How specific a match is. Words weigh more than codes, a code more than a type, a type more than a status; among
/// matching words the longer say more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    words: usize,
    parts: u32,
}

impl Score {
    /// Whether the answer's own words or codes matched, not only its status or who sent it.
    #[must_use]
    pub const fn by_words(self) -> bool {
        self.words > 0 || self.parts >= KIND
    }
}

const CODE: u32 = 16;
const KIND: u32 = 8;
const STATUS: u32 = 4;
const ANSWERED_BY: u32 = 2;
const HTML: u32 = 1;

impl Sign {
    /// Matches anything; to build on.
    pub const ANY: Self = Self {
        message: &[],
        and_message: &[],
        without: &[],
        code: &[],
        kind: &[],
        status: &[],
        answered_by: &[],
        html: None,
    };

    /// One of these stands in the message.
    #[must_use]
    pub const fn says(message: &'static [&'static str]) -> Self {
        Self { message, ..Self::ANY }
    }

    /// `error.code` is one of these.
    #[must_use]
    pub const fn coded(code: &'static [&'static str]) -> Self {
        Self { code, ..Self::ANY }
    }

    /// `error.type` is one of these.
    #[must_use]
    pub const fn typed(kind: &'static [&'static str]) -> Self {
        Self { kind, ..Self::ANY }
    }

    /// The status is one of these.
    #[must_use]
    pub const fn status(status: &'static [u16]) -> Self {
        Self { status, ..Self::ANY }
    }

    /// One of these stands on an HTML page.
    #[must_use]
    pub const fn page(message: &'static [&'static str]) -> Self {
        Self { message, html: Some(true), ..Self::ANY }
    }

    /// And one of these stands in the message too.
    #[must_use]
    pub const fn and(mut self, message: &'static [&'static str]) -> Self {
        self.and_message = message;
        self
    }

    /// And none of these stands in the message.
    #[must_use]
    pub const fn but_not(mut self, message: &'static [&'static str]) -> Self {
        self.without = message;
        self
    }

    /// And `error.code` is one of these.
    #[must_use]
    pub const fn with_code(mut self, code: &'static [&'static str]) -> Self {
        self.code = code;
        self
    }

    /// And `error.type` is one of these.
    #[must_use]
    pub const fn with_type(mut self, kind: &'static [&'static str]) -> Self {
        self.kind = kind;
        self
    }

    /// And the status is one of these.
    #[must_use]
    pub const fn with_status(mut self, status: &'static [u16]) -> Self {
        self.status = status;
        self
    }

    /// And it was one of these who answered.
    #[must_use]
    pub const fn sent_by(mut self, who: &'static [Answerer]) -> Self {
        self.answered_by = who;
        self
    }

    /// And the body is, or is not, HTML.
    #[must_use]
    pub const fn html(mut self, html: bool) -> Self {
        self.html = Some(html);
        self
    }

    /// How specific the match is; `None` when it does not match.
    #[must_use]
    pub fn score(&self, answer: &Answer, message_lower: &str) -> Option<Score> {
        if !among_statuses(self.status, answer.status)
            || !among(self.code, answer.code.as_deref())
            || !among(self.kind, answer.kind.as_deref())
            || !(self.answered_by.is_empty() || answer.answered_by.is_some_and(|who| self.answered_by.contains(&who)))
            || self.html.is_some_and(|html| html != answer.html)
        {
            return None;
        }
        let mut score = Score::default();
        if !self.message.is_empty() {
            if answer.html && self.html != Some(true) {
                return None;
            }
            score.words = longest(self.message, message_lower)?;
        }
        if !self.and_message.is_empty() {
            score.words += longest(self.and_message, message_lower)?;
        }
        if longest(self.without, message_lower).is_some() {
            return None;
        }
        for (present, weight) in [
            (!self.code.is_empty(), CODE),
            (!self.kind.is_empty(), KIND),
            (!self.status.is_empty(), STATUS),
            (!self.answered_by.is_empty(), ANSWERED_BY),
            (self.html.is_some(), HTML),
        ] {
            score.parts += if present { weight } else { 0 };
        }
        Some(score)
    }
}

fn among(list: &[&str], value: Option<&str>) -> bool {
    list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one.eq_ignore_ascii_case(value)))
}

fn among_statuses(list: &[u16], status: Option<u16>) -> bool {
    list.is_empty() || status.is_some_and(|status| list.contains(&status))
}

/// The length of the longest of the words that stand in the text.
fn longest(words: &[&str], text: &str) -> Option<usize> {
    words.iter().filter(|word| text.contains(**word)).map(|word| word.len()).max()
}

/// The best score that this fault's signs reach.
fn score_of(fault: &Fault, answer: &Answer, message_lower: &str) -> Option<Score> {
    fault.signs.iter().filter_map(|sign| sign.score(answer, message_lower)).max()
}

/// The fault whose signs fit the answer best, and how well they do; among equals the first literal.
#[must_use]
pub fn best_scored(answer: &Answer) -> Option<(&'static Fault, Score)> {
    let message = answer.message.to_lowercase();
    let mut best: Option<(&'static Fault, Score)> = None;
    for fault in faults::all() {
        if let Some(score) = score_of(fault, answer, &message)
            && best.is_none_or(|(_, highest)| score > highest)
        {
            best = Some((fault, score));
        }
    }
    best
}

/// The fault whose signs fit the answer best; among equals the first literal.
#[must_use]
pub fn best(answer: &Answer) -> Option<&'static Fault> {
    best_scored(answer).map(|(fault, _)| fault)
}

/// Whether the answer in the evidence shows this fault better than any other.
pub(super) fn find(fault: &'static Fault, evidence: &Evidence) -> Option<Finding> {
    if fault.signs.is_empty() {
        return None;
    }
    let answer = Answer::of(evidence)?;
    // Some relays send an error with status 200.
    if answer.status.is_some_and(|status| status < 400) && evidence.api.facts.error.is_none() {
        return None;
    }
    score_of(fault, &answer, &answer.message.to_lowercase())?;
    let (best, score) = best_scored(&answer)?;
    if best.code != fault.code {
        return None;
    }
    let confidence = if score.by_words() { Confidence::Confirmed } else { Confidence::Likely };
    let finding = answered::finding(Stage::Api, confidence, evidence);
    Some(match fault.specify {
        Some(specify) => specify(&answer, evidence, finding),
        None => finding,
    })
}
