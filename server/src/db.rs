//! The database: the pool, the migrations, and [`Tx`], the only way to begin a transaction.

mod begun;
mod round;

use std::ops::{Deref, DerefMut};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sqlx::migrate::Migrator;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, Postgres, SqlSafeStr, SqlStr};
use tracing::Instrument;
use uuid::Uuid;

use self::begun::Begun;
pub use self::round::{Lent, Round};
use crate::app::App;
use crate::error::{Code, Result};
use crate::history::{Action, Entity};
use crate::ids::{LedgerId, MemberId, SessionId, UserId};
use crate::ledgers::Role;
use crate::live::{self, Announcement, Commit, Live};
use crate::overload::Turn;

/// The migrations, in the binary. Its own lock is one of a session, and behind a PgBouncer there are none: whoever runs
/// them takes [`lock_migrations`].
pub static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!();
    migrations.set_locking(false);
    migrations
});

/// Lets one instance at a time bring the tables up to date, until this transaction ends.
pub async fn lock_migrations(
    connection: &mut PgConnection,
) -> Result<sqlx::Transaction<'_, Postgres>, sqlx::Error> {
    let mut lock = connection.begin().await?;
    // Whoever waits does so as long as it takes another to migrate, and that one is idle here meanwhile.
    for bound in [
        "set local lock_timeout = 0",
        "set local statement_timeout = 0",
        "set local idle_in_transaction_session_timeout = 0",
    ] {
        sqlx::query(bound).execute(&mut *lock).await?;
    }
    sqlx::query("select pg_advisory_xact_lock(hashtext('outlay migrations'))")
        .execute(&mut *lock)
        .await?;
    Ok(lock)
}

/// How long one waits for a connection.
const FOR_A_CONNECTION: Duration = Duration::from_secs(5);
/// How long a connection may have been idle to be taken without asking whether it still lives.
const SURELY_ALIVE: Duration = Duration::from_secs(2);

/// A pool that gives up after a few seconds rather than queue without end, with bounds on what a statement may take.
///
/// Statements are planned once and for all values. Left to itself, PostgreSQL plans those on partitioned tables, and the
/// checks of foreign keys to them, again and again, because it prices a plan as if no partition were left out when it
/// runs; planning took half of their time. Those that need to know the values ask for it: [`Tx::begin_reading`].
///
/// A request is to take little of one core: no workers beside it and no compiling of its plan, which a wrong guess about a
/// large partition would call for, and pages that are mostly in memory, so that a few lookups are not taken to cost more than
/// reading everybody's rows.
pub fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    let options = options.application_name("outlay").options([
        ("statement_timeout", "15s"),
        ("lock_timeout", "5s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("plan_cache_mode", "force_generic_plan"),
        ("max_parallel_workers_per_gather", "0"),
        ("jit", "off"),
        ("random_page_cost", "1.1"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(FOR_A_CONNECTION)
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
    inner: Begun,
    changes: Vec<Draft>,
    reverts: Option<i64>,
    /// Whether its changes were allowed when what they are the rest of began.
    were_allowed: bool,
    /// What is to be announced, and where; nowhere for what nobody listens to.
    commits: Vec<Commit>,
    /// Sessions that end with the commit.
    signed_out: Vec<(UserId, Vec<SessionId>)>,
    live: Option<Arc<Live>>,
    /// The place among the writers of the ledger, where it is about one.
    turn: Option<Turn>,
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
    /// Begins what is about no single ledger. See [`Tx::begin_on`].
    pub async fn begin(app: &App) -> Result<Self> {
        let live = Some(Arc::clone(&app.live));
        Ok(Self {
            live,
            ..Self::begin_silently(&app.db).await?
        })
    }

    /// Begins what nobody listens to: it is announced to nobody.
    pub async fn begin_silently(pool: &PgPool) -> Result<Self> {
        let (inner, _) = begin(pool, "begin".into_sql_str(), None).await?;
        Ok(Self::new(inner))
    }

    /// Begins to write to a ledger, and locks it until the end. Everybody who does so waits here for whoever came first,
    /// holding nothing, and most of them without a connection: two writers of a ledger can never wait for each other, and
    /// those of one ledger leave connections for all others.
    pub async fn begin_on(app: &App, ledger_id: LedgerId) -> Result<Self> {
        let turn = Some(app.queues.turn(ledger_id).await?);
        let lock = format!(
            "begin; select from ledgers where id = '{}' for no key update",
            ledger_id.0
        );
        let (inner, turn) = begin(&app.db, AssertSqlSafe(lock).into_sql_str(), turn).await?;
        Ok(Self {
            turn,
            live: Some(Arc::clone(&app.live)),
            ..Self::new(inner)
        })
    }

    /// Begins to read one state of everything, with statements that are planned for their values: those whose filters
    /// decide which index is best.
    pub async fn begin_reading(pool: &PgPool) -> Result<Self> {
        let statement = "begin isolation level repeatable read read only; \
                         set local plan_cache_mode = force_custom_plan";
        let (inner, _) = begin(pool, statement.into_sql_str(), None).await?;
        Ok(Self::new(inner))
    }

    const fn new(inner: Begun) -> Self {
        Self {
            inner,
            changes: Vec::new(),
            reverts: None,
            were_allowed: false,
            commits: Vec::new(),
            signed_out: Vec::new(),
            live: None,
            turn: None,
        }
    }

    /// From now on the changes that are noted take back the one with this number.
    pub fn reverting(&mut self, seq: i64) {
        self.reverts = Some(seq);
    }

    /// Its changes are the rest of what somebody was allowed to do when it began: whether they still are is not asked.
    pub fn allowed_before(&mut self) {
        self.were_allowed = true;
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

    /// Notes that a ledger is about to go with its history, so that its members are told.
    pub async fn note_end(&mut self, ledger_id: LedgerId) -> Result<()> {
        let members = live::listeners(&mut *self.inner, ledger_id).await?;
        self.commits.push(Commit::end(ledger_id, members));
        Ok(())
    }

    /// Notes that sessions end, so that their streams do.
    pub fn note_signed_out(&mut self, user_id: UserId, sessions: Vec<SessionId>) {
        if !sessions.is_empty() {
            self.signed_out.push((user_id, sessions));
        }
    }

    /// Numbers and writes the changes, commits, and announces.
    ///
    /// In a task of its own: whoever asked may leave at any moment. What is committed is to be announced, and a `commit` that
    /// was not waited for would be followed by a `rollback` of nothing.
    pub async fn commit(mut self) -> Result<()> {
        self.flush().await?;
        let Self {
            inner,
            commits,
            signed_out,
            live,
            turn,
            ..
        } = self;
        let committed = tokio::spawn(
            async move {
                inner.commit().await?;
                drop(turn);
                if let Some(live) = live {
                    live.announce(commits);
                    live.sign_out(signed_out);
                }
                Ok(())
            }
            .in_current_span(),
        );
        committed.await.map_err(anyhow::Error::from)?
    }

    /// Numbers and writes the changes so far, for what makes more of them than are to be held in memory.
    pub async fn flush(&mut self) -> Result<()> {
        let mut drafts = std::mem::take(&mut self.changes);
        // Ledgers in one order, so that two transactions over the same ones cannot wait for each other.
        drafts.sort_by_key(|draft| draft.ledger_id);
        for of_one_ledger in drafts.chunk_by(|a, b| a.ledger_id == b.ledger_id) {
            let written = write_changes(&mut self.inner, of_one_ledger, self.were_allowed);
            self.commits.extend(written.await?);
        }
        Ok(())
    }
}

/// Begins a transaction, whole or not at all: in a task of its own, because whoever asked may leave at any moment. sqlx takes
/// a connection whose `begin` was not waited for to be in no transaction, and the next one to use it would be in this one.
/// The lock on a ledger comes with it in one message. A turn is kept as long as the connection.
async fn begin(
    pool: &PgPool,
    statement: SqlStr,
    turn: Option<Turn>,
) -> Result<(Begun, Option<Turn>)> {
    let pool = pool.clone();
    let begun = async move { Ok::<_, sqlx::Error>((Begun::with(&pool, statement).await?, turn)) };
    let begun = tokio::spawn(begun.in_current_span());
    Ok(begun.await.map_err(anyhow::Error::from)??)
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

async fn write_changes(
    connection: &mut PgConnection,
    drafts: &[Draft],
    were_allowed: bool,
) -> Result<Option<Commit>> {
    let Some(Draft {
        ledger_id, actor, ..
    }) = drafts.last()
    else {
        return Ok(None);
    };
    let written = sqlx::query!(
        r#"
        with taken as (
            update ledgers set seq = seq + jsonb_array_length($2), moment = gen_random_uuid()
             where id = $1 returning seq
        ), written as (
            insert into changes (ledger_id, seq, actor, entity, entity_id, action, before, after, reverts)
            select $1, taken.seq - jsonb_array_length($2) + draft.number,
                   draft.actor, draft.entity, draft.entity_id, draft.action, draft.before, draft.after,
                   draft.reverts
              from taken,
                   rows from (
                       jsonb_to_recordset($2)
                         as (actor uuid, entity text, entity_id uuid, action text, before jsonb, after jsonb, reverts bigint)
                   ) with ordinality as draft (actor, entity, entity_id, action, before, after, reverts, number)
        )
        select taken.seq as "seq!", taken.seq - jsonb_array_length($2) = l.seq as "is_fresh!",
               l.archived_at is not null as "is_archived!", m.name as "name?",
               case when m.user_id is not null and m.archived_at is null then m.role end as "role: Role",
               array(select user_id from members
                      where ledger_id = $1 and user_id is not null and archived_at is null) as "users!"
          from taken
          join ledgers l on l.id = $1
          left join members m on m.ledger_id = $1 and m.id = $3
        "#,
        ledger_id.0,
        serde_json::to_value(drafts)?,
        actor.map(|id| id.0),
    )
    .fetch_optional(connection)
    .await?;
    if let Some(row) = &written
        && !were_allowed
    {
        check_editor(drafts, row.role, row.is_archived)?;
    }
    Ok(written.map(|row| {
        let users: Vec<_> = row.users.into_iter().map(UserId).collect();
        Commit {
            is_fresh: row.is_fresh,
            announcement: Announcement {
                ledger_id: *ledger_id,
                seq: row.seq,
                actor: *actor,
                name: row.name,
                moved: moved(drafts, &users),
                users,
            },
        }
    }))
}

/// Refuses what is for editors where the actor is none any more, or the ledger no longer open: whoever waited for the ledger
/// has proven that before, and may have been removed meanwhile. What is for owners is checked where it is done.
fn check_editor(drafts: &[Draft], role: Option<Role>, is_archived: bool) -> Result<()> {
    let is_for_editors = |draft: &Draft| matches!(draft.entity, Entity::Expense | Entity::Category);
    if !drafts.iter().any(is_for_editors) {
        return Ok(());
    }
    match role {
        None => Err(Code::NotFound.error()),
        Some(role) if role < Role::Editor => Err(Code::Forbidden.error()),
        Some(_) if is_archived => Err(Code::Archived.error()),
        Some(_) => Ok(()),
    }
}

/// Whose list of ledgers is another one after these changes: that of the users whose membership they are about, and
/// everybody's where they are about the ledger itself.
fn moved(drafts: &[Draft], users: &[UserId]) -> Vec<UserId> {
    if drafts.iter().any(|draft| draft.entity == Entity::Ledger) {
        return users.to_vec();
    }
    drafts
        .iter()
        .filter(|draft| draft.entity == Entity::Member)
        .flat_map(|draft| [&draft.before, &draft.after])
        .filter_map(|state| UserId::deserialize(state.as_ref()?.get("user_id")?).ok())
        .collect()
}
