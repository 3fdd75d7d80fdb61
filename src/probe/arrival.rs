//! How far packets of an address have come: the TTL that segments and echo replies arrive with, where this process may
//! listen to raw sockets. It tells who sent a reset: a filter nearer than the address leaves more of the TTL.

use std::io::Read as _;
use std::net::{IpAddr, Ipv4Addr};

use socket2::{Domain, Protocol, Socket, Type};

/// The longest part of a packet that is looked at.
const ENOUGH: usize = 256;
/// An echo reply, RFC 792.
const ECHO_REPLY: u8 = 0;
const RST: u8 = 0x04;
const SYN_ACK: u8 = 0x12;

/// Sockets that see every segment and every ICMP message of IPv4 that reaches this machine from now on.
#[derive(Debug)]
pub struct Arrivals {
    segments: Socket,
    messages: Socket,
}

/// What arrived with which TTL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// A TCP reset, from this port.
    Reset(u16),
    /// The second segment of a connection, from this port.
    SynAck(u16),
    /// An echo reply.
    Echo,
}

impl Arrivals {
    /// `None` where raw sockets are not permitted, or show no segments.
    #[must_use]
    pub fn open() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            return None;
        }
        let listen = |protocol| {
            let socket = Socket::new(Domain::IPV4, Type::RAW, Some(protocol)).ok()?;
            socket.set_nonblocking(true).ok()?;
            Some(socket)
        };
        Some(Self { segments: listen(Protocol::TCP)?, messages: listen(Protocol::ICMPV4)? })
    }

    /// What came from an address since the last look.
    #[must_use]
    pub fn of(&self, address: IpAddr) -> Vec<(Arrival, u8)> {
        let mut seen = Vec::new();
        let mut buffer = [0u8; ENOUGH];
        for socket in [&self.segments, &self.messages] {
            while let Ok(length) = (&*socket).read(&mut buffer) {
                if let Some((from, arrival, ttl)) = parse(&buffer[..length])
                    && IpAddr::V4(from) == address
                {
                    seen.push((arrival, ttl));
                }
            }
        }
        seen
    }
}

/// Reads an IPv4 packet.
fn parse(packet: &[u8]) -> Option<(Ipv4Addr, Arrival, u8)> {
    let header = usize::from(packet.first()? & 0x0f) * 4;
    let (ttl, protocol) = (*packet.get(8)?, *packet.get(9)?);
    let from = Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(12..16)?).ok()?);
    let body = packet.get(header..)?;
    let arrival = match protocol {
        1 if *body.first()? == ECHO_REPLY => Arrival::Echo,
        6 => {
            let port = u16::from_be_bytes([*body.first()?, *body.get(1)?]);
            match *body.get(13)? {
                flags if flags & RST != 0 => Arrival::Reset(port),
                flags if flags & SYN_ACK == SYN_ACK => Arrival::SynAck(port),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some((from, arrival, ttl))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        let mut packet = vec![0x45, 0, 0, 40, 0, 0, 0, 0, 63, 6, 0, 0, 192, 0, 2, 7, 10, 0, 0, 2];
        packet.extend([0x01, 0xbb, 0x9c, 0x40, 0, 0, 0, 0, 0, 0, 0, 1, 0x50, 0x14, 0, 0, 0, 0, 0, 0]);
        let from = Ipv4Addr::new(192, 0, 2, 7);
        assert_eq!(parse(&packet), Some((from, Arrival::Reset(443), 63)));
        packet[33] = 0x12;
        assert_eq!(parse(&packet), Some((from, Arrival::SynAck(443), 63)));
        packet[33] = 0x10;
        assert_eq!(parse(&packet), None);
        packet[9] = 1;
        packet[20] = 0;
        assert_eq!(parse(&packet), Some((from, Arrival::Echo, 63)));
        for length in 0..packet.len() {
            let _ = parse(&packet[..length]);
        }
    }
}
