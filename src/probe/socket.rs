//! A connection with tuned socket options, read back from the kernel: what was asked is not always what is done.
//!
//! Keepalive of 60 s / 10 s / 3 probes keeps a connection alive through NAT boxes and load balancers that forget idle
//! connections after one to six minutes, and notices a dead peer within 90 s.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use tokio::net::TcpSocket;
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::socket::{SocketFacts, SocketOption};
use crate::evidence::{Failure, Operation};

use super::Run;
use super::proxy::host_port;
use super::sys::SocketHandle;
use super::tcp::CONNECT_LIMIT;

/// What to ask of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Idle time before the first keepalive probe.
    pub keepalive_idle: Duration,
    /// Time between probes.
    pub keepalive_interval: Duration,
    /// Unanswered probes until the connection is given up.
    pub keepalive_count: u32,
    /// No waiting to fill segments (Nagle off).
    pub nodelay: bool,
    /// Send buffer in bytes; the kernel sizes it by itself when left alone, which is nearly always better.
    pub send_buffer: Option<usize>,
    /// Receive buffer in bytes; the same.
    pub receive_buffer: Option<usize>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            keepalive_idle: Duration::from_secs(60),
            keepalive_interval: Duration::from_secs(10),
            keepalive_count: 3,
            nodelay: true,
            send_buffer: None,
            receive_buffer: None,
        }
    }
}

/// Connects to the first of the addresses that answers, tuned.
pub async fn connect(run: &Run, host: &str, addresses: &[IpAddr], port: u16, tuning: &Tuning) -> SocketFacts {
    let mut facts = SocketFacts { host: host_port(host, port), ..SocketFacts::default() };
    for address in addresses.iter().take(8) {
        attempt(run, SocketAddr::new(*address, port), tuning, &mut facts).await;
        if facts.peer.is_some() {
            break;
        }
    }
    facts
}

async fn attempt(run: &Run, peer: SocketAddr, tuning: &Tuning, facts: &mut SocketFacts) {
    let started = Instant::now();
    let socket = match if peer.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() } {
        Ok(socket) => socket,
        Err(error) => {
            facts.failure = Some(Failure::io(&error, Operation::Connect));
            return;
        }
    };
    // Buffers decide the window scale, which is agreed on in the SYN: they are set before connecting.
    let errors = apply(&SockRef::from(&socket), tuning);
    let outcome = timeout_at(TokioInstant::from_std(run.step(CONNECT_LIMIT)), socket.connect(peer)).await;
    let stream = match outcome {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            facts.failure = Some(Failure::io(&error, Operation::Connect));
            return;
        }
        Err(_) => {
            facts.failure = Some(Failure::timeout(Operation::Connect, started.elapsed().into()));
            return;
        }
    };
    facts.connect_ms = Some(started.elapsed().into());
    facts.failure = None;
    facts.peer = Some(peer);
    facts.local = stream.local_addr().ok();
    facts.options = read_back(&SockRef::from(&stream), tuning, &errors);
    facts.info = SocketHandle::of(&stream).and_then(|handle| handle.tcp_info());
}

/// The errors of setting, by option.
#[derive(Default)]
struct Errors {
    keepalive: Option<String>,
    nodelay: Option<String>,
    send_buffer: Option<String>,
    receive_buffer: Option<String>,
}

fn apply(socket: &SockRef<'_>, tuning: &Tuning) -> Errors {
    let said = |outcome: std::io::Result<()>| outcome.err().map(|error| error.to_string());
    let keepalive = TcpKeepalive::new()
        .with_time(tuning.keepalive_idle)
        .with_interval(tuning.keepalive_interval)
        .with_retries(tuning.keepalive_count);
    Errors {
        keepalive: said(socket.set_tcp_keepalive(&keepalive)),
        nodelay: said(socket.set_tcp_nodelay(tuning.nodelay)),
        send_buffer: tuning.send_buffer.and_then(|size| said(socket.set_send_buffer_size(size))),
        receive_buffer: tuning.receive_buffer.and_then(|size| said(socket.set_recv_buffer_size(size))),
    }
}

fn read_back(socket: &SockRef<'_>, tuning: &Tuning, errors: &Errors) -> Vec<SocketOption> {
    let option = |name: &str, unit: &str, requested: Option<u64>, effective: Option<u64>, error: &Option<String>| {
        SocketOption { name: name.into(), unit: unit.into(), requested, effective, error: error.clone() }
    };
    let seconds = |time: std::io::Result<Duration>| time.ok().map(|time| time.as_secs());
    let bytes = |size: std::io::Result<usize>| size.ok().map(|size| size as u64);
    let switch = |on: std::io::Result<bool>| on.ok().map(u64::from);
    vec![
        option("SO_KEEPALIVE", "", Some(1), switch(socket.keepalive()), &errors.keepalive),
        option(
            "TCP_KEEPIDLE",
            "s",
            Some(tuning.keepalive_idle.as_secs()),
            seconds(socket.tcp_keepalive_time()),
            &errors.keepalive,
        ),
        option(
            "TCP_KEEPINTVL",
            "s",
            Some(tuning.keepalive_interval.as_secs()),
            seconds(socket.tcp_keepalive_interval()),
            &errors.keepalive,
        ),
        option(
            "TCP_KEEPCNT",
            "count",
            Some(tuning.keepalive_count.into()),
            socket.tcp_keepalive_retries().ok().map(u64::from),
            &errors.keepalive,
        ),
        option("TCP_NODELAY", "", Some(tuning.nodelay.into()), switch(socket.tcp_nodelay()), &errors.nodelay),
        option(
            "SO_SNDBUF",
            "bytes",
            tuning.send_buffer.map(|size| size as u64),
            bytes(socket.send_buffer_size()),
            &errors.send_buffer,
        ),
        option(
            "SO_RCVBUF",
            "bytes",
            tuning.receive_buffer.map(|size| size as u64),
            bytes(socket.recv_buffer_size()),
            &errors.receive_buffer,
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    #[tokio::test]
    async fn the_kernel_confirms_what_was_asked() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let tuning = Tuning { send_buffer: Some(65_536), ..Tuning::default() };
        let facts = connect(&run(), "localhost", &["127.0.0.1".parse().unwrap()], port, &tuning).await;
        let effective = |name: &str| facts.options.iter().find(|option| option.name == name).unwrap().effective;
        assert_eq!(effective("SO_KEEPALIVE"), Some(1));
        assert_eq!(effective("TCP_KEEPIDLE"), Some(60));
        assert_eq!(effective("TCP_KEEPINTVL"), Some(10));
        assert_eq!(effective("TCP_KEEPCNT"), Some(3));
        assert_eq!(effective("TCP_NODELAY"), Some(1));
        // Linux doubles it for its own bookkeeping and reports the double.
        assert!(effective("SO_SNDBUF") >= Some(65_536));
        assert!(facts.connect_ms.is_some());
    }
}
