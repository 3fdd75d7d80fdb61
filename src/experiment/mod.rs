//! Controlled experiments: each changes one thing, keeps all else equal, and leaves facts in the evidence.
//!
//! Which are worth running follows from the rival faults that the evidence leaves open; a run whose evidence leaves
//! nothing open runs none. The cheapest that split the rivals run first, those that do not disturb each other at once.

mod base_url;
mod certificate;
mod control_hosts;
pub mod deep;
mod endpoints;
mod handshake;
mod headers;
pub mod hello_hop;
mod hello_size;
mod http_version;
pub mod idle;
mod loss;
mod outage;
mod pace;
mod portal;
mod presence;
mod proxy;
mod quic;
mod refusal;
pub mod remedy;
mod request;
mod residual;
mod resolver;
mod scheme;
mod server_name;
mod settings;
mod stall;
mod way;
mod web_socket;

use std::time::{Duration, Instant};

use crate::evidence::experiment::{Experiment, ExperimentFacts};
use crate::evidence::{Evidence, FailureKind};
use crate::probe::Run;
use crate::probe::tls::Trust;

use handshake::Variation;

/// How long, after the chain, experiments may take in all.
pub const BUDGET: Duration = Duration::from_secs(10);
/// How often a trial is repeated: one failure may be chance, three in a row with three successes between are none.
const REPETITIONS: usize = 3;

/// An experiment by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    ControlHosts,
    ServerName,
    HelloSize,
    Proxy,
    Loss,
    HelloHop,
    Refusal,
    Presence,
    Certificate,
    Portal,
    Scheme,
    BaseUrl,
    Headers,
    Settings,
    Pace,
    Outage,
    Resolver,
    HttpVersion,
    Stall,
}

impl Kind {
    /// The cheapest first.
    const ALL: [Self; 19] = [
        Self::ControlHosts,
        Self::Resolver,
        Self::ServerName,
        Self::HelloSize,
        Self::Proxy,
        Self::Loss,
        Self::HelloHop,
        Self::Refusal,
        Self::Presence,
        Self::Certificate,
        Self::Portal,
        Self::Scheme,
        Self::BaseUrl,
        Self::Headers,
        Self::Settings,
        Self::Pace,
        Self::Outage,
        Self::HttpVersion,
        Self::Stall,
    ];

    /// The faults that it can prove or rule out.
    const fn splits(self) -> &'static [&'static str] {
        match self {
            Self::ControlHosts | Self::Presence => &["no-egress", "ip-blackholed"],
            Self::ServerName => &["sni-reset", "sni-dropped", "edge-rejects-exit-address"],
            Self::HelloSize => &["mtu-black-hole", "client-hello-too-large"],
            Self::Proxy => &["proxy-exit-dead", "proxy-not-applied"],
            Self::Loss => &["packet-loss"],
            Self::Resolver => &["dns-hijacked", "dns-poisoned"],
            Self::HttpVersion => &["http2-broken"],
            Self::Stall => &["dpi-stall", "mtu-black-hole"],
            Self::HelloHop | Self::Refusal | Self::Pace => &[],
            Self::Certificate => &[
                "tls-intercepted",
                "tls-clock-skew",
                "tls-certificate-expired",
                "tls-certificate-untrusted",
                "captive-portal",
            ],
            Self::Portal => &["captive-portal"],
            Self::Scheme => &["base-url-scheme-mismatch"],
            Self::BaseUrl => &[
                "base-url-missing-version",
                "base-url-duplicated-path",
                "base-url-not-an-api",
                "endpoint-not-found",
                "responses-api-unsupported",
            ],
            Self::Headers => &[
                "organization-mismatch",
                "waf-blocked-user-agent",
                "cdn-challenge",
                "auth-header-stripped",
                "key-missing",
                "region-unsupported-over-ipv6",
            ],
            Self::Settings => &["env-shadows-config"],
            Self::Outage => &["service-outage"],
        }
    }

    /// The faults that it tells more of once they are named.
    const fn details(self) -> &'static [&'static str] {
        match self {
            Self::HelloHop => &["sni-reset", "sni-dropped"],
            Self::Refusal => &["tcp-refused", "tcp-rejected-by-firewall"],
            // The silent address may also be a false one.
            Self::ControlHosts | Self::Resolver => &["ip-blackholed"],
            Self::Presence => &["no-egress", "ip-blackholed", "tcp-timeout"],
            // Who lets nothing out may want a sign-in first.
            Self::Portal => &["no-egress", "ip-blackholed", "tcp-refused", "tcp-rejected-by-firewall"],
            Self::HttpVersion => &["http2-broken"],
            Self::Pace => &["read-timeout"],
            // Nobody reaches it, or its edge cannot: the provider may say that it is down.
            Self::Outage => &["tcp-refused", "tcp-timeout", "ip-blackholed", "cdn-origin-unreachable"],
            _ => &[],
        }
    }

    const fn is_done(self, facts: &ExperimentFacts) -> bool {
        matches!(
            (self, facts),
            (Self::ControlHosts, ExperimentFacts::ControlHosts(_))
                | (Self::ServerName, ExperimentFacts::ServerName(_))
                | (Self::HelloSize, ExperimentFacts::HelloSize(_))
                | (Self::Loss, ExperimentFacts::Loss(_))
                | (Self::Resolver, ExperimentFacts::Resolver(_))
                | (Self::HelloHop, ExperimentFacts::HelloHop(_))
                | (Self::Refusal, ExperimentFacts::Refusal(_))
                | (Self::Presence, ExperimentFacts::Presence(_))
                | (Self::Certificate, ExperimentFacts::Certificate(_))
                | (Self::Portal, ExperimentFacts::Portal(_))
                | (Self::Scheme, ExperimentFacts::Scheme(_))
                | (Self::BaseUrl, ExperimentFacts::BaseUrl(_))
                | (Self::Headers, ExperimentFacts::Headers(_))
                | (Self::Settings, ExperimentFacts::OtherSettings(_))
                | (Self::Pace, ExperimentFacts::Pace(_))
                | (Self::Outage, ExperimentFacts::Outage(_))
                | (Self::Proxy, ExperimentFacts::Proxy(_))
                | (Self::HttpVersion, ExperimentFacts::HttpVersion(_))
                | (Self::Stall, ExperimentFacts::Stall(_))
        )
    }

    /// Whether the evidence offers what it needs to start from.
    fn applies(self, run: &Run, evidence: &Evidence) -> bool {
        let direct = run.settings.route.proxy.is_none();
        match self {
            Self::ControlHosts => direct && !control_hosts::addresses(run, evidence).is_empty(),
            Self::ServerName => evidence.tls.failed() && Variation::of_chain(run, evidence).is_some() && named(run),
            Self::HelloSize => evidence.tls.failed() && Variation::of_chain(run, evidence).is_some(),
            Self::Proxy => proxy::applies(run),
            Self::Loss => direct && loss::address(evidence).is_some(),
            Self::HelloHop => direct && hello_hop::place(run, evidence).is_some(),
            Self::Resolver => resolver::is_open(run, evidence),
            Self::Refusal => direct && evidence.tcp.failed() && refusal::place(evidence).is_some(),
            Self::Presence => direct && !presence::places(evidence).is_empty(),
            Self::Certificate => certificate::is_refused(evidence) && !certificate::witnesses(run, evidence).is_empty(),
            Self::Portal => direct && portal::applies(run, evidence),
            Self::Scheme => direct && scheme::applies(run, evidence),
            Self::BaseUrl => base_url::applies(evidence),
            Self::Headers => headers::applies(evidence),
            Self::Settings => settings::applies(run, evidence),
            Self::Pace => pace::applies(evidence),
            Self::Outage => outage::applies(run, evidence),
            Self::Stall => stall::applies(evidence),
            Self::HttpVersion => evidence.tls.facts.alpn.as_deref() == Some("h2"),
        }
    }
}

/// A server name is sent for names only.
fn named(run: &Run) -> bool {
    run.settings.endpoint.as_ref().is_ok_and(|endpoint| endpoint.address().is_none())
}

/// Runs the next round of experiments for the faults still possible and for those that are `named`; `false` when there
/// is none to run.
pub async fn round(run: &Run, rivals: &[&str], named: &[&str], evidence: &mut Evidence, until: Instant) -> bool {
    let asked = |kind: &Kind| {
        kind.splits().iter().any(|code| rivals.contains(code)) || kind.details().iter().any(|code| named.contains(code))
    };
    let wanted: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(asked)
        .filter(|kind| !evidence.experiments.iter().any(|done| kind.is_done(&done.facts)))
        .filter(|kind| kind.applies(run, evidence))
        .collect();
    if wanted.is_empty() || Instant::now() >= until {
        return false;
    }
    let trust = Trust::load(run);
    // A filter that resets by name may go on resetting the address for minutes, so the name is tried alone; the sizes
    // are told apart by silence, which nothing else disturbs.
    let reset = evidence.tls.kind().is_some_and(|kind| kind != FailureKind::Timeout);
    let direct = run.settings.route.proxy.is_none();
    let now: Vec<Kind> = match wanted.as_slice() {
        // Proxies that are not in use lead around what resets here.
        all if reset && all.contains(&Kind::ServerName) => {
            all.iter().copied().filter(|kind| *kind == Kind::ServerName || direct && *kind == Kind::Proxy).collect()
        }
        all => all.iter().copied().filter(|kind| *kind != Kind::Loss || all.len() == 1).collect(),
    };
    let seen: &Evidence = evidence;
    let work = now.into_iter().map(|kind| conduct(kind, run, &trust, seen));
    let done = join_all(work).await;
    evidence.experiments.extend(done);
    true
}

/// The experiments that can begin while a silent proxy is still waited for.
pub async fn beside(run: Run, evidence: Evidence) -> Vec<Experiment> {
    if !Kind::Proxy.applies(&run, &evidence) {
        return Vec::new();
    }
    let trust = Trust::load(&run);
    vec![Box::pin(conduct(Kind::Proxy, &run, &trust, &evidence)).await]
}

async fn conduct(kind: Kind, run: &Run, trust: &Trust, evidence: &Evidence) -> Experiment {
    let started = Instant::now();
    let facts = match kind {
        Kind::ControlHosts => ExperimentFacts::ControlHosts(control_hosts::run(run, evidence).await),
        Kind::ServerName => {
            let by_silence = evidence.tls.kind() == Some(FailureKind::Timeout);
            ExperimentFacts::ServerName(Box::pin(server_name::run(run, trust, evidence, by_silence)).await)
        }
        Kind::HelloSize => ExperimentFacts::HelloSize(hello_size::run(run, trust, evidence).await),
        Kind::Proxy => ExperimentFacts::Proxy(proxy::run(run, trust, evidence).await),
        Kind::Loss => ExperimentFacts::Loss(loss::run(run, trust, evidence).await),
        Kind::Resolver => ExperimentFacts::Resolver(resolver::run(run, evidence).await),
        Kind::Refusal => ExperimentFacts::Refusal(refusal::run(run, evidence).await),
        Kind::Presence => ExperimentFacts::Presence(presence::run(run, evidence).await),
        Kind::Stall => ExperimentFacts::Stall(stall::run(run, trust, evidence).await),
        Kind::HttpVersion => ExperimentFacts::HttpVersion(http_version::run(run, trust, evidence).await),
        Kind::HelloHop => ExperimentFacts::HelloHop(hello_hop::run(run, trust, evidence).await),
        Kind::Certificate => ExperimentFacts::Certificate(certificate::run(run, trust, evidence).await),
        Kind::Portal => ExperimentFacts::Portal(portal::run(run, evidence).await),
        Kind::Scheme => ExperimentFacts::Scheme(scheme::run(run, trust, evidence).await),
        Kind::BaseUrl => ExperimentFacts::BaseUrl(Box::new(base_url::run(run, trust, evidence).await)),
        Kind::Headers => ExperimentFacts::Headers(headers::run(run, trust, evidence).await),
        Kind::Settings => ExperimentFacts::OtherSettings(settings::run(run, trust).await),
        Kind::Pace => ExperimentFacts::Pace(pace::run(run, trust, evidence).await),
        Kind::Outage => ExperimentFacts::Outage(outage::run(run, trust, evidence).await),
    };
    Experiment { facts, duration_ms: started.elapsed().into() }
}

/// Waits for all of them at once, on this task.
async fn join_all<T>(work: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut pending: Vec<_> = work.into_iter().map(|one| (Box::pin(one), None)).collect();
    std::future::poll_fn(|cx| {
        let mut waiting = false;
        for (future, done) in &mut pending {
            if done.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *done = Some(value),
                    std::task::Poll::Pending => waiting = true,
                }
            }
        }
        if waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(()) }
    })
    .await;
    pending.into_iter().filter_map(|(_, done)| done).collect()
}
