//! How text looks: colour, characters, width, language. Also the one guard between what was observed and a terminal.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::evidence::{Status, text};
use crate::lang::{Lang, Text};

/// The narrowest and the widest line that text is laid out for, in columns.
const WIDTHS: (usize, usize) = (40, 100);
/// Columns where there is no terminal to ask.
pub const PIPED_WIDTH: usize = 80;

/// How text looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether ANSI colours are written.
    pub colour: bool,
    /// Whether marks, bars and bullets may be other than ASCII.
    pub unicode: bool,
    /// Columns of a line.
    pub width: usize,
    /// The language of every sentence.
    pub lang: Lang,
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Works.
    Good,
    /// Works, with a but.
    Warn,
    /// Does not work.
    Bad,
    /// Beside the point.
    Muted,
    /// A heading.
    Strong,
    /// Something to type.
    Command,
}

impl Role {
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "\x1b[32m",
            Self::Warn => "\x1b[33m",
            Self::Bad => "\x1b[1;31m",
            Self::Muted => "\x1b[2m",
            Self::Strong => "\x1b[1m",
            Self::Command => "\x1b[36m",
        }
    }
}

impl Style {
    /// Plain text for a file or pipe.
    #[must_use]
    pub const fn plain(lang: Lang) -> Self {
        Self { colour: false, unicode: true, width: PIPED_WIDTH, lang }
    }

    /// The same with the width of a terminal, within what is readable.
    #[must_use]
    pub fn wide(self, columns: usize) -> Self {
        Self { width: columns.clamp(WIDTHS.0, WIDTHS.1), ..self }
    }

    /// Whether a locale's name says that its terminal shows UTF-8.
    #[must_use]
    pub fn is_utf8(locale: &str) -> bool {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }

    /// A sentence in this style's language.
    #[must_use]
    pub const fn say(&self, text: Text) -> &'static str {
        text.of(self.lang)
    }

    /// Text in its colour.
    #[must_use]
    pub fn paint(&self, role: Role, text: &str) -> String {
        if self.colour && !text.is_empty() { format!("{}{text}\x1b[0m", role.code()) } else { text.to_owned() }
    }

    /// The mark of a status, one column wide, in its colour.
    #[must_use]
    pub fn mark(&self, status: Status) -> String {
        let (unicode, ascii, role) = match status {
            Status::Pass => ("✓", "+", Role::Good),
            Status::Warn => ("!", "!", Role::Warn),
            Status::Fail => ("✗", "x", Role::Bad),
            Status::Skip => ("–", "-", Role::Muted),
        };
        self.paint(role, if self.unicode { unicode } else { ascii })
    }

    /// The bullet of a list.
    #[must_use]
    pub const fn bullet(&self) -> &'static str {
        if self.unicode { "•" } else { "*" }
    }

    /// What stands between two facts of one line.
    #[must_use]
    pub const fn dot(&self) -> &'static str {
        if self.unicode { " · " } else { " - " }
    }

    /// A comma between the items of a list in a sentence.
    #[must_use]
    pub const fn comma(&self) -> &'static str {
        match self.lang {
            Lang::En => ", ",
            Lang::Zh => "，",
        }
    }

    /// Text that came from elsewhere, fit for a terminal: no control characters, and ASCII punctuation where the
    /// terminal shows nothing else.
    #[must_use]
    pub fn guard(&self, raw: &str) -> String {
        let clean: String = raw.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { c }).collect();
        let clean: String = clean.chars().filter(|c| !text::is_hidden(*c)).collect();
        if self.unicode {
            return clean;
        }
        let mut ascii = String::with_capacity(clean.len());
        for character in clean.chars() {
            match character {
                '…' => ascii.push_str("..."),
                '–' | '—' => ascii.push('-'),
                '“' | '”' => ascii.push('"'),
                '‘' | '’' => ascii.push('\''),
                '→' => ascii.push_str("->"),
                '·' => ascii.push('.'),
                other => ascii.push(other),
            }
        }
        ascii
    }

    /// Appends a paragraph, wrapped to the width: `first` in front of its first line, blanks of the same width in
    /// front of the others. Wide characters count two columns.
    pub fn wrap(&self, out: &mut String, first: &str, paragraph: &str) {
        let indent = " ".repeat(columns(first));
        let paragraph = self.guard(paragraph);
        let options = textwrap::Options::new(self.width)
            .initial_indent(first)
            .subsequent_indent(&indent)
            .word_separator(textwrap::WordSeparator::Custom(words))
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        for line in textwrap::wrap(&paragraph, options) {
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }

    /// Appends a line with `right` at the right edge; what does not fit of `left` goes on below it, behind `indent`.
    pub fn spread(&self, out: &mut String, first: &str, left: &str, right: &str) {
        let room = self.width.saturating_sub(columns(first) + right.width() + usize::from(!right.is_empty()) * 2);
        let left = self.guard(left);
        let options = textwrap::Options::new(room.max(20))
            .word_separator(textwrap::WordSeparator::Custom(words))
            .word_splitter(textwrap::WordSplitter::NoHyphenation)
            .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit);
        let lines = textwrap::wrap(&left, options);
        let start = lines.first().map_or("", |line| line.trim_end());
        let gap = self.width.saturating_sub(columns(first) + start.width() + right.width());
        let padding = if right.is_empty() { 0 } else { gap };
        let line = format!("{first}{start}{}{}", " ".repeat(padding), self.paint(Role::Muted, right));
        let _ = writeln!(out, "{}", line.trim_end());
        let indent = " ".repeat(columns(first));
        for line in lines.iter().skip(1) {
            let _ = writeln!(out, "{indent}{}", line.trim_end());
        }
    }

    /// Appends a command on lines of its own, never wrapped, so that it can be copied.
    pub fn command(&self, out: &mut String, indent: usize, command: &str) {
        for line in command.lines() {
            let _ = writeln!(out, "{}{}", " ".repeat(indent), self.paint(Role::Command, &self.guard(line)));
        }
    }
}

/// The width of text in columns, colours left out.
#[must_use]
pub fn columns(text: &str) -> usize {
    let mut width = 0;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character == '\x1b' {
            // Our own colours only: they end with an `m`.
            rest.by_ref().find(|end| *end == 'm');
        } else {
            width += character.width().unwrap_or(0);
        }
    }
    width
}

/// Text filled up with blanks to a width in columns.
#[must_use]
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(columns(text))))
}

/// Where a line may break: after blanks, and around wide characters, but never before closing punctuation nor after
/// opening punctuation (kinsoku).
fn words(line: &str) -> Box<dyn Iterator<Item = textwrap::core::Word<'_>> + '_> {
    let mut pieces = Vec::new();
    let mut start = 0;
    let mut before: Option<char> = None;
    for (at, character) in line.char_indices() {
        if before.is_some_and(|before| may_break(before, character)) {
            pieces.push(textwrap::core::Word::from(&line[start..at]));
            start = at;
        }
        before = Some(character);
    }
    if start < line.len() {
        pieces.push(textwrap::core::Word::from(&line[start..]));
    }
    Box::new(pieces.into_iter())
}

fn may_break(before: char, after: char) -> bool {
    const NEVER_FIRST: &str = "，。、；：？！）】》」』”’％…,.;:?!)]}%";
    const NEVER_LAST: &str = "（【《「『“‘([{";
    if before == ' ' {
        return after != ' ';
    }
    let wide = |c: char| c.width() == Some(2);
    after != ' ' && (wide(before) || wide(after)) && !NEVER_FIRST.contains(after) && !NEVER_LAST.contains(before)
}

#[cfg(test)]
mod tests {
    use super::{Role, Style, columns, pad};
    use crate::evidence::Status;
    use crate::lang::Lang;

    fn narrow(width: usize) -> Style {
        Style { width, ..Style::plain(Lang::Zh) }
    }

    #[test]
    fn chinese_wraps_by_columns_and_keeps_punctuation_behind_its_word() {
        let mut out = String::new();
        narrow(20).wrap(&mut out, "  • ", "证书由本机不信任的机构签发，因此没有发送密钥。");
        assert_eq!(out, "  • 证书由本机不信任\n    的机构签发，因此\n    没有发送密钥。\n");
    }

    #[test]
    fn words_of_both_scripts_stay_whole() {
        let mut out = String::new();
        narrow(24).wrap(&mut out, "", "端点返回 401 Unauthorized：密钥无效");
        assert_eq!(out, "端点返回 401\nUnauthorized：密钥无效\n");
    }

    #[test]
    fn the_right_edge_is_the_same_on_every_line() {
        let mut out = String::new();
        let style = narrow(40);
        style.spread(&mut out, "✓ dns   ", "地址 192.0.2.1", "12.3 ms");
        style.spread(&mut out, "✓ tls   ", "one", "1.50 s");
        assert!(out.lines().all(|line| columns(line) == 40), "{out}");
        out.clear();
        style.spread(&mut out, "✗ dns   ", "a rather long observation that goes on", "12.3 ms");
        assert_eq!(out, "✗ dns   a rather long            12.3 ms\n        observation that goes\n        on\n");
    }

    #[test]
    fn nothing_commands_the_terminal() {
        let mut out = String::new();
        let style = Style::plain(Lang::En);
        style.command(&mut out, 2, "curl \x1b]0;title\x07x\u{202e}\nsecond\rline");
        style.wrap(&mut out, "", "one\ntwo \x1b[31mred");
        assert_eq!(out, "  curl ]0;titlex\n  secondline\none two [31mred\n");
    }

    #[test]
    fn without_utf8_everything_of_ours_is_ascii() {
        let style = Style { unicode: false, ..Style::plain(Lang::En) };
        let marks: String = [Status::Pass, Status::Warn, Status::Fail, Status::Skip].map(|s| style.mark(s)).concat();
        assert!((marks + style.bullet() + style.dot() + &style.guard("“a” – b…")).is_ascii());
        assert!(Style::is_utf8("de_AT.UTF-8") && Style::is_utf8("C.utf8") && !Style::is_utf8("POSIX"));
    }

    #[test]
    fn colour_takes_no_columns() {
        let style = Style { colour: true, ..Style::plain(Lang::En) };
        assert_eq!(columns(&style.paint(Role::Bad, "证书 x")), 6);
        assert_eq!(columns(&pad(&style.mark(Status::Pass), 4)), 4);
    }
}
