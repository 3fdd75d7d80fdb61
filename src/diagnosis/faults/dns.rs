//! Faults of the dns stage.

use crate::diagnosis::Fault;

pub(super) const FAULTS: &[Fault] = &[];
