//! Fills the placeholders of commands from the evidence and picks the command of the diagnosed machine's system.
//!
//! `{host}` `{port}` `{base_url}` `{origin}` (scheme, host, port) `{address}` (the address tried first) `{proxy}`
//! `{proxy_address}` (`host:port`) `{proxy_origin}` (the variable that named it) `{key_origin}` `{resolver}`.

use crate::evidence::Evidence;
use crate::lang::Sentence;

use super::FilledFix;
use super::fault::{Command, Fault, Finding};

/// The fixes of a finding, the specific ones first.
pub(super) fn fixes(fault: &Fault, finding: &Finding, evidence: &Evidence) -> Vec<FilledFix> {
    let specific =
        finding.fixes.iter().map(|(text, command)| FilledFix { text: text.clone(), command: command.clone() });
    let general = fault.fixes.iter().map(|fix| FilledFix {
        text: Sentence { en: fill(fix.text.en, evidence), zh: fill(fix.text.zh, evidence) },
        command: for_system(fix.command, &evidence.config.facts.machine.os).map(|command| fill(command, evidence)),
    });
    specific.chain(general).collect()
}

/// Commands of public tools that show what this stage saw.
pub(super) fn reproduce(fault: &Fault, evidence: &Evidence) -> Vec<String> {
    let _ = (fault, evidence);
    Vec::new()
}

/// The command for one system.
#[must_use]
pub fn for_system(command: Command, os: &str) -> Option<&'static str> {
    let command = match command {
        Command::None => "",
        Command::Any(command) => command,
        Command::Per { linux, macos, windows } => match os {
            "macos" => macos,
            "windows" => windows,
            _ => linux,
        },
    };
    (!command.is_empty()).then_some(command)
}

/// Puts values in place of placeholders; a placeholder without a value becomes an upper-case word to replace.
#[must_use]
pub fn fill(template: &str, evidence: &Evidence) -> String {
    let target = &evidence.target;
    let host = target.host.as_deref().unwrap_or("HOST");
    let port = target.port.map_or_else(|| "443".to_owned(), |port| port.to_string());
    let scheme = if evidence.config.facts.base_url.scheme == "http" { "http" } else { "https" };
    let address = evidence
        .tcp
        .facts
        .chosen
        .or_else(|| evidence.tcp.facts.attempts.first().map(|attempt| attempt.address))
        .or_else(|| evidence.dns.facts.addresses.first().map(|address| address.address))
        .map_or_else(|| "ADDRESS".to_owned(), |address| address.to_string());
    let resolver = evidence.dns.facts.stub.nameservers.first().map_or("RESOLVER".to_owned(), |at| at.ip().to_string());
    let proxy = target.route.proxy.as_deref().unwrap_or("http://PROXY:PORT");
    template
        .replace("{host}", host)
        .replace("{port}", &port)
        .replace("{base_url}", &target.base_url)
        .replace("{origin}", &format!("{scheme}://{host}:{port}"))
        .replace("{address}", &address)
        .replace("{resolver}", &resolver)
        .replace("{proxy}", proxy)
        .replace("{proxy_address}", proxy.rsplit('/').next().unwrap_or(proxy))
        .replace("{proxy_origin}", &target.route.origin)
        .replace("{key_origin}", target.key.as_ref().map_or("OPENAI_API_KEY", |key| key.origin.as_str()))
}
