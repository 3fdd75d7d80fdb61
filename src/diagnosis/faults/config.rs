//! Faults of the settings: a base URL that cannot be used, a port of the other scheme, a source that overrides another.

use crate::diagnosis::answered::{self, set_variable, unset_variable};
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Heard, Layer, Owner, Sign};
use crate::evidence::config::UrlDefect;
use crate::evidence::proxy::Spoken;
use crate::evidence::remedy::RemedyName;
use crate::evidence::{Evidence, Stage, text};
use crate::lang::Text;
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "base-url-malformed",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(en: "the base URL is not a URL", zh: "base URL 不是有效的 URL"),
        explanation: text!(
            en: "The base URL as configured cannot be read as an http or https address, so no request can be made. A variable that is set but empty counts as set in several SDKs.",
            zh: "配置的 base URL 不能解析为 http 或 https 地址，因此发不出任何请求。注意：有几个 SDK 会把“已设置但为空”的变量当作已设置。",
        ),
        fixes: &[
            Fix::run_per(
                text!(en: "Write the full URL, scheme included", zh: "写出完整的 URL，包括协议部分"),
                "export OPENAI_BASE_URL=https://api.openai.com/v1",
                "export OPENAI_BASE_URL=https://api.openai.com/v1",
                "$env:OPENAI_BASE_URL = \"https://api.openai.com/v1\"",
            ),
            Fix::run_per(
                text!(en: "Or unset the variable to get the default", zh: "或者取消该变量，使用默认值"),
                "unset OPENAI_BASE_URL",
                "unset OPENAI_BASE_URL",
                "Remove-Item Env:OPENAI_BASE_URL",
            ),
        ],
        told_apart: text!(
            en: "It shows in the text alone: scheme, host, stray quotes or blanks; no packet is needed.",
            zh: "只看文本就能判断：协议、主机名、多余的引号或空格；无需发包。",
        ),
        rivals: &["dns-no-answer"],
        detect: Some(malformed),
        heard: &[
            Heard::cause(&[
                "scheme is not supported",
                "url must start with `http:`",
                "must provide one of the `baseurl` or `endpoint`",
                "invalidurlclienterror",
                "curl: (1) protocol",
                "error: unsupported url",
                "unsupported url scheme",
                "url is not valid:",
                "curl failed with exit code 3.",
                "curl exited with code 3",
                "curl exit code 3",
                "curl returned 3",
                "nonhttpurlclienterror",
                "url constructor: ",
                "post \"\": ",
                "invalid url scheme: []",
                "source: badscheme",
                "source: relativeurlwithoutbase",
                "source: emptyhost",
                "invalid url, scheme is not http",
            ]),
            // Of the address that was configured, not of one within a request.
            Heard::cause(&["is not a valid url", "is not a valid uri", "is not a valid http url"])
                .and(&["base url", "baseurl", "base_url", "api base", "api_base", "api url", "api_url", "endpoint"])
                .but_not(&["image_url", "file_url"]),
            Heard::cause(&[
                "missing an 'http://' or 'https://'",
                "uri with undefined scheme",
                "code=-1000",
                "nsurlerrordomain error -1000",
                "nsurlerror -1000",
                "code=-1002",
                "nsurlerrordomain error -1002",
                "nsurlerror -1002",
                "host='https'",
                "host='http'",
                "lookup https on",
                "lookup https:",
                "getaddrinfo enotfound https ",
                "getaddrinfo enotfound http ",
                "could not resolve host: https",
                "could not resolve host: http ",
                "(https:443)",
                "host https:443 ssl",
                "no host specified in uri",
                "expected \"http:\"",
                "expected \"https:\"",
                "err_invalid_protocol",
                "protocol not supported or disabled",
                "not supported or disabled in libcurl",
                "unknown url type",
                "url must start with http",
                "url must begin with http",
                "url is missing a scheme",
                "request url is missing",
                "schema is missing",
                "invalid url '",
                "invalid endpoint url",
                "invalid api url",
                "invalid api base",
                "protocol is missing",
                "no protocol specified",
                "target must be absolute",
                "missing 'http://' or 'https://'",
                "no scheme supplied",
                "no host supplied",
                "missingschema",
                "no connection adapters were found",
                "unsupportedprotocol",
                "unsupported protocol scheme",
                "failed to parse url",
                "err_invalid_url",
                "typeerror: invalid url",
                "only absolute urls are supported",
                "relative url without a base",
                "invalid request uri was provided",
                "no protocol: ",
                "malformedurlexception",
                "expected url scheme 'http' or 'https'",
                "url using bad/illegal format or missing url",
                "url using bad",
                "curl: (3)",
                "curl error 3:",
                "builder error for url",
                "builder error",
                "url scheme is not allowed",
                "empty host",
                "invalidurl: ",
                "invalid base url",
                "invalid base_url",
                "invalid baseurl",
                "base url is invalid",
                "parse \"",
                "invalid uri: the format of the uri could not be determined",
                "invalid uri",
                "uri is not absolute",
                "no host in request url",
                "url 格式错误",
                "url格式错误",
            ])
            .but_not(&["proxy url", "invalid url (post", "invalid url (get", "parse \"error", "database"]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "base-url-scheme-mismatch",
        layer: Layer::Transport,
        owner: Owner::You,
        title: text!(
            en: "https is spoken to a plaintext port, or http to a TLS port",
            zh: "用 https 访问了明文端口，或用 http 访问了 TLS 端口",
        ),
        explanation: text!(
            en: "The port is open, but it speaks the other protocol than the base URL's scheme says.",
            zh: "端口是通的，但它使用的协议与 base URL 的 scheme 不一致。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Change the scheme of the base URL, or the port, so that both say the same",
                zh: "修改 base URL 的 scheme 或端口，使两者一致",
            )),
            Fix::run(
                text!(en: "See what the port speaks", zh: "查看该端口使用的协议"),
                "curl -i http://{host}:{port}/",
            ),
        ],
        confirmed_by: &[(RemedyName::BaseUrl, 0)],
        told_apart: text!(
            en: "A plain HTTP request to the same port is answered where TLS is not, or the other way round.",
            zh: "同一端口能应答明文 HTTP 而不能应答 TLS，或者相反。",
        ),
        rivals: &["proxy-scheme-wrong", "tls-handshake-reset"],
        explained_by: &["proxy-scheme-wrong", "captive-portal"],
        signs: &[
            Sign::page(&[
                "plain http request was sent to https port",
                "combination of host and port requires tls",
                "speaking plain http to an ssl-enabled server port",
            ]),
            Sign::says(&[
                "plain http request was sent to https port",
                "client sent an http request to an https server",
                "combination of host and port requires tls",
                "speaking plain http to an ssl-enabled server port",
                "can only be accessed over https",
                "ssl is required to perform this operation",
            ]),
        ],
        detect: Some(scheme_mismatch),
        heard: &[
            Heard::cause(&["mixed content: the page at", "received http/0.9 when not allowed"]),
            Heard::cause(&[
                "wrong_version_number",
                "wrong version number",
                "ssl_error_rx_record_too_long",
                "packet length too long",
                "record layer failure",
                "record_layer_failure",
                "unknown_protocol",
                "ssl routines::unknown protocol",
                "[ssl: http_request]",
                "http request (_ssl",
                "server gave http response to https client",
                "first record does not look like a tls handshake",
                "malformed http response \"\\x15",
                "malformed http response",
                "received corrupt message of type invalidcontenttype",
                "invalidcontenttype",
                "unsupported or unrecognized ssl message",
                "unrecognized ssl message, plaintext connection",
                "plaintext connection?",
                "sec_e_invalid_token",
                "cannot determine the frame size or a corrupted frame was received",
            ])
            .but_not(&[
                "proxyerror",
                "cannot connect to proxy",
                "unable to connect to proxy",
                "proxyconnect",
            ]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "env-shadows-config",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(
            en: "an environment variable overrides the configured value",
            zh: "环境变量覆盖了配置的值",
        ),
        explanation: text!(
            en: "More than one source names a base URL or a key, and the one in use may not be the one you meant. The request was refused, so look at which one won.",
            zh: "base URL 或密钥有不止一个来源，实际生效的可能不是你想用的那个。既然请求被拒绝，请先确认生效的是哪一个。",
        ),
        fixes: &[
            Fix::run(
                text!(en: "See every setting with its origin", zh: "查看每项设置及其来源"),
                "openai-doctor config",
            ),
            Fix::advice(text!(
                en: "Remove the stale one where it is set: ~/.bashrc or ~/.zshrc, .env files; on Windows System Properties > Environment Variables (setx persists). Then open a new terminal",
                zh: "在设置它的地方删除旧值：~/.bashrc、~/.zshrc、.env 文件；Windows 上是“系统属性 > 环境变量”（setx 会持久保存）。然后打开新终端",
            )),
        ],
        told_apart: text!(
            en: "Compare the last four characters of the key in use with those of the key you meant, and the host with the one you meant.",
            zh: "对比生效密钥与预期密钥的末四位，以及实际主机与预期主机。",
        ),
        rivals: &["key-invalid", "key-wrong-provider"],
        detect: Some(shadowed),
        ..Fault::BASE
    },
];

fn malformed(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let what: Text = match url.defect? {
        UrlDefect::Empty => text!(en: "it is set but empty", zh: "它已设置，但内容为空"),
        UrlDefect::NoScheme => text!(
            en: "it does not start with https:// or http://",
            zh: "它没有以 https:// 或 http:// 开头",
        ),
        UrlDefect::WrongScheme => text!(
            en: "its scheme is neither http nor https",
            zh: "它的协议既不是 http 也不是 https",
        ),
        UrlDefect::NoHost => text!(en: "it names no host", zh: "它没有写主机名"),
        UrlDefect::StrayCharacters => text!(
            en: "it holds quotes, angle brackets or white space",
            zh: "它含有引号、尖括号或空白字符",
        ),
        UrlDefect::BadPort => text!(
            en: "its port is not a number from 1 to 65535",
            zh: "它的端口不是 1 到 65535 之间的数字",
        ),
        UrlDefect::Unparsable => text!(en: "the URL standard rejects it", zh: "它不符合 URL 标准"),
    };
    let raw = text::line(&url.raw, 120);
    let origin = &url.origin;
    let found = Finding::faulty(Stage::Config, Confidence::Confirmed)
        .because(say!(en: "the base URL from {origin} is “{raw}”", zh: "来自 {origin} 的 base URL 是“{raw}”"))
        .because(what);
    let correction = match url.defect? {
        UrlDefect::StrayCharacters => {
            raw.trim_matches(|c: char| c.is_whitespace() || "\"'`“”‘’<>".contains(c)).to_owned()
        }
        UrlDefect::NoScheme => format!("https://{raw}"),
        _ => return Some(found),
    };
    let usable = url::Url::parse(&correction).is_ok_and(|url| url.has_host() && url.scheme().starts_with("http"));
    Some(if usable && !correction.contains(char::is_whitespace) {
        found.fix(
            text!(en: "You probably meant this", zh: "你想写的可能是"),
            Some(set_variable(evidence, "OPENAI_BASE_URL", &correction)),
        )
    } else {
        found
    })
}

fn scheme_mismatch(evidence: &Evidence) -> Option<Finding> {
    let url = &evidence.config.facts.base_url;
    let port = evidence.target.port.unwrap_or_default();
    if let Some(found) = super::trial::request::scheme_mismatch(evidence) {
        let (from, to) = if url.scheme == "http" { ("http://", "https://") } else { ("https://", "http://") };
        return Some(with_scheme(found, evidence, from, to));
    }
    if evidence.tls.facts.speaks == Some(Spoken::Http) && !evidence.tls.facts.completed {
        let found = Finding::faulty(Stage::Tls, Confidence::Confirmed).because(say!(
            en: "port {port} answered our TLS greeting in plain HTTP",
            zh: "端口 {port} 用明文 HTTP 回应了我们的 TLS 握手",
        ));
        return Some(with_scheme(found, evidence, "https://", "http://"));
    }
    let speaks_tls = url.scheme == "http" && evidence.http.facts.speaks == Some(Spoken::Tls);
    speaks_tls.then(|| {
        let found = Finding::faulty(Stage::Http, Confidence::Confirmed).because(say!(
            en: "port {port} answered our plain HTTP request with a TLS record",
            zh: "端口 {port} 用 TLS 记录回应了我们的明文 HTTP 请求",
        ));
        with_scheme(found, evidence, "http://", "https://")
    })
}

fn with_scheme(found: Finding, evidence: &Evidence, from: &str, to: &str) -> Finding {
    let Some(rest) = evidence.target.base_url.strip_prefix(from) else { return found };
    // Without a port the other scheme would mean another port, which nobody has tried.
    let rest = match evidence.target.port {
        Some(port) if !rest.split('/').next().unwrap_or_default().contains(':') => match rest.split_once('/') {
            Some((host, path)) => format!("{host}:{port}/{path}"),
            None => format!("{rest}:{port}"),
        },
        _ => rest.to_owned(),
    };
    found.fix(
        text!(en: "Use the scheme that this port speaks", zh: "使用该端口实际的协议"),
        Some(set_variable(evidence, "OPENAI_BASE_URL", &format!("{to}{rest}"))),
    )
}

fn shadowed(evidence: &Evidence) -> Option<Finding> {
    if let Some(found) = super::trial::settings::shadows(evidence) {
        return Some(found);
    }
    let config = &evidence.config.facts;
    if !answered::has_status(evidence, &[401, 403, 404]) {
        return None;
    }
    let mut found = Finding::degraded(Stage::Config, Confidence::Possible);
    let used = &config.base_url.origin;
    for other in config.base_url.shadowed.iter().take(3) {
        let (value, origin) = (text::line(&other.value, 120), &other.origin);
        found = found.because(say!(
            en: "{used} decides the base URL; {origin} names {value} and was not used",
            zh: "生效的 base URL 来自 {used}；{origin} 给出的 {value} 没有使用",
        ));
    }
    if let Some(key) = &evidence.target.key {
        let (used, tail) = (&key.origin, &key.tail);
        for other in config.other_keys.iter().filter(|other| other.tail != key.tail).take(3) {
            let (origin, other_tail) = (&other.origin, &other.tail);
            found = found.because(say!(
                en: "the key …{tail} from {used} was sent; {origin} holds another one, …{other_tail}",
                zh: "发送的是来自 {used} 的密钥 …{tail}；{origin} 中还有另一个密钥 …{other_tail}",
            ));
        }
    }
    if found.evidence.is_empty() {
        return None;
    }
    Some(if used.starts_with("OPENAI_") {
        found.fix(
            text!(en: "If the variable is the stale one, remove it", zh: "如果变量里的是旧值，请取消它"),
            Some(unset_variable(evidence, used)),
        )
    } else {
        found
    })
}
