//! The integration tests: the binary against worlds.

fn main() {}
