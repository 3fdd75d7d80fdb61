//! The rule that finds a network's sign-in page in place of the endpoint.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

use super::super::super::trial::certificate as witness;

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

/// Words in the names of certificates with which portals answer for everybody, in lower case.
const CERTIFICATE_WORDS: &[&str] = &["captive", "portal", "hotspot", "guest", "wifi", "wlan", "securelogin", "login."];

/// The name of a portal in a certificate that is not for the host.
fn portal_certificate(evidence: &Evidence) -> Option<String> {
    let tls = &evidence.tls;
    // A server of one's own may well be called a portal.
    let leaf = tls.facts.chain.first().filter(|_| tls.failed() && reading::is_known_provider(evidence))?;
    let ours = tls.facts.server_name.to_lowercase();
    let related = |name: &str| ours.ends_with(name.to_lowercase().trim_start_matches('*'));
    if leaf.names.iter().any(|name| related(name)) {
        return None;
    }
    let mut names = leaf.names.iter().chain(&leaf.subject_cn).chain(&leaf.issuer_cn);
    names.find(|name| CERTIFICATE_WORDS.iter().any(|word| name.to_lowercase().contains(word))).cloned()
}

pub(in super::super) fn captive_portal(evidence: &Evidence) -> Option<Finding> {
    by_witnesses(evidence).or_else(|| by_page(evidence)).or_else(|| {
        let name = portal_certificate(evidence)?;
        let host = reading::host(evidence);
        let finding = Finding::faulty(Stage::Tls, Confidence::Likely).because(say!(
            en: "asked for {host}, something presented a certificate of \"{name}\", as sign-in pages do",
            zh: "请求的是 {host}，对方却出示了“{name}”的证书，登录认证页面通常如此",
        ));
        Some(finding.not(
            "tls-intercepted",
            say!(
                en: "a gateway that inspects TLS signs for the name that was asked for",
                zh: "解密 TLS 的网关会签发所请求的名字",
            ),
        ))
    })
}

/// The same stranger answers plain HTTP for unrelated hosts, and the endpoint cannot be had. One host that redirects
/// may do so itself; for it to count the endpoint's certificate must be the stranger's too.
fn by_witnesses(evidence: &Evidence) -> Option<Finding> {
    let stranger = witness::impostor(evidence)?;
    let refused = evidence.tls.failed() && evidence.tls.facts.completed;
    let stage = match () {
        () if refused => Stage::Tls,
        () if evidence.tcp.failed() => Stage::Tcp,
        () if !evidence.tls.facts.trusted && evidence.http.facts.status.is_some() => Stage::Http,
        () => return None,
    };
    let alike = witness::of_same_leaf(evidence);
    if stranger.hosts.len() < 2 && (alike.is_empty() || !refused) {
        return None;
    }
    let (count, aim) = (stranger.hosts.len(), &stranger.aim);
    let hosts = stranger.hosts.iter().map(|host| host.address.to_string()).collect::<Vec<_>>().join(", ");
    let mut finding = Finding::faulty(stage, Confidence::Confirmed).because(say!(
        en: "plain HTTP to {count} unrelated hosts ({hosts}) was answered by the same stranger: {aim}",
        zh: "向 {count} 个无关主机（{hosts}）发的明文 HTTP 请求都由同一个陌生者应答：{aim}",
    ));
    if !alike.is_empty() {
        let count = alike.len();
        finding = finding.because(say!(
            en: "and {count} of them show the very certificate that came for the endpoint",
            zh: "其中 {count} 个出示的正是冒充端点的那张证书",
        ));
    }
    let signs: Sentence = say!(en: "it answers in place of every host", zh: "它冒充了所有主机");
    Some(finding.not("tls-certificate-untrusted", signs.clone()).not("gateway-block-page", signs))
}

/// The sign-in page itself came.
fn by_page(evidence: &Evidence) -> Option<Finding> {
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
