//! Changing a member and taking somebody out of a ledger, with what follows from it.

use chrono::{DateTime, Utc};

use super::{LedgerMember, store};
use crate::db::{About, Tx};
use crate::error::Result;
use crate::expenses::is_in_default_split;
use crate::history::{Action, Entity};
use crate::ids::MemberId;
use crate::invites::revoke_those_of;
use crate::ledgers::{Member, Role};

/// Writes a locked member as it is to be. Who is no owner any more, or no longer there, has invited nobody.
pub async fn change(
    tx: &mut Tx,
    by: &Member,
    before: &LedgerMember,
    after: &LedgerMember,
) -> Result<()> {
    let goes = before.archived_at.is_none() && after.archived_at.is_some();
    let steps_down = before.role == Role::Owner && after.role != Role::Owner;
    let unties = before.user_id.is_some() && after.user_id.is_none();
    if goes || unties || (steps_down && before.user_id.is_some()) {
        revoke_those_of(tx, by.ledger_id, before.id, by.id).await?;
    }
    store::update(tx, by.ledger_id, after).await?;
    let action = match (before.archived_at.is_some(), after.archived_at.is_some()) {
        (false, true) => Action::Delete,
        (true, false) => Action::Restore,
        _ => Action::Update,
    };
    tx.record(about(by, after.id, action), Some(before), Some(after))
}

/// Removes a locked member. Who has an account has a part in the history, who has a share has one in the balances, and a
/// default split may name somebody: they are archived. Anybody else is deleted. Gives the member as it now stands.
pub async fn remove(
    tx: &mut Tx,
    by: &Member,
    before: &LedgerMember,
    now: DateTime<Utc>,
) -> Result<Option<LedgerMember>> {
    if before.archived_at.is_some() {
        return Ok(Some(before.clone()));
    }
    if before.user_id.is_none() {
        revoke_those_of(tx, by.ledger_id, before.id, by.id).await?;
        if !is_in_default_split(tx, by.ledger_id, before.id).await?
            && store::delete(tx, by.ledger_id, before.id).await?
        {
            tx.record(about(by, before.id, Action::Delete), Some(before), None)?;
            return Ok(None);
        }
    }
    let after = LedgerMember {
        archived_at: Some(now),
        version: before.version + 1,
        ..before.clone()
    };
    change(tx, by, before, &after).await?;
    Ok(Some(after))
}

/// What a change of a member is about.
pub fn about(by: &Member, id: MemberId, action: Action) -> About {
    About {
        ledger_id: by.ledger_id,
        actor: Some(by.id),
        entity: Entity::Member,
        entity_id: id.0,
        action,
    }
}
