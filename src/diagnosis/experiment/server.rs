//! The words of the experiments that ask servers: certificates, portals, base URLs, headers, outages.

use crate::evidence::experiment::{
    BaseUrlTrialFacts, CertificateFacts, Change, ExperimentFacts, HeadersFacts, OutageFacts, PortalFacts, SchemeFacts,
    Sighting, Tried,
};
use crate::lang::{Sentence, Text};
use crate::{say, text};

/// The question; `None` for the experiments of the wire.
pub(super) fn question(facts: &ExperimentFacts) -> Option<Sentence> {
    Some(match facts {
        ExperimentFacts::Certificate(_) => {
            say!(en: "Do unrelated hosts show the same issuer?", zh: "其他无关主机出示的证书也是同一签发者吗？")
        }
        ExperimentFacts::Portal(_) => say!(
            en: "Does something answer plain HTTP in place of unrelated hosts?",
            zh: "是否有设备冒充无关主机回应明文 HTTP？",
        ),
        ExperimentFacts::Scheme(_) => {
            say!(en: "Does the port speak the other scheme?", zh: "这个端口用的是另一种协议吗？")
        }
        ExperimentFacts::BaseUrl(_) => say!(
            en: "Does an API answer under another base URL of this host?",
            zh: "同一主机的其他 base URL 下有 API 吗？",
        ),
        ExperimentFacts::Headers(_) => say!(en: "Does it depend on a header?", zh: "是否取决于某个请求头？"),
        ExperimentFacts::Outage(_) => say!(en: "Does the whole service fail?", zh: "整个服务都不可用吗？"),
        _ => return None,
    })
}

/// The answer; `None` for the experiments of the wire.
pub(super) fn answer(facts: &ExperimentFacts) -> Option<Sentence> {
    Some(match facts {
        ExperimentFacts::Certificate(facts) => certificate(facts),
        ExperimentFacts::Portal(facts) => portal(facts),
        ExperimentFacts::Scheme(facts) => scheme(facts),
        ExperimentFacts::BaseUrl(facts) => base_url(facts),
        ExperimentFacts::Headers(facts) => headers(facts),
        ExperimentFacts::Outage(facts) => outage(facts),
        _ => return None,
    })
}

/// The common name of whoever signed what a host showed, or the whole name where there is none.
pub(crate) fn signer(sighting: &Sighting) -> Option<&str> {
    let whole = sighting.issuers.first()?;
    let common = whole.split(", ").find_map(|part| part.strip_prefix("CN="));
    Some(common.unwrap_or(whole))
}

/// Who signed what a host showed, and whether it is good.
fn issuer(sighting: &Sighting) -> Sentence {
    let address = sighting.address;
    let Some(issuer) = signer(sighting).filter(|_| sighting.completed) else {
        return say!(en: "{address} no handshake", zh: "{address} 握手失败");
    };
    let good = [&sighting.platform, &sighting.mozilla].into_iter().flatten().any(|verdict| verdict.valid);
    if good {
        say!(en: "{address} verified ({issuer})", zh: "{address} 验证通过（{issuer}）")
    } else {
        say!(en: "{address} signed by {issuer}", zh: "{address} 由 {issuer} 签发")
    }
}

fn listed(parts: impl IntoIterator<Item = Sentence>) -> Sentence {
    let (mut en, mut zh) = (Vec::new(), Vec::new());
    for part in parts {
        en.push(part.en);
        zh.push(part.zh);
    }
    Sentence { en: en.join("; "), zh: zh.join("；") }
}

fn certificate(facts: &CertificateFacts) -> Sentence {
    listed(facts.target.iter().take(1).chain(&facts.controls).map(issuer))
}

fn portal(facts: &PortalFacts) -> Sentence {
    listed(facts.hosts.iter().map(|host| {
        let address = host.address;
        match (host.status, &host.location) {
            (Some(status), Some(location)) => {
                say!(en: "{address} answered {status} to {location}", zh: "{address} 返回 {status}，跳转到 {location}")
            }
            (Some(status), None) => say!(en: "{address} answered {status}", zh: "{address} 返回 {status}"),
            (None, _) => say!(en: "{address} gave no answer", zh: "{address} 没有应答"),
        }
    }))
}

fn scheme(facts: &SchemeFacts) -> Sentence {
    if facts.handshakes.is_empty() {
        let answered = facts.plain.iter().filter(|one| one.status.is_some()).count();
        let tried = facts.plain.len();
        say!(
            en: "plain HTTP was answered {answered} of {tried} times", zh: "明文 HTTP 请求 {tried} 次中 {answered} 次有应答",
        )
    } else {
        let done = facts.handshakes.iter().filter(|one| one.completed).count();
        let tried = facts.handshakes.len();
        say!(en: "a TLS handshake completed {done} of {tried} times", zh: "TLS 握手 {tried} 次中完成 {done} 次")
    }
}

/// A status, or a dash.
pub(crate) fn status(tried: &Tried) -> String {
    tried.status.map_or_else(|| "—".to_owned(), |status| status.to_string())
}

fn base_url(facts: &BaseUrlTrialFacts) -> Sentence {
    let tried: Vec<String> =
        facts.candidates.iter().map(|one| format!("{} {}", one.base_url, status(&one.answer))).collect();
    let tried = tried.join(", ");
    match facts.working() {
        Some(working) => {
            let base = &working.base_url;
            say!(en: "an API answers under {base} ({tried})", zh: "{base} 下有 API（{tried}）")
        }
        None => say!(en: "none does ({tried})", zh: "都没有（{tried}）"),
    }
}

/// What a request differed in.
pub(crate) const fn change(change: Change) -> Text {
    match change {
        Change::Nothing => text!(en: "unchanged", zh: "不变"),
        Change::NoOrganization => text!(en: "without organization and project", zh: "不带组织和项目"),
        Change::CurlAgent => text!(en: "User-Agent of curl", zh: "curl 的 User-Agent"),
        Change::BrowserAgent => text!(en: "User-Agent of a browser", zh: "浏览器的 User-Agent"),
        Change::SdkAgent => text!(en: "User-Agent of the Python SDK", zh: "Python SDK 的 User-Agent"),
        Change::NoKey => text!(en: "without the key", zh: "不带密钥"),
        Change::WrongKey => text!(en: "with a key that nobody has", zh: "用一个不存在的密钥"),
        Change::ApiKeyHeader => text!(en: "key in api-key", zh: "密钥放在 api-key 头"),
        Change::XApiKeyHeader => text!(en: "key in x-api-key", zh: "密钥放在 x-api-key 头"),
        Change::Post => text!(en: "an empty POST chat/completions", zh: "空的 POST chat/completions"),
        Change::OtherFamily => text!(en: "over the other address family", zh: "换用另一种 IP 地址族"),
    }
}

fn headers(facts: &HeadersFacts) -> Sentence {
    let mut seen: Vec<Change> = Vec::new();
    for one in &facts.requests {
        if !seen.contains(&one.change) {
            seen.push(one.change);
        }
    }
    listed(seen.into_iter().map(|one| {
        let statuses: Vec<String> = facts.with(one).map(status).collect();
        let (words, statuses) = (change(one), statuses.join(", "));
        Sentence { en: format!("{} {statuses}", words.en), zh: format!("{} {statuses}", words.zh) }
    }))
}

fn outage(facts: &OutageFacts) -> Sentence {
    let statuses: Vec<String> = facts.requests.iter().map(|one| format!("{} {}", one.method, status(one))).collect();
    let statuses = if statuses.is_empty() { "—".to_owned() } else { statuses.join(", ") };
    match facts.status_page.as_ref().and_then(|page| page.indicator.as_deref().map(|indicator| (page, indicator))) {
        Some((page, indicator)) => {
            let (url, description) = (&page.url, &page.description);
            say!(
                en: "{statuses}; {url} says {indicator}: {description}", zh: "{statuses}；{url} 显示 {indicator}：{description}",
            )
        }
        None => say!(en: "{statuses}", zh: "{statuses}"),
    }
}
