//! The table `changes`; [`Tx`](crate::db::Tx) writes it.

use serde::de::DeserializeOwned;
use sqlx::PgExecutor;
use uuid::Uuid;

use super::{Action, Change, Entity};
use crate::error::Result;
use crate::ids::{LedgerId, MemberId};

/// Which changes: all, or those of one member or of one kind of thing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub actor: Option<MemberId>,
    pub entity: Option<Entity>,
}

impl Filter {
    fn actor(self) -> Option<Uuid> {
        self.actor.map(|actor| actor.0)
    }

    fn entity(self) -> Option<&'static str> {
        self.entity.map(Entity::as_str)
    }
}

/// Selects changes by the rest of the statement, in which `$1` is the ledger.
macro_rules! select {
    ($rest:literal, $($bound:expr),+ $(,)?) => {
        sqlx::query_as!(
            Change,
            r#"
            select seq, at, actor, entity as "entity: Entity", entity_id, action as "action: Action", before, after,
                   reverts
              from changes
             where ledger_id = $1 and "# + $rest,
            $($bound),+
        )
    };
}

/// One change.
pub async fn get(db: impl PgExecutor<'_>, ledger_id: LedgerId, seq: i64) -> Result<Option<Change>> {
    Ok(select!("seq = $2", ledger_id.0, seq)
        .fetch_optional(db)
        .await?)
}

/// The changes after `since`, oldest first, up to and including `last`.
pub async fn since(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    since: i64,
    last: i64,
    filter: Filter,
    limit: i64,
) -> Result<Vec<Change>> {
    Ok(select!(
        "seq > $2 and seq <= $3 and ($4::uuid is null or actor = $4) and ($5::text is null or entity = $5)
         order by seq limit $6",
        ledger_id.0,
        since,
        last,
        filter.actor(),
        filter.entity(),
        limit
    )
    .fetch_all(db)
    .await?)
}

/// The changes before `before`, newest first.
pub async fn before(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    before: i64,
    filter: Filter,
    limit: i64,
) -> Result<Vec<Change>> {
    Ok(select!(
        "seq < $2 and ($3::uuid is null or actor = $3) and ($4::text is null or entity = $4)
         order by seq desc limit $5",
        ledger_id.0,
        before,
        filter.actor(),
        filter.entity(),
        limit
    )
    .fetch_all(db)
    .await?)
}

/// The changes of one thing before `before`, newest first.
pub async fn of(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    entity_id: Uuid,
    before: i64,
    limit: i64,
) -> Result<Vec<Change>> {
    Ok(select!(
        "entity_id = $2 and seq < $3 order by seq desc limit $4",
        ledger_id.0,
        entity_id,
        before,
        limit
    )
    .fetch_all(db)
    .await?)
}

/// A thing as it was when it was made.
pub async fn created<T: DeserializeOwned>(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    entity: Entity,
    entity_id: Uuid,
) -> Result<Option<T>> {
    let after = sqlx::query_scalar!(
        r#"
        select after as "after!"
          from changes
         where ledger_id = $1 and entity_id = $2 and entity = $3 and action = $4
         order by seq
         limit 1
        "#,
        ledger_id.0,
        entity_id,
        entity.as_str(),
        Action::Create.as_str(),
    )
    .fetch_optional(db)
    .await?;
    Ok(after.map(serde_json::from_value).transpose()?)
}
