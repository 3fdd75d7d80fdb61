//! The rule that finds a network's sign-in page in place of the endpoint.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage};
use crate::say;

/// Words of pages on which one signs in to a network, in lower case.
const PORTAL_WORDS: &[&str] = &[
    "captive",
    "portal",
    "hotspot",
    "wi-fi login",
    "wifi login",
    "network login",
    "network authentication",
    "guest access",
    "web authentication",
    "上网认证",
    "网络认证",
    "认证页面",
    "登录认证",
    "无线网络登录",
    "校园网",
];

pub(in super::super) fn captive_portal(evidence: &Evidence) -> Option<Finding> {
    let http = &evidence.http.facts;
    let status = http.status?;
    let by_stranger = !matches!(
        http.answered_by,
        Some(Answerer::Provider | Answerer::Azure | Answerer::Relay | Answerer::CdnEdge | Answerer::ClientProxy)
    );
    let unproved = !evidence.tls.facts.trusted;
    if !by_stranger || !unproved {
        return None;
    }
    let location = http.location.as_deref().unwrap_or_default();
    let title = http.title.as_deref().unwrap_or_default();
    let text = format!("{} {} {}", location, title, crate::evidence::text::line(&http.body, 2000)).to_lowercase();
    let word = PORTAL_WORDS.iter().find(|word| text.contains(*word));
    let elsewhere = (300..400).contains(&status) && !location.is_empty() && !leads_home(location, evidence);
    // RFC 6585 has a status for it; without that it takes a page and a word that says so.
    let confidence = match (status, word) {
        (511, _) => Confidence::Confirmed,
        (_, Some(_)) if elsewhere || http.content_type.as_deref() == Some("text/html") => Confidence::Likely,
        _ => return None,
    };
    let stage = if evidence.tls.failed() { Stage::Tls } else { Stage::Http };
    let mut finding = Finding::faulty(stage, confidence);
    if elsewhere {
        finding = finding.because(say!(
            en: "the answer was {status} and sends the browser to {location}",
            zh: "应答是 {status}，跳转到 {location}",
        ));
    } else {
        finding = finding.because(say!(
            en: "the answer was {status} with the page \"{title}\"",
            zh: "应答是 {status}，页面标题为“{title}”",
        ));
    }
    if evidence.tls.failed() {
        finding = finding.because(say!(
            en: "and its certificate does not prove it to be the endpoint",
            zh: "而且它的证书不能证明它就是目标端点",
        ));
    }
    Some(finding.not(
        "gateway-block-page",
        say!(
            en: "the page asks for a sign-in, it does not name a forbidden category",
            zh: "页面要求登录，而不是说某个类别被禁止访问",
        ),
    ))
}

/// Whether a redirect stays with the endpoint.
fn leads_home(location: &str, evidence: &Evidence) -> bool {
    location.starts_with('/') && !location.starts_with("//") || location.contains(reading::host(evidence))
}
