//! The integration tests: the binary against worlds.
//!
//! A world is a set of servers, broken as a scenario says, on loopback or inside namespaces of its own. A scenario is a
//! TOML file with a world, settings and the expected verdict; every fault has one.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(unreachable_pub, reason = "everything in a test binary is")]

mod catalogue;
mod contract;
mod demo;
#[cfg(target_os = "linux")]
mod interrupt;
mod layering;
mod log;
mod matrix;
mod names;
mod proxy;
#[cfg(target_os = "linux")]
mod real;
mod saved;
mod scenario;
mod settings;
#[cfg(target_os = "linux")]
mod unprivileged;
mod world;
