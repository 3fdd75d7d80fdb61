//! `explain CODE`: a fault's page, and the list of all faults; `explain TEXT`: the fault that a pasted error shows.

use crate::diagnosis::{Layer, faults};
use crate::explain::{self, Explanation};
use crate::lang::Sentence;
use crate::report::explain::{ExplainReport, Explained, Matched};
use crate::report::{ErrorReport, Style, exit, json, page};
use crate::{say, text};

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
            page::list(request.layer, style)
        };
        return Ok(Reply { output, ..Reply::default() });
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
    let output = if request.json {
        json::render(&ExplainReport::new(explained))?
    } else if found.is_empty() {
        let nothing = text!(
            en: "No failure of an API call was found in this text.",
            zh: "这段文本里没有发现 API 调用失败。",
        );
        format!("{}\n", style.say(nothing))
    } else {
        let pages = found.iter().zip(&explained);
        pages
            .map(|(one, explained)| page::found(explained, style) + &page::fault(one.fault, style, request.os, None))
            .collect()
    };
    Ok(Reply { output, exit_code, ..Reply::default() })
}

fn explained(one: &Explanation, style: &Style, os: &str) -> Explained {
    Explained {
        confidence: one.confidence,
        retry_after_s: one.retry_after_s,
        matched: Matched { line: Some(one.line), text: Some(one.text.clone()) },
        http_status: one.http_status,
        provider: one.provider.map(str::to_owned),
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
            en: "there is no fault “{shown}”; `openai-doctor explain --list` names them all",
            zh: "没有名为“{shown}”的故障；用 `openai-doctor explain --list` 查看全部"
        )
    } else {
        say!(
            en: "there is no fault “{shown}”; did you mean {near}?",
            zh: "没有名为“{shown}”的故障；是否想查 {near}？",
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
        Request { words, text: None, list: false, layer: None, json, os: "linux" }
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
