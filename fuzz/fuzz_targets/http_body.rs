//! A response's body: decompressed within its bound, then read as an API answer. The first two bytes choose the coding
//! and the status.

#![no_main]

use std::sync::{Arc, LazyLock};

use http::{HeaderMap, HeaderValue, header};
use libfuzzer_sys::fuzz_target;
use openai_doctor::config::{Environment, Overrides, Settings};
use openai_doctor::evidence::HttpFacts;
use openai_doctor::probe::{Run, api, http as web};

static RUN: LazyLock<Run> = LazyLock::new(|| {
    let settings = Settings::resolve(&Overrides::default(), &Environment::default(), None).expect("default settings");
    Run::start(Arc::new(settings))
});

const CODINGS: [&str; 4] = ["", "gzip", "deflate", "br"];
const STATUSES: [u16; 4] = [200, 400, 429, 502];

fuzz_target!(|bytes: &[u8]| {
    let [coding, status, body @ ..] = bytes else { return };
    let mut headers = HeaderMap::new();
    let coding = CODINGS[usize::from(*coding) % CODINGS.len()];
    headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    let body = web::decode(&headers, body);
    assert!(body.len() <= web::MOST_BODY);
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let http = HttpFacts { status: Some(status), ..HttpFacts::default() };
    let seen = api::read(&RUN, &http, &body);
    assert!(seen.facts.retry_after_s.is_none_or(|wait| wait.is_finite() && wait >= 0.0));
    let document = serde_json::to_string(&seen).expect("facts serialize");
    assert!(document.len() <= 1 << 20, "{} bytes", document.len());
    assert!(!document.contains(char::is_control));
});
