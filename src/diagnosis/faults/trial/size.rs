//! Rules by the size of packets and messages: small ones pass, large ones do not.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::experiment::{HelloSizeFacts, Trial, TrialOutcome};
use crate::evidence::protocol::StallTrial;
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

use super::{ENOUGH, all, hello_size, passed, stall};

pub(in super::super) fn mtu_black_hole(evidence: &Evidence) -> Option<Finding> {
    by_hello(evidence).or_else(|| by_answer(evidence))
}

/// The handshake fits through, the answer does not.
fn by_answer(evidence: &Evidence) -> Option<Finding> {
    let facts = stall(evidence).filter(|_| evidence.http.failed())?;
    let times = facts.usual.len();
    let froze = times >= ENOUGH && facts.usual.iter().all(|trial| trial.stalled);
    let arrives = |trials: &[StallTrial]| {
        trials.len() >= ENOUGH && trials.iter().all(|trial| trial.answers > 0 && !trial.stalled)
    };
    (froze && arrives(&facts.small) && arrives(&facts.in_small_segments)).then(|| {
        Finding::faulty(Stage::Http, Confidence::Confirmed)
            .because(say!(
                en: "same address, same request: in small segments the answer comes every time, in usual ones it stays away {times} of {times} times; a short answer always comes",
                zh: "同一地址、同一请求：用小报文段每次都有应答，用正常报文段 {times} 次全都收不到；短的应答总能收到",
            ))
            .not("dpi-stall", say!(
                en: "the same number of bytes passes in small segments", zh: "同样多的字节用小报文段就能通过",
            ))
    })
}

fn by_hello(evidence: &Evidence) -> Option<Finding> {
    let facts = hello_size(evidence)?;
    let silent = |outcome| outcome == TrialOutcome::Silent;
    if !all(&facts.large, silent) || !all(&facts.large_in_small_segments, TrialOutcome::passed) {
        return None;
    }
    if only_segments_vanish(facts) {
        return None;
    }
    let size = facts.large.first().map_or(0, |trial| trial.client_hello_bytes);
    let finding = Finding::faulty(Stage::Tls, Confidence::Confirmed).because(say!(
        en: "same address, same name: in segments of {segment} bytes the handshake completes {ok} of {tried} times, in usual ones it stays silent {failed} of {failed} times",
        zh: "同一地址、同一域名：用 {segment} 字节的小报文段握手 {tried} 次成功 {ok} 次，用正常报文段 {failed} 次全都没有回音",
        segment = facts.segment_bytes, ok = passed(&facts.large_in_small_segments),
        tried = facts.large_in_small_segments.len(), failed = facts.large.len(),
    ));
    Some(
        finding
            .because(direction(facts, size))
            .not(
                "sni-dropped",
                say!(
                    en: "the same name passes in small packets", zh: "同一域名用小数据包就能通",
                ),
            )
            .not(
                "packet-loss",
                say!(
                    en: "loss by chance does not depend on the size three times out of three",
                    zh: "随机丢包不会每次都只看大小",
                ),
            ),
    )
}

/// Whether the way out carries packets of the very length of those that vanish: long segments are dropped, long packets
/// are not. Told where a small `ClientHello` brings the certificates and the large one is not acknowledged.
fn only_segments_vanish(facts: &HelloSizeFacts) -> bool {
    facts.echo == Some((true, true)) && all(&facts.small, TrialOutcome::passed) && unacknowledged(facts)
}

fn unacknowledged(facts: &HelloSizeFacts) -> bool {
    facts.large.iter().all(|trial| trial.info.is_some_and(|info| info.bytes_acked <= Some(1)))
}

/// Which way the large packets vanish, by what the kernel saw acknowledged.
fn direction(facts: &HelloSizeFacts, size: usize) -> Sentence {
    let small = passed(&facts.small) == facts.small.len() && !facts.small.is_empty();
    if unacknowledged(facts) {
        let again = facts.large.iter().filter_map(|trial| trial.info?.retransmits).max().unwrap_or_default();
        say!(
            en: "the ClientHello of {size} bytes was never acknowledged ({again} retransmissions): the hole is on the way out",
            zh: "{size} 字节的 ClientHello 一直没有被确认（重传 {again} 次）：黑洞在去程方向",
        )
    } else if small {
        say!(en: "a small ClientHello passes in usual segments", zh: "小的 ClientHello 用正常报文段能通")
    } else {
        say!(
            en: "the ClientHello was acknowledged and nothing came back: the hole is on the way in, where the certificates are the first large packets",
            zh: "ClientHello 已被确认，但没有任何数据回来：黑洞在回程方向，证书就是第一批大数据包",
        )
    }
}

pub(in super::super) fn client_hello_too_large(evidence: &Evidence) -> Option<Finding> {
    let facts = hello_size(evidence)?;
    let failed = |outcome: TrialOutcome| outcome == TrialOutcome::Silent || outcome.cut();
    if !all(&facts.large, failed)
        || !all(&facts.small, TrialOutcome::passed)
        || !(facts.proxy.is_some() || all(&facts.large_in_small_segments, failed) || only_segments_vanish(facts))
    {
        return None;
    }
    if facts.proxy.is_some() {
        return Some(hello_too_large_behind(facts));
    }
    if only_segments_vanish(facts) {
        return Some(long_hello_dropped(facts));
    }
    let bytes = |trials: &[Trial]| trials.first().map_or(0, |trial| trial.client_hello_bytes);
    Some(
        Finding::faulty(Stage::Tls, Confidence::Confirmed)
            .because(say!(
                en: "same address, same name: a ClientHello of {small} bytes is answered {ok} of {tried} times, one of {large} bytes (post-quantum key share) never, in small segments neither",
                zh: "同一地址、同一域名：{small} 字节的 ClientHello {tried} 次中 {ok} 次有应答；{large} 字节的（带后量子密钥）一次也没有，拆成小报文段也不行",
                small = bytes(&facts.small), large = bytes(&facts.large), ok = passed(&facts.small),
                tried = facts.small.len(),
            ))
            .not("mtu-black-hole", say!(
                en: "small segments do not help, so it is not the size of packets but of the message",
                zh: "小报文段也无济于事：问题不在数据包大小，而在消息大小",
            ))
            .not("sni-dropped", say!(
                en: "the same name passes in a small ClientHello", zh: "同一域名放在小的 ClientHello 里能通",
            )),
    )
}

/// A filter on the way takes the long segment of a `ClientHello` away, which in small segments gets through.
fn long_hello_dropped(facts: &HelloSizeFacts) -> Finding {
    let bytes = |trials: &[Trial]| trials.first().map_or(0, |trial| trial.client_hello_bytes);
    Finding::faulty(Stage::Tls, Confidence::Confirmed)
        .because(say!(
            en: "same address, same name: a ClientHello of {small} bytes is answered {ok} of {tried} times, one of {large} bytes (post-quantum key share) never; in segments of {segment} bytes it is",
            zh: "同一地址、同一域名：{small} 字节的 ClientHello {tried} 次中 {ok} 次有应答；{large} 字节的（带后量子密钥）一次也没有，拆成 {segment} 字节的报文段却有应答",
            small = bytes(&facts.small), large = bytes(&facts.large), ok = passed(&facts.small),
            tried = facts.small.len(), segment = facts.segment_bytes,
        ))
        .not("mtu-black-hole", say!(
            en: "an echo request as long as the largest packet is answered by the same address: the way carries that size",
            zh: "同一地址对同样大小的 ICMP echo 有应答：这条路径能承载这么大的数据包",
        ))
        .not("sni-dropped", say!(
            en: "the same name passes in a small ClientHello", zh: "同一域名放在小的 ClientHello 里能通",
        ))
}

/// The same through a proxy, where segments are the proxy's own.
fn hello_too_large_behind(facts: &HelloSizeFacts) -> Finding {
    let bytes = |trials: &[Trial]| trials.first().map_or(0, |trial| trial.client_hello_bytes);
    Finding::faulty(Stage::Tls, Confidence::Likely)
        .because(say!(
            en: "same proxy, same name: a ClientHello of {small} bytes is answered {ok} of {tried} times, one of {large} bytes (post-quantum key share) never",
            zh: "同一代理、同一域名：{small} 字节的 ClientHello {tried} 次中 {ok} 次有应答；{large} 字节的（带后量子密钥）一次也没有",
            small = bytes(&facts.small), large = bytes(&facts.large), ok = passed(&facts.small), tried = facts.small.len(),
        ))
        .not("proxy-exit-dead", say!(en: "a small ClientHello gets through", zh: "小的 ClientHello 能通过"))
        .not("sni-dropped", say!(
            en: "the same name passes in a small ClientHello", zh: "同一域名放在小的 ClientHello 里能通",
        ))
}
