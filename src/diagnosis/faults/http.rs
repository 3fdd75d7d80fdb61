//! Faults of the http stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
