//! How long things took: histograms that keep every value to three digits, and durations in words.

use std::time::Duration;

use hdrhistogram::Histogram;

/// Durations from a microsecond to two minutes, each to three digits.
#[derive(Clone)]
pub struct Times(Histogram<u64>);

impl Default for Times {
    fn default() -> Self {
        let (least, most) = (1, 120_000_000);
        Self(Histogram::new_with_bounds(least, most, 3).expect("it can tell so many apart"))
    }
}

impl Times {
    /// Counts one.
    pub fn record(&mut self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        self.0.saturating_record(micros);
    }

    /// Counts all of another one's.
    pub fn add(&mut self, other: &Self) {
        self.0 += &other.0;
    }

    /// What so many per cent did not exceed; nothing where there are none.
    pub fn at(&self, percent: f64) -> Duration {
        if self.0.is_empty() {
            return Duration::ZERO;
        }
        Duration::from_micros(self.0.value_at_percentile(percent))
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.0.len()).unwrap_or(u32::MAX)
    }
}

/// A duration as people read it: to two digits, and no finer than it was measured.
pub fn words(duration: Duration) -> String {
    let micros = duration.as_micros();
    let millis = duration.as_secs_f64() * 1e3;
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..10_000 => format!("{millis:.1} ms"),
        10_000..10_000_000 => format!("{millis:.0} ms"),
        _ => format!("{:.0} s", duration.as_secs_f64()),
    }
}

/// The middle one.
pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
