//! The score on a corpus of real pastes, named by an environment variable so that it need not stand in this
//! repository.

use std::fmt::Write as _;
use std::io::Write as _;

use super::explain;

/// Asserts that each text shows one of the faults beside it.
pub(super) fn assert_told_apart(rows: &[(&[&str], &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(codes, text)| (codes, text, explain(text).first().map_or("none", |found| found.fault.code)))
        .filter(|(codes, _, found)| !codes.contains(found))
        .map(|(codes, text, found)| format!("{codes:?}, found {found}: {text}"))
        .collect();
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
}

/// `EXPLAIN_CORPUS=FILE cargo test --lib explain::tests::score -- --nocapture`: a JSON line a paste, with `text`, the
/// codes that are right in `accept` (`none` for no finding) and `layer`.
#[test]
fn score_of_the_corpus() {
    let Ok(path) = std::env::var("EXPLAIN_CORPUS") else { return };
    let corpus = std::fs::read_to_string(path).expect("the corpus can be read");
    let (mut all, mut codes, mut layers, mut alarms) = (0_u32, 0_u32, 0_u32, 0_u32);
    let (mut misses, mut over) = (String::new(), Vec::new());
    for row in corpus.lines().filter(|line| !line.is_empty()) {
        let row: serde_json::Value = serde_json::from_str(row).expect("a JSON line");
        let text = row["text"].as_str().unwrap_or_default();
        let accept: Vec<&str> =
            row["accept"].as_array().into_iter().flatten().filter_map(|code| code.as_str()).collect();
        let found = explain(text);
        // What is found at all passes the first look at a log, where no line break cuts its words in two.
        let passes = [text.to_owned(), text.replace('\n', " ")]
            .iter()
            .any(|text| super::prefilter::Search::of(text.as_bytes()).next(0).is_some());
        if !passes && !super::explain_entry(text).is_empty() {
            over.push(text.to_owned());
        }
        let code = found.first().map_or("none", |first| first.fault.code);
        let layer = found.first().map(|first| first.fault.layer.name());
        let right = accept.contains(&code);
        let right_layer = layer == row["layer"].as_str() || (code == "none" && right);
        all += 1;
        codes += u32::from(right);
        layers += u32::from(right_layer);
        alarms += u32::from(accept == ["none"] && !right);
        if !right || !right_layer {
            let start: String = text.chars().take(300).collect();
            let _ = writeln!(misses, "{} {accept:?} found {code}: {}", row["id"], start.replace('\n', " ⏎ "));
        }
    }
    let percent = |part: u32| 100.0 * f64::from(part) / f64::from(all);
    let summary =
        format!("{all} pastes: codes {:.1} %, layers {:.1} %, false alarms {alarms}", percent(codes), percent(layers));
    let _ = std::io::stdout().write_all(format!("{misses}{summary}\n").as_bytes());
    assert!(over.is_empty(), "passed over: {over:#?}");
    assert!(percent(codes) >= 97.0 && percent(layers) >= 98.0 && alarms == 0, "{misses}{summary}");
}
