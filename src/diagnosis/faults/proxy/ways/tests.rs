use crate::diagnosis::fault::Confidence;
use crate::diagnosis::specimen::{self, codes, healthy, proxied};
use crate::diagnosis::{Diagnosis, diagnose};
use crate::evidence::config::{ClientBypass, HostKind, ProxyVariable, RouteKind, UnappliedBecause, UnappliedProxy};
use crate::evidence::experiment::proxy::{ProxyWaysFacts, Way, WayRole, WayTry};
use crate::evidence::experiment::{Experiment, ExperimentFacts, ServerNameFacts, Trial, TrialOutcome};
use crate::evidence::http::Header;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation};

const PROXY: &str = "http://127.0.0.1:7890";

/// A way that ended the same three times.
fn way(role: WayRole, outcome: TrialOutcome) -> Way {
    let one = WayTry {
        outcome,
        trusted: outcome == TrialOutcome::Completed,
        reached: ProxyStep::Tunnelled,
        connect_ms: Some(Ms(1.0)),
        tunnel_ms: Some(Ms(2.0)),
        handshake_ms: Some(Ms(40.0)),
        status: None,
        answer: None,
        socks_reply: None,
        http_status: None,
        failure: None,
    };
    let direct = role == WayRole::Direct;
    Way {
        role,
        kind: if direct { RouteKind::Direct } else { RouteKind::Http },
        proxy: (!direct).then(|| PROXY.to_owned()),
        origins: vec!["HTTPS_PROXY".to_owned()],
        asked_for: "api.openai.com:443".to_owned(),
        server_name: Some("api.openai.com".to_owned()),
        tries: vec![one; 3],
    }
}

fn with(mut evidence: Evidence, ways: Vec<Way>) -> Evidence {
    let facts = ExperimentFacts::Proxy(ProxyWaysFacts { ways });
    evidence.experiments.push(Experiment { facts, duration_ms: Ms(300.0) });
    evidence
}

/// The tunnel is granted and nothing comes through it.
fn mute() -> Evidence {
    let mut evidence = proxied();
    specimen::tls_fails(&mut evidence, FailureKind::Timeout);
    evidence
}

fn first(evidence: &Evidence) -> Diagnosis {
    diagnose(evidence).diagnoses.remove(0)
}

use TrialOutcome::{Closed, Completed, Reset, Silent, Unconnected};

#[test]
fn an_exit_is_dead_when_unrelated_hosts_fail_through_it_too() {
    assert_eq!(first(&mute()).finding.confidence, Confidence::Likely);
    let seen = with(mute(), vec![way(WayRole::Same, Silent), way(WayRole::Control, Silent)]);
    assert_eq!(codes(&seen), ["proxy-exit-dead"]);
    assert_eq!(first(&seen).finding.confidence, Confidence::Confirmed);
    // Forbidden hosts are no witnesses.
    let mut forbidden = way(WayRole::Control, Unconnected);
    forbidden.tries.iter_mut().for_each(|one| one.status = Some(403));
    let seen = with(mute(), vec![way(WayRole::Same, Silent), forbidden]);
    assert_eq!(first(&seen).finding.confidence, Confidence::Likely);
}

#[test]
fn an_exit_that_lets_others_through_is_not_dead() {
    let alive = || way(WayRole::Control, Completed);
    assert_eq!(codes(&with(mute(), vec![way(WayRole::Same, Silent), alive()])), ["ip-blackholed"]);
    let mut refused = proxied();
    specimen::proxy_fails(&mut refused, FailureKind::ProxyRefused, ProxyStep::Connected);
    refused.proxy.facts.status = Some(503);
    let said = |text: &str| Header { name: "x-squid-error".to_owned(), value: text.to_owned() };
    refused.proxy.facts.headers = vec![said("ERR_CONNECT_FAIL 111")];
    let ways = vec![way(WayRole::Same, Unconnected), alive()];
    assert_eq!(codes(&with(refused.clone(), ways.clone())), ["tcp-refused"]);
    refused.proxy.facts.headers = vec![said("ERR_DNS_FAIL 0")];
    assert_eq!(codes(&with(refused, ways)), ["proxy-exit-dead"], "it resolves no name");
}

#[test]
fn a_proxy_that_gets_to_addresses_and_to_no_name_lacks_dns() {
    let ended = |role, kind| {
        let mut way = way(role, Unconnected);
        let failure = Failure::new(kind, Operation::Proxy, "no tunnel");
        way.tries.iter_mut().for_each(|one| one.failure = Some(failure.clone()));
        way
    };
    let mut mute = proxied();
    specimen::proxy_fails(&mut mute, FailureKind::Timeout, ProxyStep::Connected);
    let seen = |more: &[Way]| {
        let ways = vec![ended(WayRole::Same, FailureKind::Timeout), way(WayRole::Control, Completed)];
        codes(&with(mute.clone(), [&ways, more].concat()))
    };
    let other = |kind| ended(WayRole::ControlByName, kind);
    assert_eq!(seen(&[other(FailureKind::Timeout)]), ["proxy-exit-dead"], "another name is as mute");
    assert_eq!(seen(&[other(FailureKind::ProxyRefused)]), ["ip-blackholed"], "another name ends in another way");
    assert_eq!(seen(&[way(WayRole::ByAddress, Completed), other(FailureKind::Timeout)]), ["proxy-exit-dead"]);
    let dropped = way(WayRole::ByAddress, Silent);
    assert_eq!(seen(&[dropped, other(FailureKind::Timeout)]), ["ip-blackholed"], "by address it is as mute");
    let resolves = [way(WayRole::ByAddress, Completed), way(WayRole::ControlByName, Completed)];
    assert_eq!(seen(&resolves), ["proxy-rule-direct"], "names resolve, this one is sent elsewhere");
}

#[test]
fn a_name_that_is_cut_behind_the_proxy_is_no_dead_exit() {
    let trial = |outcome| Trial {
        address: "127.0.0.1:7890".parse().expect("an address"),
        server_name: String::new(),
        outcome,
        connect_ms: Some(Ms(1.0)),
        handshake_ms: Some(Ms(40.0)),
        client_hello_bytes: 1500,
        bytes_received: 0,
        alert: None,
        info: None,
    };
    let mut seen = proxied();
    specimen::tls_fails(&mut seen, FailureKind::ConnectionClosed);
    let facts = ServerNameFacts {
        proxy: Some(PROXY.to_owned()),
        neutral: vec![trial(Completed); 3],
        target: vec![trial(Reset); 3],
        ..ServerNameFacts::default()
    };
    seen.experiments.push(Experiment { facts: ExperimentFacts::ServerName(facts), duration_ms: Ms(90.0) });
    assert_eq!(codes(&seen), ["sni-reset"]);
    let found = first(&seen).finding;
    assert!(found.evidence[0].en.contains(PROXY) && found.ruled_out.iter().any(|out| out.fault == "proxy-exit-dead"));
}

#[test]
fn a_proxy_that_goes_another_way_for_the_name_has_a_rule() {
    let ways = |by_address| {
        vec![
            way(WayRole::Same, Closed),
            way(WayRole::Control, Completed),
            way(WayRole::ByAddress, by_address),
            way(WayRole::Direct, Reset),
        ]
    };
    let mut cut = proxied();
    specimen::tls_fails(&mut cut, FailureKind::ConnectionClosed);
    let seen = with(cut.clone(), ways(Completed));
    assert_eq!(codes(&seen), ["proxy-rule-direct"]);
    assert_eq!(first(&seen).finding.confidence, Confidence::Confirmed);
    assert!(!codes(&with(cut, ways(Closed))).contains(&"proxy-rule-direct"));
}

#[test]
fn a_proxy_that_works_and_is_not_used_is_found() {
    let mut seen = healthy();
    seen.config.facts.unapplied_proxies = vec![UnappliedProxy {
        proxy: PROXY.to_owned(),
        origins: vec!["HTTPS_PROXY".to_owned()],
        because: UnappliedBecause::NoProxy,
        by: Some(".openai.com".to_owned()),
    }];
    seen.target.route.origin = "NO_PROXY".to_owned();
    let list = "a.example, .openai.com".to_owned();
    seen.config.facts.proxy_variables = vec![ProxyVariable { name: "NO_PROXY".to_owned(), value: list, defect: None }];
    assert!(diagnose(&seen).questions.is_empty(), "what works asks nothing");
    specimen::tls_fails(&mut seen, FailureKind::Timeout);
    let asks = |seen: &Evidence| diagnose(seen).questions.iter().any(|one| one.rivals.contains(&"proxy-not-applied"));
    assert!(asks(&seen));
    let found = |direct| with(seen.clone(), vec![way(WayRole::Unapplied, Completed), way(WayRole::Direct, direct)]);
    assert_eq!(codes(&found(Silent)), ["proxy-not-applied"]);
    let diagnosis = first(&found(Silent));
    assert_eq!(diagnosis.finding.confidence, Confidence::Confirmed);
    assert_eq!(diagnosis.fixes[0].command.as_deref(), Some("export NO_PROXY=a.example no_proxy=a.example"));
    assert_eq!(codes(&found(Completed)), ["tls-handshake-timeout"], "going direct works after all");
    let dead = with(seen, vec![way(WayRole::Unapplied, Unconnected), way(WayRole::Direct, Silent)]);
    assert_eq!(codes(&dead), ["tls-handshake-timeout"]);
}

#[test]
fn two_values_of_a_variable_are_told_by_what_works() {
    let mut seen = proxied();
    specimen::proxy_fails(&mut seen, FailureKind::ConnectionRefused, ProxyStep::Resolved);
    let variable =
        |name: &str, value: &str| ProxyVariable { name: name.to_owned(), value: value.to_owned(), defect: None };
    seen.config.facts.proxy_variables = vec![variable("HTTPS_PROXY", PROXY), variable("https_proxy", "http://b:1")];
    let other = |outcome| {
        let mut way = way(WayRole::OtherProxy, outcome);
        way.origins = vec!["https_proxy".to_owned()];
        vec![way]
    };
    let works = with(seen.clone(), other(Completed));
    assert_eq!(codes(&works), ["proxy-env-conflict"]);
    let diagnosis = first(&works);
    assert_eq!(diagnosis.finding.confidence, Confidence::Confirmed);
    assert_eq!(diagnosis.fixes[0].command.as_deref(), Some("export HTTPS_PROXY=\"$https_proxy\""));
    assert_eq!(codes(&with(seen, other(Unconnected))), ["proxy-unreachable", "proxy-env-conflict"]);
}

#[test]
fn a_socks_proxy_that_fails_with_the_name_too_has_no_local_dns_to_blame() {
    let mut seen = healthy();
    seen.target.route.kind = RouteKind::Socks5;
    seen.target.route.proxy = Some("socks5://127.0.0.1:7891".to_owned());
    specimen::dns_fails(&mut seen, FailureKind::DnsServfail);
    specimen::configured(&mut seen, crate::evidence::dns::DnsOutcome::Servfail);
    let found = first(&with(seen.clone(), vec![way(WayRole::RemoteDns, Completed)]));
    assert_eq!((found.fault.code, found.finding.confidence), ("proxy-dns-local", Confidence::Confirmed));
    assert!(!codes(&with(seen, vec![way(WayRole::RemoteDns, Silent)])).contains(&"proxy-dns-local"));
}

#[test]
fn a_proxy_that_is_not_needed_can_go() {
    let mut seen = proxied();
    specimen::proxy_fails(&mut seen, FailureKind::ConnectionRefused, ProxyStep::Resolved);
    let found = first(&with(seen.clone(), vec![way(WayRole::Direct, Completed)]));
    assert!(found.fixes[0].command.as_deref().is_some_and(|command| command.starts_with("unset ")));
    let needed = first(&with(seen, vec![way(WayRole::Direct, Silent)]));
    assert!(needed.finding.evidence.iter().any(|shown| shown.en.contains("no way out")));
}

#[test]
fn a_range_in_no_proxy_counts_for_no_name() {
    let behind = |list: &str, host: &str| {
        let mut evidence = proxied();
        specimen::local_endpoint(&mut evidence, host, HostKind::Private);
        specimen::proxy_fails(&mut evidence, FailureKind::ProxyRefused, ProxyStep::Connected);
        evidence.proxy.facts.status = Some(503);
        evidence.config.facts.proxy_variables =
            vec![ProxyVariable { name: "NO_PROXY".to_owned(), value: list.to_owned(), defect: None }];
        let curl = ClientBypass { client: "curl".to_owned(), bypasses: false, rule: None };
        evidence.config.facts.no_proxy_by_client = vec![curl];
        codes(&with(evidence, vec![way(WayRole::Direct, Completed)]))
    };
    assert_eq!(behind("localhost, 10.0.0.0/8", "llm.corp.internal"), ["proxy-bypass-ignored"]);
    assert_eq!(behind("localhost", "llm.corp.internal"), ["loopback-through-proxy"]);
    assert_eq!(behind("192.168.0.0/16", "10.0.0.8"), ["loopback-through-proxy"], "no name: the range does not hold it");
}
