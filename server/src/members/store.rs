//! The table `members`.

use sqlx::{Connection, PgConnection, PgExecutor};

use super::LedgerMember;
use crate::error::{Code, ConstraintOf, Error, OnConstraint, Result};
use crate::ids::{LedgerId, MemberId, UserId};
use crate::ledgers::{Member, Role};

/// Selects members by the rest of the statement, in which `$1` is the ledger.
macro_rules! select {
    ($rest:literal, $($bound:expr),+ $(,)?) => {
        sqlx::query_as!(
            LedgerMember,
            r#"
            select id, user_id, name, role as "role: Role", weight, version, created_at, archived_at
              from members
             where ledger_id = $1 "# + $rest,
            $($bound),+
        )
    };
}

/// The members of a ledger, archived ones last.
pub async fn list(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Vec<LedgerMember>> {
    Ok(select!(
        "order by archived_at is not null, lower(name), id",
        ledger_id.0,
    )
    .fetch_all(db)
    .await?)
}

/// One member.
pub async fn get(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    id: MemberId,
) -> Result<Option<LedgerMember>> {
    Ok(select!("and id = $2", ledger_id.0, id.0)
        .fetch_optional(db)
        .await?)
}

/// These members, by id, and locked until the end of the transaction: an account that goes leaves its ledgers too.
pub async fn lock(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    ids: &[MemberId],
) -> Result<Vec<LedgerMember>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    Ok(select!(
        "and id = any($2) order by id for no key update",
        ledger_id.0,
        &ids,
    )
    .fetch_all(connection)
    .await?)
}

/// The place of a user in a ledger, archived or not, locked until the end of the transaction.
pub async fn lock_of_user(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    user_id: UserId,
) -> Result<Option<LedgerMember>> {
    Ok(
        select!("and user_id = $2 for no key update", ledger_id.0, user_id.0,)
            .fetch_optional(connection)
            .await?,
    )
}

/// The caller and a member, both as they stand and locked, where the member's version is the one that the client has seen.
/// The caller may have been removed or demoted since the request came in.
///
/// # Errors
/// `not_found`; `version_conflict` with the member as it stands.
pub async fn at_version(
    connection: &mut PgConnection,
    caller: &Member,
    id: MemberId,
    version: i64,
) -> Result<(LedgerMember, LedgerMember)> {
    let (caller, member) = with_caller(connection, caller, id).await?;
    let member = member.ok_or_else(|| Code::NotFound.error())?;
    if member.version == version {
        Ok((caller, member))
    } else {
        Err(Code::VersionConflict.error().current(&member))
    }
}

/// The caller and a member, if there is one, both as they stand and locked.
///
/// # Errors
/// `not_found` where the caller is no longer in the ledger.
pub async fn with_caller(
    connection: &mut PgConnection,
    caller: &Member,
    id: MemberId,
) -> Result<(LedgerMember, Option<LedgerMember>)> {
    let locked = lock(connection, caller.ledger_id, &[caller.id, id]).await?;
    let find = |id| locked.iter().find(|member| member.id == id).cloned();
    let present = find(caller.id)
        .filter(|found| found.archived_at.is_none() && found.user_id == Some(caller.user_id))
        .ok_or_else(|| Code::NotFound.error())?;
    Ok((present, find(id)))
}

/// Refuses who is no owner any more, now that the ledger is locked: they have proven to be one before they waited for it.
///
/// # Errors
/// `forbidden`; `not_found` where the caller is no longer in the ledger.
pub async fn check_still_owner(connection: &mut PgConnection, caller: &Member) -> Result<()> {
    let (caller, _) = with_caller(connection, caller, caller.id).await?;
    caller.check_owner()
}

/// Who somebody is in a ledger, to begin with.
#[derive(Debug)]
pub struct MemberDraft<'a> {
    pub id: MemberId,
    pub user_id: Option<UserId>,
    pub name: &'a str,
    pub role: Role,
    pub weight: i32,
}

impl<'a> From<&'a LedgerMember> for MemberDraft<'a> {
    fn from(member: &'a LedgerMember) -> Self {
        Self {
            id: member.id,
            user_id: member.user_id,
            name: &member.name,
            role: member.role,
            weight: member.weight,
        }
    }
}

impl MemberDraft<'_> {
    /// Whether this is what made, or would make, the member.
    pub fn asks_for(&self, member: &LedgerMember) -> bool {
        (self.name, self.role, self.weight) == (member.name.as_str(), member.role, member.weight)
    }
}

/// Adds a member. The versions of one that was there before go on, as those of categories do.
///
/// # Errors
/// `id_taken`; `already_member` where the user has another place in the ledger.
pub async fn insert(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    member: &MemberDraft<'_>,
) -> Result<LedgerMember> {
    sqlx::query_as!(
        LedgerMember,
        r#"insert into members (ledger_id, id, user_id, name, role, weight, version)
           values ($1, $2, $3, $4, $5, $6,
                   1 + coalesce((select max((before ->> 'version')::bigint) from changes
                                  where ledger_id = $1 and entity_id = $2), 0))
           returning id, user_id, name, role as "role: Role", weight, version, created_at, archived_at"#,
        ledger_id.0,
        member.id.0,
        member.user_id.map(|id| id.0),
        member.name,
        member.role.as_str(),
        member.weight,
    )
    .fetch_one(connection)
    .await
    .on_constraint("members_pkey", || Code::IdTaken.at("id"))
    .on_constraint("members_user_id_key", || Code::AlreadyMember.error())
    // The ledger was deleted at the same moment.
    .on_constraint("members_ledger_id_fkey", || Code::NotFound.error())
}

/// Writes a locked member as it is to be. Whether the ledger still has an owner then is for [`check_owner_stays`] to say. How
/// the ledger counts for an account is nothing to the next one in the same place.
///
/// # Errors
/// `already_member` where the user has another place in the ledger.
pub async fn update(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    member: &LedgerMember,
) -> Result<()> {
    sqlx::query!(
        "with forgotten as (
             delete from mappings g
              using members m
              where m.ledger_id = $1 and m.id = $2 and m.user_id is distinct from $3
                and g.ledger_id = $1 and g.member_id = $2
         )
         update members set user_id = $3, name = $4, role = $5, weight = $6, version = $7, archived_at = $8
          where ledger_id = $1 and id = $2",
        ledger_id.0,
        member.id.0,
        member.user_id.map(|id| id.0),
        member.name,
        member.role.as_str(),
        member.weight,
        member.version,
        member.archived_at,
    )
    .execute(connection)
    .await
    .on_constraint("members_user_id_key", || Code::AlreadyMember.error())?;
    Ok(())
}

/// Deletes a member, unless something names it; whether it is gone.
pub async fn delete(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: MemberId,
) -> Result<bool> {
    // What refuses would otherwise end the transaction.
    let mut attempt = connection.begin().await?;
    let deleted = sqlx::query!(
        "delete from members where ledger_id = $1 and id = $2",
        ledger_id.0,
        id.0,
    )
    .execute(&mut *attempt)
    .await;
    match deleted {
        Ok(_) => {
            attempt.commit().await?;
            Ok(true)
        }
        Err(refused) if NAMED_BY.contains(&refused.constraint().unwrap_or_default()) => {
            attempt.rollback().await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// The constraints that keep a member: shares, also those of trashed expenses, and who entered an expense.
const NAMED_BY: [&str; 2] = ["shares_member_id_fkey", "expenses_created_by_fkey"];

/// Checks what would be checked at the commit: that the ledger is not left without an owner. Now, because a commit that is
/// refused has ended the transaction, and sqlx would roll back nothing behind it.
pub async fn check_owner_stays(
    connection: &mut PgConnection,
    problem: impl FnOnce() -> Error,
) -> Result<()> {
    sqlx::query("set constraints members_last_owner immediate")
        .execute(connection)
        .await
        .on_constraint("members_last_owner", problem)?;
    Ok(())
}
