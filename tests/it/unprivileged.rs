//! Without any capability, and none to be had, on a machine that lets nobody send pings: everything works but raw ICMP,
//! which says so and falls back.

use std::io::Write as _;

use serde_json::Value;

use crate::world::inside;
use crate::world::network::{Description, World};

/// The endpoint, over IPv4.
const API: &str = "162.159.140.245";

/// A world in which echo requests need a privilege.
fn world(rules: &str) -> World {
    let description: Description = toml::from_str(&format!("client = {{ ping = false }}\n{rules}")).unwrap();
    World::start(&description).unwrap()
}

/// What a command says without the capabilities that root has; what the kernel grants depends on them, not on a number.
fn as_nobody(world: &mut World, command: &str) -> (String, Option<i32>) {
    let (home, key) = (world.ready.home.display().to_string(), world.ready.key.clone());
    let nobody = "setpriv --no-new-privs --bounding-set=-all --inh-caps=-all";
    let run = world.shell(&format!("HOME={home} OPENAI_API_KEY={key} {nobody} {command}")).unwrap();
    assert!(!run.stdout.is_empty(), "{command}: {run:?}");
    (run.stdout, run.exit_code)
}

fn report(world: &mut World, arguments: &str) -> Value {
    let ca = world.ready.ca_file.display().to_string();
    let trust = if arguments.starts_with("diagnose") { format!(" --ca-file {ca}") } else { String::new() };
    let call = format!("{} {arguments}{trust} --json", env!("CARGO_BIN_EXE_openai-doctor"));
    let (stdout, _) = as_nobody(world, &call);
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{call}: {error}: {stdout}"))
}

#[test]
fn everything_works_but_raw_icmp_which_falls_back() {
    if inside::UNAVAILABLE.is_some() {
        return;
    }
    let mut world_of_nobody = world("");
    let world = &mut world_of_nobody;
    let (who, _) = as_nobody(world, "grep CapEff /proc/self/status");
    assert_eq!(who.split_whitespace().collect::<Vec<_>>(), ["CapEff:", "0000000000000000"]);

    let healthy = report(world, "diagnose https://api.openai.com/v1");
    assert_eq!(healthy["verdict"]["status"], "healthy", "{healthy:#}");

    let ping = report(world, &format!("ping -4 --count 3 {API}"));
    let target = &ping["targets"][0];
    let reasons: Vec<&str> =
        target["passed"].as_array().unwrap().iter().filter_map(|passed| passed["reason"].as_str()).collect();
    assert_eq!((target["method"].as_str(), reasons), (Some("tcp-connect"), vec!["ping-group-range", "cap-net-raw"]));
    assert_eq!(target["summary"]["received"], 3, "{ping:#}");
    let (shown, _) = as_nobody(world, &format!("{} ping -4 --count 3 {API}", env!("CARGO_BIN_EXE_openai-doctor")));

    for method in ["tcp", "udp"] {
        let trace = report(world, &format!("trace -4 --method {method} {API}"));
        assert_eq!((&trace["reached"], trace["hops"].as_array().map(Vec::len)), (&true.into(), Some(4)), "{trace:#}");
        assert_eq!(trace["hops"][0]["answers"][0]["address"], "192.168.1.1", "{trace:#}");
    }
    let trace = report(world, &format!("trace -4 --method icmp {API}"));
    let reasons: Vec<&str> =
        trace["passed"].as_array().unwrap().iter().filter_map(|passed| passed["reason"].as_str()).collect();
    assert_eq!((&trace["reached"], reasons), (&false.into(), vec!["ping-group-range", "cap-net-raw"]), "{trace:#}");
    assert_eq!(trace["failure"]["kind"], "permission_denied", "{trace:#}");
    let _ = std::io::stdout().write_all(format!("\nping by nobody:\n{shown}").as_bytes());
}

#[test]
fn experiments_need_no_privilege() {
    if inside::UNAVAILABLE.is_some() {
        return;
    }
    for (rules, fault) in [
        (r#"rules = [{ do = "reset", sni = ["openai.com"] }]"#, "sni-reset"),
        (r#"rules = [{ do = "drop", longer-than = 1300 }]"#, "mtu-black-hole"),
        (
            r#"rules = [{ do = { reject = "admin-prohibited" }, protocol = "tcp", to = ["162.159.140.245", "172.66.0.243", "2606:4700:7::f5", "2a06:98c1:58::f5"], hop = 2 }]"#,
            "tcp-rejected-by-firewall",
        ),
    ] {
        let mut world = world(rules);
        let report = report(&mut world, "diagnose https://api.openai.com/v1");
        let verdict = &report["verdict"];
        assert_eq!(verdict["fault"], fault, "{report:#}");
        assert_eq!(report["diagnoses"][0]["confidence"], "confirmed", "{report:#}");
    }
}
