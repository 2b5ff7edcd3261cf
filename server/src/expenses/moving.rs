//! Moving expenses from one category to another, as merging categories does.

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::store::select;
use super::{Expense, Kind, Payment, Split};
use crate::db::{About, Tx};
use crate::error::Result;
use crate::history::{Action, Entity};
use crate::ids::{CategoryId, ExpenseId, LedgerId, MemberId};

/// How many expenses are held in memory at a time.
const BATCH: usize = 500;

/// Moves expenses of a category, from the trash too, to another one, each with its change: so many at most, the newest first.
/// Says how many.
pub async fn move_category(
    tx: &mut Tx,
    who: (LedgerId, MemberId),
    from: CategoryId,
    into: CategoryId,
    most: usize,
) -> Result<usize> {
    let ids = sqlx::query_scalar!(
        "select id from expenses where ledger_id = $1 and category_id = $2 order by spent_on desc, id desc limit $3",
        who.0.0,
        from.0,
        i64::try_from(most).unwrap_or(i64::MAX),
    )
    .fetch_all(&mut **tx)
    .await?;
    for batch in ids.chunks(BATCH) {
        move_batch(tx, who, batch, into).await?;
        tx.flush().await?;
        // What would wait for the commit is checked here: of a large category it takes longer than any statement may.
        for when in [
            "set constraints all immediate",
            "set constraints all deferred",
        ] {
            sqlx::query(when).execute(&mut **tx).await?;
        }
    }
    Ok(ids.len())
}

async fn move_batch(
    tx: &mut Tx,
    (ledger_id, actor): (LedgerId, MemberId),
    ids: &[ExpenseId],
    into: CategoryId,
) -> Result<()> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let expenses = select!(where "e.id = any($2)", order by "e.id", limit "all", ledger_id.0, &ids)
        .fetch_all(&mut **tx)
        .await?;
    let written = sqlx::query!(
        "update expenses set category_id = $3, version = version + 1, updated_at = now()
          where ledger_id = $1 and id = any($2)
         returning id, version, updated_at",
        ledger_id.0,
        &ids,
        into.0,
    )
    .fetch_all(&mut **tx)
    .await?;
    let written: BTreeMap<_, _> = written.into_iter().map(|row| (row.id, row)).collect();
    for before in expenses {
        let before = Expense::try_from(before)?;
        let mut after = before.clone();
        after.content.category_id = Some(into);
        if let Some(row) = written.get(&before.content.id) {
            (after.version, after.updated_at) = (row.version, row.updated_at);
        }
        let about = About {
            ledger_id,
            actor: Some(actor),
            entity: Entity::Expense,
            entity_id: before.content.id.0,
            action: Action::Update,
        };
        tx.record(about, Some(&before), Some(&after))?;
    }
    Ok(())
}
