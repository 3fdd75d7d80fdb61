//! The chain: resolve, reach, secure, ask, read, each step on what the one before it made, side probes beside it.
//!
//! What the chain has is written into the evidence as it happens, so that an interrupted run still has its facts.

mod completion;
mod skip;

use std::net::IpAddr;
use std::time::{Duration, Instant};

use crate::config::{Endpoint, ProxyKind, Settings};
use crate::evidence::http::KeyWithheld;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Observation, ProxyFacts, SkipReason, Stage};

use super::detour::{Detour, Names};
use super::dns::{self, Lookup};
use super::http::{self, Ask, Exchanged, Ready};
use super::proxy::{self, Destination};
use super::sys::SocketHandle;
use super::tap::Stream;
use super::tcp::{self, Race};
use super::tls::{self, Offer, Trust};
use super::{Run, api, environment};

pub use skip::cut_short;
use skip::{forget_unwanted, skip_all, skip_from};

/// How long, from the start, a failed run waits for side probes: a forged answer's true rival needs up to 2 s.
const SIDE_LIMIT: Duration = Duration::from_millis(2_800);
/// What that leaves at least, from the chain's own end.
const SIDE_GRACE: Duration = Duration::from_millis(100);
/// The same where the address refused: that is an answer, and whoever is to contradict the resolver is as near.
const REFUSED_SIDE_LIMIT: Duration = Duration::from_millis(1_200);
/// The same when the chain works and only its own resolvers and addresses are waited for.
const HEALTHY_SIDE_LIMIT: Duration = Duration::from_millis(1_500);

/// Which stages are wanted.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Only these; empty means all.
    pub only: Vec<Stage>,
    /// Not these.
    pub skip: Vec<Stage>,
    /// `--deep`: a streamed completion too, of this model or of the first chat model listed.
    pub deep: Option<Option<String>>,
    /// `--try-fix`: remedies for what is found, once the chain has ended.
    pub try_fix: bool,
    /// `--idle-max`: how long `--deep` leaves connections alone.
    pub idle_most: Option<Duration>,
    /// How much is asked of resolvers; for everything the chain also waits, however well it goes.
    pub resolve: dns::Ask,
}

impl Plan {
    /// Whether a stage is wanted.
    #[must_use]
    pub fn wants(&self, stage: Stage) -> bool {
        (self.only.is_empty() || self.only.contains(&stage)) && !self.skip.contains(&stage)
    }

    /// Whether a stage must run, wanted itself or for the sake of a later one.
    fn needs(&self, stage: Stage) -> bool {
        let last = if self.deep.is_some() { Stage::Stream } else { Stage::Api };
        Stage::ALL.iter().any(|later| *later >= stage && *later <= last && self.wants(*later))
    }
}

/// What happens while the chain runs.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A stage begins.
    Begins(Stage),
    /// A stage has ended; the evidence holds what it saw so far.
    Ended(Stage, &'a Evidence),
    /// A proxy has been silent for a while and is still waited for; the evidence holds what is known so far.
    Waits(&'a Evidence),
    /// Remedies are tried.
    Tries,
}

/// Runs the chain. `watch` hears of every stage as it happens.
pub async fn run(run: &Run, plan: &Plan, evidence: &mut Evidence, watch: &mut (dyn FnMut(Event<'_>) + Send)) {
    let (target, config) = environment::observe(run);
    *evidence = Evidence { target, config, ..Evidence::default() };
    watch(Event::Ended(Stage::Config, evidence));
    let settings = run.settings.clone();
    let Ok(endpoint) = &settings.endpoint else {
        skip_all(evidence, SkipReason::UnusableSettings);
        return;
    };
    if !plan.needs(Stage::Dns) {
        skip_all(evidence, SkipReason::NotAsked);
        return;
    }
    let mut chain = Chain::new(run, plan, endpoint, Trust::load(run), Detour::default());
    let reached = chain.follow(evidence, watch).await;
    chain.settle(evidence, reached && plan.resolve == dns::Ask::Chain).await;
    forget_unwanted(plan, evidence);
}

/// Runs the chain once more, with something changed on the way, and for nothing but its own result: no side probe is
/// waited for.
pub async fn retrace(run: &Run, trust: &Trust, detour: Detour) -> Evidence {
    let (target, config) = environment::observe(run);
    let mut evidence = Evidence { target, config, ..Evidence::default() };
    if let Ok(endpoint) = &run.settings.endpoint {
        let plan = Plan::default();
        let mut chain = Chain::new(run, &plan, endpoint, trust.clone(), detour);
        // Several of them are under way at once: each on the heap.
        Box::pin(chain.follow(&mut evidence, &mut |_| {})).await;
    } else {
        skip_all(&mut evidence, SkipReason::UnusableSettings);
    }
    evidence
}

struct Chain<'a> {
    run: &'a Run,
    plan: &'a Plan,
    endpoint: &'a Endpoint,
    trust: Trust,
    detour: Detour,
    lookup: Option<Lookup>,
    race: Option<(Race, Vec<IpAddr>, Instant)>,
    gateway: Option<TcpAttempt>,
}

/// A way to the endpoint, direct or through a proxy.
struct Way {
    stream: Stream,
    handle: Option<SocketHandle>,
    peer: IpAddr,
    forwarded: bool,
}

impl<'a> Chain<'a> {
    fn new(run: &'a Run, plan: &'a Plan, endpoint: &'a Endpoint, trust: Trust, detour: Detour) -> Self {
        Self { run, plan, endpoint, trust, detour, lookup: None, race: None, gateway: None }
    }

    /// Whether a response of a verified peer was received.
    async fn follow(&mut self, evidence: &mut Evidence, watch: &mut (dyn FnMut(Event<'_>) + Send)) -> bool {
        let Some(way) = self.reach(evidence, watch).await else { return false };
        if !self.plan.needs(Stage::Tls) {
            skip_from(evidence, Stage::Tls, SkipReason::NotAsked);
            return true;
        }
        let Some((ready, handle, allowed, forwarded)) = self.secure(way, evidence, watch).await else { return false };
        if !self.plan.needs(Stage::Http) {
            skip_from(evidence, Stage::Http, SkipReason::NotAsked);
            return evidence.tls.passed() || !self.endpoint.tls;
        }
        watch(Event::Begins(Stage::Http));
        let ask = self.ask(allowed, forwarded);
        let Exchanged { observation, body } =
            http::exchange(self.run, &ask, ready, &evidence.tls.facts, handle.as_ref()).await;
        evidence.http = observation;
        watch(Event::Ended(Stage::Http, evidence));
        if evidence.http.facts.status.is_none() {
            return false;
        }
        if self.plan.needs(Stage::Api) {
            evidence.api = api::read(self.run, &evidence.http.facts, &body);
            watch(Event::Ended(Stage::Api, evidence));
        } else {
            evidence.api = Observation::skipped(SkipReason::NotAsked);
        }
        self.stream(evidence, watch).await;
        !evidence.tls.failed()
    }

    /// Name, proxy and TCP.
    async fn reach(&mut self, evidence: &mut Evidence, watch: &mut (dyn FnMut(Event<'_>) + Send)) -> Option<Way> {
        let settings = &self.run.settings;
        let resolves_here = settings.route.proxy.as_ref().is_none_or(|proxy| proxy.kind == ProxyKind::Socks5);
        let addresses = if resolves_here {
            self.resolve(evidence, watch).await?
        } else {
            let literal = self.endpoint.address().is_some();
            let reason = if literal { SkipReason::AddressGiven } else { SkipReason::DoneByProxy };
            evidence.dns = Observation::skipped(reason);
            Vec::new()
        };
        if !self.plan.needs(Stage::Proxy) {
            skip_from(evidence, Stage::Proxy, SkipReason::NotAsked);
            return None;
        }
        if let Some(proxy) = &settings.route.proxy {
            watch(Event::Begins(Stage::Proxy));
            let http_proxy = matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https);
            let destination = Destination {
                host: self.endpoint.host_text(),
                port: self.endpoint.port,
                address: addresses.first().copied(),
                forward: http_proxy && !self.endpoint.tls,
            };
            let known: &Evidence = evidence;
            let mut waits = |facts: &ProxyFacts| {
                let mut known = known.clone();
                known.proxy.facts = facts.clone();
                watch(Event::Waits(&known));
            };
            let (observation, tunnel) =
                proxy::open_watched(self.run, &self.trust, proxy, &destination, Some(&mut waits)).await;
            evidence.proxy = observation;
            let machine = &evidence.config.facts.machine;
            let facts = &mut evidence.proxy.facts;
            facts.gateway = tcp::ask_gateway(self.run, machine, &facts.attempts, proxy.port).await;
            watch(Event::Ended(Stage::Proxy, evidence));
            evidence.tcp = Observation::skipped(SkipReason::DoneByProxy);
            let tunnel = tunnel.ok()?;
            let forwarded = destination.forward;
            return Some(Way { stream: tunnel.stream, handle: tunnel.handle, peer: tunnel.peer, forwarded });
        }
        evidence.proxy = Observation::skipped(SkipReason::NoProxy);
        if !self.plan.needs(Stage::Tcp) {
            skip_from(evidence, Stage::Tcp, SkipReason::NotAsked);
            return None;
        }
        self.connect(addresses, evidence, watch).await
    }

    async fn resolve(
        &mut self,
        evidence: &mut Evidence,
        watch: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Option<Vec<IpAddr>> {
        if let Some(address) = self.endpoint.address() {
            evidence.dns = Observation::skipped(SkipReason::AddressGiven);
            watch(Event::Ended(Stage::Dns, evidence));
            return Some(vec![address]);
        }
        watch(Event::Begins(Stage::Dns));
        if self.detour.names != Names::AsUsual {
            let (seen, addresses) = self.detour.names.resolve(self.run, &self.endpoint.host_text()).await;
            evidence.dns = seen;
            return addresses;
        }
        let lookup = self.lookup.insert(Lookup::start_asking(self.run, &self.endpoint.host_text(), self.plan.resolve));
        let resolved = lookup.resolved().await;
        evidence.dns = lookup.peek();
        watch(Event::Ended(Stage::Dns, evidence));
        if resolved.is_err() {
            skip_from(evidence, Stage::Proxy, SkipReason::EarlierStageFailed);
        }
        resolved.ok().map(|resolved| resolved.addresses)
    }

    async fn connect(
        &mut self,
        addresses: Vec<IpAddr>,
        evidence: &mut Evidence,
        watch: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Option<Way> {
        watch(Event::Begins(Stage::Tcp));
        let mut race = Race::start_tuned(self.run, &addresses, self.endpoint.port, self.detour.segment);
        let connected = race.connected().await;
        let ended = Instant::now();
        evidence.tcp = race.peek(self.run, ended);
        let machine = &evidence.config.facts.machine;
        self.gateway = tcp::ask_gateway(self.run, machine, &evidence.tcp.facts.attempts, self.endpoint.port).await;
        self.race = Some((race, addresses, ended));
        watch(Event::Ended(Stage::Tcp, evidence));
        let connected = connected.ok()?;
        Some(Way {
            stream: Box::new(connected.stream),
            handle: connected.handle,
            peer: connected.peer.ip(),
            forwarded: false,
        })
    }

    /// TLS, and whether a key may be sent.
    async fn secure(
        &mut self,
        way: Way,
        evidence: &mut Evidence,
        watch: &mut (dyn FnMut(Event<'_>) + Send),
    ) -> Option<(Ready, Option<SocketHandle>, Result<(), KeyWithheld>, bool)> {
        let Way { stream, handle, peer, forwarded } = way;
        if !self.endpoint.tls {
            evidence.tls = Observation::skipped(SkipReason::PlainHttp);
            let allowed = if plaintext_stays_here(&self.run.settings, self.endpoint, peer)
                || self.run.settings.allow_plaintext_key
            {
                Ok(())
            } else {
                Err(KeyWithheld::PlainHttp)
            };
            return Some((Ready { stream, http2: false }, handle, allowed, forwarded));
        }
        watch(Event::Begins(Stage::Tls));
        let connect = evidence.tcp.facts.attempts.iter().find(|attempt| attempt.connected);
        let round_trip = match &evidence.proxy.facts.tunnel_ms {
            Some(tunnel) => Some(*tunnel),
            None => connect.and_then(|attempt| attempt.duration_ms),
        };
        let offer =
            Offer { classical: self.detour.classical, ..Offer::https(&self.endpoint.host_text()).over(round_trip) };
        let (observation, secured) = tls::handshake(self.run, &self.trust, &offer, stream, handle.as_ref()).await;
        evidence.tls = observation;
        watch(Event::Ended(Stage::Tls, evidence));
        let secured = secured.ok()?;
        // Without trust the request still goes out, keyless: the page that comes back may say who is in between.
        let allowed = if secured.trusted { Ok(()) } else { Err(KeyWithheld::UnverifiedCertificate) };
        let http2 = secured.http2;
        Some((Ready { stream: secured.stream, http2 }, handle, allowed, forwarded))
    }

    fn ask(&self, key_allowed: Result<(), KeyWithheld>, forwarded: bool) -> Ask {
        let settings = &self.run.settings;
        // The chain runs on a usable endpoint only, so there is a URL.
        let url = settings.request_url("models").unwrap_or_else(|| self.endpoint.join("models"));
        Ask {
            method: ::http::Method::GET,
            url,
            key_allowed,
            absolute_form: forwarded,
            proxy_authorization: forwarded
                .then(|| settings.route.proxy.as_ref().and_then(proxy::authorization))
                .flatten(),
            variation: http::Variation::default(),
        }
    }

    /// Waits for the side probes as long as they can still matter, then writes down what they saw.
    async fn settle(&mut self, evidence: &mut Evidence, reached: bool) {
        let now = Instant::now();
        let limit = match evidence.tcp.kind() {
            _ if reached => HEALTHY_SIDE_LIMIT,
            Some(FailureKind::ConnectionRefused) => REFUSED_SIDE_LIMIT,
            _ => SIDE_LIMIT,
        };
        // Those asked for comparison were asked a little later, and are as long about their silence.
        let grace = if reached { Duration::ZERO } else { SIDE_GRACE };
        let own = self.run.from_start(limit).max(now + grace).min(self.run.deadline());
        let others = if reached { now } else { own };
        let dns = async {
            if let Some(lookup) = &mut self.lookup {
                lookup.settle(own, others).await;
            }
        };
        let tcp = async {
            if let Some((race, _, _)) = &mut self.race {
                race.settle(own).await;
            }
        };
        tokio::join!(dns, tcp);
        if let Some(lookup) = self.lookup.take() {
            evidence.dns = lookup.observe();
        }
        if let Some((race, addresses, ended)) = self.race.take() {
            evidence.tcp = race.observe(self.run, &addresses, ended);
            evidence.tcp.facts.gateway = self.gateway.take();
        }
    }
}

/// Plain HTTP that never leaves this machine: the endpoint is on loopback, and so is a proxy on the way.
pub(super) fn plaintext_stays_here(settings: &Settings, endpoint: &Endpoint, peer: IpAddr) -> bool {
    let host_is_here = match endpoint.address() {
        Some(address) => address.is_loopback(),
        None => settings.route.proxy.is_none() || endpoint.host_text() == "localhost",
    };
    peer.is_loopback() && host_is_here
}
