//! The one classifier of errors: typed errors go in, a [`Failure`] comes out. Message texts are never matched.
//!
//! Kinds follow OONI's df-007 where it has a word for it; errno and curl's exit code stand beside the kind.

use std::fmt;
use std::io;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text;

/// What went wrong, as one of a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The settings cannot be used (the URL does not parse, the key cannot be sent).
    UnusableSetting,
    /// NXDOMAIN.
    DnsNxdomain,
    /// The name exists but has no address.
    DnsNoData,
    /// SERVFAIL.
    DnsServfail,
    /// The resolver answered REFUSED.
    DnsRefused,
    /// Another error code or an unreadable message from the resolver.
    DnsMalformed,
    /// No resolver answered in time.
    DnsTimeout,
    /// No resolver is configured.
    DnsNoResolver,
    /// RST or ICMP port unreachable in answer to a connection attempt.
    ConnectionRefused,
    /// RST on an established connection.
    ConnectionReset,
    /// The peer closed before it had answered.
    ConnectionClosed,
    /// No answer in time.
    Timeout,
    /// EHOSTUNREACH.
    HostUnreachable,
    /// ENETUNREACH.
    NetworkUnreachable,
    /// EPERM, EACCES: this machine forbids it.
    PermissionDenied,
    /// EMFILE, ENFILE: out of file descriptors.
    TooManyOpenFiles,
    /// EADDRNOTAVAIL: no local address of that family.
    AddressNotAvailable,
    /// The proxy answered CONNECT with something other than 2xx.
    ProxyRefused,
    /// The proxy wants credentials (407, or SOCKS5 method 0xFF / failed authentication).
    ProxyAuthRequired,
    /// What answers at the proxy's port does not speak the proxy's protocol.
    ProxyProtocol,
    /// The peer sent a fatal TLS alert.
    TlsAlert,
    /// The peer does not speak TLS.
    TlsNotTls,
    /// The handshake broke a rule of TLS.
    TlsProtocol,
    /// The certificate is not signed by a trusted issuer.
    TlsUnknownIssuer,
    /// The certificate is for another name.
    TlsWrongName,
    /// The certificate has expired.
    TlsExpired,
    /// The certificate is not valid yet.
    TlsNotYetValid,
    /// The certificate is unusable for another reason.
    TlsBadCertificate,
    /// What was received is not HTTP, or breaks its rules.
    HttpMalformed,
    /// A size bound was hit (headers, body).
    HttpTooLarge,
    /// An HTTP/2 error: GOAWAY, `RST_STREAM`, a protocol error.
    Http2Error,
    /// The response's status says that the request failed.
    HttpStatus,
    /// The API answered with an error.
    ApiError,
    /// The answer is not what the API sends.
    ApiUnreadable,
    /// The stream ended early or with an error.
    StreamBroken,
    /// The run was interrupted.
    Interrupted,
    /// Nothing above.
    Unclassified,
}

/// The operation in which it went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Reading the settings.
    Configure,
    /// Resolving a name.
    Resolve,
    /// Opening a connection to the endpoint.
    Connect,
    /// Reaching the proxy or asking it for a tunnel.
    Proxy,
    /// The TLS handshake.
    Handshake,
    /// Writing the request.
    Send,
    /// Waiting for the first byte of the response.
    Receive,
    /// Reading the rest of the response.
    Body,
}

/// A classified failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// What went wrong.
    pub kind: FailureKind,
    /// In which operation.
    pub operation: Operation,
    /// The original words, scrubbed.
    pub detail: String,
    /// The operating system's error number, if it gave one.
    pub os_error: Option<i32>,
    /// The exit code that curl uses for this.
    pub curl_exit: Option<i32>,
}

impl Failure {
    /// A failure that no operating system error stands behind.
    #[must_use]
    pub fn new(kind: FailureKind, operation: Operation, detail: impl fmt::Display) -> Self {
        Self {
            kind,
            operation,
            detail: text::line(&detail.to_string(), text::MAX_LINE),
            os_error: None,
            curl_exit: curl_exit(kind, operation),
        }
    }

    /// A deadline of ours that passed.
    #[must_use]
    pub fn timeout(operation: Operation, after: super::Ms) -> Self {
        let kind = if operation == Operation::Resolve { FailureKind::DnsTimeout } else { FailureKind::Timeout };
        Self::new(kind, operation, format_args!("no answer within {after}"))
    }

    /// The classification of an I/O error.
    #[must_use]
    pub fn io(error: &io::Error, operation: Operation) -> Self {
        let kind = io_kind(error);
        Self { os_error: error.raw_os_error(), ..Self::new(kind, operation, error) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

fn io_kind(error: &io::Error) -> FailureKind {
    use io::ErrorKind as E;
    #[cfg(unix)]
    if let Some(errno) = error.raw_os_error() {
        match errno {
            libc::EPERM | libc::EACCES => return FailureKind::PermissionDenied,
            libc::EMFILE | libc::ENFILE => return FailureKind::TooManyOpenFiles,
            libc::EHOSTUNREACH | libc::EHOSTDOWN => return FailureKind::HostUnreachable,
            // A blackhole route answers EINVAL to connect: there is no way to the network, and it says so at once.
            libc::ENETUNREACH | libc::ENETDOWN | libc::EINVAL => return FailureKind::NetworkUnreachable,
            libc::EPIPE => return FailureKind::ConnectionReset,
            _ => {}
        }
    }
    match error.kind() {
        E::ConnectionRefused => FailureKind::ConnectionRefused,
        E::ConnectionReset | E::ConnectionAborted | E::BrokenPipe => FailureKind::ConnectionReset,
        E::UnexpectedEof | E::NotConnected => FailureKind::ConnectionClosed,
        E::TimedOut => FailureKind::Timeout,
        E::HostUnreachable => FailureKind::HostUnreachable,
        E::NetworkUnreachable | E::NetworkDown => FailureKind::NetworkUnreachable,
        E::PermissionDenied => FailureKind::PermissionDenied,
        E::AddrNotAvailable => FailureKind::AddressNotAvailable,
        _ => FailureKind::Unclassified,
    }
}

/// curl's exit code for the same failure (`man curl`, EXIT CODES).
fn curl_exit(kind: FailureKind, operation: Operation) -> Option<i32> {
    use FailureKind as K;
    Some(match kind {
        K::UnusableSetting => 3,
        K::DnsNxdomain
        | K::DnsNoData
        | K::DnsServfail
        | K::DnsRefused
        | K::DnsMalformed
        | K::DnsTimeout
        | K::DnsNoResolver => {
            if operation == Operation::Proxy {
                5
            } else {
                6
            }
        }
        K::ConnectionRefused
        | K::HostUnreachable
        | K::NetworkUnreachable
        | K::PermissionDenied
        | K::AddressNotAvailable => 7,
        K::Timeout => 28,
        K::ConnectionReset | K::ConnectionClosed => match operation {
            Operation::Connect => 7,
            Operation::Handshake => 35,
            Operation::Send => 55,
            Operation::Receive if kind == K::ConnectionClosed => 52,
            Operation::Body if kind == K::ConnectionClosed => 18,
            _ => 56,
        },
        K::ProxyRefused | K::ProxyAuthRequired => 56,
        K::ProxyProtocol => 97,
        K::TlsAlert | K::TlsNotTls | K::TlsProtocol => 35,
        K::TlsUnknownIssuer | K::TlsWrongName | K::TlsExpired | K::TlsNotYetValid | K::TlsBadCertificate => 60,
        K::HttpMalformed => 1,
        K::HttpTooLarge => 63,
        K::Http2Error => 92,
        K::HttpStatus | K::ApiError => 22,
        K::TooManyOpenFiles | K::ApiUnreadable | K::StreamBroken | K::Interrupted | K::Unclassified => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{Failure, FailureKind, Operation};

    #[cfg(unix)]
    #[test]
    fn errno_decides_the_kind() {
        for (errno, kind) in [
            (libc::ECONNREFUSED, FailureKind::ConnectionRefused),
            (libc::ECONNRESET, FailureKind::ConnectionReset),
            (libc::EHOSTUNREACH, FailureKind::HostUnreachable),
            (libc::ENETUNREACH, FailureKind::NetworkUnreachable),
            (libc::EINVAL, FailureKind::NetworkUnreachable),
            (libc::EPERM, FailureKind::PermissionDenied),
            (libc::EACCES, FailureKind::PermissionDenied),
            (libc::ETIMEDOUT, FailureKind::Timeout),
            (libc::EMFILE, FailureKind::TooManyOpenFiles),
        ] {
            let failure = Failure::io(&io::Error::from_raw_os_error(errno), Operation::Connect);
            assert_eq!((failure.kind, failure.os_error), (kind, Some(errno)));
        }
    }

    #[test]
    fn the_same_reset_has_curls_code_of_its_operation() {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(Failure::io(&reset, Operation::Handshake).curl_exit, Some(35));
        assert_eq!(Failure::io(&reset, Operation::Body).curl_exit, Some(56));
    }
}
