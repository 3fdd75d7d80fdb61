//! Does the port speak the other scheme? Plain HTTP where TLS got no sense, TLS where HTTP got none; never the key.

use std::net::SocketAddr;
use std::time::Duration;

use crate::evidence::experiment::{ExperimentFacts, SchemeFacts};
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::handshake::address;
use super::request::{ask_plainly, sight};
use super::{REPETITIONS, join_all};

const LIMIT: Duration = Duration::from_secs(2);

/// When the port was reached and nothing of the expected protocol came, and the server's name is not what decides.
pub(super) fn applies(run: &Run, evidence: &Evidence) -> bool {
    if address(evidence).is_none() {
        return false;
    }
    let cut = |kind: Option<FailureKind>| {
        use FailureKind as K;
        matches!(kind, Some(K::ConnectionReset | K::ConnectionClosed | K::Timeout | K::TlsProtocol | K::HttpMalformed))
    };
    // A filter that resets by name reads it in plain HTTP as well, and then goes on resetting.
    let name_settled = !super::named(run)
        || evidence.experiments.iter().any(|done| matches!(done.facts, ExperimentFacts::ServerName(_)));
    match &run.settings.endpoint {
        Ok(endpoint) if endpoint.tls => evidence.tls.failed() && cut(evidence.tls.kind()) && name_settled,
        Ok(_) => evidence.http.facts.status.is_none() && cut(evidence.http.kind()),
        Err(_) => false,
    }
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> SchemeFacts {
    let mut facts = SchemeFacts::default();
    let (Some(peer), Ok(endpoint)) = (address(evidence), &run.settings.endpoint) else { return facts };
    let host = endpoint.host_text();
    let times = std::iter::repeat_n(peer, REPETITIONS);
    if endpoint.tls {
        let ask = |peer: SocketAddr| ask_plainly(run, peer, &host, "/", LIMIT);
        facts.plain = join_all(times.map(ask)).await;
    } else {
        facts.handshakes = join_all(times.map(|peer| sight(run, trust, peer, &host, false))).await;
    }
    facts
}
