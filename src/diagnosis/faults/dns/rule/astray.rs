//! The rules that find addresses which come from a file or a local proxy and lead nowhere.

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::config::HostKind;
use crate::evidence::dns::{AddressClass, ClassifiedAddress, DnsQuery, DnsSource, ResolverRole};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::{said, stage, where_it_led};

pub(in super::super) fn fake_ip_unreachable(evidence: &Evidence) -> Option<Finding> {
    let made_up = evidence.dns.facts.addresses.iter().find(|address| address.class == AddressClass::FakeIp)?.address;
    let attempt = evidence.tcp.facts.attempts.iter().find(|attempt| attempt.address == made_up)?;
    if !evidence.tcp.failed() {
        return None;
    }
    let after = reading::ms(attempt.duration_ms);
    let detail = attempt.failure.as_ref().map_or_else(|| "no answer".to_owned(), |failure| failure.detail.clone());
    Some(
        Finding::faulty(Stage::Tcp, Confidence::Confirmed)
            .because(say!(
                en: "the name resolved to {made_up}, from the range that local proxies take made-up addresses from",
                zh: "域名解析为 {made_up}，属于本地代理编造地址用的网段",
            ))
            .because(say!(
                en: "and connecting to it failed after {after}: {detail}",
                zh: "而连接它在 {after} 后失败：{detail}",
            ))
            .not(
                "dns-poisoned",
                say!(
                    en: "forged answers point at public addresses, not at 198.18.0.0/15",
                    zh: "污染给出的是公网地址，不是 198.18.0.0/15",
                ),
            ),
    )
}

/// Whether the pinned address by itself looks like the wrong one, though no resolver gives another.
fn is_dead_end(evidence: &Evidence) -> bool {
    if evidence.tls.failed() {
        // Whoever breaks a handshake off, or has it broken off, may well be the endpoint; who has another name is not.
        return evidence.tls.kind() == Some(FailureKind::TlsWrongName);
    }
    // Where nothing outside is reached, an address out there is not to blame for being silent.
    let cut_off = matches!(reading::egress(evidence), Egress::Disproved { .. });
    let outside = evidence.dns.facts.addresses.iter().all(|one| one.class == AddressClass::Public);
    // What a packet filter turns away says nothing of what stands behind it.
    let filtered = evidence.tcp.facts.attempts.iter().any(|attempt| attempt.rejected_by.is_some());
    !(cut_off && outside || filtered)
}

pub(in super::super) fn hosts_file_override(evidence: &Evidence) -> Option<Finding> {
    let dns = &evidence.dns.facts;
    let base_url = &evidence.config.facts.base_url;
    if dns.source != DnsSource::HostsFile || base_url.host_kind != HostKind::Public {
        return None;
    }
    let stopped = evidence.tcp.failed() || (evidence.tls.failed() && !reading::is_right_address(evidence));
    let line = dns.hosts.first().filter(|_| stopped)?;
    let is_place = |answer: &ClassifiedAddress| {
        matches!(answer.class, AddressClass::Public | AddressClass::Private | AddressClass::Bogon)
    };
    let undisputed = |query: &&DnsQuery| !query.late.iter().any(|late| late.differs);
    let mut answered: Vec<&DnsQuery> = reading::asked(evidence)
        .filter(|query| query.role != ResolverRole::NonResolver && query.answers.iter().any(is_place))
        .filter(undisputed)
        .collect();
    let agrees = answered
        .iter()
        .flat_map(|query| &query.answers)
        .any(|answer| dns.hosts.iter().any(|line| line.address == answer.address));
    if agrees || answered.is_empty() && !is_dead_end(evidence) {
        return None;
    }
    answered.sort_by_key(|query| !reading::is_sound(query));
    let sound = answered.first().is_some_and(|query| reading::is_sound(query));
    let confidence = if sound { Confidence::Confirmed } else { Confidence::Likely };
    let (path, number, address) = (&line.path, line.line, line.address);
    let name = reading::host(evidence);
    Some(
        Finding::faulty(stage(evidence), confidence)
            .because(say!(
                en: "{path}, line {number}, says that {name} is {address}",
                zh: "{path} 第 {number} 行把 {name} 指定为 {address}",
            ))
            .because_if(answered.first().map(|query| said(query)))
            .because_if(where_it_led(evidence))
            .not(
                "dns-poisoned",
                say!(
                    en: "the address comes from a file on this machine, no query was involved",
                    zh: "地址来自本机文件，没有经过 DNS 查询",
                ),
            ),
    )
}
