//! Faults of reaching an address at all: what they are. The rules that find them are in [`rule`].

mod egress;
mod heard;
mod rule;

use super::protocol;
use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::evidence::remedy::RemedyName;
use crate::text;

use egress::{
    IP_BLACKHOLED, LOCAL_FIREWALL, LOOPBACK_IN_CONTAINER, NO_EGRESS, SANDBOX_NO_NETWORK, TCP_REJECTED_BY_FIREWALL,
};

use super::trial;

pub(super) use rule::{container_hint, unexplained};

pub(super) const FAULTS: &[Fault] = &[
    LOOPBACK_IN_CONTAINER,
    SANDBOX_NO_NETWORK,
    LOCAL_FIREWALL,
    NO_EGRESS,
    IP_BLACKHOLED,
    TCP_REJECTED_BY_FIREWALL,
    TCP_REFUSED,
    IPV6_BROKEN,
    PACKET_LOSS,
    HIGH_LATENCY_HAPPY_EYEBALLS,
    TCP_TIMEOUT,
    TCP_UNREACHABLE,
    CONNECTION_FAILED,
    ICMP_FILTERED,
    UDP_443_BLOCKED,
];

/// A way around a network that does not let the endpoint be reached.
const ANOTHER_WAY: Fix = Fix {
    text: text!(
        en: "Use a proxy or a relay that can reach the endpoint (in a region that the provider supports)",
        zh: "改用能访问该端点的代理或中转（位于服务商支持的地区）",
    ),
    command: Command::Per {
        linux: "export HTTPS_PROXY=http://PROXY:PORT",
        macos: "export HTTPS_PROXY=http://PROXY:PORT",
        windows: "$env:HTTPS_PROXY = 'http://PROXY:PORT'",
    },
};

/// Shows which way packets to the address take.
const SHOW_ROUTE: Command = Command::Per {
    linux: "ip route get {address}",
    macos: "route -n get {address}",
    windows: "Find-NetRoute -RemoteIPAddress {address}",
};

const TCP_REFUSED: Fault = Fault {
    code: "tcp-refused",
    layer: Layer::Network,
    owner: Owner::Provider,
    title: text!(en: "nothing listens on that port", zh: "目标端口没有程序监听"),
    explanation: text!(
        en: "The machine at that address answered, and refused the connection: no program accepts connections on this port.",
        zh: "那台机器有回应，但拒绝了连接：这个端口上没有程序在监听。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "Check the port in the base URL, now {base_url}",
                zh: "检查 base URL 里的端口，现在是 {base_url}",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "If it is a server of yours, start it and see what it listens on",
                zh: "如果是你自己的服务，先启动它，再看它监听在哪个端口",
            ),
            command: Command::Per {
                linux: "ss -ltnp 'sport = :{port}'",
                macos: "lsof -nP -iTCP:{port} -sTCP:LISTEN",
                windows: "Get-NetTCPConnection -State Listen -LocalPort {port}",
            },
        },
    ],
    told_apart: text!(
        en: "The refusal takes as long as a round trip to that host.",
        zh: "拒绝所用的时间与到该主机的一次往返相当。",
    ),
    rivals: &["tcp-rejected-by-firewall", "loopback-in-container", "dns-sinkholed"],
    causes: &[],
    explained_by: &[
        "service-outage",
        "captive-portal",
        "loopback-in-container",
        "local-firewall",
        "tcp-rejected-by-firewall",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "dns-fake-ip-unreachable",
        "hosts-file-override",
    ],
    detect: Some(rule::refused),
    heard: heard::REFUSED,
    ..Fault::BASE
};

const TCP_TIMEOUT: Fault = Fault {
    code: "tcp-timeout",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the connection attempt got no answer", zh: "TCP 连接超时，没有任何回应"),
    explanation: text!(
        en: "Nothing came back from the endpoint's addresses: neither a connection nor a refusal. The packets, or the answers to them, are lost on the way.",
        zh: "端点地址没有任何回应：既没有接受，也没有拒绝。发出的数据包或者它们的应答丢在了路上。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "See whether other hosts can be reached from here at all",
                zh: "先看看从这里能不能访问别的主机",
            ),
            command: Command::Per {
                linux: "curl -sS -o /dev/null -w '%{http_code} %{time_connect}s\\n' https://www.cloudflare.com",
                macos: "curl -sS -o /dev/null -w '%{http_code} %{time_connect}s\\n' https://www.cloudflare.com",
                windows: "Test-NetConnection www.cloudflare.com -Port 443",
            },
        },
        ANOTHER_WAY,
    ],
    told_apart: text!(
        en: "A symptom: whether other hosts, the other address family, and a proxy get through tells the cause.",
        zh: "这是表象：看其他主机、另一个地址族以及代理是否能通，就能区分原因。",
    ),
    rivals: &["tcp-refused", "tcp-unreachable"],
    causes: &[
        "ip-blackholed",
        "no-egress",
        "dns-poisoned",
        "ipv6-broken",
        "proxy-not-applied",
        "local-firewall",
        "packet-loss",
    ],
    explained_by: &[
        "service-outage",
        "dns-hijacked",
        "dns-sinkholed",
        "dns-fake-ip-unreachable",
        "hosts-file-override",
        "sandbox-no-network",
        "loopback-in-container",
    ],
    detect: Some(rule::timeout),
    heard: heard::TIMEOUT,
    ..Fault::BASE
};

const TCP_UNREACHABLE: Fault = Fault {
    code: "tcp-unreachable",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "there is no route to the address", zh: "没有到目标地址的路由"),
    explanation: text!(
        en: "This machine, or a router on the way, knows no path to the endpoint's address.",
        zh: "本机或途中的路由器不知道怎么到达端点的地址。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(en: "See which way packets would take", zh: "查看数据包会走哪条路由"), command: SHOW_ROUTE
        },
        Fix {
            text: text!(
                en: "If the endpoint is inside a company network, connect its VPN; if it is in your own, check that the machine is on",
                zh: "端点在公司内网就先连上 VPN；在自己局域网里就确认那台机器已开机",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "A symptom: ENETUNREACH or EHOSTUNREACH; whether it is this machine or a router that says so tells the cause.",
        zh: "这是表象：ENETUNREACH 或 EHOSTUNREACH；是本机还是路由器给出的，决定了原因。",
    ),
    rivals: &["tcp-timeout", "tcp-refused"],
    causes: &["no-egress", "ipv6-broken", "tcp-rejected-by-firewall", "local-firewall"],
    explained_by: &[
        "sandbox-no-network",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "dns-fake-ip-unreachable",
        "hosts-file-override",
    ],
    detect: Some(rule::unreachable),
    heard: heard::UNREACHABLE,
    ..Fault::BASE
};

const CONNECTION_FAILED: Fault = Fault {
    code: "connection-failed",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "the connection failed for a reason that has no name", zh: "连接失败，原因不明"),
    explanation: text!(
        en: "All that is known is that no connection came about. The innermost error, where the client shows it, names more.",
        zh: "只知道连接没有建立成功。客户端最内层的异常通常写着更具体的原因。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "Run the diagnosis on the machine and in the environment in which the client fails",
                zh: "在客户端出错的那台机器、同样的环境里运行诊断",
            ),
            command: Command::Any("openai-doctor diagnose -v"),
        },
        Fix {
            text: text!(
                en: "Look at the cause inside the client's exception (Python: __cause__, Node: error.cause)",
                zh: "查看客户端异常里的内层原因（Python 看 __cause__，Node 看 error.cause）",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "A symptom: \"Connection error.\" or \"fetch failed\" without a cause.",
        zh: "这是表象：只有“Connection error.”或“fetch failed”，没有具体原因。",
    ),
    detect: None,
    heard: heard::CONNECTION_FAILED,
    ..Fault::BASE
};

const IPV6_BROKEN: Fault = Fault {
    code: "ipv6-broken",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "IPv6 is broken here", zh: "这里的 IPv6 不通"),
    explanation: text!(
        en: "The endpoint has IPv6 addresses and this machine tries them, but connections over IPv6 do not come about. Programs that try IPv6 first wait for it, every time, before they use IPv4; some give up.",
        zh: "端点有 IPv6 地址，本机也会去尝试，但 IPv6 连接建立不起来。先试 IPv6 的程序每次都要白等一段时间才改用 IPv4，有的干脆就失败了。",
    ),
    impact: text!(en: "delays or failures over IPv6", zh: "IPv6 连接变慢或失败"),
    fixes: &[
        Fix {
            text: text!(en: "Prefer IPv4 on this machine", zh: "让本机优先使用 IPv4"),
            command: Command::Per {
                linux: "echo 'precedence ::ffff:0:0/96 100' | sudo tee -a /etc/gai.conf",
                macos: "networksetup -setv6off Wi-Fi",
                windows: "netsh interface ipv6 set prefixpolicy ::ffff:0:0/96 46 4",
            },
        },
        Fix {
            text: text!(en: "Node.js alone:", zh: "只针对 Node.js："),
            command: Command::Per {
                linux: "export NODE_OPTIONS=--dns-result-order=ipv4first",
                macos: "export NODE_OPTIONS=--dns-result-order=ipv4first",
                windows: "$env:NODE_OPTIONS = '--dns-result-order=ipv4first'",
            },
        },
        Fix {
            text: text!(
                en: "Or repair IPv6: the router's prefix, the VPN's routes, the firewall's IPv6 rules",
                zh: "或者修好 IPv6：检查路由器前缀、VPN 路由和防火墙的 IPv6 规则",
            ),
            command: Command::Per {
                linux: "ip -6 route get {address}",
                macos: "netstat -rn -f inet6",
                windows: "Get-NetRoute ::/0",
            },
        },
    ],
    confirmed_by: &[(RemedyName::Ipv4Only, 0)],
    told_apart: text!(
        en: "Each family tried by itself: IPv6 fails, IPv4 connects; a machine without any IPv6 route is not broken.",
        zh: "两个地址族分别尝试：IPv6 失败、IPv4 正常；完全没有 IPv6 路由的机器不算故障。",
    ),
    rivals: &["dns-slow", "ip-blackholed", "high-latency-happy-eyeballs"],
    explained_by: &["dns-poisoned", "dns-hijacked", "hosts-file-override", "sandbox-no-network", "no-egress"],
    detect: Some(rule::ipv6_broken),
    ..Fault::BASE
};

const PACKET_LOSS: Fault = Fault {
    code: "packet-loss",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "packets are lost on the way", zh: "线路丢包"),
    explanation: text!(
        en: "Some of the packets get lost, in no pattern of size or name, so requests are slow or fail by chance.",
        zh: "部分数据包在途中丢失，与大小和域名都无关，所以请求时慢时断。",
    ),
    impact: text!(en: "random requests", zh: "随机的请求"),
    retry: Retry::Backoff,
    fixes: &[
        Fix {
            text: text!(
                en: "Change the network, the Wi-Fi channel or the proxy's node",
                zh: "换个网络、Wi-Fi 信道或代理节点",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(en: "See where the loss begins", zh: "看丢包从哪一跳开始"),
            command: Command::Per {
                linux: "mtr -rwc 50 -T -P {port} {host}",
                macos: "mtr -rwc 50 -T -P {port} {host}",
                windows: "pathping {host}",
            },
        },
    ],
    told_apart: text!(
        en: "Twenty timed connections fail at random, whatever their size and name; other hosts fare alike.",
        zh: "连测二十次，失败与大小、域名都无关，其他主机也一样。",
    ),
    rivals: &["mtu-black-hole", "sni-dropped", "slow-first-token"],
    detect: Some(trial::packet_loss),
    ..Fault::BASE
};

const HIGH_LATENCY_HAPPY_EYEBALLS: Fault = Fault {
    code: "high-latency-happy-eyeballs",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(
        en: "connecting takes longer than the 250 ms that Node.js gives an address",
        zh: "建连时间超过了 Node.js 给每个地址的 250 毫秒上限",
    ),
    explanation: text!(
        en: "Node.js 20 and later give up every address but the last after 250 ms. On a line as slow as this those run out, although they would have connected; and where the last one is of a family that this machine does not have, the connection fails.",
        zh: "Node.js 20 及以上版本除最后一个地址外，250 毫秒内连不上就换下一个。线路延迟这么高时，前面的地址都会被放弃，其实再等等就能连上；如果最后一个地址属于本机不通的地址族，连接就会失败。",
    ),
    impact: text!(en: "Node.js clients", zh: "Node.js 客户端"),
    fixes: &[Fix {
        text: text!(en: "Give each attempt more time", zh: "放宽每次尝试的时间"),
        command: Command::Per {
            linux: "export NODE_OPTIONS=--network-family-autoselection-attempt-timeout=1000",
            macos: "export NODE_OPTIONS=--network-family-autoselection-attempt-timeout=1000",
            windows: "$env:NODE_OPTIONS = '--network-family-autoselection-attempt-timeout=1000'",
        },
    }],
    told_apart: text!(
        en: "We connect, in more than 250 ms, while the last address cannot be reached; Node.js 20 or later reports ETIMEDOUT in an AggregateError.",
        zh: "本工具能连上但超过 250 毫秒，且最后一个地址连不上；Node.js 20+ 报 AggregateError（ETIMEDOUT）。",
    ),
    rivals: &["ip-blackholed", "ipv6-broken"],
    detect: Some(rule::high_latency),
    ..Fault::BASE
};

const ICMP_FILTERED: Fault = Fault {
    code: "icmp-filtered",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "ping is filtered, which is no fault", zh: "ping 被过滤，这不算故障"),
    explanation: text!(
        en: "The endpoint or the network does not answer pings. Connections work all the same; do not look for a fault here.",
        zh: "端点或网络不回应 ping，但连接完全正常，不必在这里找问题。",
    ),
    impact: text!(en: "none", zh: "无影响"),
    retry: Retry::NotApplicable,
    fixes: &[Fix {
        text: text!(en: "Nothing to do: test with a TCP connection instead", zh: "不用处理：改用 TCP 连接来测试"),
        command: Command::Any("curl -sv -o /dev/null {origin}"),
    }],
    told_apart: text!(en: "TCP connects although ping fails.", zh: "ping 不通，但 TCP 能连上。"),
    rivals: &["no-egress", "ip-blackholed"],
    ..Fault::BASE
};

const UDP_443_BLOCKED: Fault = Fault {
    code: "udp-443-blocked",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "UDP 443 is blocked, so HTTP/3 is not possible", zh: "UDP 443 被封，无法使用 HTTP/3"),
    explanation: text!(
        en: "HTTP/3 does not get through here. API clients use HTTP/1.1 and HTTP/2 over TCP and do not notice; browsers fall back.",
        zh: "这里走不通 HTTP/3。API 客户端用的是 TCP 上的 HTTP/1.1 和 HTTP/2，不受影响；浏览器会自动回退。",
    ),
    impact: text!(en: "none: HTTP/3 falls back to TCP", zh: "无影响：HTTP/3 会回退到 TCP"),
    retry: Retry::NotApplicable,
    fixes: &[Fix {
        text: text!(
            en: "Nothing to do for API clients; in a browser that is slow here, switch QUIC off",
            zh: "API 客户端不用处理；如果浏览器变慢，可以关闭 QUIC",
        ),
        command: Command::None,
    }],
    told_apart: text!(en: "TCP 443 works, UDP 443 stays silent.", zh: "TCP 443 正常，UDP 443 没有回应。"),
    rivals: &["ip-blackholed"],
    detect: Some(protocol::udp_443_blocked),
    ..Fault::BASE
};
