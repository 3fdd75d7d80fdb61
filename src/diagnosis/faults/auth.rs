//! Faults of a key that was sent: unknown, too weak, expired, lost on the way.

mod heard;
mod invalid;

use crate::diagnosis::answered::{self, finding};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::{Evidence, Stage};
use crate::{say, text};

use super::trial::request as trial;

pub(super) const FAULTS: &[Fault] = &[
    invalid::KEY_INVALID,
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
