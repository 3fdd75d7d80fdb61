//! `ping` and `trace` through three routers of ours, as root and as nobody.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Description, World};
use crate::world::inside;

/// The endpoint, over IPv4.
const API: &str = "162.159.140.245";
/// The routers on the way, from the client on.
const ROUTERS: [&str; 3] = ["192.168.1.1", "100.64.0.2", "100.64.0.3"];

/// Runs the tool at the client without the capability that raw sockets need: `--json` and these arguments.
fn unprivileged(world: &mut World, arguments: &str) -> Value {
    let doctor = env!("CARGO_BIN_EXE_openai-doctor");
    let home = world.ready.home.display().to_string();
    let call = format!("HOME={home} setpriv --bounding-set=-net_raw --inh-caps=-net_raw {doctor} {arguments} --json");
    let run = world.shell(&call).unwrap();
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{call}: {error}: {run:?}"))
}

fn privileged(world: &mut World, arguments: &str) -> Value {
    let arguments: Vec<String> = arguments.split(' ').chain(["--json"]).map(str::to_owned).collect();
    let run = world.run(&arguments, &BTreeMap::new()).unwrap();
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {run:?}"))
}

/// The first one that answered at each hop.
fn who(report: &Value) -> Vec<&str> {
    let hops = report["hops"].as_array().into_iter().flatten();
    hops.map(|hop| hop["answers"][0]["address"].as_str().unwrap_or("nobody")).collect()
}

#[test]
fn every_router_is_named_with_and_without_privileges() {
    if inside::UNAVAILABLE.is_some() {
        return;
    }
    let mut world = World::start(&Description::default()).unwrap();
    let way = [&ROUTERS[..], &[API]].concat();
    for (method, said) in [("tcp", "connected"), ("udp", "port-unreachable"), ("icmp", "reply")] {
        let call = format!("trace -4 --method {method} {API}");
        for report in [privileged(&mut world, &call), unprivileged(&mut world, &call)] {
            assert_eq!(who(&report), way, "{method}: {report:#}");
            assert_eq!(report["hops"][3]["answers"][0]["said"], said, "{method}: {report:#}");
            assert_eq!((&report["reached"], &report["exit_code"]), (&true.into(), &0.into()));
            // A quarter of 40 ms to each router, and no more than scheduling on top.
            let first = report["hops"][0]["summary"]["min_ms"].as_f64().unwrap();
            assert!((9.0..40.0).contains(&first), "{method}: {first} ms");
        }
    }
    let report = unprivileged(&mut world, &format!("ping -4 --count 3 {API}"));
    assert_eq!(report["targets"][0]["method"], "icmp-datagram", "{report:#}");
    assert_eq!(report["targets"][0]["summary"]["received"], 3, "{report:#}");
}

#[test]
fn whoever_rejects_is_where_the_way_ends() {
    if inside::UNAVAILABLE.is_some() {
        return;
    }
    let rules = r#"
        client = { ping = false }
        rules = [{ do = { reject = "admin-prohibited" }, protocol = "tcp", to = ["162.159.140.245"], hop = 2 }]
    "#;
    let mut world = World::start(&toml::from_str(rules).unwrap()).unwrap();
    let report = unprivileged(&mut world, &format!("trace -4 {API}"));
    assert_eq!(who(&report), ROUTERS[..2], "{report:#}");
    assert_eq!(report["hops"][1]["answers"][0]["said"], "admin-prohibited", "{report:#}");
    assert_eq!((&report["rejected_at"], &report["exit_code"]), (&2.into(), &10.into()));

    let report = unprivileged(&mut world, &format!("ping -4 --count 2 {API}"));
    let target = &report["targets"][0];
    let why: Vec<&str> =
        target["passed"].as_array().unwrap().iter().filter_map(|passed| passed["reason"].as_str()).collect();
    assert_eq!((target["method"].as_str(), why), (Some("tcp-connect"), vec!["ping-group-range", "cap-net-raw"]));
    assert_eq!(target["replies"][0]["rejected_by"]["from"], ROUTERS[1], "{report:#}");
}

#[test]
fn a_trace_marks_the_hop_that_minds_the_name() {
    if inside::UNAVAILABLE.is_some() {
        return;
    }
    for (does, action, family, hop, router) in [
        ("reset", "'reset'", "-4", 3, "100.64.0.3"),
        ("reset", "'inject-reset', residual-ms = 60000", "-6", 2, "2a01:4f8:ff:2::1"),
        ("drop", "'drop', direction = 'both'", "-4", 2, "100.64.0.2"),
    ] {
        let rules = format!("routers = 5\nrules = [{{ do = {action}, sni = ['openai.com'], hop = {hop} }}]");
        let mut world = World::start(&toml::from_str(&rules).unwrap()).unwrap();
        let report = unprivileged(&mut world, &format!("trace {family} api.openai.com"));
        let found = &report["name_filter"];
        assert_eq!((&found["server_name"], &found["does"]), (&"api.openai.com".into(), &does.into()), "{report:#}");
        assert_eq!((&found["hop"], &found["router"]), (&hop.into(), &router.into()), "{report:#}");
        assert_eq!((&report["reached"], &report["exit_code"]), (&true.into(), &11.into()));
        let hops = report["hops"].as_array().unwrap();
        let marked: Vec<_> = hops.iter().filter_map(|hop| Some((&hop["ttl"], hop["cuts_name"].as_str()?))).collect();
        assert_eq!(marked, [(&hop.into(), does)], "{report:#}");
        // Who goes on resetting lets nobody trace the way a second time.
        if family == "-4" {
            let arguments = ["trace", family, "api.openai.com"].map(str::to_owned);
            let text = world.run(&arguments, &BTreeMap::new()).unwrap().stdout;
            let rows: Vec<&str> = text.lines().filter(|line| line.contains("cuts here")).collect();
            assert!(rows.len() == 1 && rows[0].contains(router) && !text.contains('\u{1b}'), "{text}");
        }
        let report = unprivileged(&mut world, &format!("trace {family} www.cloudflare.com"));
        assert_eq!((&report["name_filter"], &report["exit_code"]), (&Value::Null, &0.into()), "{report:#}");
    }
}

#[test]
fn a_ping_that_is_filtered_is_no_fault() {
    if inside::UNAVAILABLE.is_some() {
        return;
    }
    let rules = "rules = [{ do = 'drop', protocol = 'icmp', direction = 'both' }]";
    let mut world = World::start(&toml::from_str(rules).unwrap()).unwrap();
    let report = unprivileged(&mut world, "ping --count 2 --wait 300ms api.openai.com");
    let targets: Vec<&Value> = report["targets"].as_array().unwrap().iter().collect();
    assert_eq!((targets.len(), &report["exit_code"]), (2, &0.into()), "{report:#}");
    for (target, note) in targets.into_iter().zip(report["notes"].as_array().unwrap()) {
        assert_eq!((&target["method"], &target["summary"]["received"]), (&"tcp-connect".into(), &2.into()));
        assert_eq!((&note["code"], &note["address"]), (&"icmp-filtered".into(), &target["address"]), "{report:#}");
    }
}
