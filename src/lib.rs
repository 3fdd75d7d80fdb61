//! `openai-doctor`: says what is wrong with a call to `OpenAI`, or to anything that speaks its API.
//!
//! # The map
//!
//! Arrows point down only; `tests/it` reads the `use crate::` lines and fails on a violation.
//!
//! ```text
//! command     → everything below           one file a sub-command; the only place that prints and exits
//! cli         → config, report             the command line
//! report      → diagnosis, evidence        one file a format; decides nothing
//! explain     → diagnosis, evidence        text → findings
//! experiment  → probe, config, evidence    one file a controlled comparison
//! probe       → config, evidence           one file a protocol, and the typed chain
//! diagnosis   → evidence                   Fault, diagnose(): a pure function
//! config, evidence, mock → nothing in the crate
//! lang        → nothing; everyone may use it: a sentence in English and Chinese at once
//! ```
//!
//! A probe returns an [`evidence::Observation`]; observations make up the [`evidence::Evidence`]; [`diagnosis::diagnose`]
//! judges it; a report renders. `probe` and `diagnosis` meet only through `evidence`.

pub mod config;
pub mod diagnosis;
pub mod evidence;
pub mod experiment;
pub mod explain;
pub mod lang;
pub mod mock;
pub mod probe;
pub mod report;

#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod command;
