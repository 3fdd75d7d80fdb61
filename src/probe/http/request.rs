//! The request: its line, its headers, and whether the key goes with it.

use http::{HeaderMap, HeaderValue, Request, header};
use http_body_util::Full;
use hyper::body::Bytes;
use url::Url;

use crate::config::AuthHeader;
use crate::evidence::http::KeyWithheld;
use crate::evidence::{Failure, FailureKind, HttpFacts, Operation};
use crate::probe::Run;

/// What to send.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Method.
    pub method: http::Method,
    /// URL.
    pub url: Url,
    /// Whether the key may go with it: the peer is the configured host, verified, or this machine.
    pub key_allowed: Result<(), KeyWithheld>,
    /// A plain `http://` URL sent to a proxy: the request line holds the whole URL.
    pub absolute_form: bool,
    /// `Proxy-Authorization` for such a proxy.
    pub proxy_authorization: Option<HeaderValue>,
    /// What differs from the usual request.
    pub variation: Variation,
}

/// What an experiment changes about a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variation {
    /// Another `User-Agent`.
    pub user_agent: Option<&'static str>,
    /// How the key goes along, where it may.
    pub credentials: Credentials,
    /// Without organization and project.
    pub without_organization: bool,
}

/// How the key goes along.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// As the settings say.
    #[default]
    Usual,
    /// Not at all.
    None,
    /// In this header, bare.
    In(&'static str),
    /// One that nobody has, where the usual one goes.
    Wrong,
}

/// A key that nobody has.
macro_rules! wrong_key {
    () => {
        "sk-openai-doctor-tries-a-key-that-nobody-has"
    };
}

pub(super) fn build(run: &Run, ask: &Ask, http2: bool, facts: &mut HttpFacts) -> Result<Request<Full<Bytes>>, Failure> {
    let unusable = |what: &str| Failure::new(FailureKind::UnusableSetting, Operation::Send, what);
    let uri = if http2 || ask.absolute_form {
        ask.url.as_str().to_owned()
    } else {
        ask.url[url::Position::BeforePath..url::Position::AfterQuery].to_owned()
    };
    let mut request = Request::builder().method(ask.method.clone()).uri(uri);
    let headers = request.headers_mut().ok_or_else(|| unusable("the URL cannot be put in a request"))?;
    if !http2 {
        let host = &ask.url[url::Position::BeforeHost..url::Position::AfterPort];
        headers.insert(header::HOST, HeaderValue::from_str(host).map_err(|_| unusable("the host is no header value"))?);
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, deflate"));
    let agent = ask.variation.user_agent.unwrap_or(concat!("openai-doctor/", env!("CARGO_PKG_VERSION")));
    headers.insert(header::USER_AGENT, HeaderValue::from_static(agent));
    if ask.method == http::Method::POST {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // A server that wants to know the length of an empty body refuses the request for the lack of it.
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    if let Some(credentials) = &ask.proxy_authorization {
        headers.insert(header::PROXY_AUTHORIZATION, credentials.clone());
    }
    facts.key_withheld = add_key(run, ask, headers);
    let keyless = matches!(ask.variation.credentials, Credentials::None | Credentials::Wrong);
    facts.key_sent = run.settings.key.is_some() && facts.key_withheld.is_none() && !keyless;
    request.body(Full::default()).map_err(|_| unusable("the URL cannot be put in a request"))
}

fn add_key(run: &Run, ask: &Ask, headers: &mut HeaderMap) -> Option<KeyWithheld> {
    // Without the key the organization and the project are nobody's business either.
    match ask.key_allowed {
        Ok(()) => {
            let withheld = authorize(run, headers);
            vary(run, ask.variation, headers);
            withheld
        }
        Err(reason) => run.settings.key.is_some().then_some(reason),
    }
}

/// Takes away or changes what the usual request holds; it adds nothing that was not allowed to it.
fn vary(run: &Run, variation: Variation, headers: &mut HeaderMap) {
    if variation.without_organization {
        headers.remove("openai-organization");
        headers.remove("openai-project");
    }
    if variation.credentials == Credentials::Usual {
        return;
    }
    let usual = [header::AUTHORIZATION, header::HeaderName::from_static("api-key")];
    let [bearer, bare] = usual.map(|name| headers.remove(name).is_some());
    if variation.credentials == Credentials::Wrong && bearer {
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static(concat!("Bearer ", wrong_key!())));
    } else if variation.credentials == Credentials::Wrong && bare {
        headers.insert("api-key", HeaderValue::from_static(wrong_key!()));
    }
    let Credentials::In(name) = variation.credentials else { return };
    let key = run.settings.key.as_ref().and_then(|key| HeaderValue::from_str(key.value.expose()).ok());
    if let Some(mut key) = key {
        key.set_sensitive(true);
        headers.insert(header::HeaderName::from_static(name), key);
    }
}

/// Adds the key, the organization and the project: for the configured host over a verified connection only.
pub fn authorize(run: &Run, headers: &mut HeaderMap) -> Option<KeyWithheld> {
    let settings = &run.settings;
    for (name, value) in [("openai-organization", &settings.organization), ("openai-project", &settings.project)] {
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(&value.value).ok()) {
            headers.insert(name, value);
        }
    }
    let key = &settings.key.as_ref()?.value;
    // hyper would send bytes beyond ASCII; the clients people use encode headers as ASCII and give up.
    if !key.is_sendable() {
        return Some(KeyWithheld::Unsendable);
    }
    let (name, value) = match settings.auth_header {
        AuthHeader::Bearer => (header::AUTHORIZATION, format!("Bearer {}", key.expose())),
        AuthHeader::ApiKey => (header::HeaderName::from_static("api-key"), key.expose().to_owned()),
    };
    let Ok(mut value) = HeaderValue::from_str(&value) else { return Some(KeyWithheld::Unsendable) };
    value.set_sensitive(true);
    headers.insert(name, value);
    None
}
