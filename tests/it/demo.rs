//! The demo: every fault of the embedded endpoint is diagnosed as what its name says, with nothing set up at all.

use std::collections::BTreeMap;

use openai_doctor::diagnosis::faults;
use openai_doctor::mock;
use serde_json::Value;

use crate::contract;
use crate::world::{Folder, doctor};

fn demo(fault: Option<&str>) -> (Value, Vec<String>) {
    let home = Folder::new("demo");
    let mut call = vec!["diagnose".to_owned(), "--format".to_owned(), "json".to_owned(), "--demo".to_owned()];
    call.extend(fault.map(str::to_owned));
    let run = doctor(&call, &BTreeMap::new(), home.path());
    let Ok(report) = serde_json::from_str::<Value>(&run.stdout) else {
        return (Value::Null, vec![format!("no JSON: {:.300}{:.300}", run.stdout, run.stderr)]);
    };
    let wrong = contract::breaches(&report, &run);
    (report["verdict"]["fault"].clone(), wrong)
}

#[test]
fn the_healthy_demo_is_healthy() {
    assert_eq!(demo(None), (Value::Null, Vec::new()));
}

#[test]
fn every_demo_fault_is_diagnosed_as_itself() {
    let mut wrong = Vec::new();
    for fault in mock::FAULTS {
        let (verdict, breaches) = demo(Some(fault.name));
        if verdict != fault.name || !breaches.is_empty() {
            wrong.push(format!("{}: {verdict} {breaches:?}", fault.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_demo_spans_all_layers_in_at_least_twenty_five_ways() {
    assert!(mock::FAULTS.len() >= 25);
    let layers: Vec<&str> = mock::names().filter_map(faults::by_code).map(|fault| fault.layer.name()).collect();
    assert_eq!(layers.len(), mock::FAULTS.len(), "a demo fault has no literal");
    for layer in ["network", "transport", "application", "service"] {
        assert!(layers.contains(&layer), "{layer}");
    }
}

/// What `--try-fix` finds in the demo, with nothing set up either, stays in the saved report.
#[test]
fn the_demo_shows_remedies_at_work() {
    for (fault, remedy) in [
        ("dns-poisoned", "resolver-over-tcp"),
        ("dns-no-answer", "other-resolver"),
        ("dns-name-not-found", "other-resolver"),
        ("proxy-exit-dead", "direct"),
        ("proxy-unreachable", "direct"),
        ("base-url-missing-version", "base-url"),
        ("base-url-scheme-mismatch", "base-url"),
        ("key-quoted", "trimmed-key"),
        ("organization-mismatch", "no-organization"),
    ] {
        let home = Folder::new("remedy");
        let call = |line: &str| {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            doctor(&words, &BTreeMap::new(), home.path())
        };
        let run = call(&format!("diagnose --demo {fault} --try-fix --json"));
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(contract::breaches(&report, &run), Vec::<String>::new(), "{fault}");
        assert_eq!(report["verdict"]["fault"], fault);
        let works = report["remedies"].as_array().unwrap().iter().find(|one| one["name"] == remedy);
        let works = works.unwrap_or_else(|| panic!("{fault}: {:#}", report["remedies"]));
        assert!(matches!(works["outcome"].as_str(), Some("works" | "further")), "{fault}: {works:#}");
        for field in ["change", "duration_ms", "fault"] {
            assert!(!works[field].is_null(), "{fault}: {field}");
        }
        assert_eq!(report["diagnoses"][0]["fixes"][0]["confirmed"], true, "{fault}");
        std::fs::write(home.path().join("report.json"), &run.stdout).unwrap();
        assert_eq!(call("diagnose --replay report.json --json").stdout, run.stdout, "{fault}");
        let text = call("diagnose --replay report.json --lang zh").stdout;
        assert!(text.contains("【刚刚验证有效】") && text.contains("已验证的修复"), "{text}");
    }
    let home = Folder::new("no-remedy");
    let demo = |words: &[&str]| {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        doctor(&words, &BTreeMap::new(), home.path()).stdout
    };
    assert!(demo(&["diagnose", "--demo", "quota-exhausted", "--try-fix"]).contains("nothing to try"));
    assert!(demo(&["diagnose", "--demo", "key-quoted"]).contains("Add --try-fix"));
    assert!(!demo(&["diagnose", "--demo", "quota-exhausted"]).contains("--try-fix"));
    assert!(!demo(&["diagnose", "--demo", "--try-fix"]).contains("ried"));
}

/// The session that opens each README, but for the figures of the day: a reader who types it sees what stands there.
#[cfg(target_os = "linux")]
#[test]
fn the_readme_shows_what_the_demo_prints() {
    // Times, ports and how lines break around them.
    let timeless = |text: &str| {
        let mut kept = String::new();
        for character in text.chars().filter(|character| !character.is_whitespace() && *character != '.') {
            match character {
                digit if digit.is_ascii_digit() => {
                    if !kept.ends_with('#') {
                        kept.push('#');
                    }
                }
                other => kept.push(other),
            }
        }
        kept.replace("#ms", "#").replace("#s", "#")
    };
    for readme in [include_str!("../../README.md"), include_str!("../../README.zh.md")] {
        let (_, session) = readme.split_once("```console\n$ openai-doctor ").unwrap();
        let (line, shown) = session.split_once("\n```").unwrap().0.split_once('\n').unwrap();
        let call: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let run = doctor(&call, &BTreeMap::new(), Folder::new("readme").path());
        assert_eq!(timeless(&run.stdout), timeless(shown), "{line}");
    }
}
