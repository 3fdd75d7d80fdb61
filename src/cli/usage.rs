//! Usage errors in words of ours, in both languages, and as the JSON document that `--json` promises on every path.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::language::Wish;
use super::value::{BadValue, KEY_ON_COMMAND_LINE, is_key};
use crate::config::{SettingsError, notation};
use crate::lang::{Lang, Sentence, Text};
use crate::report::{ErrorReport, exit};
use crate::{say, text};

/// The command line or the tool's configuration is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage {
    /// `usage` or `configuration`.
    pub kind: &'static str,
    /// What is wrong and what to write instead.
    pub message: Sentence,
    /// The command whose help says more.
    pub command: Option<String>,
    /// Language and format of the answer.
    pub wish: Wish,
}

/// Commands that people look for here, and what serves instead.
const ELSEWHERE: [(&str, Text); 9] = [
    ("chat", STREAM),
    ("embed", LIST),
    ("models", LIST),
    ("bench", TIMES),
    (
        "cost",
        text!(
            en: "`openai-doctor diagnose --deep` shows what one small completion used",
            zh: "`openai-doctor diagnose --deep` 会显示一次最小补全用掉多少 token"
        ),
    ),
    (
        "env",
        text!(
            en: "`openai-doctor config` shows the settings in effect and where each comes from",
            zh: "`openai-doctor config` 显示生效的设置及其来源"
        ),
    ),
    ("doctor", text!(en: "`openai-doctor diagnose` is the main one", zh: "主要命令是 `openai-doctor diagnose`")),
    ("check", text!(en: "`openai-doctor diagnose` is the main one", zh: "主要命令是 `openai-doctor diagnose`")),
    ("version", text!(en: "`openai-doctor --version` prints it", zh: "用 `openai-doctor --version` 查看版本")),
];
const STREAM: Text = text!(
    en: "`openai-doctor diagnose --deep` streams one small completion and times every event",
    zh: "`openai-doctor diagnose --deep` 会请求一次最小的流式补全，并给每个事件计时"
);
const LIST: Text = text!(
    en: "`openai-doctor http` asks the endpoint for its models",
    zh: "`openai-doctor http` 会向端点请求模型列表"
);
const TIMES: Text = text!(
    en: "`openai-doctor diagnose --slo total=2s` checks times against thresholds, `openai-doctor fastest-ip` ranks addresses",
    zh: "`openai-doctor diagnose --slo total=2s` 按阈值检查耗时，`openai-doctor fastest-ip` 给地址排名"
);

impl Usage {
    /// A wrong command line.
    #[must_use]
    pub fn new(message: Sentence, wish: Wish) -> Self {
        Self { kind: "usage", message, command: None, wish }
    }

    /// Settings that cannot be used.
    #[must_use]
    pub fn settings(error: &SettingsError, wish: Wish) -> Self {
        Self { kind: "configuration", message: error.sentence(), command: None, wish }
    }

    /// A word that is none of the known ones: `--demo dns-poisonned`, `explain foo`.
    #[must_use]
    pub fn unknown<'k>(what: &str, written: &str, known: impl IntoIterator<Item = &'k str>, wish: Wish) -> Self {
        let hint = notation::did_you_mean(notation::nearest(written, known));
        let written = shown(written);
        Self::new(
            say!(en: "{what}: there is no `{written}`{en}", zh: "{what}：没有 `{written}`{zh}", en = hint.en, zh = hint.zh),
            wish,
        )
    }

    /// What clap refused.
    pub(super) fn refused(error: &clap::Error, wish: Wish, command: Option<&str>) -> Self {
        Self { command: command.map(str::to_owned), ..Self::new(sentence(error), wish) }
    }

    /// The message as a person reads it on stderr.
    #[must_use]
    pub fn text(&self) -> String {
        let help: String =
            ["openai-doctor"].into_iter().chain(self.command.as_deref()).flat_map(|word| [word, " "]).collect();
        match self.wish.lang {
            Lang::En => format!("error: {}\n\nFor help: {help}--help\n", self.message.en),
            Lang::Zh => format!("错误：{}\n\n查看帮助：{help}--help\n", self.message.zh),
        }
    }

    /// The document for stdout under `--json`.
    #[must_use]
    pub fn document(&self) -> ErrorReport {
        ErrorReport::new(self.kind, self.message.of(self.wish.message_lang()), exit::USAGE)
    }
}

fn sentence(error: &clap::Error) -> Sentence {
    let context = |kind| error.get(kind).map(words).unwrap_or_default();
    let argument = context(ContextKind::InvalidArg);
    let value = shown(&context(ContextKind::InvalidValue));
    let own = std::error::Error::source(error).and_then(|source| source.downcast_ref::<BadValue>());
    let suggestion = |kind| {
        let word = context(kind);
        notation::did_you_mean((!word.is_empty()).then_some(word.as_str()))
    };
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with("--api-key") || argument.starts_with("--key") => say!(
            en: "no flag takes a key, for the shell's history and other users see it: set OPENAI_API_KEY or use --api-key-file",
            zh: "没有直接接收密钥的选项，因为它会留在 shell 历史里并被其他用户看到：请设置 OPENAI_API_KEY，或使用 --api-key-file",
        ),
        ErrorKind::UnknownArgument if is_key(&argument) => KEY_ON_COMMAND_LINE.into(),
        ErrorKind::UnknownArgument => say!(
            en: "unexpected argument `{argument}`{en}", zh: "无法识别的参数 `{argument}`{zh}",
            argument = shown(&argument),
            en = suggestion(ContextKind::SuggestedArg).en, zh = suggestion(ContextKind::SuggestedArg).zh,
        ),
        ErrorKind::InvalidSubcommand => {
            let word = context(ContextKind::InvalidSubcommand);
            let instead = ELSEWHERE.iter().find(|(name, _)| *name == word);
            let hint = instead.map_or_else(
                || suggestion(ContextKind::SuggestedSubcommand),
                |(_, instead)| say!(en: "; {en}", zh: "；{zh}", en = instead.en, zh = instead.zh),
            );
            say!(
                en: "there is no command `{word}`{en}", zh: "没有名为 `{word}` 的命令{zh}",
                word = shown(&word), en = hint.en, zh = hint.zh,
            )
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            say!(en: "a command is missing, as in `openai-doctor diagnose`", zh: "缺少命令，例如 `openai-doctor diagnose`")
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            say!(en: "{argument} wants a value", zh: "{argument} 需要一个值")
        }
        ErrorKind::InvalidValue => {
            let valid = context(ContextKind::ValidValue);
            say!(
                en: "{argument}: `{value}` is none of {valid}", zh: "{argument}：`{value}` 不在可选值 {valid} 之中",
            )
        }
        ErrorKind::ValueValidation => {
            let problem = own.map_or_else(
                || Sentence::verbatim(std::error::Error::source(error).map(ToString::to_string).unwrap_or_default()),
                |BadValue(own)| own.clone(),
            );
            // A reader of ours that refuses a key does not want it repeated; a range says what it got.
            say!(en: "{argument}: {en}", zh: "{argument}：{zh}", en = problem.en, zh = problem.zh)
        }
        ErrorKind::MissingRequiredArgument => {
            say!(en: "missing: {argument}", zh: "缺少参数：{argument}")
        }
        ErrorKind::ArgumentConflict => say!(
            en: "{argument} and {other} cannot be used together", zh: "{argument} 与 {other} 不能同时使用",
            other = context(ContextKind::PriorArg),
        ),
        ErrorKind::InvalidUtf8 => say!(en: "an argument is not UTF-8 text", zh: "有参数不是 UTF-8 文本"),
        // Rare kinds keep clap's first line.
        _ => {
            let line = error.to_string();
            let line = line.lines().next().unwrap_or_default();
            Sentence::verbatim(shown(line.trim_start_matches("error: ")))
        }
    }
}

fn words(value: &ContextValue) -> String {
    match value {
        ContextValue::String(word) => word.clone(),
        ContextValue::Strings(words) => words.join(", "),
        other => other.to_string(),
    }
}

/// What was written, fit for a terminal, short, and without anything that looks like a key.
fn shown(written: &str) -> String {
    let line = notation::one_line(written, 80);
    if line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).any(is_key) {
        return "…".to_owned();
    }
    line
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::Usage;
    use crate::cli::{Stop, Wish, parse};
    use crate::lang::Lang;

    fn refused(line: &str) -> Usage {
        let arguments: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let wish = Wish::of(arguments.iter().skip(1), Lang::En);
        match parse(arguments, wish) {
            Err(Stop::Refuse(usage)) => *usage,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn every_refusal_says_what_to_write() {
        for (line, words) in [
            ("d --qiuet diagnose", "unexpected argument `--qiuet`; did you mean `--quiet`?"),
            ("d diagnos", "there is no command `diagnos`; did you mean `diagnose`?"),
            ("d --json", "a command is missing"),
            ("d diagnose --timeout soon", "--timeout <DURATION>: a duration is a number with a unit"),
            ("d diagnose --timeout", "--timeout <DURATION> wants a value"),
            ("d diagnose --format xml", "`xml` is none of text, json"),
            ("d diagnose --only tpc", "the stages are config, dns"),
            ("d diagnose --slo fast", "a threshold is NAME=DURATION"),
            ("d diagnose -4 -6", "cannot be used together"),
            ("d diagnose --only dns --skip tcp", "cannot be used together"),
            ("d explain", "missing: <TEXT>"),
            ("d fastest-ip --rounds 0", "--rounds <N>: it is a whole number from 1 to 100"),
            ("d explain --status x", "--status <CODE>: it is a whole number from 100 to 599"),
            ("d diagnose --timeout -1", "a duration is a number with a unit"),
            ("d cost", "there is no command `cost`; `openai-doctor diagnose --deep`"),
            ("d env", "`openai-doctor config`"),
            ("d dns :443", "[HOST]: it names no host"),
            ("d diagnose --api-key sk-proj-0123456789", "no flag takes a key"),
            ("d diagnose sk-proj-0123456789", "looks like an API key"),
            ("d diagnose --base-url sk-proj-0123456789", "looks like an API key"),
            ("d sk-proj-0123456789", "there is no command `…`"),
            ("d config a b", "unexpected argument `b`"),
        ] {
            let usage = refused(line);
            assert!(usage.message.en.contains(words), "{line}: {}", usage.message.en);
            assert!(!usage.message.zh.is_ascii(), "{line}: {}", usage.message.zh);
            assert!(!usage.message.en.contains("0123456789"), "{line}: {}", usage.message.en);
        }
    }

    #[test]
    fn the_help_of_the_command_is_named() {
        for (line, help) in [
            ("d --json diagnose --qiuet", "openai-doctor diagnose --help\n"),
            ("d ping --count 0", "openai-doctor ping --help\n"),
            ("d diagnos", "openai-doctor --help\n"),
        ] {
            assert!(refused(line).text().ends_with(help), "{line}: {}", refused(line).text());
        }
    }

    #[test]
    fn the_document_is_english_unless_a_language_is_named() {
        for (line, words) in [("d diagnos --json", "there is no command"), ("d diagnos --json --lang zh", "没有名为")]
        {
            let document = serde_json::to_value(refused(line).document()).expect("JSON");
            assert_eq!(document["error"]["kind"], "usage");
            assert_eq!(document["exit_code"], 2);
            assert!(document["error"]["message"].as_str().is_some_and(|message| message.contains(words)), "{document}");
        }
    }

    #[test]
    fn an_unknown_word_names_the_nearest() {
        let usage = Usage::unknown("--demo", "dns-poisonned", ["dns-poisoned", "dns-slow"], Wish::default());
        assert!(usage.text().contains("did you mean `dns-poisoned`?"));
    }
}
