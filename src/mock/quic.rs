//! As much of QUIC as it takes to be there: packets of an unknown version are answered with a version that is known.

use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::Server;

/// Smaller packets are not answered (RFC 9000, section 14.1).
const SMALLEST: usize = 1200;

/// Answers at one port of these addresses; where it is taken there is none, which is nothing that anybody needs.
pub(super) async fn serve(addresses: &[IpAddr], port: u16) -> Option<Server> {
    let mut tasks = JoinSet::new();
    for address in addresses {
        let socket = UdpSocket::bind(SocketAddr::new(*address, port)).await.ok()?;
        tasks.spawn(async move { while answer(&socket).await.is_ok() {} });
    }
    Some(Server::of_tasks(port, tasks))
}

async fn answer(socket: &UdpSocket) -> io::Result<()> {
    let mut packet = [0; 1500];
    let (length, from) = socket.recv_from(&mut packet).await?;
    // Type, version, length of the destination's id, the id, length of the source's id, the id.
    let [first, _, _, _, _, theirs, rest @ ..] = &packet[..length] else { return Ok(()) };
    let Some((to, rest)) = rest.split_at_checked(usize::from(*theirs)) else { return Ok(()) };
    let Some((ours, rest)) = rest.split_first() else { return Ok(()) };
    let Some(from_id) = rest.get(..usize::from(*ours)) else { return Ok(()) };
    if length < SMALLEST || first & 0x80 == 0 {
        return Ok(());
    }
    let answer = [&[0x80, 0, 0, 0, 0, *ours][..], from_id, &[*theirs], to, &[0, 0, 0, 1]].concat();
    socket.send_to(&answer, from).await.map(drop)
}
