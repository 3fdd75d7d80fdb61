//! Evidence made up for tests of the renderers: one healthy run, and the ways in which it can be broken.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::diagnosis::{
    Command, Confidence, Diagnosis, Fault, FilledFix, Finding, Fix, Health, Layer, Outcome, Owner, Retry, diagnose,
    fill,
};
use crate::evidence::api::BodyShape;
use crate::evidence::config::{HostKind, KeyFacts, KeyRef};
use crate::evidence::dns::{
    AddressClass, ClassifiedAddress, DnsOutcome, DnsQuery, DnsSource, DnsTransport, RecordKind, ResolverRole,
};
use crate::evidence::http::{Answerer, Header};
use crate::evidence::tcp::{TcpAttempt, TcpInfo};
use crate::evidence::tls::{Certificate, Verdict};
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Observation, Operation, SkipReason, Stage, Status};
use crate::lang::{Lang, Sentence};
use crate::{say, text};

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

/// The report of some evidence under a judgement made up for it, so that the words of a real fault may change.
pub(crate) fn judged(evidence: &Evidence, health: Health, found: Vec<(&'static Fault, Finding)>, lang: Lang) -> Report {
    let diagnoses = found
        .into_iter()
        .map(|(fault, finding)| Diagnosis {
            fault,
            fixes: fault
                .fixes
                .iter()
                .map(|fix| FilledFix {
                    text: fix.text.sentence(),
                    command: fill::for_system(fix.command, "linux").map(|command| fill::fill(&command, evidence)),
                    confirmed: false,
                })
                .collect(),
            reproduce: vec![fill::fill("dig @{resolver} {host} A", evidence)],
            finding,
        })
        .collect();
    Report::new(evidence, &Outcome { diagnoses, questions: vec![], health }, &circumstances(lang))
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
    seen.status = Status::Pass;
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
        sent: 1,
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
        by_ca_file: false,
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
        rejected_by: None,
        icmp_watched: true,
    }
}

fn info(rtt: f64) -> TcpInfo {
    TcpInfo {
        rtt_ms: Some(Ms(rtt)),
        min_rtt_ms: Some(Ms(rtt)),
        retransmits: Some(0),
        segments_sent: Some(2),
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

fn fail<F: Default>(seen: &mut Observation<F>, kind: FailureKind, operation: Operation, detail: &str) {
    seen.status = Status::Fail;
    seen.failure = Some(Failure::new(kind, operation, detail));
}

/// Every stage behind this one was not reached.
fn stop_after(evidence: &mut Evidence, stage: Stage) {
    if stage < Stage::Tls {
        evidence.tls = Observation::default();
    }
    if stage < Stage::Http {
        evidence.http = Observation::default();
    }
    if stage < Stage::Api {
        evidence.api = Observation::default();
    }
}

static POISONED: Fault = Fault {
    code: "dns-poisoned",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the DNS answer is forged on its way", zh: "DNS 应答在途中被伪造"),
    explanation: text!(
        en: "Something between this machine and the resolver answers first, with an address that is not the API's. The \
             connection then goes to a stranger.",
        zh: "在本机与 DNS 服务器之间，有设备抢先返回了伪造的应答，其中的地址不属于该 API，于是连接去了错误的地方。"
    ),
    retry: Retry::No,
    fixes: &[
        Fix {
            text: text!(en: "Resolve over an encrypted channel (DoH or DoT)", zh: "改用加密的解析方式（DoH 或 DoT）"),
            command: Command::Any("resolvectl dnsovertls eth0 yes"),
        },
        Fix {
            text: text!(
                en: "Send the requests through a proxy that resolves names itself; the scheme socks5h does",
                zh: "通过由代理解析域名的代理访问，例如 socks5h"
            ),
            command: Command::Per {
                linux: "export HTTPS_PROXY=socks5h://127.0.0.1:1080",
                macos: "export HTTPS_PROXY=socks5h://127.0.0.1:1080",
                windows: "$env:HTTPS_PROXY = 'socks5h://127.0.0.1:1080'",
            },
        },
        Fix { text: text!(en: "Ask whoever runs the network", zh: "联系网络管理者"), command: Command::None },
    ],
    ..Fault::BASE
};

/// Forged answers: the connection times out at a stranger's address.
pub(crate) fn poisoned(lang: Lang) -> Report {
    let mut evidence = healthy();
    let forged = [classified("31.13.94.41", AddressClass::KnownForged)];
    evidence.dns.status = Status::Warn;
    evidence.dns.facts.addresses = forged.to_vec();
    evidence.dns.facts.queries[0].answers = forged.to_vec();
    evidence.dns.facts.queries[0].answer_count = 1;
    let timeout = Failure::timeout(Operation::Connect, Ms(5000.0));
    evidence.tcp.duration_ms = Some(Ms(5000.4));
    evidence.tcp.facts.chosen = None;
    evidence.tcp.facts.local = None;
    evidence.tcp.facts.attempts = vec![attempt("31.13.94.41", 12.9, 5000.2)];
    evidence.tcp.facts.attempts[0].connected = false;
    evidence.tcp.facts.attempts[0].info = None;
    evidence.tcp.facts.attempts[0].failure = Some(timeout.clone());
    evidence.tcp.status = Status::Fail;
    evidence.tcp.failure = Some(timeout);
    stop_after(&mut evidence, Stage::Tcp);
    let finding = Finding::faulty(Stage::Tcp, Confidence::Confirmed)
        .because(say!(
            en: "192.168.1.1 answered 31.13.94.41 after 3 ms and 162.159.140.245 after 12 ms, to the same question",
            zh: "对同一个查询，192.168.1.1 在 3 毫秒后返回 31.13.94.41，在 12 毫秒后又返回 162.159.140.245"
        ))
        .because(say!(
            en: "8.8.8.8 over TLS answers 162.159.140.245, where a certificate for api.openai.com is presented",
            zh: "8.8.8.8 通过 TLS 返回 162.159.140.245，该地址出示了 api.openai.com 的证书"
        ))
        .not(
            "dns-hijacked",
            say!(
                en: "addresses that are no resolvers do not answer",
                zh: "不是 DNS 服务器的地址没有应答"
            ),
        );
    judged(&evidence, Health::Faulty, vec![(&POISONED, finding)], lang)
}

static INTERCEPTED: Fault = Fault {
    code: "tls-interceptor-untrusted",
    layer: Layer::Transport,
    owner: Owner::You,
    title: text!(
        en: "a TLS-inspecting proxy signs the certificate and its root is not trusted here",
        zh: "TLS 由中间设备解密检查，而本机不信任其根证书"
    ),
    explanation: text!(
        en: "The connection is opened by a filter that shows a certificate of its own making.",
        zh: "连接被安全设备拆开，它出示的是自己签发的证书。"
    ),
    fixes: &[Fix {
        text: text!(en: "Trust the filter's root certificate", zh: "信任该设备的根证书"),
        command: Command::Any("export SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"),
    }],
    ..Fault::BASE
};

static CLOCK: Fault = Fault {
    code: "tls-clock-skew",
    layer: Layer::Transport,
    title: text!(en: "this machine's clock is wrong", zh: "本机时钟不准"),
    fixes: &[Fix {
        text: text!(en: "Set the clock", zh: "校准时钟"),
        command: Command::Any("timedatectl set-ntp true"),
    }],
    ..Fault::BASE
};

/// A filter's certificate, and a second finding beside it.
pub(crate) fn intercepted(lang: Lang) -> Report {
    let mut evidence = healthy();
    let facts = &mut evidence.tls.facts;
    facts.chain = vec![Certificate {
        issuer_o: Some("Zscaler Inc.".to_owned()),
        issuer_cn: Some("Zscaler Intermediate Root CA (zscalertwo.net)".to_owned()),
        interceptor: Some("Zscaler".to_owned()),
        ..certificate("api.openai.com", "Zscaler", 12)
    }];
    facts.trusted = false;
    let untrusted = Verdict {
        valid: false,
        kind: Some(FailureKind::TlsUnknownIssuer),
        detail: Some("UnknownIssuer".to_owned()),
        roots: Some(144),
    };
    facts.platform = Some(untrusted.clone());
    facts.mozilla = Some(untrusted);
    fail(&mut evidence.tls, FailureKind::TlsUnknownIssuer, Operation::Handshake, "UnknownIssuer");
    stop_after(&mut evidence, Stage::Tls);
    let finding = Finding::faulty(Stage::Tls, Confidence::Likely)
        .because(say!(en: "the issuer is Zscaler", zh: "签发者是 Zscaler"));
    let clock = Finding::degraded(Stage::Tls, Confidence::Possible)
        .because(say!(en: "the Date header is 400 s ahead", zh: "Date 响应头快了 400 秒"));
    judged(&evidence, Health::Faulty, vec![(&INTERCEPTED, finding), (&CLOCK, clock)], lang)
}

static QUOTA: Fault = Fault {
    code: "quota-exhausted",
    layer: Layer::Application,
    owner: Owner::Account,
    title: text!(en: "the account has no credit left", zh: "账户余额或配额已用完"),
    explanation: text!(
        en: "The key is right and the request arrived; the account behind it cannot pay for it.",
        zh: "密钥有效，请求也已送达，但其账户已没有可用额度。"
    ),
    fixes: &[Fix {
        text: text!(
            en: "Add credit: https://platform.openai.com/settings/organization/billing/overview",
            zh: "充值：https://platform.openai.com/settings/organization/billing/overview"
        ),
        command: Command::None,
    }],
    ..Fault::BASE
};

/// 429 `insufficient_quota`.
pub(crate) fn quota(lang: Lang) -> Report {
    let mut evidence = healthy();
    let http = &mut evidence.http.facts;
    http.status = Some(429);
    http.reason = Some("Too Many Requests".to_owned());
    fail(&mut evidence.http, FailureKind::HttpStatus, Operation::Receive, "429");
    let api = &mut evidence.api.facts;
    api.shape = BodyShape::ErrorObject;
    api.models = None;
    api.first_models.clear();
    api.error = Some(crate::evidence::api::ApiError {
        message: "You exceeded your current quota, please check your plan and billing details. For more information \
                  on this error, read the docs."
            .to_owned(),
        code: Some("insufficient_quota".to_owned()),
        kind: Some("insufficient_quota".to_owned()),
        ..Default::default()
    });
    fail(&mut evidence.api, FailureKind::ApiError, Operation::Body, "insufficient_quota");
    let finding =
        Finding::faulty(Stage::Api, Confidence::Confirmed).because(Sentence::verbatim("429 insufficient_quota")).not(
            "rate-limited-requests",
            say!(en: "the code is not rate_limit_exceeded", zh: "错误码不是 rate_limit_exceeded"),
        );
    judged(&evidence, Health::Faulty, vec![(&QUOTA, finding)], lang)
}

static IPV6: Fault = Fault {
    code: "ipv6-broken",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "IPv6 does not work and costs time on every connection", zh: "IPv6 不通，每次连接都会变慢"),
    explanation: text!(
        en: "The name has IPv6 addresses and this machine tries them; they lead nowhere.",
        zh: "域名有 IPv6 地址，本机也会尝试，但走不通。"
    ),
    impact: text!(en: "delays or failures over IPv6", zh: "走 IPv6 时变慢或失败"),
    retry: Retry::NotApplicable,
    ..Fault::BASE
};

/// It works, but IPv6 does not.
pub(crate) fn degraded(lang: Lang) -> Report {
    let mut evidence = healthy();
    let mut dead = attempt("2606:4700::6812:7a5", 12.9, 0.0);
    dead.duration_ms = Some(Ms(250.1));
    dead.connected = false;
    dead.info = None;
    dead.failure = Some(Failure::new(FailureKind::NetworkUnreachable, Operation::Connect, "Network is unreachable"));
    evidence.tcp.status = Status::Warn;
    evidence.tcp.facts.attempts.insert(0, dead);
    let finding = Finding::degraded(Stage::Tcp, Confidence::Confirmed)
        .because(say!(en: "1 of 1 IPv6 addresses failed, 2 of 2 IPv4 addresses connected", zh: "1 个 IPv6 地址全部失败，2 个 IPv4 地址全部连通"));
    judged(&evidence, Health::Degraded, vec![(&IPV6, finding)], lang)
}

/// A run that ended while it waited for the answer.
pub(crate) fn cut_short(lang: Lang, interrupted: bool) -> Report {
    let mut evidence = healthy();
    evidence.cut_short = true;
    evidence.api = Observation::skipped(SkipReason::RunEnded);
    evidence.http = Observation::default();
    evidence.http.skip_reason = Some(SkipReason::CutOff);
    let run = Circumstances { interrupted, ..circumstances(lang) };
    Report::new(&evidence, &Outcome { health: Health::Inconclusive, ..Outcome::default() }, &run)
}
