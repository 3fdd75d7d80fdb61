//! Faults of the key stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
