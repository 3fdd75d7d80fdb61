//! Faults of answers that are false: injected, intercepted, filtered, overridden.

use crate::diagnosis::fault::{Command, Fault, Fix, Layer, Owner, Retry};
use crate::evidence::remedy::RemedyName;
use crate::text;

use super::{ENCRYPTED_DNS, FLUSH, PROXY_RESOLVES, PUBLIC_RESOLVER, heard, rule};

pub(super) const CAPTIVE_PORTAL: Fault = Fault {
    code: "captive-portal",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "a captive portal waits for a sign-in", zh: "网络要求先登录认证（强制门户）"),
    explanation: text!(
        en: "This network sends everything to its own sign-in page until you have signed in. The answer did not come from the endpoint.",
        zh: "登录之前，这个网络会把所有请求都转到自己的认证页面。收到的应答并不是端点发来的。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    retry: Retry::AfterLogin,
    fixes: &[
        Fix {
            text: text!(
                en: "Open a plain-HTTP page in a browser, sign in to the network, then run this again",
                zh: "用浏览器打开任意一个 http 页面，完成网络登录认证，然后重新运行",
            ),
            command: Command::Per {
                linux: "xdg-open http://neverssl.com",
                macos: "open http://captive.apple.com",
                windows: "Start-Process http://www.msftconnecttest.com/redirect",
            },
        },
        Fix {
            text: text!(
                en: "On a machine without a browser, sign in from another device or ask for its hardware address to be let through",
                zh: "没有浏览器的机器：请网络管理员放行它的 MAC 地址",
            ),
            command: Command::None,
        },
    ],
    told_apart: text!(
        en: "A plain request to a page that always answers 204 gets a redirect or a page instead.",
        zh: "对固定返回 204 的明文页面发请求，得到的却是跳转或页面。",
    ),
    rivals: &["tls-intercepted", "gateway-block-page"],
    detect: Some(rule::captive_portal),
    heard: heard::PORTAL,
    ..Fault::BASE
};

pub(super) const HOSTS_FILE_OVERRIDE: Fault = Fault {
    code: "hosts-file-override",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "the hosts file overrides the name", zh: "hosts 文件把域名指到了别处"),
    explanation: text!(
        en: "A line of the hosts file on this machine pins the name to an address that does not serve it any more, or never did. DNS is not asked at all.",
        zh: "本机 hosts 文件里有一行把这个域名固定到了某个地址，而这个地址已经（或者从来就）不提供服务。系统根本不会再去查 DNS。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(en: "Delete or correct the line in the hosts file", zh: "删除或改正 hosts 文件里的这一行"),
            command: Command::Per {
                linux: "sudo nano /etc/hosts",
                macos: "sudo nano /etc/hosts",
                windows: "Start-Process notepad -Verb RunAs -ArgumentList C:\\Windows\\System32\\drivers\\etc\\hosts",
            },
        },
        Fix { text: text!(en: "Then clear the cache of names", zh: "然后清空 DNS 缓存"), command: FLUSH },
    ],
    confirmed_by: &[(RemedyName::OtherAddress, 0)],
    told_apart: text!(
        en: "The system's lookup and a DNS query give different addresses, and the hosts file has a line for the name.",
        zh: "系统解析与直接查 DNS 得到的地址不同，并且 hosts 文件里有这个域名。",
    ),
    rivals: &["dns-poisoned", "dns-sinkholed", "dns-fake-ip-unreachable"],
    detect: Some(rule::hosts_file_override),
    ..Fault::BASE
};

pub(super) const DNS_FAKE_IP_UNREACHABLE: Fault = Fault {
    code: "dns-fake-ip-unreachable",
    layer: Layer::Network,
    owner: Owner::You,
    title: text!(en: "a local proxy's made-up address is no longer served", zh: "本地代理分配的 fake-ip 已经失效"),
    explanation: text!(
        en: "The name resolves to an address that a local proxy (Clash, sing-box, …) made up for itself, and nothing takes connections to it any more: the proxy has stopped, its TUN is off, or a stale answer is still cached.",
        zh: "域名解析到了本地代理（Clash、sing-box 等）自己编的地址，而现在没有程序接管这个地址：代理已退出、TUN 没开，或者缓存里还留着旧的解析结果。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Start the proxy again with TUN (or its system DNS) switched on, or quit it completely",
                zh: "重新启动代理并打开 TUN 模式（或其 DNS 接管），或者彻底退出代理",
            ),
            command: Command::None,
        },
        Fix { text: text!(en: "Then clear the cache of names", zh: "然后清空 DNS 缓存"), command: FLUSH },
    ],
    told_apart: text!(
        en: "The answer lies in 198.18.0.0/15 (or fc00::/18) and no connection to it opens; where one opens, all is well.",
        zh: "解析结果在 198.18.0.0/15（或 fc00::/18）里而且连不上；能连上就是正常的。",
    ),
    rivals: &["dns-poisoned", "dns-sinkholed", "hosts-file-override"],
    detect: Some(rule::fake_ip_unreachable),
    ..Fault::BASE
};

pub(super) const DNS_POISONED: Fault = Fault {
    code: "dns-poisoned",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "forged DNS answers are injected", zh: "DNS 被污染（途中注入了伪造的应答）"),
    explanation: text!(
        en: "Something on the way answers DNS queries for this name with a false address, faster than the real resolver. Whatever listens at that address is not the endpoint.",
        zh: "途中有设备抢在真正的 DNS 服务器之前，对这个域名返回了假地址。那个地址上的根本不是目标端点。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[ENCRYPTED_DNS, PROXY_RESOLVES],
    confirmed_by: &[(RemedyName::DnsOverTls, 0), (RemedyName::RemoteNames, 1)],
    told_apart: text!(
        en: "Two different answers come to one question, or the encrypted answer differs from the plain one.",
        zh: "同一个查询先后收到两个不同的应答，或者加密解析与明文解析结果不同。",
    ),
    rivals: &["hosts-file-override", "dns-hijacked", "ip-blackholed"],
    explained_by: &["proxy-dns-local", "captive-portal"],
    detect: Some(rule::poisoned),
    heard: heard::POISONED,
    ..Fault::BASE
};

pub(super) const DNS_HIJACKED: Fault = Fault {
    code: "dns-hijacked",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "DNS queries are intercepted and answered falsely", zh: "53 端口被劫持，DNS 应答是假的"),
    explanation: text!(
        en: "A device of this network takes every query to port 53, whichever resolver it is meant for, and answers it itself with something untrue.",
        zh: "网络里的设备截走了所有发往 53 端口的查询（不管发给哪个 DNS 服务器），并且自己给出了不真实的应答。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[ENCRYPTED_DNS, PROXY_RESOLVES],
    confirmed_by: &[(RemedyName::DnsOverTls, 0), (RemedyName::RemoteNames, 1)],
    told_apart: text!(
        en: "An address that is no resolver answers too, or all resolvers give the same false answer over UDP and a different one when asked encrypted.",
        zh: "连不是 DNS 服务器的地址也会应答；或者所有 DNS 的明文应答都一样地假，加密查询却不同。",
    ),
    rivals: &["dns-poisoned", "dns-sinkholed"],
    explained_by: &["dns-poisoned", "proxy-dns-local", "captive-portal"],
    detect: Some(rule::hijacked),
    ..Fault::BASE
};

pub(super) const DNS_SINKHOLED: Fault = Fault {
    code: "dns-sinkholed",
    layer: Layer::Network,
    owner: Owner::Network,
    title: text!(en: "a DNS filter blocks the name", zh: "域名被 DNS 过滤拦截"),
    explanation: text!(
        en: "The resolver that this machine uses denies the name or answers with an address that leads nowhere, as ad blockers and company filters do with names on their lists.",
        zh: "本机使用的 DNS 服务器否认这个域名存在，或者返回一个哪里都到不了的地址，广告过滤和公司过滤对名单里的域名就是这样做的。",
    ),
    impact: text!(en: "all requests", zh: "所有请求"),
    fixes: &[
        Fix {
            text: text!(
                en: "Put {host} on the allow-list of the filter (Pi-hole, AdGuard, NextDNS, the company's DNS)",
                zh: "在过滤器（Pi-hole、AdGuard、NextDNS 或公司 DNS）里把 {host} 加入白名单",
            ),
            command: Command::None,
        },
        Fix {
            text: text!(
                en: "Or use another resolver, where the network's rules allow that",
                zh: "或者在网络规定允许的前提下换一个 DNS 服务器",
            ),
            command: PUBLIC_RESOLVER,
        },
        Fix { text: text!(en: "Then clear the cache of names", zh: "然后清空 DNS 缓存"), command: FLUSH },
    ],
    told_apart: text!(
        en: "Another resolver answers truly, or the filter says so itself (Extended DNS Error 15 to 17).",
        zh: "别的 DNS 能给出真实应答，或者过滤器自己声明了（扩展 DNS 错误 15 到 17）。",
    ),
    rivals: &["hosts-file-override", "dns-poisoned", "dns-fake-ip-unreachable"],
    explained_by: &["dns-poisoned", "dns-hijacked", "dns-vpn-split", "proxy-dns-local", "captive-portal"],
    detect: Some(rule::sinkholed),
    ..Fault::BASE
};
