//! The settings: flag over environment over file over default, each value with its origin.
//!
//! This module owns what a setting is and where it came from. It looks at nothing but its inputs, the environment and
//! the configuration file: whether a host answers or a file holds certificates is for probes to see.

pub mod client;
pub mod desktop;
pub mod endpoint;
pub mod environment;
mod error;
pub mod file;
pub mod key;
pub mod named;
pub mod no_proxy;
pub mod notation;
pub mod proxy;
pub mod resolve;
mod strike;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use desktop::Desktop;
pub use endpoint::{Endpoint, EndpointError};
pub use environment::Environment;
pub use error::SettingsError;
pub use file::ConfigFile;
pub use key::ApiKey;
pub use proxy::{Proxy, ProxyDefect, ProxyKind, Route};
pub use resolve::Overrides;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag or argument, by its name (`--proxy`, `BASE_URL`).
    Flag(&'static str),
    /// An environment variable.
    Env(String),
    /// The configuration file: path and key (`profiles.work.base_url`).
    File {
        /// The file.
        path: PathBuf,
        /// The key in it.
        key: String,
    },
    /// Built in.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => f.write_str(name),
            Self::Env(name) => f.write_str(name),
            Self::File { path, key } => write!(f, "{}: {key}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Its origin.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value of that origin.
    pub const fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// Which address families may be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Family {
    /// Both.
    #[default]
    Any,
    /// IPv4 only (`-4`).
    V4,
    /// IPv6 only (`-6`).
    V6,
}

impl Family {
    /// Whether an address of this kind may be used.
    #[must_use]
    pub const fn allows(self, address: &std::net::IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::V4 => address.is_ipv4(),
            Self::V6 => address.is_ipv6(),
        }
    }
}

/// How the key is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthHeader {
    /// `Authorization: Bearer …`
    #[default]
    Bearer,
    /// `api-key: …` (Azure).
    ApiKey,
}

/// Every effective setting.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The base URL as written.
    pub base_url: Sourced<String>,
    /// The base URL taken apart, or why it cannot be.
    pub endpoint: Result<Endpoint, EndpointError>,
    /// Base URLs that a weaker source names (another variable, the file).
    pub shadowed_base_urls: Vec<Sourced<String>>,
    /// The key.
    pub key: Option<Sourced<ApiKey>>,
    /// Keys that a weaker source names.
    pub shadowed_keys: Vec<Sourced<ApiKey>>,
    /// How the key is sent.
    pub auth_header: AuthHeader,
    /// `OpenAI-Organization`.
    pub organization: Option<Sourced<String>>,
    /// `OpenAI-Project`.
    pub project: Option<Sourced<String>>,
    /// `api-version` (Azure).
    pub api_version: Option<Sourced<String>>,
    /// Direct, or which proxy, and why.
    pub route: Route,
    /// CA file given by flag or file; `SSL_CERT_FILE` and `SSL_CERT_DIR` are read by the platform's store.
    pub ca_file: Option<Sourced<PathBuf>>,
    /// Roots trusted beside the machine's store for this run only (the embedded endpoint's throwaway CA), PEM.
    pub extra_ca_pem: Vec<u8>,
    /// Resolvers of `--resolver`: asked instead of the system's nameservers and of the comparison resolvers.
    pub resolvers: Vec<Sourced<SocketAddr>>,
    /// Resolvers asked for comparison.
    pub comparison_resolvers: Vec<SocketAddr>,
    /// Unrelated hosts that an experiment may connect to, to see whether anything connects at all; empty asks none.
    pub control_hosts: Sourced<Vec<SocketAddr>>,
    /// The time that the whole run may take.
    pub timeout: Sourced<Duration>,
    /// Address families.
    pub family: Family,
    /// Whether the key may go over plain HTTP to another machine.
    pub allow_plaintext_key: bool,
    /// What is odd about the settings and is no fault, as short codes (`legacy-base-url-variable`, …).
    pub notes: Vec<SettingNote>,
    /// Where the comparison resolvers come from.
    pub comparison_origin: Origin,
    /// Where the address families come from.
    pub family_origin: Origin,
    /// Where `allow_plaintext_key` comes from.
    pub plaintext_origin: Origin,
    /// The profile in use.
    pub profile: Option<String>,
    /// The configuration file that was read.
    pub file: Option<PathBuf>,
    /// The variables that all this was made from.
    pub environment: Environment,
    /// The proxies of the desktop, which programs of the command line do not read.
    pub desktop: Desktop,
    /// Further secrets that must not appear in any output: passwords inside URLs.
    pub withheld: Vec<ApiKey>,
}

/// Something odd about where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingNote {
    /// `OPENAI_API_BASE` is read for old clients' sake only.
    LegacyBaseUrl,
    /// `HTTP_PROXY` in upper case is ignored under CGI (`REQUEST_METHOD` is set), see httpoxy.
    HttpProxyUnderCgi,
    /// The legacy variable names another endpoint than the one in use.
    LegacyBaseUrlDiffers,
    /// A key variable is set and empty.
    EmptyKeyVariable(&'static str),
    /// A proxy variable names no proxy and is passed over.
    UnusableProxyVariable {
        /// The variable.
        name: &'static str,
        /// What is wrong with it.
        defect: ProxyDefect,
    },
}

impl Settings {
    /// Everything that must not appear in any output.
    pub fn secrets(&self) -> impl Iterator<Item = &ApiKey> {
        let keys = self.key.iter().chain(&self.shadowed_keys).map(|key| &key.value).chain(&self.withheld);
        let proxies = self.route.proxy.iter().chain(&self.route.bypassed).chain(self.desktop.all());
        keys.chain(proxies.filter_map(|proxy| proxy.credentials.as_ref().map(|(_, password)| password)))
    }

    /// The text without any of our secrets.
    #[must_use]
    pub fn strike(&self, text: &str) -> String {
        self.secrets().fold(text.to_owned(), |text, secret| secret.strike_from(&text))
    }

    /// The URL of a request below the base URL, with Azure's `api-version` where it takes one.
    #[must_use]
    pub fn request_url(&self, path: &str) -> Option<url::Url> {
        let mut url = self.endpoint.as_ref().ok()?.join(path);
        if let Some(version) = &self.api_version {
            url.query_pairs_mut().append_pair("api-version", &version.value);
        }
        Some(url)
    }
}
