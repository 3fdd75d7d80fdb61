//! Milliseconds as reports show them: measured with `Instant`, rounded to the microsecond, never a made-up zero.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A time span in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Ms(pub f64);

impl Ms {
    /// The span as a [`Duration`]; a negative one is empty.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::try_from_secs_f64(self.0 / 1000.0).unwrap_or_default()
    }
}

impl From<Duration> for Ms {
    fn from(duration: Duration) -> Self {
        Self((duration.as_secs_f64() * 1_000_000.0).round() / 1000.0)
    }
}

impl Add for Ms {
    type Output = Self;

    fn add(self, later: Self) -> Self {
        Self(((self.0 + later.0) * 1000.0).round() / 1000.0)
    }
}

impl Sub for Ms {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self(((self.0 - earlier.0) * 1000.0).round() / 1000.0)
    }
}

impl fmt::Display for Ms {
    /// Three significant digits and a unit: `0.42 ms`, `12.3 ms`, `1.50 s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.0;
        if ms >= 1000.0 {
            write!(f, "{:.2} s", ms / 1000.0)
        } else if ms >= 100.0 {
            write!(f, "{ms:.0} ms")
        } else if ms >= 10.0 {
            write!(f, "{ms:.1} ms")
        } else {
            write!(f, "{ms:.2} ms")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ms;

    #[test]
    fn shows_three_digits_with_a_unit() {
        for (ms, shown) in [(0.4231, "0.42 ms"), (12.345, "12.3 ms"), (123.4, "123 ms"), (1500.0, "1.50 s")] {
            assert_eq!(Ms(ms).to_string(), shown);
        }
    }
}
