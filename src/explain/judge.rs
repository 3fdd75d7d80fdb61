//! Weighs what a text holds: an answer's own words first, then the cause that a system names, then a bare status, then
//! a client's word for it, and last what SDKs wrap around everything.

use std::sync::LazyLock;

use crate::diagnosis::sign::{LEAST_ALONE, Seen};
use crate::diagnosis::{Confidence, Depth, Fault, Heard, Layer, Sign, faults};

use super::address;
use super::document::Document;
use super::extract::{Extract, REASONS};
use super::meaning;
use super::subject;
use super::vocabulary::{Index, Words};

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
/// The same where Chinese is written, four characters long, and something went wrong.
const TELLING_CHINESE: usize = 12;
/// Codes shorter than this are words of other programs too.
const TELLING_CODE: usize = 12;

/// Faults whose words name no cause: something nearer to it may stand in the same text.
const VAGUE: &[&str] = &["server-error"];
/// Faults of an answer that came and could not be read.
const UNREADABLE: &[&str] = &["response-not-json", "sse-nonstandard"];
/// Words as long as this, in bytes, are a whole sentence, and no name of a status.
const EXACT: usize = 28;
/// What relays put around another's words.
const ENVELOPES: &[&str] = &[
    "upstream_error",
    "upstream error",
    "upstream request failed",
    "provider returned error",
    "error from provider",
    "bad response status code",
    "do request failed",
    "do_request_failed",
];

/// How OpenAI echoes a key, without quotes of its own: these are the key's. In lower case.
const QUOTED_KEY: &str = "incorrect api key provided: \"";

pub(super) fn judge(document: &Document, extract: &Extract) -> Option<Verdict> {
    if subject::is_another(document) {
        return None;
    }
    let verdict = weigh(document, extract)?;
    // What is wrong is what the server says; why, the address or the key shows that stands there too.
    let shown = match verdict.fault.code {
        "endpoint-not-found" if address::lacks_version(document) => "base-url-missing-version",
        "key-invalid" if document.folded.contains(QUOTED_KEY) => "key-quoted",
        "tcp-refused" if address::is_local_proxys(document) => "proxy-unreachable",
        "key-scope-missing" if verdict.status == Some(403) && is_ollamas(document) => {
            if document.folded.contains("proxy") { "loopback-through-proxy" } else { "browser-cors-missing" }
        }
        _ => return Some(verdict),
    };
    let fault = faults::by_code(shown).unwrap_or(verdict.fault);
    Some(Verdict { fault, confidence: Confidence::Likely, ..verdict })
}

/// Whether a local Ollama was asked, which knows no keys: it refuses origins, and nothing else with a 403. What
/// answers in its place is a proxy.
fn is_ollamas(document: &Document) -> bool {
    const LOCAL: &[&str] = &["ollama call", "localhost:11434", "127.0.0.1:11434", "ollama 403", "ollama error 403"];
    !document.folded.contains("ollama.com") && LOCAL.iter().any(|words| document.folded.contains(words))
}

/// Whether it is about the way to an API.
const fn is_of_way(verdict: &Verdict) -> bool {
    matches!(verdict.fault.layer, Layer::Network | Layer::Transport)
}

/// Whether the answer's message is what an SDK says of a call of its own that failed: the status is the relay's.
fn is_of_sdk(extract: &Extract) -> bool {
    const SAID: &[&str] = &["connection error.", "request timed out."];
    let ends = |message: &String| SAID.iter().any(|said| message.trim_end().to_lowercase().ends_with(said));
    let wrapped =
        extract.statuses.first() == Some(&400) && !extract.messages.is_empty() && extract.messages.iter().all(ends);
    // LiteLLM makes a 500 of a call that nobody answered.
    wrapped || (extract.unanswered && extract.statuses == [500])
}

fn weigh(document: &Document, extract: &Extract) -> Option<Verdict> {
    if let Some(verdict) = within_stream(document, extract) {
        return Some(verdict);
    }
    let heard = Heards::of(document);
    let by = |depth: Depth| heard.nearest(depth).map(|(fault, word)| verdict_of(fault, word, depth, extract));
    let said = answered(document, extract, false).map(|(said, _)| said).filter(|said| {
        said.status.is_none_or(|status| said.fault.layer != Layer::Service || ![401, 404].contains(&status))
    });
    let weighed = answered(document, extract, true);
    let is_vague = |said: Verdict| VAGUE.contains(&said.fault.code) && said.word.len() < EXACT;
    let (vague, said) = if said.is_some_and(|said| is_vague(said) || ENVELOPES.contains(&said.word)) {
        // A relay that passes a client's error on says whose fault it is by the status alone.
        let wrapped = said.filter(|said| ENVELOPES.contains(&said.word));
        (wrapped.and_then(|said| by_status(said.status?)).or(said), None)
    } else {
        (None, said)
    };
    // Words that no answer brought stand around what the system says: `Invalid API key: dial tcp …: i/o timeout`.
    let beneath = if extract.speaks_of_answer { None } else { heard.nearest_of_path() };
    let about_request = said.is_some_and(|said| said.fault.layer == Layer::Application);
    let (vague, said) = if beneath.is_some() && about_request { (said.or(vague), None) } else { (vague, said) };
    // `not valid JSON: error decoding response body`: the system tells how the client stopped reading, not why.
    let unreadable = by(Depth::Cause).is_some_and(|cause| UNREADABLE.contains(&cause.fault.code));
    // An error page that no client could read: its status says more.
    let refused =
        weighed.is_some_and(|(verdict, _)| verdict.status.is_some_and(|status| matches!(status, 413 | 429 | 502..)));
    heard
        .nearest_on_page()
        .map(|(fault, word)| verdict_of(fault, word, Depth::Cause, extract))
        .or(said)
        .or_else(|| {
            beneath
                .filter(|_| about_request || !unreadable)
                .map(|(fault, word)| verdict_of(fault, word, Depth::Cause, extract))
        })
        .or_else(|| by(Depth::Cause).filter(|_| !(unreadable && refused)))
        .or(weighed.filter(|(_, worded)| *worded && vague.is_none()).map(|(verdict, _)| verdict))
        .or_else(|| meant_by_answer(document, extract))
        .or(vague)
        .or_else(|| by(Depth::Wrapper).filter(|_| is_of_sdk(extract)))
        .or_else(|| by(Depth::Symptom).filter(|symptom| is_of_way(symptom) && extract.statuses == [500]))
        .or(weighed.map(|(verdict, _)| verdict))
        .or_else(|| by(Depth::Symptom))
        .or_else(|| coded(document, extract))
        .or_else(|| by(Depth::Wrapper))
}

/// What the answer's own message means, where no rule knows its wording.
fn meant_by_answer(document: &Document, extract: &Extract) -> Option<Verdict> {
    if !extract.speaks_of_answer {
        return None;
    }
    let (fault, word) = if extract.messages.is_empty() {
        meaning::of(&document.lower, meaning::Of::Paste)?
    } else {
        meaning::of(&extract.messages.join("\n"), meaning::Of::Answer)?
    };
    // A relay's own status may stand before the one that it passes on.
    let mut statuses = extract.statuses.iter().copied().chain(extract.implied_status).peekable();
    let goes = statuses.peek().is_none() || statuses.any(|status| goes_with(fault, status));
    let stands = document.lower.contains(word);
    (stands && goes).then(|| verdict_of(fault, word, Depth::Symptom, extract))
}

/// Whether an answer of this status may mean the fault.
fn goes_with(fault: &Fault, status: u16) -> bool {
    let of_request = ["request-invalid", "unsupported-parameter", "context-length-exceeded", "content-filtered"];
    let of_answer = ["response-not-json", "sse-nonstandard"];
    if ["connection-failed", "read-timeout"].contains(&fault.code) || (status >= 400 && of_answer.contains(&fault.code))
    {
        return false;
    }
    match status {
        503.. if fault.code == "bad-gateway" => false,
        401 => {
            fault.layer == Layer::Application
                && !of_request.contains(&fault.code)
                && !["endpoint-not-found", "model-not-found"].contains(&fault.code)
        }
        413 => ["payload-too-large", "context-length-exceeded", "request-exceeds-token-limit"].contains(&fault.code),
        429 => !of_request.contains(&fault.code) && !fault.code.starts_with("key-"),
        500.. => !of_request.contains(&fault.code),
        _ => true,
    }
}

/// An error event behind events that went well.
fn within_stream(document: &Document, extract: &Extract) -> Option<Verdict> {
    const EVENT: &str = "chat.completion.chunk";
    let begins = document.lower.find(EVENT)?;
    let behind = &document.lower[begins..];
    let word = [
        "data: {\"error\"",
        "data:{\"error\"",
        "event: error",
        "\"finish_reason\":\"error\"",
        "\"finish_reason\": \"error\"",
    ]
    .into_iter()
    .find(|event| behind.contains(event))?;
    let fault = faults::by_code("stream-error-event")?;
    Some(Verdict { fault, confidence: Confidence::Confirmed, word, status: extract.statuses.first().copied() })
}

static KNOWN_SIGNS: LazyLock<KnownSigns> = LazyLock::new(|| {
    let of = |fault: &'static Fault| fault.signs.iter().map(move |sign| (fault, sign));
    let signs: Vec<(&'static Fault, &'static Sign)> = faults::all().flat_map(of).collect();
    let index = Index::of(signs.iter().map(|(_, sign)| sign.message));
    KnownSigns { signs, index }
});

/// Every sign of every fault, and where each word of a message leads.
struct KnownSigns {
    signs: Vec<(&'static Fault, &'static Sign)>,
    index: Index,
}

impl KnownSigns {
    /// The signs that ask for no words or of which a word stands in one of the texts, in their order.
    fn that_may_match<'a>(&self, texts: impl Iterator<Item = &'a Words>) -> Vec<(&'static Fault, &'static Sign)> {
        let mut worded = vec![false; self.signs.len()];
        for number in texts.flat_map(|text| self.index.lists_in(text)) {
            worded[number as usize] = true;
        }
        let all = self.signs.iter().zip(worded);
        all.filter(|((_, sign), worded)| *worded || sign.message.is_empty()).map(|(known, _)| *known).collect()
    }
}

fn verdict_of(fault: &'static Fault, word: &'static str, depth: Depth, extract: &Extract) -> Verdict {
    let confidence = match depth {
        Depth::Cause if fault.causes.is_empty() => Confidence::Confirmed,
        Depth::Cause | Depth::Symptom => Confidence::Likely,
        Depth::Wrapper => Confidence::Possible,
    };
    Verdict { fault, confidence, word, status: extract.statuses.first().copied() }
}

/// The fault that the answer in the text shows: by its own words alone, or by its status and the names of statuses too;
/// and whether words or a code of its own decided.
fn answered(document: &Document, extract: &Extract, with_status: bool) -> Option<(Verdict, bool)> {
    let implied = extract.implied_status;
    let statuses: Vec<u16> =
        if extract.statuses.is_empty() { implied.into_iter().collect() } else { extract.statuses.clone() };
    let codes: Vec<&str> = extract.codes.iter().map(String::as_str).collect();
    let kinds: Vec<&str> = extract.kinds.iter().map(String::as_str).collect();
    let focus = (!extract.messages.is_empty()).then(|| Words::of(&extract.messages.join("\n")));
    let stands = |word: &str| document.words.has(word);
    let in_focus = |word: &str| focus.as_ref().is_some_and(|focus| focus.has(word));
    let telling = if document.is_chinese() && subject::went_wrong(document) { TELLING_CHINESE } else { TELLING };
    // Outside of an answer a short word is chance: "rpm" is a package too.
    // A code within an error object is weighed as such; relays put one of their own around another's message.
    let is_code = |word: &str| (codes.contains(&word) || kinds.contains(&word)) && is_known_code(word);
    let says = |word: &str| {
        // Most words do not stand there: that is asked first.
        (in_focus(word) || (stands(word) && (word.len() >= telling || (focus.is_none() && word.len() >= LEAST_ALONE))))
            && !is_code(word)
            && (with_status || !is_of_status(word))
    };
    let refines = |word: &str| stands(word) || in_focus(word);
    let page = document.page.as_ref().map(|(_, words)| words);
    let on_page = |word: &str| page.is_some_and(|page| page.has(word));
    let seen = Seen {
        statuses: if with_status { &statuses } else { &extract.statuses },
        status_unknown: extract.speaks_of_answer,
        codes: &codes,
        kinds: &kinds,
        answered_by: extract.answered_by,
        html: false,
        says: &says,
        least: if extract.speaks_of_answer { 0 } else { telling },
        refines: &refines,
    };
    let paged = Seen { html: true, codes: &[], kinds: &[], says: &on_page, least: 0, refines: &on_page, ..seen };
    let texts = [Some(&document.words), focus.as_ref(), page];
    let signs = KNOWN_SIGNS.that_may_match(texts.into_iter().flatten());
    let best = [Some(seen), page.map(|_| paged)]
        .into_iter()
        .flatten()
        .filter_map(|seen| Some((seen.best_among(signs.iter().copied())?, seen)))
        .max_by(|((_, one), _), ((_, other), _)| one.cmp(other));
    let ((fault, score), seen) = best?;
    let worth = match (with_status, score.by_words()) {
        (true, true) => true,
        (true, false) => !statuses.is_empty() && !subject::is_list(document, statuses.len()),
        (false, _) => score.by_code_or_words(),
    };
    let verdict = || Verdict {
        fault,
        confidence: if score.by_words() { Confidence::Confirmed } else { Confidence::Likely },
        word: deciding_word(fault, &seen, document),
        status: statuses.first().copied(),
    };
    worth.then(|| (verdict(), score.by_code_or_words()))
}

/// What a status alone shows, where it says that the request was at fault.
fn by_status(status: u16) -> Option<Verdict> {
    if !matches!(status, 400 | 401 | 404 | 413 | 415 | 422 | 429) {
        return None;
    }
    let seen = Seen {
        statuses: &[status],
        status_unknown: false,
        codes: &[],
        kinds: &[],
        answered_by: None,
        html: false,
        says: &|_| false,
        least: 0,
        refines: &|_| false,
    };
    let (fault, _) = seen.best()?;
    Some(Verdict { fault, confidence: Confidence::Likely, word: "", status: Some(status) })
}

/// Whether a sign weighs this word as a code or a type.
fn is_known_code(word: &str) -> bool {
    faults::all().flat_map(|fault| fault.signs).any(|sign| sign.code.contains(&word) || sign.kind.contains(&word))
}

/// The longest text whose meaning is looked for, in bytes: a long one says more than that.
const MEANT: usize = 4096;

/// The fault that a person's words are about, where nothing says it in words that are known.
pub(super) fn meant(document: &Document, extract: &Extract) -> Option<Verdict> {
    let of = if subject::is_notice(document) { meaning::Of::Notice } else { meaning::Of::Paste };
    let is_meant = of == meaning::Of::Notice || subject::speaks_of_models(document);
    if document.folded.len() > MEANT || subject::is_another(document) || !is_meant {
        return None;
    }
    let (fault, word) = meaning::of(&document.lower, of)?;
    Some(verdict_of(fault, word, Depth::Wrapper, extract))
}

/// The fault whose code stands somewhere in the text, if all such codes are of one fault.
fn coded(document: &Document, extract: &Extract) -> Option<Verdict> {
    let mut found: Option<(&'static Fault, &'static str)> = None;
    for fault in faults::all() {
        let codes = fault.signs.iter().filter(|sign| sign.message.is_empty()).flat_map(|sign| sign.code);
        let stands = |code: &&&str| code.len() >= TELLING_CODE && code.contains('_') && document.words.has(code);
        if let Some(code) = codes.filter(stands).max_by_key(|code| code.len()) {
            if found.is_some_and(|(other, _)| other.code != fault.code) {
                return None;
            }
            found = Some((fault, code));
        }
    }
    found.map(|(fault, code)| verdict_of(fault, code, Depth::Symptom, extract))
}

/// Whether a word is the name of a status, or a part of one.
fn is_of_status(word: &str) -> bool {
    static NAMES: LazyLock<String> = LazyLock::new(|| {
        let names: Vec<&str> = REASONS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        names.join("\n")
    });
    memchr::memmem::find(NAMES.as_bytes(), word.as_bytes()).is_some()
}

/// The longest word of the fault's signs that stands in the text.
fn deciding_word(fault: &'static Fault, seen: &Seen<'_>, document: &Document) -> &'static str {
    let words = fault
        .signs
        .iter()
        .flat_map(|sign| sign.message.iter().chain(sign.and_message).chain(sign.code).chain(sign.kind));
    words
        .copied()
        .filter(|word| (seen.says)(word) || document.words.has(word))
        .max_by_key(|word| word.len())
        .unwrap_or("")
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let of = |fault: &'static Fault| fault.heard.iter().map(move |heard| (fault, heard));
    let wordings: Vec<(&'static Fault, &'static Heard)> = faults::all().flat_map(of).collect();
    let index = Index::of(wordings.iter().map(|(_, heard)| heard.any));
    Known { wordings, index }
});

/// Every wording of every fault, and where each word leads.
struct Known {
    wordings: Vec<(&'static Fault, &'static Heard)>,
    index: Index,
}

/// The wordings of clients that stand in a text.
struct Heards {
    found: Vec<(Depth, usize, &'static Fault, &'static str)>,
    /// The longest of those that stand on a page.
    on_page: Option<(usize, &'static Fault, &'static str)>,
}

impl Heards {
    fn of(document: &Document) -> Self {
        let known = &*KNOWN;
        let wording = |number: u32| known.wordings[number as usize];
        let mut found = Vec::new();
        for (fault, heard) in known.index.lists_in(&document.words).into_iter().map(wording) {
            if !heard.on_page {
                found.extend(stands(heard, &document.words).map(|(word, length)| (heard.depth, length, fault, word)));
            }
        }
        let mut on_page: Option<(usize, &'static Fault, &'static str)> = None;
        if let Some((_, page)) = &document.page {
            for (fault, heard) in known.index.lists_in(page).into_iter().map(wording) {
                if let Some((word, length)) = heard.on_page.then(|| stands(heard, page)).flatten()
                    && on_page.is_none_or(|(longest, ..)| length > longest)
                {
                    on_page = Some((length, fault, word));
                }
            }
        }
        Self { found, on_page }
    }

    /// Of the wordings on a page the longest.
    fn nearest_on_page(&self) -> Option<(&'static Fault, &'static str)> {
        self.on_page.map(|(_, fault, word)| (fault, word))
    }

    /// Of the wordings of this depth the longest.
    fn nearest(&self, depth: Depth) -> Option<(&'static Fault, &'static str)> {
        self.longest(|of, _| of == depth)
    }

    /// Of the system's wordings the longest about the way to the API.
    fn nearest_of_path(&self) -> Option<(&'static Fault, &'static str)> {
        self.longest(|of, fault| of == Depth::Cause && matches!(fault.layer, Layer::Network | Layer::Transport))
    }

    fn longest(&self, is_meant: impl Fn(Depth, &Fault) -> bool) -> Option<(&'static Fault, &'static str)> {
        let mut best: Option<(usize, &'static Fault, &'static str)> = None;
        for (of, length, fault, word) in &self.found {
            if is_meant(*of, fault) && best.is_none_or(|(longest, ..)| *length > longest) {
                best = Some((*length, fault, word));
            }
        }
        best.map(|(_, fault, word)| (fault, word))
    }
}

/// The words of a wording that stand in the text, and their length.
fn stands(heard: &Heard, text: &Words) -> Option<(&'static str, usize)> {
    let longest =
        |words: &[&'static str]| words.iter().copied().filter(|word| text.has(word)).max_by_key(|word| word.len());
    let word = longest(heard.any)?;
    let and = if heard.and.is_empty() { 0 } else { longest(heard.and)?.len() };
    (!text.has_any(heard.without)).then_some((word, word.len() + and))
}
