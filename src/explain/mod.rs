//! From a pasted error or a log to the fault, over the same literals that diagnosis uses.
//!
//! `extract` finds what a text holds of an API answer (status, error object, page, wait, request id); `judge` weighs
//! it against the wordings of clients; [`explain`] puts both together. A text that is no API failure yields nothing:
//! a false alarm is worse than silence.

mod address;
mod document;
mod encoding;
mod extract;
mod foreign;
mod judge;
mod meaning;
mod parallel;
mod prefilter;
mod provider;
mod record;
mod scan;
mod subject;
mod vocabulary;

use crate::diagnosis::{Confidence, Fault};
use crate::evidence::text;

use document::Document;

pub use encoding::decode;
pub use scan::{Occurrence, Scanner};

/// The longest text that is looked at in one piece, in bytes; of a longer one its two ends.
pub const MAX_TEXT: usize = 256 * 1024;

/// What a text says.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The fault.
    pub fault: &'static Fault,
    /// How sure.
    pub confidence: Confidence,
    /// The line that decided, from 1.
    pub line: usize,
    /// That line, bounded, keys struck out.
    pub text: String,
    /// The HTTP status in the text.
    pub http_status: Option<u16>,
    /// How long the text asks to wait, in seconds.
    pub retry_after_s: Option<f64>,
    /// The request id in the text.
    pub request_id: Option<String>,
    /// Whose API, relay or server the text speaks of.
    pub provider: Option<&'static str>,
}

/// Explains a text: the failure that decided first, then nothing else; empty when there is none.
#[must_use]
pub fn explain(raw: &str) -> Vec<Explanation> {
    weigh(raw, |document, extract| judge::judge(document, extract).or_else(|| judge::meant(document, extract)))
}

/// Explains an entry of a log, by known words alone: people talk in logs too.
fn explain_entry(raw: &str) -> Vec<Explanation> {
    weigh(raw, judge::judge)
}

fn weigh(raw: &str, judge: impl FnOnce(&Document, &extract::Extract) -> Option<judge::Verdict>) -> Vec<Explanation> {
    let document = Document::new(&ends(raw));
    let extract = extract::extract(&document);
    let Some(verdict) = judge(&document, &extract) else { return Vec::new() };
    let line = document.line_of(verdict.word);
    vec![Explanation {
        fault: verdict.fault,
        confidence: verdict.confidence,
        line: line.map_or(1, |(number, _)| number),
        text: text::mask_keys(&text::line(line.map_or("", |(_, words)| words), 240)),
        http_status: verdict.status,
        retry_after_s: extract.retry_after_s,
        request_id: extract.request_id,
        provider: provider::of(&document),
    }]
}

/// Whether a text is a log of several entries rather than one paste.
#[must_use]
pub fn is_log(text: &str) -> bool {
    const ENTRIES: usize = 4;
    let times = text.lines().filter(|line| record::time(record::bare(line.as_bytes())).is_some());
    times.take(ENTRIES).count() == ENTRIES
}

/// The two ends of a text that is too long: a trace tells its story there.
fn ends(raw: &str) -> String {
    if raw.len() <= MAX_TEXT {
        return raw.to_owned();
    }
    let half = MAX_TEXT / 2;
    format!("{}\n{}", document::head(raw, half), document::tail(raw, half))
}

#[cfg(test)]
mod alone;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod others;
#[cfg(test)]
mod pastes;
#[cfg(test)]
mod phrases;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wordings;
