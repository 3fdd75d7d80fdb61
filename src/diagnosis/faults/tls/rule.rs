//! The rules that find faults of TLS. They judge the handshake with the endpoint or, where the chain stopped there,
//! the one with an `https://` proxy.

mod ca_path;
mod certificate;
mod clock;
#[cfg(test)]
mod tests;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::is_exit_alive;
use crate::diagnosis::reading;
use crate::evidence::proxy::Spoken;
use crate::evidence::tls::Certificate;
use crate::evidence::{Evidence, Failure, FailureKind, Stage, TlsFacts};
use crate::lang::Sentence;
use crate::say;

pub(super) use ca_path::ca_path_invalid;
pub(super) use certificate::{expired, intercepted, name_mismatch, roots_stale, untrusted};
pub(super) use clock::clock_skew;

/// The handshake that stopped the chain.
struct Broken<'a> {
    stage: Stage,
    facts: &'a TlsFacts,
    failure: &'a Failure,
}

fn broken(evidence: &Evidence) -> Option<Broken<'_>> {
    if let (true, Some(failure)) = (evidence.tls.failed(), &evidence.tls.failure) {
        return Some(Broken { stage: Stage::Tls, facts: &evidence.tls.facts, failure });
    }
    let facts = evidence.proxy.facts.tls.as_deref()?;
    let failure = evidence.proxy.failure.as_ref().filter(|_| evidence.proxy.failed())?;
    Some(Broken { stage: Stage::Proxy, facts, failure })
}

impl Broken<'_> {
    fn leaf(&self) -> Option<&Certificate> {
        self.facts.chain.first()
    }

    fn is(&self, kind: FailureKind) -> bool {
        self.failure.kind == kind
    }
}

fn said_by_us(failure: &Failure) -> Sentence {
    let detail = &failure.detail;
    say!(en: "the handshake failed: {detail}", zh: "握手失败：{detail}")
}

/// The alert as a sentence.
fn alert(facts: &TlsFacts) -> Option<Sentence> {
    let alert = facts.alert.as_ref()?;
    let (name, code) = (&alert.description, alert.code);
    Some(if alert.received {
        say!(en: "the peer sent the TLS alert {name} ({code})", zh: "对方发来 TLS 告警 {name}（{code}）")
    } else {
        say!(en: "we had to send the TLS alert {name} ({code})", zh: "我方不得不发出 TLS 告警 {name}（{code}）")
    })
}

/// `protocol_version`, RFC 8446 section 6.
const PROTOCOL_VERSION: u8 = 70;

pub(super) fn version_unsupported(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    if broken.facts.completed || broken.facts.alert.as_ref().map(|alert| alert.code) != Some(PROTOCOL_VERSION) {
        return None;
    }
    Some(
        Finding::faulty(broken.stage, Confidence::Confirmed)
            .because_if(alert(broken.facts))
            .because(said_by_us(broken.failure))
            .because(say!(en: "TLS 1.2 and 1.3 were offered", zh: "我方提供了 TLS 1.2 和 1.3"))
            .not(
                "sni-reset",
                say!(
                    en: "a TLS message came back, so the handshake did get through",
                    zh: "收到了 TLS 消息，说明握手报文已经到达",
                ),
            ),
    )
}

pub(super) fn handshake_refused(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence)?;
    if broken.is(FailureKind::TlsNotTls) && broken.facts.speaks == Some(Spoken::Other) {
        let said = broken.facts.said.as_deref().unwrap_or("?");
        return Some(
            Finding::faulty(broken.stage, Confidence::Likely)
                .because(say!(
                    en: "what answers speaks no TLS; it began with: {said}",
                    zh: "应答的程序说的不是 TLS，它发来的开头是：{said}",
                ))
                .fix(
                    say!(
                        en: "Check host and port of the base URL: something else listens there",
                        zh: "检查 base URL 的主机和端口：那里监听的是别的程序",
                    ),
                    None,
                ),
        );
    }
    if !broken.is(FailureKind::TlsAlert) && !broken.is(FailureKind::TlsProtocol) {
        return None;
    }
    let wanted = &broken.facts.server_name;
    let finding = Finding::faulty(broken.stage, Confidence::Confirmed)
        .because_if(alert(broken.facts))
        .because(said_by_us(broken.failure))
        .because(say!(en: "the name asked for was {wanted}", zh: "请求的名字（SNI）是 {wanted}"));
    Some(if broken.is(FailureKind::TlsAlert) {
        finding.not(
            "sni-reset",
            say!(
                en: "an alert came, not a reset: the peer has read the handshake",
                zh: "收到的是告警而不是 RST：对方读到了握手报文",
            ),
        )
    } else {
        finding
    })
}

/// What the peer of a broken handshake sent, and the rivals that leaves.
fn how_far(finding: Finding, broken: &Broken<'_>) -> Finding {
    let (sent, received) = (broken.facts.client_hello_bytes, broken.facts.bytes_received);
    let finding = finding.because(if received == 0 {
        say!(
            en: "the ClientHello had {sent} bytes, and not one byte came back",
            zh: "ClientHello 有 {sent} 字节，对方一个字节都没有返回",
        )
    } else {
        say!(
            en: "the ClientHello had {sent} bytes, {received} bytes came back",
            zh: "ClientHello 有 {sent} 字节，收到 {received} 字节",
        )
    });
    // Any bytes of the server's handshake show that the name and the size of the ClientHello got through.
    if received > 0 && broken.facts.speaks.is_none() {
        let through = || {
            say!(
                en: "the server began to answer, so it received the ClientHello",
                zh: "服务器已经开始应答，说明它收到了 ClientHello",
            )
        };
        return finding
            .not("sni-dropped", through())
            .not("sni-reset", through())
            .not("client-hello-too-large", through())
            .not("base-url-scheme-mismatch", through());
    }
    // One segment carries it: the path did not have to take a large packet.
    if sent > 0 && sent < 1200 {
        let small = || say!(en: "it fits into one packet", zh: "它一个包就装得下");
        return finding.not("client-hello-too-large", small());
    }
    finding
}

/// Where the request goes direct, a proxy cannot be what broke it.
fn without_proxy_rivals(finding: Finding, evidence: &Evidence) -> Finding {
    if reading::is_proxied(evidence) {
        let finding = finding.not("proxy-not-applied", say!(en: "a proxy is in use", zh: "正在使用代理"));
        match is_exit_alive(evidence) {
            Some(witness) => finding.not("proxy-exit-dead", witness),
            None => finding,
        }
    } else {
        finding.not("proxy-exit-dead", say!(en: "no proxy is in use", zh: "没有使用代理"))
    }
}

pub(super) fn handshake_timeout(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence).filter(|broken| broken.stage == Stage::Tls)?;
    if !broken.is(FailureKind::Timeout) {
        return None;
    }
    let after = reading::ms(evidence.tls.duration_ms);
    let finding = Finding::faulty(Stage::Tls, Confidence::Confirmed).because(say!(
        en: "the connection opened, and the handshake had no result after {after}",
        zh: "TCP 连接已建立，握手 {after} 后仍没有结果",
    ));
    let finding = how_far(finding, &broken).because_if(reading::silence(broken.facts.info.as_ref(), "the ClientHello"));
    Some(without_proxy_rivals(finding, evidence))
}

pub(super) fn handshake_reset(evidence: &Evidence) -> Option<Finding> {
    let broken = broken(evidence).filter(|broken| broken.stage == Stage::Tls)?;
    let reset = broken.is(FailureKind::ConnectionReset);
    if !reset && !broken.is(FailureKind::ConnectionClosed) {
        return None;
    }
    let after = reading::ms(evidence.tls.duration_ms);
    let cut = if reset {
        say!(
            en: "the connection was reset {after} into the handshake",
            zh: "握手开始 {after} 后连接被重置",
        )
    } else {
        say!(
            en: "the connection was closed {after} into the handshake",
            zh: "握手开始 {after} 后连接被关闭",
        )
    };
    let mut finding =
        Finding::faulty(Stage::Tls, Confidence::Confirmed).because(reading::with_errno(cut, Some(broken.failure)));
    let rtt = broken.facts.info.and_then(|info| info.min_rtt_ms.or(info.rtt_ms));
    if let (Some(rtt), Some(took)) = (rtt, evidence.tls.duration_ms)
        && took.0 < rtt.0
    {
        finding = finding.because(say!(
            en: "that is sooner than a round trip to the server ({rtt}): something nearer did it",
            zh: "这比到服务器的一次往返（{rtt}）还快：是更近的设备做的",
        ));
    }
    Some(without_proxy_rivals(how_far(finding, &broken), evidence))
}
