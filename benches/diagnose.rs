//! How long a diagnosis takes, against what is possible: in a network of 20 ms to the resolver and 40 ms to the endpoint.
//!
//! A healthy run against its physical limit, a round trip each of DNS, TCP, TLS 1.3 and HTTP; the verdict of broken ones
//! against what a user may expect. It prints ratios and never fails for slowness: how fast this machine is is not known.

#![expect(dead_code, unused_imports, reason = "the worlds of the tests hold more than is measured here")]
#![expect(unreachable_pub, reason = "they are part of another program")]
#![expect(clippy::unwrap_used, reason = "without a world there is nothing to measure")]

#[path = "../tests/it/scenario.rs"]
mod scenario;
#[path = "../tests/it/world/mod.rs"]
mod world;

use std::collections::BTreeMap;
use std::io::Write as _;

use scenario::Scenario;
use serde_json::Value;
use world::inside;
use world::network::World;
use world::network::role::play;

/// A round trip to the resolver and three to the endpoint.
const LIMIT_MS: f64 = 20.0 + 40.0 + 40.0 + 40.0;
/// What a healthy run may take of it.
const RATIO: f64 = 1.15;
const HEALTHY_RUNS: usize = 21;
const BROKEN_RUNS: usize = 3;

/// Broken worlds, and within how many seconds a user is to know.
const BROKEN: [(&str, f64); 6] = [
    ("network/tcp-refused", 0.5),
    ("network/dns-name-not-found", 0.5),
    ("network/sni-reset", 2.0),
    ("network/dns-no-answer", 4.0),
    ("network/ip-blackholed", 5.0),
    ("network/mtu-black-hole-in", 8.0),
];

fn main() {
    // The hosts of a network are this program again.
    play();
    let mut out = std::io::stdout().lock();
    if let Some(why) = &*inside::UNAVAILABLE {
        let _ = writeln!(out, "skipped: no namespaces here ({why})");
        return;
    }
    let _ = writeln!(out, "{:28} {:>10} {:>10} {:>7}  verdict", "world", "median ms", "target ms", "ratio");
    let folder = scenario::folder();
    let healthy = scenario::read(&folder.join("network/healthy.toml"));
    let (wall, reported, verdict) = measure(&healthy, HEALTHY_RUNS);
    for (what, took) in [("healthy, the process", wall), ("healthy, its own clock", reported)] {
        let _ = writeln!(
            out,
            "{what:28} {took:>10.1} {LIMIT_MS:>10.1} {:>7.3}  {verdict} (at most {RATIO})",
            took / LIMIT_MS
        );
    }
    for (name, target) in BROKEN {
        let scenario = scenario::read(&folder.join(name).with_extension("toml"));
        let (wall, _, verdict) = measure(&scenario, BROKEN_RUNS);
        let _ = writeln!(
            out,
            "{name:28} {wall:>10.1} {:>10.1} {:>7.3}  {verdict}",
            target * 1000.0,
            wall / (target * 1000.0)
        );
    }
}

/// The median time of the process and of its own clock in milliseconds, and the last verdict.
fn measure(scenario: &Scenario, runs: usize) -> (f64, f64, String) {
    let mut world = World::start(scenario.internet.as_ref().unwrap()).unwrap();
    let ca = world.ready.ca_file.display().to_string();
    let base_url = scenario.settings.base_url.replace("{base_url}", "https://api.openai.com/v1");
    let arguments = ["diagnose", &base_url, "--json", "--ca-file", &ca].map(str::to_owned);
    let env = BTreeMap::from([("OPENAI_API_KEY".to_owned(), world.ready.key.clone())]);
    let (mut wall, mut reported, mut verdict) = (Vec::new(), Vec::new(), String::new());
    for _ in 0..runs {
        let run = world.run(&arguments, &env).unwrap();
        let report: Value = serde_json::from_str(&run.stdout).unwrap_or_default();
        wall.push(run.elapsed_ms as f64);
        reported.push(report["duration_ms"].as_f64().unwrap_or(f64::NAN));
        let named = &report["verdict"];
        named["fault"].as_str().or(named["status"].as_str()).unwrap_or("no report").clone_into(&mut verdict);
    }
    (median(wall), median(reported), verdict)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
