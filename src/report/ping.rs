//! The document of `ping`, and its text: a line an attempt, then the figures and how they were measured.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::icmp::{Passed, PassedReason, PingFacts, PingMethod, PingReply, PingTarget};
use crate::evidence::{Ms, Status};
use crate::lang::Sentence;
use crate::{say, text};

use super::style::{Role, Style};
use super::{SCHEMA_VERSION, Tool, exit};

/// The document of `ping --format json`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PingReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The process's exit code.
    pub exit_code: u8,
    /// Findings that are no fault: `icmp-filtered` where echo requests stay unanswered and connections open.
    #[serde(default)]
    pub notes: Vec<PingNote>,
    /// What was measured.
    #[serde(flatten)]
    pub facts: PingFacts,
}

/// A finding that is no fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PingNote {
    /// Its code, as `explain` knows it.
    pub code: String,
    /// The address that it is about.
    pub address: IpAddr,
}

impl PingReport {
    /// The document of one run.
    #[must_use]
    pub fn new(facts: PingFacts, exit_code: u8) -> Self {
        let filtered = facts.targets.iter().filter(|target| is_filtered(target)).map(|target| target.address);
        let notes = filtered.map(|address| PingNote { code: ICMP_FILTERED.to_owned(), address }).collect();
        Self { schema_version: SCHEMA_VERSION, tool: Tool::this(), exit_code, notes, facts }
    }
}

/// The fault that is none.
const ICMP_FILTERED: &str = "icmp-filtered";

/// Whether no echo request was answered and connections to the same address are.
fn is_filtered(target: &PingTarget) -> bool {
    let unanswered = target.passed.iter().any(|passed| passed.reason == PassedReason::NoReply);
    unanswered && target.method == PingMethod::TcpConnect && target.summary.received > 0
}

/// The line that stands before the attempts of a target: where to, how, and why not in a better way.
#[must_use]
pub fn begun(target: &PingTarget, port: u16, style: &Style) -> String {
    let mut out = String::new();
    let way = way(target, port);
    style.wrap(&mut out, "", way.of(style.lang));
    for passed in &target.passed {
        style.wrap(&mut out, &format!("  {} ", style.bullet()), why_not(passed).of(style.lang));
    }
    out
}

/// How a target is measured.
fn way(target: &PingTarget, port: u16) -> Sentence {
    let address = target.address;
    match target.method {
        PingMethod::IcmpDatagram => say!(
            en: "{address}: ICMP echo through a datagram socket, without privileges",
            zh: "{address}：ICMP echo（数据报套接字，无需特权）",
        ),
        PingMethod::IcmpRaw => say!(
            en: "{address}: ICMP echo through a raw socket", zh: "{address}：ICMP echo（原始套接字）",
        ),
        PingMethod::TcpConnect => {
            let peer = SocketAddr::new(address, port);
            say!(en: "{peer}: time to connect over TCP", zh: "{peer}：TCP 建立连接的耗时")
        }
    }
}

/// Why a better way was not taken.
#[must_use]
pub fn why_not(passed: &Passed) -> Sentence {
    let way = match passed.method {
        PingMethod::IcmpDatagram => text!(en: "ICMP without privileges", zh: "无特权 ICMP"),
        PingMethod::IcmpRaw => text!(en: "raw ICMP", zh: "原始 ICMP"),
        PingMethod::TcpConnect => text!(en: "TCP", zh: "TCP"),
    };
    let (en, zh) = (way.en, way.zh);
    let detail = passed.detail.as_deref().unwrap_or_default();
    match passed.reason {
        PassedReason::PingGroupRange => say!(
            en: "not {en}: net.ipv4.ping_group_range holds no group of this process ({detail}); `sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"` allows it",
            zh: "未用{zh}：net.ipv4.ping_group_range 不包含本进程的用户组（{detail}）；可用 `sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"` 放开",
        ),
        PassedReason::CapNetRaw => say!(
            en: "not {en}: this process lacks CAP_NET_RAW, which root has ({detail})",
            zh: "未用{zh}：本进程没有 CAP_NET_RAW 权限，root 才有（{detail}）",
        ),
        PassedReason::Unsupported => say!(
            en: "not {en}: the system does not offer it ({detail})", zh: "未用{zh}：系统不支持（{detail}）",
        ),
        PassedReason::NoReply => say!(
            en: "not {en}: no echo request got an answer; many hosts and firewalls drop them, so that alone is no fault",
            zh: "未用{zh}：echo 请求都没有应答；许多主机和防火墙会丢弃它，单凭这一点不算故障",
        ),
    }
}

/// The line of one attempt.
#[must_use]
pub fn line(target: &PingTarget, reply: &PingReply, style: &Style) -> String {
    let (address, number) = (target.address, reply.number);
    let (mark, said) = match (reply.rtt_ms, reply.rejected_by, &reply.failure) {
        (Some(rtt), _, _) if reply.refused => (Status::Pass, say!(en: "{rtt}, refused", zh: "{rtt}，连接被拒绝")),
        (Some(rtt), _, _) => (Status::Pass, Sentence::verbatim(rtt)),
        (None, Some(by), _) => {
            let (from, kind) = (by.from, by.kind.name());
            (Status::Fail, say!(en: "ICMP {kind} from {from}", zh: "来自 {from} 的 ICMP {kind}"))
        }
        (None, None, Some(failure)) => (Status::Fail, Sentence::verbatim(failure)),
        (None, None, None) => (Status::Fail, say!(en: "no answer", zh: "没有应答")),
    };
    let said = style.guard(said.of(style.lang));
    format!("{} {address} #{number:<3} {said}\n", style.mark(mark))
}

/// The figures of every target.
#[must_use]
pub fn summary(report: &PingReport, style: &Style) -> String {
    let (facts, mut out) = (&report.facts, String::new());
    if report.exit_code == exit::INTERRUPTED && facts.targets.is_empty() {
        let said = say!(
            en: "interrupted before {host} was measured", zh: "还没有测量 {host} 就被中断", host = &facts.host,
        );
        style.wrap(&mut out, &format!("{} ", style.mark(Status::Skip)), said.of(style.lang));
    }
    if let Some(failure) = &facts.failure {
        let said = say!(
            en: "{host} cannot be measured: {failure}", zh: "无法测量 {host}：{failure}", host = &facts.host,
        );
        style.wrap(&mut out, &format!("{} ", style.mark(Status::Fail)), said.of(style.lang));
    }
    for target in &facts.targets {
        let _ = writeln!(out);
        let head = style.paint(Role::Strong, &target.address.to_string());
        let _ = writeln!(out, "{} {head}", style.mark(status(target)));
        style.wrap(&mut out, "  ", figures(target).of(style.lang));
        if is_filtered(target) {
            let said = text!(
                en: "ping is filtered on the way or there, which is no fault: TCP connects (icmp-filtered)",
                zh: "ping 在途中或对端被过滤，这不算故障：TCP 能连上（icmp-filtered）",
            );
            style.wrap(&mut out, &format!("  {} ", style.bullet()), said.of(style.lang));
        }
    }
    out
}

fn status(target: &PingTarget) -> Status {
    match target.summary.loss {
        Some(loss) if loss >= 1.0 => Status::Fail,
        Some(loss) if loss > 0.0 => Status::Warn,
        Some(_) => Status::Pass,
        None => Status::Skip,
    }
}

fn figures(target: &PingTarget) -> Sentence {
    let of = &target.summary;
    let (sent, received) = (of.sent, of.received);
    let loss = percent(of.loss);
    let (Some(min), Some(median), Some(p95), Some(max)) = (of.min_ms, of.median_ms, of.p95_ms, of.max_ms) else {
        return say!(
            en: "{received} of {sent} came back, loss {loss}", zh: "发出 {sent} 次，应答 {received} 次，丢失 {loss}",
        );
    };
    let jitter = of.jitter_ms.map_or_else(|| "-".to_owned(), |jitter: Ms| jitter.to_string());
    say!(
        en: "{received} of {sent} came back, loss {loss}; min {min}, median {median}, p95 {p95}, max {max}, jitter {jitter}",
        zh: "发出 {sent} 次，应答 {received} 次，丢失 {loss}；最小 {min}，中位数 {median}，p95 {p95}，最大 {max}，抖动 {jitter}",
    )
}

/// A share as a percentage.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "?".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::icmp::{IcmpKind, IcmpReject, PingSummary};
    use crate::lang::Lang;

    fn target() -> PingTarget {
        let reply = |number, rtt: Option<f64>| PingReply {
            number,
            sent_ms: Ms(0.0),
            rtt_ms: rtt.map(Ms),
            refused: false,
            rejected_by: None,
            failure: None,
        };
        let replies = vec![reply(1, Some(40.0)), reply(2, None), reply(3, Some(42.0)), reply(4, Some(41.0))];
        let times: Vec<Option<Ms>> = replies.iter().map(|reply| reply.rtt_ms).collect();
        PingTarget {
            address: "162.159.140.245".parse().unwrap(),
            method: PingMethod::TcpConnect,
            passed: vec![
                Passed {
                    method: PingMethod::IcmpDatagram,
                    reason: PassedReason::PingGroupRange,
                    detail: Some("Permission denied".to_owned()),
                },
                Passed { method: PingMethod::IcmpRaw, reason: PassedReason::CapNetRaw, detail: None },
            ],
            summary: PingSummary::of(&times),
            replies,
        }
    }

    #[test]
    fn says_what_was_used_and_why_not_the_better_way() {
        for (lang, words) in [(Lang::En, "time to connect over TCP"), (Lang::Zh, "TCP 建立连接的耗时")] {
            let said = begun(&target(), 443, &Style { width: 300, ..Style::plain(lang) });
            assert!(said.starts_with("162.159.140.245:443"), "{said}");
            for needed in [words, "net.ipv4.ping_group_range", "CAP_NET_RAW", "Permission denied"] {
                assert!(said.contains(needed), "{needed} in {said}");
            }
        }
    }

    #[test]
    fn a_filtered_ping_is_a_note_and_no_fault() {
        let mut target = target();
        let plain = PingReport::new(PingFacts { targets: vec![target.clone()], ..PingFacts::default() }, 0);
        assert_eq!(plain.notes, []);
        target.passed = vec![Passed { method: PingMethod::IcmpDatagram, reason: PassedReason::NoReply, detail: None }];
        let facts = PingFacts { targets: vec![target.clone()], ..PingFacts::default() };
        assert_eq!(PingReport::new(facts.clone(), 0).notes[0].code, "icmp-filtered");
        for (lang, words) in [(Lang::En, "which is no fault"), (Lang::Zh, "不算故障")] {
            let report = PingReport::new(facts.clone(), 0);
            assert!(summary(&report, &Style { width: 200, ..Style::plain(lang) }).contains(words));
        }
        let interrupted = PingFacts { host: "h.test".to_owned(), ..PingFacts::default() };
        let said = summary(&PingReport::new(interrupted, exit::INTERRUPTED), &Style::plain(Lang::En));
        assert_eq!(said, "– interrupted before h.test was measured\n");
        target.summary.received = 0;
        let facts = PingFacts { targets: vec![target], ..PingFacts::default() };
        assert_eq!(PingReport::new(facts, 10).notes, [], "nothing connects either");
    }

    #[test]
    fn lines_and_figures() {
        let style = Style::plain(Lang::En);
        let mut target = target();
        assert_eq!(line(&target, &target.replies[0], &style), "✓ 162.159.140.245 #1   40.0 ms\n");
        assert_eq!(line(&target, &target.replies[1], &style), "✗ 162.159.140.245 #2   no answer\n");
        let from = "10.0.0.1".parse().unwrap();
        target.replies[1].rejected_by =
            Some(IcmpReject { from, kind: IcmpKind::AdminProhibited, by_this_machine: false });
        assert!(line(&target, &target.replies[1], &style).contains("ICMP admin-prohibited from 10.0.0.1"));
        let wide = Style { width: 200, ..style };
        let facts = PingFacts { targets: vec![target], ..PingFacts::default() };
        assert_eq!(
            summary(&PingReport::new(facts, 0), &wide),
            "\n! 162.159.140.245\n  3 of 4 came back, loss 25 %; min 40.0 ms, median 41.0 ms, p95 42.0 ms, max 42.0 ms, jitter 1.50 ms\n"
        );
    }
}
