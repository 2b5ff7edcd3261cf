//! Taking somebody out of a ledger, without taking anything from the others.

use chrono::{DateTime, Utc};

use super::{LedgerMember, store};
use crate::db::{About, Tx};
use crate::error::Result;
use crate::history::{Action, Entity};
use crate::ids::MemberId;
use crate::ledgers::Member;

/// Removes a locked member. Who has an account has a part in the history, and who has a share has one in the balances:
/// both are archived. Anybody else is deleted. Gives the member as it now stands.
pub async fn remove(
    tx: &mut Tx,
    by: &Member,
    before: &LedgerMember,
    now: DateTime<Utc>,
) -> Result<Option<LedgerMember>> {
    if before.archived_at.is_some() {
        return Ok(Some(before.clone()));
    }
    let ledger_id = by.ledger_id;
    let about = about(by, before.id, Action::Delete);
    if before.user_id.is_none() && store::delete(tx, ledger_id, before.id).await? {
        tx.record(about, Some(before), None)?;
        return Ok(None);
    }
    let after = LedgerMember {
        archived_at: Some(now),
        version: before.version + 1,
        ..before.clone()
    };
    store::update(tx, ledger_id, &after).await?;
    tx.record(about, Some(before), Some(&after))?;
    Ok(Some(after))
}

/// What a change of a member is about.
pub(super) fn about(by: &Member, id: MemberId, action: Action) -> About {
    About {
        ledger_id: by.ledger_id,
        actor: Some(by.id),
        entity: Entity::Member,
        entity_id: id.0,
        action,
    }
}
