//! An endpoint's words about limits, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

/// Limits of other kinds, and services that have limits too.
const NOT_REQUESTS: &[&str] = &[
    "tokens per min",
    "(tpm)",
    "tpm limit",
    "insufficient_quota",
    "token rate limit",
    "terraform",
    "discord",
    "slack.com",
    "telegram",
    "login attempts",
    "password",
];

#[rustfmt::skip]
pub(super) const REQUESTS: &[Heard] = &[
    Heard::symptom(&["finished raised ratelimiterror"]),
    Heard::cause(&[
        "request was rate-limited", "request was rate limited", "you are rate-limited",
        "you have been rate-limited", "you've been rate-limited", "you've been rate limited",
        "you have been rate limited", "rate limit hit", "hit rate limit", "hit the rate limit",
        "hitting rate limits", "hitting the rate limit", "rate limit error", "rate-limit error", "rate limited by",
        "being rate limited", "being rate-limited", "rate limit was exceeded", "rate limits exceeded",
        "exceeded rate limits", "due to rate limit", "rate limit encountered", "rate limit detected",
        "reached the rate limit", "rate limit. please", "rate limit, please", "rate limited. please",
        "rate limited, please", "rpm limit reached", "organization max rpm", "max rpm", "reached max request",
        "request limit reached", "qps request limit", "qps limit", "qps exceeds", "request limit exceeded",
        "requests limit exceeded", "current requests list", "limit_requests", "free-models-per",
        "too many requests in", "too many requests. please", "too many requests, please",
        "too many requests to the api", "too many concurrent requests", "maximum concurrent requests",
        "max concurrent requests", "requests per minute limit", "free_tier_requests", "generaterequestsper",
        "resource_exhausted", "resource has been exhausted", "throttlingexception", "request rate limit",
        "concurrency limit reached", "concurrency limit exceeded", "slow down your requests", "请求频率",
        "频率超限", "超过频率", "超出频率", "超过了频率", "速率限制", "并发数超", "并发超", "并发请求数", "qps超",
        "qps 超", "rpm超", "rpm 超", "请求次数超", "请求次数已", "请求太频繁", "请求太多", "调用频率", "调用次数超",
        "限流", "达到上限，请稍后", "操作过于频繁", "访问太频繁",
    ])
    .but_not(NOT_REQUESTS),
];

#[rustfmt::skip]
pub(super) const TOKENS: &[Heard] = &[
    Heard::cause(&[
        "number of request tokens has exceeded", "request rate increased too quickly", "allocated quota exceeded",
        "too many tokens per", "too many tokens, please", "token rate limit", "exceeded token rate",
        "tokens per minute limit", "tokens per min (tpm)", "tpm limit", "tpm exceeded", "free_tier_input_token",
        "input_token_count", "inputtokensper", "tokens per day (tpd)", "limit_tokens", "tpm超", "tpm 超",
        "token 限流", "token限流", "tokens 限流",
    ])
    .but_not(&["request too large", "free_tier_requests"]),
];
