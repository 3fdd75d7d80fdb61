//! Whose certificates are these? The same handshake with the target and with unrelated hosts, in turns, and the time
//! that they state where the clock is in question.

use std::net::SocketAddr;

use crate::config::ProxyKind;
use crate::evidence::config::HostKind;
use crate::evidence::experiment::CertificateFacts;
use crate::evidence::{Evidence, FailureKind};
use crate::probe::tls::Trust;
use crate::probe::{Run, dns};

use super::request::sight;
use super::{REPETITIONS, control_hosts, join_all};

/// Unrelated hosts asked at most.
const CONTROLS: usize = 3;

/// Whether the chain showed a certificate that does not verify.
pub(super) fn is_refused(evidence: &Evidence) -> bool {
    evidence.tls.failed() && evidence.tls.facts.completed
}

/// The hosts to compare with: none for a target that is not out on the Internet, as nobody there can witness for it.
pub(super) fn witnesses(run: &Run, evidence: &Evidence) -> Vec<SocketAddr> {
    let hosts = match &run.settings.route.proxy {
        None => control_hosts::addresses(run, evidence),
        // What the proxy resolves is known to the proxy alone; an address given to it must not be resolved again.
        Some(proxy) if proxy.kind != ProxyKind::Socks5 || evidence.dns.passed() => {
            let public = evidence.config.facts.base_url.host_kind == HostKind::Public;
            run.settings.control_hosts.value.iter().copied().filter(|_| public).collect()
        }
        Some(_) => Vec::new(),
    };
    hosts.into_iter().take(CONTROLS).collect()
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> CertificateFacts {
    let time = matches!(evidence.tls.kind(), Some(FailureKind::TlsExpired | FailureKind::TlsNotYetValid));
    let name = evidence.tls.facts.server_name.clone();
    let address = evidence.tcp.facts.chosen.map(|address| SocketAddr::new(address, evidence.tcp.facts.port));
    // Behind a proxy that resolves, the target has no address that we know; the chain's own look at it has to do.
    let again = address.iter().flat_map(|address| vec![*address; REPETITIONS - 1]);
    let target = join_all(again.map(|address| sight(run, trust, address, &name, false)));
    let controls = join_all(witnesses(run, evidence).into_iter().map(|address| async move {
        let name = dns::resolver_name(address.ip()).map_or_else(|| address.ip().to_string(), str::to_owned);
        sight(run, trust, address, &name, time).await
    }));
    let (target, controls) = tokio::join!(target, controls);
    CertificateFacts { target, controls }
}
