//! `proxy`: which proxy each program takes, and whether the proxies work; on loopback only.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};

use serde_json::Value;

use crate::contract::breaches_schema;
use crate::world::{Folder, Run, doctor};

const URL: &str = "https://api.corp.example/v1";

fn run_in(home: &Folder, line: &str, env: &[(&str, &str)]) -> Run {
    let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
    let env: BTreeMap<String, String> =
        env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    doctor(&arguments, &env, home.path())
}

fn json(run: &Run) -> Value {
    let document = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    assert_eq!(breaches_schema(&document), Vec::<String>::new());
    document
}

/// A proxy that answers every request for a tunnel with one status line.
fn proxy(answer: &'static str) -> u16 {
    use std::io::{Read as _, Write as _};
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = [0; 4096];
            let _ = stream.read(&mut head);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    port
}

#[test]
fn without_variables_everybody_goes_direct() {
    let home = Folder::new("proxy-none");
    let run = run_in(&home, &format!("proxy {URL} --json"), &[]);
    let document = json(&run);
    assert_eq!(run.exit_code, Some(0));
    assert_eq!(document["programs"].as_array().unwrap().len(), 8);
    assert!(document["programs"].as_array().unwrap().iter().all(|one| one["proxy"].is_null()), "{document:#}");
    assert_eq!(document["proxies"], serde_json::json!([]));
}

#[test]
fn every_proxy_that_is_named_is_tried() {
    let home = Folder::new("proxy-two");
    let (good, bad) = (proxy("HTTP/1.1 200 OK\r\n\r\n"), proxy("HTTP/1.1 403 Forbidden\r\n\r\n"));
    let (good, bad) = (format!("http://u:hunter22@127.0.0.1:{good}"), format!("http://127.0.0.1:{bad}"));
    let env = [("https_proxy", good.as_str()), ("HTTPS_PROXY", bad.as_str()), ("HTTP_PORXY", "x")];
    let run = run_in(&home, &format!("proxy {URL} --json"), &env);
    let document = json(&run);
    let works = |name: &str| {
        let proxies = document["proxies"].as_array().unwrap();
        let named = |one: &&Value| one["origins"].as_array().unwrap().iter().any(|origin| origin == name);
        proxies.iter().find(named).map(|one| (one["works"].as_bool(), one["diagnoses"][0]["fault"].as_str()))
    };
    assert_eq!(works("https_proxy"), Some((Some(true), None)), "{document:#}");
    assert_eq!(works("HTTPS_PROXY"), Some((Some(false), Some("proxy-connect-denied"))));
    // Go goes by the upper case, and so meets the proxy that refuses.
    assert_eq!(run.exit_code, Some(10));
    assert_eq!(document["diagnoses"][0]["fault"], "proxy-env-conflict");
    assert_eq!(document["notes"][0]["code"], "variable-mistyped");
    for lang in ["en", "zh"] {
        let text = run_in(&home, &format!("proxy {URL} --lang {lang}"), &env);
        for words in ["proxy-connect-denied", "HTTPS_PROXY", "HTTP_PORXY", "Node.js", "403 Forbidden"] {
            assert!(text.stdout.contains(words), "{words}: {}", text.stdout);
        }
        assert!(!format!("{text:?}{run:?}").contains("hunter22"));
    }
}

#[test]
fn a_dead_proxy_that_nobody_uses_is_no_failure() {
    let home = Folder::new("proxy-unused");
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let dead = format!("http://127.0.0.1:{closed}");
    let env = [("HTTPS_PROXY", dead.as_str()), ("NO_PROXY", "api.corp.example")];
    let run = run_in(&home, &format!("proxy {URL} --json"), &env);
    let document = json(&run);
    assert_eq!(run.exit_code, Some(0), "{document:#}");
    assert_eq!(document["proxies"][0]["diagnoses"][0]["fault"], "proxy-unreachable");
    assert!(document["programs"].as_array().unwrap().iter().all(|one| one["proxy"].is_null()));
    let used = run_in(&home, &format!("proxy {URL} --json"), &env[..1]);
    assert_eq!(used.exit_code, Some(10));
}
