//! The document of `trace`, and its text: a line a hop as soon as it is known, then how the way ends.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::Status;
use crate::evidence::route::{Hop, HopAnswer, HopSaid, NameFate, NameFilter, RouteFacts};
use crate::lang::{Sentence, Text};
use crate::{say, text};

use super::ping::{percent, why_not};
use super::style::{Role, Style, columns, pad};
use super::{SCHEMA_VERSION, Tool, exit};

pub use crate::evidence::route::TraceMethod;

/// The document of `trace --format json`.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RouteReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The process's exit code.
    pub exit_code: u8,
    /// The way.
    #[serde(flatten)]
    pub facts: RouteFacts,
}

impl RouteReport {
    /// The document of one run.
    #[must_use]
    pub fn new(facts: RouteFacts, exit_code: u8) -> Self {
        Self { schema_version: SCHEMA_VERSION, tool: Tool::this(), exit_code, facts }
    }
}

/// What stands before the hops.
#[must_use]
pub fn head(facts: &RouteFacts, style: &Style) -> String {
    let mut out = String::new();
    let Some(address) = facts.address else { return out };
    let (host, queries) = (&facts.host, facts.queries);
    let method = facts.method.name().to_uppercase();
    let port = facts.port.map(|port| format!(" {port}")).unwrap_or_default();
    let said = say!(
        en: "to {host} ({address}) by {method}{port}, {queries} probes a hop: loss, then best, median and worst time",
        zh: "到 {host}（{address}），{method}{port}，每跳 {queries} 个探测：丢失率，最短、中位、最长耗时",
    );
    style.wrap(&mut out, "", said.of(style.lang));
    out
}

/// The line of one hop.
#[must_use]
pub fn line(hop: &Hop, style: &Style) -> String {
    let ttl = hop.ttl;
    let cuts = hop.cuts_name.map(|fate| format!("{} {}", style.mark(Status::Fail), cut(fate).of(style.lang)));
    if hop.answers.is_empty() {
        let said = style.paint(Role::Muted, style.say(text!(en: "no answer", zh: "没有应答")));
        let cuts = cuts.map(|cuts| format!(" {cuts}")).unwrap_or_default();
        return format!("{ttl:>3}  {said}{cuts}\n");
    }
    let mut out = String::new();
    for (index, answer) in hop.answers.iter().enumerate() {
        let number = if index == 0 { ttl.to_string() } else { String::new() };
        let room = if answer.address.is_ipv4() { ADDRESS.0 } else { ADDRESS.1 };
        let mut line = format!("{number:>3}  {}", pad(&who(answer, style), room));
        let times = if index == 0 { times(hop) } else { String::new() };
        let said = said(answer, hop).map(|said| {
            let status = if hop.destination && answer.said.is_answer() { Status::Pass } else { Status::Warn };
            format!("{} {}", style.mark(status), said.of(style.lang))
        });
        let cuts = cuts.clone().filter(|_| index == 0).unwrap_or_default();
        for part in [times, said.unwrap_or_default(), cuts].into_iter().filter(|part| !part.is_empty()) {
            // What does not fit stands below, under the address.
            if columns(&line) + 1 + columns(&part) > style.width {
                let _ = writeln!(out, "{}", line.trim_end());
                line = format!("{:4}", "");
            }
            line = format!("{line} {part}");
        }
        let _ = writeln!(out, "{}", line.trim_end());
    }
    out
}

/// What a hop does to connections that ask for the endpoint's name.
const fn cut(fate: NameFate) -> Text {
    match fate {
        NameFate::Reset => text!(en: "cuts here (sni-reset)", zh: "在此重置（sni-reset）"),
        NameFate::Drop => text!(en: "cuts here (sni-dropped)", zh: "在此丢弃（sni-dropped）"),
    }
}

/// Room for an address of each family.
const ADDRESS: (usize, usize) = (15, 39);

fn who(answer: &HopAnswer, style: &Style) -> String {
    match &answer.name {
        Some(name) => format!("{} ({})", style.guard(name), answer.address),
        None => answer.address.to_string(),
    }
}

fn times(hop: &Hop) -> String {
    let of = &hop.summary;
    let (Some(best), Some(median), Some(worst)) = (of.min_ms, of.median_ms, of.max_ms) else { return String::new() };
    let loss = percent(of.loss);
    format!("{loss:>5} {:>8} {:>8} {:>8}", best.to_string(), median.to_string(), worst.to_string())
}

/// What an answer means where it is more than a router's.
fn said(answer: &HopAnswer, hop: &Hop) -> Option<Sentence> {
    Some(match answer.said {
        HopSaid::TimeExceeded => return None,
        HopSaid::Connected => say!(en: "destination, connected", zh: "目的地，连接成功"),
        HopSaid::Reset => say!(
            en: "destination, refused with a TCP reset", zh: "目的地，以 TCP RST 拒绝连接",
        ),
        HopSaid::Reply => say!(en: "destination, answered", zh: "目的地，有应答"),
        HopSaid::PortUnreachable if hop.destination => {
            say!(en: "destination, ICMP port-unreachable", zh: "目的地，ICMP port-unreachable")
        }
        said => {
            let kind = kind(said);
            say!(en: "rejects: ICMP {kind}", zh: "拒绝：ICMP {kind}")
        }
    })
}

const fn kind(said: HopSaid) -> &'static str {
    match said {
        HopSaid::PortUnreachable => "port-unreachable",
        HopSaid::NetUnreachable => "net-unreachable",
        HopSaid::HostUnreachable => "host-unreachable",
        HopSaid::AdminProhibited => "admin-prohibited",
        _ => "error",
    }
}

/// How the way ends.
#[must_use]
pub fn end(report: &RouteReport, style: &Style) -> String {
    let (facts, mut out) = (&report.facts, String::new());
    for passed in &facts.passed {
        style.wrap(&mut out, &format!("  {} ", style.bullet()), why_not(passed).of(style.lang));
    }
    let (status, said) = match report.exit_code {
        exit::INTERRUPTED if !facts.reached => (
            Status::Skip,
            say!(
                en: "interrupted: the way to {host} is not known to its end", zh: "已中断：到 {host} 的路径还没有追踪完",
                host = &facts.host,
            ),
        ),
        _ => verdict(facts),
    };
    style.wrap(&mut out, &format!("{} ", style.mark(status)), said.of(style.lang));
    if let Some(filter) = &facts.name_filter {
        style.wrap(&mut out, &format!("{} ", style.mark(Status::Fail)), by_name(filter).of(style.lang));
    }
    out
}

/// Who cuts connections by name.
fn by_name(filter: &NameFilter) -> Sentence {
    let name = &filter.server_name;
    let Sentence { en, zh } = match (filter.hop, filter.router) {
        (Some(hop), Some(router)) => say!(en: "hop {hop} ({router})", zh: "第 {hop} 跳（{router}）"),
        (Some(hop), None) => say!(en: "hop {hop}", zh: "第 {hop} 跳"),
        (None, _) => say!(en: "something on the way", zh: "途中的某个设备"),
    };
    match filter.does {
        NameFate::Reset => say!(
            en: "{en} resets connections that ask for {name}; another name of the same length passes (sni-reset)",
            zh: "{zh}会重置请求 {name} 的连接；换成同样长度的其他域名就能通过（sni-reset）",
        ),
        NameFate::Drop => say!(
            en: "{en} drops connections that ask for {name}; another name of the same length passes (sni-dropped)",
            zh: "{zh}会丢弃请求 {name} 的连接；换成同样长度的其他域名就能通过（sni-dropped）",
        ),
    }
}

fn verdict(facts: &RouteFacts) -> (Status, Sentence) {
    let host = &facts.host;
    let last = facts.hops.last();
    if let (true, Some(hop)) = (facts.reached, last) {
        let count = hop.ttl;
        return (Status::Pass, say!(en: "{host} answers at hop {count}", zh: "{host} 在第 {count} 跳应答"));
    }
    if let Some(by) = last.and_then(Hop::rejected_by).filter(|_| facts.rejected_at.is_some()) {
        let (address, kind) = (by.address, kind(by.said));
        return (
            Status::Fail,
            say!(
                en: "{address} turns the packets away with ICMP {kind}: a firewall or router on the way, not {host}",
                zh: "{address} 用 ICMP {kind} 拒绝了数据包：是途中的防火墙或路由器，不是 {host}",
            ),
        );
    }
    if let Some(failure) = &facts.failure {
        return (
            Status::Fail,
            say!(en: "the way to {host} cannot be traced: {failure}", zh: "无法追踪到 {host} 的路径：{failure}"),
        );
    }
    let Some(seen) = facts.hops.iter().rev().find(|hop| !hop.answers.is_empty()) else {
        return (Status::Fail, say!(en: "nobody on the way to {host} answered", zh: "到 {host} 的路上没有任何应答"));
    };
    let ttl = seen.ttl;
    let who = seen.answers[0].address;
    (
        Status::Fail,
        say!(
            en: "{host} did not answer; the last one that did is {who} at hop {ttl}: the packets are lost behind it",
            zh: "{host} 没有应答；最后有应答的是第 {ttl} 跳 {who}：数据包在它之后丢失",
        ),
    )
}

/// The hops of a finished trace, as they are shown one by one while it runs.
#[must_use]
pub fn render(report: &RouteReport, style: &Style) -> String {
    let facts = &report.facts;
    let mut lines = Lines::default();
    let mut out = head(facts, style);
    for hop in &facts.hops {
        out.push_str(&lines.next(hop, style));
    }
    out.push_str(&lines.finish(style));
    out.push_str(&end(report, style));
    out
}

/// What is left to show of hops of which so many lines stand on a terminal of so many rows. Where one of them is known by
/// now to cut the name, all are shown again in their place; where they have gone out of sight, that one alone is.
#[must_use]
pub fn rest(facts: &RouteFacts, before: &Lines, (lines, rows): (usize, Option<usize>), style: &Style) -> String {
    let left = before.finish(style);
    let Some(cutting) = facts.hops.iter().find(|hop| hop.cuts_name.is_some()) else { return left };
    if rows.is_none_or(|rows| lines >= rows) {
        return left + &line(cutting, style);
    }
    let mut shown = Lines::default();
    let again: String = facts.hops.iter().map(|hop| shown.next(hop, style)).collect();
    // Up to the first of them, and everything below it away.
    let back = if lines == 0 { String::new() } else { format!("\u{1b}[{lines}F\u{1b}[J") };
    back + &again + &shown.finish(style)
}

/// Hops as lines, silent ones held back until somebody behind them answers.
#[derive(Debug, Default)]
pub struct Lines {
    silent: Vec<u8>,
}

impl Lines {
    /// What is to be shown once this hop is known.
    pub fn next(&mut self, hop: &Hop, style: &Style) -> String {
        if hop.answers.is_empty() && hop.cuts_name.is_none() {
            self.silent.push(hop.ttl);
            return String::new();
        }
        let held: String = self.silent.drain(..).map(|ttl| line(&Hop { ttl, ..Hop::default() }, style)).collect();
        held + &line(hop, style)
    }

    /// What is left at the end: silence up to the last hop, in one line.
    #[must_use]
    pub fn finish(&self, style: &Style) -> String {
        let (Some(first), Some(last)) = (self.silent.first(), self.silent.last()) else { return String::new() };
        let said = style.paint(Role::Muted, style.say(text!(en: "no answer", zh: "没有应答")));
        if first == last { format!("{first:>3}  {said}\n") } else { format!("{first:>3}-{last}  {said}\n") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Ms;
    use crate::lang::Lang;

    fn facts(end: HopSaid, from: &str) -> RouteFacts {
        let destination = "162.159.140.245".parse().unwrap();
        let hop =
            |ttl, from: &str, said, ms| Hop::of(ttl, destination, &[Some((from.parse().unwrap(), said, Ms(ms))), None]);
        let last = hop(3, from, end, 40.0);
        let (reached, rejected_at) = (last.destination, last.rejected_by().map(|_| 3));
        RouteFacts {
            host: "api.openai.com".to_owned(),
            address: Some(destination),
            port: Some(443),
            method: TraceMethod::Tcp,
            queries: 2,
            hops: vec![
                hop(1, "192.168.1.1", HopSaid::TimeExceeded, 10.0),
                Hop::of(2, destination, &[None, None]),
                last,
            ],
            reached,
            rejected_at: rejected_at.filter(|_| !reached),
            ..RouteFacts::default()
        }
    }

    /// The hops of a finished trace, as they are shown one by one while it runs.
    fn render(facts: &RouteFacts, style: &Style) -> String {
        let mut lines = Lines::default();
        let mut out = head(facts, style);
        for hop in &facts.hops {
            out.push_str(&lines.next(hop, style));
        }
        out.push_str(&lines.finish(style));
        out.push_str(&end(&RouteReport::new(facts.clone(), 0), style));
        out
    }

    #[test]
    fn the_way_is_shown_hop_by_hop() {
        let facts = facts(HopSaid::Connected, "162.159.140.245");
        let shown = render(&facts, &Style { width: 120, ..Style::plain(Lang::En) });
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), 5, "{shown}");
        assert!(lines[1].starts_with("  1  192.168.1.1 ") && lines[1].contains("50 %  10.0 ms"), "{shown}");
        assert_eq!(lines[2], "  2  no answer");
        assert!(lines[3].ends_with("✓ destination, connected"), "{shown}");
        assert_eq!(lines[4], "✓ api.openai.com answers at hop 3");
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for lang in [Lang::En, Lang::Zh] {
            let style = Style { width: 80, ..Style::plain(lang) };
            let mut v4 = facts(HopSaid::Reset, "162.159.140.245");
            v4.hops[0].answers[0].name = Some("a-router-with-a-long-name.of-some-carrier.example.net".to_owned());
            let mut v6 = facts(HopSaid::AdminProhibited, "2001:db8:1111:2222:3333:4444:5555:6666");
            v6.address = Some("2001:db8:1111:2222:3333:4444:5555:6667".parse().unwrap());
            for facts in [v4, v6] {
                let shown = render(&facts, &style);
                let widest = shown.lines().map(columns).max();
                assert!(widest <= Some(80), "{widest:?}: {shown}");
            }
        }
    }

    #[test]
    fn whoever_rejects_is_named() {
        for (lang, words) in [(Lang::En, "turns the packets away"), (Lang::Zh, "拒绝了数据包")] {
            let facts = facts(HopSaid::AdminProhibited, "100.64.0.2");
            let shown = render(&facts, &Style { width: 120, ..Style::plain(lang) });
            let last = shown.lines().last().unwrap();
            for needed in ["100.64.0.2", "ICMP admin-prohibited", words] {
                assert!(last.contains(needed), "{needed} in {shown}");
            }
        }
    }

    #[test]
    fn whoever_minds_the_name_is_named() {
        let mut facts = facts(HopSaid::Connected, "162.159.140.245");
        let router = Some("100.64.0.2".parse().unwrap());
        let name = "api.openai.com".to_owned();
        for (does, hop, words) in [
            (NameFate::Reset, Some(2), "✗ hop 2 (100.64.0.2) resets connections that ask for api.openai.com;"),
            (NameFate::Drop, None, "✗ something on the way drops connections that ask for api.openai.com;"),
        ] {
            facts.name_filter = Some(NameFilter { server_name: name.clone(), does, hop, router });
            let shown = end(&RouteReport::new(facts.clone(), 11), &Style { width: 160, ..Style::plain(Lang::En) });
            assert!(shown.lines().last().is_some_and(|last| last.starts_with(words)), "{shown}");
            let shown = end(&RouteReport::new(facts.clone(), 11), &Style { width: 160, ..Style::plain(Lang::Zh) });
            assert!(shown.contains("请求 api.openai.com 的连接"), "{shown}");
        }
    }

    #[test]
    fn the_hop_that_cuts_the_name_is_marked_on_its_own_row() {
        let mut facts = facts(HopSaid::Connected, "162.159.140.245");
        let filter = |hop| NameFilter {
            server_name: "api.openai.com".to_owned(),
            does: NameFate::Reset,
            hop: Some(hop),
            router: None,
        };
        let style = Style { width: 120, ..Style::plain(Lang::En) };
        for (hop, row) in [(1, "  1  192.168.1.1 "), (2, "  2  no answer ")] {
            facts.blame(Some(filter(hop)));
            let shown = super::render(&RouteReport::new(facts.clone(), 11), &style);
            let marked: Vec<&str> = shown.lines().filter(|line| line.contains("✗ cuts here")).collect();
            assert!(marked.len() == 1 && marked[0].starts_with(row), "{shown}");
        }
        // On a terminal the hops are shown again in their place; where they are out of sight only that one is.
        let before = Lines::default();
        let again = rest(&facts, &before, (3, Some(24)), &style);
        assert!(again.starts_with("\u{1b}[3F\u{1b}[J  1  192.168.1.1 ") && again.lines().count() == 3, "{again:?}");
        for rows in [None, Some(3)] {
            assert_eq!(rest(&facts, &before, (3, rows), &style), "  2  no answer ✗ cuts here (sni-reset)\n");
        }
        facts.blame(None);
        assert_eq!(rest(&facts, &before, (3, Some(24)), &style), "");
    }

    #[test]
    fn a_trace_that_was_interrupted_blames_nobody() {
        let facts = RouteFacts { host: "api.openai.com".to_owned(), ..RouteFacts::default() };
        let style = Style::plain(Lang::En);
        let shown = end(&RouteReport::new(facts.clone(), exit::INTERRUPTED), &style);
        assert_eq!(shown, "– interrupted: the way to api.openai.com is not known to its end\n");
        assert!(end(&RouteReport::new(facts, 10), &style).contains("nobody on the way to api.openai.com answered"));
    }

    #[test]
    fn silence_at_the_end_is_one_line() {
        let mut facts = facts(HopSaid::Connected, "162.159.140.245");
        facts.hops[2] = Hop { ttl: 3, ..Hop::default() };
        facts.reached = false;
        let shown = render(&facts, &Style { width: 160, ..Style::plain(Lang::En) });
        assert!(shown.contains("\n  2-3  no answer\n"), "{shown}");
        assert!(shown.ends_with("the last one that did is 192.168.1.1 at hop 1: the packets are lost behind it\n"));
    }
}
