//! `dns` as a terminal user reads it: what this machine gets, what everybody else says, one line a resolver and
//! transport, and the verdict.

use std::fmt::Write as _;
use std::net::IpAddr;

use crate::evidence::dns::{
    AddressClass, ClassifiedAddress, DnsOutcome, DnsQuery, DnsSource, DnsTransport, RecordKind, ResolverRole,
};
use crate::evidence::{DnsFacts, Evidence, Ms, Observation, Status};
use crate::lang::{Lang, Sentence};
use crate::{say, text};

use super::grid::{Column, grid};
use super::style::{Role, Style};
use super::text::Detail;
use super::{Report, Tool, VerdictStatus, text as verdict, words};

/// The whole answer of the command.
#[must_use]
pub fn render(report: &Report, style: &Style, detail: Detail) -> String {
    if detail == Detail::Quiet {
        return verdict::tail(report, style, detail);
    }
    let evidence = report.evidence();
    let facts = &evidence.dns.facts;
    let tool = Tool::this();
    let mut out = String::new();
    let name = if facts.name.is_empty() { report.target.host.as_deref().unwrap_or_default() } else { &facts.name };
    style.wrap(&mut out, "", &[&format!("{} {}", tool.name, tool.version), "dns", name].join(style.dot()));
    out.push('\n');
    own(&mut out, &evidence.dns, style);
    if !facts.queries.is_empty() {
        let _ = write!(out, "\n{}", table(facts, style));
    }
    remarks(&mut out, facts, style);
    if report.verdict.status == VerdictStatus::Healthy {
        out.push('\n');
        closing(&mut out, &evidence, style);
    } else {
        out.push_str(&verdict::tail(report, style, detail));
    }
    out
}

/// What a program on this machine gets.
fn own(out: &mut String, dns: &Observation<DnsFacts>, style: &Style) {
    let facts = &dns.facts;
    let took = dns.duration_ms.map(|took| took.to_string()).unwrap_or_default();
    if let Some(reason) = dns.skip_reason {
        return style.wrap(out, "  ", style.say(words::skip(reason)));
    }
    let said = if let Some(failure) = &dns.failure {
        let why = words::failure(failure.kind);
        say!(
            en: "This machine gets no address after {took}: {en}", zh: "本机没有得到地址（{took}）：{zh}",
            en = why.en, zh = why.zh,
        )
    } else {
        let source = words::dns_source(facts.source);
        let addresses = addresses(&facts.addresses, style);
        say!(
            en: "This machine gets {addresses} from {en}, {took}", zh: "本机得到 {addresses}，来源：{zh}，用时 {took}",
            en = source.en, zh = source.zh,
        )
    };
    let role = if dns.failure.is_some() { Role::Bad } else { Role::Strong };
    let mut lines = String::new();
    style.wrap(&mut lines, "  ", said.of(style.lang));
    for line in lines.lines() {
        let _ = writeln!(out, "{}", style.paint(role, line));
    }
    for line in &facts.hosts {
        let said = say!(
            en: "{path} line {number} says {address}", zh: "{path} 第 {number} 行写着 {address}",
            path = &line.path, number = line.line, address = line.address,
        );
        style.wrap(out, "  ", said.of(style.lang));
    }
    if facts.candidates.len() > 1 && facts.source != DnsSource::HostsFile {
        let tried = facts.candidates.join(style.comma());
        let said = say!(en: "Names in the order of the search list: {tried}", zh: "按搜索域依次尝试：{tried}");
        style.wrap(out, "  ", said.of(style.lang));
    }
    if let Some(system) = &facts.system {
        let shown: Vec<String> = system.addresses.iter().map(ToString::to_string).collect();
        let shown = system.error.clone().unwrap_or_else(|| shown.join(style.comma()));
        let said = say!(en: "The system's own function says: {shown}", zh: "系统解析函数的结果：{shown}");
        style.wrap(out, "  ", said.of(style.lang));
    }
}

fn table(facts: &DnsFacts, style: &Style) -> String {
    let columns = [
        Column::words(text!(en: "resolver", zh: "解析器")),
        Column::words(text!(en: "via", zh: "方式")),
        Column::prose(text!(en: "answer", zh: "应答")),
        Column::numbers(text!(en: "TTL", zh: "TTL")),
        Column::numbers(text!(en: "time", zh: "耗时")),
    ];
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut above: Option<(ResolverRole, IpAddr)> = None;
    for group in exchanges(facts) {
        let one = group[0];
        let resolver = (one.role, one.address.ip());
        let first = if above == Some(resolver) { String::new() } else { resolver_name(facts, one, style) };
        above = Some(resolver);
        let ttl = group.iter().filter(|query| !query.answers.is_empty()).filter_map(|query| query.ttl_s).min();
        let slowest = group.iter().filter_map(|query| query.duration_ms).fold(None, |slowest: Option<Ms>, took| {
            Some(slowest.map_or(took, |slowest| if took.0 > slowest.0 { took } else { slowest }))
        });
        rows.push(vec![
            first,
            transport(one.transport).to_owned(),
            said(&group, facts, style),
            ttl.map(|ttl| format!("{ttl} s")).unwrap_or_default(),
            slowest.map(|took| took.to_string()).unwrap_or_default(),
        ]);
    }
    grid(style, &columns, rows)
}

/// The queries of one name over one transport to one resolver, A first; resolvers and transports in a fixed order.
fn exchanges(facts: &DnsFacts) -> Vec<Vec<&DnsQuery>> {
    let mut resolvers: Vec<(ResolverRole, IpAddr)> = Vec::new();
    for query in &facts.queries {
        let resolver = (query.role, query.address.ip());
        if !resolvers.contains(&resolver) {
            resolvers.push(resolver);
        }
    }
    let mut groups: Vec<Vec<&DnsQuery>> = Vec::new();
    for resolver in resolvers {
        for transport in [DnsTransport::Udp, DnsTransport::Tcp, DnsTransport::Dot, DnsTransport::Doh] {
            let of_this =
                |query: &&DnsQuery| (query.role, query.address.ip()) == resolver && query.transport == transport;
            let mut names: Vec<&str> = Vec::new();
            for query in facts.queries.iter().filter(of_this) {
                if !names.contains(&query.name.as_str()) {
                    names.push(&query.name);
                }
            }
            for name in names {
                let group: Vec<_> = facts.queries.iter().filter(of_this).filter(|query| query.name == name).collect();
                groups.push(group);
            }
        }
    }
    groups
}

fn resolver_name(facts: &DnsFacts, query: &DnsQuery, style: &Style) -> String {
    let usual = matches!(query.address.port(), 53 | 443 | 853);
    let name = if usual { query.address.ip().to_string() } else { query.address.to_string() };
    let remark = match query.role {
        ResolverRole::Configured if by_flag(facts) => None,
        ResolverRole::Configured => Some(text!(en: "in use", zh: "本机在用")),
        ResolverRole::Comparison => None,
        ResolverRole::NonResolver => Some(text!(en: "no resolver", zh: "并非解析器")),
    };
    match remark {
        Some(remark) => {
            format!("{name}\n{}", style.paint(Role::Muted, bracketed(style.say(remark), style).trim_start()))
        }
        None => name,
    }
}

/// Whether the nameservers are those of `--resolver`.
fn by_flag(facts: &DnsFacts) -> bool {
    facts.source == DnsSource::ResolverFlag || facts.stub.origin.starts_with("--")
}

const fn transport(transport: DnsTransport) -> &'static str {
    match transport {
        DnsTransport::Udp => "UDP",
        DnsTransport::Tcp => "TCP",
        DnsTransport::Dot => "DoT",
        DnsTransport::Doh => "DoH",
    }
}

/// What came back, both records together, a line for everything that is odd.
fn said(group: &[&DnsQuery], facts: &DnsFacts, style: &Style) -> String {
    let mut lines: Vec<String> = Vec::new();
    let answers: Vec<ClassifiedAddress> = group.iter().flat_map(|query| query.answers.iter().copied()).collect();
    if !answers.is_empty() {
        lines.push(addresses(&answers, style));
    }
    let beyond: usize = group.iter().map(|query| query.answer_count.saturating_sub(query.answers.len())).sum();
    if beyond > 0 {
        lines.push(say!(en: "and {beyond} more", zh: "另有 {beyond} 个").of(style.lang).to_owned());
    }
    if group.iter().any(|query| query.by_ca_file) {
        let words = say!(en: "trusted because of --ca-file alone", zh: "仅因 --ca-file 而受信任");
        lines.push(style.paint(Role::Muted, words.of(style.lang)));
    }
    for (index, query) in group.iter().enumerate() {
        // A name without IPv6 addresses is nothing odd, and two records that failed alike are said once.
        let plain = query.outcome == DnsOutcome::Answer
            || (query.outcome == DnsOutcome::NoData && query.record == RecordKind::Aaaa && !answers.is_empty());
        let again = group[..index].iter().any(|earlier| earlier.outcome == query.outcome);
        if plain || again {
            continue;
        }
        let alone = group.iter().any(|other| other.outcome != query.outcome);
        lines.push(outcome(query, alone, style));
    }
    for query in group {
        if let Some(error) = &query.extended_error {
            let words = if error.text.is_empty() { String::new() } else { format!(": {}", error.text) };
            lines.push(style.guard(&format!("EDE {} {}{words}", error.code, error.name)));
        }
        lines.extend(query.late.iter().filter(|late| late.differs).map(|late| late_answer(late, style)));
        if query.name != facts.name {
            lines.push(style.guard(&query.name));
        }
        if let Some(alias) = query.cnames.last().filter(|_| query.record == RecordKind::A) {
            lines.push(style.paint(Role::Muted, &style.guard(&format!("CNAME {alias}"))));
        }
    }
    lines.dedup();
    lines.join("\n")
}

fn outcome(query: &DnsQuery, alone: bool, style: &Style) -> String {
    let said = match (query.outcome, &query.rcode) {
        (DnsOutcome::OtherRcode, Some(rcode)) => style.guard(rcode),
        (DnsOutcome::Broken, _) => {
            let why = query.failure.as_ref().map(|failure| style.say(words::failure(failure.kind)));
            why.unwrap_or(style.say(words::dns_outcome(query.outcome))).to_owned()
        }
        _ => style.say(words::dns_outcome(query.outcome)).to_owned(),
    };
    let record = if query.record == RecordKind::A { "A" } else { "AAAA" };
    let said = if alone { format!("{record}: {said}") } else { said };
    let role = match query.outcome {
        DnsOutcome::NoData | DnsOutcome::Pending => Role::Muted,
        _ => Role::Warn,
    };
    style.paint(role, &said)
}

fn late_answer(late: &crate::evidence::dns::LateAnswer, style: &Style) -> String {
    let what = if late.answers.is_empty() { style.guard(&late.rcode) } else { addresses(&late.answers, style) };
    let after = late.after_ms;
    let said = say!(en: "and after {after}, differently:\n{what}", zh: "随后又来一个不同的应答（{after}）：\n{what}");
    style.paint(Role::Bad, said.of(style.lang))
}

/// A remark in the brackets of its language.
fn bracketed(remark: &str, style: &Style) -> String {
    match style.lang {
        Lang::En => format!(" ({remark})"),
        Lang::Zh => format!("（{remark}）"),
    }
}

/// Addresses with their classes, a class once behind the last of its addresses.
fn addresses(list: &[ClassifiedAddress], style: &Style) -> String {
    let mut said = String::new();
    for (index, one) in list.iter().enumerate() {
        let _ = write!(said, "{}{}", if index == 0 { "" } else { ", " }, one.address);
        if list.get(index + 1).is_none_or(|next| next.class != one.class)
            && let Some(class) = words::address_class(one.class)
        {
            said.push_str(&bracketed(style.say(class), style));
        }
    }
    said
}

fn remarks(out: &mut String, facts: &DnsFacts, style: &Style) {
    let pending = facts.queries.iter().any(|query| query.outcome == DnsOutcome::Pending);
    let remark = if facts.compared || facts.queries.is_empty() {
        None
    } else if by_flag(facts) {
        Some(text!(
            en: "Only the resolvers of --resolver were asked.",
            zh: "只询问了 --resolver 指定的解析器。",
        ))
    } else {
        Some(text!(
            en: "No public resolver was asked: the name belongs to this network, or comparison is switched off.",
            zh: "没有询问公共解析器：这是内网域名，或者关闭了对比。",
        ))
    };
    if remark.is_some() || pending {
        out.push('\n');
    }
    if let Some(remark) = remark {
        style.wrap(out, "  ", style.say(remark));
    }
    if pending {
        let said = text!(
            en: "What was not waited for says nothing about its resolver.",
            zh: "标为未等待其结果的查询，不能说明该解析器有问题。",
        );
        style.wrap(out, "  ", style.say(said));
    }
}

/// The sentence under a table that shows nothing wrong.
fn closing(out: &mut String, evidence: &Evidence, style: &Style) {
    let mark = if style.unicode { "✓ " } else { "+ " };
    let mut lines = String::new();
    for (index, sentence) in closing_sentences(evidence).iter().enumerate() {
        style.wrap(&mut lines, if index == 0 { mark } else { "  " }, sentence.of(style.lang));
    }
    for line in lines.lines() {
        let _ = writeln!(out, "{}", style.paint(Role::Good, line));
    }
}

fn closing_sentences(evidence: &Evidence) -> Vec<Sentence> {
    let facts = &evidence.dns.facts;
    if evidence.dns.status == Status::Skip {
        return vec![say!(en: "There is no name to resolve.", zh: "没有需要解析的域名。")];
    }
    let mut sentences = vec![say!(
        en: "Nothing speaks against what this machine gets.", zh: "没有发现本机的解析结果有问题。",
    )];
    let made_up = facts.addresses.iter().find(|address| address.class == AddressClass::FakeIp);
    if let Some(ClassifiedAddress { address, .. }) = made_up {
        sentences.push(say!(
            en: "{address} is made up by a local proxy (fake-IP): that is how its TUN mode works, and it is healthy as long as the proxy runs.",
            zh: "{address} 是本地代理分配的 fake-ip：TUN 模式就是这样工作的，只要代理在运行就没有问题。",
        ));
    }
    let forged = |query: &&DnsQuery| {
        query.role == ResolverRole::Comparison
            && (query.late.iter().any(|late| late.differs)
                || query.answers.iter().any(|answer| answer.class == AddressClass::KnownForged))
    };
    let count = facts.queries.iter().filter(forged).count();
    if count > 0 {
        sentences.push(say!(
            en: "Answers of other resolvers are forged on the way here ({count} seen); this machine does not use them.",
            zh: "其他解析器的应答在途中被伪造（共 {count} 个），但本机没有使用它们。",
        ));
    }
    if facts.compared {
        let heard = |query: &&DnsQuery| {
            query.role == ResolverRole::Comparison
                && query.record == RecordKind::A
                && matches!(query.outcome, DnsOutcome::Answer | DnsOutcome::NoData | DnsOutcome::Nxdomain)
        };
        let same = |query: &&DnsQuery| {
            query.answers.iter().any(|answer| facts.addresses.iter().any(|own| own.address == answer.address))
        };
        let all = facts.queries.iter().filter(heard).count();
        let alike = facts.queries.iter().filter(heard).filter(same).count();
        sentences.push(say!(
            en: "{alike} of {all} answers for comparison share an address with this machine's.",
            zh: "{all} 个对比应答中，有 {alike} 个与本机结果有相同地址。",
        ));
    }
    if evidence.tls.passed()
        && let Some(address) = evidence.tcp.facts.chosen
    {
        let name = &facts.name;
        sentences.push(say!(
            en: "The server at {address} proved to be {name}: its certificate is valid.",
            zh: "{address} 上的服务器证书有效，确实是 {name}。",
        ));
    }
    sentences
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::diagnosis::Health;
    use crate::evidence::dns::{
        AddressClass, DnsOutcome, DnsTransport, ExtendedError, LateAnswer, RecordKind, ResolverRole,
    };
    use crate::evidence::{Evidence, Ms};
    use crate::lang::Lang;
    use crate::report::fixture::{classified, healthy, ip, judged, query};
    use crate::report::style::{Style, columns};
    use crate::report::text::Detail;

    /// Four resolvers over several transports, with everything odd that a row can show.
    fn odd() -> Evidence {
        let mut evidence = healthy();
        let real = [classified("162.159.140.245", AddressClass::Public)];
        let six = [classified("2606:4700:7::1234", AddressClass::Public)];
        let forged = [classified("31.13.94.7", AddressClass::KnownForged)];
        let mut injected = query("8.8.8.8:53", ResolverRole::Comparison, RecordKind::A, &forged);
        injected.late =
            vec![LateAnswer { after_ms: Ms(45.2), rcode: "NOERROR".to_owned(), answers: real.to_vec(), differs: true }];
        let mut filtered = query("223.5.5.5:53", ResolverRole::Comparison, RecordKind::A, &[]);
        filtered.outcome = DnsOutcome::Nxdomain;
        filtered.extended_error =
            Some(ExtendedError { code: 17, name: "Filtered".to_owned(), text: "policy".to_owned() });
        let mut silent = query("114.114.114.114:53", ResolverRole::Comparison, RecordKind::A, &[]);
        silent.outcome = DnsOutcome::Silent;
        silent.duration_ms = None;
        let mut unlucky = query("114.114.114.114:53", ResolverRole::Comparison, RecordKind::Aaaa, &[]);
        unlucky.outcome = DnsOutcome::Servfail;
        let mut encrypted = query("8.8.8.8:443", ResolverRole::Comparison, RecordKind::A, &real);
        encrypted.transport = DnsTransport::Doh;
        encrypted.cnames = vec!["api.openai.com.cdn.cloudflare.net".to_owned()];
        let mut pending = query("223.5.5.5:853", ResolverRole::Comparison, RecordKind::A, &[]);
        (pending.transport, pending.outcome, pending.duration_ms) = (DnsTransport::Dot, DnsOutcome::Pending, None);
        let non_resolver = query("192.0.2.53:53", ResolverRole::NonResolver, RecordKind::A, &forged);
        evidence.dns.facts.queries = vec![
            query("192.168.1.1:53", ResolverRole::Configured, RecordKind::A, &real),
            query("192.168.1.1:53", ResolverRole::Configured, RecordKind::Aaaa, &six),
            injected,
            encrypted,
            filtered,
            pending,
            silent,
            unlucky,
            non_resolver,
        ];
        evidence.tcp.facts.chosen = Some(ip("162.159.140.245"));
        evidence
    }

    #[test]
    fn the_table_reads_well_in_both_languages() {
        for (language, lang) in [("en", Lang::En), ("zh", Lang::Zh)] {
            let text = render(&judged(&odd(), Health::Healthy, vec![], lang), &Style::plain(lang), Detail::Normal);
            let widest = text.lines().map(columns).max().unwrap_or_default();
            assert!(widest <= 80, "{widest} columns:\n{text}");
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
                let text = text.replace(concat!("openai-doctor ", env!("CARGO_PKG_VERSION")), "openai-doctor VERSION");
                insta::assert_snapshot!(format!("dns.{language}"), text);
            });
        }
    }

    #[test]
    fn without_a_name_there_is_no_table() {
        let mut evidence = healthy();
        evidence.dns = crate::evidence::Observation::skipped(crate::evidence::SkipReason::AddressGiven);
        let text =
            render(&judged(&evidence, Health::Healthy, vec![], Lang::En), &Style::plain(Lang::En), Detail::Normal);
        assert!(text.contains("no name to resolve") && !text.contains("TTL"), "{text}");
    }
}
