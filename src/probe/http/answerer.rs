//! Who sent a response: to be decided before any status is read.

use crate::evidence::http::Answerer;
use crate::evidence::{HttpFacts, TlsFacts};

/// Headers that relays put on their answers.
const RELAY: &[&str] =
    &["x-oneapi-request-id", "x-new-api-version", "x-litellm-call-id", "x-litellm-version", "x-portkey-trace-id"];
/// Headers of Azure's API management and of Azure OpenAI.
const AZURE: &[&str] = &["apim-request-id", "x-ms-region", "azureml-model-session", "x-ms-client-request-id"];
/// Headers that only OpenAI's own service sets.
const PROVIDER: &[&str] = &["openai-processing-ms", "openai-version", "openai-organization"];
/// Titles and phrases of gateways' block pages and of captive portals.
const GATEWAY_PAGES: &[&str] = &[
    "zscaler",
    "fortigate",
    "fortiguard",
    "fortinet",
    "web page blocked",
    "access blocked by",
    "blocked by your",
    "blocked by administrator",
    "blocked by policy",
    "netskope",
    "forcepoint",
    "palo alto",
    "web filter",
    "umbrella",
    "sangfor",
    "上网行为管理",
    "访问被阻止",
    "网页已被拦截",
];
/// The same for portals that want a sign-in.
const PORTAL_PAGES: &[&str] =
    &["captive portal", "wifi login", "wi-fi login", "hotspot login", "network login", "guest portal", "上网认证"];

/// Proxies that put their own name on what they say themselves, and the server's on what they pass on.
const PROXIES: &[&str] = &["tinyproxy", "squid", "privoxy", "mitmproxy"];

/// Decides, with the signs that decided it.
pub(super) fn decide(facts: &HttpFacts, tls: &TlsFacts, forwarded_by_proxy: bool) -> (Answerer, Vec<String>) {
    let has = |names: &[&str]| -> Vec<String> {
        names.iter().filter(|name| facts.header(name).is_some()).map(|name| (*name).to_owned()).collect()
    };
    let squid = has(&["x-squid-error"]);
    if !squid.is_empty() {
        return (Answerer::ClientProxy, squid);
    }
    let page = format!("{}\n{}", facts.title.as_deref().unwrap_or_default(), excerpt(&facts.body)).to_lowercase();
    let html = facts.content_type.as_deref().is_some_and(|kind| kind.contains("html")) || page.contains("<html");
    let edge = facts.header("cf-ray").is_some();
    if let Some(maker) = tls.chain.iter().find_map(|one| one.interceptor.clone())
        && !tls.mozilla.as_ref().is_some_and(|verdict| verdict.valid)
        && html
    {
        return (Answerer::Interceptor, vec![format!("certificate issued by {maker}")]);
    }
    if html
        && !edge
        && let Some(phrase) = GATEWAY_PAGES.iter().chain(PORTAL_PAGES).find(|phrase| page.contains(**phrase))
    {
        return (Answerer::Interceptor, vec![format!("page says “{phrase}”")]);
    }
    let relay = has(RELAY);
    if !relay.is_empty() {
        return (Answerer::Relay, relay);
    }
    let azure = has(AZURE);
    if !azure.is_empty() {
        return (Answerer::Azure, azure);
    }
    let mut provider = has(PROVIDER);
    if facts.header("x-request-id").is_some_and(|id| id.starts_with("req_")) {
        provider.push("x-request-id".to_owned());
    }
    if !provider.is_empty() {
        return (Answerer::Provider, provider);
    }
    let cdn: Vec<String> = has(&["cf-ray", "cf-mitigated", "x-amz-cf-id", "x-akamai-request-id", "x-vercel-id"]);
    let failed = facts.status.is_some_and(|status| status >= 400);
    if !cdn.is_empty() && (html || failed && facts.content_type.as_deref() != Some("application/json")) {
        return (Answerer::CdnEdge, cdn);
    }
    if forwarded_by_proxy {
        let via = has(&["via", "proxy-connection", "x-cache", "proxy-authenticate"]);
        let empty_failure = failed && facts.body_bytes == 0;
        let own = facts.header("server").map(str::to_lowercase);
        if let Some(own) = own.filter(|own| failed && PROXIES.iter().any(|proxy| own.starts_with(proxy))) {
            return (Answerer::ClientProxy, vec![format!("server: {own}")]);
        }
        if facts.status == Some(407) || (failed && (!via.is_empty() || empty_failure)) {
            return (Answerer::ClientProxy, if via.is_empty() { vec!["empty body".to_owned()] } else { via });
        }
    }
    let server = facts.header("server").map(|server| format!("server: {server}"));
    (Answerer::Server, server.into_iter().collect())
}

fn excerpt(body: &str) -> &str {
    let mut end = body.len().min(4096);
    while !body.is_char_boundary(end) {
        end -= 1;
    }
    &body[..end]
}

#[cfg(test)]
mod tests {
    use super::{Answerer, HttpFacts, TlsFacts, decide};
    use crate::evidence::http::Header;

    fn by(server: &str, status: u16, forwarded: bool) -> Answerer {
        let server = Header { name: "server".to_owned(), value: server.to_owned() };
        let facts = HttpFacts { status: Some(status), body_bytes: 40, headers: vec![server], ..HttpFacts::default() };
        decide(&facts, &TlsFacts::default(), forwarded).0
    }

    #[test]
    fn a_proxy_that_fails_signs_by_its_own_name() {
        assert_eq!(by("tinyproxy/1.11.1", 500, true), Answerer::ClientProxy);
        assert_eq!(by("mitmproxy 9.0.1", 502, true), Answerer::ClientProxy);
        assert_eq!(by("nginx/1.24.0", 500, true), Answerer::Server);
        assert_eq!(by("tinyproxy/1.11.1", 200, true), Answerer::Server, "what works was passed on");
        assert_eq!(by("tinyproxy/1.11.1", 500, false), Answerer::Server, "no proxy of ours was asked");
    }
}
