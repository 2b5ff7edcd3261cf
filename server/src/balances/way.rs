//! The way to what two members owe each other.

use chrono::{Datelike, NaiveDate};
use money::debt;
use money::settle::Transfer;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use uuid::Uuid;

use super::model::Step;
use super::store::{self, Shared};
use crate::error::{Code, Result};
use crate::fields::Minor;
use crate::ids::{ExpenseId, LedgerId, MemberId};
use crate::page;

/// A place in the way.
pub type Place = (NaiveDate, ExpenseId);

/// Where a page of the way begins: after an expense; of the way between two, with where they stood before that one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cursor {
    Known(NaiveDate, ExpenseId, Standing),
    Place(NaiveDate, ExpenseId),
}

/// What `with` owed `member` before an expense, as of one moment of the ledger.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Standing {
    moment: Uuid,
    member: MemberId,
    with: MemberId,
    balance: i64,
}

impl Cursor {
    /// Reads a cursor, if it is one of ours.
    pub fn read(cursor: &str) -> Result<Self> {
        let cursor: Self = page::decode(cursor)?;
        if page::YEARS.contains(&cursor.place().0.year()) {
            Ok(cursor)
        } else {
            Err(Code::CursorInvalid.at("cursor"))
        }
    }

    /// The cursor after a step.
    pub fn after(step: &Step, between: Option<Between>) -> Self {
        let Some(Between {
            moment,
            pair: (member, with),
        }) = between
        else {
            return Self::Place(step.spent_on, step.expense_id);
        };
        let standing = Standing {
            moment,
            member,
            with,
            balance: step.balance.0 - step.amount.0,
        };
        Self::Known(step.spent_on, step.expense_id, standing)
    }

    /// The expense after which the page begins.
    pub const fn place(self) -> Place {
        match self {
            Self::Known(date, id, _) | Self::Place(date, id) => (date, id),
        }
    }

    /// How the two stand there, if nothing has happened since.
    fn balance(self, between: Between) -> Option<i64> {
        match self {
            Self::Known(.., standing) => (standing.moment == between.moment
                && (standing.member, standing.with) == between.pair)
                .then_some(standing.balance),
            Self::Place(..) => None,
        }
    }
}

/// Which two, and at which moment of the ledger.
#[derive(Debug, Clone, Copy)]
pub struct Between {
    pub moment: Uuid,
    pub pair: (MemberId, MemberId),
}

/// How many expenses are looked at at a time: of some, the two owe each other nothing.
const CHUNK: i64 = 200;

/// One page of what each expense has moved of what `with` owes `member`, newest first, from before a place on. The balance
/// after each is the present one less what is newer: the first page reads little more than it shows, and so does the next, to
/// which the one before has told how they stood. If something has happened in between, all that is newer is read again.
pub async fn between(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    between: Between,
    cursor: Option<Cursor>,
    limit: i64,
) -> Result<Vec<Step>> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let pair = between.pair;
    let before = cursor.map(Cursor::place);
    let known = cursor.and_then(|cursor| Some((cursor.balance(between)?, cursor.place())));
    let (mut balance, mut place) = match known {
        Some((balance, place)) => (i128::from(balance), place),
        // The newest comes after the end of all days.
        None => (
            owed(connection, ledger_id, pair).await?,
            (NaiveDate::MAX, ExpenseId(Uuid::max())),
        ),
    };
    let mut steps = Vec::new();
    while steps.len() < limit {
        let expenses = store::between(&mut *connection, ledger_id, pair, place, CHUNK).await?;
        let Some(last) = expenses.last() else {
            break;
        };
        place = (last.spent_on, last.id);
        for expense in expenses {
            let amount = moved(&expense, pair)?;
            let is_on_page = before.is_none_or(|before| (expense.spent_on, expense.id) < before);
            if amount != 0 && is_on_page && steps.len() < limit {
                steps.push(step(expense, amount, balance)?);
            }
            balance -= i128::from(amount);
        }
    }
    Ok(steps)
}

/// What `with` owes `member` now.
async fn owed(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    pair: (MemberId, MemberId),
) -> Result<i128> {
    let mut debts = store::owed_to_single_payers(&mut *connection, ledger_id).await?;
    for expense in store::of_several_payers(&mut *connection, ledger_id).await? {
        debts.extend(debts_of(&expense)?);
    }
    Ok(debts
        .iter()
        .map(|debt| i128::from(signed(debt, pair)))
        .sum())
}

/// What an expense has moved.
fn moved(expense: &Shared, pair: (MemberId, MemberId)) -> Result<i64> {
    let debts = debts_of(expense)?;
    Ok(debts.iter().map(|debt| signed(debt, pair)).sum())
}

fn debts_of(expense: &Shared) -> Result<Vec<Transfer<MemberId>>> {
    let seed = expense.id.to_string();
    debt::debts(store::moves(expense.kind), &expense.shares, &seed)
        .map_err(|_| store::out_of_range())
}

/// A debt as far as it is between the two.
fn signed(debt: &Transfer<MemberId>, (member, with): (MemberId, MemberId)) -> i64 {
    match (debt.from, debt.to) {
        pair if pair == (with, member) => debt.amount,
        pair if pair == (member, with) => -debt.amount,
        _ => 0,
    }
}

fn step(expense: Shared, amount: i64, balance: i128) -> Result<Step> {
    let balance = i64::try_from(balance)
        .ok()
        .filter(|balance| balance.unsigned_abs() <= money::amount::MAX.unsigned_abs())
        .ok_or_else(store::out_of_range)?;
    Ok(Step {
        expense_id: expense.id,
        spent_on: expense.spent_on,
        payee: expense.payee,
        kind: expense.kind,
        amount: Minor(amount),
        balance: Minor(balance),
    })
}
