//! An endpoint's words about what a request holds, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const UNSUPPORTED: &[Heard] = &[
    Heard::cause(&["unknown name \\\"", "unknown name \""]).and(&["cannot find field"]),
    Heard::cause(&[
        "is not supported with this model", "not supported with this model", "not supported by this model",
        "not supported by the model", "not supported for this model", "not supported with reasoning models",
        "not supported when using", "unsupported parameter:", "unsupported value:",
        "unrecognized request argument supplied", "unknown parameter: '", "does not support tools",
        "does not support tool", "does not support function", "does not support image", "does not support vision",
        "does not support streaming", "does not support system", "does not support parameters",
        "does not support parameter", "does not support response_format", "doesn't support tool",
        "doesn't support image", "doesn't support function", "doesn't support vision", "don't support temperature",
        "doesn't support temperature", "streaming is not supported", "tool use is not supported",
        "tools are not supported", "tool calling is not supported", "function calling is not supported",
        "tool choice requires --enable-auto-tool-choice", "no endpoints found that support",
        "image input is not supported", "images are not supported", "image_url is only supported",
        "image input not supported", "is not multimodal", "cannot both be specified for this model",
        "enable_thinking must be", "only the default (1) value is supported", "unsupportedparamserror",
        "use 'max_completion_tokens' instead", "thinking mode does not support", "system role not supported",
        "system message is not supported", "developer role is not supported", "不支持图片", "不支持图像",
        "不支持工具", "不支持函数调用", "不支持该参数", "不支持流式", "不支持视觉", "不支持 function", "不支持tool",
        "不支持 tool",
    ])
    .but_not(&["proxy", "browser"]),
];

#[rustfmt::skip]
pub(super) const INVALID: &[Heard] = &[
    Heard::symptom(&["finished raised badrequesterror", "finished raised invalidrequesterror"]),
    Heard::cause(&[
        "specified in the request are not valid", "specified in the request is not valid", "unexpected role ",
        "batch size is invalid", "failed to deserialize the json body into the target type",
        "reasoning_content is missing",
    ]),
    Heard::cause(&[
        "max_tokens is too large", "issue with your request. please check your inputs",
        "too many images in request", "must contain the word 'json'", "invalid schema for function",
        "invalid schema for response_format", "roles must alternate", "missing required parameter: '",
        "missing required parameter: `", "missing required parameter: \"", "invalid 'tools", "invalid 'messages",
        "invalid 'input", "invalid 'max_", "invalid 'temperature", "invalid value for 'messages",
        "invalid value: '", "invalid type for 'messages", "invalid type for '",
        "tool call found for function call output", "tool output found for function call",
        "without its required following item", "tool_use` ids", "tool_use ids", "tool_result block",
        "tool_result` block", "previous response with id", "invalid image data", "could not process image",
        "invalid image url", "failed to download image", "error while downloading file",
        "error while downloading http", "timeout while downloading http", "unsupported image",
        "does not represent a valid image", "invalid base64 image", "is too short - 'messages'",
        "string does not match pattern", "must be followed by tool messages", "must be a response to a preceeding",
        "must be a response to a preceding", "messages with role 'tool'", "text content blocks must be non-empty",
        "at least one message is required", "must have non-empty content", "cannot end with trailing whitespace",
        "must provide a model parameter", "invalid_encrypted_content", "encrypted content",
        "decimal above maximum value", "you must provide a model", "field messages is required",
        "'$.input' is invalid", "expected an object, but got a string", "expected an array of objects",
        "reasoning_content in the thinking mode", "number of function call parts",
        "function response parts is equal", "contents is not specified", "at least one contents field is required",
        "must alternate between", "messages must alternate", "the last message must", "last message must be",
        "assistant message must", "messages 参数", "messages参数", "参数校验失败", "请求参数错误", "参数非法",
        "非法参数", "无效的参数", "输入不能为空",
    ])
    .but_not(&["content_filter"]),
    // A body that is JSON and holds something else than the endpoint's types.
    Heard::cause(&["failed to parse the request body as json"])
        .and(&[
            "missing field", "invalid type", "unknown variant", "unknown field", "did not match any variant",
            "duplicate field",
        ]),
    // A schema's own words.
    Heard::cause(&[
        "is not one of [", "is not of type '", "is not valid under any of the", "is too short", "is too long",
    ])
    .and(&[" - '"]),
    Heard::cause(&["invalid json payload received", "invalid value at '"]).but_not(&["cannot find field"]),
];

#[rustfmt::skip]
pub(super) const FILTERED: &[Heard] = &[
    Heard::cause(&["flagged for possible", "refused the request due to a safety policy", "due to safety settings"]),
    Heard::cause(&[
        "machine outputted is blocked", "violate our usage policy", "violates our usage policy",
        "blockedpromptexception", "stopcandidateexception", "blocked by content filter", "candidate was blocked",
        "finish_reason: safety", "finishreason: safety", "finishreason\": \"safety", "finishreason\":\"safety",
        "finish_reason: content_filter", "finish_reason='content_filter'", "finish_reason\": \"content_filter",
        "finish_reason\":\"content_filter", "blocked due to safety", "blocked for safety", "blocked by safety",
        "blockreason", "block_reason", "output blocked by", "content management policy", "content_policy_violation",
        "responsibleaipolicyviolation", "our safety system", "by the safety system", "content exists risk",
        "may contain inappropriate content", "potentially violating our usage policy",
        "violates our usage policies", "violate our usage policies", "violates usage guidelines",
        "violate usage guidelines", "safety_check_type", "violates our content policy",
        "violate our content policy", "against our usage policies", "flagged by content", "flagged by our",
        "flagged by moderation", "moderation_blocked", "不安全或敏感内容", "内容不合规", "不合规内容", "违反了内容",
        "内容审核不通过", "审核不通过", "内容安全策略", "触发了安全",
    ])
    .but_not(&["content-security-policy", "content security policy", "sensitive data"]),
];
