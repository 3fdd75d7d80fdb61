//! The rules that find false DNS answers: injected, intercepted, filtered.
//!
//! A false answer is a fault only where it led somewhere wrong: when the peer proved to be the right one, whatever
//! resolvers say beside it is no diagnosis. Different public addresses alone are how CDNs work.

use std::net::IpAddr;

use crate::diagnosis::fault::{Confidence, Finding};
use crate::diagnosis::reading;
use crate::evidence::dns::{
    AddressClass, ClassifiedAddress, DnsOutcome, DnsQuery, DnsSource, DnsTransport, LateAnswer, RecordKind,
    ResolverRole,
};
use crate::evidence::{Evidence, FailureKind, Stage};
use crate::lang::Sentence;
use crate::say;

use super::super::super::trial;
use super::{admits_filtering, said, stage, where_it_led};

/// What a resolver that does not tell the truth says.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lie {
    Denied,
    Empty,
    Address(ClassifiedAddress),
}

/// Whether an answer looks false by itself: a denial, or an address that no public service has.
fn lie(query: &DnsQuery) -> Option<Lie> {
    match query.outcome {
        DnsOutcome::Nxdomain => Some(Lie::Denied),
        DnsOutcome::NoData if query.record == RecordKind::A => Some(Lie::Empty),
        DnsOutcome::Answer => {
            let honest = |class| matches!(class, AddressClass::Public | AddressClass::FakeIp);
            let first = query.answers.first()?;
            (!query.answers.iter().any(|answer| honest(answer.class))).then_some(Lie::Address(*first))
        }
        _ => None,
    }
}

/// Whether the chain stopped at an address that nothing proved to be the right one and that DNS gave.
fn dns_may_be_to_blame(evidence: &Evidence) -> bool {
    let dns = &evidence.dns;
    let tried = dns.passed() || dns.failed();
    let by_dns = !matches!(dns.facts.source, DnsSource::HostsFile | DnsSource::Localhost);
    let made_up = dns.facts.addresses.iter().any(|address| address.class == AddressClass::FakeIp);
    tried && by_dns && !made_up && reading::broken(evidence).is_some() && !reading::is_right_address(evidence)
}

/// Whether the chain has an address that might be served.
fn has_public_address(evidence: &Evidence) -> bool {
    evidence.dns.facts.addresses.iter().any(|address| address.class == AddressClass::Public)
}

/// The addresses of answers that nobody on the way could forge.
fn true_addresses(evidence: &Evidence) -> Vec<IpAddr> {
    reading::asked(evidence)
        .filter(|query| reading::is_encrypted(query) && reading::is_sound(query))
        .flat_map(|query| query.answers.iter().map(|answer| answer.address))
        .collect()
}

/// Whether two addresses belong to one network as far as a CDN is concerned (same /16 or /32).
fn near(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => one.octets()[..2] == other.octets()[..2],
        (IpAddr::V6(one), IpAddr::V6(other)) => one.segments()[..2] == other.segments()[..2],
        _ => false,
    }
}

/// Whether an encrypted answer confirms an address that the chain goes on with.
fn is_confirmed(evidence: &Evidence) -> bool {
    let truth = true_addresses(evidence);
    evidence.dns.facts.addresses.iter().any(|ours| truth.iter().any(|true_one| near(ours.address, *true_one)))
}

/// A resolver that was asked beside the configured ones and gave a public address.
fn witness<'a>(evidence: &'a Evidence, against: &DnsQuery) -> Option<&'a DnsQuery> {
    let elsewhere = |query: &&DnsQuery| {
        reading::is_sound(query)
            && (query.address.ip() != against.address.ip() || query.address.port() != against.address.port())
    };
    reading::asked(evidence).filter(elsewhere).max_by_key(|query| reading::is_encrypted(query))
}

/// Two different answers to the user's own query although this time all went well.
fn poisoned_without_harm(evidence: &Evidence) -> Option<Finding> {
    let by_dns =
        matches!(evidence.dns.facts.source, DnsSource::Nameserver | DnsSource::ResolverFlag | DnsSource::System);
    if !by_dns || reading::broken(evidence).is_some() && !reading::is_right_address(evidence) {
        return None;
    }
    let (query, late) = reading::asked(evidence)
        .filter(|query| query.role == ResolverRole::Configured)
        .find_map(|query| query.late.iter().find(|late| late.differs).map(|late| (query, late)))?;
    Some(Finding::degraded(Stage::Dns, Confidence::Confirmed).because(twice(query, late)).because(say!(
        en: "this time the address that was used is the right one; a program that takes the other one fails",
        zh: "这次用到的地址是对的；拿到另一个地址的程序就会失败",
    )))
}

/// The two answers to one query.
fn twice(query: &DnsQuery, late: &LateAnswer) -> Sentence {
    let resolver = reading::resolver_label(query);
    let text = |answers: &[ClassifiedAddress], rcode: &str| {
        let addresses = reading::addresses(answers.iter().map(|answer| answer.address));
        if addresses.is_empty() { rcode.to_owned() } else { addresses }
    };
    let first = text(&query.answers, query.rcode.as_deref().unwrap_or("?"));
    let second = text(&late.answers, &late.rcode);
    let (early, later) = (reading::ms(query.duration_ms), late.after_ms);
    say!(
        en: "one query to {resolver} got two different answers: {first} after {early} and {second} after {later}",
        zh: "对 {resolver} 的同一个查询收到两个不同的应答：{early} 时是 {first}，{later} 时是 {second}",
    )
}

pub(in super::super) fn poisoned(evidence: &Evidence) -> Option<Finding> {
    if let Some(finding) = poisoned_without_harm(evidence) {
        return Some(finding);
    }
    if !dns_may_be_to_blame(evidence) || is_confirmed(evidence) {
        return None;
    }
    let plain = || {
        reading::asked(evidence)
            .filter(|query| query.role != ResolverRole::NonResolver && !reading::is_encrypted(query))
    };
    let truth = reading::asked(evidence).find(|query| reading::is_encrypted(query) && reading::is_sound(query));
    let double = plain()
        .filter(|query| query.role == ResolverRole::Configured)
        .chain(plain())
        .find_map(|query| query.late.iter().find(|late| late.differs).map(|late| (query, late)));
    let finding = if let Some((query, late)) = double {
        Finding::faulty(stage(evidence), Confidence::Confirmed).because(twice(query, late)).not(
            "dns-hijacked",
            say!(
                en: "an interceptor answers once; here the real answer came as well",
                zh: "劫持只会有一个应答；这里真正的应答随后也到了",
            ),
        )
    } else if let Some((query, forged)) = plain().find_map(|query| forged(query).map(|forged| (query, forged))) {
        let confidence = if truth.is_some() { Confidence::Confirmed } else { Confidence::Likely };
        let address = forged.address;
        Finding::faulty(stage(evidence), confidence).because(said(query)).because(say!(
            en: "{address} lies in a network that injected answers are known to point at, not the provider's",
            zh: "{address} 属于已知被用来伪造应答的网段，不是服务商的地址",
        ))
    } else {
        let [one, other, ..] = unlike(evidence)[..] else { return None };
        if same_answer(one.0, other.0) {
            return None;
        }
        Finding::faulty(stage(evidence), Confidence::Likely)
            .because(said(one.0))
            .because(said(other.0))
            .because(said(other.1))
            .because(say!(
                en: "over a stream, where nobody injects answers, the resolvers agree with each other and not with this",
                zh: "改用不会被注入的 TCP 或加密传输查询，各家结果一致，却与上面不同",
            ))
    };
    let finding = finding.because_if(truth.map(said));
    Some(finding.because_if(where_it_led(evidence)).fix_if(by_stream(evidence)))
}

/// What is left where encrypted queries do not get out either, and the resolver in use tells the truth over TCP.
fn by_stream(evidence: &Evidence) -> Option<(Sentence, Option<String>)> {
    let mut encrypted = reading::asked(evidence).filter(|query| reading::is_encrypted(query)).peekable();
    let unanswered = |outcome| {
        matches!(
            outcome,
            DnsOutcome::Silent | DnsOutcome::PortUnreachable | DnsOutcome::Unreachable | DnsOutcome::Broken
        )
    };
    let blocked = encrypted.peek().is_some() && encrypted.all(|query| unanswered(query.outcome));
    let over_tcp = reading::asked(evidence).find(|query| {
        query.role == ResolverRole::Configured && query.transport == DnsTransport::Tcp && reading::is_sound(query)
    })?;
    let resolver = reading::resolver_label(over_tcp);
    let linux = evidence.config.facts.machine.os == "linux";
    blocked.then(|| {
        (
            say!(
                en: "DoT and DoH got no answer in this network, but {resolver} gives the true address: have this machine ask over TCP",
                zh: "这个网络里 DoT 和 DoH 都没有应答，但 {resolver} 给出了真实地址：让本机改用 TCP 查询",
            ),
            linux.then(|| "echo 'options use-vc' | sudo tee -a /etc/resolv.conf".to_owned()),
        )
    })
}

/// An address of the answer that only injectors give: a known forged one, or Teredo.
fn forged(query: &DnsQuery) -> Option<ClassifiedAddress> {
    let teredo = |address: IpAddr| matches!(address, IpAddr::V6(v6) if v6.segments()[..2] == [0x2001, 0]);
    query.answers.iter().copied().find(|a| a.class == AddressClass::KnownForged || teredo(a.address))
}

/// Resolvers whose answer over UDP is another than their own over TCP, TLS or HTTPS, each with both.
///
/// An injector or interceptor of datagrams leaves streams alone. A balancer may answer differently each time, so the
/// answers over streams count only where they agree with each other.
fn unlike(evidence: &Evidence) -> Vec<(&DnsQuery, &DnsQuery)> {
    let over_udp = |query: &&DnsQuery| query.transport == DnsTransport::Udp && !query.answers.is_empty();
    let mut pairs: Vec<(&DnsQuery, &DnsQuery)> = Vec::new();
    for plain in reading::asked(evidence).filter(over_udp) {
        let of_the_same = |query: &&DnsQuery| {
            query.transport != DnsTransport::Udp
                && query.address.ip() == plain.address.ip()
                && query.record == plain.record
                && reading::is_sound(query)
        };
        let Some(other) = reading::asked(evidence).filter(of_the_same).max_by_key(|query| reading::is_encrypted(query))
        else {
            continue;
        };
        let seen = pairs.iter().any(|(seen, _)| seen.address.ip() == plain.address.ip());
        if !seen && !are_near(plain, other) {
            pairs.push((plain, other));
        }
    }
    let used = |query: &DnsQuery| {
        query.answers.iter().any(|a| evidence.dns.facts.addresses.iter().any(|ours| ours.address == a.address))
    };
    let Some((_, first)) = pairs.first().copied().filter(|_| pairs.iter().any(|(plain, _)| used(plain))) else {
        return Vec::new();
    };
    pairs.retain(|(_, other)| are_near(first, other));
    pairs
}

/// Whether two answers name a common network.
fn are_near(one: &DnsQuery, other: &DnsQuery) -> bool {
    one.answers.iter().any(|a| other.answers.iter().any(|b| near(a.address, b.address)))
}

/// Whether what answered at the address is not the endpoint.
fn wrong_server(evidence: &Evidence) -> bool {
    matches!(
        evidence.tls.kind(),
        Some(FailureKind::TlsWrongName | FailureKind::TlsUnknownIssuer | FailureKind::TlsNotTls)
    )
}

fn same_answer(one: &DnsQuery, other: &DnsQuery) -> bool {
    !one.answers.is_empty() && one.answers.iter().all(|a| other.answers.iter().any(|b| a.address == b.address))
}

pub(in super::super) fn hijacked(evidence: &Evidence) -> Option<Finding> {
    if !dns_may_be_to_blame(evidence) || is_confirmed(evidence) {
        return None;
    }
    let truth = reading::asked(evidence).find(|query| reading::is_encrypted(query) && reading::is_sound(query));
    let asked = evidence.dns.facts.queries.iter().filter(|query| query.role == ResolverRole::NonResolver);
    let interceptor = asked
        .chain(trial::non_resolver(evidence))
        .find(|query| reading::is_answered(query) && !query.late.iter().any(|late| late.differs));
    let false_answer = !has_public_address(evidence) || wrong_server(evidence);
    // Nobody vouches for an address at which nothing answers: what gave it is no resolver of anybody's choice.
    let unwitnessed = truth.is_none() && evidence.tcp.kind() == Some(FailureKind::Timeout);
    if let Some(query) = interceptor.filter(|_| false_answer || unwitnessed) {
        let address = query.address.ip();
        let confidence = if false_answer { Confidence::Confirmed } else { Confidence::Likely };
        return Some(
            Finding::faulty(stage(evidence), confidence)
                .because(say!(
                    en: "{address} is no resolver, and yet a query to it was answered",
                    zh: "{address} 不是 DNS 服务器，发给它的查询却得到了应答",
                ))
                .because(said(query))
                .because_if(truth.map(said))
                .because_if(where_it_led(evidence))
                .not(
                    "dns-poisoned",
                    say!(
                        en: "there was one answer only; an injector cannot stop the real one from coming too",
                        zh: "只有一个应答；注入污染挡不住真正的应答随后到达",
                    ),
                ),
        );
    }
    let plain =
        || reading::asked(evidence).filter(|q| !reading::is_encrypted(q) && q.role != ResolverRole::NonResolver);
    let all_alike = |query: &&DnsQuery| {
        query.role == ResolverRole::Comparison
            && lie(query).is_some()
            && plain().any(|other| other.role == ResolverRole::Configured && lie(other) == lie(query))
    };
    let mut stream = None;
    let (false_one, because) = if let Some(query) = plain().find(all_alike) {
        let honest = plain().any(|query| query.role == ResolverRole::Comparison && reading::is_sound(query));
        let denied = matches!(lie(query), Some(Lie::Denied | Lie::Empty));
        // A denial by everybody means that the name does not exist, unless it surely does.
        if honest || has_public_address(evidence) || (denied && truth.is_none() && !reading::is_known_host(evidence)) {
            return None;
        }
        // A private or reserved address that public resolvers agree on is what the name's owner published. A provider
        // publishes none; but where nobody answers in the resolvers' place either, and no stranger at the address, the
        // network itself is one that documentation's addresses were given to.
        let class = match lie(query) {
            Some(Lie::Address(address)) => Some(address.class),
            _ => None,
        };
        let untouched = trial::non_resolver(evidence).is_some_and(|query| !reading::is_answered(query));
        let published = match class {
            Some(AddressClass::Private) => !reading::is_known_provider(evidence),
            Some(AddressClass::Bogon) => !reading::is_known_provider(evidence) || untouched && !wrong_server(evidence),
            _ => false,
        };
        if published && truth.is_none() {
            return None;
        }
        (
            query,
            say!(
                en: "the configured and the public resolvers all give this same answer over plain DNS",
                zh: "配置的 DNS 与公共 DNS 的明文应答全都一样",
            ),
        )
    } else {
        let [one, other, ..] = unlike(evidence)[..] else { return None };
        if !same_answer(one.0, other.0) {
            return None;
        }
        stream = Some(one.1);
        (
            one.0,
            say!(
                en: "different resolvers give this same answer over UDP, and agree on another one over a stream",
                zh: "不同 DNS 的 UDP 应答完全一样，而走 TCP 或加密传输时又一致地给出另一个结果",
            ),
        )
    };
    let confidence = if truth.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    Some(
        Finding::faulty(stage(evidence), confidence)
            .because(said(false_one))
            .because(because)
            .because_if(stream.or(truth).map(said))
            .because_if(where_it_led(evidence))
            .not(
                "dns-sinkholed",
                say!(
                    en: "a filter would lie for the configured resolver alone",
                    zh: "DNS 过滤只会影响配置的那个 DNS 服务器",
                ),
            ),
    )
}

pub(in super::super) fn sinkholed(evidence: &Evidence) -> Option<Finding> {
    if !dns_may_be_to_blame(evidence) || has_public_address(evidence) {
        return None;
    }
    let false_by_itself =
        |query: &&DnsQuery| query.role == ResolverRole::Configured && (lie(query).is_some() || admits_filtering(query));
    let liar = reading::asked(evidence).find(false_by_itself)?;
    let witness = witness(evidence, liar);
    let class = match lie(liar) {
        Some(Lie::Address(address)) => Some(address.class),
        _ => None,
    };
    let private_link = liar.cnames.iter().any(|name| name.contains("privatelink"));
    if class == Some(AddressClass::Private) && (private_link || !reading::is_known_provider(evidence)) {
        return None;
    }
    let provider = reading::is_known_provider(evidence);
    let confidence = match (witness, class) {
        _ if admits_filtering(liar) => Confidence::Confirmed,
        // A local server at a loopback address is a fine thing until nothing listens there.
        (_, Some(AddressClass::Loopback)) if !evidence.tcp.failed() => return None,
        (Some(_), _) => Confidence::Confirmed,
        (None, Some(AddressClass::Unspecified)) => Confidence::Likely,
        (None, Some(AddressClass::Loopback)) if provider => Confidence::Likely,
        (None, None) if liar.outcome == DnsOutcome::Nxdomain && reading::is_known_host(evidence) => Confidence::Likely,
        _ => return None,
    };
    let mut finding = Finding::faulty(stage(evidence), confidence).because(said(liar)).because_if(witness.map(said));
    if witness.is_some() {
        finding = finding.not(
            "dns-name-not-found",
            say!(
                en: "another resolver knows the name",
                zh: "别的 DNS 能解析这个域名",
            ),
        );
    } else if reading::is_known_host(evidence) {
        finding = finding.because(say!(
            en: "{host} does exist: it is a provider's documented host",
            zh: "{host} 肯定存在：这是服务商文档里的主机名",
            host = reading::host(evidence),
        ));
    }
    if liar.late.is_empty() {
        finding = finding.not(
            "dns-poisoned",
            say!(
                en: "no second, different answer came",
                zh: "没有收到第二个不同的应答",
            ),
        );
    }
    Some(finding.because_if(where_it_led(evidence)))
}
