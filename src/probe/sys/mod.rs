//! What only the operating system's own calls can tell, behind safe functions. The one place with `unsafe` code.

#![cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "TCP_INFO, SIOCGSTAMPNS and the error queue have no safe wrapper in std or socket2")
)]

#[cfg(target_os = "linux")]
mod control;
mod errors;
mod wire;

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
use std::time::SystemTime;
use std::time::{Duration, Instant};

use crate::evidence::tcp::TcpInfo;

pub use errors::{ErrorQueue, IcmpError};
pub use wire::Wire;

/// A second handle on a connection, for asking the kernel about it while a stream owns the first.
#[derive(Debug)]
pub struct SocketHandle {
    #[cfg(unix)]
    descriptor: std::os::fd::OwnedFd,
}

impl SocketHandle {
    /// Duplicates the socket's descriptor; `None` where that is not possible.
    #[must_use]
    pub fn of(stream: &tokio::net::TcpStream) -> Option<Self> {
        #[cfg(unix)]
        {
            use std::os::fd::AsFd;
            Some(Self { descriptor: stream.as_fd().try_clone_to_owned().ok()? })
        }
        #[cfg(not(unix))]
        {
            let _ = stream;
            None
        }
    }

    /// What the kernel knows of the connection; `None` where it does not tell.
    #[must_use]
    pub fn tcp_info(&self) -> Option<TcpInfo> {
        #[cfg(target_os = "linux")]
        {
            linux::tcp_info(std::os::fd::AsFd::as_fd(&self.descriptor))
        }
        #[cfg(not(target_os = "linux"))]
        {
            None
        }
    }

    /// The error that ends the connection, as soon as the kernel has one, read or not. Never comes where the system does
    /// not tell.
    pub async fn broken(&self) -> std::io::Error {
        #[cfg(unix)]
        {
            let own = self.descriptor.try_clone().map(std::net::TcpStream::from);
            if let Ok(stream) = own.and_then(tokio::net::TcpStream::from_std) {
                let interest = tokio::io::Interest::ERROR;
                let told = || self.options().take_error()?.ok_or_else(|| std::io::ErrorKind::WouldBlock.into());
                while stream.ready(interest).await.is_ok() {
                    if let Ok(error) = stream.try_io(interest, told) {
                        return error;
                    }
                }
            }
        }
        std::future::pending().await
    }

    /// The socket's options, for reading them back.
    #[cfg(unix)]
    #[must_use]
    pub fn options(&self) -> socket2::SockRef<'_> {
        socket2::SockRef::from(&self.descriptor)
    }
}

/// How long the handshake of a connection that was just opened took, from the SYN to the SYN-ACK, by the kernel's own
/// clock. `None` where it does not tell, and where a SYN was lost: the kernel then measures only the last one.
#[must_use]
pub fn handshake_time(stream: &tokio::net::TcpStream) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        let info = linux::tcp_info(std::os::fd::AsFd::as_fd(stream))?;
        info.rtt_ms.filter(|_| info.retransmits == Some(0)).map(crate::evidence::Ms::duration)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = stream;
        None
    }
}

/// When the datagram received last arrived at this machine, by the kernel's own stamp: a busy processor delays us, and
/// that is not the network's time. `None` where the kernel does not tell; the first call switches the stamps on.
#[must_use]
pub fn arrival(socket: &tokio::net::UdpSocket) -> Option<Instant> {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        linux::stamp(socket).and_then(instant_of)
    }
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    {
        let _ = socket;
        None
    }
}

/// The instant of one of the kernel's stamps.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn instant_of(stamp: SystemTime) -> Option<Instant> {
    let age = SystemTime::now().duration_since(stamp).ok()?;
    // A clock that was set meanwhile would tell nonsense.
    (age < Duration::from_secs(1)).then(|| Instant::now().checked_sub(age)).flatten()
}

#[cfg(target_os = "linux")]
mod linux {
    use std::os::fd::{AsRawFd, BorrowedFd};
    use std::time::{Duration, SystemTime};

    use crate::evidence::Ms;
    use crate::evidence::tcp::TcpInfo;

    /// Room for `struct tcp_info` of this and the next kernels; an older kernel fills less.
    const ROOM: usize = 320;

    pub(super) fn tcp_info(descriptor: BorrowedFd<'_>) -> Option<TcpInfo> {
        let mut buffer = [0u8; ROOM];
        let mut length = libc::socklen_t::try_from(ROOM).ok()?;
        // SAFETY: the descriptor is open for as long as it is borrowed; the kernel writes at most `length` bytes, which
        // is the buffer's size, and stores how many it wrote in `length`.
        let status = unsafe {
            libc::getsockopt(
                descriptor.as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                buffer.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        (status == 0).then(|| decode(&buffer[..(length as usize).min(ROOM)]))
    }

    /// `SIOCGSTAMPNS_OLD` of asm-generic/sockios.h; on 64-bit systems its `timespec` is libc's.
    const STAMP: libc::Ioctl = 0x8907;

    #[cfg(target_pointer_width = "64")]
    pub(super) fn stamp(socket: &tokio::net::UdpSocket) -> Option<SystemTime> {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the descriptor is open for as long as the socket is borrowed; the kernel writes one `timespec`, which
        // is what the pointer points at.
        let status = unsafe { libc::ioctl(socket.as_raw_fd(), STAMP, &raw mut time) };
        let seconds = u64::try_from(time.tv_sec).ok().filter(|seconds| status == 0 && *seconds > 0)?;
        Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, u32::try_from(time.tv_nsec).ok()?))
    }

    /// Reads the fields by their offsets in `struct tcp_info` (linux/tcp.h), which only ever grows at its end.
    fn decode(raw: &[u8]) -> TcpInfo {
        let word = |at: usize| raw.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_ne_bytes);
        let long = |at: usize| raw.get(at..at + 8).and_then(|b| b.try_into().ok()).map(u64::from_ne_bytes);
        let micros = |us: u32| Ms::from(Duration::from_micros(us.into()));
        TcpInfo {
            send_mss: word(16),
            unacked: word(24),
            since_last_data_received_ms: word(52).map(|ms| Ms::from(Duration::from_millis(ms.into()))),
            path_mtu: word(60),
            rtt_ms: word(68).map(micros),
            retransmits: word(100),
            segments_sent: word(136),
            bytes_acked: long(120),
            bytes_received: long(128),
            min_rtt_ms: word(148).filter(|us| *us != u32::MAX).map(micros),
        }
    }
}
