//! Texts in UTF-16, as Windows writes logs and clipboards: told by their mark or by their zeros, and read as they come.

/// Reads UTF-16 piece by piece.
#[derive(Clone, Debug)]
pub(super) struct Wide {
    /// The more significant byte comes first.
    big: bool,
    /// A byte whose other half has not come yet.
    half: Option<u8>,
    /// The first of two units of one character.
    high: Option<u16>,
}

impl Wide {
    /// How to read a text that begins so, and how many bytes of it are a mark; `None` when it is not UTF-16.
    pub(super) fn of(head: &[u8]) -> Option<(Self, usize)> {
        const LOOKED_AT: usize = 128;
        let wide = |big| Self { big, half: None, high: None };
        match head {
            [0xff, 0xfe, ..] => return Some((wide(false), 2)),
            [0xfe, 0xff, ..] => return Some((wide(true), 2)),
            _ => {}
        }
        // Without a mark every other byte of mostly plain letters is zero.
        let pairs = || head.chunks_exact(2).take(LOOKED_AT);
        let zeros = |place: usize| pairs().filter(|pair| pair[place] == 0).count();
        let (first, second, count) = (zeros(0), zeros(1), pairs().count());
        if count < 4 {
            None
        } else if second * 2 > count && first * 8 < second {
            Some((wide(false), 0))
        } else if first * 2 > count && second * 8 < first {
            Some((wide(true), 0))
        } else {
            None
        }
    }

    /// Reads on.
    pub(super) fn decode(&mut self, raw: &[u8], into: &mut String) {
        for byte in raw {
            let Some(half) = self.half.take() else {
                self.half = Some(*byte);
                continue;
            };
            let unit = if self.big { u16::from_be_bytes([half, *byte]) } else { u16::from_le_bytes([half, *byte]) };
            let unread = self.high.take();
            if unread.is_none() && (0xd800..0xdc00).contains(&unit) {
                self.high = Some(unit);
                continue;
            }
            let units = unread.into_iter().chain([unit]);
            into.extend(char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
    }
}

/// A text as its bytes mean it: UTF-8 with or without a mark, or UTF-16; what is neither is replaced.
#[must_use]
pub fn decode(raw: &[u8]) -> String {
    match Wide::of(raw) {
        Some((mut wide, mark)) => {
            let mut text = String::with_capacity(raw.len());
            wide.decode(&raw[mark..], &mut text);
            text
        }
        None => String::from_utf8_lossy(raw.strip_prefix("\u{feff}".as_bytes()).unwrap_or(raw)).into_owned(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{Wide, decode};

    pub(crate) fn wide(text: &str, big: bool, mark: bool) -> Vec<u8> {
        let mark = if mark { "\u{feff}" } else { "" };
        let units = mark.encode_utf16().chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn both_orders_are_read_with_and_without_a_mark() {
        let text = "ERROR 连接超时 😀 Connection error.";
        for big in [false, true] {
            for mark in [false, true] {
                let raw = wide(text, big, mark);
                assert_eq!(decode(&raw), text, "{big} {mark}");
                let (mut reader, skipped) = Wide::of(&raw).unwrap();
                let mut read = String::new();
                for byte in &raw[skipped..] {
                    reader.decode(&[*byte], &mut read);
                }
                assert_eq!(read, text, "{big} {mark}, a byte at a time");
            }
        }
    }

    #[test]
    fn what_is_not_utf_16_stays_as_it_is() {
        assert_eq!(decode("\u{feff}错误 x".as_bytes()), "错误 x");
        assert_eq!(decode(b"a\0b plain text with one zero"), "a\0b plain text with one zero");
        assert_eq!(decode(b"\xff\xfe\x00\xd8\x41\x00"), "\u{fffd}A");
        assert_eq!(decode(b""), "");
    }
}
