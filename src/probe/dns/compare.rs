//! Whether the answers so far agree: it decides how long it is worth waiting for more of them, and nothing else. Only
//! IPv4 addresses are compared, for a network without IPv6 may well deny the others.

use crate::evidence::dns::{AddressClass, DnsOutcome, DnsQuery, DnsTransport, RecordKind, ResolverRole};

use super::board::Entry;

/// Whether answers contradict each other, or name an address that injectors like to give.
pub(super) fn contradictory(entries: &[Entry]) -> bool {
    let told: Vec<&DnsQuery> = definitive(entries).collect();
    let odd_alone = |query: &&DnsQuery| query.answers.iter().any(|one| one.class == AddressClass::KnownForged);
    proven(entries)
        || told.iter().any(odd_alone)
        || told.iter().enumerate().any(|(index, one)| told[index + 1..].iter().any(|other| !agree(one, other)))
}

/// Whether one question got two different answers on one socket: then nothing that may still come adds to it.
pub(super) fn proven(entries: &[Entry]) -> bool {
    entries.iter().any(|entry| entry.query.late.iter().any(|late| late.differs))
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::{Duration, Instant};

    use super::{DnsOutcome, DnsTransport, Entry, RecordKind, ResolverRole, acquitted, contradictory};
    use crate::probe::dns::board::{Board, Plan, Timing};
    use crate::probe::dns::message::Reply;
    use crate::probe::run::tests::run;

    const REAL: Ipv4Addr = Ipv4Addr::new(104, 18, 6, 192);
    const OTHER: Ipv4Addr = Ipv4Addr::new(1, 2, 3, 4);

    /// Entries as answers of these roles and transports leave them; no address means NXDOMAIN.
    fn entries(answers: &[(ResolverRole, DnsTransport, Option<Ipv4Addr>)]) -> Vec<Entry> {
        let board = Board::new(&run(), "api.example.com", Timing::REAL);
        for (role, transport, address) in answers {
            let resolver = "127.0.0.1:53".parse().expect("an address");
            let until = Instant::now() + Duration::from_secs(1);
            let plan = Plan::udp(resolver, *role, "api.example.com", RecordKind::A, until);
            let number = board.open(&Plan { transport: *transport, ..plan });
            let reply = Reply {
                rcode: String::new(),
                outcome: if address.is_some() { DnsOutcome::Answer } else { DnsOutcome::Nxdomain },
                addresses: address.iter().map(|one| (*one).into()).collect(),
                answer_count: address.iter().count(),
                cnames: vec![],
                ttl_s: None,
                extended_error: None,
                truncated: false,
                rejects_edns: false,
            };
            board.answer(number, reply, Instant::now(), false);
        }
        board.watch().borrow().clone()
    }

    #[test]
    fn an_encrypted_witness_acquits() {
        let own = (ResolverRole::Configured, DnsTransport::Udp, Some(REAL));
        let doh = |address| (ResolverRole::Comparison, DnsTransport::Doh, address);
        let udp = |address| (ResolverRole::Comparison, DnsTransport::Udp, address);
        for (answers, expected) in [
            (vec![own, doh(Some(REAL))], (false, true)),
            (vec![own, udp(Some(REAL))], (false, false)),
            (vec![own, doh(Some(OTHER))], (true, false)),
            (vec![own, doh(None)], (true, false)),
            (vec![(own.0, own.1, None), doh(None)], (false, true)),
            (vec![(own.0, own.1, Some(Ipv4Addr::new(31, 13, 94, 7)))], (true, false)),
        ] {
            let entries = entries(&answers);
            assert_eq!((contradictory(&entries), acquitted(&entries)), expected, "{answers:?}");
        }
    }
}
