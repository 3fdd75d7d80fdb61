//! The few literals of which one stands in every failure, searched for at the speed of memory. What they pass over is
//! no failure; what they find may be one. Nothing else of `explain` looks at the rest of a log.

use std::sync::LazyLock;

use aho_corasick::packed::Searcher;
use aho_corasick::{AhoCorasick, Input, Span};

/// Parts of words, so that one literal covers several spellings. No more than 64: the vectorised search takes no more.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "rror", "ERR", "xcept", "ailed", "ailure", "imeout", "imed out", "TIME", "efused", " reset", "ECONN", "addrinfo",
    "UNREACH", "nreachable", "EOF", "denied", "nvalid", "nauthor", "orbidden", "Gateway", "xceed", "无权", "imit",
    "too ", "Too ", "verload", "navail", "nable to", "not ", "Not ", "No ", "o such", "disconn", "closed", "capacity",
    "nsuffic", "upport", "ertific", "rminated", "misb", "Required", "to HTTPS", "mpty reply", "eprecat", "filter", "CORS",
    "must be", "undef", "\\u", "错", "失败", "拒绝", "超时", "额", "饱和", "渠道",
];

/// Statuses; they count only where no letter or digit touches them.
const STATUSES: &[&str] = &["429", "503", "500", "502", "401", "403", "404", "407"];

static SEARCHER: LazyLock<Search> = LazyLock::new(Search::new);

enum Search {
    /// Vectorised.
    Packed(Searcher),
    /// Where the processor has no such instructions.
    Automaton(AhoCorasick),
    /// Neither could be built: everything is looked at.
    Everything,
}

impl Search {
    fn new() -> Self {
        let literals = || WORDS.iter().chain(STATUSES);
        if let Some(searcher) = Searcher::new(literals()) {
            return Self::Packed(searcher);
        }
        AhoCorasick::new(literals()).map_or(Self::Everything, Self::Automaton)
    }

    /// The literal that is found first, and where.
    fn find(&self, text: &[u8], from: usize) -> Option<(usize, usize)> {
        let span = Span { start: from, end: text.len() };
        let found = match self {
            Self::Packed(searcher) => searcher.find_in(text, span),
            Self::Automaton(automaton) => automaton.find(Input::new(text).span(span)),
            Self::Everything => return (from < text.len()).then_some((0, from)),
        };
        found.map(|found| (found.pattern().as_usize(), found.start()))
    }
}

/// Where something that may be a failure stands first, from a place on.
pub(super) fn find(text: &[u8], mut from: usize) -> Option<usize> {
    while let Some((literal, at)) = SEARCHER.find(text, from) {
        if literal < WORDS.len() || stands_alone(text, at) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether three digits are a number by themselves: no part of a time, a fraction or a word.
fn stands_alone(text: &[u8], at: usize) -> bool {
    let touches = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'%';
    let ahead = at.checked_sub(1).and_then(|place| text.get(place));
    !ahead.is_some_and(|byte| touches(byte) || matches!(byte, b'.' | b',' | b'-' | b'$'))
        && !text.get(at + 3).is_some_and(touches)
}

#[cfg(test)]
mod tests {
    use super::{STATUSES, WORDS, find};

    #[test]
    fn the_vectorised_search_takes_them_all() {
        assert!(WORDS.len() + STATUSES.len() <= 64, "{}", WORDS.len() + STATUSES.len());
    }

    #[test]
    fn healthy_lines_are_passed_over() {
        for line in [
            "2026-01-02 12:00:00,503 INFO HTTP Request: POST https://api.openai.com/v1/chat/completions \"HTTP/1.1 200 OK\"",
            "INFO:     127.0.0.1:50000 - \"POST /v1/chat/completions HTTP/1.1\" 200 OK",
            "max_tokens=4290 took 0.429s id=a429b listening on 0.0.0.0:4000",
        ] {
            assert_eq!(find(line.as_bytes(), 0), None, "{line}");
        }
        assert_eq!(find(b"500ms, status=429", 0), Some(14));
    }
}
