//! The range of dates of a report, and the range that it is compared with.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Result};
use crate::fields::Date;

/// The longest range of a report.
const MAX_YEARS: u32 = 50;

/// A range of dates, both of them in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Whole months that are nearly a range of dates, and the days that make it that.
#[derive(Debug, PartialEq, Eq)]
pub struct Cover {
    /// The first day of the first of the months.
    pub first: NaiveDate,
    /// The first day of the last of them; before `first` where there is none.
    pub last: NaiveDate,
    pub edges: Vec<Edge>,
}

/// Days that count once more (1), or once less (-1).
#[derive(Debug, PartialEq, Eq)]
pub struct Edge {
    pub days: Period,
    pub sign: i64,
}

/// What a report is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Compare {
    /// The range right before: as many months where these are whole months, as many days otherwise.
    Previous,
    /// The same range a year before.
    Year,
}

impl Period {
    /// The range of a request. What it leaves out is the beginning or the end of the month of the other date; of the
    /// present month where it leaves out both.
    ///
    /// # Errors
    /// `invalid_value` at `to` where the range ends before it begins, or is longer than 50 years.
    pub fn new(from: Option<Date>, to: Option<Date>, today: NaiveDate) -> Result<Self> {
        let (from, to) = (from.map(|date| date.0), to.map(|date| date.0));
        let month = from.or(to).unwrap_or(today);
        let period = Self {
            from: from.unwrap_or_else(|| first_of_month(month)),
            to: to.unwrap_or_else(|| last_of_month(month)),
        };
        let invalid = |detail: &str| Err(Code::InvalidValue.at("to").detail(detail));
        if period.to < period.from {
            return invalid("the range ends before it begins");
        }
        if period.to >= later(period.from, MAX_YEARS * 12) {
            return invalid("a report covers at most 50 years");
        }
        Ok(period)
    }

    /// Every day of it.
    pub fn days(self) -> impl Iterator<Item = NaiveDate> {
        self.from.iter_days().take_while(move |day| *day <= self.to)
    }

    /// The first day of every month that it touches.
    pub fn months(self) -> impl Iterator<Item = NaiveDate> {
        let first = first_of_month(self.from);
        (0..)
            .map(move |months| later(first, months))
            .take_while(move |month| *month <= self.to)
    }

    /// The range as whole months, with the days of a month that it cuts: those that are in it, or those that are not, as
    /// there are fewer.
    pub fn cover(self) -> Cover {
        let (first, last) = (first_of_month(self.from), first_of_month(self.to));
        let add = |days| Edge { days, sign: 1 };
        let is_short = |days: Self, month| days.len() * 2 <= Self::month(month).len();
        if first == last && is_short(self, first) {
            return Cover {
                first,
                last: earlier(first, 1),
                edges: vec![add(self)],
            };
        }
        let mut cover = Cover {
            first,
            last,
            edges: Vec::new(),
        };
        let take = |days: Self| (days.len() > 0).then_some(Edge { days, sign: -1 });
        let start = Self {
            from: self.from,
            to: last_of_month(self.from),
        };
        if first < last && is_short(start, first) {
            cover.first = later(first, 1);
            cover.edges.push(add(start));
        } else {
            let to = self.from.pred_opt().unwrap_or(self.from);
            cover.edges.extend(take(Self { from: first, to }));
        }
        let end = Self {
            from: last,
            to: self.to,
        };
        if first < last && is_short(end, last) {
            cover.last = earlier(last, 1);
            cover.edges.push(add(end));
        } else {
            let from = self.to.succ_opt().unwrap_or(self.to);
            let to = last_of_month(self.to);
            cover.edges.extend(take(Self { from, to }));
        }
        cover
    }

    /// The month of a date.
    fn month(date: NaiveDate) -> Self {
        Self {
            from: first_of_month(date),
            to: last_of_month(date),
        }
    }

    /// How many days it has.
    fn len(self) -> i64 {
        (self.to - self.from).num_days() + 1
    }

    /// The range to compare with.
    pub fn compared(self, compare: Compare) -> Self {
        let months = self.whole_months();
        match (compare, months) {
            (Compare::Year, Some(_)) => self.months_before(12),
            (Compare::Previous, Some(months)) => self.months_before(months),
            (Compare::Year, None) => Self {
                from: earlier(self.from, 12),
                to: earlier(self.to, 12),
            },
            (Compare::Previous, None) => {
                let days = (self.to - self.from).num_days().unsigned_abs() + 1;
                Self {
                    from: self.from - Days::new(days),
                    to: self.to - Days::new(days),
                }
            }
        }
    }

    /// How many months it is, if it is whole ones.
    fn whole_months(self) -> Option<u32> {
        let is_whole = self.from == first_of_month(self.from) && self.to == last_of_month(self.to);
        is_whole.then(|| u32::try_from(self.months().count()).unwrap_or(u32::MAX))
    }

    /// Whole months, moved back.
    fn months_before(self, months: u32) -> Self {
        Self {
            from: earlier(self.from, months),
            to: last_of_month(earlier(first_of_month(self.to), months)),
        }
    }
}

/// The first day of the month.
pub fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

fn last_of_month(date: NaiveDate) -> NaiveDate {
    later(first_of_month(date), 1)
        .pred_opt()
        .unwrap_or(NaiveDate::MAX)
}

// Requests have dates from 1900 to 9999, so that the calendar does not end within any range of a report.
fn later(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_add_months(Months::new(months))
        .unwrap_or(NaiveDate::MAX)
}

fn earlier(date: NaiveDate, months: u32) -> NaiveDate {
    date.checked_sub_months(Months::new(months))
        .unwrap_or(NaiveDate::MIN)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn period(text: &str) -> Period {
        let (from, to) = text.split_once("..").unwrap();
        Period {
            from: date(from),
            to: date(to),
        }
    }

    #[test]
    fn what_is_left_out_is_the_rest_of_the_month() {
        let today = date("2026-02-14");
        let new = |from: Option<&str>, to: Option<&str>| {
            let parse = |text: &str| Date(date(text));
            Period::new(from.map(parse), to.map(parse), today).unwrap()
        };
        assert_eq!(new(None, None), period("2026-02-01..2026-02-28"));
        assert_eq!(
            new(Some("2027-03-05"), None),
            period("2027-03-05..2027-03-31")
        );
        assert_eq!(
            new(None, Some("2024-02-10")),
            period("2024-02-01..2024-02-10")
        );
    }

    #[test]
    fn the_range_before_is_as_long() {
        for (range, before) in [
            ("2026-03-01..2026-03-31", "2026-02-01..2026-02-28"),
            ("2026-01-01..2026-12-31", "2025-01-01..2025-12-31"),
            ("2026-01-01..2026-03-31", "2025-10-01..2025-12-31"),
            ("2026-03-10..2026-03-16", "2026-03-03..2026-03-09"),
            ("2026-03-01..2026-03-01", "2026-02-28..2026-02-28"),
        ] {
            assert_eq!(
                period(range).compared(Compare::Previous),
                period(before),
                "{range}"
            );
        }
    }

    #[test]
    fn the_range_a_year_before_keeps_whole_months_whole() {
        for (range, before) in [
            ("2025-02-01..2025-02-28", "2024-02-01..2024-02-29"),
            ("2024-02-01..2024-02-29", "2023-02-01..2023-02-28"),
            ("2024-02-28..2024-02-29", "2023-02-28..2023-02-28"),
            ("2026-03-10..2026-03-16", "2025-03-10..2025-03-16"),
        ] {
            assert_eq!(
                period(range).compared(Compare::Year),
                period(before),
                "{range}"
            );
        }
    }

    #[test]
    fn whole_months_and_edges_are_the_days_of_the_range() {
        let range = period("2025-11-01..2026-04-30");
        for from in range.days() {
            for to in range.days().skip_while(|to| *to < from) {
                let asked = Period { from, to };
                let cover = asked.cover();
                let mut counted: BTreeMap<NaiveDate, i64> =
                    range.days().map(|day| (day, 0)).collect();
                let months = Period {
                    from: cover.first,
                    to: last_of_month(cover.last),
                };
                for day in months.days() {
                    *counted.get_mut(&day).unwrap() += 1;
                }
                for edge in &cover.edges {
                    assert!(edge.days.len() <= 31);
                    for day in edge.days.days() {
                        *counted.get_mut(&day).unwrap() += edge.sign;
                    }
                }
                for (day, times) in counted {
                    assert_eq!(
                        times,
                        i64::from(from <= day && day <= to),
                        "{day} of {asked:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_range_that_cuts_months_takes_the_shorter_part_of_each() {
        let cover = period("2025-11-23..2026-11-22").cover();
        assert_eq!(
            [cover.first, cover.last],
            ["2025-12-01", "2026-11-01"].map(date)
        );
        let edges: Vec<_> = cover
            .edges
            .iter()
            .map(|edge| (edge.days, edge.sign))
            .collect();
        assert_eq!(
            edges,
            [
                (period("2025-11-23..2025-11-30"), 1),
                (period("2026-11-23..2026-11-30"), -1),
            ]
        );
        assert_eq!(period("2026-01-01..2026-12-31").cover().edges, []);
    }

    #[test]
    fn months_are_those_that_the_range_touches() {
        let months: Vec<_> = period("2025-12-31..2026-02-01").months().collect();
        assert_eq!(months, ["2025-12-01", "2026-01-01", "2026-02-01"].map(date));
    }
}
