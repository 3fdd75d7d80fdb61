//! The error queue of a socket: the ICMP errors that came back for its packets, with who sent them (Linux `IP_RECVERR`,
//! see ip(7)). It needs no privilege; other systems have nothing like it.

use std::net::IpAddr;

/// An ICMP error that the kernel matched to a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IcmpError {
    /// Who sent it.
    pub from: IpAddr,
    /// Its ICMP type.
    pub kind: u8,
    /// Its ICMP code.
    pub code: u8,
    /// The error number that the kernel makes of it.
    pub os_error: i32,
    /// What it quotes of our packet, from the transport header's payload on (raw sockets: from the ICMP header on).
    pub quoted: Vec<u8>,
}

/// The error queue of a socket, through a descriptor of its own: it can be read after the socket's owner has let go.
#[derive(Debug)]
pub struct ErrorQueue {
    #[cfg(target_os = "linux")]
    descriptor: std::os::fd::OwnedFd,
    #[cfg(target_os = "linux")]
    v6: bool,
}

#[cfg(not(target_os = "linux"))]
impl ErrorQueue {
    /// There is none on this system.
    #[must_use]
    pub const fn open<S>(_socket: &S, _v6: bool) -> Option<Self> {
        None
    }

    /// There is none on this system.
    pub const fn close(&self) {}

    /// There is none on this system.
    #[must_use]
    pub const fn next(&self) -> Option<IcmpError> {
        None
    }

    /// There is none on this system.
    #[must_use]
    pub const fn local(&self) -> Option<IpAddr> {
        None
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
    use std::os::fd::{AsFd, AsRawFd};

    use socket2::SockRef;

    use super::super::control::{self, int};
    use super::{ErrorQueue, IcmpError};

    /// Bytes of our packet that an error quotes and we keep.
    const QUOTE: usize = 128;
    /// Room for one `sock_extended_err` with an IPv6 address behind it, and for a time stamp that somebody asked for.
    const CONTROL: usize = 256;
    /// `SO_EE_ORIGIN_ICMP` and `SO_EE_ORIGIN_ICMP6`: errors of the kernel itself have another origin.
    const FROM_THE_NETWORK: [u8; 2] = [2, 3];
    /// Size of `struct sock_extended_err` (linux/errqueue.h).
    const EXTENDED: usize = 16;

    impl ErrorQueue {
        /// Asks the kernel to keep the errors of a socket; `None` where it does not.
        #[must_use]
        pub fn open(socket: &impl AsFd, v6: bool) -> Option<Self> {
            let descriptor = socket.as_fd().try_clone_to_owned().ok()?;
            let queue = Self { descriptor, v6 };
            queue.switch(true).then_some(queue)
        }

        /// Lets the kernel go back to what it does by default; on a connection that is open, errors would break it.
        pub fn close(&self) {
            self.switch(false);
        }

        fn switch(&self, on: bool) -> bool {
            let (level, name) =
                if self.v6 { (libc::IPPROTO_IPV6, libc::IPV6_RECVERR) } else { (libc::IPPROTO_IP, libc::IP_RECVERR) };
            let value = libc::c_int::from(on);
            // SAFETY: the descriptor is open for as long as it is borrowed; the kernel reads one `c_int`, whose address
            // and size are given.
            let status = unsafe {
                libc::setsockopt(
                    self.descriptor.as_raw_fd(),
                    level,
                    name,
                    (&raw const value).cast(),
                    libc::socklen_t::try_from(size_of_val(&value)).unwrap_or_default(),
                )
            };
            status == 0
        }

        /// The local address of the socket.
        #[must_use]
        pub fn local(&self) -> Option<IpAddr> {
            Some(SockRef::from(&self.descriptor).local_addr().ok()?.as_socket()?.ip())
        }

        /// The next error that came from the network; never waits.
        #[must_use]
        pub fn next(&self) -> Option<IcmpError> {
            // Errors of the kernel's own are passed over; the queue holds no more than the receive buffer does.
            loop {
                let (quoted, control) = self.receive()?;
                if let Some(error) = read(&control, quoted) {
                    return Some(error);
                }
            }
        }

        /// One entry of the queue: what is quoted, and the control messages.
        fn receive(&self) -> Option<(Vec<u8>, Vec<u8>)> {
            let mut quoted = [0u8; QUOTE];
            let mut control = [0u8; CONTROL];
            let flags = libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT;
            let length = control::receive(self.descriptor.as_fd(), &mut quoted, &mut control, flags).ok()?;
            // What the kernel did not write is zero, which ends the list of messages.
            Some((quoted[..length].to_vec(), control.to_vec()))
        }
    }

    /// Finds the ICMP error among control messages (`struct cmsghdr`, linux/socket.h).
    fn read(control: &[u8], quoted: Vec<u8>) -> Option<IcmpError> {
        let ours = [(libc::IPPROTO_IP, libc::IP_RECVERR), (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)];
        extended(control::find(control, |level, kind| ours.contains(&(level, kind)))?, quoted)
    }

    /// Reads a `sock_extended_err` and the address of the offender behind it.
    fn extended(data: &[u8], quoted: Vec<u8>) -> Option<IcmpError> {
        let os_error = int(data, 0)?;
        let (origin, kind, code) = (*data.get(4)?, *data.get(5)?, *data.get(6)?);
        if !FROM_THE_NETWORK.contains(&origin) {
            return None;
        }
        let address = data.get(EXTENDED..)?;
        let family = i32::from(u16::from_ne_bytes(address.get(..2)?.try_into().ok()?));
        let from = match family {
            libc::AF_INET => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(address.get(4..8)?).ok()?)),
            libc::AF_INET6 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(address.get(8..24)?).ok()?)),
            _ => return None,
        };
        Some(IcmpError { from: from.to_canonical(), kind, code, os_error, quoted })
    }

    #[cfg(test)]
    mod tests {
        use std::net::UdpSocket;
        use std::time::{Duration, Instant};

        use super::*;

        #[test]
        fn a_closed_udp_port_names_who_says_so() {
            for (here, v6) in [("127.0.0.1", false), ("::1", true)] {
                let here: IpAddr = here.parse().unwrap();
                let closed = UdpSocket::bind((here, 0)).unwrap().local_addr().unwrap();
                let Ok(socket) = UdpSocket::bind((here, 0)) else { continue };
                let queue = ErrorQueue::open(&socket, v6).unwrap();
                assert_eq!(queue.next(), None);
                socket.connect(closed).unwrap();
                socket.send(b"anyone there").unwrap();
                let until = Instant::now() + Duration::from_secs(5);
                let error = loop {
                    match queue.next() {
                        Some(error) => break error,
                        None => assert!(Instant::now() < until, "no error came"),
                    }
                };
                assert_eq!((error.from, error.os_error), (here, libc::ECONNREFUSED));
                assert_eq!((error.kind, error.code), if v6 { (1, 4) } else { (3, 3) });
                assert_eq!(error.quoted, b"anyone there");
                assert_eq!(queue.local(), Some(here));
            }
        }

        #[test]
        fn an_error_that_is_cut_short_is_none() {
            assert_eq!(extended(&[0; EXTENDED], Vec::new()), None);
        }
    }
}
