//! The arguments of the commands that run one probe alone.

use std::time::Duration;

use clap::Args;

use super::group::{ConnectionArgs, SourceArgs};
use super::{HEADING_ARGUMENTS, HEADING_OPTIONS, t, value};
use crate::config::Overrides;
use crate::lang::Text;
use crate::report::route::TraceMethod;
use crate::text;

const HOST: Text = text!(
    en: "Host, host:port or URL (default: the host of the base URL)",
    zh: "主机名、主机名:端口或 URL（默认取基础地址中的主机）"
);

/// `dns`, `tcp`, `tls`, and the base of others.
#[derive(Args, Clone, Debug, Default)]
pub struct HostArgs {
    /// The host, made into a URL.
    #[arg(value_name = "HOST", value_parser = value::host, help_heading = t(HEADING_ARGUMENTS),
        conflicts_with = "base_url_flag", help = t(HOST))]
    pub host: Option<String>,
    /// Where settings come from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The way to the endpoint.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

impl HostArgs {
    /// What the command line says about the settings.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let mut overrides = self.source.overrides(self.host.as_deref(), "HOST");
        self.connection.apply(&mut overrides);
        overrides
    }
}

/// `proxy`
#[derive(Args, Clone, Debug, Default)]
pub struct ProxyArgs {
    /// The URL that programs are to call.
    #[arg(value_name = "URL", value_parser = value::host, help_heading = t(HEADING_ARGUMENTS),
        conflicts_with = "base_url_flag", help = t(text!(
            en: "The URL that programs call (default: the base URL)", zh: "各程序要访问的 URL（默认为基础地址）")))]
    pub url: Option<String>,
    /// Where settings come from.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The way to the endpoint.
    #[command(flatten)]
    pub connection: ConnectionArgs,
}

impl ProxyArgs {
    /// What the command line says about the settings.
    #[must_use]
    pub fn overrides(&self) -> Overrides {
        let mut overrides = self.source.overrides(self.url.as_deref(), "URL");
        self.connection.apply(&mut overrides);
        overrides
    }
}

/// `fastest-ip`
#[derive(Args, Clone, Debug)]
pub struct FastestIpArgs {
    /// How often each address is measured.
    #[arg(long, value_name = "N", default_value_t = 5, hide_default_value = true, help_heading = t(HEADING_OPTIONS),
        value_parser = value::whole(1..=100_u16),
        help = t(text!(en: "Measurements of each address, 1 to 100 (default 5)", zh: "每个地址测量的次数，1 到 100（默认 5）")))]
    pub rounds: u16,
    /// The host and the way to it.
    #[command(flatten)]
    pub target: HostArgs,
}

/// `ping`
#[derive(Args, Clone, Debug)]
pub struct PingArgs {
    /// How many attempts each address gets.
    #[arg(long, short = 'c', value_name = "N", default_value_t = 10, hide_default_value = true,
        help_heading = t(HEADING_OPTIONS), value_parser = value::whole(1..=1000_u16),
        help = t(text!(en: "Attempts at each address, 1 to 1000 (default 10)", zh: "每个地址测量的次数，1 到 1000（默认 10）")))]
    pub count: u16,
    /// Time from one attempt to the next.
    #[arg(long, short = 'i', value_name = "DURATION", default_value = "200ms", hide_default_value = true, allow_negative_numbers = true, value_parser = value::duration,
        help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Time from one attempt to the next (default 200ms)", zh: "两次测量的间隔（默认 200ms）")))]
    pub interval: Duration,
    /// How long each is waited for.
    #[arg(long, value_name = "DURATION", default_value = "2s", hide_default_value = true, allow_negative_numbers = true, value_parser = value::duration,
        help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "How long each answer is waited for (default 2s)", zh: "每次等待应答的时间（默认 2s）")))]
    pub wait: Duration,
    /// TCP in any case.
    #[arg(long, help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Time TCP connections even where ICMP is allowed", zh: "即使允许 ICMP，也测 TCP 连接耗时")))]
    pub tcp: bool,
    /// The host and the way to it.
    #[command(flatten)]
    pub target: HostArgs,
}

/// What `trace` sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Method {
    /// TCP
    Tcp,
    /// UDP
    Udp,
    /// ICMP
    Icmp,
}

impl From<Method> for TraceMethod {
    fn from(method: Method) -> Self {
        match method {
            Method::Tcp => Self::Tcp,
            Method::Udp => Self::Udp,
            Method::Icmp => Self::Icmp,
        }
    }
}

/// `trace`
#[derive(Args, Clone, Debug)]
pub struct TraceArgs {
    /// What is sent.
    #[arg(long, short = 'm', value_name = "METHOD", default_value = "tcp", hide_default_value = true, hide_possible_values = true,
        help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "What is sent: tcp (to the real port, the default), udp or icmp", zh: "探测方式：tcp（真实端口，默认）、udp 或 icmp")))]
    pub method: Method,
    /// Probes a hop.
    #[arg(long, value_name = "N", default_value_t = 3, hide_default_value = true, help_heading = t(HEADING_OPTIONS),
        value_parser = value::whole(1..=20_u16),
        help = t(text!(en: "Probes for each hop, 1 to 20 (default 3)", zh: "每一跳的探测次数，1 到 20（默认 3）")))]
    pub queries: u16,
    /// The greatest distance tried.
    #[arg(long, value_name = "N", default_value_t = 30, hide_default_value = true, help_heading = t(HEADING_OPTIONS),
        value_parser = value::whole(1..=64_u8),
        help = t(text!(en: "The farthest hop tried, 1 to 64 (default 30)", zh: "最多探测到第几跳，1 到 64（默认 30）")))]
    pub max_hops: u8,
    /// How long each probe is waited for.
    #[arg(long, value_name = "DURATION", default_value = "950ms", hide_default_value = true, allow_negative_numbers = true, value_parser = value::duration,
        help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "How long each answer is waited for (default 950ms)", zh: "每次等待应答的时间（默认 950ms）")))]
    pub wait: Duration,
    /// The names of the hops.
    #[arg(long, help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Ask the resolver for the name of each hop", zh: "向解析器查询每一跳的域名")))]
    pub names: bool,
    /// The host and the way to it.
    #[command(flatten)]
    pub target: HostArgs,
}

/// `socket`
#[derive(Args, Clone, Debug)]
pub struct SocketArgs {
    /// Idle time before the first keepalive probe.
    #[arg(long, value_name = "DURATION", default_value = "60s", hide_default_value = true, allow_negative_numbers = true, value_parser = value::duration,
        help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Idle time before the first keepalive probe (default 60s)", zh: "空闲多久后发送第一个 keepalive 探测（默认 60s）")))]
    pub keepalive_idle: Duration,
    /// Time between keepalive probes.
    #[arg(long, value_name = "DURATION", default_value = "10s", hide_default_value = true, allow_negative_numbers = true, value_parser = value::duration,
        help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "Time between keepalive probes (default 10s)", zh: "keepalive 探测的间隔（默认 10s）")))]
    pub keepalive_interval: Duration,
    /// Unanswered probes that end the connection.
    #[arg(long, value_name = "N", default_value_t = 3, hide_default_value = true, help_heading = t(HEADING_OPTIONS),
        value_parser = value::whole(1..=100_u32),
        help = t(text!(en: "Unanswered probes that end the connection (default 3)", zh: "多少个探测无应答就断开连接（默认 3）")))]
    pub keepalive_probes: u32,
    /// Size of the send buffer.
    #[arg(long, value_name = "BYTES", help_heading = t(HEADING_OPTIONS),
        value_parser = value::whole(1..=1_073_741_824_u32),
        help = t(text!(en: "Send buffer (default: the system's)", zh: "发送缓冲区大小（默认由系统决定）")))]
    pub send_buffer: Option<u32>,
    /// Size of the receive buffer.
    #[arg(long, value_name = "BYTES", help_heading = t(HEADING_OPTIONS),
        value_parser = value::whole(1..=1_073_741_824_u32),
        help = t(text!(en: "Receive buffer (default: the system's)", zh: "接收缓冲区大小（默认由系统决定）")))]
    pub receive_buffer: Option<u32>,
    /// Leave connections alone and see which survive.
    #[arg(long, help_heading = t(HEADING_OPTIONS),
        help = t(text!(
            en: "Leave connections idle for longer and longer times, and tell what ends them and whether keepalive helps",
            zh: "让多条连接空闲不同时长，看是什么把它们断开、keepalive 是否有效")))]
    pub idle_ladder: bool,
    /// The longest time of the ladder.
    #[arg(long, value_name = "DURATION", default_value = "360s", hide_default_value = true, allow_negative_numbers = true, value_parser = value::duration,
        requires = "idle_ladder", help_heading = t(HEADING_OPTIONS),
        help = t(text!(en: "The longest idle time tried (default 360s)", zh: "最长的空闲时间（默认 360s）")))]
    pub idle_max: Duration,
    /// The host and the way to it.
    #[command(flatten)]
    pub target: HostArgs,
}
