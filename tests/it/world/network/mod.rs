//! Worlds of real packets: a client, an Internet and a middlebox of ours between them, each in a network namespace.
//!
//! Every packet passes through [`middlebox`], which knows the rules of the scenario; nothing leaves the namespaces. What the
//! servers do is up to [`openai_doctor::mock`], what is judged up to whoever runs the tool.

mod description;
mod hello;
mod link;
mod middlebox;
mod packet;
mod phases;
mod question;
pub mod role;
mod route;
mod rule;

use std::collections::BTreeMap;
use std::io;
use std::process::Command;

pub use description::Description;
use link::Seen;
pub use role::Ready;
use role::{Done, MIDDLEBOX, Peer, Request};

use super::{Folder, Outcome, Run, fill, inside};
use crate::scenario::Scenario;

/// A network that is up. Dropping it ends everything in it.
pub struct World {
    middlebox: Peer,
    _folder: Folder,
    /// What the client needs to know.
    pub ready: Ready,
}

impl World {
    /// Starts a network.
    pub fn start(description: &Description) -> io::Result<Self> {
        let folder = Folder::new("network");
        let mut command = Command::new("unshare");
        let root = inside::new_root(folder.path());
        command.args(["-Urnm", "--pid", "--fork", "--kill-child"]).args(root).arg(std::env::current_exe()?);
        let mut middlebox = Peer::start(command, MIDDLEBOX)?;
        middlebox.say(description)?;
        let ready = middlebox.hear()?;
        Ok(Self { middlebox, _folder: folder, ready })
    }

    /// Runs the tool at the client.
    pub fn run(&mut self, arguments: &[String], env: &BTreeMap<String, String>) -> io::Result<Run> {
        self.ask(&Request::Doctor { arguments: arguments.to_vec(), env: env.clone() }).map(|done| done.run)
    }

    /// Runs the tool at the client and captures what passes its interface meanwhile.
    pub fn watch(&mut self, arguments: &[String], env: &BTreeMap<String, String>) -> io::Result<(Run, Vec<Seen>)> {
        let done = self.ask(&Request::Watched { arguments: arguments.to_vec(), env: env.clone() })?;
        Ok((done.run, done.seen))
    }

    /// Runs a shell command at the client.
    pub fn shell(&mut self, command: &str) -> io::Result<Run> {
        self.ask(&Request::Shell(command.to_owned())).map(|done| done.run)
    }

    fn ask(&mut self, request: &Request) -> io::Result<Done> {
        self.middlebox.say(request)?;
        self.middlebox.hear()
    }
}

/// Runs a scenario in its network, several times in the same one.
pub(super) fn run(scenario: &Scenario, description: &Description, times: usize) -> Vec<Outcome> {
    if let Some(why) = &*inside::UNAVAILABLE {
        return vec![Outcome::Skipped(format!("no namespaces here ({why})"))];
    }
    let mut world = World::start(description).unwrap_or_else(|error| panic!("{}: {error}", scenario.name));
    let ready = &world.ready;
    let values = BTreeMap::from([
        ("base_url", "https://api.openai.com/v1".to_owned()),
        ("host", "api.openai.com".to_owned()),
        ("key", ready.key.clone()),
        ("ca", ready.ca_file.display().to_string()),
        ("home", ready.home.display().to_string()),
    ]);
    let settings = &scenario.settings;
    let mut call = vec!["diagnose".to_owned()];
    if !settings.base_url.is_empty() {
        call.push(fill(&settings.base_url, &values));
    }
    if settings.ca {
        call.extend(["--ca-file".to_owned(), values["ca"].clone()]);
    }
    call.extend(settings.args.iter().map(|argument| fill(argument, &values)));
    call.extend(scenario.further_arguments());
    let mut env: BTreeMap<String, String> =
        settings.env.iter().map(|(name, value)| (name.clone(), fill(value, &values))).collect();
    let key = settings.key.as_deref().map_or_else(|| ready.key.clone(), |key| fill(key, &values));
    env.entry("OPENAI_API_KEY".to_owned()).or_insert_with(|| key.clone());
    let mut formatted = |format: &str| {
        let call = [call.clone(), vec!["--format".to_owned(), format.to_owned()]].concat();
        world.run(&call, &env).unwrap_or_else(|error| panic!("{}: {error}", scenario.name))
    };
    let mut once = || {
        let json = formatted("json");
        let text = scenario.expect.text.then(|| formatted("text"));
        Outcome::Ran { json, text, key: Some(key.clone()) }
    };
    (0..times).map(|_| once()).collect()
}

/// Runs `COMMAND` at the client of the network scenario `SCENARIO`, for whoever writes one.
#[test]
#[ignore = "a tool for writing scenarios"]
fn runs_a_command_in_a_network() {
    let wanted = std::env::var("SCENARIO").unwrap();
    let scenario = crate::scenario::all().into_iter().find(|scenario| scenario.name == wanted).unwrap();
    let started = std::time::Instant::now();
    let mut world = World::start(&scenario.internet.unwrap()).unwrap();
    let up = started.elapsed();
    let ran = world.shell(&std::env::var("COMMAND").unwrap()).unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    let report = format!(
        "{said}\nup after {up:?}; the CA is {}; exit code {:?}\n",
        world.ready.ca_file.display(),
        ran.exit_code
    );
    let _ = io::Write::write_all(&mut io::stdout(), report.as_bytes());
}
