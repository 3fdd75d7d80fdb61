//! The exit code, computed in one place for every format (`contract.md`, "Exit codes").

use crate::diagnosis::{Health, Layer};

/// The tool itself failed, or the run ended before anything could be told.
pub const TOOL_FAILED: u8 = 1;
/// Usage or configuration of the tool.
pub const USAGE: u8 = 2;
/// Degraded, with `--strict`.
pub const DEGRADED: u8 = 3;
/// A threshold of `--slo` was missed.
pub const SLO_MISSED: u8 = 4;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// The exit code of a judged run; `layer` is that of the primary diagnosis.
#[must_use]
pub fn code(health: Health, layer: Option<Layer>, interrupted: bool, strict: bool, slo_missed: bool) -> u8 {
    match health {
        _ if interrupted => INTERRUPTED,
        Health::Faulty => layer.map_or(TOOL_FAILED, Layer::exit_code),
        Health::Inconclusive => TOOL_FAILED,
        _ if slo_missed => SLO_MISSED,
        Health::Degraded if strict => DEGRADED,
        Health::Degraded | Health::Healthy => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::code;
    use crate::diagnosis::{Health, Layer};

    #[test]
    fn every_row_of_the_contract() {
        for (health, layer, interrupted, strict, missed, expected) in [
            (Health::Healthy, None, false, true, false, 0),
            (Health::Healthy, None, false, false, true, 4),
            (Health::Healthy, None, true, false, false, 130),
            (Health::Degraded, Some(Layer::Network), false, false, false, 0),
            (Health::Degraded, Some(Layer::Network), false, true, false, 3),
            (Health::Degraded, Some(Layer::Network), false, true, true, 4),
            (Health::Inconclusive, None, false, false, false, 1),
            (Health::Inconclusive, None, true, false, false, 130),
            (Health::Faulty, Some(Layer::Network), false, false, true, 10),
            (Health::Faulty, Some(Layer::Transport), false, true, false, 11),
            (Health::Faulty, Some(Layer::Application), false, false, false, 12),
            (Health::Faulty, Some(Layer::Service), false, false, false, 13),
            (Health::Faulty, Some(Layer::Service), true, false, false, 130),
        ] {
            assert_eq!(code(health, layer, interrupted, strict, missed), expected, "{health:?} {layer:?}");
        }
    }
}
