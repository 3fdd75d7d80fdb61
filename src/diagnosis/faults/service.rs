//! Faults of the service itself: errors of its own, overload, outage.

mod heard;

use crate::diagnosis::{Confidence, Fault, Finding, Fix, Heard, Layer, Owner, Retry, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, Stage};
use crate::{say, text};

use super::streamed;
use super::trial::outage as trial;

pub(super) const BACKOFF: Fix = Fix::advice(text!(
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
        detect: Some(streamed::slow_first_token),
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
        explained_by: &["service-outage", "captive-portal", "loopback-through-proxy"],
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
                "the model has crashed",
                "request failed during generation",
                "error reading from server: eof",
                "could not load model: rpc error",
                "网络错误，错误id",
                "provider server error",
                "panic detected, error",
                "an error was encountered while running the model",
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
            Sign::says(super::MINIMAX).with_code(&["1000", "1024", "1033"]),
        ],
        specify: Some(perhaps_all),
        heard: heard::ERROR,
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
        explained_by: &["service-outage", "loopback-through-proxy", "captive-portal"],
        signs: &[
            Sign::says(&[
                "is not ready. please retry",
                "bedrock is unable to process your request",
                "服务忙",
                "experiencing high traffic",
                "we're experiencing high traffic right now",
                "no healthy upstream",
            ]),
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
                "is at capacity",
                "model is at capacity",
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
        heard: heard::OVERLOADED,
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
        explained_by: &[
            "dns-poisoned",
            "dns-hijacked",
            "dns-sinkholed",
            "dns-fake-ip-unreachable",
            "hosts-file-override",
            "local-firewall",
            "tcp-rejected-by-firewall",
            "sandbox-no-network",
            "proxy-not-applied",
        ],
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
        detect: Some(trial::service_outage),
        heard: &[Heard::symptom(&["api server unavailable", "ai backend is currently not available"])],
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

/// One failed request does not tell whether others pass.
fn perhaps_all(_: &Answer, evidence: &Evidence, mut found: Finding) -> Finding {
    if !trial::outage_looked_into(evidence) && found.stage == Stage::Api {
        found.confidence = found.confidence.max(Confidence::Likely);
    }
    found
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
    // A service that is down often says that it is overloaded; then the list of models fails like everything else.
    let found = perhaps_all(answer, evidence, found);
    let own = evidence.http.facts.answered_by == Some(Answerer::Provider);
    if found.confidence == Confidence::Confirmed && own && found.stage == Stage::Api {
        return found.not(
            "service-outage",
            text!(
                en: "the provider itself answered and speaks of load, and reports no incident",
                zh: "服务商本身有应答，说的是负载，也没有公布故障",
            ),
        );
    }
    found
}
