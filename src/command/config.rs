//! `config`: the effective settings and where each comes from, keys masked.

use crate::config::file::ConfigFile;
use crate::config::notation::{show_control_host, show_duration, show_resolver};
use crate::config::{ApiKey, AuthHeader, Family, Origin, Settings, Sourced, endpoint};
use crate::evidence::config::Note;
use crate::lang::Text;
use crate::probe::environment;
use crate::report::json;
use crate::report::settings::{Setting, SettingsReport};
use crate::report::style::Style;
use crate::{say, text};

/// The settings as text or JSON, for stdout.
///
/// # Errors
///
/// Never for the documents of this crate; see [`json::render`].
pub fn run(settings: &Settings, style: &Style, json: bool) -> Result<String, serde_json::Error> {
    let report = report(settings);
    if json { json::render(&report) } else { Ok(report.render(style)) }
}

/// The document.
#[must_use]
pub fn report(settings: &Settings) -> SettingsReport {
    let strike = |value: &str| settings.strike(value);
    let unusable = settings.endpoint.as_ref().err().map(|defect| {
        let words = say!(
            en: "the base URL cannot be used: {en}", zh: "基础地址无法使用：{zh}",
            en = defect.title().en, zh = defect.title().zh,
        );
        Note { code: "base-url-unusable".to_owned(), en: words.en, zh: words.zh }
    });
    let place = ConfigFile::place(None, &settings.environment);
    SettingsReport {
        config_file: settings.file.as_ref().map(|path| path.display().to_string()),
        profile: settings.profile.as_deref().map(strike),
        settings: effective(settings),
        overruled: overruled(settings),
        notes: unusable.into_iter().chain(environment::notes(settings)).collect(),
        looked_for: place.map(|(path, _)| path.display().to_string()),
        ..SettingsReport::new()
    }
}

fn effective(settings: &Settings) -> Vec<Setting> {
    let text = |value: &Sourced<String>| (settings.strike(&value.value), value.origin.to_string());
    let route = &settings.route;
    let proxy = match (&route.proxy, &route.no_proxy_rule) {
        (Some(proxy), _) => Some((proxy.display.clone(), route.origin.to_string())),
        (None, Some(rule)) => Some((format!("none ({}: {rule})", route.origin), route.origin.to_string())),
        (None, None) if route.origin == Origin::Default => None,
        (None, None) => Some(("none".to_owned(), route.origin.to_string())),
    };
    let auth_header = match settings.auth_header {
        AuthHeader::Bearer => "Authorization: Bearer",
        AuthHeader::ApiKey => "api-key",
    };
    let resolvers: Vec<String> = settings.resolvers.iter().map(|resolver| show_resolver(resolver.value)).collect();
    let control: Vec<String> = settings.control_hosts.value.iter().copied().map(show_control_host).collect();
    let compared: Vec<String> = settings.comparison_resolvers.iter().copied().map(show_resolver).collect();
    let mut rows = vec![
        row("base_url", text!(en: "base URL", zh: "基础地址"), Some(base_url(settings, &settings.base_url))),
        row("api_key", text!(en: "API key", zh: "API 密钥"), settings.key.as_ref().map(masked)),
        row("auth_header", text!(en: "sent as", zh: "发送方式"), Some((auth_header.to_owned(), "default".to_owned()))),
        row("organization", text!(en: "organization", zh: "组织"), settings.organization.as_ref().map(text)),
        row("project", text!(en: "project", zh: "项目"), settings.project.as_ref().map(text)),
        row("api_version", text!(en: "api-version", zh: "api-version"), settings.api_version.as_ref().map(text)),
        row("proxy", text!(en: "proxy", zh: "代理"), proxy),
        row(
            "ca_file",
            text!(en: "further CAs", zh: "追加的 CA"),
            settings.ca_file.as_ref().map(|file| (file.value.display().to_string(), file.origin.to_string())),
        ),
    ];
    for (name, title) in [
        ("SSL_CERT_FILE", text!(en: "CA file", zh: "CA 文件")),
        ("SSL_CERT_DIR", text!(en: "CA directories", zh: "CA 目录")),
    ] {
        if let Some(value) = settings.environment.filled(name) {
            rows.push(row(&name.to_ascii_lowercase(), title, Some((value.to_owned(), name.to_owned()))));
        }
    }
    rows.extend([
        row(
            "resolvers",
            text!(en: "resolvers", zh: "解析器"),
            settings.resolvers.first().map(|first| (resolvers.join(", "), first.origin.to_string())),
        ),
        row(
            "comparison_resolvers",
            text!(en: "compared with", zh: "对比解析器"),
            (!compared.is_empty()).then(|| (compared.join(", "), settings.comparison_origin.to_string())),
        ),
        row(
            "control_hosts",
            text!(en: "control hosts", zh: "对照主机"),
            Some((
                if control.is_empty() { "none".to_owned() } else { control.join(", ") },
                settings.control_hosts.origin.to_string(),
            )),
        ),
        row(
            "timeout",
            text!(en: "time limit", zh: "时限"),
            Some((show_duration(settings.timeout.value), settings.timeout.origin.to_string())),
        ),
        row(
            "ip_version",
            text!(en: "IP version", zh: "IP 版本"),
            Some((family(settings.family).to_owned(), settings.family_origin.to_string())),
        ),
        row(
            "allow_plaintext_key",
            text!(en: "key over http", zh: "明文发送密钥"),
            Some((settings.allow_plaintext_key.to_string(), settings.plaintext_origin.to_string())),
        ),
    ]);
    rows
}

fn overruled(settings: &Settings) -> Vec<Setting> {
    let urls = settings
        .shadowed_base_urls
        .iter()
        .map(|url| row("base_url", text!(en: "base URL", zh: "基础地址"), Some(base_url(settings, url))));
    let keys = settings
        .shadowed_keys
        .iter()
        .map(|key| row("api_key", text!(en: "API key", zh: "API 密钥"), Some(masked(key))));
    let proxy = settings.route.bypassed.iter().map(|proxy| {
        row("proxy", text!(en: "proxy", zh: "代理"), Some((proxy.display.clone(), proxy.origin.to_string())))
    });
    urls.chain(keys).chain(proxy).collect()
}

fn row(name: &str, title: Text, value: Option<(String, String)>) -> Setting {
    let (value, origin) = value.unzip();
    Setting { name: name.to_owned(), value, origin, title: title.sentence() }
}

fn base_url(settings: &Settings, url: &Sourced<String>) -> (String, String) {
    (settings.strike(&endpoint::without_credentials(&url.value)), url.origin.to_string())
}

/// The last four characters of a key that is long enough, or stars.
fn masked(key: &Sourced<ApiKey>) -> (String, String) {
    (format!("****{}", key.value.tail()), key.origin.to_string())
}

const fn family(family: Family) -> &'static str {
    match family {
        Family::Any => "4, 6",
        Family::V4 => "4",
        Family::V6 => "6",
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::{report, run};
    use crate::config::{ConfigFile, Environment, Overrides, Settings};
    use crate::lang::Lang;
    use crate::report::style::Style;

    const KEY: &str = "sk-proj-4Jd8sKq0ZbTn7PmW2yHc";

    fn settings() -> Settings {
        let environment = Environment::from_pairs([
            ("OPENAI_API_KEY", KEY),
            ("OPENAI_BASE_URL", "https://u:hunter2@llm.example/v1"),
            ("OPENAI_PROJECT_ID", KEY),
            ("HTTPS_PROXY", "http://u:pass%20word@proxy.example:3128"),
            ("NO_PROXY", ".example"),
        ]);
        let file = "api_key = 'short'\ntimeout = '1m'\nbase_url = 'https://file/v1'\ncontrol_hosts = ['192.0.2.1', '192.0.2.2:8443']";
        let file = ConfigFile::parse(PathBuf::from("/c.toml"), file).expect("a file");
        Settings::resolve(&Overrides::default(), &environment, Some(&file)).expect("settings")
    }

    #[test]
    fn every_value_has_its_origin() {
        let report = report(&settings());
        let shown = |name: &str| {
            let setting = report.settings.iter().find(|setting| setting.name == name).expect(name);
            (setting.value.clone().unwrap_or_default(), setting.origin.clone().unwrap_or_default())
        };
        for (name, value, origin) in [
            ("base_url", "https://llm.example/v1", "OPENAI_BASE_URL"),
            ("api_key", "****2yHc", "OPENAI_API_KEY"),
            ("timeout", "60s", "/c.toml: timeout"),
            ("proxy", "none (NO_PROXY: .example)", "NO_PROXY"),
            ("organization", "", ""),
            ("control_hosts", "192.0.2.1, 192.0.2.2:8443", "/c.toml: control_hosts"),
        ] {
            assert_eq!(shown(name), (value.to_owned(), origin.to_owned()), "{name}");
        }
        let overruled: Vec<_> = report.overruled.iter().map(|setting| setting.value.as_deref()).collect();
        assert_eq!(overruled, [Some("https://file/v1"), Some("****"), Some("http://proxy.example:3128")]);
    }

    #[test]
    fn no_secret_is_shown() {
        for lang in [Lang::En, Lang::Zh] {
            for json in [false, true] {
                let shown = run(&settings(), &Style::plain(lang), json).expect("text");
                for secret in ["4Jd8sKq0", "hunter2", "pass%20word", "pass word", "short"] {
                    assert!(!shown.contains(secret), "{secret}: {shown}");
                }
            }
        }
    }
}
