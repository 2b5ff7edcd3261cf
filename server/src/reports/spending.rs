//! From sums to a report: dates without spending, the comparison, the order of the rows, the totals.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use chrono::{Months, NaiveDate};

use super::model::{Comparison, GroupBy, GroupKey, SpendingRow};
use super::period::{Compare, Period};
use super::store::Group;
use crate::error::{Code, Result};
use crate::fields::Minor;
use crate::ids::{CategoryId, MemberId};

/// The longest range of which every day is shown, in days: a little over ten years.
const MAX_DAYS: usize = 3700;

/// What a row is about: of all this, what was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub date: Option<NaiveDate>,
    pub category_id: Option<CategoryId>,
    pub category: Option<String>,
    pub payee: Option<String>,
    pub tag: Option<String>,
    pub member_id: Option<MemberId>,
}

/// An amount in minor units, wide enough for any sum of amounts, and how many expenses are in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum {
    total: i128,
    count: i64,
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.total += other.total;
        self.count += other.count;
    }
}

impl Sum {
    /// The sum of a group, converted.
    pub fn of(group: &Group, convert: impl Fn(i64) -> Result<i64>) -> Result<Self> {
        Ok(Self {
            total: convert(group.total.ok_or_else(out_of_range)?)?.into(),
            count: group.count,
        })
    }

    fn minor(self) -> Result<Minor> {
        minor(self.total)
    }
}

/// A sum, where it can be counted exactly.
pub fn minor(sum: i128) -> Result<Minor> {
    i64::try_from(sum)
        .ok()
        .filter(|sum| sum.unsigned_abs() <= money::amount::MAX.unsigned_abs())
        .map(Minor)
        .ok_or_else(out_of_range)
}

/// The answer where a sum cannot be counted exactly.
pub fn out_of_range() -> crate::error::Error {
    Code::AmountOutOfRange
        .error()
        .detail("a sum is beyond what can be counted exactly: ask for a shorter range")
}

/// The sums of one range of dates.
#[derive(Debug, Default)]
pub struct Sums {
    rows: BTreeMap<Key, Sum>,
    /// Each expense once.
    total: Sum,
}

impl Sums {
    /// Adds to a row, and not to the total.
    pub fn add_row(&mut self, key: Key, sum: Sum) {
        *self.rows.entry(key).or_default() += sum;
    }

    /// Adds to the total.
    pub fn add_total(&mut self, sum: Sum) {
        self.total += sum;
    }
}

/// A report without its head.
pub struct Body {
    pub rows: Vec<SpendingRow>,
    pub total: Minor,
    pub count: i64,
    pub compare: Option<Comparison>,
}

/// What the rows are about, and over which dates.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    pub period: Period,
    pub by: &'a GroupBy,
    /// Whether categories of several ledgers are told apart by name.
    pub by_category_name: bool,
}

impl Frame<'_> {
    /// Refuses a range that has more days than a report by day shows.
    pub fn check(self) -> Result<()> {
        if self.by.has(GroupKey::Day) && self.period.days().nth(MAX_DAYS).is_some() {
            return Err(Code::InvalidValue
                .at("to")
                .detail(format!("a report by day covers at most {MAX_DAYS} days")));
        }
        Ok(())
    }

    /// The report on these sums, beside those of the range that it is compared with.
    pub fn body(self, sums: Sums, compared: Option<(Compare, Period, Sums)>) -> Result<Body> {
        let mut rows: BTreeMap<Key, (Sum, Sum)> = BTreeMap::new();
        for (key, sum) in sums.rows {
            rows.entry(key).or_default().0 += sum;
        }
        let mut comparison = None;
        if let Some((compare, period, sums)) = compared {
            let counterparts = self.counterparts(compare, period);
            for (mut key, sum) in sums.rows {
                key.date = key.date.and_then(|date| counterparts.get(&date).copied());
                rows.entry(key).or_default().1 += sum;
            }
            comparison = Some(Comparison {
                from: period.from,
                to: period.to,
                total: sums.total.minor()?,
                count: sums.total.count,
            });
        }
        self.fill(&mut rows);
        let mut rows: Vec<_> = rows.into_iter().collect();
        // Stable: what is equal stays in the order of the keys.
        rows.sort_by_key(|(key, (sum, _))| (key.date, -sum.total));
        let with_comparison = comparison.is_some();
        Ok(Body {
            rows: rows
                .into_iter()
                .map(|(key, sums)| self.row(key, sums, with_comparison))
                .collect::<Result<_>>()?,
            total: sums.total.minor()?,
            count: sums.total.count,
            compare: comparison,
        })
    }

    /// Which date of the report each date of the compared range stands beside: a year later, or the one of the same
    /// number. What has none, because months are not all as long, stands beside the last.
    fn counterparts(self, compare: Compare, compared: Period) -> BTreeMap<NaiveDate, NaiveDate> {
        let period = self.period;
        if self.by.has(GroupKey::Day) && compare == Compare::Year {
            let a_year_later = |day: NaiveDate| {
                let later = day.checked_add_months(Months::new(12));
                (
                    day,
                    later.unwrap_or(period.to).clamp(period.from, period.to),
                )
            };
            return compared.days().map(a_year_later).collect();
        }
        let dates = self.dates(period);
        let beside = |(number, date)| {
            let counterpart = dates.get(number).or(dates.last());
            (date, counterpart.copied().unwrap_or(period.to))
        };
        self.dates(compared)
            .into_iter()
            .enumerate()
            .map(beside)
            .collect()
    }

    /// Every date of a range that has a row of its own.
    fn dates(self, period: Period) -> Vec<NaiveDate> {
        if self.by.has(GroupKey::Day) {
            period.days().collect()
        } else if self.by.has(GroupKey::Month) {
            period.months().collect()
        } else {
            Vec::new()
        }
    }

    /// Adds a row for each month or day that has none, and the one row of a report without keys.
    fn fill(self, rows: &mut BTreeMap<Key, (Sum, Sum)>) {
        let mut dates: Vec<_> = self.dates(self.period).into_iter().map(Some).collect();
        if self.by.keys().is_empty() {
            dates.push(None);
        }
        for date in dates {
            let least = Key {
                date,
                ..Key::default()
            };
            let is_there = rows
                .range(least.clone()..)
                .next()
                .is_some_and(|(key, _)| key.date == date);
            if !is_there {
                rows.insert(least, (Sum::default(), Sum::default()));
            }
        }
    }

    fn row(
        self,
        key: Key,
        (sum, compared): (Sum, Sum),
        with_comparison: bool,
    ) -> Result<SpendingRow> {
        let has = |key| self.by.has(key);
        let by_category = has(GroupKey::Category);
        let month = |date: NaiveDate| date.format("%Y-%m").to_string();
        Ok(SpendingRow {
            category_id: by_category.then_some(key.category_id),
            category: (by_category && self.by_category_name).then_some(key.category),
            month: key.date.filter(|_| has(GroupKey::Month)).map(month),
            day: key.date.filter(|_| has(GroupKey::Day)),
            payee: has(GroupKey::Payee).then_some(key.payee),
            tag: has(GroupKey::Tag).then_some(key.tag),
            member_id: has(GroupKey::Member).then_some(key.member_id),
            total: sum.minor()?,
            count: sum.count,
            compare_total: with_comparison.then(|| compared.minor()).transpose()?,
            compare_count: with_comparison.then_some(compared.count),
        })
    }
}
