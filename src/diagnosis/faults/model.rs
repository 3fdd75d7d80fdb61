//! Faults of the model: no such one, not allowed, too small for the prompt.

mod heard;

use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "model-not-found",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "there is no such model for this key", zh: "该密钥没有这个模型可用"),
        explanation: text!(
            en: "The API does not know the model's name, has retired it, or hides it from this key. A name that is right at one provider is often wrong at another.",
            zh: "API 不认识这个模型名，或该模型已下线，或对这个密钥不可见。同一模型在不同服务商处的名称往往不同。",
        ),
        impact: text!(en: "one model", zh: "单个模型"),
        fixes: &[
            Fix::run_per(
                text!(en: "See which models the key may use, and copy the name from there", zh: "查看该密钥可用的模型，从中复制名称"),
                "curl -s {base_url}/models -H \"Authorization: Bearer $OPENAI_API_KEY\"",
                "curl -s {base_url}/models -H \"Authorization: Bearer $OPENAI_API_KEY\"",
                "curl.exe -s {base_url}/models -H \"Authorization: Bearer $env:OPENAI_API_KEY\"",
            ),
            Fix::advice(text!(
                en: "Ollama and the like: pull or load the model first; OpenAI: a new model may need a higher usage tier",
                zh: "Ollama 等本地服务：先拉取或加载模型；OpenAI：新模型可能需要更高的用量等级",
            )),
        ],
        told_apart: text!(
            en: "A JSON error that names the model. A 404 page, or one that names the path, would be the base URL.",
            zh: "JSON 错误里提到了模型名。如果是 404 页面或提到的是路径，则是 base URL 的问题。",
        ),
        rivals: &[
            "base-url-missing-version",
            "model-access-denied",
            "organization-unverified",
            "azure-deployment-not-found",
        ],
        signs: &[
            // Anthropic names the model and says no more.
            Sign::says(&["model: "]).with_type(&["not_found_error"]),
            Sign::says(&["not found for account"]).with_status(&[404]),
            Sign::says(&[
                "unknown provider for model",
                "the specified version does not exist",
                "was removed on",
                "model/deployment not found",
                "missing model '",
                "is not a known model",
                "allowed now, your model",
                "exist or you do not have access to it",
                "': not found for account",
            ]),
            Sign::says(&["model"])
                .and(&[
                    "does not exist",
                    "doesn't exist",
                    "not exist",
                    "not found",
                    "could not be found",
                    "has been deprecated",
                    "is deprecated and",
                    "been decommissioned",
                    "decommissioned",
                    "is no longer available",
                    "is no longer supported",
                    "no longer available",
                    "has been retired",
                    "has been shut down",
                    "is not available",
                    "is not a valid model",
                    "not a valid model",
                    "unknown model",
                    "invalid model",
                    "unrecognized model",
                    "unsupported model",
                    "model not supported",
                    "is not supported when using",
                    "try pulling it first",
                    "no models loaded",
                    "not loaded",
                ])
                .but_not(&[
                    "deployment for this resource",
                    "deploymentnotfound",
                    "no healthy deployments",
                    "no available channel",
                    "organization must be verified",
                    "unsupported parameter",
                    "unsupported value",
                    "endpoint not found",
                    "has not activated the model",
                    "does not have access to model",
                    "chat/completions",
                    "v1/completions",
                    "无可用渠道",
                    "overloaded",
                    "at capacity",
                    "currently loading",
                    "maximum context length",
                ])
                .html(false)
                .with_status(&[400, 403, 404, 410, 422, 500, 503]),
            Sign::says(&[
                "does not exist or you do not have access to it",
                "not found, try pulling it first",
                "requested entity was not found",
                "not found the model",
                "no endpoints found for",
                "is not a valid model id",
                "invalid model name",
                "model not found",
                "model_not_found",
                "unknown model",
                "model does not exist",
                "model not exist",
                "the model does not exist",
                "no such model",
                "model_decommissioned",
                "no models loaded",
                "is not found for api version",
                "模型不存在",
                "未知模型",
                "找不到模型",
                "没有该模型",
                "模型已下线",
                "不支持的模型",
                "模型未找到",
                "不存在该模型",
            ])
            .but_not(&["deployment for this resource", "无可用渠道"]),
            Sign::says(&["the model `", "the model '", "the model \"", "model '", "model \"", "model `"]).and(&[
                "does not exist",
                "not found",
                "has been deprecated",
                "decommissioned",
                "is not available",
                "has been shut down",
            ]),
            Sign::coded(&[
                "model_not_found",
                "model_not_available",
                "model_decommissioned",
                "model_deprecated",
                "modelnotfound",
                "invalid_model",
                "unknown_model",
                "modelnotexist",
                "model_does_not_exist",
                "invalidendpointormodel.notfound",
                "1211",
            ]),
            Sign::typed(&["model_not_found", "model_not_found_error", "resource_not_found_error"]).with_status(&[404]),
        ],
        specify: Some(nearest),
        heard: heard::NOT_FOUND,
        ..Fault::BASE
    },
    Fault {
        code: "model-access-denied",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the project may not use this model", zh: "该项目无权使用这个模型"),
        explanation: text!(
            en: "The model exists and the key is good, but the project, the team or the token is not allowed to use it.",
            zh: "模型存在、密钥也有效，但该项目、团队或令牌没有被授权使用它。",
        ),
        impact: text!(en: "one model", zh: "单个模型"),
        fixes: &[
            Fix::advice(text!(
                en: "Allow the model in the project's limits (OpenAI: Settings > Project > Limits), or in the token's model list of the relay",
                zh: "在项目限制中允许该模型（OpenAI：Settings > Project > Limits），或在中转的令牌模型列表中加入它",
            )),
            Fix::advice(text!(
                en: "Or use a key of another project; to compare, leave out OPENAI_PROJECT_ID once",
                zh: "或者换用其他项目的密钥；可先去掉 OPENAI_PROJECT_ID 对比一次",
            )),
        ],
        told_apart: text!(
            en: "403, not 404, and the project or token is named. A model that /v1/models lists may still be refused.",
            zh: "状态码是 403 而不是 404，并提到了项目或令牌。/v1/models 里列出的模型也可能被拒绝。",
        ),
        rivals: &["model-not-found", "region-unsupported"],
        explained_by: &[
            "gateway-block-page",
            "captive-portal",
            "proxy-connect-denied",
            "key-missing",
            "key-wrong-provider",
            "key-malformed",
            "key-quoted",
            "auth-header-stripped",
            "base-url-not-an-api",
        ],
        signs: &[
            Sign::says(&[
                "model access is not permitted",
                "does not have access to model",
                "do not have access to the model",
                "don't have access to the model",
                "does not have access to the model",
                "do not have access to this model",
                "don't have access to this model",
                "no access to model",
                "no access to the model",
                "not have permission to access the model",
                "not authorized to access model",
                "not authorized to use this model",
                "not allowed to access model",
                "not allowed to access this model",
                "not allowed to use model",
                "not allowed to use this model",
                "not allowed to sample from this model",
                "can only access models",
                "key not allowed to access model",
                "team not allowed to access model",
                "has not activated the model",
                "model access is denied",
                "access to this model is restricted",
                "not permitted to use this model",
                "无权使用模型",
                "无权访问模型",
                "无权使用该模型",
                "无权访问该模型",
                "没有权限使用该模型",
                "没有该模型的权限",
                "模型无权限",
                "未开通模型",
                "未开通该模型",
                "does not support the gpt",
                "license does not support",
                "is not enabled in copilot",
                "copilot model not enabled",
                "not supported by this api key",
                "unable to access non-serverless model",
                "does not have gpt-4 access",
                "access to the gpt-4 api",
            ]),
            Sign::says(&["project `proj_", "project proj_", "project 'proj_"]).and(&["does not have access"]),
            Sign::coded(&["model_not_found", "model_access_denied"]).with_status(&[403]),
            Sign::coded(&[
                "model_access_denied",
                "model.accessdenied",
                "modelnotopen",
                "key_model_access_denied",
                "team_model_access_denied",
                "model_not_allowed",
                "unsupported_model_access",
            ]),
            Sign::typed(&["key_model_access_denied", "team_model_access_denied"]),
            Sign::says(&["model", "模型"]).with_status(&[403]),
        ],
        specify: Some(denied),
        heard: heard::DENIED,
        ..Fault::BASE
    },
    Fault {
        code: "context-length-exceeded",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the prompt is longer than the model's context", zh: "提示词超过了模型的上下文长度"),
        explanation: text!(
            en: "Prompt and requested completion together do not fit into the model's context window. Long conversations grow into this.",
            zh: "提示词与请求的输出合计超出了模型的上下文窗口。对话越长越容易遇到。",
        ),
        impact: text!(en: "long prompts", zh: "长提示词"),
        fixes: &[
            Fix::advice(text!(
                en: "Shorten the conversation: drop or summarize its oldest turns; lower max_tokens",
                zh: "缩短对话：丢弃或摘要最早的内容；调低 max_tokens",
            )),
            Fix::advice(text!(
                en: "Or choose a model with a larger context; on Ollama or vLLM raise num_ctx or --max-model-len",
                zh: "或者换用上下文更大的模型；Ollama、vLLM 上调大 num_ctx 或 --max-model-len",
            )),
        ],
        told_apart: text!(en: "The same call with a short prompt succeeds.", zh: "换成短提示词，同样的调用即可成功。"),
        rivals: &["unsupported-parameter", "request-exceeds-token-limit"],
        signs: &[
            Sign::says(&[
                "maximum context length",
                // Longer than what a relay says around it.
                "model's maximum context length is",
                "your messages resulted in",
                "context_length_exceeded",
                "context length exceeded",
                "exceeds the context window",
                "exceed context window",
                "context window exceeded",
                "contextwindowexceeded",
                "exceeds the maximum context",
                "exceeds the model's context",
                "exceeds the model's maximum context",
                "exceeds maximum context",
                "exceeds the available context size",
                "exceeds the maximum number of tokens allowed",
                "exceed the maximum number of tokens",
                "exceeds the max_model_len",
                "longer than the maximum model length",
                "longer than the model's context",
                "input is too long for requested model",
                "input length exceeds",
                "prompt is too long",
                "prompt too long",
                "input is too long",
                "input tokens exceed",
                "reduce the length of the messages",
                "reduce the length of either one",
                "please reduce your prompt",
                "maximum input length",
                "inputs tokens + max_new_tokens",
                "` tokens + `max_new_tokens` must be",
                "range of input length should be",
                "string too long. expected a string with maximum length",
                "上下文长度超",
                "超出上下文",
                "超过上下文",
                "超过了上下文",
                "超出最大上下文",
                "超过最大上下文",
                "最大上下文长度",
                "输入过长",
                "输入长度超",
                "超过最大长度",
                "prompt 超长",
                "prompt超长",
                "exceeded model token limit",
                "token count is too long",
                "not enough context available",
                "max_input_tokens limit",
                ">= n_ctx (",
                "cannot truncate prompt",
                "too_many_prompt_tokens",
                "context window holds only",
                "less than max_seq_len",
            ]),
            Sign::coded(&[
                "context_length_exceeded",
                "string_above_max_length",
                "exceed_context_size_error",
                "context_window_exceeded",
                "1261",
            ]),
            Sign::typed(&["exceed_context_size_error", "context_length_exceeded"]),
        ],
        heard: heard::CONTEXT,
        ..Fault::BASE
    },
];

/// The name that stands in quotes or backticks in the message.
fn quoted(message: &str) -> Option<&str> {
    let start = message.find(['`', '\'', '"'])?;
    let quote = message[start..].chars().next()?;
    let rest = &message[start + quote.len_utf8()..];
    let name = &rest[..rest.find(quote)?];
    (!name.is_empty() && name.len() <= 80 && !name.contains(char::is_whitespace)).then_some(name)
}

/// The number of edits (insert, delete, replace) that make one name of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let replace = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replace.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

fn nearest(answer: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let Some(asked) = quoted(&answer.message) else { return found };
    let near = evidence
        .api
        .facts
        .first_models
        .iter()
        .map(|model| (distance(asked, model), model))
        .filter(|(edits, _)| *edits > 0 && *edits <= asked.len() / 3 + 1)
        .min();
    match near {
        Some((_, model)) => {
            let model = crate::evidence::text::line(model, 80);
            found.fix(say!(en: "The nearest model that is listed is {model}", zh: "列表中最接近的模型是 {model}"), None)
        }
        None => found,
    }
}

fn denied(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    let found = match answer.answered_by {
        Some(Answerer::Relay | Answerer::Provider | Answerer::Azure) => found
            .not("cdn-challenge", text!(en: "the API itself answered, in JSON", zh: "应答来自 API 本身，且是 JSON")),
        _ => found,
    };
    if answer.message.to_lowercase().contains("model") {
        return found.not(
            "region-unsupported",
            text!(en: "the answer speaks of the model, not of a region", zh: "应答说的是模型，而不是地区"),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{distance, quoted};

    #[test]
    fn the_name_in_quotes_is_found() {
        assert_eq!(quoted("The model `gtp-4` does not exist"), Some("gtp-4"));
        assert_eq!(quoted("model \"llama2\" not found"), Some("llama2"));
        assert_eq!(quoted("no quotes"), None);
        assert_eq!(quoted("it's broken, isn't it"), None);
    }

    #[test]
    fn edits_are_counted() {
        for (one, other, edits) in [("gtp-4", "gpt-4", 2), ("gpt-4", "gpt-4o", 1), ("", "abc", 3), ("a", "a", 0)] {
            assert_eq!(distance(one, other), edits, "{one} {other}");
        }
    }
}
