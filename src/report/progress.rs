//! A spinner on stderr while a stage runs, where stderr is a terminal; nothing anywhere else.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::evidence::Stage;
use crate::lang::{Lang, Text};
use crate::text;

/// Frames of the spinner, for terminals that show UTF-8 and for others. The last one stands when it has ended.
const FRAMES: (&str, &str) = ("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ", "|/-\\ ");

/// What is going on right now.
#[derive(Debug)]
pub struct Progress {
    bar: Option<ProgressBar>,
    lang: Lang,
}

impl Progress {
    /// A spinner if stderr is a terminal that can move its cursor.
    #[must_use]
    pub fn on_stderr(lang: Lang, unicode: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        if dumb || !io::stderr().is_terminal() {
            return Self::none(lang);
        }
        let frames = if unicode { FRAMES.0 } else { FRAMES.1 };
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        // The template is a constant; a bar without it would only look plainer.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style.tick_chars(frames));
        }
        Self { bar: Some(bar), lang }
    }

    /// No spinner: JSON, `--quiet`, a pipe.
    #[must_use]
    pub const fn none(lang: Lang) -> Self {
        Self { bar: None, lang }
    }

    /// Says which stage runs now.
    pub fn stage(&self, stage: Stage) {
        if let Some(bar) = &self.bar {
            bar.set_message(doing(stage).of(self.lang));
            // Quick stages come and go without a flicker.
            bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    /// Lets something print a line: the spinner is out of the way while it does.
    pub fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }

    /// Takes the spinner away.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a stage does, while it does it.
const fn doing(stage: Stage) -> Text {
    match stage {
        Stage::Config => text!(en: "reading the settings", zh: "正在读取配置"),
        Stage::Dns => text!(en: "resolving the name", zh: "正在解析域名"),
        Stage::Proxy => text!(en: "asking the proxy", zh: "正在连接代理"),
        Stage::Tcp => text!(en: "connecting", zh: "正在建立连接"),
        Stage::Tls => text!(en: "shaking hands", zh: "正在进行 TLS 握手"),
        Stage::Http => text!(en: "waiting for the answer", zh: "正在等待应答"),
        Stage::Api => text!(en: "reading the answer", zh: "正在读取应答"),
        Stage::Stream => text!(en: "streaming a completion", zh: "正在接收流式响应"),
    }
}
