//! The commands: one file each, and the only place that prints and exits.

pub mod explain;
pub mod schema;

#[cfg(test)]
mod readme;
