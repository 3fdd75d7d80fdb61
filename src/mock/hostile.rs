//! Servers that mean harm or are broken: each takes a connection that is ready for a request and misuses it.

use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::server::{self, Transport};

/// What a hostile server does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hostility {
    /// FIN instead of the status line.
    Close,
    /// RST instead of the status line.
    Reset,
    /// It reads the request and says nothing.
    Silence,
    /// A byte of the response head a second.
    DripHead,
    /// A whole head, then a byte of the body a second.
    DripBody,
    /// Header lines without end.
    EndlessHeaders,
    /// A body of a gigabyte.
    HugeBody,
    /// A gigabyte of zeros, compressed to a megabyte.
    GzipBomb,
    /// A redirect to the next number, for ever.
    EndlessRedirects,
    /// Bytes that are no HTTP.
    Garbage,
    /// Half a header line, then the end.
    HalfHeader,
    /// A body shorter than announced.
    ShortBody,
    /// HTTP/2: SETTINGS, then GOAWAY with `ENHANCE_YOUR_CALM`.
    Goaway,
    /// Control characters, colours and a terminal's title in header, title and message.
    TerminalEscapes,
    /// JSON nested ten thousand levels deep.
    DeepJson,
}

impl Hostility {
    /// The protocol it is spoken in, by its ALPN name.
    #[must_use]
    pub const fn alpn(self) -> &'static str {
        match self {
            Self::Goaway => "h2",
            _ => "http/1.1",
        }
    }
}

/// Plays it on one connection.
pub(super) async fn play<S: Transport>(mut stream: S, hostility: Hostility) {
    if hostility == Hostility::Reset {
        let _ = read_head(&mut stream).await;
        stream.reset();
        return;
    }
    // What goes wrong from here on is the client giving up, which is what it should do.
    let _ = match hostility {
        Hostility::Goaway => goaway(&mut stream).await,
        _ => respond(&mut stream, hostility).await,
    };
    let _ = stream.shutdown().await;
    server::drain(&mut stream).await;
}

async fn respond<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, hostility: Hostility) -> std::io::Result<()> {
    let Some(path) = read_head(stream).await else { return Ok(()) };
    match hostility {
        Hostility::Close | Hostility::Reset => Ok(()),
        Hostility::Silence => {
            server::drain(stream).await;
            Ok(())
        }
        Hostility::DripHead => drip(stream, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n").await,
        Hostility::DripBody => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n")
                .await?;
            drip(stream, br#"{"object":"list","data":[]"#).await
        }
        Hostility::EndlessHeaders => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            let line = format!("X-Filler: {}\r\n", "a".repeat(1000));
            loop {
                stream.write_all(line.as_bytes()).await?;
            }
        }
        Hostility::HugeBody => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n")
                .await?;
            let block = vec![b' '; 65_536];
            for _ in 0..16_384 {
                stream.write_all(&block).await?;
            }
            Ok(())
        }
        Hostility::GzipBomb => {
            let bomb = bomb()?;
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n\
                 Content-Length: {}\r\n\r\n",
                bomb.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&bomb).await
        }
        Hostility::EndlessRedirects => {
            let next = path.rsplit('/').next().and_then(|last| last.parse::<u64>().ok()).unwrap_or(0) + 1;
            let answer = format!("HTTP/1.1 302 Found\r\nLocation: /loop/{next}\r\nContent-Length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await
        }
        Hostility::Garbage => {
            let noise: Vec<u8> =
                (0..2048_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
            stream.write_all(&noise).await
        }
        Hostility::HalfHeader => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Ty").await,
        Hostility::ShortBody => {
            let answer =
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{\"object\":";
            stream.write_all(answer.as_bytes()).await
        }
        Hostility::TerminalEscapes => {
            let body = "<html><title>\u{1b}]0;owned\u{7}\u{1b}[2J\u{1b}[31mred\u{202e}</title>\u{8}\u{8}\u{0}</html>";
            let head = format!(
                "HTTP/1.1 500 Oops\r\nContent-Type: text/html\r\nServer: evil\u{9b}31m\r\nContent-Length: {}\r\n\r\n",
                body.len()
            );
            stream.write_all(format!("{head}{body}").as_bytes()).await
        }
        Hostility::DeepJson => {
            let body = "[".repeat(10_000);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n", body.len());
            stream.write_all(format!("{head}{body}").as_bytes()).await
        }
        Hostility::Goaway => goaway(stream).await,
    }
}

/// Reads a request head and gives its path.
async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut byte).await.ok().filter(|read| *read > 0)?;
        head.extend_from_slice(&byte[..read]);
        if head.len() > 65_536 {
            return None;
        }
    }
    String::from_utf8_lossy(&head).split_whitespace().nth(1).map(str::to_owned)
}

async fn drip<S: AsyncWrite + Unpin>(stream: &mut S, bytes: &[u8]) -> std::io::Result<()> {
    for byte in bytes.iter().cycle() {
        stream.write_all(&[*byte]).await?;
        stream.flush().await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

/// A gigabyte of zeros as gzip. A megabyte is compressed and its blocks repeated: after a full flush they stand on their
/// own. The checksum is left out, for nobody should read that far.
fn bomb() -> std::io::Result<Vec<u8>> {
    let mut megabyte = Vec::with_capacity(8192);
    let compressed =
        Compress::new(Compression::best(), false).compress_vec(&vec![0; 1 << 20], &mut megabyte, FlushCompress::Full);
    compressed.map_err(std::io::Error::other)?;
    let header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255];
    let end = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0x40];
    Ok([&header[..], &megabyte.repeat(1024), &end].concat())
}

async fn goaway<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> std::io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    // SETTINGS without entries; GOAWAY: last stream 0, error 11 (ENHANCE_YOUR_CALM).
    let frames = [&[0, 0, 0, 4, 0, 0, 0, 0, 0][..], &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11]].concat();
    stream.write_all(&frames).await?;
    stream.flush().await?;
    // Closing at once would let the end of the connection overtake the frame's effect in the client.
    tokio::io::copy(stream, &mut tokio::io::sink()).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    #[test]
    fn the_bomb_unpacks_to_more_than_it_weighs() {
        let bomb = super::bomb().unwrap();
        assert!(bomb.len() < 4 << 20, "{}", bomb.len());
        // Past the first megabyte, where one block ends and the next begins.
        let mut unpacked = vec![1; 3 << 20];
        GzDecoder::new(&bomb[..]).read_exact(&mut unpacked).unwrap();
        assert!(unpacked.iter().all(|byte| *byte == 0));
    }
}
