//! The demo: every fault of the embedded endpoint is diagnosed as what its name says, with nothing set up at all.

use std::collections::BTreeMap;

use openai_doctor::diagnosis::faults;
use openai_doctor::mock;
use serde_json::Value;

use crate::contract;
use crate::world::{Folder, doctor};

fn demo(fault: Option<&str>) -> (Value, Vec<String>) {
    let home = Folder::new("demo");
    let mut call = vec!["diagnose".to_owned(), "--format".to_owned(), "json".to_owned(), "--demo".to_owned()];
    call.extend(fault.map(str::to_owned));
    let run = doctor(&call, &BTreeMap::new(), home.path());
    let Ok(report) = serde_json::from_str::<Value>(&run.stdout) else {
        return (Value::Null, vec![format!("no JSON: {:.300}{:.300}", run.stdout, run.stderr)]);
    };
    let wrong = contract::breaches(&report, &run);
    (report["verdict"]["fault"].clone(), wrong)
}

#[test]
fn the_healthy_demo_is_healthy() {
    assert_eq!(demo(None), (Value::Null, Vec::new()));
}

#[test]
fn every_demo_fault_is_diagnosed_as_itself() {
    let mut wrong = Vec::new();
    for fault in mock::FAULTS {
        let (verdict, breaches) = demo(Some(fault.name));
        if verdict != fault.name || !breaches.is_empty() {
            wrong.push(format!("{}: {verdict} {breaches:?}", fault.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_demo_spans_all_layers_in_at_least_twenty_five_ways() {
    assert!(mock::FAULTS.len() >= 25);
    let layers: Vec<&str> = mock::names().filter_map(faults::by_code).map(|fault| fault.layer.name()).collect();
    assert_eq!(layers.len(), mock::FAULTS.len(), "a demo fault has no literal");
    for layer in ["network", "transport", "application", "service"] {
        assert!(layers.contains(&layer), "{layer}");
    }
}
