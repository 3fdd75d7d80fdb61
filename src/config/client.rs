//! Which proxy other programs take from the same variables, and why it may differ from ours.
//!
//! Sources: curl `lib/url.c`, Python `urllib.request.getproxies_environment` (requests and httpx build on it), httpx
//! `_utils.get_environment_proxies`, axios `lib/adapters/http.js` with proxy-from-env, Node.js `NODE_USE_ENV_PROXY` with undici's `EnvHttpProxyAgent`, Go
//! `x/net/http/httpproxy`, hyper-util `Matcher` (reqwest). None of them reads the settings of a Linux desktop.

use super::no_proxy::{self, Client, Destination};
use super::{Environment, endpoint};
use crate::lang::Text;
use crate::text;

/// A program or library that calls APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// curl.
    Curl,
    /// Python requests.
    Requests,
    /// Python httpx, which OpenAI's SDK uses.
    Httpx,
    /// Node.js `fetch`, which OpenAI's SDK uses.
    Node,
    /// axios in Node.js.
    Axios,
    /// Go's `net/http`.
    Go,
    /// Rust's reqwest, which Codex uses.
    Reqwest,
}

/// What a program makes of the variables for one URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// The proxy as written, when one is used.
    pub proxy: Option<String>,
    /// The variable that names it, used or gone around.
    pub variable: Option<&'static str>,
    /// Whether `NO_PROXY` has it go around the proxy.
    pub bypassed: bool,
    /// The rule of `NO_PROXY` that matched.
    pub rule: Option<String>,
    /// Whether the program cannot use that proxy as it is written.
    pub unsupported: bool,
    /// What else is to be known.
    pub remarks: Vec<Text>,
}

impl Program {
    /// Every program.
    pub const ALL: [Self; 7] =
        [Self::Curl, Self::Requests, Self::Httpx, Self::Node, Self::Axios, Self::Go, Self::Reqwest];

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Requests => "requests",
            Self::Httpx => "httpx",
            Self::Node => "node",
            Self::Axios => "axios",
            Self::Go => "go",
            Self::Reqwest => "reqwest",
        }
    }

    /// Its name for a reader, with who uses it.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Curl => "curl",
            Self::Requests => "Python requests",
            Self::Httpx => "httpx, OpenAI Python",
            Self::Node => "Node.js fetch",
            Self::Axios => "axios",
            Self::Go => "Go",
            Self::Reqwest => "reqwest, Codex",
        }
    }

    /// What it makes of the variables for a URL.
    #[must_use]
    pub fn choose(self, environment: &Environment, to: &Destination, tls: bool) -> Choice {
        let mut choice = Choice::default();
        if self == Self::Node && !node_reads_variables(environment) {
            let ignored = text!(
                en: "ignores the variables; since Node 24 and 22.21 it reads them with NODE_USE_ENV_PROXY=1",
                zh: "不读这些变量；Node 24 和 22.21 起设置 NODE_USE_ENV_PROXY=1 后才会读取"
            );
            choice.remarks.push(ignored);
            return choice;
        }
        if self == Self::Httpx {
            // It makes a transport for every variable, whether or not this URL needs it.
            for own in [("http_proxy", "HTTP_PROXY"), ("https_proxy", "HTTPS_PROXY"), ("all_proxy", "ALL_PROXY")] {
                let cgi = own.0 == "http_proxy" && environment.filled("REQUEST_METHOD").is_some();
                if let Some((_, written)) = python(environment, own, cgi) {
                    self.judge_scheme(written, &mut choice);
                }
            }
        }
        let Some((variable, written)) = self.variable(environment, tls) else { return choice };
        choice.variable = Some(variable);
        if self == Self::Go && !tls && environment.filled("REQUEST_METHOD").is_some() {
            choice.unsupported = true;
            let refused = text!(
                en: "REQUEST_METHOD is set, so it takes itself for a CGI program and refuses the request",
                zh: "设置了 REQUEST_METHOD，它认为自己是 CGI 程序，拒绝发送请求"
            );
            choice.remarks.push(refused);
            return choice;
        }
        let list = self.no_proxy(environment);
        let bypass = match self {
            Self::Node | Self::Axios => no_proxy::node(list, to).map(|rule| Some(rule.to_owned())),
            _ => self.rules().and_then(|client| client.bypass(list, to)).map(|bypass| bypass.rule),
        };
        if let Some(rule) = bypass {
            (choice.bypassed, choice.rule) = (true, rule);
        } else {
            choice.proxy = Some(endpoint::without_credentials(written.trim()));
        }
        if choice.proxy.is_some() && self != Self::Httpx {
            self.judge_scheme(written, &mut choice);
        }
        choice
    }

    const fn rules(self) -> Option<Client> {
        Some(match self {
            Self::Curl => Client::Curl,
            Self::Requests => Client::Requests,
            Self::Httpx => Client::Httpx,
            Self::Go => Client::Go,
            Self::Reqwest => Client::Reqwest,
            Self::Node | Self::Axios => return None,
        })
    }

    /// The variable that it goes by, and its value.
    fn variable(self, environment: &Environment, tls: bool) -> Option<(&'static str, &str)> {
        let own = if tls { ("https_proxy", "HTTPS_PROXY") } else { ("http_proxy", "HTTP_PROXY") };
        let all = ("all_proxy", "ALL_PROXY");
        let cgi = !tls && environment.filled("REQUEST_METHOD").is_some();
        let filled = |name: &'static str| environment.filled(name).map(|value| (name, value));
        match self {
            // HTTP_PROXY in upper case is never read.
            Self::Curl => filled(own.0)
                .or_else(|| if tls { filled(own.1) } else { None })
                .or_else(|| filled(all.0))
                .or_else(|| filled(all.1)),
            Self::Requests | Self::Httpx => python(environment, own, cgi).or_else(|| python(environment, all, false)),
            Self::Node => {
                let https = node_variable(environment, own);
                // Without a proxy of its own https takes that of http.
                if tls { https.or_else(|| node_variable(environment, ("http_proxy", "HTTP_PROXY"))) } else { https }
            }
            Self::Axios => [own.0, own.1, all.0, all.1].into_iter().find_map(filled),
            Self::Go => filled(own.1).or_else(|| filled(own.0)),
            Self::Reqwest if cgi => filled(all.1).or_else(|| filled(all.0)),
            Self::Reqwest => {
                filled(own.1).or_else(|| filled(own.0)).or_else(|| filled(all.1)).or_else(|| filled(all.0))
            }
        }
    }

    /// The list that it goes by.
    fn no_proxy(self, environment: &Environment) -> &str {
        let (lower, upper) = ("no_proxy", "NO_PROXY");
        let list = match self {
            Self::Go | Self::Reqwest => environment.filled(upper).or_else(|| environment.filled(lower)),
            Self::Curl | Self::Requests | Self::Axios => {
                environment.filled(lower).or_else(|| environment.filled(upper))
            }
            Self::Httpx => python(environment, (lower, upper), false).map(|(_, list)| list),
            Self::Node => environment.value(lower).or_else(|| environment.value(upper)),
        };
        list.unwrap_or_default()
    }

    /// Whether it can use a proxy of that scheme, and what it does with names.
    fn judge_scheme(self, written: &str, choice: &mut Choice) {
        let written = written.trim();
        let scheme = written.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        let socks5 = matches!(scheme.as_deref(), Some("socks5" | "socks5h"));
        let socks4 = matches!(scheme.as_deref(), Some("socks4" | "socks4a"));
        let http = matches!(scheme.as_deref(), Some("http" | "https"));
        let (supported, remark) = match self {
            _ if http => (true, None),
            Self::Axios if scheme.is_none() => (
                false,
                Some(text!(
                    en: "without a scheme it takes the URL's own for the proxy",
                    zh: "没有写协议时，把目标 URL 的协议当作代理的协议",
                )),
            ),
            Self::Node | Self::Axios => (
                false,
                Some(text!(en: "only http:// and https:// proxies work", zh: "只支持 http:// 和 https:// 代理")),
            ),
            _ if scheme.is_none() => (true, None),
            Self::Requests if socks5 || socks4 => (
                true,
                Some(text!(en: "needs pip install \"requests[socks]\"", zh: "需要 pip install \"requests[socks]\"")),
            ),
            Self::Httpx if socks5 => (
                true,
                Some(text!(
                    en: "needs pip install \"httpx[socks]\", or no client can be made",
                    zh: "需要 pip install \"httpx[socks]\"，否则无法创建客户端"
                )),
            ),
            Self::Curl | Self::Go | Self::Reqwest if socks5 => (true, None),
            Self::Curl | Self::Reqwest if socks4 => (true, None),
            Self::Curl if scheme.as_deref() == Some("socks") => {
                (true, Some(text!(en: "takes socks:// for SOCKS4", zh: "把 socks:// 当作 SOCKS4")))
            }
            Self::Httpx => (
                false,
                Some(text!(
                    en: "a proxy variable has an unknown scheme: no client can be made while it is set",
                    zh: "有代理变量使用了不认识的协议：只要设置着它，就无法创建客户端"
                )),
            ),
            Self::Go => (
                false,
                Some(text!(en: "unknown scheme: it speaks HTTP to it", zh: "不认识这个协议：会当作 HTTP 代理使用")),
            ),
            Self::Curl | Self::Requests | Self::Reqwest => {
                (false, Some(text!(en: "unknown scheme", zh: "不认识这个协议")))
            }
        };
        if self == Self::Axios && http {
            choice.remarks.push(text!(
                en: "older versions ask the proxy for https:// without a tunnel, which most refuse",
                zh: "旧版本访问 https:// 时不建立隧道，多数代理会拒绝",
            ));
        }
        choice.remarks.extend(remark.filter(|remark| !choice.remarks.contains(remark)));
        let resolves_here = matches!(self, Self::Curl | Self::Requests | Self::Reqwest);
        if scheme.as_deref() == Some("socks5") && resolves_here {
            choice.remarks.push(text!(en: "resolves the name here", zh: "在本机解析域名"));
        }
        choice.unsupported |= !supported;
    }
}

fn node_reads_variables(environment: &Environment) -> bool {
    environment.value("NODE_USE_ENV_PROXY") == Some("1")
}

/// A lower-case variable wins even when it is empty.
fn node_variable<'e>(
    environment: &'e Environment,
    (lower, upper): (&'static str, &'static str),
) -> Option<(&'static str, &'e str)> {
    let set = |name: &'static str| environment.value(name).map(|value| (name, value));
    set(lower).or_else(|| set(upper)).filter(|(_, value)| !value.is_empty())
}

/// A lower-case variable wins, and when it is empty takes the other one with it; under CGI the upper case of
/// `HTTP_PROXY` does not count.
fn python<'e>(
    environment: &'e Environment,
    (lower, upper): (&'static str, &'static str),
    cgi: bool,
) -> Option<(&'static str, &'e str)> {
    match environment.value(lower) {
        Some("") => None,
        Some(value) => Some((lower, value)),
        None if cgi => None,
        None => environment.filled(upper).map(|value| (upper, value)),
    }
}

#[cfg(test)]
mod tests {
    use super::Program;
    use crate::config::Environment;
    use crate::config::no_proxy::Destination;

    /// What curl, requests, httpx, node, axios, go and reqwest use for a URL of that scheme; `-` is direct, `!` in front of a
    /// proxy that the program cannot use.
    fn chosen(tls: bool, variables: &[(&str, &str)]) -> [String; 7] {
        let environment = Environment::from_pairs(variables.iter().copied());
        let to = Destination::new("api.corp.example", if tls { 443 } else { 80 }, tls);
        Program::ALL.map(|program| {
            let choice = program.choose(&environment, &to, tls);
            let proxy = choice.proxy.unwrap_or_else(|| "-".to_owned());
            let proxy = proxy.rsplit('/').next().unwrap_or_default().to_owned();
            if choice.unsupported { format!("!{proxy}") } else { proxy }
        })
    }

    #[test]
    fn each_program_reads_the_variables_its_own_way() {
        let node = ("NODE_USE_ENV_PROXY", "1");
        for (tls, variables, expected) in [
            (true, vec![], ["-", "-", "-", "-", "-", "-", "-"]),
            (true, vec![("HTTPS_PROXY", "http://u")], ["u", "u", "u", "-", "u", "u", "u"]),
            (true, vec![("HTTPS_PROXY", "http://u"), node], ["u", "u", "u", "u", "u", "u", "u"]),
            (true, vec![("https_proxy", "http://l"), ("HTTPS_PROXY", "http://u")], ["l", "l", "l", "-", "l", "u", "u"]),
            (true, vec![("https_proxy", ""), ("HTTPS_PROXY", "http://u"), node], ["u", "-", "-", "-", "u", "u", "u"]),
            (false, vec![("HTTP_PROXY", "http://u")], ["-", "u", "u", "-", "u", "u", "u"]),
            (false, vec![("HTTP_PROXY", "http://u"), ("REQUEST_METHOD", "GET")], ["-", "-", "-", "-", "u", "!-", "-"]),
            (true, vec![("ALL_PROXY", "http://a"), node], ["a", "a", "a", "-", "a", "-", "a"]),
            (true, vec![("http_proxy", "http://h"), node], ["-", "-", "-", "h", "-", "-", "-"]),
            (true, vec![("HTTPS_PROXY", "socks5h://s"), node], ["s", "s", "s", "!s", "!s", "s", "s"]),
            (true, vec![("HTTPS_PROXY", "socks://s"), node], ["s", "!s", "!s", "!s", "!s", "!s", "!s"]),
            (true, vec![("HTTPS_PROXY", "h:1"), node], ["h:1", "h:1", "h:1", "!h:1", "!h:1", "h:1", "h:1"]),
            (
                true,
                vec![("HTTPS_PROXY", "http://u"), ("NO_PROXY", "*.corp.example"), node],
                ["u", "u", "u", "-", "-", "-", "u"],
            ),
        ] {
            assert_eq!(chosen(tls, &variables), expected.map(str::to_owned), "{variables:?}");
        }
    }

    #[test]
    fn a_socks_variable_that_is_gone_around_still_stops_httpx() {
        let environment = Environment::from_pairs([("HTTPS_PROXY", "socks://s"), ("NO_PROXY", "corp.example")]);
        let to = Destination::new("api.corp.example", 443, true);
        let choice = Program::Httpx.choose(&environment, &to, true);
        assert!(choice.bypassed && choice.unsupported && choice.proxy.is_none());
        assert_eq!(choice.rule.as_deref(), Some("corp.example"));
        assert!(!Program::Curl.choose(&environment, &to, true).unsupported);
        let other = Environment::from_pairs([
            ("https_proxy", "http://p"),
            ("all_proxy", "socks://s"),
            ("http_proxy", "socks://s"),
        ]);
        let choice = Program::Httpx.choose(&other, &to, true);
        assert_eq!((choice.proxy.as_deref(), choice.unsupported, choice.remarks.len()), (Some("http://p"), true, 1));
        assert!(!Program::Requests.choose(&other, &to, true).unsupported);
    }

    #[test]
    fn a_password_is_not_shown() {
        let environment = Environment::from_pairs([("HTTPS_PROXY", "http://u:hunter2@p:1")]);
        let choice = Program::Curl.choose(&environment, &Destination::new("h", 443, true), true);
        assert_eq!(choice.proxy.as_deref(), Some("http://p:1"));
    }
}
