//! The table `invites`.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};

use super::model::Invite;
use super::token::InviteToken;
use crate::db::{About, Tx};
use crate::error::{Code, OnConstraint, Result};
use crate::history::{Action, Entity};
use crate::ids::{InviteId, LedgerId, MemberId};
use crate::ledgers::{Member, Role};

/// For how many days after its end an invitation is kept, and its link says that it has expired: as long as one lasts at most.
const KEPT: i64 = 90;

/// Adds an invitation, and clears away those of the ledger that ended long ago.
///
/// # Errors
/// `member_unknown` where the ledger has no such member to be claimed.
pub async fn insert(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    invite: &Invite,
    token: &InviteToken,
) -> Result<()> {
    sqlx::query!(
        "with cleared as (
             delete from invites where ledger_id = $1 and expires_at < $10
         )
         insert into invites (ledger_id, id, token_hash, role, member_id, max_uses, created_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        ledger_id.0,
        invite.id.0,
        &token.hash(),
        invite.role.as_str(),
        invite.member_id.map(|id| id.0),
        invite.max_uses,
        invite.created_by.0,
        invite.created_at,
        invite.expires_at,
        invite.created_at - TimeDelta::days(KEPT),
    )
    .execute(connection)
    .await
    .on_constraint("invites_member_id_fkey", || {
        Code::MemberUnknown.at("member_id")
    })
    // The ledger, or the caller's place in it, has gone at the same moment.
    .on_constraint("invites_ledger_id_fkey", || Code::NotFound.error())
    .on_constraint("invites_created_by_fkey", || Code::NotFound.error())?;
    Ok(())
}

/// The invitations that can still be accepted, newest first, from before `before` on.
pub async fn list(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    now: DateTime<Utc>,
    before: InviteId,
    limit: i64,
) -> Result<Vec<Invite>> {
    Ok(sqlx::query_as!(
        Invite,
        r#"
        select i.id, i.role as "role: Role", i.member_id, i.max_uses, i.uses, i.created_at, i.expires_at, i.created_by
          from invites i
          left join members m on m.ledger_id = i.ledger_id and m.id = i.member_id
         where i.ledger_id = $1 and i.id < $2 and i.expires_at > $3 and i.uses < i.max_uses and m.user_id is null
         order by i.id desc
         limit $4
        "#,
        ledger_id.0,
        before.0,
        now,
        limit,
    )
    .fetch_all(db)
    .await?)
}

/// Revokes an invitation; nothing where there is none.
pub async fn delete(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: InviteId,
) -> Result<Option<Invite>> {
    Ok(sqlx::query_as!(
        Invite,
        r#"
        delete from invites where ledger_id = $1 and id = $2
        returning id, role as "role: Role", member_id, max_uses, uses, created_at, expires_at, created_by
        "#,
        ledger_id.0,
        id.0,
    )
    .fetch_optional(connection)
    .await?)
}

/// Revokes what a member has made, and what would let somebody claim the member's place: who is sent away does not come
/// back by a link of their own. The member is locked.
pub async fn revoke_those_of(
    tx: &mut Tx,
    ledger_id: LedgerId,
    member_id: MemberId,
    actor: MemberId,
) -> Result<()> {
    let revoked = sqlx::query_as!(
        Invite,
        r#"
        delete from invites where ledger_id = $1 and (created_by = $2 or member_id = $2)
        returning id, role as "role: Role", member_id, max_uses, uses, created_at, expires_at, created_by
        "#,
        ledger_id.0,
        member_id.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    for invite in revoked {
        let about = about(ledger_id, actor, invite.id, Action::Delete);
        tx.record(about, Some(&invite), None)?;
    }
    Ok(())
}

/// An invitation and what somebody who has its link may know.
pub struct Found {
    pub id: InviteId,
    pub role: Role,
    pub member_id: Option<MemberId>,
    pub max_uses: i32,
    pub uses: i32,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub ledger_name: String,
    pub currency: String,
    pub is_archived: bool,
    pub member_name: Option<String>,
    pub is_claimed: bool,
    pub invited_by: String,
}

/// The invitation of a token.
///
/// # Errors
/// `invite_unknown`.
pub async fn find(db: impl PgExecutor<'_>, token: &InviteToken) -> Result<Found> {
    sqlx::query_as!(
        Found,
        r#"
        select i.id, i.role as "role: Role", i.member_id, i.max_uses, i.uses, i.created_at, i.expires_at,
               l.name as ledger_name, l.currency, l.archived_at is not null as "is_archived!",
               m.name as "member_name?", m.user_id is not null as "is_claimed!", c.name as invited_by
          from invites i
          join ledgers l on l.id = i.ledger_id
          join members c on c.ledger_id = i.ledger_id and c.id = i.created_by
          left join members m on m.ledger_id = i.ledger_id and m.id = i.member_id
         where i.ledger_id = $1 and i.token_hash = $2
        "#,
        token.ledger_id().0,
        &token.hash(),
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(|| Code::InviteUnknown.error())
}

/// Counts that an invitation is accepted. Of those who do so at the same time, only as many succeed as it is for.
///
/// # Errors
/// `invite_used`; `invite_unknown` where it has been revoked.
pub async fn take(connection: &mut PgConnection, ledger_id: LedgerId, id: InviteId) -> Result<()> {
    let taken = sqlx::query!(
        "update invites set uses = uses + 1 where ledger_id = $1 and id = $2",
        ledger_id.0,
        id.0,
    )
    .execute(connection)
    .await
    .on_constraint("invites_uses_check", || Code::InviteUsed.error())?;
    if taken.rows_affected() == 0 {
        return Err(Code::InviteUnknown.error());
    }
    Ok(())
}

/// What a change of an invitation is about.
pub(super) fn about(ledger_id: LedgerId, actor: MemberId, id: InviteId, action: Action) -> About {
    About {
        ledger_id,
        actor: Some(actor),
        entity: Entity::Invite,
        entity_id: id.0,
        action,
    }
}

/// The same, by the caller.
pub(super) fn by(member: &Member, id: InviteId, action: Action) -> About {
    about(member.ledger_id, member.id, id, action)
}
