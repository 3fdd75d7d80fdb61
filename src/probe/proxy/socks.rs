//! SOCKS5 (RFC 1928) with user name and password (RFC 1929).

use std::io;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::config::Proxy;
use crate::evidence::{Failure, FailureKind, Operation, ProxyFacts};
use crate::probe::Run;
use crate::probe::tap::Stream;
use crate::probe::tls::spoken;

use super::Destination;
use super::connect::TUNNEL_LIMIT;

/// The greeting is answered by the proxy itself: no way out is needed, so silence means another protocol.
const GREETING_LIMIT: Duration = Duration::from_millis(1_600);

pub(super) async fn ask(
    run: &Run,
    stream: &mut Stream,
    destination: &Destination,
    facts: &mut ProxyFacts,
) -> Result<(), Failure> {
    let reply = step(run.patience(TUNNEL_LIMIT), connect(stream, destination)).await?;
    facts.socks_reply = Some(reply);
    if reply == 0 {
        return Ok(());
    }
    let said = format!("SOCKS5 reply {reply}: {}", reply_name(reply));
    Err(Failure::new(FailureKind::ProxyRefused, Operation::Proxy, said))
}

/// Greets it and signs in.
pub(super) async fn greet(
    run: &Run,
    stream: &mut Stream,
    proxy: &Proxy,
    facts: &mut ProxyFacts,
) -> Result<(), Failure> {
    let greeting: &[u8] = if proxy.credentials.is_some() { &[5, 2, 0, 2] } else { &[5, 1, 0] };
    // A round trip, and a retransmission fits in.
    let soon = GREETING_LIMIT + facts.connect_ms.unwrap_or_default().duration() * 4;
    let answer = step(run.step(soon), async {
        stream.write_all(greeting).await?;
        stream.flush().await?;
        let mut answer = [0u8; 2];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    })
    .await?;
    if answer[0] != 5 {
        let mut head = answer.to_vec();
        let mut more = [0u8; 64];
        if let Ok(Ok(count)) = tokio::time::timeout(Duration::from_millis(200), stream.read(&mut more)).await {
            head.extend_from_slice(&more[..count]);
        }
        facts.speaks = Some(spoken(&head));
        let said = format!("the answer is not SOCKS5: {}", run.scrub(&String::from_utf8_lossy(&head), 80));
        return Err(Failure::new(FailureKind::ProxyProtocol, Operation::Proxy, said));
    }
    facts.socks_method = Some(answer[1]);
    let denied = |said: &str| Failure::new(FailureKind::ProxyAuthRequired, Operation::Proxy, said);
    match (answer[1], &proxy.credentials) {
        (0, _) => Ok(()),
        (2, Some((user, password))) => {
            let outcome = step(run.step(soon), authenticate(stream, user, password.expose())).await?;
            if outcome { Ok(()) } else { Err(denied("the proxy rejects the user name or the password")) }
        }
        _ => Err(denied("the proxy accepts none of the ways to sign in that were offered")),
    }
}

async fn authenticate(stream: &mut Stream, user: &str, password: &str) -> io::Result<bool> {
    let mut request = vec![1];
    for part in [user, password] {
        let length = u8::try_from(part.len())
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "user name or password over 255 bytes"))?;
        request.push(length);
        request.extend_from_slice(part.as_bytes());
    }
    stream.write_all(&request).await?;
    stream.flush().await?;
    let mut answer = [0u8; 2];
    stream.read_exact(&mut answer).await?;
    Ok(answer[1] == 0)
}

async fn connect(stream: &mut Stream, destination: &Destination) -> io::Result<u8> {
    let mut request = vec![5, 1, 0];
    match destination.address.or_else(|| destination.host.parse().ok()) {
        Some(IpAddr::V4(address)) => {
            request.push(1);
            request.extend_from_slice(&address.octets());
        }
        Some(IpAddr::V6(address)) => {
            request.push(4);
            request.extend_from_slice(&address.octets());
        }
        None => {
            let length = u8::try_from(destination.host.len())
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "host name over 255 bytes"))?;
            request.extend_from_slice(&[3, length]);
            request.extend_from_slice(destination.host.as_bytes());
        }
    }
    request.extend_from_slice(&destination.port.to_be_bytes());
    stream.write_all(&request).await?;
    stream.flush().await?;
    let mut head = [0u8; 4];
    stream.read_exact(&mut head).await?;
    if head[1] == 0 {
        // The bound address must be read away before the tunnel begins.
        let length = match head[3] {
            1 => 4,
            4 => 16,
            _ => usize::from(stream.read_u8().await?),
        };
        let mut bound = vec![0u8; length + 2];
        stream.read_exact(&mut bound).await?;
    }
    Ok(head[1])
}

async fn step<T>(until: Instant, work: impl Future<Output = io::Result<T>>) -> Result<T, Failure> {
    let started = Instant::now();
    match timeout_at(TokioInstant::from_std(until), work).await {
        Ok(outcome) => outcome.map_err(|error| Failure::io(&error, Operation::Proxy)),
        Err(_) => Err(Failure::timeout(Operation::Proxy, started.elapsed().into())),
    }
}

fn reply_name(reply: u8) -> &'static str {
    match reply {
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "network unreachable",
        4 => "host unreachable",
        5 => "connection refused",
        6 => "TTL expired",
        7 => "command not supported",
        8 => "address type not supported",
        _ => "unassigned",
    }
}
