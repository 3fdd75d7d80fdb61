//! Does QUIC pass? The endpoint's address and unrelated hosts are asked at once, over UDP.

use std::net::SocketAddr;

use crate::evidence::Evidence;
use crate::evidence::protocol::{QuicFacts, QuicTrial};
use crate::evidence::text;
use crate::probe::{Run, quic};

use super::{control_hosts, handshake, join_all};

/// Where to ask; on this machine itself there is no path that could block anything.
pub(super) fn place(run: &Run, evidence: &Evidence) -> Option<SocketAddr> {
    let over_tls = run.settings.endpoint.as_ref().is_ok_and(|endpoint| endpoint.tls);
    let address = handshake::address(evidence).filter(|address| over_tls && !address.ip().is_loopback())?;
    Some(SocketAddr::new(address.ip(), advertised_port(evidence).unwrap_or(address.port())))
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> QuicFacts {
    let mut facts =
        QuicFacts { advertised: advertised(evidence).map(|value| text::line(value, 120)), ..QuicFacts::default() };
    let Some(target) = place(run, evidence) else { return facts };
    let controls = control_hosts::addresses(run, evidence);
    let mut asked: Vec<QuicTrial> =
        join_all(std::iter::once(target).chain(controls).map(|address| quic::ask(run, address))).await;
    facts.target = (!asked.is_empty()).then(|| asked.remove(0));
    facts.controls = asked;
    facts
}

/// What the endpoint says of HTTP/3, at its own address.
fn advertised(evidence: &Evidence) -> Option<&str> {
    let value = evidence.http.facts.header("alt-svc")?;
    value.split(',').map(str::trim).find(|one| one.starts_with("h3=\":"))
}

fn advertised_port(evidence: &Evidence) -> Option<u16> {
    advertised(evidence)?.strip_prefix("h3=\":")?.split('"').next()?.parse().ok()
}
