//! Faults of a proxy that is set where or as it should not be.

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner};
use crate::evidence::remedy::RemedyName;
use crate::text;

use super::{SHOW_VARIABLES, heard, rule};

pub(super) const PROXY_ENV_CONFLICT: Fault = Fault {
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

pub(super) const PROXY_BYPASS_IGNORED: Fault = Fault {
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

pub(super) const LOOPBACK_THROUGH_PROXY: Fault = Fault {
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
    heard: heard::LOOPBACK,
    ..Fault::BASE
};

pub(super) const PROXY_DNS_LOCAL: Fault = Fault {
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

pub(super) const PROXY_SOCKS_UNSUPPORTED: Fault = Fault {
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
