//! Goes from one place that may be a failure to the next. Of a long text both halves are looked through at once: what is
//! found by that is where the first look would have stopped, so nothing else changes.

use std::ops::Range;

use super::super::parallel::both;
use super::super::record;
use super::SIEVE;
use super::status::status;

/// A text so long is worth a second thread.
const LONG: usize = 256 * 1024;
/// Lines longer than this are looked at piece by piece: the next place in them depends on the last.
const LONG_LINE: usize = 4 * 1024;
/// Where more places than this were found, the rest is found when it is asked for.
const MOST: usize = 1024;

/// Looks through a text for places that may be failures.
pub(in super::super) struct Search<'a> {
    text: &'a [u8],
    parts: Vec<Part>,
}

impl<'a> Search<'a> {
    pub(in super::super) fn of(text: &'a [u8]) -> Self {
        let all = 0..text.len();
        let parts = if text.len() < LONG { vec![Part::unknown(all)] } else { halves(text) };
        Self { text, parts }
    }

    /// The first such place, from a place on.
    pub(in super::super) fn next(&mut self, from: usize) -> Option<usize> {
        let mut from = from;
        if from < self.known() && from > 0 && self.text[from - 1] != b'\n' {
            // The first place of this line is known, and may stand before this.
            let line = from..record::line_end(self.text, from);
            if let Some(at) = Cursor::at(self.text, line.clone()).next(self.text, from) {
                return Some(at);
            }
            from = line.end;
        }
        self.parts.iter_mut().filter(|part| from < part.all.end).find_map(|part| part.next(self.text, from))
    }

    /// Up to where something is known.
    fn known(&self) -> usize {
        self.parts.iter().filter(|part| part.known > part.all.start).map(|part| part.known).max().unwrap_or(0)
    }
}

fn halves(text: &[u8]) -> Vec<Part> {
    let middle = record::line_start(text, text.len() / 2);
    let (first, second) = both(|| Part::of(text, 0..middle), || Part::of(text, middle..text.len()));
    vec![first, second]
}

/// A part of a text, and what is known of it.
struct Part {
    all: Range<usize>,
    /// The first place of each line, as far as that is known.
    found: Vec<usize>,
    known: usize,
    /// Where the look at the rest stands.
    rest: Option<Cursor>,
}

impl Part {
    const fn unknown(all: Range<usize>) -> Self {
        Self { known: all.start, all, found: Vec::new(), rest: None }
    }

    fn of(text: &[u8], all: Range<usize>) -> Self {
        let mut part = Self::unknown(all);
        let mut cursor = Cursor::at(text, part.all.clone());
        while part.found.len() < MOST {
            let Some(at) = cursor.next(text, part.known) else {
                part.known = part.all.end;
                break;
            };
            let end = record::line_end(text, at);
            if end - record::line_start(text, at) > LONG_LINE {
                part.known = at;
                break;
            }
            part.found.push(at);
            part.known = end;
        }
        part
    }

    fn next(&mut self, text: &[u8], from: usize) -> Option<usize> {
        let place = self.found.partition_point(|at| *at < from);
        if let Some(at) = self.found.get(place) {
            return Some(*at);
        }
        let from = from.max(self.known);
        if from >= self.all.end {
            return None;
        }
        self.rest.get_or_insert_with(|| Cursor::at(text, from..self.all.end)).next(text, from)
    }
}

/// The next word and the next status.
struct Cursor {
    end: usize,
    word: Option<usize>,
    status: Option<usize>,
}

impl Cursor {
    fn at(text: &[u8], part: Range<usize>) -> Self {
        let Range { start, end } = part;
        Self { end, word: word(text, start..end), status: status(text, start..end) }
    }

    fn next(&mut self, text: &[u8], from: usize) -> Option<usize> {
        if self.word.is_some_and(|at| at < from) {
            self.word = word(text, from..self.end);
        }
        if self.status.is_some_and(|at| at < from) {
            self.status = status(text, from..self.end);
        }
        match (self.word, self.status) {
            (Some(word), Some(status)) => Some(word.min(status)),
            (word, status) => word.or(status),
        }
    }
}

fn word(text: &[u8], part: Range<usize>) -> Option<usize> {
    SIEVE.word(text, part.start, part.end).filter(|at| *at < part.end)
}

#[cfg(test)]
mod tests {
    use super::super::super::record;
    use super::{Cursor, Part, Search, halves};

    /// Every place that one look after another stops at, the next one so far after it.
    fn places(text: &[u8], parts: Vec<Part>, step: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut search = Search { text, parts };
        let mut from = 0;
        std::iter::from_fn(|| {
            let at = search.next(from)?;
            from = step(at);
            Some(at)
        })
        .collect()
    }

    fn text(between: &str) -> Vec<u8> {
        let failures = ["connect ECONNREFUSED then ECONNRESET, HTTP 502", "status: 429", "x ECONNRESET \nECONNRESET"];
        let mut text = String::new();
        for number in 0..7_000 {
            text.push_str("INFO 200 OK ");
            text.push_str(if number % 5 == 0 { between } else { " " });
            text.push_str(if number % 3 == 0 { failures[number / 3 % failures.len()] } else { "fine" });
            text.push('\n');
        }
        text.into_bytes()
    }

    #[test]
    fn two_threads_find_what_one_finds() {
        for between in [" ", "a line of some length", &"long".repeat(60), &"too long to be known ahead ".repeat(160)] {
            let text = text(between);
            for (of, step) in [
                ("lines", &(|at| record::line_end(&text, at)) as &dyn Fn(usize) -> usize),
                ("words", &|at| at + 6),
                ("pieces", &|at| at + 65_536),
            ] {
                let one = places(&text, vec![Part::unknown(0..text.len())], step);
                assert!(one.len() > 2, "{of}");
                assert_eq!(places(&text, halves(&text), step), one, "{of} with {between:.30}");
            }
        }
    }

    #[test]
    fn a_word_that_begins_before_the_end_of_a_part_is_in_that_part() {
        let text = b"an ECONNREFUSED, and more";
        for (part, place) in [(0..4, Some(3)), (0..3, None), (4..text.len(), None), (3..10, Some(3))] {
            assert_eq!(Cursor::at(text, part.clone()).next(text, part.start), place, "{part:?}");
        }
    }

    #[test]
    fn long_texts_are_known_ahead() {
        let text = text(" ");
        let known: Vec<_> = halves(&text).iter().map(|part| part.found.len()).collect();
        assert!(known.iter().all(|count| *count > 900), "{known:?}");
    }
}
