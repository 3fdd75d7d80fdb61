//! The configuration file: TOML, its settings at the top level and again under `[profiles.NAME]`, which overlays it.
//!
//! The tree is walked by hand, so that every complaint names line, column and the nearest known key, in both languages.

mod reader;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy as _;
use toml::de::DeTable;

use super::environment::Environment;
use super::notation;
use super::{ApiKey, Family, Proxy, SettingsError, Sourced};
use crate::lang::Text;
use crate::{say, text};

use reader::{Reader, position};

/// The largest file that is read.
const MAX_BYTES: u64 = 1024 * 1024;

/// A key of the file.
#[derive(Clone, Copy, Debug)]
pub struct FileKey {
    /// Its name.
    pub name: &'static str,
    /// What it sets.
    pub meaning: Text,
}

const fn key(name: &'static str, meaning: Text) -> FileKey {
    FileKey { name, meaning }
}

/// Every key that may stand at the top level and in a profile.
pub const KEYS: &[FileKey] = &[
    key("base_url", text!(en: "base URL", zh: "基础地址（base URL）")),
    key("api_key", text!(en: "API key", zh: "API 密钥")),
    key("api_key_file", text!(en: "file that holds the API key", zh: "存放 API 密钥的文件")),
    key("organization", text!(en: "OpenAI-Organization header", zh: "OpenAI-Organization 请求头")),
    key("project", text!(en: "OpenAI-Project header", zh: "OpenAI-Project 请求头")),
    key("api_version", text!(en: "api-version for Azure", zh: "Azure 的 api-version")),
    key("proxy", text!(en: "proxy URL, or \"none\"", zh: "代理地址，或 \"none\"")),
    key("no_proxy", text!(en: "hosts that are reached without a proxy", zh: "不走代理的主机")),
    key("ca_file", text!(en: "further CA certificates (PEM)", zh: "追加的 CA 证书（PEM）")),
    key("resolvers", text!(en: "resolvers to ask instead of the system's", zh: "替代系统解析器的 DNS 服务器")),
    key("comparison_resolvers", text!(en: "resolvers to ask for comparison", zh: "用于对比的 DNS 服务器")),
    key(
        "control_hosts",
        text!(en: "unrelated hosts that experiments may connect to", zh: "对照实验可以连接的无关主机"),
    ),
    key("timeout", text!(en: "time for the whole run", zh: "整次运行的时限")),
    key("ip_version", text!(en: "4 or 6: only that address family", zh: "4 或 6：只用该地址族")),
    key(
        "allow_plaintext_key",
        text!(en: "send the key over plain http to other machines", zh: "允许用明文 http 向其他机器发送密钥"),
    ),
];

/// A configuration file that was read and understood.
#[derive(Clone, Debug)]
pub struct ConfigFile {
    /// Where it is.
    pub path: PathBuf,
    top: Section,
    profiles: BTreeMap<String, Section>,
}

/// The settings at the top level or of one profile.
#[derive(Clone, Debug, Default)]
pub(super) struct Section {
    pub(super) base_url: Option<Sourced<String>>,
    pub(super) api_key: Option<Sourced<ApiKey>>,
    pub(super) api_key_file: Option<Sourced<PathBuf>>,
    pub(super) organization: Option<Sourced<String>>,
    pub(super) project: Option<Sourced<String>>,
    pub(super) api_version: Option<Sourced<String>>,
    pub(super) proxy: Option<Sourced<Option<Proxy>>>,
    pub(super) no_proxy: Option<Sourced<String>>,
    pub(super) ca_file: Option<Sourced<PathBuf>>,
    pub(super) resolvers: Option<Sourced<Vec<SocketAddr>>>,
    pub(super) comparison_resolvers: Option<Sourced<Vec<SocketAddr>>>,
    pub(super) control_hosts: Option<Sourced<Vec<SocketAddr>>>,
    pub(super) timeout: Option<Sourced<Duration>>,
    pub(super) family: Option<Sourced<Family>>,
    pub(super) allow_plaintext_key: Option<Sourced<bool>>,
}

impl ConfigFile {
    /// Where the file is looked for: `--config`, `OPENAI_DOCTOR_CONFIG`, then the platform's usual place. The flag says
    /// whether it must exist.
    #[must_use]
    pub fn place(flag: Option<&Path>, environment: &Environment) -> Option<(PathBuf, bool)> {
        if let Some(path) = flag {
            return Some((path.to_owned(), true));
        }
        if let Some(path) = environment.filled("OPENAI_DOCTOR_CONFIG") {
            return Some((PathBuf::from(path), true));
        }
        let strategy = etcetera::choose_base_strategy().ok()?;
        Some((strategy.config_dir().join("openai-doctor").join("config.toml"), false))
    }

    /// Reads the file, if there is one where it is looked for.
    ///
    /// # Errors
    ///
    /// A file that was asked for and is not there, cannot be read, or is broken.
    pub fn load(flag: Option<&Path>, environment: &Environment) -> Result<Option<Self>, SettingsError> {
        let Some((path, must_exist)) = Self::place(flag, environment) else { return Ok(None) };
        match read(&path) {
            Ok(bytes) => {
                let text = decode(&path, bytes)?;
                Self::parse(path, &text).map(Some)
            }
            Err(error) if !must_exist && is_absent(&error) => Ok(None),
            Err(source) => Err(SettingsError::UnreadableFile { path, source }),
        }
    }

    /// Understands the text of a file.
    ///
    /// # Errors
    ///
    /// Names line, column and what is wrong there.
    pub fn parse(path: PathBuf, text: &str) -> Result<Self, SettingsError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let reader = Reader { path: &path, text };
        let table = DeTable::parse(text).map_err(|error| {
            let words = notation::one_line(error.message(), 200);
            let problem = say!(en: "not valid TOML: {words}", zh: "不是合法的 TOML：{words}");
            reader.complain(error.span().unwrap_or(0..0), problem)
        })?;
        let mut top = Section::default();
        let mut profiles = BTreeMap::new();
        for (key, value) in table.get_ref() {
            if key.get_ref() == "profiles" {
                for (name, profile) in reader.table(value)? {
                    let mut section = Section::default();
                    let prefix = format!("profiles.{}.", name.get_ref());
                    for (key, value) in reader.table(profile)? {
                        reader.setting(&mut section, &prefix, key, value)?;
                    }
                    profiles.insert(name.get_ref().to_string(), section);
                }
            } else {
                reader.setting(&mut top, "", key, value)?;
            }
        }
        Ok(Self { path, top, profiles })
    }

    /// The names of its profiles.
    pub fn profiles(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// The top level, overlaid by a profile.
    pub(super) fn section(&self, profile: Option<&str>) -> Result<Section, SettingsError> {
        let Some(name) = profile else { return Ok(self.top.clone()) };
        let profile = self.profiles.get(name).ok_or_else(|| SettingsError::NoSuchProfile {
            name: name.to_owned(),
            known: self.profiles().map(str::to_owned).collect(),
            path: Some(self.path.clone()),
        })?;
        Ok(profile.clone().over(&self.top))
    }
}

impl Section {
    fn over(self, below: &Self) -> Self {
        let below = below.clone();
        // A key in the profile replaces the key file of the top level and the other way round.
        let has_key = self.api_key.is_some() || self.api_key_file.is_some();
        Self {
            base_url: self.base_url.or(below.base_url),
            api_key: if has_key { self.api_key } else { below.api_key },
            api_key_file: if has_key { self.api_key_file } else { below.api_key_file },
            organization: self.organization.or(below.organization),
            project: self.project.or(below.project),
            api_version: self.api_version.or(below.api_version),
            proxy: self.proxy.or(below.proxy),
            no_proxy: self.no_proxy.or(below.no_proxy),
            ca_file: self.ca_file.or(below.ca_file),
            resolvers: self.resolvers.or(below.resolvers),
            comparison_resolvers: self.comparison_resolvers.or(below.comparison_resolvers),
            control_hosts: self.control_hosts.or(below.control_hosts),
            timeout: self.timeout.or(below.timeout),
            family: self.family.or(below.family),
            allow_plaintext_key: self.allow_plaintext_key.or(below.allow_plaintext_key),
        }
    }
}

fn read(path: &Path) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, "larger than 1 MiB"));
    }
    Ok(bytes)
}

/// The text of a file, which is UTF-8; what comes before the first byte that is not tells where that stands.
fn decode(path: &Path, bytes: Vec<u8>) -> Result<String, SettingsError> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let (line, column) = position(&String::from_utf8_lossy(&error.as_bytes()[..good]), good);
        let problem = text!(en: "this byte is no UTF-8 text", zh: "此处的字节不是 UTF-8 文本").sentence();
        SettingsError::BrokenFile { path: path.to_owned(), line, column, problem }
    })
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use proptest::prelude::*;

    use super::{ConfigFile, KEYS, decode};
    use crate::config::SettingsError;

    fn parse(text: &str) -> Result<ConfigFile, SettingsError> {
        ConfigFile::parse(PathBuf::from("/etc/doctor/config.toml"), text)
    }

    #[test]
    fn bytes_that_are_no_text_are_located() {
        let Err(SettingsError::BrokenFile { line, column, .. }) =
            decode(Path::new("c"), b"a = 1\n# \xe4\xb8\xad\xff".into())
        else {
            panic!("it was accepted")
        };
        assert_eq!((line, column), (2, 4));
    }

    #[test]
    fn a_broken_file_names_line_column_and_what_was_meant() {
        for (text, line, column, words) in [
            ("timeout = \n", 1, 11, "not valid TOML"),
            ("\nbaseurl = \"x\"", 2, 1, "did you mean `base_url`?"),
            ("base_url = 3", 1, 12, "expected a text in quotes, found integer"),
            ("timeout = \"soon\"", 1, 11, "a duration is"),
            ("timeout = true", 1, 11, "a duration is"),
            ("resolvers = [\"1.1.1.1\", \"dns\"]", 1, 25, "a resolver is"),
            ("proxy = \"ftp://x\"", 1, 9, "scheme is not http"),
            ("ip_version = 5", 1, 14, "it is 4 or 6"),
            ("\nsk-proj-4Jd8sKq0ZbTn7PmW2yHc = 1", 2, 1, "there is no setting `…`"),
            ("profiles = 3", 1, 12, "expected a table"),
            ("# 你好\n[profiles.\"工作\"]\nname = 1", 3, 1, "there is no setting `name`"),
            ("allow_plaintext_key = \"yes\"", 1, 23, "true or false"),
        ] {
            let Err(SettingsError::BrokenFile { line: l, column: c, problem, .. }) = parse(text) else {
                panic!("{text:?} was accepted")
            };
            assert_eq!((l, c), (line, column), "{text:?}");
            assert!(problem.en.contains(words), "{text:?}: {}", problem.en);
            assert!(!problem.zh.is_ascii());
        }
    }

    #[test]
    fn every_key_is_read() {
        let text = "base_url='u'\napi_key='k'\napi_key_file='f'\norganization='o'\nproject='p'\napi_version='v'\n\
            proxy='none'\nno_proxy=['a','b']\nca_file='c'\nresolvers=['1.1.1.1']\ncomparison_resolvers='::1'\ncontrol_hosts='::1'\n\
            timeout=2\nip_version=4\nallow_plaintext_key=true";
        let file = parse(text).expect("a right file");
        assert_eq!(text.lines().count(), KEYS.len());
        let section = file.section(None).expect("the top level");
        assert_eq!(section.no_proxy.map(|list| list.value).as_deref(), Some("a,b"));
        assert_eq!(section.ca_file.map(|file| file.value), Some(PathBuf::from("/etc/doctor/c")));
        assert!(section.resolvers.is_some() && section.comparison_resolvers.is_some() && section.family.is_some());
    }

    #[test]
    fn a_profile_overlays_the_top_level() {
        let file = parse("base_url='a'\nproject='p'\napi_key='k'\n[profiles.work]\nbase_url='b'\napi_key_file='f'")
            .expect("ok");
        let section = file.section(Some("work")).expect("the profile");
        let base_url = section.base_url.expect("a base URL");
        assert_eq!(base_url.value, "b");
        assert_eq!(base_url.origin.to_string(), "/etc/doctor/config.toml: profiles.work.base_url");
        assert_eq!(section.project.map(|project| project.value).as_deref(), Some("p"));
        assert!(section.api_key.is_none() && section.api_key_file.is_some());
        let error = file.section(Some("wrok")).expect_err("no such profile");
        assert!(error.to_string().contains("did you mean `work`?"), "{error}");
    }

    #[test]
    fn a_file_asked_for_must_exist() {
        let environment =
            crate::config::Environment::from_pairs([("OPENAI_DOCTOR_CONFIG", "/nonexistent/config.toml")]);
        assert!(matches!(ConfigFile::load(None, &environment), Err(SettingsError::UnreadableFile { .. })));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_near_toml_makes_it_panic(
            lines in prop::collection::vec("(base_url|timeout|resolvers|\\[profiles\\.|proxy|é) ?=? ?[\"'\\[\\]0-9a-z:./é]{0,12}", 0..6)
        ) {
            let _ = parse(&lines.join("\n"));
        }
    }
}
