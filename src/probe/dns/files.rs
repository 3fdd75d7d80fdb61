//! The files that decide what a name means on this machine: hosts, `resolv.conf`, `nsswitch.conf`. Reads and parses;
//! asks nobody.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::path::{Path, PathBuf};

use crate::evidence::dns::{HostsLine, StubConfig};

/// The most read of any of these files: block lists of a few hundred thousand lines still fit.
const MAX_FILE: u64 = 32 << 20;
/// Lines kept of the hosts file for one name.
const MAX_LINES: usize = 64;
/// glibc reads three (`MAXNS`).
const MAX_NAMESERVERS: usize = 3;

/// The hosts file of this system.
pub(super) fn hosts_path() -> PathBuf {
    if cfg!(windows) {
        let root = std::env::var_os("SystemRoot").unwrap_or_else(|| "C:\\Windows".into());
        Path::new(&root).join("System32").join("drivers").join("etc").join("hosts")
    } else {
        "/etc/hosts".into()
    }
}

/// The lines of the hosts file that name the host. A file that cannot be read has none, as for the system itself.
pub(super) fn hosts_lines(path: &Path, host: &str) -> Vec<HostsLine> {
    let Ok(reader) = open(path) else { return vec![] };
    let mut found = Vec::new();
    for (index, line) in reader.split(b'\n').map_while(Result::ok).enumerate() {
        if found.len() == MAX_LINES {
            break;
        }
        let Some(address) = std::str::from_utf8(&line).ok().and_then(|line| hosts_entry(line, host)) else { continue };
        found.push(HostsLine { path: path.display().to_string(), line: index + 1, address });
    }
    found
}

fn hosts_entry(line: &str, host: &str) -> Option<IpAddr> {
    let mut words = line.split('#').next()?.split_ascii_whitespace();
    let address = words.next()?;
    let address = address.split('%').next()?;
    words
        .any(|name| name.trim_end_matches('.').eq_ignore_ascii_case(host.trim_end_matches('.')))
        .then(|| address.parse().ok())
        .flatten()
}

/// The stub resolver's configuration, with glibc's defaults for what the file leaves out.
pub(super) fn resolv_conf(path: &Path) -> StubConfig {
    let mut config = StubConfig { origin: path.display().to_string(), ..defaults() };
    let mut raw = Vec::new();
    match open(path).and_then(|reader| reader.take(1 << 20).read_to_end(&mut raw)) {
        Ok(_) => parse_resolv(&String::from_utf8_lossy(&raw), &mut config),
        Err(error) if error.kind() == io::ErrorKind::NotFound => config.defect = Some("missing".to_owned()),
        Err(_) => config.defect = Some("unreadable".to_owned()),
    }
    if config.nameservers.is_empty() {
        config.defect.get_or_insert_with(|| "empty".to_owned());
        config.nameservers.push(SocketAddr::from((Ipv4Addr::LOCALHOST, 53)));
    }
    config
}

/// What a stub resolver does when nothing is configured.
pub(super) fn defaults() -> StubConfig {
    StubConfig { ndots: 1, timeout_s: 5, attempts: 2, ..StubConfig::default() }
}

fn parse_resolv(text: &str, config: &mut StubConfig) {
    for line in text.lines() {
        // A comment sign counts only at the start of a line: glibc takes a later one as part of the value.
        let line = line.trim_start();
        if line.starts_with(['#', ';']) {
            continue;
        }
        let mut words = line.split_ascii_whitespace();
        match words.next() {
            Some("nameserver") => {
                let address = words.next().and_then(nameserver);
                if config.nameservers.len() < MAX_NAMESERVERS {
                    config.nameservers.extend(address);
                }
            }
            Some("domain") => config.search = words.next().map(domain).into_iter().collect(),
            Some("search") => config.search = words.map(domain).filter(|name| !name.is_empty()).collect(),
            Some("options") => words.for_each(|word| option(word, config)),
            _ => {}
        }
    }
}

fn option(word: &str, config: &mut StubConfig) {
    let number = |prefix: &str| word.strip_prefix(prefix).and_then(|digits| digits.parse::<u64>().ok());
    // The caps are glibc's.
    if let Some(ndots) = number("ndots:") {
        config.ndots = usize::try_from(ndots.min(15)).unwrap_or(15);
    } else if let Some(timeout) = number("timeout:") {
        config.timeout_s = timeout.clamp(1, 30);
    } else if let Some(attempts) = number("attempts:") {
        config.attempts = usize::try_from(attempts.clamp(1, 5)).unwrap_or(5);
    } else if config.options.len() < 32 {
        config.options.push(crate::evidence::text::line(word, 64));
    }
}

fn domain(word: &str) -> String {
    crate::evidence::text::line(word.trim_end_matches('.'), 255)
}

fn nameserver(word: &str) -> Option<SocketAddr> {
    let (address, scope) = word.split_once('%').unwrap_or((word, ""));
    match address.parse().ok()? {
        IpAddr::V4(v4) => Some(SocketAddr::from((v4, 53))),
        IpAddr::V6(v6) => Some(SocketAddr::V6(SocketAddrV6::new(v6, 53, 0, scope_id(v6, scope)))),
    }
}

/// The number of an interface. The kernel tells it in a file; where it does not, only numbers are understood.
fn scope_id(address: Ipv6Addr, scope: &str) -> u32 {
    if !address.is_unicast_link_local() || scope.contains(['/', '.']) {
        return 0;
    }
    let index = || std::fs::read_to_string(format!("/sys/class/net/{scope}/ifindex")).ok()?.trim().parse().ok();
    scope.parse().ok().or_else(index).unwrap_or(0)
}

/// The full names to ask for, in order: the name as it is first when it has `ndots` dots, else the search list first.
pub(super) fn candidates(host: &str, config: &StubConfig) -> Vec<String> {
    let bare = host.trim_end_matches('.');
    if host.ends_with('.') || config.search.is_empty() {
        return vec![bare.to_owned()];
    }
    let searched = config.search.iter().map(|domain| format!("{bare}.{domain}"));
    let dots = bare.matches('.').count();
    let mut names: Vec<String> = Vec::new();
    if dots >= config.ndots {
        names.push(bare.to_owned());
        names.extend(searched);
    } else {
        names.extend(searched);
        names.push(bare.to_owned());
    }
    names.retain(|name| name.len() <= 253);
    names
}

/// Whether the system's resolver function has sources beyond the hosts file and DNS that may know the name.
pub(super) fn system_may_know_more(nsswitch: &Path, host: &str) -> bool {
    if !cfg!(target_os = "linux") {
        // macOS asks mDNSResponder, with resolvers by domain; the BSDs have switches of their own.
        return true;
    }
    let Ok(text) = std::fs::read_to_string(nsswitch) else { return false };
    let Some(line) = text.lines().find_map(|line| line.trim_start().strip_prefix("hosts:")) else { return false };
    let local = super::class::is_under(host, "local");
    line.split('#').next().unwrap_or_default().split_ascii_whitespace().any(|service| match service {
        "files" | "dns" => false,
        mdns if mdns.starts_with("mdns") => local,
        // It knows this machine's own names only.
        "myhostname" | "mymachines" => !host.contains('.'),
        action => !action.starts_with('['),
    })
}

fn open(path: &Path) -> io::Result<io::Take<BufReader<File>>> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::from(io::ErrorKind::InvalidInput));
    }
    Ok(BufReader::new(file).take(MAX_FILE))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{candidates, defaults, hosts_entry, hosts_lines, parse_resolv, resolv_conf};
    use crate::evidence::dns::StubConfig;

    #[test]
    fn a_hosts_line_names_any_alias_in_any_case() {
        for (line, expected) in [
            ("127.0.0.1 api.openai.com # blocked", Some("127.0.0.1")),
            ("\t10.0.0.7\tfirst API.OpenAI.com. last", Some("10.0.0.7")),
            ("fe80::1%lo0 api.openai.com", Some("fe80::1")),
            ("10.0.0.7 openai.com", None),
            ("#10.0.0.7 api.openai.com", None),
            ("nonsense api.openai.com", None),
            ("", None),
        ] {
            assert_eq!(hosts_entry(line, "api.openai.com"), expected.map(|a| a.parse().expect("ip")), "{line}");
        }
    }

    #[test]
    fn resolv_conf_reads_as_glibc_does() {
        let mut config = defaults();
        let text = "# comment\nnameserver 127.0.0.53\n nameserver fe80::1%3\nnameserver 10.0.0.1\nnameserver 10.0.0.2\n\
                    domain old.example\nsearch svc.cluster.local example.com.\noptions ndots:99 timeout:2 rotate \
                    attempts:0\nnameserver\n";
        parse_resolv(text, &mut config);
        let servers: Vec<_> = config.nameservers.iter().map(ToString::to_string).collect();
        assert_eq!(servers, ["127.0.0.53:53", "[fe80::1%3]:53", "10.0.0.1:53"]);
        assert_eq!(config.search, ["svc.cluster.local", "example.com"]);
        assert_eq!((config.ndots, config.timeout_s, config.attempts), (15, 2, 1));
        assert_eq!(config.options, ["rotate"]);
    }

    #[test]
    fn without_a_file_the_stub_asks_this_machine() {
        let config = resolv_conf(Path::new("/nonexistent/resolv.conf"));
        assert_eq!(config.defect.as_deref(), Some("missing"));
        assert_eq!(config.nameservers, ["127.0.0.1:53".parse().expect("an address")]);
        assert!(hosts_lines(Path::new("/nonexistent/hosts"), "a").is_empty());
        assert!(hosts_lines(Path::new("/"), "a").is_empty());
    }

    #[test]
    fn dots_decide_what_is_asked_first() {
        let with = |ndots, search: &[&str]| StubConfig {
            ndots,
            search: search.iter().map(|&domain| domain.to_owned()).collect(),
            ..defaults()
        };
        assert_eq!(candidates("api.openai.com", &with(1, &["lan"])), ["api.openai.com", "api.openai.com.lan"]);
        assert_eq!(
            candidates("api.openai.com", &with(5, &["a", "b"])),
            ["api.openai.com.a", "api.openai.com.b", "api.openai.com"]
        );
        assert_eq!(candidates("api.openai.com.", &with(5, &["a"])), ["api.openai.com"]);
        assert_eq!(candidates("ollama", &with(1, &["lan"])), ["ollama.lan", "ollama"]);
        assert_eq!(candidates("ollama", &with(1, &[])), ["ollama"]);
    }
}
