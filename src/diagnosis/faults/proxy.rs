//! Faults of proxies: what they are. The rules that find them are in [`rule`].

mod heard;
mod rule;
mod setting;
mod ways;

pub(super) use ways::{blackholed_behind, is_exit_alive, other_ways, refused_behind};

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::text;

use setting::{
    LOOPBACK_THROUGH_PROXY, PROXY_BYPASS_IGNORED, PROXY_DNS_LOCAL, PROXY_ENV_CONFLICT, PROXY_SOCKS_UNSUPPORTED,
};

pub(super) const FAULTS: &[Fault] = &[
    PROXY_ENV_CONFLICT,
    PROXY_BYPASS_IGNORED,
    LOOPBACK_THROUGH_PROXY,
    PROXY_DNS_LOCAL,
    PROXY_SCHEME_WRONG,
    PROXY_AUTH_REQUIRED,
    PROXY_CONNECT_DENIED,
    PROXY_RULE_DIRECT,
    PROXY_EXIT_DEAD,
    PROXY_UNREACHABLE,
    PROXY_NOT_APPLIED,
    PROXY_SOCKS_UNSUPPORTED,
];

/// Shows every variable that names a proxy.
const SHOW_VARIABLES: Command = Command::Per {
    linux: "env | grep -i _proxy",
    macos: "env | grep -i _proxy; scutil --proxy",
    windows: "Get-ChildItem Env:*_proxy; netsh winhttp show proxy",
};

/// Goes without a proxy in this shell.
const UNSET: Command = Command::Per {
    linux: "unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY",
    macos: "unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY",
    windows: "Remove-Item Env:HTTP_PROXY, Env:HTTPS_PROXY, Env:ALL_PROXY -ErrorAction Ignore",
};

const PROXY_SCHEME_WRONG: Fault = Fault {
    code: "proxy-scheme-wrong",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the proxy's URL has the wrong scheme", zh: "代理地址的协议写错了"),
    explanation: text!(
        en: "The port answers, in another protocol than the scheme of the proxy's URL says. The scheme is that of the proxy itself, not of the sites behind it: most proxies are http://, for https sites too.",
        zh: "端口有应答，但说的协议与代理 URL 里写的不同。这里的协议指代理本身，不是目标网站：多数代理都应写 http://，访问 https 网站也一样。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[Fix {
        text: text!(
            en: "Write the scheme that the port speaks: http:// for an HTTP or mixed port, socks5h:// for SOCKS",
            zh: "写端口实际使用的协议：HTTP 或 mixed 端口写 http://，SOCKS 端口写 socks5h://",
        ),
        command: Command::Per {
            linux: "export {proxy_variable}=http://{proxy_address}",
            macos: "export {proxy_variable}=http://{proxy_address}",
            windows: "$env:{proxy_variable} = 'http://{proxy_address}'",
        },
    }],
    told_apart: text!(
        en: "A SOCKS5 greeting, a plain CONNECT and a TLS handshake, sent to the port one after the other: one is answered.",
        zh: "依次向端口发 SOCKS5 握手、明文 CONNECT 和 TLS 握手，看哪一个有应答。",
    ),
    rivals: &["base-url-redirects", "proxy-unreachable"],
    detect: Some(rule::scheme_wrong),
    heard: heard::SCHEME,
    ..Fault::BASE
};

const PROXY_AUTH_REQUIRED: Fault = Fault {
    code: "proxy-auth-required",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the proxy wants credentials", zh: "代理要求身份验证"),
    explanation: text!(
        en: "The proxy answers, and does not let the request pass without a user name and password that it accepts. This is about the proxy, not about the API key.",
        zh: "代理有应答，但没有它认可的用户名和密码就不放行。这是代理的问题，与 API 密钥无关。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Put user name and password into the proxy's URL, special characters percent-encoded (@ is %40)",
                zh: "把用户名和密码写进代理 URL，特殊字符要百分号编码（@ 写成 %40）",
            ),
            command: Command::Per {
                linux: "export {proxy_variable}=http://USER:PASSWORD@{proxy_address}",
                macos: "export {proxy_variable}=http://USER:PASSWORD@{proxy_address}",
                windows: "$env:{proxy_variable} = 'http://USER:PASSWORD@{proxy_address}'",
            },
        },
        Fix {
            text: text!(
                en: "If it wants NTLM or Kerberos (Negotiate), run a local helper such as px or cntlm and use that as the proxy",
                zh: "如果要求 NTLM 或 Kerberos（Negotiate），在本机运行 px 或 cntlm，再把它们当作代理",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "407 in answer to CONNECT (or a refusal of the SOCKS5 method), before any TLS with the endpoint.",
        zh: "CONNECT 得到 407（或 SOCKS5 认证方法被拒），此时还没有与端点握手。",
    ),
    rivals: &["key-invalid"],
    explained_by: &["proxy-scheme-wrong"],
    detect: Some(rule::auth_required),
    heard: heard::AUTH,
    ..Fault::BASE
};

const PROXY_CONNECT_DENIED: Fault = Fault {
    code: "proxy-connect-denied",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the proxy refuses the tunnel", zh: "代理拒绝建立隧道"),
    explanation: text!(
        en: "The proxy itself says no to this host or port. The refusal comes before any contact with the endpoint, so it cannot come from the provider.",
        zh: "是代理自己不允许访问这个主机或端口。拒绝发生在接触端点之前，不可能来自服务商。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Ask whoever runs the proxy to allow CONNECT to {host}:{port}",
                zh: "请代理管理员允许 CONNECT 到 {host}:{port}",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(en: "Or use another proxy, now {proxy} from {proxy_origin}", zh: "或者换一个代理，现在是 {proxy}（来自 {proxy_origin}）"),
            command: SHOW_VARIABLES,
        },
    ],
    told_apart: text!(
        en: "CONNECT to another host is granted: the host is forbidden; if not, the method or port is.",
        zh: "CONNECT 到别的主机能成功，说明是这个主机被禁；否则是方法或端口被禁。",
    ),
    rivals: &["region-unsupported", "cdn-challenge", "waf-blocked-user-agent"],
    explained_by: &["loopback-through-proxy", "proxy-bypass-ignored", "proxy-scheme-wrong", "proxy-auth-required"],
    detect: Some(rule::connect_denied),
    heard: heard::DENIED,
    ..Fault::BASE
};

const PROXY_RULE_DIRECT: Fault = Fault {
    code: "proxy-rule-direct",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the proxy's rules send this host direct", zh: "代理规则让这个域名走了直连"),
    explanation: text!(
        en: "The proxy works, but by its rules requests to this host leave without it, as if there were none.",
        zh: "代理本身正常，但按它的分流规则，这个域名走的是直连，等于没用代理。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[Fix {
        text: text!(
            en: "Add a rule that sends the provider's domains through the proxy, in Clash: DOMAIN-SUFFIX,openai.com,PROXY",
            zh: "添加规则让服务商的域名走代理，例如 Clash：DOMAIN-SUFFIX,openai.com,PROXY",
        ),
        command: Command::None,
    }],
    told_apart: text!(
        en: "Told the endpoint's address in place of its name the same proxy gets there; the proxy's log says DIRECT.",
        zh: "把域名换成 IP 地址交给同一个代理就能连上；代理日志里写着 DIRECT。",
    ),
    rivals: &["proxy-exit-dead", "sni-reset", "region-unsupported"],
    detect: Some(rule::rule_direct),
    ..Fault::BASE
};

const PROXY_EXIT_DEAD: Fault = Fault {
    code: "proxy-exit-dead",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the proxy has no working way out", zh: "代理的出口不通"),
    explanation: text!(
        en: "The proxy answers, but behind it nothing gets to the endpoint: its node or upstream is down, or is filtered itself.",
        zh: "代理本身有应答，但它到端点这一段不通：节点或上游挂了，或者它的出口也被过滤。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "Switch the proxy to another node and look at its log for {host}",
                zh: "给代理换一个节点，并在它的日志里查看 {host}",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "See whether any other host gets through",
                zh: "看看别的主机能不能通过",
            ),
            command: Command::Any("curl -sv -o /dev/null --proxy {proxy} https://www.cloudflare.com"),
        },
    ],
    told_apart: text!(
        en: "Another host through the same proxy fails too; if it works, the exit is filtered or a rule sends this host direct.",
        zh: "同一代理访问别的主机也失败；如果别的能通，就是出口被过滤，或规则让这个域名直连。",
    ),
    rivals: &["sni-reset", "proxy-rule-direct", "proxy-connect-denied"],
    explained_by: &[
        "proxy-rule-direct",
        "loopback-through-proxy",
        "proxy-bypass-ignored",
        "proxy-scheme-wrong",
        "proxy-dns-local",
        "base-url-scheme-mismatch",
    ],
    detect: Some(rule::exit_dead),
    heard: heard::EXIT_DEAD,
    ..Fault::BASE
};

const PROXY_UNREACHABLE: Fault = Fault {
    code: "proxy-unreachable",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the proxy does not answer", zh: "代理没有响应"),
    explanation: text!(
        en: "Requests are to go through a proxy, and no connection to the proxy itself comes about: it is not running, or its address or port is wrong.",
        zh: "请求被设置成走代理，但连代理本身都连不上：代理没有运行，或者地址、端口写错了。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Start the proxy, or correct its address {proxy_address} in {proxy_origin}",
                zh: "启动代理，或者在 {proxy_origin} 里改正它的地址 {proxy_address}",
            ),
            command: SHOW_VARIABLES,
        },
        Fix {
            text: text!(en: "If no proxy is needed here, go without", zh: "如果这里不需要代理，就取消设置"),
            command: UNSET,
        },
        Fix {
            text: text!(en: "To see whether it works without the proxy", zh: "不走代理试一次"),
            command: Command::Any("openai-doctor diagnose --proxy none"),
        },
    ],
    told_apart: text!(
        en: "The TCP connection to the proxy fails; whether the endpoint can be reached directly says if the proxy is needed.",
        zh: "到代理的 TCP 连接就失败了；再看直连能不能通，就知道需不需要代理。",
    ),
    rivals: &["loopback-in-container", "proxy-env-conflict"],
    explained_by: &["loopback-in-container", "proxy-env-conflict", "sandbox-no-network", "local-firewall"],
    detect: Some(rule::unreachable),
    heard: heard::UNREACHABLE,
    ..Fault::BASE
};

const PROXY_NOT_APPLIED: Fault = Fault {
    code: "proxy-not-applied",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "a proxy that works is not applied", zh: "能用的代理没有生效"),
    explanation: text!(
        en: "There is a proxy through which the endpoint can be reached, but the client goes direct: it does not read the setting in which the proxy is named, or another setting leads it around.",
        zh: "有一个能访问端点的代理，但客户端走了直连：它没有读取设置代理的那个地方，或者另有设置让它绕过了代理。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Name the proxy in the environment (PORT is the HTTP or mixed port of your proxy program)",
                zh: "在环境变量里设置代理（PORT 是代理软件的 HTTP 或 mixed 端口）",
            ),
            command: Command::Per {
                linux: "export HTTPS_PROXY=http://127.0.0.1:PORT",
                macos: "export HTTPS_PROXY=http://127.0.0.1:PORT",
                windows: "$env:HTTPS_PROXY = 'http://127.0.0.1:PORT'",
            },
        },
        Fix {
            text: text!(
                en: "Node.js 24 and later read the environment only when told to",
                zh: "Node.js 24 及以上需要明确打开才会读取环境变量",
            ),
            command: Command::Per {
                linux: "export NODE_USE_ENV_PROXY=1",
                macos: "export NODE_USE_ENV_PROXY=1",
                windows: "$env:NODE_USE_ENV_PROXY = '1'",
            },
        },
        Fix {
            text: text!(
                en: "Or switch the proxy program to TUN mode, which takes every program along",
                zh: "或者打开代理软件的 TUN 模式，接管所有程序",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "Direct it fails, the same request through the proxy works.",
        zh: "直连失败，同样的请求走代理就成功。",
    ),
    rivals: &["sni-reset", "ip-blackholed"],
    detect: Some(rule::not_applied),
    ..Fault::BASE
};
