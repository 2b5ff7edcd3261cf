//! Connections that go from one request to the next without sqlx.
//!
//! See docs/adr/0023-connections-that-go-round.md.

use std::fmt::{self, Debug, Formatter};
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::pool::{CloseEvent, PoolConnection};
use sqlx::{PgConnection, PgPool, Postgres};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::FOR_A_CONNECTION;

/// How long a connection waits here for the next request, and how often that is looked at: none waits for longer than two seconds,
/// after which the pool would ask whether it lives (`SURELY_ALIVE`).
const IDLE: Duration = Duration::from_secs(1);
/// How long one goes round until sqlx looks at it, which knows how old it may become.
const ROUND: Duration = Duration::from_mins(1);

/// Connections of the pool that were given back with nothing outstanding. Whatever comes back to the pool itself is first asked
/// whether it lives, which is a task here and a message to the database, for nearly every request.
///
/// At most half of the pool's connections are here: whoever wants one of the pool gets it there.
pub struct Round {
    shared: Arc<Shared>,
    _tidying: JoinSet<()>,
}

struct Shared {
    pool: PgPool,
    /// For each that may be here, lent or not.
    permits: Arc<Semaphore>,
    /// The latest last.
    waiting: Mutex<Vec<Waiting>>,
}

struct Waiting {
    connection: PoolConnection<Postgres>,
    from_pool: Instant,
    since: Instant,
}

/// A connection until it is given back. One that is dropped goes to the pool, which sees to it whatever it was in the midst of.
pub struct Lent {
    connection: PoolConnection<Postgres>,
    from_pool: Instant,
    shared: Arc<Shared>,
    permit: OwnedSemaphorePermit,
}

impl Round {
    /// In front of a pool.
    pub fn new(pool: PgPool) -> Self {
        let half = pool.options().get_max_connections() / 2;
        let permits = usize::try_from(half).unwrap_or(usize::MAX).max(1);
        let closing = pool.close_event();
        let shared = Arc::new(Shared {
            pool,
            permits: Arc::new(Semaphore::new(permits)),
            waiting: Mutex::default(),
        });
        let mut tidying = JoinSet::new();
        tidying.spawn(tidy(Arc::clone(&shared), closing));
        Self {
            shared,
            _tidying: tidying,
        }
    }

    /// The connection that was given back last, or one of the pool.
    ///
    /// # Errors
    /// As the pool's, where none becomes free in time.
    pub async fn take(&self) -> Result<Lent, sqlx::Error> {
        let permits = Arc::clone(&self.shared.permits);
        let permit = tokio::time::timeout(FOR_A_CONNECTION, permits.acquire_owned());
        let permit = permit.await.map_err(|_| sqlx::Error::PoolTimedOut)?;
        let permit = permit.map_err(|_| sqlx::Error::PoolClosed)?;
        let latest = self.shared.waiting().pop();
        let (connection, from_pool) = match latest {
            Some(latest) => (latest.connection, latest.from_pool),
            None => (self.shared.pool.acquire().await?, Instant::now()),
        };
        Ok(Lent {
            connection,
            from_pool,
            shared: Arc::clone(&self.shared),
            permit,
        })
    }

    /// How many wait for the next request.
    pub fn waiting(&self) -> usize {
        self.shared.waiting().len()
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the pool has no use for this connection.
    fn is_spare(&self, from_pool: Instant) -> bool {
        !self.pool.is_closed()
            && self.pool.options().get_max_connections() > 1
            && from_pool.elapsed() < ROUND
    }
}

impl Lent {
    /// Lets the next request have the connection at once. For whoever has waited for the answers to all that they asked, and
    /// is in no transaction.
    pub fn give_back(self) {
        let Self {
            connection,
            from_pool,
            shared,
            permit,
        } = self;
        let mut waiting = shared.waiting();
        // Under the lock: what comes after the pool has closed would never be let go of.
        if shared.is_spare(from_pool) {
            waiting.push(Waiting {
                connection,
                from_pool,
                since: Instant::now(),
            });
        }
        drop(waiting);
        drop(permit);
    }
}

impl Deref for Lent {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Lent {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Debug for Lent {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.connection.fmt(formatter)
    }
}

/// Lets go of what nobody has wanted for a while, and of everything when the pool closes, which waits for it.
async fn tidy(shared: Arc<Shared>, mut closing: CloseEvent) {
    let tidying = async {
        let mut ticks = tokio::time::interval(IDLE);
        loop {
            ticks.tick().await;
            let wanted = |waiting: &Waiting| waiting.since.elapsed() < IDLE;
            shared.waiting().retain(wanted);
        }
    };
    let closed: Result<(), sqlx::Error> = closing.do_until(tidying).await;
    closed.unwrap_or_default();
    shared.waiting().clear();
}
