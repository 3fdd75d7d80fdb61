//! Requests to the endpoint that differ from the chain's in one thing.

use std::net::SocketAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::evidence::api::BodyShape;
use crate::evidence::http::Answerer;
use crate::evidence::{Failure, Ms};

use super::certificate::{PlainAnswer, Sighting};

/// One request and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tried {
    /// Method.
    pub method: String,
    /// URL, without credentials.
    pub url: String,
    /// Whether the key was sent.
    pub key_sent: bool,
    /// The address, where the request went direct.
    pub address: Option<SocketAddr>,
    /// Status; null when no response came.
    pub status: Option<u16>,
    /// What the body is.
    pub shape: BodyShape,
    /// The error's message, the page's title or the start of the body.
    pub said: String,
    /// The error's code or, without one, its type.
    pub code: Option<String>,
    /// Where a redirect points.
    pub location: Option<String>,
    /// Who sent the response.
    pub answered_by: Option<Answerer>,
    /// Time to the end of the response or to the failure, connecting included.
    pub duration_ms: Ms,
    /// Why no response came.
    pub failure: Option<Failure>,
}

impl Tried {
    /// Whether it was answered with 2xx and JSON that is no error.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
            && matches!(self.shape, BodyShape::ModelList | BodyShape::OtherJson)
    }

    /// Whether the status is one of these.
    #[must_use]
    pub fn has_status(&self, among: &[u16]) -> bool {
        self.status.is_some_and(|status| among.contains(&status))
    }

    /// Whether the body is an error as APIs write it.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self.shape, BodyShape::ErrorObject | BodyShape::ErrorString | BodyShape::ErrorDetail)
    }

    /// Whether an API is at that path: it lists models, or refuses the key, the quota or the body in an API's words.
    #[must_use]
    pub fn is_api(&self) -> bool {
        self.succeeded() && self.shape == BodyShape::ModelList
            || self.is_error() && self.has_status(&[400, 401, 402, 403, 422, 429])
    }

    /// Whether nothing is there: no such path, no such method, a page, a redirect.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.has_status(&[404, 405, 410, 501]) || self.shape == BodyShape::Html || self.location.is_some()
    }
}

/// Other base URLs on the same host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaseUrlTrialFacts {
    /// A path that nobody serves: what it answers proves nothing.
    pub nonsense: Option<Tried>,
    /// The base URLs tried, in the order of preference.
    pub candidates: Vec<CandidateBase>,
    /// An empty `POST chat/completions` at the base URL in use: it reaches the API or not, and costs nothing.
    pub chat: Option<Tried>,
    /// An empty `POST responses` at the base URL in use.
    pub responses: Option<Tried>,
}

/// A base URL and what its list of models answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateBase {
    /// The base URL.
    pub base_url: String,
    /// The answer to `GET models`.
    pub answer: Tried,
}

impl BaseUrlTrialFacts {
    /// The first base URL under which an API answers, and answers otherwise than nonsense: a list of models before a
    /// refusal in an API's words.
    #[must_use]
    pub fn working(&self) -> Option<&CandidateBase> {
        let as_nonsense = |tried: &Tried| {
            self.nonsense.as_ref().is_some_and(|nonsense| nonsense.is_api() && nonsense.status == tried.status)
        };
        let api = |one: &&CandidateBase| one.answer.is_api() && !as_nonsense(&one.answer);
        let lists = self.candidates.iter().find(|one| one.answer.succeeded() && api(one));
        lists.or_else(|| self.candidates.iter().find(api))
    }
}

/// The chain's request again, unchanged and with one thing changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HeadersFacts {
    /// The requests, in the order in which they were sent.
    pub requests: Vec<Varied>,
}

impl HeadersFacts {
    /// The answers to the requests with that change.
    pub fn with(&self, change: Change) -> impl Iterator<Item = &Tried> {
        self.requests.iter().filter(move |one| one.change == change).map(|one| &one.answer)
    }
}

/// One request that differs in one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Varied {
    /// What differs.
    pub change: Change,
    /// The answer.
    pub answer: Tried,
}

/// What a request differs in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// Nothing.
    #[default]
    Nothing,
    /// No organization and no project.
    NoOrganization,
    /// The `User-Agent` of curl.
    CurlAgent,
    /// The `User-Agent` of a browser.
    BrowserAgent,
    /// The `User-Agent` of the official Python SDK.
    SdkAgent,
    /// No key.
    NoKey,
    /// A key that nobody has.
    WrongKey,
    /// The key as `api-key`.
    ApiKeyHeader,
    /// The key as `x-api-key`.
    XApiKeyHeader,
    /// An empty `POST chat/completions`.
    Post,
    /// The other address family.
    OtherFamily,
}

/// The other scheme on the same port.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SchemeFacts {
    /// Plain HTTP requests, without the key.
    pub plain: Vec<PlainAnswer>,
    /// TLS handshakes.
    pub handshakes: Vec<Sighting>,
}

/// Requests for nothing to a server that left one unanswered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PaceFacts {
    /// `GET` of a path that nobody serves, without the key.
    pub others: Vec<Tried>,
}

/// Several endpoints of the service, repeatedly, and what its status page says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OutageFacts {
    /// `GET models` and empty `POST chat/completions`, in turns.
    pub requests: Vec<Tried>,
    /// The provider's status page.
    pub status_page: Option<StatusPage>,
}

/// A provider's status page.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StatusPage {
    /// Its address for programs.
    pub url: String,
    /// `none`, `minor`, `major`, `critical` or `maintenance`; null when it could not be read.
    pub indicator: Option<String>,
    /// Its words.
    pub description: String,
    /// Why it could not be read.
    pub failure: Option<Failure>,
}
