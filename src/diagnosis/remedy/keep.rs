//! How to keep a remedy that has worked: the setting, and what to type for it on the diagnosed machine.

use crate::diagnosis::FilledFix;
use crate::diagnosis::fill::{fill_command, quote};
use crate::evidence::Evidence;
use crate::evidence::config::HostKind;
use crate::evidence::remedy::{RemedyFacts, RemedyName};
use crate::lang::Sentence;
use crate::{say, text};

/// The interface that packets to the endpoint leave by, as the shell finds it.
const INTERFACE: &str = "$(ip route get {address} | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p')";
/// Where distributions keep the certificates of the system.
const SYSTEM_BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];
/// IP and TCP headers, at the most.
const HEADERS: u32 = 60;

/// The fix that keeps a remedy.
#[must_use]
pub fn keep(facts: &RemedyFacts, evidence: &Evidence) -> FilledFix {
    let (text, command) = match facts.name {
        RemedyName::OtherResolver
        | RemedyName::ResolverOverTcp
        | RemedyName::DnsOverTls
        | RemedyName::DnsOverHttps
        | RemedyName::OtherAddress => names(facts, evidence),
        RemedyName::Ipv4Only | RemedyName::Ipv6Only | RemedyName::SmallSegments | RemedyName::ClassicalKeyShare => {
            packets(facts, evidence)
        }
        RemedyName::RemoteNames
        | RemedyName::ProxyScheme
        | RemedyName::OtherProxy
        | RemedyName::LocalProxy
        | RemedyName::Direct => proxy(facts, evidence),
        RemedyName::CaFile => certificate(facts, evidence),
        RemedyName::BaseUrl | RemedyName::TrimmedKey | RemedyName::NoOrganization => settings(facts, evidence),
    };
    FilledFix { text, command, confirmed: true }
}

type Kept = (Sentence, Option<String>);

fn names(facts: &RemedyFacts, evidence: &Evidence) -> Kept {
    let value = &facts.value;
    let name = || quote(value, evidence);
    match facts.name {
        RemedyName::OtherResolver => (
            say!(en: "Use the resolver {value} on this machine", zh: "让本机使用 DNS 服务器 {value}"),
            name().and_then(|resolver| {
                per(
                    evidence,
                    &format!("sudo resolvectl dns {INTERFACE} {resolver}").replace("{address}", &resolver),
                    &format!("networksetup -setdnsservers Wi-Fi {resolver}"),
                    &format!(
                        "Get-NetAdapter | Where-Object Status -eq Up | Set-DnsClientServerAddress -ServerAddresses {resolver}"
                    ),
                )
            }),
        ),
        RemedyName::ResolverOverTcp => (
            say!(
                en: "Have this machine ask its resolver over TCP (glibc only; lasts until the network's software writes the file anew)",
                zh: "让本机用 TCP 询问 DNS 服务器（仅限 glibc；网络管理程序重写该文件后会失效）",
            ),
            per(evidence, "echo 'options use-vc' | sudo tee -a /etc/resolv.conf", "", ""),
        ),
        RemedyName::DnsOverTls => (
            say!(
                en: "Resolve over TLS on this machine: {value} (on Linux with systemd-resolved)",
                zh: "让本机用 DNS over TLS 解析：{value}（Linux 用 systemd-resolved）",
            ),
            name().and_then(|server| {
                let lines = format!("[Resolve]\\nDNS={server}\\nDNSOverTLS=yes\\nDomains=~.\\n");
                let linux = format!(
                    "sudo sh -c 'mkdir -p /etc/systemd/resolved.conf.d && printf \"{lines}\" > /etc/systemd/resolved.conf.d/dot.conf && systemctl restart systemd-resolved'"
                );
                let plain = server.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:-#".contains(&byte));
                plain.then(|| per(evidence, &linux, "", "")).flatten()
            }),
        ),
        RemedyName::DnsOverHttps => {
            let resolver = facts.origin.as_deref().and_then(|at| at.parse::<std::net::SocketAddr>().ok());
            (
                say!(
                    en: "Resolve over HTTPS on this machine: {value} (Windows: below; Linux, macOS: a local forwarder such as dnscrypt-proxy or cloudflared)",
                    zh: "让本机用 DNS over HTTPS 解析：{value}（Windows 见下；Linux、macOS 用 dnscrypt-proxy、cloudflared 之类的本地转发器）",
                ),
                name().zip(resolver).and_then(|(url, resolver)| {
                    let ip = resolver.ip();
                    let windows = format!(
                        "Add-DnsClientDohServerAddress -ServerAddress {ip} -DohTemplate {url} -AutoUpgrade $true -AllowFallbackToUdp $false"
                    );
                    per(evidence, "", "", &windows)
                }),
            )
        }
        _ => (
            say!(
                en: "Pin the address {value} in the hosts file (it may go stale: delete the line once the cause is repaired)",
                zh: "在 hosts 文件里固定地址 {value}（地址可能会变：故障解决后请删掉这一行）",
            ),
            pinned(value, evidence),
        ),
    }
}

/// The line in the hosts file; an old line for the name would win over it and goes.
fn pinned(value: &str, evidence: &Evidence) -> Option<String> {
    let address: std::net::IpAddr = value.parse().ok()?;
    let host = evidence.target.host.as_deref().and_then(|host| quote(host, evidence))?;
    let plain = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
    let add = format!("echo '{address} {host}' | sudo tee -a /etc/hosts");
    let unix = if evidence.dns.facts.hosts.is_empty() {
        add
    } else {
        format!("sudo sed -i.bak '/[[:space:]]{}/d' /etc/hosts && {add}", host.replace('.', "\\."))
    };
    let windows = format!("Add-Content $env:SystemRoot\\System32\\drivers\\etc\\hosts '{address} {host}'");
    plain.then(|| per(evidence, &unix, &unix.replace("sed -i.bak", "sed -i .bak"), &windows)).flatten()
}

fn packets(facts: &RemedyFacts, evidence: &Evidence) -> Kept {
    match facts.name {
        RemedyName::Ipv4Only => (
            text!(en: "Prefer IPv4 on this machine", zh: "让本机优先使用 IPv4").sentence(),
            per(
                evidence,
                "echo 'precedence ::ffff:0:0/96 100' | sudo tee -a /etc/gai.conf",
                "networksetup -setv6off Wi-Fi",
                "netsh interface ipv6 set prefixpolicy ::ffff:0:0/96 46 4",
            ),
        ),
        RemedyName::Ipv6Only => {
            let text = text!(
                en: "Use IPv6 for this endpoint: its IPv4 way is the broken one",
                zh: "访问该端点改用 IPv6：坏的是 IPv4 这条路",
            );
            (text.sentence(), None)
        }
        RemedyName::SmallSegments => {
            let mtu = facts.value.parse::<u32>().unwrap_or(536).saturating_add(HEADERS);
            (
                say!(
                    en: "Lower the MTU of the interface that leads to the endpoint to {mtu} (lasts until the next restart; then set it in the VPN, in Docker's daemon.json or on the router)",
                    zh: "把通往该端点的网卡 MTU 降到 {mtu}（重启后失效；要长期生效，请在 VPN、Docker 的 daemon.json 或路由器上设置）",
                ),
                per(
                    evidence,
                    &format!("sudo ip link set dev {INTERFACE} mtu {mtu}"),
                    &format!(
                        "sudo ifconfig \"$(route -n get {{address}} | awk '/interface:/ {{print $2}}')\" mtu {mtu}"
                    ),
                    &format!(
                        "netsh interface ipv4 set subinterface (Find-NetRoute -RemoteIPAddress {{address}})[0].InterfaceIndex mtu={mtu} store=persistent"
                    ),
                ),
            )
        }
        _ => (
            text!(
                en: "Have clients offer classical key shares only. Go programs:",
                zh: "让客户端只用传统密钥交换。Go 程序：",
            )
            .sentence(),
            per(evidence, "export GODEBUG=tlsmlkem=0", "export GODEBUG=tlsmlkem=0", "$env:GODEBUG = 'tlsmlkem=0'"),
        ),
    }
}

fn proxy(facts: &RemedyFacts, evidence: &Evidence) -> Kept {
    let value = &facts.value;
    let origin = facts.origin.as_deref().unwrap_or_default();
    // The variable in force is the one to change.
    let route = &evidence.target.route;
    let variable = if is_proxy_variable(&route.origin) { &route.origin } else { "HTTPS_PROXY" };
    if facts.name == RemedyName::Direct {
        if !is_proxy_variable(origin) {
            return (say!(en: "Leave out {origin}: it works without", zh: "去掉 {origin}：不用它就能连通"), None);
        }
        let host = evidence.target.host.as_deref().and_then(|host| quote(host, evidence));
        return (
            say!(
                en: "Go around the proxy for this host (or unset {origin}, if no other host needs it)",
                zh: "访问该主机时不走代理（如果别处也用不到，可直接取消 {origin}）",
            ),
            host.and_then(|host| {
                let unix =
                    format!("export NO_PROXY=\"${{NO_PROXY:+$NO_PROXY,}}{host}\"; export no_proxy=\"$NO_PROXY\"");
                per(evidence, &unix, &unix, &format!("$env:NO_PROXY = \"{host},$env:NO_PROXY\""))
            }),
        );
    }
    // Credentials in a variable stay there: it is named, not copied.
    let by_name = facts.name == RemedyName::OtherProxy && is_proxy_variable(origin);
    let quoted = quote(value, evidence);
    let unix = if by_name { Some(format!("\"${origin}\"")) } else { quoted.clone() };
    let windows = if by_name { Some(format!("$env:{origin}")) } else { quoted.map(|url| format!("'{url}'")) };
    let text = match facts.name {
        RemedyName::RemoteNames => {
            say!(en: "Write socks5h:// instead of socks5:// in {variable}", zh: "把 {variable} 里的 socks5:// 改成 socks5h://")
        }
        RemedyName::ProxyScheme => say!(
            en: "Name the proxy by what it speaks, in {variable}: {value}", zh: "在 {variable} 中按代理的实际协议填写：{value}"
        ),
        RemedyName::OtherProxy => {
            say!(en: "Set {variable} to the proxy that {origin} names, {value}", zh: "把 {variable} 设为 {origin} 里的代理 {value}")
        }
        _ => say!(
            en: "Use the proxy that runs on this machine: {value}", zh: "使用本机正在运行的代理：{value}"
        ),
    };
    let command = unix.zip(windows).and_then(|(unix, windows)| {
        let unix = format!("export {variable}={unix}");
        per(evidence, &unix, &unix, &format!("$env:{variable} = {windows}"))
    });
    (text, command)
}

fn certificate(facts: &RemedyFacts, evidence: &Evidence) -> Kept {
    let value = &facts.value;
    if SYSTEM_BUNDLES.contains(&value.as_str()) {
        return system_bundle(value, evidence);
    }
    let text = say!(
        en: "Trust {value}, but only if its fingerprint is one that your organization names: whoever holds the key of that CA can read and change all that you send and receive, your API key included",
        zh: "信任 {value}，但前提是指纹与你所在组织公布的一致：持有该 CA 私钥的人可以读取和篡改你收发的全部内容，包括 API 密钥",
    );
    let command = quote(value, evidence).and_then(|path| {
        let look = format!("openssl x509 -in {path} -noout -subject -fingerprint -sha256");
        let variables = format!("export SSL_CERT_FILE={path} REQUESTS_CA_BUNDLE={path} NODE_EXTRA_CA_CERTS={path}");
        let variables = format!("{look}\n{variables}");
        // Lying in its folder a certificate is not yet trusted, and Python and Node.js bring roots of their own.
        let installed = |update: &str, bundle: &str| {
            format!(
                "{look}\nsudo {update}\nexport SSL_CERT_FILE={bundle} REQUESTS_CA_BUNDLE={bundle} NODE_EXTRA_CA_CERTS={path}"
            )
        };
        let linux = if value.starts_with("/usr/local/share/ca-certificates/") {
            installed("update-ca-certificates", "/etc/ssl/certs/ca-certificates.crt")
        } else if value.starts_with("/etc/pki/ca-trust/source/anchors/") {
            installed("update-ca-trust", "/etc/pki/tls/certs/ca-bundle.crt")
        } else {
            variables.clone()
        };
        let windows =
            format!("$env:SSL_CERT_FILE = {path}; $env:REQUESTS_CA_BUNDLE = {path}; $env:NODE_EXTRA_CA_CERTS = {path}");
        per(evidence, &linux, &variables, &windows)
    });
    (text, command)
}

/// The system's own certificates, which a variable keeps from being read.
fn system_bundle(value: &str, evidence: &Evidence) -> Kept {
    let paths = evidence.config.facts.ca_paths.iter();
    let broken = paths.filter(|path| path.defect.is_some() && is_variable(&path.origin));
    let mut names: Vec<&str> = broken.map(|path| path.origin.as_str()).collect();
    names.dedup();
    let text = say!(
        en: "Have the system's own certificates used, {value}: unset the variables that name others",
        zh: "改用系统自带的证书 {value}：取消指向别处的变量",
    );
    let command = (!names.is_empty())
        .then(|| {
            let unix = format!("unset {}", names.join(" "));
            per(evidence, &unix, &unix, &format!("Remove-Item Env:{}", names.join(", Env:")))
        })
        .flatten();
    (text, command)
}

fn settings(facts: &RemedyFacts, evidence: &Evidence) -> Kept {
    let value = &facts.value;
    match facts.name {
        RemedyName::BaseUrl => {
            let origin = &evidence.config.facts.base_url.origin;
            let variable =
                if is_variable(origin) && origin != "AZURE_OPENAI_ENDPOINT" { origin } else { "OPENAI_BASE_URL" };
            let readable = value.starts_with("http://") && evidence.config.facts.base_url.host_kind == HostKind::Public;
            let text = if readable {
                say!(
                    en: "Set the base URL to {value}, if that is what the endpoint offers: without TLS anybody on the way can read your key",
                    zh: "把 base URL 设为 {value}（前提是端点确实只提供 http：没有 TLS，沿途任何人都能读到你的密钥）",
                )
            } else {
                say!(en: "Set the base URL to {value}", zh: "把 base URL 设为 {value}")
            };
            (
                text,
                quote(value, evidence).and_then(|url| {
                    let unix = format!("export {variable}={url}");
                    per(evidence, &unix, &unix, &format!("$env:{variable} = '{}'", url.trim_matches('\'')))
                }),
            )
        }
        RemedyName::TrimmedKey => {
            let origin = facts.origin.as_deref().unwrap_or_default();
            (
                say!(
                    en: "Take the quotes, blanks and invisible characters out of {origin}",
                    zh: "去掉 {origin} 里的引号、空白和不可见字符",
                ),
                is_variable(origin)
                    .then(|| {
                        let unix = format!("export {origin}=\"$(printf %s \"${origin}\" | tr -cd 'A-Za-z0-9._-')\"");
                        let windows = format!("$env:{origin} = $env:{origin} -replace '[^A-Za-z0-9._-]', ''");
                        per(evidence, &unix, &unix, &windows)
                    })
                    .flatten(),
            )
        }
        _ => {
            let named: Vec<&str> = facts.origin.as_deref().unwrap_or_default().split(' ').collect();
            let variables = named.iter().all(|name| is_variable(name));
            let list = named.join(", ");
            let (unix, windows) =
                (format!("unset {}", named.join(" ")), format!("Remove-Item Env:{}", named.join(", Env:")));
            (
                say!(en: "Send no such header: leave out {list}", zh: "不要发送该请求头：去掉 {list}"),
                variables.then(|| per(evidence, &unix, &unix, &windows)).flatten(),
            )
        }
    }
}

/// The command of the diagnosed machine's system; an empty one is none.
fn per(evidence: &Evidence, linux: &str, macos: &str, windows: &str) -> Option<String> {
    let command = match evidence.config.facts.machine.os.as_str() {
        "macos" => macos,
        "windows" => windows,
        _ => linux,
    };
    (!command.is_empty()).then(|| command.replace("{address}", &fill_command("{address}", evidence)))
}

fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !name.starts_with(|first: char| first.is_ascii_digit())
}

fn is_proxy_variable(name: &str) -> bool {
    is_variable(name) && name.to_ascii_lowercase().ends_with("_proxy")
}
