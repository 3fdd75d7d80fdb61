//! What a text is about: whether other programs speak in it, or somebody who talks about failures without having had
//! one. Data, and the few questions asked of it.

use super::document::Document;

/// Programs that are never an API's clients, by their own words; where they fetched from says nothing.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    // Package managers and builds.
    "npm err!", "npm error", "npm warn", "yarn install", "yarn error", "pnpm install", "eresolve", "pip install failed",
    "pip._vendor", "could not find a version that satisfies", "no matching distribution found", "/@v/",
    "go: downloading", "go: module", "spurious network error", "failed to download from `",
    "e: failed to fetch http", "e: unable to fetch", "could not resolve all files", "could not resolve all dependencies",
    "could not resolve all artifacts", "could not transfer artifact", "could not resolve dependencies for project",
    "==> homebrew", "homebrew-core", "conda.exceptions", "condahttperror", "gem::", "composer install",
    "error: failed to get `", "cargo update",
    "host='pypi", "//pypi", "pythonhosted", ".npmjs", ".yarnpkg", "npmmirror", "rubygems", "/maven2/",
    "attempt registry request", "pipenv/",
    // Git, shells, machines.
    "failed to connect to github.com", "could not resolve host: github.com", "error: rpc failed",
    "remote end hung up unexpectedly",
    "fatal: unable to access", "fatal: authentication failed", "fatal: could not read from remote", "fatal: early eof",
    "fetch-pack", "git clone", "remote: support for password", "ssh: connect", "kex_exchange_identification",
    "sudo: unable to resolve", "subprocess.timeoutexpired", "pytest timeout", "systemd[1]:",
    // Containers.
    "docker daemon", "registry-1.docker.io", "load metadata for docker.io", "failed to resolve source metadata",
    "response from daemon", "docker.sock", "failed to pull image", "pull rate limit",
    "imagepullbackoff", "readiness probe", "liveness probe", "startup probe",
    // Services that are no models.
    "discord.errors", "discordapierror", "discord.com/api", "tweepy", "api.twitter.com", "praw.", "stripe.error",
    "api.stripe.com", "/resolve/main/", "couldn't connect to 'https://huggingface.co'", "api.github.com",
    "twilio", "sendgrid", "googleapiclient.errors", "youtube_transcript_api", "yfinance", "s3.amazonaws.com",
];

/// What only a call to an API of models says, whoever else speaks beside it.
#[rustfmt::skip]
const CALLS: &[&str] = &[
    "chat/completions", "api.openai.com", "/v1/embeddings", "/v1/responses", "/v1/completions", "/v1/models",
    "/v1/messages", "openai.azure.com", "api.anthropic.com", "apiconnectionerror", "apitimeouterror",
    "openai.ratelimiterror", "openai.authenticationerror", "openai.badrequesterror", "openai.notfounderror",
    "openai.internalservererror", "openai.permissiondeniederror", "openai.error.", "ai_apicallerror", "litellm.",
    "githubcopilot.com", "copilot_internal", "incorrect api key", "insufficient_quota", "new_api_error", "one_api_error",
];

/// Programs that have nothing to do with an API of models, unless the text speaks of one too.
#[rustfmt::skip]
const FOREIGN: &[&str] = &[
    "postgres", "psycopg", "port=5432", ":5432", "port 5432", "redis", "aioredis", ":6379", "mysql", "pymysql", ":3306",
    "mongo", "pymongo", "mongodb", ":27017", "kafka", "rabbitmq", "amqp", "smtp", "smtplib", "elasticsearch",
    "playwright", "puppeteer", "selenium", "webdriver", "huggingface_hub", "botocore", "boto3", "memcached",
    "cassandra", "clickhouse", "zookeeper", "ldap", "paramiko", "ftplib", "imaplib",
];

/// Words of a text that speaks of an API of models after all.
#[rustfmt::skip]
const OURS: &[&str] = &[
    "openai", "chat/completions", "/completions", "/v1/", "api key", "api_key", "apikey", "anthropic", "claude",
    "litellm", "llm", "gpt", "chatgpt", "ollama", "deepseek", "gemini", "azure", "qwen", "embeddings", "codex",
    "api error", "apierror", "one-api", "new-api", "langchain", "llama", "bedrock",
];

/// What opens a text about a change, not about a failure.
#[rustfmt::skip]
const CHANGES: &[&str] = &[
    "feat:", "feat(", "fix:", "fix(", "chore:", "chore(", "docs:", "docs(", "refactor:", "refactor(", "test:", "ci:",
    "build:", "perf:", "changelog", "# changelog", "## changelog", "release notes", "## release", "更新日志", "发布说明",
    "版本说明",
];

/// What people say of a failure that they plan for; two of these make a plan.
#[rustfmt::skip]
const PLANS: &[&str] = &[
    "feature request", "would be good", "would be nice", "would be great", "proposed solution", "add optional",
    "exponential backoff", "configurable", "before failing", "fail fast", "non-retryable", "retries on",
    "respect the retry-after", "honours retry-after", "honors retry-after", "honors the `retry-after`",
    "are now transient", "now retried", "now also", "patterns such as", "client-facing", "before:", "also matches", "each attempt is bounded", "transient llm", "is it possible to",
];

/// How a plan begins.
const INTENTS: &[&str] =
    &["add ", "allow ", "handle ", "implement ", "improve ", "introduce ", "replace ", "support ", "wrap "];

/// An answer that came whole.
const ANSWERS: &[&str] =
    &["\"object\":\"chat.completion", "\"object\": \"chat.completion", "\"object\":\"list\"", "\"object\": \"list\""];

/// What says that something went wrong at all.
const WRONG: &[&str] = &["error", "exception", "fail", "refused", "错误", "失败", "异常", "报错"];

/// Every word asked for.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    OTHERS.iter().chain(CALLS).chain(FOREIGN).chain(OURS).chain(PLANS).chain(ANSWERS).copied()
}

/// Whether the text shows no failure of an API, whatever words stand in it.
pub(super) fn is_another(document: &Document) -> bool {
    (document.says_any(OTHERS) && !document.says_any(CALLS))
        || (document.says_any(FOREIGN) && !document.says_any(OURS))
        || (document.says_any(ANSWERS) && !document.folded.contains("error"))
        || CHANGES.iter().any(|opening| document.folded.starts_with(opening))
        || is_table(&document.lower)
        || is_plan(document)
}

/// Whether it speaks of failures to come, not of one that was.
fn is_plan(document: &Document) -> bool {
    let opens =
        INTENTS.iter().any(|intent| document.folded.trim_start_matches(['-', '#', '*', ' ']).starts_with(intent));
    let said = PLANS.iter().filter(|plan| document.words.has(plan)).take(2).count();
    said + usize::from(opens) >= 2 && !document.says_any(CALLS)
}

/// A table of a document: what can happen, not what did.
fn is_table(lower: &str) -> bool {
    lower.contains("| ---") || lower.contains("|---") || lower.contains("|:--")
}

/// Whether several statuses are spoken of and nothing went wrong: a list of what they mean.
pub(super) fn is_list(document: &Document, statuses: usize) -> bool {
    statuses > 1 && !WRONG.iter().any(|word| document.folded.contains(word))
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
            after[path.len()..].starts_with(" HTTP/") && !before.contains("://") && !is_call
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
