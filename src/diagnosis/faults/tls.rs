//! Faults of the tls stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
