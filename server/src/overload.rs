//! What is more than can be done at once waits in a bounded queue, and what is more than that is told to come again.
//!
//! See docs/adr/0015-overload.md.

mod room;
mod taking;
mod untaken;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

pub use room::{Room, Stay};
pub use untaken::{Untaken, count};

use crate::answer::Arrival;
use crate::app::App;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::ids::LedgerId;
use crate::pace;
use room::Refusal;

/// How many requests are at work for each connection to the database. Half of what a request takes is done without one; many
/// more would only wait for it, with more in their hands than those in the queue have, and before whoever asks whether this
/// instance is ready.
const FOR_EACH_CONNECTION: u32 = 4;
/// What part of the time that a request may take it may wait to be worked at.
const PATIENCE: u32 = 4;
/// KiB of large bodies that have arrived for requests that are not answered yet.
const BODIES: u32 = 64 * 1024;
/// KiB that are taken of every body: its connection holds as much. Otherwise some who send large ones, and never their end,
/// would stop all who write.
const SMALL: usize = 16;
/// Within how many seconds those who are refused come again, so that not all do at once.
const SPREAD: u64 = 8;

/// How many writers of one ledger have a connection to the database: one writes, and one waits for its lock.
const AT_WORK: usize = 2;
/// How many more may wait for that,
const WAITING: usize = 64;
/// and for how long.
const FOR_A_TURN: Duration = Duration::from_secs(5);

tokio::task_local! {
    static STAY: Arc<Stay>;
}

/// Room for the requests to the API.
pub struct Requests {
    pub room: Arc<Room>,
    /// A permit for each KiB.
    bodies: Semaphore,
}

impl Requests {
    /// As much as the settings say.
    pub fn new(config: &Config) -> Self {
        let number = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let patience = Duration::from_secs(config.request_timeout.into()) / PATIENCE;
        let room = Room::new(
            number(
                config
                    .database_connections
                    .saturating_mul(FOR_EACH_CONNECTION),
            ),
            number(config.requests_at_once),
            patience,
        );
        Self {
            room: Arc::new(room),
            bodies: Semaphore::new(number(BODIES)),
        }
    }

    /// Waits until a request has arrived whole: one that comes slowly is not to take a place meanwhile.
    async fn whole(
        &self,
        request: Request,
        limit: u32,
    ) -> Result<(Request, Option<SemaphorePermit<'_>>)> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let (parts, mut body) = request.into_parts();
        let (mut chunks, mut length) = (Vec::new(), 0);
        let mut held: Option<SemaphorePermit<'_>> = None;
        if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
            return Err(Code::BodyTooLarge.error());
        }
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Err(Code::MalformedJson
                    .error()
                    .detail("the body did not arrive whole"));
            };
            let Ok(chunk) = frame.into_data() else {
                continue;
            };
            length += chunk.len();
            if length > limit {
                return Err(Code::BodyTooLarge.error());
            }
            // For what has arrived: to say that much will come costs nothing.
            let large = (length / 1024).saturating_sub(SMALL);
            let more = large - held.as_ref().map_or(0, SemaphorePermit::num_permits);
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            let Ok(permit) = self.bodies.try_acquire_many(more) else {
                return Err(refused("bodies", "too much arrives at once"));
            };
            match &mut held {
                Some(held) => held.merge(permit),
                None => held = Some(permit),
            }
            chunks.push(chunk);
        }
        if let Some(arrival) = parts.extensions.get::<Arrival>() {
            arrival.note();
        }
        let body = match chunks.len() {
            0 => Body::empty(),
            1 => Body::from(chunks.remove(0)),
            _ => Body::from(chunks.concat()),
        };
        Ok((Request::from_parts(parts, body), held))
    }
}

/// Lets a request in, as soon as there is room; but not that of somebody who asks too often.
pub async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(refused) = pace::count(&app, &mut parts).await {
        return refused.into_response();
    }
    let request = Request::from_parts(parts, body);
    let (request, _body) = match app.requests.whole(request, app.config.body_limit).await {
        Ok(whole) => whole,
        Err(error) => return error.into_response(),
    };
    let stay = match app.requests.room.enter().await {
        Ok(stay) => Arc::new(stay),
        Err(refusal) => return no_room(&refusal).into_response(),
    };
    let response = STAY.scope(Arc::clone(&stay), next.run(request)).await;
    stay.answered();
    response
}

/// The stay of the request that runs here: for what goes on in a task of its own when whoever asked has left. Otherwise
/// asking and leaving again and again would be more at once than there is room for.
pub fn stay() -> Option<Arc<Stay>> {
    STAY.try_with(Arc::clone).ok()
}

/// Lets another request work in the place of the one that runs here, which has to wait for something else. It goes on without
/// one: those who do are bounded by what they wait for.
pub fn step_aside() {
    // Outside of a request there is no place.
    STAY.try_with(|stay| stay.step_aside()).ok();
}

fn no_room(refusal: &Refusal) -> Error {
    let (what, detail, number) = match refusal {
        Refusal::Full(number) => ("requests", "too many requests at once", number),
        Refusal::Late(number) => ("late", "too many requests for too long", number),
    };
    refused(what, detail).retry_after(1 + number % SPREAD)
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
        if let Ok(permit) = Arc::clone(&turns).try_acquire_owned() {
            turn.permit = Some(permit);
            return Ok(turn);
        }
        step_aside();
        match tokio::time::timeout(FOR_A_TURN, turns.acquire_owned()).await {
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
