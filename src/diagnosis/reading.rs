//! Questions that rules of several stages ask of the evidence. Each returns a fact of the run; none names a fault.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::evidence::config::{HostKind, RouteKind};
use crate::evidence::dns::{AddressClass, DnsOutcome, DnsQuery, DnsTransport, ResolverRole};
use crate::evidence::tcp::{TcpAttempt, TcpInfo};
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Stage};
use crate::lang::Sentence;
use crate::say;

/// API hosts that surely exist, to recognise a misspelt one and a resolver that denies one.
pub(super) const KNOWN_HOSTS: &[&str] = &[
    "api.openai.com",
    "eu.api.openai.com",
    "us.api.openai.com",
    "api.anthropic.com",
    "api.deepseek.com",
    "openrouter.ai",
    "api.groq.com",
    "api.mistral.ai",
    "api.together.xyz",
    "api.x.ai",
    "api.perplexity.ai",
    "api.fireworks.ai",
    "api.deepinfra.com",
    "api.cerebras.ai",
    "api.cohere.ai",
    "integrate.api.nvidia.com",
    "router.huggingface.co",
    "generativelanguage.googleapis.com",
    "models.inference.ai.azure.com",
    "dashscope.aliyuncs.com",
    "api.moonshot.cn",
    "open.bigmodel.cn",
    "ark.cn-beijing.volces.com",
    "api.siliconflow.cn",
    "api.minimax.chat",
    "api.lingyiwanwu.com",
];

/// Whether the target is a public host that belongs to a provider we know.
pub(super) fn is_known_provider(evidence: &Evidence) -> bool {
    let base_url = &evidence.config.facts.base_url;
    base_url.host_kind == HostKind::Public && base_url.provider.is_some()
}

/// Whether the target is a host of OpenAI's own, which has whatever its documentation says.
pub(super) fn is_openai(evidence: &Evidence) -> bool {
    let provider = evidence.config.facts.base_url.provider.as_deref();
    provider.is_some_and(|name| name.eq_ignore_ascii_case("openai"))
}

/// Whether the target's very name is one that surely exists.
pub(super) fn is_known_host(evidence: &Evidence) -> bool {
    KNOWN_HOSTS.contains(&host(evidence).to_ascii_lowercase().trim_end_matches('.'))
}

/// The target's host as it is shown.
pub(super) fn host(evidence: &Evidence) -> &str {
    evidence.target.host.as_deref().unwrap_or("the host")
}

/// Whether requests go through a proxy.
pub(super) fn is_proxied(evidence: &Evidence) -> bool {
    evidence.target.route.kind != RouteKind::Direct
}

/// What runs this container, if this is one.
pub(super) fn container(evidence: &Evidence) -> Option<&str> {
    evidence.config.facts.machine.container.as_deref()
}

/// What shows that a sandbox without network surrounds us.
pub(super) fn sandbox(evidence: &Evidence) -> Option<Sentence> {
    let machine = &evidence.config.facts.machine;
    if let Some(sign) = &machine.sandbox {
        return Some(say!(en: "a sandbox is active: {sign}", zh: "检测到沙箱：{sign}"));
    }
    (machine.only_loopback == Some(true))
        .then(|| say!(en: "loopback is the only network interface here", zh: "这里除了回环接口之外没有任何网络接口"))
}

/// Whether the kernel surely has no route to a public address.
pub(super) fn has_no_route(evidence: &Evidence) -> bool {
    let machine = &evidence.config.facts.machine;
    machine.ipv4_route == Some(false) && machine.ipv6_route != Some(true)
}

/// Whether the kernel has a route to public addresses over IPv6 and none over IPv4.
pub(super) fn has_v6_alone(evidence: &Evidence) -> bool {
    let machine = &evidence.config.facts.machine;
    machine.ipv4_route == Some(false) && machine.ipv6_route == Some(true)
}

/// The first stage between dns and http that failed, and how.
pub(super) fn broken(evidence: &Evidence) -> Option<(Stage, &Failure)> {
    let stages = [
        (Stage::Dns, evidence.dns.failed(), &evidence.dns.failure),
        (Stage::Proxy, evidence.proxy.failed(), &evidence.proxy.failure),
        (Stage::Tcp, evidence.tcp.failed(), &evidence.tcp.failure),
        (Stage::Tls, evidence.tls.failed(), &evidence.tls.failure),
        (Stage::Http, evidence.http.failed(), &evidence.http.failure),
    ];
    stages.into_iter().find_map(|(stage, failed, failure)| failure.as_ref().filter(|_| failed).map(|f| (stage, f)))
}

/// Whether the peer proved to be the right one, so that its address cannot be wrong.
pub(super) fn is_right_address(evidence: &Evidence) -> bool {
    evidence.tls.facts.trusted || (!evidence.tls.failed() && evidence.http.passed())
}

/// Whether the user's own resolver takes part at all and was not replaced with `--resolver`.
pub(super) fn resolver_by_flag(evidence: &Evidence) -> bool {
    evidence.dns.facts.stub.origin.starts_with("--")
}

/// The queries for the very name that was asked for, the extensions of the search list left out.
pub(super) fn asked(evidence: &Evidence) -> impl Iterator<Item = &DnsQuery> {
    let dns = &evidence.dns.facts;
    let name = dns.name.trim_end_matches('.');
    dns.queries.iter().filter(move |query| query.name.trim_end_matches('.').eq_ignore_ascii_case(name))
}

/// Whether a query got a public address that nothing casts doubt on.
pub(super) fn is_sound(query: &DnsQuery) -> bool {
    query.outcome == DnsOutcome::Answer
        && query.role != ResolverRole::NonResolver
        && query.answers.iter().any(|answer| answer.class == AddressClass::Public)
        && query.answers.iter().all(|answer| matches!(answer.class, AddressClass::Public | AddressClass::FakeIp))
        && !query.late.iter().any(|late| late.differs)
}

/// Whether anything came back that a resolver, or what plays one, sent.
pub(super) const fn is_answered(query: &DnsQuery) -> bool {
    !matches!(
        query.outcome,
        DnsOutcome::Silent | DnsOutcome::Unreachable | DnsOutcome::PortUnreachable | DnsOutcome::Pending
    )
}

/// Whether nobody between can read or forge the query.
pub(super) const fn is_encrypted(query: &DnsQuery) -> bool {
    matches!(query.transport, DnsTransport::Dot | DnsTransport::Doh)
}

/// What the comparison resolvers say about the way out of this network.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Egress {
    /// One of them answered: packets get out and back.
    Proved {
        /// Its address and transport, for a reader.
        by: String,
        /// How long that took.
        after: Option<Ms>,
    },
    /// None of them could be reached.
    Disproved {
        /// How many different resolvers were tried.
        resolvers: usize,
    },
    /// They were not asked.
    Unknown,
}

/// Reads the comparison resolvers as witnesses of a way out.
pub(super) fn egress(evidence: &Evidence) -> Egress {
    // Where there is IPv6 alone those with IPv4 addresses witness nothing.
    let only_v6 = has_v6_alone(evidence);
    let comparison = || {
        let asked = evidence.dns.facts.queries.iter().filter(|query| query.role == ResolverRole::Comparison);
        asked.filter(move |query| !only_v6 || query.address.is_ipv6())
    };
    // What was still open when the run ended counts as silence once somebody was asked a second time in vain.
    let patient = comparison().any(|query| query.outcome == DnsOutcome::Silent || query.sent > 1);
    let unreached = |query: &DnsQuery| match query.outcome {
        DnsOutcome::Silent | DnsOutcome::Unreachable => true,
        DnsOutcome::Pending => patient,
        _ => false,
    };
    let hosts = super::faults::control_hosts(evidence);
    if let Some(host) = hosts.into_iter().flatten().find(|host| host.connected) {
        return Egress::Proved { by: format!("{} (TCP)", host.address), after: Some(host.duration_ms) };
    }
    // A message over TCP or TLS is better proof than a datagram, which an injector near by may have made.
    let answered =
        comparison().filter(|query| is_answered(query)).max_by_key(|query| query.transport != DnsTransport::Udp);
    if let Some(query) = answered {
        return Egress::Proved { by: resolver_label(query), after: query.duration_ms };
    }
    let mut tried: Vec<IpAddr> = comparison().map(|query| query.address.ip()).collect();
    tried.sort_unstable();
    tried.dedup();
    if !comparison().all(unreached) {
        return Egress::Unknown;
    }
    tried.extend(hosts.into_iter().flatten().map(|host| host.address.ip()));
    tried.sort_unstable();
    tried.dedup();
    if tried.is_empty() { Egress::Unknown } else { Egress::Disproved { resolvers: tried.len() } }
}

/// A resolver and the way it was asked: `8.8.8.8 (UDP)`.
pub(super) fn resolver_label(query: &DnsQuery) -> String {
    let transport = match query.transport {
        DnsTransport::Udp => "UDP",
        DnsTransport::Tcp => "TCP",
        DnsTransport::Dot => "DoT",
        DnsTransport::Doh => "DoH",
    };
    let transport = if query.by_ca_file { format!("{transport}, --ca-file") } else { transport.to_owned() };
    let port = query.address.port();
    if matches!(port, 53 | 443 | 853) {
        format!("{} ({transport})", query.address.ip())
    } else {
        format!("{} ({transport})", query.address)
    }
}

/// The addresses of an answer as one text, at most four of them.
pub(super) fn addresses(of: impl IntoIterator<Item = IpAddr>) -> String {
    let mut all: Vec<String> = of.into_iter().map(|address| address.to_string()).collect();
    let more = all.len().saturating_sub(4);
    all.truncate(4);
    let mut text = all.join(", ");
    if more > 0 {
        text.push_str(", …");
    }
    text
}

/// How an attempt failed; one that the run's end caught waiting counts as a timeout.
pub(super) fn attempt_kind(attempt: &TcpAttempt) -> Option<FailureKind> {
    if attempt.connected {
        return None;
    }
    Some(attempt.failure.as_ref().map_or(FailureKind::Timeout, |failure| failure.kind))
}

/// Whether an attempt only shows that this machine does not have that address family: refused at once, by the kernel.
pub(super) fn is_absent_family(attempt: &TcpAttempt) -> bool {
    attempt.address.is_ipv6()
        && matches!(attempt_kind(attempt), Some(FailureKind::NetworkUnreachable | FailureKind::AddressNotAvailable))
        && attempt.duration_ms.is_none_or(|duration| duration.0 < 50.0)
}

/// The sentence with the operating system's error number behind it, where it gave one.
pub(super) fn with_errno(mut sentence: Sentence, failure: Option<&Failure>) -> Sentence {
    if let Some(errno) = failure.and_then(|failure| failure.os_error) {
        let _ = write!(sentence.en, " (errno {errno})");
        let _ = write!(sentence.zh, "（errno {errno}）");
    }
    sentence
}

/// A duration or, where there is none, a dash.
pub(super) fn ms(duration: Option<Ms>) -> String {
    duration.map_or_else(|| "—".to_owned(), |duration| duration.to_string())
}

/// What the kernel saw of data sent and acknowledged while we waited in vain; says which half of the path is silent.
pub(super) fn silence(info: Option<&TcpInfo>, sent: &str) -> Option<Sentence> {
    let info = info?;
    let acked = info.bytes_acked.unwrap_or(0).saturating_sub(1);
    let again = info.retransmits.unwrap_or(0);
    let received = info.bytes_received.unwrap_or(0);
    let rtt = ms(info.rtt_ms);
    if received > 0 {
        return Some(say!(
            en: "the kernel counts {received} bytes received and then nothing more (RTT {rtt}, {again} retransmissions)",
            zh: "内核统计：收到 {received} 字节后再无数据（RTT {rtt}，重传 {again} 次）",
        ));
    }
    info.bytes_acked?;
    Some(if acked == 0 {
        say!(
            en: "the kernel sent {sent} {again} more times and the peer never acknowledged a byte of it: what we send gets lost",
            zh: "内核把 {sent} 重传了 {again} 次，对方一个字节都没有确认：发出去的数据丢在了路上",
        )
    } else {
        say!(
            en: "the peer acknowledged {acked} bytes of {sent} and sent nothing back (RTT {rtt}): it is silent, or its answer gets lost",
            zh: "对方确认了 {sent} 的 {acked} 字节，却什么也没有发回（RTT {rtt}）：要么对方沉默，要么应答丢在了路上",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{Egress, egress};
    use crate::diagnosis::specimen;
    use crate::evidence::dns::DnsOutcome;

    #[test]
    fn a_witness_over_tcp_outweighs_one_over_udp() {
        let mut evidence = specimen::healthy();
        assert!(matches!(egress(&evidence), Egress::Proved { by, .. } if by.contains("DoT")));
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        assert_eq!(egress(&evidence), Egress::Disproved { resolvers: 2 });
        evidence.dns.facts.queries.clear();
        assert_eq!(egress(&evidence), Egress::Unknown);
    }
}
