//! Faults of the tcp stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
