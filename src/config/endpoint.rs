//! The base URL, parsed once: everything behind it works on an [`Endpoint`] that is known to be usable.

use url::{Host, Url};

use crate::lang::Text;
use crate::text;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointError {
    /// Set, but empty.
    Empty,
    /// No scheme.
    NoScheme,
    /// Not HTTP.
    WrongScheme,
    /// No host.
    NoHost,
    /// Quotes or white space.
    StrayCharacters,
    /// Bad port.
    BadPort,
    /// Anything else.
    Unparsable,
}

impl EndpointError {
    /// The reason, for a reader.
    #[must_use]
    pub const fn title(self) -> Text {
        match self {
            Self::Empty => text!(en: "it is empty", zh: "值为空"),
            Self::NoScheme => {
                text!(en: "it does not start with https:// or http://", zh: "没有以 https:// 或 http:// 开头")
            }
            Self::WrongScheme => text!(en: "its scheme is not http or https", zh: "协议不是 http 或 https"),
            Self::NoHost => text!(en: "it names no host", zh: "没有主机名"),
            Self::StrayCharacters => text!(en: "it holds quotes or white space", zh: "含有引号或空白字符"),
            Self::BadPort => text!(en: "its port is not a number from 1 to 65535", zh: "端口不是 1 到 65535 的数字"),
            Self::Unparsable => text!(en: "it is not a URL", zh: "不是合法的 URL"),
        }
    }
}

impl std::fmt::Display for EndpointError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.title().en)
    }
}

impl std::error::Error for EndpointError {}

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
        if rest.starts_with("http:/") || rest.starts_with("https:/") {
            return Err(EndpointError::Unparsable);
        }
        let url = Url::parse(raw).map_err(|error| match error {
            url::ParseError::InvalidPort => EndpointError::BadPort,
            url::ParseError::EmptyHost => EndpointError::NoHost,
            _ => EndpointError::Unparsable,
        })?;
        let host = url.host().ok_or(EndpointError::NoHost)?.to_owned();
        // The URL standard lets more through than any name holds; braces and dollars are templates nobody filled in.
        if let Host::Domain(name) = &host
            && !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        {
            return Err(EndpointError::Unparsable);
        }
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
        without_credentials(self.url.as_str()).trim_end_matches('/').to_owned()
    }

    /// Another path under the base: `models` → `https://host/v1/models`, the query kept.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.url.clone();
        // Both fail only for URLs without a host, and this one has one.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        url.set_fragment(None);
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }

    /// Whether the host is an Azure `OpenAI` resource.
    #[must_use]
    pub fn is_azure(&self) -> bool {
        const SUFFIXES: [&str; 5] = [
            ".openai.azure.com",
            ".cognitiveservices.azure.com",
            ".services.ai.azure.com",
            ".openai.azure.us",
            ".openai.azure.cn",
        ];
        let host = self.host_text();
        SUFFIXES.iter().any(|suffix| host.ends_with(suffix))
    }
}

/// A URL, well formed or not, without user name, password, and the values of parameters that carry keys.
#[must_use]
pub fn without_credentials(url: &str) -> String {
    let (start, end) = authority(url);
    let host = url[start..end].rfind('@').map_or(start, |at| start + at + 1);
    let mut clean = format!("{}{}", &url[..start], &url[host..]);
    for secret in parameters(url) {
        clean = clean.replace(&format!("={secret}"), "=…");
    }
    clean
}

/// The secrets in a URL as they are written there: password and keys among its parameters.
pub(super) fn secrets(url: &str) -> impl Iterator<Item = &str> {
    let (start, end) = authority(url);
    let user_info = url[start..end].rfind('@').map(|at| &url[start..start + at]);
    let password = user_info.map(|info| info.split_once(':').map_or(info, |(_, password)| password));
    password.into_iter().chain(parameters(url)).filter(|secret| !secret.is_empty())
}

/// Where user, password, host and port stand.
fn authority(url: &str) -> (usize, usize) {
    let start = url.find("://").map_or(0, |at| at + 3);
    (start, url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at))
}

/// The values of parameters that are named like keys.
fn parameters(url: &str) -> impl Iterator<Item = &str> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split(['&', '#']).filter_map(|pair| pair.split_once('=')).filter_map(|(name, value)| {
        let name = name.to_ascii_lowercase();
        let secret = ["key", "token", "secret", "password", "signature"].iter().any(|mark| name.contains(mark));
        (secret && !value.is_empty()).then_some(value)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Endpoint, EndpointError, secrets, without_credentials};

    #[test]
    fn a_text_that_is_no_base_url_is_told_why() {
        for (raw, error) in [
            ("", EndpointError::Empty),
            (" ", EndpointError::Empty),
            ("api.openai.com/v1", EndpointError::NoScheme),
            ("https:/api.openai.com", EndpointError::NoScheme),
            ("ftp://api.openai.com", EndpointError::WrongScheme),
            ("https://", EndpointError::NoHost),
            ("https:///v1", EndpointError::NoHost),
            ("\"https://api.openai.com\"", EndpointError::StrayCharacters),
            ("https://api.openai.com /v1", EndpointError::StrayCharacters),
            ("https://h:99999", EndpointError::BadPort),
            ("https://h:0", EndpointError::BadPort),
            ("https://https://h", EndpointError::Unparsable),
            ("https://[::1", EndpointError::Unparsable),
            ("https://{host}/v1", EndpointError::Unparsable),
            ("https://$HOST/v1", EndpointError::Unparsable),
        ] {
            assert_eq!(Endpoint::parse(raw), Err(error), "{raw:?}");
        }
    }

    #[test]
    fn paths_are_joined_and_queries_kept() {
        for (base, joined) in [
            ("https://h/v1", "https://h/v1/models"),
            ("https://h/v1/", "https://h/v1/models"),
            ("http://u:p@h:81?a=b#c", "http://h:81/models?a=b"),
        ] {
            assert_eq!(Endpoint::parse(base).expect(base).join("models").as_str(), joined);
        }
    }

    #[test]
    fn credentials_are_found_and_not_shown() {
        for (url, shown, found) in [
            ("https://u:p%40@h/v1", "https://h/v1", vec!["p%40"]),
            ("token@h:8080", "h:8080", vec!["token"]),
            ("https://u:p@w@h", "https://h", vec!["p@w"]),
            ("https://h/v1?key=AIza123&x=1", "https://h/v1?key=…&x=1", vec!["AIza123"]),
            ("https://h/a@b", "https://h/a@b", vec![]),
            ("", "", vec![]),
        ] {
            assert_eq!(without_credentials(url), shown, "{url}");
            assert_eq!(secrets(url).collect::<Vec<_>>(), found, "{url}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(raw in "(https?://)?[ -~é“\\[\\]@:/?#]{0,40}") {
            let _ = (Endpoint::parse(&raw).map(|endpoint| endpoint.display()), without_credentials(&raw));
        }
    }
}
