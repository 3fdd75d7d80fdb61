//! Remedies in words: what was changed, what came of it, what that says, and how to keep what works.

mod keep;

use crate::evidence::Evidence;
use crate::evidence::remedy::{RemedyFacts, RemedyName, RemedyOutcome};
use crate::lang::Sentence;
use crate::{say, text};

use super::fault::{Fault, Owner};
use super::{FilledFix, faults};

pub use keep::keep;

/// How many ways that work are worth a fix of their own.
const MOST_FIXES: usize = 3;

/// What was changed, as a heading.
#[must_use]
pub fn change(facts: &RemedyFacts) -> Sentence {
    let value = &facts.value;
    let origin = facts.origin.as_deref().unwrap_or_default();
    match facts.name {
        RemedyName::OtherResolver => say!(en: "ask the resolver {value}", zh: "改问 DNS 服务器 {value}"),
        RemedyName::ResolverOverTcp => {
            say!(en: "ask the resolver {value} over TCP", zh: "用 TCP 询问 DNS 服务器 {value}")
        }
        RemedyName::DnsOverTls => say!(en: "DNS over TLS ({value})", zh: "DNS over TLS（{value}）"),
        RemedyName::DnsOverHttps => say!(en: "DNS over HTTPS ({value})", zh: "DNS over HTTPS（{value}）"),
        RemedyName::OtherAddress if origin.is_empty() => say!(en: "the address {value}", zh: "改连地址 {value}"),
        RemedyName::OtherAddress => {
            say!(en: "the address {value} (from {origin})", zh: "改连地址 {value}（来自 {origin}）")
        }
        RemedyName::Ipv4Only => text!(en: "IPv4 only", zh: "只用 IPv4").sentence(),
        RemedyName::Ipv6Only => text!(en: "IPv6 only", zh: "只用 IPv6").sentence(),
        RemedyName::SmallSegments => {
            say!(en: "small packets, {value} bytes of data each", zh: "小数据包（每个最多 {value} 字节数据）")
        }
        RemedyName::ClassicalKeyShare => {
            text!(en: "a handshake without the post-quantum key share", zh: "握手时不带后量子密钥份额").sentence()
        }
        RemedyName::RemoteNames => {
            say!(en: "{value}: the proxy resolves the name", zh: "{value}：由代理解析域名")
        }
        RemedyName::ProxyScheme => say!(en: "the same proxy as {value}", zh: "同一代理改用 {value}"),
        RemedyName::OtherProxy => say!(en: "the proxy of {origin}: {value}", zh: "{origin} 里的代理：{value}"),
        RemedyName::LocalProxy => {
            say!(en: "a proxy that runs on this machine: {value}", zh: "本机正在运行的代理：{value}")
        }
        RemedyName::Direct => say!(en: "without the proxy {value}", zh: "不经过代理 {value}"),
        RemedyName::CaFile if origin.is_empty() => {
            say!(en: "trust the CA in {value}", zh: "信任 {value} 里的 CA")
        }
        RemedyName::CaFile => {
            say!(en: "trust the CA in {value} ({origin})", zh: "信任 {value} 里的 CA（{origin}）")
        }
        RemedyName::BaseUrl => say!(en: "the base URL {value}", zh: "base URL 改为 {value}"),
        RemedyName::TrimmedKey => {
            text!(en: "the key without the characters around it", zh: "去掉密钥首尾多余的字符").sentence()
        }
        RemedyName::NoOrganization => say!(en: "without {origin}", zh: "不发送 {origin}"),
    }
}

/// What came of it, where the mark does not say all; failures of a stage are the reader's to put in words.
#[must_use]
pub fn outcome(facts: &RemedyFacts) -> Option<Sentence> {
    let status = facts.status.map_or_else(String::new, |status| format!("HTTP {status}"));
    match facts.outcome {
        RemedyOutcome::Works | RemedyOutcome::Fails => None,
        RemedyOutcome::Further if facts.keyless => Some(say!(
            en: "the API answers; your key was held back, hence its {status}",
            zh: "API 有应答；试验时没有发送你的密钥，所以是 {status}",
        )),
        RemedyOutcome::Further => {
            let left = facts.leaves.as_deref().and_then(faults::by_code);
            Some(match left {
                Some(fault) => say!(
                    en: "gets through; what is left: {en} ({code})",
                    zh: "能连通；剩下的问题是：{zh}（{code}）",
                    en = fault.title.en, zh = fault.title.zh, code = fault.code,
                ),
                None => say!(
                    en: "gets through to an answer with {status}", zh: "能连通，应答为 {status}",
                ),
            })
        }
        RemedyOutcome::Unsteady => {
            Some(text!(en: "worked once and failed the second time", zh: "第一次成功，第二次失败").sentence())
        }
        RemedyOutcome::OutOfTime => Some(text!(en: "no time left to see", zh: "时间不够，没有结论").sentence()),
    }
}

/// What it means that none of them repairs the fault.
#[must_use]
pub fn in_vain(fault: &Fault) -> Sentence {
    match fault.owner {
        Owner::You => text!(
            en: "None of these repairs it. What is left is the steps above.",
            zh: "以上都不能修复。请按前面的步骤处理。",
        ),
        Owner::Network => text!(
            en: "None of these repairs it, which speaks for a cause out in the network: go another way (a proxy, a VPN, another network) or turn to whoever runs it.",
            zh: "以上都不能修复，说明原因很可能在网络中：请换一条路（代理、VPN、别的网络），或联系网络管理者。",
        ),
        Owner::Account | Owner::Relay | Owner::Provider => text!(
            en: "None of these repairs it, which speaks for a cause at the other end: turn to whoever runs it.",
            zh: "以上都不能修复，说明原因很可能在对端：请联系其运营者。",
        ),
    }
    .sentence()
}

/// What remains to be said where there is nothing to try.
#[must_use]
pub fn nothing_to_try(fault: &Fault) -> Sentence {
    say!(
        en: "--try-fix has nothing to try for {code}: no remedy that it knows applies here. The steps above are what is left.",
        zh: "针对 {code}，--try-fix 没有可以试验的办法：已知的修复办法在这里都不适用。请按前面的步骤处理。",
        code = fault.code,
    )
}

/// The fixes with those that a trial has confirmed in front, in place of the fault's own that say the same.
pub(super) fn confirmed(fault: &Fault, general: Vec<FilledFix>, evidence: &Evidence) -> Vec<FilledFix> {
    let mut names: Vec<RemedyName> = Vec::new();
    let mut fixes: Vec<FilledFix> = Vec::new();
    let working = evidence.remedies.iter().filter(|facts| facts.fault == fault.code && facts.repairs());
    for facts in working {
        if names.len() < MOST_FIXES && !names.contains(&facts.name) {
            names.push(facts.name);
            fixes.push(keep(facts, evidence));
        }
    }
    // What can be typed comes before what must be arranged.
    fixes.sort_by_key(|fix| fix.command.is_none());
    let specific = general.len().saturating_sub(fault.fixes.len());
    for (index, fix) in general.into_iter().enumerate() {
        let general = index.checked_sub(specific);
        let same = |(name, at): &(RemedyName, usize)| Some(*at) == general && names.contains(name);
        let typed = fix.command.is_some() && fixes.iter().any(|known| known.command == fix.command);
        if !typed && !fault.confirmed_by.iter().any(same) {
            fixes.push(fix);
        }
    }
    fixes
}

#[cfg(test)]
mod tests {
    use super::{MOST_FIXES, change, keep, outcome};
    use crate::diagnosis::{diagnose, faults, specimen};
    use crate::evidence::remedy::{RemedyFacts, RemedyName, RemedyOutcome};
    use crate::evidence::{Evidence, FailureKind, Ms};

    const ALL: [RemedyName; 18] = [
        RemedyName::OtherResolver,
        RemedyName::ResolverOverTcp,
        RemedyName::DnsOverTls,
        RemedyName::DnsOverHttps,
        RemedyName::OtherAddress,
        RemedyName::Ipv4Only,
        RemedyName::Ipv6Only,
        RemedyName::SmallSegments,
        RemedyName::ClassicalKeyShare,
        RemedyName::RemoteNames,
        RemedyName::ProxyScheme,
        RemedyName::OtherProxy,
        RemedyName::LocalProxy,
        RemedyName::Direct,
        RemedyName::CaFile,
        RemedyName::BaseUrl,
        RemedyName::TrimmedKey,
        RemedyName::NoOrganization,
    ];

    fn tried(name: RemedyName, fault: &str, outcome: RemedyOutcome) -> RemedyFacts {
        RemedyFacts {
            name,
            value: "1220".to_owned(),
            origin: Some("ALL_PROXY".to_owned()),
            fault: fault.to_owned(),
            outcome,
            stopped_at: None,
            failure: None,
            status: None,
            leaves: None,
            keyless: false,
            attempts: 2,
            duration_ms: Ms(1.0),
        }
    }

    fn timed_out(remedies: Vec<RemedyFacts>) -> Evidence {
        let mut evidence = specimen::healthy();
        specimen::tls_fails(&mut evidence, FailureKind::Timeout);
        evidence.remedies = remedies;
        evidence
    }

    #[test]
    fn what_works_is_the_first_thing_to_do() {
        let fault = "tls-handshake-timeout";
        let evidence = timed_out(vec![
            tried(RemedyName::ClassicalKeyShare, fault, RemedyOutcome::Fails),
            tried(RemedyName::SmallSegments, fault, RemedyOutcome::Works),
            tried(RemedyName::OtherProxy, "another-fault", RemedyOutcome::Works),
        ]);
        let fixes = &diagnose(&evidence).diagnoses[0].fixes;
        let confirmed: Vec<bool> = fixes.iter().map(|fix| fix.confirmed).collect();
        assert_eq!(confirmed.iter().filter(|confirmed| **confirmed).count(), 1);
        assert!(confirmed[0] && fixes[0].command.as_ref().unwrap().ends_with("mtu 1280"), "{:?}", fixes[0]);
        let without = diagnose(&timed_out(vec![])).diagnoses.remove(0).fixes;
        assert_eq!(fixes[1..], without);
    }

    #[test]
    fn a_confirmed_fix_takes_the_place_of_the_general_one() {
        for fault in faults::all() {
            for (name, index) in fault.confirmed_by {
                assert!(*index < fault.fixes.len(), "{} has no fix {index}", fault.code);
                let mut evidence = specimen::healthy();
                let general = super::super::fill::fixes(fault, &finding(), &evidence);
                evidence.remedies = vec![tried(*name, fault.code, RemedyOutcome::Works)];
                let fixes = super::super::fill::fixes(fault, &finding(), &evidence);
                assert!(fixes[0].confirmed && fixes.len() <= general.len(), "{}: {fixes:#?}", fault.code);
                assert!(!fixes.contains(&general[*index]), "{}", fault.code);
            }
        }
    }

    fn finding() -> crate::diagnosis::Finding {
        crate::diagnosis::Finding::faulty(crate::evidence::Stage::Tls, crate::diagnosis::Confidence::Confirmed)
    }

    #[test]
    fn no_more_fixes_are_confirmed_than_can_be_read() {
        let fault = "tls-handshake-timeout";
        let evidence = timed_out(ALL.map(|name| tried(name, fault, RemedyOutcome::Works)).into());
        let fixes = &diagnose(&evidence).diagnoses[0].fixes;
        assert_eq!(fixes.iter().filter(|fix| fix.confirmed).count(), MOST_FIXES);
    }

    #[test]
    fn every_remedy_has_its_words_on_every_system() {
        for name in ALL {
            for os in ["linux", "macos", "windows"] {
                let mut evidence = specimen::healthy();
                os.clone_into(&mut evidence.config.facts.machine.os);
                let facts = tried(name, "x", RemedyOutcome::Works);
                let kept = keep(&facts, &evidence);
                assert!(!kept.text.en.is_empty() && kept.text.zh != kept.text.en, "{name:?}");
                assert!(!kept.command.unwrap_or_default().contains("{address}"), "{name:?} {os}");
                assert!(!change(&facts).en.is_empty());
                assert!(outcome(&RemedyFacts { outcome: RemedyOutcome::Further, ..facts }).is_some());
            }
        }
    }

    /// A saved report may say anything: nothing of it becomes a command that was not meant.
    #[test]
    fn hostile_values_are_quoted_or_left_out() {
        for name in ALL {
            for os in ["linux", "windows"] {
                let mut evidence = specimen::healthy();
                os.clone_into(&mut evidence.config.facts.machine.os);
                evidence.target.route.origin = "HTTPS_PROXY; reboot".to_owned();
                evidence.config.facts.base_url.origin = "X; reboot".to_owned();
                let mut facts = tried(name, "x", RemedyOutcome::Works);
                facts.value = "x'; reboot #$(reboot)".to_owned();
                facts.origin = Some("ALL_PROXY; reboot".to_owned());
                let command = keep(&facts, &evidence).command.unwrap_or_default();
                let outside: String = command.replace("'\\''", "").split('\'').step_by(2).collect();
                assert!(!outside.contains("reboot"), "{name:?} {os}: {command}");
            }
        }
    }
}
