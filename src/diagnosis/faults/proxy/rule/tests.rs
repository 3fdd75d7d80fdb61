//! Which evidence is which fault of a proxy.

use crate::diagnosis::specimen::{self, codes, healthy, proxied};
use crate::diagnosis::{Health, diagnose};
use crate::evidence::config::{ClientBypass, HostKind, ProxyVariable, RouteKind};
use crate::evidence::dns::{AddressClass, DnsOutcome, ResolverRole};
use crate::evidence::http::Header;
use crate::evidence::proxy::{ProxyStep, SpeechTrial, Spoken};
use crate::evidence::{Evidence, Failure, FailureKind, Operation};

fn failing(kind: FailureKind, reached: ProxyStep) -> Evidence {
    let mut evidence = proxied();
    specimen::proxy_fails(&mut evidence, kind, reached);
    evidence
}

fn answering(status: u16) -> Evidence {
    let mut evidence = failing(FailureKind::ProxyRefused, ProxyStep::Connected);
    evidence.proxy.facts.status = Some(status);
    evidence.proxy.facts.status_line = Some(format!("HTTP/1.1 {status} No"));
    evidence
}

fn unconnected() -> Evidence {
    let mut evidence = failing(FailureKind::ConnectionRefused, ProxyStep::Resolved);
    for attempt in &mut evidence.proxy.facts.attempts {
        attempt.connected = false;
        attempt.failure = Some(Failure::new(FailureKind::ConnectionRefused, Operation::Proxy, "refused"));
    }
    evidence
}

#[test]
fn healthy_through_a_proxy() {
    assert_eq!(diagnose(&proxied()).health, Health::Healthy);
}

#[test]
fn a_proxy_that_refuses_the_connection() {
    let mut evidence = unconnected();
    assert_eq!(codes(&evidence), ["proxy-unreachable"]);
    evidence.config.facts.machine.container = Some("docker".to_owned());
    assert_eq!(codes(&evidence), ["proxy-unreachable"]);
    evidence.proxy.facts.gateway = Some(specimen::gateway_answers());
    assert_eq!(codes(&evidence), ["loopback-in-container"]);
    let mut evidence = failing(FailureKind::DnsNxdomain, ProxyStep::None);
    evidence.proxy.facts.attempts.clear();
    assert_eq!(codes(&evidence), ["proxy-unreachable"]);
}

#[test]
fn a_407_of_the_endpoint_itself_is_a_proxy_that_nobody_asked_for() {
    let mut evidence = healthy();
    evidence.http.facts.status = Some(407);
    evidence.api.facts = crate::evidence::ApiFacts::default();
    evidence.api.status = crate::evidence::Status::Fail;
    assert_eq!(codes(&evidence), ["proxy-auth-required"]);
    assert_eq!(diagnose(&evidence).health, Health::Faulty);
}

#[test]
fn answers_to_connect_are_told_apart() {
    for (status, code) in [
        (400, "proxy-connect-denied"),
        (403, "proxy-connect-denied"),
        (405, "proxy-connect-denied"),
        (407, "proxy-auth-required"),
        (502, "proxy-exit-dead"),
        (503, "proxy-exit-dead"),
        (504, "proxy-exit-dead"),
    ] {
        assert_eq!(codes(&answering(status)), [code], "{status}");
    }
}

#[test]
fn socks_replies_are_told_apart() {
    for (reply, code) in [
        (1, "proxy-exit-dead"),
        (2, "proxy-connect-denied"),
        (3, "proxy-exit-dead"),
        (4, "proxy-exit-dead"),
        (5, "proxy-exit-dead"),
    ] {
        let mut evidence = failing(FailureKind::ProxyRefused, ProxyStep::Authenticated);
        evidence.proxy.facts.kind = RouteKind::Socks5h;
        evidence.target.route.kind = RouteKind::Socks5h;
        evidence.proxy.facts.socks_reply = Some(reply);
        assert_eq!(codes(&evidence), [code], "{reply}");
    }
}

#[test]
fn what_a_proxy_asks_for_is_said() {
    let mut refused = failing(FailureKind::ProxyAuthRequired, ProxyStep::Connected);
    refused.proxy.facts.status = Some(401);
    refused.proxy.facts.credentials = true;
    assert_eq!(codes(&refused), ["proxy-auth-required"]);
    let mut evidence = answering(407);
    evidence.proxy.facts.headers =
        vec![Header { name: "proxy-authenticate".to_owned(), value: "Basic realm=\"x\"".to_owned() }];
    let finding = diagnose(&evidence).diagnoses.remove(0).finding;
    assert!(finding.evidence.iter().any(|said| said.en == "it asks for: Basic"), "{:?}", finding.evidence);
}

#[test]
fn the_protocol_that_the_port_speaks_is_named() {
    let mut evidence = failing(FailureKind::ProxyProtocol, ProxyStep::Connected);
    evidence.proxy.facts.trials = vec![SpeechTrial { tried: Spoken::Socks5, answered: true, failure: None }];
    assert_eq!(codes(&evidence), ["proxy-scheme-wrong"]);
    let fix = diagnose(&evidence).diagnoses.remove(0).fixes.remove(0);
    assert_eq!(fix.command.as_deref(), Some("export HTTPS_PROXY=socks5h://127.0.0.1:7890"));

    let mut evidence = failing(FailureKind::Timeout, ProxyStep::Connected);
    evidence.proxy.facts.kind = RouteKind::Socks5h;
    evidence.target.route.kind = RouteKind::Socks5h;
    evidence.proxy.facts.speaks = Some(Spoken::Http);
    assert_eq!(codes(&evidence), ["proxy-scheme-wrong"]);
}

#[test]
fn a_local_endpoint_behind_a_proxy() {
    for (host, kind) in [("localhost", HostKind::Loopback), ("10.0.0.8", HostKind::Private)] {
        let mut evidence = answering(503);
        specimen::local_endpoint(&mut evidence, host, kind);
        assert_eq!(codes(&evidence), ["loopback-through-proxy"], "{host}");
    }
    let mut evidence = answering(403);
    specimen::local_endpoint(&mut evidence, "localhost", HostKind::Loopback);
    assert_eq!(codes(&evidence), ["loopback-through-proxy"]);

    let mut evidence = proxied();
    specimen::local_endpoint(&mut evidence, "localhost", HostKind::Loopback);
    evidence.proxy.facts.forwards = true;
    evidence.http.facts.status = Some(502);
    evidence.http.facts.answered_by = Some(crate::evidence::http::Answerer::ClientProxy);
    evidence.http.facts.body.clear();
    let codes = codes(&evidence);
    assert_eq!(codes[0], "loopback-through-proxy", "{codes:?}");
}

fn variable(name: &str, value: &str) -> ProxyVariable {
    ProxyVariable { name: name.to_owned(), value: value.to_owned(), defect: None }
}

#[test]
fn contradicting_variables_degrade_until_the_chosen_one_fails() {
    let conflict =
        vec![variable("HTTPS_PROXY", "http://127.0.0.1:7890"), variable("https_proxy", "http://127.0.0.1:1")];
    let mut evidence = proxied();
    evidence.config.facts.proxy_variables = conflict.clone();
    assert_eq!(codes(&evidence), ["proxy-env-conflict"]);
    assert_eq!(diagnose(&evidence).health, Health::Degraded);
    let mut evidence = unconnected();
    evidence.config.facts.proxy_variables = conflict;
    assert_eq!(codes(&evidence), ["proxy-env-conflict"]);
    assert_eq!(diagnose(&evidence).health, Health::Faulty);
}

#[test]
fn the_same_value_in_both_cases_or_other_variables_are_no_conflict() {
    let mut evidence = proxied();
    evidence.config.facts.proxy_variables = vec![
        variable("HTTPS_PROXY", "http://127.0.0.1:7890"),
        variable("https_proxy", "http://127.0.0.1:7890"),
        variable("HTTP_PROXY", "http://127.0.0.1:1"),
        variable("NO_PROXY", "a"),
        variable("no_proxy", "b"),
    ];
    assert_eq!(diagnose(&evidence).health, Health::Healthy);
}

#[test]
fn clients_that_disagree_on_no_proxy() {
    let client = |name: &str, rule: Option<&str>| ClientBypass {
        client: name.to_owned(),
        bypasses: rule.is_some(),
        rule: rule.map(str::to_owned),
    };
    let mut evidence = proxied();
    evidence.config.facts.no_proxy_by_client = vec![client("curl", None), client("go", Some("*.openai.com"))];
    assert_eq!(codes(&evidence), ["proxy-bypass-ignored"]);
    assert_eq!(diagnose(&evidence).health, Health::Degraded);
    evidence.config.facts.no_proxy_by_client = vec![client("curl", None), client("go", None)];
    assert!(codes(&evidence).is_empty());
}

#[test]
fn socks5_with_local_resolution_that_fails() {
    let mut evidence = healthy();
    evidence.target.route.kind = RouteKind::Socks5;
    evidence.target.route.proxy = Some("socks5://127.0.0.1:7891".to_owned());
    let mut failed = evidence.clone();
    specimen::configured(&mut failed, DnsOutcome::Servfail);
    specimen::dns_fails(&mut failed, FailureKind::DnsServfail);
    assert_eq!(codes(&failed), ["proxy-dns-local"]);

    specimen::answers(&mut evidence, ResolverRole::Configured, "31.13.94.37", AddressClass::KnownForged);
    evidence.proxy.facts.kind = RouteKind::Socks5;
    specimen::proxy_fails(&mut evidence, FailureKind::ProxyRefused, ProxyStep::Authenticated);
    evidence.proxy.facts.socks_reply = Some(4);
    assert_eq!(codes(&evidence), ["proxy-dns-local"]);
}

#[test]
fn a_socks_variable_degrades() {
    let mut evidence = proxied();
    evidence.config.facts.proxy_variables = vec![variable("ALL_PROXY", "socks5://127.0.0.1:7891")];
    assert_eq!(codes(&evidence), ["proxy-socks-unsupported"]);
    assert_eq!(diagnose(&evidence).health, Health::Degraded);
}

#[test]
fn what_stops_comes_before_what_only_costs() {
    let mut evidence = answering(403);
    evidence.config.facts.proxy_variables = vec![variable("ALL_PROXY", "socks5://127.0.0.1:7891")];
    assert_eq!(codes(&evidence), ["proxy-connect-denied", "proxy-socks-unsupported"]);
}
