//! What the API finds wrong in a request that it understood.

use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::{Evidence, text};
use crate::{say, text};

use super::heard;

pub(super) const REQUEST_INVALID: Fault = Fault {
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
        Fix::advice(text!(
            en: "Where the message says that the model belongs to another endpoint: call that one, or choose a model that this one serves",
            zh: "如果消息说该模型属于另一个接口：改用那个接口，或换一个本接口支持的模型",
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
            "未指定模型名称",
            "模型名称不能为空",
            "invalid provider passed",
            "model is required",
            "model field is required",
            "error rendering prompt with jinja template",
            "rejected the request as malformed",
            // A model that another endpoint serves: `param` names the model.
            "not supported in the v1/completions endpoint",
            "not supported in the v1/chat/completions endpoint",
            "did you mean to use v1/",
            "expected multipart/form-data",
            "temperature: range",
            "into go struct field",
            "does not support successive user or assistant messages",
            "unexpected role '",
            "the request is not supported by this model",
            "bad request, possibly a parameter",
            "invalid azurecognitivesearch configuration",
            "call to get azure search index failed",
        ]),
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
        Sign::says(crate::diagnosis::faults::MINIMAX).with_code(&["2013"]),
    ],
    specify: Some(which_parameter),
    heard: heard::INVALID,
    ..Fault::BASE
};

pub(super) fn which_parameter(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    match answer.param.as_deref().map(|param| text::line(param, 80)).filter(|param| !param.is_empty()) {
        Some(param) => found.fix(say!(en: "The field to change is {param}", zh: "需要修改的字段是 {param}"), None),
        None => found,
    }
}
