//! The rules that find faults of the exchange on an open connection.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::pace;
use crate::diagnosis::reading;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Failure, FailureKind, HttpFacts, Operation, Stage};
use crate::lang::Sentence;
use crate::say;

use crate::diagnosis::faults::protocol::{self, Versions, without_http2};

/// The http stage, if it failed for that reason.
fn failed<'a>(evidence: &'a Evidence, kinds: &[FailureKind]) -> Option<(&'a HttpFacts, &'a Failure)> {
    let failure = evidence.http.failure.as_ref().filter(|failure| kinds.contains(&failure.kind))?;
    evidence.http.failed().then_some((&evidence.http.facts, failure))
}

/// How far the exchange got.
fn progress(evidence: &Evidence, failure: &Failure) -> Sentence {
    let http = &evidence.http.facts;
    let after = reading::ms(evidence.http.duration_ms);
    let agreed = if evidence.tls.facts.alpn.as_deref() == Some("h2") { "HTTP/2" } else { "HTTP/1.1" };
    let version = http.version.as_deref().unwrap_or(agreed);
    if let Some(status) = http.status {
        let bytes = http.body_bytes;
        let sentence = say!(
            en: "over {version} the answer began with {status}, {bytes} bytes of its body came, and it ended after {after}",
            zh: "通过 {version} 收到状态 {status} 和 {bytes} 字节正文，{after} 后中断",
        );
        return reading::with_errno(sentence, Some(failure));
    }
    let sentence = match (failure.operation, http.sent_ms) {
        (Operation::Send, _) | (_, None) => say!(
            en: "over {version} the request could not be sent to its end; it failed after {after}",
            zh: "通过 {version} 请求没有发完，{after} 后失败",
        ),
        (_, Some(sent)) => say!(
            en: "over {version} the request was sent in {sent}, and no status line had come when it ended after {after}",
            zh: "通过 {version} 用 {sent} 发完请求，到 {after} 结束时仍没有收到状态行",
        ),
    };
    reading::with_errno(sentence, Some(failure))
}

pub(super) fn read_timeout(evidence: &Evidence) -> Option<Finding> {
    let (http, failure) = failed(evidence, &[FailureKind::Timeout])?;
    let mut finding = Finding::faulty(Stage::Http, Confidence::Confirmed)
        .because(progress(evidence, failure))
        .because_if(silent(http))
        .because_if(pace::who_waited(evidence))
        .because_if(super::super::trial::request::beside_it(evidence));
    let arrived = http.info.is_some_and(|info| info.unacked == Some(0) && info.retransmits == Some(0));
    if arrived {
        let steady = || {
            say!(
                en: "every segment was acknowledged, none was sent twice",
                zh: "所有数据段都得到确认，没有重传",
            )
        };
        finding = finding.not("packet-loss", steady());
        if !evidence.answer_began() {
            // Nothing large was on its way yet.
            finding = finding.not(
                "dpi-stall",
                say!(
                    en: "no part of an answer had come",
                    zh: "还没有收到任何响应内容",
                ),
            );
        }
    }
    // Ours was the first request on its connection.
    Some(without_http2(finding.not("idle-connection-dropped", first_request()), evidence))
}

fn first_request() -> Sentence {
    say!(en: "it was the first request on a new connection", zh: "这是新连接上的第一个请求")
}

/// Whose turn it was while nothing came, by the kernel's counters.
fn silent(http: &HttpFacts) -> Option<Sentence> {
    let info = http.info?;
    let (unacked, again) = (info.unacked?, info.retransmits.unwrap_or(0));
    let rtt = reading::ms(info.rtt_ms);
    Some(if unacked == 0 {
        say!(
            en: "the peer acknowledged all that we sent (RTT {rtt}, {again} retransmissions): the request arrived, the server is slow",
            zh: "我方发出的数据都已被确认（RTT {rtt}，重传 {again} 次）：请求已送达，是服务器慢",
        )
    } else {
        say!(
            en: "{unacked} segments were never acknowledged ({again} retransmissions): the path loses them",
            zh: "有 {unacked} 个数据段始终没有被确认（重传 {again} 次）：丢在了路上",
        )
    })
}

pub(super) fn connection_reset(evidence: &Evidence) -> Option<Finding> {
    let (_, failure) = failed(evidence, &[FailureKind::ConnectionReset])?;
    let mut finding = Finding::faulty(Stage::Http, Confidence::Confirmed)
        .because(progress(evidence, failure))
        .not("idle-connection-dropped", first_request());
    if evidence.tls.passed() {
        let took = reading::ms(evidence.tls.duration_ms);
        finding = finding.not(
            "sni-reset",
            say!(
                en: "the handshake with that name had completed, in {took}",
                zh: "使用这个域名的握手已经完成，用时 {took}",
            ),
        );
    }
    Some(without_http2(without_proxy(finding, evidence), evidence))
}

pub(super) fn connection_closed_early(evidence: &Evidence) -> Option<Finding> {
    let (_, failure) = failed(evidence, &[FailureKind::ConnectionClosed])?;
    let finding = Finding::faulty(Stage::Http, Confidence::Confirmed)
        .because(progress(evidence, failure))
        .not("idle-connection-dropped", first_request())
        .not(
            "connection-reset",
            say!(
                en: "the connection was ended in good order, not with a reset",
                zh: "连接是正常关闭的，不是被重置",
            ),
        );
    Some(without_http2(without_proxy(finding, evidence), evidence))
}

fn without_proxy(finding: Finding, evidence: &Evidence) -> Finding {
    let finding = if evidence.tls.passed() {
        finding.not("base-url-scheme-mismatch", say!(en: "the port does speak TLS", zh: "该端口确实使用 TLS"))
    } else {
        finding
    };
    if reading::is_proxied(evidence) {
        return finding;
    }
    finding.not("proxy-exit-dead", say!(en: "no proxy is in use", zh: "没有使用代理"))
}

pub(super) fn http2_broken(evidence: &Evidence) -> Option<Finding> {
    let compared = protocol::versions(evidence);
    if let Some((http, failure)) = failed(evidence, &[FailureKind::Http2Error]) {
        let error = http.h2_error.as_deref().unwrap_or(&failure.detail);
        let why = say!(en: "HTTP/2 error: {error}", zh: "HTTP/2 错误：{error}");
        let finding = |confidence| Finding::faulty(Stage::Http, confidence);
        return Some(match compared {
            Versions::Decided(said) => {
                finding(Confidence::Confirmed).because(said).because(why).because(progress(evidence, failure))
            }
            Versions::Alike(said) => {
                finding(Confidence::Possible).because(progress(evidence, failure)).because(why).because(said)
            }
            Versions::Unknown => finding(Confidence::Likely).because(progress(evidence, failure)).because(why),
        });
    }
    if evidence.http.failed() {
        // Reset, closed or silent: only the other version tells that it is the protocol.
        let Versions::Decided(said) = compared else { return None };
        let failure = evidence.http.failure.as_ref()?;
        let finding = Finding::faulty(Stage::Http, Confidence::Confirmed).because(said);
        return Some(finding.because(progress(evidence, failure)));
    }
    let failure = evidence.stream.failure.as_ref().filter(|failure| failure.kind == FailureKind::Http2Error)?;
    Some(Finding::faulty(Stage::Stream, Confidence::Likely).because(say!(
        en: "the streamed completion was ended by an HTTP/2 error: {error}",
        zh: "流式补全被 HTTP/2 错误中断：{error}",
        error = &failure.detail,
    )))
}

/// Makers of web gateways, as their block pages name them, in lower case.
const MAKERS: &[&str] = &[
    "zscaler",
    "fortinet",
    "fortigate",
    "fortiguard",
    "palo alto networks",
    "netskope",
    "cisco umbrella",
    "opendns",
    "forcepoint",
    "websense",
    "blue coat",
    "bluecoat",
    "symantec web security",
    "mcafee web gateway",
    "skyhigh",
    "sophos",
    "barracuda",
    "check point",
    "sangfor",
    "深信服",
    "奇安信",
    "网康",
    "锐捷",
    "天融信",
    "iboss",
    "securly",
    "lightspeed",
    "goguardian",
    "smoothwall",
    "untangle",
    "sonicwall",
    "watchguard",
    "trend micro",
    "menlo security",
    "cato networks",
    "cloudflare gateway",
];

/// Words with which block pages say no, in lower case.
const BLOCK_WORDS: &[&str] = &[
    "blocked",
    "access denied",
    "access to this",
    "has been denied",
    "not allowed",
    "not permitted",
    "prohibited",
    "violat",
    "internet usage policy",
    "web filter",
    "security policy",
    "company policy",
    "禁止访问",
    "访问被拒绝",
    "已被阻止",
    "被拦截",
    "不允许访问",
    "访问控制",
    "上网行为管理",
];

/// The host that a redirect names, in lower case; empty where it stays.
fn host_of(location: &str) -> String {
    let rest = location.split_once("://").map_or("", |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default().to_ascii_lowercase()
}

pub(super) fn gateway_block_page(evidence: &Evidence) -> Option<Finding> {
    let http = &evidence.http.facts;
    let status = http.status?;
    let by_other =
        matches!(http.answered_by, Some(Answerer::Provider | Answerer::Azure | Answerer::Relay | Answerer::CdnEdge));
    if by_other {
        return None;
    }
    let html = http.content_type.as_deref() == Some("text/html") || http.title.is_some();
    let redirect = (300..400).contains(&status) && http.location.is_some();
    let title = http.title.as_deref().unwrap_or_default();
    let location = http.location.as_deref().unwrap_or_default();
    let server = http.header("server").unwrap_or_default();
    let body = crate::evidence::text::line(&http.body, 4000);
    let text = format!("{title} {location} {server} {body}").to_lowercase();
    let maker = MAKERS.iter().find(|maker| text.contains(*maker));
    let forbids = BLOCK_WORDS.iter().any(|word| text.contains(word));
    let signed = evidence.tls.facts.chain.iter().any(|certificate| certificate.interceptor.is_some());
    // Nobody but the filter sends people to the filter's own site.
    let leads_there = redirect && MAKERS.iter().any(|maker| host_of(location).contains(maker));
    let interceptor = http.answered_by == Some(Answerer::Interceptor) || signed || leads_there;
    let confidence = match (maker, forbids, interceptor) {
        (Some(_), true, _) => Confidence::Confirmed,
        (Some(_), false, true) | (None, true, true) => Confidence::Likely,
        _ => return None,
    };
    if !html && !redirect {
        return None;
    }
    let mut finding = Finding::faulty(Stage::Http, confidence);
    finding = finding.because(if redirect {
        say!(
            en: "the answer was {status} and points at {location}",
            zh: "应答为 {status}，跳转到 {location}",
        )
    } else {
        say!(
            en: "the answer was {status} with the page \"{title}\"",
            zh: "应答为 {status}，页面标题为“{title}”",
        )
    });
    if let Some(maker) = maker {
        finding = finding.because(say!(en: "the page names {maker}", zh: "页面里出现了 {maker}"));
    }
    if !http.answered_by_signs.is_empty() {
        let signs = http.answered_by_signs.join("; ");
        finding = finding.because(say!(en: "who answered shows in: {signs}", zh: "应答者的特征：{signs}"));
    }
    Some(finding.not(
        "cdn-challenge",
        say!(
            en: "no header of the provider's CDN came with it",
            zh: "没有服务商 CDN 的响应头",
        ),
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::diagnose;
    use crate::diagnosis::specimen::{self, codes, healthy};
    use crate::evidence::http::Answerer;
    use crate::evidence::tcp::TcpInfo;
    use crate::evidence::{Evidence, FailureKind, Operation};

    fn failing(kind: FailureKind) -> Evidence {
        let mut evidence = healthy();
        specimen::http_fails(&mut evidence, kind, Operation::Receive);
        evidence
    }

    #[test]
    fn failures_of_the_exchange_are_told_apart() {
        for (kind, code) in [
            (FailureKind::Timeout, "read-timeout"),
            (FailureKind::ConnectionReset, "connection-reset"),
            (FailureKind::ConnectionClosed, "connection-closed-early"),
            (FailureKind::Http2Error, "http2-broken"),
        ] {
            let evidence = failing(kind);
            assert_eq!(codes(&evidence), [code]);
            assert_eq!(diagnose(&evidence).diagnoses[0].fault.layer.exit_code(), 11);
        }
    }

    #[test]
    fn the_kernel_says_whose_turn_it_was() {
        for (unacked, words) in [(0, "the server is slow"), (3, "the path loses them")] {
            let mut evidence = failing(FailureKind::Timeout);
            evidence.http.facts.info =
                Some(TcpInfo { unacked: Some(unacked), retransmits: Some(0), ..TcpInfo::default() });
            let finding = diagnose(&evidence).diagnoses.remove(0).finding;
            assert!(finding.evidence.iter().any(|said| said.en.contains(words)), "{:?}", finding.evidence);
            let lossless = finding.ruled_out.iter().any(|rival| rival.fault == "packet-loss");
            assert_eq!(lossless, unacked == 0);
        }
    }

    #[test]
    fn a_redirect_to_a_filters_own_site_is_a_block_page() {
        let mut evidence = healthy();
        let http = &mut evidence.http.facts;
        http.status = Some(302);
        http.location = Some("https://gateway.zscaler.net/auT?origurl=api".to_owned());
        http.answered_by = Some(Answerer::Server);
        http.content_type = None;
        assert_eq!(codes(&evidence)[0], "gateway-block-page");
        // A path that names one leads nowhere else.
        evidence.http.facts.location = Some("/zscaler".to_owned());
        assert!(!codes(&evidence).contains(&"gateway-block-page"));
    }

    #[test]
    fn a_page_of_a_filter_is_a_block_page() {
        let mut evidence = healthy();
        let http = &mut evidence.http.facts;
        http.status = Some(403);
        http.content_type = Some("text/html".to_owned());
        http.title = Some("Zscaler - Internet Security".to_owned());
        http.body = "<p>Access to this site is blocked by your company</p>".to_owned();
        http.answered_by = Some(Answerer::Interceptor);
        let found = codes(&evidence);
        assert_eq!(found[0], "gateway-block-page", "{found:?}");
        // The same words from the provider's own edge are not a gateway's.
        evidence.http.facts.answered_by = Some(Answerer::CdnEdge);
        assert!(!codes(&evidence).contains(&"gateway-block-page"));
    }
}
