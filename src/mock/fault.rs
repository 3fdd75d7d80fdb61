//! The faults of the demo: each breaks the healthy plan in one way. Their names are the codes of the faults that they
//! are diagnosed as.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::lang::Text;
use crate::text;

use super::dns::Silence;
use super::endpoint::{Plan, Resolver};
use super::hostile::Hostility;
use super::proxy::Conduct;
use super::tls::{Certificate, Handshake};
use super::{dns, proxy};

/// One way to break the demo.
#[derive(Clone, Copy, Debug)]
pub struct DemoFault {
    /// The code of the fault that it is diagnosed as.
    pub name: &'static str,
    /// What is done to the endpoint.
    pub summary: Text,
    breaks: fn(&mut Plan),
}

impl DemoFault {
    /// Breaks a plan.
    pub fn apply(&self, plan: &mut Plan) {
        (self.breaks)(plan);
    }
}

/// The names of all faults, in the order of the layers.
pub fn names() -> impl Iterator<Item = &'static str> {
    FAULTS.iter().map(|fault| fault.name)
}

fn dns(plan: &mut Plan) -> &mut dns::Reply {
    plan.dns.get_or_insert_default()
}

/// Adds a resolver that is not asked unless somebody looks for another one.
fn beside(plan: &mut Plan) {
    plan.resolvers.push(Resolver { at: vec![SocketAddr::from((Ipv4Addr::LOCALHOST, 0))], ..Resolver::default() });
}

/// Puts a proxy in between. It has a name, as a company's has: a proxy on 127.0.0.1 would be judged by whether this is a
/// container.
fn proxy(plan: &mut Plan, behaviour: proxy::Behaviour) {
    plan.proxy = Some(behaviour);
    plan.proxy_host = Some("proxy.demo.openai-doctor.test".to_owned());
}

fn proxy_that(conduct: Conduct) -> proxy::Behaviour {
    proxy::Behaviour { conduct, ..proxy::Behaviour::default() }
}

/// Answers every request with a canned answer.
fn answer(plan: &mut Plan, name: &str) {
    plan.api.always = Some(name.to_owned());
}

/// A fault that is one canned answer of its own name.
macro_rules! answered {
    ($name:literal, en: $en:literal, zh: $zh:literal) => {
        DemoFault { name: $name, summary: text!(en: $en, zh: $zh), breaks: |plan| answer(plan, $name) }
    };
}

/// Every fault of the demo.
pub const FAULTS: &[DemoFault] = &[
    // Network.
    DemoFault {
        name: "dns-name-not-found",
        summary: text!(en: "the resolver says that the name does not exist", zh: "解析器回答该域名不存在"),
        breaks: |plan| {
            dns(plan).code = dns::Code::Nxdomain;
            beside(plan);
        },
    },
    DemoFault {
        name: "dns-no-answer",
        summary: text!(en: "the resolver never answers", zh: "解析器始终不应答"),
        breaks: |plan| {
            dns(plan).silence = Silence::All;
            beside(plan);
        },
    },
    DemoFault {
        name: "dns-poisoned",
        summary: text!(en: "a forged answer arrives before the true one", zh: "伪造的应答抢在真实应答之前到达"),
        breaks: |plan| {
            // An address of this machine where nothing listens: the demo sends nothing to anyone else's.
            plan.dns = Some(dns::Reply {
                forged: vec![IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66))],
                delay_ms: 40,
                ..dns::Reply::default()
            });
        },
    },
    DemoFault {
        name: "dns-sinkholed",
        summary: text!(en: "a DNS filter answers 0.0.0.0", zh: "DNS 过滤器返回 0.0.0.0"),
        breaks: |plan| {
            plan.listening = false;
            let reply = dns(plan);
            reply.addresses = Some(vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED)]);
            reply.extended_error = Some((17, "filtered".to_owned()));
        },
    },
    DemoFault {
        name: "dns-slow",
        summary: text!(en: "the resolver takes its time, and drops AAAA queries", zh: "解析器响应缓慢，且丢弃 AAAA 查询"),
        breaks: |plan| {
            let reply = dns(plan);
            reply.delay_ms = 1500;
            reply.silence = Silence::Aaaa;
            beside(plan);
        },
    },
    DemoFault {
        name: "tcp-refused",
        summary: text!(en: "nothing listens on the API's port", zh: "API 端口没有程序在监听"),
        breaks: |plan| plan.listening = false,
    },
    DemoFault {
        name: "proxy-unreachable",
        summary: text!(en: "the configured proxy is not running", zh: "配置的代理没有运行"),
        breaks: |plan| proxy(plan, proxy_that(Conduct::Gone)),
    },
    DemoFault {
        name: "proxy-auth-required",
        summary: text!(en: "the proxy wants credentials that were not given", zh: "代理要求认证，但未提供凭据"),
        breaks: |plan| {
            let credentials = Some(("user".to_owned(), "password".to_owned()));
            proxy(plan, proxy::Behaviour { credentials, ..proxy::Behaviour::default() });
        },
    },
    DemoFault {
        name: "proxy-connect-denied",
        summary: text!(en: "the proxy's rules forbid the endpoint", zh: "代理规则禁止访问该端点"),
        breaks: |plan| proxy(plan, proxy_that(Conduct::Refuse)),
    },
    DemoFault {
        name: "proxy-exit-dead",
        summary: text!(en: "the proxy runs but cannot reach anything", zh: "代理在运行，但自身无法访问外网"),
        breaks: |plan| proxy(plan, proxy_that(Conduct::Unavailable)),
    },
    // Transport.
    DemoFault {
        name: "tls-certificate-expired",
        summary: text!(en: "the certificate expired three days ago", zh: "证书已于三天前过期"),
        breaks: |plan| plan.offer.certificate = Certificate::Expired,
    },
    DemoFault {
        name: "tls-certificate-name-mismatch",
        summary: text!(en: "the certificate is for another site", zh: "证书属于另一个网站"),
        breaks: |plan| plan.offer.certificate = Certificate::WrongName,
    },
    DemoFault {
        name: "tls-certificate-untrusted",
        summary: text!(en: "the certificate is self-signed", zh: "证书是自签名的"),
        breaks: |plan| plan.offer.certificate = Certificate::SelfSigned,
    },
    DemoFault {
        name: "tls-intercepted",
        summary: text!(en: "a web filter's CA signed the certificate", zh: "证书由上网过滤设备的 CA 签发"),
        breaks: |plan| {
            plan.offer.certificate = Certificate::OtherCa;
            "Zscaler Root CA".clone_into(&mut plan.offer.issuer);
        },
    },
    DemoFault {
        name: "tls-handshake-refused",
        summary: text!(en: "the server answers the handshake with an alert", zh: "服务器以告警拒绝握手"),
        breaks: |plan| plan.offer.handshake = Handshake::Alert,
    },
    DemoFault {
        name: "tls-handshake-reset",
        summary: text!(en: "the connection is reset in the handshake", zh: "连接在握手期间被重置"),
        breaks: |plan| plan.offer.handshake = Handshake::Reset,
    },
    DemoFault {
        name: "tls-handshake-timeout",
        summary: text!(en: "nothing answers the ClientHello", zh: "ClientHello 得不到任何应答"),
        breaks: |plan| plan.offer.handshake = Handshake::Hang,
    },
    DemoFault {
        name: "base-url-scheme-mismatch",
        summary: text!(en: "the base URL says https, the port speaks plain HTTP", zh: "base URL 写的是 https，端口却是明文 HTTP"),
        breaks: |plan| plan.tls = false,
    },
    DemoFault {
        name: "connection-reset",
        summary: text!(en: "the connection is reset instead of an answer", zh: "连接被重置，没有收到应答"),
        breaks: |plan| plan.hostile = Some(Hostility::Reset),
    },
    DemoFault {
        name: "connection-closed-early",
        summary: text!(en: "the server closes before it answers", zh: "服务器在应答前关闭连接"),
        breaks: |plan| plan.hostile = Some(Hostility::Close),
    },
    DemoFault {
        name: "read-timeout",
        summary: text!(en: "the server takes the request and never answers", zh: "服务器收下请求后一直不应答"),
        breaks: |plan| plan.hostile = Some(Hostility::Silence),
    },
    // Application.
    DemoFault {
        name: "key-missing",
        summary: text!(en: "no key is set", zh: "没有设置密钥"),
        breaks: |plan| plan.key = None,
    },
    DemoFault {
        name: "key-quoted",
        summary: text!(en: "the key is wrapped in quotes", zh: "密钥外面包了一层引号"),
        breaks: |plan| plan.key = plan.key.take().map(|key| format!("\"{key}\"")),
    },
    DemoFault {
        name: "key-invalid",
        summary: text!(en: "the key is one that the API does not know", zh: "API 不认识这个密钥"),
        breaks: |plan| plan.api.key = plan.key.as_ref().map(|key| key.chars().rev().collect()),
    },
    answered!(
        "key-scope-missing",
        en: "the key may not list models",
        zh: "该密钥没有列出模型的权限"
    ),
    answered!(
        "account-deactivated",
        en: "the account was deactivated",
        zh: "账号已被停用"
    ),
    answered!(
        "quota-exhausted",
        en: "the credit is used up",
        zh: "额度已用尽"
    ),
    answered!(
        "billing-inactive",
        en: "billing is not active",
        zh: "账户计费未激活"
    ),
    answered!(
        "rate-limited-requests",
        en: "too many requests in a minute",
        zh: "每分钟请求数超限"
    ),
    answered!(
        "rate-limited-tokens",
        en: "too many tokens in a minute",
        zh: "每分钟 token 数超限"
    ),
    answered!(
        "region-unsupported",
        en: "the API is not offered in this region",
        zh: "API 不向当前地区提供服务"
    ),
    DemoFault {
        name: "organization-mismatch",
        summary: text!(en: "the key belongs to another organization", zh: "密钥属于另一个组织"),
        breaks: |plan| plan.organization = Some("org-of-someone-else".to_owned()),
    },
    DemoFault {
        name: "base-url-missing-version",
        summary: text!(en: "the base URL lacks /v1", zh: "base URL 缺少 /v1"),
        breaks: |plan| plan.path.clear(),
    },
    DemoFault {
        name: "base-url-not-an-api",
        summary: text!(en: "the base URL is a web site", zh: "base URL 指向的是网站"),
        breaks: |plan| {
            plan.path.clear();
            "/v1/hidden-from-everyone".clone_into(&mut plan.api.prefix);
            plan.api.elsewhere = Some("base-url-not-an-api".to_owned());
        },
    },
    DemoFault {
        name: "base-url-redirects",
        summary: text!(en: "the base URL redirects elsewhere", zh: "base URL 会被重定向到别处"),
        breaks: |plan| answer(plan, "base-url-redirects"),
    },
    answered!(
        "model-not-found",
        en: "there is no such model",
        zh: "没有这个模型"
    ),
    answered!(
        "cdn-challenge",
        en: "the CDN wants a browser to prove itself",
        zh: "CDN 要求通过浏览器验证"
    ),
    answered!(
        "azure-deployment-not-found",
        en: "Azure knows no deployment of that name",
        zh: "Azure 上没有该名称的部署"
    ),
    answered!(
        "relay-quota-exhausted",
        en: "the relay's balance is used up",
        zh: "中转账户余额不足"
    ),
    // Service.
    answered!(
        "server-error",
        en: "the API fails with 500",
        zh: "API 返回 500 错误"
    ),
    answered!(
        "service-overloaded",
        en: "the API is overloaded",
        zh: "API 服务过载"
    ),
    answered!(
        "bad-gateway",
        en: "a gateway in front of the API answers 502",
        zh: "API 前面的网关返回 502"
    ),
    answered!(
        "gateway-timeout",
        en: "a gateway gives up waiting for the API",
        zh: "网关等待 API 超时"
    ),
    answered!(
        "cdn-origin-unreachable",
        en: "the CDN cannot reach its origin",
        zh: "CDN 无法连接源站"
    ),
    answered!(
        "relay-no-channel",
        en: "the relay has no channel for the model",
        zh: "中转没有该模型的可用渠道"
    ),
    answered!(
        "relay-saturated",
        en: "the relay's upstream is saturated",
        zh: "中转的上游负载已饱和"
    ),
    answered!(
        "relay-upstream-error",
        en: "the relay's upstream failed",
        zh: "中转的上游出错"
    ),
];

#[cfg(test)]
mod tests {
    use super::super::{Endpoint, canned};
    use super::{FAULTS, Plan, names};

    #[test]
    fn names_are_unique_and_answers_exist() {
        let mut seen: Vec<_> = names().collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), FAULTS.len());
        for fault in FAULTS {
            let mut plan = Plan::default();
            fault.apply(&mut plan);
            for name in plan.api.always.iter().chain(&plan.api.elsewhere) {
                assert!(canned::by_name(name).is_some(), "{}: no answer {name}", fault.name);
            }
        }
    }

    #[tokio::test]
    async fn every_fault_starts() {
        for name in names() {
            let endpoint = Endpoint::start(Some(name)).await;
            assert!(endpoint.is_ok(), "{name}: {endpoint:?}");
        }
    }

    #[tokio::test]
    async fn an_unknown_fault_is_invalid_input() {
        let refused = Endpoint::start(Some("no-such-fault")).await.map_err(|error| error.kind());
        assert_eq!(refused.err(), Some(std::io::ErrorKind::InvalidInput));
    }
}
