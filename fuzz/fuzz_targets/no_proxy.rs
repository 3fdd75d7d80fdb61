//! `NO_PROXY` as every client reads it: a rule that matched stands in the list. The first line is the host.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_doctor::config::no_proxy::{Client, Destination, ours};

fuzz_target!(|text: &str| {
    let Some((host, list)) = text.split_once('\n') else { return };
    for (port, tls) in [(443, true), (8000, false)] {
        let to = Destination::new(host, port, tls);
        assert!(ours(list, &to).is_none_or(|rule| list.contains(rule)));
        for client in Client::ALL {
            let rule = client.bypass(list, &to).and_then(|bypass| bypass.rule);
            assert!(rule.is_none_or(|rule| list.contains(&rule)));
        }
    }
});
