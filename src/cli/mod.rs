//! Placeholder of cli.
