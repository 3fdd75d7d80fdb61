//! HTTP/1.1 by hand, for connections that are watched for their own sake: a request is a line of bytes, an answer is
//! its head and the start of its body, and the connection stays what it was.

use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use url::{Position, Url};

use crate::evidence::{Failure, FailureKind, Operation};

use super::Run;
use super::http::authorize;

/// A head longer than this is none.
const MOST_HEAD: usize = 64 * 1024;
/// What is read of a body.
const MOST_BODY: usize = 4 * 1024;

/// An answer's beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Status.
    pub status: u16,
    /// The whole head, as text.
    pub text: String,
    /// What came of the body together with it.
    pub body: Vec<u8>,
}

impl Head {
    /// The first header of that name (lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &str| line.split_once(':').is_some_and(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        self.text
            .lines()
            .skip(1)
            .find(|line| named(line))
            .and_then(|line| line.split_once(':'))
            .map(|(_, it)| it.trim())
    }

    /// Whether the server ends the connection after this answer.
    #[must_use]
    pub fn closes(&self) -> bool {
        let says = |word: &str| {
            self.header("connection")
                .is_some_and(|value| value.to_ascii_lowercase().split(',').any(|it| it.trim() == word))
        };
        says("close") || (self.text.starts_with("HTTP/1.0") && !says("keep-alive"))
    }
}

/// The bytes of a request without a body. The key goes with it where `with_key` says so.
#[must_use]
pub fn request(run: &Run, method: &str, url: &Url, with_key: bool, more: &[(&str, &str)]) -> Vec<u8> {
    let mut headers = HeaderMap::new();
    if with_key {
        authorize(run, &mut headers);
    }
    let target = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let agent = concat!("openai-doctor/", env!("CARGO_PKG_VERSION"));
    let mut text = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n");
    for (name, value) in more {
        text.extend([*name, ": ", *value, "\r\n"]);
    }
    let mut bytes = text.into_bytes();
    for (name, value) in &headers {
        bytes.extend_from_slice(name.as_str().as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes
}

/// Sends a request and reads the head of its answer; without end if nothing comes.
///
/// # Errors
///
/// The connection ended, or what came is no HTTP.
pub async fn ask<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, request: &[u8]) -> Result<Head, Failure> {
    let broken = |error: std::io::Error| Failure::io(&error, Operation::Receive);
    stream.write_all(request).await.map_err(|error| Failure::io(&error, Operation::Send))?;
    stream.flush().await.map_err(|error| Failure::io(&error, Operation::Send))?;
    let mut bytes = Vec::new();
    let mut piece = [0; 2048];
    loop {
        let read = stream.read(&mut piece).await.map_err(broken)?;
        if read == 0 {
            let detail = "the connection ended before the answer did";
            return Err(Failure::new(FailureKind::ConnectionClosed, Operation::Receive, detail));
        }
        bytes.extend_from_slice(&piece[..read]);
        if let Some(end) = bytes.windows(4).position(|end| end == b"\r\n\r\n") {
            return parse(&bytes, end);
        }
        if bytes.len() > MOST_HEAD {
            return Err(Failure::new(FailureKind::HttpTooLarge, Operation::Receive, "the head does not end"));
        }
    }
}

fn parse(bytes: &[u8], end: usize) -> Result<Head, Failure> {
    let text = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = text.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse().ok());
    let Some(status) = status else {
        return Err(Failure::new(FailureKind::HttpMalformed, Operation::Receive, "the answer is no HTTP"));
    };
    let body = bytes[end + 4..].iter().copied().take(MOST_BODY).collect();
    Ok(Head { status, text, body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::run::tests::run;

    #[tokio::test]
    async fn a_head_is_read_wherever_it_is_cut() {
        let (mut ours, mut theirs) = tokio::io::duplex(16);
        let server = tokio::spawn(async move {
            let mut seen = vec![0; 256];
            let mut got = String::new();
            while !got.ends_with("\r\n\r\n") {
                let read = theirs.read(&mut seen).await.unwrap();
                got.push_str(&String::from_utf8_lossy(&seen[..read]));
            }
            theirs.write_all(b"HTTP/1.1 404 Not Found\r\nConnection: Close\r\nX: 1\r\n\r\n{}").await.unwrap();
            got
        });
        let url = Url::parse("https://localhost:8443/v1/models?x=1").unwrap();
        let request = request(&run(), "HEAD", &url, true, &[("A", "b")]);
        let head = ask(&mut ours, &request).await.unwrap();
        assert_eq!((head.status, head.closes(), head.header("x")), (404, true, Some("1")));
        let got = server.await.unwrap();
        assert!(
            got.starts_with("HEAD /v1/models?x=1 HTTP/1.1\r\nHost: localhost:8443\r\n") && got.contains("A: b\r\n")
        );
    }

    #[tokio::test]
    async fn what_is_no_http_is_said_to_be_none() {
        for (said, kind) in [
            (&b"SSH-2.0-OpenSSH\r\n\r\n"[..], FailureKind::HttpMalformed),
            (b"HTTP/1.1 2", FailureKind::ConnectionClosed),
            (&"x".repeat(70_000).into_bytes(), FailureKind::HttpTooLarge),
        ] {
            let (mut ours, mut theirs) = tokio::io::duplex(100_000);
            theirs.write_all(said).await.unwrap();
            theirs.shutdown().await.unwrap();
            assert_eq!(ask(&mut ours, b"GET").await.unwrap_err().kind, kind);
        }
    }
}
