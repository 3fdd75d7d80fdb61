//! Probes: each does one thing on the network, on sockets of its own, and returns facts and times.
//!
//! A broken network is no error here: what went wrong is part of the observation. Nothing retries, nothing judges.

pub mod api;
pub mod arrival;
pub mod chain;
pub mod detour;
pub mod dns;
pub mod echo;
pub mod environment;
pub mod fastest;
pub mod http;
pub mod icmp;
mod local_filter;
pub mod plain;
pub mod proxy;
pub mod quic;
pub mod route;
pub mod run;
pub mod socket;
pub mod stream;
pub mod sys;
pub mod tap;
pub mod tcp;
pub mod tls;
pub mod way;

pub use run::Run;
