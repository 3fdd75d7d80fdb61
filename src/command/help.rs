//! `help`: a command's help, and the topics that belong to no command.

use std::fmt::Write as _;

use crate::cli::{self, Usage, Wish};
use crate::config::{ConfigFile, Environment, environment, file};
use crate::diagnosis::Layer;
use crate::lang::Text;
use crate::report::exit;
use crate::report::style::{Role, Style, columns, pad};
use crate::text;

/// A topic.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// Its name.
    pub name: &'static str,
    /// What it is about.
    pub about: Text,
    page: fn(&Style) -> String,
}

/// Every topic.
pub const TOPICS: &[Topic] = &[
    Topic {
        name: "exit-codes", about: text!(en: "what the exit codes mean", zh: "退出码的含义"), page: exit_codes
    },
    Topic {
        name: "environment",
        about: text!(en: "the variables that are read", zh: "会读取的环境变量"),
        page: variables,
    },
    Topic {
        name: "configuration", about: text!(en: "the configuration file", zh: "配置文件"), page: configuration
    },
];

/// The help of a command, of a topic, or of everything, for stdout.
///
/// # Errors
///
/// There is no such command or topic.
pub fn run(topic: Option<&str>, style: &Style, wish: Wish) -> Result<String, Box<Usage>> {
    let mut command = cli::command(style.lang);
    command.build();
    let Some(asked) = topic else { return Ok(painted(&mut command, style)) };
    if let Some(topic) = TOPICS.iter().find(|topic| topic.name == asked) {
        return Ok((topic.page)(style));
    }
    if let Some(sub) = command.find_subcommand_mut(asked) {
        return Ok(painted(sub, style));
    }
    let known = command.get_subcommands().map(clap::Command::get_name).chain(TOPICS.iter().map(|topic| topic.name));
    Err(Box::new(Usage::unknown("help", asked, known, wish)))
}

fn painted(command: &mut clap::Command, style: &Style) -> String {
    let help = command.render_long_help();
    if style.colour { help.ansi().to_string() } else { help.to_string() }
}

/// Every exit code and its meaning, in order.
#[must_use]
pub fn exit_code_table() -> Vec<(u8, Text)> {
    let of_layer = |layer: Layer| match layer {
        Layer::Network => text!(
            en: "faulty: the network layer (DNS, routes, firewalls, proxies)", zh: "故障在网络层（DNS、路由、防火墙、代理）"
        ),
        Layer::Transport => {
            text!(en: "faulty: the transport layer (TCP, TLS, timeouts, resets)", zh: "故障在传输层（TCP、TLS、超时、连接重置）")
        }
        Layer::Application => text!(
            en: "faulty: the application layer (URL, key, model, parameters, limits)",
            zh: "故障在应用层（URL、密钥、模型、参数、限额）"
        ),
        Layer::Service => {
            text!(en: "faulty: the service layer (the provider or relay itself)", zh: "故障在服务层（服务商或中转自身）")
        }
    };
    let mut table = vec![
        (0, text!(en: "healthy, or degraded without --strict", zh: "正常；或有隐患但未加 --strict")),
        (
            exit::TOOL_FAILED,
            text!(en: "the tool itself failed, or the run ended too early to tell", zh: "工具自身出错，或运行过早结束而无法判断"),
        ),
        (exit::USAGE, text!(en: "wrong usage or configuration of the tool", zh: "命令用法或工具配置有误")),
        (exit::DEGRADED, text!(en: "degraded, with --strict", zh: "有隐患（加了 --strict）")),
        (exit::SLO_MISSED, text!(en: "a threshold of --slo was missed", zh: "超过了 --slo 设定的阈值")),
    ];
    table.extend(Layer::ALL.map(|layer| (layer.exit_code(), of_layer(layer))));
    table.push((exit::INTERRUPTED, text!(en: "interrupted (Ctrl-C, SIGTERM)", zh: "被中断（Ctrl-C、SIGTERM）")));
    table
}

fn exit_codes(style: &Style) -> String {
    let mut out = heading(style, text!(en: "Exit codes, the same in every format", zh: "退出码（各种输出格式一致）"));
    let rows: Vec<_> = exit_code_table().into_iter().map(|(code, meaning)| (code.to_string(), meaning)).collect();
    table(&mut out, style, rows.iter().map(|(code, meaning)| (code.as_str(), *meaning)));
    out.push('\n');
    let first = text!(
        en: "When several faults stand on their own, the first diagnosis decides.", zh: "同时存在多个独立故障时，以第一个诊断为准。"
    );
    style.wrap(&mut out, "", style.say(first));
    out
}

fn variables(style: &Style) -> String {
    let mut out = heading(style, text!(en: "Environment variables that are read", zh: "会读取的环境变量"));
    table(&mut out, style, environment::VARIABLES.iter().map(|variable| (variable.name, variable.meaning)));
    out.push('\n');
    let order = text!(
        en: "A flag is stronger than a variable, a variable than the configuration file. An OPENAI_BASE_URL that is set but empty counts as set, as it does for several SDKs. No other variable changes what is sent.",
        zh: "优先级：命令行选项高于环境变量，环境变量高于配置文件。OPENAI_BASE_URL 设为空值也算已设置，这与若干 SDK 的行为一致。其他变量不会影响发出的请求。"
    );
    style.wrap(&mut out, "", style.say(order));
    out
}

fn configuration(style: &Style) -> String {
    const EXAMPLE: &str = "timeout = \"20s\"\nresolvers = [\"223.5.5.5\"]\n\n[profiles.work]\nbase_url = \"https://llm.corp.example/v1\"\n\
        api_key_file = \"~/.secrets/llm-key\"\nproxy = \"none\"\n";
    let mut out = heading(style, text!(en: "Configuration file", zh: "配置文件"));
    if let Some((path, _)) = ConfigFile::place(None, &Environment::of_process()) {
        let _ = writeln!(out, "  {}\n", style.guard(&path.display().to_string()));
    }
    let what = text!(
        en: "TOML. Each key may stand at the top level and in a profile, which overlays the top level: --profile work. --config FILE or OPENAI_DOCTOR_CONFIG name another file.",
        zh: "格式为 TOML。每个键既可写在顶层，也可写在 profile 中；用 --profile work 选择的 profile 会覆盖顶层的值。可用 --config FILE 或 OPENAI_DOCTOR_CONFIG 指定其他文件。"
    );
    style.wrap(&mut out, "", style.say(what));
    out.push('\n');
    table(&mut out, style, file::KEYS.iter().map(|key| (key.name, key.meaning)));
    let _ = write!(out, "\n{}", heading(style, text!(en: "Example", zh: "示例")));
    style.command(&mut out, 2, EXAMPLE);
    out
}

fn heading(style: &Style, text: Text) -> String {
    format!("{}\n\n", style.paint(Role::Strong, style.say(text)))
}

fn table<'t>(out: &mut String, style: &Style, rows: impl Iterator<Item = (&'t str, Text)> + Clone) {
    let width = rows.clone().map(|(name, _)| columns(name)).max().unwrap_or(0);
    for (name, meaning) in rows {
        style.wrap(out, &format!("  {}  ", pad(name, width)), style.say(meaning));
    }
}

#[cfg(test)]
mod tests {
    use super::{TOPICS, run};
    use crate::cli::Wish;
    use crate::lang::Lang;
    use crate::report::style::{Style, columns};

    #[test]
    fn every_topic_and_command_has_a_page_in_both_languages() {
        let names = ["diagnose", "dns", "config", "help"].into_iter().chain(TOPICS.iter().map(|topic| topic.name));
        for name in names {
            for lang in [Lang::En, Lang::Zh] {
                let page = run(Some(name), &Style::plain(lang), Wish::default()).expect(name);
                assert!(page.lines().count() > 5, "{name}");
                assert_eq!(page.contains(|c| matches!(c, '一'..='龥')), lang == Lang::Zh, "{name}: {page}");
            }
        }
    }

    #[test]
    fn topics_fit_eighty_columns() {
        for topic in TOPICS {
            for lang in [Lang::En, Lang::Zh] {
                let page = run(Some(topic.name), &Style::plain(lang), Wish::default()).expect(topic.name);
                for line in page.lines() {
                    assert!(columns(line) <= 80, "{}: {line}", topic.name);
                }
            }
        }
    }

    #[test]
    fn an_unknown_topic_names_the_nearest() {
        let usage = run(Some("exit-code"), &Style::plain(Lang::En), Wish::default()).expect_err("no topic");
        assert!(usage.message.en.contains("did you mean `exit-codes`?"), "{}", usage.message.en);
    }

    #[test]
    fn every_exit_code_of_the_contract_is_listed() {
        let page = run(Some("exit-codes"), &Style::plain(Lang::En), Wish::default()).expect("a page");
        for code in ["0 ", "1 ", "2 ", "3 ", "4 ", "10 ", "11 ", "12 ", "13 ", "130 "] {
            assert!(page.lines().any(|line| line.trim_start().starts_with(code)), "{code}");
        }
    }
}
