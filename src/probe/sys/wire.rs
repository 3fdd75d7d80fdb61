//! A TCP stream that knows when the kernel got what was read from it last.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpSocket, TcpStream};

/// A connection. Where the kernel stamps what arrives (Linux), the stamp of what was read last is kept beside it: a process
/// that slept is woken late, and that is not the network's time.
#[derive(Debug)]
pub struct Wire {
    stream: TcpStream,
    arrival: Option<Instant>,
}

impl Wire {
    /// Has the kernel stamp what arrives on a socket, before it connects; without effect where the kernel cannot.
    pub fn prepare(socket: &TcpSocket) {
        #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
        linux::switch_on(socket);
        #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
        let _ = socket;
    }

    /// Takes a connection over.
    #[must_use]
    pub fn new(stream: TcpStream) -> Self {
        Self { stream, arrival: None }
    }

    /// The connection itself.
    #[must_use]
    pub fn socket(&self) -> &TcpStream {
        &self.stream
    }

    /// When the segment that was read last arrived at this machine; `None` where the kernel did not say.
    #[must_use]
    pub fn arrival(&self) -> Option<Instant> {
        self.arrival
    }
}

impl AsyncRead for Wire {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            std::task::ready!(self.stream.poll_read_ready(cx))?;
            let received = self
                .stream
                .try_io(tokio::io::Interest::READABLE, || linux::receive(&self.stream, buf.initialize_unfilled()));
            match received {
                Ok((count, stamp)) => {
                    buf.advance(count);
                    self.arrival = stamp.and_then(super::instant_of);
                    return Poll::Ready(Ok(()));
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }

    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
mod linux {
    use std::io;
    use std::os::fd::{AsFd, AsRawFd};
    use std::time::{Duration, SystemTime};

    use tokio::net::{TcpSocket, TcpStream};

    use super::super::control;

    /// Room for a control message with a `timespec`, and some to spare.
    const CONTROL: usize = 64;

    pub(super) fn switch_on(socket: &TcpSocket) {
        let on: libc::c_int = 1;
        // SAFETY: the descriptor is open for as long as it is borrowed; the kernel reads one `c_int`, whose address and
        // size are given. A failure leaves the stamps off, which reading them shows.
        unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_TIMESTAMPNS,
                (&raw const on).cast(),
                libc::socklen_t::try_from(size_of_val(&on)).unwrap_or_default(),
            );
        }
    }

    /// Receives without waiting: how much, and when the last segment of it arrived.
    pub(super) fn receive(stream: &TcpStream, into: &mut [u8]) -> io::Result<(usize, Option<SystemTime>)> {
        let mut control = [0u8; CONTROL];
        let count = control::receive(stream.as_fd(), into, &mut control, libc::MSG_DONTWAIT)?;
        Ok((count, stamp(&control)))
    }

    fn stamp(control: &[u8]) -> Option<SystemTime> {
        let data = control::find(control, |level, kind| (level, kind) == (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS))?;
        let long = |at: usize| data.get(at..at + 8)?.try_into().ok().map(i64::from_ne_bytes);
        let seconds = u64::try_from(long(0)?).ok().filter(|seconds| *seconds > 0)?;
        Some(SystemTime::UNIX_EPOCH + Duration::new(seconds, u32::try_from(long(8)?).ok()?))
    }
}

#[cfg(all(test, target_os = "linux", target_pointer_width = "64"))]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn what_waited_to_be_read_has_the_stamp_of_its_arrival() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        Wire::prepare(&socket);
        let mut wire = Wire::new(socket.connect(listener.local_addr().unwrap()).await.unwrap());
        let (mut peer, _) = listener.accept().await.unwrap();
        let mut arrival = None;
        // The kernel begins to stamp a moment after it was first asked to.
        for _ in 0..100 {
            let before = Instant::now();
            peer.write_all(b"hello").await.unwrap();
            wire.socket().readable().await.unwrap();
            std::thread::sleep(Duration::from_millis(20));
            let late = Instant::now();
            let mut read = [0; 8];
            assert_eq!(wire.read(&mut read).await.unwrap(), 5);
            assert_eq!(&read[..5], b"hello");
            if let Some(at) = wire.arrival() {
                // Both clocks are read one after the other: some slack for what comes in between.
                assert!(at + Duration::from_millis(5) > before && at < late, "{:?} before reading", late - at);
                arrival = Some(at);
                break;
            }
        }
        assert!(arrival.is_some(), "the kernel stamped nothing");
        drop(peer);
        assert_eq!(wire.read(&mut [0; 8]).await.unwrap(), 0, "the end is no error");
    }
}
