//! The rules that read comparisons of protocols.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::protocol::{quic_outcome, rate, received, web_socket};
use crate::diagnosis::reading;
use crate::evidence::experiment::ExperimentFacts;
use crate::evidence::protocol::{HttpVersionFacts, QuicFacts, QuicOutcome, RequestTrial, WebSocketFacts};
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

/// Fewer repetitions may be chance.
const ENOUGH: usize = 3;
/// Two full packets.
const ONE_FLIGHT: u64 = 3_000;

fn http_versions(evidence: &Evidence) -> Option<&HttpVersionFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::HttpVersion(facts) => Some(facts),
        _ => None,
    })
}

fn all(trials: &[RequestTrial], is: impl Fn(&RequestTrial) -> bool) -> bool {
    trials.len() >= ENOUGH && trials.iter().all(is)
}

/// What the comparison of HTTP/2 and HTTP/1.1 decided.
pub(super) enum Versions {
    /// HTTP/1.1 works every time, HTTP/2 never.
    Decided(Sentence),
    /// HTTP/1.1 fares no better, or HTTP/2 no worse.
    Alike(Sentence),
    /// It was not made.
    Unknown,
}

pub(super) fn versions(evidence: &Evidence) -> Versions {
    let Some(facts) = http_versions(evidence) else { return Versions::Unknown };
    let (one, two) = (rate(&facts.http1), rate(&facts.http2));
    let address = evidence.tcp.facts.chosen.map_or_else(String::new, |address| format!(" ({address})"));
    let said = say!(
        en: "same address{address}, same request, in turn: HTTP/1.1 was answered {one} times, HTTP/2 {two} times",
        zh: "同一地址{address}、同一请求、交替进行：HTTP/1.1 有应答 {one} 次，HTTP/2 {two} 次",
    );
    let decided = all(&facts.http1, RequestTrial::answered) && all(&facts.http2, |trial| !trial.answered());
    if decided { Versions::Decided(said) } else { Versions::Alike(said) }
}

/// Rules HTTP/2 out as a cause where it is not spoken or fares no worse.
pub(super) fn without_http2(finding: Finding, evidence: &Evidence) -> Finding {
    if evidence.tls.facts.alpn.as_deref() != Some("h2") {
        return finding.not("http2-broken", say!(en: "HTTP/2 was not spoken", zh: "没有使用 HTTP/2"));
    }
    match versions(evidence) {
        Versions::Alike(said) => finding.not("http2-broken", said),
        Versions::Decided(_) | Versions::Unknown => finding,
    }
}

pub(super) fn udp_443_blocked(evidence: &Evidence) -> Option<Finding> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Quic(facts) => Some(facts),
        _ => None,
    })?;
    let target = facts.target.as_ref()?;
    let confidence = match target.outcome {
        // Whoever forbids it says so.
        QuicOutcome::Forbidden => Confidence::Confirmed,
        QuicOutcome::Silent | QuicOutcome::Closed if facts.advertised.is_some() && target.sent >= 1 => {
            if answers_elsewhere(facts) {
                Confidence::Confirmed
            } else {
                Confidence::Likely
            }
        }
        _ => return None,
    };
    let outcome = quic_outcome(target);
    let mut finding = Finding::degraded(Stage::Http, confidence).because(say!(
        en: "over TCP the endpoint answers; over UDP {address} {en} ({sent} packets, {time})",
        zh: "TCP 能通；UDP 上 {address} {zh}（发了 {sent} 个包，{time}）",
        address = target.address, en = outcome.en, zh = outcome.zh, sent = target.sent, time = target.duration_ms,
    ));
    if let Some(advertised) = &facts.advertised {
        finding = finding.because(say!(
            en: "the endpoint itself offers HTTP/3 there (alt-svc: {advertised})",
            zh: "端点自己声明支持 HTTP/3（alt-svc: {advertised}）",
        ));
    }
    if !facts.controls.is_empty() {
        let answered = facts.controls.iter().filter(|trial| trial.outcome == QuicOutcome::Answered).count();
        finding = finding.because(say!(
            en: "of {all} unrelated hosts {answered} answered over UDP",
            zh: "{all} 个无关主机中有 {answered} 个在 UDP 上应答",
            all = facts.controls.len(),
        ));
    }
    let tcp = say!(en: "TCP to the same address works", zh: "同一地址的 TCP 正常");
    Some(finding.not("ip-blackholed", tcp))
}

fn answers_elsewhere(facts: &QuicFacts) -> bool {
    facts.controls.iter().any(|trial| trial.outcome == QuicOutcome::Answered)
}

pub(super) fn websocket_blocked(evidence: &Evidence) -> Option<Finding> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::WebSocket(facts) => Some(facts),
        _ => None,
    })?;
    let verdict = blocked(facts, reading::is_openai(evidence))?;
    let answers = say!(en: "plain requests to the same host are answered", zh: "对同一主机的普通请求有应答");
    Some(
        Finding::degraded(Stage::Http, Confidence::Confirmed)
            .because(verdict)
            .because(web_socket(facts))
            .not("cdn-challenge", answers),
    )
}

/// Why the wish to upgrade does not arrive, if it does not.
fn blocked(facts: &WebSocketFacts, is_known: bool) -> Option<Sentence> {
    let (with, without) = (&facts.upgrades, &facts.plain);
    if !all(without, RequestTrial::answered) || with.len() < ENOUGH {
        return None;
    }
    let status = without.first()?.status?;
    if all(with, |trial| trial.status == Some(status) && trial.wants_upgrade) {
        return Some(say!(
            en: "the server says that no upgrade was asked for, although it was: something on the way takes the wish out",
            zh: "明明请求了升级，服务器却说没有收到升级请求：途中有设备去掉了它",
        ));
    }
    // A server that does not know the path may treat an upgrade in any way it likes.
    let knows = is_known || !matches!(status, 404 | 405 | 501);
    if knows && all(with, |trial| !trial.answered()) {
        return Some(say!(
            en: "a request that wants to upgrade gets no answer, every time; the same one without is answered",
            zh: "带升级的请求每次都没有应答，而不带升级的同样请求有应答",
        ));
    }
    let refused = |trial: &RequestTrial| trial.status.is_some_and(|it| it >= 400 && it != status) && !trial.json;
    (knows && all(with, refused)).then(|| {
        say!(
            en: "a request that wants to upgrade is refused, and not by the API; the same one without gets its answer",
            zh: "带升级的请求被拒绝，而且不是 API 拒绝的；不带升级的同样请求能得到它的应答",
        )
    })
}

pub(super) fn dpi_stall(evidence: &Evidence) -> Option<Finding> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Stall(facts) => Some(facts),
        _ => None,
    })?;
    let froze = facts.usual.len() >= ENOUGH && facts.usual.iter().all(|trial| trial.stalled);
    let passes = facts.small.len() >= ENOUGH && facts.small.iter().all(|trial| trial.answers > 0);
    let any_size = facts.in_small_segments.iter().all(|trial| trial.stalled);
    if !froze || !passes || !any_size {
        return None;
    }
    let (least, most) = (facts.usual.iter().map(received).min()?, facts.usual.iter().map(received).max()?);
    // The filter counts packets or bytes; the last packet before it may be cut anywhere.
    if most - least > least / 4 + ONE_FLIGHT {
        return None;
    }
    let stage = if evidence.http.failed() { Stage::Http } else { Stage::Stream };
    let times = facts.usual.len();
    let mut finding = Finding::faulty(stage, Confidence::Confirmed)
        .because(say!(
            en: "{times} of {times} connections froze after {least} to {most} bytes; a small answer alone passed every time",
            zh: "{times} 条连接全部在收到 {least} 到 {most} 字节后卡死；单独的小响应每次都能通过",
        ))
        .not("packet-loss", say!(en: "it is the same number of bytes every time", zh: "每次都停在同样的字节数"));
    if !facts.in_small_segments.is_empty() {
        let sizes = say!(en: "small segments freeze as well", zh: "换成小报文段同样卡死");
        finding = finding.not("mtu-black-hole", sizes);
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::specimen::{self, codes, healthy};
    use crate::diagnosis::{Health, diagnose};
    use crate::evidence::experiment::Experiment;
    use crate::evidence::protocol::QuicTrial;
    use crate::evidence::{Failure, FailureKind, Ms, Operation};

    fn with(mut evidence: Evidence, facts: ExperimentFacts) -> Evidence {
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(50.0) });
        evidence
    }

    fn answered(status: u16) -> Vec<RequestTrial> {
        vec![RequestTrial { status: Some(status), json: true, ..RequestTrial::default() }; 3]
    }

    fn failed(kind: FailureKind) -> Vec<RequestTrial> {
        let failure = Some(Failure::new(kind, Operation::Receive, "?"));
        vec![RequestTrial { failure, ..RequestTrial::default() }; 3]
    }

    #[test]
    fn the_other_version_decides() {
        for kind in [FailureKind::Http2Error, FailureKind::ConnectionReset, FailureKind::Timeout] {
            let mut evidence = healthy();
            evidence.tls.facts.alpn = Some("h2".to_owned());
            specimen::http_fails(&mut evidence, kind, Operation::Receive);
            let works = HttpVersionFacts { http1: answered(200), http2: failed(kind) };
            let decided = with(evidence.clone(), ExperimentFacts::HttpVersion(works));
            assert_eq!(codes(&decided), ["http2-broken"], "{kind:?}");
            assert_eq!(diagnose(&decided).diagnoses[0].finding.confidence, Confidence::Confirmed);
            let alike = HttpVersionFacts { http1: failed(kind), http2: failed(kind) };
            let alike = diagnose(&with(evidence, ExperimentFacts::HttpVersion(alike)));
            let still = alike.diagnoses.iter().find(|one| one.fault.code == "http2-broken");
            assert!(still.is_none_or(|one| one.finding.confidence == Confidence::Possible), "{kind:?}");
        }
    }

    #[test]
    fn without_http2_it_is_no_rival() {
        let mut evidence = healthy();
        evidence.tls.facts.alpn = Some("http/1.1".to_owned());
        specimen::http_fails(&mut evidence, FailureKind::ConnectionReset, Operation::Receive);
        let asked = diagnose(&evidence).questions;
        assert!(asked.iter().all(|one| !one.rivals.contains(&"http2-broken")), "{asked:?}");
    }

    #[test]
    fn freezing_at_the_same_byte_is_a_filter() {
        use crate::evidence::protocol::{StallFacts, StallTrial};
        let trial =
            |received, stalled| StallTrial { answers: 1, received: Some(received), stalled, ..StallTrial::default() };
        let small = vec![trial(4_000, false); 3];
        for (usual, segmented, found) in [
            ([16_100, 16_400, 15_900], true, true),
            ([16_100, 60_400, 31_000], true, false),
            ([16_100, 16_400, 15_900], false, false),
        ] {
            let mut evidence = healthy();
            specimen::http_fails(&mut evidence, FailureKind::Timeout, Operation::Body);
            let facts = StallFacts {
                small: small.clone(),
                usual: usual.map(|at| trial(at, true)).to_vec(),
                in_small_segments: vec![trial(16_000, segmented); 3],
            };
            let evidence = with(evidence, ExperimentFacts::Stall(facts));
            assert_eq!(codes(&evidence)[0] == "dpi-stall", found, "{usual:?} {segmented}");
        }
    }

    fn quic(outcome: QuicOutcome, advertised: bool, control: QuicOutcome) -> Evidence {
        let trial = |address: &str, outcome| QuicTrial {
            address: address.parse().expect("an address"),
            sent: 3,
            outcome,
            duration_ms: Ms(1_800.0),
            failure: None,
        };
        let facts = QuicFacts {
            advertised: advertised.then(|| "h3=\":443\"".to_owned()),
            target: Some(trial("162.159.140.245:443", outcome)),
            controls: vec![trial("1.1.1.1:443", control)],
        };
        with(healthy(), ExperimentFacts::Quic(facts))
    }

    #[test]
    fn silence_is_a_block_only_where_http3_was_offered() {
        use QuicOutcome::{Answered, Closed, Forbidden, Silent};
        for (outcome, advertised, control, blocked) in [
            (Silent, true, Silent, true),
            (Silent, true, Answered, true),
            (Silent, false, Answered, false),
            (Closed, true, Answered, true),
            (Closed, false, Silent, false),
            (Forbidden, false, Silent, true),
            (Answered, true, Answered, false),
        ] {
            let evidence = quic(outcome, advertised, control);
            let expected: &[&str] = if blocked { &["udp-443-blocked"] } else { &[] };
            assert_eq!(codes(&evidence), expected, "{outcome:?} {advertised} {control:?}");
            assert_ne!(diagnose(&evidence).health, Health::Faulty);
        }
    }

    #[test]
    fn an_upgrade_that_is_lost_is_told_from_one_that_is_not_known() {
        let page = vec![RequestTrial { status: Some(403), ..RequestTrial::default() }; 3];
        let mut wants = answered(426);
        for trial in &mut wants {
            trial.wants_upgrade = true;
        }
        for (upgrades, plain, blocked) in [
            (wants.clone(), wants, true),
            (failed(FailureKind::ConnectionReset), answered(400), true),
            (page.clone(), answered(401), true),
            (answered(404), answered(404), false),
            (answered(401), answered(400), false),
            (answered(101)[..1].to_vec(), vec![], false),
        ] {
            let facts = WebSocketFacts { url: String::new(), upgrades, plain };
            let evidence = with(healthy(), ExperimentFacts::WebSocket(facts.clone()));
            let expected: &[&str] = if blocked { &["websocket-blocked"] } else { &[] };
            assert_eq!(codes(&evidence), expected, "{facts:?}");
        }
        let unknown = WebSocketFacts { url: String::new(), upgrades: page, plain: answered(404) };
        let mut evidence = with(healthy(), ExperimentFacts::WebSocket(unknown));
        evidence.config.facts.base_url.provider = None;
        assert!(codes(&evidence).is_empty(), "a server that does not know the path owes nothing");
    }
}
