//! The table `changes`; [`Tx`](crate::db::Tx) writes it.

use serde::de::DeserializeOwned;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Action, Entity};
use crate::error::Result;
use crate::ids::LedgerId;

/// A thing as it was when it was made.
pub async fn created<T: DeserializeOwned>(
    connection: &mut PgConnection,
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
    .fetch_optional(connection)
    .await?;
    Ok(after.map(serde_json::from_value).transpose()?)
}
