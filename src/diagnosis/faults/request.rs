//! Faults of one request: its parameters, its body, what a content filter makes of it.

mod heard;

use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, text};
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "unsupported-parameter",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(
            en: "the model does not support a parameter or its value",
            zh: "模型不支持某个参数或其取值",
        ),
        explanation: text!(
            en: "The request carries a parameter that this model does not take, or a value that it does not allow. Reasoning models take fewer than chat models do.",
            zh: "请求中带有该模型不支持的参数，或不允许的取值。推理模型支持的参数比普通对话模型少。",
        ),
        impact: text!(en: "requests with that parameter", zh: "带有该参数的请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Drop or rename the parameter that the message names: max_tokens becomes max_completion_tokens on reasoning models, temperature and top_p are dropped",
                zh: "去掉或改名消息中提到的参数：推理模型上 max_tokens 改为 max_completion_tokens，并去掉 temperature 和 top_p",
            )),
            Fix::advice(text!(
                en: "Update the client or framework that adds it; LiteLLM: drop_params: true",
                zh: "升级自动添加该参数的客户端或框架；LiteLLM 可设置 drop_params: true",
            )),
        ],
        told_apart: text!(en: "A request with model and messages alone succeeds.", zh: "只带 model 和 messages 的请求可以成功。"),
        rivals: &["context-length-exceeded", "organization-unverified"],
        signs: &[
            Sign::says(&[
                "unsupported parameter",
                "unsupported value",
                "unsupported_parameter",
                "unsupported_value",
                "unknown parameter",
                "unrecognized request argument",
                "unrecognized parameter",
                "unexpected keyword argument",
                "unsupportedparamserror",
                "does not support parameters",
                "is not supported with this model",
                "not supported with this model",
                "not supported by this model",
                "does not support the parameter",
                "does not support parameter",
                "does not support tools",
                "does not support function calling",
                "does not support image",
                "only the default (1) value is supported",
                "extra inputs are not permitted",
                "extra fields not permitted",
                "' is unsupported",
                "参数不支持",
                "不支持的参数",
                "不支持该参数",
                "不支持参数",
            ])
            .but_not(&["organization must be verified", "unsupported content type", "__init__() got", "create() got"])
            .with_status(&[400, 404, 422, 424, 500]),
            Sign::says(&[
                "unsupported parameter:",
                "unsupported value:",
                "unrecognized request argument supplied",
                "unknown parameter:",
                "unsupportedparamserror",
            ])
            .but_not(&["organization must be verified"]),
            Sign::coded(&[
                "unsupported_parameter",
                "unsupported_value",
                "unknown_parameter",
                "unrecognized_parameter",
                "unsupported_model_parameter",
            ]),
        ],
        specify: Some(which_parameter),
        heard: heard::UNSUPPORTED,
        ..Fault::BASE
    },
    Fault {
        code: "request-not-json",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the API could not parse the request's JSON", zh: "API 无法解析请求体中的 JSON"),
        explanation: text!(
            en: "What arrived as the request's body is not valid JSON in UTF-8. Shell quoting, above all on Windows, and hand-made strings do that.",
            zh: "送达的请求体不是有效的 UTF-8 JSON。常见原因是 shell 引号处理（尤其在 Windows 上）或手工拼接字符串。",
        ),
        impact: text!(en: "that request", zh: "该请求"),
        fixes: &[
            Fix::run_per(
                text!(en: "Put the body in a UTF-8 file and send that", zh: "把请求体存成 UTF-8 文件再发送"),
                "curl {base_url}/chat/completions -H 'Content-Type: application/json' -H \"Authorization: Bearer $OPENAI_API_KEY\" --data @body.json",
                "curl {base_url}/chat/completions -H 'Content-Type: application/json' -H \"Authorization: Bearer $OPENAI_API_KEY\" --data @body.json",
                "curl.exe {base_url}/chat/completions -H \"Content-Type: application/json\" -H \"Authorization: Bearer $env:OPENAI_API_KEY\" --data '@body.json'",
            ),
            Fix::advice(text!(
                en: "In a program, let a JSON library write the body instead of joining strings",
                zh: "在程序里用 JSON 库生成请求体，不要手工拼接字符串",
            )),
        ],
        told_apart: text!(en: "The message says that it could not parse the body.", zh: "消息里写明无法解析请求体。"),
        rivals: &["request-invalid", "content-type-unsupported"],
        signs: &[
            Sign::says(&[
                "could not parse the json body",
                "couldn't parse the json body",
                "could not parse json",
                "failed to parse json",
                "failed to parse the request body as json",
                "failed to parse the request body",
                "failed to decode json",
                "invalid json",
                "invalid json body",
                "not valid json",
                "malformed json",
                "json parse error",
                "json decode error",
                "json_invalid",
                "request body is not valid json",
                "body is not valid json",
                "unexpected end of json input",
                "expects a json payload",
                "invalid character '",
                "cannot unmarshal",
                "error parsing the body",
                "there was an error parsing the body",
                "请求体不是有效的 json",
                "json 解析失败",
                "json解析失败",
                "json 格式错误",
                "json格式错误",
            ])
            .but_not(&[
                "looking for beginning of value",
                "unexpected token '<'",
                "'<' looking",
                "cannot find field",
                "invalid value at '",
            ])
            .with_status(&[400, 422, 500]),
            Sign::says(&[
                "could not parse the json body",
                "we could not parse the json body of your request",
                "expects a json payload",
            ]),
            Sign::coded(&["invalid_json", "json_parse_error", "malformed_json"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "content-type-unsupported",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the Content-Type is not accepted", zh: "不接受该 Content-Type"),
        explanation: text!(
            en: "The server wants the request's body declared as application/json, and some want it without a charset.",
            zh: "服务器要求请求体声明为 application/json，有些还要求不带 charset。",
        ),
        impact: text!(en: "that request", zh: "该请求"),
        fixes: &[Fix::run_per(
            text!(en: "Send exactly this header", zh: "按原样发送这个请求头"),
            "curl {base_url}/chat/completions -H 'Content-Type: application/json' -H \"Authorization: Bearer $OPENAI_API_KEY\" --data @body.json",
            "curl {base_url}/chat/completions -H 'Content-Type: application/json' -H \"Authorization: Bearer $OPENAI_API_KEY\" --data @body.json",
            "curl.exe {base_url}/chat/completions -H \"Content-Type: application/json\" -H \"Authorization: Bearer $env:OPENAI_API_KEY\" --data '@body.json'",
        )],
        told_apart: text!(en: "415, or a 400 that names the content type.", zh: "状态码 415，或 400 中提到 content type。"),
        rivals: &["request-not-json"],
        signs: &[
            Sign::says(&[
                "unsupported content type",
                "unsupported content-type",
                "unsupported_content_type",
                "unsupported media type",
                "invalid content type",
                "invalid content-type",
                "content-type must be",
                "content type must be",
                "content-type is not supported",
                "did not attempt to load json data because the request content-type",
            ])
            .but_not(&["image_url", "content part", "content block", "messages"]),
            Sign::coded(&["unsupported_content_type", "unsupported_media_type"]),
            Sign::status(&[415]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "payload-too-large",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "a proxy or the API refuses the body's size", zh: "代理或 API 拒绝了过大的请求体"),
        explanation: text!(
            en: "The request's body is larger than something on the way, or the API itself, accepts. Images in base64 and long histories make bodies large.",
            zh: "请求体超过了途中某个环节或 API 自身允许的大小。base64 图片和很长的历史消息会使请求体变大。",
        ),
        impact: text!(en: "large requests", zh: "大请求"),
        fixes: &[
            Fix::run(
                text!(en: "If an nginx of your own answered, raise its limit", zh: "如果应答的是你自己的 nginx，调高它的限制"),
                "client_max_body_size 50m;",
            ),
            Fix::advice(text!(
                en: "Or send less: smaller images, files by URL or through the Files API, a shorter history",
                zh: "或者减小请求：缩小图片、用 URL 或 Files API 传文件、缩短历史消息",
            )),
        ],
        told_apart: text!(
            en: "Who answered: an nginx page is a proxy's limit, JSON the API's own.",
            zh: "看是谁应答：nginx 页面是代理的限制，JSON 则是 API 自身的限制。",
        ),
        rivals: &["context-length-exceeded", "request-exceeds-token-limit"],
        signs: &[
            Sign::says(&[
                "request entity too large",
                "payload too large",
                "request body too large",
                "request body is too large",
                "body is too large",
                "content too large",
                "max body size",
                "body size limit",
                "exceeds the maximum allowed size",
                "exceeds maximum size",
                "maximum content size limit",
                "maximum request size",
                "request size exceeds",
                "kb allowed",
                "mb allowed",
                "request_too_large",
                "file is too large",
                "image is too large",
                "请求体过大",
                "请求体太大",
                "文件过大",
            ]),
            Sign::coded(&["payload_too_large", "request_too_large", "request_entity_too_large"]),
            Sign::typed(&["request_too_large"]).with_status(&[413]),
            Sign::status(&[413]),
        ],
        specify: Some(whose_limit),
        ..Fault::BASE
    },
    Fault {
        code: "content-filtered",
        layer: Layer::Application,
        owner: Owner::Provider,
        title: text!(
            en: "a content filter refused the prompt or cut the answer",
            zh: "内容过滤拒绝了提示词或截断了回答",
        ),
        explanation: text!(
            en: "The provider's moderation, Azure's content management or a relay's word list stopped this prompt. Everything below it works.",
            zh: "服务商的内容审核、Azure 的内容管理策略或中转的敏感词表拦截了这条提示词；下层链路都正常。",
        ),
        impact: text!(en: "that prompt", zh: "该提示词"),
        fixes: &[
            Fix::advice(
                text!(en: "Change the prompt; the answer may name the category that matched", zh: "修改提示词；应答中可能写明命中的类别"),
            ),
            Fix::advice(text!(
                en: "On Azure, adjust the deployment's content filter; on a relay, ask its owner about the word list",
                zh: "Azure 上调整部署的内容筛选器；中转服务请询问运营者的敏感词设置",
            )),
        ],
        told_apart: text!(
            en: "The code is content_filter or content_policy_violation, or finish_reason is content_filter; another prompt passes.",
            zh: "错误码是 content_filter 或 content_policy_violation，或 finish_reason 为 content_filter；换一条提示词即可通过。",
        ),
        rivals: &["request-invalid", "waf-blocked-user-agent"],
        signs: &[
            Sign::says(&[
                "content management policy",
                "content filter",
                "content_filter",
                "content_policy_violation",
                "contentpolicyviolation",
                "content policy",
                "violates usage guidelines",
                "violates our guidelines",
                "responsibleaipolicyviolation",
                "rejected as a result of our safety system",
                "our safety system",
                "flagged as potentially violating",
                "violating our usage policy",
                "violates our usage policies",
                "usage policies",
                "may contain text that is not allowed by our safety system",
                "content exists risk",
                "considered high risk",
                "flagged for moderation",
                "requires moderation",
                "was flagged",
                "inappropriate content",
                "sensitive content",
                "sensitive words",
                "sensitive_words_detected",
                "datainspectionfailed",
                "data_inspection_failed",
                "prohibited content",
                "prohibited_content",
                "blocked by safety",
                "敏感词",
                "敏感内容",
                "不安全或敏感内容",
                "违规内容",
                "内容违规",
                "内容审核",
                "内容安全",
            ])
            .but_not(&["account", "terminated"]),
            Sign::coded(&[
                "content_filter",
                "responsibleaipolicyviolation",
                "content_policy_violation",
                "moderation_blocked",
                "invalid_prompt",
                "sensitive_words_detected",
                "datainspectionfailed",
                "data_inspection_failed",
                "sensitivecontentdetected",
                "inputtextsensitivecontentdetected",
                "1301",
            ]),
            Sign::typed(&["content_filter", "content_policy_violation", "image_generation_user_error"]),
        ],
        heard: heard::FILTERED,
        ..Fault::BASE
    },
    Fault {
        code: "request-invalid",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the API rejects the request's content", zh: "API 拒绝了请求的内容"),
        explanation: text!(
            en: "The API understood the request and finds something wrong in it: a field that is missing, of the wrong type or out of range.",
            zh: "API 能读懂请求，但认为其中有错误：缺少字段、类型不对或取值超出范围。",
        ),
        impact: text!(en: "that request", zh: "该请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Correct the field that the message, param or loc names",
                zh: "改正消息、param 或 loc 中提到的字段",
            )),
            Fix::advice(text!(
                en: "Some servers know fewer fields than OpenAI: leave out what this one does not document",
                zh: "有些服务支持的字段比 OpenAI 少：去掉其文档中没有的字段",
            )),
        ],
        told_apart: text!(en: "No more special code fits; param or loc names the field.", zh: "没有更具体的错误码；param 或 loc 指出了字段。"),
        rivals: &["unsupported-parameter", "request-not-json", "context-length-exceeded"],
        explained_by: &[
            "key-missing",
            "key-malformed",
            "key-quoted",
            "auth-header-stripped",
            "key-wrong-provider",
            "base-url-scheme-mismatch",
        ],
        signs: &[
            Sign::says(&[
                "failed to deserialize the json body into the target type",
                "reasoning_content in the thinking mode must be passed back",
                "field required",
                "invalid schema for",
                "schema must be a json schema",
                "is a required property",
                "missing required parameter",
                "missing required field",
                "none is not an allowed value",
                "input should be",
                "is not of type",
                "invalid type for",
                "invalid value for",
                "invalid value:",
                "invalid parameter",
                "invalid_parameter",
                "is not one of",
                "must be greater than",
                "must be less than",
                "is less than the minimum",
                "is greater than the maximum",
                "validation error",
                "invalid messages",
                "must be followed by tool messages",
                "must be a response to a preceeding message",
                "value_error",
                "type_error",
                "参数错误",
                "参数有误",
                "参数无效",
                "参数非法",
                "缺少参数",
            ])
            .with_status(&[400, 422]),
            Sign::typed(&[
                "invalid_request_error",
                "badrequesterror",
                "bad_request_error",
                "bad_request",
                "validation_error",
                "literal_error",
                "missing",
            ])
            .with_status(&[400, 422]),
            // DeepSeek's code where others have it as the type; with a status unknown it still says whose fault it is.
            Sign::coded(&["invalid_request_error"]).with_status(&[400, 422]),
            Sign::status(&[400]),
            Sign::status(&[409]),
            Sign::status(&[422]),
        ],
        specify: Some(which_parameter),
        heard: heard::INVALID,
        ..Fault::BASE
    },
];

fn which_parameter(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    match answer.param.as_deref().map(|param| text::line(param, 80)).filter(|param| !param.is_empty()) {
        Some(param) => found.fix(say!(en: "The field to change is {param}", zh: "需要修改的字段是 {param}"), None),
        None => found,
    }
}

fn whose_limit(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    match answer.answered_by {
        Some(Answerer::Server | Answerer::ClientProxy) if answer.html => found.because(text!(
            en: "the page is a web server's own: the limit is that of a proxy in front of the API",
            zh: "页面来自 Web 服务器本身：这是 API 前面某个代理的限制",
        )),
        _ => found,
    }
}
