//! Faults of the TLS handshake and its certificates: what they are. The rules that find them are in [`rule`].

mod certificate;
mod heard;
mod rule;

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::evidence::remedy::RemedyName;
use crate::text;

use super::trial;
use certificate::{
    TLS_CA_PATH_INVALID, TLS_CERTIFICATE_EXPIRED, TLS_CERTIFICATE_NAME_MISMATCH, TLS_CERTIFICATE_UNTRUSTED,
    TLS_CLOCK_SKEW, TLS_INTERCEPTED, TLS_ROOTS_STALE,
};

pub(super) const FAULTS: &[Fault] = &[
    TLS_CLOCK_SKEW,
    TLS_CA_PATH_INVALID,
    TLS_ROOTS_STALE,
    TLS_INTERCEPTED,
    TLS_CERTIFICATE_EXPIRED,
    TLS_CERTIFICATE_NAME_MISMATCH,
    TLS_CERTIFICATE_UNTRUSTED,
    TLS_VERSION_UNSUPPORTED,
    TLS_HANDSHAKE_REFUSED,
    SNI_RESET,
    SNI_DROPPED,
    MTU_BLACK_HOLE,
    CLIENT_HELLO_TOO_LARGE,
    EDGE_REJECTS_EXIT_ADDRESS,
    TLS_HANDSHAKE_TIMEOUT,
    TLS_HANDSHAKE_RESET,
];

/// A route that does not cross the filter.
const GO_AROUND: Fix = Fix {
    text: text!(
        en: "Route requests through a proxy or a relay in a region that the provider supports",
        zh: "让请求走代理或中转（位于服务商支持的地区）",
    ),
    command: Command::Per {
        linux: "export HTTPS_PROXY=http://PROXY:PORT",
        macos: "export HTTPS_PROXY=http://PROXY:PORT",
        windows: "$env:HTTPS_PROXY = 'http://PROXY:PORT'",
    },
};

const TLS_VERSION_UNSUPPORTED: Fault = Fault {
    code: "tls-version-unsupported",
    layer: Layer::Transport,
    owner: Owner::You,
    title: text!(en: "there is no TLS version in common", zh: "双方没有共同支持的 TLS 版本"),
    explanation: text!(
        en: "One side insists on a version of TLS that the other does not speak. Providers want TLS 1.2 or later; old clients, servers and middleboxes stop at 1.1.",
        zh: "一方要求的 TLS 版本另一方不支持。服务商要求 TLS 1.2 以上；旧的客户端、服务器或中间设备只到 1.1。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "See which versions are accepted",
                zh: "看看对方接受哪些版本",
            ),
            command: Command::Any("openssl s_client -connect {host}:{port} -servername {host} -tls1_2"),
        },
        Fix {
            text: text!(
                en: "Upgrade whichever side is old: Python, Node.js and OpenSSL here, or the server, relay or inspecting gateway there",
                zh: "升级旧的一方：本机的 Python、Node.js、OpenSSL，或者对面的服务器、中转、网关",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "A protocol_version alert; with another version the handshake completes.",
        zh: "收到 protocol_version 告警；换一个版本握手就能完成。",
    ),
    rivals: &["sni-reset", "proxy-scheme-wrong", "tls-handshake-refused"],
    explained_by: &["dns-poisoned", "dns-hijacked", "hosts-file-override"],
    detect: Some(rule::version_unsupported),
    heard: heard::VERSION,
    ..Fault::BASE
};

const TLS_HANDSHAKE_REFUSED: Fault = Fault {
    code: "tls-handshake-refused",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(en: "the server refuses the TLS handshake", zh: "服务器拒绝了 TLS 握手"),
    explanation: text!(
        en: "The peer speaks TLS, but the handshake was broken off on purpose: it does not serve this name, wants a client certificate, shares no cipher with us, or sends what the rules of TLS forbid.",
        zh: "对方会说 TLS，但握手被主动中止：它不提供这个名字、要求客户端证书、没有共同的加密套件，或者发来了违反 TLS 规则的内容。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Check the host name: the server picks its certificate by it (SNI)",
                zh: "检查主机名：服务器按它（SNI）选择证书",
            ),
            command: Command::Any("openssl s_client -connect {host}:{port} -servername {host}"),
        },
        Fix {
            text: text!(
                en: "If you run the server, its log says why; a virtual host or certificate for {host} is probably missing",
                zh: "如果服务器归你管，看它的日志；多半缺少 {host} 的虚拟主机或证书",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "A TLS alert came, not a bare reset: the peer read the ClientHello.",
        zh: "收到的是 TLS 告警而不是 RST：对方读到了 ClientHello。",
    ),
    rivals: &["tls-version-unsupported", "sni-reset", "tls-handshake-reset"],
    causes: &["edge-rejects-exit-address"],
    explained_by: &["tls-version-unsupported", "dns-poisoned", "dns-hijacked", "hosts-file-override"],
    detect: Some(rule::handshake_refused),
    heard: heard::REFUSED,
    ..Fault::BASE
};

const SNI_RESET: Fault = Fault {
    code: "sni-reset",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "connections are reset for this server name", zh: "连接因域名（SNI）被重置"),
    explanation: text!(
        en: "A filter on the way reads the server name in the TLS handshake and cuts the connection when it is this one. With another name the same address answers.",
        zh: "途中的过滤设备读取了 TLS 握手里的域名（SNI），遇到这个域名就发 RST 断开。换个域名，同一地址就能连上。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        GO_AROUND,
        Fix {
            text: text!(
                en: "After a reset the filter may block the address for up to three minutes: wait before the next test",
                zh: "被重置之后，过滤设备可能继续封锁该地址最多三分钟：隔一会儿再测",
            ),
            command: Command::None,
        },
    ],
    confirmed_by: &[(RemedyName::OtherProxy, 0), (RemedyName::LocalProxy, 0)],
    told_apart: text!(
        en: "The same address completes a handshake with a neutral name; the reset comes sooner than the server could answer.",
        zh: "同一地址换成中性域名能完成握手；RST 来得比服务器可能的应答还早。",
    ),
    rivals: &["proxy-exit-dead", "proxy-scheme-wrong", "tls-version-unsupported", "idle-connection-dropped"],
    explained_by: &["proxy-not-applied", "proxy-rule-direct", "proxy-env-conflict"],
    detect: Some(trial::sni_reset),
    ..Fault::BASE
};

const SNI_DROPPED: Fault = Fault {
    code: "sni-dropped",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "packets are dropped for this server name", zh: "数据包因域名（SNI）被丢弃"),
    explanation: text!(
        en: "A filter on the way reads the server name in the TLS handshake and then drops the connection's packets. With another name the same address answers.",
        zh: "途中的过滤设备读到这个域名（SNI）之后，就把该连接的数据包全部丢掉。换个域名，同一地址就有回应。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[GO_AROUND],
    confirmed_by: &[(RemedyName::OtherProxy, 0), (RemedyName::LocalProxy, 0)],
    told_apart: text!(
        en: "The same address completes a handshake with a neutral name of equal length; smaller packets do not help.",
        zh: "同一地址换成等长的中性域名能完成握手；减小包长没有用。",
    ),
    rivals: &["mtu-black-hole", "client-hello-too-large", "packet-loss"],
    explained_by: &["proxy-not-applied", "proxy-rule-direct", "proxy-env-conflict"],
    detect: Some(trial::sni_dropped),
    ..Fault::BASE
};

const MTU_BLACK_HOLE: Fault = Fault {
    code: "mtu-black-hole",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "large packets vanish on the path", zh: "大包在途中消失（MTU 黑洞）"),
    explanation: text!(
        en: "Some link on the way, often a VPN or a container network, takes smaller packets than this machine sends, and the message that says so is lost. Small exchanges work, large ones hang.",
        zh: "途中某一段（多半是 VPN 或容器网络）的 MTU 比本机小，而提示减小包长的 ICMP 又被丢了。小数据正常，大数据就卡住。",
    ),
    impact: text!(en: "all requests, or only the large ones", zh: "所有请求，或只影响较大的请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Lower the MTU of the VPN's or container's interface (IFACE)",
                zh: "调低 VPN 或容器网卡（IFACE）的 MTU",
            ),
            command: Command::Per {
                linux: "sudo ip link set dev IFACE mtu 1280",
                macos: "sudo ifconfig IFACE mtu 1280",
                windows: "netsh interface ipv4 set subinterface \"IFACE\" mtu=1380 store=persistent",
            },
        },
        Fix {
            text: text!(
                en: "Docker: put \"mtu\": 1400 in /etc/docker/daemon.json. On a router: clamp the MSS to the path MTU",
                zh: "Docker：在 /etc/docker/daemon.json 中写 \"mtu\": 1400。路由器：把 MSS 钳制到路径 MTU",
            ),
            command: Command::Per {
                linux: "sudo iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
                macos: "",
                windows: "",
            },
        },
    ],
    confirmed_by: &[(RemedyName::SmallSegments, 0)],
    told_apart: text!(
        en: "With a maximum segment size of 1200 it works, with any server name it hangs.",
        zh: "把 MSS 设成 1200 就正常；不设的话换什么域名都卡住。",
    ),
    rivals: &["sni-dropped", "client-hello-too-large", "packet-loss", "dpi-stall"],
    detect: Some(trial::mtu_black_hole),
    ..Fault::BASE
};

const CLIENT_HELLO_TOO_LARGE: Fault = Fault {
    code: "client-hello-too-large",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "a middlebox cannot take a large ClientHello", zh: "中间设备处理不了较大的 ClientHello"),
    explanation: text!(
        en: "With post-quantum key exchange the first TLS message needs more than one packet, and a device on the way fails on that. Smaller ones pass.",
        zh: "启用后量子密钥交换之后，TLS 的第一个消息需要不止一个包，而途中的设备处理不了。小的就能通过。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(en: "Have the middlebox updated", zh: "请管理员升级中间设备"), command: Command::None
        },
        Fix {
            text: text!(
                en: "Until then switch the post-quantum share off, for Go programs with",
                zh: "在此之前关闭后量子密钥交换，Go 程序可以用",
            ),
            command: Command::Per {
                linux: "export GODEBUG=tlsmlkem=0",
                macos: "export GODEBUG=tlsmlkem=0",
                windows: "$env:GODEBUG = 'tlsmlkem=0'",
            },
        },
    ],
    confirmed_by: &[(RemedyName::ClassicalKeyShare, 0)],
    told_apart: text!(
        en: "The handshake completes without the X25519MLKEM768 share.",
        zh: "去掉 X25519MLKEM768 之后握手就能完成。",
    ),
    rivals: &["mtu-black-hole", "sni-dropped"],
    detect: Some(trial::client_hello_too_large),
    ..Fault::BASE
};

const EDGE_REJECTS_EXIT_ADDRESS: Fault = Fault {
    code: "edge-rejects-exit-address",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "the provider's edge refuses this exit address", zh: "服务商的边缘节点拒绝了当前出口 IP"),
    explanation: text!(
        en: "The provider's edge breaks the handshake off for the public address that your requests come from, as it does with addresses of ill repute.",
        zh: "服务商的边缘节点看到你的出口 IP 就中止握手，声誉差的 IP 常遇到这种情况。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[Fix {
        text: text!(
            en: "Use another exit: another node of the proxy, another network, or a relay",
            zh: "换一个出口：代理换节点、换网络，或使用中转",
        ),
        command: Command::None,
    }],
    told_apart: text!(
        en: "An alert or a clean end after a full round trip, for this provider's names only; another exit works.",
        zh: "在一个完整往返之后收到告警或正常关闭，而且只针对该服务商的域名；换个出口就好。",
    ),
    rivals: &["sni-reset", "tls-version-unsupported", "proxy-exit-dead"],
    explained_by: &["proxy-rule-direct"],
    detect: Some(trial::edge_rejects_exit_address),
    ..Fault::BASE
};

const TLS_HANDSHAKE_TIMEOUT: Fault = Fault {
    code: "tls-handshake-timeout",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "the TLS handshake got no answer", zh: "TLS 握手超时，没有回应"),
    explanation: text!(
        en: "The connection opened, but nothing came back to the first TLS message.",
        zh: "TCP 连接建立了，但 TLS 的第一个消息之后再也没有回应。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "On a VPN or in a container try a smaller MTU (IFACE is the interface)",
                zh: "使用 VPN 或容器时，先试试较小的 MTU（IFACE 是网卡名）",
            ),
            command: Command::Per {
                linux: "sudo ip link set dev IFACE mtu 1280",
                macos: "sudo ifconfig IFACE mtu 1280",
                windows: "netsh interface ipv4 set subinterface \"IFACE\" mtu=1280 store=active",
            },
        },
        GO_AROUND,
    ],
    told_apart: text!(
        en: "A symptom: a neutral server name, smaller packets and a smaller ClientHello, one at a time, tell the cause.",
        zh: "这是表象：分别换中性域名、减小包长、缩小 ClientHello，一次改一样，就能找出原因。",
    ),
    rivals: &["tls-handshake-reset", "read-timeout"],
    causes: &[
        "sni-dropped",
        "mtu-black-hole",
        "client-hello-too-large",
        "packet-loss",
        "proxy-exit-dead",
        "proxy-not-applied",
        "base-url-scheme-mismatch",
        "dns-poisoned",
    ],
    explained_by: &[
        "dns-hijacked",
        "dns-sinkholed",
        "hosts-file-override",
        "ip-blackholed",
        "proxy-rule-direct",
        "proxy-env-conflict",
    ],
    detect: Some(rule::handshake_timeout),
    heard: heard::TIMEOUT,
    ..Fault::BASE
};

const TLS_HANDSHAKE_RESET: Fault = Fault {
    code: "tls-handshake-reset",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "the TLS handshake was cut off", zh: "TLS 握手被切断"),
    explanation: text!(
        en: "The connection opened and was reset or closed before the handshake ended, without a word of TLS.",
        zh: "TCP 连接建立了，但握手还没完成就被重置或关闭，对方没有给出任何 TLS 消息。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::Once,
    fixes: &[
        GO_AROUND,
        Fix {
            text: text!(
                en: "If it is a server of yours, check that this port speaks TLS and look at its log",
                zh: "如果是你自己的服务，确认这个端口确实是 TLS，并查看它的日志",
            ),
            command: Command::Any("openssl s_client -connect {host}:{port} -servername {host}"),
        },
    ],
    told_apart: text!(
        en: "A symptom: a neutral server name at the same address, and another exit, tell the cause.",
        zh: "这是表象：同一地址换中性域名、或换一个出口，就能找出原因。",
    ),
    rivals: &["tls-handshake-refused", "connection-reset"],
    causes: &[
        "sni-reset",
        "proxy-exit-dead",
        "edge-rejects-exit-address",
        "base-url-scheme-mismatch",
        "client-hello-too-large",
        "proxy-not-applied",
        "dns-poisoned",
    ],
    explained_by: &[
        "dns-hijacked",
        "dns-sinkholed",
        "hosts-file-override",
        "dns-fake-ip-unreachable",
        "proxy-rule-direct",
        "proxy-env-conflict",
    ],
    detect: Some(rule::handshake_reset),
    heard: heard::RESET,
    ..Fault::BASE
};
