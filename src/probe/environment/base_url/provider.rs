//! The table of providers: where each documents its API to be.

/// A provider: its name, its API hosts (a leading dot: every host below), the paths that work as a base, the
/// documented one first, and its web sites.
pub(super) struct Provider {
    pub(super) name: &'static str,
    pub(super) hosts: &'static [&'static str],
    pub(super) paths: &'static [&'static str],
    pub(super) websites: &'static [&'static str],
}

const fn provider(
    name: &'static str,
    hosts: &'static [&'static str],
    paths: &'static [&'static str],
    websites: &'static [&'static str],
) -> Provider {
    Provider { name, hosts, paths, websites }
}

/// From the providers' own documentation, late 2026.
pub(super) const PROVIDERS: &[Provider] = &[
    provider(
        "OpenAI",
        &["api.openai.com", ".api.openai.com"],
        &["/v1"],
        &[
            "openai.com",
            "www.openai.com",
            "chat.openai.com",
            "chatgpt.com",
            "www.chatgpt.com",
            "platform.openai.com",
            "developers.openai.com",
            "help.openai.com",
        ],
    ),
    provider(
        "Azure OpenAI",
        &[
            ".openai.azure.com",
            ".cognitiveservices.azure.com",
            ".services.ai.azure.com",
            ".openai.azure.us",
            ".openai.azure.cn",
        ],
        &["/openai/v1", "/openai", "/openai/deployments/*"],
        &["portal.azure.com", "ai.azure.com", "oai.azure.com"],
    ),
    provider(
        "Anthropic",
        &["api.anthropic.com"],
        &["/v1"],
        &[
            "anthropic.com",
            "www.anthropic.com",
            "claude.ai",
            "claude.com",
            "console.anthropic.com",
            "platform.claude.com",
        ],
    ),
    provider("OpenRouter", &["openrouter.ai"], &["/api/v1"], &["www.openrouter.ai"]),
    provider(
        "DeepSeek",
        &["api.deepseek.com"],
        &["/v1", "", "/beta"],
        &["deepseek.com", "www.deepseek.com", "chat.deepseek.com", "platform.deepseek.com"],
    ),
    provider(
        "DashScope",
        &["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", "dashscope-us.aliyuncs.com"],
        &["/compatible-mode/v1"],
        &[
            "bailian.console.aliyun.com",
            "dashscope.console.aliyun.com",
            "tongyi.aliyun.com",
            "qianwen.aliyun.com",
            "chat.qwen.ai",
        ],
    ),
    provider(
        "Moonshot",
        &["api.moonshot.cn", "api.moonshot.ai"],
        &["/v1"],
        &[
            "moonshot.cn",
            "www.moonshot.cn",
            "platform.moonshot.cn",
            "platform.moonshot.ai",
            "kimi.moonshot.cn",
            "kimi.com",
            "www.kimi.com",
        ],
    ),
    provider(
        "Zhipu",
        &["open.bigmodel.cn", "api.z.ai"],
        &["/api/paas/v4", "/api/coding/paas/v4"],
        &["bigmodel.cn", "www.bigmodel.cn", "chatglm.cn", "z.ai", "chat.z.ai"],
    ),
    provider("Groq", &["api.groq.com"], &["/openai/v1"], &["groq.com", "www.groq.com", "console.groq.com"]),
    provider(
        "Mistral",
        &["api.mistral.ai"],
        &["/v1"],
        &["mistral.ai", "www.mistral.ai", "chat.mistral.ai", "console.mistral.ai"],
    ),
    provider("Together", &["api.together.xyz", "api.together.ai"], &["/v1"], &["together.ai", "www.together.ai"]),
    provider("xAI", &["api.x.ai", ".api.x.ai"], &["/v1"], &["x.ai", "grok.com", "console.x.ai"]),
    provider(
        "Google",
        &["generativelanguage.googleapis.com"],
        &["/v1beta/openai"],
        &["ai.google.dev", "aistudio.google.com", "gemini.google.com"],
    ),
    provider(
        "SiliconFlow",
        &["api.siliconflow.cn", "api.siliconflow.com"],
        &["/v1"],
        &["siliconflow.cn", "www.siliconflow.cn", "cloud.siliconflow.cn", "siliconflow.com", "www.siliconflow.com"],
    ),
    provider(
        "Volcengine Ark",
        &[".volces.com"],
        &["/api/v3", "/api/coding/v3"],
        &["www.volcengine.com", "console.volcengine.com"],
    ),
    provider("Hunyuan", &["api.hunyuan.cloud.tencent.com"], &["/v1"], &["hunyuan.tencent.com", "cloud.tencent.com"]),
    provider(
        "Qianfan",
        &["qianfan.baidubce.com"],
        &["/v2"],
        &["cloud.baidu.com", "console.bce.baidu.com", "yiyan.baidu.com"],
    ),
    provider(
        "MiniMax",
        &["api.minimaxi.com", "api.minimax.io", "api.minimax.chat"],
        &["/v1"],
        &["minimaxi.com", "www.minimaxi.com", "platform.minimaxi.com", "www.minimax.io"],
    ),
    provider("StepFun", &["api.stepfun.com"], &["/v1"], &["www.stepfun.com", "platform.stepfun.com"]),
    provider("Perplexity", &["api.perplexity.ai"], &["", "/v1"], &["perplexity.ai", "www.perplexity.ai"]),
    provider("Fireworks", &["api.fireworks.ai"], &["/inference/v1"], &["fireworks.ai", "app.fireworks.ai"]),
    provider("NVIDIA", &["integrate.api.nvidia.com"], &["/v1"], &["build.nvidia.com"]),
    provider("Cerebras", &["api.cerebras.ai"], &["/v1"], &["cerebras.ai", "www.cerebras.ai", "cloud.cerebras.ai"]),
    provider("Hugging Face", &["router.huggingface.co"], &["/v1"], &["huggingface.co", "www.huggingface.co"]),
    provider("GitHub Models", &["models.github.ai"], &["/inference"], &["github.com"]),
];
