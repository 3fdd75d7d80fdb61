//! What every probe of one run shares: its settings, its clock, its deadline, and the secrets to strike out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::config::Settings;
use crate::config::resolve::DEFAULT_TIMEOUT;
use crate::evidence::{Ms, text};

/// One run. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Run {
    /// The settings.
    pub settings: Arc<Settings>,
    started: Instant,
    deadline: Instant,
}

impl Run {
    /// A run that starts now.
    #[must_use]
    pub fn start(settings: Arc<Settings>) -> Self {
        let started = Instant::now();
        let deadline = started + settings.timeout.value;
        Self { settings, started, deadline }
    }

    /// The same run with other settings, for a trial that ends at `until` at the latest.
    #[must_use]
    pub fn altered(&self, settings: Arc<Settings>, until: Instant) -> Self {
        Self { settings, started: self.started, deadline: until.min(self.deadline) }
    }

    /// The same run with so much more time.
    #[must_use]
    pub fn lasting(self, longer: Duration) -> Self {
        Self { deadline: self.deadline + longer, ..self }
    }

    /// Time since the start.
    #[must_use]
    pub fn now(&self) -> Ms {
        Ms::from(self.started.elapsed())
    }

    /// An instant as time since the start.
    #[must_use]
    pub fn at(&self, instant: Instant) -> Ms {
        Ms::from(instant.saturating_duration_since(self.started))
    }

    /// The same run with no more than `limit` from now on for what follows.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self { deadline: self.step(limit), ..self.clone() }
    }

    /// A step's own deadline: `limit` from now, and never past the run's end.
    #[must_use]
    pub fn step(&self, limit: Duration) -> Instant {
        (Instant::now() + limit).min(self.deadline)
    }

    /// A deadline for what a slow server may take long over: `limit` from now at the usual time for the whole run, and
    /// in proportion longer where `--timeout` allows more.
    #[must_use]
    pub fn patience(&self, limit: Duration) -> Instant {
        let allowed = self.settings.timeout.value.as_secs_f64() / DEFAULT_TIMEOUT.as_secs_f64();
        self.step(limit.mul_f64(allowed.max(1.0)))
    }

    /// That long after the start of the run.
    #[must_use]
    pub fn from_start(&self, span: Duration) -> Instant {
        self.started + span
    }

    /// The end of the run.
    #[must_use]
    pub const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Text from the network as one line, bounded, without control characters and without our secrets.
    #[must_use]
    pub fn scrub(&self, raw: &str, max: usize) -> String {
        self.strike(&text::line(raw, max))
    }

    /// The same for a text of several lines.
    #[must_use]
    pub fn scrub_block(&self, raw: &str, max: usize) -> String {
        self.strike(&text::block(raw, max))
    }

    /// Strikes the key and the proxy's password out of a text.
    #[must_use]
    pub fn strike(&self, text: &str) -> String {
        self.settings.strike(text)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::config::{Environment, Origin, Overrides, Sourced};

    #[test]
    fn a_longer_run_waits_longer_for_a_slow_server() {
        let limit = Duration::from_secs(12);
        for (allowed, least, most) in [(30, 11, 12), (120, 47, 48), (5, 4, 5)] {
            let mut settings = Settings::clone(&run().settings);
            settings.timeout.value = Duration::from_secs(allowed);
            let run = Run::start(Arc::new(settings));
            let wait = run.patience(limit).saturating_duration_since(run.started);
            // The start and the call are not the same instant.
            let (least, most) = (Duration::from_secs(least), Duration::from_secs(most + 5));
            assert!(least <= wait && wait <= most, "{allowed}: {wait:?}");
        }
    }

    /// A run on default settings that no test sends anywhere but to loopback.
    pub(crate) fn run() -> Run {
        let flags = Overrides {
            base_url: Some(Sourced::new("https://localhost/v1".to_owned(), Origin::Default)),
            comparison_resolvers: Some(vec![]),
            ..Overrides::default()
        };
        let settings = Settings::resolve(&flags, &Environment::default(), None).expect("right settings");
        Run::start(Arc::new(settings))
    }
}
