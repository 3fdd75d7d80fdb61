//! Groups of flags that several commands share, and how they override the settings.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum, ValueHint};

use super::{HEADING_ARGUMENTS, HEADING_GENERAL, t, value};
use crate::config::{Family, Origin, Overrides, Sourced};
use crate::lang::{Lang, Text};
use crate::text;

const HEADING_SOURCE: Text = text!(en: "Endpoint", zh: "端点");
const HEADING_KEY: Text = text!(en: "Key", zh: "密钥");
const HEADING_CONNECTION: Text = text!(en: "Connection", zh: "连接");

pub(super) const BASE_URL: Text = text!(
    en: "The endpoint's base URL, as https://api.openai.com/v1",
    zh: "端点的基础地址（base URL），例如 https://api.openai.com/v1"
);

/// Flags that every command takes.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = t(HEADING_GENERAL))]
pub struct GlobalArgs {
    /// Output format.
    #[arg(long, global = true, value_name = "FORMAT", value_enum, default_value = "text", hide_default_value = true,
        hide_possible_values = true, help = t(text!(en: "text (default) or json", zh: "text（默认）或 json")))]
    pub format: Format,
    /// Short for `--format json`.
    #[arg(long, global = true, help = t(text!(en: "Short for --format json", zh: "等同于 --format json")))]
    pub json: bool,
    /// When to use colour.
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value = "auto", hide_default_value = true,
        hide_possible_values = true,
        help = t(text!(en: "Colour: auto (default), always or never", zh: "颜色：auto（默认）、always 或 never")))]
    pub color: ColorWhen,
    /// Language of the output.
    #[arg(long, global = true, value_name = "LANG", value_enum, hide_possible_values = true,
        help = t(text!(en: "Language: en or zh (default: the locale; JSON: en)", zh: "语言：en 或 zh（默认随系统区域；JSON 为 en）")))]
    pub lang: Option<LangName>,
    /// Only the verdict.
    #[arg(short, long, global = true, conflicts_with = "verbose",
        help = t(text!(en: "Only the verdict", zh: "只输出结论")))]
    pub quiet: bool,
    /// Everything that was observed.
    #[arg(short, long, global = true, action = ArgAction::Count,
        help = t(text!(en: "Everything that was observed", zh: "输出观察到的全部细节")))]
    pub verbose: u8,
    /// Help.
    #[arg(short, long, global = true, action = ArgAction::Help, help = t(text!(en: "Print help", zh: "显示帮助")))]
    help: Option<bool>,
}

impl GlobalArgs {
    /// The format in effect.
    #[must_use]
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }

    /// The language named by `--lang`.
    #[must_use]
    pub fn named_lang(&self) -> Option<Lang> {
        self.lang.map(LangName::lang)
    }
}

/// A format of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` or `TERM=dumb` say otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A language by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LangName {
    /// English.
    En,
    /// Simplified Chinese.
    Zh,
}

impl LangName {
    /// The language.
    #[must_use]
    pub const fn lang(self) -> Lang {
        match self {
            Self::En => Lang::En,
            Self::Zh => Lang::Zh,
        }
    }
}

/// Where the endpoint and the settings come from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = t(HEADING_SOURCE))]
pub struct SourceArgs {
    /// The base URL.
    #[arg(long = "base-url", id = "base_url_flag", value_name = "URL", value_parser = value::base_url,
        value_hint = ValueHint::Url,
        help = t(text!(en: "The same as a flag; overrules OPENAI_BASE_URL", zh: "基础地址（base URL）的选项写法，优先于 OPENAI_BASE_URL")))]
    pub base_url_flag: Option<String>,
    /// A profile of the configuration file.
    #[arg(long, value_name = "NAME",
        help = t(text!(en: "Profile of the configuration file", zh: "使用配置文件中的某个 profile")))]
    pub profile: Option<String>,
    /// The configuration file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
        help = t(text!(en: "Configuration file, in place of the usual one", zh: "指定配置文件，替代默认位置的文件")))]
    pub config: Option<PathBuf>,
}

impl SourceArgs {
    /// Overrides with the endpoint of a positional argument (named so) or of `--base-url`.
    #[must_use]
    pub fn overrides(&self, positional: Option<&str>, name: &'static str) -> Overrides {
        let positional = positional.map(|url| Sourced::new(url.to_owned(), Origin::Flag(name)));
        let flag = || self.base_url_flag.as_ref().map(|url| Sourced::new(url.clone(), Origin::Flag("--base-url")));
        Overrides {
            base_url: positional.or_else(flag),
            profile: self.profile.clone(),
            config: self.config.clone(),
            ..Overrides::default()
        }
    }
}

/// The endpoint, the key and the way there: all that `http` and `config` take, and the base of `diagnose`.
#[derive(Args, Clone, Debug, Default)]
pub struct TargetArgs {
    /// The base URL.
    #[arg(value_name = "BASE_URL", value_parser = value::base_url, help_heading = t(HEADING_ARGUMENTS),
        conflicts_with = "base_url_flag", help = t(BASE_URL))]
    pub base_url: Option<String>,
    /// Where settings come from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The key and its headers.
    #[command(flatten)]
    pub key: KeyArgs,
    /// The way to the endpoint.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

impl TargetArgs {
    /// What the command line says about the settings.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let mut overrides = self.source.overrides(self.base_url.as_deref(), "BASE_URL");
        self.key.apply(&mut overrides);
        self.connection.apply(&mut overrides);
        overrides
    }
}

/// The key and the headers that go with it.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = t(HEADING_KEY))]
pub struct KeyArgs {
    /// The key's file.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath,
        help = t(text!(en: "Read the key from a file, or from standard input with `-`", zh: "从文件读取密钥，`-` 表示标准输入")))]
    pub api_key_file: Option<PathBuf>,
    /// The organization header.
    #[arg(long, value_name = "ID",
        help = t(text!(en: "OpenAI-Organization header", zh: "OpenAI-Organization 请求头")))]
    pub organization: Option<String>,
    /// The project header.
    #[arg(long, value_name = "ID", help = t(text!(en: "OpenAI-Project header", zh: "OpenAI-Project 请求头")))]
    pub project: Option<String>,
    /// Send the key without TLS.
    #[arg(long, help = t(text!(
        en: "Send the key over plain http to another machine too", zh: "允许用明文 http 把密钥发给其他机器")))]
    pub allow_plaintext_key: bool,
}

impl KeyArgs {
    /// Adds these flags.
    pub fn apply(&self, overrides: &mut Overrides) {
        overrides.api_key_file.clone_from(&self.api_key_file);
        overrides.organization.clone_from(&self.organization);
        overrides.project.clone_from(&self.project);
        overrides.allow_plaintext_key = self.allow_plaintext_key;
    }
}

/// The way to the endpoint.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = t(HEADING_CONNECTION))]
pub struct ConnectionArgs {
    /// The proxy.
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url, help = t(text!(
        en: "Proxy: http, https, socks5 or socks5h URL, or none (default: the environment)",
        zh: "代理：http、https、socks5、socks5h 地址，或 none（默认取自环境变量）")))]
    pub proxy: Option<String>,
    /// Further CA certificates.
    #[arg(long, value_name = "PEM", value_hint = ValueHint::FilePath,
        help = t(text!(en: "Trust these CA certificates too", zh: "额外信任这些 CA 证书")))]
    pub ca_file: Option<PathBuf>,
    /// Resolvers to ask instead.
    #[arg(long = "resolver", value_name = "ADDR", value_parser = value::resolver, help = t(text!(
        en: "Ask this resolver instead of the system's, and none for comparison (repeatable)",
        zh: "用此 DNS 服务器代替系统的，且不再对比其他解析器（可重复）")))]
    pub resolvers: Vec<SocketAddr>,
    /// Resolvers to compare with.
    #[arg(long = "comparison-resolver", value_name = "ADDR", value_parser = value::resolver_or_none,
        help = t(text!(
            en: "Ask this resolver for comparison, or none (repeatable)", zh: "用此 DNS 服务器做对比，或 none（可重复）")))]
    pub comparison_resolvers: Vec<Option<SocketAddr>>,
    /// Unrelated hosts for experiments.
    #[arg(long = "control-host", value_name = "ADDR", value_parser = value::control_host,
        conflicts_with = "no_control_hosts", help = t(text!(
            en: "Unrelated host that experiments may connect to (repeatable; default: public resolvers, port 443)",
            zh: "对照实验可以连接的无关主机（可重复；默认为公共 DNS 的 443 端口）")))]
    pub control_hosts: Vec<SocketAddr>,
    /// No unrelated hosts.
    #[arg(long, help = t(text!(en: "Connect to no unrelated host", zh: "不连接任何无关主机")))]
    pub no_control_hosts: bool,
    /// Time for the run.
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = value::duration, help = t(text!(
        en: "Time for the whole run: 500ms, 10s, 1m; a bare number is seconds (default 30s)",
        zh: "整次运行的时限：500ms、10s、1m，只写数字则为秒（默认 30s）")))]
    pub timeout: Option<Duration>,
    /// IPv4 only.
    #[arg(short = '4', long, conflicts_with = "ipv6", help = t(text!(en: "IPv4 only", zh: "只用 IPv4")))]
    pub ipv4: bool,
    /// IPv6 only.
    #[arg(short = '6', long, help = t(text!(en: "IPv6 only", zh: "只用 IPv6")))]
    pub ipv6: bool,
}

impl ConnectionArgs {
    /// Adds these flags.
    pub fn apply(&self, overrides: &mut Overrides) {
        overrides.proxy.clone_from(&self.proxy);
        overrides.ca_file.clone_from(&self.ca_file);
        overrides.resolvers.clone_from(&self.resolvers);
        overrides.comparison_resolvers = (!self.comparison_resolvers.is_empty())
            .then(|| self.comparison_resolvers.iter().flatten().copied().collect());
        overrides.control_hosts =
            (self.no_control_hosts || !self.control_hosts.is_empty()).then(|| self.control_hosts.clone());
        overrides.timeout = self.timeout;
        overrides.family = match (self.ipv4, self.ipv6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            _ => Family::Any,
        };
    }
}
