//! Which evidence is which fault of reaching an address.

use crate::diagnosis::fault::Confidence;
use crate::diagnosis::specimen::{self, codes, healthy, ip};
use crate::diagnosis::{Health, Severity, diagnose};
use crate::evidence::config::HostKind;
use crate::evidence::dns::{AddressClass, DnsOutcome, ResolverRole};
use crate::evidence::experiment::{ControlHost, ControlHostsFacts, Experiment, ExperimentFacts};
use crate::evidence::icmp::{IcmpKind, IcmpReject};
use crate::evidence::{Evidence, FailureKind, Ms};

pub(super) fn failing(kind: FailureKind, after: f64) -> Evidence {
    let mut evidence = healthy();
    specimen::tcp_fails(&mut evidence, kind, after);
    evidence
}

#[test]
fn a_timeout_is_a_black_hole_when_others_answer() {
    let evidence = failing(FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
    let finding = diagnose(&evidence).diagnoses.remove(0).finding;
    assert!(finding.evidence.iter().any(|said| said.en.contains("5.00 s")), "{:?}", finding.evidence);
    let out: Vec<&str> = finding.ruled_out.iter().map(|rival| rival.fault).collect();
    assert_eq!(out, ["no-egress", "dns-poisoned"]);
}

#[test]
fn silence_of_what_was_never_sent_is_a_local_firewall() {
    let mut evidence = failing(FailureKind::Timeout, 3800.0);
    evidence.tcp.facts.unsent = Some(1);
    assert_eq!(codes(&evidence), ["ip-blackholed"], "one packet is not one an attempt");
    evidence.tcp.facts.unsent = Some(4);
    assert_eq!(codes(&evidence), ["local-firewall"]);
    // A filter that drops everything drops the queries to others as well.
    specimen::comparison(&mut evidence, DnsOutcome::Silent);
    assert_eq!(codes(&evidence), ["local-firewall"]);
}

#[test]
fn a_route_of_this_machine_that_forbids_is_a_local_firewall() {
    let evidence = |after| {
        let mut evidence = failing(FailureKind::HostUnreachable, after);
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.icmp_watched = true;
        }
        evidence
    };
    assert_eq!(codes(&evidence(0.1)), ["local-firewall"]);
    assert_ne!(codes(&evidence(3070.0)), ["local-firewall"], "a neighbour that was asked for and missed");
}

#[test]
fn what_is_refused_without_a_way_out_is_refused_here() {
    for after in [0.3, 30.0] {
        let mut evidence = failing(FailureKind::ConnectionRefused, after);
        evidence.tcp.facts.refused_here = Some(true);
        assert_eq!(codes(&evidence), ["local-firewall"]);
        evidence.tcp.facts.refused_here = Some(false);
        assert_ne!(codes(&evidence), ["local-firewall"]);
    }
}

fn control_hosts(evidence: &mut Evidence, connected: bool) {
    control_hosts_at(evidence, &["1.1.1.1", "8.8.8.8"], connected);
}

fn control_hosts_at(evidence: &mut Evidence, addresses: &[&str], connected: bool) {
    let failure = crate::evidence::Failure::timeout(crate::evidence::Operation::Connect, Ms(1600.0));
    let host = |address: &&str| ControlHost {
        address: (ip(address), 443).into(),
        connected,
        duration_ms: Ms(40.0),
        failure: (!connected).then(|| failure.clone()),
    };
    let hosts = addresses.iter().map(host).collect();
    let facts = ExperimentFacts::ControlHosts(ControlHostsFacts { hosts });
    evidence.experiments.push(Experiment { facts, duration_ms: Ms(1600.0) });
}

#[test]
fn where_only_dns_gets_out_there_is_no_egress() {
    let mut evidence = failing(FailureKind::Timeout, 3800.0);
    control_hosts(&mut evidence, true);
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
    assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Confirmed);
    let mut evidence = failing(FailureKind::Timeout, 3800.0);
    for query in &mut evidence.dns.facts.queries {
        query.transport = crate::evidence::dns::DnsTransport::Udp;
    }
    control_hosts(&mut evidence, false);
    assert_eq!(codes(&evidence), ["no-egress"]);
}

#[test]
fn a_neighbour_that_is_absent_is_no_firewall() {
    let mut evidence = healthy();
    specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
    specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
    specimen::tcp_fails(&mut evidence, FailureKind::HostUnreachable, 3060.0);
    for attempt in &mut evidence.tcp.facts.attempts {
        let (from, kind) = (ip("10.0.0.7"), crate::evidence::icmp::IcmpKind::HostUnreachable);
        attempt.rejected_by = Some(crate::evidence::icmp::IcmpReject { from, kind, by_this_machine: true });
    }
    assert_eq!(codes(&evidence), ["tcp-unreachable"]);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.duration_ms = Some(Ms(0.1));
    }
    assert_eq!(codes(&evidence), ["local-firewall"]);
}

#[test]
fn a_timeout_is_no_egress_when_nobody_answers() {
    let mut evidence = failing(FailureKind::Timeout, 5000.0);
    specimen::comparison(&mut evidence, DnsOutcome::Silent);
    assert_eq!(codes(&evidence), ["no-egress"]);
}

#[test]
fn a_timeout_without_witnesses_is_a_symptom_with_its_causes() {
    let mut evidence = failing(FailureKind::Timeout, 5000.0);
    evidence.dns.facts.queries.truncate(2);
    assert_eq!(codes(&evidence), ["tcp-timeout"]);
    let outcome = diagnose(&evidence);
    assert!(outcome.questions[0].rivals.contains(&"ip-blackholed"));
}

#[test]
fn a_timeout_of_a_local_address_asks_nothing_about_the_internet() {
    let mut evidence = healthy();
    specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
    specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    let outcome = diagnose(&evidence);
    assert_eq!(codes(&evidence), ["tcp-timeout"]);
    assert!(!outcome.questions[0].rivals.contains(&"ip-blackholed"));
}

#[test]
fn without_a_route_there_is_no_egress() {
    let mut evidence = failing(FailureKind::NetworkUnreachable, 0.1);
    evidence.config.facts.machine.ipv4_route = Some(false);
    evidence.config.facts.machine.ipv6_route = Some(false);
    specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
    assert_eq!(codes(&evidence), ["no-egress"]);

    let mut evidence = healthy();
    evidence.config.facts.machine.ipv4_route = Some(false);
    evidence.config.facts.machine.ipv6_route = Some(false);
    specimen::configured(&mut evidence, DnsOutcome::Unreachable);
    specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
    specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
    assert_eq!(codes(&evidence), ["no-egress"]);
}

#[test]
fn only_loopback_is_a_sandbox() {
    let mut evidence = failing(FailureKind::NetworkUnreachable, 0.1);
    evidence.config.facts.machine.only_loopback = Some(true);
    evidence.config.facts.machine.ipv4_route = Some(false);
    evidence.config.facts.machine.ipv6_route = Some(false);
    specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
    assert_eq!(codes(&evidence), ["sandbox-no-network"]);

    specimen::configured(&mut evidence, DnsOutcome::Unreachable);
    specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
    assert_eq!(codes(&evidence), ["sandbox-no-network"]);
}

#[test]
fn silence_in_a_sandbox_that_denies_the_network_is_the_sandbox() {
    let mut evidence = healthy();
    evidence.config.facts.machine.sandbox = Some("CODEX_SANDBOX_NETWORK_DISABLED=1".to_owned());
    assert!(codes(&evidence).is_empty());
    specimen::configured(&mut evidence, DnsOutcome::Silent);
    specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
    assert_eq!(codes(&evidence), ["dns-no-answer"], "others answer, so the network is not denied");
    specimen::comparison(&mut evidence, DnsOutcome::Silent);
    assert_eq!(codes(&evidence), ["sandbox-no-network"]);
}

#[test]
fn a_silent_resolver_on_loopback_given_by_flag_is_no_sandbox() {
    let mut evidence = healthy();
    evidence.config.facts.machine.only_loopback = Some(true);
    evidence.dns.facts.stub.origin = "--resolver".to_owned();
    evidence.dns.facts.stub.nameservers[0].set_ip(ip("127.0.0.1"));
    evidence.dns.facts.queries.truncate(2);
    for query in &mut evidence.dns.facts.queries {
        query.address.set_ip(ip("127.0.0.1"));
    }
    specimen::configured(&mut evidence, DnsOutcome::Silent);
    specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
    assert_eq!(codes(&evidence), ["dns-no-answer"]);
}

#[test]
fn eperm_is_a_local_firewall_or_a_sandbox() {
    let mut evidence = failing(FailureKind::PermissionDenied, 0.05);
    assert_eq!(codes(&evidence), ["local-firewall"]);
    specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
    assert_eq!(codes(&evidence), ["local-firewall"]);
    evidence.config.facts.machine.sandbox = Some("CODEX_SANDBOX_NETWORK_DISABLED=1".to_owned());
    assert_eq!(codes(&evidence), ["sandbox-no-network"]);
}

#[test]
fn a_prohibition_that_took_a_round_trip_came_from_a_router() {
    let mut evidence = failing(FailureKind::PermissionDenied, 14.0);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.failure.as_mut().expect("it failed").os_error = Some(13);
    }
    assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.duration_ms = Some(Ms(0.1));
    }
    assert_eq!(codes(&evidence), ["local-firewall"]);
}

#[test]
fn a_prohibition_that_a_router_next_door_signs_is_the_routers() {
    let mut evidence = failing(FailureKind::PermissionDenied, 0.1);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.failure.as_mut().unwrap().os_error = Some(13);
        let kind = IcmpKind::AdminProhibited;
        attempt.rejected_by = Some(IcmpReject { from: ip("2001:db8::1"), kind, by_this_machine: false });
    }
    assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.rejected_by = None;
    }
    assert_eq!(codes(&evidence), ["local-firewall"]);
}

#[test]
fn witnesses_of_ipv4_say_nothing_on_a_machine_with_ipv6_alone() {
    let mut evidence = failing(FailureKind::Timeout, 3900.0);
    specimen::only_family(&mut evidence, true);
    evidence.config.facts.machine.ipv4_route = Some(false);
    evidence.config.facts.machine.ipv6_route = Some(true);
    specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
    assert_eq!(codes(&evidence), ["tcp-timeout"]);
    control_hosts_at(&mut evidence, &["2001:4860:4860::8888", "2606:4700:4700::1111"], true);
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
    evidence.experiments.clear();
    control_hosts_at(&mut evidence, &["2001:4860:4860::8888", "2606:4700:4700::1111"], false);
    assert_eq!(codes(&evidence), ["no-egress"]);
}

#[test]
fn a_resolver_that_fails_where_no_interface_leads_out_serves_what_is_in_here() {
    let mut evidence = healthy();
    specimen::dns_fails(&mut evidence, FailureKind::DnsServfail);
    specimen::configured(&mut evidence, DnsOutcome::Servfail);
    specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
    for query in &mut evidence.dns.facts.queries {
        if query.role == ResolverRole::Configured {
            query.address = "127.0.0.53:53".parse().unwrap();
        }
    }
    evidence.config.facts.machine.ipv4_route = Some(false);
    evidence.config.facts.machine.ipv6_route = Some(false);
    assert_eq!(codes(&evidence), ["no-egress"], "it forwards in vain");
    evidence.config.facts.machine.only_loopback = Some(true);
    assert_eq!(codes(&evidence), ["dns-no-answer"]);
}

#[test]
fn a_query_that_the_end_caught_waiting_has_reached_nobody() {
    let mut evidence = healthy();
    specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
    specimen::configured(&mut evidence, DnsOutcome::Silent);
    specimen::comparison(&mut evidence, DnsOutcome::Silent);
    assert_eq!(codes(&evidence), ["no-egress"]);
    specimen::configured(&mut evidence, DnsOutcome::Pending);
    assert_eq!(codes(&evidence), ["no-egress"]);
}

#[test]
fn a_blackhole_route_is_a_local_firewall() {
    let mut evidence = failing(FailureKind::NetworkUnreachable, 0.05);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.failure.as_mut().expect("it failed").os_error = Some(22);
    }
    assert_eq!(codes(&evidence), ["local-firewall"]);
}

#[test]
fn a_refusal_after_a_round_trip_is_the_hosts_own() {
    assert_eq!(codes(&failing(FailureKind::ConnectionRefused, 30.0)), ["tcp-refused"]);
    assert_eq!(codes(&failing(FailureKind::ConnectionRefused, 0.3)), ["tcp-rejected-by-firewall"]);
    assert_eq!(codes(&failing(FailureKind::ConnectionRefused, 2.0)), ["tcp-rejected-by-firewall"]);
    // The nearest resolver took 21 ms: a provider's edge is as far, a server of one's own need not be.
    let mut evidence = failing(FailureKind::ConnectionRefused, 7.0);
    assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
    evidence.config.facts.base_url.provider = None;
    assert_eq!(codes(&evidence), ["tcp-refused"]);
}

#[test]
fn a_refusal_by_a_local_server_is_quick_and_its_own() {
    let mut evidence = healthy();
    specimen::local_endpoint(&mut evidence, "localhost", HostKind::Loopback);
    specimen::resolves_to(&mut evidence, "127.0.0.1", AddressClass::Loopback);
    specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 0.05);
    assert_eq!(codes(&evidence), ["tcp-refused"]);
    evidence.config.facts.machine.container = Some("docker".to_owned());
    assert_eq!(codes(&evidence), ["tcp-refused"]);
    evidence.tcp.facts.gateway = Some(specimen::gateway_answers());
    assert_eq!(codes(&evidence), ["loopback-in-container"]);
}

#[test]
fn icmp_from_afar_is_a_firewall_and_from_the_local_network_a_missing_host() {
    let mut evidence = failing(FailureKind::HostUnreachable, 18.0);
    // Where the system does not tell who sent it.
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.icmp_watched = false;
    }
    assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);

    let mut evidence = healthy();
    specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
    specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
    specimen::tcp_fails(&mut evidence, FailureKind::HostUnreachable, 3060.0);
    assert_eq!(codes(&evidence), ["tcp-unreachable"]);
}

fn v6_fails(kind: FailureKind, after: f64) -> Evidence {
    let mut evidence = healthy();
    let attempt = &mut evidence.tcp.facts.attempts[0];
    assert!(attempt.address.is_ipv6());
    attempt.connected = false;
    attempt.duration_ms = Some(Ms(after));
    attempt.failure = Some(crate::evidence::Failure::new(kind, crate::evidence::Operation::Connect, "x"));
    evidence
}

#[test]
fn ipv6_that_hangs_degrades_and_ipv6_that_is_absent_does_not() {
    let outcome = diagnose(&v6_fails(FailureKind::Timeout, 3000.0));
    assert_eq!(outcome.health, Health::Degraded);
    assert_eq!(outcome.diagnoses[0].fault.code, "ipv6-broken");
    assert_eq!(outcome.diagnoses[0].finding.severity, Severity::Degraded);
    assert_eq!(codes(&v6_fails(FailureKind::NetworkUnreachable, 40.0)), Vec::<&str>::new());
    assert_eq!(codes(&v6_fails(FailureKind::NetworkUnreachable, 90.0)), ["ipv6-broken"]);
    assert!(codes(&v6_fails(FailureKind::ConnectionRefused, 12.0)).is_empty());
}

#[test]
fn only_ipv6_without_a_route_is_faulty() {
    let mut evidence = failing(FailureKind::NetworkUnreachable, 0.1);
    specimen::only_family(&mut evidence, true);
    evidence.config.facts.machine.ipv6_route = Some(false);
    assert_eq!(codes(&evidence), ["ipv6-broken"]);
    assert_eq!(diagnose(&evidence).health, Health::Faulty);
}

#[test]
fn one_family_alone_is_healthy() {
    for v6 in [false, true] {
        let mut evidence = healthy();
        specimen::only_family(&mut evidence, v6);
        assert!(codes(&evidence).is_empty());
    }
}

#[test]
fn silent_comparison_resolvers_are_healthy() {
    let mut evidence = healthy();
    specimen::comparison(&mut evidence, DnsOutcome::Silent);
    assert_eq!(diagnose(&evidence).health, Health::Healthy);
    specimen::answers(&mut evidence, ResolverRole::Configured, specimen::V4, AddressClass::Public);
    assert_eq!(diagnose(&evidence).health, Health::Healthy);
}

#[test]
fn a_missing_family_does_not_hide_how_the_other_failed() {
    let mut evidence = failing(FailureKind::Timeout, 5000.0);
    let attempt = &mut evidence.tcp.facts.attempts[0];
    attempt.failure.as_mut().expect("it failed").kind = FailureKind::NetworkUnreachable;
    attempt.duration_ms = Some(Ms(0.1));
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
}
