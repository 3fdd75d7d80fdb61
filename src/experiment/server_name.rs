//! Is it the server's name? {target's name, neutral name of equal length} × {target's address, unrelated address}.
//!
//! The neutral name goes first: a filter that has reset a name may go on resetting the address for minutes.

use crate::evidence::Evidence;
use crate::evidence::experiment::ServerNameFacts;
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::control_hosts;
use super::handshake::{Variation, address, repeat};

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> ServerNameFacts {
    let name = evidence.tls.facts.server_name.clone();
    let neutral_name = neutral(name.len());
    let mut facts = ServerNameFacts { name: name.clone(), neutral_name: neutral_name.clone(), ..Default::default() };
    let Some(here) = address(evidence) else { return facts };
    facts.neutral = repeat(run, trust, &Variation::new(here, &neutral_name)).await;
    if !facts.neutral.iter().any(|trial| trial.outcome.passed()) {
        // Whatever the name, nothing passes: the name is not what decides, and the rest would tell no more.
        return facts;
    }
    let elsewhere = control_hosts::addresses(run, evidence).into_iter().next();
    let target = Variation::new(here, &name);
    match elsewhere {
        Some(there) => {
            facts.neutral_elsewhere = repeat(run, trust, &Variation::new(there, &neutral_name)).await;
            let target_there = Variation::new(there, &name);
            let (target, elsewhere) = tokio::join!(repeat(run, trust, &target), repeat(run, trust, &target_there));
            facts.target = target;
            facts.elsewhere = elsewhere;
        }
        None => facts.target = repeat(run, trust, &target).await,
    }
    facts
}

/// A name of that length that no filter has a reason to know.
fn neutral(length: usize) -> String {
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
