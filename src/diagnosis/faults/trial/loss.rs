//! Rules by chance: some packets get lost, whatever they carry.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::dns::DnsTransport;
use crate::evidence::experiment::LossFacts;
use crate::evidence::tcp::TcpInfo;
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::loss;

/// One connection in so many must need a second SYN: that is a packet in twelve, and far beyond what a usable link loses.
const SHARE: f64 = 0.15;
/// Fewer connections say nothing.
const ENOUGH: usize = 10;

pub(in super::super) fn packet_loss(evidence: &Evidence) -> Option<Finding> {
    let facts = loss(evidence).filter(|facts| is_lossy(facts))?;
    let works = !evidence.tcp.failed() && !evidence.tls.failed() && evidence.http.passed();
    let stage = if evidence.tcp.failed() || works { Stage::Tcp } else { Stage::Tls };
    let found = if works { Finding::degraded } else { Finding::faulty };
    let address = facts.address.map_or_else(String::new, |address| address.to_string());
    let best = facts.best_ms.unwrap_or_default();
    let worst = facts.worst_ms.unwrap_or_default();
    let resent = (facts.segments_sent > 0).then(|| {
        say!(
            en: "once open they sent {sent} segments, {again} of them a second time",
            zh: "连上之后共发出 {sent} 个报文段，其中 {again} 个是重传",
            sent = facts.segments_sent, again = facts.segments_resent,
        )
    });
    let control = (facts.control_tried > 0).then(|| {
        say!(
            en: "connections to unrelated hosts at the same time: {hit} of {tried} lost a packet too",
            zh: "同时对无关主机的连接：{tried} 次中也有 {hit} 次丢包",
            hit = facts.control_hit, tried = facts.control_tried,
        )
    });
    let finding = found(stage, Confidence::Confirmed)
        .because(say!(
            en: "of {tried} connections to {address}, {hit} lost at least one packet while opening ({failed} failed); the others took from {best} to {worst}",
            zh: "对 {address} 连接 {tried} 次，有 {hit} 次在建连时至少丢了一个包（{failed} 次失败）；其余耗时 {best} 到 {worst}",
            tried = facts.tried, hit = facts.hit, failed = facts.failed,
        ))
        .because_if(resent)
        .because_if(control)
        .not("ip-blackholed", say!(
            en: "some connections to the same address do succeed", zh: "同一地址有些连接是成功的",
        ));
    if facts.groups.iter().any(|group| group.hit == 0 || group.tried == 0) || facts.groups.is_empty() {
        return Some(finding);
    }
    let shares: Vec<String> = facts.groups.iter().map(|group| format!("{}/{}", group.hit, group.tried)).collect();
    let alike = || {
        say!(
            en: "large and small handshakes, with this name and another, are hit alike ({shares})",
            zh: "握手无论大小、无论用这个域名还是别的，都一样会丢包（{shares}）",
            shares = shares.join(", "),
        )
    };
    Some(finding.not("mtu-black-hole", alike()).not("sni-dropped", alike()))
}

fn is_lossy(facts: &LossFacts) -> bool {
    // All of them is no loss but a wall.
    facts.tried >= ENOUGH && facts.failed < facts.tried && facts.hit as f64 >= facts.tried as f64 * SHARE
}

/// Whether a chain that works shows that packets were lost, and nobody has counted yet how many.
pub(in super::super) fn is_suspected(evidence: &Evidence) -> bool {
    loss(evidence).is_none() && evidence.tcp.facts.chosen.is_some() && signs(evidence) > 0
}

/// Packets that were lost on the chain's way, as far as it shows.
fn signs(evidence: &Evidence) -> u32 {
    let again = |info: Option<TcpInfo>| info.and_then(|info| info.retransmits).unwrap_or(0);
    // The counters of the chain's own connection run on from stage to stage.
    let own = again(evidence.tls.facts.info).max(again(evidence.http.facts.info));
    let tcp = &evidence.tcp.facts;
    let others = tcp.attempts.iter().map(|attempt| {
        let chosen = tcp.chosen == Some(attempt.address);
        let timed_out = attempt.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Timeout);
        let family = |other: &&crate::evidence::tcp::TcpAttempt| {
            other.connected && other.address.is_ipv6() == attempt.address.is_ipv6()
        };
        // A family of which nothing answers is no loss but a wall.
        let alone = timed_out && tcp.attempts.iter().any(|other| family(&other));
        u32::from(alone) + if chosen { 0 } else { again(attempt.info) }
    });
    let queries = evidence
        .dns
        .facts
        .queries
        .iter()
        .filter(|query| query.transport == DnsTransport::Udp && query.sent > 1 && reading::is_answered(query));
    let queries = u32::try_from(queries.count()).unwrap_or(u32::MAX);
    others.fold(own.saturating_add(queries), u32::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::{LossFacts, TcpInfo};
    use crate::diagnosis::specimen::{self, codes, healthy, ip};
    use crate::diagnosis::{Health, diagnose};
    use crate::evidence::experiment::{Experiment, ExperimentFacts, LossGroup};
    use crate::evidence::{Evidence, FailureKind, Ms};

    fn counted(mut evidence: Evidence, hit: usize, failed: usize) -> Evidence {
        let group = LossGroup { tried: 8, hit: hit.min(8), ..LossGroup::default() };
        let facts = LossFacts {
            address: Some((ip(specimen::V4), 443).into()),
            tried: 32,
            hit,
            failed,
            groups: vec![group; 4],
            ..LossFacts::default()
        };
        evidence.experiments.push(Experiment { facts: ExperimentFacts::Loss(facts), duration_ms: Ms(3000.0) });
        evidence
    }

    #[test]
    fn many_second_syns_are_loss_and_a_few_are_a_link() {
        let outcome = diagnose(&counted(healthy(), 11, 1));
        assert_eq!((outcome.health, outcome.diagnoses[0].fault.code), (Health::Degraded, "packet-loss"));
        let ruled_out: Vec<&str> = outcome.diagnoses[0].finding.ruled_out.iter().map(|rival| rival.fault).collect();
        assert_eq!(ruled_out, ["ip-blackholed", "mtu-black-hole", "sni-dropped"]);
        assert_eq!(diagnose(&counted(healthy(), 4, 0)).health, Health::Healthy);
        let mut broken = healthy();
        specimen::tls_fails(&mut broken, FailureKind::Timeout);
        assert_eq!(codes(&counted(broken.clone(), 11, 1)), ["packet-loss"]);
        assert_eq!(codes(&counted(broken, 32, 32)), ["tls-handshake-timeout"], "nothing connects at all");
    }

    #[test]
    fn a_chain_that_lost_packets_has_them_counted_once() {
        let asked = |evidence: &Evidence| diagnose(evidence).questions.iter().any(|one| one.symptom == "packet-loss");
        let mut evidence = healthy();
        assert!(!asked(&evidence));
        evidence.http.facts.info = Some(TcpInfo { retransmits: Some(1), ..TcpInfo::default() });
        assert!(asked(&evidence));
        assert_eq!(diagnose(&evidence).health, Health::Healthy, "one packet is lost on any link");
        evidence.http.facts.info = None;
        evidence.dns.facts.queries[0].sent = 2;
        assert!(asked(&evidence));
        assert!(!asked(&counted(evidence, 1, 0)));
    }

    #[test]
    fn a_family_that_is_a_wall_is_no_loss() {
        let mut evidence = healthy();
        let attempt = &mut evidence.tcp.facts.attempts[0];
        attempt.connected = false;
        attempt.failure = Some(crate::evidence::Failure::timeout(crate::evidence::Operation::Connect, Ms(1500.0)));
        attempt.duration_ms = Some(Ms(1500.0));
        assert_eq!(codes(&evidence), ["ipv6-broken"]);
        assert!(diagnose(&evidence).questions.is_empty());
        assert_eq!(codes(&counted(evidence, 11, 1)), ["packet-loss"], "a SYN or two lost among many");
    }
}
