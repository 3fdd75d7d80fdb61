//! `NO_PROXY` as five clients read it, and as this tool does. No two of them agree; each is one small function here.
//!
//! Sources: curl `lib/noproxy.c`, Go `x/net/http/httpproxy`, requests `utils.should_bypass_proxies` with urllib's
//! `proxy_bypass_environment`, httpx `get_environment_proxies` with `URLPattern`, hyper-util `NoProxy` (reqwest).

use std::net::IpAddr;

use super::Endpoint;

/// The URL that a rule is held against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    host: String,
    address: Option<IpAddr>,
    port: u16,
    /// The port, where it is not the scheme's own.
    explicit_port: Option<u16>,
}

impl Destination {
    /// A host (an IPv6 address without brackets) and a port.
    #[must_use]
    pub fn new(host: &str, port: u16, tls: bool) -> Self {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let address = host.parse().ok();
        Self { host, address, port, explicit_port: (port != if tls { 443 } else { 80 }).then_some(port) }
    }
}

impl From<&Endpoint> for Destination {
    fn from(endpoint: &Endpoint) -> Self {
        Self::new(&endpoint.host_text(), endpoint.port, endpoint.tls)
    }
}

/// A client whose rules are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// curl 8.
    Curl,
    /// Go's `net/http`.
    Go,
    /// Python's requests.
    Requests,
    /// Python's httpx, which openai-python uses.
    Httpx,
    /// Rust's reqwest, which Codex uses.
    Reqwest,
}

/// What a client makes of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bypass {
    /// The rule that matched, as written; none when the client goes direct for a reason of its own.
    pub rule: Option<String>,
}

impl Client {
    /// Every client.
    pub const ALL: [Self; 5] = [Self::Curl, Self::Go, Self::Requests, Self::Httpx, Self::Reqwest];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Go => "go",
            Self::Requests => "requests",
            Self::Httpx => "httpx",
            Self::Reqwest => "reqwest",
        }
    }

    /// Whether this client goes around the proxy.
    #[must_use]
    pub fn bypass(self, list: &str, to: &Destination) -> Option<Bypass> {
        match self {
            Self::Curl => curl(list, to),
            Self::Go => return go(list, to),
            Self::Requests => requests(list, to),
            Self::Httpx => httpx(list, to),
            Self::Reqwest => reqwest(list, to),
        }
        .map(|rule| Bypass { rule: Some(rule.to_owned()) })
    }
}

/// The first rule that matches by this tool's reading, which takes in every form that any client knows: `*`, exact,
/// `suffix`, `.suffix`, `*.suffix`, address, CIDR, each with or without a port, separated by commas or white space.
#[must_use]
pub fn ours<'l>(list: &'l str, to: &Destination) -> Option<&'l str> {
    rules(list, |c| c == ',' || c.is_whitespace()).find(|written| {
        let rule = written.split_once("://").map_or(*written, |(_, behind)| behind).trim_end_matches('/');
        let (host, port) = split_port(rule);
        if port.is_some_and(|port| port != to.port) {
            return false;
        }
        // A CIDR's slash is not a path.
        let host = unbracket(host);
        if host == "*" {
            return true;
        }
        match to.address {
            Some(address) => is_same_address(host, address) || contains(host, address),
            None => is_domain(host.strip_prefix('*').unwrap_or(host).trim_matches('.'), &to.host),
        }
    })
}

/// Commas separate, and a blank inside a rule ends the list behind its first word (until 8.x it separated, too); dots
/// at either end do not count; CIDR for literal addresses; `*` only alone; no ports.
fn curl<'l>(list: &'l str, to: &Destination) -> Option<&'l str> {
    if list == "*" {
        return Some("*");
    }
    for written in rules(list, |c| c == ',') {
        let (rule, behind) = written.split_once([' ', '\t']).unwrap_or((written, ""));
        let name = rule.strip_suffix('.').unwrap_or(rule);
        let name = name.strip_prefix('.').unwrap_or(name);
        let matches = to.address.map_or_else(
            || is_domain(name, &to.host),
            |address| is_same_address(rule, address) || contains(rule, address),
        );
        if matches {
            return Some(rule);
        }
        if !behind.is_empty() {
            return None;
        }
    }
    None
}

/// Loopback is always direct; `.suffix` and `*.suffix` leave the domain itself out; a port must fit.
fn go(list: &str, to: &Destination) -> Option<Bypass> {
    if to.host == "localhost" || to.address.is_some_and(|address| address.is_loopback()) {
        return Some(Bypass { rule: None });
    }
    let rule = rules(list, |c| c == ',').find(|rule| {
        if *rule == "*" || to.address.is_some_and(|address| contains(rule, address)) {
            return true;
        }
        let (host, port) = split_port(rule);
        if port.is_some_and(|port| port != to.port) {
            return false;
        }
        if let Some(address) = to.address {
            return is_same_address(if port.is_some() { unbracket(host) } else { host }, address);
        }
        let host = host.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(host);
        host.strip_prefix('.').map_or_else(|| is_domain(host, &to.host), |below| is_subdomain(below, &to.host))
    })?;
    Some(Bypass { rule: Some(rule.to_owned()) })
}

/// An IPv4 address: exact or CIDR. Anything else: the end of the name, at no particular boundary; then urllib's own
/// rules, which strip leading dots and know a lone `*`.
fn requests<'l>(list: &'l str, to: &Destination) -> Option<&'l str> {
    if list.trim() == "*" {
        return Some("*");
    }
    let with_port = to.explicit_port.map_or_else(|| to.host.clone(), |port| format!("{}:{port}", to.host));
    rules(list, |c| c == ',').find(|written| {
        let rule = written.replace(' ', "");
        let own = match to.address {
            Some(address @ IpAddr::V4(_)) => rule == to.host || contains(&rule, address),
            _ => to.host.ends_with(&rule) || with_port.ends_with(&rule),
        };
        let urllib = written.trim_start_matches('.').to_ascii_lowercase();
        own || (!urllib.is_empty() && (urllib == to.host || to.host.ends_with(&format!(".{urllib}"))))
    })
}

/// A name covers itself and what is below, `.name` only what is below; a port must be written in the URL too; neither
/// `*.name` nor CIDR match, and IPv6 only without brackets.
fn httpx<'l>(list: &'l str, to: &Destination) -> Option<&'l str> {
    rules(list, |c| c == ',').find(|written| {
        if *written == "*" {
            return true;
        }
        if let Some((scheme, rest)) = written.split_once("://") {
            let scheme_fits = scheme == "all" || (scheme == "https") == (to.explicit_port.is_none() && to.port == 443);
            return scheme_fits && unbracket(rest.trim_end_matches('/')).eq_ignore_ascii_case(&to.host);
        }
        if let Ok(address) = written.split('/').next().unwrap_or_default().parse::<IpAddr>() {
            // With a mask, IPv4 matches the network's own address and IPv6 makes a URL that does not parse.
            return to.address == Some(address) && (address.is_ipv4() || !written.contains('/'));
        }
        if written.eq_ignore_ascii_case("localhost") {
            return to.host == "localhost";
        }
        let (rule, port) = split_port(written);
        if port.is_some() && port != to.explicit_port {
            return false;
        }
        match rule.strip_prefix('.') {
            Some(below) => is_subdomain(below, &to.host),
            None => is_domain(rule, &to.host),
        }
    })
}

/// Addresses and CIDR for literal addresses; names as curl; `*` anywhere, but for names only; no ports.
fn reqwest<'l>(list: &'l str, to: &Destination) -> Option<&'l str> {
    rules(list, |c| c == ',').find(|rule| match to.address {
        Some(address) => is_same_address(rule, address) || contains(rule, address),
        None => *rule == "*" || is_domain(rule.strip_prefix('.').unwrap_or(rule), &to.host),
    })
}

/// Node.js with `NODE_USE_ENV_PROXY` (undici's `EnvHttpProxyAgent`): a name covers itself alone, `.suffix` and `*suffix`
/// the end of a name; a port must fit; `*` only alone; no CIDR.
#[must_use]
pub fn node<'l>(list: &'l str, to: &Destination) -> Option<&'l str> {
    if list == "*" {
        return Some("*");
    }
    let host = if to.host.contains(':') { format!("[{}]", to.host) } else { to.host.clone() };
    rules(list, |c| c == ',' || c.is_whitespace()).find(|written| {
        let (rule, port) = match written.rsplit_once(':').map(|(rule, port)| (rule, port.parse::<u16>())) {
            Some((rule, Ok(port))) if !rule.is_empty() => (rule, Some(port)),
            _ => (*written, None),
        };
        if port.is_some_and(|port| port != to.port) {
            return false;
        }
        let rule = rule.to_ascii_lowercase();
        if rule.starts_with(['.', '*']) {
            host.ends_with(rule.strip_prefix('*').unwrap_or(&rule))
        } else {
            host == rule
        }
    })
}

fn rules(list: &str, separates: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    list.split(separates).map(str::trim).filter(|rule| !rule.is_empty())
}

/// The host itself or a name below it.
fn is_domain(rule: &str, host: &str) -> bool {
    !rule.is_empty() && (rule.eq_ignore_ascii_case(host) || is_subdomain(rule, host))
}

fn is_subdomain(rule: &str, host: &str) -> bool {
    let Some(at) = host.len().checked_sub(rule.len() + 1) else { return false };
    !rule.is_empty()
        && host.as_bytes()[at] == b'.'
        && host.get(at + 1..).is_some_and(|end| end.eq_ignore_ascii_case(rule))
}

fn is_same_address(rule: &str, address: IpAddr) -> bool {
    rule.parse::<IpAddr>() == Ok(address)
}

/// Whether `network/bits` holds the address.
fn contains(rule: &str, address: IpAddr) -> bool {
    let Some((network, bits)) = rule.split_once('/') else { return false };
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(network) & mask == u32::from(address) & mask
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(network) & mask == u128::from(address) & mask
        }
        _ => false,
    }
}

/// `host:port` and `[v6]:port` taken apart; a bare IPv6 address has no port.
fn split_port(rule: &str) -> (&str, Option<u16>) {
    match rule.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => match port.parse() {
            Ok(port) => (host, Some(port)),
            Err(_) => (rule, None),
        },
        _ => (rule, None),
    }
}

fn unbracket(host: &str) -> &str {
    host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Client, Destination, ours};

    /// List, host, port, then curl, go, requests, httpx, reqwest, ours.
    const TABLE: &[(&str, &str, u16, [bool; 6])] = &[
        ("", "api.corp.example", 443, [false, false, false, false, false, false]),
        ("*", "api.corp.example", 443, [true, true, true, true, true, true]),
        ("*", "10.1.2.3", 443, [true, true, true, true, false, true]),
        ("a.example,*", "api.corp.example", 443, [false, true, false, true, true, true]),
        ("api.corp.example", "api.corp.example", 443, [true, true, true, true, true, true]),
        ("API.Corp.Example", "api.corp.example", 443, [true, true, true, true, true, true]),
        ("corp.example", "api.corp.example", 443, [true, true, true, true, true, true]),
        (".corp.example", "api.corp.example", 443, [true, true, true, true, true, true]),
        (".corp.example", "corp.example", 443, [true, false, true, false, true, true]),
        ("*.corp.example", "api.corp.example", 443, [false, true, false, false, false, true]),
        ("orp.example", "api.corp.example", 443, [false, false, true, false, false, false]),
        ("api.corp.example:8443", "api.corp.example", 8443, [false, true, true, true, false, true]),
        ("api.corp.example:8443", "api.corp.example", 443, [false, false, false, false, false, false]),
        ("api.corp.example:443", "api.corp.example", 443, [false, true, false, false, false, true]),
        ("https://api.corp.example", "api.corp.example", 443, [false, false, false, true, false, true]),
        ("a.example b.example", "b.example", 443, [false, false, false, false, false, true]),
        ("a.example b.example", "a.example", 443, [true, false, false, false, false, true]),
        ("a.example, b.example", "b.example", 443, [true, true, true, true, true, true]),
        ("10.0.0.0/8", "10.1.2.3", 443, [true, true, true, false, true, true]),
        ("10.0.0.0/8", "11.1.2.3", 443, [false, false, false, false, false, false]),
        ("10.1.2.3", "10.1.2.3", 443, [true, true, true, true, true, true]),
        ("10.1.2.3:8000", "10.1.2.3", 8000, [false, true, false, true, false, true]),
        ("fd00::/8", "fd00::5", 443, [true, true, false, false, true, true]),
        ("::1", "::1", 443, [true, true, true, true, true, true]),
        ("[::1]", "::1", 443, [false, true, false, false, false, true]),
        ("", "localhost", 8000, [false, true, false, false, false, false]),
        ("", "127.0.0.1", 8000, [false, true, false, false, false, false]),
        ("localhost", "localhost", 8000, [true, true, true, true, true, true]),
        ("localhost", "app.localhost", 8000, [true, true, true, false, true, true]),
        ("corp.example.", "api.corp.example", 443, [true, false, false, false, false, true]),
    ];

    #[test]
    fn each_client_reads_the_list_its_own_way() {
        for (list, host, port, expected) in TABLE {
            let to = Destination::new(host, *port, true);
            let mut seen: Vec<bool> = Client::ALL.iter().map(|client| client.bypass(list, &to).is_some()).collect();
            seen.push(ours(list, &to).is_some());
            assert_eq!(seen, expected, "{list:?} for {host}:{port}");
        }
    }

    #[test]
    fn node_covers_exact_names_and_written_suffixes() {
        for (list, host, port, around) in [
            ("", "api.corp.example", 443, false),
            ("*", "api.corp.example", 443, true),
            ("a, *", "api.corp.example", 443, true),
            ("corp.example", "api.corp.example", 443, false),
            ("API.corp.example", "api.corp.example", 443, true),
            (".corp.example", "api.corp.example", 443, true),
            ("*.corp.example", "api.corp.example", 443, true),
            ("a.example api.corp.example:443", "api.corp.example", 443, true),
            ("api.corp.example:8443", "api.corp.example", 443, false),
            ("10.0.0.0/8", "10.1.2.3", 443, false),
            ("127.0.0.1", "127.0.0.1", 8000, true),
            ("[::1]", "::1", 8000, true),
        ] {
            assert_eq!(super::node(list, &Destination::new(host, port, true)).is_some(), around, "{list:?} {host}");
        }
    }

    #[test]
    fn the_matching_rule_is_reported_as_written() {
        let to = Destination::new("api.corp.example", 443, true);
        assert_eq!(ours("localhost, *.Corp.example ,x", &to), Some("*.Corp.example"));
        let rule = Client::Curl.bypass("localhost,.corp.example", &to).and_then(|bypass| bypass.rule);
        assert_eq!(rule.as_deref(), Some(".corp.example"));
        assert_eq!(Client::Go.bypass("", &Destination::new("::1", 80, false)).map(|bypass| bypass.rule), Some(None));
    }

    proptest! {
        #[test]
        fn no_list_makes_anyone_panic(list in "[ -~é*.,:/\\[\\]]{0,60}", host in "[a-z0-9.:é-]{0,20}", port: u16) {
            let to = Destination::new(&host, port, true);
            let _ = ours(&list, &to);
            for client in Client::ALL {
                if let Some(rule) = client.bypass(&list, &to).and_then(|bypass| bypass.rule) {
                    prop_assert!(list.contains(&rule));
                }
            }
        }

        #[test]
        fn a_name_in_the_list_is_bypassed_by_all(host in "[a-z]{1,8}\\.[a-z]{2,6}", other in "[a-z]{1,8}") {
            let list = format!("{other},{host}");
            let to = Destination::new(&host, 443, true);
            prop_assert!(ours(&list, &to).is_some());
            prop_assert!(Client::ALL.iter().all(|client| client.bypass(&list, &to).is_some()));
        }
    }
}
