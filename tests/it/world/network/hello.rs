//! The server name in a `ClientHello`, as a filter on the path reads it: from whatever bytes it has seen so far.

/// The most bytes of a flow that a filter looks at.
const MOST: usize = 16_384;

/// The client's bytes of one connection, put in order.
#[derive(Debug, Default)]
pub struct Stream {
    bytes: Vec<u8>,
}

impl Stream {
    /// Takes in a segment that begins at this offset of the stream.
    pub fn add(&mut self, offset: usize, payload: &[u8]) {
        // What lies beyond a gap comes again.
        if offset <= self.bytes.len() && offset + payload.len() > self.bytes.len() && self.bytes.len() < MOST {
            self.bytes.extend_from_slice(&payload[self.bytes.len() - offset..]);
        }
    }

    /// The length of the handshake message, once its beginning was seen.
    pub fn length(&self) -> Option<usize> {
        let message = unwrap_records(&self.bytes)?;
        (message.first() == Some(&1)).then_some(())?;
        let length = message.get(1..4)?;
        Some(4 + (usize::from(length[0]) << 16 | usize::from(length[1]) << 8 | usize::from(length[2])))
    }

    /// The name asked for, once it was seen.
    pub fn server_name(&self) -> Option<String> {
        let message = unwrap_records(&self.bytes)?;
        let mut reader = Reader(&message);
        if reader.byte()? != 1 {
            return None;
        }
        reader.take(3 + 2 + 32)?;
        let length = reader.byte()?;
        reader.take(length.into())?;
        let length = reader.word()?;
        reader.take(length.into())?;
        let length = reader.byte()?;
        reader.take(length.into())?;
        reader.word()?;
        loop {
            let (kind, length) = (reader.word()?, reader.word()?);
            let extension = reader.take(length.into())?;
            if kind == 0 {
                let mut names = Reader(extension);
                names.take(3)?;
                let length = names.word()?;
                return String::from_utf8(names.take(length.into())?.to_vec()).ok();
            }
        }
    }
}

/// The handshake bytes of the records, the last one perhaps incomplete.
fn unwrap_records(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut message = Vec::new();
    while let Some((head, rest)) = bytes.split_at_checked(5) {
        if head[0] != 22 {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([head[3], head[4]])).min(rest.len());
        message.extend_from_slice(&rest[..length]);
        bytes = &rest[length..];
    }
    Some(message)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|one| one[0])
    }

    fn word(&mut self) -> Option<u16> {
        self.take(2).map(|two| u16::from_be_bytes([two[0], two[1]]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `ClientHello` with a large extension before the name.
    fn hello(name: &str) -> Vec<u8> {
        let mut server_name = Vec::new();
        server_name.extend((u16::try_from(name.len()).unwrap() + 3).to_be_bytes());
        server_name.push(0);
        server_name.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        server_name.extend(name.as_bytes());
        let mut extensions = Vec::new();
        for (kind, body) in [(51_u16, vec![7; 1200]), (0, server_name)] {
            extensions.extend(kind.to_be_bytes());
            extensions.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
            extensions.extend(body);
        }
        let mut body = vec![3, 3];
        body.extend([9; 32]);
        body.extend([0, 0, 2, 0x13, 1, 1, 0]);
        body.extend(u16::try_from(extensions.len()).unwrap().to_be_bytes());
        body.extend(extensions);
        let mut message = vec![1, 0];
        message.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
        message.extend(body);
        message
    }

    fn record(message: &[u8]) -> Vec<u8> {
        let mut record = vec![22, 3, 1];
        record.extend(u16::try_from(message.len()).unwrap().to_be_bytes());
        record.extend(message);
        record
    }

    #[test]
    fn the_name_is_found_across_segments_and_records() {
        let message = hello("api.openai.com");
        let (first, second) = message.split_at(1250);
        for bytes in [record(&message), [record(first), record(second)].concat()] {
            let mut stream = Stream::default();
            stream.add(0, &bytes[..1240]);
            assert_eq!(stream.server_name(), None);
            stream.add(1300, &bytes[1245..]);
            assert_eq!(stream.server_name(), None, "a gap is not bridged");
            assert_eq!(stream.length(), Some(message.len()));
            stream.add(1200, &bytes[1200..]);
            assert_eq!(stream.server_name().as_deref(), Some("api.openai.com"));
        }
    }

    #[test]
    fn what_is_no_hello_has_no_name() {
        for bytes in [&b""[..], b"GET / HTTP/1.1\r\n\r\n", &record(&[2; 400]), &record(&[1; 30])] {
            let mut stream = Stream::default();
            stream.add(0, bytes);
            assert_eq!(stream.server_name(), None);
        }
        assert_eq!(Stream::default().length(), None);
    }
}
