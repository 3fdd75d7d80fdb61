//! Does the block end by itself? Where a filter goes on blocking an address once it has seen a name, and no other address
//! can tell, the address is left alone until a neutral name passes again; then the target's name once more.
//!
//! The blocks of the Great Firewall last 120 to 180 s for each pair of addresses and port.

use std::time::{Duration, Instant};

use crate::evidence::Evidence;
use crate::evidence::experiment::{ExperimentFacts, ResidualFacts, Rest, ServerNameFacts};
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::handshake::{Variation, address, attempt};

/// When the neutral name is tried again, in seconds from the beginning.
const CHECKS_S: [u64; 8] = [10, 20, 40, 60, 90, 120, 150, 185];
/// What the handshakes take that follow a check.
const AROUND: Duration = Duration::from_secs(7);

fn names(evidence: &Evidence) -> Option<&ServerNameFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::ServerName(facts) => Some(facts),
        _ => None,
    })
}

/// Whether names were compared in vain because nothing passes to the address any more.
pub(super) fn applies(run: &Run, evidence: &Evidence) -> bool {
    let direct = run.settings.route.proxy.is_none();
    direct
        && address(evidence).is_some()
        && names(evidence).is_some_and(|facts| {
            let blocked = facts.neutral.iter().any(|trial| !trial.outcome.passed());
            blocked && !facts.fresh.iter().any(|fresh| fresh.before.outcome.passed())
        })
}

/// Waits as long as the run may last.
pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> ResidualFacts {
    let (Some(here), Some(names)) = (address(evidence), names(evidence)) else { return ResidualFacts::default() };
    let mut facts = ResidualFacts {
        name: names.name.clone(),
        neutral_name: names.neutral_name.clone(),
        ..ResidualFacts::default()
    };
    let (neutral, target) = (Variation::new(here, &facts.neutral_name), Variation::new(here, &facts.name));
    let started = Instant::now();
    for check in CHECKS_S.map(Duration::from_secs) {
        if started + check + AROUND > run.deadline() {
            break;
        }
        tokio::time::sleep_until((started + check).into()).await;
        let trial = attempt(run, trust, &neutral).await;
        let passed = trial.outcome.passed();
        facts.rests.push(Rest { after_ms: started.elapsed().into(), neutral: trial });
        if passed {
            facts.target = Some(attempt(run, trust, &target).await);
            facts.after = Some(attempt(run, trust, &neutral).await);
            break;
        }
    }
    facts
}
