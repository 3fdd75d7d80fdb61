//! Text from the network is hostile: this is where it is made fit to keep. Bounded, control characters out.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// The longest run of characters kept of one name, header value or message.
pub const MAX_LINE: usize = 2_000;
/// The longest excerpt kept of a body, in bytes.
pub const MAX_BODY: usize = 64 * 1024;

/// One line fit for a terminal, a log and JSON: at most `max` characters, white space folded to single blanks,
/// control, bidirectional-override and zero-width characters removed.
#[must_use]
pub fn line(raw: &str, max: usize) -> String {
    let mut kept = String::with_capacity(raw.len().min(max));
    let mut blank = false;
    let mut count = 0;
    for character in raw.chars() {
        if character.is_whitespace() {
            blank = !kept.is_empty();
            continue;
        }
        if is_hidden(character) {
            continue;
        }
        if count + usize::from(blank) >= max {
            kept.push('…');
            break;
        }
        if blank {
            kept.push(' ');
            count += 1;
            blank = false;
        }
        kept.push(character);
        count += 1;
    }
    kept
}

/// Several lines fit for JSON and a terminal: as [`line()`], but line feeds and tabs stay.
#[must_use]
pub fn block(raw: &str, max: usize) -> String {
    let mut kept: String =
        raw.chars().filter(|character| matches!(character, '\n' | '\t') || !is_hidden(*character)).take(max).collect();
    kept.truncate(kept.trim_end().len());
    kept
}

/// Bytes as text, lossily, then as [`line()`].
#[must_use]
pub fn line_of_bytes(raw: &[u8], max: usize) -> String {
    // Four bytes a character at the most, so nothing beyond that can be shown anyway; blanks get the same again.
    let end = raw.len().min(max.saturating_mul(8));
    line(&String::from_utf8_lossy(&raw[..end]), max)
}

/// Strikes out what looks like a key, whole or half covered by asterisks, but for its last four characters, and the
/// passwords in URLs.
///
/// Servers quote the key they refuse ("Incorrect API key provided: sk-ab\*\*\*\*wxyz").
#[must_use]
pub fn mask_keys(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len());
    let raw = mask_passwords(raw);
    let mut rest = raw.as_ref();
    while !rest.is_empty() {
        let plain = rest.find(is_key_character).unwrap_or(rest.len());
        clean.push_str(&rest[..plain]);
        rest = &rest[plain..];
        let run = rest.find(|character| !is_key_character(character)).unwrap_or(rest.len());
        let word = &rest[..run];
        if looks_like_key(word) {
            let tail: String = word.chars().rev().take(4).take_while(|character| *character != '*').collect();
            clean.push_str("[key …");
            clean.extend(tail.chars().rev());
            clean.push(']');
        } else {
            clean.push_str(word);
        }
        rest = &rest[run..];
    }
    clean
}

/// `http://user:…@host` for a URL with a password.
fn mask_passwords(raw: &str) -> Cow<'_, str> {
    if !raw.contains('@') {
        return Cow::Borrowed(raw);
    }
    let mut clean = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        clean.push_str(before);
        let is_end = |c: char| c.is_whitespace() || matches!(c, '/' | '?' | '#' | '"' | '\'' | '<' | '>' | '`');
        let (authority, behind) = behind.split_at(behind.find(is_end).unwrap_or(behind.len()));
        match authority.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
            Some((user, host)) => clean.extend([user, ":…@", host]),
            None => clean.push_str(authority),
        }
        rest = behind;
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

fn is_key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '*')
}

fn looks_like_key(word: &str) -> bool {
    const PREFIXES: [&str; 9] = ["sk-", "fk-", "sess-", "gsk_", "xai-", "AIza", "hf_", "pplx-", "ghu_"];
    let covered = word.contains("***") && word.chars().any(|character| character != '*');
    covered || (word.len() >= 20 && PREFIXES.iter().any(|prefix| word.starts_with(prefix)))
}

/// A character that a reader cannot see or that commands the terminal.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
        || (character != ' ' && character.width().unwrap_or(0) == 0 && !is_combining(character))
}

fn is_combining(character: char) -> bool {
    matches!(character, '\u{0300}'..='\u{036f}' | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::{block, line, line_of_bytes, mask_keys};

    #[test]
    fn terminal_commands_do_not_survive() {
        assert_eq!(line("a\x1b[31mred\x07\u{202e}b\u{200b}", 100), "a[31mredb");
        assert_eq!(block("one\r\ntwo\x1b]0;title\x07", 100), "one\ntwo]0;title");
        assert_eq!(block("a\u{2028}b\u{2029}c\u{61c}d", 100), "abcd");
    }

    #[test]
    fn white_space_folds_and_length_is_bounded() {
        assert_eq!(line("  a \n\t b  ", 100), "a b");
        assert_eq!(line("abcdef", 3), "abc…");
        assert_eq!(line_of_bytes(b"ok \xff\xfe", 10), "ok \u{fffd}\u{fffd}");
    }

    #[test]
    fn passwords_in_urls_are_struck_out() {
        for (raw, clean) in [
            ("proxy http://alice:hunter2@p.test:3128/ says 407", "proxy http://alice:…@p.test:3128/ says 407"),
            ("'socks5h://u:p@ss@h'", "'socks5h://u:…@h'"),
            ("https://u@h/a:b@c and me@example.com", "https://u@h/a:b@c and me@example.com"),
            ("://:@", "://:…@"),
        ] {
            assert_eq!(mask_keys(raw), clean, "{raw}");
        }
    }

    #[test]
    fn keys_are_struck_out_but_for_their_tail() {
        for (raw, clean) in [
            ("provided: sk-abcd1234****************wxyz. You", "provided: […wxyz]. You"),
            ("<sk-XXXX*****XXX>", "<[…XXX]>"),
            ("key sk-proj-0123456789abcdefghij!", "key […ghij]!"),
            ("**bold** and ***** stay, so does sk-short", "**bold** and ***** stay, so does sk-short"),
        ] {
            assert_eq!(mask_keys(raw), clean.replace('[', "[key "), "{raw}");
        }
    }
}
