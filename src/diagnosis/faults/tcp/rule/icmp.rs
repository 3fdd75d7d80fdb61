//! What ICMP proves: a connection that an ICMP error ends was turned away by whoever sent it.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::icmp::IcmpKind;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind};
use crate::say;

use super::{Attempts, is_public, with_attempts};

/// Whether an attempt was refused by a TCP reset; where the system does not tell, every refusal passes for one.
pub(super) fn is_reset(attempt: &TcpAttempt) -> bool {
    reading::attempt_kind(attempt) == Some(FailureKind::ConnectionRefused) && attempt.rejected_by.is_none()
}

/// Whether the endpoint itself turned the connection away: then there is a way to it.
pub(super) fn in_its_name(attempt: &TcpAttempt) -> bool {
    attempt.rejected_by.is_some_and(|reject| reject.from == attempt.address && !reject.by_this_machine)
}

/// An ICMP error that names who turned the connection away is the proof.
pub(super) fn rejected(evidence: &Evidence, attempts: &Attempts<'_>) -> Option<Finding> {
    let rejects = || attempts.all.iter().filter_map(|attempt| Some((*attempt, attempt.rejected_by?)));
    // What stops IPv6 does not explain why IPv4 fails in another way.
    let v4_differs = attempts.all.iter().any(|attempt| attempt.address.is_ipv4() && attempt.rejected_by.is_none());
    let (attempt, reject) = rejects()
        .find(|(attempt, _)| attempt.address.is_ipv4())
        .or_else(|| rejects().next().filter(|_| !v4_differs))?;
    let forbids = match reject.kind {
        IcmpKind::AdminProhibited | IcmpKind::PortUnreachable | IcmpKind::ProtocolUnreachable => true,
        // Inside this network it is a host that is off, and where nothing outside can be reached a way out that is
        // missing.
        IcmpKind::NetUnreachable | IcmpKind::HostUnreachable => {
            in_its_name(attempt)
                || is_public(evidence, attempt.address)
                    && !matches!(reading::egress(evidence), Egress::Disproved { .. })
        }
        IcmpKind::PacketTooBig | IcmpKind::TimeExceeded | IcmpKind::Other => false,
    };
    if reject.by_this_machine || !forbids {
        return None;
    }
    let (from, kind) = (reject.from, reject.kind.name());
    let stranger = from != attempt.address;
    let confidence = if stranger { Confidence::Confirmed } else { Confidence::Likely };
    let finding = with_attempts(Finding::faulty(attempts.stage, confidence), attempts, evidence);
    let finding = if stranger {
        finding.because(say!(
            en: "ICMP {kind} came from {from}, which is not the endpoint: a router or firewall on the way turned the connection away",
            zh: "ICMP {kind} 来自 {from}，它不是端点：是途中的路由器或防火墙拒绝了连接",
        ))
    } else {
        finding.because(say!(
            en: "the refusal is an ICMP message in the endpoint's name ({kind}), which a packet filter sends; a machine on which nothing listens sends a TCP reset",
            zh: "拒绝是以端点名义发来的 ICMP 消息（{kind}），这是防火墙的做法；端口没有监听的机器发的是 TCP RST",
        ))
    };
    Some(finding.not(
        "tcp-refused",
        say!(
            en: "a machine on which nothing listens answers with a TCP reset, not with ICMP",
            zh: "端口没有监听的机器会回 TCP RST，而不是 ICMP",
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::tests::failing;
    use crate::diagnosis::diagnose;
    use crate::diagnosis::fault::Confidence;
    use crate::diagnosis::specimen::{self, codes, healthy, ip};
    use crate::evidence::config::HostKind;
    use crate::evidence::dns::{AddressClass, DnsOutcome};
    use crate::evidence::icmp::{IcmpKind, IcmpReject};
    use crate::evidence::{Evidence, FailureKind};

    fn rejecting(kind: FailureKind, by: &str, said: IcmpKind) -> Evidence {
        let mut evidence = failing(kind, 12.0);
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.rejected_by = Some(IcmpReject { from: ip(by), kind: said, by_this_machine: false });
        }
        evidence
    }

    #[test]
    fn icmp_from_somebody_else_proves_a_firewall() {
        for (kind, said) in [
            (FailureKind::HostUnreachable, IcmpKind::AdminProhibited),
            (FailureKind::ConnectionRefused, IcmpKind::PortUnreachable),
            (FailureKind::NetworkUnreachable, IcmpKind::NetUnreachable),
        ] {
            let mut evidence = rejecting(kind, "10.0.0.1", said);
            assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"], "{said:?}");
            let finding = diagnose(&evidence).diagnoses.remove(0).finding;
            assert_eq!(finding.confidence, Confidence::Confirmed);
            let named = format!("ICMP {} from 10.0.0.1", said.name());
            assert!(finding.evidence.iter().any(|shown| shown.en.contains(&named)), "{:?}", finding.evidence);
            for attempt in &mut evidence.tcp.facts.attempts {
                attempt.rejected_by.as_mut().expect("set above").by_this_machine = true;
            }
            assert_eq!(codes(&evidence), ["local-firewall"], "{said:?}");
        }
    }

    #[test]
    fn icmp_in_the_endpoints_name_is_a_filter_and_a_reset_is_not() {
        let mut evidence = rejecting(FailureKind::ConnectionRefused, specimen::V4, IcmpKind::PortUnreachable);
        specimen::only_family(&mut evidence, false);
        assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Likely);
        let evidence = failing(FailureKind::ConnectionRefused, 30.0);
        assert_eq!(codes(&evidence), ["tcp-refused"]);
        let finding = diagnose(&evidence).diagnoses.remove(0).finding;
        assert_eq!(finding.confidence, Confidence::Confirmed);
        assert!(finding.evidence[0].en.contains("a TCP reset, no ICMP message"), "{:?}", finding.evidence);
    }

    #[test]
    fn what_the_endpoint_itself_says_came_from_outside() {
        for said in [IcmpKind::HostUnreachable, IcmpKind::NetUnreachable, IcmpKind::AdminProhibited] {
            let mut evidence = rejecting(FailureKind::HostUnreachable, specimen::V4, said);
            specimen::only_family(&mut evidence, false);
            specimen::comparison(&mut evidence, DnsOutcome::Silent);
            assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"], "{said:?}");
        }
        let mut evidence = rejecting(FailureKind::NetworkUnreachable, "10.0.0.1", IcmpKind::NetUnreachable);
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        assert_eq!(codes(&evidence), ["no-egress"]);
    }

    #[test]
    fn a_host_that_is_off_and_a_loop_of_routers_are_no_firewall() {
        let evidence = rejecting(FailureKind::HostUnreachable, "10.0.0.1", IcmpKind::TimeExceeded);
        assert_eq!(codes(&evidence), ["tcp-unreachable"]);
        let mut evidence = healthy();
        specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
        specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
        specimen::tcp_fails(&mut evidence, FailureKind::HostUnreachable, 12.0);
        let off = IcmpReject { from: ip("10.9.9.9"), kind: IcmpKind::HostUnreachable, by_this_machine: false };
        evidence.tcp.facts.attempts[0].rejected_by = Some(off);
        assert_eq!(codes(&evidence), ["tcp-unreachable"]);
    }
}
