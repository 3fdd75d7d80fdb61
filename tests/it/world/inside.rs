//! Worlds with a network of their own: this test binary runs itself again inside user, network and mount namespaces,
//! sets the network up with `ip`, `nft` and bind mounts, and runs the scenario there as if it were loopback.
//!
//! In such a network every address is ours: the servers of a scenario may live at 104.18.6.192 or 8.8.8.8, and a packet
//! to any other address ends in a veth pair whose far end takes nothing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use super::{Folder, Outcome, run_in};
use crate::scenario::{self, Network, Scenario};

/// Names the scenario's file to the test binary inside.
const SCENARIO: &str = "OPENAI_DOCTOR_IT_SCENARIO";
/// Names the file that takes the outcome.
const OUTCOME: &str = "OPENAI_DOCTOR_IT_OUTCOME";

/// Makes a root of its own at `$1` and runs the rest there: the same folders, but none of the marks in `/` and `/run`
/// that a container engine leaves.
const NEW_ROOT: &str = r#"
set -e
root=$1; shift
mount -t tmpfs tmpfs "$root"
for entry in /*; do
    if [ -L "$entry" ]; then cp -P "$entry" "$root$entry"
    elif [ -d "$entry" ]; then mkdir "$root$entry"; mount --rbind "$entry" "$root$entry"
    fi
done
mount -t tmpfs tmpfs "$root/run"
exec chroot "$root" "$@"
"#;

/// Why there are no namespaces here, if there are none.
pub static UNAVAILABLE: LazyLock<Option<String>> = LazyLock::new(|| {
    let probe = "ip link set lo up && nft list tables && ip link add v0 type veth peer name v1";
    let folder = Folder::new("probe");
    match namespaces(folder.path()).args(["sh", "-c", probe]).output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Some(format!("unshare: {error}")),
    }
});

/// What runs a command in namespaces and under a root of its own.
fn namespaces(folder: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["-Urnm", "--kill-child", "--fork"]).args(new_root(folder)).stdin(Stdio::null());
    command
}

/// The words in front of a command that is to run under a root of its own.
pub fn new_root(folder: &Path) -> [OsString; 5] {
    let root = folder.join("root");
    std::fs::create_dir_all(&root).unwrap();
    ["sh".into(), "-c".into(), NEW_ROOT.into(), "sh".into(), root.into()]
}

/// Runs a scenario in a network of its own.
pub(super) fn run(scenario: &Scenario) -> Outcome {
    if let Some(why) = &*UNAVAILABLE {
        return Outcome::Skipped(format!("no namespaces here ({why})"));
    }
    let folder = Folder::new(&format!("outcome-{}", scenario.name));
    let outcome = folder.path().join("outcome.json");
    let ran = namespaces(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "world::inside::serves_a_scenario_in_namespaces", "--nocapture"])
        .env(SCENARIO, &scenario.path)
        .env(OUTCOME, &outcome)
        .output()
        .unwrap();
    let text = std::fs::read_to_string(&outcome).unwrap_or_else(|error| {
        let said = [ran.stdout, ran.stderr].concat();
        panic!("{}: nothing came out of the namespaces: {error}\n{}", scenario.name, String::from_utf8_lossy(&said))
    });
    serde_json::from_str(&text).unwrap()
}

/// The entry inside the namespaces; outside it has nothing to do.
#[test]
fn serves_a_scenario_in_namespaces() {
    let (Some(path), Some(outcome)) = (std::env::var_os(SCENARIO), std::env::var_os(OUTCOME)) else { return };
    let scenario = scenario::read(Path::new(&path));
    let network = scenario.network.clone().unwrap_or_default();
    let folder = Folder::new(&scenario.name);
    prepare(&network, folder.path());
    let ran = run_in(&scenario, &folder);
    if network.router {
        shell("kill $(cat /run/router)");
    }
    std::fs::write(PathBuf::from(outcome), serde_json::to_string(&ran).unwrap()).unwrap();
}

/// Puts the far end of the local network into a namespace of its own, that of a router which forwards nothing and says so.
const ROUTER: &[&str] = &[
    "{ unshare -n sleep 90 >/dev/null 2>&1 & echo $! >/run/router; }",
    "until [ $(readlink /proc/$(cat /run/router)/ns/net) != $(readlink /proc/self/ns/net) ]; do sleep 0.01; done",
    "ip link set v1 netns $(cat /run/router)",
    "nsenter -t $(cat /run/router) -n sh -ec '
        ip link set lo up
        ip addr add 192.168.1.254/24 dev v1
        ip link set v1 up
        ip route add prohibit default
        echo 1 >/proc/sys/net/ipv4/ip_forward'",
    "ip neigh del 192.168.1.254 dev v0",
];

/// A local network behind a router that takes everything and passes on nothing, and this machine's public addresses.
const LAN: &[&str] = &[
    "ip link add v0 type veth peer name v1",
    "ip addr add 192.168.1.7/24 dev v0",
    "ip link set v0 up",
    "ip link set v1 up",
    "ip neigh add 192.168.1.254 lladdr 02:00:00:00:00:fe dev v0 nud permanent",
    "ip route add default via 192.168.1.254 dev v0",
    "for a in 192.168.1.1 104.18.6.192 104.18.7.192 8.8.8.8 1.1.1.1 223.5.5.5 114.114.114.114; do \
     ip addr add $a/32 dev lo; done",
];

fn prepare(network: &Network, folder: &Path) {
    shell("ip link set lo up");
    if network.lan {
        shell(&LAN.join(" && "));
    }
    if network.router {
        shell(&ROUTER.join(" && "));
    }
    for command in &network.setup {
        shell(command);
    }
    let files = [("/etc/hosts", &network.hosts), ("/etc/resolv.conf", &network.resolv)];
    for (path, text) in files {
        let standard = if path == "/etc/hosts" { "127.0.0.1 localhost\n::1 localhost\n" } else { "" };
        let file = folder.join(path.replace('/', "_"));
        std::fs::write(&file, text.as_deref().unwrap_or(standard)).unwrap();
        shell(&format!("mount --bind {} {path}", file.display()));
    }
    if network.container {
        shell("touch /run/.containerenv");
    }
}

/// Puts a CA file in the place of the system's own bundle.
pub(super) fn replace_system_roots(file: &str) {
    let bundle = "/etc/ssl/certs/ca-certificates.crt";
    shell("mkdir -p /etc/ssl/certs");
    if !Path::new(bundle).exists() {
        shell("mount -t tmpfs tmpfs /etc/ssl/certs");
        std::fs::write(bundle, "").unwrap();
    }
    shell(&format!("mount --bind {file} {bundle}"));
}

fn shell(command: &str) {
    let output = Command::new("sh").args(["-c", command]).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
}
