//! Everything that a stage observed (`-v`), below its line.

use std::fmt::Write as _;

use crate::evidence::config::{CaPath, MachineFacts};
use crate::evidence::dns::{ClassifiedAddress, DnsQuery};
use crate::evidence::tcp::{TcpAttempt, TcpInfo};
use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{
    ApiFacts, ConfigFacts, DnsFacts, Failure, HttpFacts, Ms, ProxyFacts, TcpFacts, TlsFacts, text as scrub,
};
use crate::lang::{Sentence, Text};
use crate::{say, text};

use super::StageReport;
use super::line::{NAME_COLUMNS, failed};
use super::style::{Role, Style, pad};
use super::words;

/// Columns of a label.
const LABEL_COLUMNS: usize = 14;
/// The lines shown of a body.
const BODY_LINES: usize = 12;

/// Everything that the stage observed; empty when it was not reached.
#[must_use]
pub fn stage(report: &StageReport, style: &Style) -> String {
    let mut rows = Rows { out: String::new(), style };
    match report {
        StageReport::Config(entry) => entry.facts().into_iter().for_each(|facts| config(&mut rows, facts)),
        StageReport::Dns(entry) => entry.facts().into_iter().for_each(|facts| dns(&mut rows, facts)),
        StageReport::Proxy(entry) => entry.facts().into_iter().for_each(|facts| proxy(&mut rows, facts)),
        StageReport::Tcp(entry) => entry.facts().into_iter().for_each(|facts| tcp(&mut rows, facts)),
        StageReport::Tls(entry) => entry.facts().into_iter().for_each(|facts| tls(&mut rows, facts)),
        StageReport::Http(entry) => entry.facts().into_iter().for_each(|facts| http(&mut rows, facts)),
        StageReport::Api(entry) => entry.facts().into_iter().for_each(|facts| api(&mut rows, facts)),
        StageReport::Stream(_) => {}
    }
    rows.failure(report.outline().failure);
    rows.out
}

struct Rows<'a> {
    out: String,
    style: &'a Style,
}

impl Rows<'_> {
    /// A labelled value; nothing when the value is empty.
    fn row(&mut self, label: Text, value: &str) {
        if !value.is_empty() {
            let label = self.style.paint(Role::Muted, &pad(self.style.say(label), LABEL_COLUMNS));
            self.style.wrap(&mut self.out, &format!("{}{label} ", " ".repeat(NAME_COLUMNS)), value);
        }
    }

    fn say(&mut self, label: Text, value: &Sentence) {
        self.row(label, value.of(self.style.lang));
    }

    fn some(&mut self, label: Text, value: Option<&String>) {
        self.row(label, value.map_or("", String::as_str));
    }

    fn list<T: ToString>(&mut self, label: Text, values: &[T]) {
        self.row(label, &values.iter().map(T::to_string).collect::<Vec<_>>().join(", "));
    }

    /// A line of a list below its label, with a time at the right edge.
    fn item(&mut self, text: &str, time: Option<Ms>) {
        let first = format!("{}{} ", " ".repeat(NAME_COLUMNS), self.style.bullet());
        self.style.spread(&mut self.out, &first, text, &time.map_or_else(String::new, |time| time.to_string()));
    }

    fn failure(&mut self, failure: Option<&Failure>) {
        let Some(failure) = failure else { return };
        self.row(text!(en: "failure", zh: "失败原因"), &failure.detail);
        let mut numbers = Vec::new();
        numbers.extend(failure.os_error.map(|errno| format!("errno {errno}")));
        numbers.extend(failure.curl_exit.map(|code| format!("curl {code}")));
        self.list(text!(en: "codes", zh: "错误号"), &numbers);
    }

    fn info(&mut self, info: Option<TcpInfo>) {
        let Some(info) = info else { return };
        let mut parts = Vec::new();
        parts.extend(info.rtt_ms.map(|rtt| format!("rtt {rtt}")));
        parts.extend(info.min_rtt_ms.map(|rtt| format!("min rtt {rtt}")));
        parts.extend(info.retransmits.map(|count| format!("retransmits {count}")));
        parts.extend(info.bytes_acked.map(|bytes| format!("acked {bytes} B")));
        parts.extend(info.bytes_received.map(|bytes| format!("received {bytes} B")));
        parts.extend(info.unacked.map(|count| format!("unacked {count}")));
        parts.extend(info.send_mss.map(|bytes| format!("mss {bytes}")));
        parts.extend(info.path_mtu.map(|bytes| format!("pmtu {bytes}")));
        self.list(text!(en: "TCP_INFO", zh: "TCP_INFO"), &parts);
    }
}

fn config(rows: &mut Rows<'_>, facts: &ConfigFacts) {
    let url = &facts.base_url;
    rows.row(text!(en: "base URL", zh: "base URL"), &format!("{} ({})", url.raw, url.origin));
    for other in &url.shadowed {
        rows.row(text!(en: "not used", zh: "未采用"), &format!("{} ({})", other.value, other.origin));
    }
    if let Some(key) = &facts.key {
        let looks = key.looks_like.join(" / ");
        let said = say!(
            en: "{length} characters, sent as {header}", zh: "{length} 个字符，以 {header} 发送",
            length = key.length, header = &key.header
        );
        rows.say(text!(en: "key", zh: "密钥"), &said);
        rows.row(text!(en: "key looks like", zh: "密钥形似"), &looks);
        let bad: Vec<String> =
            key.bad_characters.iter().map(|bad| format!("{}: {}", bad.position, bad.code_point)).collect();
        rows.list(text!(en: "bad characters", zh: "异常字符"), &bad);
    }
    for other in &facts.other_keys {
        rows.row(text!(en: "key not used", zh: "未采用的密钥"), &format!("…{} ({})", other.tail, other.origin));
    }
    for (label, value) in [
        (text!(en: "organization", zh: "组织"), &facts.organization),
        (text!(en: "project", zh: "项目"), &facts.project),
    ] {
        if let Some(value) = value {
            rows.row(label, &format!("{} ({})", value.value, value.origin));
        }
    }
    for variable in &facts.proxy_variables {
        let defect = variable.defect.as_ref().map_or_else(String::new, |defect| format!(" ({defect})"));
        rows.row(text!(en: "proxy variable", zh: "代理变量"), &format!("{}={}{defect}", variable.name, variable.value));
    }
    for client in &facts.no_proxy_by_client {
        let rule = client.rule.as_deref().unwrap_or("–");
        let said = if client.bypasses {
            say!(en: "{name} goes around the proxy (rule {rule})", zh: "{name} 绕过代理（规则 {rule}）", name = &client.client)
        } else {
            say!(en: "{name} uses the proxy", zh: "{name} 使用代理", name = &client.client)
        };
        rows.say(text!(en: "NO_PROXY", zh: "NO_PROXY"), &said);
    }
    facts.ca_paths.iter().for_each(|path| ca_path(rows, path));
    machine(rows, &facts.machine);
}

fn ca_path(rows: &mut Rows<'_>, path: &CaPath) {
    let CaPath { origin, path, certificates, defect, .. } = path;
    let said = match defect {
        Some(defect) => Sentence::verbatim(format_args!("{origin}={path} ({defect})")),
        None if *certificates == 1 => say!(en: "{origin}={path}, 1 certificate", zh: "{origin}={path}，1 张证书"),
        None => say!(en: "{origin}={path}, {certificates} certificates", zh: "{origin}={path}，{certificates} 张证书"),
    };
    rows.say(text!(en: "CA file", zh: "CA 文件"), &said);
}

fn machine(rows: &mut Rows<'_>, machine: &MachineFacts) {
    let mut parts = vec![machine.os.clone()];
    parts.extend(machine.container.clone());
    parts.extend(machine.wsl.then(|| "WSL".to_owned()));
    parts.extend(machine.sandbox.clone());
    rows.list(text!(en: "machine", zh: "本机"), &parts);
    for (family, there) in [("IPv4", machine.ipv4_route), ("IPv6", machine.ipv6_route)] {
        let said = match there {
            Some(true) => say!(en: "{family}: there is one", zh: "{family}：有"),
            Some(false) => say!(en: "{family}: there is none", zh: "{family}：无"),
            None => continue,
        };
        rows.say(text!(en: "public route", zh: "公网路由"), &said);
    }
    rows.row(
        text!(en: "gateway", zh: "网关"),
        &machine.gateway.map_or_else(String::new, |gateway| gateway.to_string()),
    );
    rows.row(text!(en: "clock", zh: "时钟"), &machine.clock);
}

fn addresses(list: &[ClassifiedAddress], style: &Style) -> String {
    let shown: Vec<String> = list
        .iter()
        .map(|one| match words::address_class(one.class) {
            Some(class) => format!("{} ({})", one.address, style.say(class)),
            None => one.address.to_string(),
        })
        .collect();
    shown.join(", ")
}

fn dns(rows: &mut Rows<'_>, facts: &DnsFacts) {
    let shown = addresses(&facts.addresses, rows.style);
    rows.row(text!(en: "addresses", zh: "地址"), &shown);
    rows.row(text!(en: "source", zh: "来源"), rows.style.say(words::dns_source(facts.source)));
    for line in &facts.hosts {
        rows.row(text!(en: "hosts file", zh: "hosts 文件"), &format!("{}:{}: {}", line.path, line.line, line.address));
    }
    let stub = &facts.stub;
    rows.list(text!(en: "nameservers", zh: "DNS 服务器"), &stub.nameservers);
    let settings = format!(
        "{}: ndots {}, timeout {} s, attempts {}{}",
        stub.origin,
        stub.ndots,
        stub.timeout_s,
        stub.attempts,
        stub.defect.as_ref().map_or_else(String::new, |defect| format!(" ({defect})")),
    );
    rows.row(text!(en: "configuration", zh: "配置"), &settings);
    rows.list(text!(en: "search list", zh: "搜索域"), &stub.search);
    if facts.candidates.len() > 1 {
        rows.list(text!(en: "names tried", zh: "依次尝试"), &facts.candidates);
    }
    facts.queries.iter().for_each(|one| query(rows, one));
    if let Some(system) = &facts.system {
        let said = system
            .error
            .clone()
            .unwrap_or_else(|| system.addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
        rows.item(&format!("getaddrinfo: {said}"), system.duration_ms);
    }
}

fn query(rows: &mut Rows<'_>, query: &DnsQuery) {
    let transport = format!("{:?}", query.transport).to_uppercase();
    let record = format!("{:?}", query.record).to_uppercase();
    let outcome = rows.style.say(words::dns_outcome(query.outcome));
    let mut said = format!("{} {transport} {record}: ", query.resolver);
    said.push_str(&if query.answers.is_empty() { outcome.to_owned() } else { addresses(&query.answers, rows.style) });
    if query.answer_count > query.answers.len() {
        let _ = write!(said, " (+{})", query.answer_count - query.answers.len());
    }
    if let Some(ttl) = query.ttl_s.filter(|_| !query.answers.is_empty()) {
        let _ = write!(said, ", TTL {ttl} s");
    }
    if !query.cnames.is_empty() {
        let _ = write!(said, ", CNAME {}", query.cnames.join(" → "));
    }
    if query.truncated {
        said.push_str(", TC");
    }
    if let Some(error) = &query.extended_error {
        let _ = write!(said, ", EDE {} {} {}", error.code, error.name, error.text);
    }
    rows.item(said.trim_end(), query.duration_ms);
    for late in &query.late {
        let shown = addresses(&late.answers, rows.style);
        let said = say!(
            en: "a second answer to the same question: {rcode} {shown}", zh: "同一查询的第二个应答：{rcode} {shown}",
            rcode = &late.rcode
        );
        rows.item(said.of(rows.style.lang).trim_end(), Some(late.after_ms));
    }
}

fn attempts(rows: &mut Rows<'_>, attempts: &[TcpAttempt]) {
    for attempt in attempts {
        let said = match &attempt.failure {
            Some(failure) => {
                let failed = failed(failure);
                say!(en: "{address}: {en}", zh: "{address}：{zh}", address = attempt.address, en = &failed.en, zh = &failed.zh)
            }
            None if attempt.connected => {
                say!(en: "{address}: connected", zh: "{address}：已连接", address = attempt.address)
            }
            None => say!(en: "{address}: not waited for", zh: "{address}：未等到结果", address = attempt.address),
        };
        rows.item(said.of(rows.style.lang), attempt.duration_ms);
    }
}

fn proxy(rows: &mut Rows<'_>, facts: &ProxyFacts) {
    rows.row(text!(en: "named by", zh: "来源"), &facts.origin);
    rows.row(text!(en: "asked for", zh: "请求目标"), &facts.asked_for);
    if let Some(names) = &facts.dns {
        names.queries.iter().for_each(|one| query(rows, one));
    }
    attempts(rows, &facts.attempts);
    rows.some(text!(en: "status line", zh: "状态行"), facts.status_line.as_ref());
    for header in &facts.headers {
        rows.row(text!(en: "header", zh: "响应头"), &format!("{}: {}", header.name, header.value));
    }
    body(rows, &facts.body);
    for trial in &facts.trials {
        let tried = format!("{:?}", trial.tried).to_lowercase();
        let said = if trial.answered {
            say!(en: "the port speaks {tried}", zh: "该端口使用 {tried}")
        } else {
            say!(en: "the port does not speak {tried}", zh: "该端口不使用 {tried}")
        };
        rows.item(said.of(rows.style.lang), None);
    }
    if let Some(facts) = &facts.tls {
        tls(rows, facts);
    }
}

fn tcp(rows: &mut Rows<'_>, facts: &TcpFacts) {
    rows.row(text!(en: "port", zh: "端口"), &facts.port.to_string());
    attempts(rows, &facts.attempts);
    if let Some(local) = facts.local {
        rows.row(text!(en: "local address", zh: "本地地址"), &local.to_string());
    }
    let chosen = facts.attempts.iter().find(|attempt| attempt.connected && Some(attempt.address) == facts.chosen);
    rows.info(chosen.and_then(|attempt| attempt.info));
}

fn tls(rows: &mut Rows<'_>, facts: &TlsFacts) {
    rows.row(text!(en: "server name", zh: "服务器名"), &facts.server_name);
    rows.some(text!(en: "cipher suite", zh: "密码套件"), facts.cipher_suite.as_ref());
    rows.some(text!(en: "key exchange", zh: "密钥交换"), facts.key_exchange_group.as_ref());
    rows.some(text!(en: "ALPN", zh: "ALPN"), facts.alpn.as_ref());
    if let Some(alert) = &facts.alert {
        rows.row(text!(en: "alert", zh: "告警"), &format!("{} ({})", alert.description, alert.code));
    }
    rows.some(text!(en: "it said", zh: "对端内容"), facts.said.as_ref());
    let sizes = say!(
        en: "ClientHello {hello} B, received {got} B", zh: "ClientHello {hello} B，收到 {got} B",
        hello = facts.client_hello_bytes, got = facts.bytes_received
    );
    rows.say(text!(en: "bytes", zh: "字节数"), &sizes);
    facts.chain.iter().for_each(|one| certificate(rows, one));
    if facts.chain_length > facts.chain.len() {
        rows.row(text!(en: "chain length", zh: "证书链长度"), &facts.chain_length.to_string());
    }
    for (label, verdict) in [
        (text!(en: "this machine", zh: "本机信任库"), &facts.platform),
        (text!(en: "Mozilla roots", zh: "Mozilla 根证书"), &facts.mozilla),
        (text!(en: "system's bundle", zh: "系统自带证书库"), &facts.system),
    ] {
        if let Some(Verdict { valid, kind, detail, .. }) = verdict {
            let why = kind.map(words::failure);
            let said = match (valid, why) {
                (true, _) => say!(en: "verifies", zh: "验证通过"),
                (false, Some(why)) => why.into(),
                (false, None) => Sentence::verbatim(detail.as_deref().unwrap_or("–")),
            };
            rows.say(label, &said);
        }
    }
    rows.info(facts.info);
}

fn certificate(rows: &mut Rows<'_>, certificate: &Certificate) {
    let subject = certificate.subject_cn.as_ref().unwrap_or(&certificate.subject);
    let issuer = certificate.issuer_cn.as_ref().unwrap_or(&certificate.issuer);
    let said = say!(
        en: "{subject}, issued by {issuer}, until {until}, {key}", zh: "{subject}，由 {issuer} 签发，有效至 {until}，{key}",
        until = &certificate.not_after, key = &certificate.key
    );
    rows.item(said.of(rows.style.lang), None);
    let names = certificate.names.join(", ");
    rows.row(text!(en: "names", zh: "域名"), &scrub::line(&names, 300));
    rows.row(text!(en: "SHA-256", zh: "SHA-256"), &certificate.sha256);
    rows.some(text!(en: "interceptor", zh: "拦截设备"), certificate.interceptor.as_ref());
}

fn http(rows: &mut Rows<'_>, facts: &HttpFacts) {
    rows.row(text!(en: "request", zh: "请求"), &format!("{} {}", facts.method, facts.url));
    for (label, time) in [
        (text!(en: "sent after", zh: "请求发完"), facts.sent_ms),
        (text!(en: "first byte", zh: "首字节"), facts.first_byte_ms),
        (text!(en: "last byte", zh: "末字节"), facts.last_byte_ms),
    ] {
        rows.row(label, &time.map_or_else(String::new, |time| time.to_string()));
    }
    for header in &facts.headers {
        rows.row(text!(en: "header", zh: "响应头"), &format!("{}: {}", header.name, header.value));
    }
    rows.list(text!(en: "told by", zh: "判断应答者"), &facts.answered_by_signs);
    if let Some(offset) = facts.clock_offset_s.filter(|offset| *offset != 0) {
        rows.row(text!(en: "clock offset", zh: "时钟偏差"), &format!("{offset} s"));
    }
    rows.some(text!(en: "HTTP/2 error", zh: "HTTP/2 错误"), facts.h2_error.as_ref());
    rows.some(text!(en: "title", zh: "网页标题"), facts.title.as_ref());
    let more = if facts.body_truncated { "+" } else { "" };
    rows.row(text!(en: "body size", zh: "响应体大小"), &format!("{}{more} B", facts.body_bytes));
    body(rows, &facts.body);
    rows.info(facts.info);
}

fn body(rows: &mut Rows<'_>, body: &str) {
    for line in body.lines().filter(|line| !line.trim().is_empty()).take(BODY_LINES) {
        rows.row(text!(en: "body", zh: "响应体"), &scrub::line(line, 400));
    }
}

fn api(rows: &mut Rows<'_>, facts: &ApiFacts) {
    rows.row(text!(en: "body is", zh: "响应体是"), rows.style.say(words::body_shape(facts.shape)));
    rows.list(text!(en: "first models", zh: "部分模型"), &facts.first_models);
    if let Some(error) = &facts.error {
        rows.row(text!(en: "message", zh: "message"), &error.message);
        rows.some(text!(en: "code", zh: "code"), error.code.as_ref());
        rows.some(text!(en: "type", zh: "type"), error.kind.as_ref());
        rows.some(text!(en: "param", zh: "param"), error.param.as_ref());
        rows.some(text!(en: "inner code", zh: "内层 code"), error.inner_code.as_ref());
    }
    rows.some(text!(en: "request id", zh: "请求 ID"), facts.request_id.as_ref());
    if let Some(time) = facts.processing_ms {
        rows.row(text!(en: "processing", zh: "服务端耗时"), &time.to_string());
    }
    rows.some(text!(en: "organization", zh: "组织"), facts.organization.as_ref());
    for limit in &facts.rate_limits {
        let number = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| value.to_string());
        let (left, all, reset) = (number(limit.remaining), number(limit.limit), number(limit.reset_s));
        let said = say!(
            en: "{of}: {left} of {all} left, full again in {reset} s", zh: "{of}：剩余 {left} / {all}，{reset} 秒后恢复",
            of = &limit.of
        );
        rows.say(text!(en: "rate limit", zh: "速率限制"), &said);
    }
    if let Some(wait) = facts.retry_after_s {
        rows.row(text!(en: "retry after", zh: "重试等待"), &format!("{wait} s"));
    }
}
