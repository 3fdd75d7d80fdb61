//! Faults of the api stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
