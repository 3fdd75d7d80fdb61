//! Nameservers in this process, and what a lookup among them depends on.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::{Message, OpCode, ResponseCode};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use crate::config::{Environment, Family, Origin, Overrides, Settings, Sourced};
use crate::evidence::dns::{DnsFacts, DnsQuery, DnsTransport};
use crate::evidence::{Failure, Observation};
use crate::probe::Run;

use super::super::{Ask, Lookup, Resolved, Surroundings, Timing};
pub(super) const HOST: &str = "api.example.com";
pub(super) const REAL: Ipv4Addr = Ipv4Addr::new(104, 18, 6, 192);
pub(super) const FORGED: Ipv4Addr = Ipv4Addr::new(31, 13, 94, 7);

/// Everything a lookup of these tests depends on: nothing of this machine's.
pub(super) struct World {
    pub(super) resolvers: Vec<SocketAddr>,
    pub(super) comparison: Vec<SocketAddr>,
    pub(super) family: Family,
    pub(super) hosts: PathBuf,
    pub(super) resolv_conf: PathBuf,
    pub(super) timing: Timing,
}

impl World {
    pub(super) fn with(resolvers: &[SocketAddr]) -> Self {
        let timing = Timing {
            resend: Duration::from_millis(40),
            give_up: Duration::from_millis(150),
            patience: Duration::from_millis(60),
            listen: Duration::from_millis(300),
            listen_unsuspicious: Duration::from_millis(300),
            side: Duration::from_millis(400),
            ..Timing::REAL
        };
        let nowhere = PathBuf::from("/nonexistent");
        Self {
            resolvers: resolvers.to_vec(),
            comparison: vec![],
            family: Family::Any,
            hosts: nowhere.clone(),
            resolv_conf: nowhere,
            timing,
        }
    }

    pub(super) fn lookup(&self, host: &str) -> Lookup {
        let flags = Overrides {
            base_url: Some(Sourced::new(format!("https://{HOST}/v1"), Origin::Default)),
            resolvers: self.resolvers.clone(),
            comparison_resolvers: Some(self.comparison.clone()),
            family: self.family,
            ..Overrides::default()
        };
        let settings = Settings::resolve(&flags, &Environment::default(), None).expect("right settings");
        let surroundings = Surroundings {
            hosts: self.hosts.clone(),
            resolv_conf: self.resolv_conf.clone(),
            nsswitch: "/nonexistent".into(),
            ask_system: false,
            timing: self.timing,
        };
        Lookup::start_in(&Run::start(Arc::new(settings)), host, Ask::Chain, surroundings)
    }

    pub(super) async fn resolve(&self, host: &str) -> (Result<Resolved, Failure>, Observation<DnsFacts>) {
        let mut lookup = self.lookup(host);
        let resolved = lookup.resolved().await;
        let until = Instant::now() + Duration::from_secs(2);
        lookup.settle(until, until).await;
        (resolved, lookup.observe())
    }
}

/// A message sent back, after a time.
pub(super) struct Sent(pub(super) Duration, pub(super) Vec<u8>);

pub(super) fn now(message: &Message) -> Sent {
    Sent(Duration::ZERO, message.to_vec().expect("encodes"))
}

pub(super) fn reply_to(query: &Message) -> Message {
    let mut reply = Message::response(query.metadata.id, OpCode::Query);
    reply.add_queries(query.queries.clone());
    reply
}

pub(super) fn coded(query: &Message, code: ResponseCode) -> Message {
    let mut reply = reply_to(query);
    reply.metadata.response_code = code;
    reply
}

pub(super) fn asks_a(query: &Message) -> bool {
    query.queries[0].query_type == RecordType::A
}

/// An address for A, nothing for AAAA.
pub(super) fn addressed(query: &Message, address: Ipv4Addr) -> Message {
    let mut reply = reply_to(query);
    if asks_a(query) {
        reply.add_answer(Record::from_rdata(query.queries[0].name.clone(), 300, RData::A(A(address))));
    }
    reply
}

/// A nameserver over UDP whose behaviour is a function of the query.
pub(super) async fn udp_server(answer: impl Fn(&Message) -> Vec<Sent> + Send + 'static) -> SocketAddr {
    serve_udp(UdpSocket::bind("127.0.0.1:0").await.expect("binds"), answer)
}

pub(super) fn serve_udp(socket: UdpSocket, answer: impl Fn(&Message) -> Vec<Sent> + Send + 'static) -> SocketAddr {
    let address = socket.local_addr().expect("an address");
    let socket = Arc::new(socket);
    tokio::spawn(async move {
        let mut buffer = vec![0; 4096];
        while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
            let query = Message::from_vec(&buffer[..length]).expect("a query");
            for Sent(delay, bytes) in answer(&query) {
                let socket = Arc::clone(&socket);
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    socket.send_to(&bytes, peer).await.expect("sends");
                });
            }
        }
    });
    address
}

/// The same over UDP and TCP on one port.
pub(super) async fn dual_server(
    udp: impl Fn(&Message) -> Vec<Sent> + Send + 'static,
    tcp: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static,
) -> SocketAddr {
    let (listener, socket) = loop {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
        if let Ok(socket) = UdpSocket::bind(listener.local_addr().expect("an address")).await {
            break (listener, socket);
        }
    };
    let tcp = Arc::new(tcp);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tcp = Arc::clone(&tcp);
            tokio::spawn(async move {
                let length = stream.read_u16().await.expect("a length");
                let mut query = vec![0; usize::from(length)];
                stream.read_exact(&mut query).await.expect("a query");
                let answer = tcp(&Message::from_vec(&query).expect("a query"));
                let length = u16::try_from(answer.len()).expect("fits");
                stream.write_all(&[&length.to_be_bytes()[..], &answer].concat()).await.expect("sends");
            });
        }
    });
    serve_udp(socket, udp)
}

pub(super) async fn closed_port() -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("binds");
    socket.local_addr().expect("an address")
}

pub(super) fn udp_queries(facts: &DnsFacts) -> Vec<&DnsQuery> {
    facts.queries.iter().filter(|query| query.transport == DnsTransport::Udp).collect()
}

pub(super) fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("openai-doctor-dns-{}-{name}", std::process::id()));
    std::fs::write(&path, text).expect("writes");
    path
}
