//! DNS questions seen on the path, and forged answers to them.

use std::net::IpAddr;

/// A query as far as a forger reads it.
#[derive(Debug, PartialEq, Eq)]
pub struct Question {
    pub name: String,
    pub kind: u16,
    end: usize,
}

pub const A: u16 = 1;
pub const AAAA: u16 = 28;

impl Question {
    /// Reads the first question of a query.
    pub fn parse(message: &[u8]) -> Option<Self> {
        let response = message.get(2)? & 0x80 != 0;
        let mut at = 12;
        let mut labels = Vec::new();
        loop {
            let length = usize::from(*message.get(at)?);
            at += 1;
            match length {
                0 => break,
                1..64 => labels.push(String::from_utf8_lossy(message.get(at..at + length)?).to_ascii_lowercase()),
                _ => return None,
            }
            at += length;
        }
        let kind = message.get(at..at + 2)?;
        let kind = u16::from_be_bytes([kind[0], kind[1]]);
        (!response).then(|| Self { name: labels.join("."), kind, end: at + 4 })
    }

    /// An answer with those of the addresses that are of the kind asked for; `None` if there are none.
    pub fn forge(&self, query: &[u8], addresses: &[IpAddr]) -> Option<Vec<u8>> {
        let fitting: Vec<Vec<u8>> = addresses
            .iter()
            .filter_map(|address| match address {
                IpAddr::V4(address) if self.kind == A => Some(address.octets().to_vec()),
                IpAddr::V6(address) if self.kind == AAAA => Some(address.octets().to_vec()),
                _ => None,
            })
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let mut message = query.get(..self.end)?.to_vec();
        message[2..4].copy_from_slice(&[0x81, 0x80]);
        message[4..12].fill(0);
        message[5] = 1;
        message[7] = u8::try_from(fitting.len()).ok()?;
        for address in fitting {
            message.extend([0xc0, 12]);
            message.extend(self.kind.to_be_bytes());
            message.extend([0, 1, 0, 0, 0, 201]);
            message.extend(u16::try_from(address.len()).ok()?.to_be_bytes());
            message.extend(address);
        }
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query};
    use hickory_resolver::proto::rr::{Name, RecordType};

    use super::*;

    #[test]
    fn a_forged_answer_is_an_answer_to_its_query() {
        let mut asked = Message::new(4711, MessageType::Query, OpCode::Query);
        let name = Name::from_ascii("API.openai.com.").unwrap();
        asked.add_query(Query::query(name, RecordType::A));
        let asked = asked.to_vec().unwrap();
        let question = Question::parse(&asked).unwrap();
        assert_eq!(question.name, "api.openai.com");

        let forged = question.forge(&asked, &["31.13.94.37".parse().unwrap(), "2001::1".parse().unwrap()]).unwrap();
        let read = Message::from_vec(&forged).unwrap();
        assert_eq!((read.metadata.id, read.answers.len()), (4711, 1));
        assert!(read.answers[0].to_string().contains("31.13.94.37"), "{}", read.answers[0]);
        assert_eq!(question.forge(&asked, &["2001::1".parse().unwrap()]), None);
        assert_eq!(Question::parse(&forged), None, "an answer is no question");
    }
}
