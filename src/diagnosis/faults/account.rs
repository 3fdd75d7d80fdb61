//! Faults of the account stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
