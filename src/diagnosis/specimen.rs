//! Evidence made by hand for the tests of the rules: one healthy run, and the ways to break it.

mod spoil;

use std::net::{IpAddr, SocketAddr};

use crate::evidence::config::{HostKind, KeyFacts, KeyRef, RouteKind};
use crate::evidence::dns::{
    AddressClass, ClassifiedAddress, DnsOutcome, DnsQuery, DnsSource, DnsTransport, RecordKind, ResolverRole,
};
use crate::evidence::http::Answerer;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::tcp::{TcpAttempt, TcpInfo};
use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{Evidence, HttpFacts, Ms, Observation, SkipReason, TlsFacts};

use super::diagnose;

pub(super) use spoil::{
    answers, answers_again, certificate_fails, comparison, configured, dns_fails, http_fails, local_endpoint,
    only_family, proxy_fails, resolves_to, tcp_fails, tls_fails, untrusted_by_mozilla,
};

pub(super) const V4: &str = "162.159.140.245";
pub(super) const V6: &str = "2606:4700:440c::1";

/// The codes of the diagnoses, the primary one first.
pub(super) fn codes(evidence: &Evidence) -> Vec<&'static str> {
    diagnose(evidence).diagnoses.iter().map(|diagnosis| diagnosis.fault.code).collect()
}

pub(super) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub(super) fn classified(text: &str, class: AddressClass) -> ClassifiedAddress {
    ClassifiedAddress { address: ip(text), class }
}

pub(super) fn query(resolver: &str, role: ResolverRole, transport: DnsTransport) -> DnsQuery {
    let port = match transport {
        DnsTransport::Udp | DnsTransport::Tcp => 53,
        DnsTransport::Dot => 853,
        DnsTransport::Doh => 443,
    };
    DnsQuery {
        resolver: format!("{resolver}:{port}"),
        address: SocketAddr::new(ip(resolver), port),
        role,
        transport,
        name: "api.openai.com".to_owned(),
        record: RecordKind::A,
        started_ms: Ms(1.0),
        sent: 1,
        duration_ms: Some(Ms(21.0)),
        outcome: DnsOutcome::Answer,
        rcode: Some("NOERROR".to_owned()),
        answers: vec![classified(V4, AddressClass::Public)],
        answer_count: 1,
        cnames: vec![],
        ttl_s: Some(60),
        extended_error: None,
        truncated: false,
        late: vec![],
        by_ca_file: false,
        failure: None,
    }
}

/// A run in which everything works: direct, IPv4 and IPv6, a public certificate, 200 from the API.
pub(super) fn healthy() -> Evidence {
    let mut evidence = Evidence::default();
    evidence.target.base_url = "https://api.openai.com/v1".to_owned();
    evidence.target.host = Some("api.openai.com".to_owned());
    evidence.target.port = Some(443);
    evidence.target.key = Some(KeyRef { origin: "OPENAI_API_KEY".to_owned(), tail: "9xQz".to_owned() });
    evidence.config = Observation::ended(Ms(0.0), Ms(0.5), crate::evidence::ConfigFacts::default(), None);
    let config = &mut evidence.config.facts;
    config.base_url.raw = evidence.target.base_url.clone();
    config.base_url.origin = "default".to_owned();
    config.base_url.scheme = "https".to_owned();
    config.base_url.path = "/v1".to_owned();
    config.base_url.host_kind = HostKind::Public;
    config.base_url.provider = Some("openai".to_owned());
    config.base_url.has_version = true;
    config.key = Some(KeyFacts {
        origin: "OPENAI_API_KEY".to_owned(),
        tail: "9xQz".to_owned(),
        length: 164,
        looks_like: vec!["openai".to_owned()],
        sendable: true,
        header: "authorization-bearer".to_owned(),
        ..KeyFacts::default()
    });
    config.machine.os = "linux".to_owned();
    config.machine.only_loopback = Some(false);
    config.machine.ipv4_route = Some(true);
    config.machine.ipv6_route = Some(true);
    config.machine.clock = "2026-01-15T12:00:00Z".to_owned();
    config.machine.days_since_build = Some(20);

    let mut dns = crate::evidence::DnsFacts {
        name: "api.openai.com".to_owned(),
        addresses: vec![classified(V4, AddressClass::Public), classified(V6, AddressClass::Public)],
        source: DnsSource::Nameserver,
        compared: true,
        ..crate::evidence::DnsFacts::default()
    };
    dns.stub.origin = "/etc/resolv.conf".to_owned();
    dns.stub.nameservers = vec![SocketAddr::new(ip("192.168.1.1"), 53)];
    let configured = query("192.168.1.1", ResolverRole::Configured, DnsTransport::Udp);
    let aaaa = DnsQuery {
        record: RecordKind::Aaaa,
        answers: vec![classified(V6, AddressClass::Public)],
        ..configured.clone()
    };
    dns.queries = vec![
        configured,
        aaaa,
        query("8.8.8.8", ResolverRole::Comparison, DnsTransport::Udp),
        query("8.8.8.8", ResolverRole::Comparison, DnsTransport::Dot),
        query("1.1.1.1", ResolverRole::Comparison, DnsTransport::Udp),
    ];
    evidence.dns = Observation::ended(Ms(1.0), Ms(22.0), dns, None);
    evidence.proxy = Observation::skipped(SkipReason::NoProxy);

    let info = TcpInfo {
        rtt_ms: Some(Ms(12.0)),
        retransmits: Some(0),
        bytes_acked: Some(1),
        bytes_received: Some(0),
        ..TcpInfo::default()
    };
    let attempt = |address: &str| TcpAttempt {
        address: ip(address),
        started_ms: Ms(22.0),
        duration_ms: Some(Ms(12.0)),
        connected: true,
        failure: None,
        info: Some(info),
        rejected_by: None,
        icmp_watched: true,
    };
    let tcp = crate::evidence::TcpFacts {
        port: 443,
        attempts: vec![attempt(V6), attempt(V4)],
        chosen: Some(ip(V4)),
        local: None,
        gateway: None,
        unsent: None,
        refused_here: None,
    };
    evidence.tcp = Observation::ended(Ms(22.0), Ms(34.0), tcp, None);

    let good = Verdict { valid: true, kind: None, detail: None, roots: Some(140) };
    let tls = TlsFacts {
        server_name: "api.openai.com".to_owned(),
        version: Some("TLSv1.3".to_owned()),
        client_hello_bytes: 1560,
        bytes_received: 4000,
        completed: true,
        chain: vec![certificate("WE1", "Google Trust Services")],
        chain_length: 1,
        platform: Some(good.clone()),
        mozilla: Some(good),
        trusted: true,
        info: Some(TcpInfo { bytes_acked: Some(1561), bytes_received: Some(4000), ..info }),
        ..TlsFacts::default()
    };
    evidence.tls = Observation::ended(Ms(34.0), Ms(60.0), tls, None);

    let http = HttpFacts {
        method: "GET".to_owned(),
        url: "https://api.openai.com/v1/models".to_owned(),
        version: Some("HTTP/2".to_owned()),
        key_sent: true,
        status: Some(200),
        content_type: Some("application/json".to_owned()),
        body: "{\"object\":\"list\",\"data\":[]}".to_owned(),
        clock_offset_s: Some(0),
        answered_by: Some(Answerer::Provider),
        info: Some(info),
        ..HttpFacts::default()
    };
    evidence.http = Observation::ended(Ms(60.0), Ms(120.0), http, None);
    let api = crate::evidence::ApiFacts {
        shape: crate::evidence::api::BodyShape::ModelList,
        models: Some(3),
        ..crate::evidence::ApiFacts::default()
    };
    evidence.api = Observation::ended(Ms(120.0), Ms(120.1), api, None);
    evidence.stream = Observation::skipped(SkipReason::NeedsDeep);
    evidence
}

/// The machine around a container accepting a connection.
pub(crate) fn gateway_answers() -> crate::evidence::tcp::TcpAttempt {
    crate::evidence::tcp::TcpAttempt {
        address: ip("172.17.0.1"),
        started_ms: Ms(1.0),
        duration_ms: Some(Ms(0.1)),
        connected: true,
        failure: None,
        info: None,
        rejected_by: None,
        icmp_watched: true,
    }
}

pub(super) fn certificate(issuer_cn: &str, issuer_o: &str) -> Certificate {
    Certificate {
        subject: "CN=api.openai.com".to_owned(),
        subject_cn: Some("api.openai.com".to_owned()),
        issuer: format!("C=US, O={issuer_o}, CN={issuer_cn}"),
        issuer_cn: Some(issuer_cn.to_owned()),
        issuer_o: Some(issuer_o.to_owned()),
        names: vec!["api.openai.com".to_owned(), "*.api.openai.com".to_owned()],
        not_before: "2025-12-01T00:00:00Z".to_owned(),
        not_after: "2026-03-01T00:00:00Z".to_owned(),
        days_left: 44,
        ..Certificate::default()
    }
}

/// The same run through an HTTP proxy on this machine.
pub(super) fn proxied() -> Evidence {
    let mut evidence = healthy();
    evidence.target.route.kind = RouteKind::Http;
    evidence.target.route.proxy = Some("http://127.0.0.1:7890".to_owned());
    evidence.target.route.origin = "HTTPS_PROXY".to_owned();
    evidence.dns = Observation::skipped(SkipReason::DoneByProxy);
    evidence.tcp = Observation::skipped(SkipReason::DoneByProxy);
    let facts = crate::evidence::ProxyFacts {
        kind: RouteKind::Http,
        address: "127.0.0.1:7890".to_owned(),
        origin: "HTTPS_PROXY".to_owned(),
        reached: ProxyStep::Tunnelled,
        attempts: vec![TcpAttempt {
            address: ip("127.0.0.1"),
            started_ms: Ms(1.0),
            duration_ms: Some(Ms(0.1)),
            connected: true,
            failure: None,
            info: None,
            rejected_by: None,
            icmp_watched: true,
        }],
        asked_for: "api.openai.com:443".to_owned(),
        status: Some(200),
        status_line: Some("HTTP/1.1 200 Connection established".to_owned()),
        connect_ms: Some(Ms(0.1)),
        tunnel_ms: Some(Ms(80.0)),
        ..crate::evidence::ProxyFacts::default()
    };
    evidence.proxy = Observation::ended(Ms(1.0), Ms(82.0), facts, None);
    evidence
}

/// The same run with `--deep`: a completion of twenty events, a little apart.
pub(super) fn completed() -> Evidence {
    let mut evidence = healthy();
    let events = 20_u32;
    let facts = crate::evidence::StreamFacts {
        model: "gpt-4o-mini".to_owned(),
        url: "https://api.openai.com/v1/chat/completions".to_owned(),
        status: Some(200),
        content_type: Some("text/event-stream".to_owned()),
        first_byte_ms: Some(Ms(300.0)),
        first_content_ms: Some(Ms(320.0)),
        last_byte_ms: Some(Ms(1_300.0)),
        arrivals_ms: (0..events).map(|event| Ms(320.0 + 50.0 * f64::from(event))).collect(),
        events: events as usize,
        content_events: 18,
        content_chars: 90,
        bytes: 6_000,
        burst: 1,
        done: true,
        finish_reason: Some("stop".to_owned()),
        ended: crate::evidence::stream::StreamEnd::Complete,
        ..crate::evidence::StreamFacts::default()
    };
    evidence.stream = Observation::ended(Ms(200.0), Ms(1_500.0), facts, None);
    evidence
}
