//! The same answers behind TLS: DNS over TLS (RFC 7858) and DNS over HTTPS (RFC 8484).

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use super::dns::{self, Zone};
use super::server::Server;
use super::tls::{self, Authority, Offer};

/// The usual ports of DNS over TLS and over HTTPS.
pub const PORTS: [u16; 2] = [853, 443];
/// The longest message.
const MOST: usize = 65_535;

/// Serves a zone at an address over TLS and HTTPS, with a certificate for a name and the address; port 0 is any free one.
pub async fn serve(
    address: IpAddr,
    ports: [u16; 2],
    name: &str,
    authority: &Authority,
    zone: Arc<Zone>,
) -> io::Result<[Server; 2]> {
    let names = [name.to_owned(), address.to_string()];
    let serve = async |port: u16, https: bool, alpn: &[&str]| {
        let offer = Offer { alpn: alpn.iter().map(|&name| name.to_owned()).collect(), ..Offer::default() };
        let config = authority.configure(&names, &offer)?;
        let (offer, zone) = (Arc::new(offer), Arc::clone(&zone));
        Server::tcp(&[address], port, move |stream: TcpStream| {
            let (offer, config, zone) = (Arc::clone(&offer), Arc::clone(&config), Arc::clone(&zone));
            async move {
                if let Some(secured) = tls::accept(stream, &offer, config).await {
                    if https {
                        over_https(secured, zone).await;
                    } else {
                        dns::over_tcp(secured, zone).await;
                    }
                }
            }
        })
        .await
    };
    Ok([serve(ports[0], false, &["dot"]).await?, serve(ports[1], true, &["h2", "http/1.1"]).await?])
}

async fn over_https(stream: tokio_rustls::server::TlsStream<TcpStream>, zone: Arc<Zone>) {
    let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let service = service_fn(move |request| {
        let zone = Arc::clone(&zone);
        async move { Ok::<_, Infallible>(answer(request, &zone).await) }
    });
    let io = TokioIo::new(stream);
    // A client that breaks the connection is no concern of the server.
    if h2 {
        let _ = http2::Builder::new(TokioExecutor::new()).serve_connection(io, service).await;
    } else {
        let _ = http1::Builder::new().serve_connection(io, service).await;
    }
}

async fn answer(request: Request<Incoming>, zone: &Zone) -> Response<Full<Bytes>> {
    let refuse = |status| {
        let mut response = Response::new(Full::default());
        *response.status_mut() = status;
        response
    };
    if request.uri().path() != "/dns-query" {
        return refuse(StatusCode::NOT_FOUND);
    }
    let Ok(query) = Limited::new(request.into_body(), MOST).collect().await else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let Some(reply) = dns::reply_to(&query.to_bytes(), zone).await else { return refuse(StatusCode::BAD_REQUEST) };
    let mut response = Response::new(Full::new(reply.into()));
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("application/dns-message"));
    response
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, SocketAddr};

    use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query};
    use hickory_resolver::proto::rr::{Name, RecordType};
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn the_same_answer_comes_over_tls_and_https() {
        let address = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let authority = Authority::new("test CA").unwrap();
        let zone = Zone { otherwise: dns::Reply::addresses(&[Ipv4Addr::new(192, 0, 2, 7).into()]), ..Zone::default() };
        let servers = serve(address, [0; 2], "dns.example.test", &authority, Arc::new(zone)).await.unwrap();
        let [dot, doh] = servers.each_ref().map(|server| SocketAddr::new(address, server.port()));
        let mut query = Message::new(4711, MessageType::Query, OpCode::Query);
        query.add_query(Query::query(Name::from_ascii("api.example.test.").unwrap(), RecordType::A));
        let query = query.to_vec().unwrap();

        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(authority.pem().as_bytes()).unwrap()).unwrap();
        let config =
            rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();

        let tcp = TcpStream::connect(dot).await.unwrap();
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config.clone()));
        let mut stream = connector.connect("dns.example.test".try_into().unwrap(), tcp).await.unwrap();
        stream.write_u16(u16::try_from(query.len()).unwrap()).await.unwrap();
        stream.write_all(&query).await.unwrap();
        let mut over_tls = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut over_tls).await.unwrap();

        let client = reqwest::Client::builder().tls_backend_preconfigured(config).no_proxy();
        let client = client.resolve("dns.example.test", doh).build().unwrap();
        let post = client.post(format!("https://dns.example.test:{}/dns-query", doh.port())).body(query);
        let over_https = post.send().await.unwrap().bytes().await.unwrap();

        assert_eq!(over_tls, over_https);
        let message = Message::from_vec(&over_tls).unwrap();
        assert_eq!(message.metadata.id, 4711);
        assert!(message.answers[0].to_string().ends_with("192.0.2.7"), "{}", message.answers[0]);
    }
}
