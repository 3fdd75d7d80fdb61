//! Faults of certificates: what they are.

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner};
use crate::evidence::remedy::RemedyName;
use crate::text;

use super::rule;

/// What makes an address wrong, so that whatever it presents is no certificate of the endpoint.
const WRONG_ADDRESS: &[&str] =
    &["dns-poisoned", "dns-hijacked", "dns-sinkholed", "hosts-file-override", "captive-portal"];

pub(super) const TLS_CLOCK_SKEW: Fault = Fault {
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
        en: "The Date of an HTTP response differs from the local clock by more than five minutes, and with that clock the certificate is valid.",
        zh: "HTTP 响应的 Date 与本机时钟相差超过 5 分钟，而按那个时间证书是有效的。",
    ),
    rivals: &["tls-roots-stale", "tls-intercepted", "tls-certificate-expired"],
    explained_by: WRONG_ADDRESS,
    detect: Some(rule::clock_skew),
    heard: super::heard::CLOCK_SKEW,
    ..Fault::BASE
};

pub(super) const TLS_CA_PATH_INVALID: Fault = Fault {
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
                windows: "Remove-Item Env:SSL_CERT_FILE, Env:SSL_CERT_DIR, Env:REQUESTS_CA_BUNDLE, Env:CURL_CA_BUNDLE, Env:NODE_EXTRA_CA_CERTS -ErrorAction Ignore",
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
    confirmed_by: &[(RemedyName::CaFile, 0)],
    told_apart: text!(
        en: "The file that the setting names is missing, unreadable or holds no certificate.",
        zh: "设置所指的文件不存在、读不了，或者里面没有证书。",
    ),
    rivals: &["tls-intercepted", "tls-roots-stale"],
    explained_by: WRONG_ADDRESS,
    detect: Some(rule::ca_path_invalid),
    heard: super::heard::CA_PATH,
    ..Fault::BASE
};

pub(super) const TLS_ROOTS_STALE: Fault = Fault {
    code: "tls-roots-stale",
    layer: Layer::Transport,
    owner: Owner::You,
    title: text!(en: "the root certificates of this machine are out of date", zh: "本机的根证书库过旧或不完整"),
    explanation: text!(
        en: "The certificate verifies with current roots, but the store that programs on this machine use does not know its authority: it is old, or a variable puts a smaller one in its place.",
        zh: "用最新的根证书能验证通过，但本机程序所用的证书库不认识这个 CA：要么过旧，要么被环境变量换成了不完整的一份。",
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
        en: "The same chain verifies with the bundled Mozilla roots, or with the system's own bundle that a variable has replaced.",
        zh: "同一条证书链用内置的 Mozilla 根证书能通过，或者用被环境变量替换掉的系统自带证书库能通过。",
    ),
    rivals: &["tls-intercepted", "tls-clock-skew"],
    explained_by: &["tls-ca-path-invalid", "dns-poisoned", "dns-hijacked", "captive-portal"],
    detect: Some(rule::roots_stale),
    ..Fault::BASE
};

pub(super) const TLS_INTERCEPTED: Fault = Fault {
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
        en: "The issuer is private and the same for every host; the system's store and the Mozilla roots are asked separately.",
        zh: "签发者是私有 CA，而且对所有主机都一样；系统证书库与 Mozilla 根证书分别验证。",
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
    heard: super::heard::INTERCEPTED,
    ..Fault::BASE
};

pub(super) const TLS_CERTIFICATE_EXPIRED: Fault = Fault {
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
        en: "The clock is right and other hosts verify.",
        zh: "时钟是对的，别的主机证书也能通过。",
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
    heard: super::heard::EXPIRED,
    ..Fault::BASE
};

pub(super) const TLS_CERTIFICATE_NAME_MISMATCH: Fault = Fault {
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
        en: "The address is the right one and the issuer is public, the names do not include the host.",
        zh: "地址是对的，签发者是公共 CA，只是名字里没有这个主机。",
    ),
    rivals: &["dns-poisoned", "hosts-file-override", "tls-intercepted", "captive-portal"],
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
    heard: super::heard::WRONG_NAME,
    ..Fault::BASE
};

pub(super) const TLS_CERTIFICATE_UNTRUSTED: Fault = Fault {
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
        en: "Only this endpoint does it; other hosts verify with public issuers (otherwise it is interception).",
        zh: "只有这个端点如此，其他主机都是公共 CA（否则就是被中间设备解密）。",
    ),
    rivals: &["tls-intercepted", "tls-roots-stale", "tls-ca-path-invalid", "captive-portal"],
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
    heard: super::heard::UNTRUSTED,
    ..Fault::BASE
};
