//! Running the binary in a world: on loopback in this process, or in namespaces of its own.

pub mod inside;
#[cfg(target_os = "linux")]
pub mod network;
mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use openai_doctor::mock::tls::Authority;
use openai_doctor::mock::{Endpoint, Plan, Server};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;

use crate::scenario::Scenario;

#[cfg(target_os = "linux")]
pub use network::Description;
pub use process::{doctor, doctor_under};

/// What stands in the file, where nothing can be made of it.
#[cfg(not(target_os = "linux"))]
pub type Description = toml::Table;

/// What one run of the binary left behind.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Run {
    /// The exit code; none when a signal ended it.
    pub exit_code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// How long it took, in milliseconds.
    pub elapsed_ms: u64,
    /// The most memory it held, in KiB, where the system tells.
    pub peak_kib: u64,
}

/// What became of a scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Outcome {
    /// It ran: the JSON run, and the text run where the scenario asks for one.
    Ran {
        /// With `--format json`.
        json: Run,
        /// With `--format text`.
        text: Option<Run>,
        /// The key that must not appear.
        key: Option<String>,
    },
    /// It could not be run here.
    Skipped(String),
}

/// Servers of all worlds run here.
static SERVERS: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());

/// Starts an endpoint on loopback.
pub fn start(plan: Plan) -> Endpoint {
    SERVERS.block_on(Endpoint::run(plan)).unwrap()
}

/// Runs a scenario where it belongs.
pub fn run(scenario: &Scenario) -> Outcome {
    #[cfg(target_os = "linux")]
    if let Some(internet) = &scenario.internet {
        return network::run(scenario, internet, 1).remove(0);
    }
    #[cfg(not(target_os = "linux"))]
    if scenario.internet.is_some() {
        return Outcome::Skipped("no network namespaces on this system".to_owned());
    }
    if scenario.network.is_none() { run_here(scenario) } else { inside::run(scenario) }
}

/// Runs a scenario several times, in one network if it has one of packets.
pub fn run_often(scenario: &Scenario, times: usize) -> Vec<Outcome> {
    #[cfg(target_os = "linux")]
    if let Some(internet) = &scenario.internet {
        return network::run(scenario, internet, times);
    }
    (0..times).map(|_| run(scenario)).collect()
}

/// Runs a scenario in the network that this process sees.
fn run_here(scenario: &Scenario) -> Outcome {
    run_in(scenario, &Folder::new(&scenario.name))
}

fn run_in(scenario: &Scenario, folder: &Folder) -> Outcome {
    let plan = scenario.world.clone();
    let loopback = [std::net::Ipv4Addr::LOCALHOST.into()];
    // A port where nothing listens for as long as the run takes.
    let closed = Server::refusing(&loopback, 0).unwrap();
    let endpoint = match SERVERS.block_on(Endpoint::run(plan)) {
        Ok(endpoint) => endpoint,
        Err(error) if error.kind() == std::io::ErrorKind::AddrNotAvailable => {
            return Outcome::Skipped(format!("an address of this world cannot be had here: {error}"));
        }
        Err(error) => panic!("{}: the world does not start: {error}", scenario.name),
    };
    std::fs::write(folder.path().join("ca.pem"), &endpoint.ca_pem).unwrap();
    let other = Authority::new("Another Root CA").unwrap();
    std::fs::write(folder.path().join("other-ca.pem"), other.pem()).unwrap();
    let values = placeholders(scenario, &endpoint, &closed, folder.path());
    if let Some(roots) = scenario.network.as_ref().and_then(|network| network.system_roots.as_ref()) {
        inside::replace_system_roots(&fill(roots, &values));
    }
    let file = folder.path().join("config.toml");
    if let Some(text) = &scenario.settings.file {
        std::fs::write(&file, fill(text, &values)).unwrap();
    }
    let key = scenario.settings.key.as_deref().map(|key| fill(key, &values)).or_else(|| endpoint.key.clone());
    let call = |format: &str| {
        let mut call = arguments(scenario, &endpoint, &values);
        call.extend(["--format".to_owned(), format.to_owned()]);
        let mut env = environment(scenario, &endpoint, &values);
        if scenario.settings.file.is_some() {
            env.insert("OPENAI_DOCTOR_CONFIG".to_owned(), file.display().to_string());
        }
        if let Some(key) = &key {
            env.entry("OPENAI_API_KEY".to_owned()).or_insert_with(|| key.clone());
        }
        doctor(&call, &env, folder.path())
    };
    let json = call("json");
    let text = scenario.expect.text.then(|| call("text"));
    Outcome::Ran { json, text, key }
}

fn arguments(scenario: &Scenario, endpoint: &Endpoint, values: &BTreeMap<&str, String>) -> Vec<String> {
    let settings = &scenario.settings;
    let mut call = vec!["diagnose".to_owned()];
    if !settings.base_url.is_empty() {
        call.push(fill(&settings.base_url, values));
    }
    if settings.resolver {
        call.extend(["--resolver".to_owned(), endpoint.resolvers[0].to_string()]);
    }
    if settings.ca {
        call.extend(["--ca-file".to_owned(), values["ca"].clone()]);
    }
    if let Some(proxy) = endpoint.proxy.as_ref().filter(|_| settings.proxy) {
        call.extend(["--proxy".to_owned(), proxy.clone()]);
    }
    call.extend(settings.args.iter().map(|argument| fill(argument, values)));
    call.extend(scenario.further_arguments());
    call
}

fn environment(scenario: &Scenario, endpoint: &Endpoint, values: &BTreeMap<&str, String>) -> BTreeMap<String, String> {
    let settings = &scenario.settings;
    let mut env: BTreeMap<String, String> =
        settings.env.iter().map(|(name, value)| (name.clone(), fill(value, values))).collect();
    if let Some(organization) = &endpoint.organization {
        env.entry("OPENAI_ORG_ID".to_owned()).or_insert_with(|| organization.clone());
    }
    env
}

fn placeholders(
    scenario: &Scenario,
    endpoint: &Endpoint,
    closed: &Server,
    folder: &Path,
) -> BTreeMap<&'static str, String> {
    let proxy = endpoint.proxy.clone().unwrap_or_default();
    BTreeMap::from([
        ("base_url", endpoint.base_url.clone()),
        ("host", scenario.world.host.clone()),
        ("port", endpoint.port.to_string()),
        ("key", endpoint.key.clone().unwrap_or_default()),
        ("resolver", endpoint.resolvers[0].to_string()),
        ("ca", folder.join("ca.pem").display().to_string()),
        ("other_ca", folder.join("other-ca.pem").display().to_string()),
        ("closed", closed.port().to_string()),
        ("proxy_address", proxy.rsplit('/').next().unwrap_or_default().to_owned()),
        ("proxy", proxy),
        ("home", folder.display().to_string()),
    ])
}

/// Puts the values of a running world in place of `{base_url}`, `{host}`, `{port}`, `{key}`, `{resolver}`, `{ca}`, `{other_ca}`,
/// `{closed}` (a port where nothing listens), `{proxy}`, `{proxy_address}` and `{home}`.
fn fill(template: &str, values: &BTreeMap<&str, String>) -> String {
    values.iter().fold(template.to_owned(), |filled, (name, value)| filled.replace(&format!("{{{name}}}"), value))
}

/// A temporary folder, gone when dropped; it is the home of the runs.
pub struct Folder(PathBuf);

impl Folder {
    /// A new folder.
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("openai-doctor-it-{}-{number}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
