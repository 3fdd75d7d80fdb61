//! Does it depend on a header? The refused request again, unchanged and with one thing changed, in turns.

use std::net::IpAddr;

use crate::evidence::Evidence;
use crate::evidence::api::BodyShape;
use crate::evidence::experiment::{Change, HeadersFacts, Varied};
use crate::evidence::http::Answerer;
use crate::probe::Run;
use crate::probe::tls::Trust;

use super::join_all;
use super::request::{Request, send};

/// When somebody verified refused the request.
pub(super) fn applies(evidence: &Evidence) -> bool {
    let http = &evidence.http.facts;
    let by_other = matches!(http.answered_by, Some(Answerer::Interceptor | Answerer::ClientProxy));
    let refused = http.status.is_some_and(|status| matches!(status, 400..404 | 406 | 418 | 429 | 451 | 503));
    refused && !evidence.tls.failed() && !by_other
}

/// What differs in each round; the requests of one round go out together, the rounds one after the other, so that
/// unchanged and changed ones take turns.
fn rounds(run: &Run, evidence: &Evidence) -> Vec<Vec<Change>> {
    let http = &evidence.http.facts;
    let status = http.status.unwrap_or_default();
    let settings = &run.settings;
    let mut first = vec![Change::Nothing];
    let mut second = vec![Change::Nothing];
    if settings.organization.is_some() || settings.project.is_some() {
        first.push(Change::NoOrganization);
        second.push(Change::NoOrganization);
    }
    // An API that refuses does so in JSON and with reasons; a firewall in front of it has a page or nothing to say.
    let reasoned = evidence.api.facts.error.as_ref().is_some_and(|error| error.code.is_some() || error.kind.is_some());
    let by_firewall = !reasoned && matches!(status, 403 | 405 | 406 | 418 | 429 | 503);
    if by_firewall || evidence.api.facts.shape == BodyShape::Html {
        let agents = [Change::CurlAgent, Change::BrowserAgent, Change::SdkAgent];
        first.extend(agents);
        second.extend(agents);
    }
    if http.key_sent && matches!(status, 400 | 401 | 403) {
        first.extend([Change::NoKey, Change::Post]);
        if evidence.api.facts.shape != BodyShape::Html {
            second.extend([Change::ApiKeyHeader, Change::XApiKeyHeader]);
        }
    }
    if other_family(evidence).is_some() && status == 403 {
        first.push(Change::OtherFamily);
        second.push(Change::OtherFamily);
    }
    vec![first, second]
}

/// An address of the other family that a connection was opened to.
pub(super) fn other_family(evidence: &Evidence) -> Option<IpAddr> {
    let tcp = &evidence.tcp.facts;
    let chosen = tcp.chosen?;
    let open = tcp.attempts.iter().filter(|attempt| attempt.connected);
    open.map(|attempt| attempt.address).find(|address| address.is_ipv4() != chosen.is_ipv4())
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> HeadersFacts {
    let mut facts = HeadersFacts::default();
    let elsewhere = other_family(evidence);
    for changes in rounds(run, evidence) {
        let requests = changes.into_iter().filter_map(|change| {
            let mut request = Request::changed(run, change)?;
            request.address = elsewhere.filter(|_| change == Change::OtherFamily);
            Some(async move { Varied { change, answer: send(run, trust, evidence, &request).await } })
        });
        facts.requests.extend(join_all(requests).await);
    }
    facts
}
