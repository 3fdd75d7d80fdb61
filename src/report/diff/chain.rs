//! What is compared of the target, and of the names, the handshake and the answer on the way to it.

use std::collections::BTreeSet;

use crate::evidence::dns::{ClassifiedAddress, ResolverRole};
use crate::evidence::{Evidence, Stage, TlsFacts};
use crate::report::words;
use crate::text;

use super::{Found, Weight};

pub(super) fn target(a: &Evidence, b: &Evidence, found: &mut Found) {
    let (one, other) = (&a.target, &b.target);
    let url = ("target", "base-url", text!(en: "base URL", zh: "基础地址"));
    found.decisive(url, Some(&one.base_url), Some(&other.base_url));
    let key = |evidence: &Evidence| evidence.target.key.as_ref().map(|key| format!("…{}", key.tail));
    found.decisive(("target", "key", text!(en: "key", zh: "密钥")), key(a), key(b));
    let lang = found.lang;
    let kind = |evidence: &Evidence| Some(words::route(evidence.target.route.kind).of(lang));
    found.decisive(("route", "kind", text!(en: "way", zh: "线路")), kind(a), kind(b));
    let proxy = ("route", "proxy", text!(en: "proxy", zh: "代理"));
    found.decisive(proxy, one.route.proxy.as_ref(), other.route.proxy.as_ref());
}

pub(super) fn dns(a: &Evidence, b: &Evidence, found: &mut Found) {
    if !found.stage(Stage::Dns, &a.dns, &b.dns) {
        return;
    }
    let (one, other) = (&a.dns.facts, &b.dns.facts);
    let lang = found.lang;
    let source = |facts: &crate::evidence::DnsFacts| Some(words::dns_source(facts.source).of(lang));
    found.decisive(
        ("dns", "source", text!(en: "where addresses come from", zh: "地址来源")),
        source(one),
        source(other),
    );
    let forged = |facts: &crate::evidence::DnsFacts| {
        let late = |query: &&crate::evidence::dns::DnsQuery| query.late.iter().any(|late| late.differs);
        let count = facts.queries.iter().filter(|query| query.role == ResolverRole::Configured).filter(late).count();
        (count > 0).then_some(count)
    };
    let second = (
        "dns",
        "second-answers",
        text!(en: "queries with a second, different answer", zh: "收到第二个不同应答的查询数"),
    );
    found.decisive(second, forged(one), forged(other));
    let classes = |list: &[ClassifiedAddress]| {
        let names: BTreeSet<&str> = list
            .iter()
            .map(|one| words::address_class(one.class).unwrap_or(text!(en: "public", zh: "公网地址")).of(lang))
            .collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let kinds = (classes(&one.addresses), classes(&other.addresses));
    let addresses = |list: &[ClassifiedAddress]| {
        let mut all: Vec<_> = list.iter().map(|one| one.address).collect();
        all.sort_unstable();
        let shown: Vec<String> = all.iter().take(8).map(ToString::to_string).collect();
        (!shown.is_empty()).then(|| shown.join(", "))
    };
    // A CDN gives everybody other addresses; what kind they are is the same everywhere.
    let weight = if kinds.0 == kinds.1 { Weight::Minor } else { Weight::Decisive };
    let labelled = |list: Option<String>, kinds: &str| list.map(|list| format!("{list} ({kinds})"));
    let at = ("dns", "addresses", text!(en: "addresses", zh: "地址"));
    found.differ(
        weight,
        at,
        labelled(addresses(&one.addresses), &kinds.0),
        labelled(addresses(&other.addresses), &kinds.1),
    );
    let families = |list: &[ClassifiedAddress]| {
        let (four, six) = (list.iter().any(|one| one.address.is_ipv4()), list.iter().any(|one| one.address.is_ipv6()));
        match (four, six) {
            (true, true) => Some("IPv4, IPv6"),
            (true, false) => Some("IPv4"),
            (false, true) => Some("IPv6"),
            (false, false) => None,
        }
    };
    let at = ("dns", "families", text!(en: "address families", zh: "地址族"));
    found.minor(at, families(&one.addresses), families(&other.addresses));
    let servers = |facts: &crate::evidence::DnsFacts| {
        let names: Vec<String> = facts.stub.nameservers.iter().take(4).map(ToString::to_string).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    found.minor(("dns", "nameservers", text!(en: "nameservers", zh: "DNS 服务器")), servers(one), servers(other));
}

pub(super) fn tls(a: &TlsFacts, b: &TlsFacts, found: &mut Found) {
    let issuer = |facts: &TlsFacts| {
        let leaf = facts.chain.first()?;
        leaf.issuer_o.clone().or_else(|| leaf.issuer_cn.clone()).or_else(|| Some(leaf.issuer.clone()))
    };
    found.decisive(("tls", "issuer", text!(en: "issuer of the certificate", zh: "证书签发者")), issuer(a), issuer(b));
    let lang = found.lang;
    let valid = |verdict: Option<&crate::evidence::tls::Verdict>| {
        let said = |valid| {
            if valid { text!(en: "trusted", zh: "受信任") } else { text!(en: "not trusted", zh: "不受信任") }
        };
        verdict.map(|verdict| said(verdict.valid).of(lang))
    };
    let platform = ("tls", "platform", text!(en: "this machine's store", zh: "本机证书库"));
    found.decisive(platform, valid(a.platform.as_ref()), valid(b.platform.as_ref()));
    let mozilla = ("tls", "mozilla", text!(en: "Mozilla's roots", zh: "Mozilla 根证书"));
    found.decisive(mozilla, valid(a.mozilla.as_ref()), valid(b.mozilla.as_ref()));
    found.minor(("tls", "version", text!(en: "version", zh: "版本")), a.version.as_ref(), b.version.as_ref());
    found.minor(("tls", "alpn", text!(en: "ALPN", zh: "ALPN")), a.alpn.as_ref(), b.alpn.as_ref());
}

pub(super) fn http(a: &Evidence, b: &Evidence, found: &mut Found) {
    let lang = found.lang;
    if found.stage(Stage::Http, &a.http, &b.http) {
        let (one, other) = (&a.http.facts, &b.http.facts);
        found.decisive(("http", "status", text!(en: "status", zh: "状态码")), one.status, other.status);
        let who = |facts: &crate::evidence::HttpFacts| facts.answered_by.map(|who| words::answerer(who).of(lang));
        found.decisive(("http", "answered-by", text!(en: "who answered", zh: "应答者")), who(one), who(other));
        let location = ("http", "location", text!(en: "redirect to", zh: "重定向到"));
        found.decisive(location, one.location.as_ref(), other.location.as_ref());
        let withheld =
            |facts: &crate::evidence::HttpFacts| facts.key_withheld.map(|why| words::key_withheld(why).of(lang));
        found.decisive(("http", "key", text!(en: "key kept back", zh: "未发送密钥")), withheld(one), withheld(other));
        let first = ("http", "first-byte", text!(en: "time to the first byte", zh: "首字节耗时"));
        found.time(first, one.first_byte_ms, other.first_byte_ms);
        found.minor(
            ("http", "version", text!(en: "version", zh: "版本")),
            one.version.as_ref(),
            other.version.as_ref(),
        );
    }
    if found.stage(Stage::Api, &a.api, &b.api) {
        let (one, other) = (&a.api.facts, &b.api.facts);
        let code = |facts: &crate::evidence::ApiFacts| {
            facts.error.as_ref().and_then(|error| error.code.clone().or_else(|| error.kind.clone()))
        };
        found.decisive(("api", "error", text!(en: "error code", zh: "错误码")), code(one), code(other));
        let shape = |facts: &crate::evidence::ApiFacts| Some(words::body_shape(facts.shape).of(lang));
        found.decisive(("api", "body", text!(en: "body", zh: "响应体")), shape(one), shape(other));
        found.minor(("api", "models", text!(en: "models listed", zh: "模型数量")), one.models, other.models);
        let organization = ("api", "organization", text!(en: "organization of the key", zh: "密钥所属组织"));
        found.minor(organization, one.organization.as_ref(), other.organization.as_ref());
        let took = ("api", "processing", text!(en: "the server's own time", zh: "服务器处理耗时"));
        found.time(took, one.processing_ms, other.processing_ms);
    }
}
