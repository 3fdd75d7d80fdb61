//! The rules that find resolvers which bring no answer, a container's own among them.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::dns::{DnsOutcome, RecordKind, ResolverRole};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;
use crate::say;

use super::{configured_words, said};

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

pub(in super::super) fn container_resolver_broken(evidence: &Evidence) -> Option<Finding> {
    let container = engine_of_resolver(evidence)?;
    let finding = unanswered(evidence)?;
    Some(finding.because(say!(
        en: "this runs inside a container ({container}), and the name server is one that it was given",
        zh: "程序运行在容器里（{container}），这个 DNS 服务器是容器分配的",
    )))
}

pub(in super::super) fn no_answer(evidence: &Evidence) -> Option<Finding> {
    unanswered(evidence)
}

/// The family that alone was looked for: its flag and its kind of record.
fn of_one_family(evidence: &Evidence) -> Option<(&'static str, &'static str)> {
    let dns = &evidence.dns.facts;
    let mut records = reading::asked(evidence).filter(|query| query.role != ResolverRole::NonResolver);
    let (any, of_v4) = match records.next() {
        Some(first) => (records.any(|query| query.record != first.record), first.record == RecordKind::A),
        // Nobody was asked: the hosts file has addresses, of the other family.
        None => (dns.hosts.is_empty(), dns.hosts.iter().any(|line| line.address.is_ipv6())),
    };
    (!any).then_some(if of_v4 { ("-4", "A") } else { ("-6", "AAAA") })
}

/// The name is known, and no address of it.
fn no_data(evidence: &Evidence) -> Sentence {
    let hosts = &evidence.dns.facts.hosts;
    match of_one_family(evidence) {
        Some((flag, record)) if hosts.is_empty() => say!(
            en: "the name has no {record} record, and with {flag} none of the other kind was asked for",
            zh: "域名没有 {record} 记录，而指定 {flag} 后没有查询另一种记录",
        ),
        Some((flag, _)) => say!(
            en: "the hosts file names {address}, which {flag} leaves out",
            zh: "hosts 文件里写的是 {address}，而 {flag} 排除了这类地址",
            address = hosts.iter().map(|line| line.address.to_string()).collect::<Vec<_>>().join(", "),
        ),
        None => say!(
            en: "the name exists but has no address record at all (no A, no AAAA)",
            zh: "域名存在，但没有任何地址记录（A 和 AAAA 都没有）",
        ),
    }
}

/// Resolution failed although nobody denied the name.
fn unanswered(evidence: &Evidence) -> Option<Finding> {
    let kind = evidence.dns.kind()?;
    let detail = evidence.dns.failure.as_ref().map(|failure| failure.detail.clone()).unwrap_or_default();
    let mut configured = reading::asked(evidence).filter(|query| query.role == ResolverRole::Configured).peekable();
    let closed = configured.peek().is_some() && configured.all(|query| query.outcome == DnsOutcome::PortUnreachable);
    let words = match kind {
        FailureKind::DnsTimeout if closed => say!(
            en: "nothing answers DNS at any configured name server",
            zh: "配置的地址上都没有 DNS 服务在监听",
        ),
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
        FailureKind::DnsNoData => no_data(evidence),
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
    if kind == FailureKind::DnsNoData {
        for rival in ["no-egress", "sandbox-no-network", "local-firewall"] {
            let because =
                say!(en: "the name is known, only without such an address", zh: "域名查得到，只是没有这类地址");
            finding = finding.not(rival, because);
        }
        finding = finding.fix_if(of_one_family(evidence).map(|(flag, _)| {
            let words = say!(
                en: "Leave out {flag} (or ip_version in the configuration file), or use a host that has such addresses",
                zh: "去掉 {flag}（或配置文件里的 ip_version），或者换一个有这类地址的主机",
            );
            (words, None)
        }));
    } else if let Egress::Proved { by, after } = reading::egress(evidence) {
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
