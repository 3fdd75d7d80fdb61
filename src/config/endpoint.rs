//! The base URL, parsed once: everything behind it works on an [`Endpoint`] that is known to be usable.

use url::{Host, Url};

/// A usable base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: Url,
    /// Whether it is `https`.
    pub tls: bool,
    /// The host without brackets.
    pub host: Host<String>,
    /// The port, the scheme's default included.
    pub port: u16,
}

/// Why a text is no base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Set, but empty.
    #[error("it is empty")]
    Empty,
    /// No scheme.
    #[error("it does not start with https:// or http://")]
    NoScheme,
    /// Not HTTP.
    #[error("its scheme is not http or https")]
    WrongScheme,
    /// No host.
    #[error("it names no host")]
    NoHost,
    /// Quotes or white space.
    #[error("it holds quotes or white space")]
    StrayCharacters,
    /// Bad port.
    #[error("its port is not a number from 1 to 65535")]
    BadPort,
    /// Anything else.
    #[error("it is not a URL")]
    Unparsable,
}

impl Endpoint {
    /// Parses a base URL.
    ///
    /// # Errors
    ///
    /// Says in which way the text is not a usable base URL.
    pub fn parse(raw: &str) -> Result<Self, EndpointError> {
        if raw.trim().is_empty() {
            return Err(EndpointError::Empty);
        }
        if raw.chars().any(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '“' | '”' | '‘' | '’' | '<' | '>'))
        {
            return Err(EndpointError::StrayCharacters);
        }
        let Some((scheme, rest)) = raw.split_once("://") else { return Err(EndpointError::NoScheme) };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err(EndpointError::WrongScheme),
        };
        if rest.is_empty() || rest.starts_with(['/', '?', '#']) {
            return Err(EndpointError::NoHost);
        }
        let url = Url::parse(raw).map_err(|error| match error {
            url::ParseError::InvalidPort => EndpointError::BadPort,
            url::ParseError::EmptyHost => EndpointError::NoHost,
            _ => EndpointError::Unparsable,
        })?;
        let host = url.host().ok_or(EndpointError::NoHost)?.to_owned();
        let port = url.port_or_known_default().filter(|port| *port != 0).ok_or(EndpointError::BadPort)?;
        Ok(Self { url, tls, host, port })
    }

    /// The URL.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The host as text, without brackets.
    #[must_use]
    pub fn host_text(&self) -> String {
        match &self.host {
            Host::Domain(name) => name.trim_end_matches('.').to_owned(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    /// The address, when the host is one.
    #[must_use]
    pub const fn address(&self) -> Option<std::net::IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(std::net::IpAddr::V4(address)),
            Host::Ipv6(address) => Some(std::net::IpAddr::V6(address)),
        }
    }

    /// The URL without user name and password, as reports show it.
    #[must_use]
    pub fn display(&self) -> String {
        let mut url = self.url.clone();
        // Both fail only for URLs without a host, and this one has one.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.as_str().trim_end_matches('/').to_owned()
    }

    /// Another path under the base: `models` → `https://host/v1/models`, the query kept.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }
}
