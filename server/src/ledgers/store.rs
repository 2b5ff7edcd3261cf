//! The tables `ledgers` and `members`.

use std::collections::BTreeMap;

use money::currency::Currency;
use sqlx::{PgConnection, PgExecutor};

use super::model::LedgerMember;
use super::{Ledger, Member, Role};
use crate::auth::Caller;
use crate::error::{Code, Result};
use crate::ids::{LedgerId, MemberId, UserId};

/// The user as a member of a ledger; nothing where the user is none, or the ledger is not there.
pub async fn member(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    user_id: UserId,
) -> Result<Option<Member>> {
    let row = sqlx::query!(
        "select m.id, m.role, l.currency
           from members m
           join ledgers l on l.id = m.ledger_id
          where m.ledger_id = $1 and m.user_id = $2 and m.archived_at is null",
        ledger_id.0,
        user_id.0,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let (role, currency) = (Role::parse(&row.role)?, currency(&row.currency)?);
        Ok(Member {
            ledger_id,
            id: row.id,
            user_id,
            role,
            currency,
        })
    })
    .transpose()
}

/// The caller as a member of a ledger, and whether the session that the caller comes with still lives, in one statement:
/// this is the first of nearly every request.
///
/// # Errors
/// `unauthenticated` where the session has ended, `not_found` where the user is no member or the ledger is not there.
pub async fn caller(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    caller: Caller,
) -> Result<Member> {
    let row = sqlx::query!(
        r#"select m.id as "id?", m.role as "role?", l.currency as "currency?"
             from sessions s
             left join members m on m.ledger_id = $1 and m.user_id = s.user_id and m.archived_at is null
             left join ledgers l on l.id = m.ledger_id
            where s.id = $2 and s.user_id = $3 and s.revoked_at is null"#,
        ledger_id.0,
        caller.session_id.0,
        caller.user_id.0,
    )
    .fetch_optional(db)
    .await?
    .ok_or_else(Caller::signed_out)?;
    let (Some(id), Some(role), Some(code)) = (row.id, row.role, row.currency) else {
        return Err(Code::NotFound.error());
    };
    Ok(Member {
        ledger_id,
        id,
        user_id: caller.user_id,
        role: Role::parse(&role)?,
        currency: currency(&code)?,
    })
}

/// A currency as the database keeps it.
pub fn currency(code: &str) -> Result<Currency> {
    Ok(code
        .parse()
        .map_err(|_| anyhow::anyhow!("the database has the currency {code}"))?)
}

/// The ledgers of a user: the personal one first, then by name, archived ones last.
pub async fn list(db: impl PgExecutor<'_>, user_id: UserId) -> Result<Vec<Ledger>> {
    let rows = sqlx::query!(
        "select l.id, l.name, l.currency, l.personal, m.role, m.id as member_id, l.seq, l.version, l.created_at,
                l.archived_at
           from members m
           join ledgers l on l.id = m.ledger_id
          where m.user_id = $1 and m.archived_at is null
          order by l.archived_at is not null, not l.personal, lower(l.name), l.id",
        user_id.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Ledger {
                id: row.id,
                name: row.name,
                currency: row.currency,
                personal: row.personal,
                role: Role::parse(&row.role)?,
                member_id: row.member_id,
                seq: row.seq,
                version: row.version,
                created_at: row.created_at,
                archived_at: row.archived_at,
            })
        })
        .collect()
}

/// One ledger as the member sees it.
pub async fn get(db: impl PgExecutor<'_>, member: &Member) -> Result<Option<Ledger>> {
    let row = sqlx::query!(
        "select name, currency, personal, seq, version, created_at, archived_at from ledgers where id = $1",
        member.ledger_id.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Ledger {
        id: member.ledger_id,
        name: row.name,
        currency: row.currency,
        personal: row.personal,
        role: member.role,
        member_id: member.id,
        seq: row.seq,
        version: row.version,
        created_at: row.created_at,
        archived_at: row.archived_at,
    }))
}

/// Locks a ledger until the end of the transaction, so that what is read next is what will be replaced.
pub async fn lock(connection: &mut PgConnection, ledger_id: LedgerId) -> Result<()> {
    sqlx::query!(
        "select seq from ledgers where id = $1 for no key update",
        ledger_id.0
    )
    .fetch_optional(connection)
    .await?;
    Ok(())
}

/// What a ledger begins with.
#[derive(Debug)]
pub struct LedgerDraft<'a> {
    pub id: LedgerId,
    pub name: &'a str,
    pub currency: Currency,
    pub personal: bool,
}

/// Adds a ledger. Refused by `ledgers_pkey` where the id is taken.
pub async fn insert(
    connection: &mut PgConnection,
    ledger: &LedgerDraft<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into ledgers (id, name, currency, personal) values ($1, $2, $3, $4)",
        ledger.id.0,
        ledger.name,
        ledger.currency.code(),
        ledger.personal,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes what can be changed about a ledger.
pub async fn update(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    name: &str,
    archived: bool,
) -> Result<()> {
    sqlx::query!(
        "update ledgers
            set name = $2, archived_at = case when $3 then coalesce(archived_at, now()) end, version = version + 1
          where id = $1",
        ledger_id.0,
        name,
        archived,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a ledger with everything in it.
pub async fn delete(connection: &mut PgConnection, ledger_id: LedgerId) -> Result<()> {
    // Before the members and categories that they name, which would go first with the ledger.
    sqlx::query!("delete from expenses where ledger_id = $1", ledger_id.0)
        .execute(&mut *connection)
        .await?;
    sqlx::query!("delete from ledgers where id = $1", ledger_id.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Who somebody is in a ledger, to begin with.
#[derive(Debug)]
pub struct MemberDraft<'a> {
    pub id: MemberId,
    pub user_id: Option<UserId>,
    pub name: &'a str,
    pub role: Role,
}

/// Adds a member.
pub async fn insert_member(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    member: &MemberDraft<'_>,
) -> Result<LedgerMember> {
    let row = sqlx::query!(
        "insert into members (ledger_id, id, user_id, name, role) values ($1, $2, $3, $4, $5)
         returning weight, version, created_at",
        ledger_id.0,
        member.id.0,
        member.user_id.map(|id| id.0),
        member.name,
        member.role.as_str(),
    )
    .fetch_one(connection)
    .await?;
    Ok(LedgerMember {
        id: member.id,
        user_id: member.user_id,
        name: member.name.to_owned(),
        role: member.role,
        weight: row.weight,
        version: row.version,
        created_at: row.created_at,
        archived_at: None,
    })
}

/// A member, locked until the end of the transaction.
pub async fn lock_member(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: MemberId,
) -> Result<Option<LedgerMember>> {
    let row = sqlx::query!(
        "select id, user_id, name, role, weight, version, created_at, archived_at
           from members
          where ledger_id = $1 and id = $2
            for no key update",
        ledger_id.0,
        id.0,
    )
    .fetch_optional(connection)
    .await?;
    row.map(|row| {
        Ok(LedgerMember {
            id: row.id,
            user_id: row.user_id,
            name: row.name,
            role: Role::parse(&row.role)?,
            weight: row.weight,
            version: row.version,
            created_at: row.created_at,
            archived_at: row.archived_at,
        })
    })
    .transpose()
}

/// Writes a member as it is to be.
pub async fn update_member(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    member: &LedgerMember,
) -> Result<()> {
    sqlx::query!(
        "update members set user_id = $3, name = $4, role = $5, weight = $6, version = $7, archived_at = $8
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
    .await?;
    Ok(())
}

/// The members of a ledger, archived ones last.
pub async fn members(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Vec<LedgerMember>> {
    let rows = sqlx::query!(
        "select id, user_id, name, role, weight, version, created_at, archived_at
           from members
          where ledger_id = $1
          order by archived_at is not null, lower(name), id",
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(LedgerMember {
                id: row.id,
                user_id: row.user_id,
                name: row.name,
                role: Role::parse(&row.role)?,
                weight: row.weight,
                version: row.version,
                created_at: row.created_at,
                archived_at: row.archived_at,
            })
        })
        .collect()
}

/// Who is in a ledger, for the checks of what is written about them.
#[derive(Debug, Clone)]
pub struct Roster(BTreeMap<MemberId, bool>);

impl Roster {
    /// Whether this member is archived; nothing where there is no such member.
    pub fn is_archived(&self, id: MemberId) -> Option<bool> {
        self.0.get(&id).copied()
    }

    /// Those who are not archived, by id.
    pub fn active(&self) -> impl Iterator<Item = MemberId> {
        self.0
            .iter()
            .filter(|(_, archived)| !**archived)
            .map(|(id, _)| *id)
    }
}

/// All members of a ledger.
pub async fn roster(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Roster> {
    let rows = sqlx::query!(
        r#"select id, archived_at is not null as "archived!" from members where ledger_id = $1"#,
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    Ok(Roster(
        rows.into_iter().map(|row| (row.id, row.archived)).collect(),
    ))
}
