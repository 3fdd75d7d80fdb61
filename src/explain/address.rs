//! Which addresses a text says were asked, and whether any of them can be an API of models.

use super::document::{Document, head};

/// The most addresses of a text that are looked at.
const MOST: usize = 32;

/// What stands before an address that was asked; others are links to read.
#[rustfmt::skip]
const ASKED: &[&str] = &[
    "url", "url:", "fetch", "fetching", "get", "post", "put", "head", "download", "downloading", "request to", "retrieve",
    "nserrorfailingurlstringkey=", "nserrorfailingurlkey=", "from", "open", "opening", "access", "accessing", "connect to", "connecting to", "load", "loading", "crawl",
];

/// What a path to an API of models holds.
#[rustfmt::skip]
const OF_API: &[&str] = &[
    "/v1", "/v2", "/v3", "/v4", "/api", "api/", "chat", "complet", "model", "openai", "message", "generat", "embed", "response",
    "engine", "llm", "gpt", ".ai", "ai.", "-ai", "ai-", "/ai", "inference", "predict", "invoke", "converse", "relay", "proxy", "token",
];

/// What people write in the place of a host that they keep to themselves.
const KEPT: &[&str] = &["mydomain", "my-domain", "yourdomain", "your-", "your_", "my-", "xxx", "***", "example.com"];

/// Whether every address that was asked leads to something with a path that no API of models has: a page, a package.
pub(super) fn leads_elsewhere(document: &Document) -> bool {
    let text = document.lower.as_str();
    let mut asked = text
        .match_indices("://")
        .filter_map(|(at, _)| {
            let before = text[..at].strip_suffix("https").or_else(|| text[..at].strip_suffix("http"))?;
            // A style's picture.
            let before = (!before.ends_with("url(")).then_some(before)?;
            let before = before.trim_end_matches([' ', '"', '\'', '`', '(', '<', '“']);
            ASKED.iter().any(|word| ends_with_word(before, word)).then(|| address(&text[at + "://".len()..]).to_owned())
        })
        .chain(pools(text))
        .take(MOST)
        .peekable();
    asked.peek().is_some() && asked.all(|address| is_page(&address))
}

/// Whether an address that was asked lacks the version which all but a few APIs begin their paths with:
/// `http://127.0.0.1:11434/chat/completions`.
pub(super) fn lacks_version(document: &Document) -> bool {
    const PATHS: &[&str] = &["/chat/completions", "/completions", "/embeddings", "/models", "/responses"];
    const WITHOUT: &[&str] = &["deepseek", "githubcopilot", "perplexity", "azure", "copilot"];
    let text = document.lower.as_str();
    text.match_indices("://").take(MOST).any(|(at, separator)| {
        let address = address(&text[at + separator.len()..]);
        let host = address.split('/').next().unwrap_or_default();
        let path = address[host.len()..].trim_end_matches(['\\', ',', '.', ':', ';', ']', '}']);
        !host.is_empty() && PATHS.contains(&path) && !WITHOUT.iter().any(|known| host.contains(known))
    })
}

/// Whether the text names a port of this machine at which proxies listen, and no address of an API there.
pub(super) fn is_local_proxys(document: &Document) -> bool {
    const PORTS: &[&str] = &[
        "1080", "1081", "1086", "1087", "2080", "7890", "7891", "7892", "7893", "7897", "7898", "8118", "10808",
        "10809", "20170", "20171", "20172", "33210",
    ];
    let text = document.lower.as_str();
    // The last two are how curl writes it.
    ["127.0.0.1:", "localhost:", "[::1]:", " ::1:", "127.0.0.1 port ", "localhost port "].iter().any(|host| {
        text.match_indices(host).take(MOST).any(|(at, _)| {
            let behind = &text[at + host.len()..];
            let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
            PORTS.contains(&&behind[..end]) && !behind[end..].starts_with('/')
        })
    })
}

/// The addresses that urllib3 names in two pieces: `host='…', port=443): Max retries exceeded with url: /…`.
fn pools(text: &str) -> impl Iterator<Item = String> + '_ {
    const HOST: &str = "(host='";
    const PATH: &str = "): max retries exceeded with url: ";
    // However often a host is named: no more than one address can hold is looked at for each.
    const LONGEST: usize = 512;
    text.match_indices(HOST).take(MOST).filter_map(|(at, _)| {
        let (host, rest) = head(&text[at + HOST.len()..], LONGEST).split_once('\'')?;
        let (port, path) = rest.split_once(PATH)?;
        (port.len() < 16).then(|| format!("{host}{}", address(path)))
    })
}

fn ends_with_word(text: &str, word: &str) -> bool {
    text.strip_suffix(word).is_some_and(|rest| !rest.ends_with(char::is_alphanumeric))
}

/// Host and path, without what comes behind them.
fn address(text: &str) -> &str {
    text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')' | '>' | '<' | '?' | '#' | '”'))
        .next()
        .unwrap_or_default()
}

fn is_page(address: &str) -> bool {
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let is_number = host.starts_with(|c: char| c.is_ascii_digit()) || host.starts_with('[');
    path.len() > 1
        && (path == "search" || path.trim_end_matches('/').contains(['/', '.']))
        && host.contains('.')
        && !is_number
        && !host.starts_with("localhost")
        && !KEPT.iter().any(|kept| host.contains(kept))
        && !OF_API.iter().any(|part| address.contains(part))
}

#[cfg(test)]
mod tests {
    use super::{Document, is_local_proxys, lacks_version, leads_elsewhere};

    #[test]
    fn a_path_without_a_version_is_seen() {
        for (text, lacks) in [
            ("POST http://127.0.0.1:11434/chat/completions \"HTTP/1.1 404 Not Found\"", true),
            ("404 from https://relay.example.org/models, giving up", true),
            ("POST https://relay.example.org/v1/chat/completions 404", false),
            ("POST https://api.deepseek.com/chat/completions 404", false),
            ("POST https://relay.example.org/openai/deployments/x/chat/completions 404", false),
        ] {
            assert_eq!(lacks_version(&Document::new(text)), lacks, "{text}");
        }
    }

    #[test]
    fn a_port_of_local_proxies_is_seen() {
        for (text, is_proxys) in [
            ("Error: connect ECONNREFUSED 127.0.0.1:7890", true),
            ("connect ECONNREFUSED ::1:7897\n    at TCPConnectWrap", true),
            ("dial tcp 127.0.0.1:10809: connect: connection refused", true),
            ("cURL error 7: Failed to connect to 127.0.0.1 port 1080: Connection refused", true),
            ("connect ECONNREFUSED 127.0.0.1:78901", false),
            ("connect ECONNREFUSED 127.0.0.1:11434", false),
            ("POST http://127.0.0.1:1080/v1/chat/completions: connection refused", false),
        ] {
            assert_eq!(is_local_proxys(&Document::new(text)), is_proxys, "{text}");
        }
    }

    #[test]
    fn pages_and_packages_are_no_apis() {
        for text in [
            "429 Client Error: Too Many Requests for url: https://www.search.example/sorry/index?continue=x",
            "HTTPSConnectionPool(host='notes.example.org', port=443): Max retries exceeded with url: /posts/2023/agents/ (Caused by",
            "Could not fetch URL https://wheels.example.org/simple/left/: connection reset by peer",
            "GET https://files.example.org/archive/v.tar.gz: connection timed out",
            "403 Client Error: FORBIDDEN for url: https://find.example.org/search?q=weather&format=json",
        ] {
            assert!(leads_elsewhere(&Document::new(text)), "{text}");
        }
        for text in [
            "429 Client Error: Too Many Requests for url: https://relay.example.com/v1/chat/completions",
            "Connection error.",
            "failed to fetch https://relay.example.com: timed out",
            "curl: (60) SSL certificate problem\nMore details here: https://curl.se/docs/sslcerts.html",
            "HTTPSConnectionPool(host='relay.example.org', port=443): Max retries exceeded with url: /v1/models (Caused by",
            "request to http://127.0.0.1:8000/x failed, reason: connect ECONNREFUSED",
            "fetch https://files.example.org/a failed, then request to https://api.openai.com/v1/models failed",
        ] {
            assert!(!leads_elsewhere(&Document::new(text)), "{text}");
        }
    }
}
