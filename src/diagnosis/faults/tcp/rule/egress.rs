//! The rules that find what is silent on the way: no way out at all, or a black hole.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::control_hosts;
use crate::diagnosis::faults::proxy::blackholed_behind;
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::config::HostKind;
use crate::evidence::dns::{DnsOutcome, ResolverRole};
use crate::evidence::experiment::ControlHost;
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;
use crate::say;

use super::super::trial;
use super::{all_public, icmp, to_endpoint, with_attempts};

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
        // Where there is no interface to go out by, nobody set it up to forward: it serves what is in here.
        let serves_here = evidence.config.facts.machine.only_loopback == Some(true);
        let reachable = reading::asked(evidence).any(|query| {
            query.role == ResolverRole::Configured
                && !matches!(query.outcome, DnsOutcome::Silent | DnsOutcome::Unreachable | DnsOutcome::Pending)
                && (serves_here || !query.address.ip().is_loopback() || query.outcome == DnsOutcome::PortUnreachable)
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
    // Over IPv6 alone it may as well be IPv6 itself, unless a witness is reached over it.
    let v6_works = control_hosts(evidence).into_iter().flatten().any(|host| host.connected && host.address.is_ipv6());
    if attempts.only_v6() && !v6_works
        || !all_public(evidence, &attempts)
        || !attempts.all_failed_with(&[FailureKind::Timeout])
    {
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
