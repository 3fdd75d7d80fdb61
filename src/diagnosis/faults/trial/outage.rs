//! Whether the whole service fails.

use crate::diagnosis::answered::finding;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::api::BodyShape;
use crate::evidence::experiment::{ExperimentFacts, OutageFacts, StatusPage, Tried};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, FailureKind, Stage, text};
use crate::lang::Sentence;
use crate::{say, text};

use super::ENOUGH;

fn outage(evidence: &Evidence) -> Option<&OutageFacts> {
    evidence.experiments.iter().find_map(|one| match &one.facts {
        ExperimentFacts::Outage(facts) => Some(facts),
        _ => None,
    })
}

pub(in super::super) fn service_outage(evidence: &Evidence) -> Option<Finding> {
    let facts = outage(evidence)?;
    if evidence.tcp.failed() {
        return unreached(facts, evidence);
    }
    let failed = |tried: &Tried| tried.status.is_some_and(|status| (500..600).contains(&status));
    if facts.requests.len() < ENOUGH || !facts.requests.iter().all(failed) {
        return None;
    }
    let incident = incident(facts, &["minor", "major", "critical", "maintenance"]);
    // Without a status page only the provider itself, saying nothing at all, speaks for it: whoever words an error works,
    // and any web server's empty page may be one machine's.
    let http = &evidence.http.facts;
    let genuine = matches!(http.answered_by, Some(Answerer::Provider | Answerer::Azure));
    let mute = genuine && matches!(evidence.api.facts.shape, BodyShape::Empty | BodyShape::Html);
    let speechless = mute && matches!(http.status, Some(500 | 503));
    // On a relay's host the edge cannot reach one machine; on the provider's own it speaks for the provider.
    let edge = http.answered_by == Some(Answerer::CdnEdge) && reading::is_known_provider(evidence);
    let speechless = speechless || edge && matches!(http.status, Some(520..=523 | 525..=527 | 530));
    let confidence = match incident {
        Some(_) => Confidence::Confirmed,
        None if speechless => Confidence::Likely,
        None => return None,
    };
    let count = facts.requests.len() + 1;
    let mut found = finding(Stage::Api, confidence, evidence).because(say!(
        en: "two endpoints, asked in turns, failed {count} of {count} times",
        zh: "轮流请求两个接口，{count} 次全部失败",
    ));
    if let Some(page) = incident {
        found = found
            .because(reported(page))
            .not("server-error", text!(en: "the provider itself reports an incident", zh: "服务商自己公布了故障"));
    }
    Some(found)
}

/// What the provider reports, if it is one of these.
fn incident<'a>(facts: &'a OutageFacts, among: &[&str]) -> Option<&'a StatusPage> {
    facts.status_page.as_ref().filter(|page| page.indicator.as_deref().is_some_and(|word| among.contains(&word)))
}

fn reported(page: &StatusPage) -> Sentence {
    let (url, said) = (&page.url, text::line(&page.description, 120));
    say!(en: "the status page ({url}) says: {said}", zh: "状态页（{url}）显示：{said}")
}

/// No address takes a connection, and the provider reports that much of it is down: a smaller incident would not show so,
/// and without its word the way there may be cut as well.
fn unreached(facts: &OutageFacts, evidence: &Evidence) -> Option<Finding> {
    let page = incident(facts, &["major", "critical"])?;
    let tcp = &evidence.tcp.facts;
    let tried: Vec<_> = tcp.attempts.iter().filter(|attempt| !reading::is_absent_family(attempt)).collect();
    let by_itself = |kind| {
        matches!(kind, Some(FailureKind::Timeout | FailureKind::ConnectionRefused | FailureKind::ConnectionReset))
    };
    let unexplained = tried.iter().all(|one| by_itself(reading::attempt_kind(one)) && one.rejected_by.is_none());
    if tried.is_empty() || !unexplained {
        return None;
    }
    let addresses = reading::addresses(tried.iter().map(|attempt| attempt.address));
    let mut found = Finding::faulty(Stage::Tcp, Confidence::Likely)
        .because(say!(
            en: "none of its addresses took a connection ({addresses}), while its status page was reached at the same time",
            zh: "它的地址都连不上（{addresses}），而同一时间它的状态页可以访问",
        ))
        .because(reported(page))
        .not("no-egress", text!(en: "the status page was reached", zh: "状态页可以访问"));
    if let Egress::Proved { by, .. } = reading::egress(evidence) {
        found = found.because(say!(en: "{by} answered too", zh: "{by} 也有应答"));
    }
    Some(found)
}

/// Whether several requests were tried after the first failure of the service.
pub(in super::super) fn outage_looked_into(evidence: &Evidence) -> bool {
    outage(evidence).is_some()
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{codes, healthy, tcp_fails};
    use crate::diagnosis::{Confidence, diagnose};
    use crate::evidence::experiment::{Experiment, ExperimentFacts, OutageFacts, StatusPage, Tried};
    use crate::evidence::http::Answerer;
    use crate::evidence::{Evidence, FailureKind, Ms};

    fn with(mut evidence: Evidence, indicator: Option<&str>, statuses: &[u16]) -> Evidence {
        let tried = |status: &u16| Tried { status: Some(*status), ..Tried::default() };
        let page = StatusPage { indicator: indicator.map(str::to_owned), ..StatusPage::default() };
        let facts = OutageFacts { requests: statuses.iter().map(tried).collect(), status_page: Some(page) };
        evidence.experiments.push(Experiment { facts: ExperimentFacts::Outage(facts), duration_ms: Ms(200.0) });
        evidence
    }

    fn unreached(kind: FailureKind, indicator: Option<&str>) -> Evidence {
        let mut evidence = healthy();
        tcp_fails(&mut evidence, kind, 2_900.0);
        with(evidence, indicator, &[])
    }

    #[test]
    fn a_provider_that_nobody_reaches_is_down_only_where_it_says_so() {
        for kind in [FailureKind::Timeout, FailureKind::ConnectionRefused] {
            for word in ["major", "critical"] {
                let evidence = unreached(kind, Some(word));
                assert_eq!(codes(&evidence), ["service-outage"], "{kind:?} {word}");
                assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Likely);
            }
            for word in [None, Some("none"), Some("minor"), Some("maintenance")] {
                assert!(!codes(&unreached(kind, word)).contains(&"service-outage"), "{kind:?} {word:?}");
            }
        }
        // Who rejects it with a message of its own is on the way.
        let unreachable = unreached(FailureKind::HostUnreachable, Some("major"));
        assert!(!codes(&unreachable).contains(&"service-outage"));
    }

    #[test]
    fn an_edge_speaks_for_the_provider_on_its_own_host_alone() {
        let down = |provider: Option<&str>, indicator| {
            let mut evidence = healthy();
            evidence.config.facts.base_url.provider = provider.map(str::to_owned);
            evidence.http.facts.status = Some(522);
            evidence.http.facts.answered_by = Some(Answerer::CdnEdge);
            evidence.http.facts.body = "error code: 522".to_owned();
            evidence.api.facts.models = None;
            with(evidence, indicator, &[522, 522, 522, 522])
        };
        assert_eq!(codes(&down(Some("OpenAI"), None)), ["service-outage"]);
        assert_eq!(codes(&down(None, None)), ["cdn-origin-unreachable"]);
        assert_eq!(codes(&down(None, Some("none"))), ["cdn-origin-unreachable"]);
    }
}
