//! Rules by the server's name: the neutral name passes, the target's does not.

use crate::diagnosis::experiment::hop;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::experiment::{ExperimentFacts, ServerNameFacts, Trial, TrialOutcome};
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

use super::{ENOUGH, all, hello_hop, passed, server_name};

/// The deciding comparison of names, as a sentence; `fate` is what became of the target's name.
fn name_against_name(facts: &ServerNameFacts, fate: &Sentence) -> Sentence {
    let address = facts.target.first().map_or_else(String::new, |trial| trial.address.to_string());
    if let Some(proxy) = &facts.proxy {
        return say!(
            en: "same proxy ({proxy}), same destination, same minute: the name {neutral} was answered {ok} of {tried} times, {name} {en} {failed} of {failed} times",
            zh: "同一代理（{proxy}）、同一目的地、同一时间：域名 {neutral} {tried} 次中有 {ok} 次得到应答，而 {name} {failed} 次全部{zh}",
            neutral = &facts.neutral_name, name = &facts.name, ok = passed(&facts.neutral),
            tried = facts.neutral.len(), failed = facts.target.len(), en = &fate.en, zh = &fate.zh,
        );
    }
    say!(
        en: "same address ({address}), same minute: the name {neutral} was answered {ok} of {tried} times, {name} {en} {failed} of {failed} times",
        zh: "同一地址（{address}）、同一时间：域名 {neutral} {tried} 次中有 {ok} 次得到应答，而 {name} {failed} 次全部{zh}",
        neutral = &facts.neutral_name, name = &facts.name, ok = passed(&facts.neutral), tried = facts.neutral.len(),
        failed = facts.target.len(), en = &fate.en, zh = &fate.zh,
    )
}

/// Whether the unrelated host takes a handshake at all: one that nobody gets to tells nothing of a name.
fn is_elsewhere_reached(facts: &ServerNameFacts) -> bool {
    all(&facts.neutral_elsewhere, TrialOutcome::passed)
}

fn elsewhere(facts: &ServerNameFacts, is: impl Fn(TrialOutcome) -> bool) -> Option<Sentence> {
    let address = facts.elsewhere.first()?.address;
    (all(&facts.elsewhere, is) && all(&facts.neutral_elsewhere, TrialOutcome::passed)).then(|| {
        if facts.proxy.is_some() {
            return say!(
                en: "to a host that has nothing to do with it, the same: the neutral name passes and this one does not",
                zh: "连接毫不相干的主机时也一样：中性域名能通，这个域名不通",
            );
        }
        say!(
            en: "at {address}, which has nothing to do with it, the same: the neutral name passes and this one does not",
            zh: "在毫不相干的 {address} 上也一样：中性域名能通，这个域名不通",
        )
    })
}

pub(in super::super) fn sni_reset(evidence: &Evidence) -> Option<Finding> {
    let facts = server_name(evidence)?;
    if !all(&facts.target, TrialOutcome::cut) || !all(&facts.neutral, TrialOutcome::passed) {
        let fate = say!(en: "was cut", zh: "被切断");
        return afresh(facts, TrialOutcome::cut, &fate)
            .or_else(|| rested(evidence, TrialOutcome::cut, &fate))
            .map(|finding| finding.because_if(where_it_is_cut(evidence)));
    }
    // The server itself may close without a word on an exit address it does not like; a filter on the way cuts the
    // name wherever it goes.
    let by_reset = all(&facts.target, |outcome| outcome == TrialOutcome::Reset);
    let everywhere = elsewhere(facts, TrialOutcome::cut);
    if !by_reset && everywhere.is_none() && is_elsewhere_reached(facts) {
        return None;
    }
    let confidence = if by_reset || everywhere.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    let fate = say!(en: "was cut", zh: "被切断");
    Some(
        Finding::faulty(Stage::Tls, confidence)
            .because(name_against_name(facts, &fate))
            .because_if(everywhere)
            .because_if(where_it_is_cut(evidence))
            .because_if(sooner_than_the_server(facts))
            .not(
                "tls-version-unsupported",
                say!(
                    en: "the same handshake with another name is answered", zh: "同样的握手换个域名就有应答",
                ),
            )
            .not("proxy-exit-dead", not_the_exit(facts))
            .fix_if(another_node(facts)),
    )
}

/// Why the proxy's way out is not what is dead.
fn not_the_exit(facts: &ServerNameFacts) -> Sentence {
    if facts.proxy.is_none() {
        return say!(en: "no proxy is used", zh: "没有使用代理");
    }
    say!(
        en: "another name gets through the same proxy, so the filter is behind a way out that works",
        zh: "换个域名就能通过同一个代理：出口是通的，过滤发生在代理之后",
    )
}

/// Behind a proxy the filter is that of its exit.
fn another_node(facts: &ServerNameFacts) -> Option<(Sentence, Option<String>)> {
    facts.proxy.as_ref()?;
    let text = say!(
        en: "Switch the proxy to another node: the filter is behind the one in use",
        zh: "给代理换一个节点：过滤就发生在当前节点之后",
    );
    Some((text, None))
}

/// The same where the chain's own address takes no handshake any more, told by addresses that had not seen the name.
fn afresh(facts: &ServerNameFacts, is: impl Fn(TrialOutcome) -> bool, fate: &Sentence) -> Option<Finding> {
    // The chain's own handshake is one, at an address that took connections until then.
    const BESIDE_THE_CHAIN: usize = ENOUGH - 1;
    let (told, untold): (Vec<_>, Vec<_>) = facts.fresh.iter().partition(|fresh| fresh.before.outcome.passed());
    let cut: Vec<_> = told.iter().filter(|fresh| is(fresh.target.outcome)).collect();
    if cut.is_empty() || cut.len() < told.len() || untold.len() > told.len() {
        return None;
    }
    let addresses: Vec<String> = cut.iter().map(|fresh| fresh.target.address.to_string()).collect();
    let confidence = if cut.len() >= BESIDE_THE_CHAIN { Confidence::Confirmed } else { Confidence::Likely };
    let finding = Finding::faulty(Stage::Tls, confidence).because(say!(
        en: "at each of {count} addresses that had not seen it yet ({addresses}) the name {neutral} was answered, and {name}, right after it, {en}",
        zh: "在 {count} 个此前没见过该域名的地址上（{addresses}），域名 {neutral} 都得到应答，紧接着的 {name} 却{zh}",
        count = cut.len(), addresses = addresses.join(", "), neutral = &facts.neutral_name, name = &facts.name,
        en = &fate.en, zh = &fate.zh,
    ));
    let unrelated = cut.iter().find(|fresh| !fresh.of_target).map(|fresh| {
        say!(
            en: "{address} has nothing to do with the endpoint, so it is not the endpoint that minds the name",
            zh: "{address} 与该端点毫不相干，所以介意这个域名的不是端点本身",
            address = fresh.target.address,
        )
    });
    let blocked = cut.iter().filter(|fresh| !fresh.after.outcome.passed()).count();
    let residual = (blocked > 0).then(|| {
        say!(
            en: "after that even the neutral name did not get through to {blocked} of them: the filter goes on blocking an address for minutes once it has seen the name",
            zh: "此后其中 {blocked} 个地址连中性域名也不通了：过滤设备一旦见到该域名，会继续封锁这个地址几分钟",
        )
    });
    Some(finding.because_if(residual).because_if(unrelated).not(
        "tls-version-unsupported",
        say!(
            en: "the same handshake with another name is answered", zh: "同样的握手换个域名就有应答",
        ),
    ))
}

/// The same told by the chain's own address, once it took a handshake again: the block ends by itself and comes back with
/// the name.
fn rested(evidence: &Evidence, is: impl Fn(TrialOutcome) -> bool, fate: &Sentence) -> Option<Finding> {
    let facts = evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Residual(facts) => Some(&**facts),
        _ => None,
    })?;
    let (rest, target, after) = (facts.rests.last()?, facts.target.as_ref()?, facts.after.as_ref()?);
    if !rest.neutral.outcome.passed() || !is(target.outcome) || after.outcome.passed() {
        return None;
    }
    let (waited, address) = (rest.after_ms, target.address);
    let finding = Finding::faulty(Stage::Tls, Confidence::Likely).because(say!(
        en: "after {waited} without a handshake {address} answered the name {neutral} again; {name}, right after it, {en}, and from then on the neutral name got no answer either: the filter goes on blocking an address for a while once it has seen the name",
        zh: "停止握手 {waited} 后，{address} 又对域名 {neutral} 有应答；紧接着的 {name} {zh}，此后中性域名也不再有应答：过滤设备一旦见到该域名，会在一段时间内封锁这个地址",
        neutral = &facts.neutral_name, name = &facts.name, en = &fate.en, zh = &fate.zh,
    ));
    Some(finding.not(
        "tls-version-unsupported",
        say!(
            en: "the same handshake with another name is answered", zh: "同样的握手换个域名就有应答",
        ),
    ))
}

/// The hop that cuts the name.
fn where_it_is_cut(evidence: &Evidence) -> Option<Sentence> {
    let facts = hello_hop(evidence)?;
    let Sentence { en, zh } = hop(facts)?;
    let reset = facts.steps.iter().flat_map(|step| &step.outcomes).any(|outcome| outcome.cut());
    let short = facts.hop?.saturating_sub(1);
    Some(if reset {
        say!(
            en: "{en} resets: a ClientHello that expires at hop {short} is not reset, one that expires a hop further is",
            zh: "{zh}发出 RST：ClientHello 只允许走 {short} 跳时没有被重置，多走一跳就被重置",
        )
    } else {
        say!(
            en: "{en} drops it: a ClientHello that expires at hop {short} still draws an answer from a router there, one that may go a hop further draws none",
            zh: "{zh}把它丢弃：ClientHello 只允许走 {short} 跳时还有路由器应答，多走一跳就再无应答",
        )
    })
}

/// A reset that comes before the server could have answered was made on the way.
fn sooner_than_the_server(facts: &ServerNameFacts) -> Option<Sentence> {
    let quickest = |trials: &[Trial]| {
        trials.iter().filter_map(|trial| trial.handshake_ms).min_by(|one, other| one.0.total_cmp(&other.0))
    };
    let reset = quickest(&facts.target)?;
    let connect = facts.target.iter().filter_map(|trial| trial.connect_ms).min_by(|a, b| a.0.total_cmp(&b.0))?;
    (facts.proxy.is_none() && reset.0 * 1.2 < connect.0 && connect.0 > 2.0).then(|| {
        say!(
            en: "the cut came after {reset}, sooner than a round trip to the server ({connect}): it was made on the way",
            zh: "{reset} 就被切断，比到服务器的一次往返（{connect}）还快：是途中的设备干的",
        )
    })
}

pub(in super::super) fn sni_dropped(evidence: &Evidence) -> Option<Finding> {
    let facts = server_name(evidence)?;
    let silent = |outcome| outcome == TrialOutcome::Silent;
    let fate = say!(en: "stayed without any answer", zh: "没有任何应答");
    if !all(&facts.target, silent) || !all(&facts.neutral, TrialOutcome::passed) {
        return afresh(facts, silent, &fate)
            .or_else(|| rested(evidence, silent, &fate))
            .map(|finding| finding.because_if(where_it_is_cut(evidence)));
    }
    let size = facts.target.first().map_or(0, |trial| trial.client_hello_bytes);
    Some(
        Finding::faulty(Stage::Tls, Confidence::Confirmed)
            .because(name_against_name(facts, &fate))
            .because_if(elsewhere(facts, silent))
            .fix_if(another_node(facts))
            .because_if(where_it_is_cut(evidence))
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

/// `unrecognized_name`, RFC 6066 section 3.
const UNRECOGNIZED_NAME: u8 = 112;

pub(in super::super) fn edge_rejects_exit_address(evidence: &Evidence) -> Option<Finding> {
    let facts = server_name(evidence)?;
    let refused = |outcome| matches!(outcome, TrialOutcome::Alert | TrialOutcome::Closed);
    let completed = |outcome| outcome == TrialOutcome::Completed;
    // A server that does not have the name says just that; the provider's own has it.
    let unknown = |trial: &Trial| trial.alert.as_ref().is_some_and(|alert| alert.code == UNRECOGNIZED_NAME);
    if facts.target.iter().any(unknown) && !reading::is_known_host(evidence) {
        return None;
    }
    // The name passes elsewhere, so nothing on the way minds it; here the edge itself refuses it. Where there is no
    // elsewhere, an alert is a message of whoever read the handshake, and filters do not write those.
    // A host of one's own may simply not be set up for the name.
    let by_alert = reading::is_known_host(evidence)
        && !is_elsewhere_reached(facts)
        && all(&facts.target, |outcome| outcome == TrialOutcome::Alert);
    let passes = all(&facts.elsewhere, TrialOutcome::passed);
    if !all(&facts.target, refused) || !all(&facts.neutral, completed) || !(passes || by_alert) {
        return None;
    }
    let fate = say!(en: "was refused by the server", zh: "被服务器拒绝");
    Some(Finding::faulty(Stage::Tls, Confidence::Likely).because(name_against_name(facts, &fate)).not(
        "sni-reset",
        if passes {
            say!(
                en: "the same name passes at an unrelated address, so nothing on the way filters it",
                zh: "同一域名在不相干的地址上能通，说明途中没有设备过滤它",
            )
        } else {
            say!(
                en: "a TLS alert came each time: the server read the handshake, and a filter sends resets",
                zh: "每次收到的都是 TLS 告警：服务器读到了握手，而过滤设备发的是 RST",
            )
        },
    ))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::diagnose;
    use crate::diagnosis::fault::Confidence;
    use crate::diagnosis::specimen::{self, codes, healthy};
    use crate::evidence::experiment::TrialOutcome::{Completed, Reset, Silent, Unconnected};
    use crate::evidence::experiment::{
        Experiment, ExperimentFacts, FreshAddress, HelloHopFacts, HelloStep, ResidualFacts, Rest, ServerNameFacts,
        Trial, TrialOutcome,
    };
    use crate::evidence::{Evidence, FailureKind, Ms};

    fn trial(address: &str, outcome: TrialOutcome) -> Trial {
        Trial {
            address: address.parse().unwrap(),
            server_name: String::new(),
            outcome,
            connect_ms: Some(Ms(40.0)),
            handshake_ms: Some(Ms(40.0)),
            client_hello_bytes: 1500,
            bytes_received: 0,
            alert: None,
            info: None,
        }
    }

    fn fresh(address: &str, of_target: bool, [before, target, after]: [TrialOutcome; 3]) -> FreshAddress {
        let [before, target, after] = [before, target, after].map(|outcome| trial(address, outcome));
        FreshAddress { of_target, before, target, after }
    }

    fn evidence(fresh: Vec<FreshAddress>, kind: FailureKind) -> Evidence {
        let mut evidence = healthy();
        specimen::tls_fails(&mut evidence, kind);
        let neutral = vec![trial("162.159.140.245:443", Unconnected)];
        let facts = ExperimentFacts::ServerName(ServerNameFacts { neutral, fresh, ..ServerNameFacts::default() });
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(300.0) });
        evidence
    }

    #[test]
    fn an_unrelated_host_that_nobody_gets_to_tells_nothing_of_the_name() {
        let told = |elsewhere: TrialOutcome, neutral_elsewhere: TrialOutcome| {
            let thrice = |outcome| vec![trial("127.0.0.1:7890", outcome); 3];
            let mut seen = specimen::proxied();
            specimen::tls_fails(&mut seen, FailureKind::ConnectionClosed);
            let facts = ExperimentFacts::ServerName(ServerNameFacts {
                proxy: Some("http://127.0.0.1:7890".to_owned()),
                target: thrice(TrialOutcome::Closed),
                neutral: thrice(Completed),
                elsewhere: thrice(elsewhere),
                neutral_elsewhere: thrice(neutral_elsewhere),
                ..ServerNameFacts::default()
            });
            seen.experiments.push(Experiment { facts, duration_ms: Ms(300.0) });
            codes(&seen)
        };
        assert_eq!(told(Unconnected, Unconnected), ["sni-reset"]);
        assert_eq!(told(TrialOutcome::Closed, Completed), ["sni-reset"]);
        assert_eq!(told(Completed, Completed), ["edge-rejects-exit-address"]);
    }

    const BLOCKED: [TrialOutcome; 3] = [Completed, Reset, Unconnected];

    #[test]
    fn a_block_that_ends_and_comes_back_with_the_name_tells_too() {
        let told = |neutral, after_it: Option<[TrialOutcome; 2]>, kind| {
            let mut seen = evidence(vec![], kind);
            let here = |outcome| trial("162.159.140.245:443", outcome);
            let facts = ExperimentFacts::Residual(Box::new(ResidualFacts {
                rests: vec![Rest { after_ms: Ms(10_000.0), neutral: here(neutral) }],
                target: after_it.map(|[target, _]| here(target)),
                after: after_it.map(|[_, after]| here(after)),
                ..ResidualFacts::default()
            }));
            seen.experiments.push(Experiment { facts, duration_ms: Ms(10_300.0) });
            codes(&seen)
        };
        let (reset, timeout) = (FailureKind::ConnectionReset, FailureKind::Timeout);
        assert_eq!(told(Completed, Some([Reset, Unconnected]), reset), ["sni-reset"]);
        assert_eq!(told(Completed, Some([Silent, Silent]), timeout), ["sni-dropped"]);
        // Still blocked, no block any more, and a line that merely comes and goes.
        assert_eq!(told(Unconnected, None, reset), ["tls-handshake-reset"]);
        assert_eq!(told(Completed, Some([Completed, Completed]), reset), ["tls-handshake-reset"]);
        assert_eq!(told(Completed, Some([Reset, Completed]), reset), ["tls-handshake-reset"]);
    }

    #[test]
    fn a_block_that_lasts_is_told_by_addresses_that_had_not_seen_the_name() {
        let ours = fresh("172.66.0.243:443", true, BLOCKED);
        let stranger = fresh("1.1.1.1:443", false, BLOCKED);
        let seen = evidence(vec![ours.clone(), stranger], FailureKind::ConnectionReset);
        let found = diagnose(&seen).diagnoses.remove(0);
        assert_eq!((found.fault.code, found.finding.confidence), ("sni-reset", Confidence::Confirmed));
        let said: Vec<&str> = found.finding.evidence.iter().map(|shown| shown.en.as_str()).collect();
        assert!(said[1].contains("for minutes") && said[2].starts_with("1.1.1.1:443"), "{said:?}");

        let seen = evidence(vec![ours.clone()], FailureKind::ConnectionReset);
        assert_eq!(diagnose(&seen).diagnoses[0].finding.confidence, Confidence::Likely);
        let seen = evidence(vec![ours, fresh("172.66.0.9:443", true, [Completed; 3])], FailureKind::ConnectionReset);
        assert_eq!(codes(&seen), ["tls-handshake-reset"], "one address minds the name, another does not");
        let dead = fresh("172.66.0.243:443", true, [Reset, Reset, Reset]);
        assert_eq!(codes(&evidence(vec![dead], FailureKind::ConnectionReset)), ["tls-handshake-reset"]);
        let mute = fresh("172.66.0.243:443", true, [Completed, Silent, Unconnected]);
        assert_eq!(codes(&evidence(vec![mute], FailureKind::Timeout)), ["sni-dropped"]);
    }

    #[test]
    fn the_hop_is_named_where_it_was_found() {
        let mut seen = evidence(vec![fresh("172.66.0.243:443", true, BLOCKED)], FailureKind::ConnectionReset);
        let mut facts = HelloHopFacts {
            hop: Some(3),
            router: Some(specimen::ip("10.9.0.1")),
            distance: Some(12),
            steps: vec![HelloStep { ttl: 3, outcomes: vec![Reset] }],
            ..HelloHopFacts::default()
        };
        let said = |seen: &Evidence| diagnose(seen).diagnoses[0].finding.evidence.last().cloned();
        let with = |facts: &HelloHopFacts| Experiment {
            facts: ExperimentFacts::HelloHop(facts.clone()),
            duration_ms: Ms(90.0),
        };
        seen.experiments.push(with(&facts));
        let words = said(&seen).expect("there is evidence");
        assert!(words.en.starts_with("hop 3 (10.9.0.1) of 12 resets") && words.zh.contains("10.9.0.1"), "{words:?}");
        facts.steps[0].outcomes = vec![Silent];
        seen.experiments[1] = with(&facts);
        assert!(said(&seen).is_some_and(|words| words.en.contains("drops it")));
        facts.hop = None;
        seen.experiments[1] = with(&facts);
        assert!(said(&seen).is_some_and(|words| !words.en.contains("hop")));
    }
}
