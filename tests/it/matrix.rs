//! Every scenario against the binary: the confusion matrix, and what every output must keep to.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use openai_doctor::diagnosis::{Layer, faults};
use serde_json::Value;

use crate::contract;
use crate::scenario::{self, Scenario};
use crate::world::{self, Folder, Outcome, Run, doctor};

/// How many scenarios run at a time.
const PARALLEL: usize = 4;

/// The most memory a run may take, in KiB; the binary of the tests is not optimised.
const MEMORY_KIB: u64 = 96 * 1024;

/// How often each healthy network of packets is looked at, and each healthy world on loopback.
const HEALTHY_RUNS: [usize; 2] = [25, 4];
/// How often the plainest world of all is.
const PLAINEST_RUNS: usize = 50;
/// How many healthy runs it takes to say that there are no false alarms.
const ENOUGH_HEALTHY_RUNS: usize = 300;

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
    let outcome = world::run(scenario);
    let json = if let Outcome::Ran { json, .. } = &outcome { json.clone() } else { Run::default() };
    let mut row = assess(scenario, outcome);
    if !json.stdout.is_empty() {
        row.wrong.extend(replayed(scenario, &json));
    }
    row
}

/// Saves what was observed and has it judged again without the network.
fn replayed(scenario: &Scenario, run: &Run) -> Option<String> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("evidence").join(format!("{}.json", scenario.name));
    std::fs::create_dir_all(file.parent()?).unwrap();
    std::fs::write(&file, &run.stdout).unwrap();
    let home = Folder::new("replay");
    let again = doctor(
        &["diagnose", "--json", "--replay", &file.display().to_string()].map(str::to_owned),
        &BTreeMap::new(),
        home.path(),
    );
    let parts = |stdout: &str| {
        let report: Value = serde_json::from_str(stdout).unwrap_or_default();
        ["verdict", "diagnoses", "experiments"].map(|part| report[part].clone())
    };
    let (one, other) = (parts(&run.stdout), parts(&again.stdout));
    (one != other).then(|| format!("judged again it says {} in place of {}: {:.300}", other[0], one[0], again.stderr))
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
    let said: Vec<&str> =
        report["diagnoses"][0]["evidence"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for part in expect.says.iter().filter(|part| !said.iter().any(|said| said.contains(part.as_str()))) {
        same("evidence", part.as_str().into(), &said.clone().into());
    }
    for (stage, code) in &expect.notes {
        let mut stages = report["stages"].as_array().into_iter().flatten();
        let seen = stages.find(|one| one["stage"] == stage.as_str()).map(|one| one["facts"]["notes"].clone());
        let codes: Vec<Value> =
            seen.iter().filter_map(Value::as_array).flatten().map(|it| it["code"].clone()).collect();
        same(&format!("notes of {stage}"), Value::Array(vec![code.as_str().into()]), &Value::Array(codes));
    }
    if let Some(confidence) = expect.confidence.as_deref() {
        same("confidence", confidence.into(), &report["diagnoses"][0]["confidence"]);
    }
    // What is asked for with --deep is no sign of doubt.
    if expect.status == "healthy" && !scenario.settings.args.iter().any(|argument| argument == "--deep") {
        // A segment that the chain had to send again is reason enough to count how many others are lost.
        let asked = report["experiments"].as_array().into_iter().flatten().filter(|one| one["name"] != "loss");
        same("experiments", Value::Array(vec![]), &asked.cloned().collect());
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
    let count = |is: &dyn Fn(&&Row) -> bool| rows.iter().filter(is).count();
    let _ = writeln!(
        out,
        "{right} of {all} scenarios as expected ({healthy} of them healthy), {confused} confused, {skipped} skipped",
        right = count(&|row| row.wrong.is_empty()),
        all = rows.len(),
        healthy = count(&|row| row.expected == "healthy"),
        confused = count(&|row| !row.skipped && row.expected != row.verdict),
        skipped = count(&|row| row.skipped),
    );
    out
}

/// A doctor that cries wolf is not asked again, nor one that does so where the network is merely not the best.
#[test]
fn healthy_worlds_stay_healthy() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let healthy = |scenario: &Scenario| scenario.expect.status == "healthy";
    let times = |scenario: &Scenario| {
        let [packets, loopback] = HEALTHY_RUNS;
        let plainest = scenario.name == "healthy";
        if plainest { PLAINEST_RUNS } else { [loopback, packets][usize::from(scenario.internet.is_some())] }
    };
    let scenarios: Vec<Scenario> = scenario::all().into_iter().filter(healthy).collect();
    let planned: usize = scenarios.iter().map(times).sum();
    let worlds = scenarios.len();
    let queue: Mutex<Vec<Scenario>> = Mutex::new(scenarios);
    let (alarms, done) = (Mutex::new(Vec::new()), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..PARALLEL {
            scope.spawn(|| {
                loop {
                    let Some(scenario) = queue.lock().unwrap().pop() else { return };
                    for outcome in world::run_often(&scenario, times(&scenario)) {
                        let row = assess(&scenario, outcome);
                        if row.skipped {
                            continue;
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                        let named = row.wrong.into_iter().map(|wrong| format!("{}: {wrong}", scenario.name));
                        alarms.lock().unwrap().extend(named);
                    }
                }
            });
        }
    });
    let (alarms, done) = (alarms.into_inner().unwrap(), done.into_inner());
    let said = format!("\n{done} healthy runs in {worlds} worlds, {} false alarms\n", alarms.len());
    let _ = std::io::stdout().write_all(said.as_bytes());
    assert!(planned >= ENOUGH_HEALTHY_RUNS, "{planned} healthy runs are planned");
    assert!(alarms.is_empty(), "{alarms:#?}");
}

/// What the lab must hold, by name.
#[test]
fn the_lab_holds_what_was_promised() {
    let all = scenario::all();
    let named = |name: &str| all.iter().any(|scenario| scenario.name == name && scenario.expect.status == "healthy");
    for healthy in [
        "network/healthy",
        "network/healthy-proxy",
        "healthy-http-proxy",
        "healthy-https-proxy",
        "healthy-socks5",
        "healthy-socks5h",
        "network/healthy-ipv4-only",
        "network/healthy-ipv6-only",
        "network/healthy-fake-ip",
        "network/healthy-icmp-filtered",
        "network/healthy-far",
        "network/healthy-loss",
    ] {
        assert!(named(healthy), "{healthy} is missing");
    }
    // Every world's certificate is from a private CA; without it none would be trusted.
    assert!(all.iter().any(|scenario| scenario.name == "healthy" && scenario.settings.ca));
    let two = |scenario: &&Scenario| scenario.name.trim_start_matches("network/").starts_with("two-");
    let of_packets = all.iter().filter(two).filter(|scenario| scenario.internet.is_some()).count();
    assert!(all.iter().filter(two).count() >= 10 && of_packets >= 5, "{of_packets} of packets");
    assert!(all.len() >= 110, "{} scenarios", all.len());
}
