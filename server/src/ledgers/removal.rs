//! What was in a deleted ledger goes bit by bit, so that no ledger is too large to be deleted, and nobody waits for it.
//!
//! See docs/adr/0020-deleted-ledgers.md.

use std::time::Duration;

use sqlx::PgPool;
use uuid::Uuid;

use crate::db::Tx;
use crate::error::Result;
use crate::ids::LedgerId;

/// How often every instance looks for what has been deleted, or was left by one that died.
const EVERY: Duration = Duration::from_secs(10);

/// How many expenses, or changes, go at a time: a fraction of a second, where a statement may take 15 s.
const BATCH: i64 = 500;

/// Removes what was in deleted ledgers, for as long as there is a database.
pub async fn run(db: PgPool) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let swept = sweep(&db, BATCH).await;
        if db.is_closed() {
            return;
        }
        if let Err(error) = swept {
            tracing::warn!(?error, "deleted ledgers are not removed yet");
        }
    }
}

/// Removes all that was in deleted ledgers, so many expenses or changes at a time. A ledger that another instance is at is
/// left to it, and one where that fails for the next time.
pub async fn sweep(db: &PgPool, batch: i64) -> Result<()> {
    let mut last = Uuid::nil();
    while let Some(ledger_id) = next(db, last).await? {
        if let Err(error) = finish(db, ledger_id, batch).await {
            tracing::warn!(?error, %ledger_id, "a deleted ledger is not removed yet");
        }
        last = ledger_id.0;
    }
    Ok(())
}

/// Removes all that was in a ledger.
async fn finish(db: &PgPool, ledger_id: LedgerId, batch: i64) -> Result<()> {
    while step(db, ledger_id, batch).await? {}
    Ok(())
}

/// The next deleted ledger, by id.
async fn next(db: &PgPool, last: Uuid) -> Result<Option<LedgerId>> {
    let next = sqlx::query_scalar!(
        r#"select id as "id: LedgerId" from ledgers where deleted_at is not null and id > $1 order by id limit 1"#,
        last,
    )
    .fetch_optional(db)
    .await?;
    Ok(next)
}

/// Removes so many expenses, where there are none so many changes, and where there are none the ledger itself; says whether
/// there is more to be done here.
pub async fn step(db: &PgPool, ledger_id: LedgerId, batch: i64) -> Result<bool> {
    let mut tx = Tx::begin_silently(db).await?;
    let locked = sqlx::query!(
        "select id from ledgers where id = $1 and deleted_at is not null for no key update skip locked",
        ledger_id.0,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if locked.is_none() {
        return Ok(false);
    }
    let expenses = sqlx::query!(
        "delete from expenses
          where ledger_id = $1 and id = any(array(select id from expenses where ledger_id = $1 order by id limit $2))",
        ledger_id.0,
        batch,
    )
    .execute(&mut *tx)
    .await?;
    let mut is_empty = expenses.rows_affected() == 0;
    if is_empty {
        let changes = sqlx::query!(
            "delete from changes
              where ledger_id = $1 and seq = any(array(select seq from changes where ledger_id = $1 order by seq limit $2))",
            ledger_id.0,
            batch,
        )
        .execute(&mut *tx)
        .await?;
        is_empty = changes.rows_affected() == 0;
    }
    if is_empty {
        remove(&mut tx, ledger_id).await?;
    }
    tx.commit().await?;
    Ok(!is_empty)
}

/// Removes a ledger in which there are no expenses, and whoever was in it. The totals first: they would be looked up for each
/// category and each member. The foreign keys look for what may be left among all that has just been removed, for as long as it
/// has not been vacuumed; nobody waits for that.
async fn remove(tx: &mut Tx, ledger_id: LedgerId) -> Result<()> {
    sqlx::query("set local statement_timeout = 0")
        .execute(&mut **tx)
        .await?;
    sqlx::query!("delete from share_totals where ledger_id = $1", ledger_id.0)
        .execute(&mut **tx)
        .await?;
    sqlx::query!(
        "delete from expense_totals where ledger_id = $1",
        ledger_id.0
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!("delete from ledgers where id = $1", ledger_id.0)
        .execute(&mut **tx)
        .await?;
    Ok(())
}
