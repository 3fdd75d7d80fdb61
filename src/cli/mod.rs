//! The command line: commands, arguments, help in two languages, and the usage errors.
//!
//! clap cannot localise itself, so [`command`] builds it with our help, headings and template in the language that a
//! look at `--lang` and the locale gives. Nothing here prints, reads a file or knows what a command does.

mod diagnose;
mod group;
mod language;
mod offline;
mod probe;
mod usage;
mod value;

use std::cell::Cell;
use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::lang::{Lang, Text};
use crate::text;

pub use diagnose::{DiagnoseArgs, Limit};
pub use group::{ColorWhen, ConnectionArgs, Format, GlobalArgs, KeyArgs, LangName, SourceArgs, TargetArgs};
pub use language::{Wish, of_process};
pub use offline::{CompletionsArgs, DiffArgs, ExplainArgs, HelpArgs, ManArgs, SchemaArgs, Shell};
pub use probe::{FastestIpArgs, HostArgs, Method, PingArgs, ProxyArgs, SocketArgs, TraceArgs};
pub use usage::Usage;
pub use value::BadValue;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "openai-doctor",
    version,
    about = t(text!(
        en: "Says what is wrong with a call to OpenAI or anything that speaks its API",
        zh: "诊断调用 OpenAI（或任何兼容其 API 的服务）时出了什么问题"
    )),
    before_help = examples(&[
        ("openai-doctor diagnose", text!(en: "diagnose what the environment names", zh: "诊断环境变量所指的端点")),
        ("openai-doctor diagnose https://api.example.com/v1", text!(en: "diagnose another one", zh: "诊断另一个端点")),
        ("openai-doctor diagnose --demo dns-poisoned", text!(en: "see a diagnosis without key and network", zh: "无需密钥和网络的示例")),
        ("openai-doctor explain key-invalid", text!(en: "read up on a fault", zh: "查看某个故障的说明")),
    ]),
    after_help = t(text!(
        en: "Exit codes: 0 healthy, 10-13 faulty by layer, 2 usage; `openai-doctor help exit-codes` lists them all.\nVariables that are read: `openai-doctor help environment`.",
        zh: "退出码：0 正常，10-13 按层表示故障，2 用法错误；\n完整列表见 `openai-doctor help exit-codes`。\n会读取的环境变量见 `openai-doctor help environment`。"
    )),
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true,
    subcommand_help_heading = t(HEADING_COMMANDS),
    subcommand_value_name = "COMMAND",
    max_term_width = 100,
)]
pub struct Cli {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// Prints name and version.
    #[arg(short = 'V', long, action = clap::ArgAction::Version, help_heading = t(HEADING_GENERAL),
        help = t(text!(en: "Print the version", zh: "显示版本")))]
    version: Option<bool>,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const HEADING_COMMANDS: Text = text!(en: "Commands", zh: "命令");
const HEADING_GENERAL: Text = text!(en: "General", zh: "通用选项");
const HEADING_ARGUMENTS: Text = text!(en: "Arguments", zh: "参数");
const HEADING_OPTIONS: Text = text!(en: "Options", zh: "选项");

/// One variant a command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The staged diagnosis.
    #[command(
        about = t(text!(en: "Find out why calls fail, or where their time goes", zh: "找出调用为什么失败，或者时间花在了哪里")),
        before_help = examples(&[
            ("openai-doctor diagnose", text!(en: "the endpoint that the environment names", zh: "环境变量所指的端点")),
            ("openai-doctor diagnose http://localhost:11434/v1", text!(en: "a local model", zh: "本地模型服务")),
            ("openai-doctor diagnose --proxy none", text!(en: "without the proxy", zh: "不走代理")),
            ("openai-doctor diagnose --json --strict --slo total=2s", text!(en: "in a CI job", zh: "用于 CI")),
            ("openai-doctor diagnose --demo list", text!(en: "what --demo can break", zh: "可以模拟的故障")),
        ]),
    )]
    Diagnose(DiagnoseArgs),
    /// Two saved reports.
    #[command(
        about = t(text!(en: "Show where two saved reports part: a laptop's against CI's", zh: "对比两份已保存的报告，找出分歧从哪里开始（例如笔记本与 CI）")),
        before_help = examples(&[
            ("openai-doctor diff laptop.json ci.json", text!(en: "the first stage that differs", zh: "第一个有差异的阶段")),
            ("openai-doctor diagnose --json | openai-doctor diff good.json -", text!(en: "now against then", zh: "现在与当时对比")),
        ]),
        after_help = t(text!(
            en: "Exit codes: 0, whatever differs; with --exit-code 1 when the verdicts differ; 2 when a file is no report.",
            zh: "退出码：无论有无差异都是 0；加 --exit-code 后，结论不同则为 1；\n文件不是报告则为 2。"
        )),
    )]
    Diff(DiffArgs),
    /// Name resolution alone.
    #[command(
        about = t(text!(en: "Ask every resolver side by side", zh: "同时询问各个解析器并对比结果")),
        before_help = examples(&[
            ("openai-doctor dns api.openai.com", text!(en: "what this machine gets, and what others get", zh: "对比本机与其他解析器的结果")),
            ("openai-doctor dns --resolver 127.0.0.1:5353", text!(en: "ask one resolver only", zh: "只询问一个解析器")),
        ]),
    )]
    Dns(HostArgs),
    /// Which proxy applies.
    #[command(
        about = t(text!(en: "Show which proxy each program takes for a URL, and whether it works", zh: "查看访问某个 URL 时各程序使用哪个代理，以及代理是否可用")),
        before_help = examples(&[
            ("openai-doctor proxy", text!(en: "for the endpoint in use", zh: "针对当前端点")),
            ("openai-doctor proxy https://api.openai.com/v1 --proxy socks5h://127.0.0.1:1080", text!(en: "try one more", zh: "再试一个代理")),
        ]),
    )]
    Proxy(ProxyArgs),
    /// TCP connections alone.
    #[command(
        about = t(text!(en: "Connect to every address and time it", zh: "逐个连接所有地址并计时")),
        before_help = examples(&[("openai-doctor tcp api.openai.com:443", text!(en: "every address of the name", zh: "该域名的每个地址"))]),
    )]
    Tcp(HostArgs),
    /// The TLS handshake alone.
    #[command(
        about = t(text!(en: "Shake hands and look at the certificate chain", zh: "进行 TLS 握手并检查证书链")),
        before_help = examples(&[("openai-doctor tls api.openai.com", text!(en: "who signed what this machine sees", zh: "查看本机看到的证书由谁签发"))]),
    )]
    Tls(HostArgs),
    /// One HTTP request.
    #[command(
        about = t(text!(en: "Send one GET {base}/models and show who answered", zh: "发送一次 GET {base}/models，看看是谁在应答")),
        before_help = examples(&[("openai-doctor http https://api.openai.com/v1", text!(en: "status, headers, times", zh: "状态码、响应头、耗时"))]),
    )]
    Http(TargetArgs),
    /// Round trips.
    #[command(
        about = t(text!(en: "Measure round trips: loss, jitter, percentiles", zh: "测量往返时间：丢失率、抖动、分位数")),
        before_help = examples(&[
            ("openai-doctor ping api.openai.com", text!(en: "ICMP where allowed, else TCP connect times", zh: "能用 ICMP 就用，否则测 TCP 连接耗时")),
            ("openai-doctor ping --tcp -4 api.openai.com:443", text!(en: "TCP over IPv4", zh: "通过 IPv4 测 TCP")),
        ]),
    )]
    Ping(PingArgs),
    /// The way.
    #[command(
        about = t(text!(en: "Trace the way to the host, hop by hop", zh: "逐跳追踪到主机的路径")),
        before_help = examples(&[
            ("openai-doctor trace api.openai.com", text!(en: "TCP to the real port, without root on Linux", zh: "用 TCP 探测真实端口，Linux 下无需 root")),
            ("openai-doctor trace --method udp --names api.openai.com", text!(en: "UDP, with the routers' names", zh: "用 UDP，并查询路由器的域名")),
        ]),
    )]
    Trace(TraceArgs),
    /// A tuned socket.
    #[command(
        about = t(text!(en: "Connect with tuned socket options and show what the kernel made of them", zh: "用调优过的 socket 选项连接，并显示内核实际采用的值")),
        before_help = examples(&[("openai-doctor socket api.openai.com", text!(en: "requested and effective values", zh: "请求值与实际值"))]),
    )]
    Socket(SocketArgs),
    /// Ranks the addresses.
    #[command(
        about = t(text!(en: "Rank every address by measured time", zh: "按实测耗时给所有地址排名")),
        before_help = examples(&[("openai-doctor fastest-ip api.openai.com --rounds 10", text!(en: "ten rounds an address", zh: "每个地址测 10 轮"))]),
    )]
    FastestIp(FastestIpArgs),
    /// A fault's page.
    #[command(
        about = t(text!(en: "Explain a pasted error, a log or the code of a fault", zh: "解释粘贴的报错、日志或故障代码")),
        before_help = examples(&[
            ("openai-doctor explain \"Error code: 429 - ...\"", text!(en: "a pasted error", zh: "一段报错")),
            ("openai-doctor explain - < trace.txt", text!(en: "standard input", zh: "标准输入")),
            ("openai-doctor explain app.log --summary", text!(en: "what failed, how often, when", zh: "哪些失败、多少次、何时发生")),
            ("openai-doctor explain app.log --jsonl --follow", text!(en: "as it happens, for programs", zh: "实时输出，供程序读取")),
            ("openai-doctor explain --status 429", text!(en: "what a status can mean", zh: "某个状态码可能的含义")),
            ("openai-doctor explain dns-poisoned", text!(en: "cause, proof, fixes", zh: "原因、判断依据、解决办法")),
        ]),
    )]
    Explain(ExplainArgs),
    /// The effective settings.
    #[command(
        about = t(text!(en: "Show the effective settings and where each comes from", zh: "显示生效的设置及其来源")),
        before_help = examples(&[("openai-doctor config --profile work", text!(en: "the settings of a profile", zh: "查看某个 profile 的设置"))]),
    )]
    Config(TargetArgs),
    /// The JSON schema.
    #[command(about = t(text!(en: "Print the JSON schema of the reports", zh: "输出 JSON 报告的 schema")))]
    Schema(SchemaArgs),
    /// A completion script.
    #[command(
        about = t(text!(en: "Print a completion script for a shell", zh: "输出 shell 补全脚本")),
        before_help = examples(&[
            ("source <(openai-doctor completions bash)", text!(en: "in ~/.bashrc", zh: "写入 ~/.bashrc")),
            ("openai-doctor completions fish > ~/.config/fish/completions/openai-doctor.fish", text!(en: "once", zh: "执行一次即可")),
        ]),
    )]
    Completions(CompletionsArgs),
    /// The manual page.
    #[command(
        about = t(text!(en: "Print the manual page", zh: "输出 man 手册页")),
        before_help = examples(&[("openai-doctor man | man -l -", text!(en: "read it", zh: "阅读手册"))]),
    )]
    Man(ManArgs),
    /// Help on a command or topic.
    #[command(about = t(text!(
        en: "Help on a command, or on `exit-codes`, `environment`, `configuration`",
        zh: "命令帮助，或主题 `exit-codes`、`environment`、`configuration`"
    )))]
    Help(HelpArgs),
}

/// Why there is nothing to run.
#[derive(Debug)]
pub enum Stop {
    /// Help or the version was asked for: text for stdout, exit code 0. May hold colours.
    Show(String),
    /// No command was named: the help, for stderr, and exit code 2, for nothing was checked.
    Nothing(String),
    /// The command line is wrong: exit code 2.
    Refuse(Box<Usage>),
}

thread_local! {
    /// The language in which clap's command is being built: its derive macros take no argument.
    static LANG: Cell<Lang> = const { Cell::new(Lang::En) };
}

/// A text in the language in which the command is being built.
fn t(text: Text) -> &'static str {
    text.of(LANG.get())
}

/// Examples with what they do behind them, or above them where that would be wider than a terminal is.
fn examples(examples: &[(&str, Text)]) -> String {
    let width = examples.iter().map(|(line, _)| line.len()).max().unwrap_or(0).min(56);
    let beside = examples.iter().map(|(line, what)| format!("  {line:width$}  # {}", t(*what))).collect::<Vec<_>>();
    let fits = beside.iter().all(|line| crate::report::style::columns(line) <= 80);
    let above = || examples.iter().map(|(line, what)| format!("  # {}\n  {line}", t(*what))).collect();
    let lines: Vec<String> = if fits { beside } else { above() };
    format!("{}\n{}", t(text!(en: "Examples:", zh: "示例：")), lines.join("\n"))
}

/// The command line in one language, as the generators of help, completions and manual want it.
#[must_use]
pub fn command(lang: Lang) -> clap::Command {
    LANG.set(lang);
    let template = match lang {
        Lang::En => "{about}\n\n{before-help}Usage: {usage}\n\n{all-args}{after-help}",
        Lang::Zh => "{about}\n\n{before-help}用法：{usage}\n\n{all-args}{after-help}",
    };
    let names: Vec<String> = Cli::command().get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    let command = Cli::command().help_template(template);
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |sub| sub.help_template(template).disable_help_flag(true))
    })
}

/// Understands a command line, the program's name first.
///
/// # Errors
///
/// There is nothing to run: help or version is to be shown, or the usage is wrong.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, wish: Wish) -> Result<Cli, Stop> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // Before clap is built: asking for the version takes no time.
    if let [_, only] = arguments.as_slice()
        && (only == "--version" || only == "-V")
    {
        return Err(Stop::Show(format!("openai-doctor {}\n", env!("CARGO_PKG_VERSION"))));
    }
    let mut command = command(wish.lang);
    if arguments.len() < 2 {
        return Err(Stop::Nothing(command.render_help().ansi().to_string()));
    }
    // The command that was asked for, to name its own help.
    let is_command = |word: &&str| command.get_subcommands().any(|known| known.get_name() == *word);
    let asked = arguments.iter().skip(1).filter_map(|word| word.to_str()).find(is_command).map(str::to_owned);
    command.try_get_matches_from_mut(&arguments).and_then(|matches| Cli::from_arg_matches(&matches)).map_err(|error| {
        match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Stop::Show(error.render().ansi().to_string()),
            _ => Stop::Refuse(Box::new(Usage::refused(&error, wish, asked.as_deref()))),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::time::Duration;

    use super::*;
    use crate::config::{Family, Origin};
    use crate::report::Stage;

    fn understood(line: &str) -> Command {
        match parse(line.split(' ').map(OsString::from), Wish::default()) {
            Ok(cli) => cli.command,
            Err(stop) => panic!("{line}: {stop:?}"),
        }
    }

    fn help(lang: Lang, words: &[&str]) -> String {
        let mut command = command(lang);
        command.build();
        let found =
            words.iter().fold(&mut command, |command, word| command.find_subcommand_mut(word).expect("a command"));
        found.render_long_help().to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        command(Lang::Zh).debug_assert();
    }

    #[test]
    fn flags_override_settings() {
        let Command::Diagnose(arguments) = understood(
            "d diagnose https://h/v1 --proxy none --resolver ::1 --timeout 2 -6 --only dns,tcp --slo total=2s,tls=5 --json",
        ) else {
            panic!("another command")
        };
        let overrides = arguments.overrides();
        assert_eq!(overrides.base_url.map(|url| url.origin), Some(Origin::Flag("BASE_URL")));
        assert_eq!(overrides.resolvers.len(), 1);
        assert_eq!((overrides.timeout, overrides.family), (Some(Duration::from_secs(2)), Family::V6));
        assert_eq!((overrides.comparison_resolvers, arguments.slo.len()), (None, 2));
        assert!(arguments.asks_for(Stage::Tcp) && !arguments.asks_for(Stage::Tls));
    }

    #[test]
    fn demo_takes_a_fault_or_none() {
        for (line, demo) in [
            ("d diagnose --demo", Some("")),
            ("d diagnose --demo dns-poisoned", Some("dns-poisoned")),
            ("d diagnose --demo --json", Some("")),
            ("d diagnose", None),
        ] {
            let Command::Diagnose(arguments) = understood(line) else { panic!("another command") };
            assert_eq!(arguments.demo.as_deref(), demo, "{line}");
        }
    }

    #[test]
    fn none_asks_nobody_for_comparison() {
        let Command::Dns(arguments) = understood("d dns h --comparison-resolver none") else {
            panic!("another command")
        };
        let overrides = arguments.overrides();
        assert_eq!(overrides.comparison_resolvers, Some(vec![]));
        assert_eq!(overrides.base_url.map(|url| url.value).as_deref(), Some("https://h"));
    }

    #[test]
    fn global_flags_stand_anywhere() {
        for line in ["d --json diagnose", "d diagnose --json", "d --format json dns h", "d tls h --format json"] {
            let cli = parse(line.split(' ').map(OsString::from), Wish::default()).expect(line);
            assert_eq!(cli.global.format(), Format::Json, "{line}");
        }
    }

    #[test]
    fn version_and_help_are_shown() {
        for (line, words) in [
            ("d --version", env!("CARGO_PKG_VERSION")),
            ("d -V", "openai-doctor"),
            ("d --help", "diagnose"),
            ("d dns --help", "--resolver"),
        ] {
            match parse(line.split(' ').map(OsString::from), Wish::default()) {
                Err(Stop::Show(text)) => assert!(text.contains(words), "{line}: {text}"),
                other => panic!("{line}: {other:?}"),
            }
        }
        let bare = parse([OsString::from("d")], Wish::default());
        assert!(matches!(bare, Err(Stop::Nothing(text)) if text.contains("diagnose")));
    }

    #[test]
    fn help_is_wholly_in_one_language() {
        for command in command(Lang::Zh).get_subcommands() {
            let name = command.get_name();
            let chinese = help(Lang::Zh, &[name]);
            for english in ["Usage", "Options:", "Arguments:", "Commands:", "[default", "[possible", "Print help"] {
                assert!(!chinese.contains(english), "{name}: {english}\n{chinese}");
            }
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_ascii(), "{name} {}: {help:?}", argument.get_id());
            }
            assert!(help(Lang::En, &[name]).is_ascii() || name == "diagnose", "{name}");
        }
    }

    #[test]
    fn what_is_not_wrapped_fits_into_eighty_columns() {
        for lang in [Lang::En, Lang::Zh] {
            let command = command(lang);
            for one in std::iter::once(&command).chain(command.get_subcommands()) {
                let around = [one.get_before_help(), one.get_after_help()].into_iter().flatten();
                for line in around.flat_map(|text| text.to_string().lines().map(str::to_owned).collect::<Vec<_>>()) {
                    // Prose is wrapped at its blanks, of which Chinese has none.
                    let is_prose = lang == Lang::En && !line.starts_with("  ");
                    let width = crate::report::style::columns(&line);
                    // Two commands with whole URLs are wider than that by themselves.
                    let alone = line.starts_with("  openai-doctor") && !line.contains('#');
                    assert!(is_prose || alone || width <= 80, "{}: {line}", one.get_name());
                }
            }
        }
    }

    #[test]
    fn examples_come_first() {
        for lang in [Lang::En, Lang::Zh] {
            let text = help(lang, &["diagnose"]);
            assert!(
                text.find("openai-doctor diagnose").expect("an example") < text.find("--only").expect("a flag"),
                "{text}"
            );
        }
    }
}
