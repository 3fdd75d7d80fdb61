//! The binary as a child process: a scrubbed environment, bounded time, peak memory.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::Run;

/// After this a run hangs.
const LIMIT: Duration = Duration::from_secs(90);

/// Runs the binary with nothing in its environment but what is given.
pub fn doctor(arguments: &[String], env: &BTreeMap<String, String>, home: &Path) -> Run {
    doctor_under(&[], arguments, env, home)
}

/// The same through a command that ends by executing its arguments.
pub fn doctor_under(wrapper: &[&str], arguments: &[String], env: &BTreeMap<String, String>, home: &Path) -> Run {
    let binary = env!("CARGO_BIN_EXE_openai-doctor");
    let mut words = wrapper.iter().copied().chain([binary]);
    let mut command = Command::new(words.next().unwrap_or(binary));
    command
        .args(words)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("LC_ALL", "C.UTF-8")
        .envs(env)
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().unwrap();
    let stdout = read(child.stdout.take().unwrap());
    let stderr = read(child.stderr.take().unwrap());
    let mut peak_kib = 0;
    let exit_code = loop {
        peak_kib = peak_kib.max(peak(&child));
        if let Some(status) = child.try_wait().unwrap() {
            break status.code();
        }
        if started.elapsed() > LIMIT {
            let _ = child.kill();
            let _ = child.wait();
            break None;
        }
        thread::sleep(Duration::from_millis(2));
    };
    let elapsed_ms = u64::try_from(started.elapsed().as_millis()).unwrap();
    Run { exit_code, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap(), elapsed_ms, peak_kib }
}

fn read(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// The most memory that the process has held so far, where `/proc` tells.
fn peak(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
