//! The time, in one place, so that a test can hold it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, SubsecRound, TimeDelta, Utc};

/// Where the application reads the time: the system's clock, which only tests stop and move by an offset.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    offset_seconds: Arc<AtomicI64>,
    stopped_at: Arc<OnceLock<DateTime<Utc>>>,
}

impl Clock {
    /// The present moment, in UTC, to the microsecond: what is answered is then what PostgreSQL keeps.
    pub fn now(&self) -> DateTime<Utc> {
        let now = self.stopped_at.get().copied().unwrap_or_else(system_now);
        now + TimeDelta::seconds(self.offset_seconds.load(Ordering::Relaxed))
    }

    /// Today's date, in UTC.
    pub fn today(&self) -> NaiveDate {
        self.now().date_naive()
    }

    /// Stops this clock and all its clones, so that a test comes to a moment's last second however slow the machine is.
    pub fn stop(&self) {
        self.stopped_at.get_or_init(system_now);
    }

    /// Moves this clock and all its clones, stopped or not: what a test does instead of waiting.
    pub fn advance(&self, by: TimeDelta) {
        self.offset_seconds
            .fetch_add(by.num_seconds(), Ordering::Relaxed);
    }
}

fn system_now() -> DateTime<Utc> {
    #[expect(clippy::disallowed_methods, reason = "the one place that may")]
    let now = Utc::now();
    now.trunc_subsecs(6)
}
