//! Faults of the service: errors of its own, overload, gateways that give up.

use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage};
use crate::{say, text};

const BACKOFF: Fix = Fix::advice(text!(
    en: "Retry with exponential backoff and jitter; keep the request id for the provider's support",
    zh: "按指数退避加随机抖动重试；保留请求 ID 以便联系服务商支持",
));

const STATUS_PAGE: Fix = Fix::advice(text!(
    en: "Look at the provider's status page (OpenAI: status.openai.com)",
    zh: "查看服务商的状态页（OpenAI：status.openai.com）",
));

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "slow-first-token",
        layer: Layer::Service,
        owner: Owner::Provider,
        title: text!(en: "the server is slow to its first token", zh: "服务器返回首个 token 很慢"),
        explanation: text!(
            en: "The connection is quick and the server takes long to begin: a large model, much reasoning, a queue.",
            zh: "连接很快，但服务器很久才开始输出：模型大、推理多或在排队。",
        ),
        impact: text!(en: "long requests", zh: "长请求"),
        fixes: &[
            Fix::advice(
                text!(en: "Raise the client's idle timeout above 120 s", zh: "把客户端的空闲超时调到 120 秒以上"),
            ),
            Fix::advice(
                text!(en: "Use a smaller model, less reasoning effort, or a faster service tier", zh: "换用更小的模型、降低推理强度，或使用更快的服务等级"),
            ),
        ],
        told_apart: text!(
            en: "openai-processing-ms is about as long as the wait for the first byte, and the round-trip time is normal.",
            zh: "openai-processing-ms 与首字节等待时间相当，而往返时延正常。",
        ),
        rivals: &["sse-buffered", "packet-loss", "gateway-timeout", "ipv6-broken", "dns-slow"],
        ..Fault::BASE
    },
    Fault {
        code: "gateway-timeout",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "a gateway gave up waiting", zh: "网关等待超时"),
        explanation: text!(
            en: "Something between you and the API waited for its answer up to a limit of its own and then answered in its place. The API may still have worked on the request, and charged it.",
            zh: "你和 API 之间的某个网关等到了自己的时限，于是代为应答。API 可能仍在处理该请求并计费。",
        ),
        impact: text!(en: "long requests", zh: "长请求"),
        fixes: &[
            Fix::advice(
                text!(en: "Stream the answer (stream: true), so that bytes flow all the time", zh: "使用流式输出（stream: true），让数据持续流动"),
            ),
            Fix::run(
                text!(en: "Raise the gateway's limit; in nginx", zh: "调高网关的时限；nginx 中设置"),
                "proxy_read_timeout 600s; proxy_send_timeout 600s;",
            ),
            Fix::advice(text!(
                en: "Cloudflare allows 100 to 120 s, Vercel 10 to 60 s a function, most load balancers 60 s",
                zh: "Cloudflare 允许 100 到 120 秒，Vercel 函数 10 到 60 秒，多数负载均衡 60 秒",
            )),
        ],
        told_apart: text!(
            en: "It fails after the same number of seconds each time, and a short answer passes. No x-request-id means that the gateway spoke.",
            zh: "每次都在相同的秒数失败，短回答则能通过。没有 x-request-id 说明应答的是网关。",
        ),
        rivals: &["slow-first-token", "service-outage", "idle-connection-dropped"],
        explained_by: &["loopback-through-proxy", "captive-portal"],
        signs: &[
            Sign::says(&[
                "gateway timeout",
                "gateway time-out",
                "gateway timed out",
                "cf_gateway_timeout",
                "function_invocation_timeout",
                "an error occurred with your deployment",
                "upstream server is timing out",
                "upstream request timeout",
                "upstream timed out",
                "upstream timeout",
                "stream timeout",
                "origin web server timed out responding",
                "a timeout occurred",
                "the request timed out",
                "request timed out",
                "request timeout",
                "requesttimeout",
                "apitimeouterror",
                "litellm.timeout",
                "operation was timeout",
                "timed out waiting for",
                "endpoint request timed out",
                "context deadline exceeded",
                "deadline_exceeded",
                "504 deadline",
                "请求超时",
                "网关超时",
                "上游超时",
                "响应超时",
            ])
            .with_status(&[408, 499, 500, 502, 503, 504, 524]),
            Sign::says(&[
                "cf_gateway_timeout",
                "function_invocation_timeout",
                "gateway timeout",
                "gateway time-out",
                "an error occurred with your deployment",
                "origin web server timed out responding",
                "upstream request timeout",
                "网关超时",
            ]),
            Sign::page(&[
                "504 gateway time-out",
                "gateway timeout",
                "gateway time-out",
                "a timeout occurred",
                "error code 524",
                "cf-error-524",
                "function_invocation_timeout",
            ]),
            Sign::typed(&["cf_gateway_timeout", "timeout", "timeout_error", "request_timeout"]),
            Sign::coded(&[
                "408",
                "504",
                "524",
                "gateway_timeout",
                "request_timeout",
                "timeout",
                "requesttimeout",
                "function_invocation_timeout",
                "deadline_exceeded",
            ]),
            Sign::status(&[408, 504, 524]),
        ],
        specify: Some(how_long),
        ..Fault::BASE
    },
    Fault {
        code: "bad-gateway",
        layer: Layer::Service,
        owner: Owner::Provider,
        title: text!(en: "a gateway could not get an answer from behind it", zh: "网关没能从后端得到应答"),
        explanation: text!(
            en: "A gateway or relay took the request and could not reach what stands behind it, or got no sense from it.",
            zh: "网关或中转收到了请求，但连不上后端，或后端返回了无法理解的内容。",
        ),
        impact: text!(en: "all users of that gateway", zh: "该网关的所有用户"),
        fixes: &[
            BACKOFF,
            Fix::advice(text!(
                en: "If the gateway is yours (an nginx page), look at its error log; otherwise tell its owner",
                zh: "如果网关是你自己的（nginx 页面），查看其错误日志；否则联系其运营者",
            )),
        ],
        told_apart: text!(
            en: "Who answered: nginx is a proxy in front, cloudflare the provider's edge; fast and empty with a proxy set means that the local proxy cannot reach this host.",
            zh: "看是谁应答：nginx 是前置代理，cloudflare 是服务商的边缘；设置了代理且立即返回空 502，说明本地代理连不上该主机。",
        ),
        rivals: &["loopback-through-proxy", "relay-upstream-tls", "gateway-timeout", "cdn-origin-unreachable"],
        retry: Retry::Backoff,
        explained_by: &["loopback-through-proxy", "captive-portal", "proxy-exit-dead"],
        signs: &[
            Sign::says(&[
                "bad gateway",
                "badgateway",
                "cf_bad_gateway",
                "error reaching server",
                "502: bad gateway",
                "错误的网关",
            ]),
            Sign::page(&["502 bad gateway", "502: bad gateway", "bad gateway"]),
            Sign::typed(&["cf_bad_gateway"]),
            Sign::coded(&["502", "bad_gateway"]),
            Sign::status(&[502]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "cdn-origin-unreachable",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the CDN cannot reach its origin", zh: "CDN 无法连接源站"),
        explanation: text!(
            en: "The CDN's edge took the request and could not get an answer from the server behind it.",
            zh: "CDN 边缘节点收到了请求，但无法从背后的源站得到应答。",
        ),
        impact: text!(en: "all users of that relay", zh: "该中转的所有用户"),
        fixes: &[
            Fix::advice(
                text!(en: "Tell the endpoint's owner that its origin is down", zh: "告知端点运营者源站已不可用"),
            ),
            Fix::advice(
                text!(en: "Meanwhile use another relay, or the provider directly", zh: "在此期间换用其他中转，或直连服务商"),
            ),
        ],
        told_apart: text!(
            en: "Statuses 520 to 526 and 530 are Cloudflare's own; a cf-ray is there and no request id of the API.",
            zh: "520 到 526 以及 530 是 Cloudflare 特有的状态码；有 cf-ray，没有 API 的请求 ID。",
        ),
        rivals: &["service-outage", "gateway-timeout"],
        retry: Retry::Later,
        signs: &[
            Sign::says(&[
                "error code: 520",
                "error code: 521",
                "error code: 522",
                "error code: 523",
                "error code: 525",
                "error code: 526",
                "error code: 530",
                "error code 520",
                "error code 521",
                "error code 522",
                "error code 523",
                "error code 525",
                "error code 526",
                "web server is returning an unknown error",
                "web server is down",
                "origin is unreachable",
                "ssl handshake failed error code 525",
                "argo tunnel error",
                "cloudflare tunnel error",
                "error code: 1033",
                "error code: 1016",
                "origin dns error",
            ]),
            Sign::page(&[
                "| 520:",
                "| 521:",
                "| 522:",
                "| 523:",
                "| 525:",
                "| 526:",
                "| 530:",
                "522: connection timed out",
                "521: web server is down",
                "520: web server is returning an unknown error",
                "525: ssl handshake failed",
                "526: invalid ssl certificate",
                "error 1033",
                "error 1016",
            ]),
            Sign::coded(&["520", "521", "522", "523", "525", "526", "530"]),
            Sign::status(&[520, 521, 522, 523, 525, 526, 527, 530]),
        ],
        specify: Some(which_origin_fault),
        ..Fault::BASE
    },
    Fault {
        code: "server-error",
        layer: Layer::Service,
        owner: Owner::Provider,
        title: text!(en: "the server failed while handling the request", zh: "服务器处理请求时出错"),
        explanation: text!(
            en: "The request was understood, and something broke while it was worked on. It is not your request as a rule.",
            zh: "请求已被接收，但处理过程中出错。通常不是请求本身的问题。",
        ),
        impact: text!(en: "random requests", zh: "随机的请求"),
        fixes: &[BACKOFF, STATUS_PAGE],
        told_apart: text!(
            en: "The response carries the provider's own headers and other requests pass.",
            zh: "响应带有服务商自己的响应头，其他请求正常。",
        ),
        rivals: &["service-overloaded", "service-outage", "relay-upstream-error"],
        retry: Retry::Backoff,
        explained_by: &["captive-portal", "loopback-through-proxy"],
        signs: &[
            Sign::says(&[
                "server had an error while processing your request",
                "server had an error processing your request",
                "the server had an error",
                "an error occurred while processing your request",
                "internal server error",
                "internal_server_error",
                "internal error",
                "unexpected error occurred",
                "an unexpected error",
                "something went wrong",
                "model produced invalid content",
                "the model failed to generate",
                "inference failed temporarily",
                "timed out generating response",
                "process has terminated",
                "model runner has unexpectedly stopped",
                "服务器内部错误",
                "服务内部错误",
                "内部错误",
                "系统内部错误",
                "系统错误",
                "系统异常",
                "服务异常",
                "数据库一致性已被破坏",
            ])
            .with_status(&[500, 501, 502, 503, 520]),
            Sign::says(&[
                "server had an error while processing your request",
                "server had an error processing your request",
                "an error occurred while processing your request",
                "internal server error",
                "服务器内部错误",
            ]),
            Sign::typed(&[
                "server_error",
                "internal_server_error",
                "api_error",
                "internalservererror",
                "internal_error",
                "model_error",
            ])
            .with_status(&[500, 501, 502, 503]),
            Sign::typed(&["server_error", "internal_server_error"]),
            Sign::coded(&[
                "server_error",
                "internal_error",
                "internal_server_error",
                "internalservererror",
                "internalerror",
            ]),
            Sign::status(&[500, 501, 505, 506, 507, 508, 510, 511, 599]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "service-overloaded",
        layer: Layer::Service,
        owner: Owner::Provider,
        title: text!(en: "the service is overloaded", zh: "服务过载"),
        explanation: text!(
            en: "More is asked of the service than it can do at the moment. Your own limits are not involved.",
            zh: "当前请求量超过了服务的处理能力，与你自己的限额无关。",
        ),
        impact: text!(en: "all users", zh: "所有用户"),
        fixes: &[
            BACKOFF,
            Fix::advice(
                text!(en: "Use another model, region or service tier meanwhile", zh: "在此期间换用其他模型、区域或服务等级"),
            ),
            STATUS_PAGE,
        ],
        told_apart: text!(
            en: "The words speak of load and the headers are the provider's; /models still answers.",
            zh: "措辞说的是负载，响应头属于服务商；/models 仍有应答。",
        ),
        rivals: &["loopback-through-proxy", "relay-no-channel", "service-outage", "stream-error-event"],
        retry: Retry::Backoff,
        explained_by: &["loopback-through-proxy", "captive-portal"],
        signs: &[
            Sign::says(&[
                "currently overloaded",
                "is overloaded",
                "are overloaded",
                "overloaded or not ready",
                "overloaded_error",
                "engine_overloaded",
                "server_is_overloaded",
                "server is busy",
                "server busy",
                "servers are busy",
                "service is busy",
                "system is busy",
                "too busy",
                "currently experiencing high demand",
                "experiencing high demand",
                "high load",
                "at capacity",
                "over capacity",
                "capacity exceeded",
                "exceeded for this model",
                "no capacity",
                "out of capacity",
                "insufficient capacity",
                "service unavailable",
                "service_unavailable",
                "temporarily unavailable",
                "temporarily overloaded",
                "currently unavailable",
                "is currently loading",
                "loading model",
                "service tier capacity",
                "please retry after a brief wait",
                "model is overloaded",
                "cf_service_unavailable",
                "系统繁忙",
                "服务繁忙",
                "服务器繁忙",
                "服务过载",
                "负载过高",
                "负载较高",
                "访问量过大",
                "当前访问量过大",
                "请求量过大",
                "模型繁忙",
                "服务不可用",
                "服务暂时不可用",
                "服务暂不可用",
            ])
            .but_not(&["上游负载", "无可用渠道", "rate limit reached for"]),
            Sign::says(&["overloaded"]).and(&["server", "engine", "model", "service"]),
            Sign::page(&[
                "503 service temporarily unavailable",
                "503 service unavailable",
                "service temporarily unavailable",
            ]),
            Sign::coded(&[
                "server_is_overloaded",
                "engine_overloaded",
                "overloaded",
                "service_unavailable",
                "serveroverloaded",
                "model_at_capacity",
                "model_overloaded",
                "over_capacity",
                "unavailable",
                "503",
                "529",
                "1305",
            ]),
            Sign::typed(&[
                "engine_overloaded_error",
                "overloaded_error",
                "service_unavailable_error",
                "service_unavailable",
                "cf_service_unavailable",
                "unavailable_error",
                "overloaded",
            ]),
            Sign::typed(&["server_error"]).with_status(&[429]),
            Sign::status(&[503, 529]),
        ],
        specify: Some(not_your_limits),
        ..Fault::BASE
    },
    Fault {
        code: "service-outage",
        layer: Layer::Service,
        owner: Owner::Provider,
        title: text!(en: "the service is down", zh: "服务中断"),
        explanation: text!(
            en: "Several endpoints of the provider fail for everybody.",
            zh: "服务商的多个接口对所有用户都不可用。",
        ),
        impact: text!(en: "all users", zh: "所有用户"),
        fixes: &[
            STATUS_PAGE,
            Fix::advice(
                text!(en: "Wait, and fail over to another provider if you have one", zh: "等待恢复；如有其他服务商，切换过去"),
            ),
        ],
        told_apart: text!(
            en: "The status page names an incident, or several endpoints fail with the provider's own headers.",
            zh: "状态页公布了故障，或多个接口都失败且响应头确属服务商。",
        ),
        rivals: &["service-overloaded", "cdn-origin-unreachable", "loopback-through-proxy"],
        retry: Retry::Later,
        signs: &[Sign::says(&[
            "partial outage",
            "major outage",
            "service outage",
            "ongoing incident",
            "under maintenance",
            "scheduled maintenance",
            "down for maintenance",
            "服务维护",
            "系统维护",
            "维护中",
        ])],
        ..Fault::BASE
    },
    Fault {
        code: "rate-limit-headers-missing",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "rate-limit headers are missing", zh: "缺少限流响应头"),
        explanation: text!(
            en: "Relays and Azure often leave them out, or fill them with 0 or -1. It is no fault by itself.",
            zh: "中转和 Azure 经常不返回这些响应头，或填 0、-1。这本身不是故障。",
        ),
        impact: text!(en: "none: benign", zh: "无影响，属正常现象"),
        fixes: &[Fix::advice(text!(
            en: "Nothing to do: read the wait from the body or from Retry-After",
            zh: "无需处理：从正文或 Retry-After 读取等待时间即可",
        ))],
        told_apart: text!(
            en: "The body and Retry-After still say how long to wait.",
            zh: "正文和 Retry-After 仍会说明需要等待多久。",
        ),
        rivals: &["relay-saturated", "rate-limited-requests"],
        retry: Retry::NotApplicable,
        ..Fault::BASE
    },
];

fn how_long(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let found = match evidence.http.facts.first_byte_ms {
        Some(waited) => found.because(say!(
            en: "the answer came {waited} after the request",
            zh: "应答在请求发出 {waited} 后到达",
        )),
        None => found,
    };
    if evidence.api.facts.request_id.is_none() {
        return found.because(text!(
            en: "there is no request id of the API: a gateway spoke",
            zh: "没有 API 的请求 ID：应答的是网关",
        ));
    }
    found
}

fn which_origin_fault(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    let meaning = match answer.status {
        Some(520) => {
            text!(en: "520: the origin's answer made no sense to the edge", zh: "520：边缘节点无法理解源站的应答")
        }
        Some(521) => text!(en: "521: the origin refuses the connection", zh: "521：源站拒绝连接"),
        Some(522) => text!(en: "522: the origin does not answer the connection", zh: "522：连接源站超时"),
        Some(523) => text!(en: "523: there is no route to the origin", zh: "523：没有到源站的路由"),
        Some(525) => text!(en: "525: the TLS handshake with the origin failed", zh: "525：与源站的 TLS 握手失败"),
        Some(526) => text!(en: "526: the origin's certificate is not valid", zh: "526：源站证书无效"),
        Some(530) => {
            text!(en: "530: the origin's name or tunnel cannot be resolved", zh: "530：源站域名或隧道无法解析")
        }
        _ => return found,
    };
    found.because(meaning)
}

fn not_your_limits(answer: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let found = match answer.retry_after_s.filter(|seconds| *seconds > 0.0) {
        Some(seconds) => found.fix(say!(en: "Wait {seconds} s, then retry", zh: "等待 {seconds} 秒后重试"), None),
        None => found,
    };
    if answer.status == Some(429) {
        return found.not(
            "rate-limited-requests",
            text!(en: "the answer speaks of the service's load, not of a limit of yours", zh: "应答说的是服务负载，而不是你的限额"),
        );
    }
    // A bare 503 fits an outage as well; only the words tell load from it.
    let own = evidence.http.facts.answered_by == Some(Answerer::Provider);
    if found.confidence == Confidence::Confirmed && own && found.stage == Stage::Api {
        return found.not(
            "service-outage",
            text!(en: "the provider itself answered and speaks of load", zh: "服务商本身有应答，且说的是负载"),
        );
    }
    found
}
