//! Striking a secret out of a text: whole, trimmed of what it was wrapped in, the start of it that a server echoes, any
//! longer piece of it, and the same in the encodings in which headers carry secrets.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::ApiKey;

/// A shorter text is no secret, and striking it would only tear holes into words.
const SHORTEST: usize = 8;
/// How many characters behind the vendor's prefix may be echoed before it counts as part of the key.
const TOLERATED: usize = 2;

impl ApiKey {
    /// The text without this secret: of every occurrence at most the last four characters stay.
    #[must_use]
    pub fn strike_from(&self, text: &str) -> String {
        let written = self.expose();
        let core = written.trim_matches(|c: char| !c.is_alphanumeric());
        let visible: String = core.chars().filter(char::is_ascii_graphic).collect();
        let mut clean = text.to_owned();
        for form in [written, core, &visible] {
            if form.len() >= SHORTEST && clean.contains(form) {
                clean = clean.replace(form, &format!("[…{}]", self.tail()));
            }
        }
        if visible.len() < 2 * SHORTEST {
            return clean;
        }
        let clean = strike_start(&clean, &visible);
        let clean = strike_pieces(&clean, &visible[vendor_prefix(&visible)..], &self.tail());
        encoded(&visible).iter().fold(clean, |clean, form| strike_pieces(&clean, form, ""))
    }
}

/// Strikes every piece of a secret that is long enough to be no accident; where it reaches the end, `tail` stays.
fn strike_pieces(text: &str, secret: &str, tail: &str) -> String {
    let (bytes, secret) = (text.as_bytes(), secret.as_bytes());
    let starts: HashMap<&[u8], usize> = secret.windows(SHORTEST).enumerate().map(|(at, window)| (window, at)).collect();
    let mut clean = String::new();
    let (mut at, mut kept) = (0, 0);
    while let Some(window) = bytes.get(at..at + SHORTEST) {
        let Some(start) = starts.get(window) else {
            at += 1;
            continue;
        };
        let same = bytes[at..].iter().zip(&secret[*start..]).take_while(|(a, b)| a == b).count();
        // A secret is ASCII here, so pieces of it begin and end between characters.
        if is_piece(&bytes[at..at + same]) {
            clean.push_str(&text[kept..at]);
            clean.push('…');
            clean.push_str(if start + same == secret.len() { tail } else { "" });
            kept = at + same;
        }
        at += same;
    }
    clean.push_str(&text[kept..]);
    clean
}

/// Whether letters in a row are a piece of a secret and no word, and digits no number.
fn is_piece(run: &[u8]) -> bool {
    let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
    let least = match digits {
        0 => SHORTEST + SHORTEST / 2,
        some if some == run.len() => 2 * SHORTEST,
        _ => SHORTEST,
    };
    run.len() >= least
}

/// The secret as hexadecimal digits, and in Base64 wherever it begins among the three bytes of a group.
fn encoded(secret: &str) -> [String; 4] {
    let base64 = |before: usize| {
        let bytes = [&vec![0; before][..], secret.as_bytes()].concat();
        let code = STANDARD_NO_PAD.encode(bytes);
        // The first and the last characters mix with their neighbours.
        code[(before * 8).div_ceil(6)..code.len() - 1].to_owned()
    };
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or_default();
    let hex = secret.bytes().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    [base64(0), base64(1), base64(2), hex]
}

/// Strikes the start of a secret that stands in the text without the rest ("Incorrect API key provided: sk-abc***").
fn strike_start(text: &str, secret: &str) -> String {
    let prefix = vendor_prefix(secret);
    let lead = prefix + TOLERATED + 1;
    let Some(anchor) = secret.get(..lead) else { return text.to_owned() };
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(anchor) {
        let same = rest[at..].bytes().zip(secret.bytes()).take_while(|(a, b)| a == b).count();
        let struck = prefix > 0 || is_echo(&rest[at..at + same], &rest[at + same..]);
        clean.push_str(&rest[..at + if struck { prefix } else { same }]);
        if struck {
            clean.push('…');
        }
        rest = &rest[at + same..];
    }
    clean.push_str(rest);
    clean
}

/// Whether what a secret of no vendor begins with stands for it: long enough to be no accident, or masked behind. Three
/// letters or digits alone stand in many a word, and in numbers, which must stay numbers.
fn is_echo(start: &str, behind: &str) -> bool {
    let number = start.bytes().all(|byte| byte.is_ascii_digit());
    start.len() >= if number { 2 * SHORTEST } else { SHORTEST }
        || behind.starts_with("**")
        || behind.starts_with("••")
        || !number && behind.starts_with(['*', '•', '…']) | behind.starts_with("..")
}

/// The length of the part that names the vendor: up to the last hyphen or underscore near the start.
fn vendor_prefix(secret: &str) -> usize {
    let near = secret.len().min(14);
    secret.as_bytes()[..near].iter().rposition(|byte| matches!(byte, b'-' | b'_')).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::ApiKey;

    #[test]
    fn nothing_but_the_tail_is_left() {
        let key = ApiKey::new("\"sk-proj-Q7vKx2mN8pLw4RtYb\"");
        for (text, clean) in [
            ("key \"sk-proj-Q7vKx2mN8pLw4RtYb\" is wrong", "key […tYb\"] is wrong"),
            ("key sk-proj-Q7vKx2mN8pLw4RtYb.", "key […tYb\"]."),
            ("provided: sk-proj-Q7vKx***tYb.", "provided: sk-proj-…***tYb."),
            ("keys start with sk-proj- here", "keys start with sk-proj- here"),
        ] {
            assert_eq!(key.strike_from(text), clean);
        }
    }

    #[test]
    fn pieces_of_it_go_too_and_so_do_their_encodings() {
        let key = ApiKey::new("sk-proj-Q7vKx2mN8pLw4RtYb9Zc3");
        for (text, clean) in [
            ("code vKx2mN8pLw4RtYb9Zc3.", "code …9Zc3."),
            ("from the middle: 2mN8pLw4Rt!", "from the middle: …!"),
            ("too little to tell: pLw4", "too little to tell: pLw4"),
            // `printf 'Bearer sk-proj-…' | base64`, and in hexadecimal digits.
            ("QmVhcmVyIHNrLXByb2otUTd2S3gybU44cEx3NFJ0WWI5WmMz", "QmVhcmVyIH…z"),
            ("736b2d70726f6a2d5137764b78326d4e38704c77", "…"),
        ] {
            assert_eq!(key.strike_from(text), clean);
        }
    }

    #[test]
    fn invisible_characters_hide_nothing() {
        let key = ApiKey::new("sk-Q7vKx2mN\u{200b}8pLw4RtYb\n");
        assert!(!key.strike_from("got sk-Q7vKx2mN8pLw4RtYb").contains("Q7vKx"));
    }

    #[test]
    fn numbers_that_begin_like_a_bare_key_stay_numbers() {
        let key = ApiKey::new("0123456789abcdef0123456789abcdef");
        for text in ["\"rtt_ms\": 0.012,", "\"started_ms\": 6.0123456,", "012ef"] {
            assert_eq!(key.strike_from(text), text);
        }
        for (text, clean) in
            [("provided: 01234*****cdef", "provided: …*****cdef"), ("provided: 0123456789abc", "provided: …")]
        {
            assert_eq!(key.strike_from(text), clean);
        }
        let key = ApiKey::new("ab34567890abcdef0123456789abcdef");
        assert_eq!(key.strike_from("provided: ab345*****cdef"), "provided: …*****cdef");
        assert_eq!(key.strike_from("the abbey"), "the abbey");
    }

    #[test]
    fn words_stay_whole() {
        let key = ApiKey::new("sk-invalid-key-0001");
        assert_eq!(key.strike_from("invalid_api_key"), "invalid_api_key");
    }
}
