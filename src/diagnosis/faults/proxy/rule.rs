//! The rules that find faults of proxies.

mod setting;
#[cfg(test)]
mod tests;
mod way;

use crate::diagnosis::answered::exchange;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::ways;
use crate::diagnosis::faults::tcp::container_hint;
use crate::diagnosis::reading;
use crate::evidence::config::{HostKind, RouteKind};
use crate::evidence::http::Answerer;
use crate::evidence::proxy::{ProxyStep, Spoken};
use crate::evidence::{Evidence, FailureKind, ProxyFacts, Stage};
use crate::lang::Sentence;
use crate::say;

pub(super) use setting::{bypass_ignored, dns_local, env_conflict, loopback_through_proxy, socks_unsupported};
pub(super) use way::{not_applied, rule_direct};

/// The proxy stage, if it failed by itself.
fn failed(evidence: &Evidence) -> Option<(&ProxyFacts, FailureKind)> {
    let kind = evidence.proxy.kind().filter(|kind| *kind != FailureKind::Interrupted)?;
    evidence.proxy.failed().then_some((&evidence.proxy.facts, kind))
}

/// Whether a setting is a proxy variable.
pub(super) fn is_variable(origin: &str) -> bool {
    origin.to_ascii_lowercase().ends_with("_proxy")
}

/// What the proxy answered when asked for the tunnel.
pub(super) fn answered(facts: &ProxyFacts) -> Option<Sentence> {
    let asked = &facts.asked_for;
    if let Some(status) = facts.status {
        let line = facts.status_line.clone().unwrap_or_else(|| status.to_string());
        return Some(say!(
            en: "asked for {asked}, the proxy answered \"{line}\"",
            zh: "请求代理连接 {asked}，它回答“{line}”",
        ));
    }
    let reply = facts.socks_reply?;
    let meaning = match reply {
        1 => "general failure",
        2 => "not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "?",
    };
    Some(say!(
        en: "asked for {asked}, the proxy answered SOCKS5 reply {reply} ({meaning})",
        zh: "请求代理连接 {asked}，它返回 SOCKS5 应答 {reply}（{meaning}）",
    ))
}

/// The start of what the proxy wrote along with its refusal, the mark-up of a page left out.
fn wrote(facts: &ProxyFacts) -> Option<Sentence> {
    let mut plain = String::new();
    for piece in facts.body.split('<') {
        plain.push(' ');
        plain.push_str(piece.split_once('>').map_or(piece, |(_, text)| text));
    }
    let text = crate::evidence::text::line(&plain, 160);
    (!text.is_empty()).then(|| say!(en: "it wrote: {text}", zh: "它写道：{text}"))
}

/// Which setting named the proxy.
pub(super) fn named(evidence: &Evidence) -> Sentence {
    let route = &evidence.target.route;
    let (proxy, origin) = (route.proxy.as_deref().unwrap_or("?"), &route.origin);
    say!(en: "the proxy {proxy} comes from {origin}", zh: "代理 {proxy} 来自 {origin}")
}

fn host_kind(evidence: &Evidence) -> HostKind {
    evidence.config.facts.base_url.host_kind
}

pub(super) fn unreachable(evidence: &Evidence) -> Option<Finding> {
    let (facts, _) = failed(evidence)?;
    if facts.reached >= ProxyStep::Connected {
        return None;
    }
    let mut finding = Finding::faulty(Stage::Proxy, Confidence::Confirmed);
    for attempt in facts.attempts.iter().filter(|attempt| !attempt.connected).take(3) {
        let (address, after) = (attempt.address, reading::ms(attempt.duration_ms));
        let detail = attempt.failure.as_ref().map_or_else(|| "no answer".to_owned(), |failure| failure.detail.clone());
        finding = finding.because(say!(
            en: "connecting to the proxy at {address} failed after {after}: {detail}",
            zh: "连接代理 {address} 在 {after} 后失败：{detail}",
        ));
    }
    if facts.attempts.is_empty() {
        let detail = evidence.proxy.failure.as_ref().map_or("", |failure| failure.detail.as_str());
        let address = &facts.address;
        finding = finding.because(say!(
            en: "the name of the proxy {address} could not be resolved: {detail}",
            zh: "代理 {address} 的域名解析失败：{detail}",
        ));
    }
    finding = finding.because(named(evidence));
    if reading::container(evidence).is_none() {
        finding = finding.not("loopback-in-container", say!(en: "this is no container", zh: "这不是在容器里"));
    }
    if !facts.attempts.is_empty() && facts.attempts.iter().all(|attempt| attempt.address.is_loopback()) {
        finding = container_hint(finding, evidence);
    }
    Some(ways::with_alternatives(finding, evidence))
}

pub(super) fn auth_required(evidence: &Evidence) -> Option<Finding> {
    if !evidence.proxy.failed() && !evidence.proxy.facts.forwards {
        return auth_required_by_the_endpoint(evidence);
    }
    let (facts, kind) = failed(evidence).or_else(|| {
        // A plain-HTTP endpoint: the proxy's 407 is the response itself.
        let forwarded = evidence.proxy.facts.forwards && evidence.http.facts.status == Some(407);
        forwarded.then_some((&evidence.proxy.facts, FailureKind::ProxyAuthRequired))
    })?;
    if kind != FailureKind::ProxyAuthRequired && facts.status != Some(407) {
        return None;
    }
    let stage = if evidence.proxy.failed() { Stage::Proxy } else { Stage::Http };
    let mut finding = Finding::faulty(stage, Confidence::Confirmed).because_if(answered(facts));
    if facts.socks_method == Some(0xFF) {
        finding = finding.because(say!(
            en: "the SOCKS5 proxy accepts none of the ways to authenticate that were offered",
            zh: "SOCKS5 代理不接受我方提供的任何认证方式",
        ));
    }
    finding = finding.because_if(schemes(evidence)).because(if facts.credentials {
        say!(en: "credentials were sent, and not accepted", zh: "已经发送了用户名和密码，但没有被接受")
    } else {
        say!(en: "the proxy's URL holds no credentials", zh: "代理 URL 里没有用户名和密码")
    });
    Some(ways::with_alternatives(finding, evidence).not(
        "key-invalid",
        say!(
            en: "the endpoint was never reached, so it has not seen the key",
            zh: "还没有到达端点，它根本没看到密钥",
        ),
    ))
}

/// How a proxy wants to be told who asks.
fn schemes(evidence: &Evidence) -> Option<Sentence> {
    let headers = evidence.proxy.facts.headers.iter().chain(&evidence.http.facts.headers);
    let schemes: Vec<&str> = headers
        .filter(|header| header.name == "proxy-authenticate")
        .filter_map(|header| header.value.split_whitespace().next())
        .collect();
    let named = schemes.join(", ");
    (!schemes.is_empty()).then(|| say!(en: "it asks for: {named}", zh: "它要求的认证方式：{named}"))
}

/// A 407 where no proxy was asked: the base URL names one, or one is in the way that was not asked for.
fn auth_required_by_the_endpoint(evidence: &Evidence) -> Option<Finding> {
    if evidence.http.facts.status != Some(407) {
        return None;
    }
    Some(
        Finding::faulty(Stage::Http, Confidence::Likely)
            .because_if(exchange(evidence))
            .because_if(schemes(evidence))
            .because(say!(
                en: "the request went to the base URL itself, and only a proxy answers 407",
                zh: "请求是直接发给 base URL 的，而只有代理才会返回 407",
            ))
            .fix(
                say!(
                    en: "Check host and port of the base URL, now {url}: a proxy listens there, or one on the way answers in its place",
                    zh: "检查 base URL 的主机和端口（现在是 {url}）：那里监听的是代理，或者途中有代理替它应答",
                    url = &evidence.target.base_url,
                ),
                None,
            )
            .not("key-invalid", say!(en: "the answer is not about the key", zh: "应答说的不是密钥")),
    )
}

pub(super) fn connect_denied(evidence: &Evidence) -> Option<Finding> {
    let (facts, _) = failed(evidence)?;
    // Any 4xx but the request for credentials is a refusal; so is SOCKS5's "not allowed by ruleset".
    let asked = facts.status == Some(401) && facts.credentials;
    let denied = matches!(facts.status, Some(400..=406 | 408..=499)) && !asked || facts.socks_reply == Some(2);
    let foreign = matches!(facts.speaks, Some(Spoken::Tls | Spoken::Socks5));
    if !denied || foreign {
        return None;
    }
    let finding = Finding::faulty(Stage::Proxy, Confidence::Confirmed)
        .because_if(answered(facts))
        .because_if(ways::who_is_refused(evidence))
        .because_if(wrote(facts))
        .because(named(evidence));
    Some(ways::with_alternatives(finding, evidence).not(
        "region-unsupported",
        say!(
            en: "the refusal came before any contact with the endpoint",
            zh: "拒绝发生在接触端点之前",
        ),
    ))
}

pub(super) fn scheme_wrong(evidence: &Evidence) -> Option<Finding> {
    let (facts, kind) = failed(evidence)?;
    let ours = match facts.kind {
        RouteKind::Direct => return None,
        RouteKind::Http => Spoken::Http,
        RouteKind::Https => Spoken::Tls,
        RouteKind::Socks5 | RouteKind::Socks5h => Spoken::Socks5,
    };
    let tried = facts.trials.iter().find(|trial| trial.answered && trial.tried != ours).map(|trial| trial.tried);
    let in_handshake = facts.tls.as_deref().and_then(|tls| tls.speaks);
    let real = facts.speaks.or(tried).or(in_handshake).filter(|real| *real != ours);
    let foreign = kind == FailureKind::ProxyProtocol || kind == FailureKind::TlsNotTls;
    if real.is_none() && !foreign || facts.reached < ProxyStep::Connected {
        return None;
    }
    let scheme = match facts.kind {
        RouteKind::Direct | RouteKind::Http => "http",
        RouteKind::Https => "https",
        RouteKind::Socks5 => "socks5",
        RouteKind::Socks5h => "socks5h",
    };
    let address = &facts.address;
    let confidence = match real {
        Some(Spoken::Other) | None => Confidence::Likely,
        Some(_) => Confidence::Confirmed,
    };
    let mut finding = Finding::faulty(Stage::Proxy, confidence);
    let right = match real {
        Some(Spoken::Http) => Some(("HTTP", "http")),
        Some(Spoken::Tls) => Some(("TLS", "https")),
        Some(Spoken::Socks5) => Some(("SOCKS5", "socks5h")),
        Some(Spoken::Other) | None => None,
    };
    finding = finding.because(match right {
        Some((speaks, _)) => say!(
            en: "the URL says {scheme}://, and {address} speaks {speaks}",
            zh: "URL 写的是 {scheme}://，而 {address} 说的是 {speaks}",
        ),
        None => say!(
            en: "the URL says {scheme}://, and what {address} answers is not that",
            zh: "URL 写的是 {scheme}://，而 {address} 的应答不是这个协议",
        ),
    });
    if let Some(failure) = &evidence.proxy.failure {
        let detail = &failure.detail;
        finding = finding.because(say!(en: "it failed with: {detail}", zh: "失败信息：{detail}"));
    }
    if let Some((_, scheme)) = right {
        let url = format!("{scheme}://{address}");
        let variable = &evidence.target.route.origin;
        let command = crate::diagnosis::fill::quote(&url, evidence).filter(|_| is_variable(variable)).map(|quoted| {
            if evidence.config.facts.machine.os == "windows" {
                format!("$env:{variable} = '{}'", quoted.trim_matches('\''))
            } else {
                format!("export {variable}={quoted}")
            }
        });
        finding = finding.fix(say!(en: "Use {url}", zh: "改成 {url}"), command);
    }
    let finding = finding.because_if(ways::in_its_own_protocol(evidence));
    Some(finding.because(named(evidence)).not(
        "proxy-unreachable",
        say!(
            en: "the port accepts connections",
            zh: "端口可以连接",
        ),
    ))
}

pub(super) fn exit_dead(evidence: &Evidence) -> Option<Finding> {
    ways::judge_exit(nothing_behind(evidence)?, evidence)
}

/// The proxy answers, and nothing from behind it does.
fn nothing_behind(evidence: &Evidence) -> Option<Finding> {
    let facts = &evidence.proxy.facts;
    if let Some((_, kind)) = failed(evidence) {
        if facts.reached < ProxyStep::Connected {
            return None;
        }
        let gone = matches!(facts.status, Some(500..=599)) || matches!(facts.socks_reply, Some(1 | 3..=6));
        let mute = facts.status.is_none()
            && facts.socks_reply.is_none()
            && facts.speaks.is_none()
            && matches!(kind, FailureKind::Timeout | FailureKind::ConnectionClosed | FailureKind::ConnectionReset);
        if !gone && !mute {
            return None;
        }
        let confidence = if gone { Confidence::Likely } else { Confidence::Possible };
        let mut finding =
            Finding::faulty(Stage::Proxy, confidence).because_if(answered(facts)).because_if(wrote(facts));
        if mute {
            let detail = evidence.proxy.failure.as_ref().map_or("", |failure| failure.detail.as_str());
            finding = finding.because(say!(
                en: "asked for the tunnel, the proxy gave no answer: {detail}",
                zh: "请求建立隧道后代理没有应答：{detail}",
            ));
        }
        let connected = reading::ms(facts.connect_ms);
        return Some(finding.because(named(evidence)).not(
            "proxy-unreachable",
            say!(
                en: "the proxy itself accepted the connection in {connected}",
                zh: "代理本身在 {connected} 内接受了连接",
            ),
        ));
    }
    if facts.forwards && evidence.proxy.passed() {
        return forwarded_in_vain(evidence);
    }
    // The tunnel is up and nothing comes through it.
    let cut = matches!(
        evidence.tls.kind(),
        Some(FailureKind::Timeout | FailureKind::ConnectionReset | FailureKind::ConnectionClosed)
    );
    let silent = evidence.tls.facts.bytes_received == 0;
    if facts.reached != ProxyStep::Tunnelled || !evidence.tls.failed() || !cut || !silent {
        return None;
    }
    let detail = evidence.tls.failure.as_ref().map_or("", |failure| failure.detail.as_str());
    let (tunnel, after) = (reading::ms(facts.tunnel_ms), reading::ms(evidence.tls.duration_ms));
    Some(
        Finding::faulty(Stage::Tls, Confidence::Likely)
            .because(say!(
                en: "the proxy granted the tunnel in {tunnel}, and no byte came through it in {after}: {detail}",
                zh: "代理在 {tunnel} 内同意建立隧道，之后 {after} 内没有任何数据返回：{detail}",
            ))
            .because(named(evidence))
            .not(
                "sni-reset",
                say!(
                    en: "between here and the proxy nothing was cut; what happened, happened behind it",
                    zh: "本机到代理之间没有断开，问题出在代理之后",
                ),
            ),
    )
}

/// A plain-HTTP request that the proxy was to pass on, and it answered by itself that it could not.
fn forwarded_in_vain(evidence: &Evidence) -> Option<Finding> {
    let http = &evidence.http.facts;
    let status = http.status.filter(|status| matches!(status, 500 | 502..=504))?;
    if http.answered_by != Some(Answerer::ClientProxy) {
        return None;
    }
    let after = reading::ms(http.first_byte_ms);
    Some(
        Finding::faulty(Stage::Http, Confidence::Likely)
            .because(say!(
                en: "the proxy itself answered {status} after {after}",
                zh: "代理自己在 {after} 后返回 {status}",
            ))
            .because(named(evidence)),
    )
}
