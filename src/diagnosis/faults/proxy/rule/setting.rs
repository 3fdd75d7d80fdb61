//! The rules that find a proxy that is set where or as it should not be.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::ways::{adopt, fails, told, tried, working, works};
use crate::diagnosis::reading;
use crate::evidence::api::BodyShape;
use crate::evidence::config::{HostKind, ProxyVariable, RouteKind};
use crate::evidence::dns::AddressClass;
use crate::evidence::experiment::proxy::WayRole;
use crate::evidence::http::Answerer;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::{answered, failed, host_kind, named};

pub(in super::super) fn loopback_through_proxy(evidence: &Evidence) -> Option<Finding> {
    let kind = host_kind(evidence);
    if !reading::is_proxied(evidence) || kind == HostKind::Public {
        return None;
    }
    let facts = &evidence.proxy.facts;
    let http = &evidence.http.facts;
    let (stage, words) = if let Some((_, failure)) = failed(evidence) {
        let refused = matches!(facts.status, Some(500..=599)) || matches!(facts.socks_reply, Some(1..=6));
        let closed =
            matches!(failure, FailureKind::ConnectionClosed | FailureKind::ConnectionReset | FailureKind::Timeout);
        // What is local to a proxy it may well forbid; on a private network that is a rule of its owner's.
        let forbidden = kind == HostKind::Loopback && matches!(facts.status, Some(400..=406 | 408..=499));
        if facts.reached < ProxyStep::Connected || facts.speaks.is_some() || !(refused || closed || forbidden) {
            return None;
        }
        (Stage::Proxy, answered(facts))
    } else if facts.forwards && (evidence.http.failed() || refused_to_forward(evidence, kind)) {
        let after = reading::ms(http.first_byte_ms);
        // A server of any kind may fail with 500 by itself.
        let by_proxy = match http.answered_by {
            Some(Answerer::ClientProxy) => true,
            Some(Answerer::Server) | None => http.status != Some(500),
            Some(_) => false,
        };
        if !by_proxy {
            return None;
        }
        let words = http.status.map(|status| {
            say!(
                en: "the answer was {status} after {after}, with {bytes} bytes of body",
                zh: "应答为 {status}，用时 {after}，正文 {bytes} 字节",
                bytes = http.body_bytes,
            )
        });
        (Stage::Http, words)
    } else if evidence.tls.failed() && facts.reached == ProxyStep::Tunnelled && evidence.tls.facts.bytes_received == 0 {
        (Stage::Tls, answered(facts))
    } else {
        return None;
    };
    let host = reading::host(evidence);
    let direct = working(evidence, WayRole::Direct);
    let confidence = if direct.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    Some(
        Finding::faulty(stage, confidence)
            .because_if(direct.or_else(|| tried(evidence, WayRole::Direct).next()).map(told))
            .because(if kind == HostKind::Loopback {
                say!(
                    en: "{host} is this machine, and the request went to the proxy",
                    zh: "{host} 就是本机，请求却被送到了代理",
                )
            } else {
                say!(
                    en: "{host} is a local name or address, and the request went to the proxy",
                    zh: "{host} 是内网名称或地址，请求却被送到了代理",
                )
            })
            .because_if(words)
            .because(named(evidence)),
    )
}

/// Whether the answer to a plain request says that the proxy did not get, or not want to get, to a local host. A 403
/// may be the endpoint's own, unless the proxy signs it or it is no answer of an API.
fn refused_to_forward(evidence: &Evidence, kind: HostKind) -> bool {
    let (http, api) = (&evidence.http.facts, &evidence.api.facts);
    let signed = http.answered_by == Some(Answerer::ClientProxy);
    let no_api = api.error.is_none() && !matches!(api.shape, BodyShape::ModelList | BodyShape::OtherJson);
    match http.status {
        Some(500 | 502..=504) => true,
        Some(403) => kind == HostKind::Loopback && (signed || no_api),
        Some(400..=406 | 408..=499) => kind == HostKind::Loopback && signed,
        _ => false,
    }
}

pub(in super::super) fn env_conflict(evidence: &Evidence) -> Option<Finding> {
    let variables = &evidence.config.facts.proxy_variables;
    let is_twin = |one: &ProxyVariable, other: &ProxyVariable| {
        one.name != other.name && one.name.eq_ignore_ascii_case(&other.name) && one.value != other.value
    };
    let relevant = |name: &str| !name.eq_ignore_ascii_case("no_proxy") && concerns(name, evidence);
    let (one, other) = variables
        .iter()
        .enumerate()
        .flat_map(|(at, one)| variables[at + 1..].iter().map(move |other| (one, other)))
        .find(|(one, other)| is_twin(one, other) && relevant(&one.name))?;
    let ours = &evidence.target.route.origin;
    let unused = if *ours == one.name { other } else { one };
    let way = tried(evidence, WayRole::OtherProxy).find(|way| way.origins.contains(&unused.name));
    let unreached = evidence.proxy.failed() || way.is_some_and(works) && evidence.tls.failed();
    // Where the other one fails as well, it is not the contradiction that stops anything.
    let stopped = unreached && (*ours == one.name || *ours == other.name) && !way.is_some_and(fails);
    let finding = if stopped {
        Finding::faulty(Stage::Proxy, if way.is_some_and(works) { Confidence::Confirmed } else { Confidence::Likely })
    } else {
        Finding::degraded(Stage::Config, Confidence::Confirmed)
    };
    let mut finding = finding.because(say!(
        en: "{a} is {x}, {b} is {y}",
        zh: "{a} 是 {x}，{b} 是 {y}",
        a = one.name.as_str(),
        x = shown(&one.value),
        b = other.name.as_str(),
        y = shown(&other.value),
    ));
    if stopped {
        let failure = evidence.proxy.failure.as_ref().or(evidence.tls.failure.as_ref());
        let detail = failure.map_or("", |failure| failure.detail.as_str());
        finding = finding
            .because(say!(
                en: "this run went by {ours}, and that proxy failed: {detail}",
                zh: "本次按 {ours} 走代理，结果失败：{detail}",
            ))
            .because_if(way.map(told))
            .fix_if(way.filter(|way| works(way)).map(|way| {
                let name = unused.name.as_str();
                (
                    say!(en: "Keep the value of {name}, which works", zh: "保留 {name} 的值，它是通的"),
                    adopt(way, evidence),
                )
            }))
            .fix(
                say!(
                    en: "Try the other one, {name}",
                    zh: "试试另一个：{name}",
                    name = unused.name.as_str(),
                ),
                crate::diagnosis::fill::quote(&unused.value, evidence)
                    .map(|proxy| format!("openai-doctor diagnose --proxy {proxy}")),
            );
    }
    Some(finding)
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "(empty)" } else { value }
}

/// Whether a proxy variable has a say in requests to this endpoint.
fn concerns(name: &str, evidence: &Evidence) -> bool {
    let plain = evidence.config.facts.base_url.scheme == "http";
    match name.to_ascii_lowercase().as_str() {
        "all_proxy" => true,
        "http_proxy" => plain,
        "https_proxy" => !plain,
        _ => false,
    }
}

/// A range in `NO_PROXY` that is meant for a local host and does not count for it, because the base URL names it.
fn range_of_no_account(evidence: &Evidence) -> Option<Finding> {
    let host = evidence.target.host.as_deref()?;
    let local = host_kind(evidence) != HostKind::Public && host.parse::<IpAddr>().is_err();
    let clients = &evidence.config.facts.no_proxy_by_client;
    let nobody = !clients.is_empty() && clients.iter().all(|client| !client.bypasses);
    // Only that the way without the proxy works shows what the range was for.
    let direct = working(evidence, WayRole::Direct)?;
    if !local || !nobody || !reading::is_proxied(evidence) || !evidence.proxy.failed() {
        return None;
    }
    let is_list = |name: &str| name.eq_ignore_ascii_case("no_proxy");
    let lists = evidence.config.facts.proxy_variables.iter().filter(|variable| is_list(&variable.name));
    let range = lists.flat_map(|list| list.value.split(',').map(str::trim)).find(|entry| {
        entry.split_once('/').is_some_and(|(net, bits)| net.parse::<IpAddr>().is_ok() && bits.parse::<u8>().is_ok())
    })?;
    Some(Finding::faulty(Stage::Proxy, Confidence::Likely).because(told(direct)).because(say!(
        en: "NO_PROXY holds the range {range}, which counts for addresses written in the URL and not for the name {host}",
        zh: "NO_PROXY 里有网段 {range}，但网段只对写成 IP 的地址有效，对域名 {host} 不起作用",
    )))
}

pub(in super::super) fn bypass_ignored(evidence: &Evidence) -> Option<Finding> {
    if let Some(found) = range_of_no_account(evidence) {
        return Some(found);
    }
    let clients = &evidence.config.facts.no_proxy_by_client;
    let around: Vec<&str> = clients.iter().filter(|one| one.bypasses).map(|one| one.client.as_str()).collect();
    let through: Vec<&str> = clients.iter().filter(|one| !one.bypasses).map(|one| one.client.as_str()).collect();
    // That some clients never send loopback through a proxy is no matter of how NO_PROXY is written.
    let rule = clients.iter().filter(|one| one.bypasses).find_map(|one| one.rule.as_deref())?;
    if through.is_empty() || around.is_empty() {
        return None;
    }
    let stopped = reading::is_proxied(evidence) && evidence.proxy.failed() && host_kind(evidence) != HostKind::Public;
    let finding = if stopped {
        let direct = working(evidence, WayRole::Direct);
        let confidence = if direct.is_some() { Confidence::Confirmed } else { Confidence::Likely };
        Finding::faulty(Stage::Proxy, confidence).because_if(direct.map(told))
    } else {
        Finding::degraded(Stage::Config, Confidence::Confirmed)
    };
    let host = reading::host(evidence);
    Some(finding.because(say!(
        en: "by the rule \"{rule}\" {host} goes around the proxy for {around}, and through it for {through}",
        zh: "按规则“{rule}”，{host} 在 {around} 中绕过代理，在 {through} 中却走代理",
        around = around.join(", "),
        through = through.join(", "),
    )))
}

pub(in super::super) fn dns_local(evidence: &Evidence) -> Option<Finding> {
    if evidence.target.route.kind != RouteKind::Socks5 {
        return None;
    }
    let dns = &evidence.dns;
    let remote = tried(evidence, WayRole::RemoteDns).next();
    if remote.is_some_and(fails) {
        return None;
    }
    let cured = remote.filter(|way| works(way));
    let finding = if dns.failed() {
        let misspelt = dns.kind() == Some(FailureKind::DnsNxdomain)
            && !reading::is_known_host(evidence)
            && !reading::asked(evidence).any(reading::is_sound);
        if misspelt || dns.kind() == Some(FailureKind::Interrupted) {
            return None;
        }
        let detail = dns.failure.as_ref().map_or("", |failure| failure.detail.as_str());
        Finding::faulty(Stage::Dns, Confidence::Likely).because(say!(
            en: "the name could not be resolved here: {detail}",
            zh: "在本机解析域名失败：{detail}",
        ))
    } else {
        let (stage, _) = reading::broken(evidence)?;
        let unreached = evidence.proxy.failed() && evidence.proxy.facts.reached < ProxyStep::Connected;
        let twice = reading::asked(evidence).any(|query| query.late.iter().any(|late| late.differs));
        let address = dns.facts.addresses.first()?;
        let false_one =
            cured.is_some() || !matches!(address.class, AddressClass::Public | AddressClass::FakeIp) || twice;
        if unreached || !false_one || reading::is_right_address(evidence) || host_kind(evidence) != HostKind::Public {
            return None;
        }
        let shown = address.address;
        Finding::faulty(stage, Confidence::Likely)
            .because(say!(
                en: "the name was resolved here, to {shown}, which is not the endpoint's address",
                zh: "域名在本机被解析为 {shown}，这不是端点的地址",
            ))
            .because_if(answered(&evidence.proxy.facts))
    };
    let mut finding = finding.because(named(evidence)).because(say!(
        en: "with socks5:// the proxy is never told the name",
        zh: "写 socks5:// 时，代理根本不知道域名",
    ));
    if let Some(way) = cured {
        finding.confidence = Confidence::Confirmed;
        finding.evidence.insert(0, told(way));
        finding = finding.not(
            "proxy-exit-dead",
            say!(en: "the same proxy reaches the endpoint when it is told the name", zh: "把域名交给同一个代理就能访问端点"),
        );
    }
    Some(finding)
}

pub(in super::super) fn socks_unsupported(evidence: &Evidence) -> Option<Finding> {
    if evidence.config.facts.no_proxy_rule.is_some() {
        return None;
    }
    // The general variable is what desktop proxies set for every program there is; who names a SOCKS proxy for one
    // scheme has a client in mind.
    let socks = evidence.config.facts.proxy_variables.iter().find(|variable| {
        variable.name.eq_ignore_ascii_case("all_proxy") && variable.value.to_ascii_lowercase().starts_with("socks")
    })?;
    let (name, value) = (&socks.name, &socks.value);
    Some(Finding::degraded(Stage::Config, Confidence::Possible).because(say!(
        en: "{name} is {value}",
        zh: "{name} 是 {value}",
    )))
}
