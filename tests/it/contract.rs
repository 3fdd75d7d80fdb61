//! What every output keeps to, whatever it says: the published schema, the exit codes, the key's secrecy.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::Value;

use crate::world::{Folder, Run, doctor};

/// The schema that the binary publishes.
static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let home = Folder::new("schema");
    let run = doctor(&["schema".to_owned()], &BTreeMap::new(), home.path());
    let schema: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run:?}"));
    jsonschema::validator_for(&schema).unwrap()
});

/// The exit code of each layer.
const LAYERS: [(&str, i32); 4] = [("network", 10), ("transport", 11), ("application", 12), ("service", 13)];

/// In what a document breaks the published schema.
pub fn breaches_schema(document: &Value) -> Vec<String> {
    SCHEMA
        .iter_errors(document)
        .take(5)
        .map(|error| format!("against the schema at {}: {:.300}", error.instance_path(), error.to_string()))
        .collect()
}

/// In what a report breaks the contract.
pub fn breaches(report: &Value, run: &Run) -> Vec<String> {
    let mut wrong = breaches_schema(report);
    let verdict = &report["verdict"];
    let of_layer = LAYERS.iter().find(|(layer, _)| verdict["layer"] == *layer).map(|(_, code)| *code);
    let status = verdict["status"].as_str().unwrap_or_default();
    let code = if status == "faulty" { of_layer } else { Some(0) };
    if status != "inconclusive" && run.exit_code != code {
        wrong.push(format!("exit code {:?} does not go with {verdict}", run.exit_code));
    }
    if verdict["fault"] != report["diagnoses"][0]["fault"] {
        wrong.push(format!("the first diagnosis is {}, not {}", report["diagnoses"][0]["fault"], verdict["fault"]));
    }
    for stage in report["stages"].as_array().into_iter().flatten() {
        let unreached = stage["status"] == "skip" || stage["started_ms"].is_null();
        if unreached && !stage["duration_ms"].is_null() {
            wrong.push(format!("{} was not reached and took {} ms", stage["stage"], stage["duration_ms"]));
        }
    }
    wrong
}

/// Whether more of the key than its last four characters stands in the output.
pub fn leak(key: &str, run: &Run) -> Option<String> {
    // What every key begins with is no secret; eight further characters in a row are.
    let secret = key.trim().trim_matches('"').trim_start_matches("sk-proj-").trim_start_matches("sk-");
    let characters: Vec<char> = secret.chars().collect();
    let said = format!("{}{}", run.stdout, run.stderr);
    let pieces = characters.windows(8).map(|window| window.iter().collect::<String>());
    pieces.into_iter().find(|piece| said.contains(piece)).map(|piece| format!("the key is printed: …{piece}…"))
}

/// In what the text output of the same run falls short.
pub fn text_breaches(text: &Run, json: &Run, fault: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.exit_code != json.exit_code {
        wrong.push(format!("text exits with {:?}, JSON with {:?}", text.exit_code, json.exit_code));
    }
    if let Some(fault) = fault.filter(|fault| !text.stdout.contains(fault)) {
        wrong.push(format!("the text does not name {fault}: {:.400}", text.stdout));
    }
    if let Some(control) = text.stdout.chars().find(|c| c.is_control() && *c != '\n') {
        wrong.push(format!("the text holds {control:?} although stdout is no terminal"));
    }
    wrong
}

#[test]
fn the_schema_rejects_what_is_no_report() {
    assert!(!SCHEMA.is_valid(&serde_json::json!({"schema_version": 1})));
}

#[test]
fn a_piece_of_the_key_counts_as_a_leak() {
    let run = |stdout: &str| Run { stdout: stdout.to_owned(), ..Run::default() };
    assert_eq!(leak("sk-proj-abcdefghijklmnop", &run("sk-proj-****mnop")), None);
    assert!(leak("sk-proj-abcdefghijklmnop", &run("…defghijkl…")).is_some());
}
