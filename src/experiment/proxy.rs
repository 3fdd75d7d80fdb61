//! Is it the proxy, what is behind it, or the way it is set? The endpoint by other ways, other hosts by the same way.
//!
//! No key goes along on any of them, and a proxy's password only to that proxy.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant as TokioInstant;
use tokio::time::timeout_at;

use crate::config::named::{self, Named};
use crate::config::{Endpoint, Proxy, ProxyKind};
use crate::evidence::config::RouteKind;
use crate::evidence::dns::AddressClass;
use crate::evidence::experiment::proxy::{ProxyWaysFacts, Way, WayRole};
use crate::evidence::proxy::{ProxyStep, Spoken};
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::dns::{self, Lookup};
use crate::probe::proxy::{Destination, host_port};
use crate::probe::tls::Trust;

use super::way::{self, Plan};
use super::{REPETITIONS, control_hosts, join_all};

/// How many unrelated hosts the proxy is asked for.
const CONTROLS: usize = 3;
/// How many other proxies are tried.
const MOST_PROXIES: usize = 4;
/// How long the endpoint's name may take to resolve here, where the chain left that to the proxy.
const RESOLVE: Duration = Duration::from_millis(2_500);

/// Whether there is another way to compare with.
pub(super) fn applies(run: &Run) -> bool {
    run.settings.route.proxy.is_some() || !named::unapplied(&run.settings).is_empty()
}

pub(super) async fn run(run: &Run, trust: &Trust, evidence: &Evidence) -> ProxyWaysFacts {
    let Ok(endpoint) = &run.settings.endpoint else { return ProxyWaysFacts::default() };
    let known: Vec<IpAddr> = match endpoint.address() {
        Some(address) => vec![address],
        None => evidence.dns.facts.addresses.iter().map(|answer| answer.address).collect(),
    };
    let (now, later): (Vec<Plan>, Vec<Plan>) =
        plans(run, evidence, endpoint).into_iter().partition(|plan| !plan.needs_address() || !known.is_empty());
    // What needs the address waits for it, and nothing else does.
    let with_address = async {
        let addresses = if later.is_empty() { vec![] } else { resolve(run, endpoint).await };
        // A proxy can be told an address that the endpoint has had; whoever goes direct has to find one.
        let published: Vec<IpAddr> = control_hosts::published(evidence).iter().copied().map(IpAddr::V4).collect();
        let known = |plan: &Plan| match plan.role {
            WayRole::ByAddress if addresses.is_empty() => published.as_slice(),
            _ => addresses.as_slice(),
        };
        let able = later.into_iter().map(|plan| (known(&plan), plan)).filter(|(known, _)| !known.is_empty());
        join_all(able.map(|(known, plan)| follow(run, trust, plan, known))).await
    };
    let without = join_all(now.into_iter().map(|plan| follow(run, trust, plan, &known)));
    let (mut ways, more) = tokio::join!(without, with_address);
    ways.extend(more);
    ways.retain(|way| !way.tries.is_empty());
    ProxyWaysFacts { ways }
}

/// Tries a way, time after time.
async fn follow(run: &Run, trust: &Trust, plan: Plan, addresses: &[IpAddr]) -> Way {
    let mut plan = plan;
    if plan.needs_address() {
        plan.to.address = addresses.first().copied();
    }
    if plan.role == WayRole::ByAddress {
        // Only an address that may well be the right one tells anything.
        let public = |address: &&IpAddr| dns::classify(**address) == AddressClass::Public;
        // The proxy's network may have no IPv6.
        let Some(address) = addresses.iter().filter(public).min_by_key(|address| address.is_ipv6()) else {
            return plan.way(vec![]);
        };
        plan.to.host = address.to_string();
        plan.to.address = Some(*address);
    }
    let tries = join_all((0..REPETITIONS).map(|_| way::attempt(run, trust, &plan, addresses))).await;
    plan.way(tries)
}

/// Every way worth a try.
fn plans(run: &Run, evidence: &Evidence, endpoint: &Endpoint) -> Vec<Plan> {
    let to = |proxy: Option<&Proxy>| Destination {
        host: endpoint.host_text(),
        port: endpoint.port,
        address: endpoint.address(),
        forward: !endpoint.tls && proxy.is_some_and(|proxy| matches!(proxy.kind, ProxyKind::Http | ProxyKind::Https)),
    };
    let server_name = endpoint.tls.then(|| endpoint.host_text());
    let plan = |role: WayRole, named: Option<Named>| {
        let to = to(named.as_ref().map(|named| &named.proxy));
        Plan { role, named, to, server_name: server_name.clone() }
    };
    let Some(ours) = &run.settings.route.proxy else {
        let unapplied = named::unapplied(&run.settings).into_iter().take(MOST_PROXIES);
        let unapplied = unapplied.map(|(named, _)| plan(WayRole::Unapplied, Some(named)));
        // Where a filter resets by name, the name is tried by the experiment on names, neutral ones first.
        let again = (!by_reset(evidence)).then(|| plan(WayRole::Direct, None));
        return unapplied.chain(again).collect();
    };
    let as_named = |proxy: Proxy| Named { origins: vec![proxy.origin.to_string()], proxy };
    let mut plans = vec![plan(WayRole::Direct, None)];
    let spoken = spoken(evidence).filter(|kind| *kind != ours.kind);
    // A name that does not resolve here fails the same way again, and so does a protocol that the port does not speak.
    if !evidence.dns.failed() && spoken.is_none() {
        plans.push(plan(WayRole::Same, Some(as_named(ours.clone()))));
    }
    if spoken.is_none() {
        plans.extend(controls(run, evidence, ours));
    }
    let by_name = ours.kind != ProxyKind::Socks5 && endpoint.address().is_none() && endpoint.tls;
    if by_name && control_hosts::has_public_name(evidence) && took_the_request(evidence) {
        plans.push(plan(WayRole::ByAddress, Some(as_named(ours.clone()))));
        // Whether the proxy gets from any name to any address.
        let untold = evidence.proxy.facts.reached < ProxyStep::Tunnelled;
        let allowed = untold && !control_hosts::addresses(run, evidence).is_empty();
        plans.extend(allowed.then(|| by_name_to_stranger(ours)));
    }
    if let Some(kind) = spoken {
        plans.push(plan(WayRole::OtherScheme, Some(as_named(ours.spoken_as(kind)))));
    }
    if ours.kind == ProxyKind::Socks5 && endpoint.address().is_none() {
        plans.push(plan(WayRole::RemoteDns, Some(as_named(ours.spoken_as(ProxyKind::Socks5h)))));
    }
    let others = named::all(&run.settings).into_iter().filter(|named| !named.proxy.is_same(ours)).take(MOST_PROXIES);
    plans.extend(others.map(|named| plan(WayRole::OtherProxy, Some(named))));
    plans
}

/// Whether the handshake was cut, which a filter may go on doing for minutes.
fn by_reset(evidence: &Evidence) -> bool {
    evidence.tls.kind().is_some_and(|kind| kind != FailureKind::Timeout)
}

/// Unrelated hosts through the same proxy; for a target out on the Internet only.
fn controls(run: &Run, evidence: &Evidence, ours: &Proxy) -> Vec<Plan> {
    let reached = evidence.dns.failed() || evidence.proxy.facts.reached >= ProxyStep::Connected;
    if !reached {
        return vec![];
    }
    let hosts = control_hosts::addresses(run, evidence).into_iter().take(CONTROLS);
    hosts
        .map(|host| Plan {
            role: WayRole::Control,
            named: Some(Named { origins: vec![ours.origin.to_string()], proxy: ours.clone() }),
            to: Destination {
                host: host.ip().to_string(),
                port: host.port(),
                address: Some(host.ip()),
                forward: false,
            },
            server_name: Some(control_hosts::NEUTRAL_NAME.to_owned()),
        })
        .collect()
}

/// Whether the proxy let us ask: HTTP wants credentials only along with the request.
fn took_the_request(evidence: &Evidence) -> bool {
    let facts = &evidence.proxy.facts;
    let asked = match facts.kind {
        RouteKind::Http => ProxyStep::Connected,
        RouteKind::Https => ProxyStep::Secured,
        RouteKind::Direct | RouteKind::Socks5 | RouteKind::Socks5h => ProxyStep::Authenticated,
    };
    facts.reached >= asked && evidence.proxy.kind() != Some(FailureKind::ProxyAuthRequired)
}

/// An unrelated host through the same proxy, told by its name.
fn by_name_to_stranger(ours: &Proxy) -> Plan {
    let host = control_hosts::NEUTRAL_NAME;
    Plan {
        role: WayRole::ControlByName,
        named: Some(Named { origins: vec![ours.origin.to_string()], proxy: ours.clone() }),
        to: Destination { host: host.to_owned(), port: 443, address: None, forward: false },
        server_name: Some(host.to_owned()),
    }
}

/// What the proxy's port turned out to speak.
fn spoken(evidence: &Evidence) -> Option<ProxyKind> {
    let facts = &evidence.proxy.facts;
    let answered = facts.trials.iter().find(|trial| trial.answered).map(|trial| trial.tried);
    match facts.speaks.or(answered)? {
        Spoken::Http => Some(ProxyKind::Http),
        Spoken::Tls => Some(ProxyKind::Https),
        Spoken::Socks5 if matches!(facts.kind, RouteKind::Socks5 | RouteKind::Socks5h) => None,
        Spoken::Socks5 => Some(ProxyKind::Socks5h),
        Spoken::Other => None,
    }
}

/// The endpoint's addresses as programs here get them; no comparison resolver hears of it.
async fn resolve(run: &Run, endpoint: &Endpoint) -> Vec<IpAddr> {
    let mut quiet = run.within(RESOLVE);
    let mut settings = crate::config::Settings::clone(&run.settings);
    settings.comparison_resolvers.clear();
    quiet.settings = settings.into();
    let mut lookup = Lookup::start(&quiet, &endpoint.host_text());
    let resolved = timeout_at(TokioInstant::from_std(quiet.deadline()), lookup.resolved()).await;
    resolved.ok().and_then(Result::ok).map(|resolved| resolved.addresses).unwrap_or_default()
}

impl Plan {
    /// Whether it cannot be tried without an address of the endpoint's.
    fn needs_address(&self) -> bool {
        let here = self.named.as_ref().is_none_or(|named| named.proxy.kind == ProxyKind::Socks5);
        self.to.address.is_none() && (here || self.role == WayRole::ByAddress)
    }

    fn way(&self, tries: Vec<crate::evidence::experiment::proxy::WayTry>) -> Way {
        let proxy = self.named.as_ref().map(|named| &named.proxy);
        Way {
            role: self.role,
            kind: proxy.map_or(RouteKind::Direct, |proxy| match proxy.kind {
                ProxyKind::Http => RouteKind::Http,
                ProxyKind::Https => RouteKind::Https,
                ProxyKind::Socks5 => RouteKind::Socks5,
                ProxyKind::Socks5h => RouteKind::Socks5h,
            }),
            proxy: proxy.map(|proxy| proxy.display.clone()),
            origins: self.named.as_ref().map(|named| named.origins.clone()).unwrap_or_default(),
            asked_for: host_port(&self.to.host, self.to.port),
            server_name: self.server_name.clone(),
            tries,
        }
    }
}
