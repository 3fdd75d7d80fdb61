//! Whose API a text speaks of, by the hosts and the words that only they use.

use super::document::Document;

/// Marks of providers; the first that stands in the text decides.
const MARKS: &[(&str, &[&str])] = &[
    (
        "Azure OpenAI",
        &["openai.azure.com", "cognitiveservices.azure.com", "azureexception", "azure openai", "apim-request-id"],
    ),
    ("OpenRouter", &["openrouter.ai", "openrouterexception", "openrouter"]),
    ("Anthropic", &["api.anthropic.com", "anthropicexception", "x-api-key"]),
    ("DeepSeek", &["api.deepseek.com", "deepseekexception", "deepseek"]),
    ("Moonshot", &["api.moonshot.cn", "api.moonshot.ai", "engine_overloaded_error"]),
    ("DashScope", &["dashscope.aliyuncs.com", "dashscope"]),
    ("Zhipu", &["open.bigmodel.cn"]),
    ("Volcengine", &["volces.com"]),
    ("SiliconFlow", &["siliconflow"]),
    ("Groq", &["api.groq.com", "groqexception"]),
    ("Google", &["generativelanguage.googleapis.com", "geminiexception", "vertexai"]),
    ("Mistral", &["api.mistral.ai", "mistralexception"]),
    ("xAI", &["api.x.ai"]),
    ("Ollama", &["ollama", ":11434"]),
    ("LiteLLM", &["litellm"]),
    (
        "new-api",
        &[
            "new_api_error",
            "one_api_error",
            "v_api_error",
            "yunwu_api_error",
            "无可用渠道",
            "上游负载已饱和",
            "预扣费额度",
        ],
    ),
    ("ChatGPT", &["chatgpt.com/backend-api"]),
    ("OpenAI", &["api.openai.com", "platform.openai.com", "help.openai.com"]),
];

/// Every word asked for.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    MARKS.iter().flat_map(|(_, marks)| *marks).copied()
}

/// The provider or relay that the text names.
pub(super) fn of(document: &Document) -> Option<&'static str> {
    MARKS.iter().find(|(_, marks)| document.says_any(marks)).map(|(name, _)| *name)
}
