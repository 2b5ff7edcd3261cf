//! What a member looks like from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Result};
use crate::fields::{Name, Whole};
use crate::ids::{MemberId, UserId};
use crate::ledgers::Role;

/// A place in a ledger: somebody who pays and owes, whether or not they have an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerMember {
    pub id: MemberId,
    /// The account; null for a person who has not joined.
    pub user_id: Option<UserId>,
    pub name: String,
    pub role: Role,
    /// Parts of the whole that this member bears where a split does not say.
    pub weight: i32,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    /// Since when the member has been out of what is new; null for who takes part.
    pub archived_at: Option<DateTime<Utc>>,
}

/// What a member counts for where a split does not say.
pub type Weight = Whole<0, 1_000_000>;

/// Somebody to be added, as a person without an account: an invitation lets them claim the place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// Chosen by the client, so that the same request can be sent again; a new one if left out.
    #[serde(default)]
    pub id: Option<MemberId>,
    pub name: Name,
    /// What they may do once they have joined; `editor` if left out.
    #[serde(default = "editor")]
    pub role: Role,
    /// 1 if left out.
    #[serde(default)]
    pub weight: Option<Weight>,
}

fn editor() -> Role {
    Role::Editor
}

/// What can be changed about a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberUpdate {
    pub name: Name,
    pub role: Role,
    pub weight: Weight,
    /// Archived members take part in nothing new and have no access, but stay in the balances.
    #[serde(default)]
    pub archived: bool,
}

impl MemberUpdate {
    /// The member as it is to be.
    pub fn apply(&self, before: &LedgerMember, now: DateTime<Utc>) -> LedgerMember {
        LedgerMember {
            name: self.name.as_str().to_owned(),
            role: self.role,
            weight: self.weight.get(),
            version: before.version + 1,
            archived_at: self.archived.then(|| before.archived_at.unwrap_or(now)),
            ..before.clone()
        }
    }
}

impl LedgerMember {
    /// Refuses who is no owner.
    pub fn check_owner(&self) -> Result<()> {
        if self.role == Role::Owner {
            Ok(())
        } else {
            Err(Code::Forbidden.error())
        }
    }

    /// Refuses what the role does not allow: an owner changes everybody, others only their own name.
    pub fn may_change(&self, before: &Self, after: &Self) -> Result<()> {
        let renamed = Self {
            name: after.name.clone(),
            ..before.clone()
        };
        if self.id == before.id && renamed.is_like(after) {
            Ok(())
        } else {
            self.check_owner()
        }
    }

    /// Whether both say the same, whatever their versions.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.user_id, self.role, self.weight) == (other.user_id, other.role, other.weight)
            && self.name == other.name
            && self.archived_at.is_some() == other.archived_at.is_some()
    }
}
