//! QUIC: does UDP pass? A long-header packet of a version that does not exist, which a server must answer with the
//! versions that it speaks (RFC 9000, section 6); no handshake, no secrets, nothing kept by the server.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::protocol::{QuicOutcome, QuicTrial};
use crate::evidence::{Failure, Operation};

use super::Run;

/// Servers do not answer smaller ones.
const SIZE: usize = 1200;
/// When each packet is sent; one of three may get lost.
const SENT_AT: [Duration; 3] = [Duration::ZERO, Duration::from_millis(250), Duration::from_millis(700)];
const LIMIT: Duration = Duration::from_millis(1_800);
/// Of the pattern that is kept free for this (RFC 9000, section 15).
const VERSION: [u8; 4] = [0x1a, 0x2a, 0x3a, 0x4a];

/// Asks one address.
pub async fn ask(run: &Run, address: SocketAddr) -> QuicTrial {
    let started = Instant::now();
    let mut trial =
        QuicTrial { address, sent: 0, outcome: QuicOutcome::Silent, duration_ms: LIMIT.into(), failure: None };
    if let Err(error) = converse(run, started, &mut trial).await {
        trial.outcome = match error.kind() {
            std::io::ErrorKind::ConnectionRefused => QuicOutcome::Closed,
            _ => QuicOutcome::Forbidden,
        };
        trial.failure = Some(Failure::io(&error, Operation::Send));
    }
    trial.duration_ms = started.elapsed().into();
    trial
}

async fn converse(run: &Run, started: Instant, trial: &mut QuicTrial) -> std::io::Result<()> {
    let any = if trial.address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    // Connected, so that ICMP errors come back as errors.
    socket.connect(trial.address).await?;
    let id: [u8; 8] = started_id(run, &socket);
    let packet = packet(id);
    let mut answer = [0; 1500];
    for (index, _) in SENT_AT.iter().enumerate() {
        socket.send(&packet).await?;
        trial.sent += 1;
        let until = started + SENT_AT.get(index + 1).copied().unwrap_or(LIMIT);
        match timeout_at(TokioInstant::from_std(until.min(run.deadline())), socket.recv(&mut answer)).await {
            Ok(Ok(length)) => {
                let right = is_negotiation(&answer[..length], id);
                trial.outcome = if right { QuicOutcome::Answered } else { QuicOutcome::OtherAnswer };
                return Ok(());
            }
            Ok(Err(error)) => return Err(error),
            Err(_) => {}
        }
    }
    Ok(())
}

/// Something that another run does not send too; it is no secret.
fn started_id(run: &Run, socket: &UdpSocket) -> [u8; 8] {
    let port = socket.local_addr().map_or(0, |address| address.port());
    let time = run.now().duration().as_nanos().to_be_bytes();
    let mut id = [0; 8];
    id[..6].copy_from_slice(&time[10..]);
    id[6..].copy_from_slice(&port.to_be_bytes());
    id
}

fn packet(id: [u8; 8]) -> Vec<u8> {
    let mut packet = vec![0xc3];
    packet.extend(VERSION);
    for _ in 0..2 {
        packet.push(8);
        packet.extend(id);
    }
    packet.resize(SIZE, 0);
    packet
}

/// Whether it is the list of a server's versions, meant for us.
fn is_negotiation(packet: &[u8], id: [u8; 8]) -> bool {
    matches!(packet, [first, 0, 0, 0, 0, 8, rest @ ..] if first & 0x80 != 0 && rest.starts_with(&id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    #[tokio::test]
    async fn a_server_names_its_versions() {
        let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = server.local_addr().unwrap();
        tokio::spawn(async move {
            let mut packet = [0; 1500];
            let (length, from) = server.recv_from(&mut packet).await.unwrap();
            assert_eq!(length, SIZE);
            let ids = &packet[5..23];
            server.send_to(&[&[0x80, 0, 0, 0, 0], ids, &[0, 0, 0, 1]].concat(), from).await.unwrap();
        });
        let trial = ask(&run(), at).await;
        assert_eq!((trial.outcome, trial.sent), (QuicOutcome::Answered, 1));
    }

    #[tokio::test]
    async fn a_closed_port_and_a_silent_one_differ() {
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let trial = ask(&run(), silent.local_addr().unwrap()).await;
        assert_eq!((trial.outcome, trial.sent), (QuicOutcome::Silent, 3));
        let at = silent.local_addr().unwrap();
        drop(silent);
        assert_eq!(ask(&run(), at).await.outcome, QuicOutcome::Closed);
    }
}
