//! Is it this request that hangs, or the whole server? Requests for nothing to the same server, without the key.

use std::time::Duration;

use http::Method;

use crate::evidence::experiment::{PaceFacts, Tried};
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::http::{Credentials, Variation};
use crate::probe::tls::Trust;

use super::request::{Request, send};
use super::{REPETITIONS, join_all};

/// Who has nothing to look up answers within a fraction of this.
const LIMIT: Duration = Duration::from_secs(2);
/// A little apart, so that a single loss does not meet all of them.
const APART: Duration = Duration::from_millis(60);

/// When a request was sent over a verified or plain connection and nothing came.
pub(super) fn applies(evidence: &Evidence) -> bool {
    let http = &evidence.http;
    http.kind() == Some(FailureKind::Timeout) && http.facts.status.is_none() && !evidence.tls.failed()
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> PaceFacts {
    let run = &run.within(LIMIT);
    let Some(url) = run.settings.request_url("no-such-endpoint") else { return PaceFacts::default() };
    let variation = Variation { credentials: Credentials::None, without_organization: true, ..Variation::default() };
    let request = &Request { method: Method::GET, url, address: None, variation };
    let others = (0..REPETITIONS).map(|turn| async move {
        tokio::time::sleep(APART * u32::try_from(turn).unwrap_or(0)).await;
        send(run, trust, evidence, request).await
    });
    let others: Vec<Tried> = join_all(others).await;
    PaceFacts { others }
}
