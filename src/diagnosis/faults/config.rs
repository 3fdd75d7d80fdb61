//! Faults of the config stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
