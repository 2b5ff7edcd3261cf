//! What a ledger looks like from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Role;
use crate::expenses::{DefaultSplit, Split};
use crate::fields::{CurrencyCode, Name};
use crate::ids::{LedgerId, MemberId};

/// A set of expenses with its members, categories and one base currency, as the caller sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Ledger {
    pub id: LedgerId,
    pub name: String,
    /// ISO 4217. Fixed once the ledger is made.
    pub currency: String,
    /// Whether this is the caller's own, made at sign-up.
    pub personal: bool,
    /// What the caller may do here.
    pub role: Role,
    /// How new expenses are split where neither they nor their category say.
    #[schema(value_type = Option<Split>)]
    pub default_split: Option<DefaultSplit>,
    /// Who the caller is here.
    pub member_id: MemberId,
    /// The number of the latest change.
    pub seq: i64,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
}

/// A ledger as its history keeps it: without what depends on who looks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LedgerState {
    pub id: LedgerId,
    pub name: String,
    pub currency: String,
    pub personal: bool,
    #[serde(default)]
    pub default_split: Option<DefaultSplit>,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub archived_at: Option<DateTime<Utc>>,
}

impl From<&Ledger> for LedgerState {
    fn from(ledger: &Ledger) -> Self {
        Self {
            id: ledger.id,
            name: ledger.name.clone(),
            currency: ledger.currency.clone(),
            personal: ledger.personal,
            default_split: ledger.default_split.clone(),
            version: ledger.version,
            created_at: ledger.created_at,
            archived_at: ledger.archived_at,
        }
    }
}

/// A ledger to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLedger {
    /// Chosen by the client, so that the same request can be sent again; a new one if left out.
    #[serde(default)]
    pub id: Option<LedgerId>,
    pub name: Name,
    pub currency: CurrencyCode,
}

/// What can be changed about a ledger.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LedgerUpdate {
    pub name: Name,
    /// `equal`, `shares` or `percent`; none if left out.
    #[serde(default)]
    pub default_split: Option<Split>,
    /// Archived ledgers are kept and read, and stand last.
    #[serde(default)]
    pub archived: bool,
}
