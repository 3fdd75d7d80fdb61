//! Faults of name resolution: what they are. The rules that find them are in [`rule`].

mod falsehood;
mod heard;
mod rule;

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::evidence::remedy::RemedyName;
use crate::text;

use falsehood::{
    CAPTIVE_PORTAL, DNS_FAKE_IP_UNREACHABLE, DNS_HIJACKED, DNS_POISONED, DNS_SINKHOLED, HOSTS_FILE_OVERRIDE,
};

pub(super) const FAULTS: &[Fault] = &[
    CAPTIVE_PORTAL,
    HOSTS_FILE_OVERRIDE,
    DNS_FAKE_IP_UNREACHABLE,
    DNS_POISONED,
    DNS_HIJACKED,
    DNS_SINKHOLED,
    DNS_VPN_SPLIT,
    DNS_CONTAINER_RESOLVER_BROKEN,
    DNS_NAME_NOT_FOUND,
    DNS_NO_ANSWER,
    DNS_SLOW,
];

/// Clears the system's cache of names.
const FLUSH: Command = Command::Per {
    linux: "resolvectl flush-caches",
    macos: "sudo dscacheutil -flushcache; sudo killall -HUP mDNSResponder",
    windows: "ipconfig /flushdns",
};

/// Puts a public resolver in place of the network's own.
const PUBLIC_RESOLVER: Command = Command::Per {
    linux: "resolvectl dns $(ip route show default | awk '{print $5; exit}') 1.1.1.1 223.5.5.5",
    macos: "networksetup -setdnsservers Wi-Fi 1.1.1.1 223.5.5.5",
    windows: "Get-NetAdapter | Where-Object Status -eq Up | Set-DnsClientServerAddress -ServerAddresses 1.1.1.1,223.5.5.5",
};

/// Resolves over an encrypted channel.
const ENCRYPTED_DNS: Fix = Fix {
    text: text!(
        en: "Resolve over an encrypted channel (DoH or DoT); another plain resolver such as 8.8.8.8 does not help. On Linux with systemd-resolved:",
        zh: "改用加密解析（DoH 或 DoT）；换成 8.8.8.8 之类的明文 DNS 没有用。Linux（systemd-resolved）可以这样设置：",
    ),
    command: Command::Per {
        linux: "sudo sh -c 'mkdir -p /etc/systemd/resolved.conf.d && printf \"[Resolve]\\nDNS=1.1.1.1#one.one.one.one 223.5.5.5#dns.alidns.com\\nDNSOverTLS=yes\\nDomains=~.\\n\" > /etc/systemd/resolved.conf.d/dot.conf && systemctl restart systemd-resolved'",
        macos: "",
        windows: "Add-DnsClientDohServerAddress -ServerAddress 1.1.1.1 -DohTemplate https://cloudflare-dns.com/dns-query -AutoUpgrade $true -AllowFallbackToUdp $false",
    },
};

/// Lets a proxy resolve the name.
const PROXY_RESOLVES: Fix = Fix {
    text: text!(
        en: "Or let a proxy outside this network resolve the name: an HTTP proxy always does, a SOCKS proxy does with socks5h:// (not socks5://)",
        zh: "或者让网络之外的代理来解析域名：HTTP 代理本来就是远端解析，SOCKS 代理要写 socks5h://（不是 socks5://）",
    ),
    command: Command::None,
};

const DNS_VPN_SPLIT: Fault = Fault {
    code: "dns-vpn-split",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the VPN's split DNS hides the name", zh: "VPN 的分离 DNS 让域名解析不到"),
    explanation: text!(
        en: "With the VPN up, only one of several resolvers knows the name, and this program asks another one.",
        zh: "VPN 连上之后，几个 DNS 服务器里只有一个认识这个域名，而程序问的是另一个。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Send the domain to the VPN's resolver (IFACE is the VPN's interface, DOMAIN the internal domain)",
                zh: "让这个域走 VPN 的 DNS（IFACE 是 VPN 网卡，DOMAIN 是内部域名）",
            ),
            command: Command::Per {
                linux: "resolvectl domain IFACE '~DOMAIN'",
                macos: "",
                windows: "Add-DnsClientNrptRule -Namespace .DOMAIN -NameServers RESOLVER",
            },
        },
        Fix {
            text: text!(
                en: "WSL 2: put networkingMode=mirrored and dnsTunneling=true under [wsl2] in .wslconfig, then restart WSL",
                zh: "WSL 2：在 .wslconfig 的 [wsl2] 下写 networkingMode=mirrored 和 dnsTunneling=true，然后重启 WSL",
            ),
            command: Command::Any("wsl.exe --shutdown"),
        },
    ],
    told_apart: text!(
        en: "The resolver of one interface knows the name, the others do not.",
        zh: "只有某一块网卡的 DNS 能解析这个域名，其他的都不行。",
    ),
    rivals: &["dns-no-answer", "dns-container-resolver-broken"],
    detect: Some(rule::vpn_split),
    ..Fault::BASE
};

const DNS_CONTAINER_RESOLVER_BROKEN: Fault = Fault {
    code: "dns-container-resolver-broken",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the container's resolver does not work", zh: "容器内的 DNS 不工作"),
    explanation: text!(
        en: "The name server that the container was given does not answer. The host may well resolve the name: containers have a resolver of their own.",
        zh: "容器分配到的 DNS 服务器没有给出可用的应答。宿主机上也许完全正常：容器用的是自己的一套 DNS。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(en: "Try it with a resolver given by hand", zh: "先手工指定 DNS 试一下"),
            command: Command::Any("docker run --rm --dns 1.1.1.1 --dns 223.5.5.5 IMAGE getent hosts {host}"),
        },
        Fix {
            text: text!(
                en: "If that helps: add \"dns\": [\"1.1.1.1\", \"223.5.5.5\"] to /etc/docker/daemon.json and restart Docker",
                zh: "如果有效：在 /etc/docker/daemon.json 中加入 \"dns\": [\"1.1.1.1\", \"223.5.5.5\"]，再重启 Docker",
            ),
            command: Command::Any("sudo systemctl restart docker"),
        },
        Fix {
            text: text!(
                en: "If not: the container has no way out; check the host's firewall, IP forwarding and VPN",
                zh: "如果无效：容器本身出不了网，检查宿主机的防火墙、IP 转发和 VPN",
            ),
            command: Command::Any("sysctl net.ipv4.ip_forward"),
        },
    ],
    told_apart: text!(
        en: "The host resolves the name, the container's resolver (127.0.0.11) does not; if 1.1.1.1 is silent from inside too, it is forwarding, not DNS.",
        zh: "宿主机能解析，容器里的 DNS（127.0.0.11）不行；如果在容器里直接问 1.1.1.1 也没有应答，那就是转发/NAT 的问题而不是 DNS。",
    ),
    rivals: &["dns-no-answer", "no-egress"],
    explained_by: &[
        "no-egress",
        "sandbox-no-network",
        "local-firewall",
        "dns-sinkholed",
        "dns-hijacked",
        "dns-poisoned",
        "dns-vpn-split",
        "proxy-dns-local",
    ],
    detect: Some(rule::container_resolver_broken),
    ..Fault::BASE
};

const DNS_NAME_NOT_FOUND: Fault = Fault {
    code: "dns-name-not-found",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the host name does not exist", zh: "域名不存在"),
    explanation: text!(
        en: "The resolvers agree that there is no such name, so no program can connect to it. Most often the base URL has a typing error.",
        zh: "DNS 明确回答没有这个域名，所以任何程序都连不上。多半是 base URL 里的主机名写错了。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[Fix {
        text: text!(
            en: "Correct the host in the base URL, now {base_url}",
            zh: "改正 base URL 里的主机名，现在是 {base_url}",
        ),
        command: Command::Per {
            linux: "export OPENAI_BASE_URL=https://api.openai.com/v1",
            macos: "export OPENAI_BASE_URL=https://api.openai.com/v1",
            windows: "$env:OPENAI_BASE_URL = 'https://api.openai.com/v1'",
        },
    }],
    told_apart: text!(
        en: "Every resolver says NXDOMAIN, those asked over an encrypted channel too.",
        zh: "所有 DNS 都返回 NXDOMAIN，加密查询也一样。",
    ),
    rivals: &["dns-sinkholed", "dns-hijacked", "dns-vpn-split"],
    explained_by: &["dns-sinkholed", "dns-hijacked", "dns-poisoned", "dns-vpn-split"],
    detect: Some(rule::name_not_found),
    heard: heard::NAME_NOT_FOUND,
    ..Fault::BASE
};

const DNS_NO_ANSWER: Fault = Fault {
    code: "dns-no-answer",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the resolver gives no usable answer", zh: "DNS 服务器没有给出可用的应答"),
    explanation: text!(
        en: "The name server that this machine is configured to use is silent, refuses, or fails. Without an address nothing can be sent.",
        zh: "本机配置的 DNS 服务器没有回应、拒绝查询或者自身出错。拿不到地址，什么都发不出去。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(en: "Use a resolver that works", zh: "换一个能用的 DNS 服务器"), command: PUBLIC_RESOLVER
        },
        Fix {
            text: text!(
                en: "If it is your own resolver, look at its state and log (dead upstream, DNSSEC, wrong clock)",
                zh: "如果是自己搭的 DNS，查看它的状态和日志（上游不通、DNSSEC 校验失败、时钟不准）",
            ),
            command: Command::Per {
                linux: "resolvectl status",
                macos: "scutil --dns",
                windows: "Get-DnsClientServerAddress",
            },
        },
        Fix {
            text: text!(
                en: "Connected to a VPN? Switch it off or on and try again: its resolver may be unreachable",
                zh: "正在使用 VPN？断开或重连再试：它的 DNS 可能不通",
            ),
            command: Command::None,
        },
    ],
    confirmed_by: &[(RemedyName::OtherResolver, 0)],
    told_apart: text!(
        en: "The same query to another resolver works; raw queries tell silence, SERVFAIL and REFUSED apart, which getaddrinfo reports alike.",
        zh: "同样的查询换一个 DNS 就正常；直接发查询能区分沉默、SERVFAIL 和 REFUSED，而 getaddrinfo 都报同一个错。",
    ),
    rivals: &["dns-container-resolver-broken", "dns-vpn-split", "no-egress"],
    causes: &["no-egress", "sandbox-no-network", "local-firewall", "dns-vpn-split"],
    explained_by: &[
        "dns-sinkholed",
        "dns-hijacked",
        "dns-poisoned",
        "dns-container-resolver-broken",
        "proxy-dns-local",
        "proxy-not-applied",
    ],
    detect: Some(rule::no_answer),
    heard: heard::NO_ANSWER,
    ..Fault::BASE
};

const DNS_SLOW: Fault = Fault {
    code: "dns-slow",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "name resolution is slow", zh: "域名解析很慢"),
    explanation: text!(
        en: "Every new connection first waits for an answer from DNS. Programs that use the system's resolver wait even longer, up to several seconds, when one kind of query stays unanswered.",
        zh: "每次新建连接都要先等 DNS。如果某一类查询没有回应，使用系统解析函数的程序会等得更久，可达好几秒。",
    ),
    impact: text!(en: "new connections", zh: "新建的连接"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "Take the silent resolver out of the configuration, or put a quick one first",
                zh: "去掉没有回应的 DNS 服务器，或者把快的放在第一位",
            ),
            command: PUBLIC_RESOLVER,
        },
        Fix {
            text: text!(
                en: "If only one of A and AAAA is answered: ask for them one after the other, with \"options single-request-reopen\" in resolv.conf",
                zh: "如果 A 和 AAAA 只有一个得到应答：在 resolv.conf 里加 “options single-request-reopen”，让它们先后查询",
            ),
            command: Command::Per {
                linux: "echo 'options single-request-reopen' | sudo tee -a /etc/resolv.conf",
                macos: "",
                windows: "",
            },
        },
        Fix {
            text: text!(
                en: "In Kubernetes set ndots to 1, or write the host with a dot at its end",
                zh: "Kubernetes 里把 ndots 设为 1，或者在主机名末尾加一个点",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "The name with a dot at its end, or a query for A alone, is answered quickly.",
        zh: "域名末尾加点、或者只查 A 记录时很快。",
    ),
    rivals: &["dns-no-answer", "packet-loss", "ipv6-broken"],
    explained_by: &["no-egress", "sandbox-no-network", "packet-loss"],
    detect: Some(rule::slow),
    ..Fault::BASE
};
