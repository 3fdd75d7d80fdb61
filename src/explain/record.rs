//! Which lines of a log belong together: a message and its trace. Decided from a line and its neighbours alone, so that
//! it works in the middle of a file and forwards as well as backwards.

use std::ops::Range;

use memchr::{memchr, memchr_iter, memrchr};

/// The longest record, in bytes; what a longer one says beyond that stands in a record of its own.
pub(super) const MAX_RECORD: usize = 64 * 1024;

/// The record around a place, its end at most that of the text, its beginning no sooner than where the last one ended.
pub(super) fn around(text: &[u8], at: usize, from: usize) -> Range<usize> {
    let start = start_of(text, at, from).max(from);
    let mut end = line_end(text, at);
    while end < text.len() && end - start < MAX_RECORD && joins(text, end) {
        end = line_end(text, end);
    }
    start..end.min(start.max(at) + MAX_RECORD)
}

/// Where the record begins that a place belongs to; 0 as soon as it reaches back to a place of which that is known.
pub(super) fn start_of(text: &[u8], at: usize, known: usize) -> usize {
    let mut start = line_start(text, at);
    while start > known && at - start < MAX_RECORD && joins(text, start) {
        start = line_start(text, start - 1);
    }
    if start <= known { 0 } else { start }
}

/// Where the line begins that a place stands in.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    memrchr(b'\n', &text[..at]).map_or(0, |end| end + 1)
}

/// Where the line after it begins.
pub(super) fn line_end(text: &[u8], at: usize) -> usize {
    memchr(b'\n', &text[at..]).map_or(text.len(), |length| at + length + 1)
}

/// Whether the line that begins here goes on with what stands before it.
fn joins(text: &[u8], start: usize) -> bool {
    if start == 0 {
        return false;
    }
    let line = bare(&text[start..line_end(text, start)]);
    let before = line_start(text, start - 1);
    let previous = bare(&text[before..start]);
    if is_blank(line) {
        return chains(neighbour(text, start, true)) || chains(neighbour(text, start, false));
    }
    if is_blank(previous) {
        return chains(line) || chains(neighbour(text, start, false));
    }
    if goes_on(line) || timed(previous).zip(timed(line)).is_some_and(|(previous, line)| follows(previous, line)) {
        return true;
    }
    if opens(line) {
        return false;
    }
    let indented = line[0].is_ascii_whitespace() || matches!(line[0], b'}' | b']' | b')' | b'+');
    indented
        || chains(line)
        || [&b"Traceback ("[..], b"at ", b"[cause]", b"--- ", b"---> "].iter().any(|words| line.starts_with(words))
        || (previous[0].is_ascii_whitespace() && !previous.trim_ascii_start().starts_with(b"at ") && is_exception(line))
        || (previous.trim_ascii_end().ends_with(b":") && matches!(line[0], b'{' | b'['))
        || (line.starts_with(b"< ") && previous.starts_with(b"< "))
        || (line[0] == b'<' && previous[0] == b'<')
        || (is_field(line) && (previous.starts_with(b"HTTP/") || is_field(previous)))
}

/// The nearest line that is not blank, of three, after or before the one that begins here.
fn neighbour(text: &[u8], start: usize, after: bool) -> &[u8] {
    let mut place = start;
    for _ in 0..3 {
        let line = if after {
            place = line_end(text, place);
            if place >= text.len() {
                return b"";
            }
            &text[place..line_end(text, place)]
        } else {
            if place == 0 {
                return b"";
            }
            let end = place;
            place = line_start(text, place - 1);
            &text[place..end]
        };
        let line = bare(line);
        if !is_blank(line) {
            return line;
        }
    }
    b""
}

/// What begins a line of a page behind the time.
const TAGS: &[&[u8]] = &[
    b" <!--",
    b" <html",
    b" <head",
    b" </head",
    b" <title",
    b" <meta",
    b" <body",
    b" <center",
    b" <h1",
    b" <hr",
    b" <div",
];

/// Whether a line of a trace or of a page stands behind a time of its own, as where a container's log puts one before
/// every line.
fn goes_on(line: &[u8]) -> bool {
    const PARTS: &[&[u8]] = &[b"   at ", b"  cause: ", b"  [cause]: ", b"  code: '", b"  errno: ", b"  syscall: '"];
    let head = &line[..line.len().min(160)];
    let is_part = PARTS.iter().any(|part| memchr::memmem::find(head, part).is_some());
    (is_part || TAGS.iter().any(|tag| memchr::memmem::find(head, tag).is_some())) && time(line).is_some()
}

/// What a line says behind the time that it begins with.
fn timed(line: &[u8]) -> Option<&[u8]> {
    let written = time(line).filter(|_| !line.starts_with(b"{"))?;
    let at = memchr::memmem::find(line, written.as_bytes())?;
    Some(line[at + written.len()..].trim_ascii_end())
}

/// Whether a line of a trace stands behind a time, a level and a name that the line before it bears too: where every
/// line got them.
fn follows(previous: &[u8], line: &[u8]) -> bool {
    const FRAMES: &[&[u8]] = &[b"File \"", b"at ", b"^", b"~", b"... "];
    let alike = previous.iter().zip(line).take_while(|(one, other)| one == other).count();
    let head = line[..alike].trim_ascii_end().len();
    let depth = |line: &[u8]| line[head..].iter().take_while(|byte| **byte == b' ').count();
    let (before, here) = (depth(previous), depth(line));
    let (said, says) = (previous[head..].trim_ascii_start(), line[head..].trim_ascii_start());
    let opens = |words: &[u8]| words.starts_with(b"Traceback (") || chains(words);
    if says.is_empty() {
        return chains(said) || is_exception_at(said);
    }
    here >= before + 2
        || (here >= 2 && FRAMES.iter().any(|frame| says.starts_with(frame)))
        || (before >= here + 2 && is_exception_at(says))
        || (said.is_empty() && opens(says))
        || chains(says)
}

/// Whether words begin with the name of an exception.
fn is_exception_at(words: &[u8]) -> bool {
    !words.is_empty() && is_exception(words)
}

/// What links two exceptions of a chain.
fn chains(line: &[u8]) -> bool {
    [&b"The above exception was"[..], b"During handling of the above", b"Caused by", "由于".as_bytes()]
        .iter()
        .any(|words| line.starts_with(words))
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}

/// A line without colours and without what a container's runtime puts in front of it; bounded.
pub(super) fn bare(line: &[u8]) -> &[u8] {
    let line = &line[..line.len().min(4096)];
    let line = uncoloured(line);
    let head = &line[..line.len().min(64)];
    for stream in [&b" stdout F "[..], b" stderr F ", b" stdout P ", b" stderr P "] {
        if let Some(at) = memchr::memmem::find(head, stream) {
            return uncoloured(&line[at + stream.len()..]);
        }
    }
    if let Some(bar) = memchr(b'|', head) {
        let name = head[..bar].trim_ascii_end();
        let named = !name.is_empty()
            && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if named && line.get(bar + 1) == Some(&b' ') && bar > name.len() {
            return uncoloured(&line[bar + 2..]);
        }
    }
    line
}

fn uncoloured(mut line: &[u8]) -> &[u8] {
    while let Some(rest) = line.strip_prefix(b"\x1b[") {
        let Some(end) = rest.iter().take(16).position(u8::is_ascii_alphabetic) else { return line };
        line = &rest[end + 1..];
    }
    line
}

/// Whether a line is the beginning of a log's entry: a time, a level, an object of JSON, an address.
fn opens(line: &[u8]) -> bool {
    const LEVELS: &[&[u8]] = &[
        b"INFO",
        b"WARNING",
        b"WARN",
        b"ERROR",
        b"DEBUG",
        b"FATAL",
        b"TRACE",
        b"CRITICAL",
        b"NOTICE",
        b"level=",
        b"time=",
        b"ts=",
        b"info:",
        b"warn:",
        b"error:",
    ];
    let inner = line.strip_prefix(b"[").unwrap_or(line);
    let level = LEVELS.iter().any(|level| {
        inner.strip_prefix(*level).is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
            || (level.ends_with(b"=") && inner.starts_with(level))
    });
    level || line.starts_with(b"{\"") || time(line).is_some() || is_address(line)
}

fn is_address(line: &[u8]) -> bool {
    let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
    word.len() >= 7
        && memchr_iter(b'.', word).count() == 3
        && word.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b':'))
}

/// `openai.RateLimitError: …`, as the last line of a Python trace.
fn is_exception(line: &[u8]) -> bool {
    let end = line.iter().position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')));
    let end = end.unwrap_or(line.len());
    end > 3 && !line[0].is_ascii_digit() && line.get(end).is_none_or(|byte| matches!(byte, b':' | b'\n' | b'\r' | b'('))
}

/// `retry-after: 30`, a field of a head of HTTP.
fn is_field(line: &[u8]) -> bool {
    let Some(end) = memchr(b':', &line[..line.len().min(64)]) else { return false };
    let name = &line[..end];
    let plain: &[&[u8]] = &[b"date", b"server", b"via", b"age", b"vary", b"connection", b"alt-svc"];
    name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && (name.contains(&b'-') || plain.iter().any(|plain| name.eq_ignore_ascii_case(plain)))
}

/// The time that a line begins with, as it is written there: `2026-01-02T12:00:00.5Z`, `12:00:00`, `Jan  2 12:00:00`,
/// or that of a JSON line's field.
pub(super) fn time(line: &[u8]) -> Option<&str> {
    const MONTHS: &[&[u8]] =
        &[b"Jan ", b"Feb ", b"Mar ", b"Apr ", b"May ", b"Jun ", b"Jul ", b"Aug ", b"Sep ", b"Oct ", b"Nov ", b"Dec "];
    if line.starts_with(b"{\"") {
        return json_time(line);
    }
    let line = line.strip_prefix(b"[").unwrap_or(line);
    let line = line.strip_prefix(b"time=").unwrap_or(line);
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let head = &line[..line.len().min(40)];
    let length = if MONTHS.iter().any(|month| head.starts_with(month)) {
        15.min(head.len())
    } else if head.first().is_some_and(u8::is_ascii_digit) {
        let part =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'/' | b'.' | b',' | b'T' | b'Z' | b'+');
        let mut length = head.iter().take_while(|byte| part(byte)).count();
        // `2026-01-02 12:00:00`, the two apart.
        let clock = head.get(length + 1..).map_or(0, |rest| rest.iter().take_while(|byte| part(byte)).count());
        if !head[..length].contains(&b':') && head.get(length) == Some(&b' ') && clock >= 5 {
            length += 1 + clock;
        }
        length
    } else {
        return None;
    };
    let written = std::str::from_utf8(&head[..length]).ok()?.trim_end_matches([' ', ',', '.', ':', '-']);
    is_clock(written.as_bytes()).then_some(written)
}

/// Whether `12:00` stands in it, and it is no address with a port: `127.0.0.1:5000`.
fn is_clock(written: &[u8]) -> bool {
    let colons =
        written.windows(5).any(|at| at[2] == b':' && [at[0], at[1], at[3], at[4]].iter().all(u8::is_ascii_digit));
    colons && written.len() >= 8 && memchr_iter(b'.', written).count() <= 2
}

fn json_time(line: &[u8]) -> Option<&str> {
    for key in [&b"\"timestamp\":"[..], b"\"time\":", b"\"ts\":", b"\"@timestamp\":", b"\"asctime\":"] {
        let Some(at) = memchr::memmem::find(line, key) else { continue };
        let rest = line[at + key.len()..].trim_ascii_start();
        let (rest, ends): (&[u8], &[u8]) = match rest.strip_prefix(b"\"") {
            Some(rest) => (rest, b"\""),
            None => (rest, b",} "),
        };
        let length = rest.iter().take(40).position(|byte| ends.contains(byte))?;
        let written = std::str::from_utf8(&rest[..length]).ok()?;
        return (written.starts_with(|c: char| c.is_ascii_alphanumeric()) && !written.contains('\\'))
            .then_some(written);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{around, time};

    fn records(text: &str) -> Vec<&str> {
        let (mut at, mut found) = (0, Vec::new());
        while at < text.len() {
            let record = around(text.as_bytes(), at, 0);
            found.push(&text[record.clone()]);
            assert!(record.end > at && record.start == at, "{at} {record:?} {text}");
            at = record.end;
        }
        found
    }

    #[test]
    fn a_trace_is_one_record_and_a_line_another() {
        for (text, count) in [
            (
                "2026-01-02 12:00:00 INFO a\n2026-01-02 12:00:01 ERROR b\nTraceback (most recent call last):\n  File \"x\"\n    y()\nhttpx.ConnectError: refused\n\nThe above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n  File \"z\"\nopenai.APIConnectionError: Connection error.\n2026-01-02 12:00:02 INFO c\n",
                3,
            ),
            (
                "TypeError: fetch failed\n    at a (b.js:1:2)\n  [cause]: x {\n  code: 'y'\n}\nTypeError: other\n    at c\n",
                2,
            ),
            ("java.io.IOException: x\n\tat a.b\nCaused by: y\n\tat c.d\n\t... 3 more\nINFO next\n", 2),
            ("Error: a\n\nCaused by:\n    0: b\n    1: c\n\nhello\n", 3),
            (
                "web-1  | Traceback (most recent call last):\nweb-1  |   File \"x\"\nweb-1  | a.BError: c\nweb-1  | INFO: d\n",
                2,
            ),
            ("HTTP/1.1 429 Too Many Requests\ndate: now\nretry-after: 30\n{\"error\": 1}\n", 2),
            ("one\ntwo\nthree", 3),
            ("\u{1b}[31mERROR\u{1b}[0m a\n\u{1b}[32mINFO\u{1b}[0m b\n", 2),
            // A time, a level and a name before every line.
            (
                "12:00:00 E app: Traceback (most recent call last):\n12:00:00 E app:   File \"x\"\n12:00:00 E app:     y()\n12:00:00 E app:   File \"z\"\n12:00:00 E app: a.BError: c\n12:00:01 E app: d\n",
                2,
            ),
            (
                "12:00:00 E app: a.BError: c\n12:00:00 E app:\n12:00:00 E app: The above exception was the direct cause\n12:00:00 E app:\n12:00:00 E app: Traceback (most recent call last):\n12:00:00 E app:   File \"z\"\n12:00:00 E app: d.EError: f\n",
                1,
            ),
            ("12:00:00 INFO  a\n12:00:00 INFO  b\n12:00:00 WARN  c\n12:00:00 INFO  d\n", 4),
            ("12:00:00 INFO a: b\n12:00:00 INFO a: c.DError: e\n", 2),
            ("12:00:00 INFO     a\n12:00:00 INFO     b\n12:00:00 ERROR    c.DError: e\n12:00:00 ERROR    f\n", 4),
        ] {
            let found = records(text);
            // A blank line between two records is none.
            assert_eq!(
                found.iter().filter(|record| !record.trim().is_empty()).count(),
                count - usize::from(text.contains("\n\nhello")),
                "{found:#?}"
            );
        }
    }

    #[test]
    fn times_are_read_as_they_are_written() {
        for (line, written) in [
            ("2026-01-02T12:00:00.5Z INFO", Some("2026-01-02T12:00:00.5Z")),
            ("2026-01-02 12:00:00,123 - app", Some("2026-01-02 12:00:00,123")),
            ("[2026/01/02 12:00:00] x", Some("2026/01/02 12:00:00")),
            ("12:00:00 x", Some("12:00:00")),
            ("Jan  2 12:00:00 host app: x", Some("Jan  2 12:00:00")),
            ("{\"level\":\"error\",\"ts\":\"2026-01-02T12:00:00Z\"}", Some("2026-01-02T12:00:00Z")),
            ("127.0.0.1:5000 x", None),
            ("429 Too Many Requests", None),
            ("", None),
        ] {
            assert_eq!(time(line.as_bytes()), written, "{line}");
        }
    }
}
