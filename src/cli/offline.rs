//! What the commands take that look at no network: `explain`, `diff`, `schema`, `completions`, `man`, `help`.

use std::path::PathBuf;

use clap::Args;

use super::{HEADING_ARGUMENTS, HEADING_OPTIONS, t, value};
use crate::report::Layer;
use crate::text;

/// `explain`
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "one a flag")]
pub struct ExplainArgs {
    /// A fault code, a text, a file or `-`.
    #[arg(value_name = "TEXT", index = 1, required_unless_present_any = ["list", "layer", "status", "literal"], help_heading = t(HEADING_ARGUMENTS),
        value_hint = clap::ValueHint::FilePath, help = t(text!(
            en: "A pasted error, the code of a fault, a file, or `-` for standard input",
            zh: "粘贴的报错、故障代码、文件，或用 `-` 表示标准输入"
        )))]
    pub words: Vec<String>,
    /// A text, even where it is the name of a file or begins with a hyphen.
    #[arg(value_name = "LITERAL", index = 2, last = true, conflicts_with = "words", help_heading = t(HEADING_ARGUMENTS),
        help = t(text!(en: "A text, even where a file has that name", zh: "始终按文本处理，即使存在同名文件")))]
    pub literal: Vec<String>,
    /// A line of JSON a finding.
    #[arg(long, conflicts_with_all = ["list", "status", "summary"], help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Every failure of a log as one line of JSON", zh: "日志中的每次失败输出一行 JSON")))]
    pub jsonl: bool,
    /// Counts.
    #[arg(long, conflicts_with_all = ["list", "status"], help_heading = t(HEADING_OPTIONS), help = t(text!(
        en: "Count the failures of a log by layer and fault, with the first and the last",
        zh: "按层和故障统计日志中的失败，并给出首次与最近一次出现的位置"
    )))]
    pub summary: bool,
    /// What is added to the log.
    #[arg(long, conflicts_with_all = ["list", "status"], help_heading = t(HEADING_OPTIONS), help = t(text!(
        en: "Go on with what is added to the file, also when it is rotated; Ctrl-C ends it",
        zh: "持续跟踪文件新增的内容（日志轮转后继续），按 Ctrl-C 结束"
    )))]
    pub follow: bool,
    /// What a status can mean.
    #[arg(long, value_name = "CODE", value_parser = value::whole(100..=599_u16),
        conflicts_with_all = ["words", "list"], help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "The faults that an HTTP status can mean", zh: "列出某个 HTTP 状态码可能对应的故障")))]
    pub status: Option<u16>,
    /// Every fault.
    #[arg(long, conflicts_with = "words", help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "List every fault by layer", zh: "按层列出全部故障")))]
    pub list: bool,
    /// Faults of one layer.
    #[arg(long, value_name = "LAYER", conflicts_with_all = ["words", "status"], value_parser = value::layer,
        help_heading = t(HEADING_OPTIONS), help = t(text!(
            en: "List the faults of one layer: network, transport, application or service",
            zh: "只列出某一层的故障：network、transport、application 或 service"
        )))]
    pub layer: Option<Layer>,
}

/// `diff`
#[derive(Args, Debug)]
pub struct DiffArgs {
    /// The first report.
    #[arg(value_name = "A", value_hint = clap::ValueHint::FilePath, help_heading = t(HEADING_ARGUMENTS),
        help = t(text!(en: "A report of `diagnose --json`, or `-` for standard input", zh: "`diagnose --json` 的报告，`-` 表示标准输入")))]
    pub a: PathBuf,
    /// The second report.
    #[arg(value_name = "B", value_hint = clap::ValueHint::FilePath, help_heading = t(HEADING_ARGUMENTS),
        help = t(text!(en: "Another one", zh: "另一份报告")))]
    pub b: PathBuf,
    /// Exit with 1 when the verdicts differ.
    #[arg(long, help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Exit with 1 when the verdicts differ", zh: "结论不同则以退出码 1 结束")))]
    pub exit_code: bool,
}

/// `schema`
#[derive(Args, Debug)]
pub struct SchemaArgs {}

/// `completions`
#[derive(Args, Debug)]
pub struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL", help_heading = t(HEADING_ARGUMENTS), hide_possible_values = true,
        help = t(text!(en: "bash, zsh, fish, powershell or elvish", zh: "bash、zsh、fish、powershell 或 elvish")))]
    pub shell: Shell,
}

/// A shell that completions are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shell {
    /// bash
    Bash,
    /// zsh
    Zsh,
    /// fish
    Fish,
    /// `PowerShell`
    #[value(name = "powershell", alias = "pwsh", help = "PowerShell")]
    PowerShell,
    /// elvish
    Elvish,
}

/// `man`
#[derive(Args, Debug)]
pub struct ManArgs {
    /// A command that has a page of its own.
    #[arg(value_name = "COMMAND", help_heading = t(HEADING_ARGUMENTS),
        help = t(text!(en: "A command, for its own page", zh: "某个命令，输出它单独的手册页")))]
    pub command: Option<String>,
}

/// `help`
#[derive(Args, Debug)]
pub struct HelpArgs {
    /// A command or topic.
    #[arg(value_name = "TOPIC", help_heading = t(HEADING_ARGUMENTS),
        help = t(text!(en: "A command, or `exit-codes`, `environment`, `configuration`", zh: "命令名，或 `exit-codes`、`environment`、`configuration`")))]
    pub topic: Option<String>,
}
