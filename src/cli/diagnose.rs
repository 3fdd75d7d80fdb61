//! The arguments of `diagnose`.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueHint};

use super::group::TargetArgs;
use super::{t, value};
use crate::config::Overrides;
use crate::lang::Text;
use crate::report::{Metric, Ms, Stage};
use crate::text;

const HEADING: Text = text!(en: "Diagnosis", zh: "诊断");

/// What says how to run, and says nothing where nothing runs.
const OF_A_RUN: [&str; 22] = [
    "base_url",
    "base_url_flag",
    "only",
    "skip",
    "deep",
    "try_fix",
    "model",
    "idle_max",
    "demo",
    "profile",
    "config",
    "api_key_file",
    "organization",
    "project",
    "allow_plaintext_key",
    "proxy",
    "ca_file",
    "resolvers",
    "comparison_resolvers",
    "timeout",
    "ipv4",
    "ipv6",
];

/// `diagnose`
#[derive(Args, Clone, Debug, Default)]
pub struct DiagnoseArgs {
    /// Stages to run.
    #[arg(long, value_name = "STAGE", value_parser = value::stage, value_delimiter = ',', help_heading = t(HEADING),
        conflicts_with = "skip", help = t(text!(
            en: "Only these stages: config, dns, proxy, tcp, tls, http, api, stream",
            zh: "只运行这些阶段：config、dns、proxy、tcp、tls、http、api、stream")))]
    pub only: Vec<Stage>,
    /// Stages to leave out.
    #[arg(long, value_name = "STAGE", value_parser = value::stage, value_delimiter = ',', help_heading = t(HEADING),
        help = t(text!(en: "Not these stages", zh: "跳过这些阶段")))]
    pub skip: Vec<Stage>,
    /// Slower experiments and one completion.
    #[arg(long, help_heading = t(HEADING), help = t(text!(
        en: "Also what takes longer, and one minimal completion (it costs a few tokens)",
        zh: "再做更耗时的检查，并发送一次最小的补全请求（会消耗少量 token）")))]
    pub deep: bool,
    /// Remedies for what is found.
    #[arg(long, help_heading = t(HEADING), help = t(text!(
        en: "Try remedies for the fault that is found and say which of them repairs it; changes nothing",
        zh: "针对发现的故障逐一试验修复办法，说明哪些有效；不改动任何设置")))]
    pub try_fix: bool,
    /// The model for `--deep`.
    #[arg(long, value_name = "MODEL", help_heading = t(HEADING), help = t(text!(
        en: "Model for --deep (default: the first chat model listed)", zh: "--deep 使用的模型（默认取列表中第一个对话模型）")))]
    pub model: Option<String>,
    /// How long `--deep` leaves connections alone.
    #[arg(long, value_name = "DURATION", allow_negative_numbers = true, value_parser = value::duration, requires = "deep", help_heading = t(HEADING),
        help = t(text!(
            en: "How long --deep leaves connections idle, to see whether they survive (default 20s)",
            zh: "--deep 让连接空闲多久，以检查是否会被断开（默认 20s）")))]
    pub idle_max: Option<Duration>,
    /// Degraded is an exit code.
    #[arg(long, help_heading = t(HEADING), help = t(text!(
        en: "Exit with 3 when it works but is degraded", zh: "能用但有隐患时，以退出码 3 结束")))]
    pub strict: bool,
    /// Limits for measured times.
    #[arg(long, value_name = "NAME=DURATION,…", value_parser = value::limit, value_delimiter = ',',
        help_heading = t(HEADING), help = t(text!(
            en: "Exit with 4 when a time is exceeded: dns, proxy, tcp, tls, ttfb, total (as total=2s,ttfb=500ms)",
            zh: "耗时超限则以退出码 4 结束：dns、proxy、tcp、tls、ttfb、total（如 total=2s,ttfb=500ms）")))]
    pub slo: Vec<Limit>,
    /// The embedded endpoint.
    #[arg(long, value_name = "FAULT", num_args = 0..=1, default_missing_value = "", help_heading = t(HEADING),
        conflicts_with_all = ["base_url", "base_url_flag"], help = t(text!(
            en: "Diagnose the embedded endpoint, broken as FAULT says (`list` names them)",
            zh: "诊断内置的模拟端点，按 FAULT 制造故障（`list` 列出全部）")))]
    pub demo: Option<String>,
    /// A saved report to judge again.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = t(HEADING),
        conflicts_with_all = OF_A_RUN, help = t(text!(
            en: "Judge the evidence of a saved JSON report (`-`: standard input) by today's rules; nothing is sent",
            zh: "用当前版本的规则重新判断已保存的 JSON 报告（`-` 表示标准输入），不发送任何数据")))]
    pub replay: Option<PathBuf>,
    /// The endpoint, the key and the way there.
    #[command(flatten)]
    pub target: TargetArgs,
}

impl DiagnoseArgs {
    /// What the command line says about the settings.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        self.target.overrides()
    }

    /// Whether a stage was asked for.
    #[must_use]
    pub fn asks_for(&self, stage: Stage) -> bool {
        (self.only.is_empty() || self.only.contains(&stage)) && !self.skip.contains(&stage)
    }
}

/// A limit of `--slo`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// What is measured.
    pub metric: Metric,
    /// The longest time that is met.
    pub at_most: Ms,
}
