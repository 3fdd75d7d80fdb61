//! The rules that read experiments: a cause is named when its control succeeded and the target failed, repeatedly.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::experiment::{
    ControlHostsFacts, ExperimentFacts, HelloSizeFacts, LossFacts, ServerNameFacts, Trial, TrialOutcome,
};
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

/// Fewer repetitions may be chance.
const ENOUGH: usize = 3;

pub(crate) fn control_hosts(evidence: &Evidence) -> Option<&ControlHostsFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::ControlHosts(facts) => Some(facts),
        _ => None,
    })
}

fn server_name(evidence: &Evidence) -> Option<&ServerNameFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::ServerName(facts) => Some(facts),
        _ => None,
    })
}

fn hello_size(evidence: &Evidence) -> Option<&HelloSizeFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::HelloSize(facts) => Some(facts),
        _ => None,
    })
}

fn loss(evidence: &Evidence) -> Option<&LossFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Loss(facts) => Some(facts),
        _ => None,
    })
}

fn all(trials: &[Trial], is: impl Fn(TrialOutcome) -> bool) -> bool {
    trials.len() >= ENOUGH && trials.iter().all(|trial| is(trial.outcome))
}

fn passed(trials: &[Trial]) -> usize {
    trials.iter().filter(|trial| trial.outcome.passed()).count()
}

/// The deciding comparison of names, as a sentence; `fate` is what became of the target's name.
fn name_against_name(facts: &ServerNameFacts, fate: &Sentence) -> Sentence {
    let address = facts.target.first().map_or_else(String::new, |trial| trial.address.to_string());
    say!(
        en: "same address ({address}), same minute: the name {neutral} was answered {ok} of {tried} times, {name} {en} {failed} of {failed} times",
        zh: "同一地址（{address}）、同一时间：域名 {neutral} {tried} 次中有 {ok} 次得到应答，而 {name} {failed} 次全部{zh}",
        neutral = &facts.neutral_name, name = &facts.name, ok = passed(&facts.neutral), tried = facts.neutral.len(),
        failed = facts.target.len(), en = &fate.en, zh = &fate.zh,
    )
}

fn elsewhere(facts: &ServerNameFacts, is: impl Fn(TrialOutcome) -> bool) -> Option<Sentence> {
    let address = facts.elsewhere.first()?.address;
    (all(&facts.elsewhere, is) && all(&facts.neutral_elsewhere, TrialOutcome::passed)).then(|| {
        say!(
            en: "at {address}, which has nothing to do with it, the same: the neutral name passes and this one does not",
            zh: "在毫不相干的 {address} 上也一样：中性域名能通，这个域名不通",
        )
    })
}

pub(super) fn sni_reset(evidence: &Evidence) -> Option<Finding> {
    let facts = server_name(evidence)?;
    if !all(&facts.target, TrialOutcome::cut) || !all(&facts.neutral, TrialOutcome::passed) {
        return None;
    }
    // The server itself may close without a word on an exit address it does not like; a filter on the way cuts the
    // name wherever it goes.
    let by_reset = all(&facts.target, |outcome| outcome == TrialOutcome::Reset);
    let everywhere = elsewhere(facts, TrialOutcome::cut);
    if !by_reset && everywhere.is_none() && !facts.elsewhere.is_empty() {
        return None;
    }
    let confidence = if by_reset || everywhere.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    let fate = say!(en: "was cut", zh: "被切断");
    Some(
        Finding::faulty(Stage::Tls, confidence)
            .because(name_against_name(facts, &fate))
            .because_if(everywhere)
            .because_if(sooner_than_the_server(facts))
            .not(
                "tls-version-unsupported",
                say!(
                    en: "the same handshake with another name is answered", zh: "同样的握手换个域名就有应答",
                ),
            )
            .not("proxy-exit-dead", say!(en: "no proxy is used", zh: "没有使用代理")),
    )
}

/// A reset that comes before the server could have answered was made on the way.
fn sooner_than_the_server(facts: &ServerNameFacts) -> Option<Sentence> {
    let quickest = |trials: &[Trial]| {
        trials.iter().filter_map(|trial| trial.handshake_ms).min_by(|one, other| one.0.total_cmp(&other.0))
    };
    let reset = quickest(&facts.target)?;
    let connect = facts.target.iter().filter_map(|trial| trial.connect_ms).min_by(|a, b| a.0.total_cmp(&b.0))?;
    (reset.0 * 1.2 < connect.0 && connect.0 > 2.0).then(|| {
        say!(
            en: "the cut came after {reset}, sooner than a round trip to the server ({connect}): it was made on the way",
            zh: "{reset} 就被切断，比到服务器的一次往返（{connect}）还快：是途中的设备干的",
        )
    })
}

pub(super) fn sni_dropped(evidence: &Evidence) -> Option<Finding> {
    let facts = server_name(evidence)?;
    let silent = |outcome| outcome == TrialOutcome::Silent;
    if !all(&facts.target, silent) || !all(&facts.neutral, TrialOutcome::passed) {
        return None;
    }
    let fate = say!(en: "stayed without any answer", zh: "没有任何应答");
    let size = facts.target.first().map_or(0, |trial| trial.client_hello_bytes);
    Some(
        Finding::faulty(Stage::Tls, Confidence::Confirmed)
            .because(name_against_name(facts, &fate))
            .because_if(elsewhere(facts, silent))
            .not(
                "mtu-black-hole",
                say!(
                    en: "packets of the same size ({size} bytes) with another name get through",
                    zh: "换个域名、同样大小（{size} 字节）的数据包能通",
                ),
            )
            .not(
                "client-hello-too-large",
                say!(
                    en: "the ClientHello with the neutral name is just as large", zh: "用中性域名的 ClientHello 一样大",
                ),
            )
            .not(
                "packet-loss",
                say!(
                    en: "chance does not follow a name three times out of three", zh: "随机丢包不会每次都只挑这个域名",
                ),
            ),
    )
}

pub(super) fn edge_rejects_exit_address(evidence: &Evidence) -> Option<Finding> {
    let facts = server_name(evidence)?;
    let refused = |outcome| matches!(outcome, TrialOutcome::Alert | TrialOutcome::Closed);
    let completed = |outcome| outcome == TrialOutcome::Completed;
    // The name passes elsewhere, so nothing on the way minds it; here the edge itself refuses it.
    if !all(&facts.target, refused) || !all(&facts.neutral, completed) || !all(&facts.elsewhere, TrialOutcome::passed) {
        return None;
    }
    let fate = say!(en: "was refused by the server", zh: "被服务器拒绝");
    Some(Finding::faulty(Stage::Tls, Confidence::Likely).because(name_against_name(facts, &fate)).not(
        "sni-reset",
        say!(
            en: "the same name passes at an unrelated address, so nothing on the way filters it",
            zh: "同一域名在不相干的地址上能通，说明途中没有设备过滤它",
        ),
    ))
}

pub(super) fn mtu_black_hole(evidence: &Evidence) -> Option<Finding> {
    let facts = hello_size(evidence)?;
    let silent = |outcome| outcome == TrialOutcome::Silent;
    if !all(&facts.large, silent) || !all(&facts.large_in_small_segments, TrialOutcome::passed) {
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

/// Which way the large packets vanish, by what the kernel saw acknowledged.
fn direction(facts: &HelloSizeFacts, size: usize) -> Sentence {
    let small = passed(&facts.small) == facts.small.len() && !facts.small.is_empty();
    let unacknowledged = facts.large.iter().all(|trial| trial.info.is_some_and(|info| info.bytes_acked <= Some(1)));
    if unacknowledged {
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

pub(super) fn client_hello_too_large(evidence: &Evidence) -> Option<Finding> {
    let facts = hello_size(evidence)?;
    let failed = |outcome: TrialOutcome| outcome == TrialOutcome::Silent || outcome.cut();
    if !all(&facts.large, failed)
        || !all(&facts.small, TrialOutcome::passed)
        || !all(&facts.large_in_small_segments, failed)
    {
        return None;
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

pub(super) fn packet_loss(evidence: &Evidence) -> Option<Finding> {
    let facts = loss(evidence)?;
    // One in ten is far beyond what a usable link loses; all of them is no loss but a wall.
    if facts.tried < 10 || facts.hit * 10 < facts.tried || facts.failed == facts.tried {
        return None;
    }
    let stage = if evidence.tcp.failed() { Stage::Tcp } else { Stage::Tls };
    let address = facts.address.map_or_else(String::new, |address| address.to_string());
    let best = facts.best_ms.unwrap_or_default();
    let worst = facts.worst_ms.unwrap_or_default();
    Some(
        Finding::faulty(stage, Confidence::Confirmed)
            .because(say!(
                en: "of {tried} connections to {address}, {hit} lost at least one packet ({failed} failed); the others took from {best} to {worst}",
                zh: "对 {address} 连接 {tried} 次，有 {hit} 次至少丢了一个包（{failed} 次失败）；其余耗时 {best} 到 {worst}",
                tried = facts.tried, hit = facts.hit, failed = facts.failed,
            ))
            .not("ip-blackholed", say!(
                en: "some connections to the same address do succeed", zh: "同一地址有些连接是成功的",
            )),
    )
}
