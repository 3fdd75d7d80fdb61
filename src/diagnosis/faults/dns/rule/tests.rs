//! Which evidence is which fault of name resolution.

use crate::diagnosis::specimen::{self, classified, codes, healthy, ip, query};
use crate::diagnosis::{Confidence, Severity, diagnose};
use crate::evidence::dns::{
    AddressClass, DnsOutcome, DnsSource, DnsTransport, ExtendedError, HostsLine, RecordKind, ResolverRole,
};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, FailureKind, Ms};

fn misspelt() -> Evidence {
    let mut evidence = healthy();
    evidence.target.host = Some("api.openia.com".to_owned());
    evidence.target.base_url = "https://api.openia.com/v1".to_owned();
    evidence.config.facts.base_url.provider = None;
    evidence.dns.facts.name = "api.openia.com".to_owned();
    for query in &mut evidence.dns.facts.queries {
        query.name = "api.openia.com.".to_owned();
    }
    evidence
}

#[test]
fn nxdomain_from_everybody_is_a_name_that_does_not_exist() {
    let mut evidence = misspelt();
    specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
    specimen::comparison(&mut evidence, DnsOutcome::Nxdomain);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
    assert_eq!(codes(&evidence), ["dns-name-not-found"]);
    let diagnosis = diagnose(&evidence).diagnoses.remove(0);
    assert_eq!(diagnosis.fixes[0].text.en, "Did you mean api.openai.com?");
    assert_eq!(diagnosis.fixes[0].command.as_deref(), Some("export OPENAI_BASE_URL=https://api.openai.com/v1"));
}

#[test]
fn nxdomain_from_the_only_resolver_asked_is_believed_unless_the_host_surely_exists() {
    let mut evidence = misspelt();
    evidence.dns.facts.queries.truncate(2);
    evidence.dns.facts.compared = false;
    specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
    assert_eq!(codes(&evidence), ["dns-name-not-found"]);

    let mut evidence = healthy();
    evidence.dns.facts.queries.truncate(2);
    specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
    assert_eq!(codes(&evidence), ["dns-sinkholed"]);
}

#[test]
fn no_answer_says_which_kind() {
    for (kind, outcome, words) in [
        (FailureKind::DnsTimeout, DnsOutcome::Silent, "no configured name server answered"),
        (FailureKind::DnsServfail, DnsOutcome::Servfail, "SERVFAIL"),
        (FailureKind::DnsRefused, DnsOutcome::Refused, "REFUSED"),
    ] {
        let mut evidence = healthy();
        specimen::configured(&mut evidence, outcome);
        specimen::dns_fails(&mut evidence, kind);
        assert_eq!(codes(&evidence), ["dns-no-answer"], "{kind:?}");
        let finding = diagnose(&evidence).diagnoses.remove(0).finding;
        assert!(finding.evidence[0].en.contains(words), "{:?}", finding.evidence);
        assert!(finding.ruled_out.iter().any(|rival| rival.fault == "no-egress"));
    }
    let mut evidence = healthy();
    evidence.dns.facts.queries.clear();
    evidence.dns.facts.stub.nameservers.clear();
    specimen::dns_fails(&mut evidence, FailureKind::DnsNoResolver);
    assert_eq!(codes(&evidence), ["dns-no-answer"]);
}

#[test]
fn a_name_without_addresses_is_no_answer() {
    let mut evidence = misspelt();
    specimen::configured(&mut evidence, DnsOutcome::NoData);
    specimen::comparison(&mut evidence, DnsOutcome::NoData);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNoData);
    assert_eq!(codes(&evidence), ["dns-no-answer"]);
}

#[test]
fn what_minus_six_leaves_out_is_not_said_to_be_missing() {
    let mut evidence = misspelt();
    specimen::configured(&mut evidence, DnsOutcome::NoData);
    specimen::comparison(&mut evidence, DnsOutcome::NoData);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNoData);
    for query in &mut evidence.dns.facts.queries {
        query.record = RecordKind::Aaaa;
    }
    let found = diagnose(&evidence).diagnoses.remove(0);
    assert_eq!(
        found.finding.evidence[0].en,
        "the name has no AAAA record, and with -6 none of the other kind was asked for"
    );
    assert!(found.fixes[0].text.en.starts_with("Leave out -6"), "{:?}", found.fixes[0]);
    evidence.dns.facts.queries.clear();
    evidence.dns.facts.hosts = vec![HostsLine { path: "/etc/hosts".to_owned(), line: 1, address: ip("127.0.0.1") }];
    let found = diagnose(&evidence).diagnoses.remove(0);
    assert_eq!(found.finding.evidence[0].en, "the hosts file names 127.0.0.1, which -6 leaves out");
}

#[test]
fn inside_a_container_it_is_the_containers_resolver() {
    let mut evidence = healthy();
    evidence.config.facts.machine.container = Some("docker".to_owned());
    specimen::configured(&mut evidence, DnsOutcome::Servfail);
    specimen::dns_fails(&mut evidence, FailureKind::DnsServfail);
    // A resolver that the machine around it uses as well.
    assert_eq!(codes(&evidence), ["dns-no-answer"]);
    for (container, resolver) in [
        (Some("docker"), "127.0.0.11"),
        (None, "127.0.0.11"),
        (Some("podman"), "10.88.0.1"),
        (Some("kubernetes"), "10.96.0.10"),
    ] {
        evidence.config.facts.machine.container = container.map(str::to_owned);
        evidence.config.facts.machine.gateway = Some(ip("10.88.0.1"));
        evidence.dns.facts.stub.nameservers[0].set_ip(ip(resolver));
        assert_eq!(codes(&evidence), ["dns-container-resolver-broken"], "{resolver}");
    }
    evidence.dns.facts.stub.origin = "--resolver".to_owned();
    assert_eq!(codes(&evidence), ["dns-no-answer"]);
}

#[test]
fn a_denial_that_others_contradict_is_a_sinkhole() {
    let mut evidence = healthy();
    specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
    assert_eq!(codes(&evidence), ["dns-sinkholed"]);
    let mut evidence = healthy();
    specimen::configured(&mut evidence, DnsOutcome::NoData);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNoData);
    assert_eq!(codes(&evidence), ["dns-sinkholed"]);
}

#[test]
fn an_address_that_leads_nowhere_is_a_sinkhole() {
    for (address, class) in [
        ("0.0.0.0", AddressClass::Unspecified),
        ("127.0.0.1", AddressClass::Loopback),
        ("192.168.1.9", AddressClass::Private),
    ] {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Configured, address, class);
        specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 0.1);
        assert_eq!(codes(&evidence), ["dns-sinkholed"], "{address}");
    }
}

#[test]
fn alone_an_unspecified_address_or_the_filters_own_word_suffices() {
    let mut evidence = healthy();
    evidence.dns.facts.queries.truncate(1);
    specimen::answers(&mut evidence, ResolverRole::Configured, "0.0.0.0", AddressClass::Unspecified);
    specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 0.1);
    assert_eq!(codes(&evidence), ["dns-sinkholed"]);

    let mut evidence = misspelt();
    evidence.dns.facts.queries.truncate(1);
    specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
    evidence.dns.facts.queries[0].extended_error =
        Some(ExtendedError { code: 15, name: "Blocked".to_owned(), text: "ads".to_owned() });
    specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
    assert_eq!(codes(&evidence), ["dns-sinkholed"]);
    assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Confirmed);
}

#[test]
fn a_private_address_of_a_private_link_is_none() {
    let mut evidence = healthy();
    specimen::answers(&mut evidence, ResolverRole::Configured, "10.0.0.4", AddressClass::Private);
    assert!(codes(&evidence).is_empty());
    evidence.dns.facts.queries[0].cnames = vec!["x.privatelink.openai.azure.com".to_owned()];
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["tcp-timeout"]);
}

#[test]
fn two_different_answers_are_poisoning_wherever_they_led() {
    let poisoned = || {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Configured, "31.13.94.37", AddressClass::Public);
        specimen::answers_again(&mut evidence, specimen::V4);
        evidence
    };
    let mut evidence = poisoned();
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["dns-poisoned"]);
    assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Confirmed);
    let mut evidence = poisoned();
    specimen::certificate_fails(
        &mut evidence,
        FailureKind::TlsWrongName,
        specimen::certificate("DigiCert", "DigiCert Inc"),
    );
    assert_eq!(codes(&evidence), ["dns-poisoned"]);
    let mut evidence = poisoned();
    specimen::tls_fails(&mut evidence, FailureKind::ConnectionReset);
    assert_eq!(codes(&evidence), ["dns-poisoned"]);
    // Where all went well this time it will not the next.
    assert_eq!(codes(&poisoned()), ["dns-poisoned"]);
    assert_eq!(diagnose(&poisoned()).diagnoses[0].finding.severity, Severity::Degraded);
    // Beside a resolver of this machine that answers once it is nobody's trouble.
    let mut evidence = healthy();
    specimen::answers_again(&mut evidence, "31.13.94.37");
    let late = std::mem::take(&mut evidence.dns.facts.queries[0].late);
    evidence.dns.facts.queries[2].late = late;
    assert!(codes(&evidence).is_empty());
}

#[test]
fn where_encrypted_queries_are_blocked_the_way_out_is_tcp() {
    let mut evidence = healthy();
    specimen::answers(&mut evidence, ResolverRole::Configured, "31.13.94.37", AddressClass::Public);
    specimen::answers_again(&mut evidence, specimen::V4);
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    let address = evidence.dns.facts.queries[0].address.ip().to_string();
    let mut over_tcp = query(&address, ResolverRole::Configured, DnsTransport::Tcp);
    over_tcp.answers = vec![classified(specimen::V4, AddressClass::Public)];
    evidence.dns.facts.queries.push(over_tcp);
    for query in &mut evidence.dns.facts.queries {
        if matches!(query.transport, DnsTransport::Dot | DnsTransport::Doh) {
            (query.outcome, query.answers) = (DnsOutcome::Silent, vec![]);
        }
    }
    let found = diagnose(&evidence).diagnoses.remove(0);
    assert_eq!(found.fault.code, "dns-poisoned");
    assert!(found.fixes[0].text.en.starts_with("DoT and DoH got no answer"), "{:?}", found.fixes[0]);
}

#[test]
fn a_known_forged_address_is_poisoning() {
    let mut evidence = healthy();
    evidence.dns.facts.queries.retain(|query| query.transport == DnsTransport::Udp);
    specimen::answers(&mut evidence, ResolverRole::Configured, "199.59.148.202", AddressClass::KnownForged);
    specimen::answers(&mut evidence, ResolverRole::Comparison, "157.240.6.35", AddressClass::KnownForged);
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["dns-poisoned"]);
}

#[test]
fn an_answer_from_no_resolver_is_a_hijack() {
    let mut evidence = healthy();
    specimen::answers(&mut evidence, ResolverRole::Configured, "10.1.1.1", AddressClass::Private);
    let mut lie = query("192.0.2.53", ResolverRole::NonResolver, DnsTransport::Udp);
    lie.answers = vec![classified("10.1.1.1", AddressClass::Private)];
    evidence.dns.facts.queries.push(lie);
    specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 1.0);
    assert_eq!(codes(&evidence), ["dns-hijacked"]);
}

#[test]
fn the_same_lie_from_all_resolvers_is_a_hijack() {
    let mut evidence = healthy();
    specimen::answers(&mut evidence, ResolverRole::Configured, "10.1.1.1", AddressClass::Private);
    specimen::answers(&mut evidence, ResolverRole::Comparison, "10.1.1.1", AddressClass::Private);
    specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 1.0);
    assert_eq!(codes(&evidence), ["dns-hijacked"]);

    let mut evidence = healthy();
    evidence.dns.facts.queries.retain(|query| query.transport == DnsTransport::Udp);
    specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
    specimen::comparison(&mut evidence, DnsOutcome::Nxdomain);
    specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
    assert_eq!(codes(&evidence), ["dns-hijacked"], "a documented host cannot be missing");
}

/// Every resolver answers over UDP as `lie` says and truly over TCP.
fn lied_to_over_udp(lie: impl Fn(usize) -> String) -> Evidence {
    let mut evidence = healthy();
    evidence.dns.facts.queries.clear();
    for (index, resolver) in ["192.168.1.1", "8.8.8.8", "1.1.1.1"].into_iter().enumerate() {
        let role = if index == 0 { ResolverRole::Configured } else { ResolverRole::Comparison };
        let mut udp = query(resolver, role, DnsTransport::Udp);
        udp.answers = vec![classified(&lie(index), AddressClass::Public)];
        evidence.dns.facts.queries.push(udp);
        evidence.dns.facts.queries.push(query(resolver, role, DnsTransport::Tcp));
    }
    specimen::resolves_to(&mut evidence, &lie(0), AddressClass::Public);
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 3800.0);
    evidence
}

#[test]
fn streams_convict_what_comes_over_udp() {
    assert_eq!(codes(&lied_to_over_udp(|_| "61.54.28.6".to_owned())), ["dns-hijacked"]);
    assert_eq!(codes(&lied_to_over_udp(|index| format!("61.{index}.28.6"))), ["dns-poisoned"]);
    // A balancer that answers differently each time convicts nobody.
    let mut evidence = lied_to_over_udp(|_| "61.54.28.6".to_owned());
    for (index, query) in evidence.dns.facts.queries.iter_mut().enumerate() {
        if query.transport == DnsTransport::Tcp {
            query.answers = vec![classified(&format!("20.{index}.0.1"), AddressClass::Public)];
        }
    }
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
}

#[test]
fn a_fake_address_is_a_fault_only_when_nothing_serves_it() {
    let mut evidence = healthy();
    specimen::answers(&mut evidence, ResolverRole::Configured, "198.18.0.9", AddressClass::FakeIp);
    assert!(codes(&evidence).is_empty());
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["dns-fake-ip-unreachable"]);
}

#[test]
fn slow_resolution_degrades() {
    let mut evidence = healthy();
    evidence.dns.duration_ms = Some(Ms(5120.0));
    assert_eq!(codes(&evidence), ["dns-slow"]);
    assert_eq!(diagnose(&evidence).diagnoses[0].finding.severity, Severity::Degraded);

    // Every round trip takes that long here, to the endpoint too.
    let mut evidence = healthy();
    evidence.dns.duration_ms = Some(Ms(1220.0));
    assert_eq!(codes(&evidence), ["dns-slow"]);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.duration_ms = Some(Ms(600.0));
    }
    assert!(!codes(&evidence).contains(&"dns-slow"));

    let mut evidence = healthy();
    let silent = {
        let mut other = healthy();
        specimen::configured(&mut other, DnsOutcome::Silent);
        other.dns.facts.queries[1].clone()
    };
    assert_eq!(silent.record, RecordKind::Aaaa);
    evidence.dns.facts.queries[1] = silent.clone();
    assert_eq!(codes(&evidence), ["dns-slow"]);
    // Cut off by the end of the run is not silent.
    evidence.dns.facts.queries[1].failure = None;
    assert!(codes(&evidence).is_empty());
}

#[test]
fn a_link_that_woke_up_is_no_slow_resolver() {
    let late = |by_stream: f64| {
        let mut evidence = healthy();
        evidence.dns.duration_ms = Some(Ms(1021.0));
        let mut stream = evidence.dns.facts.queries[0].clone();
        for query in evidence.dns.facts.queries.iter_mut().filter(|query| query.role == ResolverRole::Configured) {
            (query.sent, query.duration_ms) = (2, Some(Ms(1020.0)));
        }
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        (stream.transport, stream.duration_ms) = (DnsTransport::Tcp, Some(Ms(by_stream)));
        evidence.dns.facts.queries.push(stream);
        codes(&evidence)
    };
    assert!(late(1010.0).is_empty(), "nothing at all got through in the first second");
    assert_eq!(late(12.0), ["dns-slow"], "the resolver was there and answered late");
    assert_eq!(late(2020.0), ["dns-slow"]);
}

#[test]
fn a_silent_first_name_server_makes_it_slow() {
    let mut evidence = healthy();
    let mut second = evidence.dns.facts.queries[0].clone();
    second.address.set_ip(ip("192.168.1.2"));
    specimen::configured(&mut evidence, DnsOutcome::Silent);
    evidence.dns.facts.queries.push(second);
    assert_eq!(codes(&evidence), ["dns-slow"]);
}

fn pinned() -> Evidence {
    let mut evidence = healthy();
    specimen::resolves_to(&mut evidence, "203.0.113.7", AddressClass::Public);
    evidence.dns.facts.source = DnsSource::HostsFile;
    evidence.dns.facts.hosts = vec![HostsLine { path: "/etc/hosts".to_owned(), line: 12, address: ip("203.0.113.7") }];
    evidence
}

#[test]
fn a_hosts_line_is_a_fault_only_when_it_leads_astray() {
    assert!(codes(&pinned()).is_empty());
    let mut evidence = pinned();
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["hosts-file-override"]);
    let mut evidence = pinned();
    specimen::certificate_fails(&mut evidence, FailureKind::TlsWrongName, specimen::certificate("R3", "Let's Encrypt"));
    assert_eq!(codes(&evidence), ["hosts-file-override"]);
    // The resolvers give the pinned address too: the line is not to blame.
    let mut evidence = pinned();
    specimen::resolves_to(&mut evidence, specimen::V4, AddressClass::Public);
    evidence.dns.facts.hosts[0].address = ip(specimen::V4);
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
}

#[test]
fn a_hosts_line_that_no_resolver_disputes_is_judged_by_where_it_leads() {
    let alone = || {
        let mut evidence = pinned();
        specimen::configured(&mut evidence, DnsOutcome::Silent);
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        evidence
    };
    for (kind, code) in [
        (FailureKind::TlsExpired, "tls-certificate-expired"),
        (FailureKind::TlsUnknownIssuer, "tls-intercepted"),
        (FailureKind::TlsWrongName, "hosts-file-override"),
    ] {
        let mut evidence = alone();
        specimen::certificate_fails(&mut evidence, kind, specimen::certificate("corp CA", "ACME Corp"));
        assert_eq!(codes(&evidence)[0], code);
    }
    for (kind, code) in
        [(FailureKind::ConnectionReset, "tls-handshake-reset"), (FailureKind::Timeout, "tls-handshake-timeout")]
    {
        let mut evidence = alone();
        specimen::tls_fails(&mut evidence, kind);
        assert_eq!(codes(&evidence), [code]);
    }
    let mut evidence = alone();
    specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 12.0);
    assert_eq!(codes(&evidence)[0], "tcp-refused", "nothing outside is reached");
    evidence.dns.facts.addresses[0].class = AddressClass::Loopback;
    assert_eq!(codes(&evidence)[0], "hosts-file-override");
    // A resolver of a private network may give a private address.
    let mut disputed = alone();
    specimen::answers(&mut disputed, ResolverRole::Configured, "10.20.0.5", AddressClass::Private);
    specimen::tls_fails(&mut disputed, FailureKind::ConnectionReset);
    assert_eq!(codes(&disputed), ["hosts-file-override"]);
}

#[test]
fn a_page_to_sign_in_is_a_captive_portal() {
    let mut evidence = healthy();
    specimen::certificate_fails(&mut evidence, FailureKind::TlsUnknownIssuer, specimen::certificate("portal", "Hotel"));
    let http = &mut evidence.http.facts;
    http.status = Some(302);
    http.location = Some("https://portal.hotel.example/login".to_owned());
    http.answered_by = Some(Answerer::Interceptor);
    assert_eq!(codes(&evidence), ["captive-portal"]);
    assert_eq!(diagnose(&evidence).diagnoses[0].fault.layer.exit_code(), 10);
}

#[test]
fn different_addresses_of_a_cdn_are_healthy() {
    let mut evidence = healthy();
    specimen::answers(&mut evidence, ResolverRole::Comparison, "104.18.6.192", AddressClass::Public);
    assert!(codes(&evidence).is_empty());
    specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
    assert_eq!(codes(&evidence), ["ip-blackholed"]);
}
