//! Who refused a connection, by where the refusal comes from and how soon.

use crate::diagnosis::experiment::expires;
use crate::diagnosis::fault::Confidence;
use crate::evidence::Evidence;
use crate::evidence::experiment::RefusalFacts;
use crate::lang::Sentence;
use crate::say;

use super::refusal;

/// A refusal on the way is sooner than the address's own answers by this factor at least, and by so many milliseconds.
const SOONER: (f64, f64) = (2.0, 3.0);

/// Who refused.
pub(in super::super) enum Refuser {
    /// Somebody on the way.
    OnTheWay(Confidence, Sentence),
    /// The address itself.
    Itself(Sentence),
}

/// Reads the experiment; `None` where it was not made or does not tell.
pub(in super::super) fn refuser(evidence: &Evidence) -> Option<Refuser> {
    let facts = refusal(evidence)?;
    if let Some(told) = by_ttl(facts) {
        return Some(told);
    }
    let (distance, time) = (by_distance(facts), by_time(facts));
    // A filter one hop before the address refuses from as far as the address does: then only the time can tell.
    match (distance, time) {
        (on_the_way @ Some(Refuser::OnTheWay(..)), _) | (_, on_the_way @ Some(Refuser::OnTheWay(..))) => on_the_way,
        (itself, other) => other.or(itself),
    }
}

/// How many routers a packet has passed, by the TTL that is left of what systems begin with.
fn passed(ttl: u8) -> u8 {
    [64, 128, 255].into_iter().find(|begun| ttl <= *begun).unwrap_or(u8::MAX) - ttl
}

fn by_ttl(facts: &RefusalFacts) -> Option<Refuser> {
    let (refused, own) = (facts.refused_ttl?, facts.own_ttl?);
    let (near, far) = (passed(refused), passed(own));
    let target = facts.address?.ip();
    // A reset that pretends to come from farther away was made up by something else.
    match near.cmp(&far) {
        std::cmp::Ordering::Less => {
            // Ways back that differ in length by one are no rarity where load is balanced.
            let confidence = if far - near > 1 { Confidence::Confirmed } else { Confidence::Likely };
            Some(Refuser::OnTheWay(
                confidence,
                say!(
                    en: "the refusal has passed {near} routers (TTL {refused}), what {target} itself answers {far} (TTL {own})",
                    zh: "拒绝经过了 {near} 个路由器（TTL {refused}），而 {target} 自己的应答经过了 {far} 个（TTL {own}）",
                ),
            ))
        }
        std::cmp::Ordering::Equal => Some(Refuser::Itself(say!(
            en: "the refusal has passed as many routers as what {target} itself answers (TTL {refused} and {own})",
            zh: "拒绝与 {target} 自己的应答经过同样多的路由器（TTL {refused} 和 {own}）",
        ))),
        std::cmp::Ordering::Greater => None,
    }
}

fn by_distance(facts: &RefusalFacts) -> Option<Refuser> {
    let ttl = facts.refused_at?;
    let at = |ttl: u8| facts.beside.iter().find(|hop| hop.ttl == ttl);
    let here = at(ttl)?;
    let target = facts.address?.ip();
    if let Some(router) = expires(here) {
        // Ways that differ in length by one are no rarity where load is balanced.
        let farther = at(ttl.saturating_add(1)).and_then(expires);
        let confidence = if farther.is_some() { Confidence::Confirmed } else { Confidence::Likely };
        return Some(Refuser::OnTheWay(
            confidence,
            say!(
                en: "the refusal comes from hop {ttl} at most: there {router} still passes other packets to {target} on",
                zh: "拒绝最远来自第 {ttl} 跳：发往 {target} 的其他数据包在那里还要经 {router} 继续转发",
            ),
        ));
    }
    here.answers.iter().any(|answer| answer.address == target).then(|| {
        Refuser::Itself(say!(
            en: "the refusal comes from hop {ttl}, and there {target} itself answers other packets too",
            zh: "拒绝来自第 {ttl} 跳，而 {target} 本身就在那里应答其他数据包",
        ))
    })
}

fn by_time(facts: &RefusalFacts) -> Option<Refuser> {
    let (refusal, own) = (facts.refusal_ms?, facts.round_trip_ms?);
    let answered = facts.answered.as_deref().unwrap_or("?");
    let times = say!(
        en: "the refusal takes {refusal}, another answer of the same address ({answered}) {own}",
        zh: "拒绝用时 {refusal}，同一地址的另一种应答（{answered}）用时 {own}",
    );
    if refusal.0 * SOONER.0 < own.0 && own.0 - refusal.0 > SOONER.1 {
        return Some(Refuser::OnTheWay(Confidence::Confirmed, times));
    }
    (refusal.0 * SOONER.0 >= own.0).then_some(Refuser::Itself(times))
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::diagnose;
    use crate::diagnosis::fault::Confidence;
    use crate::diagnosis::specimen::{self, V4, codes, healthy, ip};
    use crate::evidence::experiment::{Experiment, ExperimentFacts, RefusalFacts};
    use crate::evidence::route::{Hop, HopSaid};
    use crate::evidence::{Evidence, FailureKind, Ms};

    fn hop(ttl: u8, from: &str, said: HopSaid) -> Hop {
        Hop::of(ttl, ip(V4), &[Some((ip(from), said, Ms(20.0)))])
    }

    /// Refused after 30 ms, longer than any resolver takes, and again after `refusal`; `own` for anything else.
    fn seen(beside: Vec<Hop>, refusal: f64, own: Option<f64>) -> Evidence {
        let mut evidence = healthy();
        specimen::only_family(&mut evidence, false);
        specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 30.0);
        let facts = RefusalFacts {
            address: Some((ip(V4), 443).into()),
            refused_at: Some(3),
            beside,
            refusal_ms: Some(Ms(refusal)),
            round_trip_ms: own.map(Ms),
            answered: own.map(|_| "echo".to_owned()),
            ..RefusalFacts::default()
        };
        evidence.experiments.push(Experiment { facts: ExperimentFacts::Refusal(facts), duration_ms: Ms(90.0) });
        evidence
    }

    #[test]
    fn a_refusal_from_where_others_pass_is_a_firewalls() {
        let (router, end) = (HopSaid::TimeExceeded, HopSaid::PortUnreachable);
        let both = vec![hop(3, "10.0.0.3", router), hop(4, "10.0.0.4", router)];
        for (beside, confidence) in
            [(both, Confidence::Confirmed), (vec![hop(3, "10.0.0.3", router), hop(4, V4, end)], Confidence::Likely)]
        {
            let evidence = seen(beside, 30.0, Some(40.0));
            assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
            let finding = &diagnose(&evidence).diagnoses[0].finding;
            assert_eq!(finding.confidence, confidence);
            assert!(finding.evidence.last().is_some_and(|shown| shown.en.contains("10.0.0.3")), "{finding:?}");
        }
        assert_eq!(codes(&seen(vec![hop(3, V4, end)], 30.0, Some(30.5))), ["tcp-refused"]);
    }

    #[test]
    fn the_ttl_tells_who_is_nearer() {
        let with = |refused, own| {
            let mut evidence = seen(vec![hop(3, V4, HopSaid::PortUnreachable)], 30.0, Some(30.5));
            if let ExperimentFacts::Refusal(facts) = &mut evidence.experiments[0].facts {
                (facts.refused_ttl, facts.own_ttl) = (Some(refused), Some(own));
            }
            let confidence = diagnose(&evidence).diagnoses[0].finding.confidence;
            (codes(&evidence)[0], confidence)
        };
        assert_eq!(with(64, 63), ("tcp-rejected-by-firewall", Confidence::Likely));
        assert_eq!(with(62, 50), ("tcp-rejected-by-firewall", Confidence::Confirmed));
        assert_eq!(with(52, 52).0, "tcp-refused");
        assert_eq!(with(244, 53).0, "tcp-refused", "another system's beginning, the same way");
        assert_eq!(with(40, 52).0, "tcp-refused");
    }

    #[test]
    fn the_same_address_sets_the_measure_of_time() {
        assert_eq!(codes(&seen(vec![], 9.0, Some(40.0))), ["tcp-rejected-by-firewall"]);
        assert_eq!(codes(&seen(vec![], 38.0, Some(40.0))), ["tcp-refused"]);
        assert_eq!(codes(&seen(vec![], 0.1, Some(0.4))), ["tcp-refused"], "too short to tell");
        assert_eq!(codes(&seen(vec![], 30.0, None)), ["tcp-refused"]);
        let mut near = seen(vec![hop(3, V4, HopSaid::PortUnreachable)], 2.0, Some(2.5));
        near.tcp.facts.attempts[0].duration_ms = Some(Ms(2.0));
        assert_eq!(codes(&near), ["tcp-refused"], "nearer than any resolver, and its own");
    }
}
