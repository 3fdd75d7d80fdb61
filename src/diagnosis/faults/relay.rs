//! Faults of relays.

mod heard;

use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::{Evidence, Stage, text};
use crate::{say, text};

use super::{streamed, trial};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "relay-quota-exhausted",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the relay's balance is used up", zh: "中转账户余额或令牌额度已用尽"),
        explanation: text!(
            en: "The relay has its own balance for you, and it does not cover this request. Relays charge in advance for the whole max_tokens, so a request can be refused while some balance is left.",
            zh: "中转服务上你的余额不足以支付这次请求。中转会按 max_tokens 预扣费，所以还有少量余额时也可能被拒绝。",
        ),
        fixes: &[
            Fix::advice(
                text!(en: "Recharge at the relay, or raise the token's limit there", zh: "在中转充值，或调高该令牌的额度"),
            ),
            Fix::advice(
                text!(en: "Lower max_tokens, so that less is charged in advance", zh: "调低 max_tokens，减少预扣费"),
            ),
        ],
        told_apart: text!(
            en: "The error is of the relay's own type; OpenAI itself never answers 403 for quota.",
            zh: "错误类型是中转自己的；OpenAI 官方从不用 403 表示配额问题。",
        ),
        rivals: &["quota-exhausted", "region-unsupported", "key-invalid"],
        signs: &[
            Sign::says(&[
                "用户额度不足",
                "用户额度为负",
                "用户剩余额度",
                "令牌额度不足",
                "令牌额度已用尽",
                "该令牌额度",
                "令牌剩余额度",
                "preconsumedquota",
                "预扣费额度失败",
                "预扣费",
                "额度不足",
                "额度已用尽",
                "剩余额度",
                "token quota is not enough",
                "user quota is not enough",
                "quota is not enough",
                "insufficient_user_quota",
                "insufficient user quota",
                "pre-consume",
                "pre_consume_token_quota_failed",
                "token remain quota",
                "budget has been exceeded",
                "exceededbudget",
                "exceeded budget",
                "over budget",
                "max budget",
                "max_budget",
                "this token quota is exhausted",
                "token quota is exhausted",
                "tokenstatusexhausted",
                "exceeded budget for provider",
                "no deployments available - crossed budget",
                "has reached the max cost",
                "达到总费用限制",
                "模型周费用限制",
                "费用限制",
                "token amount has been exhausted",
                "token count has been exhausted",
                "token.remainquota",
                "token.remaincount",
            ]),
            Sign::says(&["insufficient account balance"]).with_code(&["insufficient_balance"]),
            Sign::coded(&[
                "insufficient_user_quota",
                "pre_consume_token_quota_failed",
                "token_quota_exceeded",
                "budget_exceeded",
            ]),
            Sign::typed(&["insufficient_user_quota", "budget_exceeded"]),
        ],
        specify: Some(relay_quota),
        heard: heard::QUOTA,
        ..Fault::BASE
    },
    Fault {
        code: "relay-ignores-stream",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the relay does not stream", zh: "中转不支持流式输出"),
        explanation: text!(
            en: "A streamed answer was asked for and came as one piece, or as one or two huge ones.",
            zh: "请求了流式输出，但应答是一次性返回，或只有一两个很大的片段。",
        ),
        impact: text!(en: "streaming", zh: "流式输出"),
        fixes: &[Fix::advice(text!(
            en: "Switch streaming off for this relay, or change the relay",
            zh: "对该中转关闭流式输出，或更换中转",
        ))],
        told_apart: text!(
            en: "stream: true is answered with application/json, or with one or two deltas.",
            zh: "stream: true 得到的是 application/json，或只有一两个增量。",
        ),
        rivals: &["sse-buffered", "sse-nonstandard"],
        detect: Some(streamed::ignored),
        ..Fault::BASE
    },
    Fault {
        code: "relay-usage-wrong",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the relay's token usage is wrong", zh: "中转返回的 token 用量不对"),
        explanation: text!(
            en: "The usage that the relay reports is missing, zero, padded, or counted once a chunk.",
            zh: "中转返回的 usage 缺失、为零、虚高，或在每个分块里重复计数。",
        ),
        impact: text!(en: "billing", zh: "计费"),
        fixes: &[Fix::advice(text!(
            en: "Do not bill from this usage; count with a tokenizer of your own and ask the relay",
            zh: "不要用这个 usage 计费；用本地分词器统计，并询问中转运营者",
        ))],
        told_apart: text!(en: "A local tokenizer counts otherwise.", zh: "与本地分词器的统计不一致。"),
        rivals: &["relay-model-suspect"],
        detect: Some(streamed::usage::usage_wrong),
        ..Fault::BASE
    },
    Fault {
        code: "relay-model-suspect",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the relay may serve another model", zh: "中转可能替换了模型"),
        explanation: text!(
            en: "Token counts, limits or probabilities differ from those of the model that was asked for. What a model says of itself proves nothing.",
            zh: "token 数、长度限制或概率与所请求的模型不符。模型对自己身份的说法不能作为证据。",
        ),
        impact: text!(en: "one model", zh: "单个模型"),
        fixes: &[Fix::advice(text!(
            en: "Compare with the official API on fixed prompts, and treat it as a suspicion",
            zh: "用固定提示词与官方 API 对比；在此之前只当作怀疑",
        ))],
        told_apart: text!(
            en: "Token count of a fixed prompt, context limit and logprobs against the official API.",
            zh: "用固定提示词的 token 数、上下文上限和 logprobs 与官方 API 对照。",
        ),
        rivals: &["relay-usage-wrong"],
        detect: Some(streamed::usage::model_suspect),
        ..Fault::BASE
    },
    Fault {
        code: "relay-no-channel",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the relay has no channel for the model", zh: "中转没有该模型的可用渠道"),
        explanation: text!(
            en: "The relay knows you, but in your group it has no upstream that serves this model. An empty model name in the message means that it could not read the request's body.",
            zh: "中转认识你的令牌，但你所在的分组没有可用的上游提供该模型。如果消息里的模型名为空，说明它没能读出请求体。",
        ),
        impact: text!(en: "one model", zh: "单个模型"),
        fixes: &[
            Fix::run_per(
                text!(en: "Choose a model that the relay lists", zh: "选用中转列表里的模型"),
                "curl -s {base_url}/models -H \"Authorization: Bearer $OPENAI_API_KEY\"",
                "curl -s {base_url}/models -H \"Authorization: Bearer $OPENAI_API_KEY\"",
                "curl.exe -s {base_url}/models -H \"Authorization: Bearer $env:OPENAI_API_KEY\"",
            ),
            Fix::advice(text!(
                en: "Or ask the relay for a channel in your group, or switch the token's group",
                zh: "或者请中转为你的分组开通渠道，或切换令牌的分组",
            )),
        ],
        told_apart: text!(en: "Another model works, and this one is not in /v1/models.", zh: "其他模型正常，而该模型不在 /v1/models 中。"),
        rivals: &["service-overloaded", "model-not-found", "relay-saturated"],
        signs: &[
            Sign::says(&[
                "无可用渠道",
                "没有可用渠道",
                "暂无可用渠道",
                "无可用的渠道",
                "没有可用的渠道",
                "无可用通道",
                "没有可用通道",
                "渠道不存在",
                "渠道已被禁用",
                "该渠道已被禁用",
                "无可用令牌",
                "没有可用令牌",
                "无可用密钥",
                "没有可用密钥",
                "无可用账号",
                "没有可用账号",
                "无可用账户",
                "没有可用账户",
                "无可用上游",
                "无可用节点",
                "no available channel",
                "no available channels",
                "no channel available",
                "no available account",
                "no available upstream",
                "no available provider",
                "no allowed providers are available",
                "no instances available",
                "no healthy deployments",
                "no available accounts",
                "channel not found",
                "倍率或价格未配置",
                "ratio or price not set",
                "价格未配置",
                "model price not",
                "无权访问 ",
                "get available channel",
                "no available gemini accounts",
                "no available claude accounts",
                "no available openai accounts",
                "no healthy provider is available",
                "failed to get available channel",
                "no active api keys available",
                "no api keys available",
                "no_active_keys",
                "no_keys_available",
                "no matching model found",
                "no available worker for",
                "channels are exhausted",
            ]),
            Sign::says(&["分组"]).and(&["无可用", "无权访问", "已被弃用", "不可用"]).but_not(&["饱和"]),
            Sign::says(&["no deployments available for selected model"])
                .and(&["passed model=", "no fallback model group"])
                .but_not(&["rpm_limit", "cooldown_list=['", "cooldown_list=[('"]),
            Sign::coded(&[
                "get_channel_failed",
                "channel:no_available_key",
                "channel_not_found",
                "no_available_channel",
                "model_price_error",
            ]),
        ],
        specify: Some(empty_model),
        heard: heard::NO_CHANNEL,
        ..Fault::BASE
    },
    Fault {
        code: "relay-saturated",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the relay's upstream is saturated", zh: "中转的上游负载已饱和"),
        explanation: text!(
            en: "The relay's own accounts are at their limit, or it hides another upstream error behind these words. Your quota at OpenAI is not involved.",
            zh: "中转自己的上游账号已到上限，或者它用这句话掩盖了别的上游错误。这与你在 OpenAI 的配额无关。",
        ),
        impact: text!(en: "all users of that relay", zh: "该中转的所有用户"),
        fixes: &[
            Fix::advice(text!(en: "Wait and retry with backoff", zh: "等待并按退避策略重试")),
            Fix::advice(text!(en: "Switch to another group, model or relay", zh: "切换分组、模型或中转")),
        ],
        told_apart: text!(
            en: "The words are the relay's and there is no request id that starts with req_.",
            zh: "措辞是中转自己的，且没有以 req_ 开头的请求 ID。",
        ),
        rivals: &["rate-limited-tokens", "rate-limited-requests", "quota-exhausted", "relay-no-channel"],
        retry: Retry::Backoff,
        signs: &[Sign::says(&[
            "上游负载已饱和",
            "上游负载饱和",
            "负载已饱和",
            "负载饱和",
            "上游繁忙",
            "上游服务繁忙",
            "渠道繁忙",
            "upstream load is saturated",
            "upstream is saturated",
            "upstream load saturated",
            "load of the current group",
            "current group upstream",
            "upstream saturated",
            "负载已满，请稍后",
        ])],
        ..Fault::BASE
    },
    Fault {
        code: "relay-cooling-down",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "every deployment of the relay is cooling down", zh: "中转的所有部署都在冷却中"),
        explanation: text!(
            en: "LiteLLM sets a deployment aside after failures, and now all of them for this model rest. It says the same when it does not know the model's name.",
            zh: "LiteLLM 会在失败后让部署进入冷却，现在该模型的所有部署都在冷却。模型名未知时它也会这样报。",
        ),
        impact: text!(en: "one model", zh: "单个模型"),
        fixes: &[
            Fix::advice(text!(en: "Wait the seconds that it names, then retry", zh: "等待其提示的秒数后重试")),
            Fix::advice(text!(
                en: "Owner: see why the deployments failed (429 or 401 upstream), and check that the model's name is in model_list",
                zh: "管理员：查看部署失败的原因（上游 429 或 401），并确认模型名在 model_list 中",
            )),
        ],
        told_apart: text!(
            en: "The model is listed under /v1/models; if not, its name is wrong.",
            zh: "模型在 /v1/models 中；如果不在，则是模型名不对。",
        ),
        rivals: &["relay-no-channel", "rate-limited-requests", "model-not-found"],
        retry: Retry::Backoff,
        signs: &[Sign::says(&[
            "no deployments available for selected model",
            "no deployments available",
            "deployments are in cooldown",
            "all deployments are cooling down",
            "cooldown_list=",
            "routerratelimiterror",
            "all providers are cooling down",
            "all credentials for model",
            "is cooling down",
            "渠道冷却中",
            "正在冷却",
            "are in cooldown",
            "is in cooldown",
        ])],
        specify: Some(cooling),
        ..Fault::BASE
    },
    Fault {
        code: "relay-status-rewritten",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the relay rewrites status codes", zh: "中转改写了状态码"),
        explanation: text!(
            en: "The status does not fit the error inside. Clients that look at the status alone will retry what cannot succeed, or give up what could.",
            zh: "状态码与其中的错误不符。只看状态码的客户端会重试不可能成功的请求，或放弃本可成功的请求。",
        ),
        impact: text!(en: "error handling", zh: "错误处理"),
        fixes: &[Fix::advice(text!(
            en: "Judge by the code inside, not by the status",
            zh: "按内层错误码判断，不要看状态码",
        ))],
        told_apart: text!(
            en: "Send a key that is surely wrong: an honest endpoint answers 401.",
            zh: "用一个肯定错误的密钥请求：正常的端点会返回 401。",
        ),
        rivals: &["rate-limited-tokens", "key-invalid", "service-overloaded"],
        retry: Retry::ByInnerCode,
        detect: Some(rewritten),
        ..Fault::BASE
    },
];

fn relay_quota(_: &Answer, _: &Evidence, found: Finding) -> Finding {
    found
        .not(
            "quota-exhausted",
            text!(en: "the words and the type are the relay's, not OpenAI's", zh: "措辞和错误类型属于中转，而不是 OpenAI"),
        )
        .not("key-invalid", text!(en: "the relay knows the token", zh: "中转认识这个令牌"))
}

fn empty_model(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    if answer.message.contains("模型  无可用渠道") || answer.message.contains("模型 无可用渠道") {
        return found.because(text!(
            en: "the model's name in the message is empty: the relay could not read the request's body or its Content-Type",
            zh: "消息中的模型名为空：中转没能读出请求体，或 Content-Type 不对",
        ));
    }
    found
}

fn cooling(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    match answer.retry_after_s.filter(|seconds| *seconds > 0.0) {
        Some(seconds) => found.fix(say!(en: "Wait {seconds} s", zh: "等待 {seconds} 秒"), None),
        None => found,
    }
}

/// What OpenAI answers with these codes.
const OWN_STATUS: &[(&str, &[u16])] = &[
    ("invalid_api_key", &[401]),
    ("insufficient_quota", &[429, 402, 403]),
    ("billing_not_active", &[429, 400, 402, 403]),
    ("rate_limit_exceeded", &[429, 413, 503]),
    ("context_length_exceeded", &[400, 413]),
    ("unsupported_parameter", &[400]),
    ("unsupported_value", &[400, 403, 404]),
    ("unsupported_country_region_territory", &[403]),
    ("content_filter", &[400]),
    ("content_policy_violation", &[400]),
    ("server_error", &[500, 429, 502, 503, 504]),
];

fn rewritten(evidence: &Evidence) -> Option<Finding> {
    if let Some(found) = trial::endpoint::wrong_key_rewritten(evidence) {
        return Some(found);
    }
    let status = evidence.http.facts.status?;
    let error = evidence.api.facts.error.as_ref()?;
    let named = error.code.as_deref().or(error.kind.as_deref()).unwrap_or_default();
    let own = OWN_STATUS.iter().find(|(code, _)| code.eq_ignore_ascii_case(named));
    let shown = if named.is_empty() { "error" } else { named };
    let shown = text::line(shown, 60);
    if status < 300 {
        return Some(
            Finding::degraded(Stage::Api, Confidence::Confirmed)
                .because(say!(en: "{shown} came with status {status}", zh: "错误 {shown} 的状态码却是 {status}")),
        );
    }
    let (_, statuses) = own?;
    if statuses.contains(&status) {
        return None;
    }
    let usual = statuses[0];
    Some(Finding::degraded(Stage::Api, Confidence::Likely).because(say!(
        en: "{shown} came with status {status}; OpenAI sends {usual} with it",
        zh: "错误 {shown} 的状态码是 {status}，而 OpenAI 对它返回 {usual}",
    )))
}
