//! Faults of a base URL that parses and leads to the wrong place.

use crate::diagnosis::answered::{self, finding, set_variable};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Heard, Layer, Owner, Sign};
use crate::evidence::api::ApiError;
use crate::evidence::experiment::BaseUrlTrialFacts;
use crate::evidence::http::Answerer;
use crate::evidence::remedy::RemedyName;
use crate::evidence::{Evidence, Stage, text};
use crate::lang::Sentence;
use crate::{say, text};

use super::trial::request as trial;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "base-url-missing-version",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the base URL lacks its version segment (/v1)", zh: "base URL 缺少版本段（/v1）"),
        explanation: text!(
            en: "The server is there, but the API lives under a path such as /v1 and the base URL does not name it. SDKs append /chat/completions to the base URL and nothing else.",
            zh: "服务器可达，但 API 位于 /v1 之类的路径下，而 base URL 没有写出这一段。SDK 只会在 base URL 后追加 /chat/completions，不会补上版本段。",
        ),
        fixes: &[
            Fix::run_per(
                text!(en: "End the base URL at the version segment, without /chat/completions", zh: "让 base URL 以版本段结尾，不要带 /chat/completions"),
                "export OPENAI_BASE_URL={origin}/v1",
                "export OPENAI_BASE_URL={origin}/v1",
                "$env:OPENAI_BASE_URL = \"{origin}/v1\"",
            ),
            Fix::advice(text!(
                en: "Some providers use another prefix: /api/v1 (OpenRouter), /compatible-mode/v1 (DashScope), /openai/v1 (Groq, Azure), /v1beta/openai (Gemini)",
                zh: "有些服务商用别的前缀：/api/v1（OpenRouter）、/compatible-mode/v1（DashScope）、/openai/v1（Groq、Azure）、/v1beta/openai（Gemini）",
            )),
        ],
        confirmed_by: &[(RemedyName::BaseUrl, 0)],
        told_apart: text!(
            en: "GET {base_url}/models fails while the same host answers JSON under /v1/models. A 404 that names a model or a deployment reached the API and is none of this.",
            zh: "GET {base_url}/models 失败，而同一主机的 /v1/models 返回 JSON。如果 404 里提到模型或部署名，说明已到达 API，不属于此类。",
        ),
        rivals: &["model-not-found", "azure-deployment-not-found", "responses-api-unsupported", "base-url-not-an-api"],
        explained_by: &["base-url-duplicated-path", "captive-portal", "gateway-block-page"],
        signs: &[
            Sign::coded(&["unknown_url"]),
            Sign::says(&[
                "unknown request url: post /chat",
                "unknown request url: get /models",
                "unknown request url: post /openai/chat",
                "unknown request url: post /responses",
                "unknown request url: post /embeddings",
                "invalid url (get /models",
                "invalid url (post /chat/completions",
                "invalid url (post /completions",
                "invalid url (post /embeddings",
                "invalid url (post /responses",
            ]),
        ],
        detect: Some(missing_version),
        heard: &[Heard::cause(&[
            "forgot to add '/v1'",
            "does not end with `/v1`",
            "ends with `/v1`",
            "se termine par `/v1`",
        ])],
        ..Fault::BASE
    },
    Fault {
        code: "base-url-duplicated-path",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the base URL repeats a path that the client adds", zh: "base URL 里重复了客户端会自动追加的路径"),
        explanation: text!(
            en: "The base URL already holds a part that SDKs append themselves, so the request goes to a doubled path that does not exist.",
            zh: "base URL 中已经包含 SDK 会自动追加的部分，请求因此发到了重复拼接、并不存在的路径。",
        ),
        fixes: &[Fix::advice(text!(
            en: "End the base URL at the version segment, for example https://api.openai.com/v1",
            zh: "让 base URL 以版本段结尾，例如 https://api.openai.com/v1",
        ))],
        confirmed_by: &[(RemedyName::BaseUrl, 0)],
        told_apart: text!(
            en: "The path itself shows it, and the 404 often echoes it: Invalid URL (POST /v1/v1/…). With the repetition removed the URL works.",
            zh: "从路径本身就能看出，404 里往往也会回显：Invalid URL (POST /v1/v1/…)。去掉重复部分即可正常工作。",
        ),
        rivals: &["base-url-missing-version"],
        signs: &[
            Sign::says(&[
                "/v1/v1/",
                "/chat/completions/chat/completions",
                "/chat/completions/models",
                "/completions/chat/completions",
                "/v1//chat",
                "/v1//models",
                "/v1//completions",
                "/v1//embeddings",
                "/v1//responses",
                "/v1//messages",
                "post //v1",
                "/responses/responses",
                "/responses/chat/completions",
                "/embeddings/embeddings",
                "/openai/openai/",
                "/completions/v1/",
                "/models/v1/",
            ]),
            Sign::says(&[
                "invalid url (post /v1/v1",
                "invalid url (get /v1/v1",
                "/v1/chat/completions/chat/completions",
                "/v1/chat/completions/models",
            ]),
        ],
        detect: Some(duplicated_path),
        heard: &[Heard::cause(&["request v1/v1/"])],
        ..Fault::BASE
    },
    Fault {
        code: "base-url-not-an-api",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the base URL is a web site, not an API", zh: "base URL 指向的是网站，而不是 API"),
        explanation: text!(
            en: "The host answers with a page for people instead of JSON. It is a provider's web site, or the web front of a relay whose API lives under another path.",
            zh: "该主机返回的是给人看的网页，而不是 JSON。它是服务商的网站，或者是中转服务的 Web 前端，其 API 在另一个路径下。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Use the provider's API host from its API documentation, not the address of its web site",
                zh: "使用服务商 API 文档中给出的 API 地址，而不是其网站地址",
            )),
            Fix::run(
                text!(en: "See whether the API lives under /v1 on the same host", zh: "看看同一主机的 /v1 下有没有 API"),
                "curl -i {origin}/v1/models",
            ),
        ],
        told_apart: text!(
            en: "The certificate is the host's own and other hosts are unaffected; a private issuer would mean a gateway's block page, and JSON under /v1/models a missing version segment.",
            zh: "证书确属该主机，且其他主机不受影响；如果是私有颁发者签发，则是网关拦截页；如果 /v1/models 返回 JSON，则是缺少版本段。",
        ),
        rivals: &["captive-portal", "gateway-block-page", "base-url-missing-version", "waf-blocked-user-agent"],
        explained_by: &["base-url-missing-version", "base-url-duplicated-path", "captive-portal", "gateway-block-page"],
        detect: Some(not_an_api),
        ..Fault::BASE
    },
    Fault {
        code: "base-url-redirects",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(
            en: "the base URL redirects, which drops the method or the key",
            zh: "base URL 会重定向，导致请求方法或密钥丢失",
        ),
        explanation: text!(
            en: "The server sends the client elsewhere. Many clients turn a redirected POST into a GET, and most drop the Authorization header when host or scheme change, so the call arrives crippled.",
            zh: "服务器让客户端改去别处。很多客户端会把被重定向的 POST 变成 GET；主机或协议改变时，多数客户端还会丢掉 Authorization 头，请求到达时已不完整。",
        ),
        fixes: &[
            Fix::run(text!(en: "See where it leads", zh: "查看它指向哪里"), "curl -sI {base_url}/models"),
            Fix::advice(text!(
                en: "Relay owners: answer 307 or 308 instead of 301 or 302, or proxy the request",
                zh: "中转服务的运营者：请用 307 或 308 代替 301、302，或者直接反向代理",
            )),
        ],
        told_apart: text!(
            en: "The status is 3xx with a Location header; the key itself was never judged.",
            zh: "状态码是 3xx 且带 Location 头；密钥本身还没有被校验。",
        ),
        rivals: &["base-url-missing-version", "key-missing", "auth-header-stripped", "proxy-scheme-wrong"],
        explained_by: &["captive-portal", "gateway-block-page"],
        detect: Some(redirects),
        heard: &[Heard::cause(&[
            "toomanyredirects",
            "too many redirects",
            "maximum allowed redirects",
            "redirect response '30",
            "redirects followed",
            "redirectiontoodeep",
            "stopped after 10 redirects",
            "err_too_many_redirects",
            "redirect count exceeded",
        ])],
        ..Fault::BASE
    },
];

fn missing_version(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    if url.has_version || url.defect.is_some() || url.duplicated_path.is_some() || url.is_website {
        return None;
    }
    // Azure's path is more than a version; its own faults say so. A proxy knows nothing of the endpoint's paths.
    let who = evidence.http.facts.answered_by;
    if matches!(who, Some(Answerer::Azure | Answerer::ClientProxy | Answerer::Interceptor)) {
        return None;
    }
    let page = answered::is_page(evidence);
    let error = evidence.api.facts.error.as_ref();
    let tried = trial::base_url(evidence);
    if let Some(working) = tried.and_then(BaseUrlTrialFacts::working).filter(|_| evidence.http.facts.location.is_none())
    {
        let found = finding(Stage::Api, Confidence::Confirmed, evidence).because(no_version(&url.path));
        return Some(trial::with_working(found, working, evidence));
    }
    if tried.is_some() && url.suggestion.is_none() {
        return None;
    }
    if let Some(suggestion) = url.suggestion.as_ref().filter(|_| answered::unasked(evidence)) {
        let found = finding(Stage::Api, Confidence::Likely, evidence).because(no_version(&url.path));
        return Some(documented(found, suggestion, evidence));
    }
    let relay_front = answered::is_2xx(evidence) && page && who == Some(Answerer::Relay);
    let nothing_there =
        answered::has_status(evidence, &[404]) && (page || error.is_none_or(|error| !names_something_missing(error)));
    if !relay_front && !nothing_there {
        return None;
    }
    let confidence = if url.suggestion.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    let found = finding(Stage::Api, confidence, evidence).because(no_version(&url.path)).not(
        "model-not-found",
        text!(en: "the answer names no model: the path itself is unknown", zh: "应答没有提到模型：是路径本身不存在"),
    );
    Some(match &url.suggestion {
        Some(suggestion) => documented(found, suggestion, evidence),
        None => found,
    })
}

fn documented(found: Finding, suggestion: &str, evidence: &Evidence) -> Finding {
    found.fix(
        text!(en: "Use the base URL that this provider documents", zh: "使用该服务商文档中的 base URL"),
        Some(set_variable(evidence, "OPENAI_BASE_URL", suggestion)),
    )
}

fn no_version(path: &str) -> Sentence {
    let path = if path.is_empty() { "/" } else { path };
    say!(
        en: "the path of the base URL is {path}: no segment of it is a version",
        zh: "base URL 的路径是 {path}，其中没有版本段",
    )
}

/// Whether a 404 is about a thing (a model, a deployment) rather than about the path.
fn names_something_missing(error: &ApiError) -> bool {
    let said = error.message.to_lowercase();
    ["model", "deployment", "organization", "project", "模型"].iter().any(|thing| said.contains(thing))
        || error.code.as_deref().is_some_and(|code| code.to_lowercase().contains("model"))
}

fn duplicated_path(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let part = url.duplicated_path.as_deref()?;
    let nowhere = answered::unanswered(evidence) || answered::unasked(evidence);
    if answered::works(evidence) || !(nowhere || evidence.http.facts.status.is_some()) {
        return None;
    }
    let raw = text::line(&url.raw, 160);
    let found = finding(Stage::Api, Confidence::Likely, evidence).because(say!(
        en: "the base URL {raw} already holds {part}, which clients add themselves",
        zh: "base URL {raw} 已经包含 {part}，而客户端会自动追加这一段",
    ));
    if let Some(working) = trial::base_url(evidence).and_then(BaseUrlTrialFacts::working) {
        return Some(trial::with_working(found, working, evidence));
    }
    let corrected = url.suggestion.clone().or_else(|| strip(&url.raw, part));
    Some(match corrected {
        Some(corrected) => found.fix(
            text!(en: "Remove the repeated part", zh: "去掉重复的部分"),
            Some(set_variable(evidence, "OPENAI_BASE_URL", &corrected)),
        ),
        None => found,
    })
}

fn strip(raw: &str, part: &str) -> Option<String> {
    let base = raw.trim_end_matches('/').strip_suffix(part)?.trim_end_matches('/');
    (base.len() > "https://".len()).then(|| base.to_owned())
}

fn not_an_api(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let page = answered::is_2xx(evidence) && answered::is_page(evidence);
    let intercepted = matches!(evidence.http.facts.answered_by, Some(Answerer::Interceptor | Answerer::ClientProxy));
    let website = url.is_website && !answered::works(evidence) && !page;
    if intercepted
        || !(page || website)
        || (website && evidence.http.facts.status.is_none() && !answered::unasked(evidence))
    {
        return None;
    }
    let mut found = finding(Stage::Api, Confidence::Confirmed, evidence);
    if url.is_website {
        let host = evidence.target.host.as_deref().unwrap_or_default();
        found = found.because(say!(en: "{host} is a web site of its provider", zh: "{host} 是服务商的网站"));
    } else {
        found.confidence = Confidence::Likely;
    }
    if evidence.tls.facts.trusted {
        found = found.not(
            "gateway-block-page",
            text!(en: "the certificate is trusted and the host's own", zh: "证书受信任，且确属该主机"),
        );
    }
    if let Some(tried) = trial::base_url(evidence) {
        if let Some(working) = tried.working() {
            return Some(trial::with_working(found, working, evidence));
        }
        found.confidence = Confidence::Confirmed;
        let none = trial::none_works(tried);
        return Some(found.because(none.clone()).not("base-url-missing-version", none));
    }
    Some(match &url.suggestion {
        Some(suggestion) => documented(found, suggestion, evidence),
        None if !url.has_version => found.fix(
            text!(
                en: "If this is a relay, its API is probably under /v1",
                zh: "如果这是中转服务，它的 API 很可能在 /v1 下",
            ),
            Some(set_variable(evidence, "OPENAI_BASE_URL", &format!("{}/v1", evidence.target.base_url))),
        ),
        None => found,
    })
}

fn redirects(evidence: &Evidence) -> Option<Finding> {
    if !answered::has_status(evidence, &[301, 302, 303, 307, 308]) {
        return None;
    }
    let http = &evidence.http.facts;
    let location = http.location.as_deref()?;
    let shown = text::line(location, 160);
    let asked = url::Url::parse(&http.url).ok();
    let aim = asked.as_ref().and_then(|url| url.join(location).ok());
    let stays = asked.is_some_and(|asked| aim.as_ref().is_some_and(|aim| aim.origin() == asked.origin()));
    let tried = trial::base_url(evidence);
    // That it redirects is certain; where the API is may be found out on the same host.
    let confidence = if stays && tried.is_none() { Confidence::Likely } else { Confidence::Confirmed };
    let found = finding(Stage::Http, confidence, evidence)
        .because(say!(en: "it points to {shown}", zh: "它指向 {shown}"))
        .not("key-missing", text!(en: "a redirect says nothing about the key", zh: "重定向与密钥无关"));
    if let Some(working) = tried.and_then(BaseUrlTrialFacts::working) {
        return Some(trial::with_working(found, working, evidence));
    }
    let base = aim.and_then(|aim| {
        let path = aim.path().trim_end_matches('/').strip_suffix("/models")?;
        aim.host_str()?;
        Some(format!("{}{path}", aim.origin().ascii_serialization()))
    });
    Some(match base {
        Some(base) if base != evidence.target.base_url => found.fix(
            text!(en: "Use the address that it leads to as base URL", zh: "直接把重定向的目标用作 base URL"),
            Some(set_variable(evidence, "OPENAI_BASE_URL", &base)),
        ),
        _ => found,
    })
}
