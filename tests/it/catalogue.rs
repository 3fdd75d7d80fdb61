//! The catalogue of faults and the scenarios cover each other.

use openai_doctor::diagnosis::faults;

use crate::scenario;

/// Faults that the main job tells apart.
const NAMED: &str = "base-url-malformed base-url-missing-version base-url-duplicated-path base-url-not-an-api \
    base-url-redirects base-url-scheme-mismatch key-missing key-malformed key-quoted key-wrong-provider key-invalid \
    key-scope-missing key-session-invalidated litellm-key-unknown organization-mismatch \
    organization-membership-missing organization-unverified account-deactivated ip-not-allowlisted \
    region-unsupported regional-hostname-required quota-exhausted billing-inactive rate-limited-requests \
    rate-limited-tokens request-exceeds-token-limit model-not-found model-access-denied azure-deployment-not-found \
    azure-key-or-endpoint-invalid azure-network-rules context-length-exceeded unsupported-parameter request-invalid \
    request-not-json content-type-unsupported payload-too-large content-filtered endpoint-not-found \
    method-not-allowed waf-blocked-user-agent cdn-challenge relay-quota-exhausted response-not-json \
    dns-name-not-found dns-no-answer dns-container-resolver-broken dns-sinkholed dns-poisoned dns-hijacked \
    dns-fake-ip-unreachable dns-slow hosts-file-override no-egress sandbox-no-network local-firewall ip-blackholed \
    tcp-rejected-by-firewall tcp-refused tcp-timeout tcp-unreachable ipv6-broken loopback-in-container \
    loopback-through-proxy proxy-unreachable proxy-auth-required proxy-connect-denied proxy-scheme-wrong \
    proxy-exit-dead proxy-not-applied proxy-env-conflict proxy-bypass-ignored proxy-dns-local proxy-socks-unsupported \
    connection-reset connection-closed-early tls-intercepted tls-ca-path-invalid tls-clock-skew \
    tls-version-unsupported tls-certificate-expired tls-certificate-name-mismatch tls-certificate-untrusted \
    tls-handshake-refused tls-handshake-timeout tls-handshake-reset gateway-block-page gateway-timeout read-timeout \
    bad-gateway cdn-origin-unreachable relay-upstream-tls relay-upstream-error relay-no-channel relay-saturated \
    relay-cooling-down server-error service-overloaded service-outage auth-header-stripped";

/// Faults without a scenario, and why no world of ours can show them.
const WITHOUT: &[(&str, &str)] =
    &[("tls-roots-stale", "a chain that Mozilla's roots verify takes a public CA's private key")];

#[test]
fn every_fault_has_its_scenario() {
    let scenarios = scenario::all();
    let has = |code: &str| scenarios.iter().any(|one| one.name == code && one.expect.fault.as_deref() == Some(code));
    let missing: Vec<&str> = NAMED.split_whitespace().filter(|code| !has(code)).collect();
    assert!(missing.is_empty(), "no scenario of that name expects: {missing:?}");
}

#[test]
fn every_fault_of_the_main_job_is_known() {
    let unknown: Vec<&str> = NAMED.split_whitespace().filter(|code| faults::by_code(code).is_none()).collect();
    assert!(unknown.is_empty(), "no literal in diagnosis::faults: {unknown:?}");
    let both: Vec<_> =
        WITHOUT.iter().filter(|(code, _)| NAMED.split_whitespace().any(|named| named == *code)).collect();
    assert!(both.is_empty(), "{both:?}");
}

#[test]
fn scenarios_expect_faults_that_exist() {
    for scenario in scenario::all() {
        let expect = &scenario.expect;
        for code in expect.fault.iter().chain(&expect.not).chain(&expect.also) {
            assert!(faults::by_code(code).is_some(), "{}: {code} is no fault", scenario.name);
        }
        let layer = expect.fault.as_deref().and_then(faults::by_code).map(|fault| fault.layer.name().to_owned());
        assert_eq!(expect.layer, layer, "{}", scenario.name);
        assert!(!scenario.title.is_empty());
    }
}
