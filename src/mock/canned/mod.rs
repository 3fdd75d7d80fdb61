//! Answers of OpenAI, its edge, Azure, relays and gateways to requests that go wrong, by name, with the words and the
//! headers that they send.

mod account;
mod place;
mod service;

/// Who sends an answer; it decides the headers that stand in every one of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sender {
    /// The API itself, seen through its edge.
    OpenAi,
    /// The edge alone.
    Cloudflare,
    /// Azure's gateway in front of the model.
    Azure,
    /// one-api, the older relay.
    OneApi,
    /// new-api, the newer relay.
    NewApi,
    /// `LiteLLM`'s proxy.
    LiteLlm,
    /// A `FastAPI` server such as vLLM.
    FastApi,
    /// A gateway on the user's side or the relay's.
    Nginx,
    /// Envoy, as service meshes put it in front of relays.
    Envoy,
    /// A web filter.
    Filter,
    /// A network's sign-in page.
    Portal,
}

impl Sender {
    /// The headers of all its answers.
    #[must_use]
    pub const fn headers(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::OpenAi => &[
                ("x-request-id", "req_7d1f0c2b9a8e4f53b6c7d8e9f0a1b2c3"),
                ("openai-version", "2020-10-01"),
                ("openai-organization", "user-demo"),
                ("openai-processing-ms", "12"),
                ("x-content-type-options", "nosniff"),
                ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
                ("cf-cache-status", "DYNAMIC"),
                ("server", "cloudflare"),
                ("cf-ray", "9a2d41b7bd0f3c11-FRA"),
                ("alt-svc", "h3=\":443\"; ma=86400"),
            ],
            Self::Cloudflare => &[
                ("server", "cloudflare"),
                ("cf-ray", "9a2d41b7bd0f3c11-FRA"),
                ("cache-control", "private, max-age=0, no-store, no-cache, must-revalidate"),
            ],
            Self::Azure => &[
                ("apim-request-id", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
                ("x-ms-region", "Sweden Central"),
                ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
            ],
            Self::OneApi => &[("x-oneapi-request-id", "2025111209304512345678"), ("server", "nginx")],
            Self::NewApi => &[
                ("x-oneapi-request-id", "20251112093045123456789AbCdEfGh"),
                ("x-new-api-version", "v0.9.21"),
                ("server", "nginx"),
            ],
            Self::LiteLlm => &[
                ("x-litellm-version", "1.79.1"),
                ("x-litellm-call-id", "4c6f0f53-1c5f-4a1f-9a51-0e8f6f1d2c3b"),
                ("server", "uvicorn"),
            ],
            Self::FastApi => &[("server", "uvicorn")],
            Self::Nginx => &[("server", "nginx/1.26.2")],
            Self::Envoy => &[("server", "envoy")],
            Self::Portal => &[("cache-control", "no-store")],
            Self::Filter => &[("server", "Zscaler/6.2"), ("cache-control", "no-cache")],
        }
    }
}

/// One answer.
#[derive(Clone, Copy, Debug)]
pub struct Canned {
    /// Its name; the code of a fault, with a suffix where a fault has several faces.
    pub name: &'static str,
    /// Status.
    pub status: u16,
    /// Who sends it.
    pub sender: Sender,
    /// Headers of this answer alone.
    pub headers: &'static [(&'static str, &'static str)],
    /// Body: JSON if it begins with a brace, HTML if with `<`, text otherwise.
    pub body: &'static str,
}

impl Canned {
    /// The `Content-Type` that goes with the body.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.body.as_bytes().first() {
            Some(b'{') => "application/json",
            Some(b'<') => "text/html; charset=UTF-8",
            _ => "text/plain; charset=UTF-8",
        }
    }
}

/// The answer of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Canned> {
    all().find(|canned| canned.name == name)
}

const fn answer(name: &'static str, status: u16, sender: Sender, body: &'static str) -> Canned {
    Canned { name, status, sender, headers: &[], body }
}

const fn with(canned: Canned, headers: &'static [(&'static str, &'static str)]) -> Canned {
    Canned { headers, ..canned }
}
/// Every answer.
pub fn all() -> impl Iterator<Item = &'static Canned> {
    account::ALL.iter().chain(place::ALL).chain(service::ALL)
}

#[cfg(test)]
mod tests {
    use super::all;

    #[test]
    fn names_are_unique_and_json_bodies_parse() {
        let mut names: Vec<_> = all().map(|canned| canned.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
        for canned in all().filter(|canned| canned.body.starts_with('{')) {
            let parsed = serde_json::from_str::<serde_json::Value>(canned.body);
            assert_eq!(parsed.is_ok(), !canned.name.ends_with("-broken"), "{}", canned.name);
        }
    }
}
