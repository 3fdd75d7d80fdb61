//! `explain CODE`: a fault's page, and the list of all faults.

use crate::diagnosis::{Layer, faults};
use crate::lang::Sentence;
use crate::report::explain::{ExplainReport, Explained};
use crate::report::{ErrorReport, Style, exit, json, page};
use crate::say;

/// How many codes are suggested for an unknown one.
const SUGGESTIONS: usize = 3;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The words given: a code, or a text.
    pub words: &'a [String],
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
        return refuse(request, style, &unknown(asked.trim(), &code));
    };
    let output = if request.json {
        json::render(&ExplainReport::new(vec![Explained::of(fault, style.lang, request.os)]))?
    } else {
        page::fault(fault, style, request.os, demo(fault.code))
    };
    Ok(Reply { output, ..Reply::default() })
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
        Request { words, list: false, layer: None, json, os: "linux" }
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
