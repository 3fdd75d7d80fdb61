//! IP packets as bytes: what a middlebox reads in them, changes in them, and writes of its own.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMP6: u8 = 58;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const ACK: u8 = 16;

/// A whole IP packet whose headers make sense.
#[derive(Clone, Debug)]
pub struct Packet {
    bytes: Vec<u8>,
    /// Where the transport header begins.
    at: usize,
    protocol: u8,
    fragment: bool,
}

/// What makes a packet of ours: where it seems to come from, where it goes, and how far it will get.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    pub from: IpAddr,
    pub to: IpAddr,
    pub ttl: u8,
}

impl Packet {
    /// Takes in what an interface received; `None` for what is no unicast IP packet.
    pub fn parse(mut bytes: Vec<u8>) -> Option<Self> {
        let (at, length, protocol, fragment) = match bytes.first()? >> 4 {
            4 if bytes.len() >= 20 => {
                let fragment = word(&bytes, 6)? & 0x3fff != 0;
                (usize::from(bytes[0] & 15) * 4, usize::from(word(&bytes, 2)?), bytes[9], fragment)
            }
            6 if bytes.len() >= 40 => (40, usize::from(word(&bytes, 4)?) + 40, bytes[6], bytes[6] == 44),
            _ => return None,
        };
        if length < at || length > bytes.len() {
            return None;
        }
        // Ethernet pads short frames.
        bytes.truncate(length);
        let room = match protocol {
            _ if fragment => 0,
            TCP => 20,
            UDP | ICMP | ICMP6 => 8,
            _ => 0,
        };
        let packet = Self { bytes, at, protocol, fragment };
        let multicast = packet.destination().is_multicast() || packet.destination() == Ipv4Addr::BROADCAST;
        (packet.bytes.len() >= at + room && !multicast).then_some(packet)
    }

    /// A datagram of ours.
    pub fn udp(head: Head, from_port: u16, to_port: u16, payload: &[u8]) -> Self {
        let length = u16::try_from(payload.len() + 8).unwrap_or(u16::MAX);
        let mut transport = Vec::new();
        for field in [from_port, to_port, length, 0] {
            transport.extend(field.to_be_bytes());
        }
        transport.extend_from_slice(payload);
        Self::build(head, UDP, &transport)
    }

    /// A segment of ours without payload.
    pub fn tcp(head: Head, ports: (u16, u16), sequence: u32, acknowledged: u32, flags: u8) -> Self {
        let mut transport = Vec::new();
        transport.extend(ports.0.to_be_bytes());
        transport.extend(ports.1.to_be_bytes());
        transport.extend(sequence.to_be_bytes());
        transport.extend(acknowledged.to_be_bytes());
        transport.extend([5 << 4, flags, 0, 0, 0, 0, 0, 0]);
        Self::build(head, TCP, &transport)
    }

    /// An ICMP message of ours, of the family of `head`.
    pub fn icmp(head: Head, kind: u8, code: u8, rest: u32, payload: &[u8]) -> Self {
        let mut transport = vec![kind, code, 0, 0];
        transport.extend(rest.to_be_bytes());
        transport.extend_from_slice(payload);
        Self::build(head, if head.to.is_ipv4() { ICMP } else { ICMP6 }, &transport)
    }

    fn build(head: Head, protocol: u8, transport: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(40 + transport.len());
        let length = u16::try_from(transport.len()).unwrap_or(u16::MAX);
        match (head.from, head.to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                bytes.extend([0x45, 0]);
                bytes.extend((length + 20).to_be_bytes());
                bytes.extend([0, 0, 0x40, 0, head.ttl, protocol, 0, 0]);
                bytes.extend(from.octets());
                bytes.extend(to.octets());
            }
            (from, to) => {
                bytes.extend([0x60, 0, 0, 0]);
                bytes.extend(length.to_be_bytes());
                bytes.extend([protocol, head.ttl]);
                bytes.extend(sixteen(from));
                bytes.extend(sixteen(to));
            }
        }
        let at = bytes.len();
        bytes.extend_from_slice(transport);
        Self { bytes, at, protocol, fragment: false }
    }

    pub fn is_ipv4(&self) -> bool {
        self.bytes[0] >> 4 == 4
    }

    pub fn source(&self) -> IpAddr {
        if self.is_ipv4() { four(&self.bytes[12..16]) } else { six(&self.bytes[8..24]) }
    }

    pub fn destination(&self) -> IpAddr {
        if self.is_ipv4() { four(&self.bytes[16..20]) } else { six(&self.bytes[24..40]) }
    }

    pub fn set_source(&mut self, address: IpAddr) {
        self.put_address(address, 12, 8);
    }

    pub fn set_destination(&mut self, address: IpAddr) {
        self.put_address(address, 16, 24);
    }

    fn put_address(&mut self, address: IpAddr, v4: usize, v6: usize) {
        match address {
            IpAddr::V4(address) if self.is_ipv4() => self.bytes[v4..v4 + 4].copy_from_slice(&address.octets()),
            IpAddr::V6(address) if !self.is_ipv4() => self.bytes[v6..v6 + 16].copy_from_slice(&address.octets()),
            _ => {}
        }
    }

    pub fn protocol(&self) -> u8 {
        self.protocol
    }

    pub fn ttl(&self) -> u8 {
        self.bytes[if self.is_ipv4() { 8 } else { 7 }]
    }

    pub fn set_ttl(&mut self, ttl: u8) {
        let at = if self.is_ipv4() { 8 } else { 7 };
        self.bytes[at] = ttl;
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Source and destination port; the identifier of an echo twice; zeros where there is neither.
    pub fn ports(&self) -> (u16, u16) {
        let port = |at| word(&self.bytes, self.at + at).unwrap_or_default();
        match self.protocol {
            _ if self.fragment => (0, 0),
            TCP | UDP => (port(0), port(2)),
            ICMP if matches!(self.bytes[self.at], 0 | 8) => (port(4), port(4)),
            ICMP6 if matches!(self.bytes[self.at], 128 | 129) => (port(4), port(4)),
            _ => (0, 0),
        }
    }

    pub fn set_source_port(&mut self, port: u16) {
        self.bytes[self.at..self.at + 2].copy_from_slice(&port.to_be_bytes());
    }

    pub fn set_destination_port(&mut self, port: u16) {
        self.bytes[self.at + 2..self.at + 4].copy_from_slice(&port.to_be_bytes());
    }

    /// Whether the ports may be written.
    pub fn has_ports(&self) -> bool {
        !self.fragment && matches!(self.protocol, TCP | UDP)
    }

    /// The flags of a segment.
    pub fn flags(&self) -> u8 {
        if self.is_segment() { self.bytes[self.at + 13] } else { 0 }
    }

    pub fn sequence(&self) -> u32 {
        long(&self.bytes, self.at + 4)
    }

    pub fn acknowledged(&self) -> u32 {
        long(&self.bytes, self.at + 8)
    }

    pub fn is_segment(&self) -> bool {
        self.protocol == TCP && !self.fragment
    }

    /// Whether a segment opens a connection.
    pub fn opens(&self) -> bool {
        self.flags() & (SYN | ACK) == SYN
    }

    /// Whether it is an echo request.
    pub fn is_ping(&self) -> bool {
        matches!((self.protocol, self.bytes.get(self.at)), (ICMP, Some(8)) | (ICMP6, Some(128)))
    }

    /// Whether it is an ICMP error, which never causes another one.
    pub fn is_icmp_error(&self) -> bool {
        match (self.protocol, self.bytes.get(self.at)) {
            (ICMP, Some(kind)) => !matches!(kind, 0 | 8),
            (ICMP6, Some(kind)) => *kind < 128,
            _ => false,
        }
    }

    /// What the transport carries.
    pub fn payload(&self) -> &[u8] {
        let header = match self.protocol {
            _ if self.fragment => 0,
            TCP => usize::from(self.bytes[self.at + 12] >> 4) * 4,
            UDP | ICMP | ICMP6 => 8,
            _ => 0,
        };
        self.bytes.get(self.at + header..).unwrap_or_default()
    }

    /// Replaces a text of the payload by another one of the same length.
    pub fn rewrite(&mut self, from: &[u8], to: &[u8]) {
        let start = self.bytes.len() - self.payload().len();
        let mut at = start;
        while !from.is_empty() && from.len() == to.len() && at + from.len() <= self.bytes.len() {
            if self.bytes[at..].starts_with(from) {
                self.bytes[at..at + to.len()].copy_from_slice(to);
            }
            at += 1;
        }
    }

    /// The beginning of the packet, as ICMP errors quote it.
    pub fn quote(&self) -> &[u8] {
        let most = if self.is_ipv4() { 548 } else { 1232 };
        &self.bytes[..self.bytes.len().min(most)]
    }

    /// The bytes to send, with every checksum computed: what comes from a veth has them half done at best.
    pub fn seal(mut self) -> Vec<u8> {
        if self.is_ipv4() {
            self.bytes[10..12].fill(0);
            let sum = checksum(&self.bytes[..self.at], 0);
            self.bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        let field = match self.protocol {
            _ if self.fragment => return self.bytes,
            TCP => self.at + 16,
            UDP => self.at + 6,
            ICMP | ICMP6 => self.at + 2,
            _ => return self.bytes,
        };
        self.bytes[field..field + 2].fill(0);
        let pseudo = if self.protocol == ICMP { 0 } else { self.pseudo_header() };
        let mut sum = checksum(&self.bytes[self.at..], pseudo);
        if sum == 0 && self.protocol == UDP {
            sum = 0xffff;
        }
        self.bytes[field..field + 2].copy_from_slice(&sum.to_be_bytes());
        self.bytes
    }

    fn pseudo_header(&self) -> u32 {
        let addresses = if self.is_ipv4() { &self.bytes[12..20] } else { &self.bytes[8..40] };
        let length = u32::try_from(self.bytes.len() - self.at).unwrap_or_default();
        add(addresses, u32::from(self.protocol) + length)
    }
}

fn add(bytes: &[u8], start: u32) -> u32 {
    bytes.chunks(2).fold(start, |sum, pair| {
        sum + u32::from(u16::from_be_bytes([pair[0], pair.get(1).copied().unwrap_or_default()]))
    })
}

fn checksum(bytes: &[u8], start: u32) -> u16 {
    let mut sum = add(bytes, start);
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap_or_default()
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map(u16::from_be_bytes)
}

fn long(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

fn four(bytes: &[u8]) -> IpAddr {
    <[u8; 4]>::try_from(bytes).map_or(Ipv4Addr::UNSPECIFIED.into(), IpAddr::from)
}

fn six(bytes: &[u8]) -> IpAddr {
    <[u8; 16]>::try_from(bytes).map_or(Ipv6Addr::UNSPECIFIED.into(), IpAddr::from)
}

fn sixteen(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(from: &str, to: &str) -> Head {
        Head { from: from.parse().unwrap(), to: to.parse().unwrap(), ttl: 64 }
    }

    /// A sum over data and checksum together is all ones.
    fn whole(packet: &[u8], at: usize, pseudo: u32) -> bool {
        checksum(&packet[at..], pseudo) == 0
    }

    #[test]
    fn sealed_packets_have_right_checksums() {
        for (from, to, at) in [("192.0.2.1", "198.51.100.7", 20), ("2001:db8::1", "2001:db8::2", 40)] {
            for payload in [&b""[..], b"x", b"odd", b"even"] {
                let packet = Packet::udp(head(from, to), 53, 40_000, payload);
                let pseudo = packet.pseudo_header();
                let sealed = packet.seal();
                assert!(whole(&sealed, at, pseudo));
                assert!(at == 40 || checksum(&sealed[..20], 0) == 0);
            }
        }
    }

    #[test]
    fn a_packet_reads_back_as_it_was_written() {
        let written = Packet::tcp(head("192.0.2.1", "198.51.100.7"), (1234, 443), 7, 9, SYN);
        let mut bytes = written.seal();
        bytes.extend([0; 6]);
        let read = Packet::parse(bytes).unwrap();
        assert_eq!((read.len(), read.ports(), read.sequence(), read.acknowledged()), (40, (1234, 443), 7, 9));
        assert!(read.opens() && read.payload().is_empty());
        assert!(Packet::parse(vec![0x45; 12]).is_none());
    }
}
