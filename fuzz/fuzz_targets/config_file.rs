//! The configuration file: understood, or refused at a line and column that the file has.

#![no_main]

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use openai_doctor::config::{ConfigFile, SettingsError};

fuzz_target!(|text: &str| {
    match ConfigFile::parse(PathBuf::from("config.toml"), text) {
        Ok(file) => assert!(file.profiles().count() <= text.len()),
        Err(SettingsError::BrokenFile { line, column, .. }) => {
            assert!((1..=text.matches('\n').count() + 1).contains(&line));
            assert!((1..=text.chars().count() + 1).contains(&column));
        }
        Err(other) => panic!("{other}"),
    }
});
