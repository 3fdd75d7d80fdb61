//! Where output goes: the one place that writes to stdout and stderr and knows whether they are terminals.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config::Settings;

/// Standard output. A reader that has gone away (`| head -1`) ends the output, not the program's verdict.
#[derive(Debug, Default)]
pub struct Output {
    closed: bool,
}

impl Output {
    /// Writes a text, our secrets struck out: whatever went before, a key does not leave through here.
    pub fn write(&mut self, settings: Option<&Settings>, text: &str) {
        if self.closed {
            return;
        }
        let clean = settings.map_or_else(|| text.to_owned(), |settings| settings.strike(text));
        let mut stdout = io::stdout().lock();
        self.closed = stdout.write_all(clean.as_bytes()).and_then(|()| stdout.flush()).is_err();
    }
}

/// Help and version, in colour where the terminal shows it.
pub fn show_help(text: &str) {
    let mut stdout = anstream::AutoStream::auto(io::stdout().lock());
    // A closed pipe is the reader's choice.
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// Writes a line of progress or trouble to stderr.
pub fn tell(text: &str) {
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Standard input as text, as much of it as is allowed; bytes that are no UTF-8 are replaced.
///
/// # Errors
///
/// When it cannot be read.
pub fn read_input(most: u64) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(std::io::stdin(), most), &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Whether standard output is a terminal.
#[must_use]
pub fn stdout_is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The terminal's width, in columns.
#[must_use]
pub fn columns() -> Option<usize> {
    terminal_size::terminal_size().map(|(width, _)| usize::from(width.0)).filter(|columns| *columns > 0)
}

/// A spinner on stderr, on a terminal only.
#[derive(Debug)]
pub struct Spinner(Option<ProgressBar>);

impl Spinner {
    /// A spinner, or nothing where nobody watches.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        let watched =
            wanted && io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
        Self(watched.then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(80));
            bar
        }))
    }

    /// Says what is being done.
    pub fn say(&self, message: String) {
        if let Some(bar) = &self.0 {
            bar.set_message(message);
        }
    }

    /// Writes a line of the result with the spinner out of the way.
    pub fn aside(&self, write: impl FnOnce()) {
        match &self.0 {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes it.
    pub fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
