//! The rules that find faults of reaching an address.
//!
//! Attempts over an address family that this machine does not have are set aside where the other family was tried:
//! the kernel refuses them at once, and that is no fault.

mod container;
mod egress;
mod eyeballs;
mod icmp;
mod ipv6;
mod local;
mod rejected;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::refused_behind;
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::config::HostKind;
use crate::evidence::dns::{AddressClass, ResolverRole};
use crate::evidence::icmp::IcmpReject;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;
use crate::say;

use super::trial::{self, Refuser};

pub(crate) use container::container_hint;
pub(super) use container::loopback_in_container;
pub(super) use egress::{ip_blackholed, no_egress};
pub(super) use eyeballs::high_latency;
pub(super) use ipv6::ipv6_broken;
pub(super) use local::{local_firewall, sandbox_no_network};
pub(super) use rejected::rejected_by_firewall;

/// The connection attempts that stopped the chain: to the endpoint, or to the proxy.
struct Attempts<'a> {
    stage: Stage,
    all: Vec<&'a TcpAttempt>,
}

impl Attempts<'_> {
    /// How the attempts failed, the first that counts.
    fn kind(&self) -> Option<FailureKind> {
        self.all.first().and_then(|attempt| reading::attempt_kind(attempt))
    }

    fn all_failed_with(&self, kinds: &[FailureKind]) -> bool {
        !self.all.is_empty()
            && self.all.iter().all(|attempt| reading::attempt_kind(attempt).is_some_and(|kind| kinds.contains(&kind)))
    }

    fn any_failed_with(&self, kind: FailureKind) -> Option<&TcpAttempt> {
        self.all.iter().copied().find(|attempt| reading::attempt_kind(attempt) == Some(kind))
    }

    fn only_v6(&self) -> bool {
        !self.all.is_empty() && self.all.iter().all(|attempt| attempt.address.is_ipv6())
    }
}

/// Leaves out the attempts of a family that this machine does not have, unless there are no others.
fn that_count<'a>(attempts: &'a [TcpAttempt], evidence: &Evidence) -> Vec<&'a TcpAttempt> {
    let without_v4 = reading::has_v6_alone(evidence);
    let counts = |attempt: &&TcpAttempt| {
        let is_absent_v4 = without_v4 && attempt.address.is_ipv4() && !attempt.connected;
        !reading::is_absent_family(attempt) && !is_absent_v4
    };
    let counting: Vec<&TcpAttempt> = attempts.iter().filter(counts).collect();
    if counting.is_empty() { attempts.iter().collect() } else { counting }
}

/// The failed attempts to reach the endpoint.
fn to_endpoint(evidence: &Evidence) -> Option<Attempts<'_>> {
    let tcp = &evidence.tcp;
    (tcp.failed() && tcp.kind() != Some(FailureKind::Interrupted))
        .then(|| Attempts { stage: Stage::Tcp, all: that_count(&tcp.facts.attempts, evidence) })
}

/// The failed attempts to reach the endpoint or else the proxy.
fn to_anything(evidence: &Evidence) -> Option<Attempts<'_>> {
    let proxy = &evidence.proxy;
    let unconnected = proxy.failed() && proxy.facts.reached < ProxyStep::Connected;
    to_endpoint(evidence).or_else(|| {
        (unconnected && !proxy.facts.attempts.is_empty())
            .then(|| Attempts { stage: Stage::Proxy, all: that_count(&proxy.facts.attempts, evidence) })
    })
}

/// What an attempt brought, as a sentence.
fn words(attempt: &TcpAttempt, port: u16) -> Sentence {
    let Sentence { en, zh } = outcome(attempt, port);
    match attempt.rejected_by {
        Some(IcmpReject { from, kind, .. }) => say!(
            en: "{en}: ICMP {kind} from {from}", zh: "{zh}：来自 {from} 的 ICMP {kind}", kind = kind.name(),
        ),
        None if attempt.icmp_watched && icmp::is_reset(attempt) => {
            say!(en: "{en}: a TCP reset, no ICMP message", zh: "{zh}：收到的是 TCP RST，没有 ICMP 消息")
        }
        None => Sentence { en, zh },
    }
}

/// The same without what ICMP said.
fn outcome(attempt: &TcpAttempt, port: u16) -> Sentence {
    let address = match attempt.address {
        IpAddr::V4(v4) => format!("{v4}:{port}"),
        IpAddr::V6(v6) => format!("[{v6}]:{port}"),
    };
    let after = reading::ms(attempt.duration_ms);
    let sentence = match reading::attempt_kind(attempt) {
        None => say!(en: "{address} connected in {after}", zh: "{address} 连接成功，用时 {after}"),
        Some(FailureKind::Timeout) => {
            say!(en: "{address} did not answer within {after}", zh: "{address} 在 {after} 内没有回应")
        }
        Some(FailureKind::ConnectionRefused) => {
            say!(en: "{address} refused after {after}", zh: "{address} 在 {after} 后拒绝连接")
        }
        Some(FailureKind::NetworkUnreachable) => say!(
            en: "network unreachable for {address} after {after}",
            zh: "{address} 网络不可达，用时 {after}",
        ),
        Some(FailureKind::HostUnreachable) => say!(
            en: "host unreachable for {address} after {after}",
            zh: "{address} 主机不可达，用时 {after}",
        ),
        Some(FailureKind::PermissionDenied) => say!(
            en: "the system forbade connecting to {address} after {after}",
            zh: "系统禁止连接 {address}，用时 {after}",
        ),
        Some(_) => {
            let detail = attempt.failure.as_ref().map_or("", |failure| failure.detail.as_str());
            say!(
                en: "connecting to {address} failed after {after}: {detail}",
                zh: "连接 {address} 在 {after} 后失败：{detail}",
            )
        }
    };
    // The words of other failures are the system's own and hold the number already.
    let named =
        !matches!(reading::attempt_kind(attempt), None | Some(FailureKind::Timeout | FailureKind::Unclassified));
    reading::with_errno(sentence, attempt.failure.as_ref().filter(|_| named))
}

/// The finding with what the first four attempts brought.
fn with_attempts(mut finding: Finding, attempts: &Attempts<'_>, evidence: &Evidence) -> Finding {
    let port = if attempts.stage == Stage::Proxy { proxy_port(evidence) } else { evidence.tcp.facts.port };
    for attempt in attempts.all.iter().take(4) {
        finding = finding.because(words(attempt, port));
    }
    finding
}

fn proxy_port(evidence: &Evidence) -> u16 {
    let address = &evidence.proxy.facts.address;
    address.rsplit(':').next().and_then(|port| port.parse().ok()).unwrap_or_default()
}

/// Whether an address lies outside of this network.
fn is_public(evidence: &Evidence, address: IpAddr) -> bool {
    let known = evidence.dns.facts.addresses.iter().find(|known| known.address == address);
    known.map_or_else(
        || {
            !address.is_loopback()
                && !address.is_unspecified()
                && evidence.config.facts.base_url.host_kind == HostKind::Public
        },
        |known| match known.class {
            AddressClass::Public => true,
            // What resolvers outside give as well is out there, whatever the range was set aside for.
            AddressClass::Bogon => evidence.dns.facts.queries.iter().any(|query| {
                query.role == ResolverRole::Comparison && query.answers.iter().any(|one| one.address == address)
            }),
            _ => false,
        },
    )
}

fn all_public(evidence: &Evidence, attempts: &Attempts<'_>) -> bool {
    attempts.stage == Stage::Tcp && attempts.all.iter().all(|attempt| is_public(evidence, attempt.address))
}

pub(super) fn refused(evidence: &Evidence) -> Option<Finding> {
    directly_refused(evidence).or_else(|| refused_behind(evidence))
}

fn directly_refused(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_endpoint(evidence)?;
    // One that refuses shows that the machine is there, whatever became of its other addresses.
    attempts.all.iter().find(|attempt| icmp::is_reset(attempt))?;
    let finding = with_attempts(Finding::faulty(Stage::Tcp, Confidence::Confirmed), &attempts, evidence);
    let here = attempts.all.iter().all(|attempt| attempt.address.is_loopback());
    let finding = if here { container_hint(finding, evidence) } else { finding };
    let finding = match trial::refuser(evidence) {
        Some(Refuser::Itself(because)) => finding.not("tcp-rejected-by-firewall", because),
        _ => finding,
    };
    Some(finding.not(
        "tcp-timeout",
        say!(
            en: "the machine did answer, with a refusal",
            zh: "那台机器有回应，只是拒绝了",
        ),
    ))
}

pub(super) fn timeout(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_endpoint(evidence)?;
    let silent = attempts.any_failed_with(FailureKind::Timeout).is_some();
    if !silent || attempts.any_failed_with(FailureKind::ConnectionRefused).is_some() {
        return None;
    }
    let finding = with_attempts(Finding::faulty(Stage::Tcp, Confidence::Confirmed), &attempts, evidence);
    let public = all_public(evidence, &attempts);
    Some(match reading::egress(evidence) {
        Egress::Proved { by, after } => {
            let after = reading::ms(after);
            finding.not(
                "no-egress",
                say!(
                    en: "{by} answered after {after}",
                    zh: "{by} 在 {after} 后应答了",
                ),
            )
        }
        _ if !public => finding
            .not("ip-blackholed", say!(en: "the address is a local one", zh: "这是本地地址"))
            .not("dns-poisoned", say!(en: "the address is a local one", zh: "这是本地地址"))
            .not("no-egress", say!(en: "the address is a local one", zh: "这是本地地址"))
            .not("proxy-not-applied", say!(en: "the address is a local one", zh: "这是本地地址")),
        _ => finding,
    })
}

pub(super) fn unreachable(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_endpoint(evidence)?;
    let unreachable = [FailureKind::NetworkUnreachable, FailureKind::HostUnreachable, FailureKind::AddressNotAvailable];
    if !attempts.all_failed_with(&unreachable) {
        return None;
    }
    let mut finding = with_attempts(Finding::faulty(Stage::Tcp, Confidence::Confirmed), &attempts, evidence);
    if attempts.kind() == Some(FailureKind::HostUnreachable) && !all_public(evidence, &attempts) {
        finding = finding.because(say!(
            en: "no machine answers at that address in the local network: it is off, elsewhere, or has another address",
            zh: "局域网里没有机器使用这个地址：它没开机、不在这个网络，或者换了地址",
        ));
    }
    Some(finding)
}

/// A stage on the way to the endpoint failed and nothing else says why.
pub(in super::super) fn unexplained(evidence: &Evidence) -> Option<Finding> {
    let (stage, failure) = reading::broken(evidence)?;
    if failure.kind == FailureKind::Interrupted {
        return None;
    }
    // A response with an error status is a connection that worked.
    if stage == Stage::Http && evidence.http.facts.status.is_some() {
        return None;
    }
    let (name, detail) = (stage.name(), &failure.detail);
    let finding = Finding::faulty(stage, Confidence::Possible).because(say!(
        en: "{name} failed: {detail}",
        zh: "{name} 阶段失败：{detail}",
    ));
    Some(if failure.kind == FailureKind::TooManyOpenFiles {
        finding.fix(
            say!(
                en: "This process has no file descriptors left: raise the limit",
                zh: "进程的文件描述符用完了：调高上限",
            ),
            Some("ulimit -n 4096".to_owned()),
        )
    } else {
        finding
    })
}
