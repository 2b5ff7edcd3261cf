//! What is more than can be done soon is told to come again, at once.
//!
//! See docs/adr/0015-overload.md.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::ids::LedgerId;

/// How many writers of one ledger have a connection to the database: one writes, and one waits for its lock.
const AT_WORK: usize = 2;
/// How many more may wait for that,
const WAITING: usize = 64;
/// and for how long.
const PATIENCE: Duration = Duration::from_secs(5);

tokio::task_local! {
    static PLACE: Arc<OwnedSemaphorePermit>;
}

/// Lets a request in, if there is room.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    match Arc::clone(&app.room).try_acquire_owned() {
        Ok(place) => PLACE.scope(Arc::new(place), next.run(request)).await,
        Err(_) => refused("requests", "too many requests at once").into_response(),
    }
}

/// The place of the request that runs here: for what goes on in a task of its own when whoever asked has left. Otherwise
/// asking and leaving again and again would be more at once than there is room for.
pub fn place() -> Option<Arc<OwnedSemaphorePermit>> {
    PLACE.try_with(Arc::clone).ok()
}

fn refused(what: &'static str, detail: &'static str) -> Error {
    metrics::counter!("overload_refused_total", "what" => what).increment(1);
    Code::Unavailable.error().detail(detail).retry_after(1)
}

/// The writers of each ledger that has any, in this process.
#[derive(Default)]
pub struct Queues(Mutex<HashMap<LedgerId, Queue>>);

struct Queue {
    turns: Arc<Semaphore>,
    /// Those at work, and those who wait.
    writers: usize,
}

/// A place among the writers of a ledger, until it is dropped.
pub struct Turn {
    queues: Arc<Queues>,
    ledger_id: LedgerId,
    permit: Option<OwnedSemaphorePermit>,
}

impl Queues {
    /// Waits for a turn to write to a ledger, here and not with a connection that others need for theirs.
    ///
    /// # Errors
    /// `unavailable` where too many wait already, or it takes too long.
    pub async fn turn(self: &Arc<Self>, ledger_id: LedgerId) -> Result<Turn> {
        let (mut turn, turns) = {
            let mut queues = self.lock();
            let queue = queues.entry(ledger_id).or_insert_with(|| Queue {
                turns: Arc::new(Semaphore::new(AT_WORK)),
                writers: 0,
            });
            if queue.writers >= AT_WORK + WAITING {
                return Err(refused("writers", "too many write to this ledger at once"));
            }
            queue.writers += 1;
            let turn = Turn {
                queues: Arc::clone(self),
                ledger_id,
                permit: None,
            };
            (turn, Arc::clone(&queue.turns))
        };
        match tokio::time::timeout(PATIENCE, turns.acquire_owned()).await {
            Ok(Ok(permit)) => turn.permit = Some(permit),
            Ok(Err(_)) | Err(_) => {
                return Err(refused("writers", "others write to this ledger for long"));
            }
        }
        Ok(turn)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<LedgerId, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // First, so that whoever comes next finds the queue or makes a new one.
        self.permit = None;
        let mut queues = self.queues.lock();
        if let Some(queue) = queues.get_mut(&self.ledger_id) {
            queue.writers -= 1;
            if queue.writers == 0 {
                queues.remove(&self.ledger_id);
            }
        }
    }
}
