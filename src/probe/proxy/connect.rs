//! HTTP CONNECT (RFC 9110, section 9.3.6).

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::config::Proxy;
use crate::evidence::http::Header;
use crate::evidence::proxy::ProxyStep;
use crate::evidence::{Failure, FailureKind, Operation, ProxyFacts, text};
use crate::probe::Run;
use crate::probe::tap::Stream;
use crate::probe::tls::spoken;

use super::{Destination, host_port};

/// A proxy whose own way out is silent answers after its own timeout; this is as long as we wait for that, and longer in
/// proportion where the run may take longer. One that works takes two round trips.
pub(super) const TUNNEL_LIMIT: Duration = Duration::from_millis(6_400);
const MOST_HEAD: usize = 16 * 1024;
const MOST_BODY: usize = 2 * 1024;
const BODY_LIMIT: Duration = Duration::from_millis(500);

/// The value of `Proxy-Authorization` for a proxy with credentials (RFC 7617).
#[must_use]
pub(crate) fn authorization(proxy: &Proxy) -> Option<HeaderValue> {
    let (user, password) = proxy.credentials.as_ref()?;
    let value = format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.expose())));
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

pub(super) async fn ask(
    run: &Run,
    stream: &mut Stream,
    proxy: &Proxy,
    destination: &Destination,
    facts: &mut ProxyFacts,
) -> Result<(), Failure> {
    let started = Instant::now();
    let deadline = TokioInstant::from_std(run.patience(TUNNEL_LIMIT));
    let request = request(proxy, destination);
    let mut head = Vec::new();
    let answered = timeout_at(deadline, async {
        stream.write_all(&request).await?;
        stream.flush().await?;
        read_head(stream, &mut head).await
    })
    .await;
    match answered {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Err(Failure::io(&error, Operation::Proxy)),
        Err(_) => return Err(Failure::timeout(Operation::Proxy, started.elapsed().into())),
    }
    let Some(body_at) = parse(run, &head, facts) else {
        facts.speaks = (!head.is_empty()).then(|| spoken(&head));
        let kind = if head.is_empty() { FailureKind::ConnectionClosed } else { FailureKind::ProxyProtocol };
        let said = if head.is_empty() {
            "the proxy closed the connection without an answer".to_owned()
        } else {
            format!("the answer is not HTTP: {}", run.scrub(&String::from_utf8_lossy(&head), 120))
        };
        return Err(Failure::new(kind, Operation::Proxy, said));
    };
    let status = facts.status.unwrap_or_default();
    if (200..300).contains(&status) {
        facts.reached = ProxyStep::Authenticated;
        return Ok(());
    }
    let mut body = head.split_off(body_at);
    let soon = TokioInstant::from_std(run.step(BODY_LIMIT));
    let _ = timeout_at(soon, read_more(stream, &mut body)).await;
    facts.body = run.scrub_block(&String::from_utf8_lossy(&body), MOST_BODY);
    // Credentials that it does not know tinyproxy answers with 401.
    let kind = if status == 407 || status == 401 && proxy.credentials.is_some() {
        FailureKind::ProxyAuthRequired
    } else {
        FailureKind::ProxyRefused
    };
    Err(Failure::new(kind, Operation::Proxy, facts.status_line.as_deref().unwrap_or_default()))
}

fn request(proxy: &Proxy, destination: &Destination) -> Vec<u8> {
    let at = host_port(&destination.host, destination.port);
    let agent = concat!("openai-doctor/", env!("CARGO_PKG_VERSION"));
    let mut request =
        format!("CONNECT {at} HTTP/1.1\r\nHost: {at}\r\nUser-Agent: {agent}\r\nProxy-Connection: keep-alive\r\n")
            .into_bytes();
    if let Some(value) = authorization(proxy) {
        request.extend_from_slice(b"Proxy-Authorization: ");
        request.extend_from_slice(value.as_bytes());
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"\r\n");
    request
}

/// Reads up to the empty line, to the bound, to the end, or until it is clear that this is not HTTP.
async fn read_head(stream: &mut Stream, head: &mut Vec<u8>) -> std::io::Result<()> {
    let mut piece = [0u8; 2048];
    loop {
        let count = stream.read(&mut piece).await?;
        head.extend_from_slice(&piece[..count]);
        let foreign = head.len() >= 5 && !head.starts_with(b"HTTP/");
        if count == 0 || foreign || head.len() >= MOST_HEAD || head.windows(4).any(|end| end == b"\r\n\r\n") {
            return Ok(());
        }
    }
}

async fn read_more(stream: &mut Stream, body: &mut Vec<u8>) {
    let mut piece = [0u8; 1024];
    while body.len() < MOST_BODY {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => return,
            Ok(count) => body.extend_from_slice(&piece[..count]),
        }
    }
}

/// Fills in status and headers; the position of the body, or `None` when this is no HTTP response.
fn parse(run: &Run, head: &[u8], facts: &mut ProxyFacts) -> Option<usize> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut response = httparse::Response::new(&mut headers);
    let body_at = match response.parse(head) {
        Ok(httparse::Status::Complete(at)) => at,
        // A head that never ends still has its status line.
        Ok(httparse::Status::Partial) if response.code.is_some() => head.len(),
        _ => return None,
    };
    facts.status = response.code;
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    facts.status_line = Some(run.scrub(&String::from_utf8_lossy(line), 200));
    facts.headers = response
        .headers
        .iter()
        .filter(|header| !header.name.is_empty())
        .map(|header| Header {
            name: run.scrub(&header.name.to_ascii_lowercase(), 120),
            value: run.scrub(&text::line_of_bytes(header.value, text::MAX_LINE), text::MAX_LINE),
        })
        .collect();
    Some(body_at)
}
