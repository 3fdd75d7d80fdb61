//! TLS: one handshake on an open connection, everything it shows, and two verdicts on the chain.
//!
//! The handshake itself accepts any chain (its signatures are checked), so that a bad one can be looked at; the
//! verdicts of the machine's store and of the bundled Mozilla roots are reached afterwards, off the measured time.
//! [`Secured::trusted`] says whether a key may be sent.

mod certificate;
mod order;
mod trust;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig, Error as TlsError, InvalidMessage, NamedGroup};
use tokio::time::{Instant as TokioInstant, timeout_at};
use tokio_rustls::TlsConnector;

use crate::evidence::proxy::Spoken;
use crate::evidence::tls::Alert;
use crate::evidence::{Failure, FailureKind, Ms, Observation, Operation, TlsFacts, text};

use super::Run;
use super::sys::SocketHandle;
use super::tap::{Io, Log, Stream, Tap};

pub use trust::{BUNDLES, Trust, certificates_in};

use trust::Recorder;

/// Four retransmissions of a `ClientHello` fit in (after 0.2, 0.6, 1.4 and 3 s), more on a path with a long round trip.
pub const HANDSHAKE_LIMIT: Duration = Duration::from_millis(3_200);
/// How many round trips are granted on top of that.
const ROUND_TRIPS: u32 = 10;

/// A connection whose handshake ended well.
pub struct Secured {
    /// The stream.
    pub stream: Stream,
    /// Whether the chain verified: only then may a key be sent.
    pub trusted: bool,
    /// Whether HTTP/2 was agreed on.
    pub http2: bool,
}

/// Has the cryptographic library gather its entropy, which it does once and takes its time for.
pub fn warm_up() {
    // Should it fail, the handshake that needs it will say so.
    let _ = aws_lc_rs::default_provider().secure_random.fill(&mut [0; 32]);
}

/// What a handshake is to offer.
#[derive(Clone, Debug)]
pub struct Offer {
    /// Name for SNI and for the certificate: a host name or an address.
    pub server_name: String,
    /// Protocols for ALPN.
    pub alpn: Vec<&'static str>,
    /// The time it may take.
    pub limit: Duration,
    /// Without the post-quantum key share, so that the `ClientHello` fits in one packet.
    pub classical: bool,
}

impl Offer {
    /// What an API client offers.
    #[must_use]
    pub fn https(server_name: &str) -> Self {
        Self {
            server_name: server_name.to_owned(),
            alpn: vec!["h2", "http/1.1"],
            limit: HANDSHAKE_LIMIT,
            classical: false,
        }
    }

    /// The same, with the time that a path of this round trip needs.
    #[must_use]
    pub fn over(self, round_trip: Option<Ms>) -> Self {
        Self { limit: self.limit + round_trip.unwrap_or_default().duration() * ROUND_TRIPS, ..self }
    }
}

/// Performs the handshake.
pub async fn handshake<S: Io + 'static>(
    run: &Run,
    trust: &Trust,
    offer: &Offer,
    stream: S,
    handle: Option<&SocketHandle>,
) -> (Observation<TlsFacts>, Result<Secured, Failure>) {
    let mut facts = TlsFacts {
        server_name: offer.server_name.clone(),
        alpn_offered: offer.alpn.iter().map(|&name| name.to_owned()).collect(),
        ..TlsFacts::default()
    };
    let recorder = Arc::new(Recorder::new());
    let prepared = client_config(&recorder, offer).ok().zip(server_name(&offer.server_name));
    let Some((config, name)) = prepared else {
        let now = run.now();
        let failure = Failure::new(FailureKind::UnusableSetting, Operation::Handshake, "the host is no valid name");
        return (Observation::ended(now, now, facts, Some(failure.clone())), Err(failure));
    };
    let tap = Tap::new(stream);
    let log = tap.log();
    let called = Instant::now();
    let deadline = TokioInstant::from_std(run.step(offer.limit));
    let outcome = timeout_at(deadline, TlsConnector::from(config).connect(name, tap)).await;
    let returned = Instant::now();
    let crossed = log.read();
    // From the first byte of the ClientHello to the last byte of a Finished: what the keys cost before is not the network's.
    let started = crossed.first_write.unwrap_or(called);
    let ended = match outcome {
        Ok(Ok(_)) => crossed.last_write.max(crossed.last_read).unwrap_or(returned),
        _ => returned,
    };
    facts.client_hello_bytes = crossed.first_flight;
    facts.bytes_received = crossed.read;
    facts.info = handle.and_then(SocketHandle::tcp_info);
    recorder.describe(&mut facts, run);
    let result = match outcome {
        Ok(Ok(stream)) => {
            describe_session(&mut facts, stream.get_ref().1);
            trust.judge(&mut facts, &recorder, &offer.server_name).await;
            Ok(stream)
        }
        Ok(Err(error)) => Err(classify(&error, &crossed, &mut facts, run)),
        Err(_) => Err(Failure::timeout(Operation::Handshake, (ended - started).into())),
    };
    let refusal = facts.platform.as_ref().filter(|verdict| !verdict.valid).map(|verdict| {
        let kind = verdict.kind.unwrap_or(FailureKind::TlsBadCertificate);
        Failure::new(kind, Operation::Handshake, verdict.detail.as_deref().unwrap_or("the certificate is not valid"))
    });
    let failure = result.as_ref().err().cloned().or(refusal);
    let secured = result.map(|stream| Secured {
        trusted: facts.trusted,
        http2: facts.alpn.as_deref() == Some("h2"),
        stream: Box::new(stream),
    });
    (Observation::ended(run.at(started), run.at(ended), facts, failure), secured)
}

fn client_config(recorder: &Arc<Recorder>, offer: &Offer) -> Result<Arc<ClientConfig>, TlsError> {
    let mut provider = aws_lc_rs::default_provider();
    provider.secure_random = order::random();
    if offer.classical {
        provider.kx_groups.retain(|group| group.name() != NamedGroup::X25519MLKEM768);
    }
    let provider = Arc::new(provider);
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(recorder) as Arc<_>)
        .with_no_client_auth();
    config.alpn_protocols = offer.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    // A resumed session shows no certificates.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Arc::new(config))
}

fn server_name(host: &str) -> Option<ServerName<'static>> {
    match host.parse::<IpAddr>() {
        Ok(address) => Some(ServerName::IpAddress(address.into())),
        Err(_) => ServerName::try_from(host.to_owned()).ok(),
    }
}

fn describe_session(facts: &mut TlsFacts, session: &rustls::ClientConnection) {
    facts.completed = true;
    facts.version = session.protocol_version().and_then(|version| version.as_str()).map(standard_version);
    facts.cipher_suite = session.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str()).map(Into::into);
    facts.key_exchange_group =
        session.negotiated_key_exchange_group().and_then(|group| group.name().as_str()).map(Into::into);
    facts.alpn = session.alpn_protocol().map(|name| text::line_of_bytes(name, 32));
}

fn standard_version(name: &str) -> String {
    name.replace("v1_", "v1.")
}

fn classify(error: &std::io::Error, crossed: &Log, facts: &mut TlsFacts, run: &Run) -> Failure {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) else {
        return Failure::io(error, Operation::Handshake);
    };
    let kind = match tls {
        TlsError::AlertReceived(description) => {
            facts.alert = Some(alert(*description, true));
            FailureKind::TlsAlert
        }
        TlsError::InvalidMessage(
            InvalidMessage::InvalidContentType
            | InvalidMessage::UnknownProtocolVersion
            | InvalidMessage::MessageTooLarge
            | InvalidMessage::InvalidEmptyPayload,
        ) => {
            facts.speaks = Some(spoken(&crossed.head));
            facts.said = Some(run.scrub(&String::from_utf8_lossy(&crossed.head), 200));
            FailureKind::TlsNotTls
        }
        TlsError::InvalidCertificate(_) | TlsError::NoCertificatesPresented => FailureKind::TlsBadCertificate,
        _ => FailureKind::TlsProtocol,
    };
    Failure::new(kind, Operation::Handshake, tls)
}

/// What the first bytes of a peer look like.
#[must_use]
pub fn spoken(head: &[u8]) -> Spoken {
    match head {
        [b'H', b'T', b'T', b'P', b'/', ..] => Spoken::Http,
        [0x14..=0x17, 0x03, ..] => Spoken::Tls,
        [0x05, 0x00..=0x03 | 0xff] => Spoken::Socks5,
        _ => {
            // Servers that answer a ClientHello with a bare HTML page (nginx does so to an HTTP/0.9 request).
            let lower = head.to_ascii_lowercase();
            let page = lower.windows(5).any(|part| part == b"<html" || part == b"http/");
            if page { Spoken::Http } else { Spoken::Other }
        }
    }
}

fn alert(description: AlertDescription, received: bool) -> Alert {
    let name = description.as_str().unwrap_or("unknown");
    Alert { description: snake_case(name), code: description.into(), received }
}

/// `HandshakeFailure` → `handshake_failure`, the names of RFC 8446.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for (at, character) in name.char_indices() {
        if character.is_ascii_uppercase() && at > 0 && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
    }
    snake.replace("unknown_c_a", "unknown_ca").replace("e_c_h", "ech").replace("recognised", "recognized")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_have_their_standard_names() {
        for (description, name) in [
            (AlertDescription::HandshakeFailure, "handshake_failure"),
            (AlertDescription::ProtocolVersion, "protocol_version"),
            (AlertDescription::UnrecognisedName, "unrecognized_name"),
            (AlertDescription::UnknownCA, "unknown_ca"),
        ] {
            assert_eq!(alert(description, true).description, name);
        }
    }

    #[test]
    fn first_bytes_tell_what_a_port_speaks() {
        assert_eq!(spoken(b"HTTP/1.1 400 Bad Request\r\n"), Spoken::Http);
        assert_eq!(spoken(b"<html><head><title>400"), Spoken::Http);
        assert_eq!(spoken(&[0x15, 0x03, 0x01, 0, 2, 2, 40]), Spoken::Tls);
        assert_eq!(spoken(&[5, 0]), Spoken::Socks5);
        assert_eq!(spoken(b"SSH-2.0-OpenSSH"), Spoken::Other);
    }
}
