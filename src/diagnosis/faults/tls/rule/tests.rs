//! Which evidence is which fault of TLS.

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
