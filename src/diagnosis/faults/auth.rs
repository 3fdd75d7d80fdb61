//! Faults of a key that was sent: unknown, too weak, expired, lost on the way.

mod heard;

use crate::diagnosis::answered::{self, finding};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::{Evidence, Stage};
use crate::{say, text};

use super::trial::request as trial;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
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
        ],
        specify: Some(invalid),
        heard: heard::INVALID,
        ..Fault::BASE
    },
    Fault {
        code: "key-scope-missing",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the key lacks a scope", zh: "密钥缺少所需权限"),
        explanation: text!(
            en: "The key is known, but it is restricted, or its owner's role in the organization or project does not allow this operation.",
            zh: "密钥有效，但它是受限密钥，或者其所有者在组织、项目中的角色不允许此操作。",
        ),
        impact: text!(en: "some endpoints", zh: "部分接口"),
        fixes: &[
            Fix::advice(text!(
                en: "Give the key the scope that the message names (api.model.read, model.request, api.responses.write, …), or use an unrestricted key",
                zh: "给密钥加上消息中提到的权限（api.model.read、model.request、api.responses.write 等），或者换用不受限的密钥",
            )),
            Fix::advice(text!(
                en: "Check the owner's role: Reader or Writer in the organization, Member in the project",
                zh: "检查所有者的角色：在组织中至少是 Reader 或 Writer，在项目中至少是 Member",
            )),
        ],
        told_apart: text!(
            en: "The message lists the missing scopes; another endpoint may accept the same key.",
            zh: "消息里列出了缺少的权限；同一密钥访问别的接口可能正常。",
        ),
        rivals: &["key-invalid", "organization-mismatch"],
        explained_by: &[
            "organization-mismatch",
            "waf-blocked-user-agent",
            "key-missing",
            "key-malformed",
            "key-quoted",
            "key-wrong-provider",
            "auth-header-stripped",
            "base-url-not-an-api",
            "gateway-block-page",
            "captive-portal",
            "proxy-connect-denied",
            "loopback-through-proxy",
        ],
        signs: &[
            Sign::says(&[
                "missing scopes",
                "missing scope",
                "insufficient permissions for this operation",
                "insufficient permissions",
                "insufficient_scope",
                "lacks the required data action",
                "does not have permission to perform",
                "you do not have permission to perform this",
                "this token does not have the required",
                "missing permissions",
                "this authentication method does not have sufficient permissions",
                "does not have sufficient permissions to call inference providers",
                "权限不足",
                "only authorized for use with claude code",
                "appidnoautherror",
                "permission is required to access this endpoint",
                "`models` permission is required",
                "此 api key 无权访问",
                "api requests are not allowed",
            ]),
            Sign::coded(&["missing_scope", "missing_scopes", "insufficient_permissions", "insufficient_scope"]),
            Sign::coded(&["permissiondenied"]).with_status(&[401, 403]),
            // 403 and no page: the key is known, and something is not allowed to it.
            Sign::status(&[403]).html(false),
        ],
        specify: Some(|_, evidence, found| trial::scope(found, evidence)),
        heard: heard::SCOPE,
        ..Fault::BASE
    },
    Fault {
        code: "key-session-invalidated",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(
            en: "the sign-in token was invalidated or has expired",
            zh: "登录令牌已失效或过期",
        ),
        explanation: text!(
            en: "The program signs in with an account instead of an API key, and that session has ended: by time, by signing out elsewhere, or by a changed password.",
            zh: "程序使用账号登录而不是 API 密钥，该会话已经结束：过期、在别处退出登录，或修改了密码。",
        ),
        fixes: &[
            Fix::advice(text!(en: "Sign in again in that program", zh: "在该程序里重新登录")),
            Fix::advice(
                text!(en: "Or use an API key, which does not expire by itself", zh: "或者改用 API 密钥，它不会自行过期"),
            ),
        ],
        told_apart: text!(
            en: "The answer speaks of a token or session that expired or was invalidated, not of an API key.",
            zh: "应答说的是令牌或会话过期、失效，而不是 API 密钥。",
        ),
        rivals: &["key-invalid"],
        signs: &[
            Sign::says(&[
                "chatgpt is not login",
                "failed to get copilot token",
                "authorize your github copilot token",
                "请先登录 https://chatgpt",
            ]),
            Sign::says(&[
                "authentication token has been invalidated",
                "authentication token is expired",
                "could not parse your authentication token",
                "please try signing in again",
                "sign in again",
                "log in again",
                "please re-authenticate",
                "access token could not be refreshed",
                "refresh token",
                "oauth token has expired",
                "oauth token has been revoked",
                "access token expired",
                "access token has expired",
                "token has expired",
                "unauthorized: token expired",
                "oauth token expired",
                "bearer token expired",
                "token expired",
                "session has expired",
                "session expired",
                "your session has ended",
                "jwt expired",
                "登录已过期",
                "登录已失效",
                "请重新登录",
                "会话已过期",
                "登录状态已失效",
            ])
            .but_not(&["api key expired", "invalid proxy server token"]),
            Sign::coded(&[
                "token_invalidated",
                "token_expired",
                "expired_token",
                "refresh_token_reused",
                "refresh_token_expired",
                "refresh_token_invalidated",
                "session_expired",
                "token_revoked",
            ]),
        ],
        retry: Retry::No,
        heard: heard::SESSION,
        ..Fault::BASE
    },
    Fault {
        code: "litellm-key-unknown",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "the LiteLLM proxy does not know the key", zh: "LiteLLM 代理不认识这个密钥"),
        explanation: text!(
            en: "A LiteLLM proxy answered, and it accepts only the virtual keys that it issued itself, not the keys of the providers behind it.",
            zh: "应答的是 LiteLLM 代理，它只接受自己签发的虚拟密钥，不接受其背后服务商的密钥。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Use a virtual key of this proxy (its owner creates one under /key/generate or in its web interface)",
                zh: "使用该代理签发的虚拟密钥（由管理员通过 /key/generate 或管理界面创建）",
            )),
            Fix::advice(text!(
                en: "Owner: check that the database of keys is connected and that the master key is the expected one",
                zh: "管理员：检查密钥数据库是否已连接、master key 是否正确",
            )),
        ],
        told_apart: text!(
            en: "The headers start with x-litellm-, or the message speaks of a virtual key or a proxy server token.",
            zh: "响应头以 x-litellm- 开头，或者消息里提到 virtual key、proxy server token。",
        ),
        rivals: &["key-invalid", "key-wrong-provider"],
        explained_by: &["key-quoted", "key-malformed"],
        signs: &[
            Sign::says(&[
                "token_not_found_in_db",
                "unable to find token in cache or",
                "litellm_verificationtoken",
                "invalid proxy server token passed",
                "litellm virtual key expected",
                "authentication error, litellm",
                "no connected db",
                "key hash (token)",
            ]),
            Sign::typed(&["token_not_found_in_db"]),
            Sign::coded(&["token_not_found_in_db"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "auth-header-stripped",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(
            en: "something on the way removes the Authorization header",
            zh: "途中有设备去掉了 Authorization 头",
        ),
        explanation: text!(
            en: "The key was sent, and the answer says that none arrived. A relay, a gateway or a proxy in between does not pass the header on, or expects the key in another header.",
            zh: "密钥已经发送，应答却说没有收到。中间的中转、网关或代理没有转发该请求头，或者要求把密钥放在别的请求头里。",
        ),
        fixes: &[
            Fix::run(
                text!(en: "In the relay's nginx, pass the header on", zh: "在中转的 nginx 中转发该请求头"),
                "proxy_set_header Authorization $http_authorization;",
            ),
            Fix::run(
                text!(en: "Try the key in the header that Azure and some gateways expect", zh: "换成 Azure 及部分网关要求的请求头试试"),
                "curl -i {base_url}/models -H \"api-key: $OPENAI_API_KEY\"",
            ),
        ],
        told_apart: text!(
            en: "The same key works when sent straight to the origin.",
            zh: "同一密钥直接发往源站可以正常使用。",
        ),
        rivals: &["key-missing", "base-url-redirects"],
        explained_by: &["key-malformed", "key-quoted"],
        detect: Some(stripped),
        ..Fault::BASE
    },
];

fn stripped(evidence: &Evidence) -> Option<Finding> {
    if !evidence.http.facts.key_sent || !answered::has_status(evidence, &[400, 401, 403]) {
        return None;
    }
    let answer = Answer::of(evidence)?;
    let unseen = crate::diagnosis::sign::best(&answer)?.code == "key-missing";
    if !unseen && trial::other_header(evidence).is_none() {
        return None;
    }
    let (origin, tail) = match &evidence.target.key {
        Some(key) => (key.origin.as_str(), key.tail.as_str()),
        None => ("", ""),
    };
    let found = finding(Stage::Api, Confidence::Likely, evidence)
        .because(say!(
            en: "the key …{tail} from {origin} was sent with this very request",
            zh: "本次请求确实发送了来自 {origin} 的密钥 …{tail}",
        ))
        .not("key-missing", text!(en: "a key was sent", zh: "密钥已经发送"))
        .not("base-url-redirects", text!(en: "the answer is no redirect", zh: "应答不是重定向"));
    Some(trial::stripped(found, evidence))
}

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
