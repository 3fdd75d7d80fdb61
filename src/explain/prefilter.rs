//! Where in a log something stands that may be a failure, found at the speed of memory. What this passes over shows
//! nothing to any rule; only what it finds is looked at in full.
//!
//! A rule needs a word or a status. For words every fourth place is looked at: four bytes that belong to no word's
//! chosen piece, whichever way the word lies across those places, mean that no word is there (the block shifts of Wu and
//! Manber, 1994, with a fixed step). Statuses are numbers by themselves, found sixty-four bytes at a time.

mod hash;
mod search;
mod status;

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::diagnosis::{Heard, Sign, faults};

use super::document::CLOSING_TAGS;
use super::extract;

use hash::{best_factor, bits_of, hash};
pub(super) use search::Search;

static SIEVE: LazyLock<Sieve> = LazyLock::new(Sieve::new);

/// Bytes looked at in one place, and from one place to the next.
const GRAM: usize = 4;
/// A piece of a word so long holds a whole gram whichever way it lies.
const PIECE: usize = 2 * GRAM - 1;
/// Shorter words would match everywhere.
const SHORTEST: usize = 5;
/// Letters in either case look alike, and nothing else that matters does.
const FOLD: u32 = 0x2020_2020;
const BITS: u32 = 18;

/// What stands on nearly every line of a healthy log of calls, on many, and on some: pieces are chosen elsewhere where a
/// word allows it.
const USUAL: [(u32, &str); 3] = [
    (
        100,
        "2024-01-02 2025-01-02 2026-01-02 12:00:01,503 info httpx: http request: post https://api.openai.com/v1/chat/completions \
            \"http/1.1 200 ok\" ",
    ),
    (
        10,
        "openai debug message request_id=req_ method=post path=/v1/embeddings /v1/responses /v1/models status=200 \
            \"level\":\"info\",\"time\":\"msg\":\"request completed\" content-type: application/json get / requests",
    ),
    (
        1,
        "trace warning model=gpt-4o claude llm code=200 duration_ms= latency prompt_tokens= completion_tokens= \
            total_tokens= response body connection server client user-agent: mozilla/5.0 host port timeout= retry attempt \
            limit remaining max_ token key value data user service provider stream account endpoint image-text error: \
            failed invalid received process available access channel",
    ),
];

/// A place of a piece of a word.
#[derive(Clone, Copy)]
struct Place {
    gram: u32,
    word: u32,
    /// From the beginning of the word; before it when negative.
    offset: i8,
    /// The rarest gram of the word, and where it stands: most words are ruled out by it.
    rarest: u32,
    at: u8,
}

struct Sieve {
    /// What grams are multiplied by to be hashed.
    factor: u32,
    /// A bit for each hash of a gram.
    bits: Box<[u64; 1 << (BITS - 6)]>,
    /// For each hash, its upper bits only, where its places begin.
    starts: Vec<u32>,
    places: Vec<Place>,
    words: Vec<Box<[u8]>>,
    /// Bytes of the longest word.
    longest: usize,
}

const BUCKETS: u32 = 13;

fn gram_of(bytes: [u8; GRAM]) -> u32 {
    u32::from_le_bytes(bytes) | FOLD
}

impl Sieve {
    #[expect(clippy::large_stack_arrays, reason = "32 KiB, once")]
    fn new() -> Self {
        let mut words: Vec<String> = triggers().collect();
        words.sort_unstable();
        words.dedup();
        let words: Vec<Box<[u8]>> = words.into_iter().map(|word| word.into_bytes().into_boxed_slice()).collect();
        let usual = usual();
        let mut places = Vec::new();
        for (number, word) in words.iter().enumerate() {
            // There are some thousands.
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            place(word, number, &usual, &mut places);
        }
        let factor = best_factor(&places, &usual);
        places.sort_unstable_by_key(|place| hash(place.gram, factor) >> (32 - BUCKETS));
        let mut starts = vec![0; (1 << BUCKETS) + 1];
        for place in &places {
            starts[(hash(place.gram, factor) >> (32 - BUCKETS)) as usize + 1] += 1;
        }
        let mut bits = Box::new([0_u64; 1 << (BITS - 6)]);
        bits.copy_from_slice(&bits_of(&places, factor));
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        let longest = words.iter().map(|word| word.len()).max().unwrap_or(0);
        Self { factor, bits, starts, places, words, longest }
    }

    fn may_be(&self, gram: u32) -> bool {
        let bit = hash(gram, self.factor) >> (32 - BITS);
        // The mask changes nothing and spares a check of bounds.
        self.bits[(bit >> 6) as usize % (1 << (BITS - 6))] & (1 << (bit & 63)) != 0
    }

    /// Where the word begins that lies across this place.
    fn word_at(&self, text: &[u8], at: usize, gram: u32) -> Option<usize> {
        let bucket = (hash(gram, self.factor) >> (32 - BUCKETS)) as usize;
        let places = &self.places[self.starts[bucket] as usize..self.starts[bucket + 1] as usize];
        places.iter().filter(|place| place.gram == gram).find_map(|place| {
            let start = at.checked_add_signed(-isize::from(place.offset))?;
            let rarest = text.get(start + usize::from(place.at)..)?.first_chunk().copied().map(gram_of);
            if rarest != Some(place.rarest) {
                return None;
            }
            let word = &self.words[place.word as usize];
            text.get(start..start + word.len()).filter(|found| found.eq_ignore_ascii_case(word)).map(|_| start)
        })
    }

    /// Where a word begins, the first from a place on, up to a few bytes; it begins before the end, or little after it.
    fn word(&self, text: &[u8], from: usize, end: usize) -> Option<usize> {
        const AT_ONCE: usize = 4;
        let rest = text.get(from..text.len().min(end.saturating_add(self.longest)))?;
        let mut at = from;
        let mut blocks = rest.chunks_exact(GRAM * AT_ONCE);
        for block in blocks.by_ref() {
            let grams: [u32; AT_ONCE] = std::array::from_fn(|number| folded(&block[number * GRAM..][..GRAM]));
            if grams.iter().fold(false, |any, gram| any | self.may_be(*gram)) {
                for (number, gram) in grams.into_iter().enumerate() {
                    if self.may_be(gram)
                        && let Some(start) = self.word_at(text, at + number * GRAM, gram)
                        && start >= from
                    {
                        return Some(start);
                    }
                }
            }
            at += GRAM * AT_ONCE;
        }
        for last in blocks.remainder().chunks(GRAM) {
            let mut four = [b' '; GRAM];
            four[..last.len()].copy_from_slice(last);
            let gram = gram_of(four);
            if self.may_be(gram)
                && let Some(start) = self.word_at(text, at, gram)
                && start >= from
            {
                return Some(start);
            }
            at += GRAM;
        }
        None
    }
}

/// How usual each gram is.
fn usual() -> HashMap<u32, u32> {
    let grams =
        USUAL.iter().rev().flat_map(|(weight, text)| text.as_bytes().windows(GRAM).map(|gram| (folded(gram), *weight)));
    grams.collect()
}

fn folded(four: &[u8]) -> u32 {
    four.try_into().map_or(0, gram_of)
}

/// Puts down the grams by which a word is found, whichever way it lies.
fn place(word: &[u8], number: u32, usual: &HashMap<u32, u32>, places: &mut Vec<Place>) {
    if word.len() < SHORTEST {
        return;
    }
    let weight = |offset: &usize| usual.get(&folded(&word[*offset..][..GRAM])).copied().unwrap_or(0);
    let at = (0..=(word.len() - GRAM).min(100)).min_by_key(weight).unwrap_or(0);
    let rarest = folded(&word[at..][..GRAM]);
    let at = u8::try_from(at).unwrap_or(0);
    let mut put = |gram: u32, offset: i8| places.push(Place { gram, word: number, offset, rarest, at });
    if word.len() >= PIECE {
        let worth = |start: &usize| (*start..start + GRAM).map(|offset| weight(&offset)).sum::<u32>();
        // Words are shorter than a hundred bytes.
        let start = (0..=(word.len() - PIECE).min(100)).min_by_key(worth).unwrap_or(0);
        for offset in start..start + GRAM {
            put(folded(&word[offset..][..GRAM]), i8::try_from(offset).unwrap_or(0));
        }
        return;
    }
    // Too short: where only three of its bytes lie in a gram, the fourth is any.
    for offset in 0..=word.len() - GRAM {
        put(folded(&word[offset..][..GRAM]), i8::try_from(offset).unwrap_or(0));
    }
    let tail = word.len() - (GRAM - 1);
    for any in 0..=u8::MAX {
        if any & 0x20 == 0 {
            continue;
        }
        put(gram_of([word[tail], word[tail + 1], word[tail + 2], any]), i8::try_from(tail).unwrap_or(0));
        if word.len() == SHORTEST {
            put(gram_of([any, word[0], word[1], word[2]]), -1);
        }
    }
}

/// The words of which one stands wherever a rule finds something, unless a status does.
fn triggers() -> impl Iterator<Item = String> {
    let signs = faults::all().flat_map(|fault| fault.signs).flat_map(of_sign);
    let heard = faults::all().flat_map(|fault| fault.heard).flat_map(of_heard);
    let pages = ["<html", "<!doctype html", "errorcode_5"].into_iter().chain(CLOSING_TAGS.iter().copied());
    let own = extract::exceptions().chain(extract::kinds()).chain(extract::leads()).chain(pages).map(str::to_owned);
    signs.chain(heard).chain(own).flat_map(|word| {
        let escaped = (!word.is_ascii()).then(|| escaped(&word));
        let curly = word.contains('\'').then(|| word.replace('\'', "’"));
        let quoted = word.contains('"').then(|| word.replace('"', "\\\""));
        std::iter::once(word).chain(escaped).chain(curly).chain(quoted)
    })
}

/// As many programs write what is not ASCII: `\u5f53`.
fn escaped(word: &str) -> String {
    word.chars()
        .map(
            |character| {
                if character.is_ascii() { character.to_string() } else { format!("\\u{:04x}", u32::from(character)) }
            },
        )
        .collect()
}

fn of_sign(sign: &'static Sign) -> Vec<String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    if !sign.message.is_empty() {
        let words = rarer(sign.message, sign.and_message);
        // On a page, or with a status, those are found anyway.
        return if needs_status(sign, words) || sign.html == Some(true) { vec![] } else { owned(words) };
    }
    if !sign.code.is_empty() {
        return sign.code.iter().flat_map(|code| of_code(code)).collect();
    }
    if sign.status.is_empty() { owned(sign.kind) } else { vec![] }
}

/// Whether words are so short that they count only beside a status, which is looked for anyway.
fn needs_status(sign: &Sign, words: &[&str]) -> bool {
    !sign.status.is_empty() && words.iter().all(|word| word.len() < crate::diagnosis::sign::LEAST_ALONE)
}

/// A code that is a number counts in its field only.
fn of_code(code: &str) -> Vec<String> {
    if code.bytes().any(|byte| !byte.is_ascii_digit()) {
        return vec![code.to_owned()];
    }
    let between = ["=", ":", ": ", "\":\"", "\": \"", "\":", "\": ", "':'", "': '", "': ", "\\\":\\\"", "\\\":", ": '"];
    between.iter().map(|between| format!("code{between}{code}")).collect()
}

fn of_heard(heard: &'static Heard) -> Vec<String> {
    if heard.on_page {
        // Its page is found anyway.
        return vec![];
    }
    rarer(heard.any, heard.and).iter().map(|word| (*word).to_owned()).collect()
}

/// Of two lists of which each must have a word in the text, the one whose shortest word is longer.
fn rarer<'a>(one: &'a [&'a str], other: &'a [&'a str]) -> &'a [&'a str] {
    let shortest = |words: &[&str]| words.iter().map(|word| word.len()).min().unwrap_or(0);
    if shortest(other) > shortest(one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use super::{SIEVE, Search, triggers};

    fn find(text: &str) -> Option<usize> {
        Search::of(text.as_bytes()).next(0)
    }

    #[test]
    fn every_word_is_found_however_it_lies_and_is_spelled() {
        for word in triggers() {
            assert!(word.len() >= super::SHORTEST, "{word}");
            for ahead in ["", "x", "~~", "abc"] {
                for spelled in [word.clone(), word.to_ascii_uppercase()] {
                    for behind in ["", ".", "\n", " more than that"] {
                        let text = format!("{ahead}{spelled}{behind}");
                        let found = SIEVE.word(text.as_bytes(), 0, text.len());
                        // Or another word that is part of it.
                        assert!(found.is_some_and(|at| at < ahead.len() + word.len()), "{text}: {found:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn healthy_lines_are_passed_over() {
        for line in [
            "2026-01-02 12:00:00,503 INFO httpx: HTTP Request: POST https://api.openai.com/v1/chat/completions \"HTTP/1.1 200 OK\" id=429",
            "INFO:     127.0.0.1:50000 - \"POST /v1/chat/completions HTTP/1.1\" 200 OK",
            "max_tokens=4290 took 0.429s id=a429b listening on 0.0.0.0:4000, 404 files, latency_ms=502",
            "[GIN] 2025/01/01 - 12:00:00 | 200 | 403.5ms | 10.0.0.1 | POST \"/v1/chat/completions\"",
            "{\"level\":\"info\",\"msg\":\"request completed\",\"status\":200,\"duration_ms\":503,\"error\":null}",
        ] {
            assert_eq!(find(line), None, "{line}");
        }
        assert_eq!(find("500ms, status=429"), Some(14));
        assert_eq!(find("\u{1b}[97;41m 503 \u{1b}[0m Service Unavailable"), Some(9));
    }

    #[test]
    fn search_goes_on_from_any_place() {
        let text = "ECONNREFUSED then HTTP 502 then ECONNRESET";
        let mut search = Search::of(text.as_bytes());
        assert_eq!([search.next(0), search.next(1), search.next(24)], [Some(0), Some(23), Some(32)]);
        assert_eq!(search.next(33), None);
    }
}
