//! Forward proxies, working and broken: HTTP CONNECT and absolute-form requests, the same behind TLS, and SOCKS5.
//!
//! A proxy resolves names from a table of its own and never asks the system, so nothing leaves this machine.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::server::{self, Transport};

/// A proxy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Behaviour {
    /// The protocol.
    pub kind: Kind,
    /// What it does with a request.
    pub conduct: Conduct,
    /// Milliseconds until it answers a request for a tunnel.
    pub delay_ms: u64,
    /// Whether it resolves names at all; a SOCKS5 proxy that does not answers them with "host unreachable".
    pub no_names: bool,
    /// Whether it waits for its own resolver for ever when told a name.
    pub mute_names: bool,
    /// The credentials it wants: user name and password.
    pub credentials: Option<(String, String)>,
    /// The reply of [`Conduct::Refuse`] over SOCKS5; 2 is "not allowed by ruleset".
    pub reply: u8,
    /// Names it knows beyond the endpoint's.
    pub hosts: BTreeMap<String, IpAddr>,
    /// Names that it refuses, and no others.
    pub forbidden: Vec<String>,
    /// The HTTP proxy that it hands everything on to.
    pub parent: Option<SocketAddr>,
    /// Names that its rules send out from here all the same.
    pub direct: Vec<String>,
}

/// The protocol that a proxy speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// HTTP.
    #[default]
    Http,
    /// HTTP behind TLS.
    Https,
    /// SOCKS5.
    Socks5,
}

/// What a proxy does with a request for a tunnel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conduct {
    /// It opens the tunnel.
    #[default]
    Work,
    /// Nothing listens at its port.
    Gone,
    /// It takes the connection and says nothing.
    Silent,
    /// 403 with its own page, as Squid does; over SOCKS5 the reply given.
    Refuse,
    /// 502, its upstream is gone.
    BadGateway,
    /// 503, it cannot reach anything.
    Unavailable,
    /// 500, as Tinyproxy says the same.
    Failure,
    /// 200, then FIN.
    CloseAfter,
    /// 200, then RST.
    ResetAfter,
    /// 200, then nothing.
    HangAfter,
}

/// What a proxy knows beside its behaviour.
#[derive(Debug)]
pub(super) struct Proxy {
    pub(super) behaviour: Behaviour,
    pub(super) hosts: BTreeMap<String, IpAddr>,
}

impl Proxy {
    fn resolve(&self, host: &str) -> Option<IpAddr> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host.parse().ok().or_else(|| {
            let known = self.behaviour.hosts.get(host).or_else(|| self.hosts.get(host));
            known.copied().filter(|_| !self.behaviour.no_names)
        })
    }

    /// Connects, or gives the name of Squid's error page.
    async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, &'static str> {
        let rule = self.behaviour.direct.iter().any(|name| name == host);
        if let Some(parent) = self.behaviour.parent.filter(|_| !rule) {
            return handed_on(parent, host, port).await.ok_or("ERR_CANNOT_FORWARD");
        }
        if self.behaviour.mute_names && host.parse::<IpAddr>().is_err() {
            std::future::pending::<()>().await;
        }
        let address = self.resolve(host).ok_or("ERR_DNS_FAIL")?;
        let upstream = TcpStream::connect(SocketAddr::new(address, port)).await.map_err(|_| "ERR_CONNECT_FAIL")?;
        let _ = upstream.set_nodelay(true);
        Ok(upstream)
    }

    fn forbids(&self, host: &str) -> bool {
        self.behaviour.conduct == Conduct::Refuse || self.behaviour.forbidden.iter().any(|name| name == host)
    }
}

/// A tunnel through a parent proxy.
async fn handed_on(parent: SocketAddr, host: &str, port: u16) -> Option<TcpStream> {
    let mut upstream = TcpStream::connect(parent).await.ok()?;
    upstream.write_all(format!("CONNECT {host}:{port} HTTP/1.1\r\n\r\n").as_bytes()).await.ok()?;
    let head = read_head(&mut upstream).await?;
    let _ = upstream.set_nodelay(true);
    head.split(' ').nth(1)?.starts_with('2').then_some(upstream)
}

/// Serves one connection.
pub(super) async fn serve<S: Transport>(mut stream: S, proxy: Arc<Proxy>) {
    let done = match proxy.behaviour.conduct {
        Conduct::Silent => None,
        _ if proxy.behaviour.kind == Kind::Socks5 => socks5(&mut stream, &proxy).await,
        _ => http(&mut stream, &proxy).await,
    };
    match (done, proxy.behaviour.conduct) {
        (Some(()), Conduct::ResetAfter) => {
            // The reset must not overtake the answer, so it waits for the first bytes of the client.
            let _ = stream.read(&mut [0; 1]).await;
            stream.reset();
            return;
        }
        (Some(()), Conduct::CloseAfter) => {
            let _ = stream.read(&mut [0; 1]).await;
        }
        _ => {
            server::drain(&mut stream).await;
            return;
        }
    }
    let _ = stream.shutdown().await;
    server::drain(&mut stream).await;
}

/// An HTTP proxy's side; `Some` when a tunnel was promised and is not served.
async fn http<S: Transport>(stream: &mut S, proxy: &Proxy) -> Option<()> {
    let head = read_head(stream).await?;
    let mut line = head.lines().next()?.split_whitespace();
    let (method, target) = (line.next()?.to_owned(), line.next()?.to_owned());
    if !target.contains(':') {
        return say(stream, "400 Bad Request", &[], "this is a proxy: no scheme and host in the request").await;
    }
    if !authorized(&head, proxy) {
        let headers = ["Proxy-Authenticate: Basic realm=\"Corporate proxy\""];
        return say(stream, "407 Proxy Authentication Required", &headers, &page("ERR_CACHE_ACCESS_DENIED")).await;
    }
    if proxy.forbids(target.rsplit_once(':').map_or(target.as_str(), |(host, _)| host)) {
        let headers = ["X-Squid-Error: ERR_ACCESS_DENIED 0"];
        return say(stream, "403 Forbidden", &headers, &page("ERR_ACCESS_DENIED")).await;
    }
    match proxy.behaviour.conduct {
        Conduct::BadGateway => return say(stream, "502 Bad Gateway", &[], "").await,
        Conduct::Unavailable => return unavailable(stream, "ERR_CONNECT_FAIL").await,
        Conduct::Failure => return failure(stream).await,
        _ => {}
    }
    tokio::time::sleep(Duration::from_millis(proxy.behaviour.delay_ms)).await;
    if method != "CONNECT" {
        forward(stream, proxy, &head, &target).await;
        return None;
    }
    if proxy.behaviour.conduct != Conduct::Work {
        stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
        stream.flush().await.ok()?;
        return Some(());
    }
    let (host, port) = target.rsplit_once(':')?;
    let mut upstream = match proxy.connect(host, port.parse().ok()?).await {
        Ok(upstream) => upstream,
        Err(why) => return unavailable(stream, why).await,
    };
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.ok()?;
    stream.flush().await.ok()?;
    let _ = copy_bidirectional(stream, &mut upstream).await;
    // Whatever ended it upstream ends it here.
    let _ = stream.shutdown().await;
    None
}

/// Passes on a request in absolute form, one a connection.
async fn forward<S: Transport>(stream: &mut S, proxy: &Proxy, head: &str, target: &str) {
    let Ok(uri) = target.parse::<Uri>() else { return };
    let Some(host) = uri.host() else { return };
    let mut upstream = match proxy.connect(host, uri.port_u16().unwrap_or(80)).await {
        Ok(upstream) => upstream,
        Err(why) => {
            unavailable(stream, why).await;
            return;
        }
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = head.replacen(target, path, 1);
    // The answer then ends the connection, so there is nothing to parse.
    request = request.replacen("\r\n", "\r\nVia: 1.1 proxy.test (squid/6.10)\r\nConnection: close\r\n", 1);
    let passed: Vec<&str> =
        request.split("\r\n").filter(|line| !line.to_ascii_lowercase().starts_with("proxy-")).collect();
    if upstream.write_all(passed.join("\r\n").as_bytes()).await.is_ok() {
        let _ = copy_bidirectional(stream, &mut upstream).await;
    }
}

fn authorized(head: &str, proxy: &Proxy) -> bool {
    let Some((user, password)) = &proxy.behaviour.credentials else { return true };
    let wanted = format!("Basic {}", base64(format!("{user}:{password}").as_bytes()));
    head.lines().any(|line| {
        line.split_once(':')
            .is_some_and(|(name, value)| name.eq_ignore_ascii_case("proxy-authorization") && value.trim() == wanted)
    })
}

async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < 16_384 {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

/// An answer of the proxy's own, as Squid words it; the connection closes after it.
async fn say<S: AsyncWrite + Unpin>(stream: &mut S, status: &str, headers: &[&str], body: &str) -> Option<()> {
    let mut head = format!("HTTP/1.1 {status}\r\nServer: squid/6.10\r\nVia: 1.1 proxy.test (squid/6.10)\r\n");
    for header in headers {
        head.push_str(header);
        head.push_str("\r\n");
    }
    let length = body.len();
    let _ = write!(head, "Content-Type: text/html\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()?;
    None
}

async fn unavailable<S: AsyncWrite + Unpin>(stream: &mut S, error: &str) -> Option<()> {
    let errno = if error == "ERR_CONNECT_FAIL" { 111 } else { 0 };
    let header = format!("X-Squid-Error: {error} {errno}");
    say(stream, "503 Service Unavailable", &[&header], &page(error)).await
}

/// An answer of the proxy's own, as Tinyproxy words it.
async fn failure<S: AsyncWrite + Unpin>(stream: &mut S) -> Option<()> {
    let body = "<html><head><title>500 Unable to connect</title></head><body><h1>Unable to connect</h1></body></html>";
    let length = body.len();
    let head = format!(
        "HTTP/1.1 500 Unable to connect\r\nServer: tinyproxy/1.11.1\r\nContent-Type: text/html\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.shutdown().await.ok()?;
    None
}

fn page(error: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><title>ERROR: The requested URL could not be retrieved</title></head>\
         <body id=\"{error}\"><h1>ERROR</h1><h2>The requested URL could not be retrieved</h2>\
         <p>Your cache administrator is webmaster.</p></body></html>"
    )
}

/// A SOCKS5 proxy's side (RFC 1928, RFC 1929); `Some` when a tunnel was promised and is not served.
async fn socks5<S: Transport>(stream: &mut S, proxy: &Proxy) -> Option<()> {
    if stream.read_u8().await.ok()? != 5 {
        let _ = stream.shutdown().await;
        return None;
    }
    let mut methods = vec![0; usize::from(stream.read_u8().await.ok()?)];
    stream.read_exact(&mut methods).await.ok()?;
    let method = if proxy.behaviour.credentials.is_some() { 2 } else { 0 };
    let method = if methods.contains(&method) { method } else { 0xff };
    stream.write_all(&[5, method]).await.ok()?;
    if method == 0xff {
        let _ = stream.shutdown().await;
        return None;
    }
    if method == 2 && !socks5_login(stream, proxy).await? {
        let _ = stream.shutdown().await;
        return None;
    }
    let (host, port) = socks5_request(stream).await?;
    tokio::time::sleep(Duration::from_millis(proxy.behaviour.delay_ms)).await;
    if proxy.forbids(&host) {
        return socks5_reply(stream, proxy.behaviour.reply.max(1)).await.and(None);
    }
    if proxy.behaviour.conduct != Conduct::Work {
        return socks5_reply(stream, 0).await;
    }
    let Some(address) = proxy.resolve(&host) else {
        return socks5_reply(stream, 4).await.and(None);
    };
    let Ok(mut upstream) = TcpStream::connect(SocketAddr::new(address, port)).await else {
        return socks5_reply(stream, 5).await.and(None);
    };
    let _ = upstream.set_nodelay(true);
    socks5_reply(stream, 0).await?;
    let _ = copy_bidirectional(stream, &mut upstream).await;
    // Whatever ended it upstream ends it here.
    let _ = stream.shutdown().await;
    None
}

async fn socks5_login<S: Transport>(stream: &mut S, proxy: &Proxy) -> Option<bool> {
    let _version = stream.read_u8().await.ok()?;
    let user = read_short(stream).await?;
    let password = read_short(stream).await?;
    let right = proxy
        .behaviour
        .credentials
        .as_ref()
        .is_some_and(|(name, word)| name.as_bytes() == user && word.as_bytes() == password);
    stream.write_all(&[1, u8::from(!right)]).await.ok()?;
    Some(right)
}

async fn read_short<S: AsyncRead + Unpin>(stream: &mut S) -> Option<Vec<u8>> {
    let mut text = vec![0; usize::from(stream.read_u8().await.ok()?)];
    stream.read_exact(&mut text).await.ok()?;
    Some(text)
}

async fn socks5_request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<(String, u16)> {
    let mut head = [0; 4];
    stream.read_exact(&mut head).await.ok()?;
    let host = match head[3] {
        1 => {
            let mut address = [0; 4];
            stream.read_exact(&mut address).await.ok()?;
            Ipv4Addr::from(address).to_string()
        }
        4 => {
            let mut address = [0; 16];
            stream.read_exact(&mut address).await.ok()?;
            Ipv6Addr::from(address).to_string()
        }
        3 => String::from_utf8(read_short(stream).await?).ok()?,
        _ => return None,
    };
    Some((host, stream.read_u16().await.ok()?))
}

async fn socks5_reply<S: AsyncWrite + Unpin>(stream: &mut S, reply: u8) -> Option<()> {
    stream.write_all(&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()?;
    if reply != 0 {
        stream.shutdown().await.ok()?;
    }
    Some(())
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte)) << (8 * (3 - group.len()));
        for index in 0..4 {
            let letter = char::from(ALPHABET[bits >> (18 - 6 * index) & 63]);
            text.push(if index <= group.len() { letter } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn base64_pads_as_rfc_4648_says() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }
}
