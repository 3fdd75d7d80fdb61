//! Faults of the kind of client: browsers, `WebSocket` upgrades, programs that hold too many connections.

mod heard;

use super::protocol;
use crate::diagnosis::{Confidence, Fault, Finding, Fix, Heard, Layer, Owner, Retry, Sign};
use crate::evidence::{Evidence, FailureKind, Stage, text};
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "websocket-blocked",
        layer: Layer::Application,
        owner: Owner::Network,
        title: text!(en: "WebSocket upgrades are blocked", zh: "WebSocket 升级被拦截"),
        explanation: text!(
            en: "Plain HTTPS requests pass, but something on the way does not let a connection become a WebSocket.",
            zh: "普通 HTTPS 请求正常，但途中有设备不允许连接升级为 WebSocket。",
        ),
        impact: text!(en: "realtime", zh: "实时接口"),
        fixes: &[
            Fix::advice(text!(en: "Switch the client to plain HTTP or SSE", zh: "让客户端改用普通 HTTP 或 SSE")),
            Fix::run(
                text!(en: "In the proxy's nginx, pass the upgrade on", zh: "在代理的 nginx 中转发升级请求"),
                "proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection \"upgrade\";",
            ),
        ],
        told_apart: text!(en: "An HTTPS POST to the same host works.", zh: "对同一主机的 HTTPS POST 正常。"),
        rivals: &["cdn-challenge", "responses-api-unsupported"],
        signs: &[
            Sign::status(&[426]),
            Sign::says(&["websocket"]).and(&[
                "handshake",
                "upgrade",
                "not supported",
                "bad handshake",
                "expected 101",
                "unexpected server response",
            ]),
        ],
        heard: heard::WEBSOCKET,
        detect: Some(protocol::websocket_blocked),
        ..Fault::BASE
    },
    Fault {
        code: "browser-cors-missing",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "browsers are refused for lack of CORS headers", zh: "缺少 CORS 响应头，浏览器请求被拒"),
        explanation: text!(
            en: "From the command line the endpoint works; a browser asks for permission first and gets none.",
            zh: "命令行访问正常；浏览器会先询问跨域许可，但没有得到。",
        ),
        impact: text!(en: "browsers", zh: "浏览器"),
        fixes: &[
            Fix::advice(text!(
                en: "Call through a backend of your own, which also keeps the key out of the browser",
                zh: "通过自己的后端调用，这样密钥也不会暴露在浏览器里",
            )),
            Fix::advice(text!(en: "Or let the relay send CORS headers", zh: "或者让中转服务返回 CORS 响应头")),
        ],
        told_apart: text!(
            en: "OPTIONS with an Origin header gets no Access-Control-Allow-Origin.",
            zh: "带 Origin 头的 OPTIONS 请求没有得到 Access-Control-Allow-Origin。",
        ),
        rivals: &["tls-intercepted"],
        heard: &[
            Heard::cause(&[
                "cors requests must set",
                "405 - options /api",
                "unexpected endpoint or method. (options /",
            ]),
            Heard::cause(&[
                "blocked by cors policy",
                "no 'access-control-allow-origin' header",
                "cors policy",
                "cross-origin request blocked",
                "cors request did not succeed",
                "not allowed by access-control-allow-origin",
                "cors error",
                "cors header",
                "blocking a cross-origin request",
                "requires additional access origins",
                "same origin policy disallows",
                "access-control-allow-origin",
                "跨域",
            ])
            .and(&["blocked", "blocking", "policy", "cors", "origins", "disallow", "跨域"])
            .but_not(&[
                "access-control-allow-origin: *",
                "access-control-allow-origin': '*",
                "access-control-allow-origin\": \"*",
            ]),
            // A server's log of the question that a browser asks first.
            Heard::cause(&[
                "| options \"/v1",
                "- \"options /v1",
                "- \"options /api",
                "] \"options /v1",
                "] \"options /api",
            ])
            .and(&["403", "404", "405", "401", "400"]),
        ],
        signs: &[Sign::says(&["405 - options /v1"])],
        ..Fault::BASE
    },
    Fault {
        code: "connection-pool-exhausted",
        layer: Layer::Application,
        owner: Owner::You,
        title: text!(
            en: "the client ran out of connections or file descriptors",
            zh: "客户端的连接或文件描述符已用尽",
        ),
        explanation: text!(
            en: "No connection could be opened on this side: the process holds too many open files, or waits for one of its own pool. The endpoint was not asked.",
            zh: "本侧已打不开新连接：进程打开的文件过多，或在等待自己的连接池。请求并没有到达端点。",
        ),
        impact: text!(en: "long-running programs", zh: "长时间运行的程序"),
        fixes: &[
            Fix::advice(text!(
                en: "Create one client and use it everywhere; close streams that are not read to their end",
                zh: "只创建一个客户端并复用；没有读完的流要关闭",
            )),
            Fix::run_per(
                text!(en: "See and raise the limit of open files", zh: "查看并调高打开文件数上限"),
                "ulimit -n; ulimit -n 65535",
                "ulimit -n; ulimit -n 10240",
                "",
            ),
        ],
        told_apart: text!(en: "A fresh process works, and the old one holds many descriptors.", zh: "新进程正常，而旧进程占用了大量描述符。"),
        rivals: &["ip-blackholed", "packet-loss"],
        retry: Retry::Once,
        detect: Some(out_of_descriptors),
        heard: heard::POOL,
        ..Fault::BASE
    },
];

fn out_of_descriptors(evidence: &Evidence) -> Option<Finding> {
    let attempts = || evidence.tcp.facts.attempts.iter().filter_map(|attempt| attempt.failure.as_ref());
    let failures = [&evidence.dns.failure, &evidence.proxy.failure, &evidence.tcp.failure];
    let failure = failures
        .into_iter()
        .flatten()
        .chain(attempts())
        .find(|failure| failure.kind == FailureKind::TooManyOpenFiles)?;
    let stage = if evidence.dns.kind() == Some(FailureKind::TooManyOpenFiles) { Stage::Dns } else { Stage::Tcp };
    let detail = text::line(&failure.detail, 120);
    Some(
        Finding::faulty(stage, Confidence::Confirmed)
            .because(say!(en: "opening a socket failed: {detail}", zh: "打开套接字失败：{detail}"))
            .not(
                "ip-blackholed",
                text!(en: "the failure is this machine's own; no packet was sent", zh: "失败发生在本机，没有发出任何包"),
            ),
    )
}
