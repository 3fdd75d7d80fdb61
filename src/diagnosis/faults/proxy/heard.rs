//! What clients print when the proxy is what fails.

use crate::diagnosis::Heard;

const CREDENTIALS: &[&str] = &["407", "proxy authentication", "proxy_auth"];

pub(super) const AUTH: &[Heard] = &[Heard::cause(&[
    "failed with status code '407'",
    "407 proxy authentication required",
    "proxy authentication required",
    "proxy auth required",
    "tunnel connection failed: 407",
    "http code 407 from proxy",
    "connect tunnel failed, response 407",
    "proxyauthenticationrequired",
    "statuscode=407",
    "err_proxy_auth",
    "status code 407",
    "socks5 authentication failed",
    "socks authentication failed",
    "proxy requires authentication",
    "no acceptable authentication methods",
    "user was rejected by the socks5 server",
    "代理认证失败",
    "代理需要身份验证",
    "代理身份验证",
])];

pub(super) const DENIED: &[Heard] = &[
    Heard::cause(&["proxy tunnel request to proxy"]).and(&["status code '4"]).but_not(CREDENTIALS),
    Heard::cause(&["proxyerror: 4", "proxyerror('4", "proxyerror(\"4"]).but_not(CREDENTIALS),
    Heard::cause(&[
        "tunnel connection failed: 4",
        "tunnel connection failed",
        "connect tunnel failed, response 4",
        "connect tunnel failed, response",
        "from proxy after connect",
        "tunneling socket could not be established, statuscode=",
        "err_tunnel_connection_failed",
        "proxy response (4",
        "unsuccessful tunnel",
        "tunnel failed: ",
        "unexpected response code for connect",
        "unable to tunnel through proxy",
        "proxy connect aborted",
        "connection not allowed by ruleset",
        "proxy returned \"http/1.1 403",
        "proxy returns \"http/1.1 403",
    ])
    .but_not(&[
        "407",
        "tunnel connection failed: 50",
        "response 50",
        "statuscode=50",
        "connect tunnel failed, response 50",
    ]),
];

pub(super) const EXIT_DEAD: &[Heard] = &[
    Heard::cause(&[
        "tunnel connection failed: 50",
        "connect tunnel failed, response 50",
        "statuscode=50",
        "http code 50",
        "general socks server failure",
        "socks5: host unreachable",
        "socks5: network unreachable",
        "ttl expired",
        "proxy connection ended before receiving connect response",
        "socks server failure",
    ])
    .and(&["proxy", "tunnel", "socks"])
    .but_not(CREDENTIALS),
    Heard::cause(&["proxy tunnel request to proxy"]).and(&["status code '5"]),
    Heard::cause(&["proxyerror: 5", "proxyerror('5", "proxyerror(\"5"]),
    Heard::cause(&["cannot connect to proxy", "unable to connect to proxy"]).and(&[
        "remotedisconnected",
        "remote end closed",
        "connection reset",
        "connectionreseterror",
        "10054",
    ]),
];

pub(super) const UNREACHABLE: &[Heard] = &[Heard::cause(&[
    "cannot connect to proxy",
    "unable to connect to proxy",
    "failed to connect to proxy",
    "could not connect to proxy",
    "can't connect to proxy",
    "could not resolve proxy",
    "couldn't resolve proxy",
    "resolve proxy:",
    "proxyconnect tcp: dial tcp",
    "proxyconnect tcp",
    "socks connect tcp",
    "error connecting to socks",
    "proxyconnectionerror",
    "err_proxy_connection_failed",
    "could not proxy request",
    "proxy connection failed",
    "proxy connection timed out",
    "proxy refused",
    "tunneling socket could not be established, cause=",
    "tunneling socket could not be established",
    "failed to create tunnel",
    "curl: (5)",
    "curl error 5:",
    "curl: (97)",
    "无法连接到代理",
    "代理服务器拒绝",
    "代理连接失败",
    "连接代理失败",
])
.but_not(&[
    "tunnel connection failed",
    "407",
    "statuscode=",
    "filenotfounderror",
    "remotedisconnected",
    "remote end closed",
    "connection reset",
    "connectionreseterror",
    "first record does not look like a tls",
    "wrong_version_number",
    "wrong version number",
])];

pub(super) const SCHEME: &[Heard] = &[
    Heard::cause(&[
        "unknown scheme for proxy url",
        "proxy url had no scheme",
        "unsupported proxy scheme",
        "unknown proxy scheme",
        "unsupported scheme for proxy",
        "proxy scheme",
        "invalid proxy url",
        "please check proxy url",
        "proxy url must",
        "invalid proxy",
        "unsupported proxy syntax",
        "unsupported proxy",
        "only http proxies are supported",
        "unknown url scheme: socks",
        "not supported proxy scheme",
        "not supported proxy scheme",
        "unable to determine socks version",
        "check_hostname requires server_hostname",
        "proxy: unknown scheme",
        "proxyschemeunknown",
        "proxyschemeunsupported",
    ]),
    Heard::cause(&["proxyerror", "cannot connect to proxy", "unable to connect to proxy", "proxyconnect"]).and(&[
        "wrong_version_number",
        "wrong version number",
        "filenotfounderror",
        "first record does not look like a tls",
    ]),
];

pub(super) const SOCKS: &[Heard] = &[Heard::cause(&[
    "'socksio' package is not installed",
    "socksio",
    "missing dependencies for socks support",
    "no module named 'socks'",
    "pip install httpx[socks]",
    "pip install requests[socks]",
    "pysocks",
    "aiohttp_socks",
    "socks support",
    "without socks",
    "socks proxies are not supported",
    "socks proxy is not supported",
])];
