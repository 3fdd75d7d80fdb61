//! A DNS server over UDP and TCP that answers from a table, truly or not.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::EdnsOption;
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;

use super::server::{self, Server};

/// The option code of Extended DNS Errors (RFC 8914).
const EXTENDED_ERROR: u16 = 15;

/// Address records of 16 bytes that one message of 64 KiB has room for, other records left aside.
const MOST_RECORDS: usize = 4000;

/// What the server says to each name.
#[derive(Clone, Debug, Default)]
pub struct Zone {
    /// By name, lower case, without a trailing dot.
    pub names: BTreeMap<String, Reply>,
    /// To every other name.
    pub otherwise: Reply,
}

/// A response code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// NOERROR; without addresses of the wanted family that means "no data".
    #[default]
    Noerror,
    /// NXDOMAIN.
    Nxdomain,
    /// SERVFAIL.
    Servfail,
    /// REFUSED.
    Refused,
}

/// Which queries get no reply.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// None.
    #[default]
    None,
    /// All.
    All,
    /// AAAA queries.
    Aaaa,
    /// Those over UDP.
    Udp,
}

/// The reply to one name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Reply {
    /// Response code.
    pub code: Code,
    /// The addresses, of both families; null leaves them to whoever starts the server.
    pub addresses: Option<Vec<IpAddr>>,
    /// CNAME records in front of them.
    pub cnames: Vec<String>,
    /// Seconds to live; 300 if null.
    pub ttl: Option<u32>,
    /// Milliseconds until it is sent.
    pub delay_ms: u64,
    /// Which queries get no reply.
    pub silence: Silence,
    /// Addresses of a forged reply sent at once; the true one follows after `delay_ms`.
    pub forged: Vec<IpAddr>,
    /// Over UDP an empty reply with the TC bit; the whole over TCP.
    pub truncated: bool,
    /// Address records made up in addition, as many as fit in one message at the most.
    pub made_up: usize,
    /// How often a UDP reply is sent, each time with another made-up address.
    pub flood: usize,
    /// Extended DNS Error: code and text.
    pub extended_error: Option<(u16, String)>,
    /// Reply under an id that was not asked for.
    pub wrong_id: bool,
}

impl Reply {
    /// The addresses of a name.
    #[must_use]
    pub fn addresses(addresses: &[IpAddr]) -> Self {
        Self { addresses: Some(addresses.to_vec()), ..Self::default() }
    }

    /// A reply without addresses.
    #[must_use]
    pub fn code(code: Code) -> Self {
        Self { code, ..Self::default() }
    }
}

impl Zone {
    fn reply(&self, query: &Query) -> &Reply {
        let name = query.name().to_ascii().to_ascii_lowercase();
        self.names.get(name.trim_end_matches('.')).unwrap_or(&self.otherwise)
    }
}

/// Serves a zone over UDP and TCP on one port; port 0 is any free one.
pub async fn serve(address: IpAddr, port: u16, zone: Zone) -> io::Result<Server> {
    let (udp, tcp) = bind(address, port).await?;
    let port = udp.local_addr()?.port();
    let zone = Arc::new(zone);
    let mut tasks = JoinSet::new();
    tasks.spawn(over_udp(Arc::new(udp), Arc::clone(&zone)));
    tasks.spawn(server::accept(tcp, move |stream| over_tcp(stream, Arc::clone(&zone))));
    Ok(Server::of_tasks(port, tasks))
}

async fn bind(address: IpAddr, port: u16) -> io::Result<(UdpSocket, TcpListener)> {
    let mut failed = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for _ in 0..20 {
        let udp = UdpSocket::bind(SocketAddr::new(address, port)).await?;
        match TcpListener::bind(udp.local_addr()?).await {
            Ok(tcp) => return Ok((udp, tcp)),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

async fn over_udp(socket: Arc<UdpSocket>, zone: Arc<Zone>) {
    let mut answering = JoinSet::new();
    let mut buffer = [0; 4096];
    loop {
        tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                // An ICMP error of an earlier reply is reported here and concerns nobody.
                let Ok((length, from)) = received else { continue };
                let Ok(asked) = Message::from_vec(&buffer[..length]) else { continue };
                answering.spawn(answer_udp(Arc::clone(&socket), Arc::clone(&zone), asked, from));
            }
            Some(_) = answering.join_next() => {}
        }
    }
}

async fn answer_udp(socket: Arc<UdpSocket>, zone: Arc<Zone>, asked: Message, from: SocketAddr) {
    let Some(query) = asked.queries.first() else { return };
    let reply = zone.reply(query);
    if silent(reply, query) || reply.silence == Silence::Udp {
        return;
    }
    if !reply.forged.is_empty() {
        let forged = Reply::addresses(&reply.forged);
        send(&socket, &message(&asked, query, &forged, false), from).await;
    }
    tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
    send(&socket, &message(&asked, query, reply, reply.truncated), from).await;
    for index in 0..reply.flood {
        let one = Reply { addresses: Some(vec![made_up(index)]), flood: 0, made_up: 0, ..reply.clone() };
        send(&socket, &message(&asked, query, &one, false), from).await;
    }
}

async fn send(socket: &UdpSocket, message: &Message, to: SocketAddr) {
    if let Ok(bytes) = message.to_vec() {
        let _ = socket.send_to(&bytes, to).await;
    }
}

pub(super) async fn over_tcp<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, zone: Arc<Zone>) {
    while let Ok(length) = stream.read_u16().await {
        let mut bytes = vec![0; usize::from(length)];
        if stream.read_exact(&mut bytes).await.is_err() {
            return;
        }
        let Some(bytes) = reply_to(&bytes, &zone).await else {
            server::drain(&mut stream).await;
            return;
        };
        let Ok(length) = u16::try_from(bytes.len()) else { return };
        let framed = [&length.to_be_bytes()[..], &bytes].concat();
        if stream.write_all(&framed).await.is_err() || stream.flush().await.is_err() {
            return;
        }
    }
}

/// The reply to a query that came over a stream; `None` when there is none to give.
pub(super) async fn reply_to(query: &[u8], zone: &Zone) -> Option<Vec<u8>> {
    let asked = Message::from_vec(query).ok()?;
    let query = asked.queries.first()?;
    let reply = zone.reply(query);
    if silent(reply, query) {
        return None;
    }
    tokio::time::sleep(Duration::from_millis(reply.delay_ms)).await;
    message(&asked, query, reply, false).to_vec().ok()
}

fn silent(reply: &Reply, query: &Query) -> bool {
    match reply.silence {
        Silence::All => true,
        Silence::Aaaa => query.query_type() == RecordType::AAAA,
        Silence::None | Silence::Udp => false,
    }
}

fn message(asked: &Message, query: &Query, reply: &Reply, truncated: bool) -> Message {
    let id = if reply.wrong_id { asked.metadata.id.wrapping_add(1) } else { asked.metadata.id };
    let mut message = Message::response(id, OpCode::Query);
    message.metadata.recursion_desired = asked.metadata.recursion_desired;
    message.metadata.recursion_available = true;
    message.metadata.truncation = truncated;
    message.metadata.response_code = match reply.code {
        Code::Noerror => ResponseCode::NoError,
        Code::Nxdomain => ResponseCode::NXDomain,
        Code::Servfail => ResponseCode::ServFail,
        Code::Refused => ResponseCode::Refused,
    };
    message.add_query(query.clone());
    if reply.code == Code::Noerror && !truncated {
        message.add_answers(records(query, reply));
    }
    if asked.edns.is_some() {
        let mut edns = Edns::new();
        edns.set_max_payload(1232);
        if let Some((code, text)) = &reply.extended_error {
            let mut data = code.to_be_bytes().to_vec();
            data.extend_from_slice(text.as_bytes());
            edns.options_mut().insert(EdnsOption::Unknown(EXTENDED_ERROR, data));
        }
        message.set_edns(edns);
    }
    message
}

fn records(query: &Query, reply: &Reply) -> Vec<Record> {
    let ttl = reply.ttl.unwrap_or(300);
    let mut owner = query.name().clone();
    let mut records = Vec::new();
    for cname in &reply.cnames {
        let Ok(target) = Name::from_ascii(cname) else { continue };
        records.push(Record::from_rdata(owner, ttl, RData::CNAME(CNAME(target.clone()))));
        owner = target;
    }
    let made_up = (0..reply.made_up.min(MOST_RECORDS)).map(made_up);
    for address in reply.addresses.iter().flatten().copied().chain(made_up) {
        let data = match (query.query_type(), address) {
            (RecordType::A, IpAddr::V4(address)) => RData::A(A(address)),
            (RecordType::AAAA, IpAddr::V6(address)) => RData::AAAA(AAAA(address)),
            _ => continue,
        };
        records.push(Record::from_rdata(owner.clone(), ttl, data));
    }
    records
}

/// The nth made-up address, inside 127.0.0.0/8 so that a client that tries them stays on this machine.
fn made_up(index: usize) -> IpAddr {
    let [_, b, c, d] = u32::try_from(index).unwrap_or(u32::MAX).to_be_bytes();
    IpAddr::V4(Ipv4Addr::new(127, b | 0x80, c, d))
}
