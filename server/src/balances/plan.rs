//! The plan that settles a ledger.

use std::collections::BTreeMap;

use money::balance::{self, Balance, Kind, Share};
use money::debt;
use money::settle::{self, Settlement, Transfer};
use sqlx::PgConnection;

use super::store;
use crate::error::{Error, Result};
use crate::ids::{LedgerId, MemberId};

/// Where everybody with shares stands.
pub fn balances(sums: &[Share<MemberId>]) -> Result<BTreeMap<MemberId, Balance>> {
    let entries = sums.iter().map(|sum| (Kind::Expense, [*sum]));
    balance::balances(entries).map_err(|_| store::out_of_range())
}

/// The fewest transfers. What has been paid since the last expense is taken off the plan of before it, so that the rest of
/// that stays as people know it; only where something else was paid than was planned, there is a new one.
pub fn fewest(
    balances: &BTreeMap<MemberId, Balance>,
    payments: &[Transfer<MemberId>],
) -> Result<Settlement<MemberId>> {
    let mut before: BTreeMap<MemberId, i64> = balances
        .iter()
        .map(|(member, balance)| (*member, balance.net))
        .collect();
    let now: Vec<_> = before.clone().into_iter().collect();
    for payment in payments {
        *before.entry(payment.from).or_default() -= payment.amount;
        *before.entry(payment.to).or_default() += payment.amount;
    }
    let before: Vec<_> = before.into_iter().collect();
    if !payments.is_empty()
        && let Ok(mut plan) = settle::settle(&before)
        && payments.iter().all(|payment| plan.pay(payment))
    {
        return Ok(plan);
    }
    settle::settle(&now).map_err(|error| Error::Internal(error.into()))
}

/// What each really owes each.
pub async fn owed(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
) -> Result<Vec<Transfer<MemberId>>> {
    let mut debts = store::owed_to_single_payers(&mut *connection, ledger_id).await?;
    for expense in store::of_several_payers(connection, ledger_id).await? {
        let seed = expense.id.to_string();
        debts.extend(
            debt::debts(store::moves(expense.kind), &expense.shares, &seed)
                .map_err(|_| store::out_of_range())?,
        );
    }
    debt::net(debts).map_err(|_| store::out_of_range())
}
