//! Whether the whole service fails.

use crate::diagnosis::answered::finding;
use crate::diagnosis::fault::{Confidence, Finding};
use crate::evidence::api::BodyShape;
use crate::evidence::experiment::{ExperimentFacts, OutageFacts, Tried};
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage, text};
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
    let failed = |tried: &Tried| tried.status.is_some_and(|status| (500..600).contains(&status));
    if facts.requests.len() < ENOUGH || !facts.requests.iter().all(failed) {
        return None;
    }
    let incident = facts.status_page.as_ref().filter(|page| {
        page.indicator.as_deref().is_some_and(|word| matches!(word, "minor" | "major" | "critical" | "maintenance"))
    });
    // Without a status page only the provider itself, saying nothing at all, speaks for it: whoever words an error works,
    // and any web server's empty page may be one machine's.
    let http = &evidence.http.facts;
    let genuine = matches!(http.answered_by, Some(Answerer::Provider | Answerer::Azure));
    let mute = genuine && matches!(evidence.api.facts.shape, BodyShape::Empty | BodyShape::Html);
    let speechless = mute && matches!(http.status, Some(500 | 503));
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
        let (url, said) = (&page.url, text::line(&page.description, 120));
        found = found
            .because(say!(en: "the status page ({url}) says: {said}", zh: "状态页（{url}）显示：{said}"))
            .not("server-error", text!(en: "the provider itself reports an incident", zh: "服务商自己公布了故障"));
    }
    Some(found)
}

/// Whether several requests were tried after the first failure of the service.
pub(in super::super) fn outage_looked_into(evidence: &Evidence) -> bool {
    outage(evidence).is_some()
}
