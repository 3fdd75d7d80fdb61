//! The rules that find faults of name resolution: no answer, a slow one, one that comes from a file or a local proxy.
//! Those of false answers are in [`falsehood`].

mod falsehood;
mod portal;
mod split;

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::config::HostKind;
use crate::evidence::dns::{AddressClass, DnsOutcome, DnsQuery, DnsSource, DnsTransport, RecordKind, ResolverRole};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;
use crate::say;

pub(super) use falsehood::{hijacked, poisoned, sinkholed};
pub(super) use portal::captive_portal;
pub(super) use split::vpn_split;

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

pub(super) fn name_not_found(evidence: &Evidence) -> Option<Finding> {
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

/// Where Docker's embedded resolver listens in every container with a network of its own.
const DOCKER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 11));

/// The container whose engine runs the configured resolver: a loopback address is the engine's or a leftover of the
/// machine around, podman's is the gateway, a cluster's is whatever it says. Any other resolver is nobody's in particular.
fn engine_of_resolver(evidence: &Evidence) -> Option<&str> {
    let stub = &evidence.dns.facts.stub;
    let at = |is: &dyn Fn(IpAddr) -> bool| stub.nameservers.iter().any(|server| is(server.ip()));
    // Without one in the file it is the file that is wrong; what a program then asks is this machine.
    if reading::resolver_by_flag(evidence) || stub.defect.is_some() {
        return None;
    }
    let container = reading::container(evidence).or_else(|| at(&|ip| ip == DOCKER).then_some("docker"))?;
    let own = match container {
        "kubernetes" => true,
        "podman" => at(&|ip| ip.is_loopback() || Some(ip) == evidence.config.facts.machine.gateway),
        _ => at(&|ip| ip.is_loopback()) || stub.search.iter().any(|domain| domain.contains("svc.")),
    };
    own.then_some(container)
}

pub(super) fn container_resolver_broken(evidence: &Evidence) -> Option<Finding> {
    let container = engine_of_resolver(evidence)?;
    let finding = unanswered(evidence)?;
    Some(finding.because(say!(
        en: "this runs inside a container ({container}), and the name server is one that it was given",
        zh: "程序运行在容器里（{container}），这个 DNS 服务器是容器分配的",
    )))
}

pub(super) fn no_answer(evidence: &Evidence) -> Option<Finding> {
    unanswered(evidence)
}

/// Resolution failed although nobody denied the name.
fn unanswered(evidence: &Evidence) -> Option<Finding> {
    let kind = evidence.dns.kind()?;
    let detail = evidence.dns.failure.as_ref().map(|failure| failure.detail.clone()).unwrap_or_default();
    let words = match kind {
        FailureKind::DnsTimeout => say!(
            en: "no configured name server answered in time",
            zh: "配置的 DNS 服务器都没有及时应答",
        ),
        FailureKind::DnsServfail => say!(
            en: "the name server failed to resolve the name (SERVFAIL): its upstream is dead, or DNSSEC validation failed",
            zh: "DNS 服务器自己解析失败（SERVFAIL）：它的上游不通，或者 DNSSEC 校验没通过",
        ),
        FailureKind::DnsRefused => say!(
            en: "the name server refuses to serve this machine (REFUSED)",
            zh: "DNS 服务器拒绝为本机服务（REFUSED）",
        ),
        FailureKind::DnsNoData => say!(
            en: "the name exists but has no address record at all (no A, no AAAA)",
            zh: "域名存在，但没有任何地址记录（A 和 AAAA 都没有）",
        ),
        FailureKind::DnsNoResolver => {
            let (file, defect) = (&evidence.dns.facts.stub.origin, evidence.dns.facts.stub.defect.as_deref());
            match defect {
                Some(defect) => say!(
                    en: "no name server is configured: {file} is {defect}",
                    zh: "没有配置任何 DNS 服务器：{file}（{defect}）",
                ),
                None => say!(
                    en: "no name server is configured in {file}",
                    zh: "{file} 里没有配置任何 DNS 服务器",
                ),
            }
        }
        FailureKind::DnsMalformed
        | FailureKind::NetworkUnreachable
        | FailureKind::HostUnreachable
        | FailureKind::ConnectionRefused
        | FailureKind::Timeout => {
            say!(en: "resolution failed: {detail}", zh: "解析失败：{detail}")
        }
        _ => return None,
    };
    let mut finding = Finding::faulty(Stage::Dns, Confidence::Confirmed).because(words);
    for sentence in configured_words(evidence) {
        finding = finding.because(sentence);
    }
    if let Egress::Proved { by, after } = reading::egress(evidence) {
        let after = reading::ms(after);
        finding = finding.not(
            "no-egress",
            say!(
                en: "{by} answered after {after}, so packets do get out",
                zh: "{by} 在 {after} 后应答了，说明网络是通的",
            ),
        );
    }
    if reading::container(evidence).is_none() {
        finding = finding.not(
            "dns-container-resolver-broken",
            say!(
                en: "this is no container",
                zh: "这不是在容器里",
            ),
        );
    } else if engine_of_resolver(evidence).is_none() {
        finding = finding.not(
            "dns-container-resolver-broken",
            say!(
                en: "the name server is not one of the container's own, others use it too",
                zh: "这个 DNS 服务器不是容器自带的，别的机器也在用",
            ),
        );
    }
    let sound =
        reading::asked(evidence).find(|query| query.role == ResolverRole::Comparison && reading::is_sound(query));
    Some(finding.because_if(sound.map(said)))
}

pub(super) fn fake_ip_unreachable(evidence: &Evidence) -> Option<Finding> {
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

pub(super) fn hosts_file_override(evidence: &Evidence) -> Option<Finding> {
    let dns = &evidence.dns.facts;
    let base_url = &evidence.config.facts.base_url;
    if dns.source != DnsSource::HostsFile || base_url.host_kind != HostKind::Public {
        return None;
    }
    let stopped = evidence.tcp.failed() || (evidence.tls.failed() && !reading::is_right_address(evidence));
    let line = dns.hosts.first().filter(|_| stopped)?;
    let answered: Vec<&DnsQuery> = reading::asked(evidence).filter(|query| reading::is_sound(query)).collect();
    let agrees = answered
        .iter()
        .flat_map(|query| &query.answers)
        .any(|answer| dns.hosts.iter().any(|line| line.address == answer.address));
    if agrees {
        return None;
    }
    let confidence = if answered.is_empty() { Confidence::Likely } else { Confidence::Confirmed };
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

pub(super) fn slow(evidence: &Evidence) -> Option<Finding> {
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
    let took = dns.duration_ms.filter(|duration| duration.0 > 1000.0);
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

#[cfg(test)]
mod tests {
    use crate::diagnosis::specimen::{self, classified, codes, healthy, ip, query};
    use crate::diagnosis::{Confidence, Severity, diagnose};
    use crate::evidence::dns::{
        AddressClass, DnsOutcome, DnsSource, DnsTransport, ExtendedError, HostsLine, RecordKind, ResolverRole,
    };
    use crate::evidence::http::Answerer;
    use crate::evidence::{Evidence, FailureKind, Ms};

    fn misspelt() -> Evidence {
        let mut evidence = healthy();
        evidence.target.host = Some("api.openia.com".to_owned());
        evidence.target.base_url = "https://api.openia.com/v1".to_owned();
        evidence.config.facts.base_url.provider = None;
        evidence.dns.facts.name = "api.openia.com".to_owned();
        for query in &mut evidence.dns.facts.queries {
            query.name = "api.openia.com.".to_owned();
        }
        evidence
    }

    #[test]
    fn nxdomain_from_everybody_is_a_name_that_does_not_exist() {
        let mut evidence = misspelt();
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        specimen::comparison(&mut evidence, DnsOutcome::Nxdomain);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        assert_eq!(codes(&evidence), ["dns-name-not-found"]);
        let diagnosis = diagnose(&evidence).diagnoses.remove(0);
        assert_eq!(diagnosis.fixes[0].text.en, "Did you mean api.openai.com?");
        assert_eq!(diagnosis.fixes[0].command.as_deref(), Some("export OPENAI_BASE_URL=https://api.openai.com/v1"));
    }

    #[test]
    fn nxdomain_from_the_only_resolver_asked_is_believed_unless_the_host_surely_exists() {
        let mut evidence = misspelt();
        evidence.dns.facts.queries.truncate(2);
        evidence.dns.facts.compared = false;
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        assert_eq!(codes(&evidence), ["dns-name-not-found"]);

        let mut evidence = healthy();
        evidence.dns.facts.queries.truncate(2);
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        assert_eq!(codes(&evidence), ["dns-sinkholed"]);
    }

    #[test]
    fn no_answer_says_which_kind() {
        for (kind, outcome, words) in [
            (FailureKind::DnsTimeout, DnsOutcome::Silent, "no configured name server answered"),
            (FailureKind::DnsServfail, DnsOutcome::Servfail, "SERVFAIL"),
            (FailureKind::DnsRefused, DnsOutcome::Refused, "REFUSED"),
        ] {
            let mut evidence = healthy();
            specimen::configured(&mut evidence, outcome);
            specimen::dns_fails(&mut evidence, kind);
            assert_eq!(codes(&evidence), ["dns-no-answer"], "{kind:?}");
            let finding = diagnose(&evidence).diagnoses.remove(0).finding;
            assert!(finding.evidence[0].en.contains(words), "{:?}", finding.evidence);
            assert!(finding.ruled_out.iter().any(|rival| rival.fault == "no-egress"));
        }
        let mut evidence = healthy();
        evidence.dns.facts.queries.clear();
        evidence.dns.facts.stub.nameservers.clear();
        specimen::dns_fails(&mut evidence, FailureKind::DnsNoResolver);
        assert_eq!(codes(&evidence), ["dns-no-answer"]);
    }

    #[test]
    fn a_name_without_addresses_is_no_answer() {
        let mut evidence = misspelt();
        specimen::configured(&mut evidence, DnsOutcome::NoData);
        specimen::comparison(&mut evidence, DnsOutcome::NoData);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNoData);
        assert_eq!(codes(&evidence), ["dns-no-answer"]);
    }

    #[test]
    fn inside_a_container_it_is_the_containers_resolver() {
        let mut evidence = healthy();
        evidence.config.facts.machine.container = Some("docker".to_owned());
        specimen::configured(&mut evidence, DnsOutcome::Servfail);
        specimen::dns_fails(&mut evidence, FailureKind::DnsServfail);
        // A resolver that the machine around it uses as well.
        assert_eq!(codes(&evidence), ["dns-no-answer"]);
        for (container, resolver) in [
            (Some("docker"), "127.0.0.11"),
            (None, "127.0.0.11"),
            (Some("podman"), "10.88.0.1"),
            (Some("kubernetes"), "10.96.0.10"),
        ] {
            evidence.config.facts.machine.container = container.map(str::to_owned);
            evidence.config.facts.machine.gateway = Some(ip("10.88.0.1"));
            evidence.dns.facts.stub.nameservers[0].set_ip(ip(resolver));
            assert_eq!(codes(&evidence), ["dns-container-resolver-broken"], "{resolver}");
        }
        evidence.dns.facts.stub.origin = "--resolver".to_owned();
        assert_eq!(codes(&evidence), ["dns-no-answer"]);
    }

    #[test]
    fn a_denial_that_others_contradict_is_a_sinkhole() {
        let mut evidence = healthy();
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        assert_eq!(codes(&evidence), ["dns-sinkholed"]);
        let mut evidence = healthy();
        specimen::configured(&mut evidence, DnsOutcome::NoData);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNoData);
        assert_eq!(codes(&evidence), ["dns-sinkholed"]);
    }

    #[test]
    fn an_address_that_leads_nowhere_is_a_sinkhole() {
        for (address, class) in [
            ("0.0.0.0", AddressClass::Unspecified),
            ("127.0.0.1", AddressClass::Loopback),
            ("192.168.1.9", AddressClass::Private),
        ] {
            let mut evidence = healthy();
            specimen::answers(&mut evidence, ResolverRole::Configured, address, class);
            specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 0.1);
            assert_eq!(codes(&evidence), ["dns-sinkholed"], "{address}");
        }
    }

    #[test]
    fn alone_an_unspecified_address_or_the_filters_own_word_suffices() {
        let mut evidence = healthy();
        evidence.dns.facts.queries.truncate(1);
        specimen::answers(&mut evidence, ResolverRole::Configured, "0.0.0.0", AddressClass::Unspecified);
        specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 0.1);
        assert_eq!(codes(&evidence), ["dns-sinkholed"]);

        let mut evidence = misspelt();
        evidence.dns.facts.queries.truncate(1);
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        evidence.dns.facts.queries[0].extended_error =
            Some(ExtendedError { code: 15, name: "Blocked".to_owned(), text: "ads".to_owned() });
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        assert_eq!(codes(&evidence), ["dns-sinkholed"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Confirmed);
    }

    #[test]
    fn a_private_address_of_a_private_link_is_none() {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Configured, "10.0.0.4", AddressClass::Private);
        assert!(codes(&evidence).is_empty());
        evidence.dns.facts.queries[0].cnames = vec!["x.privatelink.openai.azure.com".to_owned()];
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["tcp-timeout"]);
    }

    #[test]
    fn two_different_answers_are_poisoning_wherever_they_led() {
        let poisoned = || {
            let mut evidence = healthy();
            specimen::answers(&mut evidence, ResolverRole::Configured, "31.13.94.37", AddressClass::Public);
            specimen::answers_again(&mut evidence, specimen::V4);
            evidence
        };
        let mut evidence = poisoned();
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["dns-poisoned"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Confirmed);
        let mut evidence = poisoned();
        specimen::certificate_fails(
            &mut evidence,
            FailureKind::TlsWrongName,
            specimen::certificate("DigiCert", "DigiCert Inc"),
        );
        assert_eq!(codes(&evidence), ["dns-poisoned"]);
        let mut evidence = poisoned();
        specimen::tls_fails(&mut evidence, FailureKind::ConnectionReset);
        assert_eq!(codes(&evidence), ["dns-poisoned"]);
        // Where all went well this time it will not the next.
        assert_eq!(codes(&poisoned()), ["dns-poisoned"]);
        assert_eq!(diagnose(&poisoned()).diagnoses[0].finding.severity, Severity::Degraded);
        // Beside a resolver of this machine that answers once it is nobody's trouble.
        let mut evidence = healthy();
        specimen::answers_again(&mut evidence, "31.13.94.37");
        let late = std::mem::take(&mut evidence.dns.facts.queries[0].late);
        evidence.dns.facts.queries[2].late = late;
        assert!(codes(&evidence).is_empty());
    }

    #[test]
    fn a_known_forged_address_is_poisoning() {
        let mut evidence = healthy();
        evidence.dns.facts.queries.retain(|query| query.transport == DnsTransport::Udp);
        specimen::answers(&mut evidence, ResolverRole::Configured, "199.59.148.202", AddressClass::KnownForged);
        specimen::answers(&mut evidence, ResolverRole::Comparison, "157.240.6.35", AddressClass::KnownForged);
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["dns-poisoned"]);
    }

    #[test]
    fn an_answer_from_no_resolver_is_a_hijack() {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Configured, "10.1.1.1", AddressClass::Private);
        let mut lie = query("192.0.2.53", ResolverRole::NonResolver, DnsTransport::Udp);
        lie.answers = vec![classified("10.1.1.1", AddressClass::Private)];
        evidence.dns.facts.queries.push(lie);
        specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 1.0);
        assert_eq!(codes(&evidence), ["dns-hijacked"]);
    }

    #[test]
    fn the_same_lie_from_all_resolvers_is_a_hijack() {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Configured, "10.1.1.1", AddressClass::Private);
        specimen::answers(&mut evidence, ResolverRole::Comparison, "10.1.1.1", AddressClass::Private);
        specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 1.0);
        assert_eq!(codes(&evidence), ["dns-hijacked"]);

        let mut evidence = healthy();
        evidence.dns.facts.queries.retain(|query| query.transport == DnsTransport::Udp);
        specimen::configured(&mut evidence, DnsOutcome::Nxdomain);
        specimen::comparison(&mut evidence, DnsOutcome::Nxdomain);
        specimen::dns_fails(&mut evidence, FailureKind::DnsNxdomain);
        assert_eq!(codes(&evidence), ["dns-hijacked"], "a documented host cannot be missing");
    }

    /// Every resolver answers over UDP as `lie` says and truly over TCP.
    fn lied_to_over_udp(lie: impl Fn(usize) -> String) -> Evidence {
        let mut evidence = healthy();
        evidence.dns.facts.queries.clear();
        for (index, resolver) in ["192.168.1.1", "8.8.8.8", "1.1.1.1"].into_iter().enumerate() {
            let role = if index == 0 { ResolverRole::Configured } else { ResolverRole::Comparison };
            let mut udp = query(resolver, role, DnsTransport::Udp);
            udp.answers = vec![classified(&lie(index), AddressClass::Public)];
            evidence.dns.facts.queries.push(udp);
            evidence.dns.facts.queries.push(query(resolver, role, DnsTransport::Tcp));
        }
        specimen::resolves_to(&mut evidence, &lie(0), AddressClass::Public);
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 3800.0);
        evidence
    }

    #[test]
    fn streams_convict_what_comes_over_udp() {
        assert_eq!(codes(&lied_to_over_udp(|_| "61.54.28.6".to_owned())), ["dns-hijacked"]);
        assert_eq!(codes(&lied_to_over_udp(|index| format!("61.{index}.28.6"))), ["dns-poisoned"]);
        // A balancer that answers differently each time convicts nobody.
        let mut evidence = lied_to_over_udp(|_| "61.54.28.6".to_owned());
        for (index, query) in evidence.dns.facts.queries.iter_mut().enumerate() {
            if query.transport == DnsTransport::Tcp {
                query.answers = vec![classified(&format!("20.{index}.0.1"), AddressClass::Public)];
            }
        }
        assert_eq!(codes(&evidence), ["ip-blackholed"]);
    }

    #[test]
    fn a_fake_address_is_a_fault_only_when_nothing_serves_it() {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Configured, "198.18.0.9", AddressClass::FakeIp);
        assert!(codes(&evidence).is_empty());
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["dns-fake-ip-unreachable"]);
    }

    #[test]
    fn slow_resolution_degrades() {
        let mut evidence = healthy();
        evidence.dns.duration_ms = Some(Ms(5120.0));
        assert_eq!(codes(&evidence), ["dns-slow"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].finding.severity, Severity::Degraded);

        let mut evidence = healthy();
        let silent = {
            let mut other = healthy();
            specimen::configured(&mut other, DnsOutcome::Silent);
            other.dns.facts.queries[1].clone()
        };
        assert_eq!(silent.record, RecordKind::Aaaa);
        evidence.dns.facts.queries[1] = silent.clone();
        assert_eq!(codes(&evidence), ["dns-slow"]);
        // Cut off by the end of the run is not silent.
        evidence.dns.facts.queries[1].failure = None;
        assert!(codes(&evidence).is_empty());
    }

    #[test]
    fn a_silent_first_name_server_makes_it_slow() {
        let mut evidence = healthy();
        let mut second = evidence.dns.facts.queries[0].clone();
        second.address.set_ip(ip("192.168.1.2"));
        specimen::configured(&mut evidence, DnsOutcome::Silent);
        evidence.dns.facts.queries.push(second);
        assert_eq!(codes(&evidence), ["dns-slow"]);
    }

    fn pinned() -> Evidence {
        let mut evidence = healthy();
        specimen::resolves_to(&mut evidence, "203.0.113.7", AddressClass::Public);
        evidence.dns.facts.source = DnsSource::HostsFile;
        evidence.dns.facts.hosts =
            vec![HostsLine { path: "/etc/hosts".to_owned(), line: 12, address: ip("203.0.113.7") }];
        evidence
    }

    #[test]
    fn a_hosts_line_is_a_fault_only_when_it_leads_astray() {
        assert!(codes(&pinned()).is_empty());
        let mut evidence = pinned();
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["hosts-file-override"]);
        let mut evidence = pinned();
        specimen::certificate_fails(
            &mut evidence,
            FailureKind::TlsWrongName,
            specimen::certificate("R3", "Let's Encrypt"),
        );
        assert_eq!(codes(&evidence), ["hosts-file-override"]);
        // The resolvers give the pinned address too: the line is not to blame.
        let mut evidence = pinned();
        specimen::resolves_to(&mut evidence, specimen::V4, AddressClass::Public);
        evidence.dns.facts.hosts[0].address = ip(specimen::V4);
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["ip-blackholed"]);
    }

    #[test]
    fn a_page_to_sign_in_is_a_captive_portal() {
        let mut evidence = healthy();
        specimen::certificate_fails(
            &mut evidence,
            FailureKind::TlsUnknownIssuer,
            specimen::certificate("portal", "Hotel"),
        );
        let http = &mut evidence.http.facts;
        http.status = Some(302);
        http.location = Some("https://portal.hotel.example/login".to_owned());
        http.answered_by = Some(Answerer::Interceptor);
        assert_eq!(codes(&evidence), ["captive-portal"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].fault.layer.exit_code(), 10);
    }

    #[test]
    fn different_addresses_of_a_cdn_are_healthy() {
        let mut evidence = healthy();
        specimen::answers(&mut evidence, ResolverRole::Comparison, "104.18.6.192", AddressClass::Public);
        assert!(codes(&evidence).is_empty());
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["ip-blackholed"]);
    }
}
