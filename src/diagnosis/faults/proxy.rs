//! Faults of the proxy stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
