//! Frames on an interface, through a packet socket.

#![expect(unsafe_code, reason = "the address of a packet socket has no safe constructor in socket2")]

use std::io;

use socket2::{Domain, Protocol, SockAddr, Socket, Type};

const HEADER: usize = 14;
const EVERY_PROTOCOL: u16 = 0x0003;
const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xdd];

/// One interface.
#[derive(Debug)]
pub struct Link {
    socket: Socket,
    peer: [u8; 6],
}

impl Link {
    /// Opens an interface; frames sent through it are for the hardware address given.
    pub fn open(interface: &str, peer: [u8; 6]) -> io::Result<Self> {
        let index = index_of(interface)?;
        let protocol = EVERY_PROTOCOL.to_be();
        let socket = Socket::new(Domain::PACKET, Type::RAW, Some(Protocol::from(i32::from(protocol))))?;
        let _ = socket.set_recv_buffer_size(4 << 20);
        socket.bind(&address(index, protocol)?)?;
        Ok(Self { socket, peer })
    }

    /// The next IP packet that arrives.
    pub fn receive(&self) -> io::Result<Vec<u8>> {
        let mut buffer = vec![0; 70_000];
        loop {
            let length = io::Read::read(&mut &self.socket, &mut buffer)?;
            if length > HEADER && (buffer[12..14] == IPV4 || buffer[12..14] == IPV6) {
                return Ok(buffer[HEADER..length].to_vec());
            }
        }
    }

    /// Sends an IP packet.
    pub fn send(&self, packet: &[u8]) -> io::Result<()> {
        let mut frame = Vec::with_capacity(HEADER + packet.len());
        frame.extend(self.peer);
        frame.extend([2, 0, 0, 0, 0, 0xfe]);
        frame.extend(if packet.first().is_some_and(|first| first >> 4 == 4) { IPV4 } else { IPV6 });
        frame.extend_from_slice(packet);
        self.socket.send(&frame).map(|_| ())
    }
}

fn index_of(interface: &str) -> io::Result<libc::c_int> {
    let name = std::ffi::CString::new(interface)?;
    // SAFETY: the name ends with a zero byte and lives through the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    if index == 0 { Err(io::Error::last_os_error()) } else { libc::c_int::try_from(index).map_err(io::Error::other) }
}

fn address(index: libc::c_int, protocol: u16) -> io::Result<SockAddr> {
    // SAFETY: a `sockaddr_ll` fits into the storage, all zeros is valid for it, and the length set is its own.
    let ((), address) = unsafe {
        SockAddr::try_init(|storage, length| {
            let address = storage.cast::<libc::sockaddr_ll>();
            (*address).sll_family = u16::try_from(libc::AF_PACKET).unwrap_or_default();
            (*address).sll_protocol = protocol;
            (*address).sll_ifindex = index;
            *length = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).unwrap_or_default();
            Ok(())
        })?
    };
    Ok(address)
}
