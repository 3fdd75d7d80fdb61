//! Faults of the service stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
