//! The way to the endpoint: direct or through which proxy, and which rule decided it.

use super::{ApiKey, Origin};

/// The way to the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The proxy; `None` is direct.
    pub proxy: Option<Proxy>,
    /// What decided it: the flag, variable or file, or for a bypass the `NO_PROXY` variable.
    pub origin: Origin,
    /// The `NO_PROXY` rule that matched, as written.
    pub no_proxy_rule: Option<String>,
    /// The proxy that would have been used, had the rule not matched.
    pub bypassed: Option<Proxy>,
}

/// The protocol spoken to a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// HTTP.
    Http,
    /// HTTP behind TLS.
    Https,
    /// SOCKS5, the name resolved here.
    Socks5,
    /// SOCKS5, the name resolved by the proxy.
    Socks5h,
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proxy {
    /// The protocol.
    pub kind: ProxyKind,
    /// Host name or address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// User name and password, percent-decoded.
    pub credentials: Option<(String, ApiKey)>,
    /// URL without credentials.
    pub display: String,
    /// What named it.
    pub origin: Origin,
}
