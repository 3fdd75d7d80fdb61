//! Does anything unrelated connect? TCP to well-known hosts that have nothing to do with the endpoint.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::Evidence;
use crate::evidence::dns::AddressClass;
use crate::evidence::experiment::{ControlHost, ControlHostsFacts};
use crate::probe::Run;
use crate::probe::{dns, tcp};

use super::join_all;

const LIMIT: Duration = Duration::from_millis(1_600);

/// The hosts to ask, none of them the target. Only for a target out on the Internet: nobody outside is told of a local
/// one, and nobody outside can witness for it.
pub(super) fn addresses(run: &Run, evidence: &Evidence) -> Vec<SocketAddr> {
    let target = evidence
        .tcp
        .facts
        .attempts
        .iter()
        .map(|attempt| attempt.address)
        .chain(evidence.dns.facts.addresses.iter().map(|answer| answer.address));
    let target: Vec<_> = target.collect();
    let outside = |address| matches!(dns::classify(address), AddressClass::Public | AddressClass::KnownForged);
    if !target.iter().any(|address| outside(*address)) {
        return Vec::new();
    }
    run.settings
        .control_hosts
        .value
        .iter()
        .copied()
        .filter(|host| !target.contains(&host.ip()) && run.settings.family.allows(&host.ip()))
        .collect()
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> ControlHostsFacts {
    let hosts = addresses(run, evidence).into_iter().map(|address| async move {
        let (attempt, _) = tcp::connect_one(run, address, LIMIT).await;
        ControlHost {
            address,
            connected: attempt.connected,
            duration_ms: attempt.duration_ms.unwrap_or_default(),
            failure: attempt.failure,
        }
    });
    ControlHostsFacts { hosts: join_all(hosts).await }
}
