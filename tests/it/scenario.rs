//! Scenarios: what stands in the TOML files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use openai_doctor::mock::Plan;
use serde::Deserialize;

use crate::world::Description;

/// One world, the settings of a run in it, and what the run must say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without its ending; for a network of packets, with its folder.
    #[serde(skip)]
    pub name: String,
    /// The file.
    #[serde(skip)]
    pub path: PathBuf,
    /// What is broken, in a sentence.
    pub title: String,
    /// The servers.
    #[serde(default)]
    pub world: Plan,
    /// A network of its own, in namespaces.
    pub network: Option<Network>,
    /// An Internet of its own, behind a middlebox, instead of both.
    pub internet: Option<Description>,
    /// How the tool is called.
    #[serde(default)]
    pub settings: Settings,
    /// What it must say.
    pub expect: Expect,
}

/// A network of its own. Without anything set it has loopback only.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Whether there is a local network with a default route into nothing, and public addresses on loopback.
    pub lan: bool,
    /// Whether behind that route there is a router after all, which rejects what it should pass on.
    pub router: bool,
    /// Shell commands run in it before anything starts.
    pub setup: Vec<String>,
    /// What stands in `/etc/hosts`.
    pub hosts: Option<String>,
    /// What stands in `/etc/resolv.conf`.
    pub resolv: Option<String>,
    /// The CA file in the place of the system's own bundle.
    pub system_roots: Option<String>,
    /// Whether it looks like a container from inside; otherwise it looks like none.
    pub container: bool,
}

/// How the tool is called. Values may hold the placeholders that [`crate::world::fill`] knows.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The base URL as an argument; empty for none.
    pub base_url: String,
    /// The key; by default that of the world.
    pub key: Option<String>,
    /// Whether the world's resolver is given.
    pub resolver: bool,
    /// Whether the world's CA is given.
    pub ca: bool,
    /// Whether the world's proxy is given, if it has one.
    pub proxy: bool,
    /// Further arguments.
    pub args: Vec<String>,
    /// Further variables.
    pub env: BTreeMap<String, String>,
    /// What stands in the configuration file; there is none without it.
    pub file: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            base_url: "{base_url}".to_owned(),
            key: None,
            resolver: true,
            ca: true,
            proxy: true,
            args: Vec::new(),
            env: BTreeMap::new(),
            file: None,
        }
    }
}

/// What a run must say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// `healthy`, `degraded` or `faulty`.
    pub status: String,
    /// The primary fault; none when healthy.
    pub fault: Option<String>,
    /// Faults that are accepted in its place, or `healthy`: what the tool says until it can tell more.
    #[serde(default)]
    pub accept: Vec<String>,
    /// Its layer.
    pub layer: Option<String>,
    /// The exit code.
    pub exit_code: i32,
    /// How sure it must be.
    pub confidence: Option<String>,
    /// Faults that must not be named.
    #[serde(default)]
    pub not: Vec<String>,
    /// Faults that must be named beside the primary one.
    #[serde(default)]
    pub also: Vec<String>,
    /// What experiments must have seen: the experiment's name, then the path of the fact, with slashes between.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// Notes of stages that must stand there: the stage, then the note's code.
    #[serde(default)]
    pub notes: BTreeMap<String, String>,
    /// What the evidence of the primary diagnosis must say, in English.
    #[serde(default)]
    pub says: Vec<String>,
    /// The remedy that `--try-fix` must find to repair it, or `none` when all must be tried in vain.
    pub remedy: Option<String>,
    /// The longest that the run may take, in seconds.
    #[serde(default = "half_a_minute")]
    pub within_s: u64,
    /// Whether the text output is looked at too.
    #[serde(default)]
    pub text: bool,
}

const fn half_a_minute() -> u64 {
    32
}

impl Scenario {
    /// The arguments that its expectation needs.
    pub fn further_arguments(&self) -> Option<String> {
        self.expect.remedy.as_ref().map(|_| "--try-fix".to_owned())
    }
}

/// Where the scenarios are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/scenarios")
}

/// Reads one scenario.
pub fn read(path: &Path) -> Scenario {
    let text = std::fs::read_to_string(path).unwrap();
    let mut scenario: Scenario = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    scenario.name = path.strip_prefix(folder()).unwrap_or(path).with_extension("").to_string_lossy().into_owned();
    path.clone_into(&mut scenario.path);
    scenario
}

/// Every scenario, by name.
pub fn all() -> Vec<Scenario> {
    let folders = [folder(), folder().join("network")];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}
