//! A pasted text and a log, from the same bytes: the first byte says which, and how much of the log arrives at once.

#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use openai_doctor::explain::{self, Scanner};

/// Gives a few bytes at a time.
struct Drops<'a>(&'a [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(into.len());
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fuzz_target!(|bytes: &[u8]| {
    let [mode, rest @ ..] = bytes else { return };
    if *mode == 0 {
        let text = explain::decode(rest);
        let _ = explain::is_log(&text);
        for found in explain::explain(&text) {
            assert!(found.retry_after_s.is_none_or(|wait| wait.is_finite() && wait >= 0.0));
            assert!(found.line >= 1 && !found.text.contains(char::is_control));
        }
        return;
    }
    let lines = rest.len() + 1;
    let mut tell = |one: explain::Occurrence| assert!((1..=lines).contains(&one.explanation.line));
    let mut log = Drops(rest, usize::from(*mode) * usize::from(*mode));
    assert!(Scanner::default().scan(&mut log, &mut tell).is_ok());
});
