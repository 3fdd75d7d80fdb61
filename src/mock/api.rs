//! An OpenAI-like API: models, chat completions (whole and streamed), embeddings, with the headers and the errors that
//! OpenAI and its edge send. It can also answer everything with one of the canned answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_TYPE, DATE, UPGRADE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};

use super::canned::{self, Canned, Sender};
use super::completion;

/// The largest request body taken in.
const MOST_BODY: usize = 1 << 20;

/// The models on offer.
const MODELS: [(&str, &str); 4] =
    [("gpt-4o-mini", "system"), ("gpt-4o", "system"), ("o4-mini", "system"), ("text-embedding-3-small", "system")];

/// The moment at which everything here was created, so that answers are the same every time.
pub(super) const CREATED: u64 = 1_762_900_000;

/// How the API behaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// Where the API begins.
    pub prefix: String,
    /// The one key it knows; every key that starts with `sk-` if null.
    pub key: Option<String>,
    /// Whether a key is asked for at all.
    pub wants_key: bool,
    /// The organization of every key.
    pub organization: String,
    /// The canned answer to a request that names another one.
    pub organization_refusal: String,
    /// The header that the key is looked for in, where it is another one than `Authorization`.
    pub key_header: Option<String>,
    /// A firewall in front blocks the `User-Agent`s that hold one of these.
    pub blocked_agents: Vec<String>,
    /// Paths below the prefix that are not there.
    pub missing: Vec<String>,
    /// Paths below the prefix that are never answered.
    pub hanging: Vec<String>,
    /// The canned answer to a key that it does not know.
    pub key_refusal: Option<String>,
    /// Without the headers of a rate limit.
    pub without_limits: bool,
    /// The canned answer to every request under the prefix.
    pub always: Option<String>,
    /// The canned answer outside the prefix; by default the API's own words for an unknown URL.
    pub elsewhere: Option<String>,
    /// Where `location` headers of canned answers point instead.
    pub location: Option<String>,
    /// Milliseconds until the answer.
    pub delay_ms: u64,
    /// Milliseconds between the pieces of a streamed answer.
    pub pace_ms: u64,
    /// What becomes of the wish to make a connection a WebSocket.
    pub web_socket: WebSocket,
    /// What is wrong with streamed answers.
    pub stream: completion::Conduct,
    /// How many models of a made-up name are listed beside the real ones.
    pub more_models: usize,
    /// Seconds that its clock, which dates the answers, is ahead of the real one; negative when it is behind.
    pub clock_ahead_s: i64,
}

/// What becomes of the wish to make a connection a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WebSocket {
    /// It is granted.
    Works,
    /// A proxy on the way takes it out.
    Stripped,
    /// A proxy on the way refuses it.
    Refused,
    /// The server knows no realtime API.
    Unknown,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            prefix: "/v1".to_owned(),
            key: None,
            wants_key: true,
            organization: "org-demo".to_owned(),
            organization_refusal: "organization-mismatch".to_owned(),
            key_header: None,
            blocked_agents: Vec::new(),
            missing: Vec::new(),
            hanging: Vec::new(),
            key_refusal: None,
            without_limits: false,
            always: None,
            elsewhere: None,
            location: None,
            delay_ms: 0,
            pace_ms: 5,
            web_socket: WebSocket::Works,
            stream: completion::Conduct::default(),
            more_models: 0,
            clock_ahead_s: 0,
        }
    }
}

pub(super) type AnyBody = BoxBody<Bytes, Infallible>;

/// Serves one connection, HTTP/2 or HTTP/1.1, until it ends.
pub(super) async fn serve<S>(stream: S, h2: bool, behaviour: Arc<Behaviour>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let service = service_fn(move |request| {
        let behaviour = Arc::clone(&behaviour);
        async move { Ok::<_, Infallible>(altered(answer(request, &behaviour).await, &behaviour)) }
    });
    // A client that breaks the connection is no concern of the server.
    if h2 {
        let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await;
    } else {
        let _ = http1::Builder::new().serve_connection(io, service).await;
    }
}

/// The answer without what relays leave out, and with the date of a clock that is wrong; hyper dates the others.
fn altered(mut response: Response<AnyBody>, behaviour: &Behaviour) -> Response<AnyBody> {
    if behaviour.without_limits {
        let limits: Vec<HeaderName> = response.headers().keys().filter(|name| is_limit(name)).cloned().collect();
        for name in limits {
            response.headers_mut().remove(name);
        }
    }
    if behaviour.clock_ahead_s != 0 {
        let off = Duration::from_secs(behaviour.clock_ahead_s.unsigned_abs());
        let now = SystemTime::now();
        let now = if behaviour.clock_ahead_s > 0 { now + off } else { now - off };
        if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(now)) {
            response.headers_mut().insert(DATE, date);
        }
    }
    response
}

fn is_limit(name: &HeaderName) -> bool {
    name.as_str().starts_with("x-ratelimit-")
}

async fn answer(request: Request<Incoming>, behaviour: &Behaviour) -> Response<AnyBody> {
    tokio::time::sleep(Duration::from_millis(behaviour.delay_ms)).await;
    let path = request.uri().path().to_owned();
    let Some(route) = path.strip_prefix(&behaviour.prefix).filter(|rest| rest.starts_with('/')) else {
        return match behaviour.elsewhere.as_deref().and_then(canned::by_name) {
            Some(canned) => play(canned, behaviour),
            None => unknown_url(&request, "Unknown request URL", "unknown_url"),
        };
    };
    let agent = request.headers().get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    if behaviour.blocked_agents.iter().any(|blocked| agent.contains(blocked)) {
        return canned::by_name("forbidden-page").map_or_else(empty, |canned| play(canned, behaviour));
    }
    if let Some(canned) = behaviour.always.as_deref().and_then(canned::by_name) {
        return play(canned, behaviour);
    }
    if behaviour.missing.iter().any(|missing| missing == route) {
        return unknown_url(&request, "Invalid URL", "");
    }
    if behaviour.hanging.iter().any(|hanging| hanging == route) {
        std::future::pending::<()>().await;
    }
    if let Some(refusal) = refuse_key(&request, behaviour) {
        return refusal;
    }
    let wanted = request.headers().get("openai-organization");
    if wanted.is_some_and(|wanted| wanted.as_bytes() != behaviour.organization.as_bytes()) {
        return canned::by_name(&behaviour.organization_refusal).map_or_else(empty, |canned| play(canned, behaviour));
    }
    match (route, request.method()) {
        ("/models", &Method::GET) => models(behaviour.more_models),
        ("/chat/completions", &Method::POST) => chat(request, behaviour).await,
        ("/embeddings", &Method::POST) => embeddings(request).await,
        ("/responses", &Method::POST) => responses(request).await,
        ("/realtime", &Method::GET) if behaviour.web_socket != WebSocket::Unknown => {
            realtime(&request, behaviour.web_socket)
        }
        ("/models" | "/chat/completions" | "/embeddings" | "/responses", method) => {
            let message =
                format!("Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)");
            error(StatusCode::METHOD_NOT_ALLOWED, &message, "invalid_request_error", None, "method_not_supported")
        }
        _ => match route.strip_prefix("/models/") {
            Some(model) if request.method() == Method::GET => one_model(model),
            _ => unknown_url(&request, "Invalid URL", ""),
        },
    }
}

fn realtime(request: &Request<Incoming>, conduct: WebSocket) -> Response<AnyBody> {
    let wished = request.headers().get(UPGRADE).is_some_and(|value| value.as_bytes() == b"websocket");
    match conduct {
        WebSocket::Refused if wished => {
            let mut response = body("<html><title>403 Forbidden</title></html>".to_owned());
            *response.status_mut() = StatusCode::FORBIDDEN;
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
            response
        }
        WebSocket::Works if wished => {
            let mut response = body(String::new());
            *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
            response.headers_mut().insert(UPGRADE, HeaderValue::from_static("websocket"));
            response
        }
        _ => {
            let message = "This endpoint takes WebSocket connections only: an upgrade is required.";
            error(StatusCode::UPGRADE_REQUIRED, message, "invalid_request_error", None, "upgrade_required")
        }
    }
}

fn play(canned: &Canned, behaviour: &Behaviour) -> Response<AnyBody> {
    let mut response = body(canned.body.to_owned());
    *response.status_mut() = StatusCode::from_u16(canned.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(canned.content_type()));
    for (name, value) in canned.sender.headers().iter().chain(canned.headers) {
        let moved = behaviour.location.as_deref().filter(|_| *name == "location");
        if let Ok(value) = HeaderValue::from_str(moved.unwrap_or(value)) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// The refusal of a request whose key is missing or wrong.
fn refuse_key(request: &Request<Incoming>, behaviour: &Behaviour) -> Option<Response<AnyBody>> {
    if !behaviour.wants_key {
        return None;
    }
    let sent = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let key = match &behaviour.key_header {
        Some(name) => sent(name),
        None => sent(AUTHORIZATION.as_str()).strip_prefix("Bearer ").unwrap_or_default(),
    };
    if key.is_empty() {
        let missing = canned::by_name("key-missing")?;
        let mut response = play(missing, behaviour);
        response.headers_mut().insert("www-authenticate", HeaderValue::from_static("Basic realm=\"OpenAI API\""));
        return Some(response);
    }
    let known = match &behaviour.key {
        Some(known) => key == known,
        None => key.starts_with("sk-"),
    };
    if let Some(refusal) = behaviour.key_refusal.as_deref().and_then(canned::by_name).filter(|_| !known) {
        return Some(play(refusal, behaviour));
    }
    (!known).then(|| {
        let message = format!(
            "Incorrect API key provided: {}. You can find your API key at https://platform.openai.com/account/api-keys.",
            masked(key)
        );
        error(StatusCode::UNAUTHORIZED, &message, "invalid_request_error", None, "invalid_api_key")
    })
}

/// A key as OpenAI repeats it: the first eight and the last four characters, stars between them.
fn masked(key: &str) -> String {
    let characters: Vec<char> = key.chars().collect();
    match characters.len() {
        0..=12 => key.to_owned(),
        length => {
            let head: String = characters[..8].iter().collect();
            let tail: String = characters[length - 4..].iter().collect();
            format!("{head}{}{tail}", "*".repeat(length - 12))
        }
    }
}

fn unknown_url(request: &Request<Incoming>, words: &str, code: &str) -> Response<AnyBody> {
    let message = format!("{words} ({} {})", request.method(), request.uri().path());
    let message = if code.is_empty() {
        message
    } else {
        format!(
            "{words}: {} {}. Please check the URL for typos, or see the docs at \
             https://platform.openai.com/docs/api-reference/.",
            request.method(),
            request.uri().path()
        )
    };
    error(StatusCode::NOT_FOUND, &message, "invalid_request_error", None, code)
}

fn models(more: usize) -> Response<AnyBody> {
    let mut data: Vec<Value> = MODELS.iter().map(|(id, owner)| model(id, owner)).collect();
    data.extend((0..more).map(|number| model(&format!("ft:gpt-4o-mini:demo::{number:08}"), "user-demo")));
    success(&json!({"object": "list", "data": data}))
}

fn model(id: &str, owner: &str) -> Value {
    json!({"id": id, "object": "model", "created": CREATED, "owned_by": owner})
}

fn one_model(id: &str) -> Response<AnyBody> {
    match MODELS.iter().find(|(known, _)| *known == id) {
        Some((id, owner)) => success(&model(id, owner)),
        None => no_model(id),
    }
}

fn no_model(id: &str) -> Response<AnyBody> {
    let message = format!("The model `{id}` does not exist or you do not have access to it.");
    error(StatusCode::NOT_FOUND, &message, "invalid_request_error", None, "model_not_found")
}

/// Reads a JSON request that names a model on offer.
async fn ask(request: Request<Incoming>) -> Result<(Value, String), Response<AnyBody>> {
    let not_json = || {
        let message = "We could not parse the JSON body of your request. (HINT: This likely means you aren't using \
                       your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not \
                       valid JSON.)";
        error(StatusCode::BAD_REQUEST, message, "invalid_request_error", None, "")
    };
    let bytes = Limited::new(request.into_body(), MOST_BODY).collect().await.map_err(|_| not_json())?.to_bytes();
    let asked: Value = serde_json::from_slice(&bytes).map_err(|_| not_json())?;
    let Some(model) = asked["model"].as_str().map(str::to_owned) else {
        let message = "you must provide a model parameter";
        return Err(error(StatusCode::BAD_REQUEST, message, "invalid_request_error", None, ""));
    };
    if MODELS.iter().any(|(known, _)| *known == model) { Ok((asked, model)) } else { Err(no_model(&model)) }
}

async fn chat(request: Request<Incoming>, behaviour: &Behaviour) -> Response<AnyBody> {
    if let Some(canned) = behaviour.stream.refused.as_deref().and_then(canned::by_name) {
        return play(canned, behaviour);
    }
    let codings = request.headers().get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let takes_gzip = codings.contains("gzip");
    let (asked, model) = match ask(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if !asked["messages"].is_array() {
        let message = "Missing required parameter: 'messages'.";
        let kind = "invalid_request_error";
        return error(StatusCode::BAD_REQUEST, message, kind, Some("messages"), "missing_required_parameter");
    }
    completion::answer(&behaviour.stream, &asked, &model, Duration::from_millis(behaviour.pace_ms), takes_gzip)
}

async fn responses(request: Request<Incoming>) -> Response<AnyBody> {
    let (asked, model) = match ask(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if asked["input"].is_null() {
        let message = "Missing required parameter: 'input'.";
        let kind = "invalid_request_error";
        return error(StatusCode::BAD_REQUEST, message, kind, Some("input"), "missing_required_parameter");
    }
    let said = json!([{"type": "output_text", "text": "Hello from the embedded endpoint.", "annotations": []}]);
    let message = json!({"type": "message", "id": "msg_demo", "role": "assistant", "content": said});
    success(&json!({
        "id": "resp_demo", "object": "response", "created_at": CREATED, "status": "completed", "model": model,
        "output": [message], "usage": {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14},
    }))
}

async fn embeddings(request: Request<Incoming>) -> Response<AnyBody> {
    let (asked, model) = match ask(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let inputs = match &asked["input"] {
        Value::String(_) => 1,
        Value::Array(inputs) if !inputs.is_empty() => inputs.len(),
        _ => {
            let message = "'$.input' is invalid. Please check the API reference: \
                           https://platform.openai.com/docs/api-reference.";
            return error(StatusCode::BAD_REQUEST, message, "invalid_request_error", None, "");
        }
    };
    let vector: Vec<f64> = (0..8_u32).map(|i| f64::from(i) / 16.0).collect();
    let data: Vec<Value> =
        (0..inputs).map(|index| json!({"object": "embedding", "index": index, "embedding": vector})).collect();
    let usage = json!({"prompt_tokens": 2 * inputs, "total_tokens": 2 * inputs});
    success(&json!({"object": "list", "data": data, "model": model, "usage": usage}))
}

/// A successful answer with everything that OpenAI puts around it.
pub(super) fn success(value: &Value) -> Response<AnyBody> {
    let mut response = body(value.to_string());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    genuine(&mut response);
    response
}

fn error(status: StatusCode, message: &str, kind: &str, param: Option<&str>, code: &str) -> Response<AnyBody> {
    let code = if code.is_empty() { Value::Null } else { Value::from(code) };
    let mut response = success(&json!({"error": {"message": message, "type": kind, "param": param, "code": code}}));
    *response.status_mut() = status;
    response
}

/// Puts in the headers of OpenAI, its edge, and a rate limit with room left.
pub(super) fn genuine(response: &mut Response<AnyBody>) {
    let limits = [
        ("x-ratelimit-limit-requests", "10000"),
        ("x-ratelimit-remaining-requests", "9999"),
        ("x-ratelimit-reset-requests", "8.64s"),
        ("x-ratelimit-limit-tokens", "200000"),
        ("x-ratelimit-remaining-tokens", "199990"),
        ("x-ratelimit-reset-tokens", "2ms"),
    ];
    for (name, value) in Sender::OpenAi.headers().iter().chain(&limits) {
        response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
}

fn body(text: String) -> Response<AnyBody> {
    Response::new(Full::new(Bytes::from(text)).boxed())
}

fn empty() -> Response<AnyBody> {
    body(String::new())
}
