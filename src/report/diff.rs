//! Two reports side by side: where they part. The document of `diff --format json` and its text.
//!
//! Both are judged by the same rules beforehand, so that what differs is the evidence. A stage that one of them never
//! reached is a consequence and not compared.

mod beyond;
mod chain;

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::evidence::{Evidence, Failure, Ms, Observation, SkipReason, Stage, Status};
use crate::lang::{Lang, Text};
use crate::text;

use super::style::{Role, Style, pad};
use super::text::Detail;
use super::{Report, SCHEMA_VERSION, Tool, Verdict, words};

/// A time is worth a word when it is this many times the other …
const FACTOR: f64 = 3.0;
/// … and longer by at least this, in milliseconds.
const GAP: f64 = 50.0;

/// What tells two reports apart.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DiffReport {
    /// Version of this document's shape; additions do not change it.
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// The first report.
    pub a: Side,
    /// The second report.
    pub b: Side,
    /// Whether both come to the same status and fault.
    pub same_verdict: bool,
    /// Where they part: the first difference that decides something, or else the first of any kind; null when there is
    /// none.
    pub first: Option<Difference>,
    /// Every difference, in the order of the chain.
    pub differences: Vec<Difference>,
}

/// One of the two reports.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Side {
    /// Its file.
    pub file: String,
    /// When it was observed.
    pub started_at: String,
    /// The machine: its system, and its container if it is one.
    pub machine: String,
    /// The base URL.
    pub base_url: String,
    /// The verdict of today's rules.
    pub verdict: Verdict,
    /// The title of the primary diagnosis.
    pub title: Option<String>,
}

/// One thing that differs.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Difference {
    /// `target`, `route`, the stage, or `experiment`.
    pub at: String,
    /// What differs there, a short stable name: `addresses`, `issuer`, `status`, …
    pub what: String,
    /// How much it says.
    pub weight: Weight,
    /// The first report's value; null when it has none.
    pub a: Option<String>,
    /// The second report's value; null when it has none.
    pub b: Option<String>,
    /// What differs, for a reader.
    #[serde(skip)]
    #[schemars(skip)]
    pub title: Text,
}

/// How much a difference says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It can make one run work and the other fail.
    Decisive,
    /// One took much longer.
    Time,
    /// It is as it is between any two machines or moments.
    Minor,
}

/// A report with its file's name.
#[derive(Clone, Copy, Debug)]
pub struct Named<'a> {
    /// The file.
    pub file: &'a str,
    /// The report.
    pub report: &'a Report,
}

impl DiffReport {
    /// Compares two reports; their sentences are in `lang`.
    #[must_use]
    pub fn new(a: Named<'_>, b: Named<'_>, lang: Lang) -> Self {
        let mut found = Found { lang, differences: vec![] };
        compare(&a.report.evidence(), &b.report.evidence(), &mut found);
        let differences = found.differences;
        let lightest = differences.iter().map(|one| one.weight).min();
        let first = differences.iter().find(|one| Some(one.weight) == lightest).cloned();
        let (one, other) = (&a.report.verdict, &b.report.verdict);
        Self {
            schema_version: SCHEMA_VERSION,
            tool: Tool::this(),
            same_verdict: one.status == other.status && one.fault == other.fault,
            a: side(a),
            b: side(b),
            first,
            differences,
        }
    }

    /// What a terminal shows.
    #[must_use]
    pub fn render(&self, style: &Style, detail: Detail) -> String {
        let mut out = String::new();
        let quiet = detail == Detail::Quiet;
        for (name, side) in [("A", &self.a), ("B", &self.b)].into_iter().filter(|_| !quiet) {
            let head = format!("{} {name} ", style.bullet());
            let parts = [&side.file, &side.base_url, &side.machine, &side.started_at];
            let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            style.wrap(&mut out, &head, &parts.join(style.dot()));
            style.wrap(&mut out, "    ", &verdict(side, style));
        }
        out.push_str(if quiet { "" } else { "\n" });
        let Some(first) = &self.first else {
            let same = text!(en: "Nothing differs.", zh: "没有差异。");
            style.wrap(&mut out, "", style.say(same));
            return out;
        };
        let lead = match (first.weight, self.same_verdict) {
            (Weight::Decisive, _) => text!(en: "They part at", zh: "分歧始于"),
            (_, true) => text!(en: "Same verdict; the first difference is at", zh: "结论相同；第一处差异在"),
            (_, false) => text!(
                en: "Nothing decisive differs before the verdict; the first difference is at",
                zh: "结论不同，但未见决定性差异；第一处差异在"
            ),
        };
        let said = format!("{} {}{}{}", style.say(lead), first.at, colon(style), style.say(first.title));
        let _ = writeln!(out, "{}", style.paint(Role::Strong, &style.guard(&said)));
        if quiet {
            return out;
        }
        for (name, value) in [("A", &first.a), ("B", &first.b)] {
            style.wrap(&mut out, &format!("    {name}  "), shown(value.as_deref(), style));
        }
        let rest: Vec<&Difference> = self.differences.iter().filter(|one| *one != first).collect();
        if !rest.is_empty() {
            let also = style.say(text!(en: "Also different", zh: "其他差异"));
            let _ = writeln!(out, "\n{}", style.paint(Role::Strong, also));
        }
        for one in rest {
            let arrow = if style.unicode { "→" } else { "->" };
            let (a, b) = (shown(one.a.as_deref(), style), shown(one.b.as_deref(), style));
            let said = format!("{}{}{a} {arrow} {b}", style.say(one.title), colon(style));
            style.wrap(&mut out, &format!("  {}", pad(&style.guard(&one.at), 8)), &said);
        }
        out
    }
}

fn shown<'a>(value: Option<&'a str>, style: &Style) -> &'a str {
    value.unwrap_or(style.say(text!(en: "none", zh: "无")))
}

fn side(Named { file, report }: Named<'_>) -> Side {
    let evidence = report.evidence();
    let machine = &evidence.config.facts.machine;
    let container = machine.container.as_deref().map(|container| format!(" ({container})")).unwrap_or_default();
    Side {
        file: file.to_owned(),
        started_at: report.started_at.clone(),
        machine: format!("{}{container}", machine.os),
        base_url: report.target.base_url.clone(),
        verdict: report.verdict.clone(),
        title: report.diagnoses.first().map(|primary| primary.title.clone()),
    }
}

fn verdict(side: &Side, style: &Style) -> String {
    let status = style.say(words::status(side.verdict.status));
    match (&side.title, &side.verdict.fault) {
        (Some(title), Some(fault)) => format!("{status}{}{title} [{fault}]", colon(style)),
        _ => status.to_owned(),
    }
}

const fn colon(style: &Style) -> &'static str {
    match style.lang {
        Lang::En => ": ",
        Lang::Zh => "：",
    }
}

/// The differences so far.
struct Found {
    lang: Lang,
    differences: Vec<Difference>,
}

impl Found {
    fn differ<T: PartialEq + ToString>(
        &mut self,
        weight: Weight,
        (at, what, title): (&str, &str, Text),
        a: Option<T>,
        b: Option<T>,
    ) {
        if a != b {
            let [a, b] = [a, b].map(|value| value.map(|value| value.to_string()));
            let (at, what) = (at.to_owned(), what.to_owned());
            self.differences.push(Difference { at, what, weight, a, b, title });
        }
    }

    fn decisive<T: PartialEq + ToString>(&mut self, at: (&str, &str, Text), a: Option<T>, b: Option<T>) {
        self.differ(Weight::Decisive, at, a, b);
    }

    fn minor<T: PartialEq + ToString>(&mut self, at: (&str, &str, Text), a: Option<T>, b: Option<T>) {
        self.differ(Weight::Minor, at, a, b);
    }

    fn time(&mut self, at: (&str, &str, Text), a: Option<Ms>, b: Option<Ms>) {
        if let (Some(a), Some(b)) = (a, b) {
            let (short, long) = (a.0.min(b.0), a.0.max(b.0));
            if long - short >= GAP && long >= short * FACTOR {
                self.differ(Weight::Time, at, Some(a), Some(b));
            }
        }
    }

    /// How a stage ended; whether both got there, so that the rest of it can be compared.
    fn stage<F>(&mut self, stage: Stage, a: &Observation<F>, b: &Observation<F>) -> bool {
        let at = stage.name();
        let skipped = |one: &Observation<F>| (one.status == Status::Skip).then_some(one.skip_reason).flatten();
        if a.status == Status::Skip || b.status == Status::Skip {
            let unasked = |reason| matches!(reason, Some(SkipReason::NotAsked | SkipReason::NeedsDeep));
            let (one, other) = (skipped(a), skipped(b));
            // Why else it was left out is told by the target, the route or an earlier stage.
            if one.is_some() != other.is_some() && (unasked(one) || unasked(other)) {
                let lang = self.lang;
                let said = |one: Option<SkipReason>| one.map(|reason| words::skip(reason).of(lang));
                self.minor((at, "skipped", text!(en: "skipped", zh: "跳过")), said(one), said(other));
            }
            return false;
        }
        let lang = self.lang;
        let outcome = |failure: Option<&Failure>| {
            failure.map_or(text!(en: "works", zh: "正常"), |failure| words::failure(failure.kind)).of(lang)
        };
        let (one, other) = (outcome(a.failure.as_ref()), outcome(b.failure.as_ref()));
        self.decisive((at, "outcome", text!(en: "how it ends", zh: "结果")), Some(one), Some(other));
        self.time((at, "duration", text!(en: "time", zh: "耗时")), a.duration_ms, b.duration_ms);
        true
    }
}

fn compare(a: &Evidence, b: &Evidence, found: &mut Found) {
    chain::target(a, b, found);
    let config = (&a.config.facts, &b.config.facts);
    if found.stage(Stage::Config, &a.config, &b.config) {
        let header = |one: &Option<crate::evidence::config::Sourced>| one.as_ref().map(|one| one.value.clone());
        let organization = ("config", "organization", text!(en: "organization", zh: "组织"));
        found.decisive(organization, header(&config.0.organization), header(&config.1.organization));
        let project = ("config", "project", text!(en: "project", zh: "项目"));
        found.decisive(project, header(&config.0.project), header(&config.1.project));
    }
    chain::dns(a, b, found);
    if found.stage(Stage::Proxy, &a.proxy, &b.proxy) {
        let (one, other) = (&a.proxy.facts, &b.proxy.facts);
        found.decisive(("proxy", "status", text!(en: "its answer", zh: "应答")), one.status, other.status);
        let reply = ("proxy", "socks-reply", text!(en: "its SOCKS reply", zh: "SOCKS 应答"));
        found.decisive(reply, one.socks_reply, other.socks_reply);
        found.time(
            ("proxy", "tunnel", text!(en: "time to the tunnel", zh: "建立隧道的耗时")),
            one.tunnel_ms,
            other.tunnel_ms,
        );
    }
    if found.stage(Stage::Tcp, &a.tcp, &b.tcp)
        && let (Some(one), Some(other)) = (a.tcp.facts.chosen, b.tcp.facts.chosen)
    {
        let family = |address: std::net::IpAddr| Some(if address.is_ipv4() { "IPv4" } else { "IPv6" });
        let at = ("tcp", "family", text!(en: "address family in use", zh: "使用的地址族"));
        found.decisive(at, family(one), family(other));
        found.minor(("tcp", "address", text!(en: "address in use", zh: "使用的地址")), Some(one), Some(other));
    }
    if found.stage(Stage::Tls, &a.tls, &b.tls) {
        chain::tls(&a.tls.facts, &b.tls.facts, found);
    }
    chain::http(a, b, found);
    beyond::stream(a, b, found);
    beyond::experiments(a, b, found);
}

#[cfg(test)]
mod tests {
    use super::{DiffReport, Named, Weight};
    use crate::evidence::dns::AddressClass;
    use crate::evidence::{Evidence, Failure, FailureKind, Ms, Operation, Status};
    use crate::lang::Lang;
    use crate::report::fixture::{classified, healthy, report};
    use crate::report::style::{Style, columns};

    fn diff(a: &Evidence, b: &Evidence) -> DiffReport {
        let (a, b) = (report(a, Lang::En), report(b, Lang::En));
        DiffReport::new(Named { file: "a", report: &a }, Named { file: "b", report: &b }, Lang::En)
    }

    /// The first difference as `at what`, its weight, and whether the verdict is the same.
    fn first(b: &Evidence) -> (String, Option<Weight>, bool) {
        let diff = diff(&healthy(), b);
        let first = diff.first.map(|first| (format!("{} {}", first.at, first.what), first.weight));
        let (name, weight) = first.unzip();
        (name.unwrap_or_default(), weight, diff.same_verdict)
    }

    #[test]
    fn equals_do_not_differ() {
        let same = diff(&healthy(), &healthy());
        assert!(same.same_verdict && same.first.is_none() && same.differences.is_empty());
        assert!(same.render(&Style::plain(Lang::En), super::Detail::Normal).ends_with("Nothing differs.\n"));
    }

    #[test]
    fn the_first_stage_that_differs_is_named() {
        let mut other = healthy();
        other.dns.facts.addresses = vec![classified("127.0.0.66", AddressClass::Loopback)];
        other.tcp.status = Status::Fail;
        other.tcp.failure = Some(Failure::new(FailureKind::ConnectionRefused, Operation::Connect, "refused"));
        assert_eq!(first(&other), ("dns addresses".to_owned(), Some(Weight::Decisive), false));
        let all = diff(&healthy(), &other);
        assert!(all.differences.iter().any(|one| one.at == "tcp" && one.what == "outcome"), "{all:?}");
    }

    #[test]
    fn what_varies_anyway_decides_nothing() {
        let mut other = healthy();
        for address in &mut other.dns.facts.addresses {
            *address = classified("104.18.6.192", AddressClass::Public);
        }
        other.tcp.facts.chosen = "104.18.6.192".parse().ok();
        other.dns.duration_ms = Some(Ms(healthy().dns.duration_ms.unwrap().0 + 40.0));
        assert_eq!(first(&other), ("dns addresses".to_owned(), Some(Weight::Minor), true));
        other.tls.duration_ms = Some(Ms(900.0));
        assert_eq!(first(&other), ("tls duration".to_owned(), Some(Weight::Time), true));
        other.tls.facts.chain[0].issuer_o = Some("Zscaler Inc.".to_owned());
        assert_eq!(first(&other).0, "tls issuer");
    }

    #[test]
    fn what_was_never_reached_is_a_consequence() {
        let mut other = healthy();
        other.dns.status = Status::Fail;
        other.dns.failure = Some(Failure::new(FailureKind::DnsNxdomain, Operation::Resolve, "no"));
        other.dns.facts.addresses.clear();
        (other.tcp, other.tls, other.http, other.api) = Default::default();
        let diff = diff(&healthy(), &other);
        assert!(diff.differences.iter().all(|one| one.at == "dns"), "{:?}", diff.differences);
        assert_eq!(first(&other).0, "dns outcome");
    }

    #[test]
    fn it_reads_well_in_both_languages() {
        let mut other = healthy();
        other.dns.facts.addresses = vec![classified("127.0.0.66", AddressClass::Loopback)];
        other.target.base_url = "https://\u{1b}[31mrelay.example/v1".to_owned();
        for lang in [Lang::En, Lang::Zh] {
            let (a, b) = (report(&healthy(), lang), report(&other, lang));
            let diff = DiffReport::new(Named { file: "a", report: &a }, Named { file: "b", report: &b }, lang);
            let text = diff.render(&Style::plain(lang), super::Detail::Normal);
            assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
            assert!(!text.contains('\u{1b}') && text.contains("127.0.0.66"), "{text}");
        }
    }
}
