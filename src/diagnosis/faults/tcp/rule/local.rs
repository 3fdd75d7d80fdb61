//! The rules that find what keeps packets from leaving this machine: a sandbox, its own firewall, its own routes.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::dns::{DnsOutcome, ResolverRole};
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Ms, Stage};
use crate::lang::Sentence;
use crate::say;

use super::{Attempts, all_public, is_public, to_anything, with_attempts};

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
    let from_outside = |attempt: &TcpAttempt| attempt.rejected_by.is_some_and(|by| !by.by_this_machine);
    let denied = attempts
        .any_failed_with(FailureKind::PermissionDenied)
        .filter(|attempt| !is_from_afar(attempt) && !from_outside(attempt));
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
pub(super) fn is_from_afar(attempt: &TcpAttempt) -> bool {
    attempt.failure.as_ref().is_some_and(|failure| failure.os_error == Some(13))
        && attempt.duration_ms.is_some_and(|after| after.0 > 1.0)
}
