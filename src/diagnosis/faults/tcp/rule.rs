//! The rules that find faults of reaching an address.
//!
//! Attempts over an address family that this machine does not have are set aside where the other family was tried:
//! the kernel refuses them at once, and that is no fault.

mod egress;
mod icmp;

use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::faults::proxy::refused_behind;
use crate::diagnosis::reading::{self, Egress};
use crate::evidence::config::HostKind;
use crate::evidence::dns::AddressClass;
use crate::evidence::icmp::IcmpReject;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::tcp::TcpAttempt;
use crate::evidence::{Evidence, FailureKind, Ms, Stage};
use crate::lang::Sentence;
use crate::say;

use super::trial::{self, Refuser};

pub(super) use egress::{ip_blackholed, local_firewall, no_egress, rejected_by_firewall, sandbox_no_network};

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
fn that_count(attempts: &[TcpAttempt]) -> Vec<&TcpAttempt> {
    let counting: Vec<&TcpAttempt> = attempts.iter().filter(|attempt| !reading::is_absent_family(attempt)).collect();
    if counting.is_empty() { attempts.iter().collect() } else { counting }
}

/// The failed attempts to reach the endpoint.
fn to_endpoint(evidence: &Evidence) -> Option<Attempts<'_>> {
    let tcp = &evidence.tcp;
    (tcp.failed() && tcp.kind() != Some(FailureKind::Interrupted))
        .then(|| Attempts { stage: Stage::Tcp, all: that_count(&tcp.facts.attempts) })
}

/// The failed attempts to reach the endpoint or else the proxy.
fn to_anything(evidence: &Evidence) -> Option<Attempts<'_>> {
    let proxy = &evidence.proxy;
    let unconnected = proxy.failed() && proxy.facts.reached < ProxyStep::Connected;
    to_endpoint(evidence).or_else(|| {
        (unconnected && !proxy.facts.attempts.is_empty())
            .then(|| Attempts { stage: Stage::Proxy, all: that_count(&proxy.facts.attempts) })
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
        |known| known.class == AddressClass::Public,
    )
}

fn all_public(evidence: &Evidence, attempts: &Attempts<'_>) -> bool {
    attempts.stage == Stage::Tcp && attempts.all.iter().all(|attempt| is_public(evidence, attempt.address))
}

pub(super) fn loopback_in_container(evidence: &Evidence) -> Option<Finding> {
    let attempts = to_anything(evidence)?;
    let gateway = match attempts.stage {
        Stage::Proxy => evidence.proxy.facts.gateway.as_ref(),
        _ => evidence.tcp.facts.gateway.as_ref(),
    };
    // Loopback that refuses is no proof: the service may simply not run. That the machine around answers is.
    let gateway = gateway.filter(|attempt| attempt.connected)?.address;
    let port = if attempts.stage == Stage::Proxy { proxy_port(evidence) } else { evidence.tcp.facts.port };
    let at = SocketAddr::new(gateway, port);
    let container = reading::container(evidence).unwrap_or("WSL");
    let finding = with_attempts(Finding::faulty(attempts.stage, Confidence::Confirmed), &attempts, evidence);
    Some(
        finding
            .because(say!(
                en: "this runs inside a container ({container}), and the machine around it answers on the same port ({at})",
                zh: "程序运行在容器里（{container}），而容器外的宿主机在同一端口有应答（{at}）",
            ))
            .not("tcp-refused", say!(
                en: "the service runs: {at} accepts connections", zh: "服务在运行：{at} 接受连接",
            )),
    )
}

/// In a container, what to do should the service run on the machine around it.
pub(crate) fn container_hint(finding: Finding, evidence: &Evidence) -> Finding {
    let Some(container) = reading::container(evidence) else { return finding };
    finding.fix(
        say!(
            en: "This runs inside a container ({container}): if the service runs on the machine around it, write host.docker.internal instead of localhost and let the service listen on 0.0.0.0",
            zh: "程序运行在容器里（{container}）：如果服务在宿主机上，请把 localhost 换成 host.docker.internal，并让服务监听 0.0.0.0",
        ),
        None,
    )
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

/// Three SYNs in a row went out within this time.
const BEYOND_CHANCE: Ms = Ms(3_500.0);

pub(super) fn ipv6_broken(evidence: &Evidence) -> Option<Finding> {
    let all = &evidence.tcp.facts.attempts;
    let broken = [FailureKind::Timeout, FailureKind::HostUnreachable, FailureKind::NetworkUnreachable];
    let v6: Vec<&TcpAttempt> = all.iter().filter(|attempt| attempt.address.is_ipv6()).collect();
    let is_broken = |attempt: &&TcpAttempt| {
        is_public(evidence, attempt.address)
            && attempt.failure.as_ref().is_some_and(|failure| broken.contains(&failure.kind))
    };
    let first = *v6.iter().find(|attempt| is_broken(attempt))?;
    if !v6.iter().all(|attempt| !attempt.connected) {
        return None;
    }
    let port = evidence.tcp.facts.port;
    if let Some(v4) = all.iter().find(|attempt| attempt.address.is_ipv4() && attempt.connected) {
        // One SYN lost after the other is chance where every fifth is.
        let patient = |attempt: &&TcpAttempt| attempt.duration_ms.is_some_and(|waited| waited.0 > BEYOND_CHANCE.0);
        if trial::packet_loss(evidence).is_some() && !v6.iter().any(patient) {
            return None;
        }
        // Refused at once by our own kernel: IPv6 is merely absent, which nobody waits for.
        if v6.iter().all(|attempt| reading::is_absent_family(attempt)) {
            return None;
        }
        return Some(
            Finding::degraded(Stage::Tcp, Confidence::Confirmed)
                .because(words(first, port))
                .because(words(v4, port))
                .not("ip-blackholed", say!(en: "IPv4 to the same host works", zh: "同一主机的 IPv4 是通的")),
        );
    }
    let only_v6 = v6.len() == all.len();
    let machine = &evidence.config.facts.machine;
    let unrouted =
        reading::attempt_kind(first) == Some(FailureKind::NetworkUnreachable) && machine.ipv6_route != Some(true);
    if !evidence.tcp.failed() || !only_v6 || !unrouted || machine.ipv4_route == Some(false) {
        return None;
    }
    Some(
        Finding::faulty(Stage::Tcp, Confidence::Confirmed)
            .because(words(first, port))
            .because(say!(
                en: "only IPv6 addresses were tried, and this machine has no IPv6 route",
                zh: "只尝试了 IPv6 地址，而本机没有 IPv6 路由",
            ))
            .fix(
                say!(
                    en: "Leave out -6, or use a host that has IPv4 addresses too",
                    zh: "去掉 -6，或者换一个也有 IPv4 地址的主机",
                ),
                None,
            )
            .not("no-egress", say!(en: "there is an IPv4 route", zh: "有 IPv4 路由")),
    )
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

#[cfg(test)]
mod tests {
    use crate::diagnosis::fault::Confidence;
    use crate::diagnosis::specimen::{self, codes, healthy, ip};
    use crate::diagnosis::{Health, Severity, diagnose};
    use crate::evidence::config::HostKind;
    use crate::evidence::dns::{AddressClass, DnsOutcome, ResolverRole};
    use crate::evidence::experiment::{ControlHost, ControlHostsFacts, Experiment, ExperimentFacts};
    use crate::evidence::{Evidence, FailureKind, Ms};

    pub(super) fn failing(kind: FailureKind, after: f64) -> Evidence {
        let mut evidence = healthy();
        specimen::tcp_fails(&mut evidence, kind, after);
        evidence
    }

    #[test]
    fn a_timeout_is_a_black_hole_when_others_answer() {
        let evidence = failing(FailureKind::Timeout, 5000.0);
        assert_eq!(codes(&evidence), ["ip-blackholed"]);
        let finding = diagnose(&evidence).diagnoses.remove(0).finding;
        assert!(finding.evidence.iter().any(|said| said.en.contains("5.00 s")), "{:?}", finding.evidence);
        let out: Vec<&str> = finding.ruled_out.iter().map(|rival| rival.fault).collect();
        assert_eq!(out, ["no-egress", "dns-poisoned"]);
    }

    #[test]
    fn silence_of_what_was_never_sent_is_a_local_firewall() {
        let mut evidence = failing(FailureKind::Timeout, 3800.0);
        evidence.tcp.facts.unsent = Some(1);
        assert_eq!(codes(&evidence), ["ip-blackholed"], "one packet is not one an attempt");
        evidence.tcp.facts.unsent = Some(4);
        assert_eq!(codes(&evidence), ["local-firewall"]);
        // A filter that drops everything drops the queries to others as well.
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        assert_eq!(codes(&evidence), ["local-firewall"]);
    }

    #[test]
    fn what_is_refused_without_a_way_out_is_refused_here() {
        for after in [0.3, 30.0] {
            let mut evidence = failing(FailureKind::ConnectionRefused, after);
            evidence.tcp.facts.refused_here = Some(true);
            assert_eq!(codes(&evidence), ["local-firewall"]);
            evidence.tcp.facts.refused_here = Some(false);
            assert_ne!(codes(&evidence), ["local-firewall"]);
        }
    }

    fn control_hosts(evidence: &mut Evidence, connected: bool) {
        let failure = crate::evidence::Failure::timeout(crate::evidence::Operation::Connect, Ms(1600.0));
        let host = |address: &str| ControlHost {
            address: address.parse().expect("an address"),
            connected,
            duration_ms: Ms(40.0),
            failure: (!connected).then(|| failure.clone()),
        };
        let hosts = vec![host("1.1.1.1:443"), host("8.8.8.8:443")];
        let facts = ExperimentFacts::ControlHosts(ControlHostsFacts { hosts });
        evidence.experiments.push(Experiment { facts, duration_ms: Ms(1600.0) });
    }

    #[test]
    fn where_only_dns_gets_out_there_is_no_egress() {
        let mut evidence = failing(FailureKind::Timeout, 3800.0);
        control_hosts(&mut evidence, true);
        assert_eq!(codes(&evidence), ["ip-blackholed"]);
        assert_eq!(diagnose(&evidence).diagnoses[0].finding.confidence, Confidence::Confirmed);
        let mut evidence = failing(FailureKind::Timeout, 3800.0);
        for query in &mut evidence.dns.facts.queries {
            query.transport = crate::evidence::dns::DnsTransport::Udp;
        }
        control_hosts(&mut evidence, false);
        assert_eq!(codes(&evidence), ["no-egress"]);
    }

    #[test]
    fn a_neighbour_that_is_absent_is_no_firewall() {
        let mut evidence = healthy();
        specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
        specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
        specimen::tcp_fails(&mut evidence, FailureKind::HostUnreachable, 3060.0);
        for attempt in &mut evidence.tcp.facts.attempts {
            let (from, kind) = (ip("10.0.0.7"), crate::evidence::icmp::IcmpKind::HostUnreachable);
            attempt.rejected_by = Some(crate::evidence::icmp::IcmpReject { from, kind, by_this_machine: true });
        }
        assert_eq!(codes(&evidence), ["tcp-unreachable"]);
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.duration_ms = Some(Ms(0.1));
        }
        assert_eq!(codes(&evidence), ["local-firewall"]);
    }

    #[test]
    fn a_timeout_is_no_egress_when_nobody_answers() {
        let mut evidence = failing(FailureKind::Timeout, 5000.0);
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        assert_eq!(codes(&evidence), ["no-egress"]);
    }

    #[test]
    fn a_timeout_without_witnesses_is_a_symptom_with_its_causes() {
        let mut evidence = failing(FailureKind::Timeout, 5000.0);
        evidence.dns.facts.queries.truncate(2);
        assert_eq!(codes(&evidence), ["tcp-timeout"]);
        let outcome = diagnose(&evidence);
        assert!(outcome.questions[0].rivals.contains(&"ip-blackholed"));
    }

    #[test]
    fn a_timeout_of_a_local_address_asks_nothing_about_the_internet() {
        let mut evidence = healthy();
        specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
        specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
        specimen::tcp_fails(&mut evidence, FailureKind::Timeout, 5000.0);
        let outcome = diagnose(&evidence);
        assert_eq!(codes(&evidence), ["tcp-timeout"]);
        assert!(!outcome.questions[0].rivals.contains(&"ip-blackholed"));
    }

    #[test]
    fn without_a_route_there_is_no_egress() {
        let mut evidence = failing(FailureKind::NetworkUnreachable, 0.1);
        evidence.config.facts.machine.ipv4_route = Some(false);
        evidence.config.facts.machine.ipv6_route = Some(false);
        specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
        assert_eq!(codes(&evidence), ["no-egress"]);

        let mut evidence = healthy();
        evidence.config.facts.machine.ipv4_route = Some(false);
        evidence.config.facts.machine.ipv6_route = Some(false);
        specimen::configured(&mut evidence, DnsOutcome::Unreachable);
        specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
        specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
        assert_eq!(codes(&evidence), ["no-egress"]);
    }

    #[test]
    fn only_loopback_is_a_sandbox() {
        let mut evidence = failing(FailureKind::NetworkUnreachable, 0.1);
        evidence.config.facts.machine.only_loopback = Some(true);
        evidence.config.facts.machine.ipv4_route = Some(false);
        evidence.config.facts.machine.ipv6_route = Some(false);
        specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
        assert_eq!(codes(&evidence), ["sandbox-no-network"]);

        specimen::configured(&mut evidence, DnsOutcome::Unreachable);
        specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
        assert_eq!(codes(&evidence), ["sandbox-no-network"]);
    }

    #[test]
    fn silence_in_a_sandbox_that_denies_the_network_is_the_sandbox() {
        let mut evidence = healthy();
        evidence.config.facts.machine.sandbox = Some("CODEX_SANDBOX_NETWORK_DISABLED=1".to_owned());
        assert!(codes(&evidence).is_empty());
        specimen::configured(&mut evidence, DnsOutcome::Silent);
        specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
        assert_eq!(codes(&evidence), ["dns-no-answer"], "others answer, so the network is not denied");
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        assert_eq!(codes(&evidence), ["sandbox-no-network"]);
    }

    #[test]
    fn a_silent_resolver_on_loopback_given_by_flag_is_no_sandbox() {
        let mut evidence = healthy();
        evidence.config.facts.machine.only_loopback = Some(true);
        evidence.dns.facts.stub.origin = "--resolver".to_owned();
        evidence.dns.facts.stub.nameservers[0].set_ip(ip("127.0.0.1"));
        evidence.dns.facts.queries.truncate(2);
        for query in &mut evidence.dns.facts.queries {
            query.address.set_ip(ip("127.0.0.1"));
        }
        specimen::configured(&mut evidence, DnsOutcome::Silent);
        specimen::dns_fails(&mut evidence, FailureKind::DnsTimeout);
        assert_eq!(codes(&evidence), ["dns-no-answer"]);
    }

    #[test]
    fn eperm_is_a_local_firewall_or_a_sandbox() {
        let mut evidence = failing(FailureKind::PermissionDenied, 0.05);
        assert_eq!(codes(&evidence), ["local-firewall"]);
        specimen::comparison(&mut evidence, DnsOutcome::Unreachable);
        assert_eq!(codes(&evidence), ["local-firewall"]);
        evidence.config.facts.machine.sandbox = Some("CODEX_SANDBOX_NETWORK_DISABLED=1".to_owned());
        assert_eq!(codes(&evidence), ["sandbox-no-network"]);
    }

    #[test]
    fn a_prohibition_that_took_a_round_trip_came_from_a_router() {
        let mut evidence = failing(FailureKind::PermissionDenied, 14.0);
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.failure.as_mut().expect("it failed").os_error = Some(13);
        }
        assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.duration_ms = Some(Ms(0.1));
        }
        assert_eq!(codes(&evidence), ["local-firewall"]);
    }

    #[test]
    fn a_blackhole_route_is_a_local_firewall() {
        let mut evidence = failing(FailureKind::NetworkUnreachable, 0.05);
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.failure.as_mut().expect("it failed").os_error = Some(22);
        }
        assert_eq!(codes(&evidence), ["local-firewall"]);
    }

    #[test]
    fn a_refusal_after_a_round_trip_is_the_hosts_own() {
        assert_eq!(codes(&failing(FailureKind::ConnectionRefused, 30.0)), ["tcp-refused"]);
        assert_eq!(codes(&failing(FailureKind::ConnectionRefused, 0.3)), ["tcp-rejected-by-firewall"]);
        assert_eq!(codes(&failing(FailureKind::ConnectionRefused, 2.0)), ["tcp-rejected-by-firewall"]);
        // The nearest resolver took 21 ms: a provider's edge is as far, a server of one's own need not be.
        let mut evidence = failing(FailureKind::ConnectionRefused, 7.0);
        assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);
        evidence.config.facts.base_url.provider = None;
        assert_eq!(codes(&evidence), ["tcp-refused"]);
    }

    #[test]
    fn a_refusal_by_a_local_server_is_quick_and_its_own() {
        let mut evidence = healthy();
        specimen::local_endpoint(&mut evidence, "localhost", HostKind::Loopback);
        specimen::resolves_to(&mut evidence, "127.0.0.1", AddressClass::Loopback);
        specimen::tcp_fails(&mut evidence, FailureKind::ConnectionRefused, 0.05);
        assert_eq!(codes(&evidence), ["tcp-refused"]);
        evidence.config.facts.machine.container = Some("docker".to_owned());
        assert_eq!(codes(&evidence), ["tcp-refused"]);
        evidence.tcp.facts.gateway = Some(specimen::gateway_answers());
        assert_eq!(codes(&evidence), ["loopback-in-container"]);
    }

    #[test]
    fn icmp_from_afar_is_a_firewall_and_from_the_local_network_a_missing_host() {
        let mut evidence = failing(FailureKind::HostUnreachable, 18.0);
        // Where the system does not tell who sent it.
        for attempt in &mut evidence.tcp.facts.attempts {
            attempt.icmp_watched = false;
        }
        assert_eq!(codes(&evidence), ["tcp-rejected-by-firewall"]);

        let mut evidence = healthy();
        specimen::local_endpoint(&mut evidence, "10.0.0.8", HostKind::Private);
        specimen::resolves_to(&mut evidence, "10.0.0.8", AddressClass::Private);
        specimen::tcp_fails(&mut evidence, FailureKind::HostUnreachable, 3060.0);
        assert_eq!(codes(&evidence), ["tcp-unreachable"]);
    }

    fn v6_fails(kind: FailureKind, after: f64) -> Evidence {
        let mut evidence = healthy();
        let attempt = &mut evidence.tcp.facts.attempts[0];
        assert!(attempt.address.is_ipv6());
        attempt.connected = false;
        attempt.duration_ms = Some(Ms(after));
        attempt.failure = Some(crate::evidence::Failure::new(kind, crate::evidence::Operation::Connect, "x"));
        evidence
    }

    #[test]
    fn ipv6_that_hangs_degrades_and_ipv6_that_is_absent_does_not() {
        let outcome = diagnose(&v6_fails(FailureKind::Timeout, 3000.0));
        assert_eq!(outcome.health, Health::Degraded);
        assert_eq!(outcome.diagnoses[0].fault.code, "ipv6-broken");
        assert_eq!(outcome.diagnoses[0].finding.severity, Severity::Degraded);
        assert_eq!(codes(&v6_fails(FailureKind::NetworkUnreachable, 40.0)), Vec::<&str>::new());
        assert_eq!(codes(&v6_fails(FailureKind::NetworkUnreachable, 90.0)), ["ipv6-broken"]);
        assert!(codes(&v6_fails(FailureKind::ConnectionRefused, 12.0)).is_empty());
    }

    #[test]
    fn only_ipv6_without_a_route_is_faulty() {
        let mut evidence = failing(FailureKind::NetworkUnreachable, 0.1);
        specimen::only_family(&mut evidence, true);
        evidence.config.facts.machine.ipv6_route = Some(false);
        assert_eq!(codes(&evidence), ["ipv6-broken"]);
        assert_eq!(diagnose(&evidence).health, Health::Faulty);
    }

    #[test]
    fn one_family_alone_is_healthy() {
        for v6 in [false, true] {
            let mut evidence = healthy();
            specimen::only_family(&mut evidence, v6);
            assert!(codes(&evidence).is_empty());
        }
    }

    #[test]
    fn silent_comparison_resolvers_are_healthy() {
        let mut evidence = healthy();
        specimen::comparison(&mut evidence, DnsOutcome::Silent);
        assert_eq!(diagnose(&evidence).health, Health::Healthy);
        specimen::answers(&mut evidence, ResolverRole::Configured, specimen::V4, AddressClass::Public);
        assert_eq!(diagnose(&evidence).health, Health::Healthy);
    }

    #[test]
    fn a_missing_family_does_not_hide_how_the_other_failed() {
        let mut evidence = failing(FailureKind::Timeout, 5000.0);
        let attempt = &mut evidence.tcp.facts.attempts[0];
        attempt.failure.as_mut().expect("it failed").kind = FailureKind::NetworkUnreachable;
        attempt.duration_ms = Some(Ms(0.1));
        assert_eq!(codes(&evidence), ["ip-blackholed"]);
    }
}
