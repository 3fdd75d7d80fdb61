//! DNS messages: the question as bytes, and bytes from the network as a [`Reply`], over hickory's codec. Everything in
//! a reply is bounded and scrubbed here; nothing else sees the wire format.

use std::net::IpAddr;

use hickory_resolver::proto::op::{Edns, Message, MessageType, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_resolver::proto::rr::{DNSClass, Name, RData, RecordType};

use crate::evidence::dns::{DnsOutcome, ExtendedError, RecordKind};
use crate::evidence::text;

/// Addresses kept of one answer.
const MAX_ANSWERS: usize = 64;
/// CNAME records followed in one answer.
const MAX_CNAMES: usize = 16;
/// The payload that survives any path without fragments (DNS Flag Day 2020).
const UDP_PAYLOAD: u16 = 1232;

/// One question, with the random id that its answer must carry.
#[derive(Clone, Debug)]
pub(super) struct Question {
    name: Name,
    record: RecordKind,
    id: u16,
}

impl Question {
    /// The question for a full name; `None` when that is no name that DNS can carry.
    pub(super) fn new(name: &str, record: RecordKind) -> Option<Self> {
        let mut name = Name::from_ascii(name).ok()?;
        name.set_fqdn(true);
        Some(Self { name, record, id: Message::query().metadata.id })
    }

    /// The question as a message. Without EDNS it is what the oldest resolver and the strictest middlebox understand.
    pub(super) fn bytes(&self, edns: bool) -> Vec<u8> {
        let mut message = Message::query();
        message.metadata.id = self.id;
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(self.name.clone(), record_type(self.record)));
        if edns {
            let mut options = Edns::new();
            options.set_max_payload(UDP_PAYLOAD).set_version(0);
            message.set_edns(options);
        }
        // A question that `new` accepted always fits.
        message.to_vec().unwrap_or_default()
    }

    /// The reply in these bytes, if they are one to this question. A wrong id is [`Misfit::Foreign`]: somebody
    /// guesses, and the true answer may still come.
    pub(super) fn read(&self, bytes: &[u8]) -> Result<Reply, Misfit> {
        if bytes.get(..2) != Some(&self.id.to_be_bytes()[..]) {
            return Err(Misfit::Foreign);
        }
        let message = parse(bytes).ok_or(Misfit::Unreadable("the message cannot be decoded"))?;
        if message.metadata.message_type != MessageType::Response {
            return Err(Misfit::Unreadable("the query came back instead of an answer"));
        }
        let asked = match message.queries.as_slice() {
            [query] => {
                query.name == self.name
                    && query.query_type == record_type(self.record)
                    && query.query_class == DNSClass::IN
            }
            // Servers that cannot parse a query leave the question out of their error.
            [] => message.metadata.response_code != ResponseCode::NoError,
            _ => false,
        };
        if !asked {
            return Err(Misfit::Unreadable("the answer is for another question"));
        }
        Ok(Reply::of(&message, self.record))
    }
}

/// Why bytes are no answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misfit {
    /// Another id.
    Foreign,
    /// The right id, and no answer all the same.
    Unreadable(&'static str),
}

/// What is kept of a response.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The response code by its standard name.
    pub rcode: String,
    /// What the response amounts to.
    pub outcome: DnsOutcome,
    /// The addresses of the kind asked for; the first sixty-four.
    pub addresses: Vec<IpAddr>,
    /// How many there were.
    pub answer_count: usize,
    /// The chain of CNAME records from the name asked for; the first sixteen.
    pub cnames: Vec<String>,
    /// The smallest TTL in the answer, in seconds.
    pub ttl_s: Option<u32>,
    /// Extended DNS Error (RFC 8914).
    pub extended_error: Option<ExtendedError>,
    /// TC bit.
    pub truncated: bool,
    /// Whether the server rejects the message itself, as old ones do when they see EDNS.
    pub rejects_edns: bool,
}

impl Reply {
    fn of(message: &Message, record: RecordKind) -> Self {
        let mut addresses: Vec<IpAddr> = Vec::new();
        let mut answer_count = 0;
        let wanted = message.answers.iter().filter(|answer| answer.data.record_type() == record_type(record));
        for address in wanted.filter_map(|answer| answer.data.ip_addr()) {
            answer_count += 1;
            if addresses.len() < MAX_ANSWERS && !addresses.contains(&address) {
                addresses.push(address);
            }
        }
        let code = message.metadata.response_code;
        let outcome = match code {
            ResponseCode::NoError if answer_count > 0 => DnsOutcome::Answer,
            ResponseCode::NoError => DnsOutcome::NoData,
            ResponseCode::NXDomain => DnsOutcome::Nxdomain,
            ResponseCode::ServFail => DnsOutcome::Servfail,
            ResponseCode::Refused => DnsOutcome::Refused,
            _ => DnsOutcome::OtherRcode,
        };
        Self {
            rcode: rcode_name(code.into()),
            outcome,
            addresses,
            answer_count,
            cnames: cnames(message),
            ttl_s: message.answers.iter().map(|answer| answer.ttl).min(),
            extended_error: extended_error(message),
            truncated: message.metadata.truncation,
            rejects_edns: matches!(code, ResponseCode::FormErr | ResponseCode::NotImp | ResponseCode::BADVERS),
        }
    }
}

/// Decodes any bytes as a response; `None` when they are none. Never panics, whatever the bytes.
#[must_use]
pub fn decode(bytes: &[u8], record: RecordKind) -> Option<Reply> {
    parse(bytes).filter(|message| message.metadata.message_type == MessageType::Response).map(|m| Reply::of(&m, record))
}

pub(super) fn parse(bytes: &[u8]) -> Option<Message> {
    // The header's counts allocate: they must fit in the bytes at hand (a question takes 5 bytes or more, a record 11).
    let count = |at: usize| bytes.get(at..at + 2).map(|two| usize::from(two[0]) << 8 | usize::from(two[1]));
    let least = count(4)? * 5 + (count(6)? + count(8)? + count(10)?) * 11;
    if least > bytes.len().checked_sub(12)? {
        return None;
    }
    Message::from_vec(bytes).ok()
}

const fn record_type(record: RecordKind) -> RecordType {
    match record {
        RecordKind::A => RecordType::A,
        RecordKind::Aaaa => RecordType::AAAA,
    }
}

fn cnames(message: &Message) -> Vec<String> {
    let mut chain = Vec::new();
    let Some(mut owner) = message.queries.first().map(|query| &query.name) else { return chain };
    while chain.len() < MAX_CNAMES {
        let next = message.answers.iter().find_map(|answer| match &answer.data {
            RData::CNAME(target) if answer.name == *owner => Some(&target.0),
            _ => None,
        });
        let Some(target) = next else { break };
        chain.push(text::line(target.to_ascii().trim_end_matches('.'), 255));
        owner = target;
    }
    chain
}

fn extended_error(message: &Message) -> Option<ExtendedError> {
    let EdnsOption::Unknown(_, data) = message.edns.as_ref()?.option(EdnsCode::Unknown(15))? else { return None };
    let [high, low, words @ ..] = data.as_slice() else { return None };
    let code = u16::from_be_bytes([*high, *low]);
    Some(ExtendedError {
        code,
        name: extended_error_name(code).to_owned(),
        text: text::line_of_bytes(words, 200).trim_end_matches('\0').to_owned(),
    })
}

fn rcode_name(code: u16) -> String {
    const NAMES: [&str; 11] = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE",
    ];
    match (NAMES.get(usize::from(code)), code) {
        (Some(name), _) => (*name).to_owned(),
        (None, 16) => "BADVERS".to_owned(),
        (None, 23) => "BADCOOKIE".to_owned(),
        (None, other) => format!("RCODE{other}"),
    }
}

/// The registered names of RFC 8914 and of the registry since.
const fn extended_error_name(code: u16) -> &'static str {
    match code {
        0 => "Other Error",
        1 => "Unsupported DNSKEY Algorithm",
        2 => "Unsupported DS Digest Type",
        3 => "Stale Answer",
        4 => "Forged Answer",
        5 => "DNSSEC Indeterminate",
        6 => "DNSSEC Bogus",
        7 => "Signature Expired",
        8 => "Signature Not Yet Valid",
        9 => "DNSKEY Missing",
        10 => "RRSIGs Missing",
        11 => "No Zone Key Bit Set",
        12 => "NSEC Missing",
        13 => "Cached Error",
        14 => "Not Ready",
        15 => "Blocked",
        16 => "Censored",
        17 => "Filtered",
        18 => "Prohibited",
        19 => "Stale NXDOMAIN Answer",
        20 => "Not Authoritative",
        21 => "Not Supported",
        22 => "No Reachable Authority",
        23 => "Network Error",
        24 => "Invalid Data",
        25 => "Signature Expired before Valid",
        26 => "Too Early",
        27 => "Unsupported NSEC3 Iterations Value",
        28 => "Unable to conform to policy",
        29 => "Synthesized",
        30 => "Invalid Query Type",
        _ => "Unassigned",
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use hickory_resolver::proto::op::{Edns, Message, OpCode, Query, ResponseCode};
    use hickory_resolver::proto::rr::rdata::opt::{EdnsCode, EdnsOption};
    use hickory_resolver::proto::rr::rdata::{A, CNAME};
    use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
    use proptest::prelude::{any, prop, proptest};

    use super::{DnsOutcome, Misfit, Question, RecordKind, decode};

    fn name(text: &str) -> Name {
        Name::from_ascii(text).expect("a name")
    }

    fn response(question: &Question) -> Message {
        let mut message = Message::response(question.id, OpCode::Query);
        message.add_query(Query::query(question.name.clone(), RecordType::A));
        message
    }

    fn bytes(message: &Message) -> Vec<u8> {
        message.to_vec().expect("encodes")
    }

    #[test]
    fn a_reply_is_taken_apart() {
        let question = Question::new("api.example.com", RecordKind::A).expect("a name");
        let mut message = response(&question);
        let alias = Record::from_rdata(name("API.example.com."), 300, RData::CNAME(CNAME(name("edge.example.net."))));
        message.add_answer(alias);
        for last in [1, 2, 2] {
            let address = RData::A(A(Ipv4Addr::new(104, 18, 6, last)));
            message.add_answer(Record::from_rdata(name("edge.example.net."), 60, address));
        }
        let reply = question.read(&bytes(&message)).expect("a reply");
        assert_eq!((reply.outcome, reply.rcode.as_str()), (DnsOutcome::Answer, "NOERROR"));
        assert_eq!((reply.addresses.len(), reply.answer_count, reply.ttl_s), (2, 3, Some(60)));
        assert_eq!(reply.cnames, ["edge.example.net"]);
    }

    #[test]
    fn the_extended_error_is_named_and_scrubbed() {
        let question = Question::new("api.example.com", RecordKind::A).expect("a name");
        let mut message = response(&question);
        message.metadata.response_code = ResponseCode::NXDomain;
        let mut edns = Edns::new();
        let data = [&[0, 17][..], b"blocked\x1b[31m by policy"].concat();
        edns.options_mut().insert(EdnsOption::Unknown(EdnsCode::Unknown(15).into(), data));
        message.set_edns(edns);
        let reply = question.read(&bytes(&message)).expect("a reply");
        let error = reply.extended_error.expect("an extended error");
        assert_eq!((error.code, error.name.as_str(), error.text.as_str()), (17, "Filtered", "blocked[31m by policy"));
        assert_eq!(reply.outcome, DnsOutcome::Nxdomain);
    }

    #[test]
    fn what_does_not_answer_the_question_is_told_apart() {
        let question = Question::new("api.example.com", RecordKind::A).expect("a name");
        let mut other = question.clone();
        other.id ^= 1;
        assert_eq!(question.read(&bytes(&response(&other))), Err(Misfit::Foreign));
        assert_eq!(question.read(&[]), Err(Misfit::Foreign));
        other.id = question.id;
        other.name = name("other.example.com.");
        assert!(matches!(question.read(&bytes(&response(&other))), Err(Misfit::Unreadable(_))));
        assert!(matches!(question.read(&question.bytes(true)), Err(Misfit::Unreadable(_))), "an echo is no answer");
    }

    #[test]
    fn thousands_of_answers_leave_sixty_four() {
        let question = Question::new("a.example", RecordKind::A).expect("a name");
        let mut message = response(&question);
        for host in 0..2000_u32 {
            let address = RData::A(A(Ipv4Addr::from_bits(0x0101_0000 + host)));
            message.add_answer(Record::from_rdata(name("a.example."), 60, address));
        }
        let reply = question.read(&bytes(&message)).expect("a reply");
        assert_eq!((reply.addresses.len(), reply.answer_count), (64, 2000));
    }

    #[test]
    fn aliases_in_a_ring_end() {
        let question = Question::new("a.example", RecordKind::A).expect("a name");
        let mut message = response(&question);
        for (owner, target) in [("a.example.", "b.example."), ("b.example.", "a.example.")] {
            message.add_answer(Record::from_rdata(name(owner), 60, RData::CNAME(CNAME(name(target)))));
        }
        let reply = question.read(&bytes(&message)).expect("a reply");
        assert_eq!((reply.cnames.len(), reply.outcome), (16, DnsOutcome::NoData));
    }

    #[test]
    fn counts_beyond_the_bytes_are_refused() {
        let mut header = [0_u8; 12];
        header[2] = 0x80;
        header[4..6].copy_from_slice(&u16::MAX.to_be_bytes());
        assert_eq!(decode(&header, RecordKind::A), None);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_or_do_not(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = decode(&bytes, RecordKind::A);
        }

        #[test]
        fn a_damaged_reply_decodes_or_does_not(at in 0_usize..80, value in any::<u8>(), cut in 0_usize..80) {
            let question = Question::new("api.example.com", RecordKind::Aaaa).expect("a name");
            let mut message = response(&question);
            for _ in 0..3 {
                let address = RData::A(A(Ipv4Addr::LOCALHOST));
                message.add_answer(Record::from_rdata(name("api.example.com."), 1, address));
            }
            let mut damaged = bytes(&message);
            if let Some(byte) = damaged.get_mut(at) {
                *byte = value;
            }
            damaged.truncate(damaged.len().saturating_sub(cut));
            let _ = decode(&damaged, RecordKind::Aaaa);
            let _ = question.read(&damaged);
        }
    }
}
