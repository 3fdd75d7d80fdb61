//! The processes of a network: this test binary again, as the middlebox or as a host, each in a namespace of its own.
//!
//! The middlebox starts the hosts, gives each one end of a virtual cable, and forwards what comes out of the other ends.
//! They talk in lines of JSON over their pipes; when a pipe closes its process ends, and with the middlebox, which is the
//! first process of its PID namespace, everything that was started in it.

use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use openai_doctor::mock::encrypted_dns::PORTS;
use openai_doctor::mock::tls::Authority;
use openai_doctor::mock::{Endpoint, dns, encrypted_dns};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::description::{CLIENT, Description};
use super::link::{Link, Seen};
use super::middlebox::Middlebox;
use crate::world::{Run, doctor_under};

/// Tells the test binary which role it plays.
pub const ROLE: &str = "OPENAI_DOCTOR_LAB_ROLE";
/// The role of the middlebox.
pub const MIDDLEBOX: &str = "middlebox";
/// The test that plays a role.
pub const ENTRY: &str = "world::network::role::plays_its_part_in_a_network";
/// What lines of ours begin with, among those of the test harness.
const MARK: &str = "@lab ";

/// Where the client's files are.
const HOME: &str = "/run/home";
/// The hardware address of the host's end of every cable.
const HARDWARE: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// Takes every capability from a command, of which root of a user namespace has more than an ordinary user.
const UNPRIVILEGED: [&str; 4] = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"];

/// How long a capture waits for a packet before it looks whether it is over.
const PATIENCE: Duration = Duration::from_millis(50);

/// What the client is asked to do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Request {
    /// Run the tool.
    Doctor {
        /// Its arguments.
        arguments: Vec<String>,
        /// Its whole environment.
        env: BTreeMap<String, String>,
    },
    /// The same, with a capture of its interface.
    Watched {
        /// Its arguments.
        arguments: Vec<String>,
        /// Its whole environment.
        env: BTreeMap<String, String>,
    },
    /// Run a shell command.
    Shell(String),
}

/// What the client did.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Done {
    /// The run.
    pub run: Run,
    /// The packets of a capture.
    pub seen: Vec<Seen>,
}

/// What the middlebox says once the network is up.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Ready {
    /// The CAs that the client is to trust, as PEM.
    pub ca_pem: String,
    /// Where the client finds them.
    pub ca_file: PathBuf,
    /// The client's home.
    pub home: PathBuf,
    /// The endpoint's key.
    pub key: String,
}

/// What a host is told.
#[derive(Debug, Serialize, Deserialize)]
struct Start {
    host: String,
    description: Description,
}

/// The other process at the ends of two pipes.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Peer {
    /// Starts a process that plays a role.
    pub fn start(mut command: Command, role: &str) -> io::Result<Self> {
        command.args(["--exact", ENTRY, "--nocapture"]).env(ROLE, role).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        Ok(Self { child, stdin, stdout: BufReader::new(stdout) })
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Says something.
    pub fn say(&mut self, what: &impl Serialize) -> io::Result<()> {
        writeln!(self.stdin, "{}", serde_json::to_string(what)?)
    }

    /// Hears what it says, or why it cannot.
    pub fn hear<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut heard = String::new();
        loop {
            let begins = heard.len();
            if self.stdout.read_line(&mut heard)? == 0 {
                return Err(io::Error::other(format!("a process of the network ended:\n{heard}")));
            }
            if let Some((_, said)) = heard[begins..].split_once(MARK) {
                let said: Result<T, String> = serde_json::from_str(said)?;
                return said.map_err(io::Error::other);
            }
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // Not by closing the pipe: it would end in order and complain that nobody listens.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The entry of every process of a network.
#[test]
fn plays_its_part_in_a_network() {
    play();
}

/// Plays the part that this process was given, if it was given one, and ends with it.
#[expect(clippy::exit, reason = "the test harness would report to a pipe that nobody reads any more")]
pub fn play() {
    let Some(role) = std::env::var_os(ROLE) else { return };
    let mut lines = io::stdin().lines();
    let done = if role == MIDDLEBOX { middlebox(&mut lines) } else { host(&mut lines) };
    if let Err(error) = done {
        say(&Err::<(), _>(format!("{}: {error}", role.display())));
    }
    std::process::exit(0);
}

type Lines = io::Lines<io::StdinLock<'static>>;

/// Hears what the parent says; `None` when it has gone.
fn hear<T: DeserializeOwned>(lines: &mut Lines) -> io::Result<Option<T>> {
    lines.next().map(|line| Ok(serde_json::from_str(&line?)?)).transpose()
}

fn say<T: Serialize>(what: &Result<T, String>) {
    let line = serde_json::to_string(what).unwrap_or_default();
    // Nobody listens any more when this fails.
    let _ = writeln!(io::stdout(), "{MARK}{line}");
}

fn middlebox(lines: &mut Lines) -> io::Result<()> {
    let Some(description) = hear::<Description>(lines)? else { return Ok(()) };
    // The kernel here must neither answer nor say anything of its own.
    for scope in ["all", "default"] {
        fs::write(format!("/proc/sys/net/ipv6/conf/{scope}/disable_ipv6"), "1")?;
    }
    let mut names = vec![CLIENT.to_owned()];
    names.extend(description.hosts());
    let mut hosts = Vec::new();
    for name in &names {
        let mut command = Command::new("unshare");
        command.args(["-n", "-m"]).arg(std::env::current_exe()?);
        hosts.push(Peer::start(command, name)?);
    }
    let mut cables = String::new();
    for (index, host) in hosts.iter_mut().enumerate() {
        // It speaks once it is in its namespace.
        host.hear::<()>()?;
        let hardware = HARDWARE.map(|byte| format!("{byte:02x}")).join(":");
        let id = host.id();
        let _ = writeln!(cables, "link add m{index} mtu 1500 type veth peer name eth0 address {hardware} netns {id}");
        let _ = writeln!(cables, "link set m{index} up");
    }
    ip(&cables)?;
    for (host, name) in hosts.iter_mut().zip(&names) {
        host.say(&Start { host: name.clone(), description: description.clone() })?;
    }
    let mut ready = Ready::default();
    for host in hosts.iter_mut().skip(1) {
        let part: Ready = host.hear()?;
        ready.ca_pem += &part.ca_pem;
        ready.key += &part.key;
    }
    let (path, ends) = description.path()?;
    forward(Middlebox::new(path, ends))?;
    let client = &mut hosts[0];
    client.say(&ready.ca_pem)?;
    let place: Ready = client.hear()?;
    say(&Ok(Ready { ca_pem: ready.ca_pem, key: ready.key, ..place }));
    while let Some(request) = hear::<Request>(lines)? {
        client.say(&request)?;
        say(&client.hear::<Done>().map_err(|error| error.to_string()));
    }
    Ok(())
}

/// A packet waiting for its time.
struct Waiting {
    due: Instant,
    number: u64,
    host: usize,
    bytes: Vec<u8>,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // The heap's greatest is the next one due.
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

#[derive(Default)]
struct Queue {
    heap: BinaryHeap<Waiting>,
    taken: u64,
}

/// Forwards between the cables for as long as the process lives.
fn forward(middlebox: Middlebox) -> io::Result<()> {
    let count = middlebox.ends();
    let links: io::Result<Vec<Link>> = (0..count).map(|index| Link::open(&format!("m{index}"), HARDWARE)).collect();
    let links = Arc::new(links?);
    let middlebox = Arc::new(Mutex::new(middlebox));
    let queue = Arc::new((Mutex::new(Queue::default()), Condvar::new()));
    let began = Instant::now();
    for index in 0..count {
        let (links, middlebox, queue) = (Arc::clone(&links), Arc::clone(&middlebox), Arc::clone(&queue));
        thread::spawn(move || {
            while let Ok(packet) = links[index].receive() {
                let came = Instant::now();
                // One lock over both, so that packets leave in the order in which they were judged.
                let mut middlebox = middlebox.lock().unwrap();
                let sent = middlebox.take(index, packet, came - began);
                let (waiting, woken) = &*queue;
                let mut waiting = waiting.lock().unwrap();
                for sent in sent {
                    waiting.taken += 1;
                    let number = waiting.taken;
                    waiting.heap.push(Waiting { due: came + sent.after, number, host: sent.host, bytes: sent.bytes });
                }
                woken.notify_one();
            }
        });
    }
    thread::spawn(move || deliver(&links, &queue));
    Ok(())
}

fn deliver(links: &[Link], queue: &(Mutex<Queue>, Condvar)) {
    let mut waiting = queue.0.lock().unwrap();
    loop {
        let now = Instant::now();
        match waiting.heap.peek().map(|next| next.due) {
            None => waiting = queue.1.wait(waiting).unwrap(),
            Some(due) if due > now => waiting = queue.1.wait_timeout(waiting, due - now).unwrap().0,
            Some(_) => {
                let next = waiting.heap.pop().unwrap();
                drop(waiting);
                // A full or closed link loses packets, as links do.
                let _ = links[next.host].send(&next.bytes);
                waiting = queue.0.lock().unwrap();
            }
        }
    }
}

fn host(lines: &mut Lines) -> io::Result<()> {
    say(&Ok(()));
    let Some(Start { host, description }) = hear(lines)? else { return Ok(()) };
    if host == CLIENT { client(lines, &description) } else { server(lines, &host, &description) }
}

/// Plugs the cable in.
fn plug(addresses: &[IpAddr], mtu: u16) -> io::Result<()> {
    let mut commands = format!(
        "link set lo up\n\
         link set eth0 arp off mtu {mtu} gso_max_segs 1\n\
         link set eth0 addrgenmode none\n\
         link set eth0 up\n"
    );
    for address in addresses {
        let rest = if address.is_ipv4() { "/32 dev eth0" } else { "/128 dev eth0 nodad" };
        let _ = writeln!(commands, "addr add {address}{rest}");
    }
    if addresses.iter().any(IpAddr::is_ipv4) {
        commands += "route add 0.0.0.0/0 dev eth0\n";
    }
    if addresses.iter().any(IpAddr::is_ipv6) {
        commands += "route add ::/0 dev eth0\n";
    }
    ip(&commands)
}

fn server(lines: &mut Lines, host: &str, description: &Description) -> io::Result<()> {
    let part = description.part(host)?;
    plug(&part.addresses, 1500)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut ready = Ready::default();
    let mut servers = Vec::new();
    let mut endpoints = Vec::new();
    let authority = Authority::new(&format!("openai-doctor throwaway CA of {host}"))?;
    ready.ca_pem = authority.pem();
    for (address, encrypted, zone) in part.zones {
        if let Some(name) = encrypted {
            let zone = Arc::new(zone.clone());
            servers.extend(runtime.block_on(encrypted_dns::serve(address, PORTS, name, &authority, zone))?);
        }
        servers.push(runtime.block_on(dns::serve(address, 53, zone))?);
    }
    for plan in part.plans {
        let endpoint = runtime.block_on(Endpoint::run_under(&authority, plan))?;
        if host == super::description::INTERNET && endpoints.is_empty() {
            ready.key = endpoint.key.clone().unwrap_or_default();
        }
        endpoints.push(endpoint);
    }
    say(&Ok(ready));
    // Until the middlebox goes.
    hear::<()>(lines)?;
    Ok(())
}

fn client(lines: &mut Lines, description: &Description) -> io::Result<()> {
    plug(&description.client_addresses(), description.client.mtu)?;
    if description.client.ping {
        fs::write("/proc/sys/net/ipv4/ping_group_range", "0 0")?;
    }
    let home = Path::new(HOME);
    fs::create_dir_all(home)?;
    for (path, text) in [("/etc/hosts", &description.client.hosts), ("/etc/resolv.conf", &description.resolv())] {
        let file = Path::new("/run").join(path.replace('/', "_"));
        fs::write(&file, text)?;
        shell(&format!("mount --bind {} {path}", file.display()))?;
    }
    for command in &description.client.setup {
        shell(command)?;
    }
    let Some(ca_pem) = hear::<String>(lines)? else { return Ok(()) };
    let ca_file = home.join("ca.pem");
    fs::write(&ca_file, ca_pem)?;
    say(&Ok(Ready { ca_file, home: home.to_owned(), ..Ready::default() }));
    let wrapper: &[&str] = if description.client.privileged { &[] } else { &UNPRIVILEGED };
    let run = |arguments: &[String], env: &BTreeMap<String, String>| doctor_under(wrapper, arguments, env, home);
    while let Some(request) = hear::<Request>(lines)? {
        let done = match request {
            Request::Doctor { arguments, env } => Done { run: run(&arguments, &env), ..Done::default() },
            Request::Watched { arguments, env } => watched(|| run(&arguments, &env))?,
            Request::Shell(command) => {
                let output = Command::new("sh").args(["-c", &command]).stdin(Stdio::null()).output()?;
                let run = Run {
                    exit_code: output.status.code(),
                    stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
                    stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
                    ..Run::default()
                };
                Done { run, ..Done::default() }
            }
        };
        say(&Ok(done));
    }
    Ok(())
}

/// Runs something while every packet on the interface is written down.
fn watched(run: impl FnOnce() -> Run) -> io::Result<Done> {
    let link = Link::open("eth0", HARDWARE)?;
    link.watch(PATIENCE)?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut seen = Vec::new();
            while !over.load(Ordering::Relaxed) {
                seen.extend(link.see());
            }
            seen
        });
        let run = run();
        over.store(true, Ordering::Relaxed);
        Ok(Done { run, seen: watcher.join().unwrap_or_default() })
    })
}

fn shell(command: &str) -> io::Result<()> {
    succeed(command, Command::new("sh").args(["-c", command]).stdin(Stdio::null()).output())
}

/// Runs commands of `ip`, a line each.
fn ip(commands: &str) -> io::Result<()> {
    let mut child = Command::new("ip")
        .args(["-batch", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(commands.as_bytes())?;
    }
    succeed(commands, child.wait_with_output())
}

fn succeed(command: &str, output: io::Result<std::process::Output>) -> io::Result<()> {
    let output = output?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("{command}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
