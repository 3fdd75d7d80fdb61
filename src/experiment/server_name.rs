//! Is it the server's name? {target's name, neutral name of equal length} × {target's address, unrelated address}.
//!
//! The neutral name goes first: a filter that has reset a name may go on resetting its whole address for minutes. Where
//! the chain's own handshake has set that off, only addresses that have not seen the name yet can still tell.

use std::net::SocketAddr;

use crate::evidence::Evidence;
use crate::evidence::experiment::{FreshAddress, ServerNameFacts, Trial};
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::handshake::{Variation, address, attempt, repeat};
use super::{REPETITIONS, control_hosts, hello_size, join_all};

/// Addresses that are tried after the chain's own took no more handshakes.
const FRESH: usize = 4;

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence, by_silence: bool) -> ServerNameFacts {
    let name = evidence.tls.facts.server_name.clone();
    let neutral_name = neutral(name.len());
    let mut facts = ServerNameFacts { name, neutral_name, ..Default::default() };
    if let Some(target) = Variation::of_chain(run, evidence).filter(|chain| chain.through.is_some()) {
        through_proxy(run, trust, evidence, &target, &mut facts).await;
        return facts;
    }
    let Some(here) = address(evidence) else { return facts };
    let there = control_hosts::addresses(run, evidence).into_iter().next();
    if by_silence {
        let neutral = Variation::new(here, &facts.neutral_name);
        let small = Variation { segment: Some(hello_size::SEGMENT), ..neutral };
        let ((), small) = tokio::join!(silence(run, trust, here, there, &mut facts), attempt(run, trust, &small));
        if small.outcome.passed() && !facts.neutral.iter().any(|trial| trial.outcome.passed()) {
            // It is the size of packets, whatever the name: other addresses would only be as silent.
            return facts;
        }
    } else {
        cuts(run, trust, here, there, &mut facts).await;
    }
    let passed = facts.neutral.iter().filter(|trial| trial.outcome.passed()).count();
    if passed < REPETITIONS {
        let (fresh, _) = fresh(run, evidence, here);
        let (name, neutral) = (&facts.name, &facts.neutral_name);
        facts.fresh = join_all(fresh.into_iter().map(|place| sequence(run, trust, place, name, neutral))).await;
    }
    facts
}

/// The names through the proxy that is in use. It resolves the name by itself, so no address of the endpoint's is chosen.
async fn through_proxy(run: &Run, trust: &Trust, evidence: &Evidence, target: &Variation, facts: &mut ServerNameFacts) {
    facts.proxy = target.through.as_ref().map(|(proxy, _)| proxy.display.clone());
    facts.neutral = repeat(run, trust, &target.named(&facts.neutral_name)).await;
    if !facts.neutral.iter().any(|trial| trial.outcome.passed()) {
        return;
    }
    let Some(there) = control_hosts::addresses(run, evidence).into_iter().next() else {
        facts.target = repeat(run, trust, target).await;
        return;
    };
    let away = target.for_host(there);
    facts.neutral_elsewhere = repeat(run, trust, &away.named(&facts.neutral_name)).await;
    (facts.target, facts.elsewhere) = tokio::join!(repeat(run, trust, target), repeat(run, trust, &away));
}

/// What stays silent takes its time: all of a kind at once.
async fn silence(run: &Run, trust: &Trust, here: SocketAddr, there: Option<SocketAddr>, facts: &mut ServerNameFacts) {
    facts.neutral = repeat(run, trust, &Variation::new(here, &facts.neutral_name)).await;
    if !facts.neutral.iter().any(|trial| trial.outcome.passed()) {
        return;
    }
    let target = Variation::new(here, &facts.name);
    match there {
        Some(there) => {
            facts.neutral_elsewhere = repeat(run, trust, &Variation::new(there, &facts.neutral_name)).await;
            let target_there = Variation::new(there, &facts.name);
            (facts.target, facts.elsewhere) =
                tokio::join!(repeat(run, trust, &target), repeat(run, trust, &target_there));
        }
        None => facts.target = repeat(run, trust, &target).await,
    }
}

/// What is cut is cut at once: the names take turns, and end with the first neutral one that does not pass.
async fn cuts(run: &Run, trust: &Trust, here: SocketAddr, there: Option<SocketAddr>, facts: &mut ServerNameFacts) {
    let (name, neutral) = (&facts.name, &facts.neutral_name);
    let first = attempt(run, trust, &Variation::new(here, neutral)).await;
    if !first.outcome.passed() {
        // Whatever the name, nothing passes here; the unrelated address stays fresh.
        facts.neutral = vec![first];
        return;
    }
    let at_home = turns(run, trust, here, (neutral, name), Some(first));
    let away = async {
        match there {
            Some(there) => turns(run, trust, there, (neutral, name), None).await,
            None => (Vec::new(), Vec::new()),
        }
    };
    let ((neutral, target), (neutral_elsewhere, elsewhere)) = tokio::join!(at_home, away);
    (facts.neutral, facts.target) = (neutral, target);
    (facts.neutral_elsewhere, facts.elsewhere) = (neutral_elsewhere, elsewhere);
}

/// Neutral name, target's name, and so on in turn at one address.
async fn turns(
    run: &Run,
    trust: &Trust,
    place: SocketAddr,
    (neutral, name): (&str, &str),
    first: Option<Trial>,
) -> (Vec<Trial>, Vec<Trial>) {
    let (mut controls, mut trials) = (Vec::new(), Vec::new());
    let mut control = first;
    for _ in 0..REPETITIONS {
        let before = match control.take() {
            Some(before) => before,
            None => attempt(run, trust, &Variation::new(place, neutral)).await,
        };
        let passed = before.outcome.passed();
        controls.push(before);
        if !passed {
            break;
        }
        trials.push(attempt(run, trust, &Variation::new(place, name)).await);
    }
    (controls, trials)
}

async fn sequence(run: &Run, trust: &Trust, place: (SocketAddr, bool), name: &str, neutral: &str) -> FreshAddress {
    let (address, of_target) = place;
    let before = attempt(run, trust, &Variation::new(address, neutral)).await;
    let target = attempt(run, trust, &Variation::new(address, name)).await;
    let after = attempt(run, trust, &Variation::new(address, neutral)).await;
    FreshAddress { of_target, before, target, after }
}

/// Addresses that no handshake has gone to so far, and whether they are the target's; and one more that is kept for
/// finding the hop.
pub(super) fn fresh(run: &Run, evidence: &Evidence, here: SocketAddr) -> (Vec<(SocketAddr, bool)>, Option<SocketAddr>) {
    let attempts = evidence.tcp.facts.attempts.iter().filter(|attempt| attempt.connected);
    let ours = attempts.map(|attempt| SocketAddr::new(attempt.address, here.port())).filter(|one| *one != here);
    let mut ours: Vec<SocketAddr> = ours.collect();
    let others = control_hosts::addresses(run, evidence);
    let kept = if ours.len() + others.len() < REPETITIONS { None } else { ours.pop() };
    let ours = ours.into_iter().map(|one| (one, true));
    let all = ours.chain(others.into_iter().filter(|one| Some(*one) != kept).map(|one| (one, false)));
    (all.take(FRESH).collect(), kept)
}

/// A name of that length that no filter has a reason to know.
pub(super) fn neutral(length: usize) -> String {
    const DOMAIN: &str = "example.com";
    match length.checked_sub(DOMAIN.len() + 1) {
        Some(rest @ 1..=63) => format!("{}.{DOMAIN}", "w".repeat(rest)),
        Some(rest) if rest > 63 => format!("{}.{}.{DOMAIN}", "w".repeat(rest - 33), "v".repeat(32)),
        _ => format!("{}.org", "w".repeat(length.saturating_sub(4).max(1))),
    }
}

#[cfg(test)]
mod tests {
    use super::neutral;

    #[test]
    fn a_neutral_name_is_as_long_as_the_target() {
        for name in ["api.openai.com", "openrouter.ai", "api.x.ai", "a-long-name.openai.azure.com"] {
            assert_eq!(neutral(name.len()).len(), name.len(), "{name}");
        }
    }
}
