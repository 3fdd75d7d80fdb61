//! The rule that finds resolution which costs seconds.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::dns::{DnsOutcome, DnsQuery, DnsSource, DnsTransport, ResolverRole};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::said;

/// After so long what is lost is sent again, a datagram by us and a SYN by the kernel.
const RESENT: f64 = 1_000.0;

/// Whether nothing at all got to anybody at first, and everything at once when it was sent again: the link woke up,
/// or the neighbour had to be found. Who is slow to resolve takes connections at once.
fn was_asleep(evidence: &Evidence) -> bool {
    const PROMPT: f64 = 150.0;
    let configured = || evidence.dns.facts.queries.iter().filter(|query| query.role == ResolverRole::Configured);
    let over = |transport| configured().filter(move |query| query.transport == transport);
    let begun = configured().map(|query| query.started_ms.0).fold(f64::MAX, f64::min);
    // One that was asked a little later woke up with the others.
    let at = |query: &DnsQuery| query.duration_ms.map(|took| query.started_ms.0 + took.0 - begun);
    let late = |query: &DnsQuery| at(query).is_some_and(|at| (RESENT..RESENT + PROMPT).contains(&at));
    let sooner = |query: &DnsQuery| reading::is_answered(query) && at(query).is_some_and(|at| at < RESENT);
    !evidence.dns.facts.queries.iter().any(sooner)
        && over(DnsTransport::Udp).all(|query| query.sent > 1 && late(query))
        && over(DnsTransport::Tcp).next().is_some()
        && over(DnsTransport::Tcp).all(late)
}

pub(in super::super) fn slow(evidence: &Evidence) -> Option<Finding> {
    let dns = &evidence.dns;
    if !dns.passed() || matches!(dns.facts.source, DnsSource::HostsFile | DnsSource::Localhost | DnsSource::None) {
        return None;
    }
    let configured = || dns.facts.queries.iter().filter(|query| query.role == ResolverRole::Configured);
    // A query that the end of the run cut off is no evidence of silence: only its own deadline is, or that it was sent
    // a second time, after a second, and still stood open.
    let silent = |query: &&DnsQuery| match query.outcome {
        DnsOutcome::Silent => query.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::DnsTimeout),
        DnsOutcome::Pending => query.sent > 1,
        _ => false,
    };
    // Where every round trip takes its time, resolving takes it too.
    let round_trip = evidence.tcp.facts.attempts.iter().filter(|one| one.connected).filter_map(|one| one.duration_ms);
    let round_trip = round_trip.map(|took| took.0).fold(0.0, f64::max);
    let took = dns.duration_ms.filter(|took| took.0 > f64::max(1000.0, 3.0 * round_trip));
    let took = took.filter(|_| !was_asleep(evidence));
    let one_kind = configured().filter(silent).find(|query| {
        configured().any(|other| {
            other.address == query.address
                && other.name == query.name
                && other.transport == query.transport
                && other.record != query.record
                && matches!(other.outcome, DnsOutcome::Answer | DnsOutcome::NoData)
        })
    });
    // What it is asked over TCP, to compare, may stand open when the run goes on.
    let first = dns.facts.stub.nameservers.first().filter(|first| {
        let over_udp = |query: &&DnsQuery| query.address == **first && query.transport == DnsTransport::Udp;
        let mut to_it = configured().filter(over_udp).peekable();
        to_it.peek().is_some() && to_it.all(|query| silent(&query))
    });
    if took.is_none() && one_kind.is_none() && first.is_none() {
        return None;
    }
    let mut finding = Finding::degraded(Stage::Dns, Confidence::Confirmed);
    if let Some(took) = took {
        let slowest = configured().max_by(|a, b| {
            let took = |query: &DnsQuery| query.duration_ms.map_or(0.0, |duration| duration.0);
            took(a).total_cmp(&took(b))
        });
        finding = finding.because(say!(en: "resolving took {took}", zh: "解析用了 {took}"));
        finding = finding.because_if(slowest.filter(|query| query.duration_ms.is_some()).map(said));
    }
    if let Some(first) = first {
        finding = finding.because(say!(
            en: "the first name server of the list, {first}, is silent: every lookup waits for it before the next is asked",
            zh: "列表里的第一个 DNS 服务器 {first} 没有回应：每次解析都要等它超时才会问下一个",
        ));
    }
    if let Some(query) = one_kind.filter(|_| first.is_none()) {
        finding = finding.because(said(query)).because(say!(
            en: "while the other record kind was answered: programs that wait for both lose seconds",
            zh: "而另一种记录有应答：两种都要等的程序会多等好几秒",
        ));
    }
    Some(finding)
}
