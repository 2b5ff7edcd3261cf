//! The database: the pool, the migrations, and [`Tx`], the only way to begin a transaction.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use serde::Serialize;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres};
use uuid::Uuid;

use crate::error::Result;
use crate::history::{Action, Entity};
use crate::ids::{LedgerId, MemberId};

/// The migrations, in the binary.
pub static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!();

/// How long a connection may have been idle to be taken without asking whether it still lives.
const SURELY_ALIVE: Duration = Duration::from_secs(2);

/// A pool that gives up after a few seconds rather than queue without end, with bounds on what a statement may take.
///
/// Statements are planned once and for all values. Left to itself, PostgreSQL plans those on partitioned tables, and the
/// checks of foreign keys to them, again and again, because it prices a plan as if no partition were left out when it
/// runs; planning took half of their time. Those that need to know the values ask for it: [`Tx::begin_reading`].
pub fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    let options = options.application_name("outlay").options([
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("plan_cache_mode", "force_generic_plan"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(5))
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            Box::pin(async move {
                if meta.idle_for > SURELY_ALIVE {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        .connect_lazy_with(options)
}

/// A transaction of one request. It collects the changes that the request makes and writes them into the history with
/// the commit, so that no write goes without its change.
pub struct Tx {
    inner: sqlx::Transaction<'static, Postgres>,
    changes: Vec<Draft>,
    reverts: Option<i64>,
}

/// A change that has no number yet.
#[derive(Serialize)]
struct Draft {
    #[serde(skip)]
    ledger_id: LedgerId,
    actor: Option<MemberId>,
    entity: Entity,
    entity_id: Uuid,
    action: Action,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
    reverts: Option<i64>,
}

/// What a change is about: the thing, and who does what to it.
#[derive(Debug, Clone, Copy)]
pub struct About {
    pub ledger_id: LedgerId,
    pub actor: Option<MemberId>,
    pub entity: Entity,
    pub entity_id: Uuid,
    pub action: Action,
}

impl Tx {
    /// Begins.
    pub async fn begin(pool: &PgPool) -> Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one place that may")]
        let inner = pool.begin().await?;
        Ok(Self {
            inner,
            changes: Vec::new(),
            reverts: None,
        })
    }

    /// Begins to read one state of everything, with statements that are planned for their values: those whose filters
    /// decide which index is best.
    pub async fn begin_reading(pool: &PgPool) -> Result<Self> {
        let inner = pool
            .begin_with(
                "begin isolation level repeatable read read only; set local plan_cache_mode = force_custom_plan",
            )
            .await?;
        Ok(Self {
            inner,
            changes: Vec::new(),
            reverts: None,
        })
    }

    /// From now on the changes that are noted take back the one with this number.
    pub fn reverting(&mut self, seq: i64) {
        self.reverts = Some(seq);
    }

    /// Notes a change: the resource as it was and as it is, as the API shows it.
    pub fn record<T: Serialize>(
        &mut self,
        about: About,
        before: Option<&T>,
        after: Option<&T>,
    ) -> Result<()> {
        self.changes.push(Draft {
            ledger_id: about.ledger_id,
            actor: about.actor,
            entity: about.entity,
            entity_id: about.entity_id,
            action: about.action,
            before: before.map(serde_json::to_value).transpose()?,
            after: after.map(serde_json::to_value).transpose()?,
            reverts: self.reverts,
        });
        Ok(())
    }

    /// How many changes of a ledger are noted: what its `seq` will have grown by after the commit.
    pub fn noted(&self, ledger_id: LedgerId) -> i64 {
        let of_ledger = |draft: &&Draft| draft.ledger_id == ledger_id;
        i64::try_from(self.changes.iter().filter(of_ledger).count()).unwrap_or(i64::MAX)
    }

    /// Numbers and writes the changes, and commits. Numbering comes last, because it locks the ledger's row.
    pub async fn commit(mut self) -> Result<()> {
        self.flush().await?;
        Ok(self.inner.commit().await?)
    }

    /// Numbers and writes the changes so far, for what makes more of them than are to be held in memory. This locks the
    /// ledger's row: before it, lock whatever will be written.
    pub async fn flush(&mut self) -> Result<()> {
        let mut drafts = std::mem::take(&mut self.changes);
        // Ledgers in one order, so that two transactions over the same ones cannot wait for each other.
        drafts.sort_by_key(|draft| draft.ledger_id);
        for of_one_ledger in drafts.chunk_by(|a, b| a.ledger_id == b.ledger_id) {
            write_changes(&mut self.inner, of_one_ledger).await?;
        }
        Ok(())
    }
}

impl Deref for Tx {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.inner
    }
}

async fn write_changes(connection: &mut PgConnection, drafts: &[Draft]) -> Result<()> {
    let Some(Draft { ledger_id, .. }) = drafts.first() else {
        return Ok(());
    };
    sqlx::query!(
        r#"
        with taken as (
            update ledgers set seq = seq + jsonb_array_length($2) where id = $1 returning seq
        )
        insert into changes (ledger_id, seq, actor, entity, entity_id, action, before, after, reverts)
        select $1, taken.seq - jsonb_array_length($2) + draft.number,
               draft.actor, draft.entity, draft.entity_id, draft.action, draft.before, draft.after,
               draft.reverts
          from taken,
               rows from (
                   jsonb_to_recordset($2)
                     as (actor uuid, entity text, entity_id uuid, action text, before jsonb, after jsonb, reverts bigint)
               ) with ordinality as draft (actor, entity, entity_id, action, before, after, reverts, number)
        "#,
        ledger_id.0,
        serde_json::to_value(drafts)?,
    )
    .execute(connection)
    .await?;
    Ok(())
}
