//! A log of any size in constant memory: blocks are read, the places that may be failures are looked at, and what may
//! go on in the next block is kept.

use std::io::{self, Read};
use std::ops::Range;

use super::encoding::Wide;
use super::parallel::both;
use super::{Explanation, explain_entry, prefilter, record};

/// The memory of a scanner, in bytes.
const CAPACITY: usize = 1024 * 1024;
/// When less than this is free, a line that does not end is looked at as far as it goes.
const LEAST_FREE: usize = 256 * 1024;
/// How much of a log is read before it is known how it is written.
const FIRST: usize = 64 * 1024;
/// How much of a log in UTF-16 is read at once; what it becomes is at most half as much again.
const PIECE: usize = 32 * 1024;
/// How much of a long line is looked at before and after a place that may be a failure.
const WINDOW: (usize, usize) = (4 * 1024, 12 * 1024);
/// Lines longer than this are looked at in windows.
const LONG_LINE: usize = 32 * 1024;
/// So many pieces are worth a second thread.
const SEVERAL: usize = 4;
/// The most pieces that are kept before they are looked at.
const MOST: usize = 64;

/// A failure in a log.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// What it is; its line is that of the log.
    pub explanation: Explanation,
    /// The time that its entry begins with, as it is written there.
    pub time: Option<String>,
}

/// Looks through a log, block by block.
#[derive(Debug)]
pub struct Scanner {
    buffer: Vec<u8>,
    /// How much of the buffer is filled.
    filled: usize,
    input: Input,
    /// Up to here all of the buffer is one entry.
    entry: usize,
    /// Lines that ended before the buffer.
    lines: usize,
    /// The line of the last failure of a line that was cut: it is told once.
    told: Option<usize>,
    /// Bytes that were looked at in full.
    explained: usize,
}

/// How the bytes of a log are to be read.
#[derive(Debug)]
enum Input {
    /// Too little came to say.
    Unknown,
    Plain,
    Wide(Wide),
}

impl Default for Scanner {
    fn default() -> Self {
        Self {
            buffer: vec![0; CAPACITY],
            filled: 0,
            input: Input::Unknown,
            entry: 0,
            lines: 0,
            told: None,
            explained: 0,
        }
    }
}

impl Scanner {
    /// Reads once and looks at what is whole; says how many bytes came.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub fn read(&mut self, log: &mut dyn Read, tell: &mut dyn FnMut(Occurrence)) -> io::Result<usize> {
        let count = match &mut self.input {
            Input::Plain => log.read(&mut self.buffer[self.filled..])?,
            Input::Unknown => log.read(&mut self.buffer[self.filled..FIRST])?,
            Input::Wide(wide) => {
                let mut raw = vec![0; PIECE];
                let count = log.read(&mut raw)?;
                let mut text = String::with_capacity(2 * count);
                wide.decode(&raw[..count], &mut text);
                self.buffer[self.filled..self.filled + text.len()].copy_from_slice(text.as_bytes());
                self.filled += text.len();
                self.look(tell);
                return Ok(count);
            }
        };
        self.filled += count;
        self.recognise(count == 0);
        if count > 0 && !matches!(self.input, Input::Unknown) {
            self.look(tell);
        }
        Ok(count)
    }

    /// Looks through a whole log.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub fn scan(mut self, log: &mut dyn Read, tell: &mut dyn FnMut(Occurrence)) -> io::Result<()> {
        while self.read(log, tell)? > 0 {}
        self.finish(tell);
        Ok(())
    }

    /// Finds out how the log is written, once enough of it is there or all of it.
    fn recognise(&mut self, ended: bool) {
        const ENOUGH: usize = 4;
        if !matches!(self.input, Input::Unknown) || (self.filled < ENOUGH && !ended) {
            return;
        }
        let head = &self.buffer[..self.filled];
        if let Some((mut wide, mark)) = Wide::of(head) {
            let mut text = String::with_capacity(2 * head.len());
            wide.decode(&head[mark..], &mut text);
            self.buffer[..text.len()].copy_from_slice(text.as_bytes());
            self.filled = text.len();
            self.input = Input::Wide(wide);
        } else {
            let mark = "\u{feff}".as_bytes();
            let skipped = if head.starts_with(mark) { mark.len() } else { 0 };
            self.buffer.copy_within(skipped..self.filled, 0);
            self.filled -= skipped;
            self.input = Input::Plain;
        }
    }

    /// Looks at all that is there: the log has ended.
    pub fn finish(&mut self, tell: &mut dyn FnMut(Occurrence)) {
        self.recognise(true);
        self.examine(self.filled, tell);
        self.keep_from(self.filled);
    }

    /// Looks at every line that has ended: nothing came for a while, so an entry that could go on does not.
    pub fn settle(&mut self, tell: &mut dyn FnMut(Occurrence)) {
        let whole = record::line_start(&self.buffer, self.filled);
        self.examine(whole, tell);
        self.keep_from(whole);
    }

    /// Lines that have ended so far.
    #[must_use]
    pub const fn lines(&self) -> usize {
        self.lines
    }

    fn look(&mut self, tell: &mut dyn FnMut(Occurrence)) {
        let text = &self.buffer[..self.filled];
        let whole = record::line_start(text, self.filled);
        if whole > 0 {
            // The last entry may go on, and blank lines may stand inside of it.
            let mut last = whole - 1;
            while last > 0 && whole - last < 8 && text[last].is_ascii_whitespace() {
                last -= 1;
            }
            let open = record::start_of(&text[..whole], last, self.entry);
            if open > 0 {
                self.examine(open, tell);
                self.keep_from(open);
            } else if whole > record::MAX_RECORD {
                // An entry without end: what it says from here on stands in one of its own.
                self.examine(whole, tell);
                self.keep_from(whole);
            } else {
                self.entry = record::line_start(text, last);
            }
        }
        if CAPACITY - self.filled < LEAST_FREE {
            // An entry or a line without end; words at the cut stand in both pieces.
            let cut = self.filled - WINDOW.0;
            self.examine(self.filled, tell);
            self.keep_from(cut);
        }
    }

    /// Looks at the buffer up to a place where an entry ends.
    fn examine(&mut self, end: usize, tell: &mut dyn FnMut(Occurrence)) {
        let text = &self.buffer[..end];
        let (mut from, mut counted, mut line) = (0, 0, self.lines);
        let mut search = prefilter::Search::of(text);
        let mut pieces = Vec::new();
        while let Some(at) = search.next(from) {
            let (start, next) = (record::line_start(text, at), record::line_end(text, at));
            let long = next - start > LONG_LINE;
            let piece = if long {
                at.saturating_sub(WINDOW.0).max(start)..(at + WINDOW.1).min(next)
            } else {
                let around = record::around(text, at, from);
                around.start..around.end.max(at + 1)
            };
            line += lines_of(&text[counted..piece.start]);
            counted = piece.start;
            from = piece.end;
            self.explained += piece.len();
            pieces.push((piece, line));
            // What follows in a long line depends on what was found in it.
            if long || pieces.len() == MOST {
                let last = explain_pieces(text, &mut pieces, &mut self.told, tell);
                if long && last {
                    from = next;
                }
            }
        }
        explain_pieces(text, &mut pieces, &mut self.told, tell);
    }

    fn keep_from(&mut self, start: usize) {
        self.lines += lines_of(&self.buffer[..start]);
        self.buffer.copy_within(start..self.filled, 0);
        self.filled -= start;
        self.entry = 0;
    }
}

/// Tells what stands in pieces of a text, each with the line before it, and forgets them; says whether the last held a
/// failure.
fn explain_pieces(
    text: &[u8],
    pieces: &mut Vec<(Range<usize>, usize)>,
    told: &mut Option<usize>,
    tell: &mut dyn FnMut(Occurrence),
) -> bool {
    let explain = |pieces: &[(Range<usize>, usize)]| {
        let one = |(piece, line): &(Range<usize>, usize)| {
            let raw = String::from_utf8_lossy(&text[piece.clone()]);
            let explanation = explain_entry(&raw).into_iter().next()?;
            Some(Explanation { line: explanation.line + line, ..explanation })
        };
        pieces.iter().map(one).collect::<Vec<_>>()
    };
    let explanations = if pieces.len() < SEVERAL {
        explain(pieces)
    } else {
        let (first, second) = pieces.split_at(pieces.len() / 2);
        let (mut first, second) = both(|| explain(first), || explain(second));
        first.extend(second);
        first
    };
    let last = explanations.last().is_some_and(Option::is_some);
    for ((piece, _), explanation) in pieces.drain(..).zip(explanations) {
        let Some(explanation) = explanation.filter(|found| *told != Some(found.line)) else { continue };
        *told = Some(explanation.line);
        let head = text[record::line_start(text, piece.start)..].split(|byte| *byte == b'\n').next();
        let time = head.and_then(|head| record::time(record::bare(head))).map(str::to_owned);
        tell(Occurrence { explanation, time });
    }
    last
}

fn lines_of(text: &[u8]) -> usize {
    memchr::memchr_iter(b'\n', text).count()
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::{Occurrence, Scanner};
    use crate::explain::encoding::tests::wide;

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

    fn found(log: &[u8], at_once: usize) -> Vec<(usize, &'static str, Option<String>)> {
        let mut all = Vec::new();
        let mut tell = |one: Occurrence| all.push((one.explanation.line, one.explanation.fault.code, one.time));
        Scanner::default().scan(&mut Drops(log, at_once), &mut tell).unwrap();
        all
    }

    #[test]
    fn the_same_is_found_however_the_log_arrives() {
        let log = "2026-01-02 12:00:00 INFO ok\n2026-01-02 12:00:01 ERROR call failed\nTraceback (most recent call last):\n  File \"a.py\", line 1\nhttpx.ConnectError: [Errno -2] Name or service not known\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"b.py\", line 2\nopenai.APIConnectionError: Connection error.\n2026-01-02 12:00:02 INFO ok\n{\"level\":\"error\",\"time\":\"2026-01-02T12:00:03Z\",\"msg\":\"Error code: 429 - {'error': {'message': 'You exceeded your current quota', 'code': 'insufficient_quota'}}\"}\n\u{1b}[31m12:00:04 ERROR\u{1b}[0m curl: (7) Failed to connect to localhost port 1234: Connection refused";
        let whole = found(log.as_bytes(), usize::MAX);
        let codes: Vec<_> = whole.iter().map(|(line, code, _)| (*line, *code)).collect();
        assert_eq!(codes, [(5, "dns-name-not-found"), (13, "quota-exhausted"), (14, "tcp-refused")]);
        let times: Vec<_> = whole.iter().map(|(.., time)| time.as_deref().unwrap_or_default()).collect();
        assert_eq!(times, ["2026-01-02 12:00:01", "2026-01-02T12:00:03Z", "12:00:04"]);
        for at_once in [1, 7, 64, 300] {
            assert_eq!(found(log.as_bytes(), at_once), whole, "{at_once} bytes at once");
        }
    }

    #[test]
    fn a_line_of_megabytes_is_told_once_and_lines_go_on_counting() {
        let mut log = b"INFO a\n".to_vec();
        log.extend_from_slice(&vec![b'x'; 700_000]);
        log.extend_from_slice(b" Error code: 429 - {'error': {'code': 'insufficient_quota', 'message': 'You exceeded your current quota'}} ");
        log.extend_from_slice(&vec![b'y'; 3_000_000]);
        log.extend_from_slice(b"\n\xff\xfe not utf-8\nECONNREFUSED \xff connect ECONNREFUSED 127.0.0.1:11434\n");
        let codes: Vec<_> = found(&log, 65_536).into_iter().map(|(line, code, _)| (line, code)).collect();
        assert_eq!(codes, [(2, "quota-exhausted"), (4, "tcp-refused")]);
    }

    #[test]
    fn a_log_of_windows_is_read_in_every_encoding() {
        let log = "2026-01-02 12:00:00 INFO 好\r\n2026-01-02 12:00:01 ERROR [WinError 10061] 由于目标计算机积极拒绝，无法连接。\r\n2026-01-02 12:00:02 INFO x\r\n";
        let plain = found(log.as_bytes(), usize::MAX);
        assert_eq!(plain, [(2, "tcp-refused", Some("2026-01-02 12:00:01".to_owned()))]);
        assert_eq!(found(format!("\u{feff}{log}").as_bytes(), 5), plain);
        for big in [false, true] {
            for at_once in [1, 3, 100, usize::MAX] {
                assert_eq!(found(&wide(log, big, true), at_once), plain, "{big} {at_once}");
            }
            assert_eq!(found(&wide(&log.repeat(1_000), big, true), 70_001).len(), 1_000);
            assert_eq!(found(&wide(log, big, false), usize::MAX), plain);
        }
    }

    #[test]
    fn entries_of_every_shape_are_told_once_with_their_line() {
        let long = format!(
            "2026-01-02 12:00:00 ERROR trace\n{}openai.APIConnectionError: Connection error.\n",
            "    at frame\n".repeat(12_000)
        );
        for (log, places) in [
            ("a\0b\0 nul\r\n\0ERROR curl: (6) Could not resolve host: api.openai.com\r\n".to_owned(), &[(2, "dns-name-not-found")][..]),
            ("{\"level\":\"info\"}\n{\"level\":\"error\",\"stack\":\"Traceback:\\n  File x\\nhttpx.ConnectTimeout: timed out\\n\\nopenai.APITimeoutError: Request timed out.\\n\"}\n{\"level\":\"info\"}\n".to_owned(), &[(2, "tcp-timeout")]),
            ("\u{1b}[32mINFO\u{1b}[0m ok\n\u{1b}[1;31mERROR\u{1b}[0m \u{1b}[33mHTTP 503\u{1b}[0m Service Unavailable\n".to_owned(), &[(2, "service-overloaded")]),
            (long, &[(12_002, "connection-failed")]),
        ] {
            for at_once in [61, 4096, usize::MAX] {
                let codes: Vec<_> = found(log.as_bytes(), at_once).into_iter().map(|(line, code, _)| (line, code)).collect();
                assert_eq!(codes, places, "{at_once}");
            }
        }
    }

    /// Bytes looked at in full, for each byte of a log.
    fn work(log: &[u8]) -> f64 {
        let mut scanner = Scanner::default();
        let mut log_read = log;
        while scanner.read(&mut log_read, &mut |_| {}).unwrap() > 0 {}
        scanner.finish(&mut |_| {});
        f64::from(u32::try_from(scanner.explained).unwrap()) / f64::from(u32::try_from(log.len()).unwrap())
    }

    #[test]
    fn hostile_logs_are_looked_at_a_few_times_at_most() {
        let size = 1 << 19;
        let of = |piece: &str| piece.repeat(size / piece.len()).into_bytes();
        for log in [
            of("ECONNRESE timeou refuse 4290 "),
            of("timed out "),
            of("status 429x code: 50 "),
            of("Caused by: connection\n"),
            of("    at openai timed out\n"),
            of(
                "Traceback (most recent call last):\n  File \"x\"\nValueError: x\n\nDuring handling of the above exception, another exception occurred:\n\n",
            ),
            of("{\"error\":"),
            of("<html "),
            of("\n"),
        ] {
            let work = work(&log);
            assert!(work < 2.0, "{work} for {:?}", String::from_utf8_lossy(&log[..40]));
        }
    }

    #[test]
    fn every_wording_passes_the_first_look() {
        let unusual = super::super::clients::CLIENTS;
        let pastes = super::super::pastes::PASTES.iter().chain(unusual).map(|(codes, text)| (text, codes[0]));
        let wordings = super::super::wordings::WORDINGS.iter().map(|(text, code)| (text, *code));
        for (text, code) in wordings.chain(pastes) {
            assert!(super::prefilter::Search::of(text.as_bytes()).next(0).is_some(), "{code}: {text}");
        }
    }
}
