//! Holidays, some of them in other currencies.

use chrono::{Days, Months, NaiveDate};

use super::life::{Dice, EURO, Entry, Money};
use crate::expenses::Kind;

/// Some days elsewhere.
struct Trip {
    /// When it begins: so many months and days after the first day of all.
    months: u32,
    days_after: u64,
    days: u64,
    money: Money,
    tags: &'static [&'static str],
    /// Paid before, in euros.
    journey: (&'static str, i64),
    lodging: (&'static str, i64),
    /// What each day brings, in minor units of the trip's money: payees, category, least and most.
    daily: &'static [Daily],
}

type Daily = (&'static [&'static str], &'static str, i64, i64);

/// What somebody does anywhere, in the prices of the place.
macro_rules! daily {
    ($unit:literal, [$($restaurant:literal),+], [$($sight:literal),+]) => {
        &[
            (&[$($restaurant),+], "Eating out", 14 * $unit, 48 * $unit),
            (&["Bakery", "Coffee bar"], "Coffee and snacks", 3 * $unit, 9 * $unit),
            (&[$($sight),+], "Going out", 8 * $unit, 30 * $unit),
        ]
    };
}

const TRIPS: &[Trip] = &[
    Trip {
        months: 4,
        days_after: 9,
        days: 3,
        money: Money {
            currency: "CZK",
            rate: Some("0.0398"),
        },
        tags: &["holiday", "prague"],
        journey: ("Rail", 8_980),
        lodging: ("Hotel Vltava", 24_600),
        daily: daily!(
            2_500,
            ["At the Golden Well", "Cellar No. 9"],
            ["Castle tickets", "Black Light Theatre"]
        ),
    },
    Trip {
        months: 8,
        days_after: 3,
        days: 12,
        money: EURO,
        tags: &["holiday", "italy"],
        journey: ("Rail", 21_800),
        lodging: ("Casa Gelsomino", 78_000),
        daily: daily!(
            100,
            ["Osteria del Porto", "Pizzeria Vesuvio"],
            ["Boat to the island", "Museum"]
        ),
    },
    Trip {
        months: 17,
        days_after: 12,
        days: 14,
        money: Money {
            currency: "JPY",
            rate: Some("0.0061"),
        },
        tags: &["holiday", "japan"],
        journey: ("Skyways", 89_400),
        lodging: ("Ryokan Sakura", 112_000),
        daily: daily!(
            150,
            ["Ramen Ichi", "Izakaya Kaze"],
            ["Temple garden", "Aquarium"]
        ),
    },
    Trip {
        months: 23,
        days_after: 20,
        days: 5,
        money: Money {
            currency: "CHF",
            rate: Some("1.0412"),
        },
        tags: &["holiday", "hiking"],
        journey: ("Rail", 15_600),
        lodging: ("Mountain Hut", 31_500),
        daily: daily!(
            120,
            ["Gasthaus Alpenblick", "Hut kitchen"],
            ["Cable car", "Thermal bath"]
        ),
    },
    Trip {
        months: 31,
        days_after: 6,
        days: 11,
        money: Money {
            currency: "USD",
            rate: Some("0.9214"),
        },
        tags: &["holiday", "usa"],
        journey: ("Skyways", 71_200),
        lodging: ("Harbor Inn", 98_500),
        daily: daily!(
            120,
            ["Clam Shack", "Corner Diner"],
            ["Whale watching", "Ball game"]
        ),
    },
];

impl Trip {
    fn begins(&self, first: NaiveDate) -> NaiveDate {
        first + Months::new(self.months) + Days::new(self.days_after)
    }

    fn is_on(&self, first: NaiveDate, day: NaiveDate) -> bool {
        let begins = self.begins(first);
        (begins..begins + Days::new(self.days)).contains(&day)
    }

    fn entries(&self, first: NaiveDate, dice: &mut Dice) -> Vec<Entry> {
        let begins = self.begins(first);
        let entry = |on, amount, money, payee, category, note| Entry {
            on,
            kind: Kind::Expense,
            amount,
            money,
            payee,
            category,
            note,
            tags: self.tags,
        };
        let (journey, lodging) = (self.journey, self.lodging);
        let booked = begins - Days::new(40);
        let mut entries = vec![
            entry(
                booked,
                journey.1,
                EURO,
                journey.0,
                "Journey",
                "There and back",
            ),
            entry(booked, lodging.1, EURO, lodging.0, "Lodging", ""),
        ];
        for day in begins.iter_days().take_while(|day| self.is_on(first, *day)) {
            for (payees, category, least, most) in self.daily {
                let amount = dice.between(*least, *most);
                entries.push(entry(
                    day,
                    amount,
                    self.money,
                    dice.pick(payees),
                    category,
                    "",
                ));
            }
        }
        entries
    }
}

/// Whether a day is one of a trip.
pub fn is_away(first: NaiveDate, day: NaiveDate) -> bool {
    TRIPS.iter().any(|trip| trip.is_on(first, day))
}

/// What all trips bring.
pub fn entries(first: NaiveDate, dice: &mut Dice) -> Vec<Entry> {
    TRIPS
        .iter()
        .flat_map(|trip| trip.entries(first, dice))
        .collect()
}
