//! What every query under way writes to and everyone else reads from: one entry a query, and the tasks behind them.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::evidence::dns::{DnsOutcome, DnsQuery, DnsTransport, LateAnswer, RecordKind, ResolverRole};
use crate::evidence::{Failure, Ms};
use crate::probe::Run;

use super::class;
use super::message::Reply;
use super::stream::Private;

/// Second answers kept of one query.
const MAX_LATE: usize = 8;

/// How long each part of a lookup may take. Tests shorten it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Timing {
    /// Silence after which a UDP query is sent again.
    pub resend: Duration,
    /// Silence after which the stub is given up.
    pub give_up: Duration,
    /// How long an earlier nameserver's silence keeps a later one's answer from counting.
    pub patience: Duration,
    /// How long one family waits for the other (RFC 8305, section 3).
    pub resolution_delay: Duration,
    /// How long a UDP socket stays open for a second answer.
    pub listen: Duration,
    /// How much of that a caller waits for when nothing is odd so far: 99 % of forgeries seen from inside China come
    /// less than 364 ms before the truth (`GFWatch`).
    pub listen_unsuspicious: Duration,
    /// Silence after which a query for comparison is given up.
    pub side: Duration,
    /// How long the system's resolver function may take.
    pub system: Duration,
}

impl Timing {
    pub(super) const REAL: Self = Self {
        resend: Duration::from_secs(1),
        give_up: Duration::from_secs(3),
        patience: Duration::from_secs(1),
        resolution_delay: Duration::from_millis(50),
        listen: Duration::from_secs(2),
        listen_unsuspicious: Duration::from_millis(500),
        side: Duration::from_secs(3),
        system: Duration::from_secs(2),
    };
}

/// One query to be made.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Where to.
    pub address: SocketAddr,
    /// What the report calls it.
    pub label: String,
    /// Why.
    pub role: ResolverRole,
    /// How.
    pub transport: DnsTransport,
    /// The full name.
    pub name: String,
    /// The record.
    pub record: RecordKind,
    /// When to give up.
    pub until: Instant,
}

impl Plan {
    /// A query over UDP.
    pub(super) fn udp(address: SocketAddr, role: ResolverRole, name: &str, record: RecordKind, until: Instant) -> Self {
        let transport = DnsTransport::Udp;
        Self { address, label: address.to_string(), role, transport, name: name.to_owned(), record, until }
    }

    /// The same query over TCP.
    pub(super) fn over_tcp(&self) -> Self {
        Self { transport: DnsTransport::Tcp, ..self.clone() }
    }
}

/// A query as it stands.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// What is known of it.
    pub query: DnsQuery,
    /// When it was first sent.
    pub started: Instant,
    /// When it was answered or failed.
    pub ended: Option<Instant>,
    /// Whether its socket is still open for a second answer.
    pub listening: bool,
    /// The query over TCP that took its place, because its own answer was cut off.
    pub replaced_by: Option<usize>,
}

/// All queries of one lookup.
#[derive(Debug)]
pub(super) struct Board {
    /// The run.
    pub run: Run,
    /// How long things may take.
    pub timing: Timing,
    host: String,
    entries: watch::Sender<Vec<Entry>>,
    private: OnceLock<Option<Private>>,
    tasks: Mutex<Option<JoinSet<()>>>,
}

impl Board {
    pub(super) fn new(run: &Run, host: &str, timing: Timing) -> Arc<Self> {
        let (entries, _) = watch::channel(Vec::new());
        let tasks = Mutex::new(Some(JoinSet::new()));
        let private = OnceLock::new();
        Arc::new(Self { run: run.clone(), timing, host: host.to_owned(), entries, private, tasks })
    }

    /// How resolvers are trusted that only `--ca-file` vouches for, where one is given.
    pub(super) fn private(&self) -> Option<&Private> {
        self.private.get_or_init(|| Private::read(self.run.settings.ca_file.as_ref()?.value.as_path())).as_ref()
    }

    /// It was `--ca-file` alone that vouched for the resolver.
    pub(super) fn vouched_privately(&self, number: usize) {
        self.change(number, |entry| entry.query.by_ca_file = true);
    }

    /// Runs a task until it ends or the lookup does.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(tasks) = self.tasks.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            tasks.spawn(task);
        }
    }

    /// Ends every task.
    pub(super) fn stop(&self) {
        drop(self.tasks.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The entries as they change.
    pub(super) fn watch(&self) -> watch::Receiver<Vec<Entry>> {
        self.entries.subscribe()
    }

    /// What is known of every query now.
    pub(super) fn queries(&self) -> Vec<DnsQuery> {
        self.entries.borrow().iter().map(|entry| entry.query.clone()).collect()
    }

    /// Puts up a query that starts now; its number is what everything else is told.
    pub(super) fn open(&self, plan: &Plan) -> usize {
        let started = Instant::now();
        let query = DnsQuery {
            resolver: plan.label.clone(),
            address: plan.address,
            role: plan.role,
            transport: plan.transport,
            name: plan.name.clone(),
            record: plan.record,
            started_ms: self.run.at(started),
            sent: 0,
            duration_ms: None,
            outcome: DnsOutcome::Pending,
            rcode: None,
            answers: vec![],
            answer_count: 0,
            cnames: vec![],
            ttl_s: None,
            extended_error: None,
            truncated: false,
            late: vec![],
            by_ca_file: false,
            failure: None,
        };
        let mut number = 0;
        self.entries.send_modify(|entries| {
            number = entries.len();
            entries.push(Entry { query, started, ended: None, listening: false, replaced_by: None });
        });
        number
    }

    fn change(&self, number: usize, change: impl FnOnce(&mut Entry)) {
        self.entries.send_modify(|entries| {
            if let Some(entry) = entries.get_mut(number) {
                change(entry);
            }
        });
    }

    /// The query went out, at that instant; the first time counts as its start.
    pub(super) fn sent(&self, number: usize, at: Instant) {
        self.change(number, |entry| {
            entry.query.sent += 1;
            if entry.query.sent == 1 {
                entry.started = at;
                entry.query.started_ms = self.run.at(at);
            }
        });
    }

    /// The first answer.
    pub(super) fn answer(&self, number: usize, reply: Reply, at: Instant, listening: bool) {
        self.change(number, |entry| {
            let query = &mut entry.query;
            query.duration_ms = Some(Ms::from(at.saturating_duration_since(entry.started)));
            query.outcome = reply.outcome;
            query.rcode = Some(reply.rcode);
            query.answers = class::classified(&self.host, &reply.addresses);
            query.answer_count = reply.answer_count;
            query.cnames = reply.cnames;
            query.ttl_s = reply.ttl_s;
            query.extended_error = reply.extended_error;
            query.truncated = reply.truncated;
            entry.ended = Some(at);
            entry.listening = listening;
        });
    }

    /// A further answer on the same socket.
    pub(super) fn late(&self, number: usize, reply: &Reply, at: Instant) {
        self.change(number, |entry| {
            let query = &mut entry.query;
            if query.late.len() == MAX_LATE {
                return;
            }
            let answers = class::classified(&self.host, &reply.addresses);
            let same = query.rcode.as_deref() == Some(reply.rcode.as_str())
                && answers.len() == query.answers.len()
                && answers.iter().all(|answer| query.answers.contains(answer));
            // A query sent twice is rightly answered twice, and a balancer may answer differently each time.
            let owed = query.late.len() + 1 < query.sent;
            let after_ms = Ms::from(at.saturating_duration_since(entry.started));
            query.late.push(LateAnswer { after_ms, rcode: reply.rcode.clone(), answers, differs: !same && !owed });
        });
    }

    /// No usable answer came; `at` is `None` when nothing came at all.
    pub(super) fn fail(&self, number: usize, trouble: Trouble, at: Option<Instant>) {
        self.change(number, |entry| {
            entry.query.outcome = trouble.outcome;
            entry.query.failure = Some(trouble.failure);
            entry.query.duration_ms = at.map(|at| Ms::from(at.saturating_duration_since(entry.started)));
            entry.ended = Some(at.unwrap_or_else(Instant::now));
            entry.listening = false;
        });
    }

    /// The socket is closed, or the answer came over another one.
    pub(super) fn close(&self, number: usize) {
        self.change(number, |entry| entry.listening = false);
    }

    /// The answer was cut off; the whole one is awaited from another query.
    pub(super) fn replace(&self, number: usize, by: usize) {
        self.change(number, |entry| entry.replaced_by = Some(by));
    }
}

/// Why a query got no usable answer.
#[derive(Clone, Debug)]
pub(super) struct Trouble {
    /// What came of the query.
    pub outcome: DnsOutcome,
    /// The failure.
    pub failure: Failure,
}
