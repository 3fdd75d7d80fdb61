//! Every scenario against the binary: the confusion matrix, and what every output must keep to.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::thread;

use openai_doctor::diagnosis::{Layer, faults};
use serde_json::Value;

use crate::contract;
use crate::scenario::{self, Scenario};
use crate::world::{self, Outcome, Run};

/// How many scenarios run at a time.
const PARALLEL: usize = 4;

/// The most memory a run may take, in KiB; the binary of the tests is not optimised.
const MEMORY_KIB: u64 = 96 * 1024;

/// How often each healthy network of packets is looked at.
const HEALTHY_RUNS: usize = 25;

/// Held by whoever runs scenarios: more of them at a time than there are cores measure each other.
static TURN: Mutex<()> = Mutex::new(());

/// A line of the matrix.
struct Row {
    scenario: String,
    expected: String,
    verdict: String,
    exit_code: String,
    elapsed_ms: u64,
    peak_kib: u64,
    wrong: Vec<String>,
    skipped: bool,
}

#[test]
fn every_scenario_gets_its_verdict() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let wanted = std::env::var("SCENARIO").unwrap_or_default();
    let scenarios: Vec<Scenario> = scenario::all().into_iter().filter(|one| one.name.contains(&wanted)).collect();
    let queue: Mutex<VecDeque<&Scenario>> = Mutex::new(scenarios.iter().collect());
    let rows = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = queue.lock().unwrap().pop_front() else { return };
                    let row = judge(scenario);
                    rows.lock().unwrap().push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap();
    rows.sort_by(|a, b| a.scenario.cmp(&b.scenario));
    assert!(!rows.is_empty(), "no scenario is called {wanted:?}");
    // Written past the test harness, which keeps what `println!` says to itself.
    let _ = std::io::stdout().write_all(matrix(&rows).as_bytes());
    let on_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| !row.wrong.is_empty() && (on_ci || !row.skipped))
        .map(|row| format!("{}:\n    {}", row.scenario, row.wrong.join("\n    ")))
        .collect();
    assert!(wrong.is_empty(), "{} of {} scenarios went wrong\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn judge(scenario: &Scenario) -> Row {
    assess(scenario, world::run(scenario))
}

fn assess(scenario: &Scenario, outcome: Outcome) -> Row {
    let expect = &scenario.expect;
    let expected = expect.fault.clone().unwrap_or_else(|| expect.status.clone());
    let mut row = Row {
        scenario: scenario.name.clone(),
        expected,
        verdict: String::new(),
        exit_code: String::new(),
        elapsed_ms: 0,
        peak_kib: 0,
        wrong: Vec::new(),
        skipped: false,
    };
    let (json, text, key) = match outcome {
        Outcome::Ran { json, text, key } => (json, text, key),
        Outcome::Skipped(why) => {
            row.verdict = format!("skipped: {why}");
            row.wrong.push(row.verdict.clone());
            row.skipped = true;
            return row;
        }
    };
    row.elapsed_ms = json.elapsed_ms;
    row.peak_kib = json.peak_kib;
    row.exit_code = json.exit_code.map_or_else(|| "killed".to_owned(), |code| code.to_string());
    let report: Value = match serde_json::from_str(&json.stdout) {
        Ok(report) => report,
        Err(error) => {
            "no JSON".clone_into(&mut row.verdict);
            row.wrong.push(format!("stdout is no JSON ({error}): {:.300}\nstderr: {:.600}", json.stdout, json.stderr));
            return row;
        }
    };
    let verdict = &report["verdict"];
    name(verdict).clone_into(&mut row.verdict);
    row.wrong.extend(verdict_mismatches(scenario, &report, &json));
    row.wrong.extend(remedy_mismatches(expect.remedy.as_deref(), &report));
    row.wrong.extend(contract::breaches(&report, &json));
    for run in [Some(&json), text.as_ref()].into_iter().flatten() {
        row.wrong.extend(key.as_deref().and_then(|key| contract::leak(key, run)));
        row.wrong.extend(bounds(scenario, run));
    }
    if let Some(text) = &text {
        row.wrong.extend(contract::text_breaches(text, &json, expect.fault.as_deref()));
    }
    row
}

/// The fault of a verdict, or its status where it names none.
fn name(verdict: &Value) -> &str {
    verdict["fault"].as_str().or_else(|| verdict["status"].as_str()).unwrap_or("?")
}

fn verdict_mismatches(scenario: &Scenario, report: &Value, run: &Run) -> Vec<String> {
    let (expect, verdict) = (&scenario.expect, &report["verdict"]);
    let mut wrong = Vec::new();
    let mut same = |what: &str, expected: Value, got: &Value| {
        if expected != *got {
            wrong.push(format!("{what}: expected {expected}, got {got}"));
        }
    };
    if expect.accept.iter().any(|accepted| accepted == name(verdict)) {
        // Another name for it is no excuse for another severity, nor for a layer that is not that fault's own.
        let layer = faults::by_code(name(verdict)).map(|fault| fault.layer);
        let faulty = expect.status == "faulty";
        same("status", expect.status.as_str().into(), &verdict["status"]);
        same("layer", layer.map(Layer::name).into(), &verdict["layer"]);
        same("exit_code", layer.filter(|_| faulty).map_or(0, Layer::exit_code).into(), &verdict["exit_code"]);
    } else {
        same("status", expect.status.as_str().into(), &verdict["status"]);
        same("fault", expect.fault.as_deref().into(), &verdict["fault"]);
        same("layer", expect.layer.as_deref().into(), &verdict["layer"]);
        same("exit_code", expect.exit_code.into(), &verdict["exit_code"]);
        for (path, expected) in &expect.facts {
            same(path, expected.clone(), &fact(report, path));
        }
    }
    if let Some(confidence) = expect.confidence.as_deref() {
        same("confidence", confidence.into(), &report["diagnoses"][0]["confidence"]);
    }
    if expect.status == "healthy" {
        same("experiments", Value::Array(vec![]), &report["experiments"]);
    }
    same("exit code of the process", verdict["exit_code"].clone(), &run.exit_code.into());
    let named: Vec<&str> =
        report["diagnoses"].as_array().into_iter().flatten().filter_map(|one| one["fault"].as_str()).collect();
    let beside: Vec<&&str> = named.iter().skip(1).collect();
    wrong
        .extend(expect.not.iter().filter(|code| named.contains(&code.as_str())).map(|code| format!("{code} is named")));
    wrong.extend(
        expect.also.iter().filter(|code| !named.contains(&code.as_str())).map(|code| format!("{code} is not named")),
    );
    let unasked: Vec<_> = beside.iter().filter(|code| !expect.also.iter().any(|also| also == **code)).collect();
    if !unasked.is_empty() {
        wrong.push(format!("named beside it: {unasked:?}"));
    }
    wrong
}

/// A fact of an experiment: `hello-hop/hop`.
fn fact(report: &Value, path: &str) -> Value {
    let (name, rest) = path.split_once('/').unwrap_or((path, ""));
    let mut experiments = report["experiments"].as_array().into_iter().flatten();
    let found = experiments.find(|one| one["name"] == name);
    found.and_then(|one| one["facts"].pointer(&format!("/{rest}"))).cloned().unwrap_or_default()
}

/// What is wrong with the remedies that were tried, where one of them or none is to repair it.
fn remedy_mismatches(expected: Option<&str>, report: &Value) -> Vec<String> {
    let Some(expected) = expected else { return Vec::new() };
    let tried: Vec<&Value> = report["remedies"].as_array().into_iter().flatten().collect();
    let repairs = |one: &&&Value| matches!(one["outcome"].as_str(), Some("works" | "further"));
    let found: Vec<&str> = tried.iter().filter(repairs).filter_map(|one| one["name"].as_str()).collect();
    let right = if expected == "none" { !tried.is_empty() && found.is_empty() } else { found.contains(&expected) };
    let confirmed = report["diagnoses"][0]["fixes"][0]["confirmed"] == Value::Bool(expected != "none");
    let mut wrong = Vec::new();
    if !right {
        let all: Vec<String> = tried.iter().map(|one| format!("{}: {}", one["change"], one["outcome"])).collect();
        wrong.push(format!("remedy: expected {expected}, of {all:?}"));
    } else if !confirmed {
        wrong.push("the first fix is not what the remedies say".to_owned());
    }
    wrong
}

fn bounds(scenario: &Scenario, run: &Run) -> Vec<String> {
    let mut wrong = Vec::new();
    if run.elapsed_ms > scenario.expect.within_s * 1000 {
        wrong.push(format!("it took {} ms", run.elapsed_ms));
    }
    if run.peak_kib > MEMORY_KIB {
        wrong.push(format!("it held {} KiB", run.peak_kib));
    }
    wrong
}

fn matrix(rows: &[Row]) -> String {
    let width = rows.iter().map(|row| row.scenario.len()).max().unwrap_or(0);
    let mut out = String::from("\n");
    let _ = writeln!(out, "{:width$}  {:32} {:>4} {:>6} {:>7}", "scenario", "verdict", "exit", "ms", "KiB");
    for row in rows {
        let mark = if row.skipped {
            "skipped"
        } else if row.wrong.is_empty() {
            ""
        } else {
            "WRONG"
        };
        let Row { scenario, verdict, exit_code, elapsed_ms, peak_kib, .. } = row;
        let _ = writeln!(out, "{scenario:width$}  {verdict:32} {exit_code:>4} {elapsed_ms:>6} {peak_kib:>7} {mark}");
    }
    let mut confused: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| !row.skipped && row.expected != row.verdict) {
        *confused.entry((&row.expected, &row.verdict)).or_default() += 1;
    }
    for ((expected, verdict), times) in confused {
        let _ = writeln!(out, "confused: {expected} taken for {verdict} ×{times}");
    }
    let right = rows.iter().filter(|row| row.wrong.is_empty()).count();
    let _ = writeln!(out, "{right} of {} as expected", rows.len());
    out
}

/// A doctor that cries wolf is not asked again.
#[test]
fn a_hundred_healthy_runs_are_healthy() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let healthy = scenario::read(&scenario::folder().join("healthy.toml"));
    let alarms = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                for _ in 0..100 / PARALLEL {
                    alarms.lock().unwrap().extend(judge(&healthy).wrong);
                }
            });
        }
    });
    let alarms = alarms.into_inner().unwrap();
    assert!(alarms.is_empty(), "{alarms:#?}");
}

/// Nor one that does so where the network is merely not the best.
#[test]
fn healthy_networks_stay_healthy() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let healthy = |scenario: &Scenario| scenario.internet.is_some() && scenario.expect.status == "healthy";
    let queue: Mutex<Vec<Scenario>> = Mutex::new(scenario::all().into_iter().filter(healthy).collect());
    let alarms = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = queue.lock().unwrap().pop() else { return };
                    for outcome in world::run_often(&scenario, HEALTHY_RUNS) {
                        let row = assess(&scenario, outcome);
                        let wrong = if row.skipped { Vec::new() } else { row.wrong };
                        let named = wrong.into_iter().map(|wrong| format!("{}: {wrong}", scenario.name));
                        alarms.lock().unwrap().extend(named);
                    }
                }
            });
        }
    });
    let alarms = alarms.into_inner().unwrap();
    assert!(alarms.is_empty(), "{alarms:#?}");
}
