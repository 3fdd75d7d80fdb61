//! A waiting time as servers write it, in a header or in the words of a message: finite and not negative, or nothing.

#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_doctor::evidence::wait;

fuzz_target!(|text: &str| {
    let waits = [wait::duration(text), wait::in_message(text), wait::in_message(&format!("try again in {text}"))];
    assert!(waits.into_iter().flatten().all(|seconds| seconds.is_finite() && seconds >= 0.0));
});
