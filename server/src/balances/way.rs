//! The way to what two members owe each other.

use chrono::NaiveDate;
use money::debt;

use super::model::Step;
use super::store::{self, Shared};
use crate::error::Result;
use crate::fields::Minor;
use crate::ids::{ExpenseId, MemberId};

/// Where a page of the way begins.
pub type Place = (NaiveDate, ExpenseId);

/// What each expense has moved of what `with` owes `member`, newest first, from before a place on.
pub fn between(
    member: MemberId,
    with: MemberId,
    expenses: &[Shared],
    before: Option<Place>,
    limit: i64,
) -> Result<Vec<Step>> {
    let mut steps = Vec::new();
    let mut balance = 0_i64;
    for expense in expenses {
        let seed = expense.id.to_string();
        let debts = debt::debts(store::moves(expense.kind), &expense.shares, &seed)
            .map_err(|_| store::out_of_range())?;
        let amount: i64 = debts
            .iter()
            .map(|debt| match (debt.from, debt.to) {
                pair if pair == (with, member) => debt.amount,
                pair if pair == (member, with) => -debt.amount,
                _ => 0,
            })
            .sum();
        if amount == 0 {
            continue;
        }
        balance = balance
            .checked_add(amount)
            .filter(|balance| balance.abs() <= money::amount::MAX)
            .ok_or_else(store::out_of_range)?;
        steps.push(Step {
            expense_id: expense.id,
            spent_on: expense.spent_on,
            payee: expense.payee.clone(),
            kind: expense.kind,
            amount: Minor(amount),
            balance: Minor(balance),
        });
    }
    steps.reverse();
    Ok(steps
        .into_iter()
        .filter(|step| before.is_none_or(|place| (step.spent_on, step.expense_id) < place))
        .take(usize::try_from(limit).unwrap_or(usize::MAX))
        .collect())
}
