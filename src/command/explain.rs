//! `explain CODE`: a fault's page, and the list of all faults; `explain TEXT`: the fault that a pasted error shows.

use std::path::Path;

use crate::cli::ExplainArgs;
use crate::diagnosis::{Confidence, Fault, Layer, faults};
use crate::explain::{self, Explanation};
use crate::lang::Sentence;
use crate::report::explain::{ExplainReport, Explained, Matched};
use crate::report::{ErrorReport, Style, exit, json, page};
use crate::{say, text};

use super::log::{self, Opened, Source};
use super::{Context, Trouble, terminal};

/// How many codes are suggested for an unknown one.
const SUGGESTIONS: usize = 3;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The words given: a code, or a text.
    pub words: &'a [String],
    /// The text to explain, where it comes from standard input.
    pub text: Option<&'a str>,
    /// `--list`: every fault.
    pub list: bool,
    /// `--layer`: of one layer only.
    pub layer: Option<Layer>,
    /// `--status`: what it can mean.
    pub status: Option<u16>,
    /// `--format json`.
    pub json: bool,
    /// The system that commands are for: `linux`, `macos`, `windows`.
    pub os: &'a str,
}

/// What is answered: a text for stdout, one for stderr, an exit code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For stdout.
    pub output: String,
    /// For stderr.
    pub trouble: String,
    /// The exit code.
    pub exit_code: u8,
}

/// Answers a command line.
///
/// # Errors
///
/// When a file or standard input cannot be read.
pub fn answer(args: &ExplainArgs, context: &mut Context) -> Result<u8, Trouble> {
    let source = source(args);
    let streamed = args.jsonl || args.summary || args.follow;
    let piped = match source {
        Some(Source::File(path)) if args.follow => return log::follow(&path, args, context),
        // What comes is told as it comes, so it is not looked at first whether it is one paste.
        Some(source) if streamed => {
            let mut log = source.open().map_err(|error| cannot_read(&source, &error))?;
            return log::read(&mut log, args, context);
        }
        Some(source) => match log::open(&source).map_err(|error| cannot_read(&source, &error))? {
            Opened::Paste(text) => Some(text),
            Opened::Log(mut log) => return log::read(&mut log, args, context),
        },
        None => None,
    };
    let request = Request {
        words: &args.words,
        text: piped.as_deref(),
        list: args.list || args.layer.is_some(),
        layer: args.layer,
        status: args.status,
        json: context.json(),
        os: std::env::consts::OS,
    };
    let demo = |code: &str| crate::mock::fault::names().find(|name| *name == code);
    let reply = run(&request, &context.style, demo)?;
    if !reply.trouble.is_empty() && !context.json() {
        terminal::tell(&reply.trouble);
    }
    context.output.write(None, &reply.output);
    Ok(reply.exit_code)
}

/// Where the text comes from; nowhere when the words are to be looked up as a code first.
fn source(args: &ExplainArgs) -> Option<Source> {
    if !args.literal.is_empty() {
        return Some(Source::Text(args.literal.join(" ")));
    }
    match args.words.as_slice() {
        [] => None,
        [word] if word == "-" => Some(Source::Input),
        [word] if args.follow => Some(Source::File(word.into())),
        [word] if code_of(word).is_none() && is_file(Path::new(word)) => Some(Source::File(word.into())),
        words if args.jsonl || args.summary => Some(Source::Text(words.join(" "))),
        _ => None,
    }
}

/// Whether something can be read there; a folder cannot.
fn is_file(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.is_dir())
}

fn cannot_read(source: &Source, error: &std::io::Error) -> anyhow::Error {
    match source {
        Source::File(path) => anyhow::anyhow!("{}: {error}", path.display()),
        Source::Input | Source::Text(_) => anyhow::anyhow!("{error}"),
    }
}

fn code_of(asked: &str) -> Option<&'static Fault> {
    faults::by_code(&asked.trim().to_ascii_lowercase().replace('_', "-"))
}

/// Answers. `demo` says under which name the embedded endpoint can show a fault, if it can.
///
/// # Errors
///
/// Never for the documents of this crate; see [`json::render`].
pub fn run(
    request: &Request<'_>,
    style: &Style,
    demo: fn(&str) -> Option<&'static str>,
) -> Result<Reply, serde_json::Error> {
    if request.list {
        let output = if request.json {
            let of_layer = faults::all().filter(|fault| request.layer.is_none_or(|layer| layer == fault.layer));
            json::render(&ExplainReport::new(
                of_layer.map(|fault| Explained::of(fault, style.lang, request.os)).collect(),
            ))?
        } else {
            page::list(|fault| request.layer.is_none_or(|layer| layer == fault.layer), style)
        };
        return Ok(Reply { output, ..Reply::default() });
    }
    if let Some(status) = request.status {
        return of_status(status, request, style);
    }
    let asked = request.words.join(" ");
    let code = asked.trim().to_ascii_lowercase().replace('_', "-");
    let Some(fault) = faults::by_code(&code) else {
        let text = request.text.unwrap_or(&asked);
        let found = explain::explain(text);
        // A single word that says nothing is a code that is spelled wrongly, not a text.
        return if found.is_empty() && request.text.is_none() && !asked.trim().contains(char::is_whitespace) {
            refuse(request, style, &unknown(asked.trim(), &code))
        } else {
            findings(request, style, &found)
        };
    };
    let output = if request.json {
        json::render(&ExplainReport::new(vec![Explained::of(fault, style.lang, request.os)]))?
    } else {
        page::fault(fault, style, request.os, demo(fault.code))
    };
    Ok(Reply { output, ..Reply::default() })
}

/// What a text says. The exit code is that of the first finding's layer; a text that is no failure is none of ours.
fn findings(request: &Request<'_>, style: &Style, found: &[Explanation]) -> Result<Reply, serde_json::Error> {
    let explained: Vec<Explained> = found.iter().map(|one| explained(one, style, request.os)).collect();
    let exit_code = found.first().map_or(0, |first| first.fault.layer.exit_code());
    let output = render(found.iter().zip(explained).collect(), request.json, style)?;
    Ok(Reply { output, exit_code, ..Reply::default() })
}

/// Findings in the format in effect.
pub(super) fn render(
    found: Vec<(&Explanation, Explained)>,
    json: bool,
    style: &Style,
) -> Result<String, serde_json::Error> {
    if json {
        return json::render(&ExplainReport::new(found.into_iter().map(|(_, explained)| explained).collect()));
    }
    if found.is_empty() {
        let nothing = text!(
            en: "No failure of an API call was found in this text.",
            zh: "这段文本里没有发现 API 调用失败。",
        );
        return Ok(format!("{}\n", style.say(nothing)));
    }
    let pages = found.iter().map(|(one, explained)| {
        page::found(explained, style) + &page::fault(one.fault, style, std::env::consts::OS, None)
    });
    Ok(pages.collect::<Vec<_>>().join("\n"))
}

/// The faults that a status can mean.
fn of_status(status: u16, request: &Request<'_>, style: &Style) -> Result<Reply, serde_json::Error> {
    let named = |fault: &Fault| fault.signs.iter().any(|sign| sign.status.contains(&status)) || heard(fault, status);
    // Faults known by their words whatever the status: what looks like them says which status they come with.
    let wordy = |fault: &Fault| fault.signs.iter().any(|sign| sign.status.is_empty());
    let is_rival = |code: &str| faults::all().any(|other| named(other) && other.rivals.contains(&code));
    let meant = faults::all().filter(|fault| named(fault) || (wordy(fault) && is_rival(fault.code)));
    let output = if request.json {
        let findings = meant.map(|fault| Explained {
            confidence: Confidence::Possible,
            http_status: Some(status),
            ..Explained::of(fault, style.lang, request.os)
        });
        json::render(&ExplainReport::new(findings.collect()))?
    } else {
        let meant: Vec<&Fault> = meant.collect();
        let said = if meant.is_empty() {
            say!(en: "No fault is known by HTTP status {status}.", zh: "没有已知故障与 HTTP 状态码 {status} 对应。")
        } else {
            say!(en: "HTTP status {status} can mean:", zh: "HTTP 状态码 {status} 可能表示：")
        };
        let listed = page::list(|fault| meant.iter().any(|one| one.code == fault.code), style);
        format!("{}\n{}{listed}", said.of(style.lang), if meant.is_empty() { "" } else { "\n" })
    };
    Ok(Reply { output, ..Reply::default() })
}

/// Whether the words by which clients tell of a fault name the status: "407 Proxy Authentication Required".
fn heard(fault: &Fault, status: u16) -> bool {
    let number = status.to_string();
    let names = |words: &str| {
        let mut parts = words.split(|c: char| !c.is_ascii_alphanumeric());
        parts.any(|part| part == number) && words.len() > number.len()
    };
    fault.heard.iter().any(|heard| heard.any.iter().any(|words| names(words)))
}

/// A finding as the document has it.
pub(super) fn explained(one: &Explanation, style: &Style, os: &str) -> Explained {
    Explained {
        confidence: one.confidence,
        retry_after_s: one.retry_after_s,
        matched: Matched { line: Some(one.line), text: Some(one.text.clone()), time: None },
        http_status: one.http_status,
        provider: one.provider.map(str::to_owned),
        request_id: one.request_id.clone(),
        ..Explained::of(one.fault, style.lang, os)
    }
}

fn refuse(request: &Request<'_>, style: &Style, why: &Sentence) -> Result<Reply, serde_json::Error> {
    let why = style.guard(why.of(style.lang));
    let output =
        if request.json { json::render(&ErrorReport::new("usage", &why, exit::USAGE))? } else { String::new() };
    Ok(Reply { output, trouble: why, exit_code: exit::USAGE })
}

/// What to say of a word that is no code.
fn unknown(asked: &str, code: &str) -> Sentence {
    let shown: String = asked.chars().take(60).collect();
    let near = nearest(code, faults::all().map(|fault| fault.code));
    if near.is_empty() {
        say!(
            en: "there is no fault and no file “{shown}”; `openai-doctor explain --list` names all faults",
            zh: "没有名为“{shown}”的故障或文件；用 `openai-doctor explain --list` 查看全部"
        )
    } else {
        say!(
            en: "there is no fault and no file “{shown}”; did you mean {near}?",
            zh: "没有名为“{shown}”的故障或文件；是否想查 {near}？",
            near = near.join(", ")
        )
    }
}

/// The codes nearest to a word, the nearest first: those that hold it, then those spelled alike.
fn nearest<'a>(word: &str, codes: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const ALIKE: f64 = 0.85;
    if word.len() < 3 {
        return vec![];
    }
    let score = |code: &str| if code.contains(word) { 1.0 } else { strsim::jaro_winkler(code, word) };
    let mut scored: Vec<(f64, &str)> =
        codes.map(|code| (score(code), code)).filter(|(score, _)| *score >= ALIKE).collect();
    scored.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.cmp(b)));
    scored.into_iter().take(SUGGESTIONS).map(|(_, code)| code).collect()
}

#[cfg(test)]
mod tests {
    use super::{Request, nearest, run};
    use crate::diagnosis::{Layer, faults};
    use crate::lang::Lang;
    use crate::report::Style;
    use crate::report::style::columns;

    fn ask(words: &[String], json: bool) -> Request<'_> {
        Request { words, text: None, list: false, layer: None, status: None, json, os: "linux" }
    }

    fn demo(code: &str) -> Option<&'static str> {
        (code == "dns-poisoned").then_some("some-demo")
    }

    #[test]
    fn every_page_fits_in_both_languages() {
        for lang in [Lang::En, Lang::Zh] {
            let style = Style::plain(lang);
            for fault in faults::all() {
                let words = [fault.code.to_owned()];
                let reply = run(&ask(&words, false), &style, demo).unwrap();
                assert_eq!((reply.exit_code, reply.trouble.as_str()), (0, ""));
                // Commands stand deeper than any paragraph and are never wrapped.
                for line in reply.output.lines().filter(|line| !line.starts_with("     ")) {
                    assert!(columns(line) <= style.width, "{}: {line}", fault.code);
                }
                for code in fault.rivals.iter().chain(fault.causes) {
                    assert!(reply.output.contains(code), "{}: {code}", fault.code);
                }
            }
        }
    }

    #[test]
    fn a_bare_code_is_one_finding() {
        for fault in faults::all() {
            let words = [fault.code.to_uppercase().replace('-', "_")];
            let reply = run(&ask(&words, true), &Style::plain(Lang::En), demo).unwrap();
            let value: serde_json::Value = serde_json::from_str(&reply.output).unwrap();
            assert_eq!(value["findings"][0]["fault"], fault.code);
            assert_eq!(value["findings"][0]["matched"], serde_json::json!({"line": null, "text": null}));
            assert_eq!(reply.exit_code, 0);
        }
    }

    #[test]
    fn a_pasted_error_is_explained_in_every_format() {
        let words = ["Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.', 'type': 'requests', 'code': 'rate_limit_exceeded'}}".to_owned()];
        let reply = run(&ask(&words, true), &Style::plain(Lang::En), demo).unwrap();
        let value: serde_json::Value = serde_json::from_str(&reply.output).unwrap();
        let finding = &value["findings"][0];
        assert_eq!((finding["fault"].as_str(), reply.exit_code), (Some("rate-limited-requests"), 12));
        assert_eq!((finding["http_status"].as_u64(), finding["retry_after_s"].as_f64()), (Some(429), Some(20.0)));
        assert_eq!(finding["matched"]["line"], 1);
        for lang in [Lang::En, Lang::Zh] {
            let reply = run(&ask(&words, false), &Style::plain(lang), demo).unwrap();
            assert!(reply.output.contains("rate-limited-requests") && reply.output.contains("20"), "{}", reply.output);
        }
    }

    #[test]
    fn a_request_id_is_shown() {
        let words = ["HTTP/1.1 500 Internal Server Error\nx-request-id: req_0123456789abcdef\n\n{\"error\": {\"message\": \"The server had an error while processing your request.\", \"type\": \"server_error\"}}".to_owned()];
        let reply = run(&ask(&words, true), &Style::plain(Lang::En), demo).unwrap();
        let value: serde_json::Value = serde_json::from_str(&reply.output).unwrap();
        assert_eq!(value["findings"][0]["request_id"], "req_0123456789abcdef");
        for (lang, row) in [(Lang::En, "Request id   req_0123"), (Lang::Zh, "请求 ID      req_0123")] {
            let reply = run(&ask(&words, false), &Style::plain(lang), demo).unwrap();
            assert!(reply.output.contains(row), "{}", reply.output);
        }
    }

    #[test]
    fn a_status_that_only_clients_name_is_known_too() {
        for (status, code) in [(407, "proxy-auth-required"), (429, "rate-limited-requests")] {
            let request = Request { status: Some(status), ..ask(&[], false) };
            let reply = run(&request, &Style::plain(Lang::En), demo).unwrap();
            assert!(reply.output.contains(code), "{status}: {}", reply.output);
        }
    }

    #[test]
    fn a_text_that_is_no_failure_is_no_error() {
        let text = "INFO started\nINFO listening";
        for json in [false, true] {
            let words = ["-".to_owned()];
            let request = Request { text: Some(text), ..ask(&words, json) };
            let reply = run(&request, &Style::plain(Lang::Zh), demo).unwrap();
            assert_eq!((reply.exit_code, reply.trouble.as_str()), (0, ""));
            assert_eq!(reply.output.contains("\"findings\": []"), json, "{}", reply.output);
        }
    }

    #[test]
    fn an_unknown_code_is_a_usage_error_in_every_format() {
        let words = ["no-such\x1b[31m-fault".to_owned()];
        for json in [false, true] {
            let reply = run(&ask(&words, json), &Style::plain(Lang::En), demo).unwrap();
            assert_eq!(reply.exit_code, 2);
            assert!(reply.trouble.contains("no-such[31m-fault"), "{}", reply.trouble);
            assert_eq!(!reply.output.is_empty(), json);
        }
    }

    #[test]
    fn codes_spelled_alike_are_suggested() {
        let codes = || ["dns-poisoned", "dns-slow", "key-invalid", "key-missing"].into_iter();
        assert_eq!(nearest("dns-poisonned", codes())[0], "dns-poisoned");
        assert_eq!(nearest("poison", codes()), ["dns-poisoned"]);
        assert_eq!(nearest("key", codes()), ["key-invalid", "key-missing"]);
        assert!(nearest("weather", codes()).is_empty());
    }

    #[test]
    fn a_status_names_what_it_can_mean() {
        let request = Request { status: Some(429), ..ask(&[], true) };
        let reply = run(&request, &Style::plain(Lang::En), demo).unwrap();
        for code in ["rate-limited-requests", "rate-limited-tokens", "quota-exhausted", "service-overloaded"] {
            assert!(reply.output.contains(&format!("\"fault\": \"{code}\"")), "{code}");
        }
        assert!(!reply.output.contains("\"fault\": \"key-invalid\"") && reply.exit_code == 0);
        let none = Request { status: Some(299), ..ask(&[], false) };
        assert!(run(&none, &Style::plain(Lang::Zh), demo).unwrap().output.contains("299"));
    }

    #[test]
    fn the_list_names_every_fault_once() {
        let request = Request { list: true, ..ask(&[], false) };
        let all = run(&request, &Style::plain(Lang::Zh), demo).unwrap().output;
        let codes = all.lines().filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        let mut codes: Vec<&str> = codes.filter(|code| !code.is_empty()).collect();
        codes.sort_unstable();
        let mut expected: Vec<&str> = faults::all().map(|fault| fault.code).collect();
        expected.sort_unstable();
        assert_eq!(codes, expected);
        let service = Request { layer: Some(Layer::Service), ..request };
        let service = run(&service, &Style::plain(Lang::Zh), demo).unwrap().output;
        for fault in faults::all() {
            let named = service.lines().any(|line| line.trim_start().split(' ').next() == Some(fault.code));
            assert_eq!(named, fault.layer == Layer::Service, "{}", fault.code);
        }
    }
}
