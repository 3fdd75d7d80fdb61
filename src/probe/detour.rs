//! What a trial of the chain does differently on its way, where no setting says it.

use std::net::{IpAddr, SocketAddr};

use crate::evidence::dns::{DnsFacts, DnsTransport};
use crate::evidence::{Observation, SkipReason};

use super::{Run, dns};

/// Something changed on the way; by default nothing is.
#[derive(Clone, Debug, Default)]
pub struct Detour {
    /// Where the addresses come from.
    pub names: Names,
    /// The largest TCP segment, in bytes.
    pub segment: Option<u32>,
    /// Without the post-quantum key share.
    pub classical: bool,
}

/// Where the addresses of the endpoint's name come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Names {
    /// From where this machine's programs have them.
    #[default]
    AsUsual,
    /// These are they.
    Given(Vec<IpAddr>),
    /// One resolver is asked, over one transport.
    Asked(SocketAddr, DnsTransport),
}

impl Names {
    /// The addresses, if there are any, and what the stage saw.
    pub(super) async fn resolve(&self, run: &Run, host: &str) -> (Observation<DnsFacts>, Option<Vec<IpAddr>>) {
        let started = run.now();
        let outcome = match self {
            Self::AsUsual => return (Observation::default(), None),
            Self::Given(addresses) => {
                return (Observation::skipped(SkipReason::AddressGiven), Some(addresses.clone()));
            }
            Self::Asked(resolver, transport) => dns::ask_through(run, host, *resolver, *transport).await,
        };
        let facts = DnsFacts {
            name: host.to_owned(),
            addresses: outcome.as_ref().map(|found| dns::classified(host, found)).unwrap_or_default(),
            ..DnsFacts::default()
        };
        let (addresses, failure) = match outcome {
            Ok(addresses) => (Some(addresses), None),
            Err(failure) => (None, Some(failure)),
        };
        (Observation::ended(started, run.now(), facts, failure), addresses)
    }
}
