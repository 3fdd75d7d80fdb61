//! An endpoint's words about keys and sign-ins, where a client prints nothing else of its answer.

use crate::diagnosis::Heard;

/// The word "authentication" that is TLS's, a mail server's or a database's own.
const NOT_OF_KEYS: &[&str] =
    &["ssl", "tls", "transport stream", "传输流", "see inner exception", "proxy", "sasl", "kerberos", "publickey"];

#[rustfmt::skip]
pub(super) const INVALID: &[Heard] = &[
    Heard::symptom(&["finished raised authenticationerror"]),
    Heard::cause(&[
        "security token included in the request is invalid", "security token included in the request is expired",
        "api_key is not valid",
    ]),
    Heard::cause(&[
        "no such api key", "api key rejected", "api key was rejected", "rejected your api key",
        "api key does not exist", "api key is not valid", "api key is incorrect", "api key incorrect",
        "api key not recognized", "api key not accepted", "bad api key", "wrong api key", "invalid openai api key",
        "invalid openai key", "incorrect openai", "invalid api_key", "incorrect api_key", "invalid_api_key",
        "apikey is invalid", "apikey invalid", "invalid secret key", "api key is valid and",
        "api key may be invalid", "api key might be invalid", "api key seems invalid", "api key is either",
        "api key or token", "unauthorized: please check", "unauthorized. please check", "not authorized: invalid",
        "is not a valid api key", "not a valid openai api key", "key is no longer valid", "密钥是否正确",
        "密钥无效或", "api 密钥无效", "api密钥无效", "令牌已过期或", "api key 无效或", "无效的 openai",
        "key 已失效", "key已失效", "key 不存在", "key不存在",
    ])
    .but_not(NOT_OF_KEYS),
    // A client's advice: it may be about something else as well.
    Heard::symptom(&[
        "check your api key", "check if your api key", "verify your api key", "make sure your api key",
        "ensure your api key", "检查你的 api key", "检查你的api key", "检查您的 api key", "检查您的api key",
        "检查 api key", "检查api key", "检查apikey", "检查 apikey", "检查密钥", "检查你的密钥",
    ])
    .but_not(&["network", "connection", "timeout", "timed out", "网络", "连接", "超时"]),
    Heard::symptom(&[
        "authentication error", "authentication failed", "authenticationerror", "unauthorized access",
    ])
    .and(&[
        "openai", "api key", "api_key", "anthropic", "deepseek", "llm", "completions", "code\":10000", "claude",
    ])
    .but_not(NOT_OF_KEYS),
];

#[rustfmt::skip]
pub(super) const SCOPE: &[Heard] = &[
    Heard::symptom(&["forbidden - perhaps check your credentials", "finished raised permissiondeniederror"]),
    Heard::cause(&["principal does not have access to api/operation"]),
    Heard::cause(&[
        "missing permission to use", "restricted api key", "api key does not have permission",
        "key lacks permission", "api key lacks", "api key doesn't have", "missing scopes:",
        "missing the required scope", "lacks the required scope", "not have the required permission",
        "key 没有权限", "密钥没有权限", "令牌没有权限",
    ]),
];

#[rustfmt::skip]
pub(super) const SESSION: &[Heard] = &[
    Heard::cause(&[
        "access token invalid or no longer valid", "access token is invalid or no longer valid",
        "oauth token revoked", "requires re-authentication", "not authenticated with openai codex",
    ]),
    Heard::cause(&[
        "please log in again", "please login again", "please sign in again", "try signing in again",
        "please re-login", "you need to log in again", "your session has expired", "login session expired",
        "login expired", "login has expired", "session token expired", "failed to refresh token",
        "token refresh failed", "token 刷新失败", "刷新 token 失败", "刷新token失败", "refresh_token 失效",
        "failed to refresh access token", "refresh token is invalid", "refresh token has expired",
        "refresh token expired", "refresh_token_reused", "refresh token was already used",
        "could not refresh your access token", "authentication token has been invalidated",
        "oauth token has expired", "oauth session expired", "登录状态已过期", "登录信息已过期", "请重新登陆",
        "重新登录后",
    ])
    .but_not(&["docker", "github.com", "npm ", "aws ", "gcloud", "az login", "kubectl"]),
];
