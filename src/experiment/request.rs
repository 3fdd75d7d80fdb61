//! One request of an experiment, on a connection of its own, the way the chain's went. The key goes along under the
//! chain's own conditions: to the configured host, verified, or where it stays on this machine.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use http::Method;
use tokio::time::timeout;
use url::Url;

use crate::config::{Endpoint, ProxyKind};
use crate::evidence::experiment::{Change, PlainAnswer, Sighting, Tried};
use crate::evidence::http::KeyWithheld;
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation, TlsFacts, text};
use crate::probe::Run;
use crate::probe::http::{Ask, Credentials, Exchanged, Ready, Variation, exchange};
use crate::probe::proxy::{self, Destination};
use crate::probe::sys::SocketHandle;
use crate::probe::tap::Stream;
use crate::probe::tls::{self, Offer, Secured, Trust};
use crate::probe::{api, dns, tcp};

/// For a connection; a healthy one takes a round trip.
const CONNECT: Duration = Duration::from_millis(1_600);
/// For everything: connection, handshake, answer.
const LIMIT: Duration = Duration::from_secs(4);
/// How much of what an answer says is kept.
const SAID: usize = 240;

/// What to ask the endpoint.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    /// Another address of the host than the chain's.
    pub(super) address: Option<IpAddr>,
    pub(super) variation: Variation,
}

impl Request {
    /// `GET {base}/models`, as the chain asks.
    pub(super) fn models(run: &Run) -> Option<Self> {
        let url = run.settings.request_url("models")?;
        Some(Self { method: Method::GET, url, address: None, variation: Variation::default() })
    }

    /// An empty `POST`: whoever reads it refuses it, so it costs nothing.
    pub(super) fn empty_post(run: &Run, path: &str) -> Option<Self> {
        let url = run.settings.request_url(path)?;
        Some(Self { method: Method::POST, url, address: None, variation: Variation::default() })
    }

    /// The chain's request with one thing changed.
    pub(super) fn changed(run: &Run, change: Change) -> Option<Self> {
        let usual = Self::models(run)?;
        let vary = |variation| Some(Self { variation, ..usual.clone() });
        let agent = |agent| vary(Variation { user_agent: Some(agent), ..Variation::default() });
        let key = |credentials| vary(Variation { credentials, ..Variation::default() });
        match change {
            Change::Nothing | Change::OtherFamily => Some(usual),
            Change::NoOrganization => vary(Variation { without_organization: true, ..Variation::default() }),
            Change::CurlAgent => agent("curl/8.16.0"),
            Change::BrowserAgent => agent(
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            ),
            Change::SdkAgent => agent("OpenAI/Python 2.8.0"),
            Change::NoKey => key(Credentials::None),
            Change::WrongKey => key(Credentials::Wrong),
            Change::ApiKeyHeader => key(Credentials::In("api-key")),
            Change::XApiKeyHeader => key(Credentials::In("x-api-key")),
            Change::Post => Self::empty_post(run, "chat/completions"),
        }
    }
}

/// An open connection.
struct Line {
    stream: Stream,
    handle: Option<SocketHandle>,
    round_trip: Option<Ms>,
}

/// Connects to an address, through the proxy where requests go through one.
async fn reach(run: &Run, trust: &Trust, peer: SocketAddr) -> Result<Line, Failure> {
    let Some(proxy) = &run.settings.route.proxy else {
        let (attempt, connected) = tcp::connect_one(run, peer, CONNECT).await;
        let connected = connected?;
        let stream: Stream = Box::new(connected.stream);
        return Ok(Line { stream, handle: connected.handle, round_trip: attempt.duration_ms });
    };
    let destination =
        Destination { host: peer.ip().to_string(), port: peer.port(), address: Some(peer.ip()), forward: false };
    let (observation, tunnel) = proxy::open(run, trust, proxy, &destination).await;
    let tunnel = tunnel?;
    Ok(Line { stream: tunnel.stream, handle: tunnel.handle, round_trip: observation.facts.tunnel_ms })
}

/// Connects to the endpoint as the chain did; whether an HTTP proxy forwards the request.
async fn reach_endpoint(
    run: &Run,
    trust: &Trust,
    endpoint: &Endpoint,
    evidence: &Evidence,
    address: Option<IpAddr>,
) -> Result<(Line, bool), Failure> {
    let Some(proxy) = &run.settings.route.proxy else {
        let address = address.or(evidence.tcp.facts.chosen).or_else(|| endpoint.address());
        let Some(address) = address else {
            return Err(Failure::timeout(Operation::Connect, Ms(0.0)));
        };
        return Ok((reach(run, trust, SocketAddr::new(address, endpoint.port)).await?, false));
    };
    let http_proxy = matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https);
    let destination = Destination {
        host: endpoint.host_text(),
        port: endpoint.port,
        address: evidence.dns.facts.addresses.first().map(|answer| answer.address),
        forward: http_proxy && !endpoint.tls,
    };
    let (observation, tunnel) = proxy::open(run, trust, proxy, &destination).await;
    let tunnel = tunnel?;
    let line = Line { stream: tunnel.stream, handle: tunnel.handle, round_trip: observation.facts.tunnel_ms };
    Ok((line, destination.forward))
}

/// Sends a request to the endpoint.
pub(super) async fn send(run: &Run, trust: &Trust, evidence: &Evidence, request: &Request) -> Tried {
    let started = Instant::now();
    let outcome = match timeout(LIMIT, Box::pin(attempt(run, trust, evidence, request))).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::timeout(Operation::Receive, started.elapsed().into())),
    };
    let address = request.address.or(evidence.tcp.facts.chosen);
    let mut tried = outcome.unwrap_or_else(|failure| Tried { failure: Some(failure), ..Tried::default() });
    tried.method = request.method.to_string();
    tried.url = run.scrub(request.url.as_str(), text::MAX_LINE);
    tried.address = address.map(|address| SocketAddr::new(address, evidence.tcp.facts.port));
    tried.duration_ms = started.elapsed().into();
    tried
}

async fn attempt(run: &Run, trust: &Trust, evidence: &Evidence, request: &Request) -> Result<Tried, Failure> {
    let Ok(endpoint) = &run.settings.endpoint else {
        return Err(Failure::timeout(Operation::Connect, Ms(0.0)));
    };
    let (line, forwarded) = reach_endpoint(run, trust, endpoint, evidence, request.address).await?;
    let mut facts = TlsFacts::default();
    let (ready, key_allowed) = if endpoint.tls {
        let offer = Offer::https(&endpoint.host_text()).over(line.round_trip);
        let (observation, secured) = tls::handshake(run, trust, &offer, line.stream, line.handle.as_ref()).await;
        facts = observation.facts;
        let Secured { stream, trusted, http2 } = secured?;
        let allowed = if trusted { Ok(()) } else { Err(KeyWithheld::UnverifiedCertificate) };
        (Ready { stream, http2 }, allowed)
    } else {
        // To the same address by the same way, so what held for the chain's key holds for this one.
        let same = request.address.is_none() && evidence.http.facts.key_sent;
        let allowed = if same { Ok(()) } else { Err(KeyWithheld::PlainHttp) };
        (Ready { stream: line.stream, http2: false }, allowed)
    };
    let proxy = run.settings.route.proxy.as_ref().filter(|_| forwarded);
    let ask = Ask {
        method: request.method.clone(),
        url: request.url.clone(),
        key_allowed,
        absolute_form: forwarded,
        proxy_authorization: proxy.and_then(proxy::authorization),
        variation: request.variation,
    };
    let Exchanged { observation, body } = exchange(run, &ask, ready, &facts, line.handle.as_ref()).await;
    if observation.facts.status.is_none() {
        let failure = observation.failure;
        return Err(failure.unwrap_or_else(|| Failure::timeout(Operation::Receive, Ms(0.0))));
    }
    let read = api::read(run, &observation.facts, &body).facts;
    let http = observation.facts;
    let error = read.error.unwrap_or_default();
    let said = [error.message.as_str(), http.title.as_deref().unwrap_or_default(), http.body.as_str()];
    // A list of models says nothing that its shape does not.
    let said = said.into_iter().find(|said| !said.is_empty()).filter(|_| read.models.is_none()).unwrap_or_default();
    Ok(Tried {
        key_sent: http.key_sent,
        status: http.status,
        shape: read.shape,
        said: text::mask_keys(&run.scrub(said, SAID)),
        code: error.inner_code.or(error.code).or(error.kind),
        location: http.location,
        answered_by: http.answered_by,
        failure: observation.failure,
        ..Tried::default()
    })
}

/// A handshake with an address under a name, and, where the clock is in question, the time that it states. No key, no
/// name of the user's.
pub(super) async fn sight(run: &Run, trust: &Trust, peer: SocketAddr, name: &str, ask_time: bool) -> Sighting {
    let mut sighting = Sighting {
        address: peer,
        server_name: name.to_owned(),
        completed: false,
        platform: None,
        mozilla: None,
        leaf: None,
        issuers: Vec::new(),
        clock_offset_s: None,
        failure: None,
    };
    let started = Instant::now();
    let looked = timeout(LIMIT, async {
        let line = reach(run, trust, peer).await?;
        let offer = Offer { alpn: vec!["http/1.1"], ..Offer::https(name) }.over(line.round_trip);
        let (observation, secured) = tls::handshake(run, trust, &offer, line.stream, line.handle.as_ref()).await;
        let facts = observation.facts;
        sighting.completed = facts.completed;
        sighting.platform.clone_from(&facts.platform);
        sighting.mozilla.clone_from(&facts.mozilla);
        sighting.issuers = facts.chain.iter().take(4).map(|one| one.issuer.clone()).collect();
        sighting.leaf = facts.chain.first().cloned();
        let secured = secured?;
        if ask_time {
            let ready = Ready { stream: secured.stream, http2: secured.http2 };
            let answer = keyless(run, ready, &format!("https://{}/", bracketed(name))).await;
            sighting.clock_offset_s = answer.and_then(|exchanged| exchanged.observation.facts.clock_offset_s);
        }
        Ok(())
    });
    sighting.failure = match looked.await {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(_) => Some(Failure::timeout(Operation::Handshake, started.elapsed().into())),
    };
    sighting
}

/// A plain HTTP request to an address; no key, no name of the user's.
pub(super) async fn ask_plainly(run: &Run, peer: SocketAddr, host: &str, path: &str, limit: Duration) -> PlainAnswer {
    let mut answer = PlainAnswer {
        address: peer,
        name: dns::resolver_name(peer.ip()).map(str::to_owned),
        status: None,
        location: None,
        title: None,
        body: String::new(),
        failure: None,
    };
    let started = Instant::now();
    let asked = timeout(limit, async {
        let (_, connected) = tcp::connect_one(run, peer, limit).await;
        let ready = Ready { stream: Box::new(connected?.stream), http2: false };
        let url = format!("http://{}:{}{path}", bracketed(host), peer.port());
        let exchanged = keyless(run, ready, &url).await;
        Ok(exchanged.map(|exchanged| exchanged.observation))
    });
    match asked.await {
        Ok(Ok(Some(observation))) => {
            let facts = observation.facts;
            answer.status = facts.status;
            answer.location = facts.location;
            answer.title = facts.title;
            answer.body = text::line(&facts.body, SAID);
            answer.failure = observation.failure;
        }
        Ok(Ok(None)) => {}
        Ok(Err(failure)) => answer.failure = Some(failure),
        Err(_) => answer.failure = Some(Failure::timeout(Operation::Receive, started.elapsed().into())),
    }
    answer
}

fn bracketed(host: &str) -> String {
    if host.contains(':') { format!("[{host}]") } else { host.to_owned() }
}

async fn keyless(run: &Run, ready: Ready, url: &str) -> Option<Exchanged> {
    let ask = Ask {
        method: Method::GET,
        url: Url::parse(url).ok()?,
        key_allowed: Err(KeyWithheld::UnverifiedCertificate),
        absolute_form: false,
        proxy_authorization: None,
        variation: Variation { credentials: Credentials::None, ..Variation::default() },
    };
    Some(exchange(run, &ask, ready, &TlsFacts::default(), None).await)
}

/// What a verified host answers to a request without key, when it answers 200.
pub(super) async fn fetch(
    run: &Run,
    trust: &Trust,
    peer: SocketAddr,
    name: &str,
    url: &str,
) -> Result<Vec<u8>, Failure> {
    let line = reach(run, trust, peer).await?;
    let offer = Offer { alpn: vec!["http/1.1"], ..Offer::https(name) }.over(line.round_trip);
    let (observation, secured) = tls::handshake(run, trust, &offer, line.stream, line.handle.as_ref()).await;
    let secured = secured?;
    if let (false, Some(failure)) = (secured.trusted, observation.failure) {
        return Err(failure);
    }
    let answer = keyless(run, Ready { stream: secured.stream, http2: secured.http2 }, url).await;
    match answer {
        Some(Exchanged { observation, body }) if observation.facts.status == Some(200) => Ok(body),
        Some(Exchanged { observation, .. }) => Err(observation.failure.unwrap_or_else(|| {
            let status = observation.facts.status.unwrap_or_default();
            Failure::new(FailureKind::HttpStatus, Operation::Receive, status)
        })),
        None => Err(Failure::new(FailureKind::UnusableSetting, Operation::Send, "no URL")),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;
    use crate::config::{ApiKey, Environment, Origin, Overrides, Settings, Sourced};

    const KEY: &str = "sk-proj-Q7xWn2bV9tLmKz4RcYpD1sHfJ8uG0aE5";

    /// A server that answers one request and tells what it was.
    async fn serve() -> (SocketAddr, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        let address = listener.local_addr().expect("an address");
        let heard = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("accepts");
            let mut request = vec![0; 4096];
            let length = stream.read(&mut request).await.expect("reads");
            stream.write_all(b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n").await.expect("writes");
            String::from_utf8_lossy(&request[..length]).to_lowercase()
        });
        (address, heard)
    }

    fn run(address: SocketAddr) -> Run {
        let flags = Overrides {
            base_url: Some(Sourced::new(format!("http://{address}/v1"), Origin::Default)),
            api_key: Some(Sourced::new(ApiKey::new(KEY.to_owned()), Origin::Default)),
            organization: Some("org-secret".to_owned()),
            comparison_resolvers: Some(vec![]),
            ..Overrides::default()
        };
        let settings = Settings::resolve(&flags, &Environment::default(), None).expect("right settings");
        Run::start(Arc::new(settings))
    }

    fn evidence(address: SocketAddr, key_sent: bool) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.tcp.facts.chosen = Some(address.ip());
        evidence.tcp.facts.port = address.port();
        evidence.http.facts.key_sent = key_sent;
        evidence
    }

    #[tokio::test]
    async fn unrelated_hosts_learn_nothing_of_the_user() {
        let (address, heard) = serve().await;
        let answer = ask_plainly(&run(address), address, "127.0.0.1", "/generate_204?7", LIMIT).await;
        assert_eq!(answer.status, Some(401));
        let heard = heard.await.expect("ends");
        assert!(heard.starts_with("get /generate_204?7 "), "{heard}");
        for secret in [&KEY.to_lowercase(), "authorization", "api-key", "org-secret"] {
            assert!(!heard.contains(secret), "{secret} in {heard}");
        }
    }

    #[tokio::test]
    async fn the_key_goes_where_the_chain_sent_it_and_nowhere_else() {
        for (key_sent, address_given) in [(true, false), (false, false), (true, true)] {
            let (address, heard) = serve().await;
            let run = run(address);
            let trust = Trust::load(&run);
            let request = Request::models(&run).expect("a request");
            let request = Request { address: address_given.then_some(address.ip()), ..request };
            let tried = send(&run, &trust, &evidence(address, key_sent), &request).await;
            let wanted = key_sent && !address_given;
            assert_eq!((tried.status, tried.key_sent), (Some(401), wanted));
            assert_eq!(heard.await.expect("ends").contains(&KEY.to_lowercase()), wanted);
        }
    }

    #[tokio::test]
    async fn one_thing_changes_and_the_rest_stays() {
        for (change, holds, lacks) in [
            (Change::Nothing, vec!["authorization: bearer sk-proj", "openai-organization: org-secret"], vec![]),
            (Change::NoOrganization, vec!["authorization: bearer sk-proj"], vec!["org-secret"]),
            (Change::NoKey, vec!["org-secret"], vec!["authorization", "sk-proj"]),
            (Change::ApiKeyHeader, vec!["\napi-key: sk-proj", "org-secret"], vec!["authorization"]),
            (Change::CurlAgent, vec!["user-agent: curl/", "bearer sk-proj"], vec!["openai-doctor"]),
            (Change::Post, vec!["post /v1/chat/completions", "content-length: 0", "bearer sk-proj"], vec![]),
        ] {
            let (address, heard) = serve().await;
            let run = run(address);
            let trust = Trust::load(&run);
            let request = Request::changed(&run, change).expect("a request");
            send(&run, &trust, &evidence(address, true), &request).await;
            let heard = heard.await.expect("ends");
            assert!(holds.iter().all(|part| heard.contains(part)), "{change:?}: {heard}");
            assert!(!lacks.iter().any(|part| heard.contains(part)), "{change:?}: {heard}");
        }
    }
}
