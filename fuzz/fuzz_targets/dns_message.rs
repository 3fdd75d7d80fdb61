//! Bytes from a resolver: they decode to something bounded and printable, or to nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_doctor::evidence::dns::RecordKind;
use openai_doctor::probe::dns::decode;

fuzz_target!(|bytes: &[u8]| {
    for record in [RecordKind::A, RecordKind::Aaaa] {
        let Some(reply) = decode(bytes, record) else { continue };
        assert!(reply.addresses.len() <= 64 && reply.cnames.len() <= 16);
        assert!(reply.addresses.len() <= reply.answer_count);
        let words = reply.cnames.iter().chain(reply.extended_error.as_ref().map(|error| &error.text));
        assert!(words.into_iter().all(|text| !text.contains(char::is_control)));
    }
});
