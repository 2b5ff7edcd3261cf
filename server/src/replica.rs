//! A read replica: read from where it has come as far as the primary, and left out by itself where it lags or is away.
//!
//! See docs/adr/0014-read-replicas.md.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Serialize;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection, PgExecutor, PgPool};

use crate::db;
use crate::error::Result;
use crate::ids::LedgerId;
use crate::ledgers::Moment;

/// How long it may take to say how far it has come, connecting included: it is on a request's way.
const ANSWER: Duration = Duration::from_millis(500);
/// How often it is looked whether what is left out can be asked again.
const LOOK: Duration = Duration::from_millis(500);

/// How a replica stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Up,
    /// It answers, and has not come for some time to where the primary was.
    Lagging,
    Down,
}

/// A replica, and how it stands.
pub struct Replica {
    options: PgConnectOptions,
    connections: u32,
    state: Mutex<State>,
    is_watched: AtomicBool,
}

struct State {
    pool: PgPool,
    standing: Standing,
}

/// Where a ledger is read.
pub struct Reading {
    primary: PgPool,
    /// As long as it is read there.
    replica: Option<AtReplica>,
}

#[derive(Clone)]
struct AtReplica {
    replica: Arc<Replica>,
    pool: PgPool,
    seen: Vec<(LedgerId, Moment)>,
}

impl Reading {
    /// Reads at the primary.
    pub const fn at_primary(primary: PgPool) -> Self {
        Self {
            primary,
            replica: None,
        }
    }

    /// Reads at the replica, if these ledgers have come as far there as they have been seen.
    pub async fn new(
        primary: PgPool,
        replica: Option<&Arc<Replica>>,
        seen: Vec<(LedgerId, Moment)>,
    ) -> Self {
        let Some(replica) = replica else {
            return Self::at_primary(primary);
        };
        let pool = match replica.standing() {
            Standing::Up => replica.at(seen.clone()).await,
            Standing::Lagging | Standing::Down => None,
        };
        count(if pool.is_some() { "replica" } else { "primary" });
        let replica = pool.map(|pool| AtReplica {
            replica: Arc::clone(replica),
            pool,
            seen,
        });
        Self { primary, replica }
    }

    /// Reads; and if the replica goes or hangs meanwhile, again from the primary, then and from then on.
    pub async fn read<T, F>(&mut self, read: impl FnOnce(PgPool) -> F + Clone) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let Some(AtReplica {
            replica,
            pool,
            seen,
        }) = self.replica.clone()
        else {
            return read(self.primary.clone()).await;
        };
        let answer = tokio::select! {
            answer = read.clone()(pool) => Some(answer),
            () = replica.lost(&seen) => None,
        };
        match answer {
            Some(Err(error)) if error.is_of_server() => replica.watch(seen),
            Some(answer) => return answer,
            None => {}
        }
        tracing::info!("the replica has not finished: reading again from the primary");
        count("primary");
        self.replica = None;
        read(self.primary.clone()).await
    }
}

fn count(from: &'static str) {
    metrics::counter!("database_reads_total", "from" => from).increment(1);
}

/// How far some ledgers have come at a server, by what has been seen of them.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    /// How many are where they were seen, or further.
    there: usize,
    /// How many have come to the same number, and not by what was seen there: before it or after, nobody can say.
    apart: usize,
    /// How many are not so far; those that are not there at all may have been deleted.
    behind: usize,
}

impl Progress {
    /// Whether the server has not come to where so many have been seen. What is apart is no sign of that, and to wait for
    /// it would be to wait for the next change of that ledger.
    const fn falls_short(self, seen: usize) -> bool {
        self.there + self.apart < seen
    }
}

impl Replica {
    /// Connects with the first question.
    pub fn new(options: PgConnectOptions, connections: u32) -> Self {
        let state = State {
            pool: db::pool(options.clone(), connections),
            standing: Standing::Up,
        };
        Self {
            options,
            connections,
            state: Mutex::new(state),
            is_watched: AtomicBool::default(),
        }
    }

    /// How it stands, as far as is known.
    pub fn standing(&self) -> Standing {
        self.state().standing
    }

    /// The replica, if all these ledgers have come there at least to where they have been seen at the primary. It never
    /// goes back, so what is read there next is not older, either.
    pub async fn at(self: &Arc<Self>, seen: Vec<(LedgerId, Moment)>) -> Option<PgPool> {
        let pool = {
            let state = self.state();
            (state.standing == Standing::Up).then(|| state.pool.clone())?
        };
        let connection = tokio::time::timeout(ANSWER, pool.acquire()).await;
        // All are taken: by others who read, or for ever, which is seen when it is looked.
        let is_busy =
            connection.is_err() && pool.num_idle() == 0 && pool.size() >= self.connections;
        if is_busy {
            tracing::debug!("the replica is busy: reading from the primary");
            self.watch(seen);
            return None;
        }
        let asked = async {
            progress(&mut *connection??, &seen)
                .await
                .map_err(Into::into)
        };
        match in_time(asked).await {
            Ok(progress) if progress.there == seen.len() => Some(pool),
            Ok(progress) => {
                if progress.falls_short(seen.len()) {
                    self.watch(seen);
                }
                None
            }
            Err(error) => {
                tracing::debug!(%error, "the replica does not answer");
                self.state().standing = Standing::Down;
                self.watch(seen);
                None
            }
        }
    }

    /// Ends when the replica has been away for two looks at it.
    async fn lost(self: &Arc<Self>, seen: &[(LedgerId, Moment)]) {
        let mut times = 0;
        while times < 2 {
            tokio::time::sleep(LOOK).await;
            self.watch(seen.to_vec());
            times = match self.standing() {
                Standing::Down => times + 1,
                Standing::Up | Standing::Lagging => 0,
            };
        }
    }

    /// Looks, over a connection of its own and beside the requests, how it stands, until it can be asked again.
    fn watch(self: &Arc<Self>, seen: Vec<(LedgerId, Moment)>) {
        if self.is_watched.swap(true, Ordering::Relaxed) {
            return;
        }
        let replica = Arc::clone(self);
        tokio::spawn(async move {
            let mut before = Standing::Up;
            loop {
                tokio::time::sleep(LOOK).await;
                let probe = async {
                    let mut connection = PgConnection::connect_with(&replica.options).await?;
                    Ok(progress(&mut connection, &seen).await?)
                };
                let standing = match in_time(probe).await {
                    Ok(progress) if progress.behind == 0 => Standing::Up,
                    Ok(_) => Standing::Lagging,
                    Err(_) => Standing::Down,
                };
                if standing == Standing::Up {
                    // First: whoever still waits for an answer from before may say that it is down once more, and look again.
                    replica.is_watched.store(false, Ordering::Relaxed);
                    replica.note(before, standing);
                    break;
                }
                replica.note(before, standing);
                before = standing;
            }
        });
    }

    fn note(&self, before: Standing, now: Standing) {
        let mut state = self.state();
        state.standing = now;
        if before == now {
            return;
        }
        match now {
            Standing::Up => tracing::info!("the replica is back"),
            Standing::Lagging => tracing::warn!("the replica lags: reading from the primary"),
            Standing::Down => {
                tracing::warn!("the replica is away: reading from the primary");
                // Those connections may never say that they are none any more.
                let fresh = db::pool(self.options.clone(), self.connections);
                let stuck = std::mem::replace(&mut state.pool, fresh);
                tokio::spawn(async move { stuck.close().await });
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn progress(
    db: impl PgExecutor<'_>,
    seen: &[(LedgerId, Moment)],
) -> Result<Progress, sqlx::Error> {
    let ids: Vec<_> = seen.iter().map(|(id, _)| id.0).collect();
    let seqs: Vec<_> = seen.iter().map(|(_, moment)| moment.seq).collect();
    let moments: Vec<_> = seen.iter().map(|(_, moment)| moment.id).collect();
    // The same number with another moment is of a history that the primary knows nothing of, or something that has no number.
    let found = sqlx::query!(
        r#"select l.moment = seen.moment or l.seq > seen.seq as "there!", l.seq < seen.seq as "behind!"
             from unnest($1::uuid[], $2::bigint[], $3::uuid[]) as seen (id, seq, moment)
             join ledgers l on l.id = seen.id"#,
        &ids,
        &seqs,
        &moments,
    )
    .fetch_all(db)
    .await?;
    let mut progress = Progress::default();
    for ledger in found {
        let count = match (ledger.there, ledger.behind) {
            (true, _) => &mut progress.there,
            (false, true) => &mut progress.behind,
            (false, false) => &mut progress.apart,
        };
        *count += 1;
    }
    Ok(progress)
}

async fn in_time<T>(answer: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::time::timeout(ANSWER, answer).await?
}

#[cfg(test)]
mod tests {
    use super::Progress;

    #[test]
    fn what_is_apart_is_not_waited_for() {
        let progress = |there, apart, behind| Progress {
            there,
            apart,
            behind,
        };
        assert!(!progress(1, 0, 0).falls_short(1));
        assert!(!progress(0, 1, 0).falls_short(1));
        assert!(progress(0, 0, 1).falls_short(1));
        // One of two is not there at all: made a moment ago, or deleted.
        assert!(progress(1, 0, 0).falls_short(2));
        assert!(progress(0, 1, 0).falls_short(2));
    }
}
