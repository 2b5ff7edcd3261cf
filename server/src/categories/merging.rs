//! What a category has that is merged into another goes there bit by bit where it is much, and nobody waits for it.
//!
//! See docs/adr/0022-large-merges.md.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::{Category, store};
use crate::app::App;
use crate::db::{About, Tx};
use crate::error::{Code, Error, Result};
use crate::expenses;
use crate::history::{Action, Entity};
use crate::ids::{CategoryId, LedgerId, MemberId};

/// How often every instance looks for what is left of one that died.
const EVERY: Duration = Duration::from_secs(10);

/// How many expenses are moved in one transaction: a fraction of a second, during which others wait for the ledger.
pub const AT_ONCE: usize = 1_000;

/// A category that is being merged.
struct Merging {
    from: CategoryId,
    into: CategoryId,
    by: MemberId,
}

/// Goes on with merges, for as long as there is a database.
pub async fn run(app: App) {
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            () = app.merging.notified() => {}
        }
        let swept = sweep(&app, AT_ONCE).await;
        if app.db.is_closed() {
            return;
        }
        if let Err(error) = swept {
            tracing::warn!(?error, "categories are not merged yet");
        }
    }
}

/// Brings all merges to their end, so many expenses at a time; those of a ledger where that fails are left for the next time.
pub async fn sweep(app: &App, most: usize) -> Result<()> {
    let mut last = Uuid::nil();
    while let Some(ledger_id) = next(&app.db, last).await? {
        if let Err(error) = finish(app, ledger_id, most).await {
            tracing::warn!(?error, %ledger_id, "a category is not merged yet");
        }
        last = ledger_id.0;
    }
    Ok(())
}

/// Brings the merges of a ledger to their end.
async fn finish(app: &App, ledger_id: LedgerId, most: usize) -> Result<()> {
    while step(app, ledger_id, most).await? {}
    Ok(())
}

/// The next ledger in which there are merges, by id.
async fn next(db: &PgPool, last: Uuid) -> Result<Option<LedgerId>> {
    let next = sqlx::query_scalar!(
        r#"select id as "id: LedgerId" from ledgers
            where merging and deleted_at is null and id > $1 order by id limit 1"#,
        last,
    )
    .fetch_optional(db)
    .await?;
    Ok(next)
}

/// Moves so many expenses of a category that is being merged, or deletes it where it has none; says whether there is more to be
/// done in the ledger.
pub async fn step(app: &App, ledger_id: LedgerId, most: usize) -> Result<bool> {
    let mut tx = Tx::begin_on(app, ledger_id).await?;
    tx.allowed_before();
    let Some(merging) = unfinished(&mut tx, ledger_id).await? else {
        settle(&mut tx, ledger_id).await?;
        tx.commit().await?;
        return Ok(false);
    };
    let Merging { from, into, by } = merging;
    if expenses::move_category(&mut tx, (ledger_id, by), from, into, most).await? == 0 {
        let source = store::get(&mut *tx, ledger_id, from).await?;
        match store::delete(&mut tx, ledger_id, from).await {
            Ok(()) => {
                let about = About {
                    ledger_id,
                    actor: Some(by),
                    entity: Entity::Category,
                    entity_id: from.0,
                    action: Action::Delete,
                };
                tx.record(about, source.as_ref(), None)?;
            }
            // Categories have been put below it meanwhile: it stays, for them.
            Err(Error::Problem(refused)) if refused.code == Code::CategoryInUse => {
                drop(tx);
                tx = Tx::begin_on(app, ledger_id).await?;
                give_up(&mut tx, ledger_id, from).await?;
            }
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// Begins to merge a category: it is archived, and whatever was to go to it goes where it goes.
pub(super) async fn begin(
    connection: &mut PgConnection,
    (ledger_id, by): (LedgerId, MemberId),
    from: CategoryId,
    into: CategoryId,
    now: DateTime<Utc>,
) -> Result<Category> {
    sqlx::query!(
        "update ledgers set merging = true where id = $1",
        ledger_id.0
    )
    .execute(&mut *connection)
    .await?;
    Ok(sqlx::query_as!(
        Category,
        "update categories
            set merging_into = $3, merging_by = $4, archived_at = coalesce(archived_at, $5), version = version + 1
          where ledger_id = $1 and id = $2
         returning id, parent_id, name, icon, color, default_split, archived_at, version",
        ledger_id.0,
        from.0,
        into.0,
        by.0,
        now,
    )
    .fetch_one(connection)
    .await?)
}

/// Lets what is being merged into one category go to another.
pub(super) async fn redirect(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    from: CategoryId,
    into: CategoryId,
) -> Result<()> {
    sqlx::query!(
        "update categories set merging_into = $3 where ledger_id = $1 and merging_into = $2",
        ledger_id.0,
        from.0,
        into.0,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether a category is being merged.
pub(super) async fn is_merging(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: CategoryId,
) -> Result<bool> {
    let found = sqlx::query_scalar!(
        "select id from categories where ledger_id = $1 and id = $2 and merging_into is not null",
        ledger_id.0,
        id.0,
    )
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// One of the categories of a ledger that are being merged.
async fn unfinished(connection: &mut PgConnection, ledger_id: LedgerId) -> Result<Option<Merging>> {
    Ok(sqlx::query_as!(
        Merging,
        r#"select id as "from: CategoryId", merging_into as "into!: CategoryId", merging_by as "by!: MemberId"
             from categories
            where ledger_id = $1 and merging_into is not null
            order by id limit 1"#,
        ledger_id.0,
    )
    .fetch_optional(connection)
    .await?)
}

/// Leaves a category that was being merged as it is.
async fn give_up(connection: &mut PgConnection, ledger_id: LedgerId, id: CategoryId) -> Result<()> {
    sqlx::query!(
        "update categories set merging_into = null where ledger_id = $1 and id = $2",
        ledger_id.0,
        id.0,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Notes that nothing in a ledger is being merged.
async fn settle(connection: &mut PgConnection, ledger_id: LedgerId) -> Result<()> {
    sqlx::query!(
        "update ledgers set merging = false where id = $1",
        ledger_id.0
    )
    .execute(connection)
    .await?;
    Ok(())
}
