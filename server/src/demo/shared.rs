//! Two ledgers that the demonstration account shares with others: a flat, and a trip of five in four currencies.

use chrono::{Datelike, Days, Months, NaiveDate};
use money::currency::Currency;
use serde_json::{Value, json};

use super::NAME;
use crate::auth::User;
use crate::categories;
use crate::db::{About, Tx};
use crate::error::{Code, Result};
use crate::expenses::{self, Ground};
use crate::history::{Action, Entity};
use crate::ids::{CategoryId, LedgerId, MemberId};
use crate::ledgers::{self, Member, Role, store::LedgerDraft};
use crate::members::{self, store::MemberDraft};

/// For how many months the flat has been shared.
const MONTHS: u32 = 12;

/// Who pays how much for what, in a ledger of several people.
struct Entry<'a> {
    on: NaiveDate,
    payee: &'a str,
    /// Empty for money that one gives to another.
    category: &'a str,
    /// In minor units, with the currency and the rate where it is another.
    amount: i64,
    money: Option<(&'static str, &'static str)>,
    /// Who paid, by place among the people, and how much.
    paid_by: Vec<(usize, i64)>,
    mode: &'a str,
    /// Who takes part, by place among the people, and with which value.
    parts: Vec<(usize, Option<i64>)>,
}

/// A ledger with people in it.
struct Group {
    member: Member,
    people: Vec<MemberId>,
}

impl Group {
    /// Makes the ledger; the account is the first of the people, the others have none.
    async fn found(tx: &mut Tx, user: &User, name: &str, others: &[&str]) -> Result<Self> {
        let currency: Currency = ledgers::store::currency("EUR")?;
        let draft = LedgerDraft {
            id: LedgerId::new(),
            name,
            currency,
            personal: false,
        };
        ledgers::store::insert(tx, &draft).await?;
        let ledger = ledgers::found(tx, &draft, user.id, NAME).await?;
        let member = ledgers::store::member(&mut **tx, draft.id, user.id)
            .await?
            .ok_or_else(|| Code::NotFound.error())?;
        categories::insert_defaults(tx, draft.id, member.id, user.locale.as_str()).await?;
        let mut people = vec![ledger.member_id];
        for name in others {
            let draft = MemberDraft {
                id: MemberId::new(),
                user_id: None,
                name,
                role: Role::Editor,
                weight: 1,
            };
            let added = members::store::insert(tx, member.ledger_id, &draft).await?;
            let about = About {
                ledger_id: member.ledger_id,
                actor: Some(member.id),
                entity: Entity::Member,
                entity_id: added.id.0,
                action: Action::Create,
            };
            tx.record(about, None, Some(&added))?;
            people.push(added.id);
        }
        Ok(Self { member, people })
    }

    /// Adds what its people have spent, and gives how many.
    async fn spend(&self, tx: &mut Tx, today: NaiveDate, entries: &[Entry<'_>]) -> Result<usize> {
        let roster = members::roster(&mut **tx, self.member.ledger_id).await?;
        let categories = categories::store::list(&mut **tx, self.member.ledger_id).await?;
        let ground = Ground {
            member: &self.member,
            roster: &roster,
            today,
            defaults: &[],
            before: None,
        };
        for entry in entries {
            let category = categories.iter().find(|one| one.name == entry.category);
            if category.is_none() && !entry.category.is_empty() {
                return Err(anyhow::anyhow!("there is no category {}", entry.category).into());
            }
            let body = self.body(entry, category.map(|one| one.id));
            expenses::add(tx, &serde_json::from_value(body)?, &ground).await?;
        }
        Ok(entries.len())
    }

    fn body(&self, entry: &Entry<'_>, category_id: Option<CategoryId>) -> Value {
        let member = |place: usize| self.people.get(place);
        let paid_by = entry
            .paid_by
            .iter()
            .map(|(place, amount)| json!({ "member_id": member(*place), "amount": amount }));
        let parts = entry
            .parts
            .iter()
            .map(|(place, value)| json!({ "member_id": member(*place), "value": value }));
        json!({
            "kind": if entry.category.is_empty() { "settlement" } else { "expense" },
            "spent_on": entry.on, "payee": entry.payee, "category_id": category_id, "amount": entry.amount,
            "currency": entry.money.map(|(currency, _)| currency),
            "rate": entry.money.map(|(_, rate)| rate),
            "paid_by": paid_by.collect::<Vec<_>>(),
            "split": { "mode": entry.mode, "parts": parts.collect::<Vec<_>>() },
        })
    }
}

/// Makes both ledgers, and gives how many expenses they have.
pub async fn fill(tx: &mut Tx, user: &User, today: NaiveDate) -> Result<usize> {
    let flat = Group::found(tx, user, "Flat in Linden Street", &["Mia", "Jonas"]).await?;
    let of_flat = flat.spend(tx, today, &rent_and_food(today)).await?;
    let others = ["Aisha", "Ben", "Chloé", "Dmitri"];
    let trip = Group::found(tx, user, "Lisbon to Fez", &others).await?;
    let of_trip = trip.spend(tx, today, &travels(today)).await?;
    Ok(of_flat + of_trip)
}

const THREE: [usize; 3] = [0, 1, 2];
const FIVE: [usize; 5] = [0, 1, 2, 3, 4];

/// One pays, some share equally.
fn equally<'a>(
    on: NaiveDate,
    (payee, category): (&'a str, &'a str),
    (by, amount): (usize, i64),
    among: &[usize],
) -> Entry<'a> {
    Entry {
        on,
        payee,
        category,
        amount,
        money: None,
        paid_by: vec![(by, amount)],
        mode: "equal",
        parts: among.iter().map(|place| (*place, None)).collect(),
    }
}

/// One gives money to another.
fn settled(on: NaiveDate, payee: &str, from: usize, to: usize, amount: i64) -> Entry<'_> {
    equally(on, (payee, ""), (from, amount), &[to])
}

/// A year of a flat: rent by the size of the rooms, the rest in equal parts, settled each month but the present one.
fn rent_and_food(today: NaiveDate) -> Vec<Entry<'static>> {
    let this_month = today.with_day(1).unwrap_or(today);
    let mut entries = Vec::new();
    for back in (0..=MONTHS).rev() {
        let Some(first) = this_month.checked_sub_months(Months::new(back)) else {
            continue;
        };
        let on = |day: u64| first + Days::new(day - 1);
        let n = i64::from(MONTHS - back);
        let mut rent = equally(on(1), ("Rent", "Rent"), (0, 126_000), &THREE);
        rent.mode = "shares";
        rent.parts = vec![(0, Some(5)), (1, Some(4)), (2, Some(3))];
        entries.push(rent);
        entries.push(equally(
            on(5),
            ("Fibre internet", "Internet and phone"),
            (1, 3_990),
            &THREE,
        ));
        entries.push(equally(
            on(12),
            ("City power", "Utilities"),
            (2, 8_640 + 37 * n),
            &THREE,
        ));
        for (day, payer, amount) in [(3, 1, 4_312), (9, 2, 3_879), (16, 0, 5_104), (23, 1, 4_655)] {
            entries.push(equally(
                on(day),
                ("Supermarket", "Groceries"),
                (payer, amount + 53 * n),
                &THREE,
            ));
        }
        entries.push(equally(
            on(19),
            ("Drugstore", "Household"),
            (2, 1_847 + 11 * n),
            &[1, 2],
        ));
        if back > 0 {
            entries.push(settled(on(28), "Rent and the rest", 1, 0, 36_000));
            entries.push(settled(on(28), "Rent and the rest", 2, 0, 25_500));
        }
    }
    entries.retain(|entry| entry.on <= today);
    entries
}

/// Ten days of five people, with every way of splitting, three weeks ago.
fn travels(today: NaiveDate) -> Vec<Entry<'static>> {
    let first = today - Days::new(21);
    let mut entries = in_lisbon(first);
    entries.extend(in_morocco(first + Days::new(3)));
    entries.push(settled(first + Days::new(12), "By bank", 1, 0, 5_000));
    entries
}

/// The same, split in another way.
fn split(
    mode: &'static str,
    parts: &[(usize, Option<i64>)],
    entry: Entry<'static>,
) -> Entry<'static> {
    Entry {
        mode,
        parts: parts.to_vec(),
        ..entry
    }
}

fn in_lisbon(first: NaiveDate) -> Vec<Entry<'static>> {
    let on = |day: u64| first + Days::new(day);
    let mut flights = equally(on(0), ("Flights to Lisbon", "Journey"), (1, 61_250), &FIVE);
    flights.paid_by = vec![(1, 40_000), (3, 21_250)];
    let rooms = [2_500, 2_500, 2_000, 1_500, 1_500].map(Some);
    let rooms: Vec<_> = rooms.into_iter().enumerate().collect();
    let lodging = equally(on(0), ("Pensão Alfama", "Lodging"), (0, 48_000), &FIVE);
    let dinner = equally(on(1), ("Tasca do Chico", "Eating out"), (2, 14_870), &FIVE);
    let wine = [
        (0, None),
        (1, None),
        (2, Some(1_200)),
        (3, None),
        (4, Some(-650)),
    ];
    let museum = equally(on(2), ("Tile museum", "Going out"), (4, 3_500), &FIVE);
    let tickets = [
        (0, Some(1_000)),
        (1, Some(1_000)),
        (2, Some(1_000)),
        (4, Some(500)),
    ];
    vec![
        flights,
        split("percent", &rooms, lodging),
        split("adjusted", &wine, dinner),
        split("exact", &tickets, museum),
        equally(on(2), ("Tram 28", "Public transport"), (0, 1_450), &FIVE),
    ]
}

fn in_morocco(first: NaiveDate) -> Vec<Entry<'static>> {
    let on = |day: u64| first + Days::new(day);
    let abroad = |currency, rate, entry: Entry<'static>| Entry {
        money: Some((currency, rate)),
        ..entry
    };
    let dirham = |entry| abroad("MAD", "0.0925", entry);
    let riad = dirham(equally(
        on(2),
        ("Riad Yacout", "Lodging"),
        (3, 512_000),
        &FIVE,
    ));
    let nights = [2, 2, 1, 1, 2].map(Some);
    let nights: Vec<_> = nights.into_iter().enumerate().collect();
    let insurance = equally(on(0), ("Travel insurance", "Insurance"), (2, 9_600), &FIVE);
    let balloon = equally(
        on(5),
        ("Balloon over the Atlas", "Going out"),
        (2, 36_000),
        &[0, 2, 4],
    );
    vec![
        equally(on(0), ("Ferry to Tangier", "Journey"), (4, 23_500), &FIVE),
        abroad("GBP", "1.1480", insurance),
        dirham(equally(
            on(1),
            ("Train to Fez", "Public transport"),
            (1, 92_500),
            &FIVE,
        )),
        split("shares", &nights, riad),
        dirham(equally(
            on(3),
            ("Café Clock", "Eating out"),
            (4, 68_300),
            &FIVE,
        )),
        dirham(equally(
            on(4),
            ("Guide through the medina", "Going out"),
            (0, 60_000),
            &[0, 1, 3],
        )),
        abroad("USD", "0.9215", balloon),
        dirham(equally(
            on(6),
            ("Taxi to the airport", "Public transport"),
            (3, 35_000),
            &FIVE,
        )),
    ]
}
