//! Every fault, one literal each, one file a stage. A literal that is not listed here is dead code and the compiler
//! says so.

mod account;
mod api;
mod azure;
mod config;
mod dns;
mod http;
mod key;
mod limit;
mod model;
mod proxy;
mod relay;
mod service;
mod stream;
mod tcp;
mod tls;

use super::Fault;

const ALL: &[&[Fault]] = &[
    config::FAULTS,
    dns::FAULTS,
    proxy::FAULTS,
    tcp::FAULTS,
    tls::FAULTS,
    http::FAULTS,
    key::FAULTS,
    account::FAULTS,
    limit::FAULTS,
    model::FAULTS,
    azure::FAULTS,
    api::FAULTS,
    relay::FAULTS,
    stream::FAULTS,
    service::FAULTS,
];

/// Every fault, in the order of the stages.
pub fn all() -> impl Iterator<Item = &'static Fault> {
    ALL.iter().copied().flatten()
}

/// The fault of that code.
#[must_use]
pub fn by_code(code: &str) -> Option<&'static Fault> {
    all().find(|fault| fault.code == code)
}

#[cfg(test)]
mod answers;
#[cfg(test)]
mod catalogue;
