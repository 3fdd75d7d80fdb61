//! Probes: each does one thing on the network, on sockets of its own, and returns facts and times.
//!
//! A broken network is no error here: what went wrong is part of the observation. Nothing retries, nothing judges.

pub mod run;

pub use run::Run;
