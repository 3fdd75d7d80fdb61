//! Evidence made up for tests of the renderers: one healthy run, and the ways in which it can be broken.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::diagnosis::diagnose;
use crate::evidence::api::BodyShape;
use crate::evidence::config::{HostKind, KeyFacts, KeyRef};
use crate::evidence::dns::{
    AddressClass, ClassifiedAddress, DnsOutcome, DnsQuery, DnsSource, DnsTransport, RecordKind, ResolverRole,
};
use crate::evidence::http::{Answerer, Header};
use crate::evidence::tcp::{TcpAttempt, TcpInfo};
use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{Evidence, Ms, Observation, SkipReason};
use crate::lang::Lang;

use super::{Circumstances, Report};

/// The circumstances of every fixture.
pub(crate) fn circumstances(lang: Lang) -> Circumstances {
    Circumstances {
        lang,
        started_at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_760_000_000),
        duration: Duration::from_micros(243_700),
        strict: false,
        interrupted: false,
        slo: vec![],
    }
}

/// The report of some evidence.
pub(crate) fn report(evidence: &Evidence, lang: Lang) -> Report {
    Report::new(evidence, &diagnose(evidence), &circumstances(lang))
}

/// A run in which everything works.
pub(crate) fn healthy() -> Evidence {
    let mut evidence = Evidence::default();
    config(&mut evidence);
    dns(&mut evidence);
    evidence.proxy = Observation::skipped(SkipReason::NoProxy);
    tcp(&mut evidence);
    tls(&mut evidence);
    http(&mut evidence);
    evidence.stream = Observation::skipped(SkipReason::NeedsDeep);
    evidence
}

fn passed<F>(seen: &mut Observation<F>, started: f64, duration: f64) -> &mut F {
    seen.status = crate::evidence::Status::Pass;
    seen.started_ms = Some(Ms(started));
    seen.duration_ms = Some(Ms(duration));
    seen.skip_reason = None;
    &mut seen.facts
}

pub(crate) fn classified(address: &str, class: AddressClass) -> ClassifiedAddress {
    ClassifiedAddress { address: ip(address), class }
}

pub(crate) fn ip(address: &str) -> IpAddr {
    address.parse().unwrap()
}

fn config(evidence: &mut Evidence) {
    let target = &mut evidence.target;
    target.base_url = "https://api.openai.com/v1".to_owned();
    target.host = Some("api.openai.com".to_owned());
    target.port = Some(443);
    target.route.origin = "default".to_owned();
    target.key = Some(KeyRef { origin: "OPENAI_API_KEY".to_owned(), tail: "wxyz".to_owned() });
    let facts = passed(&mut evidence.config, 0.0, 0.31);
    let url = &mut facts.base_url;
    url.raw = "https://api.openai.com/v1".to_owned();
    url.origin = "default".to_owned();
    url.scheme = "https".to_owned();
    url.path = "/v1".to_owned();
    url.host_kind = HostKind::Public;
    url.provider = Some("OpenAI".to_owned());
    url.has_version = true;
    facts.key = Some(KeyFacts {
        origin: "OPENAI_API_KEY".to_owned(),
        tail: "wxyz".to_owned(),
        length: 164,
        looks_like: vec!["OpenAI".to_owned()],
        sendable: true,
        header: "authorization-bearer".to_owned(),
        ..KeyFacts::default()
    });
    let machine = &mut facts.machine;
    machine.os = "linux".to_owned();
    machine.only_loopback = Some(false);
    machine.ipv4_route = Some(true);
    machine.ipv6_route = Some(false);
    machine.clock = "2025-10-09T08:53:20Z".to_owned();
    machine.days_since_build = Some(12);
}

/// A query to one resolver.
pub(crate) fn query(resolver: &str, role: ResolverRole, record: RecordKind, answers: &[ClassifiedAddress]) -> DnsQuery {
    DnsQuery {
        resolver: resolver.to_owned(),
        address: resolver.parse().unwrap(),
        role,
        transport: DnsTransport::Udp,
        name: "api.openai.com".to_owned(),
        record,
        started_ms: Ms(0.35),
        duration_ms: Some(Ms(12.3)),
        outcome: if answers.is_empty() { DnsOutcome::NoData } else { DnsOutcome::Answer },
        rcode: Some("NOERROR".to_owned()),
        answers: answers.to_vec(),
        answer_count: answers.len(),
        cnames: vec![],
        ttl_s: Some(148),
        extended_error: None,
        truncated: false,
        late: vec![],
        failure: None,
    }
}

fn dns(evidence: &mut Evidence) {
    let addresses =
        [classified("162.159.140.245", AddressClass::Public), classified("172.66.0.243", AddressClass::Public)];
    let facts = passed(&mut evidence.dns, 0.33, 12.4);
    facts.name = "api.openai.com".to_owned();
    facts.addresses = addresses.to_vec();
    facts.source = DnsSource::Nameserver;
    facts.stub.origin = "/etc/resolv.conf".to_owned();
    facts.stub.nameservers = vec!["192.168.1.1:53".parse().unwrap()];
    facts.stub.ndots = 1;
    facts.stub.timeout_s = 5;
    facts.stub.attempts = 2;
    facts.candidates = vec!["api.openai.com".to_owned()];
    facts.queries = vec![
        query("192.168.1.1:53", ResolverRole::Configured, RecordKind::A, &addresses),
        query("192.168.1.1:53", ResolverRole::Configured, RecordKind::Aaaa, &[]),
        query("8.8.8.8:53", ResolverRole::Comparison, RecordKind::A, &addresses),
    ];
    facts.compared = true;
}

/// A connection attempt that succeeded.
pub(crate) fn attempt(address: &str, started: f64, duration: f64) -> TcpAttempt {
    TcpAttempt {
        address: ip(address),
        started_ms: Ms(started),
        duration_ms: Some(Ms(duration)),
        connected: true,
        failure: None,
        info: Some(info(duration)),
    }
}

fn info(rtt: f64) -> TcpInfo {
    TcpInfo {
        rtt_ms: Some(Ms(rtt)),
        min_rtt_ms: Some(Ms(rtt)),
        retransmits: Some(0),
        bytes_acked: Some(1),
        bytes_received: Some(0),
        unacked: Some(0),
        send_mss: Some(1460),
        path_mtu: Some(1500),
        since_last_data_received_ms: None,
    }
}

fn tcp(evidence: &mut Evidence) {
    let facts = passed(&mut evidence.tcp, 12.9, 11.4);
    facts.port = 443;
    facts.attempts = vec![attempt("162.159.140.245", 12.9, 11.2), attempt("172.66.0.243", 12.9, 11.9)];
    facts.chosen = Some(ip("162.159.140.245"));
    facts.local = Some("192.168.1.20:51234".parse().unwrap());
}

fn tls(evidence: &mut Evidence) {
    let good = Verdict { valid: true, kind: None, detail: None, roots: Some(144) };
    let facts = passed(&mut evidence.tls, 24.4, 25.1);
    facts.server_name = "api.openai.com".to_owned();
    facts.version = Some("TLSv1.3".to_owned());
    facts.cipher_suite = Some("TLS13_AES_256_GCM_SHA384".to_owned());
    facts.key_exchange_group = Some("X25519MLKEM768".to_owned());
    facts.alpn_offered = vec!["h2".to_owned(), "http/1.1".to_owned()];
    facts.alpn = Some("h2".to_owned());
    facts.client_hello_bytes = 1516;
    facts.bytes_received = 4120;
    facts.completed = true;
    facts.chain = vec![
        certificate("api.openai.com", "WE1", 64),
        certificate("WE1", "GTS Root R4", 1200),
        certificate("GTS Root R4", "GlobalSign Root CA", 840),
    ];
    facts.chain_length = 3;
    facts.chain_bytes = 2890;
    facts.platform = Some(good.clone());
    facts.mozilla = Some(good);
    facts.trusted = true;
    facts.info = Some(info(11.3));
}

/// A certificate of a public issuer.
pub(crate) fn certificate(subject: &str, issuer: &str, days_left: i64) -> Certificate {
    Certificate {
        subject: format!("CN={subject}"),
        subject_cn: Some(subject.to_owned()),
        issuer: format!("C=US, O=Google Trust Services, CN={issuer}"),
        issuer_cn: Some(issuer.to_owned()),
        issuer_o: Some("Google Trust Services".to_owned()),
        names: vec![subject.to_owned()],
        not_before: "2025-09-13T00:00:00Z".to_owned(),
        not_after: "2025-12-12T00:00:00Z".to_owned(),
        days_left,
        key: "EC P-256".to_owned(),
        signature: "ecdsa-with-SHA256".to_owned(),
        sha256: "5c2e19d0f3a84bb7".repeat(4),
        is_ca: subject != "api.openai.com",
        ..Certificate::default()
    }
}

/// A header line.
pub(crate) fn header(name: &str, value: &str) -> Header {
    Header { name: name.to_owned(), value: value.to_owned() }
}

fn http(evidence: &mut Evidence) {
    let facts = passed(&mut evidence.http, 49.6, 184.2);
    facts.method = "GET".to_owned();
    facts.url = "https://api.openai.com/v1/models".to_owned();
    facts.version = Some("HTTP/2".to_owned());
    facts.key_sent = true;
    facts.sent_ms = Some(Ms(0.08));
    facts.first_byte_ms = Some(Ms(181.6));
    facts.last_byte_ms = Some(Ms(184.1));
    facts.status = Some(200);
    facts.headers = vec![
        header("content-type", "application/json"),
        header("x-request-id", "req_0123456789abcdef"),
        header("openai-processing-ms", "142"),
        header("cf-ray", "98b0c1d2e3f4a5b6-FRA"),
    ];
    facts.content_type = Some("application/json".to_owned());
    facts.body = "{\"object\":\"list\",\"data\":[{\"id\":\"gpt-4o-mini\",\"object\":\"model\"}]}".to_owned();
    facts.body_bytes = 9120;
    facts.clock_offset_s = Some(0);
    facts.answered_by = Some(Answerer::Provider);
    facts.answered_by_signs = vec!["openai-processing-ms".to_owned()];
    facts.info = Some(info(11.5));
    let facts = passed(&mut evidence.api, 233.8, 0.21);
    facts.shape = BodyShape::ModelList;
    facts.models = Some(87);
    facts.first_models = vec!["gpt-4o-mini".to_owned(), "gpt-4o".to_owned()];
    facts.request_id = Some("req_0123456789abcdef".to_owned());
    facts.processing_ms = Some(Ms(142.0));
}
