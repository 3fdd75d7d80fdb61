//! Saved reports: judged again and compared, without the network.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::{breaches, breaches_schema};
use crate::world::{Folder, Run, doctor};

fn run_in(home: &Folder, line: &str) -> Run {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    doctor(&arguments, &BTreeMap::new(), home.path())
}

/// Diagnoses the embedded endpoint and saves the report.
fn save(home: &Folder, demo: &str, file: &str) -> Run {
    let run = run_in(home, &format!("diagnose --json --demo {demo}"));
    std::fs::write(home.path().join(file), &run.stdout).unwrap();
    run
}

#[test]
fn a_replay_says_what_the_run_said() {
    let home = Folder::new("replay");
    for demo in ["", "dns-poisoned", "tls-certificate-expired", "quota-exhausted"] {
        let run = save(&home, demo, "report.json");
        let replay = run_in(&home, "diagnose --replay report.json --json");
        let document: Value = serde_json::from_str(&replay.stdout).unwrap();
        assert_eq!((&replay.stdout, replay.exit_code), (&run.stdout, run.exit_code), "{demo}");
        assert_eq!(breaches(&document, &replay), Vec::<String>::new());
        let text = run_in(&home, "diagnose --replay report.json --lang zh");
        assert_eq!(text.exit_code, run.exit_code);
        assert!(text.stdout.contains(demo) && !text.stdout.is_ascii(), "{}", text.stdout);
    }
}

#[test]
fn what_is_no_report_is_a_usage_error() {
    let home = Folder::new("replay-usage");
    std::fs::write(home.path().join("log.txt"), "2025-01-01 all is well\n").unwrap();
    for (line, words) in [
        ("diagnose --replay none.json", "cannot be read"),
        ("diagnose --replay .", "cannot be read"),
        ("diagnose --replay log.txt", "is not a report of `openai-doctor diagnose --json`: it is not valid JSON"),
        ("diagnose --replay -", "stdin is not a report of `openai-doctor diagnose --json`: it is empty"),
        ("diff log.txt log.txt", "is not a report"),
        ("diff log.txt", "missing: <B>"),
        ("diagnose --replay log.txt --proxy none", "cannot be used together"),
        ("diagnose https://localhost/v1 --replay log.txt", "cannot be used together"),
    ] {
        let text = run_in(&home, line);
        assert_eq!((text.exit_code, text.stdout.as_str()), (Some(2), ""), "{line}: {text:?}");
        assert!(text.stderr.contains(words), "{line}: {}", text.stderr);
        let run = run_in(&home, &format!("{line} --json"));
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.exit_code, breaches_schema(&document)), (Some(2), vec![]), "{line}");
    }
}

#[test]
fn two_reports_part_where_the_fault_is() {
    let home = Folder::new("diff");
    for (demo, file) in [("", "good.json"), ("dns-poisoned", "poisoned.json"), ("key-invalid", "key.json")] {
        save(&home, demo, file);
    }
    for (line, at, same) in [
        ("diff good.json good.json", None, true),
        ("diff good.json poisoned.json", Some("dns"), false),
        ("diff key.json good.json", Some("http"), false),
    ] {
        let run = run_in(&home, &format!("{line} --json"));
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((run.exit_code, breaches_schema(&document)), (Some(0), vec![]), "{line}");
        assert_eq!(document["same_verdict"], same, "{line}: {document:#}");
        // Every demo has ports and a key of its own.
        let own = |one: &&Value| !matches!(one["at"].as_str(), Some("target" | "route"));
        let parted =
            document["differences"].as_array().unwrap().iter().filter(own).find(|one| one["weight"] == "decisive");
        assert_eq!(parted.and_then(|one| one["at"].as_str()), at.filter(|_| !same), "{line}: {document:#}");
        let text = run_in(&home, &format!("{line} --exit-code"));
        assert_eq!(text.exit_code, Some(i32::from(!same)), "{line}");
    }
}
