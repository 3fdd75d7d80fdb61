//! What every command knows of the process: format, language, style, and where output goes.

use crate::cli::{ColorWhen, Format, GlobalArgs, Usage, Wish};
use crate::config::{Overrides, Settings};
use crate::lang::Lang;
use crate::report::json;
use crate::report::style::Style;
use crate::report::text::Detail;

use super::Trouble;
use super::terminal::{self, Output};

/// The process as a command sees it.
#[derive(Debug)]
pub struct Context {
    /// What the command line wishes for before it is understood.
    pub wish: Wish,
    /// The format in effect.
    pub format: Format,
    /// How much is shown.
    pub detail: Detail,
    /// How text looks.
    pub style: Style,
    /// Standard output.
    pub output: Output,
}

impl Context {
    /// Looks at the flags, the environment and the terminal.
    #[must_use]
    pub fn new(global: &GlobalArgs, wish: Wish) -> Self {
        let detail = match (global.quiet, global.verbose) {
            (true, _) => Detail::Quiet,
            (false, 0) => Detail::Normal,
            (false, _) => Detail::Verbose,
        };
        let format = global.format();
        let lang = if format == Format::Json { wish.message_lang() } else { wish.lang };
        let on_terminal = terminal::stdout_is_terminal();
        let mut style = Style { colour: colour(global.color, on_terminal), unicode: unicode(), ..Style::plain(lang) };
        if let Some(columns) = on_terminal.then(terminal::columns).flatten() {
            style = style.wide(columns);
        }
        Self { wish, format, detail, style, output: Output::default() }
    }

    /// Whether the result is JSON.
    #[must_use]
    pub fn json(&self) -> bool {
        self.format == Format::Json
    }

    /// The language of the result.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.style.lang
    }

    /// Prints a result: as the document, or as what `text` makes of it.
    ///
    /// # Errors
    ///
    /// Never for the documents of this crate; see [`json::render`].
    pub fn show<D: serde::Serialize>(
        &mut self,
        settings: &Settings,
        document: &D,
        text: impl FnOnce(&D, &Style) -> String,
    ) -> Result<(), Trouble> {
        let shown = if self.json() { json::render(document)? } else { text(document, &self.style) };
        self.output.write(Some(settings), &shown);
        Ok(())
    }

    /// The settings in effect.
    ///
    /// # Errors
    ///
    /// A usage error when a flag, the file or the key file cannot be used.
    pub fn settings(&self, overrides: &Overrides) -> Result<Settings, Trouble> {
        Settings::load(overrides).map_err(|error| Trouble::Usage(Box::new(Usage::settings(&error, self.wish))))
    }
}

/// no-color.org: `NO_COLOR` counts when it is not empty; `CLICOLOR_FORCE` forces.
pub(super) fn colour(when: ColorWhen, on_terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR") => false,
        ColorWhen::Auto if forced => true,
        ColorWhen::Auto => on_terminal && std::env::var_os("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Whether marks and bars may be other than ASCII. Where no locale is set at all, a pipe or a log takes UTF-8.
fn unicode() -> bool {
    ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .is_none_or(|locale| Style::is_utf8(&locale))
}
