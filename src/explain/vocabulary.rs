//! Every word that a rule of `explain` looks for, found in one pass over a text, so that a thousand rules cost no more
//! than one.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::diagnosis::{Heard, faults};

use super::{extract, provider, subject};

static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::new);

struct Vocabulary {
    words: Vec<&'static str>,
    /// Where each word stands in `words`.
    places: HashMap<&'static str, usize>,
    search: Option<AhoCorasick>,
}

impl Vocabulary {
    fn new() -> Self {
        let mut words: Vec<&'static str> = all().filter(|word| !word.is_empty()).collect();
        words.sort_unstable();
        words.dedup();
        let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&words).ok();
        let places = words.iter().enumerate().map(|(place, word)| (*word, place)).collect();
        Self { words, places, search }
    }
}

/// Every word of every rule.
fn all() -> impl Iterator<Item = &'static str> {
    let of_signs = faults::all()
        .flat_map(|fault| fault.signs)
        .flat_map(|sign| {
            sign.message.iter().chain(sign.and_message).chain(sign.without).chain(sign.code).chain(sign.kind)
        })
        .copied();
    let heard = faults::all().flat_map(|fault| fault.heard).flat_map(Heard::words);
    of_signs.chain(heard).chain(subject::words()).chain(provider::words()).chain(extract::words())
}

/// A long list of words, asked for at once.
pub(super) struct Set {
    words: &'static [&'static str],
    /// One bit for each word, as in [`Words`].
    bits: OnceLock<Vec<u64>>,
}

impl Set {
    pub(super) const fn of(words: &'static [&'static str]) -> Self {
        Self { words, bits: OnceLock::new() }
    }

    fn bits(&self) -> &[u64] {
        self.bits.get_or_init(|| {
            let known = &*VOCABULARY;
            let mut bits = vec![0; known.words.len().div_ceil(64)];
            for place in self.words.iter().filter_map(|word| known.places.get(word)) {
                bits[place / 64] |= 1 << (place % 64);
            }
            bits
        })
    }
}

/// Which of some lists of words hold each word of the vocabulary, so that the words of a text lead to their rules.
pub(super) struct Index {
    lists: Vec<Vec<u32>>,
}

impl Index {
    /// The index of lists, each by its number.
    pub(super) fn of<'a>(lists: impl Iterator<Item = &'a [&'static str]>) -> Self {
        let known = &*VOCABULARY;
        let mut index = Self { lists: vec![Vec::new(); known.words.len()] };
        for (number, words) in lists.enumerate() {
            let places = words.iter().filter_map(|word| known.places.get(word));
            for place in places {
                // There are some hundreds.
                index.lists[*place].push(u32::try_from(number).unwrap_or(u32::MAX));
            }
        }
        index
    }

    /// The numbers of the lists of which a word stands in the text, in their order.
    pub(super) fn lists_in(&self, text: &Words) -> Vec<u32> {
        let mut found: Vec<u32> = text.present_places().flat_map(|place| &self.lists[place]).copied().collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The words of the rules that stand in a text.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// One bit for each few words: most of those asked for are not there, and this says so at once.
    marks: [u64; MARKS / 64],
    /// One bit for each word.
    present: Vec<u64>,
}

const MARKS: usize = 1024;

impl Words {
    /// Looks through a text in lower case, white space folded.
    pub(super) fn of(text: &str) -> Self {
        let known = &*VOCABULARY;
        let mut found = Self { marks: [0; MARKS / 64], present: vec![0; known.words.len().div_ceil(64)] };
        match &known.search {
            Some(search) => {
                for hit in search.find_overlapping_iter(text) {
                    let place = hit.pattern().as_usize();
                    if !found.holds(place) && by_itself(text, hit.start(), known.words[place]) {
                        found.add(place);
                    }
                }
            }
            None => {
                for (place, word) in known.words.iter().enumerate() {
                    if text.match_indices(word).any(|(at, _)| by_itself(text, at, word)) {
                        found.add(place);
                    }
                }
            }
        }
        found
    }

    /// Whether a word of a rule stands in the text; a short one, or a number, by itself.
    pub(super) fn has(&self, word: &str) -> bool {
        let mark = mark(word);
        self.marks[mark / 64] & (1 << (mark % 64)) != 0
            && VOCABULARY.places.get(word).is_some_and(|place| self.holds(*place))
    }

    /// Whether any of these does.
    pub(super) fn has_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.has(word))
    }

    /// Whether any of a set does.
    pub(super) fn has_one_of(&self, set: &Set) -> bool {
        self.present.iter().zip(set.bits()).any(|(present, asked)| present & asked != 0)
    }

    fn present_places(&self) -> impl Iterator<Item = usize> + '_ {
        self.present.iter().enumerate().flat_map(|(number, bits)| {
            let mut bits = *bits;
            std::iter::from_fn(move || {
                (bits != 0).then(|| {
                    let bit = bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    number * 64 + bit
                })
            })
        })
    }

    fn holds(&self, place: usize) -> bool {
        self.present[place / 64] & (1 << (place % 64)) != 0
    }

    fn add(&mut self, place: usize) {
        self.present[place / 64] |= 1 << (place % 64);
        let mark = mark(VOCABULARY.words[place]);
        self.marks[mark / 64] |= 1 << (mark % 64);
    }
}

fn mark(word: &str) -> usize {
    let bytes = word.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().map_or(0, usize::from);
    (bytes.len() * 37 + byte(0) * 5 + byte(bytes.len() / 2) * 131 + byte(bytes.len().wrapping_sub(1)) * 17) % MARKS
}

/// Words up to this length, in bytes, must not be part of a longer one.
const SHORT: usize = 5;

/// Whether a word stands by itself, if it is one of those that must.
fn by_itself(text: &str, at: usize, word: &str) -> bool {
    if word.len() > SHORT || !word.is_ascii() {
        return true;
    }
    let bytes = text.as_bytes();
    let touches = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let ahead = at.checked_sub(1).and_then(|place| bytes.get(place));
    // `:10061` is a port or a line of a source.
    let port = ahead == Some(&b':') && word.bytes().all(|byte| byte.is_ascii_digit());
    let (first, last) = (word.as_bytes().first(), word.as_bytes().last());
    let joined = (touches(first) && touches(ahead)) || (touches(last) && touches(bytes.get(at + word.len())));
    !port && !joined
}

#[cfg(test)]
mod tests {
    use super::{Set, VOCABULARY, Words};

    #[test]
    fn every_word_is_found_in_a_text_that_holds_it() {
        assert!(VOCABULARY.search.is_some());
        for word in &VOCABULARY.words {
            assert!(Words::of(&format!("one {word} two")).has(word), "{word}");
        }
        let one = Words::of("one");
        assert!(!VOCABULARY.words.iter().any(|word| one.has(word)));
    }

    #[test]
    fn a_set_is_met_by_each_of_its_words_and_no_other() {
        let set = Set::of(crate::explain::foreign::CALLS);
        for word in crate::explain::foreign::CALLS {
            assert!(Words::of(&format!("one {word} two")).has_one_of(&set), "{word}");
        }
        for text in ["", "one", "postgres", "econnrefused"] {
            assert!(!Words::of(text).has_one_of(&set), "{text}");
        }
    }

    #[test]
    fn short_words_stand_by_themselves() {
        assert!(Words::of("limit (waf)").has("waf") && !Words::of("a waffle").has("waf"));
        assert!(Words::of("error 10060").has("10060"));
        assert!(!Words::of("localhost:10060").has("10060") && !Words::of("took 110060 ms").has("10060"));
    }
}
