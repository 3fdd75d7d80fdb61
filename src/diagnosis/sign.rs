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

impl Score {
    /// Whether words or a code matched.
    #[must_use]
    pub const fn by_code_or_words(self) -> bool {
        self.words > 0 || self.parts >= CODE
    }
}

/// Words shorter than this, in bytes, mean what a sign says only beside the status that it asks for.
pub const LEAST_ALONE: usize = 8;

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
    ///
    /// # Panics
    ///
    /// While compiling, when there is such a list already: this one would take its place.
    #[must_use]
    pub const fn and(mut self, message: &'static [&'static str]) -> Self {
        assert!(self.and_message.is_empty(), "one list: a second would take the place of the first");
        self.and_message = message;
        self
    }

    /// And none of these stands in the message.
    ///
    /// # Panics
    ///
    /// While compiling, when there is such a list already: this one would take its place.
    #[must_use]
    pub const fn but_not(mut self, message: &'static [&'static str]) -> Self {
        assert!(self.without.is_empty(), "one list: a second would take the place of the first");
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
    pub fn score(&self, seen: &Seen<'_>) -> Option<Score> {
        let mut score = Score::default();
        if !self.message.is_empty() {
            if seen.html && self.html != Some(true) {
                return None;
            }
            score.words = seen.longest(self.message)?;
        }
        if !self.and_message.is_empty() {
            let words = self.and_message.iter().filter(|word| (seen.refines)(word)).map(|word| word.len());
            score.words += words.max()?;
        }
        if (1..seen.least).contains(&score.words) {
            return None;
        }
        let status_fits = among_statuses(self.status, seen.statuses)
            // Where nothing says which status it was, the words decide.
            || (seen.statuses.is_empty() && seen.status_unknown && (score.words >= LEAST_ALONE || !self.code.is_empty()));
        if !status_fits
            || !among(self.code, seen.codes)
            || !among(self.kind, seen.kinds)
            || !(self.answered_by.is_empty() || seen.answered_by.is_some_and(|who| self.answered_by.contains(&who)))
            || self.html.is_some_and(|html| html != seen.html)
            || self.without.iter().any(|word| (seen.refines)(word))
        {
            return None;
        }
        for (present, weight) in [
            (!self.code.is_empty(), CODE),
            (!self.kind.is_empty(), KIND),
            (!self.status.is_empty() && !seen.statuses.is_empty(), STATUS),
            (!self.answered_by.is_empty(), ANSWERED_BY),
            (self.html.is_some(), HTML),
        ] {
            score.parts += if present { weight } else { 0 };
        }
        Some(score)
    }
}

/// What signs are compared with: one answer, or everything that a pasted text holds of one.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The statuses.
    pub statuses: &'a [u16],
    /// Whether having no status means that it is unknown, rather than that there was none.
    pub status_unknown: bool,
    /// Every `error.code`.
    pub codes: &'a [&'a str],
    /// Every `error.type`.
    pub kinds: &'a [&'a str],
    /// Who answered.
    pub answered_by: Option<Answerer>,
    /// Whether it is an HTML page.
    pub html: bool,
    /// Whether words (in lower case) stand in the message.
    pub says: &'a dyn Fn(&str) -> bool,
    /// Words shorter than this, all together, say nothing.
    pub least: usize,
    /// Whether words that only refine a match stand there.
    pub refines: &'a dyn Fn(&str) -> bool,
}

impl Seen<'_> {
    /// The length of the longest of the words that stand in the message.
    fn longest(&self, words: &[&str]) -> Option<usize> {
        words.iter().filter(|word| (self.says)(word)).map(|word| word.len()).max()
    }

    /// The best score that a fault's signs reach.
    #[must_use]
    pub fn score_of(&self, fault: &Fault) -> Option<Score> {
        fault.signs.iter().filter_map(|sign| sign.score(self)).max()
    }

    /// The fault whose signs fit best, and how well they do; among equals the first literal.
    #[must_use]
    pub fn best(&self) -> Option<(&'static Fault, Score)> {
        self.best_among(faults::all().flat_map(|fault| fault.signs.iter().map(move |sign| (fault, sign))))
    }

    /// The same of some signs, in the order of the literals.
    #[must_use]
    pub fn best_among(
        &self,
        signs: impl Iterator<Item = (&'static Fault, &'static Sign)>,
    ) -> Option<(&'static Fault, Score)> {
        let mut best: Option<(&'static Fault, Score)> = None;
        for (fault, sign) in signs {
            if let Some(score) = sign.score(self)
                && best.is_none_or(|(_, highest)| score > highest)
            {
                best = Some((fault, score));
            }
        }
        best
    }
}

fn among(list: &[&str], values: &[&str]) -> bool {
    list.is_empty() || values.iter().any(|value| list.iter().any(|one| one.eq_ignore_ascii_case(value)))
}

fn among_statuses(list: &[u16], statuses: &[u16]) -> bool {
    list.is_empty() || statuses.iter().any(|status| list.contains(status))
}

/// Calls `judge` with what signs are compared with for one answer.
fn seen<T>(answer: &Answer, judge: impl for<'a> FnOnce(&Seen<'a>) -> T) -> T {
    let message = answer.message.to_lowercase();
    let says = |word: &str| message.contains(word);
    judge(&Seen {
        statuses: answer.status.as_slice(),
        status_unknown: false,
        codes: answer.code.as_deref().as_slice(),
        kinds: answer.kind.as_deref().as_slice(),
        answered_by: answer.answered_by,
        html: answer.html,
        says: &says,
        least: 0,
        refines: &says,
    })
}

/// The fault whose signs fit the answer best; among equals the first literal.
#[must_use]
pub fn best(answer: &Answer) -> Option<&'static Fault> {
    seen(answer, |seen| seen.best().map(|(fault, _)| fault))
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
    let (best, score) = seen(&answer, |seen| {
        seen.score_of(fault)?;
        seen.best()
    })?;
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
