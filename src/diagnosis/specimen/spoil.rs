//! The ways to break the healthy run.

use crate::evidence::config::HostKind;
use crate::evidence::dns::{AddressClass, DnsOutcome, DnsSource, DnsTransport, LateAnswer, ResolverRole};
use crate::evidence::proxy::ProxyStep;
use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Observation, Operation, SkipReason, Status};

use super::{certificate, classified, ip};

fn stop<F: Default>(observation: &mut Observation<F>, failure: Failure) {
    observation.status = Status::Fail;
    observation.failure = Some(failure);
}

fn skip<F: Default>(observation: &mut Observation<F>) {
    *observation = Observation::skipped(SkipReason::EarlierStageFailed);
}

/// The chain ends at name resolution.
pub(in crate::diagnosis) fn dns_fails(evidence: &mut Evidence, kind: FailureKind) {
    stop(&mut evidence.dns, Failure::new(kind, Operation::Resolve, "resolution failed"));
    evidence.dns.facts.addresses.clear();
    evidence.dns.facts.source = DnsSource::None;
    skip(&mut evidence.tcp);
    skip(&mut evidence.tls);
    skip(&mut evidence.http);
    skip(&mut evidence.api);
}

/// The chain ends at the proxy, which got as far as `reached`.
pub(in crate::diagnosis) fn proxy_fails(evidence: &mut Evidence, kind: FailureKind, reached: ProxyStep) {
    stop(&mut evidence.proxy, Failure::new(kind, Operation::Proxy, "the proxy failed"));
    evidence.proxy.facts.reached = reached;
    evidence.proxy.facts.status = None;
    evidence.proxy.facts.status_line = None;
    skip(&mut evidence.tls);
    skip(&mut evidence.http);
    skip(&mut evidence.api);
}

/// Every connection attempt fails like this after `after` milliseconds.
pub(in crate::diagnosis) fn tcp_fails(evidence: &mut Evidence, kind: FailureKind, after: f64) {
    let failure = Failure::new(kind, Operation::Connect, "connect failed");
    evidence.tcp.facts.chosen = None;
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.connected = false;
        attempt.info = None;
        attempt.failure = Some(failure.clone());
        attempt.duration_ms = Some(Ms(after));
    }
    stop(&mut evidence.tcp, failure);
    skip(&mut evidence.tls);
    skip(&mut evidence.http);
    skip(&mut evidence.api);
}

/// Leaves the connection attempts of one family only.
pub(in crate::diagnosis) fn only_family(evidence: &mut Evidence, v6: bool) {
    evidence.tcp.facts.attempts.retain(|attempt| attempt.address.is_ipv6() == v6);
    evidence.dns.facts.addresses.retain(|address| address.address.is_ipv6() == v6);
}

/// The chain ends in the TLS handshake.
pub(in crate::diagnosis) fn tls_fails(evidence: &mut Evidence, kind: FailureKind) {
    stop(&mut evidence.tls, Failure::new(kind, Operation::Handshake, "handshake failed"));
    evidence.tls.facts.completed = false;
    evidence.tls.facts.trusted = false;
    evidence.tls.facts.chain.clear();
    evidence.tls.facts.platform = None;
    evidence.tls.facts.mozilla = None;
    evidence.tls.facts.bytes_received = 0;
    skip(&mut evidence.http);
    skip(&mut evidence.api);
}

/// The handshake completes and neither store accepts the certificate.
pub(in crate::diagnosis) fn certificate_fails(evidence: &mut Evidence, kind: FailureKind, certificate: Certificate) {
    stop(&mut evidence.tls, Failure::new(kind, Operation::Handshake, "invalid peer certificate"));
    let bad = Verdict { valid: false, kind: Some(kind), detail: Some("invalid".to_owned()), roots: Some(140) };
    evidence.tls.facts.chain = vec![certificate];
    evidence.tls.facts.platform = Some(bad.clone());
    evidence.tls.facts.mozilla = Some(bad);
    evidence.tls.facts.trusted = false;
    evidence.http.facts.key_sent = false;
    evidence.http.facts.status = Some(401);
}

/// This machine trusts the certificate, the Mozilla roots do not.
pub(in crate::diagnosis) fn untrusted_by_mozilla(evidence: &mut Evidence) {
    evidence.tls.facts.mozilla = Some(Verdict {
        valid: false,
        kind: Some(FailureKind::TlsUnknownIssuer),
        detail: Some("unknown issuer".to_owned()),
        roots: Some(140),
    });
    let mut issued = certificate("Zscaler Intermediate Root CA", "Zscaler Inc.");
    issued.interceptor = Some("Zscaler".to_owned());
    evidence.tls.facts.chain = vec![issued];
}

/// The request fails on the open connection.
pub(in crate::diagnosis) fn http_fails(evidence: &mut Evidence, kind: FailureKind, operation: Operation) {
    stop(&mut evidence.http, Failure::new(kind, operation, "request failed"));
    evidence.http.facts.status = None;
    evidence.http.facts.body.clear();
    evidence.http.facts.answered_by = None;
    skip(&mut evidence.api);
}

/// Every comparison query ends like this.
pub(in crate::diagnosis) fn comparison(evidence: &mut Evidence, outcome: DnsOutcome) {
    outcomes(evidence, ResolverRole::Comparison, outcome);
}

/// Every query to the configured resolvers ends like this.
pub(in crate::diagnosis) fn configured(evidence: &mut Evidence, outcome: DnsOutcome) {
    outcomes(evidence, ResolverRole::Configured, outcome);
}

fn outcomes(evidence: &mut Evidence, role: ResolverRole, outcome: DnsOutcome) {
    for query in evidence.dns.facts.queries.iter_mut().filter(|query| query.role == role) {
        query.outcome = outcome;
        query.answers.clear();
        let silent = matches!(outcome, DnsOutcome::Silent | DnsOutcome::Unreachable | DnsOutcome::PortUnreachable);
        query.duration_ms = (!silent).then_some(Ms(5.0));
        query.failure = (outcome == DnsOutcome::Silent).then(|| Failure::timeout(Operation::Resolve, Ms(2000.0)));
        query.rcode = match outcome {
            DnsOutcome::Nxdomain => Some("NXDOMAIN".to_owned()),
            DnsOutcome::Servfail => Some("SERVFAIL".to_owned()),
            DnsOutcome::Refused => Some("REFUSED".to_owned()),
            DnsOutcome::NoData => Some("NOERROR".to_owned()),
            _ => None,
        };
    }
}

/// Queries of one role over plain UDP or TCP answer with this address.
pub(in crate::diagnosis) fn answers(evidence: &mut Evidence, role: ResolverRole, address: &str, class: AddressClass) {
    for query in &mut evidence.dns.facts.queries {
        if query.role == role && matches!(query.transport, DnsTransport::Udp | DnsTransport::Tcp) {
            query.answers = vec![classified(address, class)];
        }
    }
    if role == ResolverRole::Configured {
        resolves_to(evidence, address, class);
    }
}

/// The chain goes on with this address alone.
pub(in crate::diagnosis) fn resolves_to(evidence: &mut Evidence, address: &str, class: AddressClass) {
    evidence.dns.facts.addresses = vec![classified(address, class)];
    evidence.tcp.facts.attempts.truncate(1);
    for attempt in &mut evidence.tcp.facts.attempts {
        attempt.address = ip(address);
    }
    evidence.tcp.facts.chosen = Some(ip(address));
}

/// A later, different answer to the first configured query.
pub(in crate::diagnosis) fn answers_again(evidence: &mut Evidence, address: &str) {
    evidence.dns.facts.queries[0].late.push(LateAnswer {
        after_ms: Ms(54.0),
        rcode: "NOERROR".to_owned(),
        answers: vec![classified(address, AddressClass::Public)],
        differs: true,
    });
}

/// The endpoint is a server of one's own at a local address.
pub(in crate::diagnosis) fn local_endpoint(evidence: &mut Evidence, host: &str, kind: HostKind) {
    evidence.target.base_url = format!("http://{host}:8000/v1");
    evidence.target.host = Some(host.to_owned());
    evidence.target.port = Some(8000);
    evidence.config.facts.base_url.scheme = "http".to_owned();
    evidence.config.facts.base_url.host_kind = kind;
    evidence.config.facts.base_url.provider = None;
    evidence.dns.facts.name = host.to_owned();
    evidence.dns.facts.queries.clear();
    evidence.dns.facts.compared = false;
    evidence.tls = Observation::skipped(SkipReason::PlainHttp);
}
