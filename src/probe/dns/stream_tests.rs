//! Queries over TLS and HTTPS against a resolver in this process, on loopback.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hickory_resolver::proto::op::{Message, OpCode};
use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::config::{Origin, Settings, Sourced};
use crate::evidence::FailureKind;
use crate::evidence::dns::{DnsOutcome, DnsQuery, DnsTransport, RecordKind, ResolverRole};
use crate::probe::Run;
use crate::probe::run::tests::run;

use super::board::{Board, Plan, Timing};
use super::stream;

const REAL: Ipv4Addr = Ipv4Addr::new(104, 18, 6, 192);

/// A TLS server configuration for `dns.example`, and the roots that trust it.
fn certified(alpn: &[&[u8]]) -> (ServerConfig, RootCertStore) {
    let (config, roots, _) = certified_by(alpn);
    (config, roots)
}

/// The same with the root as PEM.
fn certified_by(alpn: &[&[u8]]) -> (ServerConfig, RootCertStore, String) {
    let key = KeyPair::generate().expect("a key");
    let certificate =
        CertificateParams::new(vec!["dns.example".to_owned()]).expect("a name").self_signed(&key).expect("signs");
    let mut roots = RootCertStore::empty();
    roots.add(certificate.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).expect("a key"))
        .expect("a certificate");
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    (config, roots, certificate.pem())
}

fn answer(query: &[u8]) -> Vec<u8> {
    let query = Message::from_vec(query).expect("a query");
    let mut reply = Message::response(query.metadata.id, OpCode::Query);
    reply.add_queries(query.queries.clone());
    reply.add_answer(Record::from_rdata(query.queries[0].name.clone(), 60, RData::A(A(REAL))));
    reply.to_vec().expect("encodes")
}

async fn over_https(request: hyper::Request<Incoming>) -> Result<hyper::Response<Full<Bytes>>, hyper::Error> {
    assert_eq!(request.uri().path(), "/dns-query");
    assert_eq!(request.headers()["content-type"], "application/dns-message");
    let body = request.into_body().collect().await?.to_bytes();
    Ok(hyper::Response::new(Full::new(Bytes::from(answer(&body)))))
}

async fn serve(config: ServerConfig, https: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // A client that does not trust us breaks off here.
            let Ok(mut tls) = acceptor.accept(stream).await else { continue };
            if https {
                let service = hyper::service::service_fn(over_https);
                if tls.get_ref().1.alpn_protocol() == Some(b"h2") {
                    let http = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    let _ = http.serve_connection(TokioIo::new(tls), service).await;
                } else {
                    let http = hyper::server::conn::http1::Builder::new();
                    let _ = http.serve_connection(TokioIo::new(tls), service).await;
                }
                continue;
            }
            let length = tls.read_u16().await.expect("a length");
            let mut query = vec![0; usize::from(length)];
            tls.read_exact(&mut query).await.expect("a query");
            let reply = answer(&query);
            let length = u16::try_from(reply.len()).expect("fits");
            tls.write_all(&[&length.to_be_bytes()[..], &reply].concat()).await.expect("sends");
        }
    });
    address
}

async fn ask(address: SocketAddr, transport: DnsTransport, name: &'static str, roots: RootCertStore) -> DnsQuery {
    let board = Board::new(&run(), "api.example.com", Timing::REAL);
    let until = Instant::now() + Duration::from_secs(5);
    let plan = Plan::udp(address, ResolverRole::Comparison, "api.example.com", RecordKind::A, until);
    let config = stream::tls(roots, transport == DnsTransport::Doh).expect("a configuration");
    let number = stream::start(&board, Plan { transport, ..plan }, Some((name, Some(Arc::new(config)))));
    let mut watch = board.watch();
    watch.wait_for(|entries| entries[number].ended.is_some()).await.expect("ends");
    board.queries().swap_remove(number)
}

#[tokio::test]
async fn encrypted_transports_bring_the_answer() {
    for (transport, alpn) in [
        (DnsTransport::Dot, &[][..]),
        (DnsTransport::Doh, &[&b"h2"[..]][..]),
        (DnsTransport::Doh, &[&b"http/1.1"[..]][..]),
    ] {
        let (config, roots) = certified(alpn);
        let address = serve(config, transport == DnsTransport::Doh).await;
        let query = ask(address, transport, "dns.example", roots).await;
        assert_eq!(query.outcome, DnsOutcome::Answer, "{query:?}");
        assert_eq!(query.answers[0].address, IpAddr::V4(REAL));
        assert!(query.duration_ms.is_some());
    }
}

#[tokio::test]
async fn a_resolver_that_cannot_prove_its_name_is_not_believed() {
    let (config, roots) = certified(&[]);
    let address = serve(config, false).await;
    let wrong_name = ask(address, DnsTransport::Dot, "other.example", roots).await;
    let stranger = ask(address, DnsTransport::Dot, "dns.example", RootCertStore::empty()).await;
    for (query, kind) in [(wrong_name, FailureKind::TlsWrongName), (stranger, FailureKind::TlsUnknownIssuer)] {
        assert_eq!(query.outcome, DnsOutcome::Broken);
        assert!(query.answers.is_empty());
        assert_eq!(query.failure.expect("a failure").kind, kind);
    }
}

#[tokio::test]
async fn a_private_authority_vouches_where_the_user_says_so() {
    let (config, _, pem) = certified_by(&[]);
    let address = serve(config, false).await;
    let path = std::env::temp_dir().join(format!("openai-doctor-resolver-{}.pem", std::process::id()));
    std::fs::write(&path, pem).expect("writes");
    for (file, outcome, by_ca_file) in [(Some(&path), DnsOutcome::Answer, true), (None, DnsOutcome::Broken, false)] {
        let mut settings = Settings::clone(&run().settings);
        settings.ca_file = file.map(|file| Sourced::new(file.clone(), Origin::Default));
        let run = Run::start(Arc::new(settings));
        let board = Board::new(&run, "api.example.com", Timing::REAL);
        let until = Instant::now() + Duration::from_secs(5);
        let plan = Plan::udp(address, ResolverRole::Comparison, "api.example.com", RecordKind::A, until);
        let plan = Plan { transport: DnsTransport::Dot, ..plan };
        let number = stream::start_encrypted(&board, plan, "dns.example");
        let mut watch = board.watch();
        watch.wait_for(|entries| entries[number].ended.is_some()).await.expect("ends");
        let query = board.queries().swap_remove(number);
        assert_eq!((query.outcome, query.by_ca_file), (outcome, by_ca_file), "{query:?}");
    }
    std::fs::remove_file(path).expect("removes");
}

#[tokio::test]
async fn what_speaks_no_tls_is_broken() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.expect("sends");
        }
    });
    let query = ask(address, DnsTransport::Dot, "dns.example", certified(&[]).1).await;
    assert_eq!(query.outcome, DnsOutcome::Broken, "{query:?}");
}
