//! The rules that find faults of name resolution, a room for each kind of trouble, and the words that they share.

mod astray;
mod falsehood;
mod missing;
mod portal;
mod slow;
mod split;
#[cfg(test)]
mod tests;
mod unanswered;

use crate::diagnosis::reading;
use crate::evidence::dns::{DnsOutcome, DnsQuery, RecordKind, ResolverRole};
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;
use crate::say;

pub(super) use astray::{fake_ip_unreachable, hosts_file_override};
pub(super) use falsehood::{hijacked, poisoned, sinkholed};
pub(super) use missing::name_not_found;
pub(super) use portal::captive_portal;
pub(super) use slow::slow;
pub(super) use split::vpn_split;
pub(super) use unanswered::{container_resolver_broken, no_answer};

/// Whether the resolver itself says that it filters (RFC 8914: Blocked, Censored, Filtered).
fn admits_filtering(query: &DnsQuery) -> bool {
    query.extended_error.as_ref().is_some_and(|error| (15..=17).contains(&error.code))
}

/// What a query brought, as a sentence.
fn said(query: &DnsQuery) -> Sentence {
    let resolver = reading::resolver_label(query);
    let record = if query.record == RecordKind::A { "A" } else { "AAAA" };
    let after = reading::ms(query.duration_ms);
    let code = query.rcode.as_deref().unwrap_or("?");
    let extended = query.extended_error.as_ref().map_or_else(String::new, |error| {
        format!(" (EDE {} {}{}{})", error.code, error.name, if error.text.is_empty() { "" } else { ": " }, error.text)
    });
    match query.outcome {
        DnsOutcome::Answer => {
            let addresses = reading::addresses(query.answers.iter().map(|answer| answer.address));
            say!(
                en: "{resolver} answered {record} with {addresses} after {after}{extended}",
                zh: "{resolver} 对 {record} 查询返回 {addresses}，用时 {after}{extended}",
            )
        }
        DnsOutcome::NoData => say!(
            en: "{resolver} says that the name has no {record} record, after {after}{extended}",
            zh: "{resolver} 说这个域名没有 {record} 记录，用时 {after}{extended}",
        ),
        DnsOutcome::Silent => {
            say!(en: "{resolver} did not answer the {record} query", zh: "{resolver} 没有回应 {record} 查询")
        }
        DnsOutcome::Pending => {
            say!(en: "{resolver} had not answered the {record} query yet", zh: "{resolver} 还没有回应 {record} 查询")
        }
        DnsOutcome::PortUnreachable => {
            say!(en: "nothing listens at {resolver}", zh: "{resolver} 上没有程序监听")
        }
        DnsOutcome::Unreachable => {
            say!(en: "no query could be sent to {resolver}", zh: "查询发不到 {resolver}")
        }
        DnsOutcome::Broken => {
            say!(en: "the connection to {resolver} broke", zh: "与 {resolver} 的连接中断了")
        }
        DnsOutcome::Malformed => {
            say!(en: "{resolver} sent something that is no DNS answer", zh: "{resolver} 发来的不是合法的 DNS 应答")
        }
        DnsOutcome::Nxdomain | DnsOutcome::Servfail | DnsOutcome::Refused | DnsOutcome::OtherRcode => say!(
            en: "{resolver} answered the {record} query with {code} after {after}{extended}",
            zh: "{resolver} 对 {record} 查询返回 {code}，用时 {after}{extended}",
        ),
    }
}

/// What every configured resolver brought, one sentence a resolver and record, at most four.
fn configured_words(evidence: &Evidence) -> Vec<Sentence> {
    let mut words: Vec<Sentence> = Vec::new();
    for query in reading::asked(evidence).filter(|query| query.role == ResolverRole::Configured) {
        let sentence = said(query);
        if words.len() < 4 && !words.contains(&sentence) {
            words.push(sentence);
        }
    }
    words
}

/// Where the chain stopped, for a finding about the address that led there.
fn stage(evidence: &Evidence) -> Stage {
    if evidence.dns.failed() { Stage::Dns } else { reading::broken(evidence).map_or(Stage::Dns, |(stage, _)| stage) }
}

/// What became of using the false address.
fn where_it_led(evidence: &Evidence) -> Option<Sentence> {
    let (stage, failure) = reading::broken(evidence)?;
    let address = evidence.dns.facts.addresses.first()?.address;
    let (name, detail) = (stage.name(), &failure.detail);
    (stage > Stage::Dns).then(|| {
        say!(
            en: "the chain used {address} and stopped at {name}: {detail}",
            zh: "程序用了 {address}，停在 {name} 阶段：{detail}",
        )
    })
}
