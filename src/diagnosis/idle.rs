//! What a ladder of quiet connections tells: between which times they die, who is known to forget after such a time, and
//! what keeps them alive.

use crate::evidence::idle::{IdleFacts, IdleKind, IdleOutcome, IdleTrial};
use crate::lang::{Sentence, Text};
use crate::{say, text};

/// What a ladder tells when connections die on it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Death {
    /// The longest pause that was survived, in seconds.
    pub survived_s: Option<f64>,
    /// The shortest that was not.
    pub died_s: f64,
    /// How many connections died.
    pub deaths: usize,
    /// Whether the other end, or somebody for it, resets what was forgotten.
    pub by_reset: bool,
    /// What keeps a connection alive.
    pub cure: Cure,
}

/// What keeps a connection alive.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cure {
    /// Keepalive probes at this interval, in seconds: the largest that was seen to.
    Keepalive(f64),
    /// Data alone; probes do not.
    Data,
    /// Nothing: it may not last longer, whatever it carries.
    Nothing(f64),
    /// It was not seen.
    Unknown,
}

/// Judges a ladder; `None` when nothing on it died of being quiet.
#[must_use]
pub fn judge(facts: &IdleFacts) -> Option<Death> {
    let silent = || facts.trials.iter().filter(|trial| trial.kind == IdleKind::Silent);
    let alive = |trial: &&IdleTrial| trial.outcome == IdleOutcome::Alive;
    let dead = |trial: &&IdleTrial| trial.outcome.is_dead();
    let longest = silent().filter(alive).map(|trial| trial.idle_s).reduce(f64::max);
    // A step counts as deadly when nobody survived it or any longer one.
    let deadly = silent().filter(dead).filter(|trial| longest.is_none_or(|longest| trial.idle_s > longest));
    let died_s = deadly.clone().map(|trial| trial.idle_s).reduce(f64::min)?;
    let deaths = deadly.clone().count();
    let by_reset = deadly.clone().any(|trial| trial.outcome != IdleOutcome::SilentOnUse);
    let of = |kind: IdleKind| facts.trials.iter().filter(move |trial| trial.kind == kind);
    let trickle = of(IdleKind::Trickle).find(dead).and_then(|trial| trial.after_s);
    let keepalive = of(IdleKind::Keepalive).filter(alive).filter_map(|trial| trial.every_s).reduce(f64::max);
    let cure = match (trickle, keepalive) {
        (Some(after), _) => Cure::Nothing(after),
        (None, Some(every)) => Cure::Keepalive(every),
        (None, None) if of(IdleKind::Keepalive).any(|trial| trial.outcome.is_dead()) => Cure::Data,
        (None, None) => Cure::Unknown,
    };
    Some(Death { survived_s: longest, died_s, deaths, by_reset, cure })
}

/// When the server itself ends idle connections, in seconds.
#[must_use]
pub fn server_closes(facts: &IdleFacts) -> Option<f64> {
    let closed = |trial: &&IdleTrial| trial.outcome == IdleOutcome::Closed && trial.kind != IdleKind::Trickle;
    facts.trials.iter().filter(closed).filter_map(|trial| trial.after_s).reduce(f64::min)
}

/// Who is known to forget connections after a time within these bounds.
#[must_use]
pub fn culprit(death: &Death) -> Option<Text> {
    const KNOWN: &[(f64, Text)] = &[
        (30.0, text!(en: "30 s, as mobile networks and some firewalls", zh: "30 秒，常见于移动网络和部分防火墙")),
        (60.0, text!(en: "60 s, as AWS ALB, nginx and HAProxy", zh: "60 秒，常见于 AWS ALB、nginx 和 HAProxy")),
        (120.0, text!(en: "120 s, as many home routers", zh: "120 秒，常见于家用路由器")),
        (180.0, text!(en: "180 s, as many home routers", zh: "180 秒，常见于家用路由器")),
        (240.0, text!(en: "240 s, as Azure's load balancer", zh: "240 秒，即 Azure 负载均衡的默认值")),
        (300.0, text!(en: "300 s, as Envoy and many firewalls", zh: "300 秒，常见于 Envoy 和许多防火墙")),
        (
            350.0,
            text!(en: "350 s, as AWS NAT gateways and network load balancers", zh: "350 秒，即 AWS NAT 网关和 NLB 的默认值"),
        ),
    ];
    let survived = death.survived_s?;
    // Two known times between the bounds would be a guess.
    let mut fit = KNOWN.iter().filter(|(time, _)| survived < *time && *time <= death.died_s);
    fit.next().filter(|_| fit.next().is_none()).map(|(_, who)| *who)
}

/// The pauses that were survived and that were not.
#[must_use]
pub fn bounds(death: &Death) -> Sentence {
    let (died, deaths) = (seconds(death.died_s), death.deaths);
    let fate = if death.by_reset {
        text!(en: "was reset", zh: "被重置")
    } else {
        text!(en: "swallowed the next request", zh: "吞掉了下一个请求")
    };
    if let Some(survived) = death.survived_s {
        say!(
            en: "a connection that was quiet for {survived} answered; after {died} and more each one {en} ({deaths} of {deaths})",
            zh: "空闲 {survived} 的连接还能用；空闲 {died} 及以上的全部{zh}（{deaths} 条中 {deaths} 条）",
            survived = seconds(survived), en = fate.en, zh = fate.zh,
        )
    } else {
        say!(
            en: "after {died} of quiet and more each connection {en} ({deaths} of {deaths})",
            zh: "空闲 {died} 及以上的连接全部{zh}（{deaths} 条中 {deaths} 条）",
            en = fate.en, zh = fate.zh,
        )
    }
}

/// What keeps a connection alive, and who is therefore in between.
#[must_use]
pub fn cure(death: &Death) -> Option<Sentence> {
    Some(match death.cure {
        Cure::Keepalive(every) => say!(
            en: "with TCP keepalive every {every} it lived throughout: a NAT or firewall forgets it, and keepalive cures it",
            zh: "每 {every} 发送一次 TCP keepalive 的连接一直可用：是 NAT 或防火墙清除了它，keepalive 能解决",
            every = seconds(every),
        ),
        Cure::Data => say!(
            en: "TCP keepalive did not save it, small requests did: a proxy or load balancer that counts data alone ends it",
            zh: "TCP keepalive 救不了它，持续的小请求可以：是只看数据的代理或负载均衡断开了它",
        ),
        Cure::Nothing(after) => say!(
            en: "even with a small request now and then it died after {after}: connections may not last longer here, whatever they carry",
            zh: "即使不时有小请求，{after} 后也断了：这里的连接无论如何都不能持续更久",
            after = seconds(after),
        ),
        Cure::Unknown => return None,
    })
}

/// A time as people say it.
#[must_use]
pub fn seconds(time: f64) -> String {
    if time < 10.0 && time.fract() != 0.0 { format!("{time:.1} s") } else { format!("{time:.0} s") }
}

/// Everything that a ladder tells, a sentence each.
#[must_use]
pub fn summary(facts: &IdleFacts) -> Vec<Sentence> {
    let mut said = vec![answer(facts)];
    if let Some(death) = judge(facts) {
        said.extend(cure(&death));
        said.extend(
            culprit(&death)
                .map(|who| say!(en: "The time fits {en}.", zh: "时长符合：{zh}。", en = who.en, zh = who.zh)),
        );
    }
    said
}

/// The answer of the experiment in a line.
pub(super) fn answer(facts: &IdleFacts) -> Sentence {
    if let Some(death) = judge(facts) {
        return bounds(&death);
    }
    if let Some(after) = server_closes(facts) {
        let after = seconds(after);
        return say!(
            en: "the server itself ends idle connections, in good order, after {after}",
            zh: "服务器自己会在空闲 {after} 后正常关闭连接",
        );
    }
    if facts.trials.iter().any(|trial| trial.outcome == IdleOutcome::NotKept) {
        return say!(en: "the server ends every connection after its answer", zh: "服务器每次应答后都关闭连接");
    }
    let longest = facts.trials.iter().filter(|trial| trial.outcome == IdleOutcome::Alive).map(|trial| trial.idle_s);
    match longest.reduce(f64::max) {
        Some(longest) => say!(
            en: "connections that were quiet for up to {longest} all answered", zh: "空闲 {longest} 以内的连接都还能用",
            longest = seconds(longest),
        ),
        None => say!(en: "it could not be seen", zh: "没能测出结果"),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A ladder whose silent connections die from `dies` on.
    pub(in crate::diagnosis) fn ladder(dies: f64, keepalive: IdleOutcome, trickle: IdleOutcome) -> IdleFacts {
        let steps = [15.0, 35.0, 65.0, 125.0, 185.0, 245.0, 305.0, 355.0];
        let trial =
            |kind, idle_s, every_s, outcome| IdleTrial { kind, idle_s, every_s, outcome, after_s: Some(idle_s) };
        let mut trials = Vec::new();
        for step in steps {
            let outcome = if step >= dies { IdleOutcome::SilentOnUse } else { IdleOutcome::Alive };
            trials.extend([trial(IdleKind::Silent, step, None, outcome); 2]);
        }
        trials.push(trial(IdleKind::Keepalive, 355.0, Some(15.0), keepalive));
        trials.push(trial(IdleKind::Trickle, 355.0, Some(15.0), trickle));
        IdleFacts { ladder_s: steps.to_vec(), trials, ..IdleFacts::default() }
    }

    #[test]
    fn known_timeouts_are_named() {
        for (dies, name) in [(65.0, "ALB"), (245.0, "Azure"), (305.0, "Envoy"), (355.0, "NAT gateways")] {
            let death = judge(&ladder(dies, IdleOutcome::Alive, IdleOutcome::Alive)).expect("a death");
            let who = culprit(&death).expect("a culprit");
            assert!(who.en.contains(name), "{dies}: {}", who.en);
        }
    }

    #[test]
    fn what_keeps_it_alive_tells_who_is_in_between() {
        use IdleOutcome::{Alive, SilentOnUse};
        for (keepalive, trickle, cure) in [
            (Alive, Alive, Cure::Keepalive(15.0)),
            (SilentOnUse, Alive, Cure::Data),
            (SilentOnUse, SilentOnUse, Cure::Nothing(355.0)),
        ] {
            assert_eq!(judge(&ladder(65.0, keepalive, trickle)).expect("a death").cure, cure);
        }
    }

    #[test]
    fn a_single_death_among_survivors_is_chance() {
        let mut facts = ladder(9999.0, IdleOutcome::Alive, IdleOutcome::Alive);
        assert_eq!(judge(&facts), None);
        facts.trials[4].outcome = IdleOutcome::SilentOnUse;
        assert_eq!(judge(&facts), None, "longer pauses were survived");
    }

    #[test]
    fn a_server_that_hangs_up_is_no_fault() {
        let mut facts = ladder(9999.0, IdleOutcome::Alive, IdleOutcome::Alive);
        for trial in facts.trials.iter_mut().filter(|trial| trial.idle_s > 60.0) {
            (trial.outcome, trial.after_s) = (IdleOutcome::Closed, Some(60.0));
        }
        assert_eq!((judge(&facts), server_closes(&facts)), (None, Some(60.0)));
    }
}
