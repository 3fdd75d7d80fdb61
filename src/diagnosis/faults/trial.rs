//! The rules that read experiments: a cause is named when its control succeeded and the target failed, repeatedly.

pub(super) mod certificate;
pub(super) mod endpoint;
mod loss;
mod name;
pub(super) mod outage;
mod refusal;
pub(super) mod request;
pub(super) mod settings;
mod size;

use crate::evidence::Evidence;
use crate::evidence::dns::DnsQuery;
use crate::evidence::experiment::{
    ControlHostsFacts, ExperimentFacts, HelloHopFacts, HelloSizeFacts, LossFacts, Presence, RefusalFacts,
    ServerNameFacts, Trial, TrialOutcome,
};
use crate::evidence::protocol::StallFacts;

pub(super) use loss::{is_suspected, packet_loss};
pub(super) use name::{edge_rejects_exit_address, sni_dropped, sni_reset};
pub(super) use refusal::{Refuser, refuser};
pub(super) use size::{client_hello_too_large, mtu_black_hole};

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

/// A machine that stayed silent where it was asked and answers something else, with what.
pub(super) fn present(evidence: &Evidence) -> Option<(&Presence, &str)> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Presence(facts) => facts.machines.iter().find_map(|one| Some((one, one.answered.as_deref()?))),
        _ => None,
    })
}

fn hello_size(evidence: &Evidence) -> Option<&HelloSizeFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::HelloSize(facts) => Some(facts),
        _ => None,
    })
}

fn stall(evidence: &Evidence) -> Option<&StallFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Stall(facts) => Some(facts),
        _ => None,
    })
}

fn loss(evidence: &Evidence) -> Option<&LossFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Loss(facts) => Some(facts),
        _ => None,
    })
}

fn hello_hop(evidence: &Evidence) -> Option<&HelloHopFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::HelloHop(facts) => Some(facts),
        _ => None,
    })
}

fn refusal(evidence: &Evidence) -> Option<&RefusalFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Refusal(facts) => Some(facts),
        _ => None,
    })
}

/// The query to an address that is no resolver.
pub(super) fn non_resolver(evidence: &Evidence) -> Option<&DnsQuery> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Resolver(facts) => facts.non_resolver.as_ref(),
        _ => None,
    })
}

fn all(trials: &[Trial], is: impl Fn(TrialOutcome) -> bool) -> bool {
    trials.len() >= ENOUGH && trials.iter().all(|trial| is(trial.outcome))
}

fn passed(trials: &[Trial]) -> usize {
    trials.iter().filter(|trial| trial.outcome.passed()).count()
}
