//! Placeholder of command.
