//! An endpoint's words about models and their context, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

/// Models of other kinds, and what else is wrong with one.
const OTHERS: &[&str] = &[
    "django",
    "sequelize",
    "mongoose",
    "activerecord",
    "eloquent",
    "sklearn",
    "keras",
    "no query results",
    "无可用渠道",
    "overloaded",
    "parameter",
    "does not support",
];

#[rustfmt::skip]
pub(super) const NOT_FOUND: &[Heard] = &[
    Heard::cause(&[
        "on-demand throughput isn't supported", "on-demand throughput is not supported",
        "model identifier is invalid", "no such languagemodel", "nosuchmodelerror", "issue with the selected model",
        "error: model is unloaded", "model is unloaded.",
    ]),
    Heard::cause(&[
        "llm provider not provided", "no endpoints found matching", "no endpoints found for",
        "requested model is not supported", "requested model is not available", "requested model does not exist",
        "requested model was not found", "is not a supported model", "is not a valid model",
        "model is not supported", "model not supported", "model is not available", "model not available",
        "model is not found", "model does not exist", "model doesn't exist", "model not exist", "no such model",
        "unsupported model:", "unsupported model '", "unsupported model \"", "unsupported model `",
        "invalid model:", "invalid model id", "invalid model name", "invalid model identifier", "unknown model:",
        "unknown model,", "unknown model '", "unknown model \"", "unknown model `", "unrecognized model",
        "try pulling it first", "pull the model first", "no model is loaded", "no model loaded", "no models loaded",
        "model is not loaded", "model has been deprecated", "model has been removed", "model has been retired",
        "model is deprecated and", "model_not_found", "models/ is not found", "is not found for api version",
        "does not exist or you do not have access", "model identifier is invalid", "could not find model",
        "couldn't find model", "cannot find model", "模型名称错误", "模型名错误", "模型名称不", "模型不可用",
        "模型已下架", "模型不支持", "模型代码", "不支持该模型", "不支持此模型", "不存在的模型", "没有找到模型",
        "未找到模型", "无效的模型", "模型无效",
    ])
    .but_not(OTHERS),
];

#[rustfmt::skip]
pub(super) const DENIED: &[Heard] = &[
    Heard::cause(&[
        "authorized to invoke this model", "access to the model with the specified", "model access denied",
        "have access to this model", "have access to the model", "not have permission to use this model",
        "access to this model is", "not allowed to access this model", "not allowed to access model",
        "can only access models", "not entitled to", "model requires a subscription", "model is only available to",
        "model is only available on", "requires a paid plan", "not available on your plan",
        "not available on your current plan", "not included in your plan", "无权使用", "无权访问模型",
        "没有权限访问该模型", "没有权限使用", "没有该模型权限", "没有使用该模型",
    ])
    .but_not(&["does not exist or you do not have access", "no permission to write"]),
];

#[rustfmt::skip]
pub(super) const CONTEXT: &[Heard] = &[
    Heard::cause(&["range of input length should be"]),
    Heard::cause(&[
        "range of input length should be", "input length and `max_tokens` exceed", "exceed context limit",
        "exceeds context limit", "context limit exceeded", "context limit reached", "context overflow",
        "context the overflows", "keep from the initial prompt", "prompt exceeds max length", "prompt exceeds the",
        "token count exceeds", "prompt token count of", "max_prompt_tokens", "context length exceeded",
        "context_length_exceeded", "maximum context length", "max context length", "model's maximum context limit",
        "while limit is", "maximum input length is", "maximum allowed length", "maximum context size",
        "exceeds the context", "exceeds context", "exceeded context", "exceeds model context",
        "context window exceeded", "exceed the context", "exceeds the model's context", "context window limit",
        "context window is full", "context size has been exceeded", "available context size",
        "context size exceeded", "token limit exceeded", "exceeds token limit", "exceeds the token limit",
        "exceeded the token limit", "exceeds the maximum token", "exceeds maximum token",
        "exceed the maximum token", "too many input tokens", "input tokens exceed", "input token count",
        "input is too long", "prompt is too long", "prompt too long", "prompt length exceeds", "input exceeds the",
        "conversation is too long", "conversation too long", "longer than the maximum", "上下文过长", "上下文长度",
        "超出了上下文", "超出模型", "超过模型", "token数量超", "token 数量超", "token数超", "tokens 超",
        "超过最大 token", "超过最大token", "超出最大token", "超出最大 token", "输入超过", "输入超出", "文本过长",
        "内容过长",
    ])
    .and(&["token", "context", "model", "prompt", "模型", "上下文", "length", "conversation", "max_", "api"])
    .but_not(&["rate limit", "per minute", "per min", "csrf", "max_tokens is too large", "tokens per"]),
];
