//! The tls stage: what was negotiated, the whole certificate chain, and two independent verdicts on it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::FailureKind;
use super::proxy::Spoken;
use super::tcp::TcpInfo;

/// What the handshake showed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TlsFacts {
    /// The name sent as SNI and checked against the certificate.
    pub server_name: String,
    /// `TLSv1.3` or `TLSv1.2`.
    pub version: Option<String>,
    /// Cipher suite, by its standard name.
    pub cipher_suite: Option<String>,
    /// Key exchange group, by its standard name.
    pub key_exchange_group: Option<String>,
    /// Protocols offered.
    pub alpn_offered: Vec<String>,
    /// Protocol chosen.
    pub alpn: Option<String>,
    /// The fatal alert that ended the handshake, by its standard name.
    pub alert: Option<Alert>,
    /// Size of the `ClientHello` as sent, record header included.
    pub client_hello_bytes: usize,
    /// Bytes received from the peer during the handshake.
    pub bytes_received: usize,
    /// What the peer speaks, when it is not TLS.
    pub speaks: Option<Spoken>,
    /// The start of what it said then, scrubbed.
    pub said: Option<String>,
    /// Whether the handshake completed (with the verdicts below set aside).
    pub completed: bool,
    /// The chain as sent, leaf first; at most sixteen certificates are kept.
    pub chain: Vec<Certificate>,
    /// How many certificates were sent.
    pub chain_length: usize,
    /// Size of the chain in bytes.
    pub chain_bytes: usize,
    /// The verdict of this machine's store (with `--ca-file` and `SSL_CERT_FILE` taken into account): it decides.
    pub platform: Option<Verdict>,
    /// The verdict of the bundled Mozilla roots, for comparison.
    pub mozilla: Option<Verdict>,
    /// The verdict of the system's own bundle, where a variable puts other roots in its place and those do not know the
    /// issuer.
    #[serde(default)]
    pub system: Option<Verdict>,
    /// Whether a key may be sent: the platform's verdict is good.
    pub trusted: bool,
    /// The connection when the handshake ended.
    pub info: Option<TcpInfo>,
}

/// A TLS alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Alert {
    /// `handshake_failure`, `protocol_version`, `unrecognized_name`, …
    pub description: String,
    /// The alert's number.
    pub code: u8,
    /// Whether the peer sent it (otherwise we did).
    pub received: bool,
}

/// What a set of roots makes of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// Whether it verifies.
    pub valid: bool,
    /// The kind of failure, if not.
    pub kind: Option<FailureKind>,
    /// Its words.
    pub detail: Option<String>,
    /// How many roots there are in the set.
    pub roots: Option<usize>,
}

/// One certificate.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Certificate {
    /// Subject, as one line.
    pub subject: String,
    /// Common name of the subject.
    pub subject_cn: Option<String>,
    /// Issuer, as one line.
    pub issuer: String,
    /// Common name of the issuer.
    pub issuer_cn: Option<String>,
    /// Organization of the issuer.
    pub issuer_o: Option<String>,
    /// DNS names and addresses; the first sixty-four.
    pub names: Vec<String>,
    /// Start of validity, RFC 3339.
    pub not_before: String,
    /// End of validity, RFC 3339.
    pub not_after: String,
    /// Days from the run's start until it expires; negative when it has.
    pub days_left: i64,
    /// Key, as `EC P-256` or `RSA 2048`.
    pub key: String,
    /// Signature algorithm.
    pub signature: String,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
    /// Whether it is a CA certificate.
    pub is_ca: bool,
    /// Whether subject and issuer are the same.
    pub self_signed: bool,
    /// The maker of a filter or proxy that the issuer's name gives away.
    pub interceptor: Option<String>,
}
