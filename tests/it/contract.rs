//! What every output keeps to, whatever it says: the published schema, the exit codes, the key's secrecy.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::world::{Folder, Run, doctor};

/// The schema that the binary publishes.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let home = Folder::new("schema");
    let run = doctor(&["schema".to_owned()], &BTreeMap::new(), home.path());
    let schema: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    jsonschema::validator_for(&schema).unwrap()
});

/// The exit code of each layer.
const LAYERS: [(&str, i32); 4] = [("network", 10), ("transport", 11), ("application", 12), ("service", 13)];

/// In what a document breaks the published schema.
pub fn breaches_schema(document: &Value) -> Vec<String> {
    SCHEMA
        .iter_errors(document)
        .take(5)
        .map(|error| format!("against the schema at {}: {:.300}", error.instance_path(), error.to_string()))
        .collect()
}

/// In what a report breaks the contract.
pub fn breaches(report: &Value, run: &Run) -> Vec<String> {
    let mut wrong = breaches_schema(report);
    let verdict = &report["verdict"];
    let of_layer = LAYERS.iter().find(|(layer, _)| verdict["layer"] == *layer).map(|(_, code)| *code);
    let status = verdict["status"].as_str().unwrap_or_default();
    let code = if status == "faulty" { of_layer } else { Some(0) };
    if status != "inconclusive" && run.exit_code != code {
        wrong.push(format!("exit code {:?} does not go with {verdict}", run.exit_code));
    }
    if verdict["fault"] != report["diagnoses"][0]["fault"] {
        wrong.push(format!("the first diagnosis is {}, not {}", report["diagnoses"][0]["fault"], verdict["fault"]));
    }
    for stage in report["stages"].as_array().into_iter().flatten() {
        let unreached = stage["status"] == "skip" || stage["started_ms"].is_null();
        if unreached && !stage["duration_ms"].is_null() {
            wrong.push(format!("{} was not reached and took {} ms", stage["stage"], stage["duration_ms"]));
        }
    }
    wrong
}

/// Whether more of the key than its last four characters stands in the output.
pub fn leak(key: &str, run: &Run) -> Option<String> {
    // What every key begins with is no secret; eight further characters in a row are.
    let secret = key.trim().trim_matches('"').trim_start_matches("sk-proj-").trim_start_matches("sk-");
    let characters: Vec<char> = secret.chars().collect();
    let said = format!("{}{}", run.stdout, run.stderr);
    let pieces = characters.windows(8).map(|window| window.iter().collect::<String>());
    pieces.into_iter().find(|piece| said.contains(piece)).map(|piece| format!("the key is printed: …{piece}…"))
}

/// In what the text output of the same run falls short.
pub fn text_breaches(text: &Run, json: &Run, fault: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.exit_code != json.exit_code {
        wrong.push(format!("text exits with {:?}, JSON with {:?}", text.exit_code, json.exit_code));
    }
    if let Some(fault) = fault.filter(|fault| !text.stdout.contains(fault)) {
        wrong.push(format!("the text does not name {fault}: {:.400}", text.stdout));
    }
    if let Some(control) = text.stdout.chars().find(|c| c.is_control() && *c != '\n') {
        wrong.push(format!("the text holds {control:?} although stdout is no terminal"));
    }
    wrong
}

#[test]
fn the_schema_rejects_what_is_no_report() {
    assert!(!SCHEMA.is_valid(&serde_json::json!({"schema_version": 1})));
}

#[test]
fn a_piece_of_the_key_counts_as_a_leak() {
    let run = |stdout: &str| Run { stdout: stdout.to_owned(), ..Run::default() };
    assert_eq!(leak("sk-proj-abcdefghijklmnop", &run("sk-proj-****mnop")), None);
    assert!(leak("sk-proj-abcdefghijklmnop", &run("…defghijkl…")).is_some());
}

/// Runs a line in a home of its own.
fn run(line: &str, env: &[(&str, &str)]) -> Run {
    let home = Folder::new("contract");
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    doctor(&arguments, &env, home.path())
}

fn document(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"))
}

#[test]
fn every_path_under_json_prints_one_document_and_exits_as_in_text() {
    for line in [
        "",
        "config",
        "config --config none.toml",
        "explain",
        "explain dns-poisoned",
        "explain --list",
        "completions",
        "completions bash",
        "completions tcsh",
        "man",
        "man diagnose",
        "man diagnos",
        "help",
        "help exit-codes",
        "help diagnose",
        "help exit-cods",
        "--help",
        "--version",
        "diagnose --help",
        "diagnose --demo list",
        "diagnose --demo dns-poisonned",
        "diagnose --timeout soon",
        "diagnose --only network",
        "dns --loud",
        "ping --tcp --count 1 http://127.0.0.1:1/v1",
        "ping --tcp --count 1 http://[::1]:1/v1",
        "ping --count none",
        "trace http://127.0.0.1:1/v1",
        "trace --method carrier-pigeon",
        "proxy https://api.corp.example/v1",
        "diagnos",
        "chat",
        "env",
        "dns :443",
        "socket h:99999",
        "explain --layer network",
        "fastest-ip --rounds 0",
        "diagnose --proxy http://e\u{1b}[31m\u{202e}:1",
        "config --config e\u{1b}[31m\u{202e}.toml",
        "config --profile sk-proj-4Jd8sKq0ZbTn7PmW2yHcQ6vX",
    ] {
        let text = run(line, &[]);
        let json = run(&format!("{line} --json"), &[]);
        let document = document(&json);
        assert_eq!(breaches_schema(&document), Vec::<String>::new(), "{line}");
        assert_eq!(document["schema_version"], 1, "{line}");
        assert_eq!((text.exit_code, json.stderr.as_str()), (json.exit_code, ""), "{line}");
        let failed = text.exit_code != Some(0);
        assert_eq!((text.stdout.is_empty(), text.stderr.is_empty()), (failed, !failed), "{line}: {text:?}");
        assert_eq!(document["error"].is_object(), failed, "{line}");
        let said = format!("{}{}{}", text.stdout, text.stderr, json.stdout);
        assert!(!said.contains(['\u{1b}', '\u{202e}']) && !said.contains("4Jd8sKq0"), "{line}: {said:?}");
    }
    assert!(document(&run("schema --json", &[]))["$schema"].is_string());
}

/// A measurement that fails has figures all the same: they are its result, and no error of the tool.
#[test]
fn a_host_that_cannot_be_measured_is_a_result() {
    // No resolver may be asked for such a name (RFC 7686), so it fails without a network.
    for line in ["ping nobody.onion", "trace nobody.onion"] {
        let text = run(line, &[]);
        let json = run(&format!("{line} --json"), &[]);
        let document = document(&json);
        assert_eq!(breaches_schema(&document), Vec::<String>::new(), "{line}");
        assert_eq!((text.exit_code, json.exit_code), (Some(10), Some(10)), "{line}: {text:?}");
        assert!(document["failure"]["kind"].is_string() && document["error"].is_null(), "{line}: {document:#}");
        assert!(!text.stdout.is_empty(), "{line}: {text:?}");
    }
}

#[test]
fn an_address_has_no_name_that_could_be_wrong() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let json = run(&format!("dns 127.0.0.1:{port} --json"), &[]);
    assert_eq!((json.exit_code, &document(&json)["verdict"]["status"]), (Some(0), &"healthy".into()), "{json:?}");
}

/// A run whose time is up before anybody could have answered blames nobody.
#[test]
fn a_run_without_time_is_inconclusive() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/v1", silent.local_addr().unwrap());
    let json = run(&format!("diagnose {url} --proxy none --timeout 50ms --json"), &[]);
    let report = document(&json);
    assert_eq!(breaches_schema(&report), Vec::<String>::new());
    assert_eq!((json.exit_code, &report["verdict"]["status"]), (Some(1), &"inconclusive".into()), "{report:#}");
    assert_eq!(report["diagnoses"].as_array().map(Vec::len), Some(0));
}

/// What the page says of a field: its JSON type, or `null` beside it.
fn check(wrong: &mut Vec<String>, of: &Value, fields: &[(&str, &str)]) {
    for (pointer, types) in fields {
        let Some(value) = of.pointer(pointer) else {
            wrong.push(format!("{pointer} is missing"));
            continue;
        };
        let is = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        if !types.split('|').any(|allowed| allowed == is) {
            wrong.push(format!("{pointer} is {is}, not {types}: {value}"));
        }
    }
}

#[test]
fn a_report_has_the_fields_and_types_of_the_page() {
    let mut wrong = Vec::new();
    for demo in ["", "quota-exhausted", "tls-intercepted", "dns-no-answer", "proxy-auth-required", "dns-slow"] {
        let json = run(&format!("diagnose --json --demo {demo}"), &[]);
        let report = document(&json);
        let before = wrong.len();
        check(
            &mut wrong,
            &report,
            &[
                ("/schema_version", "number"),
                ("/tool/name", "string"),
                ("/tool/version", "string"),
                ("/started_at", "string"),
                ("/duration_ms", "number"),
                ("/target/base_url", "string"),
                ("/target/host", "string"),
                ("/target/port", "number"),
                ("/target/route/kind", "string"),
                ("/target/route/proxy", "string|null"),
                ("/target/route/origin", "string"),
                ("/target/key/origin", "string"),
                ("/target/key/tail", "string"),
                ("/verdict/status", "string"),
                ("/verdict/fault", "string|null"),
                ("/verdict/layer", "string|null"),
                ("/verdict/exit_code", "number"),
                ("/diagnoses", "array"),
                ("/stages", "array"),
                ("/experiments", "array"),
            ],
        );
        for one in report["diagnoses"].as_array().into_iter().flatten() {
            check(
                &mut wrong,
                one,
                &[
                    ("/fault", "string"),
                    ("/layer", "string"),
                    ("/owner", "string"),
                    ("/confidence", "string"),
                    ("/title", "string"),
                    ("/explanation", "string"),
                    ("/evidence/0", "string"),
                    ("/ruled_out", "array"),
                    ("/fixes/0/text", "string"),
                    ("/fixes/0/command", "string|null"),
                    ("/impact", "string"),
                    ("/retry", "string"),
                    ("/reproduce", "array"),
                ],
            );
            for rival in one["ruled_out"].as_array().into_iter().flatten() {
                check(&mut wrong, rival, &[("/fault", "string"), ("/because", "string")]);
            }
        }
        let stages: Vec<&Value> = report["stages"].as_array().into_iter().flatten().collect();
        let names: Vec<&str> = stages.iter().filter_map(|stage| stage["stage"].as_str()).collect();
        assert_eq!(names, ["config", "dns", "proxy", "tcp", "tls", "http", "api", "stream"], "{demo}");
        for stage in stages {
            check(
                &mut wrong,
                stage,
                &[
                    ("/status", "string"),
                    ("/started_ms", "number|null"),
                    ("/duration_ms", "number|null"),
                    ("/skip_reason", "string|null"),
                    ("/facts", "object"),
                    ("/failure", "object|null"),
                ],
            );
            if stage["failure"].is_object() {
                check(
                    &mut wrong,
                    &stage["failure"],
                    &[
                        ("/kind", "string"),
                        ("/detail", "string"),
                        ("/os_error", "number|null"),
                        ("/curl_exit", "number|null"),
                    ],
                );
            }
            let skipped = stage["status"] == "skip";
            if skipped == stage["skip_reason"].is_null() || stage["status"] == "fail" && stage["failure"].is_null() {
                wrong.push(format!("{}: {} with {}", stage["stage"], stage["status"], stage["skip_reason"]));
            }
        }
        wrong.extend(breaches(&report, &json));
        if report["target"]["key"]["tail"].as_str().is_some_and(|tail| tail.chars().count() > 4) {
            wrong.push("more than four characters of the key".to_owned());
        }
        let started = report["started_at"].as_str().unwrap_or_default();
        if started.len() < 20 || !started.ends_with('Z') || &started[10..11] != "T" {
            wrong.push(format!("{started} is not RFC 3339 in UTC"));
        }
        wrong[before..].iter_mut().for_each(|said| *said = format!("{demo}: {said}"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn exit_codes_are_the_same_in_every_format() {
    for (line, code) in [
        ("--demo", 0),
        ("--demo --strict", 0),
        ("--demo --slo total=0.001ms", 4),
        ("--demo --slo total=10m", 0),
        ("--demo dns-slow", 0),
        ("--demo dns-slow --strict", 3),
        ("--demo tcp-refused", 10),
        ("--demo tls-certificate-expired --strict", 11),
        ("--demo quota-exhausted --slo total=0.001ms", 12),
        ("--demo server-error", 13),
        ("--demo nothing-like-it", 2),
        ("--demo --skip api", 0),
        ("--demo key-invalid --only api", 12),
        ("--demo key-quoted --only config", 12),
        ("--demo --only stream", 2),
        ("-6 http://127.0.0.1:1/v1", 2),
        ("-4 http://[::1]:1/v1", 2),
    ] {
        for format in ["--json", "--format text", "-q", "-v", "--lang zh"] {
            let seen = run(&format!("diagnose {line} {format}"), &[]);
            assert_eq!(seen.exit_code, Some(code), "diagnose {line} {format}: {seen:?}");
        }
    }
}

#[test]
fn a_stage_that_was_left_out_is_in_no_format() {
    for (line, shown) in [
        ("--only dns", &["config", "dns"][..]),
        ("--only tls", &["config", "tls"]),
        ("--skip http", &["config", "dns", "tcp", "tls", "api"]),
        ("--skip http --skip api", &["config", "dns", "tcp", "tls"]),
        ("--skip api", &["config", "dns", "tcp", "tls", "http"]),
        ("--only stream --deep", &["config", "stream"]),
    ] {
        let text = run(&format!("diagnose --demo {line}"), &[]);
        let lines: Vec<&str> = text
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix("✓ ")?.split_once("  ").map(|(name, _)| name))
            .collect();
        assert_eq!(lines, shown, "{line}: {}", text.stdout);
        let report = document(&run(&format!("diagnose --demo {line} --json"), &[]));
        let passed: Vec<&str> = report["stages"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|stage| stage["status"] == "pass")
            .filter_map(|stage| stage["stage"].as_str())
            .collect();
        assert_eq!(passed, shown, "{line}");
    }
}

#[test]
fn secrets_never_leave_in_any_form() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (key, word) = ("sk-proj-4Jd8sKq0ZbTn7PmW2yHcQ6vX", "hunter2-correct-horse");
    let proxy = format!("http://alice:{word}@{closed}");
    let quoted = format!("\"{key}\"");
    let broken = format!("{}\n{}", &key[..16], &key[16..]);
    for key_as_set in [key, &quoted, &broken] {
        let env = [("OPENAI_API_KEY", key_as_set), ("HTTPS_PROXY", proxy.as_str()), ("http_proxy", proxy.as_str())];
        for line in [
            format!("diagnose https://127.0.0.1:{}/v1", closed.port()),
            format!("diagnose https://127.0.0.1:{}/v1 --proxy none", closed.port()),
            format!("http https://127.0.0.1:{}/v1", closed.port()),
            format!("diagnose https://alice:{word}@127.0.0.1:{}/v1 --proxy none", closed.port()),
            "config".to_owned(),
        ] {
            for format in ["", "-v", "-q", "--json", "--json -v", "--lang zh -v"] {
                let seen = run(&format!("{line} {format}"), &env);
                assert_eq!(leak(key, &seen), None, "{line} {format}: {seen:?}");
                let said = format!("{}{}", seen.stdout, seen.stderr);
                assert!(!said.contains(word), "{line} {format} prints the password: {said}");
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure_and_a_closed_pipe_is_not() {
    use std::process::{Command, Stdio};

    let tool = |stdout: Stdio| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_openai-doctor"));
        command.args(["diagnose", "--demo", "list"]).env_clear().stdout(stdout).stderr(Stdio::piped()).spawn().unwrap()
    };
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ended = tool(full.into()).wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("cannot be written"));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = tool(writer.into()).wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), vec![]));
}
