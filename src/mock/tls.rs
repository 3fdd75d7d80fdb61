//! TLS on the server's side: a throwaway CA, certificates good and bad, and handshakes that end before they are done.

use std::io;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CustomExtension, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::Acceptor;
use rustls::version::{TLS12, TLS13};
use serde::Deserialize;
use time::{Duration, OffsetDateTime};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, TlsAcceptor};

use super::server;

/// The first byte of a TLS record that holds a handshake message.
const HANDSHAKE_RECORD: u8 = 22;

/// What the server shows and does.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Offer {
    /// The certificate.
    pub certificate: Certificate,
    /// Who signed it, where it is not the CA that the client is told to trust.
    pub issuer: String,
    /// The names it is for, where they are the wrong ones.
    pub names: Vec<String>,
    /// What becomes of the handshake.
    pub handshake: Handshake,
    /// For which names asked for; for others it completes. Empty for all.
    pub only_for: Vec<String>,
    /// The alert of [`Handshake::Alert`]; 40 is `handshake_failure`.
    pub alert: u8,
    /// Versions of the protocol.
    pub versions: Versions,
    /// Protocols on top, the preferred first.
    pub alpn: Vec<String>,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            certificate: Certificate::Good,
            issuer: "Internal Services CA".to_owned(),
            names: vec!["www.another-site.test".to_owned()],
            handshake: Handshake::Complete,
            only_for: Vec::new(),
            alert: 40,
            versions: Versions::Both,
            alpn: vec!["h2".to_owned(), "http/1.1".to_owned()],
        }
    }
}

/// A certificate, good or bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certificate {
    /// For the right name, from the CA that the client trusts.
    Good,
    /// It was good until three days ago.
    Expired,
    /// It will be good in thirty days.
    NotYetValid,
    /// It is for other names.
    WrongName,
    /// It signed itself.
    SelfSigned,
    /// From a CA that nobody trusts, whose name is [`Offer::issuer`].
    OtherCa,
    /// Good, followed by a megabyte of further certificates.
    Huge,
}

/// What becomes of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Handshake {
    /// It completes.
    Complete,
    /// RST once the `ClientHello` is there.
    Reset,
    /// FIN once the `ClientHello` is there.
    Close,
    /// Nothing follows the `ClientHello`.
    Hang,
    /// A fatal alert answers the `ClientHello`.
    Alert,
}

/// Versions of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Versions {
    /// 1.2 and 1.3.
    #[serde(rename = "both")]
    Both,
    /// 1.2.
    #[serde(rename = "1.2")]
    Only12,
    /// 1.3.
    #[serde(rename = "1.3")]
    Only13,
}

/// A throwaway CA.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// A CA of that name.
    pub fn new(name: &str) -> io::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, name);
        lives(&mut params, -30, 30);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().map_err(io::Error::other)?);
        issuer.map(Self).map_err(io::Error::other)
    }

    /// Its certificate, for whoever is to trust it.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate chain for these names and its key.
    pub fn certify(
        &self,
        names: &[String],
        offer: &Offer,
    ) -> io::Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
        let names = if offer.certificate == Certificate::WrongName { &offer.names } else { names };
        let mut params = CertificateParams::new(names.to_vec()).map_err(io::Error::other)?;
        let name = names.first().map_or("localhost", String::as_str);
        params.distinguished_name.push(DnType::CommonName, name);
        match offer.certificate {
            Certificate::Expired => lives(&mut params, -93, -3),
            Certificate::NotYetValid => lives(&mut params, 30, 120),
            _ => lives(&mut params, -2, 88),
        }
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let chain = match offer.certificate {
            Certificate::SelfSigned => vec![params.self_signed(&key).map_err(io::Error::other)?.der().clone()],
            Certificate::OtherCa => {
                let other = Self::new(&offer.issuer)?;
                let leaf = params.signed_by(&key, &other.0).map_err(io::Error::other)?;
                vec![leaf.der().clone(), other.0.der().clone()]
            }
            certificate => {
                let leaf = params.signed_by(&key, &self.0).map_err(io::Error::other)?;
                let mut chain = vec![leaf.der().clone()];
                if certificate == Certificate::Huge {
                    chain.extend(std::iter::repeat_n(padded()?, 17));
                }
                chain
            }
        };
        Ok((chain, PrivateKeyDer::Pkcs8(key.serialize_der().into())))
    }

    /// The configuration of a server for these names.
    pub fn configure(&self, names: &[String], offer: &Offer) -> io::Result<Arc<ServerConfig>> {
        let versions: &[_] = match offer.versions {
            Versions::Both => &[&TLS13, &TLS12],
            Versions::Only12 => &[&TLS12],
            Versions::Only13 => &[&TLS13],
        };
        let (chain, key) = self.certify(names, offer)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .map_err(io::Error::other)?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(io::Error::other)?;
        config.alpn_protocols = offer.alpn.iter().map(|protocol| protocol.clone().into_bytes()).collect();
        Ok(Arc::new(config))
    }
}

/// Days of validity counted from now.
fn lives(params: &mut CertificateParams, from: i64, until: i64) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now + Duration::days(from);
    params.not_after = now + Duration::days(until);
}

/// A certificate of sixty kilobytes.
fn padded() -> io::Result<CertificateDer<'static>> {
    let mut params = CertificateParams::default();
    params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 999, 1], vec![0; 60_000]));
    let key = KeyPair::generate().map_err(io::Error::other)?;
    Ok(params.self_signed(&key).map_err(io::Error::other)?.der().clone())
}

/// Takes a connection through the handshake; `None` when it ended there.
pub(super) async fn accept(
    mut stream: TcpStream,
    offer: &Offer,
    config: Arc<ServerConfig>,
) -> Option<TlsStream<TcpStream>> {
    if offer.handshake != Handshake::Complete && !offer.only_for.is_empty() {
        let begun = LazyConfigAcceptor::new(Acceptor::default(), stream).await.ok()?;
        let name = begun.client_hello().server_name().map(str::to_owned);
        if !name.is_some_and(|name| offer.only_for.contains(&name)) {
            return begun.into_stream(config).await.ok();
        }
        end(begun.io, offer).await;
        return None;
    }
    if offer.handshake != Handshake::Complete {
        read_hello(&mut stream).await?;
        end(stream, offer).await;
        return None;
    }
    if speaks_http(&stream).await {
        refuse_plain_http(stream).await;
        return None;
    }
    TlsAcceptor::from(config).accept(stream).await.ok()
}

/// Ends a handshake as the offer says.
async fn end(mut stream: TcpStream, offer: &Offer) {
    match offer.handshake {
        Handshake::Reset => server::reset(stream),
        Handshake::Hang => server::drain(&mut stream).await,
        Handshake::Alert => {
            let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, offer.alert]).await;
            server::close(stream).await;
        }
        _ => server::close(stream).await,
    }
}

/// Reads the record that holds the `ClientHello`.
async fn read_hello(stream: &mut TcpStream) -> Option<()> {
    let mut header = [0; 5];
    stream.read_exact(&mut header).await.ok()?;
    let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
    stream.read_exact(&mut body).await.ok()?;
    (header[0] == HANDSHAKE_RECORD).then_some(())
}

/// Whether a client begins with a TLS handshake.
pub(super) async fn is_greeting(stream: &TcpStream) -> bool {
    let mut first = [0];
    stream.peek(&mut first).await.is_ok_and(|read| read == 1) && first[0] == HANDSHAKE_RECORD
}

async fn speaks_http(stream: &TcpStream) -> bool {
    let mut first = [0];
    stream.peek(&mut first).await.is_ok_and(|read| read == 1) && first[0].is_ascii_uppercase()
}

/// What nginx says to plain HTTP on a port of TLS.
async fn refuse_plain_http(mut stream: TcpStream) {
    let body = "<html>\r\n<head><title>400 The plain HTTP request was sent to HTTPS port</title></head>\r\n<body>\r\n\
                <center><h1>400 Bad Request</h1></center>\r\n\
                <center>The plain HTTP request was sent to HTTPS port</center>\r\n<hr><center>nginx</center>\r\n\
                </body>\r\n</html>\r\n";
    let head = format!(
        "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(format!("{head}{body}").as_bytes()).await;
    server::close(stream).await;
}
