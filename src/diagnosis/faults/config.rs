//! Faults of the settings: the base URL and what overrides it.

use crate::diagnosis::answered::{self, finding, set_variable, unset_variable};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::config::UrlDefect;
use crate::evidence::http::Answerer;
use crate::evidence::proxy::Spoken;
use crate::evidence::{Evidence, Stage};
use crate::lang::Text;
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "base-url-malformed",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the base URL is not a URL", zh: "base URL 不是有效的 URL"),
        explanation: text!(
            en: "The base URL as configured cannot be read as an http or https address, so no request can be made. A variable that is set but empty counts as set in several SDKs.",
            zh: "配置的 base URL 不能解析为 http 或 https 地址，因此发不出任何请求。注意：有几个 SDK 会把“已设置但为空”的变量当作已设置。",
        ),
        fixes: &[
            Fix::run_per(
                text!(en: "Write the full URL, scheme included", zh: "写出完整的 URL，包括协议部分"),
                "export OPENAI_BASE_URL=https://api.openai.com/v1",
                "export OPENAI_BASE_URL=https://api.openai.com/v1",
                "$env:OPENAI_BASE_URL = \"https://api.openai.com/v1\"",
            ),
            Fix::run_per(
                text!(en: "Or unset the variable to get the default", zh: "或者取消该变量，使用默认值"),
                "unset OPENAI_BASE_URL",
                "unset OPENAI_BASE_URL",
                "Remove-Item Env:OPENAI_BASE_URL",
            ),
        ],
        told_apart: text!(
            en: "It shows in the text alone: scheme, host, stray quotes or blanks; no packet is needed.",
            zh: "只看文本就能判断：协议、主机名、多余的引号或空格；无需发包。",
        ),
        rivals: &["dns-no-answer"],
        signs: &[],
        detect: Some(malformed),
        ..Fault::BASE
    },
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
        told_apart: text!(
            en: "GET {base_url}/models fails while the same host answers JSON under /v1/models. A 404 that names a model or a deployment reached the API and is none of this.",
            zh: "GET {base_url}/models 失败，而同一主机的 /v1/models 返回 JSON。如果 404 里提到模型或部署名，说明已到达 API，不属于此类。",
        ),
        rivals: &["model-not-found", "azure-deployment-not-found", "responses-api-unsupported", "base-url-not-an-api"],
        explained_by: &["base-url-duplicated-path", "captive-portal", "gateway-block-page"],
        signs: &[
            Sign::coded(&["unknown_url"]),
            Sign::says(&[
                "unknown request url",
                "invalid url (get /models",
                "invalid url (post /chat/completions",
                "invalid url (post /completions",
                "invalid url (post /embeddings",
                "invalid url (post /responses",
            ]),
        ],
        detect: Some(missing_version),
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
                "/v1//",
                "post //v1",
                "/responses/responses",
                "/responses/chat/completions",
                "/embeddings/embeddings",
                "/openai/openai/",
            ]),
            Sign::says(&[
                "invalid url (post /v1/v1",
                "invalid url (get /v1/v1",
                "/v1/chat/completions/chat/completions",
                "/v1/chat/completions/models",
            ]),
        ],
        detect: Some(duplicated_path),
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
        rivals: &["key-missing", "auth-header-stripped", "proxy-scheme-wrong"],
        explained_by: &["captive-portal", "gateway-block-page"],
        detect: Some(redirects),
        ..Fault::BASE
    },
    Fault {
        code: "base-url-scheme-mismatch",
        layer: Layer::Transport,
        owner: Owner::You,
        title: text!(
            en: "https is spoken to a plaintext port, or http to a TLS port",
            zh: "用 https 访问了明文端口，或用 http 访问了 TLS 端口",
        ),
        explanation: text!(
            en: "The port is open, but it speaks the other protocol than the base URL's scheme says.",
            zh: "端口是通的，但它使用的协议与 base URL 的 scheme 不一致。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Change the scheme of the base URL, or the port, so that both say the same",
                zh: "修改 base URL 的 scheme 或端口，使两者一致",
            )),
            Fix::run(
                text!(en: "See what the port speaks", zh: "查看该端口使用的协议"),
                "curl -i http://{host}:{port}/",
            ),
        ],
        told_apart: text!(
            en: "A plain HTTP request to the same port is answered where TLS is not, or the other way round.",
            zh: "同一端口能应答明文 HTTP 而不能应答 TLS，或者相反。",
        ),
        rivals: &["proxy-scheme-wrong", "tls-handshake-reset"],
        explained_by: &["proxy-scheme-wrong", "captive-portal"],
        signs: &[
            Sign::page(&[
                "plain http request was sent to https port",
                "combination of host and port requires tls",
                "speaking plain http to an ssl-enabled server port",
            ]),
            Sign::says(&[
                "plain http request was sent to https port",
                "client sent an http request to an https server",
                "combination of host and port requires tls",
                "speaking plain http to an ssl-enabled server port",
                "can only be accessed over https",
            ]),
        ],
        detect: Some(scheme_mismatch),
        ..Fault::BASE
    },
    Fault {
        code: "env-shadows-config",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(
            en: "an environment variable overrides the configured value",
            zh: "环境变量覆盖了配置的值",
        ),
        explanation: text!(
            en: "More than one source names a base URL or a key, and the one in use may not be the one you meant. The request was refused, so look at which one won.",
            zh: "base URL 或密钥有不止一个来源，实际生效的可能不是你想用的那个。既然请求被拒绝，请先确认生效的是哪一个。",
        ),
        fixes: &[
            Fix::run(
                text!(en: "See every setting with its origin", zh: "查看每项设置及其来源"),
                "openai-doctor config",
            ),
            Fix::advice(text!(
                en: "Remove the stale one where it is set: ~/.bashrc or ~/.zshrc, .env files; on Windows System Properties > Environment Variables (setx persists). Then open a new terminal",
                zh: "在设置它的地方删除旧值：~/.bashrc、~/.zshrc、.env 文件；Windows 上是“系统属性 > 环境变量”（setx 会持久保存）。然后打开新终端",
            )),
        ],
        told_apart: text!(
            en: "Compare the last four characters of the key in use with those of the key you meant, and the host with the one you meant.",
            zh: "对比生效密钥与预期密钥的末四位，以及实际主机与预期主机。",
        ),
        rivals: &["key-invalid", "key-wrong-provider"],
        detect: Some(shadowed),
        ..Fault::BASE
    },
];

fn malformed(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let what: Text = match url.defect? {
        UrlDefect::Empty => text!(en: "it is set but empty", zh: "它已设置，但内容为空"),
        UrlDefect::NoScheme => text!(
            en: "it does not start with https:// or http://",
            zh: "它没有以 https:// 或 http:// 开头",
        ),
        UrlDefect::WrongScheme => text!(
            en: "its scheme is neither http nor https",
            zh: "它的协议既不是 http 也不是 https",
        ),
        UrlDefect::NoHost => text!(en: "it names no host", zh: "它没有写主机名"),
        UrlDefect::StrayCharacters => text!(
            en: "it holds quotes, angle brackets or white space",
            zh: "它含有引号、尖括号或空白字符",
        ),
        UrlDefect::BadPort => text!(
            en: "its port is not a number from 1 to 65535",
            zh: "它的端口不是 1 到 65535 之间的数字",
        ),
        UrlDefect::Unparsable => text!(en: "the URL standard rejects it", zh: "它不符合 URL 标准"),
    };
    let raw = crate::evidence::text::line(&url.raw, 120);
    let origin = &url.origin;
    let found = Finding::faulty(Stage::Config, Confidence::Confirmed)
        .because(say!(en: "the base URL from {origin} is “{raw}”", zh: "来自 {origin} 的 base URL 是“{raw}”"))
        .because(what);
    let correction = match url.defect? {
        UrlDefect::StrayCharacters => {
            raw.trim_matches(|c: char| c.is_whitespace() || "\"'`“”‘’<>".contains(c)).to_owned()
        }
        UrlDefect::NoScheme => format!("https://{raw}"),
        _ => return Some(found),
    };
    let usable = url::Url::parse(&correction).is_ok_and(|url| url.has_host() && url.scheme().starts_with("http"));
    Some(if usable && !correction.contains(char::is_whitespace) {
        found.fix(
            text!(en: "You probably meant this", zh: "你想写的可能是"),
            Some(set_variable(evidence, "OPENAI_BASE_URL", &correction)),
        )
    } else {
        found
    })
}

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
    let relay_front = answered::is_2xx(evidence) && page && who == Some(Answerer::Relay);
    let nothing_there =
        answered::has_status(evidence, &[404]) && (page || error.is_none_or(|error| !names_something_missing(error)));
    if !relay_front && !nothing_there {
        return None;
    }
    let path = if url.path.is_empty() { "/" } else { &url.path };
    let unknown_url = error.is_some_and(|error| error.code.as_deref() == Some("unknown_url"));
    let confidence = if unknown_url || url.suggestion.is_some() { Confidence::Confirmed } else { Confidence::Likely };
    let found = finding(Stage::Api, confidence, evidence)
        .because(say!(
            en: "the path of the base URL is {path}: no segment of it is a version",
            zh: "base URL 的路径是 {path}，其中没有版本段",
        ))
        .not(
            "model-not-found",
            text!(en: "the answer names no model: the path itself is unknown", zh: "应答没有提到模型：是路径本身不存在"),
        );
    Some(match &url.suggestion {
        Some(suggestion) => found.fix(
            text!(en: "Use the base URL that this provider documents", zh: "使用该服务商文档中的 base URL"),
            Some(set_variable(evidence, "OPENAI_BASE_URL", suggestion)),
        ),
        None => found,
    })
}

/// Whether a 404 is about a thing (a model, a deployment) rather than about the path.
fn names_something_missing(error: &crate::evidence::api::ApiError) -> bool {
    let said = error.message.to_lowercase();
    ["model", "deployment", "organization", "project", "模型"].iter().any(|thing| said.contains(thing))
        || error.code.as_deref().is_some_and(|code| code.to_lowercase().contains("model"))
}

fn duplicated_path(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let part = url.duplicated_path.as_deref()?;
    if answered::works(evidence) || !(answered::unanswered(evidence) || evidence.http.facts.status.is_some()) {
        return None;
    }
    let raw = crate::evidence::text::line(&url.raw, 160);
    let confidence = if evidence.http.facts.status == Some(404) { Confidence::Confirmed } else { Confidence::Likely };
    let found = finding(Stage::Api, confidence, evidence).because(say!(
        en: "the base URL {raw} already holds {part}, which clients add themselves",
        zh: "base URL {raw} 已经包含 {part}，而客户端会自动追加这一段",
    ));
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
    if intercepted || !(page || website) || (website && evidence.http.facts.status.is_none()) {
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
    Some(match &url.suggestion {
        Some(suggestion) => found.fix(
            text!(en: "Use the base URL that this provider documents", zh: "使用该服务商文档中的 base URL"),
            Some(set_variable(evidence, "OPENAI_BASE_URL", suggestion)),
        ),
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
    let shown = crate::evidence::text::line(location, 160);
    let found = finding(Stage::Http, Confidence::Confirmed, evidence)
        .because(say!(en: "it points to {shown}", zh: "它指向 {shown}"))
        .not("key-missing", text!(en: "a redirect says nothing about the key", zh: "重定向与密钥无关"));
    let aim = url::Url::parse(&http.url).ok().and_then(|url| url.join(location).ok());
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

fn scheme_mismatch(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let port = evidence.target.port.unwrap_or_default();
    if evidence.tls.facts.speaks == Some(Spoken::Http) && !evidence.tls.facts.completed {
        let found = Finding::faulty(Stage::Tls, Confidence::Confirmed).because(say!(
            en: "port {port} answered our TLS greeting in plain HTTP",
            zh: "端口 {port} 用明文 HTTP 回应了我们的 TLS 握手",
        ));
        return Some(with_scheme(found, evidence, "https://", "http://"));
    }
    let speaks_tls = url.scheme == "http" && evidence.http.facts.speaks == Some(Spoken::Tls);
    speaks_tls.then(|| {
        let found = Finding::faulty(Stage::Http, Confidence::Confirmed).because(say!(
            en: "port {port} answered our plain HTTP request with a TLS record",
            zh: "端口 {port} 用 TLS 记录回应了我们的明文 HTTP 请求",
        ));
        with_scheme(found, evidence, "http://", "https://")
    })
}

fn with_scheme(found: Finding, evidence: &Evidence, from: &str, to: &str) -> Finding {
    let Some(rest) = evidence.target.base_url.strip_prefix(from) else { return found };
    // Without a port the other scheme would mean another port, which nobody has tried.
    let rest = match evidence.target.port {
        Some(port) if !rest.split('/').next().unwrap_or_default().contains(':') => match rest.split_once('/') {
            Some((host, path)) => format!("{host}:{port}/{path}"),
            None => format!("{rest}:{port}"),
        },
        _ => rest.to_owned(),
    };
    found.fix(
        text!(en: "Use the scheme that this port speaks", zh: "使用该端口实际的协议"),
        Some(set_variable(evidence, "OPENAI_BASE_URL", &format!("{to}{rest}"))),
    )
}

fn shadowed(evidence: &Evidence) -> Option<Finding> {
    let config = &evidence.config.facts;
    if !answered::has_status(evidence, &[401, 403, 404]) {
        return None;
    }
    let mut found = Finding::degraded(Stage::Config, Confidence::Possible);
    let used = &config.base_url.origin;
    for other in config.base_url.shadowed.iter().take(3) {
        let (value, origin) = (crate::evidence::text::line(&other.value, 120), &other.origin);
        found = found.because(say!(
            en: "{used} decides the base URL; {origin} names {value} and was not used",
            zh: "生效的 base URL 来自 {used}；{origin} 给出的 {value} 没有使用",
        ));
    }
    if let Some(key) = &evidence.target.key {
        let (used, tail) = (&key.origin, &key.tail);
        for other in config.other_keys.iter().filter(|other| other.tail != key.tail).take(3) {
            let (origin, other_tail) = (&other.origin, &other.tail);
            found = found.because(say!(
                en: "the key …{tail} from {used} was sent; {origin} holds another one, …{other_tail}",
                zh: "发送的是来自 {used} 的密钥 …{tail}；{origin} 中还有另一个密钥 …{other_tail}",
            ));
        }
    }
    if found.evidence.is_empty() {
        return None;
    }
    Some(if used.starts_with("OPENAI_") {
        found.fix(
            text!(en: "If the variable is the stale one, remove it", zh: "如果变量里的是旧值，请取消它"),
            Some(unset_variable(evidence, used)),
        )
    } else {
        found
    })
}
