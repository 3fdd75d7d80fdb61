//! The line of a stage, as it happens: mark, name, what was seen in a few words, measured time.

use crate::evidence::api::BodyShape;
use crate::evidence::dns::{DnsOutcome, DnsSource, ResolverRole};
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{
    ApiFacts, ConfigFacts, DnsFacts, Failure, FailureKind, HttpFacts, ProxyFacts, Status, StreamFacts, TcpFacts,
    TlsFacts, text,
};
use crate::lang::Sentence;
use crate::say;

use super::StageReport;
use super::style::{Role, Style, pad};
use super::words;

/// Columns of the mark and the stage's name.
pub(super) const NAME_COLUMNS: usize = 10;

/// The line of one stage, its notes below it; every line ends with a line feed.
#[must_use]
pub fn stage(report: &StageReport, style: &Style) -> String {
    let outline = report.outline();
    let name = pad(outline.stage.name(), NAME_COLUMNS - 3);
    let name = if outline.status == Status::Skip { style.paint(Role::Muted, &name) } else { name };
    let first = format!("{} {name} ", style.mark(outline.status));
    let seen = if let Some(reason) = outline.skip_reason.filter(|_| outline.status == Status::Skip) {
        style.say(words::skip(reason)).to_owned()
    } else {
        seen(report)
            .unwrap_or_else(|| outline.failure.map_or_else(Vec::new, |failure| vec![failed(failure)]))
            .iter()
            .map(|part| part.of(style.lang))
            .collect::<Vec<_>>()
            .join(style.comma())
    };
    let time = outline.duration_ms.filter(|_| outline.status != Status::Skip);
    let mut out = String::new();
    style.spread(&mut out, &first, &seen, &time.map_or_else(String::new, |time| time.to_string()));
    for note in notes(report, style) {
        style.wrap(&mut out, &format!("{}{} ", " ".repeat(NAME_COLUMNS), style.bullet()), &note);
    }
    out
}

fn notes(report: &StageReport, style: &Style) -> Vec<String> {
    let notes = match report {
        StageReport::Config(entry) => entry.facts().map(|facts| &facts.notes),
        StageReport::Api(entry) => entry.facts().map(|facts| &facts.notes),
        StageReport::Stream(entry) => entry.facts().map(|facts| &facts.notes),
        _ => None,
    };
    let notes = notes.map_or(&[][..], |notes| notes);
    notes.iter().map(|note| Sentence { en: note.en.clone(), zh: note.zh.clone() }.of(style.lang).to_owned()).collect()
}

/// What was seen, in parts to be joined with commas; `None` when the failure is all there is to say.
fn seen(report: &StageReport) -> Option<Vec<Sentence>> {
    let failure = report.outline().failure;
    match report {
        StageReport::Config(entry) => entry.facts().filter(|_| failure.is_none()).map(config),
        StageReport::Dns(entry) => entry.facts().map(|facts| dns(facts, failure)),
        StageReport::Proxy(entry) => entry.facts().map(|facts| proxy(facts, failure)),
        StageReport::Tcp(entry) => entry.facts().map(|facts| tcp(facts, failure)),
        StageReport::Tls(entry) => entry.facts().map(|facts| tls(facts, failure)),
        StageReport::Http(entry) => entry.facts().map(|facts| http(facts, failure)),
        StageReport::Api(entry) => entry.facts().map(|facts| api(facts, failure)),
        StageReport::Stream(entry) => entry.facts().filter(|_| failure.is_none()).map(stream),
    }
}

/// A failure in a few words, with the system's own where we have none.
pub(super) fn failed(failure: &Failure) -> Sentence {
    let words = words::failure(failure.kind);
    match failure.kind {
        FailureKind::Unclassified | FailureKind::UnusableSetting | FailureKind::TlsAlert | FailureKind::Http2Error => {
            let detail = text::line(&failure.detail, 100);
            say!(en: "{en}: {detail}", zh: "{zh}：{detail}", en = words.en, zh = words.zh)
        }
        _ => words.into(),
    }
}

fn config(facts: &ConfigFacts) -> Vec<Sentence> {
    let mut parts = Vec::new();
    parts.extend(facts.base_url.provider.as_ref().map(Sentence::verbatim));
    parts.push(match &facts.key {
        Some(key) if key.tail.is_empty() => {
            say!(en: "key from {origin}", zh: "密钥来自 {origin}", origin = &key.origin)
        }
        Some(key) => {
            say!(en: "key …{tail} from {origin}", zh: "密钥 …{tail} 来自 {origin}", tail = &key.tail, origin = &key.origin)
        }
        None => say!(en: "no key", zh: "没有密钥"),
    });
    parts
}

fn dns(facts: &DnsFacts, failure: Option<&Failure>) -> Vec<Sentence> {
    let answered_by = facts
        .queries
        .iter()
        .find(|query| query.role == ResolverRole::Configured && query.outcome == DnsOutcome::Answer)
        .map(|query| query.resolver.trim_end_matches(":53"));
    let mut parts = Vec::new();
    if let Some(first) = facts.addresses.first() {
        let address = first.address;
        let class = words::address_class(first.class);
        let more = facts.addresses.len() - 1;
        let shown = class.map_or_else(
            || Sentence::verbatim(address),
            |class| say!(en: "{address} ({en})", zh: "{address}（{zh}）", en = class.en, zh = class.zh),
        );
        parts.push(if more == 0 {
            shown
        } else {
            say!(en: "{en} and {more} more", zh: "{zh} 等 {all} 个地址", en = &shown.en, zh = &shown.zh, all = more + 1)
        });
        let by_resolver = matches!(facts.source, DnsSource::Nameserver | DnsSource::ResolverFlag);
        let source = words::dns_source(facts.source);
        parts.push(if let Some(resolver) = answered_by.filter(|_| by_resolver) {
            say!(en: "from {resolver}", zh: "由 {resolver} 应答")
        } else {
            say!(en: "from {en}", zh: "来源：{zh}", en = source.en, zh = source.zh)
        });
    }
    parts.extend(failure.map(failed));
    if failure.is_some() && parts.len() == 1 && !facts.name.is_empty() {
        parts.insert(0, Sentence::verbatim(&facts.name));
    }
    parts
}

fn proxy(facts: &ProxyFacts, failure: Option<&Failure>) -> Vec<Sentence> {
    let mut parts = vec![Sentence::verbatim(&facts.address)];
    if let Some(failure) = failure {
        parts.push(failed(failure));
        parts.extend(facts.status_line.as_ref().map(Sentence::verbatim));
        parts.extend(facts.socks_reply.map(|code| say!(en: "SOCKS reply {code}", zh: "SOCKS 应答码 {code}")));
    } else if facts.forwards {
        parts.push(say!(en: "forwards plain http", zh: "转发明文 http 请求"));
    } else {
        parts.extend(facts.connect_ms.map(|time| say!(en: "connected in {time}", zh: "连接用时 {time}")));
        if facts.reached == ProxyStep::Tunnelled {
            parts.extend(facts.tunnel_ms.map(|time| say!(en: "tunnel in {time}", zh: "建立隧道用时 {time}")));
        }
    }
    parts
}

fn tcp(facts: &TcpFacts, failure: Option<&Failure>) -> Vec<Sentence> {
    let mut parts = Vec::new();
    let failing = facts.attempts.iter().filter(|attempt| attempt.failure.is_some()).count();
    let all = facts.attempts.len();
    if let Some(chosen) = facts.chosen {
        parts.push(Sentence::verbatim(chosen));
        let attempt = facts.attempts.iter().find(|attempt| attempt.address == chosen && attempt.connected);
        let rtt = attempt.and_then(|attempt| attempt.info).and_then(|info| info.rtt_ms);
        parts.extend(rtt.map(|rtt| say!(en: "RTT {rtt}", zh: "RTT {rtt}")));
        if failing > 0 {
            parts.push(say!(en: "{failing} of {all} addresses failed", zh: "{all} 个地址中有 {failing} 个失败"));
        }
        return parts;
    }
    if let Some(attempt) = facts.attempts.first() {
        let (first, more) = (attempt.address, all - 1);
        parts.push(if more == 0 {
            Sentence::verbatim(first)
        } else {
            say!(en: "{first} and {more} more", zh: "{first} 等 {all} 个地址")
        });
    }
    parts.extend(failure.map(failed));
    parts
}

fn tls(facts: &TlsFacts, failure: Option<&Failure>) -> Vec<Sentence> {
    let mut parts: Vec<Sentence> = facts.version.iter().map(Sentence::verbatim).collect();
    parts.extend(failure.map(failed));
    if let Some(leaf) = facts.chain.first() {
        let issuer = leaf.issuer_o.as_ref().or(leaf.issuer_cn.as_ref()).unwrap_or(&leaf.issuer);
        let issuer = text::line(issuer, 40);
        parts.push(if leaf.self_signed {
            say!(en: "self-signed", zh: "自签名证书")
        } else {
            say!(en: "issued by {issuer}", zh: "由 {issuer} 签发")
        });
        parts.push(match leaf.days_left {
            days @ ..0 => say!(en: "expired {ago} days ago", zh: "已过期 {ago} 天", ago = days.unsigned_abs()),
            days => say!(en: "{days} days left", zh: "剩余 {days} 天"),
        });
    }
    if facts.trusted && facts.mozilla.as_ref().is_some_and(|verdict| !verdict.valid) {
        parts.push(say!(
            en: "private authority: Python (certifi) and Node.js need to be told of it",
            zh: "私有 CA：Python（certifi）和 Node.js 需要另行信任它",
        ));
    }
    parts
}

fn http(facts: &HttpFacts, failure: Option<&Failure>) -> Vec<Sentence> {
    let mut parts = Vec::new();
    if let Some(status) = facts.status {
        let reason = facts.reason.as_deref().map(|reason| text::line(reason, 40)).unwrap_or_default();
        parts.push(Sentence::verbatim(format!("{status} {reason}").trim_end()));
        parts.extend(facts.version.as_ref().map(Sentence::verbatim));
        parts.extend(facts.answered_by.map(|who| {
            let who = words::answerer(who);
            say!(en: "answered by {en}", zh: "应答者：{zh}", en = who.en, zh = who.zh)
        }));
        parts.extend(facts.location.as_ref().map(|to| say!(en: "to {to}", zh: "指向 {to}", to = text::line(to, 60))));
    }
    if facts.status.is_none() || failure.is_some_and(|failure| failure.kind != FailureKind::HttpStatus) {
        parts.extend(failure.map(failed));
    }
    parts.extend(facts.key_withheld.map(|why| Sentence::from(words::key_withheld(why))));
    parts
}

fn stream(facts: &StreamFacts) -> Vec<Sentence> {
    let mut parts = vec![say!(
        en: "{model}: {events} {en}", zh: "{model}：{events} 个事件", model = &facts.model, events = facts.events,
        en = if facts.events == 1 { "event" } else { "events" },
    )];
    if let Some(first) = facts.first_content_ms {
        parts.push(say!(en: "first token after {first}", zh: "首个 token 用时 {first}"));
    }
    if let Some(gap) = facts.longest_gap_ms {
        parts.push(say!(en: "longest pause {gap}", zh: "最长间隔 {gap}"));
    }
    parts
}

fn api(facts: &ApiFacts, failure: Option<&Failure>) -> Vec<Sentence> {
    if let Some(models) = facts.models {
        let en = if models == 1 { "model" } else { "models" };
        return vec![say!(en: "{models} {en} listed", zh: "列出 {models} 个模型")];
    }
    let mut parts = Vec::new();
    if let Some(error) = &facts.error {
        let code = error.inner_code.as_ref().or(error.code.as_ref()).or(error.kind.as_ref());
        let message = text::line(&text::mask_keys(&error.message), 120);
        parts.push(match code.map(|code| text::line(code, 60)) {
            Some(code) => say!(en: "{code}: {message}", zh: "{code}：{message}"),
            None => Sentence::verbatim(message),
        });
    } else {
        parts.extend(
            (facts.shape != BodyShape::Empty || failure.is_none()).then(|| words::body_shape(facts.shape).into()),
        );
        parts.extend(failure.map(failed));
    }
    parts
}
