//! Faults of where the request comes from, and of the region a key belongs to.

mod heard;

use crate::diagnosis::{Confidence, Fault, Finding, Fix, Layer, Owner, Sign};
use crate::evidence::Evidence;
use crate::evidence::answer::Answer;
use crate::evidence::http::Answerer;
use crate::{say, text};

use super::trial::request as trial;

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        code: "region-unsupported",
        layer: Layer::Application,
        owner: Owner::Network,
        title: text!(
            en: "the API is not offered in this country or region",
            zh: "该 API 不向当前国家或地区提供服务",
        ),
        explanation: text!(
            en: "The provider looks up the country of the address that the request came from and does not serve it. What counts is the exit of your proxy or, behind a relay, the relay's own exit.",
            zh: "服务商会查询请求来源地址所在的国家或地区，而该地区不在服务范围内。起作用的是代理的出口；经过中转时，则是中转服务自己的出口。",
        ),
        fixes: &[
            Fix::run_per(
                text!(en: "See which country your exit counts as (loc=)", zh: "查看出口所属的国家或地区（loc=）"),
                "curl -s {origin}/cdn-cgi/trace | grep -E 'ip=|loc='",
                "curl -s {origin}/cdn-cgi/trace | grep -E 'ip=|loc='",
                "curl.exe -s {origin}/cdn-cgi/trace | Select-String 'ip=|loc='",
            ),
            Fix::advice(text!(
                en: "Leave by an exit in a supported country (Hong Kong is not one); make sure that the program uses the proxy, over IPv6 too",
                zh: "换用受支持国家或地区的出口（香港不在其中），并确认程序确实走了代理，IPv6 也要走",
            )),
            Fix::advice(text!(
                en: "Serverless functions: pin the region; reverse proxies: do not pass on CF-IPCountry and X-Forwarded-For",
                zh: "Serverless 函数：固定部署地区；反向代理：不要转发 CF-IPCountry 和 X-Forwarded-For",
            )),
        ],
        told_apart: text!(
            en: "The JSON names the region; a block of the exit address comes as a page of the CDN instead.",
            zh: "JSON 里写明是地区限制；如果是出口地址被封，返回的会是 CDN 页面。",
        ),
        rivals: &[
            "cdn-challenge",
            "waf-blocked-user-agent",
            "proxy-connect-denied",
            "region-unsupported-over-ipv6",
            "proxy-rule-direct",
        ],
        explained_by: &["region-unsupported-over-ipv6", "proxy-not-applied"],
        signs: &[
            Sign::says(&[
                "country, region, or territory not supported",
                "region, or territory not supported",
                "region or territory not supported",
                "region or territory is not supported",
                "region, or territory is not supported",
                "unsupported_country_region_territory",
                "unsupported country",
                "country not supported",
                "country is not supported",
                "region not supported",
                "region is not supported",
                "not supported in your country",
                "not supported in your region",
                "not available in your country",
                "not available in your region",
                "unavailable in your country",
                "unavailable in your region",
                "location is not supported",
                "user location is not supported",
                "services are not available in your country",
                "your country or region",
                "access from your region",
                "当前地区不支持",
                "地区不支持",
                "所在地区不",
                "不支持您所在的",
                "不支持你所在的",
                "不支持当前地区",
            ]),
            Sign::page(&[
                "unsupported_country_region_territory",
                "openai's services are not available in your country",
            ]),
            Sign::coded(&[
                "unsupported_country_region_territory",
                "unsupported_country",
                "region_not_supported",
                "unsupported_region",
            ]),
            Sign::typed(&["unsupported_country_region_territory"]),
        ],
        specify: Some(region),
        heard: heard::UNSUPPORTED,
        ..Fault::BASE
    },
    Fault {
        code: "region-unsupported-over-ipv6",
        layer: Layer::Application,
        owner: Owner::Network,
        title: text!(en: "IPv6 leaves by an unsupported region", zh: "IPv6 流量从不受支持的地区出口"),
        explanation: text!(
            en: "Over IPv4 the exit is in a supported region, over IPv6 it is not: the proxy or VPN carries only IPv4.",
            zh: "IPv4 的出口在受支持的地区，IPv6 的出口却不在：代理或 VPN 只接管了 IPv4。",
        ),
        impact: text!(en: "requests over IPv6", zh: "走 IPv6 的请求"),
        fixes: &[
            Fix::advice(text!(
                en: "Let the proxy or VPN carry IPv6 too",
                zh: "让代理或 VPN 也接管 IPv6",
            )),
            Fix::run(text!(en: "Or use IPv4 only", zh: "或者只使用 IPv4"), "openai-doctor diagnose -4"),
        ],
        told_apart: text!(
            en: "/cdn-cgi/trace names another country over IPv6 than over IPv4.",
            zh: "/cdn-cgi/trace 在 IPv6 和 IPv4 下给出的国家或地区不同。",
        ),
        rivals: &["region-unsupported", "proxy-rule-direct"],
        detect: Some(trial::region_over_ipv6),
        ..Fault::BASE
    },
    Fault {
        code: "regional-hostname-required",
        layer: Layer::Application,
        owner: Owner::Account,
        title: text!(en: "the key works only on a regional host", zh: "该密钥只能用于区域专用主机"),
        explanation: text!(
            en: "The project keeps its data in one region, and its keys are accepted only by that region's host name.",
            zh: "该项目启用了数据驻留，其密钥只被对应区域的主机名接受。",
        ),
        fixes: &[Fix::run_per(
            text!(en: "Use the host that the message names, for example", zh: "使用消息中给出的主机，例如"),
            "export OPENAI_BASE_URL=https://eu.api.openai.com/v1",
            "export OPENAI_BASE_URL=https://eu.api.openai.com/v1",
            "$env:OPENAI_BASE_URL = \"https://eu.api.openai.com/v1\"",
        )],
        told_apart: text!(en: "Another regional host accepts the same key.", zh: "换成另一个区域主机，同一密钥即被接受。"),
        rivals: &["key-invalid"],
        signs: &[
            Sign::says(&[
                "incorrect_hostname",
                "incorrect hostname",
                "regional hostname",
                "incorrect regional host",
                "request to us.api.openai.com",
                "request to eu.api.openai.com",
                "you must use the regional",
                "use the eu.api.openai.com",
                "use the us.api.openai.com",
                "hostname eu.api.openai.com",
                "hostname us.api.openai.com",
            ])
            .with_status(&[400, 401, 403, 404, 421]),
            Sign::coded(&["incorrect_hostname", "wrong_hostname", "regional_hostname_required"]),
        ],
        heard: heard::HOSTNAME,
        ..Fault::BASE
    },
];

fn region(answer: &Answer, evidence: &Evidence, found: Finding) -> Finding {
    let mut found = found;
    let tcp = &evidence.tcp.facts;
    let over_ipv6 = tcp.chosen.is_some_and(|address| address.is_ipv6());
    let both = tcp.attempts.iter().any(|attempt| attempt.connected && attempt.address.is_ipv4());
    if over_ipv6 && both && !trial::families_compared(evidence) {
        // The exit of the other family may be elsewhere.
        found.confidence = Confidence::Likely;
    }
    if answer.answered_by == Some(Answerer::Relay) {
        found = found.because(text!(
            en: "a relay passed this on, so it is the relay's exit that is in that region",
            zh: "这条应答由中转转发而来，说明处于该地区的是中转服务的出口",
        ));
    }
    if let Some(proxy) = &evidence.target.route.proxy {
        found = found.because(say!(
            en: "the request left through {proxy}: its exit is what counts",
            zh: "请求经由 {proxy} 发出，起作用的是它的出口",
        ));
    }
    found.not(
        "cdn-challenge",
        text!(en: "the answer is the API's own error, not a page of the CDN", zh: "应答是 API 自己的错误，而不是 CDN 页面"),
    )
}
