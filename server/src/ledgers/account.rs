//! What becomes of a user's places in ledgers when the account changes its name, or goes.

use sqlx::PgConnection;

use super::{Role, store};
use crate::db::{About, Tx};
use crate::error::Result;
use crate::history::{Action, Entity};
use crate::ids::{LedgerId, MemberId, UserId};
use crate::invites::revoke_those_of;
use crate::members::{self, LedgerMember};

/// Gives the user's members that bear the old name the new one.
pub async fn rename(tx: &mut Tx, user_id: UserId, old: &str, new: &str) -> Result<()> {
    if old == new {
        return Ok(());
    }
    lock(tx, user_id).await?;
    let places = sqlx::query!(
        "select ledger_id, id from members where user_id = $1 and name = $2 order by ledger_id",
        user_id.0,
        old,
    )
    .fetch_all(&mut **tx)
    .await?;
    for place in places {
        let rename = |member: &mut LedgerMember| new.clone_into(&mut member.name);
        change(tx, place.ledger_id, place.id, place.id, rename).await?;
    }
    Ok(())
}

/// Takes the user out of the ledgers that others with an account are in: the member stays, as a person without an account,
/// and where it was the last owner, whoever can do most and has been there longest becomes one. Gives the other ledgers,
/// which nobody else will see again.
pub async fn leave_shared(tx: &mut Tx, user_id: UserId) -> Result<Vec<LedgerId>> {
    // Before looking who else is there, so that of two who leave at once the second is the last.
    lock(tx, user_id).await?;
    let places = sqlx::query!(
        r#"select m.ledger_id, m.id,
                  exists (select from members o
                           where o.ledger_id = m.ledger_id and o.user_id <> $1 and o.archived_at is null) as "shared!"
             from members m
            where m.user_id = $1
            order by m.ledger_id"#,
        user_id.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    let mut own = Vec::new();
    for place in places {
        if place.shared {
            let leave = |member: &mut LedgerMember| member.user_id = None;
            revoke_those_of(tx, place.ledger_id, place.id, place.id).await?;
            change(tx, place.ledger_id, place.id, place.id, leave).await?;
            if let Some(heir) = heir(tx, place.ledger_id).await? {
                let inherit = |member: &mut LedgerMember| member.role = Role::Owner;
                change(tx, place.ledger_id, heir, place.id, inherit).await?;
            }
        } else {
            own.push(place.ledger_id);
        }
    }
    Ok(own)
}

/// Locks all ledgers of a user, as whoever writes to one of them does, in one order.
async fn lock(connection: &mut PgConnection, user_id: UserId) -> Result<()> {
    sqlx::query!(
        "select l.id from ledgers l
          where l.id in (select ledger_id from members where user_id = $1)
          order by l.id for no key update",
        user_id.0,
    )
    .fetch_all(connection)
    .await?;
    Ok(())
}

/// Deletes ledgers with everything in them.
pub async fn delete(tx: &mut Tx, ledger_ids: &[LedgerId]) -> Result<()> {
    for ledger_id in ledger_ids {
        store::delete(tx, *ledger_id).await?;
    }
    Ok(())
}

/// Who becomes the owner of a ledger that has none with an account; nobody where it has one.
async fn heir(connection: &mut PgConnection, ledger_id: LedgerId) -> Result<Option<MemberId>> {
    let heir = sqlx::query!(
        "select id, role from members
          where ledger_id = $1 and user_id is not null and archived_at is null
          order by array_position(array['owner', 'editor', 'viewer'], role), created_at, id
          limit 1",
        ledger_id.0,
    )
    .fetch_optional(connection)
    .await?;
    Ok(heir
        .filter(|heir| heir.role != Role::Owner.as_str())
        .map(|heir| heir.id))
}

/// Changes a member, by a member.
async fn change(
    tx: &mut Tx,
    ledger_id: LedgerId,
    id: MemberId,
    actor: MemberId,
    make: impl FnOnce(&mut LedgerMember),
) -> Result<()> {
    let Some(before) = members::store::lock(tx, ledger_id, &[id]).await?.pop() else {
        return Ok(());
    };
    let mut after = before.clone();
    make(&mut after);
    after.version += 1;
    members::store::update(tx, ledger_id, &after).await?;
    let about = About {
        ledger_id,
        actor: Some(actor),
        entity: Entity::Member,
        entity_id: id.0,
        action: Action::Update,
    };
    tx.record(about, Some(&before), Some(&after))
}
