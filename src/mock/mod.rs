//! The embedded endpoint: an OpenAI-like API behind real DNS and TLS on loopback, and ways to break each of them.
//!
//! `diagnose --demo` diagnoses it, the integration tests build their worlds from it. A [`Plan`] says which servers there
//! are and how they misbehave; an [`Endpoint`] is a plan running. Every server is a task that ends, with all its
//! connections, when its guard is dropped. Nothing here knows what a fault is but for its name, and nothing leaves this
//! machine: servers listen where the plan says, by default on 127.0.0.1, and resolve names from a table of their own.

pub mod api;
pub mod canned;
pub mod completion;
pub mod dns;
pub mod encrypted_dns;
pub mod endpoint;
pub mod fault;
pub mod hostile;
pub mod proxy;
mod quic;
pub mod server;
pub mod tls;

pub use endpoint::{Endpoint, Plan, Resolver};
pub use fault::{DemoFault, FAULTS, names};
pub use server::Server;
