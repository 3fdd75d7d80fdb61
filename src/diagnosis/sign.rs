//! What an API answer that shows a fault looks like, as data, and the one rule that picks the best match.
//!
//! Message, code, type and status are read in that order: a relay may change any of them, and two faults can share a
//! code ("Rate limit reached…" and "Request too large…" are both `rate_limit_exceeded`).

use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage};
use crate::say;

use super::{Confidence, Fault, Finding, faults};

/// A pattern over an [`Answer`]. Empty lists match anything; every non-empty part must match.
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

impl Sign {
    /// Matches anything; for struct update.
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

    /// How specific the match is; `None` when it does not match. A message outweighs a code, a code a type, a type a
    /// status, whatever else matches.
    #[must_use]
    pub fn score(&self, answer: &Answer, message_lower: &str) -> Option<u32> {
        let among = |list: &[&str], value: Option<&str>| {
            list.is_empty() || value.is_some_and(|value| list.iter().any(|one| one.eq_ignore_ascii_case(value)))
        };
        let contains = |list: &[&str]| list.iter().any(|part| message_lower.contains(part));
        let matches = (self.message.is_empty() || contains(self.message))
            && (self.and_message.is_empty() || contains(self.and_message))
            && !contains(self.without)
            && among(self.code, answer.code.as_deref())
            && among(self.kind, answer.kind.as_deref())
            && (self.status.is_empty() || answer.status.is_some_and(|status| self.status.contains(&status)))
            && (self.answered_by.is_empty() || answer.answered_by.is_some_and(|who| self.answered_by.contains(&who)))
            && self.html.is_none_or(|html| html == answer.html);
        let weight = |present: bool, weight: u32| if present { weight } else { 0 };
        matches.then(|| {
            weight(!self.message.is_empty(), 64)
                + weight(!self.and_message.is_empty(), 32)
                + weight(!self.code.is_empty(), 16)
                + weight(!self.kind.is_empty(), 8)
                + weight(!self.status.is_empty(), 4)
                + weight(!self.answered_by.is_empty(), 2)
                + weight(self.html.is_some(), 1)
        })
    }
}

/// The fault whose signs fit the answer best; among equals the first literal.
#[must_use]
pub fn best(answer: &Answer) -> Option<&'static Fault> {
    let message = answer.message.to_lowercase();
    let mut best: Option<(u32, &'static Fault)> = None;
    for fault in faults::all() {
        for sign in fault.signs {
            if let Some(score) = sign.score(answer, &message)
                && best.is_none_or(|(highest, _)| score > highest)
            {
                best = Some((score, fault));
            }
        }
    }
    best.map(|(_, fault)| fault)
}

/// Whether the answer in the evidence shows this fault better than any other.
pub(super) fn find(fault: &'static Fault, evidence: &Evidence) -> Option<Finding> {
    if fault.signs.is_empty() {
        return None;
    }
    let answer = Answer::of(evidence)?;
    if !best(&answer).is_some_and(|best| std::ptr::eq(best, fault)) {
        return None;
    }
    let status = answer.status.unwrap_or_default();
    let said = crate::evidence::text::line(&answer.message, 200);
    Some(
        Finding::faulty(Stage::Api, Confidence::Confirmed)
            .because(say!(en: "the endpoint answered {status}: {said}", zh: "端点返回 {status}：{said}")),
    )
}
