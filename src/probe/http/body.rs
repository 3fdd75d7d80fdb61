//! A body as it comes: bounded, and decompressed within the same bound whatever the server claims.

use std::io::Read;

use http::{HeaderMap, header};

use super::MOST_BODY;

/// How a body is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Deflate,
}

/// The bytes received so far.
pub(super) struct Received {
    bytes: Vec<u8>,
    coding: Coding,
    pub(super) total: u64,
    pub(super) full: bool,
}

impl Received {
    pub(super) fn new(headers: &HeaderMap) -> Self {
        let coding = match headers.get(header::CONTENT_ENCODING).map(http::HeaderValue::as_bytes) {
            Some(b"gzip" | b"x-gzip") => Coding::Gzip,
            Some(b"deflate") => Coding::Deflate,
            _ => Coding::Identity,
        };
        Self { bytes: Vec::new(), coding, total: 0, full: false }
    }

    /// Takes more; `false` when enough is known and the rest need not be read.
    pub(super) fn push(&mut self, data: &[u8]) -> bool {
        self.total += data.len() as u64;
        let room = MOST_BODY - self.bytes.len();
        self.bytes.extend_from_slice(&data[..data.len().min(room)]);
        self.full = data.len() > room;
        !self.full
    }

    /// The decoded body, at most [`MOST_BODY`] bytes; what cannot be decoded stays as it came.
    pub(super) fn decode(&mut self) -> Vec<u8> {
        let bytes = std::mem::take(&mut self.bytes);
        let limit = MOST_BODY as u64;
        let mut decoded = Vec::new();
        let outcome = match self.coding {
            Coding::Identity => return bytes,
            Coding::Gzip => flate2::read::GzDecoder::new(bytes.as_slice()).take(limit + 1).read_to_end(&mut decoded),
            Coding::Deflate => {
                flate2::read::ZlibDecoder::new(bytes.as_slice()).take(limit + 1).read_to_end(&mut decoded)
            }
        };
        if decoded.len() > MOST_BODY {
            decoded.truncate(MOST_BODY);
            self.full = true;
        }
        if outcome.is_err() && decoded.is_empty() { bytes } else { decoded }
    }
}

/// A whole body as its headers say it is compressed: at most [`MOST_BODY`] bytes of it.
#[must_use]
pub fn decode(headers: &HeaderMap, bytes: &[u8]) -> Vec<u8> {
    let mut received = Received::new(headers);
    received.push(bytes);
    received.decode()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_bomb_stays_small() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        for _ in 0..64 {
            encoder.write_all(&vec![0u8; MOST_BODY]).unwrap();
        }
        let bomb = encoder.finish().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, "gzip".parse().unwrap());
        let mut received = Received::new(&headers);
        assert!(received.push(&bomb));
        assert_eq!(received.decode().len(), MOST_BODY);
        assert!(received.full);
    }

    #[test]
    fn reading_ends_at_the_bound() {
        let mut received = Received::new(&HeaderMap::new());
        let piece = vec![b'x'; MOST_BODY / 2];
        assert!(received.push(&piece) && received.push(&piece));
        assert!(!received.push(b"y"));
        assert_eq!((received.decode().len(), received.full), (MOST_BODY, true));
    }

    proptest! {
        #[test]
        fn any_bytes_under_any_coding_stay_bounded(
            coding in "gzip|deflate|br|",
            magic: bool,
            bytes in prop::collection::vec(any::<u8>(), 0..400),
        ) {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_ENCODING, coding.parse().unwrap());
            let head: &[u8] = if magic { &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255] } else { &[] };
            prop_assert!(decode(&headers, &[head, &bytes].concat()).len() <= MOST_BODY);
        }
    }
}
