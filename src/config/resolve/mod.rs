//! From flags, environment and file to [`Settings`]: the strongest source of each setting wins, the others are kept
//! where a user may wonder about them.

#[cfg(test)]
mod tests;

use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::Section;
use super::proxy::percent_decode;
use super::{
    ApiKey, AuthHeader, ConfigFile, Desktop, Endpoint, EndpointError, Environment, Family, Origin, Proxy, Route,
    SettingNote, Settings, SettingsError, Sourced, endpoint,
};

/// Where requests go when nothing says otherwise.
pub const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
/// The Azure API version when nothing says otherwise.
pub const DEFAULT_API_VERSION: &str = "2024-10-21";
/// The time for a run when nothing says otherwise.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);
/// Resolvers asked for comparison when nothing says otherwise.
pub const COMPARISON_RESOLVERS: [Ipv4Addr; 4] = [
    Ipv4Addr::new(8, 8, 8, 8),
    Ipv4Addr::new(1, 1, 1, 1),
    Ipv4Addr::new(223, 5, 5, 5),
    Ipv4Addr::new(114, 114, 114, 114),
];

/// The longest key that is read from a file.
const MAX_KEY_BYTES: u64 = 64 * 1024;

/// What the command line says, or a program that embeds this library.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Base URL, with the name of the flag or argument.
    pub base_url: Option<Sourced<String>>,
    /// Key, for programs that hold one; no flag takes it.
    pub api_key: Option<Sourced<ApiKey>>,
    /// `--api-key-file`; `-` is standard input.
    pub api_key_file: Option<PathBuf>,
    /// `--organization`
    pub organization: Option<String>,
    /// `--project`
    pub project: Option<String>,
    /// `--proxy`: a URL or `none`. `NO_PROXY` does not apply to it.
    pub proxy: Option<String>,
    /// `--ca-file`
    pub ca_file: Option<PathBuf>,
    /// Roots trusted beside the machine's store for this run only (the embedded endpoint's), PEM.
    pub extra_ca_pem: Vec<u8>,
    /// `--resolver`
    pub resolvers: Vec<SocketAddr>,
    /// `--comparison-resolver`; an empty list asks none.
    pub comparison_resolvers: Option<Vec<SocketAddr>>,
    /// `--control-host`, `--no-control-hosts`; an empty list asks none.
    pub control_hosts: Option<Vec<SocketAddr>>,
    /// `--timeout`
    pub timeout: Option<Duration>,
    /// `-4`, `-6`
    pub family: Family,
    /// `--allow-plaintext-key`
    pub allow_plaintext_key: bool,
    /// `--profile`
    pub profile: Option<String>,
    /// `--config`
    pub config: Option<PathBuf>,
}

impl Settings {
    /// Resolves the settings of this process: reads the environment and the configuration file.
    ///
    /// # Errors
    ///
    /// The file, a flag or the key file cannot be used. A broken base URL is no error here but a thing to diagnose.
    pub fn load(flags: &Overrides) -> Result<Self, SettingsError> {
        let environment = Environment::of_process();
        let file = ConfigFile::load(flags.config.as_deref(), &environment)?;
        let settings = Self::resolve(flags, &environment, file.as_ref())?;
        Ok(Self { desktop: Desktop::load(), ..settings })
    }

    /// Resolves the settings from their three sources.
    ///
    /// # Errors
    ///
    /// As [`Settings::load`].
    pub fn resolve(
        flags: &Overrides,
        environment: &Environment,
        file: Option<&ConfigFile>,
    ) -> Result<Self, SettingsError> {
        let section = match (file, &flags.profile) {
            (Some(file), profile) => file.section(profile.as_deref())?,
            (None, None) => Section::default(),
            (None, Some(name)) => {
                return Err(SettingsError::NoSuchProfile { name: name.clone(), known: vec![], path: None });
            }
        };
        let mut notes = Vec::new();
        let (base_url, shadowed_base_urls) = base_urls(flags, environment, &section, &mut notes);
        let endpoint = Endpoint::parse(&base_url.value);
        let azure = endpoint.as_ref().is_ok_and(Endpoint::is_azure);
        let (key, shadowed_keys) = keys(flags, environment, &section, azure, &mut notes)?;
        let auth_header = match &key {
            Some(Sourced { origin: Origin::Env(name), .. }) if name == "AZURE_OPENAI_AD_TOKEN" => AuthHeader::Bearer,
            _ if azure => AuthHeader::ApiKey,
            _ => AuthHeader::Bearer,
        };
        let api_version = azure.then(|| api_version(environment, &section, endpoint.as_ref())).flatten();
        let route = route(flags, environment, &section, endpoint.as_ref(), &mut notes)?;
        let control_hosts = control_hosts(flags, &section);
        let (resolvers, comparison) = resolvers(flags, &section);
        let family = match flags.family {
            Family::Any => section.family.unwrap_or(Sourced::new(Family::Any, Origin::Default)),
            Family::V4 => Sourced::new(Family::V4, Origin::Flag("-4")),
            Family::V6 => Sourced::new(Family::V6, Origin::Flag("-6")),
        };
        reachable(&family, &base_url, endpoint.as_ref().ok(), &route)?;
        let plaintext = if flags.allow_plaintext_key {
            Sourced::new(true, Origin::Flag("--allow-plaintext-key"))
        } else {
            section.allow_plaintext_key.unwrap_or(Sourced::new(false, Origin::Default))
        };
        let withheld = withheld(environment, std::iter::once(&base_url).chain(&shadowed_base_urls));
        Ok(Self {
            base_url,
            endpoint,
            shadowed_base_urls,
            key,
            shadowed_keys,
            auth_header,
            organization: header(
                flags.organization.as_ref().map(|value| (value, "--organization")),
                environment,
                ["OPENAI_ORG_ID", "OPENAI_ORGANIZATION"],
                section.organization,
            ),
            project: header(
                flags.project.as_ref().map(|value| (value, "--project")),
                environment,
                ["OPENAI_PROJECT_ID", "OPENAI_PROJECT"],
                section.project,
            ),
            api_version,
            route,
            ca_file: flags
                .ca_file
                .clone()
                .map(|path| Sourced::new(path, Origin::Flag("--ca-file")))
                .or(section.ca_file),
            extra_ca_pem: flags.extra_ca_pem.clone(),
            resolvers,
            comparison_resolvers: comparison.value,
            control_hosts,
            comparison_origin: comparison.origin,
            timeout: flags
                .timeout
                .map(|timeout| Sourced::new(timeout, Origin::Flag("--timeout")))
                .or(section.timeout)
                .unwrap_or(Sourced::new(DEFAULT_TIMEOUT, Origin::Default)),
            family: family.value,
            family_origin: family.origin,
            allow_plaintext_key: plaintext.value,
            plaintext_origin: plaintext.origin,
            notes,
            profile: flags.profile.clone(),
            file: file.map(|file| file.path.clone()),
            environment: environment.clone(),
            withheld,
            desktop: Desktop::default(),
        })
    }
}

/// Refuses an address that the family leaves out, for whoever is connected to: the endpoint, or a proxy on the way.
fn reachable(
    family: &Sourced<Family>,
    base_url: &Sourced<String>,
    endpoint: Option<&Endpoint>,
    route: &Route,
) -> Result<(), SettingsError> {
    let (address, origin) = match &route.proxy {
        Some(proxy) => (proxy.host.parse().ok(), &proxy.origin),
        None => (endpoint.and_then(Endpoint::address), &base_url.origin),
    };
    match address.filter(|address| !family.value.allows(address)) {
        None => Ok(()),
        Some(address) => {
            Err(SettingsError::OtherFamily { family: family.origin.to_string(), address, origin: origin.to_string() })
        }
    }
}

/// The base URL in use, and those of weaker sources.
fn base_urls(
    flags: &Overrides,
    environment: &Environment,
    section: &Section,
    notes: &mut Vec<SettingNote>,
) -> (Sourced<String>, Vec<Sourced<String>>) {
    let variable = |name: &str, value: String| Sourced::new(value, Origin::Env(name.to_owned()));
    // Set but empty is set, for several SDKs: they send requests to nowhere, and so the user must be told.
    let current = environment.value("OPENAI_BASE_URL").map(|url| variable("OPENAI_BASE_URL", url.to_owned()));
    let legacy = environment.filled("OPENAI_API_BASE").map(|url| variable("OPENAI_API_BASE", url.to_owned()));
    let azure =
        environment.filled("AZURE_OPENAI_ENDPOINT").map(|url| variable("AZURE_OPENAI_ENDPOINT", azure_base(url)));
    let mut candidates = [flags.base_url.clone(), current, legacy.clone(), azure, section.base_url.clone()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .into_iter();
    let chosen = candidates.next().unwrap_or_else(|| Sourced::new(DEFAULT_BASE_URL.to_owned(), Origin::Default));
    if let Some(legacy) = legacy {
        if legacy.origin == chosen.origin {
            notes.push(SettingNote::LegacyBaseUrl);
        } else if legacy.value.trim_end_matches('/') != chosen.value.trim_end_matches('/') {
            notes.push(SettingNote::LegacyBaseUrlDiffers);
        }
    }
    (chosen, candidates.collect())
}

/// The base URL of an Azure resource: `{endpoint}/openai`, unless it is spelled out already.
fn azure_base(endpoint: &str) -> String {
    let endpoint = endpoint.trim_end_matches('/');
    let path =
        endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest).split_once('/').map_or("", |(_, path)| path);
    if path.split('/').any(|segment| segment == "openai") { endpoint.to_owned() } else { format!("{endpoint}/openai") }
}

/// What is in use, and what weaker sources name.
type Candidates<T> = (Option<Sourced<T>>, Vec<Sourced<T>>);

/// The key in use, and those of weaker sources.
fn keys(
    flags: &Overrides,
    environment: &Environment,
    section: &Section,
    azure: bool,
    notes: &mut Vec<SettingNote>,
) -> Result<Candidates<ApiKey>, SettingsError> {
    let mut found: Vec<Sourced<ApiKey>> = flags.api_key.iter().cloned().collect();
    if let Some(path) = &flags.api_key_file {
        found.push(Sourced::new(read_key(path)?, Origin::Flag("--api-key-file")));
    }
    let names: &[&'static str] =
        if azure { &["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN", "OPENAI_API_KEY"] } else { &["OPENAI_API_KEY"] };
    for name in names {
        match environment.value(name) {
            Some("") => notes.push(SettingNote::EmptyKeyVariable(name)),
            Some(key) => found.push(Sourced::new(ApiKey::new(key), Origin::Env((*name).to_owned()))),
            None => {}
        }
    }
    found.extend(section.api_key.clone());
    if let Some(Sourced { value: path, origin }) = &section.api_key_file {
        // Not worth failing over while another key is in use.
        match read_key(path) {
            Ok(key) => found.push(Sourced::new(key, origin.clone())),
            Err(error) if found.is_empty() => return Err(error),
            Err(_) => {}
        }
    }
    let mut found = found.into_iter();
    Ok((found.next(), found.collect()))
}

/// Reads a key file, or standard input for `-`; exactly one line feed at the end is not part of the key.
fn read_key(path: &Path) -> Result<ApiKey, SettingsError> {
    let unreadable = |source| SettingsError::UnreadableKey { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_KEY_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    } else {
        let file = std::fs::File::open(path).map_err(unreadable)?;
        file.take(MAX_KEY_BYTES).read_to_end(&mut bytes).map_err(unreadable)?;
    }
    let text = String::from_utf8_lossy(&bytes);
    let key = text.strip_suffix('\n').map_or(text.as_ref(), |line| line.strip_suffix('\r').unwrap_or(line));
    if key.is_empty() {
        return Err(SettingsError::EmptyKey { path: path.to_owned() });
    }
    Ok(ApiKey::new(key))
}

fn header(
    flag: Option<(&String, &'static str)>,
    environment: &Environment,
    variables: [&str; 2],
    file: Option<Sourced<String>>,
) -> Option<Sourced<String>> {
    let of_environment = || {
        variables.into_iter().find_map(|name| {
            environment.filled(name).map(|value| Sourced::new(value.to_owned(), Origin::Env(name.to_owned())))
        })
    };
    flag.map(|(value, name)| Sourced::new(value.clone(), Origin::Flag(name))).or_else(of_environment).or(file)
}

/// Azure's `api-version`; its `/openai/v1` API needs none, and one in the URL's own query stands.
fn api_version(
    environment: &Environment,
    section: &Section,
    endpoint: Result<&Endpoint, &EndpointError>,
) -> Option<Sourced<String>> {
    let named = environment
        .filled("OPENAI_API_VERSION")
        .map(|version| Sourced::new(version.to_owned(), Origin::Env("OPENAI_API_VERSION".to_owned())))
        .or_else(|| section.api_version.clone());
    let url = endpoint.ok()?.url();
    let is_v1 = url.path_segments().is_some_and(|mut segments| segments.any(|segment| segment == "v1"));
    if is_v1 || url.query_pairs().any(|(name, _)| name == "api-version") {
        return None;
    }
    named.or_else(|| Some(Sourced::new(DEFAULT_API_VERSION.to_owned(), Origin::Default)))
}

fn route(
    flags: &Overrides,
    environment: &Environment,
    section: &Section,
    endpoint: Result<&Endpoint, &EndpointError>,
    notes: &mut Vec<SettingNote>,
) -> Result<Route, SettingsError> {
    let flag = Origin::Flag("--proxy");
    match (flags.proxy.as_deref(), endpoint) {
        (Some(none), _) if none.eq_ignore_ascii_case("none") => Ok(Route::direct(flag)),
        (Some(written), _) => Proxy::parse(written, flag)
            .map(Route::through)
            .map_err(|defect| SettingsError::BadProxy { written: endpoint::without_credentials(written), defect }),
        (None, Ok(endpoint)) => {
            Ok(Route::choose(endpoint, environment, section.proxy.as_ref(), section.no_proxy.as_ref(), notes))
        }
        (None, Err(_)) => Ok(Route::direct(Origin::Default)),
    }
}

/// The resolvers to ask, and those for comparison: none, where resolvers to ask are named and these are not.
fn resolvers(flags: &Overrides, section: &Section) -> (Vec<Sourced<SocketAddr>>, Sourced<Vec<SocketAddr>>) {
    let compared_by_flag =
        flags.comparison_resolvers.clone().map(|list| Sourced::new(list, Origin::Flag("--comparison-resolver")));
    if !flags.resolvers.is_empty() {
        let flag = Origin::Flag("--resolver");
        let named = flags.resolvers.iter().map(|address| Sourced::new(*address, flag.clone())).collect();
        return (named, compared_by_flag.unwrap_or(Sourced::new(vec![], flag)));
    }
    let named: Vec<_> = section
        .resolvers
        .iter()
        .flat_map(|list| list.value.iter().map(|address| Sourced::new(*address, list.origin.clone())))
        .collect();
    let built_in = || match named.as_slice() {
        [] => COMPARISON_RESOLVERS.map(|address| SocketAddr::new(IpAddr::V4(address), 53)).to_vec(),
        _ => vec![],
    };
    let compared = compared_by_flag
        .or_else(|| section.comparison_resolvers.clone())
        .unwrap_or_else(|| Sourced::new(built_in(), Origin::Default));
    (named, compared)
}

/// The hosts that experiments may ask: by flag, by the file, or public resolvers on their HTTPS ports, which the
/// comparison of names asks anyway.
fn control_hosts(flags: &Overrides, section: &Section) -> Sourced<Vec<SocketAddr>> {
    let by_flag = flags.control_hosts.clone().map(|list| Sourced::new(list, Origin::Flag("--control-host")));
    by_flag.or_else(|| section.control_hosts.clone()).unwrap_or_else(|| {
        let built_in = COMPARISON_RESOLVERS.map(|address| SocketAddr::new(IpAddr::V4(address), 443));
        Sourced::new(built_in.to_vec(), Origin::Default)
    })
}

/// Secrets that are in the settings without being used: passwords in URLs, as written and decoded.
fn withheld<'s>(environment: &Environment, base_urls: impl Iterator<Item = &'s Sourced<String>>) -> Vec<ApiKey> {
    let proxies = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let misplaced = environment.misplaced_proxies().map(|(_, _, value)| value);
    let proxies = proxies.into_iter().filter_map(|name| environment.filled(name)).chain(misplaced);
    let mut secrets: Vec<ApiKey> = Vec::new();
    for url in proxies.chain(base_urls.map(|url| url.value.as_str())) {
        // A key in the place of a URL is still a key.
        let key = ApiKey::new(url.trim());
        if url.len() >= 12 && !url.contains("://") && !key.looks_like().is_empty() {
            secrets.push(key);
        }
        for written in endpoint::secrets(url) {
            let decoded = percent_decode(written);
            if decoded != written {
                secrets.push(ApiKey::new(decoded));
            }
            secrets.push(ApiKey::new(written));
        }
    }
    secrets
}
