//! The dns probe: what this machine's programs would get for a name, as fast as they would get it, and beside it what
//! every nameserver and comparison resolver says over every transport, which never delays the chain.
//!
//! The transports are our own, over hickory's codec: a resolver library hides closed ports, second answers and the
//! difference between silence and refusal, which is what tells one fault from another. Nothing here judges.

mod board;
mod class;
mod compare;
mod files;
mod known;
mod message;
mod order;
mod reverse;
mod stream;
mod stub;
mod system;
mod through;
mod udp;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::yield_now;

use crate::evidence::dns::{DnsFacts, DnsQuery, DnsSource, DnsTransport, RecordKind, ResolverRole, StubConfig};
use crate::evidence::{Failure, FailureKind, Ms, Observation, Operation};
use crate::probe::Run;

use board::{Board, Entry, Plan, Timing};
use stub::Answer;

pub use class::{classified, classify, classify_for};
pub use known::{Encrypted, encrypted, is_local_name, resolver_name};
pub use message::{Reply, decode};
pub use reverse::name_of;
pub use through::ask_through;

/// In TEST-NET-1 (RFC 5737): no resolver is there, so whatever answers is something on the way.
const NON_RESOLVER: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53)), 53);
/// The head start of the chain's own queries over what is asked beside them.
const HEAD_START: Duration = Duration::from_millis(3);
/// How long that address is given.
const NON_RESOLVER_LIMIT: Duration = Duration::from_secs(1);

/// How much is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ask {
    /// What the chain needs, and for comparison A over every transport, AAAA over UDP.
    #[default]
    Chain,
    /// A and AAAA over every transport.
    Everything,
    /// The same, for whoever wants to see what each of them says: one that is late is waited for, although the others
    /// have settled the matter.
    ToTheEnd,
}

/// A name with its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The name, without a trailing dot.
    pub host: String,
    /// Its addresses in the order in which they should be tried; never empty.
    pub addresses: Vec<IpAddr>,
}

/// The files of the machine and the time that things may take. Tests bring their own.
#[derive(Clone, Debug)]
struct Surroundings {
    hosts: PathBuf,
    resolv_conf: PathBuf,
    nsswitch: PathBuf,
    ask_system: bool,
    timing: Timing,
}

impl Surroundings {
    fn real() -> Self {
        Self {
            hosts: files::hosts_path(),
            resolv_conf: "/etc/resolv.conf".into(),
            nsswitch: "/etc/nsswitch.conf".into(),
            ask_system: true,
            timing: Timing::REAL,
        }
    }

    fn stub_config(&self, run: &Run) -> StubConfig {
        let given = &run.settings.resolvers;
        if let Some(first) = given.first() {
            // The search list belongs to the nameservers that it came with.
            return StubConfig {
                origin: first.origin.to_string(),
                nameservers: given.iter().map(|resolver| resolver.value).collect(),
                ..files::defaults()
            };
        }
        // Systems without `resolv.conf` keep the list elsewhere.
        if cfg!(unix) { files::resolv_conf(&self.resolv_conf) } else { system::nameservers() }
    }
}

/// Everything under way for one name. Dropping it ends what is under way.
#[derive(Debug)]
pub struct Lookup {
    board: Arc<Board>,
    surroundings: Surroundings,
    facts: DnsFacts,
    started: Instant,
    stub: Option<oneshot::Receiver<Answer>>,
    answer: Option<Answer>,
    ask: Ask,
    non_resolver_asked: bool,
}

impl Lookup {
    /// Starts a lookup for the chain.
    #[must_use]
    pub fn start(run: &Run, host: &str) -> Self {
        Self::start_asking(run, host, Ask::Chain)
    }

    /// Starts a lookup that asks as much as told.
    #[must_use]
    pub fn start_asking(run: &Run, host: &str, ask: Ask) -> Self {
        Self::start_in(run, host, ask, Surroundings::real())
    }

    fn start_in(run: &Run, host: &str, ask: Ask, surroundings: Surroundings) -> Self {
        let started = Instant::now();
        let name = host.trim_end_matches('.').to_owned();
        let family = run.settings.family;
        let hosts = files::hosts_lines(&surroundings.hosts, &name);
        let stub_config = surroundings.stub_config(run);
        let is_localhost = class::is_under(&name, "localhost");
        let ready: Vec<IpAddr> = if !hosts.is_empty() {
            hosts.iter().map(|line| line.address).collect()
        } else if is_localhost {
            vec![Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()]
        } else {
            vec![]
        };
        let ready: Vec<IpAddr> = ready.into_iter().filter(|address| family.allows(address)).collect();
        let board = Board::new(run, &name, surroundings.timing);
        let local = is_local_name(&name);
        let facts = DnsFacts {
            source: match (ready.is_empty(), hosts.is_empty()) {
                (true, _) => DnsSource::None,
                (false, false) => DnsSource::HostsFile,
                (false, true) => DnsSource::Localhost,
            },
            candidates: if is_localhost { vec![] } else { files::candidates(host, &stub_config) },
            name,
            hosts,
            stub: stub_config,
            compared: !local && !run.settings.comparison_resolvers.is_empty(),
            ..DnsFacts::default()
        };
        let mut lookup =
            Self { board, surroundings, facts, started, stub: None, answer: None, ask, non_resolver_asked: false };
        // RFC 6761 and 7686: these names are not for resolvers.
        let for_resolvers = !is_localhost && !class::is_under(&lookup.facts.name, "onion");
        if !ready.is_empty() {
            lookup.answer = Some(Answer { result: Ok(ready), at: Instant::now() });
        } else if is_localhost {
            lookup.answer = Some(nobody(FailureKind::DnsNoData, "the name has no address of the family asked for"));
        } else if !for_resolvers {
            lookup.answer = Some(nobody(FailureKind::DnsNxdomain, "no resolver may be asked for this name"));
        }
        if for_resolvers {
            lookup.ask_stub();
            lookup.ask_beside(ask);
        }
        lookup
    }

    fn ask_stub(&mut self) {
        let Some(first) = self.facts.candidates.first() else { return };
        let servers = self.facts.stub.nameservers.clone();
        let until = self.board.run.step(self.surroundings.timing.give_up);
        let under_way = stub::start(&self.board, &servers, first, until);
        if self.answer.is_some() {
            return;
        }
        let (sender, receiver) = oneshot::channel();
        let (board, candidates) = (Arc::clone(&self.board), self.facts.candidates.clone());
        self.board.spawn(async move {
            // The lookup may have been dropped meanwhile.
            let _ = sender.send(stub::resolve(&board, &servers, &candidates, under_way, until).await);
        });
        self.stub = Some(receiver);
    }

    /// Everything that is asked for comparison only.
    fn ask_beside(&self, ask: Ask) {
        let (role, configured) = (ResolverRole::Configured, &self.facts.stub.nameservers);
        let mut plans: Vec<Plan> = Vec::new();
        if self.facts.compared {
            for resolver in &self.board.run.settings.comparison_resolvers {
                plans.extend(self.plans(*resolver, ResolverRole::Comparison, ask, true));
            }
        }
        for server in configured {
            plans.extend(self.plans(*server, role, ask, false));
        }
        let board = Arc::clone(&self.board);
        self.board.spawn(async move {
            // A resolver nearby answers within this: starting a dozen connections meanwhile would be measured as its time.
            let answered = |entries: &Vec<Entry>| entries.iter().any(|entry| entry.ended.is_some());
            let _ = tokio::time::timeout(HEAD_START, board.watch().wait_for(answered)).await;
            for plan in plans {
                yield_now().await;
                begin(&board, plan);
            }
        });
    }

    fn plans(&self, address: SocketAddr, role: ResolverRole, ask: Ask, udp: bool) -> Vec<Plan> {
        let until = self.board.run.step(self.surroundings.timing.side);
        let records = stub::records(self.board.run.settings.family);
        let encrypted = known::encrypted(address.ip()).filter(|_| address.port() == 53);
        let mut plans = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let plan = Plan::udp(address, role, &self.facts.name, *record, until);
            let streams = ask != Ask::Chain || index == 0;
            if streams {
                plans.push(plan.over_tcp());
                let offered = [(DnsTransport::Dot, 853), (DnsTransport::Doh, 443)];
                for (transport, port) in offered {
                    match (encrypted, transport) {
                        (Some(known), DnsTransport::Doh) if known.doh => {
                            let label = format!("https://{}/dns-query", known.name);
                            plans.push(Plan {
                                address: SocketAddr::new(address.ip(), port),
                                label,
                                transport,
                                ..plan.clone()
                            });
                        }
                        (Some(known), DnsTransport::Dot) if known.dot => {
                            let address = SocketAddr::new(address.ip(), port);
                            plans.push(Plan { address, label: address.to_string(), transport, ..plan.clone() });
                        }
                        _ => {}
                    }
                }
            }
            if udp {
                plans.insert(index, plan);
            }
        }
        plans
    }

    /// The addresses, as soon as the stub has them.
    ///
    /// # Errors
    ///
    /// Says why there is none.
    pub async fn resolved(&mut self) -> Result<Resolved, Failure> {
        let answer = match self.answer.take() {
            Some(answer) => answer,
            None => self.wait_for_stub().await,
        };
        self.answer = Some(answer.clone());
        let addresses = order::order(&answer.result?);
        self.facts.addresses = class::classified(&self.facts.name, &addresses);
        Ok(Resolved { host: self.facts.name.clone(), addresses })
    }

    async fn wait_for_stub(&mut self) -> Answer {
        let by_flag = !self.board.run.settings.resolvers.is_empty();
        if !cfg!(unix) && !by_flag && self.surroundings.ask_system {
            // There the system's function is the stub; the nameservers are asked for the facts.
            if let Some(answer) = self.ask_system().await {
                return answer;
            }
        }
        let mut answer = match self.stub.as_mut() {
            Some(stub) => stub
                .await
                .unwrap_or_else(|_| nobody(FailureKind::Unclassified, "the resolver task ended before its time")),
            None => nobody(FailureKind::DnsNoResolver, "there is no name to ask for"),
        };
        self.stub = None;
        if let Err(failure) = &mut answer.result {
            let unconfigured = self.facts.stub.defect.is_some();
            if unconfigured && failure.kind == FailureKind::DnsTimeout {
                failure.kind = FailureKind::DnsNoResolver;
            }
            let may_help = matches!(failure.kind, FailureKind::DnsNxdomain | FailureKind::DnsNoData) || unconfigured;
            if may_help
                && !by_flag
                && self.surroundings.ask_system
                && files::system_may_know_more(&self.surroundings.nsswitch, &self.facts.name)
                && let Some(found) = self.ask_system().await
            {
                return found;
            }
            return answer;
        }
        self.facts.source = if by_flag { DnsSource::ResolverFlag } else { DnsSource::Nameserver };
        answer
    }

    async fn ask_system(&mut self) -> Option<Answer> {
        let run = &self.board.run;
        let limit = run.step(self.surroundings.timing.system).saturating_duration_since(Instant::now());
        let said = system::lookup(&self.facts.name, limit).await;
        let family = run.settings.family;
        let addresses: Vec<IpAddr> = said.addresses.iter().copied().filter(|one| family.allows(one)).collect();
        self.facts.system = Some(said);
        if addresses.is_empty() {
            return None;
        }
        self.facts.source = DnsSource::System;
        Some(Answer { result: Ok(addresses), at: Instant::now() })
    }

    /// Waits for what was asked beside the chain: for configured nameservers until the first instant, for everything
    /// until the second.
    ///
    /// Returns as soon as there is nothing to wait for. Who waits for everything also waits for second answers: half a
    /// second after the first, two when the answers contradict each other, until one has come; and then an address that
    /// is no resolver is asked too. An encrypted answer that agrees with the chain's own acquits the resolver, and ends the wait.
    pub async fn settle(&mut self, configured_until: Instant, all_until: Instant) {
        let mut watch = self.board.watch();
        loop {
            let now = Instant::now();
            let (wake, odd) = {
                let entries = watch.borrow_and_update();
                let odd = compare::contradictory(&entries);
                let acquitted = !odd && compare::acquitted(&entries);
                let proven = compare::proven(&entries);
                let timing = &self.surroundings.timing;
                let listen = if odd { timing.listen } else { timing.listen_unsuspicious };
                let due = |entry: &Entry| match (entry.ended, entry.query.role) {
                    (None, ResolverRole::Configured) => Some(configured_until),
                    (None, _) if self.ask == Ask::ToTheEnd => Some(all_until),
                    _ if acquitted => None,
                    (None, _) => Some(all_until),
                    (Some(ended), _) if entry.listening && !proven && entry.query.answer_count > 0 => {
                        Some((ended + listen).min(all_until))
                    }
                    (Some(_), _) => None,
                };
                (entries.iter().filter_map(due).filter(|due| *due > now).min(), odd)
            };
            // Whoever wants nobody unrelated to be asked means this address too.
            let allowed = !self.board.run.settings.control_hosts.value.is_empty();
            if odd && allowed && self.facts.compared && !self.non_resolver_asked && all_until > now {
                self.non_resolver_asked = true;
                udp::start(&self.board, non_resolver_plan(&self.board.run, &self.facts.name));
                continue;
            }
            let Some(wake) = wake else { return };
            // Both an expired timer and a change lead to the same question again.
            let _ = tokio::time::timeout_at(wake.into(), watch.changed()).await;
        }
    }

    /// What was seen so far; what is under way goes on.
    #[must_use]
    pub fn peek(&self) -> Observation<DnsFacts> {
        let mut facts = self.facts.clone();
        facts.queries = self.board.queries();
        facts.queries.sort_by_key(|query| match query.role {
            ResolverRole::Configured if query.transport == DnsTransport::Udp => 0,
            ResolverRole::Configured => 1,
            ResolverRole::Comparison => 2,
            ResolverRole::NonResolver => 3,
        });
        let run = &self.board.run;
        let answer = self.answer.clone().unwrap_or_else(|| {
            let at = Instant::now();
            let failure = Failure::timeout(Operation::Resolve, Ms::from(at.saturating_duration_since(self.started)));
            Answer { result: Err(failure), at }
        });
        // The stage is the exchange itself: reading two files before it is not the network's time.
        let sent = self.board.watch().borrow().first().map(|entry| entry.started);
        let asked = matches!(facts.source, DnsSource::HostsFile | DnsSource::Localhost);
        let started = sent.filter(|_| !asked).unwrap_or(self.started);
        Observation::ended(run.at(started), run.at(answer.at), facts, answer.result.err())
    }

    /// Ends what is still under way and returns what was seen.
    #[must_use]
    pub fn observe(self) -> Observation<DnsFacts> {
        self.board.stop();
        self.peek()
    }
}

impl Drop for Lookup {
    fn drop(&mut self) {
        self.board.stop();
    }
}

/// Asks an address that is no resolver, and waits so long at most; whatever answers is an interceptor.
pub async fn ask_non_resolver(run: &Run, host: &str, limit: Duration) -> DnsQuery {
    let board = Board::new(run, host, Timing::REAL);
    let until = run.step(limit.min(NON_RESOLVER_LIMIT));
    let number = udp::start(&board, Plan { until, ..non_resolver_plan(run, host) });
    let mut watch = board.watch();
    // The board outlives the wait, so the channel cannot close.
    let _ = watch.wait_for(|entries| entries[number].ended.is_some()).await;
    board.stop();
    board.queries().swap_remove(number)
}

fn non_resolver_plan(run: &Run, host: &str) -> Plan {
    Plan::udp(NON_RESOLVER, ResolverRole::NonResolver, host, RecordKind::A, run.step(NON_RESOLVER_LIMIT))
}

fn begin(board: &Arc<Board>, plan: Plan) -> usize {
    match (plan.transport, known::encrypted(plan.address.ip())) {
        (DnsTransport::Udp, _) => udp::start(board, plan),
        (DnsTransport::Dot | DnsTransport::Doh, Some(known)) => stream::start_encrypted(board, plan, known.name),
        _ => stream::start_tcp(board, plan),
    }
}

fn nobody(kind: FailureKind, words: &str) -> Answer {
    Answer { result: Err(Failure::new(kind, Operation::Resolve, words)), at: Instant::now() }
}

#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;
