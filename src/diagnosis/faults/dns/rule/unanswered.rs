//! The rules that find resolvers which bring no answer, a container's own among them.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::dns::ResolverRole;
use crate::evidence::{Evidence, FailureKind, Stage};
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
