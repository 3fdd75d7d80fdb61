//! Faults of the rate limits: too many requests, too many tokens, one request too large ever to pass.

mod heard;

use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::lang::Sentence;
use crate::{say, text};

const TOKENS: &[&str] = &[
    "tokens per min",
    "tokens per day",
    "tokens per hour",
    "token rate limit",
    "tpm",
    "tpd",
    "on tokens",
    "per-minute token",
    "input tokens per",
    "output tokens per",
    "token limit",
    "tokens limit",
    "too many tokens",
    "token count per",
    "tokens_per",
    "tokensper",
    "tokens / min",
    "tokens/min",
    "for tokens",
    "token_count",
    "input_token",
    "每分钟 token",
    "每分钟token",
];

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "rate-limited-requests",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "too many requests", zh: "请求过于频繁"),
        explanation: text!(
            en: "The account, the project or the model allows a number of requests a minute or a day, and it is used up. The limit refills by itself.",
            zh: "账号、项目或模型每分钟、每天允许的请求数已用完。限额会自行恢复。",
        ),
        impact: text!(en: "frequent calls", zh: "高频调用"),
        fixes: &[
            Fix::advice(text!(
                en: "Wait the time that the answer names, then go slower: fewer at once, retries with backoff and jitter",
                zh: "等待应答中提示的时间，然后放慢：降低并发，重试时使用退避加抖动",
            )),
            Fix::advice(text!(
                en: "For more, raise the usage tier (OpenAI: platform.openai.com/settings/organization/limits); a limit per day (RPD) needs the day to pass",
                zh: "需要更高限额时提升用量等级（OpenAI：platform.openai.com/settings/organization/limits）；每日限额（RPD）只能等到第二天",
            )),
        ],
        told_apart: text!(
            en: "The message says “requests per min” or “per day”, or x-ratelimit-remaining-requests is 0; insufficient_quota would be about money.",
            zh: "消息中有“requests per min”或“per day”，或者 x-ratelimit-remaining-requests 为 0；insufficient_quota 则与余额有关。",
        ),
        rivals: &["rate-limited-tokens", "quota-exhausted", "relay-saturated"],
        retry: Retry::AfterReset,
        signs: &[
            Sign::says(&["reached the request limit", "over user-defined ratelimit", "maximum request limit"]),
            // Google's names of what it counts.
            Sign::says(&["quota exceeded for", "quota exceeded in", "resourceexhausted", "resource_exhausted"]).and(&[
                "requests_per_",
                "requestsper",
                "requests per",
                "request_per_",
                "request limit per",
            ]),
            Sign::says(&[
                "requests per min",
                "requests per day",
                "requests per hour",
                "requests per second",
                "request rate limit",
                "(rpm)",
                "(rpd)",
                "rpm limit",
                "rpd limit",
                "for rpm",
                "rpm exceeded",
                "on requests per",
                "call rate limit",
                "free-models-per",
                "is temporarily rate-limited upstream",
                "temporarily rate-limited",
                "you have been rate-limited",
                "you have been rate limited",
                "too many requests",
                "too many concurrent",
                "concurrency limit ",
                "concurrency limit:",
                "concurrent requests",
                "max parallel request limit",
                "rate limit reached",
                "rate limit exceeded",
                "rate limit is exceeded",
                "resource has been exhausted",
                "resource exhausted. please try again",
                "rate limited",
                "rate limiting",
                "ratelimit",
                "rate_limit_exceeded",
                "exceeded the rate limit",
                "exceeded your rate limit",
                "exceeded rate limit",
                "exceed your organization's rate limit",
                "please slow down",
                "slow down",
                "请求过于频繁",
                "请求频率过高",
                "访问过于频繁",
                "请求数限制",
                "请求次数限制",
                "总请求数限制",
                "并发数过高",
                "并发限制",
                "请求过多",
                "频率限制",
                "触发限流",
                "已被限流",
                "达到速率限制",
            ])
            .but_not(&["request too large"]),
            Sign::coded(&[
                "rate_limit_exceeded",
                "limit_requests",
                "limit_burst_rate",
                "resource_exhausted",
                "rate_limit",
                "rate_limited",
                "rate_limit_error",
                "rpm_rate_limit_exceeded",
                "requests_limit_exceeded",
                "too_many_requests",
                "toomanyrequests",
                "ratelimitreached",
                "throttling.ratequota",
                "throttling",
                "throttlingexception",
                "slow_down",
                "concurrency_limit_exceeded",
                "1302",
                "1303",
            ]),
            Sign::typed(&[
                "requests",
                "rate_limit_error",
                "rate_limit_exceeded",
                "rate_limit_reached_error",
                "too_many_requests",
            ])
            .with_status(&[429]),
            Sign::status(&[429]),
            Sign::says(super::MINIMAX).with_code(&["1002", "1041"]),
        ],
        specify: Some(requests),
        heard: heard::REQUESTS,
        ..Fault::BASE
    },
    Fault {
        code: "rate-limited-tokens",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "too many tokens", zh: "token 用量过快"),
        explanation: text!(
            en: "The account allows a number of tokens a minute or a day, prompt and max_tokens counted together, and it is used up. The limit refills by itself.",
            zh: "账号每分钟、每天允许的 token 数（提示词与 max_tokens 合计）已用完。限额会自行恢复。",
        ),
        impact: text!(en: "large or frequent calls", zh: "大请求或高频调用"),
        fixes: &[
            Fix::advice(text!(
                en: "Wait the seconds that the answer names; then shorten prompts and lower max_tokens, which counts in full in advance",
                zh: "等待应答中提示的秒数；之后缩短提示词并调低 max_tokens（它会预先全额计入）",
            )),
            Fix::advice(text!(
                en: "For more, raise the usage tier, or send what can wait through the Batch API",
                zh: "需要更高限额时提升用量等级，或者把不急的任务改走 Batch API",
            )),
        ],
        told_apart: text!(
            en: "The message says “tokens per min” with Limit, Used and Requested; Requested alone above Limit would mean that no waiting helps.",
            zh: "消息中有“tokens per min”以及 Limit、Used、Requested；如果 Requested 单独就超过 Limit，则等待也没用。",
        ),
        rivals: &["rate-limited-requests", "request-exceeds-token-limit"],
        retry: Retry::AfterReset,
        signs: &[
            Sign::says(&["rate limit exceeded"]).and(&["limit type: tokens"]),
            // Google's names of what it counts.
            Sign::says(&[
                "quota exceeded for",
                "exceeded your current quota",
                "resource_exhausted",
                "resourceexhausted",
            ])
            .and(&["tokens_per_", "tokensper", "input_token_count", "token_count"])
            .but_not(&["requests_per_", "requestsper", "free_tier_requests", "requests_per"]),
            Sign::says(&[
                "rate limit reached",
                "rate limit exceeded",
                "rate limit",
                "rate_limit",
                "ratelimit",
                "exceeded",
                "exceed",
                "limit reached",
                "please wait before trying again",
                "please try again in",
                "限流",
                "限制",
            ])
            .and(TOKENS)
            .but_not(&[
                "request too large",
                "requests per",
                "on requests",
                "(rpm)",
                "(rpd)",
                "context length",
                "context window",
                "maximum context",
                "you requested up to",
            ])
            .with_status(&[429]),
            Sign::says(&[
                "rate limit reached",
                "rate limit exceeded",
                "exceed your organization's rate limit",
                "exceeded token rate limit",
                "exceeded the token rate limit",
            ])
            .and(TOKENS)
            .but_not(&["request too large", "requests per", "on requests", "(rpm)", "(rpd)"]),
            Sign::says(&[
                "exceeded token rate limit",
                "too many tokens, please wait",
                "tpm limit reached",
                "tokens per minute limit exceeded",
                "exceeded the tokens per minute",
                "limit type: tokens. current limit",
                "maximum number of tokens allowed within",
                "number of tokens allowed per",
                "token 使用限制",
                "throttlingexception) when calling the converse operation: too many tokens",
                "input tokens per minute",
                "tpm (tokens per minute) limit",
            ]),
            Sign::says(&["too many tokens per"]).with_code(&["throttlingexception"]),
            Sign::says(&["too many tokens per day", "too many tokens per minute"]),
            Sign::coded(&["tpm_rate_limit_exceeded", "tokens_limit_exceeded", "throttling.allocationquota"]),
            Sign::typed(&["tokens"]).with_code(&["rate_limit_exceeded"]),
            Sign::typed(&["tokens"]).with_status(&[429]),
            Sign::says(super::MINIMAX).with_code(&["1039"]),
        ],
        specify: Some(tokens),
        heard: heard::TOKENS,
        ..Fault::BASE
    },
    Fault {
        code: "request-exceeds-token-limit",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the request alone exceeds the token limit", zh: "单个请求就超过了 token 限额"),
        explanation: text!(
            en: "This one request asks for more tokens than the account may use in a whole minute. It looks like a rate limit, but however long you wait it cannot pass.",
            zh: "这一个请求的 token 数就超过了账号一分钟的全部限额。它看起来像限流，但等多久都不可能通过。",
        ),
        impact: text!(en: "large requests", zh: "大请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Split the input or shorten it, and lower max_tokens",
                zh: "拆分或缩短输入，并调低 max_tokens",
            )),
            Fix::advice(text!(
                en: "Or raise the usage tier, or use a model with a higher limit",
                zh: "或者提升用量等级，或换用限额更高的模型",
            )),
        ],
        told_apart: text!(
            en: "“Request too large”, with Requested above Limit and nothing about Used.",
            zh: "消息是“Request too large”，Requested 大于 Limit，且没有 Used。",
        ),
        rivals: &["rate-limited-tokens", "context-length-exceeded"],
        signs: &[
            Sign::says(&["request too large"]).and(TOKENS),
            Sign::says(&["request too large for", "request is too large for"]),
            Sign::says(&["input or output tokens must be reduced", "please reduce your message size"]),
        ],
        specify: Some(too_large),
        ..Fault::BASE
    },
];

/// The numbers of "Limit 30000, Used 28039, Requested 3906", if they stand there.
fn numbers(message: &str) -> (Option<u64>, Option<u64>, Option<u64>) {
    let lower = message.to_ascii_lowercase();
    let after = |name: &str| {
        lower.match_indices(name).find_map(|(at, _)| {
            let rest = lower[at + name.len()..].trim_start_matches([':', ' ']);
            let digits: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
            digits.trim_end_matches(',').replace(',', "").parse().ok()
        })
    };
    (after("limit "), after("used "), after("requested "))
}

/// "The answer asks to wait 20 s."
fn wait(answer: &Answer) -> Option<Sentence> {
    let seconds = answer.retry_after_s.filter(|seconds| *seconds > 0.0)?;
    let (en, zh) = if seconds >= 120.0 {
        (format!("{:.0} minutes", (seconds / 60.0).ceil()), format!("{:.0} 分钟", (seconds / 60.0).ceil()))
    } else {
        (format!("{seconds} s"), format!("{seconds} 秒"))
    };
    Some(
        say!(en: "Wait {en}, then try again: that is when the limit lets the next request pass", zh: "等待 {zh} 后重试：届时限额会放行下一个请求"),
    )
}

fn with_wait(answer: &Answer, found: Finding) -> Finding {
    match wait(answer) {
        Some(wait) => found.fix(wait, None),
        None => found,
    }
}

fn requests(answer: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let mut found = with_wait(answer, found);
    if let Some(limit) = evidence.api.facts.rate_limits.iter().find(|limit| limit.of.starts_with("requests"))
        && let (Some(of), Some(remaining)) = (limit.limit, limit.remaining)
    {
        found = found.because(say!(
            en: "the rate-limit headers say {remaining} of {of} requests are left",
            zh: "限流响应头显示请求数还剩 {remaining}（共 {of}）",
        ));
    }
    found.not(
        "quota-exhausted",
        text!(en: "nothing in the answer speaks of quota, credit or billing", zh: "应答中没有提到配额、余额或账单"),
    )
}

fn tokens(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    let found = with_wait(answer, found);
    match numbers(&answer.message) {
        (Some(limit), Some(used), Some(requested)) => found
            .because(say!(
                en: "{used} of {limit} tokens are used and this request asks for {requested} more",
                zh: "限额 {limit} 个 token 已用 {used}，本次请求还需要 {requested}",
            ))
            .not(
                "request-exceeds-token-limit",
                say!(en: "{requested} alone is within the limit of {limit}", zh: "单个请求的 {requested} 没有超过限额 {limit}"),
            ),
        _ => found,
    }
}

fn too_large(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    match numbers(&answer.message) {
        (Some(limit), _, Some(requested)) => found
            .because(say!(
                en: "the request counts as {requested} tokens and the limit for a whole minute is {limit}",
                zh: "该请求计 {requested} 个 token，而一分钟的全部限额是 {limit}",
            ))
            .not(
                "rate-limited-tokens",
                text!(en: "even an unused limit would not let it pass", zh: "即使限额完全没用过，它也无法通过"),
            ),
        _ => found,
    }
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn numbers_of_a_rate_limit_message_are_read() {
        let said = "Rate limit reached on tokens per min (TPM): Limit 30000, Used 28039, Requested 3906. Please try again in 3.89s.";
        assert_eq!(numbers(said), (Some(30_000), Some(28_039), Some(3906)));
        assert_eq!(numbers("the rate limit is reached"), (None, None, None));
    }
}
