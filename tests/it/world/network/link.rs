//! Frames on an interface, through a packet socket.

#![expect(unsafe_code, reason = "the address of a packet socket has no safe constructor in socket2")]

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::AsRawFd;
use std::time::Duration;

use serde::{Deserialize, Serialize};
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

/// A packet seen on an interface.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Seen {
    /// When the kernel saw it, since the epoch.
    pub at: Duration,
    /// Whether this host sent it.
    pub sent: bool,
    pub bytes: Vec<u8>,
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

    /// Has the kernel note when each packet passed, and ends a wait for one after a while.
    pub fn watch(&self, patience: Duration) -> io::Result<()> {
        self.socket.set_read_timeout(Some(patience))?;
        let on: libc::c_int = 1;
        // SAFETY: the option's value is an int that lives through the call, and its size is given.
        let status = unsafe {
            libc::setsockopt(
                self.socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_TIMESTAMPNS,
                (&raw const on).cast(),
                libc::socklen_t::try_from(size_of_val(&on)).unwrap_or_default(),
            )
        };
        if status == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// The next IP packet that passes in either direction, with the kernel's time; after [`Link::watch`].
    pub fn see(&self) -> io::Result<Seen> {
        loop {
            let mut buffer = vec![0_u8; 70_000];
            let mut control = [0_u64; 16];
            let mut from = MaybeUninit::<libc::sockaddr_ll>::zeroed();
            let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
            // SAFETY: all zeros is a valid `msghdr`; its pointers are set to live buffers with their sizes, which the
            // kernel respects, and the control buffer is aligned for the headers that are read from it.
            let (length, at, kind) = unsafe {
                let mut message: libc::msghdr = std::mem::zeroed();
                message.msg_name = from.as_mut_ptr().cast();
                message.msg_namelen = libc::socklen_t::try_from(size_of::<libc::sockaddr_ll>()).unwrap_or_default();
                message.msg_iov = &raw mut part;
                message.msg_iovlen = 1;
                message.msg_control = control.as_mut_ptr().cast();
                message.msg_controllen = size_of_val(&control);
                let length = libc::recvmsg(self.socket.as_raw_fd(), &raw mut message, 0);
                let Ok(length) = usize::try_from(length) else { return Err(io::Error::last_os_error()) };
                let header = libc::CMSG_FIRSTHDR(&raw const message);
                let at = (!header.is_null() && (*header).cmsg_type == libc::SO_TIMESTAMPNS)
                    .then(|| libc::CMSG_DATA(header).cast::<libc::timespec>().read_unaligned());
                (length, at, from.assume_init().sll_pkttype)
            };
            let Some(at) = at else { return Err(io::Error::other("the kernel gave no time")) };
            let seconds = u64::try_from(at.tv_sec).unwrap_or_default();
            let at = Duration::new(seconds, u32::try_from(at.tv_nsec).unwrap_or_default());
            if length > HEADER && (buffer[12..14] == IPV4 || buffer[12..14] == IPV6) {
                let bytes = buffer[HEADER..length].to_vec();
                return Ok(Seen { at, sent: kind == libc::PACKET_OUTGOING, bytes });
            }
        }
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
