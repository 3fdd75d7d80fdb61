//! Measures every address of a name: TCP and TLS, round by round, so that a busy moment hits all of them alike.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::evidence::candidate::{Candidate, Candidates, Measurement};
use crate::evidence::dns::{AddressClass, ClassifiedAddress, DnsQuery, DnsTransport, ResolverRole};
use crate::evidence::tls::Verdict;
use crate::evidence::{DnsFacts, Failure};

use super::tls::{self, Offer, Trust};
use super::{Run, tcp};

/// Slower than this is no candidate for the fastest.
const LIMIT: Duration = Duration::from_secs(2);
/// Two handshakes at the same instant would measure each other.
const STAGGER: Duration = Duration::from_millis(15);
/// An address that failed so often in a row is left out of further rounds.
const PATIENCE: usize = 2;
/// A name with more addresses than this is a hostile answer.
const MOST_ADDRESSES: usize = 16;
/// Sources kept of one address.
const MOST_SOURCES: usize = 8;

/// The addresses that anybody gave: those in use first, then those that nobody on the way could forge.
#[must_use]
pub fn candidates(facts: &DnsFacts) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for address in &facts.addresses {
        note(&mut found, *address, true, None);
    }
    let mut queries: Vec<&DnsQuery> =
        facts.queries.iter().filter(|query| query.role != ResolverRole::NonResolver).collect();
    queries.sort_by_key(|query| match query.transport {
        DnsTransport::Doh | DnsTransport::Dot => 0,
        DnsTransport::Tcp => 1,
        DnsTransport::Udp => 2,
    });
    for query in queries {
        let source = format!("{} {}", query.address.ip(), transport(query.transport));
        let late = query.late.iter().flat_map(|late| &late.answers);
        for address in query.answers.iter().chain(late) {
            note(&mut found, *address, false, Some(&source));
        }
    }
    found
}

fn note(found: &mut Vec<Candidate>, seen: ClassifiedAddress, in_use: bool, source: Option<&str>) {
    let known = found.iter().position(|candidate| candidate.address == seen.address);
    let index = match known {
        Some(index) => index,
        None if found.len() < MOST_ADDRESSES => {
            found.push(Candidate {
                address: seen.address,
                class: seen.class,
                in_use,
                sources: vec![],
                measurements: vec![],
                certificate: None,
                failure: None,
            });
            found.len() - 1
        }
        None => return,
    };
    let sources = &mut found[index].sources;
    if let Some(source) = source
        && sources.len() < MOST_SOURCES
        && !sources.iter().any(|known| known == source)
    {
        sources.push(source.to_owned());
    }
}

const fn transport(transport: DnsTransport) -> &'static str {
    match transport {
        DnsTransport::Udp => "UDP",
        DnsTransport::Tcp => "TCP",
        DnsTransport::Dot => "DoT",
        DnsTransport::Doh => "DoH",
    }
}

/// Measures in rounds until all are done or the run's time is up; what is measured stands in `candidates` at once.
pub async fn measure(run: &Run, trust: &Trust, candidates: &mut Candidates, mut progress: impl FnMut(usize)) {
    for round in 0..candidates.rounds {
        if Instant::now() >= run.deadline() {
            candidates.cut_short = true;
            return;
        }
        progress(round + 1);
        let worth = |index: &usize| worth_measuring(&candidates.addresses[*index], candidates.tls);
        let mut order: Vec<usize> = (0..candidates.addresses.len()).filter(worth).collect();
        // Nobody is always first.
        let turn = round % order.len().max(1);
        order.rotate_left(turn);
        let mut tasks = JoinSet::new();
        for (place, index) in order.into_iter().enumerate() {
            let address = candidates.addresses[index].address;
            let peer = SocketAddr::new(address, candidates.port);
            let name = candidates.tls.then(|| candidates.host.clone());
            let (run, trust) = (run.clone(), trust.clone());
            tasks.spawn(async move {
                sleep(STAGGER * u32::try_from(place).unwrap_or_default()).await;
                (index, once(&run, &trust, peer, name.as_deref()).await)
            });
        }
        while let Some(done) = tasks.join_next().await {
            // A task that panicked has no measurement; the others do.
            let Ok((index, once)) = done else { continue };
            let candidate = &mut candidates.addresses[index];
            candidate.measurements.push(once.measurement);
            // One bad certificate is enough: the address is not always the right server's.
            if candidate.certificate.as_ref().is_none_or(|verdict| verdict.valid) && once.certificate.is_some() {
                candidate.certificate = once.certificate;
            }
            candidate.failure = once.failure.or(candidate.failure.take());
        }
    }
}

/// A forged address belongs to somebody else, who need not hear from us; and some failed for good.
fn worth_measuring(candidate: &Candidate, tls: bool) -> bool {
    let somebody_elses =
        matches!(candidate.class, AddressClass::KnownForged | AddressClass::Bogon | AddressClass::Unspecified);
    let attempts = candidate.measurements.len();
    let hopeless = attempts >= PATIENCE && candidate.failed(tls) == attempts;
    !somebody_elses && !hopeless
}

#[derive(Debug, Default)]
struct Once {
    measurement: Measurement,
    certificate: Option<Verdict>,
    failure: Option<Failure>,
}

async fn once(run: &Run, trust: &Trust, peer: SocketAddr, name: Option<&str>) -> Once {
    let (attempt, connected) = tcp::connect_one(run, peer, LIMIT).await;
    let mut once = Once::default();
    let connected = match connected {
        Ok(connected) => connected,
        Err(failure) => return Once { failure: Some(failure), ..once },
    };
    once.measurement.connect_ms = attempt.duration_ms;
    let Some(name) = name else { return once };
    let offer = Offer { limit: LIMIT, ..Offer::https(name) };
    let handle = connected.handle;
    let (seen, _) = tls::handshake(run, trust, &offer, connected.stream, handle.as_ref()).await;
    if seen.facts.completed {
        once.measurement.tls_ms = seen.duration_ms;
    }
    once.certificate = seen.facts.platform;
    once.failure = seen.failure;
    once
}

/// The address itself as the only candidate, where the host is one.
#[must_use]
pub fn literal(address: IpAddr) -> Candidate {
    Candidate {
        address,
        class: super::dns::classify(address),
        in_use: true,
        sources: vec![],
        measurements: vec![],
        certificate: None,
        failure: None,
    }
}
