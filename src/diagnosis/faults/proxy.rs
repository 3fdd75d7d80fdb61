//! Faults of proxies: what they are. The rules that find them are in [`rule`].

mod heard;
mod rule;
mod ways;

pub(super) use ways::{blackholed_behind, is_exit_alive, other_ways, refused_behind};

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::evidence::remedy::RemedyName;
use crate::text;

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

const PROXY_ENV_CONFLICT: Fault = Fault {
    code: "proxy-env-conflict",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the proxy variables contradict each other", zh: "代理环境变量互相矛盾"),
    explanation: text!(
        en: "The same variable is set in upper and in lower case, to different proxies. Each client picks its own, so one program works and another does not.",
        zh: "同一个变量的大写和小写形式设成了不同的代理。各个客户端选择不同，于是有的程序正常、有的不正常。",
    ),
    impact: text!(en: "some clients", zh: "部分客户端"),
    fixes: &[
        Fix {
            text: text!(
                en: "Look at all of them, keep one value and unset the other case",
                zh: "查看所有代理变量，只保留一个值，取消另一种大小写的写法",
            ),
            command: SHOW_VARIABLES,
        },
        Fix {
            text: text!(
                en: "They are often set twice: in the shell's start files and by the proxy program",
                zh: "它们往往被设置了两次：shell 启动文件一次，代理软件一次",
            ),
            command: Command::Per {
                linux: "grep -in proxy ~/.bashrc ~/.zshrc ~/.profile /etc/environment",
                macos: "grep -in proxy ~/.zshrc ~/.zprofile ~/.bash_profile",
                windows: "[Environment]::GetEnvironmentVariables('User'), [Environment]::GetEnvironmentVariables('Machine')",
            },
        },
    ],
    told_apart: text!(
        en: "curl prefers the lower case and ignores HTTP_PROXY in upper case; others do the opposite.",
        zh: "curl 优先小写，并且忽略大写的 HTTP_PROXY；有些客户端正好相反。",
    ),
    rivals: &["proxy-unreachable", "proxy-not-applied"],
    detect: Some(rule::env_conflict),
    ..Fault::BASE
};

const PROXY_BYPASS_IGNORED: Fault = Fault {
    code: "proxy-bypass-ignored",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(
        en: "NO_PROXY is written in a form that clients read differently",
        zh: "NO_PROXY 的写法各客户端理解不一致",
    ),
    explanation: text!(
        en: "By the rules of some clients this host goes around the proxy, by those of others it does not: the forms *.domain, host:port, CIDR and URLs are not understood everywhere.",
        zh: "按某些客户端的规则，这个主机绕过代理；按另一些的规则却不绕过：*.domain、host:port、CIDR、URL 这些写法并不通用。",
    ),
    impact: text!(en: "some clients, for some hosts", zh: "部分客户端访问部分主机"),
    fixes: &[Fix {
        text: text!(
            en: "Write the host itself or .domain with a leading dot, without *, port and scheme",
            zh: "写主机名本身，或以点开头的 .domain；不要带 *、端口和协议",
        ),
        command: Command::Per {
            linux: "export NO_PROXY={local_hosts} no_proxy={local_hosts}",
            macos: "export NO_PROXY={local_hosts} no_proxy={local_hosts}",
            windows: "$env:NO_PROXY = '{local_hosts}'",
        },
    }],
    told_apart: text!(
        en: "NO_PROXY read by the rules of curl, Go, requests, httpx and reqwest gives different answers.",
        zh: "分别按 curl、Go、requests、httpx、reqwest 的规则解读 NO_PROXY，结果不同。",
    ),
    rivals: &["loopback-through-proxy", "proxy-unreachable"],
    detect: Some(rule::bypass_ignored),
    ..Fault::BASE
};

const LOOPBACK_THROUGH_PROXY: Fault = Fault {
    code: "loopback-through-proxy",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "a local endpoint is sent through the proxy", zh: "本地端点的请求被送进了代理"),
    explanation: text!(
        en: "The endpoint is on this machine or in this network, but the environment sends its requests to a proxy, which cannot reach it: localhost there is the proxy's own machine.",
        zh: "端点就在本机或内网，但环境变量让请求走了代理，而代理到不了它：对代理来说，localhost 是代理所在的机器。",
    ),
    impact: text!(en: "local endpoints", zh: "本地端点"),
    fixes: &[Fix {
        text: text!(en: "Let local hosts go around the proxy", zh: "让本地主机绕过代理"),
        command: Command::Per {
            linux: "export NO_PROXY={local_hosts} no_proxy={local_hosts}",
            macos: "export NO_PROXY={local_hosts} no_proxy={local_hosts}",
            windows: "$env:NO_PROXY = '{local_hosts}'",
        },
    }],
    told_apart: text!(
        en: "Without the proxy it works; the answer came in milliseconds with an empty body and no request id.",
        zh: "不走代理就正常；应答只用了几毫秒，正文为空，也没有 request id。",
    ),
    rivals: &["service-overloaded", "service-outage", "proxy-bypass-ignored"],
    explained_by: &["proxy-bypass-ignored", "proxy-unreachable"],
    detect: Some(rule::loopback_through_proxy),
    ..Fault::BASE
};

const PROXY_DNS_LOCAL: Fault = Fault {
    code: "proxy-dns-local",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "socks5:// resolves names on this machine", zh: "socks5:// 在本机解析域名"),
    explanation: text!(
        en: "With socks5:// the name is resolved here, where that fails or gives a false address, and the proxy is only handed the address. With socks5h:// the proxy resolves it.",
        zh: "socks5:// 表示在本机解析域名，而本机解析失败或得到假地址，代理只拿到那个地址。写成 socks5h:// 就由代理来解析。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[Fix {
        text: text!(
            en: "Write socks5h:// instead of socks5:// in {proxy_origin}",
            zh: "把 {proxy_origin} 里的 socks5:// 改成 socks5h://",
        ),
        command: Command::Per {
            linux: "export {proxy_variable}=socks5h://{proxy_address}",
            macos: "export {proxy_variable}=socks5h://{proxy_address}",
            windows: "$env:{proxy_variable} = 'socks5h://{proxy_address}'",
        },
    }],
    confirmed_by: &[(RemedyName::RemoteNames, 0)],
    told_apart: text!(en: "socks5h works where socks5 fails.", zh: "socks5h 正常而 socks5 失败。"),
    rivals: &["dns-poisoned", "proxy-exit-dead", "hosts-file-override"],
    detect: Some(rule::dns_local),
    ..Fault::BASE
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

const PROXY_SOCKS_UNSUPPORTED: Fault = Fault {
    code: "proxy-socks-unsupported",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(
        en: "a SOCKS proxy is set, which some clients do not support as installed",
        zh: "设置了 SOCKS 代理，而部分客户端默认不支持",
    ),
    explanation: text!(
        en: "Python clients need an extra package for SOCKS and raise an error before they send anything; Node.js's fetch does not support it at all.",
        zh: "Python 客户端需要额外的包才支持 SOCKS，否则还没发请求就报错；Node.js 的 fetch 则完全不支持。",
    ),
    impact: text!(en: "Python and Node.js clients", zh: "Python 和 Node.js 客户端"),
    fixes: &[
        Fix {
            text: text!(en: "Install the support", zh: "安装 SOCKS 支持"),
            command: Command::Any("python3 -m pip install 'httpx[socks]' 'requests[socks]'"),
        },
        Fix {
            text: text!(
                en: "Or use the proxy's HTTP (or mixed) port, which every client understands",
                zh: "或者改用代理的 HTTP（或 mixed）端口，所有客户端都支持",
            ),
            command: Command::Per {
                linux: "unset ALL_PROXY all_proxy; export HTTPS_PROXY=http://127.0.0.1:PORT",
                macos: "unset ALL_PROXY all_proxy; export HTTPS_PROXY=http://127.0.0.1:PORT",
                windows: "Remove-Item Env:ALL_PROXY; $env:HTTPS_PROXY = 'http://127.0.0.1:PORT'",
            },
        },
    ],
    told_apart: text!(
        en: "The variable names a socks proxy and the client fails before any packet; this tool works.",
        zh: "变量里写的是 socks 代理，客户端在发包之前就失败，而本工具正常。",
    ),
    rivals: &["proxy-unreachable"],
    explained_by: &["proxy-unreachable", "proxy-scheme-wrong", "proxy-dns-local"],
    detect: Some(rule::socks_unsupported),
    heard: heard::SOCKS,
    ..Fault::BASE
};
