//! Faults of what stands in front of the API: web firewalls and CDN edges.

use crate::diagnosis::{Fault, Finding, Fix, Heard, Layer, Owner, Sign};
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::evidence::{Evidence, text};
use crate::{say, text};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "waf-blocked-user-agent",
        layer: Layer::Application,
        owner: Owner::Relay,
        title: text!(en: "a web firewall blocks this client", zh: "Web 防火墙拦截了这个客户端"),
        explanation: text!(
            en: "A web application firewall in front of the API refuses the request, mostly for its User-Agent, sometimes for words in the prompt such as shell commands.",
            zh: "API 前面的 Web 应用防火墙拒绝了请求，多数因为 User-Agent，有时因为提示词中的内容（例如 shell 命令）。",
        ),
        impact: text!(en: "one client", zh: "单个客户端"),
        fixes: &[
            Fix::run(
                text!(en: "See whether another User-Agent passes", zh: "试试换一个 User-Agent 能否通过"),
                "curl -i -A 'curl/8.0' {base_url}/models",
            ),
            Fix::advice(text!(
                en: "If it does, set one in the SDK (default_headers) or ask the relay to allow the SDK's; if not, bisect the prompt",
                zh: "如果可以，在 SDK 中设置（default_headers）或请中转放行该 SDK；如果不行，用二分法排查提示词",
            )),
        ],
        told_apart: text!(
            en: "The same request with another User-Agent passes. If none does, the exit address is what is blocked.",
            zh: "换一个 User-Agent 同样的请求能通过。如果都不行，被拦截的是出口地址。",
        ),
        rivals: &["cdn-challenge", "region-unsupported", "relay-quota-exhausted"],
        explained_by: &["gateway-block-page", "captive-portal", "proxy-connect-denied", "tls-intercepted"],
        signs: &[
            Sign::says(&[
                "client not allowed",
                "only accepts requests from claude code",
                "client_validation_error",
                "your client is not authorized",
                "error-1010",
                "based on your browser's signature",
                "error 1010: access denied",
            ]),
            Sign::says(&[
                "error code: 1010",
                "error 1010",
                "error code 1010",
                "error_code\":1010",
                "browser_signature_banned",
                "your request was blocked",
                "request was blocked",
                "request blocked",
                "request has been blocked",
                "blocked by waf",
                "web application firewall",
                "请求被拦截",
                "请求已被拦截",
                "非法请求",
            ])
            .but_not(&["policy", "safety", "content"]),
            Sign::page(&[
                "error 1010",
                "error code: 1010",
                "your request was blocked",
                "the request is blocked",
                "web application firewall",
                "waf",
                "请求被拦截",
                "405 很抱歉",
            ])
            .with_status(&[403, 405, 406, 418, 429]),
            Sign::status(&[403]).html(true),
            Sign::status(&[406]),
            Sign::status(&[403]).sent_by(&[Answerer::Server]).html(true),
        ],
        detect: Some(super::trial::request::blocked_user_agent),
        ..Fault::BASE
    },
    Fault {
        code: "cdn-challenge",
        layer: Layer::Application,
        owner: Owner::Network,
        title: text!(
            en: "the CDN challenges or blocks this exit address",
            zh: "CDN 对当前出口地址发起质询或拦截",
        ),
        explanation: text!(
            en: "The edge in front of the API distrusts the address that the request came from and wants a browser to prove itself, or refuses outright. The API never saw the request.",
            zh: "API 前面的边缘节点不信任请求的来源地址，要求通过浏览器验证，或直接拒绝。API 并没有收到该请求。",
        ),
        fixes: &[
            Fix::advice(text!(
                en: "Leave by another address: another proxy node, no shared datacentre or VPN exit",
                zh: "换一个出口：更换代理节点，避免共享的机房或 VPN 出口",
            )),
            Fix::run_per(
                text!(en: "See which address the edge sees", zh: "查看边缘节点看到的出口地址"),
                "curl -s {origin}/cdn-cgi/trace | grep -E 'ip=|loc='",
                "curl -s {origin}/cdn-cgi/trace | grep -E 'ip=|loc='",
                "curl.exe -s {origin}/cdn-cgi/trace | Select-String 'ip=|loc='",
            ),
        ],
        told_apart: text!(
            en: "Every User-Agent is refused alike and another exit passes; the page has a cf-ray and no JSON code.",
            zh: "换任何 User-Agent 都被拒，换出口即可通过；页面带有 cf-ray，没有 JSON 错误码。",
        ),
        rivals: &["waf-blocked-user-agent", "region-unsupported", "gateway-block-page"],
        explained_by: &[
            "waf-blocked-user-agent",
            "gateway-block-page",
            "captive-portal",
            "base-url-not-an-api",
            "tls-intercepted",
        ],
        signs: &[
            Sign::page(&["cdn-cgi/styles/errors.css"]).and(&["access denied", "errorcode:10"]),
            Sign::page(&[
                "just a moment",
                "attention required",
                "sorry, you have been blocked",
                "checking your browser",
                "cf-challenge",
                "challenge-platform",
                "cf-chl",
                "_cf_chl",
                "enable javascript and cookies",
                "used cloudflare to restrict access",
                "access denied | ",
                "error 1020",
                "error 1006",
                "error 1007",
                "error 1008",
                "error 1009",
                "error 1015",
                "verify you are human",
                "verifying you are human",
                "ddos protection by",
                "error reference number: 10",
                "may have set restrictions that prevent you from accessing",
            ]),
            Sign::says(&[
                "just a moment...",
                "attention required! | cloudflare",
                "sorry, you have been blocked",
                "enable javascript and cookies to continue",
                "used cloudflare to restrict access",
                "error code: 1020",
                "error code: 1015",
                "error 1020 access denied",
                "website is using a security service",
                "error code 1020",
                "error code: 1006",
                "error code: 1007",
                "error code: 1008",
                "error code: 1009",
                "cf-mitigated",
                "cloudflare challenge",
                "blocked by cloudflare",
            ]),
            Sign::status(&[403]).sent_by(&[Answerer::CdnEdge]),
            Sign::status(&[403]).sent_by(&[Answerer::CdnEdge]).html(true),
            Sign::status(&[429, 503]).sent_by(&[Answerer::CdnEdge]).html(true).and(&["just a moment", "challenge"]),
        ],
        specify: Some(edge),
        heard: &[Heard::cause(&[
            "openai security check",
            "openai的安全检查",
            "openaiのセキュリティチェック",
            "please pass cloudflare check",
        ])],
        ..Fault::BASE
    },
];

fn edge(_: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let found = match &evidence.target.route.proxy {
        Some(proxy) => found.because(say!(
            en: "the request left through {proxy}: it is that exit which is distrusted",
            zh: "请求经由 {proxy} 发出，被拦截的是它的出口",
        )),
        None => found,
    };
    let found = match evidence.http.facts.header("cf-ray") {
        Some(ray) => {
            let ray = text::line(ray, 60);
            found.because(say!(en: "the edge's own id is cf-ray {ray}", zh: "边缘节点的标识是 cf-ray {ray}"))
        }
        None => found,
    };
    found.not(
        "region-unsupported",
        text!(en: "the API would name the region in JSON", zh: "如果是地区限制，API 会用 JSON 说明"),
    )
}
