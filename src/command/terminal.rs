//! Where output goes: the one place that writes to stdout and stderr and knows whether they are terminals.

use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::config::Settings;
use crate::evidence::{Stage, text as clean};
use crate::lang::Text;
use crate::text;

/// What has gone to stdout.
static SAID: Mutex<Said> = Mutex::new(Said::Nothing);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Something,
    /// Nothing follows: the process is at its end.
    Last,
}

/// How long the spinner stands still between two turns.
const TURN: Duration = Duration::from_millis(100);

/// Standard output. A reader that has gone away (`| head -1`) ends the output, not the program's verdict; a full disk
/// is a failure of the tool, for nobody got the result.
#[derive(Debug, Default)]
pub struct Output {
    closed: bool,
    failure: Option<io::Error>,
}

impl Output {
    /// Writes a text, our secrets struck out: whatever went before, a key does not leave through here.
    pub fn write(&mut self, settings: Option<&Settings>, text: &str) {
        if self.closed {
            return;
        }
        let clean = settings.map_or_else(|| text.to_owned(), |settings| settings.strike(text));
        let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
        if *said == Said::Last {
            return;
        }
        *said = Said::Something;
        let mut stdout = io::stdout().lock();
        if let Err(error) = stdout.write_all(clean.as_bytes()).and_then(|()| stdout.flush()) {
            self.closed = true;
            self.failure = (error.kind() != io::ErrorKind::BrokenPipe).then_some(error);
        }
    }

    /// Why the result could not be written, if that is anything but a reader that had read enough.
    #[must_use]
    pub fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}

impl Output {
    /// Whether nobody reads any more.
    #[must_use]
    pub const fn is_closed(&self) -> bool {
        self.closed
    }
}

/// Writes a document that ends the output, unless something was written already or is being written: stdout never
/// holds two.
pub fn last_word(document: &str) {
    let Ok(mut said) = SAID.try_lock() else { return };
    if std::mem::replace(&mut *said, Said::Last) == Said::Nothing {
        let mut stdout = io::stdout().lock();
        // The process ends anyway.
        let _ = stdout.write_all(document.as_bytes()).and_then(|()| stdout.flush());
    }
}

/// Help and version, in colour or without.
///
/// # Errors
///
/// When they cannot be written; a closed pipe is the reader's choice.
pub fn show_help(text: &str, colour: bool) -> io::Result<()> {
    let choice = if colour { anstream::ColorChoice::Always } else { anstream::ColorChoice::Never };
    let mut stdout = anstream::AutoStream::new(io::stdout().lock(), choice);
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}

/// Writes lines of progress or trouble to stderr, without what a terminal would obey or a reader not see: they quote
/// arguments, file names and messages of others.
pub fn tell(text: &str) {
    let shown: String = text.chars().filter(|c| *c == '\n' || !clean::is_hidden(*c)).collect();
    // There is nobody left to tell when stderr is gone.
    let _ = writeln!(io::stderr().lock(), "{shown}");
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

/// How many rows a terminal shows that can be written over; none where it cannot.
#[must_use]
pub fn rows() -> Option<usize> {
    let able = stdout_is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb");
    let size = able.then(terminal_size::terminal_size).flatten();
    size.map(|(_, height)| usize::from(height.0))
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
            bar.enable_steady_tick(TURN);
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
    pub fn finish(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}

/// What happens while remedies are tried.
pub const TRYING: Text = text!(en: "trying remedies…", zh: "正在试验修复办法…");

/// What a stage does, while it does it.
#[must_use]
pub const fn doing(stage: Stage) -> Text {
    match stage {
        Stage::Config => text!(en: "reading the settings…", zh: "正在读取配置…"),
        Stage::Dns => text!(en: "resolving the name…", zh: "正在解析域名…"),
        Stage::Proxy => text!(en: "asking the proxy…", zh: "正在连接代理…"),
        Stage::Tcp => text!(en: "connecting…", zh: "正在建立连接…"),
        Stage::Tls => text!(en: "shaking hands…", zh: "正在进行 TLS 握手…"),
        Stage::Http => text!(en: "waiting for the answer…", zh: "正在等待应答…"),
        Stage::Api => text!(en: "reading the answer…", zh: "正在读取应答…"),
        Stage::Stream => text!(en: "streaming a completion…", zh: "正在接收流式响应…"),
    }
}
