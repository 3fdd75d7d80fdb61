//! The rule that finds a name that does not exist, and which one was meant.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::dns::{DnsOutcome, DnsQuery, ResolverRole};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::say;

use super::{admits_filtering, said};

pub(in super::super) fn name_not_found(evidence: &Evidence) -> Option<Finding> {
    if evidence.dns.kind() != Some(FailureKind::DnsNxdomain) || reading::is_known_host(evidence) {
        return None;
    }
    let answered: Vec<&DnsQuery> =
        reading::asked(evidence).filter(|query| query.role != ResolverRole::NonResolver).collect();
    if answered.iter().any(|query| reading::is_sound(query) || admits_filtering(query)) {
        return None;
    }
    let mut deniers: Vec<IpAddr> =
        answered.iter().filter(|q| q.outcome == DnsOutcome::Nxdomain).map(|q| q.address.ip()).collect();
    deniers.sort_unstable();
    deniers.dedup();
    let host = reading::host(evidence);
    let count = deniers.len().max(1);
    let confidence = if count > 1 || !evidence.dns.facts.compared { Confidence::Confirmed } else { Confidence::Likely };
    let mut finding = Finding::faulty(Stage::Dns, confidence).because(say!(
        en: "NXDOMAIN for {host} from {count} of {count} resolvers that answered: {which}",
        zh: "应答了的 {count} 个 DNS 都说 {host} 不存在（NXDOMAIN）：{which}",
        which = reading::addresses(deniers),
    ));
    finding = finding.because_if(answered.iter().find(|query| query.outcome == DnsOutcome::Nxdomain).map(|q| said(q)));
    if count > 1 {
        finding = finding.not(
            "dns-sinkholed",
            say!(
                en: "resolvers outside this network deny the name too",
                zh: "网络之外的 DNS 也否认这个域名",
            ),
        );
    }
    if let Some(near) = nearest(host) {
        let url = evidence.target.base_url.replacen(host, near, 1);
        let command = crate::diagnosis::fill::quote(&url, evidence).map(|url| {
            if evidence.config.facts.machine.os == "windows" {
                format!("$env:OPENAI_BASE_URL = '{}'", url.trim_matches('\''))
            } else {
                format!("export OPENAI_BASE_URL={url}")
            }
        });
        finding = finding.fix(say!(en: "Did you mean {near}?", zh: "你要写的是不是 {near}？"), command);
    }
    Some(finding)
}

/// The documented host that a misspelt one most resembles: at most a third of its letters wrong, and at most three.
fn nearest(host: &str) -> Option<&'static str> {
    let host = host.to_ascii_lowercase();
    reading::KNOWN_HOSTS
        .iter()
        .map(|known| (distance(&host, known), *known))
        .filter(|(distance, known)| *distance <= 3 && distance * 3 <= known.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// Letters to insert, delete or replace to turn one text into the other (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(256).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
