//! The proxy: reaching it and asking it for a tunnel, with everything it says kept.
//!
//! CONNECT and SOCKS5 are spoken here and not by a client library, because a doctor needs the proxy's status line,
//! headers and the start of its body, and, when the scheme is wrong, what the port really speaks.

pub(crate) use connect::authorization;

mod connect;
mod socks;
mod speech;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::config::{Proxy, ProxyKind};
use crate::evidence::config::RouteKind;
use crate::evidence::proxy::{ProxyStep, Spoken};
use crate::evidence::{Failure, FailureKind, Observation, Operation, ProxyFacts};

use super::Run;
use super::dns::Lookup;
use super::sys::SocketHandle;
use super::tap::Stream;
use super::tcp::{self, Connected, Race};
use super::tls::{self, Offer, Trust};

/// What the proxy is asked to reach.
#[derive(Clone, Debug)]
pub struct Destination {
    /// Host, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// The address, when the name was resolved here (`socks5`).
    pub address: Option<IpAddr>,
    /// A plain `http://` URL goes to an HTTP proxy as a request, not through a tunnel.
    pub forward: bool,
}

/// A way through the proxy.
pub struct Tunnel {
    /// The stream to the endpoint (or, when forwarding, to the proxy).
    pub stream: Stream,
    /// The socket to the proxy.
    pub handle: Option<SocketHandle>,
    /// The proxy's address.
    pub peer: IpAddr,
}

/// A proxy that answers takes a round trip or two; after this long, what else its port speaks is tried beside.
const PATIENCE: Duration = Duration::from_secs(1);

/// Hears once what is known of a proxy that has been asked for the way and is silent since, while it is still waited for.
pub type Watch<'a> = &'a mut (dyn FnMut(&ProxyFacts) + Send);

/// Reaches the proxy and has it open the way.
pub async fn open(
    run: &Run,
    trust: &Trust,
    proxy: &Proxy,
    destination: &Destination,
) -> (Observation<ProxyFacts>, Result<Tunnel, Failure>) {
    open_watched(run, trust, proxy, destination, None).await
}

/// The same, and what else can be tried is tried while a silent proxy is still waited for.
pub async fn open_watched(
    run: &Run,
    trust: &Trust,
    proxy: &Proxy,
    destination: &Destination,
    watch: Option<Watch<'_>>,
) -> (Observation<ProxyFacts>, Result<Tunnel, Failure>) {
    let started = Instant::now();
    let mut facts = ProxyFacts {
        kind: kind(proxy.kind),
        address: host_port(&proxy.host, proxy.port),
        origin: proxy.origin.to_string(),
        credentials: proxy.credentials.is_some(),
        asked_for: host_port(&destination.host, destination.port),
        forwards: destination.forward,
        ..ProxyFacts::default()
    };
    let outcome = converse(run, trust, proxy, destination, &mut facts, watch).await;
    if let Err(failure) = &outcome
        && facts.trials.is_empty()
        && facts.reached == ProxyStep::Connected
        && facts.status.is_none()
        && facts.socks_reply.is_none()
        && failure.kind != FailureKind::ProxyAuthRequired
    {
        speech::find_out(run, proxy, destination, &mut facts).await;
    }
    let failure = outcome.as_ref().err().map(|failure| match facts.speaks {
        Some(spoken) if spoken != expected(proxy.kind) => {
            Failure { kind: FailureKind::ProxyProtocol, curl_exit: Some(97), ..failure.clone() }
        }
        _ => failure.clone(),
    });
    (Observation::ended(run.at(started), run.now(), facts, failure), outcome)
}

async fn converse(
    run: &Run,
    trust: &Trust,
    proxy: &Proxy,
    destination: &Destination,
    facts: &mut ProxyFacts,
    watch: Option<Watch<'_>>,
) -> Result<Tunnel, Failure> {
    let addresses = resolve(run, proxy, facts).await?;
    facts.reached = ProxyStep::Resolved;
    let connected = connect(run, &addresses, proxy.port, facts).await?;
    facts.reached = ProxyStep::Connected;
    let Connected { stream, peer, handle } = connected;
    let mut stream: Stream = Box::new(stream);
    if proxy.kind == ProxyKind::Https {
        let offer = Offer { alpn: vec!["http/1.1"], ..Offer::https(&proxy.host) };
        let (observation, secured) = tls::handshake(run, trust, &offer, stream, handle.as_ref()).await;
        facts.tls = Some(Box::new(observation.facts));
        let secured = secured.map_err(|failure| to_proxy(&failure))?;
        if let (false, Some(failure)) = (secured.trusted, observation.failure) {
            // Credentials and the target's name go through this proxy: not to one that cannot say who it is.
            return Err(to_proxy(&failure));
        }
        stream = secured.stream;
        facts.reached = ProxyStep::Secured;
    }
    let asked = Instant::now();
    let by_connect = matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https);
    if !by_connect {
        socks::greet(run, &mut stream, proxy, facts).await?;
        facts.reached = ProxyStep::Authenticated;
    }
    if !(by_connect && destination.forward) {
        ask(run, &mut stream, proxy, destination, facts, watch).await?;
        facts.tunnel_ms = Some(asked.elapsed().into());
        facts.reached = ProxyStep::Tunnelled;
    }
    Ok(Tunnel { stream, handle, peer: peer.ip() })
}

/// Asks for the way. Beside a proxy that is silent, what else its port speaks is tried.
async fn ask(
    run: &Run,
    stream: &mut Stream,
    proxy: &Proxy,
    destination: &Destination,
    facts: &mut ProxyFacts,
    watch: Option<Watch<'_>>,
) -> Result<(), Failure> {
    let mut seen = facts.clone();
    let asking = async {
        if matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https) {
            connect::ask(run, stream, proxy, destination, facts).await
        } else {
            socks::ask(run, stream, destination, facts).await
        }
    };
    let Some(watch) = watch else { return asking.await };
    let silent = async {
        tokio::time::sleep(PATIENCE).await;
        // What has answered in its own protocol speaks that one, whatever else it may speak.
        if seen.reached == ProxyStep::Connected {
            speech::find_out(run, proxy, destination, &mut seen).await;
        }
        watch(&seen);
        (seen.speaks, seen.trials)
    };
    let (outcome, found) = {
        let mut asking = std::pin::pin!(asking);
        tokio::select! {
            biased;
            outcome = &mut asking => (outcome, None),
            found = silent => (asking.await, Some(found)),
        }
    };
    if let (Err(_), Some((speaks, trials))) = (&outcome, found) {
        facts.speaks = facts.speaks.or(speaks);
        facts.trials = trials;
    }
    outcome
}

async fn resolve(run: &Run, proxy: &Proxy, facts: &mut ProxyFacts) -> Result<Vec<IpAddr>, Failure> {
    if let Ok(address) = proxy.host.parse() {
        return Ok(vec![address]);
    }
    let mut lookup = Lookup::start(run, &proxy.host);
    let resolved = lookup.resolved().await;
    facts.dns = Some(Box::new(lookup.observe().facts));
    resolved.map(|resolved| resolved.addresses).map_err(|failure| to_proxy(&failure))
}

async fn connect(run: &Run, addresses: &[IpAddr], port: u16, facts: &mut ProxyFacts) -> Result<Connected, Failure> {
    let started = Instant::now();
    let mut race = Race::start(run, addresses, port);
    let outcome = race.connected().await;
    let ended = Instant::now();
    facts.connect_ms = outcome.is_ok().then(|| (ended - started).into());
    facts.attempts = race.observe(run, addresses, ended).facts.attempts;
    outcome.map_err(|failure| to_proxy(&failure))
}

/// A connection to the proxy's port for trying out what it speaks.
async fn reconnect(run: &Run, proxy: &Proxy, facts: &ProxyFacts, limit: Duration) -> Option<Connected> {
    let address = facts.attempts.iter().find(|attempt| attempt.connected)?.address;
    tcp::connect_one(run, (address, proxy.port).into(), limit).await.1.ok()
}

fn to_proxy(failure: &Failure) -> Failure {
    let renamed = Failure::new(failure.kind, Operation::Proxy, &failure.detail);
    Failure { os_error: failure.os_error, ..renamed }
}

fn kind(kind: ProxyKind) -> RouteKind {
    match kind {
        ProxyKind::Http => RouteKind::Http,
        ProxyKind::Https => RouteKind::Https,
        ProxyKind::Socks5 => RouteKind::Socks5,
        ProxyKind::Socks5h => RouteKind::Socks5h,
    }
}

fn expected(kind: ProxyKind) -> Spoken {
    match kind {
        ProxyKind::Http => Spoken::Http,
        ProxyKind::Https => Spoken::Tls,
        ProxyKind::Socks5 | ProxyKind::Socks5h => Spoken::Socks5,
    }
}

/// `host:port`, with brackets around an IPv6 address.
#[must_use]
pub fn host_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}
