//! Faults of a gateway that got no answer from behind it, or not in time.

mod heard;

use crate::diagnosis::pace;
use crate::diagnosis::{Fault, Finding, Fix, Layer, Owner, Retry, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "gateway-timeout",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "a gateway gave up waiting", zh: "网关等待超时"),
        explanation: text!(
            en: "Something between you and the API waited for its answer up to a limit of its own and then answered in its place. The API may still have worked on the request, and charged it.",
            zh: "你和 API 之间的某个网关等到了自己的时限，于是代为应答。API 可能仍在处理该请求并计费。",
        ),
        impact: text!(en: "long requests", zh: "长请求"),
        fixes: &[
            Fix::advice(
                text!(en: "Stream the answer (stream: true), so that bytes flow all the time", zh: "使用流式输出（stream: true），让数据持续流动"),
            ),
            Fix::run(
                text!(en: "Raise the gateway's limit; in nginx", zh: "调高网关的时限；nginx 中设置"),
                "proxy_read_timeout 600s; proxy_send_timeout 600s;",
            ),
            Fix::advice(text!(
                en: "Cloudflare allows 100 to 120 s, Vercel 10 to 60 s a function, most load balancers 60 s",
                zh: "Cloudflare 允许 100 到 120 秒，Vercel 函数 10 到 60 秒，多数负载均衡 60 秒",
            )),
        ],
        told_apart: text!(
            en: "It fails after the same number of seconds each time, and a short answer passes. No x-request-id means that the gateway spoke.",
            zh: "每次都在相同的秒数失败，短回答则能通过。没有 x-request-id 说明应答的是网关。",
        ),
        rivals: &["slow-first-token", "service-outage", "idle-connection-dropped"],
        explained_by: &["service-outage", "loopback-through-proxy", "captive-portal"],
        signs: &[
            Sign::says(&[
                "gateway timeout",
                "gateway time-out",
                "gateway timed out",
                "cf_gateway_timeout",
                "function_invocation_timeout",
                "an error occurred with your deployment",
                "upstream server is timing out",
                "upstream request timeout",
                "upstream timed out",
                "upstream timeout",
                "stream timeout",
                "origin web server timed out responding",
                "the origin web server timed out",
                "origin web server timed out before responding",
                "a timeout occurred",
                "the request timed out",
                "request timed out",
                "request timeout",
                "requesttimeout",
                "apitimeouterror",
                "litellm.timeout",
                "operation was timeout",
                "timed out waiting for",
                "endpoint request timed out",
                "context deadline exceeded",
                "deadline_exceeded",
                "504 deadline",
                "请求超时",
                "网关超时",
                "上游超时",
                "响应超时",
            ])
            // What the system says of a wait of its own.
            .but_not(&["nsurlerrordomain", "chatgpt timed out waiting"])
            .with_status(&[408, 499, 500, 502, 503, 504, 524]),
            Sign::says(&[
                "cf_gateway_timeout",
                "function_invocation_timeout",
                "gateway timeout",
                "gateway time-out",
                "an error occurred with your deployment",
                "origin web server timed out responding",
                "origin web server timed out before responding",
                "upstream request timeout",
                "upstream timed out",
                "网关超时",
            ]),
            Sign::page(&[
                "504 gateway time-out",
                "gateway timeout",
                "gateway time-out",
                "a timeout occurred",
                "error code 524",
                "cf-error-524",
                "function_invocation_timeout",
            ]),
            Sign::typed(&["cf_gateway_timeout", "timeout", "timeout_error", "request_timeout"]),
            Sign::coded(&[
                "408",
                "504",
                "524",
                "gateway_timeout",
                "request_timeout",
                "timeout",
                "requesttimeout",
                "function_invocation_timeout",
                "deadline_exceeded",
            ]),
            Sign::status(&[408, 504, 524]),
            Sign::says(super::MINIMAX).with_code(&["1001"]),
        ],
        specify: Some(how_long),
        ..Fault::BASE
    },
    Fault {
        code: "bad-gateway",
        layer: Layer::Service,
        owner: Owner::Provider,
        title: text!(en: "a gateway could not get an answer from behind it", zh: "网关没能从后端得到应答"),
        explanation: text!(
            en: "A gateway or relay took the request and could not reach what stands behind it, or got no sense from it.",
            zh: "网关或中转收到了请求，但连不上后端，或后端返回了无法理解的内容。",
        ),
        impact: text!(en: "all users of that gateway", zh: "该网关的所有用户"),
        fixes: &[
            super::service::BACKOFF,
            Fix::advice(text!(
                en: "If the gateway is yours (an nginx page), look at its error log; otherwise tell its owner",
                zh: "如果网关是你自己的（nginx 页面），查看其错误日志；否则联系其运营者",
            )),
        ],
        told_apart: text!(
            en: "Who answered: nginx is a proxy in front, cloudflare the provider's edge; fast and empty with a proxy set means that the local proxy cannot reach this host.",
            zh: "看是谁应答：nginx 是前置代理，cloudflare 是服务商的边缘；设置了代理且立即返回空 502，说明本地代理连不上该主机。",
        ),
        rivals: &["loopback-through-proxy", "relay-upstream-tls", "gateway-timeout", "cdn-origin-unreachable"],
        retry: Retry::Backoff,
        explained_by: &["service-outage", "loopback-through-proxy", "captive-portal", "proxy-exit-dead"],
        signs: &[
            Sign::says(&[
                "bad gateway",
                "badgateway",
                "cf_bad_gateway",
                "error reaching server",
                "upstream connect error or disconnect/reset before headers",
                "upstream prematurely closed connection",
                "no live upstreams",
                "502: bad gateway",
                "reported a bad gateway error",
                "错误的网关",
                "invalid response was received from the upstream server",
            ]),
            Sign::page(&["502 bad gateway", "502: bad gateway", "bad gateway"]),
            Sign::typed(&["cf_bad_gateway"]),
            Sign::coded(&["502", "bad_gateway"]),
            Sign::status(&[502]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "cdn-origin-unreachable",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the CDN cannot reach its origin", zh: "CDN 无法连接源站"),
        explanation: text!(
            en: "The CDN's edge took the request and could not get an answer from the server behind it.",
            zh: "CDN 边缘节点收到了请求，但无法从背后的源站得到应答。",
        ),
        impact: text!(en: "all users of that relay", zh: "该中转的所有用户"),
        fixes: &[
            Fix::advice(
                text!(en: "Tell the endpoint's owner that its origin is down", zh: "告知端点运营者源站已不可用"),
            ),
            Fix::advice(
                text!(en: "Meanwhile use another relay, or the provider directly", zh: "在此期间换用其他中转，或直连服务商"),
            ),
        ],
        told_apart: text!(
            en: "Statuses 520 to 526 and 530 are Cloudflare's own; a cf-ray is there and no request id of the API.",
            zh: "520 到 526 以及 530 是 Cloudflare 特有的状态码；有 cf-ray，没有 API 的请求 ID。",
        ),
        rivals: &["service-outage", "gateway-timeout"],
        explained_by: &["service-outage"],
        retry: Retry::Later,
        signs: &[
            Sign::says(&[
                "error code: 520",
                "error code: 521",
                "error code: 522",
                "error code: 523",
                "error code: 525",
                "error code: 526",
                "error code: 530",
                "error code 520",
                "error code 521",
                "error code 522",
                "error code 523",
                "error code 525",
                "error code 526",
                "web server is returning an unknown error",
                "web server is down",
                "origin is unreachable",
                "ssl handshake failed error code 525",
                "argo tunnel error",
                "cloudflare tunnel error",
                "error code: 1033",
                "error code: 1016",
                "origin dns error",
                "could not establish a tcp connection to the origin",
                "error 522: connection timed out",
                "cloudflare-5xx-errors",
                // What its pages explain.
                "unknown connection issue between cloudflare and the origin",
                "web server is not returning a connection",
                "and the origin web server timed out.",
                "the origin web server is not reachable",
                "unable to establish an ssl connection to the origin",
                "origin web server does not have a valid ssl",
                "error 522 means that the request was able to connect to your web server",
                "cloudflare could not reach your host web server",
            ]),
            Sign::page(&[
                "| 520:",
                "| 521:",
                "| 522:",
                "| 523:",
                "| 525:",
                "| 526:",
                "| 530:",
                "522: connection timed out",
                "521: web server is down",
                "520: web server is returning an unknown error",
                "525: ssl handshake failed",
                "526: invalid ssl certificate",
                "error 1033",
                "error 1016",
            ]),
            Sign::coded(&["520", "521", "522", "523", "525", "526", "530"]),
            Sign::status(&[520, 521, 522, 523, 525, 526, 527, 530]),
        ],
        specify: Some(which_origin_fault),
        ..Fault::BASE
    },
    Fault {
        code: "relay-upstream-tls",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the relay's TLS to its upstream fails", zh: "中转到上游的 TLS 失败"),
        explanation: text!(
            en: "A reverse proxy reached its upstream and could not agree on TLS with it, mostly because it sends no server name (SNI).",
            zh: "反向代理能连上上游，但 TLS 握手失败，多数是因为没有发送服务器名（SNI）。",
        ),
        impact: text!(en: "all users of that relay", zh: "该中转的所有用户"),
        fixes: &[Fix::run(
            text!(en: "In the relay's nginx", zh: "在中转的 nginx 中设置"),
            "proxy_ssl_server_name on; proxy_ssl_name api.openai.com; proxy_set_header Host api.openai.com;",
        )],
        told_apart: text!(
            en: "The origin works when asked directly; through the relay every path is a 502 at once.",
            zh: "直接访问源站正常；经过中转时所有路径都立即返回 502。",
        ),
        rivals: &["loopback-through-proxy", "service-outage", "cdn-origin-unreachable"],
        signs: &[
            Sign::says(&[
                "ssl_do_handshake() failed",
                "ssl handshake with upstream",
                "while ssl handshaking to upstream",
                "upstream ssl",
                "upstream tls",
            ]),
            Sign::says(&[
                "upstream connect error or disconnect/reset before headers",
                "upstream",
                "do request failed",
                "do_request_failed",
            ])
            .and(&[
                "ssl handshake",
                "tls handshake",
                "tls: handshake failure",
                "certificate verify",
                "certificate_verify_failed",
                "transport failure reason: tls",
                "x509:",
            ]),
        ],
        ..Fault::BASE
    },
    Fault {
        code: "relay-upstream-error",
        layer: Layer::Service,
        owner: Owner::Relay,
        title: text!(en: "the relay's upstream failed", zh: "中转的上游出错"),
        explanation: text!(
            en: "The relay passed the request on and got an error back, which it wraps in its own words.",
            zh: "中转把请求转给上游后收到了错误，并用自己的措辞包装后返回。",
        ),
        impact: text!(en: "one model", zh: "单个模型"),
        fixes: &[
            Fix::advice(text!(en: "Retry once", zh: "重试一次")),
            Fix::advice(text!(
                en: "Then switch the channel, the model or the relay; its owner sees the upstream's own error in the relay's log",
                zh: "仍失败则切换渠道、模型或中转；运营者可在中转日志中看到上游的原始错误",
            )),
        ],
        told_apart: text!(
            en: "The error's type is the relay's: upstream_error, bad_response_status_code, do_request_failed.",
            zh: "错误类型是中转的：upstream_error、bad_response_status_code、do_request_failed。",
        ),
        rivals: &["server-error", "bad-gateway", "relay-status-rewritten"],
        retry: Retry::Once,
        signs: &[
            Sign::says(&[
                "upstream request failed",
                "upstream error",
                "upstream returned",
                "upstream service error",
                "upstream service unavailable",
                "upstream service temporarily",
                "upstream service failed",
                "upstream service returned",
                "upstream access forbidden",
                "upstream authentication failed",
                "error from upstream",
                "bad response status code",
                "do request failed",
                "provider returned error",
                "上游服务异常",
                "上游错误",
                "上游返回",
                "上游请求失败",
                "请求上游",
                "上游服务",
                "上游接口",
                "empty response from upstream",
                "failed after maximum retries",
                "max_retries_exceeded",
                "upstream response is empty",
                "upstream server returned an empty response",
            ]),
            Sign::coded(&[
                "upstream_error",
                "bad_response_status_code",
                "bad_response_body",
                "bad_response",
                "do_request_failed",
                "convert_request_failed",
                "read_response_body_failed",
            ]),
            Sign::typed(&["upstream_error", "bad_response_status_code"]),
        ],
        specify: Some(inner_status),
        heard: heard::UPSTREAM,
        ..Fault::BASE
    },
];

fn how_long(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let found = match evidence.http.facts.first_byte_ms {
        Some(waited) => found.because(say!(
            en: "the answer came {waited} after the request",
            zh: "应答在请求发出 {waited} 后到达",
        )),
        None => found,
    };
    let found = found.because_if(pace::who_waited(evidence));
    if evidence.api.facts.request_id.is_none() {
        return found.because(text!(
            en: "there is no request id of the API: a gateway spoke",
            zh: "没有 API 的请求 ID：应答的是网关",
        ));
    }
    found
}

fn which_origin_fault(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    let meaning = match answer.status {
        Some(520) => {
            text!(en: "520: the origin's answer made no sense to the edge", zh: "520：边缘节点无法理解源站的应答")
        }
        Some(521) => text!(en: "521: the origin refuses the connection", zh: "521：源站拒绝连接"),
        Some(522) => text!(en: "522: the origin does not answer the connection", zh: "522：连接源站超时"),
        Some(523) => text!(en: "523: there is no route to the origin", zh: "523：没有到源站的路由"),
        Some(525) => text!(en: "525: the TLS handshake with the origin failed", zh: "525：与源站的 TLS 握手失败"),
        Some(526) => text!(en: "526: the origin's certificate is not valid", zh: "526：源站证书无效"),
        Some(530) => {
            text!(en: "530: the origin's name or tunnel cannot be resolved", zh: "530：源站域名或隧道无法解析")
        }
        _ => return found,
    };
    found.because(meaning)
}

fn inner_status(answer: &Answer, _: &Evidence, found: Finding) -> Finding {
    match answer.param.as_deref().and_then(|param| param.parse::<u16>().ok()).filter(|status| *status >= 400) {
        Some(status) => found.because(say!(
            en: "param holds the upstream's own status, {status}",
            zh: "param 中是上游的真实状态码 {status}",
        )),
        None => found,
    }
}
