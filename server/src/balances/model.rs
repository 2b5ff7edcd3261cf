//! What balances look like from outside.

use chrono::NaiveDate;
use money::settle::Transfer;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::expenses::Kind;
use crate::fields::{CurrencyCode, Minor};
use crate::ids::{ExpenseId, MemberId};
use crate::page::Limit;

/// How to settle up.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SettleQuery {
    /// Whether `transfers` are the fewest that make everybody even, or what each really owes each.
    #[serde(default = "yes")]
    #[param(value_type = Option<bool>, default = true)]
    pub simplify: bool,
}

const fn yes() -> bool {
    true
}

/// Where the members of a ledger stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    #[schema(value_type = CurrencyCode)]
    pub currency: CurrencyCode,
    /// Everybody who is not archived, and of the others those with shares.
    pub members: Vec<MemberBalance>,
    /// Who pays whom, so that all are even. A part of one that has been paid is taken off, and the others stay as they are.
    pub transfers: Vec<PlannedTransfer>,
    /// Whether it was certain, when the plan was made, that there is none with fewer transfers. It is for up to 12 people
    /// who are not even.
    pub exact: bool,
}

/// Where one member stands, in minor units of the ledger's currency. Income counts the other way round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberBalance {
    pub member_id: MemberId,
    pub paid: Minor,
    pub owed: Minor,
    /// `paid − owed`: what is to come back, or to be given where it is below zero. All of a ledger's add up to zero.
    pub net: Minor,
}

/// Money that one member is to give to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlannedTransfer {
    pub from: MemberId,
    pub to: MemberId,
    /// Above zero, in minor units of the ledger's currency.
    pub amount: Minor,
}

impl From<Transfer<MemberId>> for PlannedTransfer {
    fn from(Transfer { from, to, amount }: Transfer<MemberId>) -> Self {
        Self {
            from,
            to,
            amount: Minor(amount),
        }
    }
}

/// Which way to a balance.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WayQuery {
    /// Only what the member and this one owe each other.
    #[param(value_type = Option<MemberId>)]
    pub with: Option<MemberId>,
    /// Where the page begins: the `next_cursor` of the page before it.
    pub cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Limit,
}

/// An expense that has moved a balance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BalanceStep)]
pub struct Step {
    pub expense_id: ExpenseId,
    pub spent_on: NaiveDate,
    pub payee: String,
    pub kind: Kind,
    /// What it has moved the balance by, in minor units of the ledger's currency.
    pub amount: Minor,
    /// The balance after it.
    pub balance: Minor,
}
