//! One query over TCP, TLS (RFC 7858) or HTTPS (RFC 8484), each on a connection of its own.

use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::evidence::dns::{DnsOutcome, DnsTransport};
use crate::evidence::{Failure, FailureKind, Operation};

use super::board::{Board, Plan, Trouble};
use super::message::{Misfit, Question};
use super::udp::waited;

/// The largest message that DNS has.
const MAX_MESSAGE: usize = u16::MAX as usize;

/// Starts a query over TCP; its number on the board.
pub(super) fn start_tcp(board: &Arc<Board>, plan: Plan) -> usize {
    start(board, plan, None)
}

/// Starts a query over TLS or HTTPS to the resolver whose certificate is for `server`.
pub(super) fn start_encrypted(board: &Arc<Board>, plan: Plan, server: &'static str) -> usize {
    start(board, plan, Some((server, None)))
}

/// The name in the resolver's certificate, and the TLS configuration when it is not the usual one.
type Secured = (&'static str, Option<Arc<ClientConfig>>);

pub(super) fn start(board: &Arc<Board>, plan: Plan, secured: Option<Secured>) -> usize {
    let number = board.open(&plan);
    let task = Arc::clone(board);
    board.spawn(async move { ask(&task, number, &plan, secured).await });
    number
}

async fn ask(board: &Arc<Board>, number: usize, plan: &Plan, secured: Option<Secured>) {
    let Some(question) = Question::new(&plan.name, plan.record) else {
        let failure = Failure::new(FailureKind::DnsMalformed, Operation::Resolve, "DNS cannot carry the name");
        return board.fail(number, Trouble { outcome: DnsOutcome::Unreachable, failure }, None);
    };
    board.sent(number, Instant::now());
    let query = question.bytes(true);
    match timeout_at(plan.until.into(), exchange(board, number, plan, &query, secured)).await {
        Err(_) => board.fail(number, silence(board, number), None),
        Ok(Err(trouble)) => board.fail(number, trouble, Some(Instant::now())),
        Ok(Ok(bytes)) => {
            let at = Instant::now();
            match question.read(&bytes) {
                Ok(reply) => board.answer(number, reply, at, false),
                Err(misfit) => {
                    let why = match misfit {
                        Misfit::Foreign => "the answer carries another id",
                        Misfit::Unreadable(why) => why,
                    };
                    let failure = Failure::new(FailureKind::DnsMalformed, Operation::Resolve, why);
                    board.fail(number, Trouble { outcome: DnsOutcome::Malformed, failure }, Some(at));
                }
            }
        }
    }
}

async fn exchange(
    board: &Board,
    number: usize,
    plan: &Plan,
    query: &[u8],
    secured: Option<Secured>,
) -> Result<Vec<u8>, Trouble> {
    let tcp = TcpStream::connect(plan.address).await.map_err(|error| not_connected(&error))?;
    // A query is one small segment; Nagle's algorithm has nothing to gather.
    tcp.set_nodelay(true).map_err(|error| broken(&error))?;
    let Some((server, config)) = secured else { return framed(tcp, query).await };
    let https = plan.transport == DnsTransport::Doh;
    let private = board.private().filter(|_| config.is_none());
    let usual = || private.and_then(|private| private.config(https)).or_else(|| usual_tls(https));
    let Some(config) = config.or_else(usual) else {
        return Err(broken(&io::Error::from(io::ErrorKind::Unsupported)));
    };
    let name = ServerName::try_from(server).map_err(|error| broken(&io::Error::other(error)))?;
    let tls = TlsConnector::from(config).connect(name.clone(), tcp).await.map_err(|error| broken(&error))?;
    let chain = tls.get_ref().1.peer_certificates().unwrap_or_default();
    if private.is_some_and(|private| private.alone_vouches(chain, &name)) {
        board.vouched_privately(number);
    }
    if https { post(tls, server, query).await } else { framed(tls, query).await }
}

/// Two bytes of length before each message (RFC 1035, section 4.2.2).
async fn framed(mut stream: impl AsyncRead + AsyncWrite + Unpin, query: &[u8]) -> Result<Vec<u8>, Trouble> {
    let io = async {
        let length = u16::try_from(query.len()).map_err(io::Error::other)?;
        stream.write_all(&[&length.to_be_bytes(), query].concat()).await?;
        stream.flush().await?;
        let length = stream.read_u16().await?;
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await?;
        Ok(answer)
    };
    io.await.map_err(|error: io::Error| broken(&error))
}

async fn post(tls: TlsStream<TcpStream>, server: &str, query: &[u8]) -> Result<Vec<u8>, Trouble> {
    let h2 = tls.get_ref().1.alpn_protocol() == Some(b"h2");
    let uri = if h2 { format!("https://{server}/dns-query") } else { "/dns-query".to_owned() };
    let request = hyper::Request::post(uri)
        .header("host", server)
        .header("content-type", "application/dns-message")
        .header("accept", "application/dns-message")
        .body(Full::new(Bytes::copy_from_slice(query)))
        .map_err(|error| http_trouble(&error))?;
    let stream = TokioIo::new(tls);
    if h2 {
        let shaken = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await;
        let (mut sender, connection) = shaken.map_err(|error| http_trouble(&error))?;
        let driver = tokio::spawn(connection);
        let answered = body(sender.send_request(request).await).await;
        driver.abort();
        answered
    } else {
        let shaken = hyper::client::conn::http1::handshake(stream).await;
        let (mut sender, connection) = shaken.map_err(|error| http_trouble(&error))?;
        let driver = tokio::spawn(connection);
        let answered = body(sender.send_request(request).await).await;
        driver.abort();
        answered
    }
}

async fn body(response: hyper::Result<hyper::Response<hyper::body::Incoming>>) -> Result<Vec<u8>, Trouble> {
    let response = response.map_err(|error| http_trouble(&error))?;
    if response.status() != hyper::StatusCode::OK {
        let words = format!("the resolver answered HTTP {}", response.status().as_u16());
        let failure = Failure::new(FailureKind::DnsMalformed, Operation::Resolve, words);
        return Err(Trouble { outcome: DnsOutcome::Malformed, failure });
    }
    let collected =
        Limited::new(response.into_body(), MAX_MESSAGE).collect().await.map_err(|error| http_trouble(&error))?;
    Ok(collected.to_bytes().to_vec())
}

/// Trust in resolvers as the user extends it: the bundled Mozilla roots and those of `--ca-file`, not the machine's
/// store. In a network with an authority of its own nothing else verifies; whose word it was is noted with the answer.
#[derive(Debug)]
pub(super) struct Private {
    configs: [Option<Arc<ClientConfig>>; 2],
    public: Option<Arc<WebPkiServerVerifier>>,
}

impl Private {
    /// Reads the roots; `None` when the file has none.
    pub(super) fn read(file: &Path) -> Option<Self> {
        let mut roots = public_roots();
        let (added, _) = roots.add_parsable_certificates(CertificateDer::pem_file_iter(file).ok()?.flatten());
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let public = WebPkiServerVerifier::builder_with_provider(Arc::new(public_roots()), provider).build().ok();
        let configs = [false, true].map(|https| tls(roots.clone(), https).map(Arc::new));
        (added > 0).then_some(Self { configs, public })
    }

    fn config(&self, https: bool) -> Option<Arc<ClientConfig>> {
        self.configs[usize::from(https)].clone()
    }

    /// Whether a chain that verified does not verify with the public roots.
    fn alone_vouches(&self, chain: &[CertificateDer<'_>], name: &ServerName<'_>) -> bool {
        let (Some(public), Some((leaf, rest))) = (&self.public, chain.split_first()) else { return false };
        public.verify_server_cert(leaf, rest, name, &[], UnixTime::now()).is_err()
    }
}

fn public_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots
}

/// The usual configuration: the bundled Mozilla roots alone, for an interceptor that this machine trusts would answer
/// in the resolver's place; no resumption, so that every handshake verifies.
fn usual_tls(https: bool) -> Option<Arc<ClientConfig>> {
    static CONFIGS: OnceLock<[Option<Arc<ClientConfig>>; 2]> = OnceLock::new();
    let configs = CONFIGS.get_or_init(|| [false, true].map(|https| tls(public_roots(), https).map(Arc::new)));
    configs[usize::from(https)].clone()
}

/// A configuration that trusts these roots.
pub(super) fn tls(roots: RootCertStore, https: bool) -> Option<ClientConfig> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().ok()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.resumption = rustls::client::Resumption::disabled();
    if https {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    Some(config)
}

/// Nothing came before the deadline.
pub(super) fn silence(board: &Board, number: usize) -> Trouble {
    let started = board.watch().borrow().get(number).map_or_else(Instant::now, |entry| entry.started);
    let failure = Failure::timeout(Operation::Resolve, waited(started));
    Trouble { outcome: DnsOutcome::Silent, failure }
}

/// Nothing listens there.
pub(super) fn refused(error: &io::Error) -> Trouble {
    Trouble { outcome: DnsOutcome::PortUnreachable, failure: Failure::io(error, Operation::Resolve) }
}

fn not_connected(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => refused(error),
        io::ErrorKind::TimedOut => {
            Trouble { outcome: DnsOutcome::Silent, failure: Failure::io(error, Operation::Resolve) }
        }
        io::ErrorKind::ConnectionReset => broken(error),
        _ => Trouble { outcome: DnsOutcome::Unreachable, failure: Failure::io(error, Operation::Resolve) },
    }
}

fn broken(error: &io::Error) -> Trouble {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let failure = match tls {
        Some(tls) => Failure::new(tls_kind(tls), Operation::Handshake, tls),
        None => Failure::io(error, Operation::Resolve),
    };
    Trouble { outcome: DnsOutcome::Broken, failure }
}

fn tls_kind(error: &rustls::Error) -> FailureKind {
    use rustls::Error as E;
    match error {
        E::AlertReceived(_) => FailureKind::TlsAlert,
        E::InvalidMessage(_) => FailureKind::TlsNotTls,
        E::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => FailureKind::TlsUnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                FailureKind::TlsWrongName
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => FailureKind::TlsExpired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => FailureKind::TlsNotYetValid,
            _ => FailureKind::TlsBadCertificate,
        },
        _ => FailureKind::TlsProtocol,
    }
}

fn http_trouble(error: &dyn std::fmt::Display) -> Trouble {
    let failure = Failure::new(FailureKind::HttpMalformed, Operation::Resolve, error);
    Trouble { outcome: DnsOutcome::Broken, failure }
}
