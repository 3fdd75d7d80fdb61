//! The environment variables that settings are made from, read once; nothing else of the environment is looked at.
//!
//! [`VARIABLES`] is the whole list: the help topic and the snapshot are made from it. This module does not say what a
//! value means.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fmt;

use crate::lang::Text;
use crate::text;

/// A variable that is read.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is read for.
    pub meaning: Text,
}

const fn variable(name: &'static str, meaning: Text) -> Variable {
    Variable { name, meaning }
}

/// Every variable that is read, in the order of the help topic.
pub const VARIABLES: &[Variable] = &[
    variable("OPENAI_BASE_URL", text!(en: "base URL", zh: "基础地址（base URL）")),
    variable(
        "OPENAI_API_BASE",
        text!(en: "base URL, as old clients call it; used with a warning", zh: "基础地址的旧变量名；会使用，但给出提醒"),
    ),
    variable("OPENAI_API_KEY", text!(en: "API key", zh: "API 密钥")),
    variable("OPENAI_ORG_ID", text!(en: "OpenAI-Organization header", zh: "OpenAI-Organization 请求头")),
    variable("OPENAI_ORGANIZATION", text!(en: "the same, as old clients call it", zh: "同上，旧变量名")),
    variable("OPENAI_PROJECT_ID", text!(en: "OpenAI-Project header", zh: "OpenAI-Project 请求头")),
    variable("OPENAI_PROJECT", text!(en: "the same, under another name", zh: "同上，另一种写法")),
    variable(
        "AZURE_OPENAI_ENDPOINT",
        text!(en: "Azure resource; makes the base URL ENDPOINT/openai", zh: "Azure 资源地址；基础地址为 ENDPOINT/openai"),
    ),
    variable("AZURE_OPENAI_API_KEY", text!(en: "key of the Azure resource", zh: "Azure 资源的密钥")),
    variable("AZURE_OPENAI_AD_TOKEN", text!(en: "Entra ID token for Azure", zh: "Azure 的 Entra ID 令牌")),
    variable("OPENAI_API_VERSION", text!(en: "api-version for Azure", zh: "Azure 的 api-version")),
    variable("http_proxy", text!(en: "proxy for http:// URLs", zh: "http:// 地址使用的代理")),
    variable(
        "HTTP_PROXY",
        text!(en: "the same; ignored when REQUEST_METHOD is set (CGI)", zh: "同上；设置了 REQUEST_METHOD（CGI）时忽略"),
    ),
    variable("https_proxy", text!(en: "proxy for https:// URLs", zh: "https:// 地址使用的代理")),
    variable("HTTPS_PROXY", text!(en: "the same; the lower case wins", zh: "同上；小写优先")),
    variable("all_proxy", text!(en: "proxy where neither of the above is set", zh: "以上都未设置时使用的代理")),
    variable("ALL_PROXY", text!(en: "the same; the lower case wins", zh: "同上；小写优先")),
    variable("no_proxy", text!(en: "hosts that are reached without a proxy", zh: "不走代理的主机")),
    variable("NO_PROXY", text!(en: "the same; the lower case wins", zh: "同上；小写优先")),
    variable(
        "NODE_USE_ENV_PROXY",
        text!(en: "whether Node.js reads the proxy variables; checked only", zh: "Node.js 是否读取代理变量；只检查"),
    ),
    variable("REQUEST_METHOD", text!(en: "set by CGI: see HTTP_PROXY", zh: "由 CGI 设置，见 HTTP_PROXY")),
    variable("SSL_CERT_FILE", text!(en: "CA file in place of the system's", zh: "替代系统证书库的 CA 文件")),
    variable("SSL_CERT_DIR", text!(en: "CA directories in place of the system's", zh: "替代系统证书库的 CA 目录")),
    variable(
        "REQUESTS_CA_BUNDLE",
        text!(en: "CA file of Python requests; checked only", zh: "Python requests 的 CA 文件；只检查"),
    ),
    variable("CURL_CA_BUNDLE", text!(en: "CA file of curl; checked only", zh: "curl 的 CA 文件；只检查")),
    variable(
        "NODE_EXTRA_CA_CERTS",
        text!(en: "further CA file of Node.js; checked only", zh: "Node.js 追加的 CA 文件；只检查"),
    ),
    variable("AWS_CA_BUNDLE", text!(en: "CA file of AWS tools; checked only", zh: "AWS 工具的 CA 文件；只检查")),
    variable("PIP_CERT", text!(en: "CA file of pip; checked only", zh: "pip 的 CA 文件；只检查")),
    variable("OPENAI_DOCTOR_CONFIG", text!(en: "configuration file", zh: "配置文件路径")),
    variable("LC_ALL", text!(en: "language of the output", zh: "输出语言")),
    variable("LC_MESSAGES", text!(en: "language of the output", zh: "输出语言")),
    variable("LANG", text!(en: "language of the output", zh: "输出语言")),
    variable("NO_COLOR", text!(en: "no colour, when not empty", zh: "非空则不使用颜色")),
    variable("CLICOLOR_FORCE", text!(en: "colour even without a terminal", zh: "不是终端也使用颜色")),
    variable("TERM", text!(en: "no colour and no spinner when `dumb`", zh: "为 `dumb` 时不使用颜色和动画")),
    variable("CODEX_SANDBOX_NETWORK_DISABLED", text!(en: "tells a sandbox without network", zh: "表明沙箱禁用了网络")),
    variable("CODEX_SANDBOX", text!(en: "names the sandbox", zh: "沙箱的名称")),
    variable("KUBERNETES_SERVICE_HOST", text!(en: "tells a Kubernetes pod", zh: "表明处于 Kubernetes Pod 中")),
    variable("WSL_DISTRO_NAME", text!(en: "tells the Windows Subsystem for Linux", zh: "表明处于 WSL 中")),
];

/// Variables that are so often mistyped that a near miss is worth a word.
const MISTYPED: [&str; 8] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "AZURE_OPENAI_ENDPOINT",
    "AZURE_OPENAI_API_KEY",
];

/// A snapshot of the variables in [`VARIABLES`]. `Debug` names them and shows no value, for values may be secret.
#[derive(Clone, Default)]
pub struct Environment {
    values: BTreeMap<String, String>,
    mistyped: Vec<(String, &'static str)>,
    /// What stands in those of them that were to name a proxy.
    misplaced: BTreeMap<String, String>,
}

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self::from_pairs(std::env::vars_os())
    }

    /// The variables among these pairs. A value that is not Unicode is kept with U+FFFD in the place of what is not.
    #[must_use]
    pub fn from_pairs<N: AsRef<OsStr>, V: AsRef<OsStr>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let mut found = Self::default();
        for (name, value) in pairs {
            let Some(name) = name.as_ref().to_str() else { continue };
            // Windows does not tell the cases of a name apart.
            let known = VARIABLES
                .iter()
                .find(|known| known.name == name || (cfg!(windows) && known.name == name.to_ascii_uppercase()));
            if let Some(known) = known {
                found.values.insert(known.name.to_owned(), value.as_ref().to_string_lossy().into_owned());
            } else if let Some(meant) = meant(&name.to_ascii_uppercase()) {
                found.mistyped.push((name.to_owned(), meant));
                if meant.ends_with("_PROXY") && meant != "NO_PROXY" {
                    found.misplaced.insert(name.to_owned(), value.as_ref().to_string_lossy().into_owned());
                }
            }
        }
        found.mistyped.sort();
        found
    }

    /// A variable, even when it is empty.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A variable that is set and not empty.
    #[must_use]
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !value.trim().is_empty())
    }

    /// Variables whose name is one slip away from one that is read and is not set: the name found, the name meant.
    pub fn mistyped(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let meant_is_unset =
            |meant: &str| self.value(meant).is_none() && self.value(&meant.to_ascii_lowercase()).is_none();
        self.mistyped
            .iter()
            .filter(move |(_, meant)| meant_is_unset(meant))
            .map(|(found, meant)| (found.as_str(), *meant))
    }

    /// Those of them that were to name a proxy: the name found, the name meant, the value.
    pub fn misplaced_proxies(&self) -> impl Iterator<Item = (&str, &'static str, &str)> {
        self.mistyped()
            .filter_map(|(found, meant)| self.misplaced.get(found).map(|value| (found, meant, value.as_str())))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

/// The name that was meant by one in upper case that is not read: the same, in a mix of cases that nobody reads, or one
/// that is near.
fn meant(found: &str) -> Option<&'static str> {
    let same = MISTYPED.iter().find(|meant| **meant == found);
    same.or_else(|| MISTYPED.iter().find(|meant| is_near(found, meant))).copied()
}

/// Whether one name becomes the other by one letter changed, added, dropped or swapped with its neighbour. A number at
/// the end (`OPENAI_API_KEY2`) is no slip.
fn is_near(found: &str, meant: &str) -> bool {
    if found.ends_with(|last: char| last.is_ascii_digit()) {
        return false;
    }
    let (found, meant) = (found.as_bytes(), meant.as_bytes());
    if found.len().abs_diff(meant.len()) > 1 {
        return false;
    }
    let Some(at) = (0..found.len().max(meant.len())).find(|&at| found.get(at) != meant.get(at)) else { return false };
    let rest = |name: &[u8], skip: usize| name.get(at + skip..).unwrap_or_default().to_vec();
    let swapped = found.get(at) == meant.get(at + 1) && found.get(at + 1) == meant.get(at);
    rest(found, 1) == rest(meant, 1)
        || rest(found, 1) == rest(meant, 0)
        || rest(found, 0) == rest(meant, 1)
        || (swapped && rest(found, 2) == rest(meant, 2))
}

#[cfg(test)]
mod tests {
    use super::{Environment, is_near};

    #[test]
    fn one_slip_is_near() {
        for (found, meant, near) in [
            ("HTTP_PORXY", "HTTP_PROXY", true),
            ("HTTPS_PROX", "HTTPS_PROXY", true),
            ("OPENAI_API_KEYS", "OPENAI_API_KEY", true),
            ("OPENAI_APY_KEY", "OPENAI_API_KEY", true),
            ("OPENAI_API_KEY2", "OPENAI_API_KEY", false),
            ("FTP_PROXY", "HTTP_PROXY", false),
            ("HTTP_PROXY", "HTTP_PROXY", false),
            ("", "NO_PROXY", false),
        ] {
            assert_eq!(is_near(found, meant), near, "{found}");
        }
    }

    #[test]
    fn a_slip_counts_only_while_the_right_name_is_unset() {
        let slip = Environment::from_pairs([("HTTP_PORXY", "x")]);
        assert_eq!(slip.mistyped().collect::<Vec<_>>(), [("HTTP_PORXY", "HTTP_PROXY")]);
        let both = Environment::from_pairs([("HTTP_PORXY", "x"), ("http_proxy", "y")]);
        assert_eq!(both.mistyped().count(), 0);
    }

    #[test]
    fn debug_shows_no_value() {
        let shown = format!("{:?}", Environment::from_pairs([("OPENAI_API_KEY", "sk-secret-value")]));
        assert!(shown.contains("OPENAI_API_KEY") && !shown.contains("secret"), "{shown}");
    }
}
