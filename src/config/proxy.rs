//! The way to the endpoint: direct or through which proxy, and which rule decided it.
//!
//! The variables are read as curl reads them: by the URL's own scheme, lower case first, `ALL_PROXY` where there is no
//! other, and `HTTP_PROXY` in upper case not under CGI. An empty variable counts as unset.

use url::{Host, Url};

use super::environment::Environment;
use super::no_proxy::{self, Destination};
use super::{ApiKey, Endpoint, Origin, SettingNote, Sourced};
use crate::lang::Text;
use crate::text;

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

impl ProxyKind {
    /// The scheme, as it is written in front of a proxy.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
            Self::Socks5 => "socks5",
            Self::Socks5h => "socks5h",
        }
    }

    /// The port of a proxy that names none: the scheme's own, 1080 for SOCKS. (curl takes 1080 for HTTP too; requests,
    /// httpx, Go and reqwest take 80.)
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
            Self::Socks5 | Self::Socks5h => 1080,
        }
    }
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

/// What is wrong with the text that names a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyDefect {
    /// Set, but empty.
    Empty,
    /// No scheme in front: it is taken for `http://`, as most clients do.
    NoScheme,
    /// A scheme that no proxy has.
    UnknownScheme,
    /// No URL.
    Unparsable,
}

impl ProxyDefect {
    /// The name that JSON uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NoScheme => "no-scheme",
            Self::UnknownScheme => "unknown-scheme",
            Self::Unparsable => "unparsable",
        }
    }

    /// The defect, for a reader.
    #[must_use]
    pub const fn title(self) -> Text {
        match self {
            Self::Empty => text!(en: "it is empty", zh: "值为空"),
            Self::NoScheme => text!(en: "it has no scheme", zh: "没有写协议（scheme）"),
            Self::UnknownScheme => text!(
                en: "its scheme is not http, https, socks5 or socks5h",
                zh: "协议（scheme）不是 http、https、socks5 或 socks5h"
            ),
            Self::Unparsable => text!(en: "it is not a proxy's URL", zh: "不是合法的代理地址"),
        }
    }
}

impl Proxy {
    /// Reads a proxy's URL; `host:port` is an HTTP proxy, `socks://` is SOCKS5.
    ///
    /// # Errors
    ///
    /// Says in which way the text does not name a proxy.
    pub fn parse(written: &str, origin: Origin) -> Result<Self, ProxyDefect> {
        let written = written.trim();
        if written.is_empty() {
            return Err(ProxyDefect::Empty);
        }
        let (scheme, rest) = written.split_once("://").unwrap_or(("http", written));
        let kind = match scheme.to_ascii_lowercase().as_str() {
            "http" => ProxyKind::Http,
            "https" => ProxyKind::Https,
            "socks5" | "socks" => ProxyKind::Socks5,
            "socks5h" => ProxyKind::Socks5h,
            _ => return Err(ProxyDefect::UnknownScheme),
        };
        // Only for http does the URL standard parse the host as one; it drops port 80, hence the search for it.
        let url = Url::parse(&format!("http://{rest}")).map_err(|_| ProxyDefect::Unparsable)?;
        let host = match url.host().ok_or(ProxyDefect::Unparsable)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse() == Ok(80_u16));
        let port = url.port().or(has_port.then_some(80)).unwrap_or(kind.default_port());
        if port == 0 {
            return Err(ProxyDefect::Unparsable);
        }
        let credentials = (!url.username().is_empty() || url.password().is_some())
            .then(|| (percent_decode(url.username()), ApiKey::new(percent_decode(url.password().unwrap_or_default()))));
        let shown_host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let display = format!("{}://{shown_host}:{port}", kind.scheme());
        Ok(Self { kind, host, port, credentials, display, origin })
    }
}

impl Proxy {
    /// The same machine and port, spoken to in another protocol. Credentials that were to be read behind TLS only do
    /// not go along.
    #[must_use]
    pub fn spoken_as(&self, kind: ProxyKind) -> Self {
        let shown_host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let exposed = self.kind == ProxyKind::Https && kind != ProxyKind::Https;
        Self {
            kind,
            display: format!("{}://{shown_host}:{}", kind.scheme(), self.port),
            credentials: self.credentials.clone().filter(|_| !exposed),
            ..self.clone()
        }
    }

    /// Whether it is the same proxy, asked with the same credentials, whatever names it.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let credentials = |proxy: &Self| {
            proxy.credentials.as_ref().map(|(user, password)| (user.clone(), password.expose().to_owned()))
        };
        self.display == other.display && credentials(self) == credentials(other)
    }
}

/// What is wrong with a proxy variable's value, whether or not it can be used all the same.
#[must_use]
pub fn defect(written: &str) -> Option<ProxyDefect> {
    match Proxy::parse(written, Origin::Default) {
        Err(defect) => Some(defect),
        Ok(_) => (!written.contains("://")).then_some(ProxyDefect::NoScheme),
    }
}

impl Route {
    /// No proxy, for the reason given.
    #[must_use]
    pub const fn direct(origin: Origin) -> Self {
        Self { proxy: None, origin, no_proxy_rule: None, bypassed: None }
    }

    /// A proxy that is used whatever `NO_PROXY` says: the one of `--proxy`.
    #[must_use]
    pub fn through(proxy: Proxy) -> Self {
        Self { origin: proxy.origin.clone(), proxy: Some(proxy), no_proxy_rule: None, bypassed: None }
    }

    /// The way that the environment, or after it the file, chooses for this endpoint.
    pub(super) fn choose(
        endpoint: &Endpoint,
        environment: &Environment,
        file: Option<&Sourced<Option<Proxy>>>,
        file_no_proxy: Option<&Sourced<String>>,
        notes: &mut Vec<SettingNote>,
    ) -> Self {
        let proxy = match of_environment(endpoint.tls, environment, notes) {
            Some(proxy) => proxy,
            None => match file {
                Some(Sourced { value: Some(proxy), .. }) => proxy.clone(),
                Some(Sourced { value: None, origin }) => return Self::direct(origin.clone()),
                None => return Self::direct(Origin::Default),
            },
        };
        let list = ["no_proxy", "NO_PROXY"]
            .into_iter()
            .find_map(|name| environment.filled(name).map(|list| (list, Origin::Env(name.to_owned()))))
            .or_else(|| file_no_proxy.map(|list| (list.value.as_str(), list.origin.clone())));
        if let Some((list, origin)) = list
            && let Some(rule) = no_proxy::ours(list, &Destination::from(endpoint))
        {
            return Self { proxy: None, origin, no_proxy_rule: Some(rule.to_owned()), bypassed: Some(proxy) };
        }
        Self::through(proxy)
    }
}

fn of_environment(tls: bool, environment: &Environment, notes: &mut Vec<SettingNote>) -> Option<Proxy> {
    let under_cgi = environment.filled("REQUEST_METHOD").is_some();
    let names = if tls {
        ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
    } else {
        ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"]
    };
    for name in names {
        let Some(written) = environment.filled(name) else { continue };
        if name == "HTTP_PROXY" && under_cgi {
            notes.push(SettingNote::HttpProxyUnderCgi);
            continue;
        }
        match Proxy::parse(written, Origin::Env(name.to_owned())) {
            Ok(proxy) => return Some(proxy),
            Err(defect) => notes.push(SettingNote::UnusableProxyVariable { name, defect }),
        }
    }
    None
}

/// `%40` → `@`; what is no valid escape stays as it is.
pub(super) fn percent_decode(encoded: &str) -> String {
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let escaped = (first == b'%').then(|| behind.get(..2)).flatten().and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
            u8::from_str_radix(digits, 16).ok()
        });
        decoded.push(escaped.unwrap_or(first));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Proxy, ProxyDefect, ProxyKind, defect, percent_decode};
    use crate::config::Origin;

    fn parse(written: &str) -> Result<Proxy, ProxyDefect> {
        Proxy::parse(written, Origin::Default)
    }

    #[test]
    fn a_proxy_has_kind_host_and_port() {
        for (written, kind, host, port, display) in [
            ("http://p.example:8080", ProxyKind::Http, "p.example", 8080, "http://p.example:8080"),
            ("p.example:8080", ProxyKind::Http, "p.example", 8080, "http://p.example:8080"),
            ("localhost:7890", ProxyKind::Http, "localhost", 7890, "http://localhost:7890"),
            ("http://p.example", ProxyKind::Http, "p.example", 80, "http://p.example:80"),
            ("https://p.example/", ProxyKind::Https, "p.example", 443, "https://p.example:443"),
            ("https://p.example:80", ProxyKind::Https, "p.example", 80, "https://p.example:80"),
            ("socks5://127.0.0.1", ProxyKind::Socks5, "127.0.0.1", 1080, "socks5://127.0.0.1:1080"),
            ("SOCKS5H://[::1]:9050", ProxyKind::Socks5h, "::1", 9050, "socks5h://[::1]:9050"),
            ("socks://h:1", ProxyKind::Socks5, "h", 1, "socks5://h:1"),
            (" http://u:p@h:3128 ", ProxyKind::Http, "h", 3128, "http://h:3128"),
        ] {
            let proxy = parse(written).expect(written);
            assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (kind, host, port), "{written}");
            assert_eq!(proxy.display, display);
        }
    }

    #[test]
    fn credentials_are_decoded_and_not_shown() {
        let proxy = parse("http://us%40er:p%3Ass%zz@h:1").expect("a proxy");
        let (user, password) = proxy.credentials.clone().expect("credentials");
        assert_eq!((user.as_str(), password.expose()), ("us@er", "p:ss%zz"));
        assert!(!format!("{proxy:?}").contains("p:ss"));
    }

    #[test]
    fn what_names_no_proxy_is_told() {
        for (written, expected) in [
            ("", Some(ProxyDefect::Empty)),
            ("h:1", Some(ProxyDefect::NoScheme)),
            ("ftp://h:1", Some(ProxyDefect::UnknownScheme)),
            ("socks4://h:1", Some(ProxyDefect::UnknownScheme)),
            ("http://", Some(ProxyDefect::Unparsable)),
            ("http://h:70000", Some(ProxyDefect::Unparsable)),
            ("http://h:0", Some(ProxyDefect::Unparsable)),
            ("http://h:1", None),
        ] {
            assert_eq!(defect(written), expected, "{written}");
        }
    }

    #[test]
    fn escapes_that_are_none_stay() {
        for (encoded, decoded) in [("a%20b", "a b"), ("%", "%"), ("%4", "%4"), ("%+1", "%+1"), ("%E4%BD%A0", "你")] {
            assert_eq!(percent_decode(encoded), decoded);
        }
    }
}
