//! The rules that find faults of TLS. They judge the handshake with the endpoint or, where the chain stopped there,
//! the one with an `https://` proxy.

mod ca_path;
mod certificate;
mod clock;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::is_exit_alive;
use crate::diagnosis::reading;
use crate::evidence::proxy::Spoken;
use crate::evidence::tls::Certificate;
use crate::evidence::{Evidence, Failure, FailureKind, Stage, TlsFacts};
use crate::lang::Sentence;
use crate::say;

pub(super) use ca_path::ca_path_invalid;
pub(super) use certificate::{expired, intercepted, name_mismatch, roots_stale, untrusted};
pub(super) use clock::clock_skew;

/// The handshake that stopped the chain.
struct Broken<'a> {
    stage: Stage,
    facts: &'a TlsFacts,
    failure: &'a Failure,
}

fn broken(evidence: &Evidence) -> Option<Broken<'_>> {
    if let (true, Some(failure)) = (evidence.tls.failed(), &evidence.tls.failure) {
        return Some(Broken { stage: Stage::Tls, facts: &evidence.tls.facts, failure });
    }
    let facts = evidence.proxy.facts.tls.as_deref()?;
    let failure = evidence.proxy.failure.as_ref().filter(|_| evidence.proxy.failed())?;
    Some(Broken { stage: Stage::Proxy, facts, failure })
}

impl Broken<'_> {
    fn leaf(&self) -> Option<&Certificate> {
        self.facts.chain.first()
    }

    fn is(&self, kind: FailureKind) -> bool {
        self.failure.kind == kind
    }
}

fn said_by_us(failure: &Failure) -> Sentence {
    let detail = &failure.detail;
    say!(en: "the handshake failed: {detail}", zh: "握手失败：{detail}")
}

/// The alert as a sentence.
fn alert(facts: &TlsFacts) -> Option<Sentence> {
    let alert = facts.alert.as_ref()?;
    let (name, code) = (&alert.description, alert.code);
    Some(if alert.received {
        say!(en: "the peer sent the TLS alert {name} ({code})", zh: "对方发来 TLS 告警 {name}（{code}）")
    } else {
        say!(en: "we had to send the TLS alert {name} ({code})", zh: "我方不得不发出 TLS 告警 {name}（{code}）")
    })
}

/// `protocol_version`, RFC 8446 section 6.
const PROTOCOL_VERSION: u8 = 70;

pub(super) fn version_unsupported(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    if broken.facts.completed || broken.facts.alert.as_ref().map(|alert| alert.code) != Some(PROTOCOL_VERSION) {
        return None;
    }
    Some(
        Finding::faulty(broken.stage, Confidence::Confirmed)
            .because_if(alert(broken.facts))
            .because(said_by_us(broken.failure))
            .because(say!(en: "TLS 1.2 and 1.3 were offered", zh: "我方提供了 TLS 1.2 和 1.3"))
            .not(
                "sni-reset",
                say!(
                    en: "a TLS message came back, so the handshake did get through",
                    zh: "收到了 TLS 消息，说明握手报文已经到达",
                ),
            ),
    )
}

pub(super) fn handshake_refused(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    if broken.is(FailureKind::TlsNotTls) && broken.facts.speaks == Some(Spoken::Other) {
        let said = broken.facts.said.as_deref().unwrap_or("?");
        return Some(
            Finding::faulty(broken.stage, Confidence::Likely)
                .because(say!(
                    en: "what answers speaks no TLS; it began with: {said}",
                    zh: "应答的程序说的不是 TLS，它发来的开头是：{said}",
                ))
                .fix(
                    say!(
                        en: "Check host and port of the base URL: something else listens there",
                        zh: "检查 base URL 的主机和端口：那里监听的是别的程序",
                    ),
                    None,
                ),
        );
    }
    if !broken.is(FailureKind::TlsAlert) && !broken.is(FailureKind::TlsProtocol) {
        return None;
    }
    let wanted = &broken.facts.server_name;
    let finding = Finding::faulty(broken.stage, Confidence::Confirmed)
        .because_if(alert(broken.facts))
        .because(said_by_us(broken.failure))
        .because(say!(en: "the name asked for was {wanted}", zh: "请求的名字（SNI）是 {wanted}"));
    Some(if broken.is(FailureKind::TlsAlert) {
        finding.not(
            "sni-reset",
            say!(
                en: "an alert came, not a reset: the peer has read the handshake",
                zh: "收到的是告警而不是 RST：对方读到了握手报文",
            ),
        )
    } else {
        finding
    })
}

/// What the peer of a broken handshake sent, and the rivals that leaves.
fn how_far(finding: Finding, broken: &Broken<'_>) -> Finding {
    let (sent, received) = (broken.facts.client_hello_bytes, broken.facts.bytes_received);
    let finding = finding.because(if received == 0 {
        say!(
            en: "the ClientHello had {sent} bytes, and not one byte came back",
            zh: "ClientHello 有 {sent} 字节，对方一个字节都没有返回",
        )
    } else {
        say!(
            en: "the ClientHello had {sent} bytes, {received} bytes came back",
            zh: "ClientHello 有 {sent} 字节，收到 {received} 字节",
        )
    });
    // Any bytes of the server's handshake show that the name and the size of the ClientHello got through.
    if received > 0 && broken.facts.speaks.is_none() {
        let through = || {
            say!(
                en: "the server began to answer, so it received the ClientHello",
                zh: "服务器已经开始应答，说明它收到了 ClientHello",
            )
        };
        return finding
            .not("sni-dropped", through())
            .not("sni-reset", through())
            .not("client-hello-too-large", through())
            .not("base-url-scheme-mismatch", through());
    }
    // One segment carries it: the path did not have to take a large packet.
    if sent > 0 && sent < 1200 {
        let small = || say!(en: "it fits into one packet", zh: "它一个包就装得下");
        return finding.not("client-hello-too-large", small());
    }
    finding
}

/// Where the request goes direct, a proxy cannot be what broke it.
fn without_proxy_rivals(finding: Finding, evidence: &Evidence) -> Finding {
    if reading::is_proxied(evidence) {
        let finding = finding.not("proxy-not-applied", say!(en: "a proxy is in use", zh: "正在使用代理"));
        match is_exit_alive(evidence) {
            Some(witness) => finding.not("proxy-exit-dead", witness),
            None => finding,
        }
    } else {
        finding.not("proxy-exit-dead", say!(en: "no proxy is in use", zh: "没有使用代理"))
    }
}

pub(super) fn handshake_timeout(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence).filter(|broken| broken.stage == Stage::Tls)?;
    if !broken.is(FailureKind::Timeout) {
        return None;
    }
    let after = reading::ms(evidence.tls.duration_ms);
    let finding = Finding::faulty(Stage::Tls, Confidence::Confirmed).because(say!(
        en: "the connection opened, and the handshake had no result after {after}",
        zh: "TCP 连接已建立，握手 {after} 后仍没有结果",
    ));
    let finding = how_far(finding, &broken).because_if(reading::silence(broken.facts.info.as_ref(), "the ClientHello"));
    Some(without_proxy_rivals(finding, evidence))
}

pub(super) fn handshake_reset(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence).filter(|broken| broken.stage == Stage::Tls)?;
    let reset = broken.is(FailureKind::ConnectionReset);
    if !reset && !broken.is(FailureKind::ConnectionClosed) {
        return None;
    }
    let after = reading::ms(evidence.tls.duration_ms);
    let cut = if reset {
        say!(
            en: "the connection was reset {after} into the handshake",
            zh: "握手开始 {after} 后连接被重置",
        )
    } else {
        say!(
            en: "the connection was closed {after} into the handshake",
            zh: "握手开始 {after} 后连接被关闭",
        )
    };
    let mut finding =
        Finding::faulty(Stage::Tls, Confidence::Confirmed).because(reading::with_errno(cut, Some(broken.failure)));
    let rtt = broken.facts.info.and_then(|info| info.min_rtt_ms.or(info.rtt_ms));
    if let (Some(rtt), Some(took)) = (rtt, evidence.tls.duration_ms)
        && took.0 < rtt.0
    {
        finding = finding.because(say!(
            en: "that is sooner than a round trip to the server ({rtt}): something nearer did it",
            zh: "这比到服务器的一次往返（{rtt}）还快：是更近的设备做的",
        ));
    }
    Some(without_proxy_rivals(how_far(finding, &broken), evidence))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{self, certificate, codes, healthy};
    use crate::diagnosis::{Health, Severity, diagnose};
    use crate::evidence::config::CaPath;
    use crate::evidence::proxy::Spoken;
    use crate::evidence::tls::{Alert, Certificate, Verdict};
    use crate::evidence::{Evidence, FailureKind, HttpFacts};

    fn rejected(kind: FailureKind, leaf: Certificate) -> Evidence {
        let mut evidence = healthy();
        specimen::certificate_fails(&mut evidence, kind, leaf);
        evidence
    }

    fn own_endpoint(mut evidence: Evidence) -> Evidence {
        evidence.target.host = Some("llm.example.com".to_owned());
        evidence.config.facts.base_url.provider = None;
        evidence
    }

    #[test]
    fn a_providers_host_with_a_private_issuer_is_interception() {
        let leaf = certificate("Corp Root", "Example Corp");
        let evidence = rejected(FailureKind::TlsUnknownIssuer, leaf.clone());
        assert_eq!(codes(&evidence), ["tls-intercepted"]);
        assert_eq!(
            codes(&own_endpoint(rejected(FailureKind::TlsUnknownIssuer, leaf.clone()))),
            ["tls-certificate-untrusted"]
        );
        let named = Certificate { interceptor: Some("Fortinet".to_owned()), ..leaf };
        assert_eq!(codes(&own_endpoint(rejected(FailureKind::TlsUnknownIssuer, named))), ["tls-intercepted"]);
    }

    #[test]
    fn a_private_certificate_for_another_name_is_no_interception() {
        let other = |name: &str| Certificate {
            names: vec![name.to_owned()],
            subject_cn: Some(name.to_owned()),
            ..certificate("Private Root", "Somebody")
        };
        let evidence = rejected(FailureKind::TlsUnknownIssuer, other("nas.example"));
        assert_eq!(codes(&evidence), ["tls-certificate-untrusted"]);
        let evidence = rejected(FailureKind::TlsUnknownIssuer, other("login.hotel.example"));
        assert_eq!(codes(&evidence), ["captive-portal"]);
    }

    #[test]
    fn another_protocol_in_tls_s_place_is_no_failure_to_connect() {
        let mut evidence = healthy();
        specimen::tls_fails(&mut evidence, FailureKind::TlsNotTls);
        evidence.tls.facts.speaks = Some(Spoken::Other);
        evidence.tls.facts.said = Some("SSH-2.0-OpenSSH_9.6".to_owned());
        assert_eq!(codes(&evidence), ["tls-handshake-refused"]);
        assert!(diagnose(&evidence).diagnoses[0].finding.evidence[0].en.contains("SSH-2.0"));
    }

    #[test]
    fn interception_that_this_machine_trusts_degrades() {
        let mut evidence = healthy();
        specimen::untrusted_by_mozilla(&mut evidence);
        let maker = evidence.tls.facts.chain[0].interceptor.take();
        assert_eq!(diagnose(&evidence).health, Health::Healthy, "an authority of the user's own");
        evidence.tls.facts.chain[0].interceptor = maker;
        let outcome = diagnose(&evidence);
        assert_eq!(outcome.health, Health::Degraded);
        assert_eq!(outcome.diagnoses[0].fault.code, "tls-intercepted");
        assert_eq!(outcome.diagnoses[0].finding.severity, Severity::Degraded);
    }

    #[test]
    fn a_private_authority_that_was_arranged_for_is_healthy() {
        let mut evidence = healthy();
        specimen::untrusted_by_mozilla(&mut evidence);
        evidence.config.facts.ca_paths = vec![CaPath {
            origin: "--ca-file".to_owned(),
            path: "ca.pem".to_owned(),
            certificates: 1,
            defect: None,
            used: true,
        }];
        assert_eq!(diagnose(&evidence).health, Health::Healthy);
        let mut evidence = own_endpoint(healthy());
        specimen::untrusted_by_mozilla(&mut evidence);
        assert_eq!(diagnose(&evidence).health, Health::Healthy);
    }

    #[test]
    fn a_public_issuer_unknown_to_this_machine_means_stale_roots() {
        let mut evidence = rejected(FailureKind::TlsUnknownIssuer, certificate("WE1", "Google Trust Services"));
        evidence.tls.facts.mozilla = Some(Verdict { valid: true, kind: None, detail: None, roots: Some(140) });
        assert_eq!(codes(&evidence), ["tls-roots-stale"]);
    }

    #[test]
    fn a_bundle_that_a_variable_took_the_place_of_decides() {
        let mut evidence = rejected(FailureKind::TlsUnknownIssuer, certificate("Corp Root", "Corp"));
        let before = codes(&evidence);
        assert!(!before.contains(&"tls-roots-stale"), "{before:?}");
        evidence.tls.facts.system = Some(Verdict { valid: true, kind: None, detail: None, roots: None });
        assert_eq!(codes(&evidence), ["tls-roots-stale"]);
        // The system trusts an inspecting gateway: that is what it is.
        evidence.tls.facts.chain[0].interceptor = Some("Zscaler".to_owned());
        assert_eq!(codes(&evidence), before);
    }

    #[test]
    fn a_wrong_name_is_said() {
        let evidence = rejected(FailureKind::TlsWrongName, certificate("R3", "Let's Encrypt"));
        assert_eq!(codes(&evidence), ["tls-certificate-name-mismatch"]);
        let outcome = diagnose(&evidence);
        assert_eq!(outcome.diagnoses[0].fault.layer.exit_code(), 11);
    }

    fn old() -> Certificate {
        Certificate {
            not_before: "2025-01-01T00:00:00Z".to_owned(),
            not_after: "2026-01-05T00:00:00Z".to_owned(),
            days_left: -10,
            ..certificate("R3", "Let's Encrypt")
        }
    }

    #[test]
    fn expired_or_a_wrong_clock() {
        let mut evidence = rejected(FailureKind::TlsExpired, old());
        assert_eq!(codes(&evidence), ["tls-certificate-expired"]);
        evidence.http.facts.clock_offset_s = None;
        assert_eq!(codes(&evidence), ["tls-certificate-expired"]);
        // This clock is 20 days ahead; by the server's the certificate is valid.
        evidence.http.facts.clock_offset_s = Some(-20 * 86_400);
        assert_eq!(codes(&evidence), ["tls-clock-skew"]);
        // It is an hour ahead: that alone does not make ten days.
        evidence.http.facts.clock_offset_s = Some(-3600);
        assert_eq!(codes(&evidence), ["tls-certificate-expired"]);
    }

    #[test]
    fn not_yet_valid_is_a_clock_that_is_behind() {
        let leaf = Certificate {
            not_before: "2026-02-01T00:00:00Z".to_owned(),
            not_after: "2026-05-01T00:00:00Z".to_owned(),
            ..certificate("R3", "Let's Encrypt")
        };
        let mut evidence = rejected(FailureKind::TlsNotYetValid, leaf);
        evidence.http.facts.clock_offset_s = Some(30 * 86_400);
        assert_eq!(codes(&evidence), ["tls-clock-skew"]);
        evidence.http.facts = HttpFacts::default();
        evidence.config.facts.machine.days_since_build = Some(-40);
        assert_eq!(codes(&evidence), ["tls-clock-skew"]);
        evidence.http.facts.clock_offset_s = Some(2);
        assert_eq!(codes(&evidence), ["tls-certificate-expired"]);
    }

    fn bad_path(origin: &str, used: bool) -> CaPath {
        CaPath {
            origin: origin.to_owned(),
            path: "/nope.pem".to_owned(),
            certificates: 0,
            defect: Some("missing".to_owned()),
            used,
        }
    }

    #[test]
    fn a_ca_setting_that_points_nowhere() {
        let mut evidence = healthy();
        evidence.config.facts.ca_paths = vec![bad_path("REQUESTS_CA_BUNDLE", false)];
        assert_eq!(codes(&evidence), ["tls-ca-path-invalid"]);
        assert_eq!(diagnose(&evidence).health, Health::Degraded);
        let mut evidence = rejected(FailureKind::TlsUnknownIssuer, certificate("WE1", "Google Trust Services"));
        evidence.config.facts.ca_paths = vec![bad_path("SSL_CERT_FILE", true)];
        assert_eq!(codes(&evidence), ["tls-ca-path-invalid"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].fixes[0].command.as_deref(), Some("unset SSL_CERT_FILE"));
    }

    fn alerted(description: &str, code: u8) -> Evidence {
        let mut evidence = healthy();
        specimen::tls_fails(&mut evidence, FailureKind::TlsAlert);
        evidence.tls.facts.alert = Some(Alert { description: description.to_owned(), code, received: true });
        evidence
    }

    #[test]
    fn alerts_are_told_apart() {
        assert_eq!(codes(&alerted("protocol_version", 70)), ["tls-version-unsupported"]);
        assert_eq!(codes(&alerted("handshake_failure", 40)), ["tls-handshake-refused"]);
        assert_eq!(codes(&alerted("unrecognized_name", 112)), ["tls-handshake-refused"]);
    }

    #[test]
    fn silence_and_cuts_are_symptoms_with_their_causes() {
        for (kind, symptom, cause) in [
            (FailureKind::Timeout, "tls-handshake-timeout", "mtu-black-hole"),
            (FailureKind::ConnectionReset, "tls-handshake-reset", "sni-reset"),
            (FailureKind::ConnectionClosed, "tls-handshake-reset", "edge-rejects-exit-address"),
        ] {
            let mut evidence = healthy();
            specimen::tls_fails(&mut evidence, kind);
            assert_eq!(codes(&evidence), [symptom]);
            let outcome = diagnose(&evidence);
            assert!(outcome.questions[0].rivals.contains(&cause), "{:?}", outcome.questions);
            assert!(!outcome.questions[0].rivals.contains(&"proxy-exit-dead"));
        }
    }

    #[test]
    fn through_a_proxy_it_is_the_proxys_exit() {
        for kind in [FailureKind::Timeout, FailureKind::ConnectionReset, FailureKind::ConnectionClosed] {
            let mut evidence = specimen::proxied();
            specimen::tls_fails(&mut evidence, kind);
            assert_eq!(codes(&evidence), ["proxy-exit-dead"]);
        }
    }

    #[test]
    fn an_answer_over_an_unverified_connection_is_no_diagnosis() {
        let mut evidence = own_endpoint(rejected(FailureKind::TlsUnknownIssuer, certificate("x", "y")));
        evidence.http.facts.status = Some(401);
        evidence.http.facts.body = "{\"error\":{\"message\":\"Incorrect API key provided\"}}".to_owned();
        assert_eq!(codes(&evidence), ["tls-certificate-untrusted"]);
    }
}
