//! Faults of the TLS handshake and its certificates: what they are. The rules that find them are in [`rule`].

mod rule;

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::text;

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

/// What makes an address wrong, so that whatever it presents is no certificate of the endpoint.
const WRONG_ADDRESS: &[&str] =
    &["dns-poisoned", "dns-hijacked", "dns-sinkholed", "hosts-file-override", "captive-portal"];

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

const TLS_CLOCK_SKEW: Fault = Fault {
    code: "tls-clock-skew",
    layer: Layer::Transport,
    owner: Owner::You,
    title: text!(en: "this machine's clock is wrong", zh: "本机时钟不准"),
    explanation: text!(
        en: "The certificate is fine, but by this machine's clock it is out of date or not valid yet. Every HTTPS connection fails alike until the clock is right.",
        zh: "证书没有问题，只是按本机时钟来看它已经过期或者尚未生效。时钟不改对，所有 HTTPS 连接都会失败。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(en: "Set the clock by the network", zh: "通过网络校准时钟"),
            command: Command::Per {
                linux: "sudo timedatectl set-ntp true",
                macos: "sudo sntp -sS time.apple.com",
                windows: "w32tm /resync",
            },
        },
        Fix {
            text: text!(
                en: "WSL loses time while the computer sleeps: restart it",
                zh: "WSL 在电脑休眠后时间会变慢：重启 WSL",
            ),
            command: Command::Any("wsl.exe --shutdown"),
        },
    ],
    told_apart: text!(
        en: "The Date of an HTTP response differs from the local clock by more than five minutes, and with that clock the certificate is valid",
        zh: "HTTP 响应的 Date 与本机时钟相差超过 5 分钟，而按那个时间证书是有效的",
    ),
    rivals: &["tls-roots-stale", "tls-intercepted", "tls-certificate-expired"],
    explained_by: WRONG_ADDRESS,
    detect: Some(rule::clock_skew),
    ..Fault::BASE
};

const TLS_CA_PATH_INVALID: Fault = Fault {
    code: "tls-ca-path-invalid",
    layer: Layer::Transport,
    owner: Owner::You,
    title: text!(en: "a CA setting points at no usable file", zh: "CA 证书的设置没有指向可用的文件"),
    explanation: text!(
        en: "A variable or flag names a file of root certificates that cannot be used. Clients that read it find no roots and reject every certificate, or do not start at all.",
        zh: "某个环境变量或参数指定的根证书文件不能用。读取它的客户端没有任何根证书，会拒绝所有证书，甚至直接启动失败。",
    ),
    impact: text!(en: "all requests of clients that read the setting", zh: "读取该设置的客户端的所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Unset the variable, or point it at an existing PEM file",
                zh: "取消这个变量，或者让它指向存在的 PEM 文件",
            ),
            command: Command::Per {
                linux: "unset SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS",
                macos: "unset SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE NODE_EXTRA_CA_CERTS",
                windows: "Remove-Item Env:SSL_CERT_FILE, Env:REQUESTS_CA_BUNDLE, Env:NODE_EXTRA_CA_CERTS -ErrorAction Ignore",
            },
        },
        Fix {
            text: text!(
                en: "conda leaves SSL_CERT_FILE pointing into removed environments",
                zh: "conda 常常让 SSL_CERT_FILE 指向已经删除的环境",
            ),
            command: Command::Any("conda env config vars unset SSL_CERT_FILE"),
        },
    ],
    told_apart: text!(
        en: "The file that the setting names is missing, unreadable or holds no certificate",
        zh: "设置所指的文件不存在、读不了，或者里面没有证书",
    ),
    rivals: &["tls-intercepted", "tls-roots-stale"],
    explained_by: WRONG_ADDRESS,
    detect: Some(rule::ca_path_invalid),
    ..Fault::BASE
};

const TLS_ROOTS_STALE: Fault = Fault {
    code: "tls-roots-stale",
    layer: Layer::Transport,
    owner: Owner::You,
    title: text!(en: "the root certificates of this machine are out of date", zh: "本机的根证书库过旧或不完整"),
    explanation: text!(
        en: "The certificate comes from a public authority that the bundled Mozilla roots know, and this machine's own store does not.",
        zh: "证书由公共 CA 签发，内置的 Mozilla 根证书能验证通过，本机自己的证书库却不认识它。",
    ),
    impact: text!(en: "all requests of clients that use this store", zh: "使用该证书库的客户端的所有请求"),
    fixes: &[
        Fix {
            text: text!(en: "Renew the store of root certificates", zh: "更新根证书库"),
            command: Command::Per {
                linux: "sudo apt-get install --reinstall ca-certificates && sudo update-ca-certificates",
                macos: "softwareupdate --install --all",
                windows: "certutil -generateSSTFromWU roots.sst",
            },
        },
        Fix {
            text: text!(
                en: "Python brings its own roots: renew them (python.org builds on macOS: run \"Install Certificates.command\")",
                zh: "Python 自带根证书，一并更新（macOS 上 python.org 的版本：运行 “Install Certificates.command”）",
            ),
            command: Command::Any("python3 -m pip install --upgrade certifi"),
        },
        Fix {
            text: text!(
                en: "A minimal container image has no roots at all: add the package ca-certificates",
                zh: "精简的容器镜像可能根本没有根证书：安装 ca-certificates 包",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "The issuer is a public authority, and the same chain verifies with the bundled Mozilla roots",
        zh: "签发者是公共 CA，同一条证书链用内置的 Mozilla 根证书能通过",
    ),
    rivals: &["tls-intercepted", "tls-clock-skew"],
    explained_by: &["tls-ca-path-invalid", "dns-poisoned", "dns-hijacked", "captive-portal"],
    detect: Some(rule::roots_stale),
    ..Fault::BASE
};

const TLS_INTERCEPTED: Fault = Fault {
    code: "tls-intercepted",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(
        en: "TLS is intercepted by an authority that clients do not trust",
        zh: "TLS 被中间设备解密，而客户端不信任它的 CA",
    ),
    explanation: text!(
        en: "A gateway or security program between here and the endpoint opens the encrypted connection and signs the certificate itself. Clients that do not have its root certificate refuse it, and rightly so.",
        zh: "途中的网关或本机安全软件拆开了加密连接，并用自己的 CA 重新签发证书。没有安装这个根证书的客户端会拒绝连接，这是对的。",
    ),
    impact: text!(en: "all requests of clients without that root", zh: "没有该根证书的客户端的所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Get the root certificate from whoever runs the gateway, as PEM, and name it to the clients (Python, curl, OpenSSL; Node.js)",
                zh: "向网关管理员索取 PEM 格式的根证书，并告诉各客户端（Python、curl、OpenSSL；Node.js）",
            ),
            command: Command::Per {
                linux: "export SSL_CERT_FILE=corporate-bundle.pem REQUESTS_CA_BUNDLE=corporate-bundle.pem NODE_EXTRA_CA_CERTS=corporate-root.pem",
                macos: "export SSL_CERT_FILE=corporate-bundle.pem REQUESTS_CA_BUNDLE=corporate-bundle.pem NODE_EXTRA_CA_CERTS=corporate-root.pem",
                windows: "$env:SSL_CERT_FILE = 'corporate-bundle.pem'; $env:REQUESTS_CA_BUNDLE = 'corporate-bundle.pem'; $env:NODE_EXTRA_CA_CERTS = 'corporate-root.pem'",
            },
        },
        Fix {
            text: text!(
                en: "Or install it in the system's store (Node.js 23.9 and later then take NODE_OPTIONS=--use-system-ca)",
                zh: "或者装进系统证书库（Node.js 23.9 及以上再加 NODE_OPTIONS=--use-system-ca）",
            ),
            command: Command::Per {
                linux: "sudo cp corporate-root.pem /usr/local/share/ca-certificates/corporate-root.crt && sudo update-ca-certificates",
                macos: "sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain corporate-root.pem",
                windows: "Import-Certificate -FilePath corporate-root.pem -CertStoreLocation Cert:\\LocalMachine\\Root",
            },
        },
        Fix {
            text: text!(
                en: "Or ask for {host} to be exempted from inspection. Do not switch verification off: your key would go to anybody",
                zh: "或者申请对 {host} 免检。不要关闭证书校验：那样密钥会落到任何人手里",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "The issuer is private and the same for every host; the system's store and the Mozilla roots are asked separately",
        zh: "签发者是私有 CA，而且对所有主机都一样；系统证书库与 Mozilla 根证书分别验证",
    ),
    rivals: &["tls-roots-stale", "dns-poisoned", "captive-portal", "tls-clock-skew"],
    explained_by: &[
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "hosts-file-override",
        "captive-portal",
        "tls-ca-path-invalid",
    ],
    detect: Some(rule::intercepted),
    ..Fault::BASE
};

const TLS_CERTIFICATE_EXPIRED: Fault = Fault {
    code: "tls-certificate-expired",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(en: "the server's certificate has expired", zh: "服务器的证书已过期"),
    explanation: text!(
        en: "The certificate's time of validity does not include today. Only whoever runs the endpoint can renew it.",
        zh: "证书的有效期不包含今天。只有端点的运营者能续期。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Tell whoever runs {host}; if that is you, renew the certificate and reload the server",
                zh: "通知 {host} 的运营者；如果就是你自己，请续期证书并重新加载服务",
            ),
            command: Command::Any("sudo certbot renew"),
        },
        Fix {
            text: text!(en: "Make sure that this machine's date is right", zh: "确认本机日期正确"),
            command: Command::Per { linux: "date -u", macos: "date -u", windows: "Get-Date" },
        },
    ],
    told_apart: text!(
        en: "The clock is right and other hosts verify",
        zh: "时钟是对的，别的主机证书也能通过",
    ),
    rivals: &["tls-clock-skew", "tls-intercepted"],
    explained_by: &[
        "tls-clock-skew",
        "tls-intercepted",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "hosts-file-override",
        "captive-portal",
    ],
    detect: Some(rule::expired),
    ..Fault::BASE
};

const TLS_CERTIFICATE_NAME_MISMATCH: Fault = Fault {
    code: "tls-certificate-name-mismatch",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(en: "the certificate is for another name", zh: "证书上的名字对不上"),
    explanation: text!(
        en: "The server proves to be somebody, but not the host in the base URL: the name is wrong, or the server is set up for another one.",
        zh: "服务器证明了自己的身份，但不是 base URL 里的主机：要么主机名写错了，要么服务器配的是别的名字。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Use a name that the certificate carries in the base URL, not an address or an alias",
                zh: "base URL 里使用证书上有的名字，不要用 IP 或别名",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "If you run the server, give it a certificate for {host}",
                zh: "如果服务器归你管，给它配一张 {host} 的证书",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "The address is the right one and the issuer is public, the names do not include the host",
        zh: "地址是对的，签发者是公共 CA，只是名字里没有这个主机",
    ),
    rivals: &["dns-poisoned", "hosts-file-override", "tls-intercepted"],
    explained_by: &[
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "hosts-file-override",
        "captive-portal",
        "gateway-block-page",
        "tls-intercepted",
    ],
    detect: Some(rule::name_mismatch),
    ..Fault::BASE
};

const TLS_CERTIFICATE_UNTRUSTED: Fault = Fault {
    code: "tls-certificate-untrusted",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(
        en: "the endpoint's certificate is self-signed or from a private authority",
        zh: "端点的证书是自签名的，或由私有 CA 签发",
    ),
    explanation: text!(
        en: "Nobody whom this machine trusts vouches for the certificate. For a server of your own that is usual; then its root certificate must be named.",
        zh: "没有本机信任的 CA 为这张证书担保。如果是自建服务，这很常见，只要指定它的根证书即可。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Name the root certificate of the endpoint (CA.pem), here and to the clients",
                zh: "指定端点的根证书（CA.pem），本工具和客户端都要",
            ),
            command: Command::Per {
                linux: "openai-doctor diagnose --ca-file CA.pem; export SSL_CERT_FILE=CA.pem NODE_EXTRA_CA_CERTS=CA.pem",
                macos: "openai-doctor diagnose --ca-file CA.pem; export SSL_CERT_FILE=CA.pem NODE_EXTRA_CA_CERTS=CA.pem",
                windows: "openai-doctor diagnose --ca-file CA.pem; $env:SSL_CERT_FILE = 'CA.pem'; $env:NODE_EXTRA_CA_CERTS = 'CA.pem'",
            },
        },
        Fix {
            text: text!(
                en: "If it is meant to be public: have the server send the intermediate certificates too",
                zh: "如果本应是公共证书：让服务器把中间证书一并发送",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "Only this endpoint does it; other hosts verify with public issuers (otherwise it is interception)",
        zh: "只有这个端点如此，其他主机都是公共 CA（否则就是被中间设备解密）",
    ),
    rivals: &["tls-intercepted", "tls-roots-stale", "tls-ca-path-invalid"],
    explained_by: &[
        "tls-intercepted",
        "tls-roots-stale",
        "tls-ca-path-invalid",
        "tls-clock-skew",
        "dns-poisoned",
        "dns-hijacked",
        "dns-sinkholed",
        "hosts-file-override",
        "captive-portal",
        "gateway-block-page",
    ],
    detect: Some(rule::untrusted),
    ..Fault::BASE
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
        en: "A protocol_version alert; with another version the handshake completes",
        zh: "收到 protocol_version 告警；换一个版本握手就能完成",
    ),
    rivals: &["sni-reset", "proxy-scheme-wrong", "tls-handshake-refused"],
    explained_by: &["dns-poisoned", "dns-hijacked", "hosts-file-override"],
    detect: Some(rule::version_unsupported),
    ..Fault::BASE
};

const TLS_HANDSHAKE_REFUSED: Fault = Fault {
    code: "tls-handshake-refused",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(en: "the server refuses the TLS handshake", zh: "服务器拒绝了 TLS 握手"),
    explanation: text!(
        en: "The peer speaks TLS and broke the handshake off on purpose: it does not serve this name, wants a client certificate, or shares no cipher with us.",
        zh: "对方会说 TLS，但主动中止了握手：它不提供这个名字、要求客户端证书，或者没有共同的加密套件。",
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
        en: "A TLS alert came, not a bare reset: the peer read the ClientHello",
        zh: "收到的是 TLS 告警而不是 RST：对方读到了 ClientHello",
    ),
    rivals: &["tls-version-unsupported", "sni-reset", "tls-handshake-reset"],
    causes: &["edge-rejects-exit-address"],
    explained_by: &["tls-version-unsupported", "dns-poisoned", "dns-hijacked", "hosts-file-override"],
    detect: Some(rule::handshake_refused),
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
    told_apart: text!(
        en: "The same address completes a handshake with a neutral name; the reset comes sooner than the server could answer",
        zh: "同一地址换成中性域名能完成握手；RST 来得比服务器可能的应答还早",
    ),
    rivals: &["proxy-exit-dead", "proxy-scheme-wrong", "tls-version-unsupported", "idle-connection-dropped"],
    explained_by: &["proxy-not-applied"],
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
    told_apart: text!(
        en: "The same address completes a handshake with a neutral name of equal length; smaller packets do not help",
        zh: "同一地址换成等长的中性域名能完成握手；减小包长没有用",
    ),
    rivals: &["mtu-black-hole", "client-hello-too-large", "packet-loss"],
    explained_by: &["proxy-not-applied"],
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
    told_apart: text!(
        en: "With a maximum segment size of 1200 it works, with any server name it hangs",
        zh: "把 MSS 设成 1200 就正常；不设的话换什么域名都卡住",
    ),
    rivals: &["sni-dropped", "client-hello-too-large", "packet-loss", "dpi-stall"],
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
    told_apart: text!(
        en: "The handshake completes without the X25519MLKEM768 share",
        zh: "去掉 X25519MLKEM768 之后握手就能完成",
    ),
    rivals: &["mtu-black-hole", "sni-dropped"],
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
        en: "An alert or a clean end after a full round trip, for this provider's names only; another exit works",
        zh: "在一个完整往返之后收到告警或正常关闭，而且只针对该服务商的域名；换个出口就好",
    ),
    rivals: &["sni-reset", "tls-version-unsupported", "proxy-exit-dead"],
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
        en: "A symptom: a neutral server name, smaller packets and a smaller ClientHello, one at a time, tell the cause",
        zh: "这是表象：分别换中性域名、减小包长、缩小 ClientHello，一次改一样，就能找出原因",
    ),
    rivals: &["tls-handshake-reset", "read-timeout"],
    causes: &[
        "sni-dropped",
        "mtu-black-hole",
        "client-hello-too-large",
        "packet-loss",
        "proxy-exit-dead",
        "proxy-not-applied",
        "dns-poisoned",
    ],
    explained_by: &["dns-hijacked", "dns-sinkholed", "hosts-file-override"],
    detect: Some(rule::handshake_timeout),
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
        en: "A symptom: a neutral server name at the same address, and another exit, tell the cause",
        zh: "这是表象：同一地址换中性域名、或换一个出口，就能找出原因",
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
    explained_by: &["dns-hijacked", "dns-sinkholed", "hosts-file-override", "dns-fake-ip-unreachable"],
    detect: Some(rule::handshake_reset),
    ..Fault::BASE
};
