//! The two languages of everything a user reads, side by side where a sentence is defined.
//!
//! A sentence is a value that holds both languages, so one that lacks a language does not compile. This module owns
//! the values and the two macros that make them; it does not own any sentence and it does not choose the language:
//! the command line does, and the renderers are told.

use std::fmt;

/// A language of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Simplified Chinese.
    Zh,
}

impl Lang {
    /// The language of a locale name such as `zh_CN.UTF-8`; everything that is not Chinese is English.
    #[must_use]
    pub fn of_locale(locale: &str) -> Self {
        if locale.to_ascii_lowercase().starts_with("zh") { Self::Zh } else { Self::En }
    }
}

/// A sentence known when the program is compiled. Made by [`text!`](crate::text).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// Simplified Chinese.
    pub zh: &'static str,
}

impl Text {
    /// The sentence in one language.
    #[must_use]
    pub const fn of(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }

    /// The same sentence as an owned one.
    #[must_use]
    pub fn sentence(self) -> Sentence {
        Sentence { en: self.en.to_owned(), zh: self.zh.to_owned() }
    }
}

/// A sentence with measured values in it. Made by [`say!`](crate::say).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sentence {
    /// English.
    pub en: String,
    /// Simplified Chinese.
    pub zh: String,
}

impl Sentence {
    /// The sentence in one language.
    #[must_use]
    pub fn of(&self, lang: Lang) -> &str {
        match lang {
            Lang::En => &self.en,
            Lang::Zh => &self.zh,
        }
    }

    /// A sentence that is the same in both languages: a name, a number, a command.
    #[must_use]
    pub fn verbatim(same: impl fmt::Display) -> Self {
        let same = same.to_string();
        Self { en: same.clone(), zh: same }
    }
}

impl From<Text> for Sentence {
    fn from(text: Text) -> Self {
        text.sentence()
    }
}

/// A static sentence in both languages: `text!(en: "no answer", zh: "没有应答")`.
#[macro_export]
macro_rules! text {
    (en: $en:literal, zh: $zh:literal $(,)?) => {
        $crate::lang::Text { en: $en, zh: $zh }
    };
}

/// A sentence with values, formatted in both languages: `say!(en: "{n} ms", zh: "{n} 毫秒")` or, with values named
/// on the spot, `say!(en: "{n} of {all}", zh: "{all} 个中的 {n} 个", n = 1, all = xs.len())`.
#[macro_export]
macro_rules! say {
    (en: $en:literal, zh: $zh:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $(let $name = $value;)*
        $crate::lang::Sentence { en: format!($en), zh: format!($zh) }
    }};
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn locale_names_the_language() {
        for (locale, lang) in
            [("zh_CN.UTF-8", Lang::Zh), ("zh-Hans-CN", Lang::Zh), ("C.UTF-8", Lang::En), ("de_AT", Lang::En)]
        {
            assert_eq!(Lang::of_locale(locale), lang, "{locale}");
        }
    }

    #[test]
    fn values_stand_in_both_languages() {
        let host = "h";
        let said = say!(en: "{host} took {n} ms", zh: "{host} 用了 {n} 毫秒", n = 3);
        assert_eq!((said.en.as_str(), said.zh.as_str()), ("h took 3 ms", "h 用了 3 毫秒"));
    }
}
