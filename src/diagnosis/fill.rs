//! Fills the placeholders of commands from the evidence, picks the command of the diagnosed machine's system, and
//! writes the commands that reproduce a finding with public tools.
//!
//! `{host}` `{port}` `{base_url}` `{origin}` (scheme, host, port) `{address}` (the address tried first) `{proxy}`
//! `{proxy_address}` (`host:port`) `{proxy_origin}` (what named it) `{proxy_variable}` (the variable to set)
//! `{local_hosts}` (for `NO_PROXY`) `{key_origin}` `{resolver}`.
//!
//! Hosts, URLs and what the network said are others' input: in a command to copy they are quoted for the shell, and
//! what cannot be quoted safely stays a placeholder in upper case.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use crate::evidence::config::RouteKind;
use crate::evidence::dns::{DnsSource, ResolverRole};
use crate::evidence::{Evidence, Stage};
use crate::lang::Sentence;

use super::FilledFix;
use super::fault::{Command, Fault, Finding};

/// The fixes of a finding, the specific ones first.
pub(super) fn fixes(fault: &Fault, finding: &Finding, evidence: &Evidence) -> Vec<FilledFix> {
    let specific = finding.fixes.iter().map(|(text, command)| FilledFix {
        text: text.clone(),
        command: command.as_deref().map(|command| once_more(command, evidence)),
        confirmed: false,
    });
    let os = &evidence.config.facts.machine.os;
    let general = fault.fixes.iter().map(|fix| FilledFix {
        text: Sentence { en: fill(fix.text.en, evidence), zh: fill(fix.text.zh, evidence) },
        command: for_system(fix.command, os).map(|command| once_more(&fill_command(&command, evidence), evidence)),
        confirmed: false,
    });
    super::remedy::confirmed(fault, specific.chain(general).collect(), evidence)
}

/// A further run of this tool is about the endpoint of this one, also where the command line named it.
fn once_more(command: &str, evidence: &Evidence) -> String {
    const RUN: &str = "openai-doctor diagnose";
    let named = matches!(evidence.config.facts.base_url.origin.as_str(), "BASE_URL" | "--base-url");
    match quote(&evidence.target.base_url, evidence).filter(|_| named) {
        Some(url) => command.replacen(RUN, &format!("{RUN} {url}"), 1),
        None => command.to_owned(),
    }
}

/// Commands of public tools that show what the finding's stage saw.
pub(super) fn reproduce(fault: &Fault, finding: &Finding, evidence: &Evidence) -> Vec<String> {
    let shell = Shell::of(evidence);
    let mut templates: Vec<String> = Vec::new();
    // A wrong address shows where it leads; that it is wrong shows in the lookup.
    if finding.stage == Stage::Dns || (fault.code.starts_with("dns-") || fault.code == "hosts-file-override") {
        dns_commands(shell, evidence, &mut templates);
    }
    match finding.stage {
        Stage::Config | Stage::Dns => {}
        Stage::Proxy => templates.push(proxy_command(shell, evidence)),
        Stage::Tcp => {
            if !evidence.tcp.facts.attempts.is_empty() {
                templates.push(route_command(shell).to_owned());
            }
            templates.push(format!("{} --connect-timeout 10 {{models_url}}", curl(shell, evidence)));
        }
        Stage::Tls => {
            if evidence.target.route.kind == RouteKind::Direct {
                let input = if shell == Shell::Windows { "\"\" | " } else { "" };
                let end = if shell == Shell::Windows { "" } else { " </dev/null" };
                templates.push(format!(
                    "{input}openssl s_client -connect {{address_port}} -servername {{host}} -showcerts{end}"
                ));
            }
            templates.push(format!("{} {{models_url}}", curl(shell, evidence)));
        }
        Stage::Http | Stage::Api => {
            templates.push(format!("{} -H {} {{models_url}}", curl(shell, evidence), key_header(shell, evidence)));
        }
        Stage::Stream => templates.push(format!(
            "{} -N -H {} -H \"Content-Type: application/json\" -d @request.json {{base_url}}/chat/completions",
            curl(shell, evidence),
            key_header(shell, evidence)
        )),
    }
    templates.iter().map(|template| fill_command(template, evidence)).collect()
}

fn dns_commands(shell: Shell, evidence: &Evidence, templates: &mut Vec<String>) {
    let dns = &evidence.dns.facts;
    templates.push(
        match shell {
            Shell::Posix => "getent ahosts {host}",
            Shell::MacOs => "dscacheutil -q host -a name {host}",
            Shell::Windows => "Resolve-DnsName {host}",
        }
        .to_owned(),
    );
    let mut asked: Vec<SocketAddr> = dns.stub.nameservers.iter().copied().take(2).collect();
    let compared = dns.queries.iter().filter(|query| query.role == ResolverRole::Comparison).map(|query| query.address);
    asked.extend(compared.filter(|address| address.port() == 53).take(1));
    for address in asked {
        let ip = address.ip();
        let port = if address.port() == 53 { String::new() } else { format!(" -p {}", address.port()) };
        if shell == Shell::Windows {
            templates.push(format!("Resolve-DnsName {{host}} -Server {ip}"));
        } else {
            templates.push(format!("dig @{ip}{port} {{host}} A"));
        }
    }
}

fn proxy_command(shell: Shell, evidence: &Evidence) -> String {
    format!("{} --connect-timeout 10 {{models_url}}", curl(shell, evidence))
}

const fn route_command(shell: Shell) -> &'static str {
    match shell {
        Shell::Posix => "ip route get {address}",
        Shell::MacOs => "route -n get {address}",
        Shell::Windows => "Test-NetConnection {address} -Port {port}",
    }
}

/// curl, told to go the way that we went: through our proxy or none, to our resolver's address, by our roots.
fn curl(shell: Shell, evidence: &Evidence) -> String {
    let mut call = if shell == Shell::Windows { "curl.exe -v" } else { "curl -v" }.to_owned();
    if evidence.target.route.kind == RouteKind::Direct {
        call.push_str(" --noproxy '*'");
        if let (DnsSource::ResolverFlag, Some(address)) = (evidence.dns.facts.source, address(evidence)) {
            let address = if address.is_ipv6() { format!("'[{address}]'") } else { address.to_string() };
            let _ = write!(call, " --resolve {{host}}:{{port}}:{address}");
        }
    } else {
        call.push_str(" --proxy {proxy}");
    }
    let roots = evidence.config.facts.ca_paths.iter().find(|path| path.used && path.origin == "--ca-file");
    if let Some(path) = roots.and_then(|path| quote(&path.path, evidence)) {
        // A path is no template.
        let _ = write!(call, " --cacert {}", path.replace('{', "?"));
    }
    call
}

/// The header with the key, the key itself left to the shell.
fn key_header(shell: Shell, evidence: &Evidence) -> String {
    let facts = evidence.config.facts.key.as_ref();
    let azure = facts.is_some_and(|key| key.header == "api-key");
    let named = evidence.target.key.as_ref().map_or("", |key| key.origin.as_str());
    let is_variable = !named.is_empty()
        && named.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
        && !named.starts_with(|first: char| first.is_ascii_digit());
    let variable = match (is_variable, azure) {
        (true, _) => named,
        (false, true) => "AZURE_OPENAI_API_KEY",
        (false, false) => "OPENAI_API_KEY",
    };
    let sigil = if shell == Shell::Windows { "$env:" } else { "$" };
    if azure {
        format!("\"api-key: {sigil}{variable}\"")
    } else {
        format!("\"Authorization: Bearer {sigil}{variable}\"")
    }
}

/// The shell that a command is written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shell {
    Posix,
    MacOs,
    /// `PowerShell`.
    Windows,
}

impl Shell {
    fn of(evidence: &Evidence) -> Self {
        match evidence.config.facts.machine.os.as_str() {
            "macos" => Self::MacOs,
            "windows" => Self::Windows,
            _ => Self::Posix,
        }
    }
}

/// The command for one system.
#[must_use]
pub fn for_system(command: Command, os: &str) -> Option<Cow<'static, str>> {
    let command = match command {
        Command::None => Cow::Borrowed(""),
        Command::Any(command) if os == "windows" => in_powershell(command),
        Command::Any(command) => Cow::Borrowed(command),
        Command::Per { linux, macos, windows } => Cow::Borrowed(match os {
            "macos" => macos,
            "windows" => windows,
            _ => linux,
        }),
    };
    (!command.is_empty()).then_some(command)
}

/// A command of every system as `PowerShell` takes it: there `curl` is another program's alias, Python has no number in
/// its name, and variables of the environment are written otherwise.
fn in_powershell(command: &'static str) -> Cow<'static, str> {
    let renamed = [("curl ", "curl.exe "), ("python3 ", "python ")]
        .into_iter()
        .find_map(|(name, there)| command.strip_prefix(name).map(|rest| format!("{there}{rest}")));
    renamed.map_or(Cow::Borrowed(command), |command| {
        Cow::Owned(command.replace(" /dev/null", " NUL").replace("$OPENAI_API_KEY", "$env:OPENAI_API_KEY"))
    })
}

/// Puts values in place of placeholders in a sentence; a placeholder without a value becomes an upper-case word.
#[must_use]
pub fn fill(template: &str, evidence: &Evidence) -> String {
    substitute(template, |name, _| {
        placeholder(name, evidence).map(|(value, missing)| value.unwrap_or_else(|| missing.to_owned()))
    })
}

/// Puts values in place of placeholders in a command, each quoted for the shell.
#[must_use]
pub fn fill_command(template: &str, evidence: &Evidence) -> String {
    let shell = Shell::of(evidence);
    substitute(template, |name, inside| {
        let (value, missing) = placeholder(name, evidence)?;
        Some(value.and_then(|value| quote_in(&value, inside, shell)).unwrap_or_else(|| missing.to_owned()))
    })
}

/// A value as one word for the shell of the diagnosed machine; `None` when there is no safe way to write it.
#[must_use]
pub fn quote(value: &str, evidence: &Evidence) -> Option<String> {
    quote_in(value, Quotes::None, Shell::of(evidence))
}

/// Which quotes a placeholder stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quotes {
    None,
    Single,
    Double,
}

fn quote_in(value: &str, inside: Quotes, shell: Shell) -> Option<String> {
    // A leading hyphen would be read as an option, whatever the quotes.
    if value.is_empty() || value.starts_with('-') || value.chars().any(char::is_control) {
        return None;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | ':' | '/' | '@' | '%' | '+' | '=');
    if value.chars().all(plain) {
        return Some(value.to_owned());
    }
    if shell == Shell::Windows {
        let quotable = inside == Quotes::None && !value.contains(['\'', '‘', '’', '‚', '‛', '"', '“', '”', '„']);
        return quotable.then(|| format!("'{value}'"));
    }
    let single = value.replace('\'', r"'\''");
    Some(match inside {
        Quotes::None => format!("'{single}'"),
        Quotes::Single => single,
        Quotes::Double => format!("\"'{single}'\""),
    })
}

/// Replaces every `{name}` that `value` knows, telling it the quotes around; what it does not know stays.
fn substitute(template: &str, value: impl Fn(&str, Quotes) -> Option<String>) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut inside = Quotes::None;
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        if character == '{'
            && let Some(end) = rest.find('}')
            && let Some(value) = value(&rest[1..end], inside)
        {
            filled.push_str(&value);
            rest = &rest[end + 1..];
            continue;
        }
        inside = match (character, inside) {
            ('\'', Quotes::None) => Quotes::Single,
            ('"', Quotes::None) => Quotes::Double,
            ('\'', Quotes::Single) | ('"', Quotes::Double) => Quotes::None,
            _ => inside,
        };
        filled.push(character);
        rest = &rest[character.len_utf8()..];
    }
    filled
}

/// The value of a placeholder and the word that stands in for a missing one; `None` for a name that is none.
fn placeholder(name: &str, evidence: &Evidence) -> Option<(Option<String>, &'static str)> {
    let target = &evidence.target;
    let port = || target.port.map_or_else(|| "443".to_owned(), |port| port.to_string());
    let proxy = target.route.proxy.as_deref();
    Some(match name {
        "host" => (target.host.clone(), "HOST"),
        "port" => (Some(port()), "443"),
        "local_hosts" => {
            let host = target.host.as_deref().filter(|host| !["localhost", "127.0.0.1"].contains(host));
            (Some(["localhost", "127.0.0.1"].into_iter().chain(host).collect::<Vec<_>>().join(",")), "localhost")
        }
        "base_url" => {
            let url = target.base_url.trim_end_matches('/');
            ((!url.is_empty()).then(|| url.to_owned()), "BASE_URL")
        }
        "models_url" => {
            let (path, query) = target.base_url.split_once('?').unwrap_or((&target.base_url, ""));
            let query = if query.is_empty() { String::new() } else { format!("?{query}") };
            ((!path.is_empty()).then(|| format!("{}/models{query}", path.trim_end_matches('/'))), "BASE_URL/models")
        }
        "origin" => {
            let scheme = if evidence.config.facts.base_url.scheme == "http" { "http" } else { "https" };
            let port = target.port.filter(|port| *port != if scheme == "http" { 80 } else { 443 });
            let port = port.map_or_else(String::new, |port| format!(":{port}"));
            (target.host.as_deref().map(|host| format!("{scheme}://{}{port}", bracketed(host))), "https://HOST")
        }
        "address" => (address(evidence).map(|address| address.to_string()), "ADDRESS"),
        // Host and port as `openssl s_client -connect` takes them.
        "address_port" => {
            let host = address(evidence).map(|address| address.to_string()).or_else(|| target.host.clone());
            (host.map(|host| format!("{}:{}", bracketed(&host), port())), "HOST:443")
        }
        "resolver" => {
            let stub = &evidence.dns.facts.stub;
            (stub.nameservers.first().map(|at| at.ip().to_string()), "RESOLVER")
        }
        "proxy" => (proxy.map(str::to_owned), "http://PROXY:PORT"),
        "proxy_address" => {
            (proxy.map(|url| url.rsplit("//").next().unwrap_or(url).trim_end_matches('/').to_owned()), "PROXY:PORT")
        }
        "proxy_origin" => ((!target.route.origin.is_empty()).then(|| target.route.origin.clone()), "HTTPS_PROXY"),
        // The variable to set, which a flag or a file is none of.
        "proxy_variable" => {
            let is_variable =
                |name: &&String| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            (Some(&target.route.origin).filter(is_variable).filter(|name| *name != "default").cloned(), "HTTPS_PROXY")
        }
        "key_origin" => (target.key.as_ref().map(|key| key.origin.clone()), "OPENAI_API_KEY"),
        _ => return None,
    })
}

/// The address that the chain goes on with, or else tried first.
fn address(evidence: &Evidence) -> Option<IpAddr> {
    let tcp = &evidence.tcp.facts;
    tcp.chosen
        .or_else(|| tcp.attempts.first().map(|attempt| attempt.address))
        .or_else(|| evidence.dns.facts.addresses.first().map(|address| address.address))
}

/// A host as URLs write it.
fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{fill, fill_command, reproduce};
    use crate::diagnosis::{Confidence, Fault, Finding, specimen};
    use crate::evidence::Stage;
    use crate::evidence::config::CaPath;
    use crate::evidence::dns::DnsSource;

    #[test]
    fn placeholders_are_filled() {
        let evidence = specimen::healthy();
        assert_eq!(
            fill("ask {resolver} for {host}: {origin} {unknown}", &evidence),
            "ask 192.168.1.1 for api.openai.com: https://api.openai.com {unknown}"
        );
        assert_eq!(
            fill_command("curl -x {proxy} {base_url}/models", &evidence),
            "curl -x http://PROXY:PORT https://api.openai.com/v1/models"
        );
    }

    #[test]
    fn a_host_cannot_run_a_command() {
        let mut evidence = specimen::healthy();
        for (host, bare, double) in [
            ("$(reboot)", "dig '$(reboot)'", "echo \"x\"'$(reboot)'\"y\""),
            ("a';reboot;'", r"dig 'a'\'';reboot;'\'''", r#"echo "x"'a'\'';reboot;'\'''"y""#),
            ("a`b`", "dig 'a`b`'", "echo \"x\"'a`b`'\"y\""),
            ("-x", "dig HOST", "echo \"xHOSTy\""),
            ("a\nreboot", "dig HOST", "echo \"xHOSTy\""),
        ] {
            evidence.target.host = Some(host.to_owned());
            evidence.config.facts.machine.os = "linux".to_owned();
            assert_eq!(fill_command("dig {host}", &evidence), bare);
            assert_eq!(fill_command("echo \"x{host}y\"", &evidence), double);
            evidence.config.facts.machine.os = "windows".to_owned();
            assert_eq!(fill_command("echo \"x{host}y\"", &evidence), "echo \"xHOSTy\"");
        }
    }

    #[test]
    fn the_query_of_a_base_url_is_quoted() {
        let mut evidence = specimen::healthy();
        evidence.target.base_url = "https://h/v1?a=1&b=2".to_owned();
        assert_eq!(fill_command("curl {base_url}", &evidence), "curl 'https://h/v1?a=1&b=2'");
        assert_eq!(fill_command("curl {models_url}", &evidence), "curl 'https://h/v1/models?a=1&b=2'");
    }

    #[test]
    fn every_stage_is_reproduced_and_the_key_stays_with_the_shell() {
        let evidence = specimen::healthy();
        for stage in Stage::ALL {
            let finding = Finding::faulty(stage, Confidence::Likely);
            let commands = reproduce(&Fault::BASE, &finding, &evidence).join("\n");
            assert_eq!(commands.is_empty(), stage == Stage::Config, "{stage:?}: {commands}");
            assert!(!commands.contains('{'), "{commands}");
            if matches!(stage, Stage::Http | Stage::Api) {
                assert!(commands.contains("Bearer $OPENAI_API_KEY"), "{commands}");
            }
        }
    }

    #[test]
    fn a_resolver_and_roots_of_ones_own_are_reproduced_too() {
        let mut evidence = specimen::healthy();
        evidence.dns.facts.source = DnsSource::ResolverFlag;
        evidence.config.facts.ca_paths = vec![CaPath {
            origin: "--ca-file".to_owned(),
            path: "/tmp/my ca.pem".to_owned(),
            certificates: 1,
            defect: None,
            used: true,
        }];
        let commands = reproduce(&Fault::BASE, &Finding::faulty(Stage::Tcp, Confidence::Likely), &evidence);
        assert_eq!(
            commands.last().map(String::as_str),
            Some(
                "curl -v --noproxy '*' --resolve api.openai.com:443:162.159.140.245 --cacert '/tmp/my ca.pem' \
                 --connect-timeout 10 https://api.openai.com/v1/models"
            )
        );
    }

    #[test]
    fn a_proxied_run_is_reproduced_through_the_proxy() {
        let evidence = specimen::proxied();
        let commands = reproduce(&Fault::BASE, &Finding::faulty(Stage::Tls, Confidence::Likely), &evidence);
        assert_eq!(commands, ["curl -v --proxy http://127.0.0.1:7890 https://api.openai.com/v1/models"]);
    }
}
