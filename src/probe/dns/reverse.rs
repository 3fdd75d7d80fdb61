//! The name of an address: one PTR query to the nameservers that names are resolved by. A name proves nothing; whoever
//! owns the address chose it.

use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, Query};
use hickory_resolver::proto::rr::{Name, RData, RecordType};
use tokio::time::{Instant as TokioInstant, timeout_at};

use crate::evidence::text;

use super::super::Run;
use super::{Surroundings, message, udp};

/// How long one nameserver is waited for.
const PATIENCE: Duration = Duration::from_millis(800);
/// Nameservers asked, one after the other.
const SERVERS: usize = 2;
/// The longest name that DNS carries.
const LONGEST: usize = 255;

/// The name of an address, if somebody gave it one.
pub async fn name_of(run: &Run, address: IpAddr) -> Option<String> {
    let stub = Surroundings::real().stub_config(run);
    let asked = Name::from(address);
    let mut query = Message::query();
    query.metadata.recursion_desired = true;
    query.add_query(Query::query(asked.clone(), RecordType::PTR));
    let bytes = query.to_vec().ok()?;
    for server in stub.nameservers.iter().take(SERVERS) {
        let Ok(socket) = udp::connect(*server).await else { continue };
        if socket.send(&bytes).await.is_err() {
            continue;
        }
        let deadline = TokioInstant::from_std(run.step(PATIENCE));
        let mut buffer = [0u8; 1500];
        while let Ok(Ok(length)) = timeout_at(deadline, socket.recv(&mut buffer)).await {
            if let Some(name) = read(&buffer[..length], query.metadata.id, &asked) {
                return Some(name).filter(|name| !name.is_empty());
            }
        }
    }
    None
}

/// The name in an answer to the question, empty where it has none; `None` for what is no answer to it.
fn read(bytes: &[u8], id: u16, asked: &Name) -> Option<String> {
    let reply = message::parse(bytes)?;
    let ours = reply.metadata.id == id
        && reply.metadata.message_type == MessageType::Response
        && reply.queries.first().is_some_and(|query| query.name == *asked && query.query_type == RecordType::PTR);
    let name = reply.answers.iter().find_map(|answer| match &answer.data {
        RData::PTR(name) => Some(text::line(name.0.to_utf8().trim_end_matches('.'), LONGEST)),
        _ => None,
    });
    ours.then(|| name.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::op::OpCode;
    use hickory_resolver::proto::rr::Record;
    use hickory_resolver::proto::rr::rdata::PTR;

    use super::*;

    #[test]
    fn only_an_answer_to_the_question_counts() {
        let asked = Name::from("192.0.2.1".parse::<IpAddr>().unwrap());
        assert_eq!(asked.to_ascii(), "1.2.0.192.in-addr.arpa.");
        let mut reply = Message::new(7, MessageType::Response, OpCode::Query);
        reply.add_query(Query::query(asked.clone(), RecordType::PTR));
        assert_eq!(read(&reply.to_vec().unwrap(), 7, &asked), Some(String::new()), "it has no name");
        let name = Name::from_ascii("edge-1.example.net.").unwrap();
        reply.add_answer(Record::from_rdata(asked.clone(), 60, RData::PTR(PTR(name))));
        let bytes = reply.to_vec().unwrap();
        assert_eq!(read(&bytes, 7, &asked), Some("edge-1.example.net".to_owned()));
        assert_eq!(read(&bytes, 8, &asked), None);
        assert_eq!(read(&bytes, 7, &Name::from("192.0.2.2".parse::<IpAddr>().unwrap())), None);
        assert_eq!(read(&bytes[..9], 7, &asked), None);
    }
}
