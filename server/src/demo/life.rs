//! What somebody spends and earns in three years: made up by rule and by dice, the same for the same day.

use chrono::{Datelike, Months, NaiveDate, Weekday};

use super::habits::{HABITS, Habit, MONTHLY, Monthly, YEARLY};
use super::trips;
use crate::expenses::Kind;

/// How long it goes back.
const MONTHS: u32 = 36;
/// Any number will do: another one is another life.
const SEED: u64 = 0x006f_7574_6c61_7921;

/// A currency, and what one unit of it is worth in euros where it is another.
#[derive(Debug, Clone, Copy)]
pub struct Money {
    pub currency: &'static str,
    pub rate: Option<&'static str>,
}

/// The ledger's own.
pub const EURO: Money = Money {
    currency: "EUR",
    rate: None,
};

/// One expense, in words.
#[derive(Debug, Clone)]
pub struct Entry {
    pub on: NaiveDate,
    pub kind: Kind,
    /// Minor units of the money's currency.
    pub amount: i64,
    pub money: Money,
    pub payee: &'static str,
    pub category: &'static str,
    pub note: &'static str,
    pub tags: &'static [&'static str],
}

/// Everything up to today, by date.
pub fn entries(today: NaiveDate) -> Vec<Entry> {
    let first = today
        .checked_sub_months(Months::new(MONTHS))
        .unwrap_or(today);
    let mut dice = Dice(SEED);
    let mut entries = Vec::new();
    for day in first.iter_days().take_while(|day| *day <= today) {
        let year = age(first, day);
        entries.extend(
            MONTHLY
                .iter()
                .filter(|one| one.is_on(day))
                .map(|one| one.entry(day, year)),
        );
        entries.extend(
            YEARLY
                .iter()
                .filter(|one| one.month == day.month() && one.day == day.day())
                .map(|one| Entry {
                    on: day,
                    kind: one.kind,
                    amount: one.amount,
                    money: EURO,
                    payee: one.payee,
                    category: one.category,
                    note: one.note,
                    tags: one.tags,
                }),
        );
        // Who is away neither shops nor fuels at home.
        if !trips::is_away(first, day) {
            entries.extend(
                HABITS
                    .iter()
                    .filter_map(|habit| habit.on(day, year, &mut dice)),
            );
        }
    }
    entries.extend(trips::entries(first, &mut dice));
    entries.retain(|entry| entry.on <= today);
    entries.sort_by_key(|entry| entry.on);
    entries
}

/// How many whole years lie between.
fn age(first: NaiveDate, day: NaiveDate) -> i64 {
    i64::from(day.years_since(first).unwrap_or_default())
}

/// Prices rise by 3 % a year; whole steps only.
fn risen(amount: i64, year: i64, step: i64) -> i64 {
    (amount + amount * 3 * year / 100) / step * step
}

impl Monthly {
    fn is_on(&self, day: NaiveDate) -> bool {
        // Every month, or every third.
        day.day() == self.day && day.month0().is_multiple_of(self.every)
    }

    fn entry(&self, on: NaiveDate, year: i64) -> Entry {
        Entry {
            on,
            kind: self.kind,
            amount: risen(self.amount, year, self.step),
            money: EURO,
            payee: self.payee,
            category: self.category,
            note: "",
            tags: self.tags,
        }
    }
}

impl Habit {
    /// What it brings on a day, if anything.
    fn on(&self, on: NaiveDate, year: i64, dice: &mut Dice) -> Option<Entry> {
        let is_shut = on.weekday() == Weekday::Sun && !self.on_sundays;
        // Before Christmas people spend more.
        let per_mille = if on.month() == 12 && on.day() <= 24 {
            self.per_mille * 5 / 4
        } else {
            self.per_mille
        };
        if !dice.chance(per_mille) || is_shut {
            return None;
        }
        let amount = dice.between(self.least, self.most);
        let is_refund = dice.chance(self.refunds_per_mille);
        let (note, tags) = dice.pick(self.extras);
        Some(Entry {
            on,
            kind: Kind::Expense,
            amount: risen(amount, year, self.step) * if is_refund { -1 } else { 1 },
            money: EURO,
            payee: dice.pick(self.payees),
            category: self.category,
            note: if is_refund { "Sent back" } else { note },
            tags,
        })
    }
}

/// Numbers that look random and are not (`SplitMix64`).
pub struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True so many times in a thousand.
    fn chance(&mut self, per_mille: u64) -> bool {
        self.next() % 1000 < per_mille
    }

    /// A number of the range, small ones more often than large ones.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        let width = u64::try_from(most - least + 1).unwrap_or(1);
        let offset = (self.next() % width).min(self.next() % width);
        least + i64::try_from(offset).unwrap_or_default()
    }

    /// One of several, of which there is at least one.
    pub fn pick<T: Copy>(&mut self, several: &[T]) -> T {
        let count = u64::try_from(several.len()).unwrap_or(1).max(1);
        several[usize::try_from(self.next() % count).unwrap_or_default()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn today() -> NaiveDate {
        "2026-11-22".parse().unwrap()
    }

    #[test]
    fn the_same_day_has_the_same_life() {
        let all = |entries: Vec<Entry>| format!("{entries:?}");
        assert_eq!(all(entries(today())), all(entries(today())));
    }

    #[test]
    fn it_is_three_years_up_to_today_with_something_of_everything() {
        let entries = entries(today());
        assert!((1500..4000).contains(&entries.len()), "{}", entries.len());
        assert!(
            entries
                .iter()
                .all(|entry| entry.on <= today() && entry.amount != 0)
        );
        assert!(entries.iter().any(|entry| entry.amount < 0));
        assert!(entries.iter().any(|entry| entry.money.rate.is_some()));
        assert!(entries.iter().any(|entry| entry.kind == Kind::Income));
        let dentist = |entry: &&Entry| entry.payee.contains("dentist") && entry.on.year() == 2025;
        assert!(entries.iter().find(dentist).is_some());
    }

    #[test]
    fn it_is_a_life_that_one_can_afford() {
        let entries = entries(today());
        let sum = |kind| -> i64 {
            let own = entries
                .iter()
                .filter(|entry| entry.kind == kind && entry.money.rate.is_none());
            own.map(|entry| entry.amount).sum()
        };
        let (earned, spent) = (sum(Kind::Income), sum(Kind::Expense));
        assert!(
            spent * 10 > earned * 7 && spent < earned,
            "{spent} of {earned}"
        );
    }
}
