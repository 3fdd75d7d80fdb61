//! Whether the answers so far agree: it decides how long it is worth waiting for more of them, and nothing else. Only
//! IPv4 addresses are compared, for a network without IPv6 may well deny the others.

use crate::evidence::dns::{AddressClass, DnsOutcome, DnsQuery, DnsTransport, RecordKind, ResolverRole};

use super::board::Entry;

/// Whether answers contradict each other, or name an address that no server has.
pub(super) fn contradictory(entries: &[Entry]) -> bool {
    let told: Vec<&DnsQuery> = definitive(entries).collect();
    let impossible =
        |class| matches!(class, AddressClass::KnownForged | AddressClass::Bogon | AddressClass::Unspecified);
    let odd_alone = |query: &&DnsQuery| {
        query.late.iter().any(|late| late.differs) || query.answers.iter().any(|one| impossible(one.class))
    };
    told.iter().any(odd_alone)
        || told.iter().enumerate().any(|(index, one)| told[index + 1..].iter().any(|other| !agree(one, other)))
}

/// Whether an encrypted answer, which nobody on the way can forge, agrees with a configured nameserver's.
pub(super) fn acquitted(entries: &[Entry]) -> bool {
    let encrypted = |query: &&DnsQuery| {
        query.role == ResolverRole::Comparison && matches!(query.transport, DnsTransport::Dot | DnsTransport::Doh)
    };
    let configured = |query: &&DnsQuery| query.role == ResolverRole::Configured;
    definitive(entries).filter(encrypted).any(|witness| {
        definitive(entries).filter(configured).any(|query| query.name == witness.name && agree(query, witness))
    })
}

fn definitive(entries: &[Entry]) -> impl Iterator<Item = &DnsQuery> {
    entries
        .iter()
        .map(|entry| &entry.query)
        .filter(|query| query.record == RecordKind::A)
        .filter(|query| matches!(query.outcome, DnsOutcome::Answer | DnsOutcome::Nxdomain))
}

/// Whether two answers can both be true; of different names they always can.
fn agree(one: &DnsQuery, other: &DnsQuery) -> bool {
    one.name != other.name
        || (one.answers.is_empty() && other.answers.is_empty())
        || one.answers.iter().any(|answer| other.answers.contains(answer))
}
