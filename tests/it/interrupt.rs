//! Ctrl-C, whatever the binary is doing: what it has until then is told, and stdout stays one JSON document.

use std::io::Read as _;
use std::net::{TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::contract::breaches_schema;
use crate::world::Folder;

/// Runs a command line, interrupts it once it is as far as `ready` waits for, and gives back what it printed.
fn ended(line: &str, format: &str, ready: impl FnOnce(&mut Child)) -> String {
    ended_by("-INT", line, format, ready)
}

/// The same with the signal that ends it.
fn ended_by(signal: &str, line: &str, format: &str, ready: impl FnOnce(&mut Child)) -> String {
    let home = Folder::new("interrupted");
    let mut child = Command::new(env!("CARGO_BIN_EXE_openai-doctor"))
        .args(line.split_whitespace())
        .args(["--format", format])
        .env_clear()
        .env("HOME", home.path())
        .env("LC_ALL", "C.UTF-8")
        .env("OPENAI_API_KEY", "sk-proj-4Jd8sKq0ZbTn7PmW2yHcQ6vX")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    ready(&mut child);
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
    // Its input stays open: nothing but the signal ends it.
    let input = child.stdin.take();
    let ended = child.wait_with_output().unwrap();
    drop(input);
    let (stdout, stderr) = (String::from_utf8(ended.stdout).unwrap(), String::from_utf8(ended.stderr).unwrap());
    assert_eq!(ended.status.code(), Some(130), "{line}: {stdout}{stderr}");
    assert!(format == "text" || stderr.is_empty(), "{line}: {stderr}");
    stdout + &stderr
}

/// The JSON document and the text of a command line that is interrupted.
fn interrupted(line: &str, mut ready: impl FnMut(&mut Child)) -> (Value, String) {
    let json = ended(line, "json", &mut ready);
    (document(line, &json), ended(line, "text", ready))
}

fn document(line: &str, json: &str) -> Value {
    let document = serde_json::from_str(json).unwrap_or_else(|error| panic!("{line}: {error}: {json}"));
    assert_eq!(breaches_schema(&document), Vec::<String>::new(), "{line}");
    document
}

/// Waits until the process has a handler for SIGINT: from then on it waits for its input, which never comes.
fn listens(child: &mut Child) {
    let path = format!("/proc/{}/status", child.id());
    let caught = || {
        let status = std::fs::read_to_string(&path).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_owned();
        u64::from_str_radix(&mask, 16).unwrap() & (1 << (2 - 1)) != 0
    };
    while !caught() {
        std::thread::yield_now();
    }
}

#[test]
fn an_interrupted_run_says_so_and_exits_with_130() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("diagnose http://{}/v1 --proxy none", silent.local_addr().unwrap());
    let mut connections = Vec::new();
    let (report, text) = interrupted(&line, |_| {
        // Once the request is here, the run waits for an answer that never comes.
        let mut request = [0; 16];
        while !request.starts_with(b"GET ") {
            let (mut connection, _) = silent.accept().unwrap();
            let _ = connection.read(&mut request);
            connections.push(connection);
        }
    });
    assert_eq!((&report["verdict"]["exit_code"], &report["verdict"]["fault"]), (&130.into(), &Value::Null));
    assert_eq!(report["stages"][5]["skip_reason"], "cut-off");
    assert!(text.contains("Interrupted at the stage http"), "{text}");
}

#[test]
fn an_interrupted_ping_keeps_what_it_has_measured() {
    let peer = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("ping --tcp --count 1000 http://{}/v1", peer.local_addr().unwrap());
    let (report, text) = interrupted(&line, |_| {
        for _ in 0..3 {
            peer.accept().unwrap();
        }
    });
    assert_eq!(report["exit_code"], 130);
    assert!(report["targets"][0]["summary"]["received"].as_u64() >= Some(2), "{report:#}");
    assert!(text.contains("came back, loss 0 %"), "{text}");
}

/// Commands that measure a host are interrupted while its name is being looked up.
#[test]
fn a_command_interrupted_at_its_first_step_names_its_host() {
    let at_the_lookup = |command: &str, format: &str| {
        // A resolver a run: nothing that another one asked is waiting there.
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let line = format!("{command} silent.test --resolver {}", silent.local_addr().unwrap());
        ended(&line, format, |_| {
            silent.recv_from(&mut [0; 512]).unwrap();
        })
    };
    for (command, words) in [
        ("ping", "interrupted before silent.test was measured"),
        ("trace", "interrupted: the way to silent.test is not known to its end"),
        ("socket", "interrupted before silent.test was connected"),
    ] {
        let report = document(command, &at_the_lookup(command, "json"));
        assert_eq!((&report["exit_code"], &report["host"]), (&130.into(), &"silent.test".into()), "{report:#}");
        let text = at_the_lookup(command, "text");
        assert!(text.contains(words), "{text}");
    }
}

/// `timeout`, a container's stop and a CI job that is called off end a program so.
#[test]
fn a_terminated_run_tells_what_it_has_like_an_interrupted_one() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("diagnose http://{}/v1 --proxy none", silent.local_addr().unwrap());
    let mut connections = Vec::new();
    let report = ended_by("-TERM", &line, "json", |_| {
        let mut request = [0; 16];
        while !request.starts_with(b"GET ") {
            let (mut connection, _) = silent.accept().unwrap();
            let _ = connection.read(&mut request);
            connections.push(connection);
        }
    });
    assert_eq!(document(&line, &report)["verdict"]["exit_code"], 130);
    let report = document("explain -", &ended_by("-TERM", "explain -", "json", listens));
    assert_eq!(report["error"]["kind"], "interrupted");
}

#[test]
fn an_interrupted_proxy_keeps_its_table_and_what_answered() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let line = format!("proxy https://h.test/v1 --proxy http://{}", silent.local_addr().unwrap());
    let mut connections = Vec::new();
    let (report, text) = interrupted(&line, |_| connections.push(silent.accept().unwrap()));
    assert_eq!(report["exit_code"], 130);
    assert_eq!(report["proxies"][0]["observation"]["skip_reason"], "cut-off");
    assert_eq!(report["programs"].as_array().map(Vec::len), Some(8));
    assert!(text.contains("it had not answered when the run was interrupted"), "{text}");
}

/// Where there is nothing to tell, the document is that of a run without a result.
#[test]
fn a_command_without_a_result_is_interrupted_all_the_same() {
    for (document, text) in
        [interrupted("explain -", listens), interrupted("diagnose --api-key-file - https://127.0.0.1:1/v1", listens)]
    {
        assert_eq!((&document["error"]["kind"], &document["exit_code"]), (&"interrupted".into(), &130.into()));
        assert_eq!(text.trim(), "interrupted before there was a result");
    }
}
