//! The rule that finds a firewall on the way that turns connections away.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::dns::ResolverRole;
use crate::evidence::{Evidence, FailureKind, Ms, Stage};
use crate::say;

use super::super::trial::{self, Refuser};
use super::local::is_from_afar;
use super::{all_public, icmp, to_endpoint, with_attempts};

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
