//! Faults that keep packets from getting to the endpoint: what they are.

use crate::diagnosis::Heard;
use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner};
use crate::evidence::remedy::RemedyName;
use crate::text;

use super::{ANOTHER_WAY, SHOW_ROUTE, rule};

pub(super) const LOOPBACK_IN_CONTAINER: Fault = Fault {
    code: "loopback-in-container",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "localhost inside a container is the container itself", zh: "容器里的 localhost 指的是容器自己"),
    explanation: text!(
        en: "The address is a loopback address, and inside a container that means the container, not the machine it runs on. Nothing listens there.",
        zh: "目标是回环地址，而在容器里它指容器自身，不是宿主机。容器里没有程序监听这个端口。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Name the host as host.docker.internal instead of localhost or 127.0.0.1; on Linux start the container with",
                zh: "把 localhost 或 127.0.0.1 换成 host.docker.internal；Linux 上启动容器时要加参数",
            ),
            command: Command::Any("docker run --add-host=host.docker.internal:host-gateway IMAGE"),
        },
        Fix {
            text: text!(
                en: "Let the service on the host listen on 0.0.0.0 (for example OLLAMA_HOST=0.0.0.0, \"Allow LAN\" in Clash)",
                zh: "让宿主机上的服务监听 0.0.0.0（例如 OLLAMA_HOST=0.0.0.0，或在 Clash 中打开“允许局域网”）",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "With Docker Compose use the name of the other service instead of localhost",
                zh: "使用 Docker Compose 时，用对方的服务名代替 localhost",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "This is a container and the target is a loopback address; the default gateway answers on the same port.",
        zh: "程序在容器里，目标是回环地址；默认网关的同一端口却有应答。",
    ),
    rivals: &["proxy-unreachable", "tcp-rejected-by-firewall"],
    explained_by: &["sandbox-no-network"],
    heard: &[
        Heard::cause(&["cannot assign requested address", "can't assign requested address", "eaddrnotavail"]).and(&[
            "ollama",
            "localhost",
            "127.0.0.1",
            "::1",
            "lm studio",
            "lm_studio",
            ":11434",
        ]),
        Heard::cause(&["cannot be reached from inside", "not reachable from inside the container"]).and(&[
            "localhost",
            "127.0.0.1",
            "host.docker.internal",
        ]),
    ],
    detect: Some(rule::loopback_in_container),
    ..Fault::BASE
};

pub(super) const SANDBOX_NO_NETWORK: Fault = Fault {
    code: "sandbox-no-network",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "a sandbox denies the network", zh: "沙箱禁止访问网络"),
    explanation: text!(
        en: "This process runs in a sandbox that has no network, as coding agents and build systems use. Nothing is wrong with the endpoint.",
        zh: "程序运行在没有网络的沙箱里，编码助手和构建系统常这样做。端点本身没有问题。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Run the command outside the sandbox, or let the sandbox use the network; in Codex:",
                zh: "在沙箱之外运行，或者允许沙箱联网；Codex 可以这样：",
            ),
            command: Command::Any("codex -c sandbox_workspace_write.network_access=true"),
        },
        Fix {
            text: text!(
                en: "Docker: without --network none. Bubblewrap or unshare: without a network namespace of its own",
                zh: "Docker：去掉 --network none；bubblewrap 或 unshare：不要单独的网络命名空间",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "Only the loopback interface exists, or the sandbox left its mark; outside of it the same command works.",
        zh: "只有回环接口，或者能看到沙箱的标记；同样的命令在沙箱外正常。",
    ),
    rivals: &["no-egress", "local-firewall"],
    detect: Some(rule::sandbox_no_network),
    heard: &[Heard::cause(&["requires net access to", "--allow-net", "codex_sandbox_network_disabled=1"])],
    ..Fault::BASE
};

pub(super) const LOCAL_FIREWALL: Fault = Fault {
    code: "local-firewall",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "a firewall on this machine blocks it", zh: "被本机防火墙拦截"),
    explanation: text!(
        en: "The operating system itself refused to send: a firewall rule, a security product or a route on this machine forbids it. No packet left.",
        zh: "操作系统自己拒绝了发送：本机的防火墙规则、安全软件或路由不允许。数据包根本没有离开本机。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Look for the rule that drops or rejects outgoing traffic, and allow this program",
                zh: "找到拦截出站流量的规则，并放行这个程序",
            ),
            command: Command::Per {
                linux: "sudo nft list ruleset; sudo ufw status verbose",
                macos: "/usr/libexec/ApplicationFirewall/socketfilterfw --listapps",
                windows: "Get-NetFirewallRule -Direction Outbound -Action Block -Enabled True",
            },
        },
        Fix {
            text: text!(en: "Look for a route that forbids the address", zh: "查看是否有路由禁止访问该地址"),
            command: SHOW_ROUTE,
        },
        Fix {
            text: text!(
                en: "Little Snitch, LuLu, security suites: look for a denied connection of your program",
                zh: "Little Snitch、LuLu 或安全软件：查看是否拒绝过这个程序的连接",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "The system refuses at once with EPERM or EACCES, sooner than any packet could have come back.",
        zh: "系统立刻返回 EPERM 或 EACCES，比任何数据包往返都快。",
    ),
    rivals: &["sandbox-no-network", "no-egress"],
    explained_by: &["sandbox-no-network"],
    detect: Some(rule::local_firewall),
    heard: super::heard::LOCAL_FIREWALL,
    ..Fault::BASE
};

pub(super) const NO_EGRESS: Fault = Fault {
    code: "no-egress",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "this machine has no way out to the internet", zh: "本机无法访问外网"),
    explanation: text!(
        en: "Nothing outside this network can be reached, the endpoint included: there is no route, or everything that is sent is lost.",
        zh: "网络之外的一切都到不了，端点也不例外：要么没有路由，要么发出去的数据全都丢了。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Check the cable or Wi-Fi and whether there is a default route",
                zh: "检查网线或 Wi-Fi，确认存在默认路由",
            ),
            command: Command::Per {
                linux: "ip route show default",
                macos: "route -n get default",
                windows: "Get-NetRoute 0.0.0.0/0",
            },
        },
        Fix {
            text: text!(
                en: "In a cloud network (Lambda in a VPC, a private subnet) add a NAT gateway, or a proxy that may go out",
                zh: "云上的私有网络（VPC 里的 Lambda、私有子网）需要加 NAT 网关，或使用可以出网的代理",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "If this network only lets a proxy out, name it",
                zh: "如果这个网络只允许通过代理出网，请设置代理",
            ),
            command: Command::Per {
                linux: "export HTTPS_PROXY=http://PROXY:PORT",
                macos: "export HTTPS_PROXY=http://PROXY:PORT",
                windows: "$env:HTTPS_PROXY = 'http://PROXY:PORT'",
            },
        },
    ],
    told_apart: text!(
        en: "Everything outside fails alike, not the endpoint alone.",
        zh: "网络之外的所有目标都失败，不只是这个端点。",
    ),
    rivals: &["ip-blackholed", "sandbox-no-network", "local-firewall"],
    explained_by: &["sandbox-no-network", "local-firewall", "captive-portal"],
    detect: Some(rule::no_egress),
    heard: super::heard::NO_EGRESS,
    ..Fault::BASE
};

pub(super) const IP_BLACKHOLED: Fault = Fault {
    code: "ip-blackholed",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the endpoint's addresses are silently dropped", zh: "发往端点地址的数据包被静默丢弃"),
    explanation: text!(
        en: "This machine has a way out, but nothing that it sends to the endpoint's addresses is ever answered: a firewall on the way drops it without a word.",
        zh: "本机可以出网，但发往端点地址的数据包全都石沉大海：途中的防火墙不声不响地把它们丢掉了。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        ANOTHER_WAY,
        Fix {
            text: text!(
                en: "In your own network: allow outgoing TCP {port} to {host}",
                zh: "如果是自己管理的网络：放行到 {host} 的出站 TCP {port} 端口",
            ),
            command: Command::None,
        },
    ],
    confirmed_by: &[(RemedyName::OtherProxy, 0), (RemedyName::LocalProxy, 0)],
    told_apart: text!(
        en: "Other hosts connect, every address of the endpoint times out, and the addresses are the right ones.",
        zh: "别的主机能连上，端点的所有地址都超时，而且地址本身是对的。",
    ),
    rivals: &["no-egress", "ipv6-broken", "dns-poisoned", "proxy-not-applied"],
    explained_by: &[
        "service-outage",
        "captive-portal",
        "no-egress",
        "local-firewall",
        "sandbox-no-network",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "dns-fake-ip-unreachable",
        "hosts-file-override",
        "proxy-not-applied",
    ],
    detect: Some(rule::ip_blackholed),
    ..Fault::BASE
};

pub(super) const TCP_REJECTED_BY_FIREWALL: Fault = Fault {
    code: "tcp-rejected-by-firewall",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "a firewall on the way rejects the connection", zh: "途中的防火墙拒绝了连接"),
    explanation: text!(
        en: "The connection was turned down by something nearer than the endpoint: a firewall or router between here and there forbids it.",
        zh: "拒绝连接的不是端点，而是离本机更近的设备：途中的防火墙或路由器不允许访问。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Have outgoing TCP {port} to {host} opened (company firewall, security group, network policy)",
                zh: "请网络管理员放行到 {host} 的出站 TCP {port} 端口（公司防火墙、安全组、NetworkPolicy）",
            ),
            command: Command::None,
        },
        ANOTHER_WAY,
    ],
    told_apart: text!(
        en: "The refusal comes sooner than the endpoint could answer, or as an ICMP message, which the endpoint itself does not send.",
        zh: "拒绝来得比端点可能的往返时间还快，或者是端点自己不会发的 ICMP 消息。",
    ),
    rivals: &["local-firewall", "dns-sinkholed", "proxy-unreachable"],
    explained_by: &[
        "captive-portal",
        "no-egress",
        "sandbox-no-network",
        "local-firewall",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "dns-fake-ip-unreachable",
        "hosts-file-override",
    ],
    detect: Some(rule::rejected_by_firewall),
    ..Fault::BASE
};
