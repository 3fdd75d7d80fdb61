//! The bytes of echo requests and replies (RFC 792, RFC 4443).

/// Bytes behind the header of an echo request, as many as ping(8) sends.
const PAYLOAD: u8 = 56;

/// The identifier and the sequence number of an echo reply.
pub(super) fn echo_of(bytes: &[u8], reply: u8) -> Option<(u16, u16)> {
    // Some sockets hand over the IPv4 header too. No ICMP message that is read here begins like one.
    let header = if bytes.first()? >> 4 == 4 { usize::from(bytes[0] & 15) * 4 } else { 0 };
    let message = bytes.get(header..)?;
    let word = |at: usize| Some(u16::from_be_bytes(message.get(at..at + 2)?.try_into().ok()?));
    (*message.first()? == reply && *message.get(1)? == 0).then(|| Some((word(4)?, word(6)?))).flatten()
}

/// An echo request; the kernel puts the checksum into those of IPv6 itself.
pub(super) fn echo_request(kind: u8, identity: u16, number: u16) -> Vec<u8> {
    let mut message = vec![kind, 0, 0, 0];
    message.extend(identity.to_be_bytes());
    message.extend(number.to_be_bytes());
    message.extend(0..PAYLOAD);
    let checksum = checksum(&message);
    message[2..4].copy_from_slice(&checksum.to_be_bytes());
    message
}

/// The Internet checksum (RFC 1071) of an even number of bytes.
pub(super) fn checksum(bytes: &[u8]) -> u16 {
    let sum: u32 = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    let [.., high, low] = (folded + (folded >> 16)).to_be_bytes();
    !u16::from_be_bytes([high, low])
}

#[cfg(test)]
mod tests {
    use super::{checksum, echo_of, echo_request};

    #[test]
    fn a_reply_is_told_by_its_numbers() {
        let request = echo_request(8, 0x1234, 7);
        assert_eq!((request.len(), checksum(&request)), (64, 0));
        let mut reply = request.clone();
        reply[0] = 0;
        assert_eq!(echo_of(&reply, 0), Some((0x1234, 7)));
        assert_eq!(echo_of(&request, 0), None, "loopback shows the request too");
        let with_header = [[&[0x45][..], &[0; 19]].concat(), reply].concat();
        assert_eq!(echo_of(&with_header, 0), Some((0x1234, 7)));
        for bytes in [&[][..], &[0], &[0x4f; 20], &[0, 0, 0, 0, 1]] {
            assert_eq!(echo_of(bytes, 0), None);
        }
    }
}
