//! One more way to the endpoint, as the chain's own: the address that it chose or the proxy, TLS with a choice of
//! protocols, and whether a key may go over it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http::Method;
use tokio::time::timeout_at;
use url::Url;

use crate::evidence::http::KeyWithheld;
use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation};

use super::Run;
use super::chain;
use super::http::{Ask, Ready, Variation};
use super::proxy::{self, Destination};
use super::sys::SocketHandle;
use super::tcp;
use super::tls::{self, Offer, Trust};

const CONNECT: Duration = Duration::from_secs(3);
/// Through a proxy, which itself resolves and connects.
const TUNNEL: Duration = Duration::from_secs(6);

/// A connection ready for a request.
pub struct Way {
    /// The stream.
    pub ready: Ready,
    /// The socket.
    pub handle: Option<SocketHandle>,
    /// Whether the key may go over it.
    pub key_allowed: Result<(), KeyWithheld>,
    /// Where it leads; a proxy's address if there is one.
    pub peer: SocketAddr,
    /// The round trip, as far as connecting tells.
    pub round_trip: Ms,
}

/// Opens one, offering these protocols.
///
/// # Errors
///
/// What kept it from opening. A plain `http://` URL through an HTTP proxy has no way of its own.
pub async fn open(run: &Run, trust: &Trust, evidence: &Evidence, protocols: &[&'static str]) -> Result<Way, Failure> {
    open_tuned(run, trust, evidence, protocols, None).await
}

/// The same with a largest segment size of our own, where no proxy is in between.
///
/// # Errors
///
/// As [`open`].
pub async fn open_tuned(
    run: &Run,
    trust: &Trust,
    evidence: &Evidence,
    protocols: &[&'static str],
    segment: Option<u32>,
) -> Result<Way, Failure> {
    let settings = &run.settings;
    let unusable = |what: &str| Failure::new(FailureKind::UnusableSetting, Operation::Connect, what);
    let endpoint = settings.endpoint.as_ref().map_err(|_| unusable("there is no endpoint"))?;
    let started = Instant::now();
    let (stream, handle, peer): (super::tap::Stream, _, _) = if let Some(proxy) = &settings.route.proxy {
        if !endpoint.tls {
            return Err(unusable("an HTTP proxy takes requests, no connections"));
        }
        let destination = Destination {
            host: endpoint.host_text(),
            port: endpoint.port,
            address: evidence.dns.facts.addresses.first().map(|found| found.address),
            forward: false,
        };
        let deadline = tokio::time::Instant::from_std(run.step(TUNNEL));
        let (_, tunnel) = timeout_at(deadline, proxy::open(run, trust, proxy, &destination))
            .await
            .map_err(|_| Failure::timeout(Operation::Proxy, started.elapsed().into()))?;
        let tunnel = tunnel?;
        (tunnel.stream, tunnel.handle, SocketAddr::new(tunnel.peer, proxy.port))
    } else {
        let address = evidence.tcp.facts.chosen.ok_or_else(|| unusable("no address was reached"))?;
        let peer = SocketAddr::new(address, endpoint.port);
        let (_, connected) = tcp::connect_tuned(run, peer, CONNECT, segment).await;
        let connected = connected?;
        (Box::new(connected.stream), connected.handle, peer)
    };
    let round_trip = Ms::from(started.elapsed());
    if !endpoint.tls {
        let here = chain::plaintext_stays_here(settings, endpoint, peer.ip());
        let key_allowed = if here || settings.allow_plaintext_key { Ok(()) } else { Err(KeyWithheld::PlainHttp) };
        return Ok(Way { ready: Ready { stream, http2: false }, handle, key_allowed, peer, round_trip });
    }
    let offer = Offer { alpn: protocols.to_vec(), ..Offer::https(&endpoint.host_text()) }.over(Some(round_trip));
    let (_, secured) = tls::handshake(run, trust, &offer, stream, handle.as_ref()).await;
    let secured = secured?;
    let key_allowed = if secured.trusted { Ok(()) } else { Err(KeyWithheld::UnverifiedCertificate) };
    Ok(Way { ready: Ready { stream: secured.stream, http2: secured.http2 }, handle, key_allowed, peer, round_trip })
}

impl Way {
    /// A request of this method for this URL, as it may go this way.
    #[must_use]
    pub fn ask(&self, method: Method, url: Url) -> Ask {
        Ask {
            method,
            url,
            key_allowed: self.key_allowed,
            absolute_form: false,
            proxy_authorization: None,
            variation: Variation::default(),
        }
    }
}
