//! A text made fit for searching: terminal colours out, escapes decoded, and several views of it.

use super::subject;
use super::vocabulary::{Set, Words};

/// A text and its views.
#[derive(Clone, Debug)]
pub(super) struct Document {
    /// The text, cleaned.
    pub(super) clean: String,
    /// The same in lower case (ASCII only, so that offsets are the same).
    pub(super) lower: String,
    /// In lower case, white space folded, without an HTML page that stands in it.
    pub(super) folded: String,
    /// The words of rules that stand there.
    pub(super) words: Words,
    /// The HTML page that stands in it, in lower case, white space folded, and the words of rules on it.
    pub(super) page: Option<(String, Words)>,
}

impl Document {
    pub(super) fn new(raw: &str) -> Self {
        let clean = without_asides(clean(raw));
        let lower = clean.to_ascii_lowercase();
        let page = page(&lower);
        let folded = match page {
            Some((start, end)) => fold(&unescaped(&format!("{} {}", &lower[..start], &lower[end..]))),
            None => fold(&unescaped(&lower)),
        };
        let words = Words::of(&folded);
        let page = match page {
            Some((start, end)) => Some(fold(&lower[start..end])),
            None => is_piece_of_page(&lower).then(|| folded.clone()),
        };
        let page = page.map(|page| {
            let words = Words::of(&page);
            (page, words)
        });
        Self { clean, lower, folded, words, page }
    }

    /// Whether Chinese characters stand in it.
    pub(super) fn is_chinese(&self) -> bool {
        self.folded.chars().any(|character| matches!(character, '\u{4e00}'..='\u{9fff}'))
    }

    /// Whether any of these words of rules stands anywhere in it.
    pub(super) fn says_any(&self, words: &[&str]) -> bool {
        self.words.has_any(words) || self.page.as_ref().is_some_and(|(_, page)| page.has_any(words))
    }

    /// Whether any of a set does.
    pub(super) fn says_one_of(&self, set: &Set) -> bool {
        self.words.has_one_of(set) || self.page.as_ref().is_some_and(|(_, page)| page.has_one_of(set))
    }

    /// The first line that holds these words, its number from 1.
    pub(super) fn line_of(&self, words: &str) -> Option<(usize, &str)> {
        let at = if words.is_empty() { None } else { self.lower.find(words).or_else(|| self.find_wrapped(words)) };
        let at = at.or_else(|| self.lower.find(|c: char| !c.is_whitespace()))?;
        let number = self.lower[..at].matches('\n').count() + 1;
        let start = self.lower[..at].rfind('\n').map_or(0, |end| end + 1);
        let end = self.lower[at..].find('\n').map_or(self.lower.len(), |length| at + length);
        Some((number, &self.clean[start..end]))
    }

    /// Words that a line break interrupts are found by their beginning.
    fn find_wrapped(&self, words: &str) -> Option<usize> {
        let first = words.split(' ').next().filter(|first| first.len() >= 4)?;
        self.lower.find(first)
    }
}

/// Lines that are no part of what happened are made empty; the others keep their numbers.
fn without_asides(text: String) -> String {
    // A notebook prints the source around each frame.
    let notebook = text.lines().any(subject::is_marked_source);
    let is_aside = |line: &str| {
        subject::is_source(line)
            || subject::is_own_request(line)
            || subject::is_passed_test(line)
            || (notebook && (subject::is_marked_source(line) || subject::is_numbered_source(line)))
    };
    if !text.lines().any(is_aside) {
        return text;
    }
    let rest = text.lines().map(|line| if is_aside(line) { "" } else { line }).collect::<Vec<_>>().join("\n");
    // Where the source is all that was copied, the failure is what it raises.
    if notebook && !subject::went_wrong_in(&rest.to_ascii_lowercase()) { text } else { rest }
}

/// Where an HTML page stands in the text.
fn page(lower: &str) -> Option<(usize, usize)> {
    let start = ["<!doctype html", "<html"].iter().filter_map(|opening| lower.find(opening)).min()?;
    // `Unexpected token '<', "<!DOCTYPE "… is not valid JSON` quotes the beginning of a page and holds none.
    let rest = &lower[start..];
    ["<head", "<title", "<body", "<div", "<center", "<meta", "<!--"].iter().any(|tag| rest.contains(tag)).then(|| {
        let end = rest.rfind("</html>").map_or(lower.len(), |end| start + end + "</html>".len());
        (start, end)
    })
}

/// The tags of which two make a piece of a page, where its beginning was not copied.
pub(super) const CLOSING_TAGS: &[&str] =
    &["</title>", "</h1>", "</div>", "</body>", "</center>", "</html>", "</head>", "</table>", "</ul>"];

/// Whether it is a piece of a page without the beginning; it stays part of the text as well.
fn is_piece_of_page(lower: &str) -> bool {
    CLOSING_TAGS.iter().map(|tag| lower.matches(tag).take(2).count()).sum::<usize>() >= 2
}

/// The beginning of a text, at most `bytes` long, no character cut in two.
pub(super) fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The end of a text, at most `bytes` long, no character cut in two.
pub(super) fn tail(text: &str, bytes: usize) -> &str {
    let mut start = text.len() - bytes.min(text.len());
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

/// White space folded to single blanks.
pub(super) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.push_str(word);
    }
    folded
}

/// What begins something that is not to be taken as it stands.
const MARKS: &[char] =
    &['\u{1b}', '\\', '&', '\r', '\0', '“', '”', '„', '‟', '‘', '’', '‚', '‛', '\u{a0}', '\u{200b}', '\u{feff}'];

/// Quotes without the backslashes that a string of a program puts before them.
fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut slashes = 0;
    for character in text.chars() {
        if character == '\\' {
            slashes += 1;
            continue;
        }
        if !matches!(character, '"' | '\'') {
            plain.extend(std::iter::repeat_n('\\', slashes));
        }
        slashes = 0;
        plain.push(character);
    }
    plain.extend(std::iter::repeat_n('\\', slashes));
    plain
}

/// Terminal commands out, `\u5f53` and the commonest HTML entities decoded, typographic quotes made plain: chat programs
/// put them in.
pub(super) fn clean(raw: &str) -> String {
    let mut clean = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(MARKS) {
        clean.push_str(&rest[..at]);
        rest = &rest[at..];
        let (taken, decoded) = decode(rest);
        clean.push_str(&decoded);
        rest = &rest[taken..];
    }
    clean.push_str(rest);
    clean
}

/// How many bytes of what starts here belong together, and what they mean.
fn decode(rest: &str) -> (usize, String) {
    if let Some(taken) = terminal_command(rest) {
        return (taken, String::new());
    }
    if let Some(hex) = rest.strip_prefix("\\u").and_then(|hex| hex.get(..4))
        && let Some(character) = u32::from_str_radix(hex, 16).ok().and_then(char::from_u32)
    {
        return (6, character.to_string());
    }
    for (entity, character) in
        [("&#39;", "'"), ("&#x27;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
    {
        if rest.starts_with(entity) {
            return (entity.len(), character.to_owned());
        }
    }
    if rest.starts_with("\\n") || rest.starts_with("\\r") || rest.starts_with("\\t") {
        // A line break within a string of a program: white space, but not a line of the text. A Windows path
        // (`C:\new`) loses a letter by this and nothing else.
        return (2, "  ".to_owned());
    }
    let first = rest.chars().next().unwrap_or(' ');
    let kept = match first {
        '\r' | '\0' | '\u{200b}' | '\u{feff}' => String::new(),
        '“' | '”' | '„' | '‟' => "\"".to_owned(),
        '‘' | '’' | '‚' | '‛' => "'".to_owned(),
        '\u{a0}' => " ".to_owned(),
        _ => first.to_string(),
    };
    (first.len_utf8(), kept)
}

/// The length of the terminal command that starts here.
fn terminal_command(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('\u{1b}')?;
    if let Some(parameters) = after.strip_prefix('[') {
        let end = parameters.bytes().take(32).position(|byte| (0x40..=0x7e).contains(&byte));
        return Some(end.map_or(2, |end| end + 3));
    }
    if let Some(words) = after.strip_prefix(']') {
        let end = words.bytes().take(256).position(|byte| byte == 7);
        return Some(end.map_or(2, |end| end + 3));
    }
    Some(1)
}

#[cfg(test)]
mod tests {
    use super::Document;

    #[test]
    fn colours_go_and_escapes_are_decoded() {
        let document = Document::new("\u{1b}[31mERROR\u{1b}[0m \\u5f53\\u524d\\n it&#39;s\r\n x");
        assert_eq!(document.clean, "ERROR 当前   it's\n x");
        assert_eq!(document.folded, "error 当前 it's x");
    }

    #[test]
    fn a_page_is_set_apart() {
        let document = Document::new("502 <html>\n<head><title>502 Bad Gateway</title></head></html>, request id: 1");
        assert_eq!(document.folded, "502 , request id: 1");
        assert!(document.page.is_some_and(|(page, _)| page.contains("bad gateway")));
        assert!(Document::new("Unexpected token '<', \"<!DOCTYPE \"... is not valid JSON").page.is_none());
    }

    #[test]
    fn the_line_of_words_is_found() {
        let document = Document::new("one\ntwo Three\nfour");
        assert_eq!(document.line_of("three"), Some((2, "two Three")));
        assert_eq!(document.line_of("absent"), Some((1, "one")));
    }
}
