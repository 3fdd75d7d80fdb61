//! A stream that notes when bytes cross it: where the times that a report prints are taken.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use super::sys::Wire;

/// Any byte stream of the chain: TCP, a tunnel through a proxy, TLS.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {
    /// When what was read last arrived at this machine, where that is known.
    fn arrival(&self) -> Option<Instant>;
}

impl Io for Wire {
    fn arrival(&self) -> Option<Instant> {
        Wire::arrival(self)
    }
}

impl<S: Io> Io for TlsStream<S> {
    fn arrival(&self) -> Option<Instant> {
        self.get_ref().0.arrival()
    }
}

impl<S: Io + ?Sized> Io for Box<S> {
    fn arrival(&self) -> Option<Instant> {
        (**self).arrival()
    }
}

impl<S: Io> Io for Tap<S> {
    fn arrival(&self) -> Option<Instant> {
        self.inner.arrival()
    }
}

/// A byte stream whose kind no longer matters.
pub type Stream = Box<dyn Io>;

/// How much of what the peer said first is kept, to tell what it speaks.
const HEAD: usize = 1024;

/// What crossed a stream, and when.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// Bytes written.
    pub written: usize,
    /// Bytes written before the first byte was read.
    pub first_flight: usize,
    /// Bytes read.
    pub read: usize,
    /// First read.
    pub first_read: Option<Instant>,
    /// Last read.
    pub last_read: Option<Instant>,
    /// Start of the first write.
    pub first_write: Option<Instant>,
    /// Last write.
    pub last_write: Option<Instant>,
    /// The first bytes read.
    pub head: Vec<u8>,
    /// Whether the peer closed its side.
    pub end: bool,
}

/// The log of a stream that something else owns.
#[derive(Clone, Debug, Default)]
pub struct LogHandle(Arc<Mutex<Log>>);

impl LogHandle {
    /// The log so far.
    #[must_use]
    pub fn read(&self) -> Log {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets everything: what is logged from here on belongs to the next step.
    pub fn reset(&self) {
        self.update(|log| *log = Log::default());
    }

    fn update(&self, change: impl FnOnce(&mut Log)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// A stream that logs.
pub struct Tap<S> {
    inner: S,
    log: LogHandle,
}

impl<S: Io> Tap<S> {
    /// Starts logging.
    pub fn new(inner: S) -> Self {
        Self { inner, log: LogHandle::default() }
    }

    /// The log, to be read while something else owns the stream.
    pub fn log(&self) -> LogHandle {
        self.log.clone()
    }
}

impl<S: Io> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let outcome = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        let now = self.inner.arrival().unwrap_or_else(Instant::now);
        let fresh = &buf.filled()[before..];
        self.log.update(|log| {
            if fresh.is_empty() {
                log.end |= outcome.is_ok() && buf.remaining() > 0;
                return;
            }
            log.first_read.get_or_insert(now);
            log.last_read = Some(now);
            log.read += fresh.len();
            let room = HEAD.saturating_sub(log.head.len());
            log.head.extend_from_slice(&fresh[..fresh.len().min(room)]);
        });
        Poll::Ready(outcome)
    }
}

impl<S: Io> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let before = Instant::now();
        let count = ready!(Pin::new(&mut self.inner).poll_write(cx, buf))?;
        let now = Instant::now();
        self.log.update(|log| {
            log.first_write.get_or_insert(before);
            log.last_write = Some(now);
            log.written += count;
            if log.first_read.is_none() {
                log.first_flight += count;
            }
        });
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
