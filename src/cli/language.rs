//! What must be known before the command line is understood: the language of its help and of its errors, and whether
//! those errors are to be JSON.

use std::ffi::OsStr;

use super::group::ColorWhen;
use crate::lang::Lang;

/// What a first look at the command line tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// The language of what a person reads.
    pub lang: Lang,
    /// Whether `--lang` named it; JSON follows the flag only.
    pub lang_is_named: bool,
    /// Whether output is to be JSON.
    pub json: bool,
    /// When there is colour.
    pub color: ColorWhen,
}

impl Wish {
    /// Looks at the arguments (without the program's name); `locale` is what the environment says.
    pub fn of<A: AsRef<OsStr>>(arguments: impl IntoIterator<Item = A>, locale: Lang) -> Self {
        let mut wish = Self { lang: locale, ..Self::default() };
        let mut last = String::new();
        for argument in arguments {
            let Some(argument) = argument.as_ref().to_str() else { continue };
            if argument == "--" {
                break;
            }
            let (flag, value) = argument.split_once('=').unwrap_or((last.as_str(), argument));
            match (flag, value) {
                ("--lang", "en") => (wish.lang, wish.lang_is_named) = (Lang::En, true),
                ("--lang", "zh") => (wish.lang, wish.lang_is_named) = (Lang::Zh, true),
                ("--color", "always") => wish.color = ColorWhen::Always,
                ("--color", "never") => wish.color = ColorWhen::Never,
                ("--format", format) => wish.json = format == "json",
                (_, "--json") => wish.json = true,
                _ => {}
            }
            argument.clone_into(&mut last);
        }
        wish
    }

    /// The language of messages: JSON is English unless `--lang` says otherwise.
    #[must_use]
    pub fn message_lang(self) -> Lang {
        if self.json && !self.lang_is_named { Lang::En } else { self.lang }
    }
}

/// The wish of this process: its arguments and its locale.
#[must_use]
pub fn of_process() -> Wish {
    Wish::of(std::env::args_os().skip(1), locale())
}

/// The language of the locale: `LC_ALL`, `LC_MESSAGES`, `LANG`, or what the system says where none is set.
fn locale() -> Lang {
    let variable = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    match variable {
        Some(locale) => Lang::of_locale(&locale),
        None => sys_locale::get_locale().map_or(Lang::En, |locale| Lang::of_locale(&locale)),
    }
}

#[cfg(test)]
mod tests {
    use super::Wish;
    use crate::lang::Lang;

    #[test]
    fn the_last_word_on_language_and_format_counts() {
        for (arguments, lang, json) in [
            ("diagnose", Lang::Zh, false),
            ("--lang en diagnose", Lang::En, false),
            ("diagnose --lang=en --json", Lang::En, true),
            ("diagnose --format json", Lang::En, true),
            ("diagnose --format=json --lang zh", Lang::Zh, true),
            ("diagnose --format text", Lang::Zh, false),
            ("diagnose --lang fr", Lang::Zh, false),
            ("explain -- --json --lang en", Lang::Zh, false),
        ] {
            let wish = Wish::of(arguments.split(' '), Lang::Zh);
            assert_eq!((wish.message_lang(), wish.json), (lang, json), "{arguments}");
        }
    }
}
