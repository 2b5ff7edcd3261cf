//! What live events need to know of sessions, members and ledgers.

use std::collections::HashMap;

use sqlx::PgExecutor;
use uuid::Uuid;

use super::rooms::Audience;
use crate::error::Result;
use crate::ids::{LedgerId, MemberId, SessionId, UserId};

/// The ledgers that each of these sessions may hear of, and how far they have come. A session that has ended is not there.
pub async fn heard_by(
    db: impl PgExecutor<'_>,
    sessions: &[SessionId],
) -> Result<HashMap<SessionId, Vec<(LedgerId, i64)>>> {
    let ids: Vec<Uuid> = sessions.iter().map(|id| id.0).collect();
    let rows = sqlx::query!(
        r#"select s.id, l.id as "ledger_id?", l.seq as "seq?"
             from sessions s
             left join members m on m.user_id = s.user_id and m.archived_at is null
             left join ledgers l on l.id = m.ledger_id
            where s.id = any($1) and s.revoked_at is null"#,
        &ids,
    )
    .fetch_all(db)
    .await?;
    let mut heard: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let ledgers = heard.entry(row.id).or_default();
        ledgers.extend(row.ledger_id.zip(row.seq));
    }
    Ok(heard)
}

/// The name of a member, and the users who may see that they look, as of a number of the ledger's history.
pub async fn audience(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    member_id: MemberId,
) -> Result<Option<(String, Audience)>> {
    let row = sqlx::query!(
        r#"select l.seq, m.name,
                  array(select user_id from members
                         where ledger_id = $1 and user_id is not null and archived_at is null) as "users!"
             from ledgers l
             join members m on m.ledger_id = l.id and m.id = $2
            where l.id = $1"#,
        ledger_id.0,
        member_id.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| {
        let users = row.users.into_iter().map(UserId).collect();
        let audience = Audience {
            seq: row.seq,
            users,
        };
        (row.name, audience)
    }))
}

/// The users who may hear of a ledger: its active members.
pub async fn listeners(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Vec<UserId>> {
    let users = sqlx::query_scalar!(
        r#"select user_id as "user_id!: UserId"
             from members
            where ledger_id = $1 and user_id is not null and archived_at is null"#,
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    Ok(users)
}
