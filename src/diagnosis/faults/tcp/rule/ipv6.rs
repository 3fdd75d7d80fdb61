//! The rule that finds IPv6 which is offered and leads nowhere.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Ms, Stage};
use crate::say;

use super::super::trial;
use super::{is_public, words};

/// Three SYNs in a row went out within this time.
const BEYOND_CHANCE: Ms = Ms(3_500.0);

pub(in super::super) fn ipv6_broken(evidence: &Evidence) -> Option<Finding> {
    let all = &evidence.tcp.facts.attempts;
    let broken = [FailureKind::Timeout, FailureKind::HostUnreachable, FailureKind::NetworkUnreachable];
    let v6: Vec<&TcpAttempt> = all.iter().filter(|attempt| attempt.address.is_ipv6()).collect();
    let is_broken = |attempt: &&TcpAttempt| {
        is_public(evidence, attempt.address)
            && attempt.failure.as_ref().is_some_and(|failure| broken.contains(&failure.kind))
    };
    let first = *v6.iter().find(|attempt| is_broken(attempt))?;
    if !v6.iter().all(|attempt| !attempt.connected) {
        return None;
    }
    let port = evidence.tcp.facts.port;
    if let Some(v4) = all.iter().find(|attempt| attempt.address.is_ipv4() && attempt.connected) {
        // One SYN lost after the other is chance where every fifth is.
        let patient = |attempt: &&TcpAttempt| attempt.duration_ms.is_some_and(|waited| waited.0 > BEYOND_CHANCE.0);
        if trial::packet_loss(evidence).is_some() && !v6.iter().any(patient) {
            return None;
        }
        // Refused at once by our own kernel: IPv6 is merely absent, which nobody waits for.
        if v6.iter().all(|attempt| reading::is_absent_family(attempt)) {
            return None;
        }
        return Some(
            Finding::degraded(Stage::Tcp, Confidence::Confirmed)
                .because(words(first, port))
                .because(words(v4, port))
                .not("ip-blackholed", say!(en: "IPv4 to the same host works", zh: "同一主机的 IPv4 是通的")),
        );
    }
    let only_v6 = v6.len() == all.len();
    let machine = &evidence.config.facts.machine;
    let unrouted =
        reading::attempt_kind(first) == Some(FailureKind::NetworkUnreachable) && machine.ipv6_route != Some(true);
    if !evidence.tcp.failed() || !only_v6 || !unrouted || machine.ipv4_route == Some(false) {
        return None;
    }
    Some(
        Finding::faulty(Stage::Tcp, Confidence::Confirmed)
            .because(words(first, port))
            .because(say!(
                en: "only IPv6 addresses were tried, and this machine has no IPv6 route",
                zh: "只尝试了 IPv6 地址，而本机没有 IPv6 路由",
            ))
            .fix(
                say!(
                    en: "Leave out -6, or use a host that has IPv4 addresses too",
                    zh: "去掉 -6，或者换一个也有 IPv4 地址的主机",
                ),
                None,
            )
            .not("no-egress", say!(en: "there is an IPv4 route", zh: "有 IPv4 路由")),
    )
}
