//! The phase times of a report against a capture of the same run on the client's own interface.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use super::link::Seen;
use super::packet::{ACK, Packet, SYN, UDP};
use super::question::{A, Question};
use super::{Description, World};

/// How many runs are compared.
const RUNS: usize = 20;

/// A segment at least this long is an answer of the API: session tickets and settings are shorter.
const ANSWER: usize = 300;

/// The type of a record that holds what is encrypted; before it comes a `ChangeCipherSpec` that means nothing.
const ENCRYPTED: u8 = 23;

/// What one phase took.
struct Sample {
    phase: &'static str,
    reported_ms: f64,
    captured_ms: f64,
}

/// One packet of a capture.
struct Captured {
    at: Duration,
    sent: bool,
    packet: Packet,
}

/// Prints the comparison; it is a measurement, and what is measured depends on the machine.
#[test]
#[ignore = "a measurement"]
fn compares_phase_times_with_a_capture() {
    let description = Description::default();
    let mut samples = Vec::new();
    for _ in 0..RUNS {
        let mut world = World::start(&description).unwrap();
        let arguments = ["diagnose", "https://api.openai.com/v1", "--format", "json", "--ca-file"].map(str::to_owned);
        let arguments = [arguments.to_vec(), vec![world.ready.ca_file.display().to_string()]].concat();
        let env = [("OPENAI_API_KEY".to_owned(), world.ready.key.clone())].into();
        let (run, seen) = world.watch(&arguments, &env).unwrap();
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        samples.extend(compare(&report, seen));
    }
    let _ = std::io::stdout().write_all(table(&samples).as_bytes());
}

fn compare(report: &Value, seen: Vec<Seen>) -> Vec<Sample> {
    let packets: Vec<Captured> = seen
        .into_iter()
        .filter_map(|seen| Some(Captured { at: seen.at, sent: seen.sent, packet: Packet::parse(seen.bytes)? }))
        .collect();
    let stage = |name: &str| report["stages"].as_array().into_iter().flatten().find(|stage| stage["stage"] == name);
    let mut samples = Vec::new();
    if let Some(dns) = stage("dns") {
        samples.extend(resolution(dns, &packets));
        samples.extend(queries(&dns["facts"], &packets));
    }
    if let Some(tcp) = stage("tcp") {
        samples.extend(choice(tcp, &packets));
        samples.extend(connects(&tcp["facts"], &packets));
        samples.extend(tls_and_http(&tcp["facts"], stage("tls"), stage("http"), &packets).into_iter().flatten());
    }
    samples
}

/// The first query to the chosen resolver to the last answer of it: what the chain waited for.
fn resolution(dns: &Value, packets: &[Captured]) -> Option<Sample> {
    let own = dns["facts"]["queries"].as_array()?.iter().find(|query| query["role"] == "configured")?;
    let address: SocketAddr = own["address"].as_str()?.parse().ok()?;
    let mut flow = packets.iter().filter(|seen| {
        seen.packet.protocol() == UDP
            && (if seen.sent { seen.packet.destination() } else { seen.packet.source() }) == address.ip()
    });
    let asked = flow.find(|seen| seen.sent)?;
    let answered = flow.rfind(|seen| !seen.sent)?;
    let reported_ms = dns["duration_ms"].as_f64()?;
    Some(Sample { phase: "dns, the stage", reported_ms, captured_ms: between(asked, answered) })
}

/// The first SYN to the SYN-ACK of the address that was chosen.
fn choice(tcp: &Value, packets: &[Captured]) -> Option<Sample> {
    let chosen: IpAddr = tcp["facts"]["chosen"].as_str()?.parse().ok()?;
    let attempts = tcp["facts"]["attempts"].as_array()?;
    let addresses: Vec<IpAddr> = attempts.iter().filter_map(|one| one["address"].as_str()?.parse().ok()).collect();
    let opened = packets
        .iter()
        .find(|seen| seen.packet.opens() && seen.sent && addresses.contains(&seen.packet.destination()))?;
    let accepted = packets
        .iter()
        .find(|seen| seen.packet.flags() & (SYN | ACK) == SYN | ACK && seen.packet.source() == chosen && !seen.sent)?;
    let reported_ms = tcp["duration_ms"].as_f64()?;
    Some(Sample { phase: "tcp, the stage", reported_ms, captured_ms: between(opened, accepted) })
}

/// Query to answer, for every UDP query that was sent once.
fn queries(facts: &Value, packets: &[Captured]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for query in facts["queries"].as_array().into_iter().flatten() {
        let Some(address) = query["address"].as_str().and_then(|text| text.parse::<SocketAddr>().ok()) else {
            continue;
        };
        let kind = if query["record"] == "A" { A } else { super::question::AAAA };
        let Some(reported_ms) = query["duration_ms"].as_f64() else { continue };
        if query["transport"] != "udp" || query["outcome"] != "answer" || query["sent"] != 1 {
            continue;
        }
        let asked = packets.iter().find(|seen| {
            seen.sent
                && seen.packet.protocol() == UDP
                && (seen.packet.destination(), seen.packet.ports().1) == (address.ip(), address.port())
                && Question::parse(seen.packet.payload()).is_some_and(|question| question.kind == kind)
        });
        let answered = asked.and_then(|asked| {
            packets.iter().find(|seen| {
                let (from, to) = seen.packet.ports();
                !seen.sent
                    && seen.packet.protocol() == UDP
                    && seen.packet.source() == address.ip()
                    && (to, from) == asked.packet.ports()
                    && seen.packet.payload().get(..2) == asked.packet.payload().get(..2)
            })
        });
        if let (Some(asked), Some(answered)) = (asked, answered) {
            let phase = if query["role"] == "configured" { "dns, own resolver" } else { "dns, for comparison" };
            samples.push(Sample { phase, reported_ms, captured_ms: between(asked, answered) });
        }
    }
    samples
}

/// SYN to SYN-ACK, for every address of the endpoint.
fn connects(facts: &Value, packets: &[Captured]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for attempt in facts["attempts"].as_array().into_iter().flatten() {
        let Some(address) = attempt["address"].as_str().and_then(|text| text.parse::<IpAddr>().ok()) else { continue };
        let Some(reported_ms) = attempt["duration_ms"].as_f64().filter(|_| attempt["connected"] == true) else {
            continue;
        };
        let opened = packets.iter().find(|seen| seen.packet.opens() && seen.packet.destination() == address);
        let accepted = packets.iter().find(|seen| {
            seen.packet.flags() & (SYN | ACK) == SYN | ACK && seen.packet.source() == address && !seen.sent
        });
        if let (Some(opened), Some(accepted)) = (opened, accepted) {
            samples.push(Sample { phase: "tcp", reported_ms, captured_ms: between(opened, accepted) });
        }
    }
    samples
}

/// `ClientHello` to the client's own Finished, and the first bytes after it to the answer.
fn tls_and_http(tcp: &Value, tls: Option<&Value>, http: Option<&Value>, packets: &[Captured]) -> Option<[Sample; 2]> {
    let local = tcp["local"].as_str()?.parse::<SocketAddr>().ok()?;
    let mut flow = packets.iter().filter(|seen| {
        let (from, to) = seen.packet.ports();
        seen.packet.is_segment()
            && !seen.packet.payload().is_empty()
            && (if seen.sent { from } else { to }) == local.port()
    });
    let hello = flow.by_ref().find(|seen| seen.sent)?;
    let _flight = flow.by_ref().find(|seen| !seen.sent)?;
    let finished = flow.by_ref().find(|seen| seen.sent && seen.packet.payload()[0] == ENCRYPTED)?;
    let asked = flow.by_ref().find(|seen| seen.sent)?;
    let answer = flow.by_ref().find(|seen| !seen.sent && seen.packet.payload().len() >= ANSWER)?;
    let tls =
        Sample { phase: "tls", reported_ms: tls?["duration_ms"].as_f64()?, captured_ms: between(hello, finished) };
    let http = Sample {
        phase: "http",
        reported_ms: http?["facts"]["first_byte_ms"].as_f64()?,
        captured_ms: between(asked, answer),
    };
    Some([tls, http])
}

fn between(from: &Captured, to: &Captured) -> f64 {
    to.at.saturating_sub(from.at).as_secs_f64() * 1000.0
}

fn table(samples: &[Sample]) -> String {
    let mut out = format!("\nreported less captured, in ms, over {RUNS} runs\n");
    let _ = writeln!(
        out,
        "{:20} {:>5} {:>9} {:>9} {:>8} {:>8} {:>8}",
        "phase", "n", "reported", "captured", "best", "median", "worst"
    );
    let mut phases: Vec<&str> = samples.iter().map(|sample| sample.phase).collect();
    phases.dedup();
    phases.sort_by_key(|phase| samples.iter().position(|sample| sample.phase == *phase));
    phases.dedup();
    for phase in phases {
        let of = |value: fn(&Sample) -> f64| {
            let mut values: Vec<f64> = samples.iter().filter(|sample| sample.phase == phase).map(value).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let middle = |values: &[f64]| values[values.len() / 2];
        let errors = of(|sample| sample.reported_ms - sample.captured_ms);
        let (reported, captured) = (of(|sample| sample.reported_ms), of(|sample| sample.captured_ms));
        let _ = writeln!(
            out,
            "{phase:20} {:>5} {:>9.3} {:>9.3} {:>8.3} {:>8.3} {:>8.3}",
            errors.len(),
            middle(&reported),
            middle(&captured),
            errors[0],
            middle(&errors),
            errors[errors.len() - 1]
        );
    }
    out
}
