//! Faults of the stream stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
