//! What holds for every fault literal.

use std::collections::HashSet;

use super::{all, by_code};
use crate::diagnosis::{Heard, Retry, diagnose};
use crate::evidence::api::BodyShape;
use crate::evidence::{Evidence, Observation, Status};

#[test]
fn codes_are_unique_and_kebab_case() {
    let mut seen = HashSet::new();
    for fault in all() {
        assert!(seen.insert(fault.code), "{} is there twice", fault.code);
        assert!(
            fault.code.starts_with(|c: char| c.is_ascii_lowercase())
                && fault.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            fault.code
        );
    }
}

#[test]
fn every_fault_speaks_both_languages() {
    for fault in all() {
        let texts = [fault.title, fault.explanation, fault.impact, fault.told_apart];
        for text in texts.into_iter().chain(fault.fixes.iter().map(|fix| fix.text)) {
            assert!(!text.en.trim().is_empty() && !text.zh.trim().is_empty(), "{}: {text:?}", fault.code);
            assert!(text.en.is_ascii() || text.en.contains(['“', '…', '–']), "{}: {}", fault.code, text.en);
            assert!(!text.zh.is_ascii(), "{}: {}", fault.code, text.zh);
        }
        for sentences in [fault.explanation, fault.told_apart] {
            assert!(sentences.en.ends_with('.') && sentences.zh.ends_with('。'), "{}: {sentences:?}", fault.code);
        }
        assert!(!fault.title.en.ends_with('.') && !fault.title.zh.ends_with('。'), "{}", fault.code);
        assert!(!fault.fixes.is_empty() || fault.retry == Retry::NotApplicable, "{} has no fix", fault.code);
    }
}

/// Every code with its layer, owner and advice on retrying, which scripts rely on.
const CONTRACT: &str = "
    base-url-malformed application you no
    base-url-missing-version application you no
    base-url-duplicated-path application you no
    base-url-not-an-api application you no
    base-url-redirects application you no
    base-url-scheme-mismatch transport you no
    env-shadows-config application you no
    key-missing application you no
    key-malformed application you no
    key-quoted application you no
    key-wrong-provider application you no
    key-invalid application account no
    key-scope-missing application account no
    key-session-invalidated application account no
    litellm-key-unknown application relay no
    auth-header-stripped application relay no
    organization-mismatch application account no
    organization-membership-missing application account no
    organization-unverified application account later
    account-deactivated application account no
    ip-not-allowlisted application account no
    region-unsupported application network no
    region-unsupported-over-ipv6 application network no
    regional-hostname-required application account no
    quota-exhausted application account no
    billing-inactive application account no
    rate-limited-requests application account after-reset
    rate-limited-tokens application account after-reset
    request-exceeds-token-limit application you no
    model-not-found application you no
    model-access-denied application account no
    azure-deployment-not-found application you no
    azure-key-or-endpoint-invalid application account no
    azure-network-rules application account no
    context-length-exceeded application you no
    unsupported-parameter application you no
    request-invalid application you no
    request-not-json application you no
    content-type-unsupported application you no
    payload-too-large application relay no
    content-filtered application provider no
    endpoint-not-found application you no
    method-not-allowed application you no
    responses-api-unsupported application relay no
    websocket-blocked application network no
    browser-cors-missing application relay no
    waf-blocked-user-agent application relay no
    cdn-challenge application network no
    relay-quota-exhausted application account no
    relay-ignores-stream application relay no
    relay-usage-wrong application relay no
    relay-model-suspect application relay no
    sse-buffered application relay no
    sse-compressed application relay no
    sse-nonstandard application relay no
    stream-error-event application provider by-inner-code
    response-not-json application relay no
    connection-pool-exhausted application you once
    dns-name-not-found network you no
    dns-no-answer network network once
    dns-container-resolver-broken network you once
    dns-vpn-split network network no
    dns-sinkholed network network no
    dns-poisoned network network no
    dns-hijacked network network no
    dns-fake-ip-unreachable network you no
    dns-slow network network once
    hosts-file-override network you no
    no-egress network network no
    sandbox-no-network network you no
    local-firewall network you no
    ip-blackholed network network no
    tcp-rejected-by-firewall network network no
    tcp-refused network provider once
    tcp-timeout network network once
    tcp-unreachable network network once
    connection-failed network network once
    ipv6-broken network network no
    packet-loss network network backoff
    high-latency-happy-eyeballs network you no
    captive-portal network network after-login
    loopback-in-container network you no
    proxy-unreachable network you no
    proxy-auth-required network you no
    proxy-connect-denied network network no
    proxy-scheme-wrong network you no
    proxy-exit-dead network you once
    proxy-rule-direct network you no
    proxy-not-applied network you no
    proxy-env-conflict network you no
    proxy-bypass-ignored network you no
    loopback-through-proxy network you no
    proxy-dns-local network you no
    proxy-socks-unsupported network you no
    icmp-filtered network network na
    udp-443-blocked network network na
    mtu-black-hole transport network no
    client-hello-too-large transport network no
    sni-reset transport network no
    sni-dropped transport network no
    edge-rejects-exit-address transport network no
    dpi-stall transport network no
    connection-reset transport network new-connection
    connection-closed-early transport provider new-connection
    tls-intercepted transport network no
    tls-ca-path-invalid transport you no
    tls-roots-stale transport you no
    tls-clock-skew transport you no
    tls-version-unsupported transport you no
    tls-certificate-expired transport provider no
    tls-certificate-name-mismatch transport provider no
    tls-certificate-untrusted transport provider no
    tls-handshake-refused transport provider no
    tls-handshake-timeout transport network once
    tls-handshake-reset transport network once
    gateway-block-page transport network no
    http2-broken transport network new-connection
    idle-connection-dropped transport network new-connection
    read-timeout transport provider once
    stream-truncated transport network whole-request
    slow-first-token service provider no
    gateway-timeout service relay no
    bad-gateway service provider backoff
    cdn-origin-unreachable service relay later
    relay-upstream-tls service relay no
    relay-upstream-error service relay once
    relay-no-channel service relay no
    relay-saturated service relay backoff
    relay-cooling-down service relay backoff
    relay-status-rewritten service relay by-inner-code
    server-error service provider backoff
    service-overloaded service provider backoff
    service-outage service provider later
    rate-limit-headers-missing service relay na
";

#[test]
fn the_catalogue_is_complete_and_keeps_its_promises() {
    let promised: Vec<Vec<&str>> =
        CONTRACT.lines().map(|line| line.split_whitespace().collect()).filter(|row: &Vec<_>| !row.is_empty()).collect();
    assert_eq!(promised.len(), 134);
    let mut wrong = Vec::new();
    for row in &promised {
        let Some(fault) = by_code(row[0]) else {
            wrong.push(format!("{} is missing", row[0]));
            continue;
        };
        let retry = fault.retry.name().replace(' ', "-").replace('/', "");
        let ours = [fault.code, fault.layer.name(), fault.owner.name(), retry.as_str()];
        if ours[..] != row[..] {
            wrong.push(format!("{ours:?}, not {row:?}"));
        }
    }
    wrong.extend(
        all().filter(|fault| !promised.iter().any(|row| row[0] == fault.code)).map(|fault| fault.code.to_owned()),
    );
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_to_look_for_are_lower_case() {
    for fault in all() {
        for sign in fault.signs {
            for word in sign.message.iter().chain(sign.and_message).chain(sign.without) {
                assert_eq!(*word, word.to_lowercase(), "{}", fault.code);
            }
        }
        for word in fault.heard.iter().flat_map(Heard::words) {
            assert_eq!(word, word.to_ascii_lowercase(), "{}", fault.code);
        }
    }
}

#[test]
fn faults_name_only_faults_that_exist() {
    let named = |code: &&str| by_code(code).is_some();
    let mut missing = Vec::new();
    for fault in all() {
        let others = fault.rivals.iter().chain(fault.causes).chain(fault.explained_by);
        missing.extend(others.filter(|code| !named(code)).map(|code| format!("{} names {code}", fault.code)));
        assert!(!fault.explained_by.contains(&fault.code), "{} explains itself", fault.code);
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn no_two_faults_explain_each_other() {
    for fault in all() {
        for cause in fault.explained_by.iter().filter_map(|code| by_code(code)) {
            assert!(!cause.explained_by.contains(&fault.code), "{} and {}", fault.code, cause.code);
        }
    }
}

#[test]
fn healthy_evidence_shows_no_fault() {
    let mut evidence = Evidence::default();
    evidence.target.base_url = "https://api.openai.com/v1".to_owned();
    evidence.target.host = Some("api.openai.com".to_owned());
    evidence.target.port = Some(443);
    evidence.config.facts.base_url.scheme = "https".to_owned();
    evidence.config.facts.base_url.path = "/v1".to_owned();
    evidence.config.facts.base_url.has_version = true;
    evidence.config.facts.base_url.provider = Some("openai".to_owned());
    evidence.config.status = Status::Pass;
    evidence.tls.facts.completed = true;
    evidence.tls.facts.trusted = true;
    evidence.http = Observation { status: Status::Pass, ..Observation::default() };
    evidence.http.facts.status = Some(200);
    evidence.http.facts.content_type = Some("application/json".to_owned());
    evidence.api = Observation { status: Status::Pass, ..Observation::default() };
    evidence.api.facts.shape = BodyShape::ModelList;
    evidence.api.facts.models = Some(3);
    let outcome = diagnose(&evidence);
    let found: Vec<&str> = outcome.diagnoses.iter().map(|diagnosis| diagnosis.fault.code).collect();
    assert!(found.is_empty(), "{found:?}");
}
