//! What a packet filter of this machine leaves behind when it drops or refuses what we send: it does so without a word
//! to the program, but not without a trace in the kernel.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use crate::evidence::FailureKind;
use crate::evidence::tcp::TcpAttempt;

use super::tcp::open;

/// This machine answers itself at once.
const LIMIT: Duration = Duration::from_millis(25);

/// Whether the first address that refused with a reset is refused from the loopback interface too, by which nothing gets
/// out. `None` where that cannot be tried.
pub(super) async fn refused_here(attempts: &[TcpAttempt], port: u16) -> Option<bool> {
    let reset = |one: &&TcpAttempt| {
        let refused = one.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::ConnectionRefused);
        refused && one.rejected_by.is_none() && !is_own(one.address)
    };
    // Most machines have no route over loopback to an IPv6 address that is not theirs.
    let refused = attempts.iter().filter(reset).max_by_key(|one| one.address.is_ipv4())?;
    let peer = SocketAddr::new(refused.address, port);
    let socket = open(peer, None).ok()?;
    if !cfg!(target_os = "linux") {
        return None;
    }
    #[cfg(target_os = "linux")]
    socket2::SockRef::from(&socket).bind_device(Some(b"lo")).ok()?;
    match tokio::time::timeout(LIMIT, socket.connect(peer)).await {
        Ok(Err(error)) => (error.kind() == std::io::ErrorKind::ConnectionRefused).then_some(true),
        Ok(Ok(_)) => None,
        Err(_) => Some(false),
    }
}

/// Whether an address is this machine's: then everything to it stays on loopback, and a refusal there is its own.
fn is_own(address: IpAddr) -> bool {
    if address.is_loopback() || address.is_unspecified() {
        return true;
    }
    let any: IpAddr = if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // Connecting a datagram socket sends nothing; the kernel picks the address that it would send from.
    let chosen = UdpSocket::bind((any, 0)).and_then(|socket| {
        socket.connect((address, 9))?;
        socket.local_addr()
    });
    chosen.map_or(true, |local| local.ip() == address)
}

/// How often the kernel was kept from sending a segment again since it started, as `/proc/net/netstat` counts it.
pub(super) fn unsent() -> Option<u64> {
    let counters = std::fs::read_to_string("/proc/net/netstat").ok()?;
    counter(&counters, "TcpExt:", "TCPRetransFail")
}

/// A counter of a table of two lines, names over numbers.
fn counter(table: &str, group: &str, name: &str) -> Option<u64> {
    let mut lines = table.lines().filter_map(|line| line.strip_prefix(group));
    let at = lines.next()?.split_whitespace().position(|column| column == name)?;
    lines.next()?.split_whitespace().nth(at)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::{Failure, Ms, Operation};

    #[tokio::test]
    async fn what_this_machine_refuses_at_its_own_addresses_is_no_filter() {
        let attempt = |address: &str| TcpAttempt {
            address: address.parse().unwrap(),
            started_ms: Ms(0.0),
            duration_ms: Some(Ms(0.1)),
            connected: false,
            failure: Some(Failure::new(FailureKind::ConnectionRefused, Operation::Connect, "refused")),
            info: None,
            rejected_by: None,
            icmp_watched: true,
        };
        for own in ["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::"] {
            assert_eq!(refused_here(&[attempt(own)], 1).await, None, "{own}");
        }
        assert_eq!(refused_here(&[], 1).await, None);
    }

    #[test]
    fn a_counter_stands_under_its_name() {
        let table = "TcpExt: SyncookiesSent TCPRetransFail\nTcpExt: 3 17\nIpExt: InNoRoutes\nIpExt: 5\n";
        assert_eq!(counter(table, "TcpExt:", "TCPRetransFail"), Some(17));
        assert_eq!(counter(table, "TcpExt:", "Other"), None);
        assert_eq!(counter("", "TcpExt:", "TCPRetransFail"), None);
    }
}
