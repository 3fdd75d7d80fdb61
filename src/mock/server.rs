//! A listening server as a value: it serves until it is dropped.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, SockRef, Socket, Type};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::server::TlsStream;

/// How often a port that must be free on several addresses is looked for.
const TRIES: usize = 20;

/// Servers of one port, stopped on drop with all their connections.
#[derive(Debug)]
pub struct Server {
    port: u16,
    _tasks: JoinSet<()>,
    _reserved: Vec<Socket>,
}

impl Server {
    /// Serves TCP connections on one port of several addresses; port 0 is any that is free on all of them.
    pub async fn tcp<F, Fut>(addresses: &[IpAddr], port: u16, each: F) -> io::Result<Self>
    where
        F: Fn(TcpStream) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let listeners = listen(addresses, port).await?;
        let port = port_of(&listeners)?;
        let each = Arc::new(each);
        let mut tasks = JoinSet::new();
        for listener in listeners {
            let each = Arc::clone(&each);
            tasks.spawn(accept(listener, move |stream| each(stream)));
        }
        Ok(Self { port, _tasks: tasks, _reserved: Vec::new() })
    }

    /// A port where nothing listens, kept from everyone else: a connection attempt is refused.
    pub fn refusing(addresses: &[IpAddr], port: u16) -> io::Result<Self> {
        let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for _ in 0..TRIES {
            match reserve(addresses, port) {
                Ok((port, reserved)) => return Ok(Self { port, _tasks: JoinSet::new(), _reserved: reserved }),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }

    /// Tasks of another kind that live as long as this server.
    pub(super) const fn of_tasks(port: u16, tasks: JoinSet<()>) -> Self {
        Self { port, _tasks: tasks, _reserved: Vec::new() }
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }
}

fn reserve(addresses: &[IpAddr], mut port: u16) -> io::Result<(u16, Vec<Socket>)> {
    let mut reserved = Vec::new();
    for address in addresses {
        let at = SocketAddr::new(*address, port);
        let socket = Socket::new(Domain::for_address(at), Type::STREAM, None)?;
        socket.bind(&at.into())?;
        port = socket.local_addr()?.as_socket().map_or(port, |bound| bound.port());
        reserved.push(socket);
    }
    Ok((port, reserved))
}

async fn listen(addresses: &[IpAddr], port: u16) -> io::Result<Vec<TcpListener>> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for _ in 0..TRIES {
        match listen_once(addresses, port).await {
            Ok(listeners) => return Ok(listeners),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn listen_once(addresses: &[IpAddr], mut port: u16) -> io::Result<Vec<TcpListener>> {
    let mut listeners = Vec::new();
    for address in addresses {
        let listener = TcpListener::bind(SocketAddr::new(*address, port)).await?;
        port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(listeners)
}

fn port_of(listeners: &[TcpListener]) -> io::Result<u16> {
    listeners.first().ok_or(io::ErrorKind::InvalidInput)?.local_addr().map(|address| address.port())
}

pub(super) async fn accept<F, Fut>(listener: TcpListener, each: F)
where
    F: Fn(TcpStream) -> Fut + Send + 'static,
    Fut: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    // Without it small answers wait for acknowledgements and every time measured here is wrong.
                    let _ = stream.set_nodelay(true);
                    connections.spawn(each(stream));
                }
                // Out of descriptors: the next round may find some.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

/// A connection that can end with RST.
pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Ends it with RST.
    fn reset(self);
}

impl Transport for TcpStream {
    fn reset(self) {
        reset(self);
    }
}

impl Transport for TlsStream<TcpStream> {
    fn reset(self) {
        reset(self.into_inner().0);
    }
}

/// Ends a connection with RST instead of FIN.
pub(super) fn reset(stream: TcpStream) {
    let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    drop(stream);
}

/// Ends a connection with FIN, unread input taken in first so that the kernel does not turn it into RST.
pub(super) async fn close(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    drain(&mut stream).await;
}

/// Reads and forgets until the peer closes.
pub(super) async fn drain<S: AsyncReadExt + Unpin>(stream: &mut S) {
    let mut sink = [0; 4096];
    while stream.read(&mut sink).await.is_ok_and(|read| read > 0) {}
}
