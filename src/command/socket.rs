//! `socket`: a connection with tuned options, requested beside effective.

use std::sync::Arc;

use comfy_table::presets;
use comfy_table::{CellAlignment, Table};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cli::SocketArgs;
use crate::evidence::socket::{SocketFacts, SocketOption};
use crate::lang::Lang;
use crate::probe::Run;
use crate::probe::dns::Lookup;
use crate::probe::socket::{self, Tuning};
use crate::report::style::{Role, Style};
use crate::report::{SCHEMA_VERSION, Tool, exit, json};
use crate::{say, text};

use super::{Context, Trouble, session};

/// The document of `socket --format json`.
#[derive(Debug, Serialize, JsonSchema)]
struct SocketReport {
    schema_version: u32,
    tool: Tool,
    exit_code: u8,
    #[serde(flatten)]
    facts: SocketFacts,
}

/// Runs the command.
pub(super) fn run(args: &SocketArgs, context: &mut Context) -> Result<u8, Trouble> {
    let settings = Arc::new(context.settings(&args.target.overrides())?);
    let tuning = Tuning {
        keepalive_idle: args.keepalive_idle,
        keepalive_interval: args.keepalive_interval,
        keepalive_count: args.keepalive_probes,
        nodelay: true,
        send_buffer: args.send_buffer.map(|bytes| bytes as usize),
        receive_buffer: args.receive_buffer.map(|bytes| bytes as usize),
    };
    let runtime = session::runtime()?;
    let facts = runtime.block_on(async {
        let run = Run::start(Arc::clone(&settings));
        observe(&run, &tuning).await
    });
    runtime.shutdown_background();
    let code = if facts.failure.is_some() { crate::diagnosis::Layer::Network.exit_code() } else { 0 };
    let shown = if context.json() {
        json::render(&SocketReport { schema_version: SCHEMA_VERSION, tool: Tool::this(), exit_code: code, facts })?
    } else {
        render(&facts, &context.style)
    };
    context.output.write(Some(&settings), &shown);
    Ok(if settings.endpoint.is_err() { exit::USAGE } else { code })
}

async fn observe(run: &Run, tuning: &Tuning) -> SocketFacts {
    let endpoint = match &run.settings.endpoint {
        Ok(endpoint) => endpoint.clone(),
        Err(error) => {
            let failure = crate::evidence::Failure::new(
                crate::evidence::FailureKind::UnusableSetting,
                crate::evidence::Operation::Configure,
                error,
            );
            return SocketFacts { failure: Some(failure), ..SocketFacts::default() };
        }
    };
    let host = endpoint.host_text();
    let addresses = match endpoint.address() {
        Some(address) => vec![address],
        None => match Lookup::start(run, &host).resolved().await {
            Ok(resolved) => resolved.addresses,
            Err(failure) => return SocketFacts { host, failure: Some(failure), ..SocketFacts::default() },
        },
    };
    socket::connect(run, &host, &addresses, endpoint.port, tuning).await
}

fn render(facts: &SocketFacts, style: &Style) -> String {
    let lang = style.lang;
    let mut out = String::new();
    if let Some(failure) = &facts.failure {
        let said = say!(
            en: "no connection to {host}: {failure}", zh: "无法连接 {host}：{failure}", host = &facts.host,
        );
        style.wrap(&mut out, "", &style.paint(Role::Bad, said.of(lang)));
        return out;
    }
    let peer = facts.peer.map(|peer| peer.to_string()).unwrap_or_default();
    let local = facts.local.map(|local| local.to_string()).unwrap_or_default();
    let time = facts.connect_ms.map(|time| time.to_string()).unwrap_or_default();
    let head = say!(
        en: "connected to {host} ({peer}) from {local} in {time}",
        zh: "已连接 {host}（{peer}），本地地址 {local}，耗时 {time}",
        host = &facts.host,
    );
    style.wrap(&mut out, "", head.of(lang));
    out.push('\n');
    out.push_str(&table(&facts.options, lang));
    out.push('\n');
    out.push_str(&kernel(facts, style));
    out
}

fn table(options: &[SocketOption], lang: Lang) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header([
        text!(en: "option", zh: "选项").of(lang),
        text!(en: "requested", zh: "请求值").of(lang),
        text!(en: "effective", zh: "实际值").of(lang),
        "",
    ]);
    for option in options {
        let value = |value: Option<u64>| match (value, option.unit.as_str()) {
            (None, _) => text!(en: "system's", zh: "系统默认").of(lang).to_owned(),
            (Some(0), "") => text!(en: "off", zh: "关").of(lang).to_owned(),
            (Some(_), "") => text!(en: "on", zh: "开").of(lang).to_owned(),
            (Some(number), "count") => number.to_string(),
            (Some(number), unit) => format!("{number} {unit}"),
        };
        let effective = option.effective.map_or_else(|| "?".to_owned(), |number| value(Some(number)));
        table.add_row([option.name.clone(), value(option.requested), effective, remark(option, lang)]);
    }
    for column in 1..=2 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string().lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}

fn remark(option: &SocketOption, lang: Lang) -> String {
    if let Some(error) = &option.error {
        return error.clone();
    }
    match (option.requested, option.effective) {
        (Some(asked), Some(got)) if option.unit == "bytes" && got == 2 * asked => {
            text!(en: "doubled by the kernel for its own use", zh: "内核为自身开销翻倍").of(lang).to_owned()
        }
        (Some(asked), Some(got)) if got != asked => text!(en: "differs", zh: "不一致").of(lang).to_owned(),
        _ => String::new(),
    }
}

fn kernel(facts: &SocketFacts, style: &Style) -> String {
    let lang = style.lang;
    let mut out = String::new();
    let Some(info) = facts.info else {
        let said = text!(en: "This system does not report TCP_INFO.", zh: "此系统不提供 TCP_INFO。");
        style.wrap(&mut out, "", said.of(lang));
        return out;
    };
    let time = |ms: Option<crate::evidence::Ms>| ms.map_or_else(|| "?".to_owned(), |ms| ms.to_string());
    let count = |count: Option<u32>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
    let said = say!(
        en: "TCP_INFO: round trip {rtt} (smallest {min}), segment size {mss} bytes, path MTU {mtu}, retransmits {again}",
        zh: "TCP_INFO：往返时间 {rtt}（最小 {min}），报文段 {mss} 字节，路径 MTU {mtu}，重传 {again} 次",
        rtt = time(info.rtt_ms), min = time(info.min_rtt_ms), mss = count(info.send_mss), mtu = count(info.path_mtu),
        again = count(info.retransmits),
    );
    style.wrap(&mut out, "", said.of(lang));
    out
}
