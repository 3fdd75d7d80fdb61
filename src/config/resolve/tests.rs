//! Which source wins, and what is kept of the others.

use std::path::PathBuf;

use super::*;
use crate::config::ProxyKind;

fn resolve(flags: &Overrides, environment: &[(&str, &str)], file: &str) -> Settings {
    let file = ConfigFile::parse(PathBuf::from("c.toml"), file).expect("a right file");
    Settings::resolve(flags, &Environment::from_pairs(environment.iter().copied()), Some(&file)).expect("settings")
}

fn of_environment(environment: &[(&str, &str)]) -> Settings {
    resolve(&Overrides::default(), environment, "")
}

fn written(path: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("openai-doctor-{}-{path}", std::process::id()));
    std::fs::write(&path, "sk-from-file\r\n").expect("a file");
    path
}

#[test]
fn flag_over_environment_over_file_over_default() {
    let flag = Overrides {
        base_url: Some(Sourced::new("https://flag/v1".to_owned(), Origin::Flag("BASE_URL"))),
        ..Overrides::default()
    };
    let environment = [("OPENAI_BASE_URL", "https://env/v1")];
    let file = "base_url = 'https://file/v1'";
    for (settings, url, origin, weaker) in [
        (resolve(&flag, &environment, file), "https://flag/v1", "BASE_URL", 2),
        (resolve(&Overrides::default(), &environment, file), "https://env/v1", "OPENAI_BASE_URL", 1),
        (resolve(&Overrides::default(), &[], file), "https://file/v1", "c.toml: base_url", 0),
        (of_environment(&[]), DEFAULT_BASE_URL, "default", 0),
    ] {
        assert_eq!(settings.base_url.value, url);
        assert_eq!(settings.base_url.origin.to_string(), origin);
        assert_eq!(settings.shadowed_base_urls.len(), weaker);
    }
}

#[test]
fn an_empty_base_url_variable_is_set() {
    let settings = of_environment(&[("OPENAI_BASE_URL", ""), ("OPENAI_API_BASE", "https://old/v1")]);
    assert_eq!(settings.endpoint, Err(EndpointError::Empty));
    assert_eq!(settings.notes, [SettingNote::LegacyBaseUrlDiffers]);
    assert_eq!(of_environment(&[("OPENAI_API_BASE", "https://old/v1")]).notes, [SettingNote::LegacyBaseUrl]);
}

#[test]
fn azure_has_its_own_path_header_and_version() {
    for (variables, url, header, key_origin) in [
        (
            vec![
                ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/"),
                ("AZURE_OPENAI_API_KEY", "k"),
                ("OPENAI_API_KEY", "o"),
            ],
            "https://r.openai.azure.com/openai/models?api-version=2024-10-21",
            AuthHeader::ApiKey,
            "AZURE_OPENAI_API_KEY",
        ),
        (
            vec![
                ("AZURE_OPENAI_ENDPOINT", "https://r.openai.azure.com/openai"),
                ("AZURE_OPENAI_AD_TOKEN", "t"),
                ("OPENAI_API_VERSION", "2025-01-01"),
            ],
            "https://r.openai.azure.com/openai/models?api-version=2025-01-01",
            AuthHeader::Bearer,
            "AZURE_OPENAI_AD_TOKEN",
        ),
        (
            vec![("OPENAI_BASE_URL", "https://r.openai.azure.com/openai/v1"), ("OPENAI_API_KEY", "o")],
            "https://r.openai.azure.com/openai/v1/models",
            AuthHeader::ApiKey,
            "OPENAI_API_KEY",
        ),
        (
            vec![
                ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
                ("AZURE_OPENAI_API_KEY", "a"),
                ("OPENAI_API_KEY", "o"),
            ],
            "https://api.openai.com/v1/models",
            AuthHeader::Bearer,
            "OPENAI_API_KEY",
        ),
    ] {
        let settings = of_environment(&variables);
        assert_eq!(settings.request_url("models").expect("a URL").as_str(), url);
        assert_eq!(settings.auth_header, header, "{variables:?}");
        assert_eq!(settings.key.expect("a key").origin.to_string(), key_origin);
    }
}

#[test]
fn a_key_keeps_its_characters_but_for_the_line_feed_of_a_file() {
    let path = written("key");
    let flags = Overrides { api_key_file: Some(path.clone()), ..Overrides::default() };
    let settings = resolve(&flags, &[("OPENAI_API_KEY", " sk-env\n")], "api_key = 'sk-file'");
    std::fs::remove_file(path).expect("the file");
    let key = settings.key.expect("a key");
    assert_eq!((key.value.expose(), key.origin.to_string().as_str()), ("sk-from-file", "--api-key-file"));
    let weaker: Vec<_> = settings.shadowed_keys.iter().map(|key| key.value.expose()).collect();
    assert_eq!(weaker, [" sk-env\n", "sk-file"]);
}

#[test]
fn an_empty_key_variable_is_no_key_and_worth_a_word() {
    let settings = of_environment(&[("OPENAI_API_KEY", "")]);
    assert_eq!((settings.key, settings.notes), (None, vec![SettingNote::EmptyKeyVariable("OPENAI_API_KEY")]));
}

#[test]
fn the_route_follows_scheme_case_and_bypass() {
    const HTTPS: &str = "https://api.openai.com/v1";
    const HTTP: &str = "http://llm.corp.example/v1";
    for (base_url, variables, proxy, origin) in [
        (HTTPS, vec![], None, "default"),
        (HTTPS, vec![("HTTPS_PROXY", "u:1"), ("https_proxy", "l:2")], Some("http://l:2"), "https_proxy"),
        (HTTPS, vec![("https_proxy", ""), ("HTTPS_PROXY", "u:1")], Some("http://u:1"), "HTTPS_PROXY"),
        (HTTPS, vec![("http_proxy", "h:1")], None, "default"),
        (HTTPS, vec![("http_proxy", "h:1"), ("ALL_PROXY", "socks5h://s:3")], Some("socks5h://s:3"), "ALL_PROXY"),
        (HTTPS, vec![("HTTPS_PROXY", "ftp://u:1"), ("ALL_PROXY", "a:2")], Some("http://a:2"), "ALL_PROXY"),
        (HTTP, vec![("HTTP_PROXY", "u:1")], Some("http://u:1"), "HTTP_PROXY"),
        (HTTP, vec![("HTTP_PROXY", "u:1"), ("REQUEST_METHOD", "GET")], None, "default"),
        (HTTP, vec![("HTTP_PROXY", "u:1"), ("NO_PROXY", "x, .corp.example")], None, "NO_PROXY"),
        (HTTP, vec![("HTTP_PROXY", "u:1"), ("no_proxy", "x"), ("NO_PROXY", "*")], Some("http://u:1"), "HTTP_PROXY"),
        ("http://127.0.0.1:11434/v1", vec![("ALL_PROXY", "u:1")], Some("http://u:1"), "ALL_PROXY"),
    ] {
        let mut all = vec![("OPENAI_BASE_URL", base_url)];
        all.extend(&variables);
        let route = of_environment(&all).route;
        assert_eq!(route.proxy.as_ref().map(|proxy| proxy.display.as_str()), proxy, "{all:?}");
        assert_eq!(route.origin.to_string(), origin, "{all:?}");
        assert_eq!(route.bypassed.is_some(), route.no_proxy_rule.is_some());
    }
}

#[test]
fn the_proxy_flag_overrules_everything() {
    let environment = [("ALL_PROXY", "a:1"), ("NO_PROXY", "*")];
    for (flag, kind) in [("none", None), ("socks5://h", Some(ProxyKind::Socks5))] {
        let flags = Overrides { proxy: Some(flag.to_owned()), ..Overrides::default() };
        let route = resolve(&flags, &environment, "proxy = 'http://f:1'").route;
        assert_eq!((route.proxy.map(|proxy| proxy.kind), route.origin.to_string().as_str()), (kind, "--proxy"));
    }
    let flags = Overrides { proxy: Some("ftp://u:secret@h".to_owned()), ..Overrides::default() };
    let error = Settings::resolve(&flags, &Environment::default(), None).expect_err("no proxy");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn own_resolvers_leave_none_for_comparison() {
    let own: SocketAddr = "127.0.0.1:5353".parse().expect("an address");
    let by_flag = Overrides { resolvers: vec![own], ..Overrides::default() };
    let with_comparison = Overrides { comparison_resolvers: Some(vec![own]), ..by_flag.clone() };
    let none = Overrides { comparison_resolvers: Some(vec![]), ..Overrides::default() };
    for (flags, file, named, compared) in [
        (Overrides::default(), "", 0, 4),
        (by_flag.clone(), "", 1, 0),
        (by_flag, "comparison_resolvers = ['1.1.1.1']", 1, 0),
        (with_comparison, "", 1, 1),
        (Overrides::default(), "resolvers = ['::1', '::2']", 2, 0),
        (Overrides::default(), "resolvers = '::1'\ncomparison_resolvers = ['::1', '::2']", 1, 2),
        (none, "", 0, 0),
    ] {
        let settings = resolve(&flags, &[], file);
        assert_eq!((settings.resolvers.len(), settings.comparison_resolvers.len()), (named, compared), "{file}");
    }
}

#[test]
fn a_key_in_the_place_of_a_url_is_struck_out() {
    let settings = of_environment(&[("OPENAI_BASE_URL", "sk-proj-4Jd8sKq0ZbTn7PmW2yHc")]);
    assert!(!settings.strike(&settings.base_url.value).contains("4Jd8sKq0"));
}

#[test]
fn every_password_is_a_secret() {
    let settings = of_environment(&[
        ("OPENAI_BASE_URL", "https://u:url%40pass@h/v1"),
        ("HTTP_PROXY", "http://u:unused-pass@h:1"),
        ("HTTPS_PROXY", "http://u:used%3Apass@h:1"),
        ("OPENAI_API_KEY", "sk-key"),
    ]);
    let secrets: Vec<_> = settings.secrets().map(ApiKey::expose).collect();
    for secret in ["sk-key", "url%40pass", "url@pass", "unused-pass", "used:pass", "used%3Apass"] {
        assert!(secrets.contains(&secret), "{secret}");
    }
}
