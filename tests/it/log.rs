//! `explain` over logs and pipes: what is printed, in which form, and how it ends.

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::contract::breaches_schema;
use crate::world::Folder;

const LOG: &str = "\
2026-01-02 12:00:00 INFO started
2026-01-02 12:00:01 ERROR Error code: 429 - {'error': {'message': 'Rate limit reached for gpt-4o on requests per min (RPM): Limit 3, Used 3, Requested 1. Please try again in 20s.', 'type': 'requests', 'code': 'rate_limit_exceeded'}}
2026-01-02 12:00:02 ERROR call failed
Traceback (most recent call last):
  File \"app.py\", line 1, in <module>
httpx.ConnectError: [Errno -2] Name or service not known

The above exception was the direct cause of the following exception:

openai.APIConnectionError: Connection error.
2026-01-02 12:00:03 INFO going on
2026-01-02 12:00:04 ERROR HTTP 429 Too Many Requests
";

fn tool(arguments: &[&str], home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_openai-doctor"));
    command
        .args(arguments)
        .current_dir(home)
        .env_clear()
        .env("HOME", home)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn fed(arguments: &[&str], input: &[u8]) -> Output {
    let home = Folder::new("log");
    let mut child = tool(arguments, home.path()).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn lines(stdout: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

fn places(found: &[Value]) -> Vec<(&str, u64)> {
    found.iter().map(|one| (one["fault"].as_str().unwrap(), one["matched"]["line"].as_u64().unwrap())).collect()
}

#[test]
fn a_finding_a_line_from_a_file_and_from_a_pipe() {
    let expected = [("rate-limited-requests", 2), ("dns-name-not-found", 6), ("rate-limited-requests", 12)];
    let home = Folder::new("log");
    fs::write(home.path().join("app.log"), LOG).unwrap();
    let of_file = tool(&["explain", "app.log", "--jsonl"], home.path()).output().unwrap();
    let utf16: Vec<u8> = "\u{feff}".encode_utf16().chain(LOG.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    for ended in [of_file, fed(&["explain", "-", "--jsonl"], LOG.as_bytes()), fed(&["explain", "-", "--jsonl"], &utf16)]
    {
        let found = lines(&ended.stdout);
        assert_eq!(places(&found), expected);
        assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(12), &b""[..]));
        for one in &found {
            assert_eq!(breaches_schema(one), Vec::<String>::new());
        }
        assert_eq!(found[0]["retry_after_s"], 20.0);
        assert_eq!(found[1]["matched"]["time"], "2026-01-02 12:00:02");
    }
    let healthy = fed(&["explain", "-", "--jsonl"], b"INFO one\nINFO two\n");
    assert_eq!((healthy.status.code(), healthy.stdout.as_slice()), (Some(0), &b""[..]));
}

#[test]
fn a_finding_is_told_while_the_pipe_is_open() {
    let home = Folder::new("log-open");
    let mut child = tool(&["explain", "-", "--jsonl"], home.path()).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(LOG.as_bytes()).unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let found: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(found["fault"], "rate-limited-requests");
    drop(input);
    child.wait().unwrap();
}

#[test]
fn a_summary_counts_by_fault_and_layer() {
    let ended = fed(&["explain", "-", "--summary", "--json"], LOG.as_bytes());
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(breaches_schema(&summary), Vec::<String>::new());
    assert_eq!((&summary["lines"], &summary["failures"]), (&12.into(), &3.into()));
    assert_eq!(summary["interrupted"], false);
    let faults: Vec<_> = summary["faults"].as_array().unwrap().iter().map(|of| (&of["fault"], &of["count"])).collect();
    assert_eq!(faults, [(&"rate-limited-requests".into(), &2.into()), (&"dns-name-not-found".into(), &1.into())]);
    let often = &summary["faults"][0];
    assert_eq!((&often["first"]["line"], &often["last"]["line"]), (&2.into(), &12.into()));
    assert_eq!(often["last"]["time"], "2026-01-02 12:00:04");
    assert_eq!(summary["layers"].as_array().unwrap().len(), 2);
    assert_eq!(ended.status.code(), Some(12));
    let text = fed(&["explain", "-", "--summary"], LOG.as_bytes());
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("rate-limited-requests") && text.contains("12:00:04"), "{text}");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let home = Folder::new("log");
    let log = "ERROR curl: (7) Failed to connect to localhost port 1: Connection refused\n".repeat(20_000);
    fs::write(home.path().join("app.log"), log).unwrap();
    let (reader, writer) = std::io::pipe().unwrap();
    let child = tool(&["explain", "app.log", "--jsonl"], home.path()).stdout(writer).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(reader).read_line(&mut first).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
    assert!(lines(first.as_bytes())[0]["fault"] == "tcp-refused");
}

#[cfg(unix)]
fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn a_log_is_followed_through_growth_cutting_and_replacement() {
    const REFUSED: &str = "ERROR connect ECONNREFUSED 127.0.0.1:11434\n";
    const RESET: &str = "ERROR read ECONNRESET\n";
    let home = Folder::new("log");
    let log = home.path().join("app.log");
    fs::write(&log, LOG).unwrap();
    let mut child = tool(&["explain", "app.log", "--follow", "--jsonl"], home.path()).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let one: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        (one["fault"].as_str().unwrap_or_default().to_owned(), one["matched"]["line"].as_u64())
    };
    assert_eq!(next().1, Some(2));
    assert_eq!(next().1, Some(6));
    assert_eq!(next().1, Some(12));
    OpenOptions::new().append(true).open(&log).unwrap().write_all(REFUSED.as_bytes()).unwrap();
    assert_eq!(next(), ("tcp-refused".to_owned(), Some(13)));
    // Cut and written anew: lines count from the beginning.
    fs::write(&log, format!("INFO\n{RESET}")).unwrap();
    assert_eq!(next(), ("connection-reset".to_owned(), Some(2)));
    // Replaced by another file of that name.
    fs::rename(&log, home.path().join("app.log.1")).unwrap();
    fs::write(&log, format!("INFO\nINFO\n{REFUSED}")).unwrap();
    assert_eq!(next(), ("tcp-refused".to_owned(), Some(3)));
    interrupt(&child);
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr).as_ref()), (Some(130), ""));
}

#[cfg(unix)]
#[test]
fn an_interrupted_follower_leaves_one_document() {
    for (format, field) in [(&["--json"][..], "findings"), (&["--summary", "--json"], "faults")] {
        let home = Folder::new("log");
        fs::write(home.path().join("app.log"), LOG).unwrap();
        let arguments = [&["explain", "app.log", "--follow"][..], format].concat();
        let child = tool(&arguments, home.path()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1500));
        interrupt(&child);
        let ended = child.wait_with_output().unwrap();
        let document: Value = serde_json::from_slice(&ended.stdout).unwrap();
        assert_eq!(breaches_schema(&document), Vec::<String>::new());
        assert_eq!(document[field].as_array().unwrap().len(), 2, "{document}");
        assert_eq!(ended.status.code(), Some(130));
    }
}
