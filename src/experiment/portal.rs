//! Does something answer in place of everybody? A plain HTTP request that nobody expects, to unrelated hosts by address.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::evidence::experiment::{ExperimentFacts, PortalFacts};
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Ms};
use crate::probe::Run;

use super::request::ask_plainly;
use super::{certificate, join_all};

/// A portal is near by; who is far away and slow is none.
const LIMIT: Duration = Duration::from_millis(900);
const HTTP: u16 = 80;

/// Beyond some times of a refusal, for a portal that refuses what it does not answer itself.
const BESIDE_REFUSAL: Duration = Duration::from_millis(150);

/// How soon the endpoint's own port was refused.
fn refusal(evidence: &Evidence) -> Option<Duration> {
    let refused = |attempt: &&TcpAttempt| {
        attempt.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::ConnectionRefused)
    };
    let attempts = &evidence.tcp.facts.attempts;
    attempts.iter().find(refused).filter(|_| evidence.tcp.failed())?.duration_ms.map(Ms::duration)
}

/// When a certificate or the connection was refused, when a stranger answered plain HTTP, or when nobody unrelated could
/// be reached.
pub(super) fn applies(run: &Run, evidence: &Evidence) -> bool {
    if certificate::witnesses(run, evidence).is_empty() {
        return false;
    }
    let nobody = evidence.tcp.failed()
        && evidence.experiments.iter().any(|done| match &done.facts {
            ExperimentFacts::ControlHosts(facts) => facts.hosts.iter().all(|host| !host.connected),
            _ => false,
        });
    let plain = evidence.tls.facts.version.is_none() && evidence.http.facts.status.is_some();
    certificate::is_refused(evidence) || plain || nobody || refusal(evidence).is_some()
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> PortalFacts {
    // A path that no cache holds and no server knows.
    let nonce = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    let path = format!("/generate_204?{nonce:08x}");
    let limit = refusal(evidence).map_or(LIMIT, |after| LIMIT.min(BESIDE_REFUSAL + after * 4));
    let hosts = certificate::witnesses(run, evidence).into_iter().map(|host| {
        let path = &path;
        async move {
            let peer = SocketAddr::new(host.ip(), HTTP);
            ask_plainly(run, peer, &host.ip().to_string(), path, limit).await
        }
    });
    PortalFacts { hosts: join_all(hosts).await }
}
