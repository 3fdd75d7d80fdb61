//! Faults of the relay stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
