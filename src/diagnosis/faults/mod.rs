//! Every fault, one literal each, one file a stage. A literal that is not listed here is dead code and the compiler
//! says so.

mod account;
mod auth;
mod azure;
mod base_url;
mod billing;
mod client;
mod config;
mod dns;
mod edge;
mod endpoint;
mod gateway;
mod http;
mod idle;
mod key;
mod limit;
mod locale;
mod model;
mod protocol;
mod proxy;
mod region;
mod relay;
mod request;
mod service;
mod stream;
mod streamed;
mod tcp;
mod tls;
mod trial;

use crate::evidence::Evidence;

use super::{Fault, Finding};
use crate::evidence::experiment::ControlHost;

/// The unrelated hosts that an experiment asked.
pub(super) fn control_hosts(evidence: &Evidence) -> Option<&[ControlHost]> {
    trial::control_hosts(evidence).map(|facts| facts.hosts.as_slice())
}

/// Faults that only an experiment can show and that the evidence gives reason to look for, although requests work.
pub(super) fn suspected(evidence: &Evidence) -> Option<&'static str> {
    trial::is_suspected(evidence).then_some("packet-loss")
}

/// The fault that leads requests to where they were not meant to go.
pub(super) const NOT_MEANT: &str = "env-shadows-config";

/// What only another way to the endpoint, or other settings of the user's, can tell.
pub(super) fn other_ways(primary: &Finding, evidence: &Evidence) -> Vec<&'static str> {
    let mut rivals = proxy::other_ways(primary, evidence);
    rivals.extend(trial::settings::is_open(primary, evidence).then_some(NOT_MEANT));
    rivals
}

const ALL: &[&[Fault]] = &[
    config::FAULTS,
    base_url::FAULTS,
    dns::FAULTS,
    proxy::FAULTS,
    tcp::FAULTS,
    tls::FAULTS,
    http::FAULTS,
    key::FAULTS,
    auth::FAULTS,
    account::FAULTS,
    region::FAULTS,
    billing::FAULTS,
    limit::FAULTS,
    model::FAULTS,
    azure::FAULTS,
    request::FAULTS,
    endpoint::FAULTS,
    client::FAULTS,
    edge::FAULTS,
    relay::FAULTS,
    stream::FAULTS,
    gateway::FAULTS,
    service::FAULTS,
];

/// Where `MiniMax` writes its code, into an answer whose status is 200.
const MINIMAX: &[&str] =
    &["\"base_resp\":{\"status_code", "\"base_resp\": {\"status_code", "\"base_resp\": { \"status_code"];

/// Every fault, in the order of the stages.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    ALL.iter().copied().flatten()
}

/// The fault of that code.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.code == code)
}

/// The last resort: a stage on the way to the endpoint failed, or its answer did and is not known to stop nobody, and
/// no rule knows why.
pub(super) fn unexplained(evidence: &Evidence, answer_excused: bool) -> Option<(&'static Fault, Finding)> {
    let unreached = tcp::unexplained(evidence).map(|finding| ("connection-failed", finding));
    let (code, finding) = unreached.or_else(|| super::answered::by_class(evidence).filter(|_| !answer_excused))?;
    Some((by_code(code)?, finding))
}

#[cfg(test)]
mod answers;
#[cfg(test)]
mod catalogue;
