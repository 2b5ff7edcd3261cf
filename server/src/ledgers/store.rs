//! The table `ledgers`, and the caller's place in one.

use money::currency::Currency;
use sqlx::{PgConnection, PgExecutor};

use super::{Ledger, Member, Moment, Role};
use crate::auth::Caller;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::expenses::DefaultSplit;
use crate::ids::{LedgerId, SessionId, UserId};

/// The user as a member of a ledger; nothing where the user is none, or the ledger is not there.
pub async fn member(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    user_id: UserId,
) -> Result<Option<Member>> {
    let row = sqlx::query!(
        r#"select m.id, m.role as "role: Role", l.currency, l.personal, l.archived_at, l.seq, l.moment
           from members m
           join ledgers l on l.id = m.ledger_id
          where m.ledger_id = $1 and m.user_id = $2 and m.archived_at is null"#,
        ledger_id.0,
        user_id.0,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Member {
            ledger_id,
            id: row.id,
            user_id,
            role: row.role,
            currency: currency(&row.currency)?,
            personal: row.personal,
            archived: row.archived_at.is_some(),
            moment: Moment {
                seq: row.seq,
                id: row.moment,
            },
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
        r#"select m.id as "id?", m.role as "role?: Role", l.currency as "currency?", l.personal as "personal?",
                  l.archived_at, l.seq as "seq?", l.moment as "moment?"
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
    let (Some(id), Some(role), Some(code), Some(personal)) =
        (row.id, row.role, row.currency, row.personal)
    else {
        return Err(Code::NotFound.error());
    };
    let (Some(seq), Some(moment)) = (row.seq, row.moment) else {
        return Err(Code::NotFound.error());
    };
    Ok(Member {
        ledger_id,
        id,
        user_id: caller.user_id,
        role,
        currency: currency(&code)?,
        personal,
        archived: row.archived_at.is_some(),
        moment: Moment { seq, id: moment },
    })
}

/// How far a ledger has come; nothing where it is not there.
pub async fn moment(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Option<Moment>> {
    Ok(sqlx::query_as!(
        Moment,
        "select seq, moment as id from ledgers where id = $1",
        ledger_id.0
    )
    .fetch_optional(db)
    .await?)
}

/// How far all ledgers of a user have come, by id; none where a session is named that has ended.
pub async fn moments(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    session_id: Option<SessionId>,
) -> Result<Vec<(LedgerId, Moment)>> {
    let rows = sqlx::query!(
        "select l.id, l.seq, l.moment
           from members m
           join ledgers l on l.id = m.ledger_id
          where m.user_id = $1 and m.archived_at is null
            and ($2::uuid is null
                 or exists (select from sessions where id = $2 and user_id = $1 and revoked_at is null))
          order by l.id",
        user_id.0,
        session_id.map(|id| id.0),
    )
    .fetch_all(db)
    .await?;
    let moments = rows.into_iter().map(|row| {
        let (seq, id) = (row.seq, row.moment);
        (row.id, Moment { seq, id })
    });
    Ok(moments.collect())
}

/// Makes another moment of a ledger for what is read of it and is no part of its history.
pub async fn touch(connection: &mut PgConnection, ledger_id: LedgerId) -> Result<()> {
    sqlx::query!(
        "update ledgers set moment = gen_random_uuid() where id = $1",
        ledger_id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A currency as the database keeps it.
pub fn currency(code: &str) -> Result<Currency> {
    Ok(code
        .parse()
        .map_err(|_| anyhow::anyhow!("the database has the currency {code}"))?)
}

/// The ledgers of a user: the personal one first, then by name, archived ones last.
pub async fn list(db: impl PgExecutor<'_>, user_id: UserId) -> Result<Vec<Ledger>> {
    Ok(sqlx::query_as!(
        Ledger,
        r#"select l.id, l.name, l.currency, l.personal, m.role as "role: Role", m.id as member_id, l.default_split, l.seq, l.version,
                l.created_at, l.archived_at
           from members m
           join ledgers l on l.id = m.ledger_id
          where m.user_id = $1 and m.archived_at is null
          order by l.archived_at is not null, not l.personal, lower(l.name), l.id"#,
        user_id.0,
    )
    .fetch_all(db)
    .await?)
}

/// One ledger as the member sees it.
pub async fn get(db: impl PgExecutor<'_>, member: &Member) -> Result<Option<Ledger>> {
    let row = sqlx::query!(
        "select name, currency, personal, default_split, seq, version, created_at, archived_at from ledgers where id = $1",
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
        default_split: row.default_split,
        member_id: member.id,
        seq: row.seq,
        version: row.version,
        created_at: row.created_at,
        archived_at: row.archived_at,
    }))
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
    default_split: Option<&DefaultSplit>,
    archived: bool,
) -> Result<()> {
    sqlx::query!(
        "update ledgers
            set name = $2, default_split = $3, archived_at = case when $4 then coalesce(archived_at, now()) end,
                version = version + 1
          where id = $1",
        ledger_id.0,
        name,
        default_split.map(serde_json::to_value).transpose()?,
        archived,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a ledger with everything in it: from the commit on it is nobody's, so that no proof of membership leads there, and
/// no invitation. What was in it is removed by [`super::removal`].
pub async fn delete(tx: &mut Tx, ledger_id: LedgerId) -> Result<()> {
    tx.note_end(ledger_id).await?;
    sqlx::query!("delete from invites where ledger_id = $1", ledger_id.0)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "update members set user_id = null where ledger_id = $1 and user_id is not null",
        ledger_id.0,
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update ledgers set deleted_at = now(), moment = gen_random_uuid() where id = $1",
        ledger_id.0,
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
