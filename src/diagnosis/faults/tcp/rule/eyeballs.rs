//! What becomes of clients that give each address so long and no longer, on a line as slow as this.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, Ms, Stage};
use crate::say;

use super::words;

/// What Node.js gives every address but the last (`net.getDefaultAutoSelectFamilyAttemptTimeout`, `lib/net.js`).
const PER_ADDRESS: Ms = Ms(250.0);

/// Node.js gives up every address after 250 ms but the last, which gets all the time there is: so it fails where the line is
/// slower than that and the last address is one that cannot be reached, and is merely late where that one works.
pub(in super::super) fn high_latency(evidence: &Evidence) -> Option<Finding> {
    let tcp = &evidence.tcp;
    if !tcp.passed() || reading::is_proxied(evidence) {
        return None;
    }
    let order = order(&tcp.facts.attempts);
    let (last, before) = order.split_last()?;
    let connected = || order.iter().filter(|attempt| attempt.connected);
    let quickest = connected().filter_map(|attempt| connecting(attempt)).map(|time| time.0).reduce(f64::min)?;
    if before.is_empty() || last.connected || quickest <= PER_ADDRESS.0 {
        return None;
    }
    let (quickest, count, port) = (Ms(quickest), before.len(), tcp.facts.port);
    Some(
        Finding::degraded(Stage::Tcp, Confidence::Likely)
            .because(say!(
                en: "connecting takes {quickest} at best, and Node.js 20 and later gives {count} of the addresses 250 ms each",
                zh: "建立连接最快也要 {quickest}，而 Node.js 20 及以上给其中 {count} 个地址各 250 毫秒",
            ))
            .because(say!(
                en: "only the last one is waited for, and that one cannot be reached", zh: "只有最后一个地址会一直等下去，而它恰好连不上",
            ))
            .because(words(last, port))
            .because(say!(
                en: "curl, Python and Go race their addresses or wait for each, and connect",
                zh: "curl、Python 和 Go 会并行尝试或逐个等待，因此能连上",
            )),
    )
}

/// How long connecting takes when nothing is lost.
fn connecting(attempt: &TcpAttempt) -> Option<Ms> {
    attempt.info.and_then(|info| info.min_rtt_ms).or(attempt.duration_ms)
}

/// The order of Node.js: that of the system's resolver, which puts a family without a route last (RFC 6724, rule 1), then
/// the families in turns, that of the first address first.
fn order(attempts: &[TcpAttempt]) -> Vec<&TcpAttempt> {
    let (v6, v4): (Vec<&TcpAttempt>, Vec<&TcpAttempt>) = attempts.iter().partition(|attempt| attempt.address.is_ipv6());
    let routed = |family: &[&TcpAttempt]| !family.iter().all(|attempt| unrouted(attempt));
    let v6_first = match (routed(&v6), routed(&v4)) {
        (true, false) => true,
        (false, true) => false,
        _ => attempts.first().is_some_and(|first| first.address.is_ipv6()),
    };
    let (first, second) = if v6_first { (v6, v4) } else { (v4, v6) };
    let longer = first.len().max(second.len());
    (0..longer).flat_map(|place| [first.get(place), second.get(place)]).flatten().copied().collect()
}

/// Whether this machine has no way to that family at all.
fn unrouted(attempt: &TcpAttempt) -> bool {
    use crate::evidence::FailureKind::{AddressNotAvailable, NetworkUnreachable};
    matches!(reading::attempt_kind(attempt), Some(NetworkUnreachable | AddressNotAvailable))
}

#[cfg(test)]
mod tests {
    use super::{high_latency, order};
    use crate::diagnosis::specimen::{codes, healthy, ip};
    use crate::evidence::tcp::TcpAttempt;
    use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation};

    fn attempt(address: &str, outcome: Result<f64, FailureKind>) -> TcpAttempt {
        TcpAttempt {
            address: ip(address),
            started_ms: Ms(0.0),
            duration_ms: Some(Ms(outcome.unwrap_or(0.1))),
            connected: outcome.is_ok(),
            failure: outcome.err().map(|kind| Failure::new(kind, Operation::Connect, "no way")),
            info: None,
            rejected_by: None,
            icmp_watched: false,
        }
    }

    fn world(attempts: &[(&str, Result<f64, FailureKind>)]) -> Evidence {
        let mut evidence = healthy();
        let chosen = attempts.iter().find(|(_, outcome)| outcome.is_ok()).map(|(address, _)| ip(address));
        evidence.tcp.facts.attempts = attempts.iter().map(|(address, outcome)| attempt(address, *outcome)).collect();
        evidence.tcp.facts.chosen = chosen;
        evidence
    }

    const ABSENT: Result<f64, FailureKind> = Err(FailureKind::NetworkUnreachable);

    #[test]
    fn a_far_line_and_an_unreachable_last_address_stop_node() {
        let far = world(&[
            ("2606:4700::1", ABSENT),
            ("192.0.2.1", Ok(610.0)),
            ("2606:4700::2", ABSENT),
            ("192.0.2.2", Ok(605.0)),
        ]);
        let addresses: Vec<String> =
            order(&far.tcp.facts.attempts).iter().map(|attempt| attempt.address.to_string()).collect();
        assert_eq!(addresses, ["192.0.2.1", "2606:4700::1", "192.0.2.2", "2606:4700::2"]);
        assert_eq!(codes(&far), ["high-latency-happy-eyeballs"]);
    }

    #[test]
    fn node_is_merely_late_where_its_last_address_works() {
        let (far, near) = (Ok(610.0), Ok(40.0));
        for attempts in [
            // Both families work, one address is all there is, the last one is of the family that works.
            &[("2606:4700::1", far), ("192.0.2.1", far)][..],
            &[("192.0.2.1", far)],
            &[("2606:4700::1", ABSENT), ("192.0.2.1", far), ("192.0.2.2", far)],
            // It is near.
            &[("2606:4700::1", ABSENT), ("192.0.2.1", near)],
            &[("2606:4700::1", ABSENT), ("192.0.2.1", far), ("2606:4700::2", ABSENT), ("192.0.2.2", near)],
        ] {
            assert!(high_latency(&world(attempts)).is_none(), "{attempts:?}");
        }
    }

    #[test]
    fn a_lost_segment_is_no_far_line() {
        let mut evidence = world(&[("2606:4700::1", ABSENT), ("192.0.2.1", Ok(1_040.0))]);
        assert!(high_latency(&evidence).is_some());
        let info = crate::evidence::tcp::TcpInfo { min_rtt_ms: Some(Ms(40.0)), ..Default::default() };
        evidence.tcp.facts.attempts[1].info = Some(info);
        assert!(high_latency(&evidence).is_none());
    }
}
