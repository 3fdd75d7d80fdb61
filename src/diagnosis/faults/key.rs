//! Faults that show in the key itself: missing, misshapen, of another provider.

mod heard;
#[cfg(test)]
mod tests;

use crate::diagnosis::answered::{self, exchange, finding};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::config::{HostKind, KeyFacts};
use crate::evidence::http::{Answerer, KeyWithheld};
use crate::evidence::{Evidence, Stage};
use crate::{say, text};

const SET_KEY: Fix = Fix::run_per(
    text!(
        en: "Set the key in the shell that starts the program",
        zh: "在启动程序的终端里设置密钥",
    ),
    "export OPENAI_API_KEY='sk-…'",
    "export OPENAI_API_KEY='sk-…'",
    "$env:OPENAI_API_KEY = \"sk-…\"",
);

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "key-missing",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "no API key was sent", zh: "请求没有带上 API 密钥"),
        explanation: text!(
            en: "The program found no key where it looks for one, so the request went out without it, or not at all.",
            zh: "程序没有找到密钥，请求因此没有携带密钥，或者根本没有发出。",
        ),
        fixes: &[
            SET_KEY,
            Fix::run(
                text!(en: "In a container, pass it in", zh: "在容器里要显式传入"),
                "docker run -e OPENAI_API_KEY …",
            ),
            Fix::advice(text!(
                en: "Services, cron jobs and editors started from a desktop do not read ~/.bashrc: set the key in their own configuration",
                zh: "系统服务、cron 任务、从桌面启动的编辑器都不会读取 ~/.bashrc：请在它们自己的配置里设置密钥",
            )),
        ],
        told_apart: text!(
            en: "Nothing was sent as a key. If one was sent and the answer still says that none arrived, something on the way removed it.",
            zh: "客户端确实没有发送密钥。如果发送了而应答仍说没有收到，则是途中被去掉了。",
        ),
        rivals: &["auth-header-stripped", "base-url-redirects"],
        explained_by: &["auth-header-stripped", "base-url-redirects", "key-malformed"],
        signs: &[
            Sign::says(&[
                "didn't provide an api key",
                "did not provide an api key",
                "no api key provided",
                "api key is required",
                "api key required",
                "api key is missing",
                "missing api key",
                "missing bearer",
                "missing authorization header",
                "missing authentication header",
                "authorization header is missing",
                "authorization header missing",
                "authorization header is required",
                "authorization header required",
                "no authorization header",
                "no auth credentials found",
                "no authentication token",
                "no api key passed in",
                "no cookie auth credentials found",
                "x-api-key header is required",
                "missing subscription key",
                "api_key client option must be set",
                "the openai_api_key environment variable is missing or empty",
                "did not find openai_api_key",
                "no api key found",
                "no api key for provider",
                "api key or token provider not found",
                "openai api key is missing",
                "missing openai api key",
                "missing openai_api_key",
                "credentials are missing",
                "missing credentials",
                "未配置 api key",
                "未填写 api key",
                "未设置 api key",
                "请先配置 api key",
                "未提供令牌",
                "no openai api key",
                "api key not set",
                "api key is not set",
                "api key not configured",
                "api key not found",
                "api key must be provided",
                "please provide an api key",
                "you must provide an api key",
                "must set the openai_api_key",
                "openai_api_key is not set",
                "openai_api_key not set",
                "missing credentials. please pass",
                "credentials are missing",
                "api key in the request is missing",
                "bearer undefined",
                "'bearer undefine",
                "bearer null",
                "bearer none",
                "未提供令牌",
                "未提供 api key",
                "未提供api key",
                "未配置api key",
                "未配置 api key",
                "缺少api key",
                "缺少 api key",
                "未提供密钥",
                "未设置密钥",
                "密钥为空",
                "api key 为空",
                "apikey 为空",
                "header中未收到authorization",
                "header 中未收到 authorization",
                "没有提供令牌",
                "token not provided",
                "authorization header not found",
                "no authentication provided",
                "authentication header is missing",
                "unregistered callers",
                "authentication fails (auth header format should be bearer",
                "no valid model provider credentials",
                "no valid provider credentials",
                "_api_key required",
                "must provide api authentication",
                "copilot token not found",
                "environment variable or pass it via",
            ]),
            Sign::coded(&["missing_api_key", "no_api_key", "api_key_missing"]),
            Sign::coded(&["1001"]).with_status(&[401]),
        ],
        detect: Some(missing),
        heard: heard::MISSING,
        ..Fault::BASE
    },
    Fault {
        code: "key-malformed",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the key holds characters that no key has", zh: "密钥里含有不该出现的字符"),
        explanation: text!(
            en: "A line break, a blank, a no-break space, a smart quote or a letter that is not ASCII came along when the key was copied. Clients refuse to put it in a header, or the server does not know it.",
            zh: "复制密钥时带进了换行、空格、不间断空格、智能引号或非 ASCII 字符。客户端会拒绝把它放进请求头，或者服务器不认识它。",
        ),
        fixes: &[
            SET_KEY,
            Fix::run_per(
                text!(en: "Look at the bytes without showing the key", zh: "查看字节，但不显示密钥"),
                "printf %s \"$OPENAI_API_KEY\" | LC_ALL=C tr -d 'A-Za-z0-9_-' | od -c",
                "printf %s \"$OPENAI_API_KEY\" | LC_ALL=C tr -d 'A-Za-z0-9_-' | od -c",
                "[regex]::Matches($env:OPENAI_API_KEY, '[^\\w-]') | % { [int][char]$_.Value }",
            ),
            Fix::run_per(
                text!(
                    en: "Kubernetes secrets: encode without the line feed; files from Windows: dos2unix",
                    zh: "Kubernetes Secret：编码时不要带换行；来自 Windows 的文件用 dos2unix 处理",
                ),
                "printf %s \"$OPENAI_API_KEY\" | base64",
                "printf %s \"$OPENAI_API_KEY\" | base64",
                "[Convert]::ToBase64String([Text.Encoding]::ASCII.GetBytes($env:OPENAI_API_KEY))",
            ),
        ],
        told_apart: text!(
            en: "The key as configured holds a character outside letters, digits, '-', '_' and '.'; “invalid header value” and “ascii codec can't encode” come from the client itself, no packet leaves.",
            zh: "配置的密钥含有字母、数字、“-”、“_”、“.”以外的字符；“invalid header value”和“ascii codec can't encode”由客户端自己报出，此时没有发包。",
        ),
        rivals: &["key-invalid", "key-quoted"],
        explained_by: &["key-quoted"],
        detect: Some(malformed),
        heard: heard::MALFORMED,
        signs: &[Sign::says(&[
            "malformed api key passed in",
            "api key contains invalid characters",
            "a correct key format",
        ])],
        ..Fault::BASE
    },
    Fault {
        code: "key-quoted",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the key is wrapped in quotes or brackets", zh: "密钥被引号或括号包住了"),
        explanation: text!(
            en: "The quotes were meant for a shell or come from an example, but they became part of the key. docker --env-file and cmd.exe's set keep quotes as they are.",
            zh: "引号本来是给 shell 用的，或者照抄了示例，结果成了密钥的一部分。docker --env-file 和 cmd.exe 的 set 都会原样保留引号。",
        ),
        fixes: &[
            SET_KEY,
            Fix::run_per(
                text!(en: "In cmd.exe, without quotes and without blanks around the =", zh: "在 cmd.exe 里不要加引号，= 两边也不要有空格"),
                "",
                "",
                "set OPENAI_API_KEY=sk-…",
            ),
        ],
        told_apart: text!(
            en: "The first and last characters of the key are a pair of quotes or brackets.",
            zh: "密钥的首尾字符是一对引号或括号。",
        ),
        rivals: &["key-invalid", "key-malformed"],
        detect: Some(quoted),
        ..Fault::BASE
    },
    Fault {
        code: "key-wrong-provider",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the key belongs to another provider", zh: "密钥属于另一家服务商"),
        explanation: text!(
            en: "The key is shaped like one of another provider than the one the base URL points to. A key works only where it was issued.",
            zh: "密钥的格式属于另一家服务商，而 base URL 指向的不是它。密钥只在签发它的服务商处有效。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Use a key that this endpoint issued, or change the base URL to the one of the key's provider",
                zh: "换用该端点签发的密钥，或者把 base URL 改成密钥所属服务商的地址",
            )),
            Fix::run(
                text!(en: "See which key and which base URL are in use, and why", zh: "查看生效的密钥、base URL 及其来源"),
                "openai-doctor config",
            ),
        ],
        told_apart: text!(
            en: "The key's prefix against the host: sk-proj- OpenAI, sk-ant- Anthropic, sk-or- OpenRouter, gsk_ Groq, AIza Google, xai- xAI, hf_ Hugging Face, 32 hexadecimal digits Azure. Relays issue sk- keys too.",
            zh: "用密钥前缀对照主机：sk-proj- 是 OpenAI，sk-ant- 是 Anthropic，sk-or- 是 OpenRouter，gsk_ 是 Groq，AIza 是 Google，xai- 是 xAI，hf_ 是 Hugging Face，32 位十六进制是 Azure。中转服务也会签发 sk- 密钥。",
        ),
        rivals: &["key-invalid", "env-shadows-config", "azure-key-or-endpoint-invalid"],
        explained_by: &["key-quoted", "base-url-not-an-api"],
        detect: Some(wrong_provider),
        signs: &[Sign::says(&["which is not compatible with the"])],
        ..Fault::BASE
    },
];

/// Statuses with which an endpoint refuses a key.
const REFUSED: &[u16] = &[400, 401, 403];

/// Whether a fault that shows in the key itself matters: the request was refused, or it got nowhere, or no client can
/// send the key, whatever an endpoint that asks for none answers without it.
fn key_matters(evidence: &Evidence) -> bool {
    let withheld = evidence.http.facts.key_withheld == Some(KeyWithheld::Unsendable);
    let malformed_url = evidence.config.facts.base_url.defect.is_some();
    let unhelpful = !answered::works(evidence) && (refused(evidence) || unheard(evidence));
    !malformed_url && (withheld || unhelpful)
}

/// Whether no endpoint had a say: the chain broke before, or only the settings were to be looked at.
fn unheard(evidence: &Evidence) -> bool {
    answered::unanswered(evidence) || answered::unasked(evidence)
}

fn refused(evidence: &Evidence) -> bool {
    answered::has_status(evidence, REFUSED) && !answered::is_page(evidence)
}

/// A finding about the key: what was answered, if anything was.
fn about_key(confidence: Confidence, evidence: &Evidence) -> Finding {
    finding(Stage::Api, confidence, evidence)
}

fn missing(evidence: &Evidence) -> Option<Finding> {
    if evidence.target.key.is_some() || evidence.config.facts.key.is_some() {
        return kept_back(evidence);
    }
    let url = &evidence.config.facts.base_url;
    // An edge answers an empty key with a blank page, so a page with status 400 or 401 counts.
    let refused = answered::has_status(evidence, &[400, 401])
        || (answered::has_status(evidence, &[403]) && speaks_of_keys(evidence));
    let hosted = url.host_kind == HostKind::Public && url.provider.is_some() && url.defect.is_none();
    if !(refused || (hosted && unheard(evidence))) {
        return None;
    }
    let interceptors = [Some(Answerer::ClientProxy), Some(Answerer::Interceptor)];
    if refused && interceptors.contains(&evidence.http.facts.answered_by) {
        return None;
    }
    Some(
        about_key(Confidence::Confirmed, evidence)
            .because(text!(
                en: "neither the environment, nor a key file, nor the configuration file holds a key",
                zh: "环境变量、密钥文件和配置文件中都没有密钥",
            ))
            .not("auth-header-stripped", text!(en: "there was no key to strip", zh: "本来就没有密钥可以去掉")),
    )
}

/// The key exists and this run did not send it, out of caution.
fn kept_back(evidence: &Evidence) -> Option<Finding> {
    if evidence.http.facts.key_withheld != Some(KeyWithheld::PlainHttp) || !answered::has_status(evidence, &[401, 403])
    {
        return None;
    }
    Some(
        Finding::degraded(Stage::Api, Confidence::Possible)
            .because_if(exchange(evidence))
            .because(text!(
                en: "this run kept the key back, because the base URL is plain http to another machine, where everyone on the way could read it",
                zh: "本次运行没有发送密钥：base URL 是指向另一台机器的明文 http，途中任何人都能读到密钥",
            ))
            .fix(text!(en: "Use https", zh: "改用 https"), None)
            .fix(
                text!(en: "Or, if the network between is yours, send it anyway", zh: "如果中间的网络由你掌控，也可以仍然发送"),
                Some("openai-doctor diagnose --allow-plaintext-key".to_owned()),
            ),
    )
}

fn speaks_of_keys(evidence: &Evidence) -> bool {
    let Some(answer) = Answer::of(evidence) else { return false };
    let said = answer.message.to_lowercase();
    !answer.html
        && ["api key", "api-key", "apikey", "authoriz", "authentic", "token", "令牌", "密钥"]
            .iter()
            .any(|word| said.contains(word))
}

fn malformed(evidence: &Evidence) -> Option<Finding> {
    let key = evidence.config.facts.key.as_ref()?;
    if (key.bad_characters.is_empty() && key.sendable) || !key_matters(evidence) {
        return None;
    }
    let mut found = about_key(Confidence::Confirmed, evidence);
    let (origin, length) = (&key.origin, key.length);
    for bad in key.bad_characters.iter().take(4) {
        let (position, code_point) = (bad.position, &bad.code_point);
        found = found.because(say!(
            en: "character {position} of the {length} in the key from {origin} is {code_point}",
            zh: "来自 {origin} 的密钥共 {length} 个字符，其中第 {position} 个是 {code_point}",
        ));
    }
    if !key.sendable {
        found = found.because(text!(
            en: "no HTTP header can hold it, so it was not sent",
            zh: "HTTP 头无法携带这样的值，因此没有发送",
        ));
    }
    Some(found.not(
        "key-invalid",
        text!(en: "the provider never saw the key as it was issued", zh: "服务商收到的并不是它签发的原样密钥"),
    ))
}

fn quoted(evidence: &Evidence) -> Option<Finding> {
    let key = evidence.config.facts.key.as_ref()?;
    let wrapper = key.wrapped_in.as_deref()?;
    if !key_matters(evidence) {
        return None;
    }
    let origin = &key.origin;
    Some(
        about_key(Confidence::Confirmed, evidence)
            .because(say!(
                en: "the first and the last character of the key from {origin} are {wrapper}",
                zh: "来自 {origin} 的密钥首尾字符是 {wrapper}",
            ))
            .not(
                "key-invalid",
                text!(en: "the provider never saw the key as it was issued", zh: "服务商收到的并不是它签发的原样密钥"),
            ),
    )
}

fn wrong_provider(evidence: &Evidence) -> Option<Finding> {
    let config = &evidence.config.facts;
    let key = config.key.as_ref()?;
    if key.looks_like.is_empty() || !key_matters(evidence) || config.base_url.host_kind != HostKind::Public {
        return None;
    }
    let kin = key.looks_like.join(", ");
    let found = match &config.base_url.provider {
        Some(provider) => {
            if key.looks_like.iter().any(|kin| kin.eq_ignore_ascii_case(provider)) {
                return None;
            }
            // A prefix that many share says something only of a key that was refused.
            let shared = key.looks_like.len() > 1;
            let confidence = match (refused(evidence), shared) {
                (true, false) => Confidence::Confirmed,
                (true, true) | (false, false) => Confidence::Likely,
                (false, true) => return None,
            };
            about_key(confidence, evidence).because(say!(
                en: "the host belongs to {provider}, the key is shaped like one of {kin}",
                zh: "主机属于 {provider}，而密钥的格式属于 {kin}",
            ))
        }
        // A relay may issue keys of any shape, so only a shape that is another's alone, and refused, says something.
        None if refused(evidence) && is_distinctive(key) => about_key(Confidence::Possible, evidence).because(say!(
            en: "the key is shaped like one of {kin}, and this endpoint, which is not theirs, refuses it",
            zh: "密钥的格式属于 {kin}，而这个端点不是它们的，并且拒绝了该密钥",
        )),
        None => return None,
    };
    Some(
        found.not(
            "key-malformed",
            text!(en: "every character of the key is one that keys have", zh: "密钥中的字符都合法"),
        ),
    )
}

/// Whether the key's shape belongs to one provider alone, and relays do not imitate it.
fn is_distinctive(key: &KeyFacts) -> bool {
    key.looks_like.len() == 1 && !key.looks_like[0].eq_ignore_ascii_case("openai")
}
