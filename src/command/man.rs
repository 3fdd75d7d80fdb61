//! `man`: the manual page, made from the command line's definition, with sections on exit codes, variables, examples.

use std::fmt::Write as _;
use std::io;

use clap_mangen::Man;

use crate::cli::{self, Usage, Wish};
use crate::config::environment::VARIABLES;
use crate::lang::{Lang, Text};
use crate::text;

use super::help::exit_code_table;

/// Why there is no page.
#[derive(Debug)]
pub enum NoPage {
    /// There is no such command.
    Usage(Box<Usage>),
    /// Writing to memory failed: never.
    Io(io::Error),
}

impl From<io::Error> for NoPage {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// The page of the program or of one command, as roff.
///
/// # Errors
///
/// There is no such command.
pub fn run(command: Option<&str>, lang: Lang, wish: Wish) -> Result<String, NoPage> {
    let mut root = cli::command(lang);
    root.build();
    let Some(name) = command else {
        let mut page = sections(root.clone(), lang)?;
        section(
            &mut page,
            lang,
            text!(en: "EXIT STATUS", zh: "退出码"),
            exit_code_table().into_iter().map(|(code, meaning)| (code.to_string(), meaning)),
        );
        section(
            &mut page,
            lang,
            text!(en: "ENVIRONMENT", zh: "环境变量"),
            VARIABLES.iter().map(|variable| (variable.name.to_owned(), variable.meaning)),
        );
        return Ok(page);
    };
    let Some(sub) = root.find_subcommand(name) else {
        let known = root.get_subcommands().map(clap::Command::get_name);
        return Err(NoPage::Usage(Box::new(Usage::unknown("man", name, known, wish))));
    };
    // Its own page goes by the whole name, as `git-log` does.
    let sub = sub.clone().name(format!("openai-doctor-{name}")).display_name(format!("openai-doctor-{name}"));
    Ok(sections(sub, lang)?)
}

fn sections(command: clap::Command, lang: Lang) -> io::Result<String> {
    let examples = command.get_before_help().map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command).manual("openai-doctor").source(concat!("openai-doctor ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    if let Some((_, lines)) = examples.split_once('\n') {
        let _ = writeln!(page, ".SH {}\n.nf", text!(en: "EXAMPLES", zh: "示例").of(lang));
        for line in lines.lines() {
            let _ = writeln!(page, "{}", escape(line.trim_start()));
        }
        page.push_str(".fi\n");
    }
    Ok(page)
}

fn section(page: &mut String, lang: Lang, title: Text, rows: impl Iterator<Item = (String, Text)>) {
    let _ = writeln!(page, ".SH \"{}\"", title.of(lang));
    for (name, meaning) in rows {
        let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", escape(&name), escape(meaning.of(lang)));
    }
}

/// Text that roff takes for text: no line of it is a request, no hyphen is broken.
fn escape(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::{NoPage, escape, run};
    use crate::cli::Wish;
    use crate::lang::Lang;

    #[test]
    fn the_page_has_its_sections_in_both_languages() {
        for (lang, words) in [
            (Lang::En, ["EXIT STATUS", "ENVIRONMENT", "EXAMPLES", "OPENAI_BASE_URL"]),
            (Lang::Zh, ["退出码", "环境变量", "示例", "OPENAI_BASE_URL"]),
        ] {
            let page = run(None, lang, Wish::default()).expect("a page");
            for word in words {
                assert!(page.contains(word), "{word}: {page}");
            }
        }
    }

    #[test]
    fn every_command_has_a_page() {
        for command in crate::cli::command(Lang::En).get_subcommands() {
            let page = run(Some(command.get_name()), Lang::En, Wish::default()).expect("a page");
            assert!(page.contains(&format!("openai\\-doctor\\-{}", command.get_name().replace('-', "\\-"))), "{page}");
        }
        assert!(matches!(run(Some("diagnos"), Lang::En, Wish::default()), Err(NoPage::Usage(_))));
    }

    #[test]
    fn no_text_is_a_request() {
        for (text, escaped) in [(".SH", "\\&.SH"), ("'x", "\\&'x"), ("--a\\b", "\\-\\-a\\eb")] {
            assert_eq!(escape(text), escaped);
        }
    }
}
