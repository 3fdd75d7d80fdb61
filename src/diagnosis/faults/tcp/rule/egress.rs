//! The rules that find what keeps packets from getting out: a sandbox, firewalls, a missing route, a black hole.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::control_hosts;
use crate::diagnosis::faults::proxy::blackholed_behind;
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::config::HostKind;
use crate::evidence::dns::{DnsOutcome, ResolverRole};
use crate::evidence::experiment::ControlHost;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Ms, Stage};
use crate::lang::Sentence;
use crate::say;

use super::super::trial::{self, Refuser};
use super::{Attempts, all_public, icmp, is_public, to_anything, to_endpoint, with_attempts};

pub(in super::super) fn sandbox_no_network(evidence: &Evidence) -> Option<Finding> {
    let sign = reading::sandbox(evidence)?;
    let (stage, failure) = reading::broken(evidence)?;
    let outside = match stage {
        Stage::Dns => {
            let resolvers = &evidence.dns.facts.stub.nameservers;
            let local = !resolvers.is_empty() && resolvers.iter().all(|at| at.ip().is_loopback());
            let sent = reading::asked(evidence)
                .any(|query| query.role == ResolverRole::Configured && query.outcome != DnsOutcome::Unreachable);
            let answered = reading::asked(evidence)
                .any(|query| query.role == ResolverRole::Configured && reading::is_answered(query));
            let unanswered = matches!(
                failure.kind,
                FailureKind::DnsTimeout
                    | FailureKind::DnsServfail
                    | FailureKind::DnsNoResolver
                    | FailureKind::NetworkUnreachable
                    | FailureKind::HostUnreachable
                    | FailureKind::PermissionDenied
            );
            // A resolver on loopback is within the sandbox's reach; that it stays silent is what having no network looks
            // like, unless it was named for this very run. One that answers runs in here, and is what fails. Where the
            // sandbox says that it denies the network, silence is that.
            let says_so = evidence.config.facts.machine.sandbox.is_some() && failure.kind == FailureKind::DnsTimeout;
            let cut_off = !sent
                || failure.kind == FailureKind::PermissionDenied
                || ((local && !answered || says_so) && !reading::resolver_by_flag(evidence));
            unanswered && cut_off
        }
        Stage::Tcp | Stage::Proxy => {
            let attempts = to_anything(evidence)?;
            let denied = attempts.any_failed_with(FailureKind::PermissionDenied).is_some();
            let unreachable = attempts.all_failed_with(&[
                FailureKind::NetworkUnreachable,
                FailureKind::HostUnreachable,
                FailureKind::AddressNotAvailable,
            ]);
            let says_so = evidence.config.facts.machine.sandbox.is_some()
                && all_public(evidence, &attempts)
                && attempts.all_failed_with(&[FailureKind::Timeout]);
            denied || unreachable || says_so
        }
        _ => false,
    };
    if !outside || matches!(reading::egress(evidence), Egress::Proved { .. }) {
        return None;
    }
    let machine = &evidence.config.facts.machine;
    let sure = machine.only_loopback == Some(true) || failure.kind == FailureKind::PermissionDenied;
    let confidence = if sure { Confidence::Confirmed } else { Confidence::Likely };
    let (name, detail) = (stage.name(), &failure.detail);
    let mut finding = Finding::faulty(stage, confidence).because(sign).because(say!(
        en: "{name} failed: {detail}",
        zh: "{name} 阶段失败：{detail}",
    ));
    if machine.only_loopback == Some(true) {
        finding = finding.not(
            "no-egress",
            say!(
                en: "there is not even a network interface to go out by",
                zh: "连可以出网的网络接口都没有",
            ),
        );
    }
    Some(finding)
}

pub(in super::super) fn local_firewall(evidence: &Evidence) -> Option<Finding> {
    let (stage, failure) = reading::broken(evidence)?;
    if stage == Stage::Dns && failure.kind == FailureKind::PermissionDenied {
        let detail = &failure.detail;
        return Some(Finding::faulty(stage, Confidence::Likely).because(say!(
            en: "the system refused to send the DNS query: {detail}",
            zh: "系统拒绝发送 DNS 查询：{detail}",
        )));
    }
    let attempts = to_anything(evidence)?;
    if let Some(unsent) = unsent(evidence, &attempts).or_else(|| refused_here(evidence, &attempts)) {
        return Some(
            with_attempts(Finding::faulty(attempts.stage, Confidence::Confirmed), &attempts, evidence)
                .because(unsent)
                .not(
                    "ip-blackholed",
                    say!(en: "the packets did not even leave this machine", zh: "数据包根本没有离开本机"),
                ),
        );
    }
    let denied = attempts.any_failed_with(FailureKind::PermissionDenied).filter(|attempt| !is_from_afar(attempt));
    // EINVAL is what a blackhole route of this machine answers, see ip-route(8).
    let thrown_away = attempts
        .all
        .iter()
        .copied()
        .find(|attempt| attempt.failure.as_ref().is_some_and(|failure| failure.os_error == Some(22)));
    // A neighbour that no ARP finds is reported by this machine's own ICMP error too, after seconds of asking.
    let at_once = |attempt: &TcpAttempt| attempt.duration_ms.is_some_and(|after| after.0 < 500.0);
    let filtered = attempts
        .all
        .iter()
        .copied()
        .find(|attempt| attempt.rejected_by.is_some_and(|by| by.by_this_machine) && at_once(attempt));
    // A machine that is off is missed after seconds; only a route of this machine knows at once, and without ICMP.
    let barred = attempts.all.iter().copied().find(|attempt| {
        attempts.stage == Stage::Tcp
            && is_public(evidence, attempt.address)
            && attempt.icmp_watched
            && attempt.rejected_by.is_none()
            && reading::attempt_kind(attempt) == Some(FailureKind::HostUnreachable)
            && attempt.duration_ms.is_some_and(|after| after.0 < AT_ONCE.0)
    });
    let attempt = denied.or(thrown_away).or(filtered).or(barred)?;
    let after = attempt.duration_ms.unwrap_or(Ms(0.0));
    let finding = Finding::faulty(attempts.stage, Confidence::Confirmed);
    let finding = with_attempts(finding, &attempts, evidence);
    let finding = if denied.is_some() {
        finding.because(say!(
            en: "the operating system itself says that this is forbidden; no packet was sent",
            zh: "是操作系统自己说不允许，数据包没有发出",
        ))
    } else if filtered.is_some() {
        finding.because(say!(
            en: "this machine itself sent the ICMP message: its own packet filter rejects the connection",
            zh: "ICMP 消息是本机自己发出的：本机的防火墙规则拒绝了连接",
        ))
    } else if barred.is_some() {
        finding.because(say!(
            en: "the kernel said so at once and no ICMP message came: a route of this machine declares the address unreachable",
            zh: "内核立刻就这样回答，也没有收到 ICMP 消息：本机有一条路由把这个地址定为不可达",
        ))
    } else {
        finding.because(say!(
            en: "a blackhole route of this machine throws the packets away",
            zh: "本机有一条 blackhole 路由把数据包丢掉了",
        ))
    };
    Some(finding.not(
        "ip-blackholed",
        say!(
            en: "the answer came after {after}, without a round trip: it was made here",
            zh: "{after} 就有了结果，没有经过往返：是本机给出的",
        ),
    ))
}

/// Sooner than any neighbour is asked for and missed.
const AT_ONCE: Ms = Ms(20.0);

/// A refusal that needs no way out.
fn refused_here(evidence: &Evidence, attempts: &Attempts<'_>) -> Option<Sentence> {
    let refused = attempts.stage == Stage::Tcp && evidence.tcp.facts.refused_here == Some(true);
    refused.then(|| {
        say!(
            en: "a connection that was confined to the loopback interface, from which nothing gets out, was refused just the same: a packet filter of this machine refuses",
            zh: "限制在回环接口上的连接根本出不去，却同样被拒绝：拒绝连接的是本机的防火墙规则",
        )
    })
}

/// Silence where the kernel's own filter swallowed what it was to send: it counts the retransmissions that it could not
/// send, and there was at least one an attempt.
fn unsent(evidence: &Evidence, attempts: &Attempts<'_>) -> Option<Sentence> {
    let count = evidence.tcp.facts.unsent.filter(|_| attempts.stage == Stage::Tcp)?;
    let silent = attempts.all_failed_with(&[FailureKind::Timeout]);
    (silent && count >= attempts.all.len() as u64).then(|| {
        say!(
            en: "{count} times meanwhile the kernel was kept from sending a packet again: a packet filter of this machine drops them",
            zh: "期间内核有 {count} 次重发被拦下：是本机的防火墙规则丢弃了数据包",
        )
    })
}

/// Whether a prohibition came in from a router: `ICMPv6` "administratively prohibited" is EACCES too, a round trip later.
fn is_from_afar(attempt: &TcpAttempt) -> bool {
    attempt.failure.as_ref().is_some_and(|failure| failure.os_error == Some(13))
        && attempt.duration_ms.is_some_and(|after| after.0 > 1.0)
}

pub(in super::super) fn no_egress(evidence: &Evidence) -> Option<Finding> {
    let egress = reading::egress(evidence);
    let only_dns = only_dns(evidence);
    if matches!(egress, Egress::Proved { .. }) && only_dns.is_none() {
        return None;
    }
    let no_route = reading::has_no_route(evidence);
    let disproved = match &egress {
        Egress::Disproved { resolvers } => Some(*resolvers),
        _ => None,
    };
    let witnesses = disproved.map(|count| {
        say!(
            en: "none of {count} public resolvers could be reached either, over any transport",
            zh: "{count} 个公共 DNS 用任何方式也都连不上",
        )
    });
    let without_route =
        no_route.then(|| say!(en: "the kernel has no route to a public address", zh: "内核没有到公网地址的路由"));
    let confidence = if no_route { Confidence::Confirmed } else { Confidence::Likely };
    if evidence.dns.failed() {
        let unanswered = matches!(
            evidence.dns.kind(),
            Some(
                FailureKind::DnsTimeout
                    | FailureKind::DnsServfail
                    | FailureKind::DnsNoResolver
                    | FailureKind::NetworkUnreachable
                    | FailureKind::HostUnreachable
            )
        );
        // One on this machine that forwards in vain answers too; one that does not even run is broken by itself.
        let reachable = reading::asked(evidence).any(|query| {
            query.role == ResolverRole::Configured
                && !matches!(query.outcome, DnsOutcome::Silent | DnsOutcome::Unreachable)
                && (!query.address.ip().is_loopback() || query.outcome == DnsOutcome::PortUnreachable)
        });
        let local = evidence.dns.facts.stub.nameservers.iter().any(|at| at.ip().is_loopback());
        // A resolver on this machine that fails may have a dead upstream or be broken itself: without witnesses
        // outside, that is all there is to say.
        let shown = disproved.is_some() || (no_route && !local && !reading::resolver_by_flag(evidence));
        // In a network without a way out by design, a resolver next door that is absent is that and no more.
        let absent = no_route
            && reading::asked(evidence).any(|query| {
                query.role == ResolverRole::Configured
                    && query.failure.as_ref().is_some_and(|one| one.kind == FailureKind::HostUnreachable)
            });
        if !unanswered || reachable || absent || !shown {
            return None;
        }
        let detail = evidence.dns.failure.as_ref().map_or("", |failure| failure.detail.as_str());
        return Some(
            Finding::faulty(Stage::Dns, confidence)
                .because(say!(en: "name resolution failed: {detail}", zh: "域名解析失败：{detail}"))
                .because_if(witnesses)
                .because_if(without_route),
        );
    }
    let attempts = to_endpoint(evidence)?;
    let lost = attempts.all_failed_with(&[
        FailureKind::Timeout,
        FailureKind::NetworkUnreachable,
        FailureKind::HostUnreachable,
        FailureKind::AddressNotAvailable,
    ]);
    let unrouted =
        no_route && attempts.all_failed_with(&[FailureKind::NetworkUnreachable, FailureKind::AddressNotAvailable]);
    let shown = disproved.is_some() || unrouted || only_dns.is_some();
    // What the endpoint itself says has come from outside; where all TCP is kept in, that is no matter of the endpoint.
    let heard = attempts.all.iter().any(|attempt| icmp::in_its_name(attempt))
        || trial::present(evidence).is_some() && !keeps_tcp_in(evidence);
    if !lost || heard || !all_public(evidence, &attempts) || !shown {
        return None;
    }
    let finding = with_attempts(Finding::faulty(Stage::Tcp, confidence), &attempts, evidence);
    let others_silent = disproved.is_some() || only_dns.is_some();
    let mut finding = finding.because_if(witnesses).because_if(without_route).because_if(only_dns);
    if others_silent {
        finding = finding.not(
            "ip-blackholed",
            say!(
                en: "other hosts outside are as silent as the endpoint",
                zh: "外面其他主机也同样没有回应",
            ),
        );
    }
    Some(finding)
}

/// Resolvers answer, and yet no unrelated host accepts a connection: what gets out is DNS and nothing else.
fn only_dns(evidence: &Evidence) -> Option<Sentence> {
    let hosts = control_hosts(evidence)?;
    let silent = |host: &ControlHost| host.failure.as_ref().is_some_and(|one| one.kind == FailureKind::Timeout);
    let by_stream = evidence.dns.facts.queries.iter().any(|query| {
        query.role == ResolverRole::Comparison && reading::is_answered(query) && reading::is_encrypted(query)
    });
    if hosts.len() < 2 || !hosts.iter().all(silent) || by_stream {
        return None;
    }
    let names: Vec<String> = hosts.iter().map(|host| host.address.to_string()).collect();
    Some(say!(
        en: "none of {count} unrelated hosts accepts a connection either ({names}): DNS gets out, TCP does not",
        zh: "{count} 个无关主机也都连不上（{names}）：只有 DNS 能出网，TCP 不能",
        count = hosts.len(), names = names.join(", "),
    ))
}

pub(in super::super) fn ip_blackholed(evidence: &Evidence) -> Option<Finding> {
    port_dropped(evidence).or_else(|| directly_blackholed(evidence)).or_else(|| blackholed_behind(evidence))
}

/// Whether resolvers outside answer, and no unrelated host takes a connection.
fn keeps_tcp_in(evidence: &Evidence) -> bool {
    matches!(reading::egress(evidence), Egress::Proved { .. }) && only_dns(evidence).is_some()
}

/// The machine is there and answers other things: what is dropped is the port.
fn port_dropped(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_endpoint(evidence)?;
    let (machine, answered) = trial::present(evidence)?;
    let public = evidence.config.facts.base_url.host_kind == HostKind::Public;
    if !public || keeps_tcp_in(evidence) || !attempts.all_failed_with(&[FailureKind::Timeout]) {
        return None;
    }
    let (address, port, after) = (machine.address.ip(), machine.address.port(), reading::ms(machine.after_ms));
    Some(
        with_attempts(Finding::faulty(Stage::Tcp, Confidence::Confirmed), &attempts, evidence)
            .because(say!(
                en: "the same address answers {answered} after {after}: {address} is there, and what is sent to its port {port} is dropped",
                zh: "同一地址对 {answered} 有应答，用时 {after}：{address} 在线，只是发往它 {port} 端口的数据被丢弃",
            ))
            .not(
                "no-egress",
                say!(en: "{address} itself answers, so there is a way to it", zh: "{address} 自己有应答，说明路是通的"),
            ),
    )
}

fn directly_blackholed(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_endpoint(evidence)?;
    let Egress::Proved { by, after } = reading::egress(evidence) else { return None };
    if only_dns(evidence).is_some() {
        return None;
    }
    // Over IPv6 alone it may as well be IPv6 itself: the witnesses are reached over IPv4.
    if attempts.only_v6() || !all_public(evidence, &attempts) || !attempts.all_failed_with(&[FailureKind::Timeout]) {
        return None;
    }
    let after = reading::ms(after);
    // Three times a SYN was sent (after 0, 1 and 3 s), while one to a host that has nothing to do with it was answered.
    let repeated = attempts.all.iter().all(|one| one.duration_ms.is_some_and(|waited| waited.0 > 3_000.0));
    let compared = control_hosts(evidence).into_iter().flatten().any(|host| host.connected);
    let confidence = if repeated && compared { Confidence::Confirmed } else { Confidence::Likely };
    let finding = with_attempts(Finding::faulty(Stage::Tcp, confidence), &attempts, evidence);
    let finding = finding.because(say!(
        en: "while {by} answered after {after}",
        zh: "而 {by} 在 {after} 后就应答了",
    ));
    let finding = finding.not(
        "no-egress",
        say!(
            en: "{by} was reached, so this machine does have a way out",
            zh: "{by} 是通的，说明本机可以出网",
        ),
    );
    let ours = |address: IpAddr| attempts.all.iter().any(|attempt| attempt.address == address);
    let agreed = reading::asked(evidence)
        .any(|query| query.role == ResolverRole::Comparison && query.answers.iter().any(|answer| ours(answer.address)));
    Some(if agreed {
        finding.not(
            "dns-poisoned",
            say!(
                en: "a public resolver gives the same address",
                zh: "公共 DNS 给出的也是同一个地址",
            ),
        )
    } else {
        finding
    })
}

pub(in super::super) fn rejected_by_firewall(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_endpoint(evidence)?;
    if let Some(found) = icmp::rejected(evidence, &attempts) {
        return Some(found);
    }
    if !all_public(evidence, &attempts) {
        return None;
    }
    let first = *attempts.all.first()?;
    let refused = attempts.kind() == Some(FailureKind::ConnectionRefused);
    if first.icmp_watched && (first.rejected_by.is_some() || !(refused || is_from_afar(first))) {
        // The kernel knows who said what, and it was no firewall.
        return None;
    }
    match trial::refuser(evidence).filter(|_| refused) {
        Some(Refuser::OnTheWay(confidence, because)) => {
            let finding = with_attempts(Finding::faulty(Stage::Tcp, confidence), &attempts, evidence);
            return Some(finding.because(because).not(
                "tcp-refused",
                say!(
                    en: "the address itself was not what refused",
                    zh: "拒绝的不是这个地址本身",
                ),
            ));
        }
        Some(Refuser::Itself(_)) => return None,
        None => {}
    }
    let routed = if first.address.is_ipv6() {
        evidence.config.facts.machine.ipv6_route == Some(true)
    } else {
        evidence.config.facts.machine.ipv4_route != Some(false)
    };
    let by_icmp = match attempts.kind()? {
        FailureKind::HostUnreachable => {
            // Where nothing outside can be reached, it is the way out that is missing.
            !matches!(reading::egress(evidence), Egress::Disproved { .. })
        }
        FailureKind::NetworkUnreachable => {
            routed && first.failure.as_ref().is_some_and(|failure| failure.os_error != Some(22))
        }
        FailureKind::PermissionDenied if is_from_afar(first) => true,
        FailureKind::ConnectionRefused => false,
        _ => return None,
    };
    let finding = with_attempts(Finding::faulty(Stage::Tcp, Confidence::Likely), &attempts, evidence);
    if by_icmp {
        return Some(finding.because(say!(
            en: "this machine has a route there, so it was a router or firewall on the way that sent the ICMP message",
            zh: "本机有到那里的路由，所以是途中的路由器或防火墙发来了 ICMP 不可达",
        )));
    }
    let refusals =
        attempts.all.iter().filter(|attempt| reading::attempt_kind(attempt) == Some(FailureKind::ConnectionRefused));
    let refused = refusals.filter_map(|attempt| attempt.duration_ms).min_by(|a, b| a.0.total_cmp(&b.0))?;
    // Measured against somebody outside, never against a guess: a server may really be next door.
    let (host, rtt) = nearest_outside(evidence)?;
    // The edge of a provider's CDN is about as far as a public resolver; a server of one's own may be nearer.
    let times = if reading::is_known_provider(evidence) { 2.5 } else { 5.0 };
    if refused.0 * times >= rtt.0 || rtt.0 - refused.0 < NEARER_BY.0 {
        return None;
    }
    let finding = finding.because(say!(
        en: "the refusal took {refused}; even {host}, the nearest host outside, takes {rtt}",
        zh: "拒绝只用了 {refused}；而外面最近的 {host} 也要 {rtt}",
    ));
    Some(finding.not(
        "tcp-refused",
        say!(
            en: "a refusal by the endpoint itself takes a whole round trip",
            zh: "端点自己的拒绝需要一次完整的往返",
        ),
    ))
}

/// How much sooner than anybody outside a refusal must come to be somebody else's: a resolver's own work takes part of a
/// millisecond, and hosts next door answer within one.
const NEARER_BY: Ms = Ms(8.0);

/// The quickest answer from outside, to compare a refusal with.
fn nearest_outside(evidence: &Evidence) -> Option<(String, Ms)> {
    evidence
        .dns
        .facts
        .queries
        .iter()
        .filter(|query| query.role == ResolverRole::Comparison && reading::is_answered(query))
        .filter_map(|query| query.duration_ms.map(|duration| (query.address.ip().to_string(), duration)))
        .min_by(|one, other| one.1.0.total_cmp(&other.1.0))
}
