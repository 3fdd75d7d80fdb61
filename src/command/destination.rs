//! Where a command that measures a host alone goes: its name, its addresses, its port.

use std::net::IpAddr;

use crate::config::{Overrides, Settings, endpoint};
use crate::diagnosis::Layer;
use crate::evidence::{Failure, FailureKind, Operation};
use crate::probe::Run;
use crate::probe::dns::Lookup;

/// A host that was looked up.
pub(super) struct Destination {
    /// The port of the endpoint.
    pub port: u16,
    /// Its addresses in the order in which programs try them, never none; or why there are none.
    pub addresses: Result<Vec<IpAddr>, Failure>,
}

/// Settings under which nobody is asked for comparison: only the address counts.
pub(super) fn alone(overrides: Overrides) -> Overrides {
    Overrides { comparison_resolvers: Some(Vec::new()), ..overrides }
}

/// The exit code where the host could not be measured: the network's, or that of a base URL that names no host.
pub(super) fn failed(settings: &Settings) -> u8 {
    let layer = if settings.endpoint.is_ok() { Layer::Network } else { Layer::Application };
    layer.exit_code()
}

/// Looks the endpoint's host up; `host` tells its name from the beginning, so that an interrupted run has it.
pub(super) async fn find(run: &Run, host: &mut String) -> Destination {
    let endpoint = match &run.settings.endpoint {
        Ok(endpoint) => endpoint,
        Err(error) => {
            *host = endpoint::without_credentials(&run.settings.base_url.value);
            let failure = Failure::new(FailureKind::UnusableSetting, Operation::Configure, error);
            return Destination { port: 0, addresses: Err(failure) };
        }
    };
    let family = run.settings.family;
    let port = endpoint.port;
    *host = endpoint.host_text();
    let addresses = match endpoint.address() {
        Some(address) => Ok(vec![address]),
        None => Lookup::start(run, host).resolved().await.map(|resolved| resolved.addresses),
    };
    let addresses = addresses.and_then(|addresses| {
        let kept: Vec<IpAddr> = addresses.into_iter().filter(|address| family.allows(address)).collect();
        let none = || Failure::new(FailureKind::DnsNoData, Operation::Resolve, "no address of that family");
        if kept.is_empty() { Err(none()) } else { Ok(kept) }
    });
    Destination { port, addresses }
}

/// The first address of each family.
pub(super) fn one_a_family(addresses: &[IpAddr]) -> Vec<IpAddr> {
    let mut kept: Vec<IpAddr> = Vec::new();
    for address in addresses {
        if kept.iter().all(|known| known.is_ipv4() != address.is_ipv4()) {
            kept.push(*address);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::one_a_family;

    #[test]
    fn the_first_of_each_family_stays() {
        let addresses = ["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2"].map(|one| one.parse().unwrap());
        assert_eq!(one_a_family(&addresses), addresses[..2]);
        assert_eq!(one_a_family(&addresses[3..]), addresses[3..]);
    }
}
