//! One try of one way to a host: direct or through a proxy, a handshake or a plain request, never with a key.

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::config::named::Named;
use crate::evidence::experiment::TrialOutcome;
use crate::evidence::experiment::proxy::{WayRole, WayTry};
use crate::evidence::http::{Answerer, KeyWithheld};
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{Failure, Ms, ProxyFacts, TlsFacts};
use crate::probe::Run;
use crate::probe::http::{self, Ask, Ready};
use crate::probe::proxy::{self, Destination};
use crate::probe::sys::SocketHandle;
use crate::probe::tap::Stream;
use crate::probe::tcp::Race;
use crate::probe::tls::{self, Offer, Trust};

use super::handshake::{SILENCE, outcome};

/// How long one try may take in all.
const LIMIT: Duration = Duration::from_secs(4);
/// The same without a proxy, which would have to resolve a name and wait for others: a retransmission fits in.
const DIRECT_LIMIT: Duration = Duration::from_millis(2_500);

/// A way to try.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) role: WayRole,
    /// The proxy and what names it; none is direct.
    pub(super) named: Option<Named>,
    pub(super) to: Destination,
    /// The name of the handshake; none where plain HTTP is spoken.
    pub(super) server_name: Option<String>,
}

/// Tries it once. `addresses` are the endpoint's, for going direct.
pub(super) async fn attempt(run: &Run, trust: &Trust, plan: &Plan, addresses: &[IpAddr]) -> WayTry {
    let run = run.within(if plan.named.is_some() { LIMIT } else { DIRECT_LIMIT });
    let mut seen = WayTry {
        outcome: TrialOutcome::Unconnected,
        trusted: false,
        reached: ProxyStep::None,
        connect_ms: None,
        tunnel_ms: None,
        handshake_ms: None,
        status: None,
        answer: None,
        socks_reply: None,
        http_status: None,
        failure: None,
    };
    let opened = match &plan.named {
        Some(named) => through(&run, trust, named, &plan.to, &mut seen).await,
        None => direct(&run, addresses, plan.to.port, &mut seen).await,
    };
    let (stream, handle) = match opened {
        Ok(opened) => opened,
        Err(failure) => {
            seen.failure = Some(failure);
            return seen;
        }
    };
    match &plan.server_name {
        Some(name) => {
            let rtt = seen.tunnel_ms.or(seen.connect_ms).unwrap_or(Ms(0.0)).duration();
            let offer = Offer { limit: SILENCE + rtt * 6, ..Offer::https(name) };
            let (observation, _) = tls::handshake(&run, trust, &offer, stream, handle.as_ref()).await;
            let facts = &observation.facts;
            seen.handshake_ms = observation.duration_ms;
            seen.outcome = outcome(facts.completed, observation.kind(), facts.bytes_received);
            seen.trusted = facts.trusted;
            seen.failure = observation.failure;
        }
        None => request(&run, plan, stream, handle.as_ref(), &mut seen).await,
    }
    seen
}

type Opened = Result<(Stream, Option<SocketHandle>), Failure>;

async fn direct(run: &Run, addresses: &[IpAddr], port: u16, seen: &mut WayTry) -> Opened {
    let started = Instant::now();
    let mut race = Race::start(run, addresses, port);
    let connected = race.connected().await?;
    seen.connect_ms = Some(started.elapsed().into());
    Ok((Box::new(connected.stream), connected.handle))
}

async fn through(run: &Run, trust: &Trust, named: &Named, to: &Destination, seen: &mut WayTry) -> Opened {
    let (observation, tunnel) = proxy::open(run, trust, &named.proxy, to).await;
    let ProxyFacts { reached, connect_ms, tunnel_ms, status, status_line, socks_reply, .. } = observation.facts;
    seen.reached = reached;
    seen.connect_ms = connect_ms;
    seen.tunnel_ms = tunnel_ms;
    seen.status = status;
    seen.socks_reply = socks_reply;
    let refusal = || observation.failure.as_ref().map(|failure| failure.detail.clone());
    seen.answer = status_line.or_else(|| socks_reply.and_then(|_| refusal()));
    tunnel.map(|tunnel| (tunnel.stream, tunnel.handle))
}

/// A request in plain HTTP. An answer of the proxy's own is none of the endpoint's.
async fn request(run: &Run, plan: &Plan, stream: Stream, handle: Option<&SocketHandle>, seen: &mut WayTry) {
    let Some(url) = run.settings.request_url("models") else { return };
    let credentials = plan.named.as_ref().filter(|_| plan.to.forward).and_then(|one| proxy::authorization(&one.proxy));
    let ask = Ask {
        method: ::http::Method::GET,
        url,
        key_allowed: Err(KeyWithheld::PlainHttp),
        absolute_form: plan.to.forward,
        proxy_authorization: credentials,
        variation: http::Variation::default(),
    };
    let ready = Ready { stream, http2: false };
    let answered = http::exchange(run, &ask, ready, &TlsFacts::default(), handle).await.observation;
    let by_proxy = answered.facts.answered_by == Some(Answerer::ClientProxy);
    let failing = plan.to.forward && matches!(answered.facts.status, Some(407 | 502..=504));
    seen.handshake_ms = answered.duration_ms;
    seen.failure = answered.failure;
    if by_proxy || failing {
        seen.status = answered.facts.status;
    } else if answered.facts.status.is_some() {
        seen.http_status = answered.facts.status;
        seen.outcome = TrialOutcome::Completed;
    } else {
        seen.outcome = TrialOutcome::Other;
    }
}
