//! A network of real servers: unbound, nginx, squid and microsocks of the distribution, in a namespace behind a cable.
//!
//! Nothing of ours answers here, so that what the tool makes of an answer is not what we believe servers to say.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use openai_doctor::mock::tls::{Authority, Certificate, Offer};
use serde_json::Value;

use crate::contract;
use crate::world::{Folder, Run, doctor, inside};

/// Names the file that takes what came out.
const OUTCOME: &str = "OPENAI_DOCTOR_REAL_OUTCOME";
const KEY: &str = "sk-proj-realrealrealrealrealrealrealrealrealreal0000";

/// One run in the network.
struct Case {
    name: &'static str,
    /// The daemon that it needs beside the resolver and the web server.
    needs: Option<&'static str>,
    /// The base URL's host.
    host: &'static str,
    /// Further arguments.
    arguments: &'static str,
    /// The fault, or `healthy`.
    expected: &'static str,
}

const fn case(
    name: &'static str,
    needs: Option<&'static str>,
    host: &'static str,
    arguments: &'static str,
    expected: &'static str,
) -> Case {
    Case { name, needs, host, arguments, expected }
}

const API: &str = "api.openai.com";
const SQUID: Option<&str> = Some("squid");
const MICROSOCKS: Option<&str> = Some("microsocks");

const CASES: &[Case] = &[
    case("healthy", None, API, "", "healthy"),
    case("healthy, through squid", SQUID, API, "--proxy http://10.0.0.8:3128", "healthy"),
    case("healthy, through microsocks", MICROSOCKS, API, "--proxy socks5h://10.0.0.8:1080", "healthy"),
    case("squid denies CONNECT", SQUID, API, "--proxy http://10.0.0.8:3129", "proxy-connect-denied"),
    case("squid wants a login", SQUID, API, "--proxy http://10.0.0.8:3130", "proxy-auth-required"),
    case("squid dislikes the login", SQUID, API, "--proxy http://user:wrong@10.0.0.8:3130", "proxy-auth-required"),
    case(
        "squid finds the endpoint closed",
        SQUID,
        "closed.real.test",
        "--proxy http://10.0.0.8:3128",
        "proxy-exit-dead",
    ),
    case("squid taken for SOCKS", SQUID, API, "--proxy socks5h://10.0.0.8:3128", "proxy-scheme-wrong"),
    case("microsocks wants a login", MICROSOCKS, API, "--proxy socks5h://10.0.0.8:1081", "proxy-auth-required"),
    case("microsocks taken for HTTP", MICROSOCKS, API, "--proxy http://10.0.0.8:1080", "proxy-scheme-wrong"),
    case("nginx, dead upstream", None, "bad-gateway.real.test", "", "bad-gateway"),
    case("nginx, silent upstream", None, "gateway-timeout.real.test", "", "gateway-timeout"),
    case("nginx, 413", None, "too-large.real.test", "", "payload-too-large"),
    case("nginx, expired certificate", None, "expired.real.test", "", "tls-certificate-expired"),
    case("nginx, certificate of another", None, "wrong-name.real.test", "", "tls-certificate-name-mismatch"),
    case("nginx, self-signed certificate", None, "self-signed.real.test", "", "tls-certificate-untrusted"),
    case("nginx, plain HTTP on the TLS port", None, "plain.real.test", "", "base-url-scheme-mismatch"),
    case("nginx, TLS 1.0 alone", None, "old-tls.real.test", "", "tls-version-unsupported"),
    case("nothing listens", None, "closed.real.test", "", "tcp-refused"),
    case("unbound, NXDOMAIN", None, "nobody.real.test", "", "dns-name-not-found"),
    case("unbound, REFUSED", None, "refused.real.test", "", "dns-no-answer"),
    case("unbound, SERVFAIL", None, "broken.real.test", "", "dns-no-answer"),
    case("unbound, the name denied", None, API, "--resolver 10.0.0.54", "dns-sinkholed"),
];

/// A namespace of servers at the other end of a cable; its addresses are the Internet's.
const NETWORK: &str = "
    mount -t tmpfs tmpfs /run
    mount -t tmpfs tmpfs /dev/shm
    ip link set lo up
    touch /run/servers
    unshare --net=/run/servers true
    ip link add eth0 type veth peer name eth1
    ip link set eth1 netns /run/servers
    ip addr add 192.168.1.7/24 dev eth0
    ip link set eth0 up
    ip route add default via 192.168.1.1
    nsenter --net=/run/servers sh -ec '
        ip link set lo up
        ip addr add 192.168.1.1/24 dev eth1
        ip link set eth1 up
        ip link add nowhere type veth peer name void
        ip link set nowhere arp off up
        ip route add 10.255.0.0/16 dev nowhere
        for a in 10.0.0.53 10.0.0.54 10.0.0.8 8.8.8.8 1.1.1.1 223.5.5.5 114.114.114.114 162.159.140.245 \\
            104.18.6.11 104.18.6.12 104.18.6.13 104.18.6.14 104.18.6.15 104.18.6.16 104.18.6.17 104.18.6.18 \\
            104.18.6.19; do ip addr add $a/32 dev lo; done'
    echo nameserver 10.0.0.53 >/run/resolv.conf
    printf '127.0.0.1 localhost\\n::1 localhost\\n' >/run/hosts
    mount --bind /run/resolv.conf /etc/resolv.conf
    mount --bind /run/hosts /etc/hosts";

/// Each daemon, how it is started where `{run}` holds its files, and a port that shows it up. Squid will not run as
/// root, nor can it become somebody else where only one user exists: it runs as that user by another number.
const DAEMONS: &[(&str, &str, &str)] = &[
    ("unbound", "unbound -d -c {run}/unbound.conf", "10.0.0.53:53"),
    ("unbound", "unbound -d -c {run}/filter.conf", "10.0.0.54:53"),
    ("nginx", "nginx -e {run}/nginx.log -c {run}/nginx.conf", "162.159.140.245:443"),
    ("squid", "unshare -U --map-user=13 --map-group=13 squid -N -f {run}/squid.conf", "10.0.0.8:3130"),
    ("microsocks", "microsocks -i 10.0.0.8 -p 1080", "10.0.0.8:1080"),
    ("microsocks", "microsocks -i 10.0.0.8 -p 1081 -u user -P secret", "10.0.0.8:1081"),
];

/// Where daemons are found that are no user's business.
fn path() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

fn installed(daemon: &str) -> bool {
    path().split(':').any(|folder| Path::new(folder).join(daemon).exists())
}

/// Why a case cannot be run here.
fn lacks(case: &Case) -> Option<String> {
    if let Some(why) = &*inside::UNAVAILABLE {
        return Some(format!("no namespaces here ({why})"));
    }
    let needed = ["unbound", "nginx"].into_iter().chain(case.needs);
    needed.into_iter().find(|daemon| !installed(daemon)).map(|daemon| format!("{daemon} is not installed"))
}

#[test]
fn real_servers_are_understood() {
    let (mut table, mut wrong) = (String::from("\nreal servers\n"), Vec::new());
    let skipped: Vec<Option<String>> = CASES.iter().map(lacks).collect();
    let runs = if skipped.iter().all(Option::is_some) { BTreeMap::new() } else { runs() };
    for (case, skipped) in CASES.iter().zip(skipped) {
        let Case { name, expected, .. } = case;
        if let Some(why) = skipped {
            let _ = writeln!(table, "{name:34} skipped: {why}");
            if std::env::var("CI").is_ok_and(|ci| ci == "true") {
                wrong.push(format!("{name}: skipped: {why}"));
            }
            continue;
        }
        let (verdict, mut faults) = judge(&runs[*name]);
        if verdict != *expected {
            faults.insert(0, format!("{verdict} in place of {expected}"));
        }
        let mark = if faults.is_empty() { "" } else { "WRONG" };
        let _ = writeln!(table, "{name:34} {verdict:30} {:>6} {mark}", runs[*name].elapsed_ms);
        wrong.extend(faults.into_iter().map(|fault| format!("{name}: {fault}")));
    }
    let _ = std::io::stdout().write_all(table.as_bytes());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The verdict of a run and what is wrong with it.
fn judge(run: &Run) -> (String, Vec<String>) {
    let Ok(report) = serde_json::from_str::<Value>(&run.stdout) else {
        return ("no JSON".to_owned(), vec![format!("{:.300} {:.300}", run.stdout, run.stderr)]);
    };
    let verdict = &report["verdict"];
    let name = verdict["fault"].as_str().or_else(|| verdict["status"].as_str()).unwrap_or("?");
    let mut wrong = contract::breaches(&report, run);
    wrong.extend(contract::leak(KEY, run));
    let named = report["diagnoses"].as_array().map_or(0, Vec::len);
    if named > 1 {
        wrong.push(format!("{named} diagnoses: {}", report["diagnoses"]));
    }
    (name.to_owned(), wrong)
}

/// Runs every case that can be run, in one network.
fn runs() -> BTreeMap<String, Run> {
    let folder = Folder::new("real");
    let outcome = folder.path().join("outcome.json");
    let ran = Command::new("unshare")
        .args(["-Urnm", "--pid", "--fork", "--kill-child", "--mount-proc"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "real::serves_inside", "--nocapture"])
        .env(OUTCOME, &outcome)
        .env("PATH", path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = || String::from_utf8_lossy(&[&ran.stdout[..], &ran.stderr].concat()).into_owned();
    let text = fs::read_to_string(&outcome).unwrap_or_else(|error| panic!("nothing came out: {error}\n{}", said()));
    serde_json::from_str(&text).unwrap()
}

/// The entry inside the namespaces; outside there is nothing to do.
#[test]
fn serves_inside() {
    let Some(outcome) = std::env::var_os(OUTCOME) else { return };
    shell(NETWORK);
    let folder = Folder::new("real-files");
    let run = folder.path();
    let authority = Authority::new("openai-doctor throwaway CA").unwrap();
    write_files(run, &authority);
    let mut daemons = Vec::new();
    for (daemon, command, port) in DAEMONS.iter().filter(|(daemon, ..)| installed(daemon)) {
        let command = command.replace("{run}", &run.display().to_string());
        let log = fs::File::create(run.join(format!("{daemon}.out"))).unwrap();
        let started = Command::new("nsenter")
            .arg("--net=/run/servers")
            .args(command.split(' '))
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        daemons.push(started.unwrap());
        await_port(port, run);
    }
    let mut runs = BTreeMap::new();
    for case in CASES.iter().filter(|case| lacks(case).is_none()) {
        let line =
            format!("diagnose https://{}/v1 --ca-file {}/ca.pem --json {}", case.host, run.display(), case.arguments);
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let env = BTreeMap::from([("OPENAI_API_KEY".to_owned(), KEY.to_owned())]);
        runs.insert(case.name.to_owned(), doctor(&arguments, &env, run));
    }
    fs::write(outcome, serde_json::to_string(&runs).unwrap()).unwrap();
    for mut daemon in daemons {
        let _ = daemon.kill();
        let _ = daemon.wait();
    }
}

fn write_files(run: &Path, authority: &Authority) {
    let place = run.display().to_string();
    let configurations = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/real");
    for name in ["unbound.conf", "filter.conf", "nginx.conf", "squid.conf"] {
        let text = fs::read_to_string(configurations.join(name)).unwrap();
        fs::write(run.join(name), text.replace("{run}", &place).replace("{key}", KEY)).unwrap();
    }
    // No such password exists.
    fs::write(run.join("passwords"), "user:*\n").unwrap();
    fs::write(run.join("ca.pem"), authority.pem()).unwrap();
    let names: Vec<String> = CASES.iter().map(|case| case.host.to_owned()).collect();
    for (file, certificate) in [
        ("good", Certificate::Good),
        ("expired", Certificate::Expired),
        ("wrong-name", Certificate::WrongName),
        ("self-signed", Certificate::SelfSigned),
    ] {
        let offer = Offer { certificate, ..Offer::default() };
        let (chain, key) = authority.certify(&names, &offer).unwrap();
        let chain: String = chain.iter().map(|one| pem("CERTIFICATE", one)).collect();
        fs::write(run.join(format!("{file}.crt")), chain).unwrap();
        fs::write(run.join(format!("{file}.key")), pem("PRIVATE KEY", key.secret_der())).unwrap();
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Waits until something listens.
fn await_port(port: &str, run: &Path) {
    let (address, started): (SocketAddr, _) = (port.parse().unwrap(), Instant::now());
    while TcpStream::connect_timeout(&address, Duration::from_millis(500)).is_err() {
        if started.elapsed() > Duration::from_secs(20) {
            let files = fs::read_dir(run).unwrap().map(|file| file.unwrap().path());
            let logs = files.filter(|file| file.extension().is_some_and(|end| end == "log" || end == "out"));
            let said: String = logs.filter_map(|log| fs::read_to_string(log).ok()).collect();
            panic!("nothing listens at {port}: {said}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn shell(commands: &str) {
    let output = Command::new("sh").args(["-ec", commands]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
