//! Faults of an open connection and of the exchange on it: what they are. The rules that find them are in [`rule`].

mod heard;
mod rule;

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::text;

use super::idle;
use super::protocol;
use super::streamed;

pub(super) const FAULTS: &[Fault] = &[
    GATEWAY_BLOCK_PAGE,
    HTTP2_BROKEN,
    IDLE_CONNECTION_DROPPED,
    DPI_STALL,
    STREAM_TRUNCATED,
    READ_TIMEOUT,
    CONNECTION_RESET,
    CONNECTION_CLOSED_EARLY,
];

const GATEWAY_BLOCK_PAGE: Fault = Fault {
    code: "gateway-block-page",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "a web gateway answers with a block page", zh: "上网行为网关返回了拦截页面"),
    explanation: text!(
        en: "A filter of this network answered in place of the endpoint: its policy forbids the site or its category. The request never got there.",
        zh: "网络里的过滤网关代替端点作了应答：策略禁止访问这个站点或这一类别。请求根本没有到达端点。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Ask IT to allow {host}, or the category \"Generative AI\", for programs and not only for browsers",
                zh: "请 IT 放行 {host} 或“生成式 AI”类别，并且对程序也放行，而不只是浏览器",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "Or use the gateway that your company provides for AI, as base URL",
                zh: "或者把 base URL 换成公司提供的 AI 网关",
            ),
            command: Command::Per {
                linux: "export OPENAI_BASE_URL=https://GATEWAY/v1",
                macos: "export OPENAI_BASE_URL=https://GATEWAY/v1",
                windows: "$env:OPENAI_BASE_URL = 'https://GATEWAY/v1'",
            },
        },
    ],
    told_apart: text!(
        en: "The page names a filter's maker, the certificate is of a private authority, and no header is the provider's or its CDN's.",
        zh: "页面带有过滤产品的名称，证书由私有 CA 签发，也没有服务商或其 CDN 的响应头。",
    ),
    rivals: &["base-url-not-an-api", "cdn-challenge", "captive-portal", "proxy-connect-denied"],
    explained_by: &["captive-portal"],
    detect: Some(rule::gateway_block_page),
    heard: heard::BLOCK_PAGE,
    ..Fault::BASE
};

const HTTP2_BROKEN: Fault = Fault {
    code: "http2-broken",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "HTTP/2 fails on this path", zh: "这条链路上的 HTTP/2 不正常"),
    explanation: text!(
        en: "The HTTP/2 connection was ended by an error of the protocol, as devices that inspect traffic and do not fully support HTTP/2 cause it. HTTP/1.1 often works.",
        zh: "HTTP/2 连接因协议错误被终止，通常是途中检查流量的设备没有完整支持 HTTP/2。换成 HTTP/1.1 往往正常。",
    ),
    impact: text!(en: "HTTP/2 clients", zh: "使用 HTTP/2 的客户端"),
    retry: Retry::NewConnection,
    fixes: &[
        Fix {
            text: text!(en: "Try HTTP/1.1; if that works, force it in the client", zh: "先试 HTTP/1.1；如果正常，就在客户端强制使用"),
            command: Command::Any("curl -v --http1.1 {base_url}/models"),
        },
        Fix {
            text: text!(
                en: "Python: httpx.Client(http2=False). Have the proxy or gateway updated",
                zh: "Python：httpx.Client(http2=False)。同时请管理员升级代理或网关",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(en: "HTTP/1.1 to the same address works.", zh: "同一地址用 HTTP/1.1 正常。"),
    rivals: &["stream-truncated", "idle-connection-dropped"],
    detect: Some(rule::http2_broken),
    heard: heard::HTTP2,
    ..Fault::BASE
};

const IDLE_CONNECTION_DROPPED: Fault = Fault {
    code: "idle-connection-dropped",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "idle connections are dropped", zh: "空闲连接会被断开"),
    explanation: text!(
        en: "A NAT, firewall or load balancer forgets connections that are quiet for a while. The next request on such a connection is reset or waits for ever.",
        zh: "NAT、防火墙或负载均衡会清除一段时间没有数据的连接。之后再用这条连接，请求就会被重置，或者一直等下去。",
    ),
    impact: text!(en: "reused connections, long silent requests", zh: "复用的连接，以及长时间没有数据的请求"),
    retry: Retry::NewConnection,
    fixes: &[
        Fix {
            text: text!(
                en: "Switch TCP keepalive on in the client, first probe after 30 to 60 seconds",
                zh: "在客户端启用 TCP keepalive，30 到 60 秒开始探测",
            ),
            command: Command::Per {
                linux: "sudo sysctl -w net.ipv4.tcp_keepalive_time=60 net.ipv4.tcp_keepalive_intvl=10 net.ipv4.tcp_keepalive_probes=3",
                macos: "sudo sysctl -w net.inet.tcp.keepidle=60000",
                windows: "",
            },
        },
        Fix {
            text: text!(
                en: "Stream long answers, and let the client drop connections that were idle for a minute",
                zh: "耗时长的请求改用流式，并让客户端主动丢弃空闲超过一分钟的连接",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "It fails only after a pause of a certain length; keepalive cures it.",
        zh: "只有空闲超过某个时长之后才失败；启用 keepalive 就好。",
    ),
    rivals: &["stream-truncated", "gateway-timeout", "http2-broken"],
    detect: Some(idle::dropped),
    ..Fault::BASE
};

const DPI_STALL: Fault = Fault {
    code: "dpi-stall",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "the connection freezes after a few kilobytes", zh: "连接在传输几 KB 之后卡死"),
    explanation: text!(
        en: "Small answers come through, larger ones stop after 15 to 20 KB: a filter on the way throttles connections to this network to death.",
        zh: "小的响应能收到，大的在 15 到 20 KB 处就停住：途中的过滤设备会掐死发往该网络的连接。",
    ),
    impact: text!(en: "large responses", zh: "较大的响应"),
    fixes: &[Fix {
        text: text!(en: "Use a tunnel, or an endpoint at another hosting provider", zh: "改用隧道，或换一家机房的端点"),
        command: Command::None,
    }],
    told_apart: text!(
        en: "It stalls at the same number of bytes every time; a smaller segment size does not help, other networks are fine.",
        zh: "每次都停在同样的字节数；减小 MSS 没有用，访问其他网络正常。",
    ),
    rivals: &["mtu-black-hole", "stream-truncated", "sse-buffered"],
    detect: Some(protocol::dpi_stall),
    ..Fault::BASE
};

const STREAM_TRUNCATED: Fault = Fault {
    code: "stream-truncated",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "the stream is cut off before its end", zh: "流式响应中途被切断"),
    explanation: text!(
        en: "The answer began and its connection ended before the model had finished: no finish_reason and no [DONE] came.",
        zh: "响应已经开始，但模型还没说完连接就断了：没有收到 finish_reason，也没有 [DONE]。",
    ),
    impact: text!(en: "streaming", zh: "流式请求"),
    retry: Retry::WholeRequest,
    fixes: &[
        Fix {
            text: text!(
                en: "Go around the proxy or gateway that cuts it, or raise its read timeout",
                zh: "绕过切断连接的代理或网关，或者调大它的读超时",
            ),
            command: Command::Any("openai-doctor diagnose --deep --proxy none"),
        },
        Fix {
            text: text!(
                en: "In the client: when no finish_reason came, send the whole request again",
                zh: "客户端：如果没有收到 finish_reason，就把整个请求重发一次",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "Cut after a constant time: a timer; after constant bytes: a filter; at random: the line.",
        zh: "每次时长相同：是定时器；字节数相同：是过滤；没有规律：是线路。",
    ),
    rivals: &["idle-connection-dropped", "stream-error-event", "dpi-stall", "sse-nonstandard"],
    heard: heard::TRUNCATED,
    causes: &["dpi-stall"],
    detect: Some(streamed::truncated),
    ..Fault::BASE
};

const READ_TIMEOUT: Fault = Fault {
    code: "read-timeout",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(en: "the connection is up, but no answer came in time", zh: "连接正常，但没有及时收到响应"),
    explanation: text!(
        en: "The request went out over an open connection and no complete answer came back within the time allowed.",
        zh: "请求已经通过建立好的连接发出，但在规定时间内没有收到完整的响应。",
    ),
    impact: text!(en: "long requests", zh: "耗时长的请求"),
    retry: Retry::Once,
    fixes: &[
        Fix {
            text: text!(
                en: "Stream the response and raise the client's read timeout",
                zh: "使用流式响应，并调大客户端的读超时",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(en: "Give this diagnosis more time, to see whether an answer comes at all", zh: "给诊断多一点时间，看看究竟会不会有响应"),
            command: Command::Any("openai-doctor diagnose --timeout 120s"),
        },
    ],
    told_apart: text!(
        en: "The request was acknowledged and the round-trip time is steady: the server is slow; not acknowledged: the path.",
        zh: "请求已被确认且 RTT 稳定：是服务器慢；没有被确认：是线路问题。",
    ),
    rivals: &["gateway-timeout", "slow-first-token", "tls-handshake-timeout"],
    causes: &["http2-broken", "dpi-stall", "mtu-black-hole", "packet-loss", "idle-connection-dropped"],
    explained_by: &["proxy-exit-dead", "loopback-through-proxy", "captive-portal"],
    detect: Some(rule::read_timeout),
    heard: heard::READ_TIMEOUT,
    ..Fault::BASE
};

const CONNECTION_RESET: Fault = Fault {
    code: "connection-reset",
    layer: Layer::Transport,
    owner: Owner::Network,
    title: text!(en: "the connection was reset", zh: "连接被重置"),
    explanation: text!(
        en: "The connection was open and was then broken off with a reset, by the server or by something on the way, before the answer was complete.",
        zh: "连接已经建立，但在响应完成之前被重置了，可能是服务器，也可能是途中的设备。",
    ),
    impact: text!(en: "random or all requests", zh: "随机或全部请求"),
    retry: Retry::NewConnection,
    fixes: &[
        Fix {
            text: text!(en: "Retry on a new connection; most clients do that by themselves", zh: "换新连接重试，多数客户端会自动这样做"),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "If it happens every time, try another way out (another network, another node of the proxy)",
                zh: "如果每次都这样，换一个出口试试（换网络，或换代理节点）",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "A symptom: in the handshake it is the server name, after a pause an idle timer, in an answer a cut stream.",
        zh: "这是表象：发生在握手时多与域名有关，空闲之后是定时器，响应途中则是流被切断。",
    ),
    rivals: &["connection-closed-early", "tls-handshake-reset"],
    causes: &[
        "idle-connection-dropped",
        "stream-truncated",
        "sni-reset",
        "http2-broken",
        "proxy-exit-dead",
        "base-url-scheme-mismatch",
    ],
    explained_by: &["loopback-through-proxy", "captive-portal", "dns-poisoned", "dns-hijacked"],
    detect: Some(rule::connection_reset),
    heard: heard::RESET,
    ..Fault::BASE
};

const CONNECTION_CLOSED_EARLY: Fault = Fault {
    code: "connection-closed-early",
    layer: Layer::Transport,
    owner: Owner::Provider,
    title: text!(en: "the server closed the connection before it had answered", zh: "服务器还没答完就关闭了连接"),
    explanation: text!(
        en: "The peer accepted the request and ended the connection in good order without a complete answer. Servers that restart or are overloaded do that, and so do keep-alive connections that were kept too long.",
        zh: "对方收下了请求，却没有给出完整响应就正常关闭了连接。服务重启、过载，或者 keep-alive 连接保留过久时会这样。",
    ),
    impact: text!(en: "random requests", zh: "随机的请求"),
    retry: Retry::NewConnection,
    fixes: &[
        Fix {
            text: text!(
                en: "Retry on a new connection; let the client keep idle connections for less time than the server does",
                zh: "换新连接重试；让客户端保留空闲连接的时间短于服务器",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "If it is a server of yours, its log says whether the worker crashed or ran out of memory",
                zh: "如果是你自己的服务，看日志里工作进程是否崩溃或内存不足",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "The connection ended without a reset and before the status line; if it was reused, it had gone stale.",
        zh: "连接在状态行之前正常结束而不是被重置；如果是复用的连接，就是它已经过期。",
    ),
    rivals: &["connection-reset", "stream-truncated"],
    causes: &[
        "http2-broken",
        "stream-truncated",
        "idle-connection-dropped",
        "proxy-exit-dead",
        "base-url-scheme-mismatch",
    ],
    explained_by: &["loopback-through-proxy", "captive-portal", "dns-poisoned", "dns-hijacked", "http2-broken"],
    detect: Some(rule::connection_closed_early),
    heard: heard::CLOSED_EARLY,
    ..Fault::BASE
};
