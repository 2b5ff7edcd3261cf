//! What live events need to know of sessions, members and ledgers.

use std::collections::HashMap;

use sqlx::PgExecutor;
use uuid::Uuid;

use crate::error::Result;
use crate::ids::{LedgerId, SessionId, UserId};

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
