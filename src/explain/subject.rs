//! What a text is about: whether other programs speak in it, or somebody who talks about failures without having had
//! one. Data, and the few questions asked of it.

use super::address;
use super::document::Document;
use super::foreign::{self, QUESTIONS};
use super::vocabulary::Set;

static OTHERS: Set = Set::of(foreign::OTHERS);
static CALLS: Set = Set::of(foreign::CALLS);
static FOREIGN: Set = Set::of(foreign::FOREIGN);
static OURS: Set = Set::of(foreign::OURS);
static MISTAKES: Set = Set::of(foreign::MISTAKES);
static TALK: Set = Set::of(foreign::TALK);

/// What opens a text about a change, not about a failure.
#[rustfmt::skip]
const CHANGES: &[&str] = &[
    "feat:", "feat(", "fix:", "fix(", "chore:", "chore(", "docs:", "docs(", "refactor:", "refactor(", "test:",
    "ci:", "build:", "perf:", "changelog", "# changelog", "## changelog", "release notes", "## release", "更新日志",
    "发布说明", "版本说明", "## root cause", "## summary", "## what changed", "## motivation", "## changes",
    "## test plan",
];

/// What people say of a failure that they plan for; two of these make a plan.
#[rustfmt::skip]
const PLANS: &[&str] = &[
    "feature request", "would be good", "would be nice", "would be great", "proposed solution", "add optional",
    "exponential backoff", "configurable", "before failing", "fail fast", "non-retryable", "retries on",
    "respect the retry-after", "honours retry-after", "honors retry-after", "honors the `retry-after`",
    "are now transient", "now retried", "automatically retried", "are retried", "are all retried",
    "retried by default", "times by default", "now also", "patterns such as", "client-facing", "before:",
    "also matches", "each attempt is bounded", "transient llm", "is it possible to",
];

/// How a plan begins.
const INTENTS: &[&str] =
    &["add ", "allow ", "handle ", "implement ", "improve ", "introduce ", "replace ", "support ", "wrap "];

/// An answer that came whole.
const ANSWERS: &[&str] = &[
    "b'http/1.1', 200",
    "\"usage\":{",
    "\"usage\": {",
    "\"object\":\"chat.completion",
    "\"object\": \"chat.completion",
    "\"object\":\"list\"",
    "\"object\": \"list\"",
];

/// Of what programs speak that tell their users of a request.
#[rustfmt::skip]
const NOTICES: &[&str] = &[
    "request", "server", "service", "api", "provider", "quota", "请求", "服务", "接口", "额度", "密钥",
    "リクエスト", "サーバー", "요청", "서버", "requête", "serveur", "clé", "anfrage", "schlüssel", "запрос",
    "сервер", "ключ", "solicitud", "servidor", "clave", "solicitação", "chave", "proxy", "certificate", "network",
    "connection", "response", "gateway", "model", "代理", "证书", "网络", "响应", "网关", "模型", "消息", "账户",
    "プロキシ", "接続", "ゲートウェイ", "モデル", "apiキー", "연결", "connexion", "réseau", "modèle",
    "プロバイダー", "アカウント", "провайдер", "공급자", "anbieter", "fournisseur", "proveedor", "key found",
    "base url", "verbindung", "netzwerk", "modell", "konversation", "подключ", "сет", "модел", "conexión", "modelo",
    "счет", "kontingent", "abonnement", "서비스", "모델", "subscription", "attachment", "コンテキスト", "会話",
    "беседу", "контекст", "配置错误", "модели", "guthaben", "баланс", "账单", "clave de api", "chiave", "金鑰",
    "dienst", "servicio", "serviço", "servizio", "アクセス", "адрес", "url solicitada", "ollama",
];

/// What they advise; a capital that is not ASCII is left out.
#[rustfmt::skip]
const ADVICE: &[&str] = &[
    "please", "try again", "try compressing", "start a new", "upgrade to", "sorry", "failed to handle", "check",
    "perhaps", "retry", "oops", "uh-oh", "make sure", "请", "抱歉", "重试", "检查", "ください", "申し訳", "주세요",
    "십시오", "죄송", "veuillez", "désolé", "réessayer", "bitte", "entschuldigung", "ожалуйста", "звините",
    "попытку", "сожалению", "por favor", "lo sentimos", "inténtelo", "desculpe", "versuchen sie", "확인",
    "попробуйте", "contact the service provider", "contact your", "tip:", "prüfen sie", "проверьте", "повторите",
    "もう一度", "inténtalo", "tente novamente", "请确保", "确保", "reduce ",
];

/// How a client says that its proxy failed: it fails for every address alike.
const PROXIES: &[&str] = &["proxyerror", "cannot connect to proxy", "unable to connect to proxy", "proxyconnect"];

/// What says that something went wrong at all.
const WRONG: &[&str] = &["error", "exception", "fail", "refused", "错误", "失败", "异常", "报错"];

/// Every word asked for.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let of_others =
        [foreign::OTHERS, foreign::CALLS, foreign::FOREIGN, foreign::OURS, foreign::MISTAKES, foreign::TALK];
    of_others.into_iter().chain([PLANS, ANSWERS, PROXIES]).flatten().copied()
}

/// Whether the text shows no failure of an API, whatever words stand in it.
pub(super) fn is_another(document: &Document) -> bool {
    (document.says_one_of(&OTHERS) && !document.says_one_of(&CALLS))
        || (document.says_one_of(&FOREIGN) && !document.says_one_of(&OURS))
        || (!document.says_one_of(&OURS) && !document.says_any(PROXIES) && address::leads_elsewhere(document))
        || (document.says_any(ANSWERS) && !document.folded.contains("error"))
        || CHANGES.iter().any(|opening| document.folded.starts_with(opening))
        || is_table(&document.lower)
        || lists_statuses(&document.lower)
        || is_definition(&document.folded)
        || is_plan(document)
        || is_statement(&document.clean)
        || is_question(document)
}

/// Whether it is a sentence of somebody who asks or explains, and no call failed in it.
fn is_question(document: &Document) -> bool {
    let text = document.clean.trim();
    text.len() < 400
        && text.lines().count() == 1
        && QUESTIONS.iter().any(|opening| document.folded.starts_with(opening))
        && !document.says_one_of(&CALLS)
        // A server's own line about a request is quoted.
        && !document.folded.contains(" http/1.1\" ")
}

/// Whether it is one statement of a program: what it would say, had something gone wrong.
fn is_statement(text: &str) -> bool {
    const OPENINGS: &[&str] = &[
        "raise ",
        "throw new ",
        "logging.",
        "logger.",
        "log.",
        "console.",
        "print(",
        "println!(",
        "printf(",
        "return ",
        "panic!(",
        "fmt.",
        "echo ",
    ];
    let text = text.trim();
    let closed = text.ends_with(')') || text.ends_with(';');
    text.len() < 160
        && text.lines().count() == 1
        && closed
        && text.contains(['"', '\'', '`'])
        && OPENINGS.iter().any(|opening| text.starts_with(opening))
}

/// Whether it speaks of failures to come, not of one that was.
fn is_plan(document: &Document) -> bool {
    let opens =
        INTENTS.iter().any(|intent| document.folded.trim_start_matches(['-', '#', '*', ' ']).starts_with(intent));
    let said = PLANS.iter().filter(|plan| document.words.has(plan)).take(2).count();
    said + usize::from(opens) >= 2 && !document.says_one_of(&CALLS)
}

/// A table of a document: what can happen, not what did.
fn is_table(lower: &str) -> bool {
    ["| --- |", "|---|", "--|--", "|:--"].iter().any(|rule| lower.contains(rule))
}

/// Whether so many statuses stand there that it is a list of what they mean: no call fails in six ways.
fn lists_statuses(lower: &str) -> bool {
    const STATUSES: &[&str] = &["400", "401", "402", "403", "404", "422", "429", "500", "502", "503", "504"];
    const MANY: usize = 6;
    const ROWS: usize = 3;
    const MOST: usize = 100;
    const LONGEST: usize = 8 * 1024;
    let digit = |c: char| c.is_ascii_digit();
    let stands = |status: &&&str| {
        lower.match_indices(**status).any(|(at, _)| {
            !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
                && !lower[at + status.len()..].starts_with(digit)
        })
    };
    // `429 | Too many requests | Slow down.`
    let row = |line: &str| {
        let line = line.trim_start_matches(['|', ' ', '*', '-']);
        STATUSES.iter().position(|status| line.starts_with(status)).filter(|_| line[3..].contains(" | "))
    };
    let mut rows: Vec<usize> = lower.lines().take(MOST).filter_map(row).collect();
    rows.sort_unstable();
    rows.dedup();
    rows.len() >= ROWS || (lower.len() < LONGEST && STATUSES.iter().filter(stands).count() >= MANY)
}

/// Whether it begins by saying what an error is: `APIConnectionError usually means …`.
fn is_definition(folded: &str) -> bool {
    const SAYS: &[&str] = &[
        "通常是指",
        "会出现此错误",
        "会出现该错误",
        "会收到此错误",
        " limits are based on the ",
        " limits that apply to ",
        "通常意味着",
        "是指",
        "表示的是",
        " means the ",
        " means that ",
        "usually means",
        " indicates an issue ",
        "usually indicates",
        "typically means",
        "typically indicates",
        "generally means",
        "is raised when",
        "is thrown when",
        "occurs when",
        "usually results from",
        "solution**",
        "解决方案**",
    ];
    let pairs = |cause: &str, solution: &str| folded.matches(cause).count() > 1 && folded.matches(solution).count() > 1;
    if (folded.contains("**cause:**") && folded.contains("**solution:**"))
        || folded.contains("**solução**")
        || pairs(" cause ", " solution ")
    {
        return true;
    }
    let opening = super::document::head(folded, 160);
    // What Cloudflare's own page says to the owner of the origin.
    if opening.contains(" your web server") || opening.contains(" your host web server") {
        return false;
    }
    // `This usually means …` explains a failure that was told before.
    let defines = |words: &&str| opening.find(*words).is_some_and(|at| !opening[..at].contains("this"));
    !opening.contains("traceback") && SAYS.iter().any(defines)
}

/// Whether several statuses are spoken of and nothing went wrong: a list of what they mean.
pub(super) fn is_list(document: &Document, statuses: usize) -> bool {
    statuses > 1 && !went_wrong(document)
}

/// Whether it is about an API of models, about nothing else, no mistake of the program's own and
/// no talk.
pub(super) fn speaks_of_models(document: &Document) -> bool {
    let otherwise = [&FOREIGN, &MISTAKES, &TALK].into_iter().any(|words| document.says_one_of(words));
    document.says_one_of(&OURS) && !otherwise && !document.folded.trim_end().ends_with(['?', '？'])
}

/// Whether it is what a program tells its user of a request that failed: a few sentences, about nothing else.
pub(super) fn is_notice(document: &Document) -> bool {
    const LONGEST: usize = 600;
    const SHORT: usize = 300;
    let text = document.folded.trim_end();
    let otherwise = [&FOREIGN, &MISTAKES, &TALK].into_iter().any(|words| document.says_one_of(words));
    text.len() <= LONGEST
        && NOTICES.iter().any(|word| text.contains(word))
        // Software seldom fails in other languages than English but where it speaks to its user.
        && (ADVICE.iter().any(|word| text.contains(word)) || (!text.is_ascii() && text.len() <= SHORT))
        && !otherwise
        && (!text.ends_with(['?', '？']) || text.contains("perhaps"))
        && !text.contains(['{', '=', '<'])
}

/// Whether it says that something went wrong.
pub(super) fn went_wrong(document: &Document) -> bool {
    went_wrong_in(&document.folded)
}

/// The same of a text in lower case.
pub(super) fn went_wrong_in(lower: &str) -> bool {
    WRONG.iter().any(|word| lower.contains(word))
}

/// Whether a line is one of a program's source that decides what to do in case of a failure.
pub(super) fn is_source(line: &str) -> bool {
    const OPENINGS: &[&str] = &[
        "if ",
        "if(",
        "elif ",
        "else if",
        "} else if",
        "while ",
        "for ",
        "except ",
        "case ",
        "match ",
        "switch ",
        "} catch",
        "catch ",
    ];
    let line = line.trim();
    line.ends_with([':', '{', '}'])
        && OPENINGS.iter().any(|opening| line.starts_with(opening))
        // A sentence ends so too.
        && (line.contains(['(', '.', '=', '{']) || line.starts_with("except "))
}

/// Whether a line is the one that a notebook points at: `--> 302     retry_if_exception_type(…`.
pub(super) fn is_marked_source(line: &str) -> bool {
    let rest = line.trim_start().trim_start_matches('-');
    line.trim_start().starts_with("--") && rest.strip_prefix('>').is_some_and(is_numbered_source)
}

/// Whether a line is one beside it: `    303     | retry…`.
pub(super) fn is_numbered_source(line: &str) -> bool {
    let number = line.trim_start();
    let code = number.trim_start_matches(|c: char| c.is_ascii_digit());
    line.starts_with(' ') && code.len() < number.len() && (code.starts_with(' ') || code.is_empty())
}

/// Whether a line tells of a test that passed, named after the failure that it makes.
pub(super) fn is_passed_test(line: &str) -> bool {
    let line = line.trim_start();
    ["✓ ", "✔ ", "√ ", "PASS ", "ok - "].iter().any(|mark| line.starts_with(mark))
        || (line.starts_with("test ") && line.ends_with("... ok"))
}

/// Whether a line is one of a server's own log of requests that were no calls of a model.
pub(super) fn is_own_request(line: &str) -> bool {
    const METHODS: &[&str] = &["\"GET /", "\"POST /", "\"PUT /", "\"HEAD /", "\"DELETE /", "\"PATCH /", "\"OPTIONS /"];
    const CALLS: &[&str] = &[
        "/v1",
        "completions",
        "/api/chat",
        "/api/generate",
        "/api/tags",
        "/api/embed",
        "embeddings",
        "/models",
        "/responses",
        "/messages",
        "/engines",
        "openai",
        "/deployments",
    ];
    METHODS.iter().any(|method| {
        line.split_once(method).is_some_and(|(before, after)| {
            let path = after.split([' ', '"']).next().unwrap_or_default();
            // The method ends in the path's slash.
            let is_call = CALLS.iter().any(|call| path.contains(call.trim_start_matches('/')));
            // A whole log may stand in one line of another.
            let alone = before.len() < 160 && after.len() < 600;
            alone && after[path.len()..].starts_with(" HTTP/") && !before.contains("://") && !is_call
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{is_own_request, is_source};

    #[test]
    fn lines_of_source_are_no_failures() {
        for line in [
            "    if err.status_code == 429:",
            "except openai.RateLimitError as e:",
            "} catch (e) {",
            "elif x in (500, 502):",
        ] {
            assert!(is_source(line), "{line}");
        }
        for line in [
            "if you see error 429",
            "raise error.APIConnectionError(openai.error",
            "for url https://x:",
            "Error code: 429",
        ] {
            assert!(!is_source(line), "{line}");
        }
    }

    #[test]
    fn requests_of_others_are_no_calls() {
        for line in [
            "10.0.0.1 - - [12/Mar/2025:10:11:12 +0000] \"GET /favicon.ico HTTP/1.1\" 404 153",
            "INFO:     10.0.0.7:41022 - \"GET /docs HTTP/1.1\" 404 Not Found",
        ] {
            assert!(is_own_request(line), "{line}");
        }
        for line in [
            "https://api.openai.com:443 \"POST /v1/chat/completions HTTP/1.1\" 429 None",
            "INFO: \"POST /chat/completions HTTP/1.1\" 429 Too Many Requests",
            "HTTP Request: POST https://api.openai.com/v1/models \"HTTP/1.1 429 Too Many Requests\"",
        ] {
            assert!(!is_own_request(line), "{line}");
        }
    }
}
