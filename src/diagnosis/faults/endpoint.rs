//! Faults of what is asked for: no such endpoint, no such method, an answer that is none.

mod heard;

use crate::diagnosis::answered::{self, finding};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Severity, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::api::BodyShape;
use crate::evidence::{Evidence, FailureKind, SkipReason, Stage, text};
use crate::{say, text};

use super::trial;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "endpoint-not-found",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the server has no such endpoint", zh: "服务器没有这个接口"),
        explanation: text!(
            en: "The server answers, but not at this path: the provider uses another one, does not offer this endpoint, or offers the model only at another.",
            zh: "服务器有应答，但这个路径不存在：服务商用的是别的路径、没有提供该接口，或该模型只能通过另一个接口使用。",
        ),
        impact: text!(en: "one endpoint", zh: "单个接口"),
        fixes: &[
            Fix::advice(
                text!(en: "Take the base URL from the provider's documentation", zh: "按服务商文档核对 base URL"),
            ),
            Fix::run(
                text!(en: "See what the base URL itself says", zh: "看看 base URL 本身返回什么"),
                "curl -i {base_url}/models",
            ),
        ],
        told_apart: text!(
            en: "No other usual path on the host answers either; if /v1/models does, the version segment was missing.",
            zh: "该主机上其他常用路径也没有应答；如果 /v1/models 有应答，则是缺少版本段。",
        ),
        rivals: &["base-url-missing-version", "model-not-found", "responses-api-unsupported"],
        explained_by: &[
            "base-url-missing-version",
            "base-url-duplicated-path",
            "base-url-not-an-api",
            "captive-portal",
            "gateway-block-page",
        ],
        signs: &[
            // Spring's page for a path that it does not know.
            Sign::says(&["\"error\":\"not found\",\"path\":\"/", "\"error\": \"not found\", \"path\": \"/"])
                .and(&["\"timestamp\""])
                .with_status(&[404]),
            Sign::says(&[
                "404 page not found",
                "invalid url (",
                "unexpected endpoint or method",
                "no route matched",
                "no route for",
                "cannot get /",
                "cannot post /",
                "endpoint not found",
                "path not found",
                "url not found",
                "only supported in v1/responses",
                "only supported in v1/chat/completions",
                "接口不存在",
                "路径不存在",
                "未找到接口",
                "请求的接口",
            ])
            .with_status(&[404]),
            Sign::says(&[
                "only supported in v1/responses",
                "404 page not found",
                "api not implemented",
                "no route matched with those values",
                "api_not_implemented",
                "url error, please check url",
                "please configure ai gateway",
                "could not route to /",
                "no handler found on route",
                "no handler found for route",
                "no route matches",
                "double check your url",
                "/v1/chat/completions is not supported. please use",
                "unknown request url",
                "the request is not valid, http status: 404",
            ]),
            Sign::coded(&["not_found", "endpoint_not_found", "route_not_found"]).with_status(&[404]),
            Sign::status(&[404]),
            Sign::status(&[410]),
        ],
        heard: heard::NOT_FOUND,
        specify: Some(elsewhere),
        ..Fault::BASE
    },
    Fault {
        code: "method-not-allowed",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the server does not accept this method there", zh: "服务器在该路径不接受这种请求方法"),
        explanation: text!(
            en: "The path exists but takes another method. A POST that reaches a static web site, or a POST that a redirect turned into a GET, looks like that.",
            zh: "路径存在，但只接受别的方法。POST 发到了静态网站，或者被重定向变成了 GET，都会这样。",
        ),
        impact: text!(en: "one endpoint", zh: "单个接口"),
        fixes: &[
            Fix::advice(
                text!(en: "Use the provider's API host and path, not its web site", zh: "使用服务商的 API 主机和路径，而不是其网站"),
            ),
            Fix::run(
                text!(en: "See whether the URL redirects", zh: "看看该 URL 是否会重定向"),
                "curl -sI {base_url}/models",
            ),
        ],
        told_apart: text!(
            en: "405; an HTML page means a web server that knows nothing of the API.",
            zh: "状态码 405；如果是 HTML 页面，说明应答的是与 API 无关的 Web 服务器。",
        ),
        rivals: &["base-url-not-an-api", "base-url-redirects"],
        explained_by: &[
            "base-url-not-an-api",
            "base-url-redirects",
            "base-url-duplicated-path",
            "base-url-missing-version",
            "captive-portal",
            "gateway-block-page",
        ],
        signs: &[
            Sign::says(&[
                "method not allowed",
                "not allowed to post",
                "only post requests are accepted",
                "不支持的请求方法",
                "invalid method for url",
            ]),
            Sign::coded(&["method_not_supported", "method_not_allowed"]),
            Sign::status(&[405]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "responses-api-unsupported",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the relay has no Responses API", zh: "中转不支持 Responses API"),
        explanation: text!(
            en: "The client calls /responses, which this relay or server does not offer; /chat/completions it may.",
            zh: "客户端调用了 /responses，而该中转或服务器没有提供它，但可能提供 /chat/completions。",
        ),
        impact: text!(en: "one endpoint", zh: "单个接口"),
        fixes: &[
            Fix::run(
                text!(en: "Let the client use Chat Completions; Codex, in ~/.codex/config.toml", zh: "让客户端改用 Chat Completions；Codex 在 ~/.codex/config.toml 中设置"),
                "wire_api = \"chat\"",
            ),
            Fix::advice(text!(en: "Or update the relay", zh: "或者升级中转服务")),
        ],
        told_apart: text!(
            en: "/chat/completions works on the same base URL, /responses alone fails.",
            zh: "同一 base URL 下 /chat/completions 正常，只有 /responses 失败。",
        ),
        rivals: &["base-url-missing-version", "model-not-found", "websocket-blocked"],
        signs: &[
            Sign::says(&["createmodelresponse is not supported", "/v1/messages endpoint only supports"]),
            Sign::says(&["/v1/responses", "/responses)", "/responses\"", "responses api"])
                .and(&[
                    "not found",
                    "not supported",
                    "unsupported",
                    "not implemented",
                    "invalid url",
                    "unknown request url",
                    "does not support",
                    "不支持",
                    "cannot post",
                ])
                .but_not(&[
                    "/v1/chat/completions is not supported",
                    "not found for account",
                    "this parameter has moved to",
                    "only supported in v1/responses",
                    "/v1/v1/",
                    "/responses/responses",
                    "/responses/chat",
                ]),
            Sign::coded(&["responses_api_not_supported", "responses_not_supported"]),
        ],
        detect: Some(trial::endpoint::responses_unsupported),
        ..Fault::BASE
    },
    Fault {
        code: "response-not-json",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the answer is not the JSON an API sends", zh: "应答不是 API 应有的 JSON"),
        explanation: text!(
            en: "Something answered, but what came is not what an API sends: text, something cut off, something binary, or no HTTP at all.",
            zh: "收到了应答，但内容不是 API 应返回的：可能是纯文本、被截断的数据、二进制数据，甚至不是 HTTP。",
        ),
        impact: text!(en: "that request", zh: "该请求"),
        fixes: &[
            Fix::run(text!(en: "See what comes", zh: "看看实际返回了什么"), "curl -i {base_url}/models"),
            Fix::advice(text!(
                en: "Check the base URL and what stands between: a relay, a cache, a proxy that rewrites bodies",
                zh: "检查 base URL 以及中间环节：中转、缓存、会改写正文的代理",
            )),
        ],
        told_apart: text!(
            en: "Who answered, the content type and the title of a page tell the rest.",
            zh: "再看是谁应答、content-type 以及页面标题即可区分。",
        ),
        rivals: &["base-url-not-an-api", "captive-portal", "gateway-block-page"],
        explained_by: &[
            "base-url-not-an-api",
            "base-url-missing-version",
            "base-url-duplicated-path",
            "captive-portal",
            "gateway-block-page",
            "connection-closed-early",
            "connection-reset",
            "read-timeout",
        ],
        detect: Some(not_json),
        heard: heard::NOT_JSON,
        signs: &[Sign::says(&[
            "类型错误：<class 'str'>",
            "but received html",
            "received html instead",
            "invalid response data: <",
            "empty choices",
            "with invalid json",
            "server returned an empty response",
        ])],
        ..Fault::BASE
    },
];

/// What the other paths of the host say of one that is not there.
fn elsewhere(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let mut found = found;
    let Some(tried) = trial::request::base_url(evidence) else {
        // The server's words are about this path only.
        found.confidence = Confidence::Likely;
        return found;
    };
    if let Some(working) = tried.working() {
        return trial::request::with_working(found, working, evidence);
    }
    found.confidence = Confidence::Confirmed;
    if trial::endpoint::chat_is_there(tried) {
        found.severity = Severity::Degraded;
        return found
            .because(text!(
                en: "completions are offered at this base URL; only the list of models is not",
                zh: "这个 base URL 提供补全接口，只是没有模型列表",
            ))
            .not("base-url-missing-version", text!(en: "chat/completions is there", zh: "chat/completions 接口存在"));
    }
    let none = trial::request::none_works(tried);
    found.because(none.clone()).not("base-url-missing-version", none)
}

fn not_json(evidence: &Evidence) -> Option<Finding> {
    if let Some(found) = not_http(evidence) {
        return Some(found);
    }
    let unreadable = matches!(
        evidence.api.facts.shape,
        BodyShape::Empty | BodyShape::Text | BodyShape::Binary | BodyShape::BrokenJson | BodyShape::Html
    );
    // A body that nobody was to read says nothing.
    if !answered::is_2xx(evidence) || !unreadable || evidence.api.skip_reason == Some(SkipReason::NotAsked) {
        return None;
    }
    let what = match evidence.api.facts.shape {
        BodyShape::Empty => text!(en: "the body is empty", zh: "正文为空"),
        BodyShape::Text => text!(en: "the body is plain text", zh: "正文是纯文本"),
        BodyShape::Binary => text!(en: "the body is binary", zh: "正文是二进制数据"),
        BodyShape::BrokenJson => {
            text!(en: "the body says that it is JSON and is not", zh: "正文声称是 JSON，但不完整或有误")
        }
        _ => text!(en: "the body is an HTML page", zh: "正文是 HTML 页面"),
    };
    // Without a version in the path the API may be elsewhere on the host.
    let settled = evidence.config.facts.base_url.has_version || trial::request::base_url(evidence).is_some();
    let confidence = if settled { Confidence::Confirmed } else { Confidence::Likely };
    Some(finding(Stage::Api, confidence, evidence).because(what))
}

/// What came is not even HTTP, or has no end.
fn not_http(evidence: &Evidence) -> Option<Finding> {
    let failure = evidence.http.failure.as_ref()?;
    let what = match failure.kind {
        FailureKind::HttpMalformed => text!(en: "what came is not HTTP", zh: "收到的内容不是 HTTP"),
        FailureKind::HttpTooLarge => text!(
            en: "it was longer than any answer of an API, so reading was stopped",
            zh: "内容比任何 API 应答都长，已停止读取",
        ),
        _ => return None,
    };
    let detail = text::mask_keys(&text::line(&failure.detail, 160));
    Some(
        finding(Stage::Http, Confidence::Confirmed, evidence)
            .because(what)
            .because(say!(en: "reading it failed: {detail}", zh: "读取失败：{detail}")),
    )
}
