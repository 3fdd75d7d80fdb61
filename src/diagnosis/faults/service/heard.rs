//! A server's words about itself, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const ERROR: &[Heard] = &[
    Heard::symptom(&[
        "api server error", "the service was not able to process your request",
        "finished raised internalservererror",
    ]),
    Heard::cause(&[
        "worker threw exception", "server experienced an error while processing",
        "please report the following request id", "failed to start a llama runner",
        "crashed without additional information", "do load request: post",
]),
    Heard::cause(&[
        "llama runner process", "model failed to load, this may be due to", "error occurred during streaming",
        "llama-server process", "runner process no longer running", "do embedding request",
        "model requires more system memory", "model runner has unexpectedly stopped", "model runner has crashed",
        "unable to allocate cuda", "cudamalloc failed", "server had an error while processing",
        "server had an error processing", "the server had an error", "model produced invalid content",
        "failed to generate output. please adjust your prompt",
        "error occurred while processing your request. you can retry", "an internal error has occurred",
        "an internal error occurred while", "enginecore encountered an issue", "enginedeaderror",
        "asyncenginedeaderror", "服务器内部错误", "服务内部错误", "系统内部错误",
    ])
    .but_not(&["huggingface_hub", "torch.", "pytorch"]),
];

#[rustfmt::skip]
pub(super) const OVERLOADED: &[Heard] = &[
    Heard::cause(&[
        "service is too busy", "unable to handle the request due to a temporary overloading",
        "service is temporarily unable to process", "temporarily unable to process your request", "too busy now",
        "server is too busy", "llm server loading model", "overloaded_error", "servers are currently overloaded",
        "server is overloaded", "server overloaded", "servers are overloaded", "is currently overloaded",
        "model is overloaded", "model overloaded", "currently overloaded with other requests",
        "overloaded or not ready", "engine is overloaded", "engine_overloaded", "api is overloaded",
        "api overloaded", "model is at capacity", "model is currently at capacity",
        "currently experiencing high demand", "experiencing high load", "experiencing heavy load",
        "currently at capacity", "model is currently loading", "model is loading", "still loading the model",
        "server is currently busy", "server is busy", "servers are busy", "server busy",
        "service is temporarily overloaded", "temporarily overloaded", "服务器繁忙", "服务繁忙", "系统繁忙，请",
        "系统繁忙,请", "当前使用人数较多", "当前请求人数过多", "模型过载", "服务过载", "负载过高", "资源紧张",
        "算力不足", "服务暂时不可用", "服务暂不可用", "高峰期",
    ])
    .but_not(&["mysql", "上游负载", "分组"]),
    // Anthropic's whole message.
    Heard::symptom(&[": overloaded", "\"overloaded\"", "'overloaded'"]),
];
