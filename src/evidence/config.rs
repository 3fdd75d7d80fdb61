//! The config stage: what was configured, where each value came from, and what this machine is.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was diagnosed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The base URL as it was used, without credentials.
    pub base_url: String,
    /// Its host; null when the URL has none.
    pub host: Option<String>,
    /// Its port, the scheme's default included.
    pub port: Option<u16>,
    /// The way to it.
    pub route: Route,
    /// The key; null when none was given.
    pub key: Option<KeyRef>,
}

/// How requests get to the endpoint.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Route {
    /// Direct, or the kind of proxy.
    pub kind: RouteKind,
    /// The proxy's URL without credentials; null when direct.
    pub proxy: Option<String>,
    /// What decided it: a flag, a variable, the configuration file, a `NO_PROXY` rule, the default.
    pub origin: String,
}

/// Direct, or the protocol spoken to the proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RouteKind {
    /// No proxy.
    #[default]
    Direct,
    /// An HTTP proxy, asked with CONNECT.
    Http,
    /// An HTTP proxy behind TLS.
    Https,
    /// SOCKS5, the name resolved here.
    Socks5,
    /// SOCKS5, the name resolved by the proxy.
    Socks5h,
}

/// A key as a report may name it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyRef {
    /// Where it came from.
    pub origin: String,
    /// Its last four characters, empty when it is too short to show any.
    pub tail: String,
}

/// What the settings and this machine look like before any packet is sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConfigFacts {
    /// The base URL.
    pub base_url: BaseUrlFacts,
    /// The key; null when none was given.
    pub key: Option<KeyFacts>,
    /// Keys that were found but not used, because a stronger source has one.
    pub other_keys: Vec<KeyRef>,
    /// The organization header, if one is sent.
    pub organization: Option<Sourced>,
    /// The project header, if one is sent.
    pub project: Option<Sourced>,
    /// Proxy variables that are set, in both cases, credentials removed.
    pub proxy_variables: Vec<ProxyVariable>,
    /// Proxies that are named somewhere and not used, because requests go direct, and why.
    #[serde(default)]
    pub unapplied_proxies: Vec<UnappliedProxy>,
    /// The `NO_PROXY` rule that matched this host, as written.
    pub no_proxy_rule: Option<String>,
    /// Whether each client would go around the proxy for this URL.
    pub no_proxy_by_client: Vec<ClientBypass>,
    /// Variables and settings that name CA files or directories.
    pub ca_paths: Vec<CaPath>,
    /// The machine.
    pub machine: MachineFacts,
    /// What is worth a word and is no fault: `{code, en, zh}`.
    pub notes: Vec<Note>,
}

/// A value and where it came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sourced {
    /// The value.
    pub value: String,
    /// Where it came from.
    pub origin: String,
}

/// The base URL, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BaseUrlFacts {
    /// As written, credentials removed.
    pub raw: String,
    /// Where it came from.
    pub origin: String,
    /// What is wrong with it as a URL; null when it parses.
    pub defect: Option<UrlDefect>,
    /// The scheme.
    pub scheme: String,
    /// The path, without a trailing slash.
    pub path: String,
    /// Whether it has a query string.
    pub has_query: bool,
    /// What stands behind the host's name, as far as the name says.
    pub host_kind: HostKind,
    /// The provider that the host's name belongs to, from a built-in table.
    pub provider: Option<String>,
    /// The path part that a client adds itself and that the URL already has (`/chat/completions`, a second `/v1`).
    pub duplicated_path: Option<String>,
    /// Whether the path holds a version segment (`/v1`, `/api/v3`, `/openai/deployments/…`).
    pub has_version: bool,
    /// Whether the host is a web site of a provider rather than its API host.
    pub is_website: bool,
    /// The base URL that the provider documents, where ours differs from it.
    pub suggestion: Option<String>,
    /// Other sources that name a different base URL and were not used.
    pub shadowed: Vec<Sourced>,
}

/// Why a text is no base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UrlDefect {
    /// Set, but empty.
    Empty,
    /// No `https://` or `http://` in front.
    NoScheme,
    /// A scheme that is not HTTP.
    WrongScheme,
    /// No host.
    NoHost,
    /// Quotes or white space around or inside it.
    StrayCharacters,
    /// Port out of range or not a number.
    BadPort,
    /// Anything else that the URL standard rejects.
    Unparsable,
}

/// What a host is, as far as its name or address says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HostKind {
    /// A public name or address.
    #[default]
    Public,
    /// This machine.
    Loopback,
    /// A private address, a single-label name or a name under a local domain.
    Private,
}

/// What can be said of a key without showing it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KeyFacts {
    /// Where it came from.
    pub origin: String,
    /// Its last four characters.
    pub tail: String,
    /// Its length in characters.
    pub length: usize,
    /// Whether it is wrapped in quotes, brackets or braces; the character, if so.
    pub wrapped_in: Option<String>,
    /// Characters that no key has, by position (from 1) and code point; the first sixteen.
    pub bad_characters: Vec<BadCharacter>,
    /// The providers whose keys look like this one, from a table of prefixes.
    pub looks_like: Vec<String>,
    /// Whether it is an example out of a manual (`sk-...`, `your-api-key`).
    pub placeholder: bool,
    /// Whether it could be put in a header as it is.
    pub sendable: bool,
    /// How it is sent: `authorization-bearer` or `api-key`.
    pub header: String,
}

/// A character that no key has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BadCharacter {
    /// Position, from 1.
    pub position: usize,
    /// Code point, as `U+00A0`.
    pub code_point: String,
}

/// A proxy variable that is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProxyVariable {
    /// Its name, in the case it was found.
    pub name: String,
    /// Its value, credentials removed.
    pub value: String,
    /// What is wrong with the value, if anything: `empty`, `no-scheme`, `unknown-scheme`, `unparsable`.
    pub defect: Option<String>,
}

/// A proxy that is named and not used.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct UnappliedProxy {
    /// Its URL, credentials removed.
    pub proxy: String,
    /// What names it.
    pub origins: Vec<String>,
    /// Why it is not used.
    pub because: UnappliedBecause,
    /// The `NO_PROXY` rule, or the variable's name that was meant.
    pub by: Option<String>,
}

/// Why a proxy that is named is not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum UnappliedBecause {
    /// A rule of `NO_PROXY` takes the host around it.
    #[default]
    NoProxy,
    /// `--proxy none`.
    Flag,
    /// Its variable is for the other scheme of URLs.
    OtherScheme,
    /// `HTTP_PROXY` in upper case does not count under CGI.
    Cgi,
    /// It stands in the settings of the desktop, which programs of the command line do not read.
    Desktop,
    /// Its variable's name is misspelt, or in a mix of cases that nobody reads.
    Misspelt,
}

/// What one client makes of `NO_PROXY` for this URL.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ClientBypass {
    /// `curl`, `go`, `requests`, `httpx`, `reqwest`.
    pub client: String,
    /// Whether it goes around the proxy.
    pub bypasses: bool,
    /// The rule that matched.
    pub rule: Option<String>,
}

/// A variable or setting that names a CA file or directory.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaPath {
    /// The variable, flag or setting.
    pub origin: String,
    /// The path.
    pub path: String,
    /// How many certificates could be read.
    pub certificates: usize,
    /// `missing`, `unreadable`, `no-certificates`, `not-a-file`; null when it is usable.
    pub defect: Option<String>,
    /// Whether this tool uses it.
    pub used: bool,
}

/// What this machine is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MachineFacts {
    /// `linux`, `macos`, `windows`, …
    pub os: String,
    /// `docker`, `podman`, `kubernetes`, `lxc`, …; null outside a container.
    pub container: Option<String>,
    /// Whether it is the Windows Subsystem for Linux.
    pub wsl: bool,
    /// A sandbox that denies the network, and what gave it away.
    pub sandbox: Option<String>,
    /// Whether loopback is the only network interface; null where that cannot be told.
    pub only_loopback: Option<bool>,
    /// Whether there is an IPv4 route to a public address; null where that cannot be told.
    pub ipv4_route: Option<bool>,
    /// Whether there is an IPv6 route to a public address; null where that cannot be told.
    pub ipv6_route: Option<bool>,
    /// The errno of asking the kernel for a route to a public IPv4 address, if it refused.
    pub ipv4_route_errno: Option<i32>,
    /// The default gateway, where the system tells.
    pub gateway: Option<IpAddr>,
    /// This machine's clock at the start of the run, RFC 3339, UTC.
    pub clock: String,
    /// Days from the build of this program to that clock; negative means that the clock is surely wrong.
    pub days_since_build: Option<i64>,
}

/// Something worth a word that is no fault.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// A short stable name.
    pub code: String,
    /// In English.
    pub en: String,
    /// In Simplified Chinese.
    pub zh: String,
}
