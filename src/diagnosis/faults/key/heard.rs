//! What clients print when they have no key, or one that cannot be sent.

use crate::diagnosis::Heard;

#[rustfmt::skip]
pub(super) const MISSING: &[Heard] = &[
    Heard::cause(&[
        "please carry the api secret key", "could not resolve authentication method",
        "could not resolve credentials", "configure ai_gateway_api_key", "find a secret with the name",
        "api-key' found in the auth source", "header of type authorization was missing",
    ]),
    // The clouds' SDKs, where they call a model.
    Heard::cause(&["nocredentialserror", "unable to locate credentials", "defaultcredentialserror"])
        .and(&["vertex", "gemini", "genai", "aiplatform", "bedrock", "invokemodel", "llm"]),
    Heard::cause(&["b'bearer '", "invalid header value b'bearer '", "illegal header value b\"bearer \""]),
    // The program looks for the variable itself, in any language.
    Heard::cause(&[
        "keyerror: 'openai_api_key'", "keyerror: 'azure_openai_api_key'", "keyerror: 'anthropic_api_key'",
        "keyerror: 'deepseek_api_key'", "keyerror: 'openrouter_api_key'", "keyerror: 'gemini_api_key'",
        "keyerror: 'api_key'", "keyerror: 'openai_key'", "keyerror: \"openai_api_key\"",
        "key not found: \"openai_api_key\"", "undefined array key \"openai_api_key\"", "no valid openai api key",
        "openai api key is not", "openai api key not", "openai api key must be", "openai_api_key must be",
        "openai_api_key was not", "openai_api_key: undefined", "openai_api_key is required",
        "openai_api_key is missing", "openai_api_key is empty", "openai_api_key is undefined",
        "openai_api_key is not", "openai_api_key not", "openai_api_key env", "openai_api_key variable",
        "openai_api_key or", "missing api key", "missing openai api", "missing openai_api",
        "missing required environment variable: openai", "missing environment variable: openai",
        "missing environment variable openai", "missing env var openai", "please set openai_api_key",
        "missing env: openai", "no openai_api_key found", "please set your openai_api_key",
        "please set the openai_api_key", "please set your openai api key", "please set the openai api key",
        "please set your api key", "please set an api key", "please configure your api key",
        "please configure an api key", "please add your api key", "please add your openai api key",
        "please enter your api key", "please enter your openai api key", "please enter an api key",
        "please provide your api key", "please provide your openai api key", "please provide an openai api key",
        "must provide an openai api key", "you need to set openai_api_key", "you must set openai_api_key",
        "no openai key", "no openai_api_key", "no api key specified", "no api key configured", "no api key set",
        "no api key was", "no api key has been", "no apikey", "without an api key", "without api key",
        "api key was not", "api key has not been", "api key not provided", "api key undefined",
        "api key is undefined", "api key is null", "api key is empty", "api key cannot be empty",
        "api key cannot be null", "api key can't be empty", "api key must not be empty", "api key must be set",
        "api_key must be provided", "api_key must be set", "api_key is required", "api_key is missing",
        "api_key not set", "api_key is not set", "api_key not found", "apikey is required", "apikey is missing",
        "apikey must be", "apikey not set", "apikey is not set", "(parameter 'apikey')", "(parameter 'key')",
        "ai_loadapikeyerror", "loadapikeyerror", "access token missing", "openai-api-key is missing",
        "spring.ai.openai.api-key", "need an openai api key", "openai api token is missing",
        "未设置 openai_api_key", "未设置openai_api_key", "未配置 openai_api_key", "未找到 openai_api_key",
        "请设置 openai_api_key", "请设置openai_api_key", "请先设置 openai_api_key", "请配置 openai_api_key",
        "请先设置 api", "请先设置api", "请设置 api", "请设置api", "请填写 api", "请填写api", "请先填写 api",
        "请先填写api", "请先配置api", "请在设置中填写", "请先在设置中", "密钥未设置", "密钥未配置", "没有设置 api",
        "没有配置 api", "未填写api", "未输入 api", "未输入api", "缺少 openai_api_key", "缺少openai_api_key",
        "api key 未设置", "api key 未配置", "api key未设置", "api key未配置", "apikey未设置", "apikey未配置",
        "apikey不能为空", "api key 不能为空", "api key不能为空",
    ])
    .but_not(&[
        "incorrect api key", "status code 401", "(401)", "invalid_api_key", "connection error",
        "api_key is not valid",
    ]),
    Heard::cause(&[
        "openai_api_key", "openai_key", "anthropic_api_key", "deepseek_api_key", "gemini_api_key", "google_api_key",
        "groq_api_key", "openrouter_api_key", "mistral_api_key", "azure_openai_api_key", "dashscope_api_key",
        "moonshot_api_key", "xai_api_key", "together_api_key", "cohere_api_key", "zhipuai_api_key",
    ])
    .and(&[
        "not set", "must be set", "is missing", "field required", "environment variable not found",
        "is not defined", "not found in environment", "not set in environment", "not set in the environment",
        "environment variable is not", "environment variable must", "environment variable not",
        "environment variable is missing", "environment variable missing", "no such environment",
        "not found in .env", "could not find", "missing environment variable", "missing required environment",
        "required environment variable", "environment variable was not", "keyerror",
    ]),
];

#[rustfmt::skip]
pub(super) const MALFORMED: &[Heard] = &[
    Heard::cause(&["the format of value 'bearer"]),
    Heard::cause(&[
        "invalid header value", "invalid header field value", "invalid http header value", "illegal header value",
        "err_invalid_char", "invalid character in header content", "is not a legal http header value",
        "is an invalid header value", "failed to parse header value", "invalidheadervalue",
        "invalid return character or leading space in header", "invalid leading whitespace",
        "return character(s) in header", "new-line characters are not allowed in header values",
        "newline characters are not allowed", "newline or carriage return", "invalid non-ascii",
        "cannot convert argument to a bytestring", "value of type 'string' is not a valid bytestring",
        "string contains non iso-8859-1 code point", "non iso-8859-1", "authorization value: ",
        "in authorization value", "request headers must contain only ascii characters",
        "header value contains invalid characters", "headers must contain only ascii", "header contains non-ascii",
        "invalid header name or value", "invalidheader:", "header 值非法",
    ])
    .but_not(&["b'bearer '", "b\"bearer \"", "'bearer '", "\"bearer \""]),
    Heard::cause(&["'ascii' codec can't encode", "ascii codec can't encode", "'latin-1' codec can't encode"])
        .and(&[
            // The seven letters of `Bearer ` stand before the key.
            "in position 7", "header", "authorization", "bearer", "http/client.py", "httpx/_models",
            "httpx\\_models", "putheader", "normalize_header", "api_key", "openai", "litellm", "chatgpt",
            "api error", "apierror",
        ]),
];
