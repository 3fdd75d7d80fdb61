//! The http stage: one request, one response, and who sent it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Ms;
use super::tcp::TcpInfo;

/// One request and its response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HttpFacts {
    /// Method.
    pub method: String,
    /// URL, without credentials.
    pub url: String,
    /// `HTTP/1.1` or `HTTP/2`.
    pub version: Option<String>,
    /// Whether the key was sent.
    pub key_sent: bool,
    /// Why the key was kept back, if there is one and it was.
    pub key_withheld: Option<KeyWithheld>,
    /// Time from the start of the request to its last byte written.
    pub sent_ms: Option<Ms>,
    /// Time from the start of the request to the first byte of the response.
    pub first_byte_ms: Option<Ms>,
    /// Time from the start of the request to the last byte of the response.
    pub last_byte_ms: Option<Ms>,
    /// Status.
    pub status: Option<u16>,
    /// Reason phrase, as sent.
    pub reason: Option<String>,
    /// Headers in order; at most a hundred, cookies without their values.
    pub headers: Vec<Header>,
    /// `Content-Type` without parameters, lower case.
    pub content_type: Option<String>,
    /// The start of the body as text, decoded and scrubbed.
    pub body: String,
    /// Bytes of the body received, as they came.
    pub body_bytes: u64,
    /// Whether the body was longer than we read.
    pub body_truncated: bool,
    /// The title of an HTML body.
    pub title: Option<String>,
    /// Where a redirect points (redirects are not followed).
    pub location: Option<String>,
    /// Difference of the response's `Date` to this machine's clock, in seconds: positive means that we are behind.
    pub clock_offset_s: Option<i64>,
    /// Who sent the response.
    pub answered_by: Option<Answerer>,
    /// The headers or other signs that say so.
    pub answered_by_signs: Vec<String>,
    /// The error code of an HTTP/2 GOAWAY or `RST_STREAM`.
    pub h2_error: Option<String>,
    /// What the peer speaks, when it is not HTTP.
    pub speaks: Option<super::proxy::Spoken>,
    /// The connection when the response ended or did not come.
    pub info: Option<TcpInfo>,
}

/// A header line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// Name, lower case.
    pub name: String,
    /// Value, scrubbed.
    pub value: String,
}

/// Why the key was kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyWithheld {
    /// The certificate did not verify.
    UnverifiedCertificate,
    /// Plain HTTP to a host that is not this machine, without `--allow-plaintext-key`.
    PlainHttp,
    /// It holds characters that cannot stand in a header.
    Unsendable,
}

/// Who sent a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answerer {
    /// The proxy on the client's side.
    ClientProxy,
    /// Something that intercepts TLS, or a gateway's block page.
    Interceptor,
    /// A CDN's edge, not the service behind it.
    CdnEdge,
    /// The provider's own API.
    Provider,
    /// A relay (one-api, new-api, `LiteLLM`, `OpenRouter`, …).
    Relay,
    /// Azure OpenAI.
    Azure,
    /// A web server or program without a sign of any of these.
    Server,
}

impl HttpFacts {
    /// The first header of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|header| header.name == name).map(|header| header.value.as_str())
    }
}
