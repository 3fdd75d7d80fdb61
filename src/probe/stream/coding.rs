//! A compressed body undone piece by piece, so that each event keeps the time at which it came, and bounded.

use std::io::Write;

use flate2::write::{GzDecoder, ZlibDecoder};

/// So much is unpacked at a time: what a thousandfold expansion makes of it is still small.
const SLICE: usize = 512;

/// How a stream is compressed.
pub(super) enum Coding {
    Plain,
    Gzip(GzDecoder<Vec<u8>>),
    Deflate(ZlibDecoder<Vec<u8>>),
    /// In a way that we do not know, or broken.
    Opaque,
}

impl Coding {
    pub(super) fn new(encoding: Option<&str>) -> Self {
        match encoding {
            None => Self::Plain,
            Some("gzip" | "x-gzip") => Self::Gzip(GzDecoder::new(Vec::new())),
            Some("deflate") => Self::Deflate(ZlibDecoder::new(Vec::new())),
            Some(_) => Self::Opaque,
        }
    }

    pub(super) const fn is_opaque(&self) -> bool {
        matches!(self, Self::Opaque)
    }

    /// What these bytes unpack to, about `most` bytes of it.
    pub(super) fn unpack(&mut self, data: &[u8], most: usize) -> Vec<u8> {
        let mut plain = Vec::new();
        let outcome = match self {
            Self::Plain => {
                plain.extend_from_slice(&data[..data.len().min(most)]);
                Ok(())
            }
            Self::Gzip(decoder) => slices(data, most, &mut plain, |slice, plain| {
                decoder.write_all(slice)?;
                decoder.flush()?;
                plain.append(decoder.get_mut());
                Ok(())
            }),
            Self::Deflate(decoder) => slices(data, most, &mut plain, |slice, plain| {
                decoder.write_all(slice)?;
                decoder.flush()?;
                plain.append(decoder.get_mut());
                Ok(())
            }),
            Self::Opaque => Ok(()),
        };
        if outcome.is_err() {
            *self = Self::Opaque;
        }
        plain
    }
}

fn slices(
    data: &[u8],
    most: usize,
    plain: &mut Vec<u8>,
    mut unpack: impl FnMut(&[u8], &mut Vec<u8>) -> std::io::Result<()>,
) -> std::io::Result<()> {
    data.chunks(SLICE).try_for_each(|slice| if plain.len() >= most { Ok(()) } else { unpack(slice, plain) })
}
