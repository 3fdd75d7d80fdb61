//! The commands: one file each, and the only place that prints and exits.

pub mod completions;
pub mod config;
mod context;
mod destination;
mod diagnose;
mod diff;
mod dns;
pub mod explain;
mod fastest_ip;
pub mod help;
pub mod interrupt;
mod log;
pub mod man;
mod ping;
mod probe;
mod proxy;
#[cfg(test)]
mod readme;
mod replay;
mod saved;
pub mod schema;
pub mod session;
mod socket;
pub mod terminal;
mod trace;

use std::process::ExitCode;

use crate::cli::{self, Command, Stop, Usage};
use crate::evidence::text;
use crate::lang::{Lang, Sentence};
use crate::report::{ErrorReport, TextReport, exit, json};
use crate::say;

use interrupt::Ended;

pub use context::Context;

/// Why a command has no result of its own.
#[derive(Debug)]
pub enum Trouble {
    /// The command line or the configuration is wrong: exit code 2.
    Usage(Box<Usage>),
    /// The tool itself failed: exit code 1.
    Tool(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::Tool(error.into())
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    quiet_panics();
    match completions::answer(std::env::args_os()) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        // A shell that asks wants words or silence, no message in the middle of a line.
        Err(_) => return ExitCode::from(exit::TOOL_FAILED),
    }
    let wish = cli::of_process();
    let parsed = cli::parse(std::env::args_os(), wish);
    let cli = match parsed {
        Ok(cli) => cli,
        Err(Stop::Show(text)) => {
            if wish.json {
                let mut output = terminal::Output::default();
                output.write(None, &text_document("help", &text));
                return written(output.failure(), ExitCode::SUCCESS, wish.lang);
            }
            let colour = context::colour(wish.color, terminal::stdout_is_terminal());
            return written(terminal::show_help(&text, colour).err(), ExitCode::SUCCESS, wish.lang);
        }
        Err(Stop::Nothing(text)) => {
            terminal::tell(anstream::adapter::strip_str(&text).to_string().trim_end());
            return ExitCode::from(exit::USAGE);
        }
        Err(Stop::Refuse(usage)) => return refuse(&usage),
    };
    let mut context = Context::new(&cli.global, wish);
    let (as_json, lang) = (context.json(), context.lang());
    let ended = interrupt::watch(move || match dispatch(&cli.command, &mut context) {
        Ok(code) => written(context.output.failure(), ExitCode::from(code), lang),
        Err(Trouble::Usage(usage)) => refuse(&usage),
        Err(Trouble::Tool(error)) => fail("tool", &format!("{error:#}"), as_json, lang),
    });
    match ended {
        Ok(Ended::Done(code)) => code,
        Ok(Ended::Interrupted) => interrupted(as_json, lang),
        // The panic has said where on stderr.
        Ok(Ended::Panicked) => fail("internal", "internal error", as_json, lang),
        Err(error) => fail("tool", &error.to_string(), as_json, lang),
    }
}

fn dispatch(command: &Command, context: &mut Context) -> Result<u8, Trouble> {
    match command {
        Command::Diagnose(args) => diagnose::run(args, context),
        Command::Diff(args) => diff::run(args, context),
        Command::Dns(args) => dns::run(args, context),
        Command::Proxy(args) => proxy::run(args, context),
        Command::Tcp(args) => probe::tcp(args, context),
        Command::Tls(args) => probe::tls(args, context),
        Command::Http(args) => probe::http(args, context),
        Command::FastestIp(args) => fastest_ip::run(args, context),
        Command::Ping(args) => ping::run(args, context),
        Command::Trace(args) => trace::run(args, context),
        Command::Socket(args) => socket::run(args, context),
        Command::Explain(args) => explain::answer(args, context),
        Command::Config(args) => {
            let settings = context.settings(&args.overrides())?;
            context.output.write(None, &config::run(&settings, &context.style, context.json())?);
            Ok(0)
        }
        Command::Schema(_) => {
            context.output.write(None, &schema::run()?);
            Ok(0)
        }
        Command::Completions(args) => {
            show(context, "completions", completions::run(args.shell)?);
            Ok(0)
        }
        Command::Man(args) => match man::run(args.command.as_deref(), context.lang(), context.wish) {
            Ok(page) => {
                show(context, "man", page);
                Ok(0)
            }
            Err(man::NoPage::Usage(usage)) => Err(Trouble::Usage(usage)),
            Err(man::NoPage::Io(error)) => Err(error.into()),
        },
        Command::Help(args) => {
            let page = help::run(args.topic.as_deref(), &context.style, context.wish).map_err(Trouble::Usage)?;
            show(context, "help", page);
            Ok(0)
        }
    }
}

/// Prints a text that was asked for, under `--json` as a document.
fn show(context: &mut Context, kind: &str, text: String) {
    let shown = if context.json() { text_document(kind, &text) } else { text };
    context.output.write(None, &shown);
}

/// A text as a document, without the colours of a terminal.
fn text_document(kind: &str, text: &str) -> String {
    document(&TextReport::new(kind, anstream::adapter::strip_str(text).to_string()))
}

/// The exit code of a result; nobody got one that could not be written, so its exit code must not speak for it.
fn written(failure: Option<std::io::Error>, code: ExitCode, lang: Lang) -> ExitCode {
    let Some(error) = failure else { return code };
    let said = say!(en: "error: the result cannot be written: {error}", zh: "错误：无法写出结果：{error}");
    terminal::tell(said.of(lang));
    ExitCode::from(exit::TOOL_FAILED)
}

/// A wrong command line: the message on stderr, or under `--json` a document on stdout.
fn refuse(usage: &Usage) -> ExitCode {
    if usage.wish.json {
        let mut report = usage.document();
        report.error.message = text::mask_keys(&report.error.message);
        terminal::last_word(&document(&report));
    } else {
        terminal::tell(text::mask_keys(&usage.text()).trim_end());
    }
    ExitCode::from(exit::USAGE)
}

/// A failure of the tool itself.
fn fail(kind: &str, why: &str, as_json: bool, lang: Lang) -> ExitCode {
    let why = text::mask_keys(why);
    let said = say!(
        en: "openai-doctor itself failed, which says nothing about your endpoint: {why}",
        zh: "openai-doctor 自身出错，这与被诊断的端点无关：{why}",
    );
    without_result(kind, &why, &said, exit::TOOL_FAILED, as_json, lang)
}

/// Ctrl-C, before the command had anything to tell.
fn interrupted(as_json: bool, lang: Lang) -> ExitCode {
    let said = say!(en: "interrupted before there was a result", zh: "还没有结果就被中断");
    without_result("interrupted", said.of(lang), &said, exit::INTERRUPTED, as_json, lang)
}

fn without_result(kind: &str, why: &str, said: &Sentence, code: u8, as_json: bool, lang: Lang) -> ExitCode {
    if as_json {
        terminal::last_word(&document(&ErrorReport::new(kind, why, code)));
    } else {
        terminal::tell(said.of(lang));
    }
    ExitCode::from(code)
}

fn document(report: &impl serde::Serialize) -> String {
    // These few fields always serialize.
    json::render(report).unwrap_or_default()
}

/// A panic of one probe is part of a report, not a page of backtrace in front of it.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        terminal::tell(&format!("openai-doctor: internal error: {info}"));
    }));
}
