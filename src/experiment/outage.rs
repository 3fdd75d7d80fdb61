//! Does the whole service fail? Two endpoints in turns, and what the provider's status page says.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::timeout;

use crate::evidence::experiment::{OutageFacts, StatusPage, Tried};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Failure, Operation};
use crate::probe::tls::Trust;
use crate::probe::{Run, dns};

use super::request::{self, Request, send};
use super::{certificate, join_all};

/// For the status page: it is asked beside, and nobody waits for it long.
const LIMIT: Duration = Duration::from_secs(3);
const TURNS: usize = 2;

/// Status pages that answer programs alike, by the host of the API.
const STATUS_PAGES: &[(&str, &str)] = &[
    ("api.openai.com", "status.openai.com"),
    ("api.anthropic.com", "status.claude.com"),
    ("openrouter.ai", "status.openrouter.ai"),
    ("api.deepseek.com", "status.deepseek.com"),
    ("api.groq.com", "groqstatus.com"),
    ("api.mistral.ai", "status.mistral.ai"),
];
const PATH: &str = "/api/v2/status.json";

/// The same where nothing of the service could be reached: other experiments are under way and end by then.
const LIMIT_UNREACHED: Duration = Duration::from_millis(1_500);

/// When the service itself says that it failed, or none of its addresses takes a connection and its provider may say why.
pub(super) fn applies(run: &Run, evidence: &Evidence) -> bool {
    if is_unreached(evidence) {
        return run.settings.route.proxy.is_none() && page_of(evidence).is_some();
    }
    let http = &evidence.http.facts;
    let by_other = matches!(http.answered_by, Some(Answerer::Interceptor | Answerer::ClientProxy));
    http.status.is_some_and(|status| (500..600).contains(&status)) && !evidence.tls.failed() && !by_other
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> OutageFacts {
    if is_unreached(evidence) {
        return OutageFacts {
            requests: Vec::new(),
            status_page: status_page(run, trust, evidence, LIMIT_UNREACHED).await,
        };
    }
    let (requests, status_page) = tokio::join!(repeat(run, trust, evidence), status_page(run, trust, evidence, LIMIT));
    OutageFacts { requests, status_page }
}

/// Whether no address of the service took a connection.
fn is_unreached(evidence: &Evidence) -> bool {
    evidence.tcp.failed() && !evidence.tcp.facts.attempts.is_empty()
}

/// The status page of the provider whose host this is.
fn page_of(evidence: &Evidence) -> Option<&'static str> {
    let host = evidence.target.host.as_deref()?;
    let found = STATUS_PAGES.iter().find(|(api, _)| *api == host || host.ends_with(&format!(".{api}")));
    found.map(|(_, page)| *page)
}

async fn repeat(run: &Run, trust: &Trust, evidence: &Evidence) -> Vec<Tried> {
    let mut answers = Vec::new();
    for _ in 0..TURNS {
        let requests = [Request::models(run), Request::empty_post(run, "chat/completions")];
        let turn = requests.into_iter().flatten();
        answers.extend(join_all(turn.map(|request| async move { send(run, trust, evidence, &request).await })).await);
    }
    answers
}

/// Asks the status page of the provider, without key; not where unrelated hosts are left alone or all goes through a
/// proxy that resolves.
async fn status_page(run: &Run, trust: &Trust, evidence: &Evidence, limit: Duration) -> Option<StatusPage> {
    let page = page_of(evidence)?;
    if run.settings.route.proxy.is_some() || certificate::witnesses(run, evidence).is_empty() {
        return None;
    }
    let url = format!("https://{page}{PATH}");
    let mut seen = StatusPage { url: url.clone(), ..StatusPage::default() };
    let read = timeout(limit, async {
        let mut lookup = dns::Lookup::start_asking(run, page, dns::Ask::Chain);
        let resolved = lookup.resolved().await?;
        let Some(address) = resolved.addresses.into_iter().find(|address| run.settings.family.allows(address)) else {
            return Err(Failure::timeout(Operation::Resolve, limit.into()));
        };
        request::fetch(run, trust, SocketAddr::new(address, 443), page, &url).await
    });
    match read.await {
        Ok(Ok(body)) => describe(run, &body, &mut seen),
        Ok(Err(failure)) => seen.failure = Some(failure),
        Err(_) => seen.failure = Some(Failure::timeout(Operation::Receive, limit.into())),
    }
    Some(seen)
}

fn describe(run: &Run, body: &[u8], seen: &mut StatusPage) {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let part = |name: &str| json["status"][name].as_str().map(|value| run.scrub(value, 120));
    seen.indicator = part("indicator");
    seen.description = part("description").unwrap_or_default();
}
