//! Does somebody answer in the resolvers' place? A query to an address at which no resolver can be.

use crate::evidence::{Evidence, Ms};
use std::time::Duration;

use crate::evidence::dns::{DnsOutcome, DnsTransport, ResolverRole};
use crate::evidence::experiment::ResolverFacts;
use crate::probe::{Run, dns};

/// Beyond twice the slowest answer of a resolver.
const GRACE: Duration = Duration::from_millis(100);

/// Whether that is still open: nobody was asked so, and no encrypted answer came, which nobody on the way can give.
pub(super) fn is_open(run: &Run, evidence: &Evidence) -> bool {
    let facts = &evidence.dns.facts;
    let told = |outcome| matches!(outcome, DnsOutcome::Answer | DnsOutcome::NoData | DnsOutcome::Nxdomain);
    let settled = facts.queries.iter().any(|query| {
        query.role == ResolverRole::NonResolver
            || matches!(query.transport, DnsTransport::Dot | DnsTransport::Doh) && told(query.outcome)
    });
    facts.compared && !settled && !run.settings.control_hosts.value.is_empty()
}

pub(super) async fn run(run: &Run, evidence: &Evidence) -> ResolverFacts {
    let facts = &evidence.dns.facts;
    let udp = facts.queries.iter().filter(|query| query.transport == DnsTransport::Udp);
    let slowest = udp.filter_map(|query| query.duration_ms).map(Ms::duration).max();
    // Whoever answers in the resolvers' place has answered those queries.
    let limit = slowest.map_or(GRACE * 4, |slowest| slowest * 2 + GRACE);
    ResolverFacts { non_resolver: Some(dns::ask_non_resolver(run, &facts.name, limit).await) }
}
