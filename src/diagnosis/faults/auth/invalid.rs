//! A key that the API does not know.

use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::{say, text};

use super::heard;

pub(super) const KEY_INVALID: Fault = Fault {
    code: "key-invalid",
    layer: Layer::Application,
    owner: Owner::Account,
    title: text!(en: "the provider does not know the key", zh: "服务商不认识这个密钥"),
    explanation: text!(
        en: "The request reached the API and was refused for its key: it was revoked, deleted, cut off when copied, or mistyped.",
        zh: "请求到达了 API，但密钥被拒绝：它可能已吊销、已删除、复制不全或输错了。",
    ),
    fixes: &[
        Fix::advice(text!(
            en: "Create a new key where this endpoint issues them (OpenAI: platform.openai.com/api-keys) and put it in place of the old one",
            zh: "到该端点的密钥页面新建密钥（OpenAI：platform.openai.com/api-keys），替换旧密钥",
        )),
        Fix::advice(text!(
            en: "Compare the last four characters of the key in use with those on the provider's page: another source may override the one you meant",
            zh: "对照生效密钥的末四位与服务商页面上的末四位：可能有别的来源覆盖了你想用的密钥",
        )),
    ],
    told_apart: text!(
        en: "The key has the right shape, it arrived (the answer quotes it), and every endpoint refuses it.",
        zh: "密钥格式正确，也确实送达（应答里回显了它），但所有接口都拒绝它。",
    ),
    rivals: &[
        "key-wrong-provider",
        "key-quoted",
        "env-shadows-config",
        "organization-mismatch",
        "account-deactivated",
        "relay-status-rewritten",
    ],
    explained_by: &[
        "organization-mismatch",
        "key-quoted",
        "key-malformed",
        "key-wrong-provider",
        "key-missing",
        "auth-header-stripped",
        "base-url-not-an-api",
        "gateway-block-page",
        "captive-portal",
    ],
    signs: &[
        Sign::says(&[
            "incorrect api key",
            "invalid api key",
            "invalid api-key",
            "invalid apikey",
            "invalid api token",
            "invalid auth key",
            "invalid auth_key",
            "api key is invalid",
            "api key not valid",
            "api key you provided is invalid",
            "your api key is not valid",
            "your api key is invalid",
            "the api key is invalid",
            "api key invalid",
            "api key provided is invalid",
            "wrong api key",
            "wrong api-key",
            "unknown api key",
            "api key has been revoked",
            "api key has expired",
            "api key expired",
            "api key was deleted",
            "api key has been disabled",
            "key has been disabled",
            "invalid x-api-key",
            "invalid bearer token",
            "invalid token",
            "token is invalid",
            "token seems invalid",
            "invalid access token",
            "invalid authentication",
            "invalid authorization",
            "invalid credentials",
            "invalid credential",
            "incorrect credentials",
            "authentication fails",
            "authentication_failed",
            "authenticate failed",
            "unauthorized: invalid",
            "credentials are invalid",
            "your api key: ****",
            "expected openai api key",
            "malformed api key",
            "malformed bearer",
            "api key format is incorrect",
            "api key or ak/sk in the request is missing or invalid",
            "user not found.",
            "api_key_invalid",
            "无效的令牌",
            "无效令牌",
            "令牌无效",
            "令牌不存在",
            "该令牌状态不可用",
            "令牌状态不可用",
            "该令牌已过期",
            "令牌已过期",
            "令牌已被禁用",
            "令牌验证失败",
            "令牌校验失败",
            "认证失败",
            "鉴权失败",
            "authorization token非法",
            "密钥无效",
            "无效的密钥",
            "无效的 api",
            "无效的api",
            "无效的 key",
            "无效的key",
            "api key 无效",
            "api key无效",
            "apikey 无效",
            "apikey无效",
            "密钥错误",
            "api key 错误",
            "api key错误",
            "apikey错误",
            "invalidproviderapikey",
            "密钥不正确",
            "invalid username or password",
            "密钥已失效",
            "key无效",
            "无效的访问令牌",
            "this token has expired",
            "token status is unavailable",
            "api key is disabled",
            "api_key_disabled",
            "was reported as leaked",
            "api key was reported as leaked",
            "iam certification failed",
            "invalid_iam_token",
            "secretid is not found",
            "api key not found. please pass a valid api key",
        ]),
        // TLS and proxies fail to authenticate too.
        Sign::says(&["authentication failed", "身份验证失败"]).but_not(&[
            "ssl",
            "tls",
            "transport stream",
            "传输流",
            "see inner exception",
            "proxy",
        ]),
        Sign::coded(&[
            "invalid_api_key",
            "invalid_apikey",
            "invalidapikey",
            "api_key_invalid",
            "incorrect_api_key",
            "invalid_token",
            "invalid_key",
            "invalid_authentication",
            "key_not_found",
        ]),
        // Zhipu's numbers.
        Sign::coded(&["1000", "1002", "1003", "1004"]).with_status(&[401]),
        Sign::typed(&[
            "invalid_api_key",
            "authentication_error",
            "invalid_authentication_error",
            "incorrect_api_key_error",
            "authenticationerror",
            "invalid_api_key_error",
        ]),
        Sign::status(&[401]),
        Sign::says(crate::diagnosis::faults::MINIMAX).with_code(&["2049"]),
    ],
    specify: Some(invalid),
    heard: heard::INVALID,
    ..Fault::BASE
};

fn invalid(answer: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let mut found = found;
    if let Some(key) = &evidence.config.facts.key {
        let (origin, tail, length) = (&key.origin, &key.tail, key.length);
        found = found.because(say!(
            en: "the key …{tail} from {origin}, {length} characters long, was sent",
            zh: "发送的是来自 {origin} 的密钥 …{tail}，长 {length} 个字符",
        ));
        if key.placeholder {
            found = found.because(text!(
                en: "it is an example out of a manual, not a key",
                zh: "它是文档里的示例，不是真正的密钥",
            ));
        }
        if key.wrapped_in.is_none() {
            found = found
                .not("key-quoted", text!(en: "its first and last characters are no quotes", zh: "密钥首尾没有引号"));
        }
        if key.bad_characters.is_empty() {
            found = found.not(
                "key-malformed",
                text!(en: "every character of it is one that keys have", zh: "密钥中的字符都合法"),
            );
        }
    }
    if answer.message.contains("***") {
        found = found.not(
            "auth-header-stripped",
            text!(en: "the answer quotes the key, so it arrived", zh: "应答回显了密钥，说明它已送达"),
        );
    }
    found
}
