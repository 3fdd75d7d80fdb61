//! The commands that send nothing: settings, help, usage errors, completions, run as a user runs them.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::contract::{breaches_schema, leak};
use crate::world::{Folder, Run, doctor};

const KEY: &str = "sk-proj-4Jd8sKq0ZbTn7PmW2yHcQ6vX";

fn run_in(home: &Folder, line: &str, env: &[(&str, &str)]) -> Run {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let env: BTreeMap<String, String> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    doctor(&arguments, &env, home.path())
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn the_file_at_the_usual_place_is_read_and_its_profile_overlays_it() {
    let home = Folder::new("settings");
    let folder = home.path().join("config/openai-doctor");
    std::fs::create_dir_all(&folder).unwrap();
    let file = "timeout = \"20s\"\nbase_url = \"https://top.example/v1\"\n[profiles.work]\nbase_url = \"https://work.example/v1\"\n";
    std::fs::write(folder.join("config.toml"), file).unwrap();
    let run = run_in(&home, "config --profile work --json", &[("OPENAI_API_KEY", KEY)]);
    let report = json(&run);
    assert_eq!((run.exit_code, breaches_schema(&report), leak(KEY, &run)), (Some(0), vec![], None));
    let setting = |name: &str| report["settings"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap();
    assert_eq!(setting("base_url")["value"], "https://work.example/v1");
    assert!(setting("base_url")["origin"].as_str().unwrap().ends_with("config.toml: profiles.work.base_url"));
    assert_eq!(setting("timeout")["value"], "20s");
    assert_eq!(setting("api_key")["value"], "****Q6vX");
    for lang in ["en", "zh"] {
        let text = run_in(&home, &format!("config --lang {lang}"), &[("OPENAI_API_KEY", KEY)]);
        assert!(text.stdout.contains("https://top.example/v1") && leak(KEY, &text).is_none(), "{text:?}");
    }
}

#[test]
fn a_usage_error_is_a_document_under_json_and_a_message_otherwise() {
    let home = Folder::new("usage");
    std::fs::write(home.path().join("bad.toml"), "timeout = 3\nbase_ulr = \"x\"\n").unwrap();
    for (line, words) in [
        ("diagnos", "did you mean `diagnose`?"),
        ("diagnose --timeout soon", "a duration is"),
        ("config --config bad.toml", "line 2, column 1: there is no setting `base_ulr`; did you mean `base_url`?"),
        ("config --config none.toml", "cannot be read"),
        ("config --profile work", "there is no profile `work`"),
        ("config --proxy ftp://x", "its scheme is not http"),
        ("diagnose --api-key sk-proj-4Jd8sKq0ZbTn7PmW2yHcQ6vX", "no flag takes a key"),
        ("diagnose sk-proj-4Jd8sKq0ZbTn7PmW2yHcQ6vX", "looks like an API key"),
        ("help exit-cods", "did you mean `exit-codes`?"),
    ] {
        let text = run_in(&home, line, &[]);
        assert_eq!((text.exit_code, text.stdout.as_str()), (Some(2), ""), "{line}: {text:?}");
        assert!(text.stderr.contains(words), "{line}: {}", text.stderr);
        let run = run_in(&home, &format!("{line} --json"), &[]);
        let document = json(&run);
        assert_eq!((run.exit_code, breaches_schema(&document)), (Some(2), vec![]), "{line}");
        assert_eq!(document["exit_code"], 2);
        assert!(document["error"]["message"].as_str().unwrap().contains(words), "{line}: {document}");
        assert!(leak(KEY, &text).is_none() && leak(KEY, &run).is_none(), "{line}");
    }
}

#[test]
fn help_follows_the_locale_and_the_flag() {
    let home = Folder::new("help");
    for (line, locale, words) in [
        ("--help", "C.UTF-8", "Examples:"),
        ("--help", "zh_CN.UTF-8", "用法："),
        ("diagnose --help --lang en", "zh_CN.UTF-8", "Usage:"),
        ("help environment", "zh_CN.UTF-8", "OPENAI_BASE_URL"),
        ("help exit-codes", "C.UTF-8", "130"),
        ("man", "C.UTF-8", ".SH \"EXIT STATUS\""),
        ("--version", "zh_CN.UTF-8", env!("CARGO_PKG_VERSION")),
    ] {
        let run = run_in(&home, line, &[("LC_ALL", locale)]);
        assert_eq!(run.exit_code, Some(0), "{line}: {run:?}");
        assert!(run.stdout.contains(words), "{line}: {}", run.stdout);
        assert!(!run.stdout.contains('\u{1b}'), "{line}: colour in a pipe");
    }
}

#[test]
fn shells_get_their_script_and_their_answers() {
    let home = Folder::new("completions");
    for (shell, file) in [
        ("bash", "openai-doctor.bash"),
        ("zsh", "_openai-doctor"),
        ("fish", "openai-doctor.fish"),
        ("powershell", "_openai-doctor.ps1"),
        ("elvish", "openai-doctor.elv"),
    ] {
        let script = run_in(&home, &format!("completions {shell}"), &[]);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(file);
        assert_eq!(script.stdout.trim_end(), std::fs::read_to_string(path).unwrap().trim_end(), "{file} is stale");
        // What the scripts send: every word of the line, and in which of them the cursor stands.
        let asked = [("OPENAI_DOCTOR_COMPLETE", shell), ("_CLAP_COMPLETE_INDEX", "2")];
        let answer = run_in(&home, "-- openai-doctor explain dns-po", &asked);
        assert!(answer.stdout.contains("dns-poisoned"), "{shell}: {answer:?}");
    }
}
