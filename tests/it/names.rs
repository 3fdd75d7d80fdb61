//! `dns` and `fastest-ip` against a resolver and servers on loopback.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use openai_doctor::mock::{Endpoint, Plan, dns, tls};
use serde_json::Value;

use crate::contract;
use crate::world::{Folder, Run, doctor, start};

const FIRST: Ipv4Addr = Ipv4Addr::LOCALHOST;
const SECOND: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// On loopback, with nothing behind it.
const DEAD: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);
/// Known as forged, so that nothing is ever sent there.
const FORGED: Ipv4Addr = Ipv4Addr::new(31, 13, 94, 7);

fn run(endpoint: &Endpoint, command: &str, arguments: &[&str]) -> Run {
    let home = Folder::new("names");
    let ca = home.path().join("ca.pem");
    std::fs::write(&ca, &endpoint.ca_pem).unwrap();
    let resolver = endpoint.resolvers[0].to_string();
    let mut call = vec![command, &endpoint.base_url, "--resolver", &resolver, "--ca-file", ca.to_str().unwrap()];
    call.extend(arguments);
    let call: Vec<String> = call.into_iter().map(str::to_owned).collect();
    doctor(&call, &BTreeMap::new(), home.path())
}

fn json(run: &Run) -> Value {
    let report = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    assert_eq!(contract::breaches_schema(&report), Vec::<String>::new());
    report
}

fn two_servers(addresses: &[Ipv4Addr]) -> Plan {
    let addresses: Vec<IpAddr> = addresses.iter().map(|one| (*one).into()).collect();
    Plan { listen: vec![FIRST.into(), SECOND.into()], dns: Some(dns::Reply::addresses(&addresses)), ..Plan::default() }
}

#[test]
fn fastest_ip_ranks_what_works_and_rejects_the_rest() {
    let endpoint = start(two_servers(&[DEAD, FORGED, FIRST, SECOND]));
    let outcome = run(&endpoint, "fastest-ip", &["--json", "--rounds", "3"]);
    assert_eq!(outcome.exit_code, Some(0), "{outcome:?}");
    let report = json(&outcome);
    let place = |address: Ipv4Addr| {
        let places = report["ranking"].as_array().unwrap();
        places.iter().find(|place| place["address"] == address.to_string()).unwrap().clone()
    };
    for good in [FIRST, SECOND] {
        let place = place(good);
        assert_eq!((&place["failed"], &place["attempts"]), (&0.into(), &3.into()), "{place}");
        assert_eq!(place["certificate_valid"], true);
        assert!(place["connect_ms"].as_f64().unwrap() > 0.0 && place["tls_ms"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(place(DEAD)["rejected"], "no-connection");
    assert_eq!((&place(FORGED)["rejected"], &place(FORGED)["attempts"]), (&"forged".into(), &0.into()));
    let winner = report["winner"]["address"].as_str().unwrap();
    assert!([FIRST, SECOND].iter().any(|good| good.to_string() == winner), "{winner}");
    assert_eq!(report["cautions"][0]["code"], "forged");
}

#[test]
fn without_a_valid_certificate_nobody_wins() {
    let offer = tls::Offer { certificate: tls::Certificate::WrongName, ..tls::Offer::default() };
    let endpoint = start(Plan { offer, ..two_servers(&[FIRST, SECOND]) });
    let outcome = run(&endpoint, "fastest-ip", &["--json", "--rounds", "1"]);
    let report = json(&outcome);
    assert_eq!((outcome.exit_code, &report["winner"]), (Some(11), &Value::Null));
    assert!(report["ranking"].as_array().unwrap().iter().all(|place| place["rejected"] == "certificate"), "{report}");
    let text = run(&endpoint, "fastest-ip", &["--rounds", "1"]);
    assert_eq!(text.exit_code, Some(11));
    assert!(text.stdout.contains("can be recommended"), "{text:?}");
}

#[test]
fn dns_shows_every_transport_and_proves_the_address() {
    let endpoint = start(two_servers(&[FIRST]));
    let outcome = run(&endpoint, "dns", &["--json"]);
    let report = json(&outcome);
    assert_eq!((outcome.exit_code, &report["verdict"]["status"]), (Some(0), &"healthy".into()), "{report}");
    let queries = report["stages"][1]["facts"]["queries"].as_array().unwrap();
    for transport in ["udp", "tcp"] {
        for record in ["A", "AAAA"] {
            let asked = |query: &&Value| query["transport"] == transport && query["record"] == record;
            assert!(queries.iter().any(|query| asked(&query)), "{transport} {record}: {queries:?}");
        }
    }
    let text = run(&endpoint, "dns", &[]);
    assert!(text.stdout.contains("certificate is valid"), "{text:?}");
    let chinese = run(&endpoint, "dns", &["--lang", "zh"]);
    assert!(chinese.stdout.contains("证书有效"), "{chinese:?}");
}

#[test]
fn dns_tells_a_forged_answer_from_a_closed_port() {
    let reply = dns::Reply { forged: vec![DEAD.into()], delay_ms: 30, ..dns::Reply::default() };
    let poisoned = start(Plan { dns: Some(reply), ..Plan::default() });
    let outcome = run(&poisoned, "dns", &["--json"]);
    assert_eq!((outcome.exit_code, &json(&outcome)["verdict"]["fault"]), (Some(10), &"dns-poisoned".into()));
    let closed = start(Plan { listening: false, ..Plan::default() });
    let outcome = run(&closed, "dns", &["--json"]);
    let report = json(&outcome);
    assert_eq!(
        (outcome.exit_code, &report["verdict"]["fault"]),
        (Some(0), &Value::Null),
        "a closed port is no fault of the name"
    );
}

#[test]
fn a_name_that_does_not_exist_has_nothing_to_measure() {
    let endpoint = start(Plan { dns: Some(dns::Reply::code(dns::Code::Nxdomain)), ..Plan::default() });
    let outcome = run(&endpoint, "fastest-ip", &["--json"]);
    let report = json(&outcome);
    assert_eq!((outcome.exit_code, &report["measured"]["failure"]["kind"]), (Some(10), &"dns_nxdomain".into()));
}
