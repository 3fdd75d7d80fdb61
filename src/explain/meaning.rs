//! What an answer means whose wording no rule knows: of what it speaks and what it says of it, within one sentence.
//!
//! Every provider, relay and program finds words of its own for "the key is wrong". The things spoken of (a key, a model,
//! money) and what is said of them (wrong, missing, used up) are few; a fault is a pair of them. This is asked
//! only where the wordings beside the faults said nothing: of an answer's own message, or of a paste that speaks of
//! models and of nothing else. The table stands here and not beside the faults, for its words are shared by all of them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::diagnosis::{Fault, faults};

/// Sentences longer than this, in bytes, are looked at in parts.
const LONGEST: usize = 400;
/// The most sentences of a text that are looked at.
const MOST: usize = 400;

/// A group of words that mean the same here; one bit.
type Group = u64;

macro_rules! groups {
    ($($name:ident = $words:expr;)*) => {
        groups!(@bits 0; $($name)*);
        /// The words of each group.
        #[rustfmt::skip]
        const GROUPS: &[(Group, &[&str])] = &[$(($name, $words)),*];
    };
    (@bits $bit:expr; $name:ident $($rest:ident)*) => {
        const $name: Group = 1 << ($bit);
        groups!(@bits $bit + 1; $($rest)*);
    };
    (@bits $bit:expr;) => {};
}

// Words of ASCII letters begin where a word begins; what ends in a blank or is short ends there too.
groups! {
    KEY = &[
        "api key", "api-key", "api_key", "apikey", "api token", "access token", "auth token", "bearer", "credential",
        "secret key", "user key", "key ", "authentication", "authorization header", "密钥", "令牌", "凭证",
        "clé api", "clave de api", "api-schlüssel", "apiキー", "api 키",
    ];
    MODEL = &["model", "deployment", "engine ", "模型", "modèle", "modelo", "modell", "モデル"];
    MONEY = &[
        "quota", "credit", "balance", "billing", "budget", "funds", "spend", "spending", "usage limit", "prepaid", "payment",
        "额度", "余额", "欠费", "配额", "账单", "費用", "crédit", "saldo", "guthaben",
    ];
    RATE = &[
        "rate limit", "rate-limit", "ratelimit", "too many requests", "requests per", "throttl", "tpm ", "rpm ", "qps ",
        "rps ", "concurren", "slow down", "too fast", "频率", "限流", "并发", "速率", "频繁", "请求过多", "请求数限制",
    ];
    TOKENS = &["token", "context length", "context window", "context size", "context", "prompt", "input", "上下文", "输入"];
    REGION = &["country", "countries", "region", "territory", "location", "地区", "国家", "区域", "your ip", "vpn"];
    UPSTREAM = &["upstream", "provider", "backend", "channel", "上游", "渠道"];
    STREAM = &["stream", "chunk", "sse ", "response body", "流式", "数据流"];
    CONTENT = &[
        "content", "safety", "policy", "policies", "moderation", "guideline", "prompt", "内容", "安全", "敏感",
    ];
    PARAMETER = &[
        "parameter", "argument", "field", "property", "参数", "字段", "schema", "role", "tool", "function", "temperature",
        "max_tokens", "messages", "response_format", "attribute", "option", "header", "request body", "请求体", "请求参数",
    ];
    REQUEST = &["request is", "request body", "your request", "request was", "请求"];
    ACCOUNT = &["account", "organization", "organisation", "workspace", "账号", "账户", "帐号", "帐户", "用户"];
    PATH = &["url", "endpoint", "route", "path", "uri", "接口", "路径", "页面"];
    REACH = &[
        "connect", "reach", "contact", "communicat", "network", "send request", "sending request", "连接", "网络", "访问",
        "fetch",
    ];
    CONNECTING = &["connect to", "connecting", "connect timeout", "connection to", "连接到", "建立连接", "连接 "];
    SERVER = &["server", "service", "system", "api ", "服务", "系统", "服务器"];
    CERTIFICATE = &["certificate", "证书", "zertifikat", "certificat", "certificado", "証明書", "인증서"];
    CALL = &[
        "request", "call", "api ", "model", "llm", "response", "reply", "generation", "completion", "upstream", "server",
        "service", "provider", "请求", "调用", "接口", "模型", "响应", "等待", "回复", "服务", "上游", "对话",
    ];

    WRONG = &[
        "invalid", "incorrect", "wrong", "bad ", "not valid", "isn't valid", "is not correct", "rejected", "revoked",
        "expired", "malformed", "unrecognized", "not recognized", "not accepted", "check your", "unauthorized", "inválid",
        "invalide", "ungültig", "无效", "错误", "不正确", "失效", "过期", "不合法", "有误", "非法", "verification failed",
        "验证失败", "认证失败", "鉴权失败", "authentication failed",
    ];
    MISSING = &[
        "missing", "not provided", "not set", "required", "must provide", "didn't provide", "did not provide", "is empty",
        "not configured", "no api key", "not found in", "please provide", "please set", "please enter", "please add",
        "please configure", "no key", "isn't set", "未提供", "缺少", "缺失", "未设置", "未配置", "未填写", "为空", "请填写",
        "请设置", "请输入", "请配置", "没有提供",
    ];
    UNKNOWN = &[
        "not found", "does not exist", "doesn't exist", "do not exist", "unknown", "no such", "could not find",
        "cannot find", "can't find", "couldn't find", "not supported", "unsupported", "not available", "unavailable",
        "isn't available", "not exist", "invalid", "no longer", "deprecated", "retired", "decommissioned", "not a valid",
        "not loaded", "not installed", "not recognized", "pull ", "不存在", "未找到", "找不到", "不支持", "已下线", "无效",
        "没有找到", "不可用", "introuvable", "no encontrado", "nicht gefunden",
    ];
    DENIED = &[
        "access", "permission", "not allowed", "not authorized", "not enabled", "not entitled", "not permitted", "denied",
        "plan", "subscription", "tier", "upgrade", "forbidden", "权限", "无权", "未开通", "未授权", "开通", "拒绝",
    ];
    NEGATED = &[
        "not ", "no ", "don't", "doesn't", "cannot", "can't", "lack", "without", "only", "denied", "need", "require",
        "insufficient", "forbidden", "无", "没有", "未", "不", "仅", "需要",
    ];
    SPENT = &[
        "exceed", "insufficient", "exhausted", "ran out", "run out", "running out", "out of", "not enough", "doesn't have",
        "don't have", "no ", "depleted", "reached", "used up", "too low", "is low", "negative", "hit your", "hit the",
        "over ", "overdue", "zero", "add ", "top up", "purchase", "buy ", "recharge", "不足", "用尽", "用完", "超出", "耗尽",
        "超限", "超过", "欠费", "充值", "已达", "上限", "不够",
    ];
    LONG = &[
        "too long", "too large", "too many tokens", "exceed", "maximum", "longer than", "greater than", "larger than",
        "limit", "overflow", "too big", "超过", "过长", "超出", "太长", "上限", "最大",
    ];
    CLOSED = &[
        "not supported", "unsupported", "not available", "unavailable", "restricted", "blocked", "not allowed", "forbidden",
        "may not be supported", "isn't supported", "not be available", "prohibited", "不支持", "不可用", "限制", "禁止",
    ];
    FAILED = &[
        "could not", "couldn't", "cannot", "can't", "unable", "fail", "error", "lost", "unreachable", "not reachable",
        "not responding", "no response", "problem", "trouble", "refused", "broken", "无法", "失败", "错误", "异常", "中断",
        "不通", "出错",
    ];
    BUSY = &[
        "overload", "busy", "capacity", "high demand", "high traffic", "heavy load", "too much traffic", "high load",
        "heavy traffic", "currently unavailable", "temporarily unavailable", "under load", "peak", "繁忙", "过载", "负载",
        "拥挤", "高峰",
    ];
    CUT = &[
        "ended", "closed", "interrupt", "terminat", "premature", "abort", "incomplete", "dropped", "truncat", "disconnect",
        "中断", "断开", "提前", "不完整",
    ];
    FILTERED = &[
        "filter", "flagged", "violat", "blocked", "inappropriate", "unsafe", "not comply", "sensitive", "prohibited",
        "拦截", "违规", "违反", "审核", "敏感词", "不合规", "过滤",
    ];
    TIME = &["timed out", "timeout", "time out", "time-out", "too long to respond", "too long to answer", "超时"];
    INTERNAL = &["internal error", "internal server", "unexpected error", "unknown error", "内部错误", "内部异常", "服务器错误"];
    SUSPENDED = &[
        "deactivat", "suspended", "banned", "disabled", "terminated", "blocked", "locked", "封禁", "停用", "禁用", "冻结",
    ];
    UNEXPECTED = &["unsupported", "not supported", "unrecognized", "unknown", "unexpected", "not permitted", "extra ", "不支持"];
    EXPIRED = &["expired", "has passed", "no longer valid", "过期", "abgelaufen", "expiré", "caducado"];
    UNVERIFIED = &[
        "untrusted", "not trusted", "self-signed", "self signed", "unknown authority", "unknown issuer", "invalid",
        "不受信任", "无法验证", "验证失败", "自签",
    ];
    VERIFIED = &["verif", "validat", "验证", "校验"];
    OVERDUE = &[
        "timed out", "time out", "time-out", "too long to respond", "too long to answer", "took longer", "took too long",
        "timeout exceeded", "timeout reached", "timeout expired", "timeout occurred", "timeout error", "timeout after",
        "timeout waiting", "timeout while", "timeout of", "deadline exceeded", "超时", "délai dépassé", "タイムアウト",
        "시간 초과", "tiempo de espera", "zeitüberschreitung", "tempo esgotado",
    ];
    BOUND = &["must be", "must not", "exceeds", "should be", "expected ", "longer than", "at most", "at least", "必须", "不能大于"];
    AGAIN = &["try again", "retry", "later", "稍后", "重试"];
}

/// A fault is meant where a sentence holds a word of each of these groups.
struct Meaning {
    code: &'static str,
    all: Group,
    /// And none of these.
    but: Group,
    /// Whether it is meant in an answer's own message only.
    answer: bool,
}

const fn meaning(code: &'static str, all: Group) -> Meaning {
    Meaning { code, all, but: 0, answer: false }
}

impl Meaning {
    const fn but(self, but: Group) -> Self {
        Self { but, ..self }
    }

    /// Such words are too common outside of an answer.
    const fn of_answer(self) -> Self {
        Self { answer: true, ..self }
    }
}

/// The more specific first.
const MEANINGS: &[Meaning] = &[
    meaning("region-unsupported", REGION | CLOSED),
    meaning("tls-certificate-expired", CERTIFICATE | EXPIRED),
    meaning("tls-certificate-untrusted", CERTIFICATE | UNVERIFIED),
    meaning("tls-certificate-untrusted", CERTIFICATE | VERIFIED | FAILED),
    meaning("quota-exhausted", MONEY | SPENT),
    meaning("account-deactivated", ACCOUNT | SUSPENDED),
    meaning("content-filtered", CONTENT | FILTERED),
    meaning("context-length-exceeded", TOKENS | LONG).but(RATE | MONEY | PARAMETER),
    meaning("key-missing", KEY | MISSING),
    meaning("key-invalid", KEY | WRONG),
    meaning("key-invalid", KEY | SUSPENDED),
    meaning("request-invalid", PARAMETER | BOUND),
    meaning("model-access-denied", MODEL | DENIED | NEGATED),
    meaning("model-not-found", MODEL | UNKNOWN).but(PARAMETER),
    meaning("rate-limited-requests", RATE).of_answer(),
    meaning("stream-truncated", STREAM | CUT),
    meaning("service-overloaded", BUSY | SERVER),
    meaning("service-overloaded", BUSY | AGAIN),
    meaning("service-overloaded", BUSY | MODEL),
    meaning("unsupported-parameter", PARAMETER | UNEXPECTED).of_answer(),
    meaning("request-invalid", MODEL | MISSING).of_answer(),
    meaning("request-invalid", PARAMETER | WRONG).of_answer(),
    meaning("request-invalid", PARAMETER | MISSING).of_answer(),
    meaning("request-invalid", REQUEST | MISSING).of_answer(),
    meaning("request-invalid", REQUEST | WRONG).of_answer(),
    meaning("relay-upstream-error", UPSTREAM | FAILED).of_answer(),
    meaning("read-timeout", TIME).of_answer(),
    meaning("tcp-timeout", OVERDUE | CONNECTING),
    meaning("read-timeout", OVERDUE | CALL),
    meaning("endpoint-not-found", PATH | UNKNOWN).of_answer(),
    meaning("key-scope-missing", DENIED | NEGATED).of_answer(),
    meaning("connection-failed", REACH | FAILED),
    meaning("server-error", INTERNAL).of_answer(),
];

struct Lexicon {
    search: Option<AhoCorasick>,
    words: Vec<(&'static str, Group)>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let words: Vec<(&str, Group)> =
        GROUPS.iter().flat_map(|(group, words)| words.iter().map(|word| (*word, *group))).collect();
    let plain = words.iter().map(|(word, _)| word.trim_end());
    let search = AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(plain).ok();
    Lexicon { search, words }
});

/// What a sentence speaks of.
#[derive(Clone, Copy, Default)]
struct Spoken {
    groups: Group,
    /// Its longest word.
    word: &'static str,
}

fn spoken(sentence: &str) -> Spoken {
    let mut spoken = Spoken::default();
    let Some(search) = &LEXICON.search else { return spoken };
    let bytes = sentence.as_bytes();
    let letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    for hit in search.find_overlapping_iter(sentence) {
        let (word, group) = LEXICON.words[hit.pattern().as_usize()];
        let begins = !word.as_bytes()[0].is_ascii() || !letter(hit.start().checked_sub(1).and_then(|at| bytes.get(at)));
        let ends = !word.ends_with(' ') || !letter(bytes.get(hit.end()));
        if begins && ends {
            spoken.groups |= group;
            let word = word.trim_end();
            if word.len() > spoken.word.len() {
                spoken.word = word;
            }
        }
    }
    if names_parameter(sentence) {
        spoken.groups |= PARAMETER;
    }
    spoken
}

/// Whether a name stands there as programs give them to parameters: `previous_response_id`, `'response_format.type'`.
fn names_parameter(sentence: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '[' | ']');
    sentence.split(|c: char| !is_part(c)).any(|name| {
        let of_letters = |part: &str| !part.is_empty() && part.starts_with(|c: char| c.is_ascii_lowercase());
        let is_other = ["key", "token", "error", "url", "model", "model_name", "exceeded", "found", "limit"];
        name.contains('_') && name.split('_').all(of_letters) && !is_other.iter().any(|end| name.ends_with(end))
    })
}

/// The fault that a text in lower case means, and the word that says most. `answer` tells whether it is the message of
/// an answer, or text around it.
pub(super) fn of(text: &str, answer: bool) -> Option<(&'static Fault, &'static str)> {
    let sentences = text.split(['\n', ';', '!', '?', '。', '；', '！', '？']).flat_map(|part| part.split(". "));
    let mut best: Option<(usize, &'static str)> = None;
    for sentence in sentences.filter(|sentence| sentence.len() > 3).take(MOST) {
        let spoken = spoken(super::document::head(sentence, LONGEST));
        let means = |meaning: &Meaning| {
            spoken.groups & meaning.all == meaning.all
                && spoken.groups & meaning.but == 0
                && (answer || !meaning.answer)
        };
        if let Some(place) = MEANINGS.iter().position(means)
            && best.is_none_or(|(other, _)| place < other)
        {
            best = Some((place, spoken.word));
        }
    }
    best.and_then(|(place, word)| Some((faults::by_code(MEANINGS[place].code)?, word)))
}

#[cfg(test)]
mod tests {
    use super::{LEXICON, MEANINGS, of};
    use crate::diagnosis::faults;

    #[test]
    fn every_meaning_is_one_of_a_fault() {
        assert!(LEXICON.search.is_some());
        for meaning in MEANINGS {
            assert!(faults::by_code(meaning.code).is_some(), "{}", meaning.code);
        }
    }

    #[test]
    fn sentences_that_no_wording_knows_are_understood() {
        for (text, code) in [
            ("the credentials you have sent us are not valid any more", "key-invalid"),
            ("please add your secret key: it is empty", "key-missing"),
            ("your team has run out of credits", "quota-exhausted"),
            ("our service may not be supported in your country", "region-unsupported"),
            ("this model needs a higher plan", "model-access-denied"),
            ("could not find the model you asked for", "model-not-found"),
            ("we had a problem reaching the service", "connection-failed"),
            ("the servers are under heavy load, come back later", "service-overloaded"),
            ("当前模型不存在", "model-not-found"),
            ("您的账户余额不足", "quota-exhausted"),
        ] {
            assert_eq!(of(text, true).map(|(fault, _)| fault.code), Some(code), "{text}");
        }
        for text in ["the cat sat on the mat", "all models listed", "connected", "the stream goes on"] {
            assert!(of(text, true).is_none(), "{text}");
        }
    }
}
