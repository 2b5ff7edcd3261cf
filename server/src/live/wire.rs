//! The wire between instances: one channel of Redis that everybody listens to, and what is done when it breaks.
//!
//! Publishing is not on a request's way. Whatever could not be published is not kept: once Redis is back the others are
//! told that they may have missed something, and read how things stand.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use sqlx::PgPool;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::AGAIN;
use super::hub::Hub;
use super::message::{Envelope, Message};
use crate::redis::Redis;

/// The name of the channel, behind the prefix.
const CHANNEL: &str = "live";
/// How many messages may wait to be published, and how many go out together.
const WAITING: usize = 10_000;
const TOGETHER: usize = 256;
/// How often something is said, so that silence for longer than the second means that the connection is lost.
const TICK: Duration = Duration::from_secs(5);
const SILENCE: Duration = Duration::from_secs(15);

/// This instance's end of the wire.
pub struct Wire {
    outbox: mpsc::Sender<Message>,
    state: Arc<State>,
    _tasks: JoinSet<()>,
}

struct State {
    redis: Arc<Redis>,
    hub: Arc<Hub>,
    instance: Uuid,
    is_listening: AtomicBool,
    /// The others have not been told everything.
    has_missed: AtomicBool,
    /// This instance may not have heard everything.
    behind: Notify,
}

impl Wire {
    /// Connects, and stays connected.
    pub fn new(redis: Arc<Redis>, hub: Arc<Hub>, db: PgPool) -> Self {
        let state = Arc::new(State {
            redis,
            hub,
            instance: Uuid::new_v4(),
            is_listening: AtomicBool::new(false),
            has_missed: AtomicBool::new(false),
            behind: Notify::new(),
        });
        let (outbox, waiting) = mpsc::channel(WAITING);
        let mut tasks = JoinSet::new();
        tasks.spawn(publish(Arc::clone(&state), waiting));
        tasks.spawn(listen(Arc::clone(&state), outbox.clone()));
        tasks.spawn(catch_up(Arc::clone(&state), db));
        Self {
            outbox,
            state,
            _tasks: tasks,
        }
    }

    /// Tells the other instances.
    pub fn send(&self, message: Message) {
        if self.outbox.try_send(message).is_err() {
            self.state.has_missed.store(true, Ordering::Relaxed);
        }
    }

    /// Whether this instance hears the others.
    pub fn is_up(&self) -> bool {
        self.state.is_listening.load(Ordering::Relaxed)
    }
}

async fn publish(state: Arc<State>, mut waiting: mpsc::Receiver<Message>) {
    let mut messages = Vec::new();
    let mut pause = TICK;
    loop {
        tokio::select! {
            count = waiting.recv_many(&mut messages, TOGETHER) => if count == 0 { return },
            () = tokio::time::sleep(pause) => messages.push(Message::Tick),
        }
        if state.has_missed.swap(false, Ordering::Relaxed) {
            // After this, they will have read what these say.
            messages.retain(|message| !matches!(message, Message::Commit(_)));
            messages.push(Message::Missed);
        }
        let payloads: Vec<_> = messages.drain(..).map(|one| state.payload(one)).collect();
        if state.redis.publish(CHANNEL, &payloads).await.is_some() {
            pause = TICK;
        } else {
            state.has_missed.store(true, Ordering::Relaxed);
            pause = AGAIN;
        }
    }
}

async fn listen(state: Arc<State>, outbox: mpsc::Sender<Message>) {
    loop {
        match state.redis.subscribe(CHANNEL).await {
            Ok(payloads) => {
                state.is_listening.store(true, Ordering::Relaxed);
                state.behind.notify_one();
                outbox.try_send(Message::WhoLooks).ok();
                hear(&state, payloads, &outbox).await;
                state.is_listening.store(false, Ordering::Relaxed);
                tracing::warn!("no longer hears the other instances");
            }
            Err(error) => tracing::debug!(%error, "cannot listen to the other instances"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Hears until the connection is lost.
async fn hear(
    state: &State,
    payloads: impl Stream<Item = Vec<u8>>,
    outbox: &mpsc::Sender<Message>,
) {
    let mut payloads = std::pin::pin!(payloads);
    while let Ok(Some(payload)) = tokio::time::timeout(SILENCE, payloads.next()).await {
        match serde_json::from_slice::<Envelope>(&payload) {
            Ok(envelope) if envelope.from == state.instance => {}
            Ok(envelope) => {
                match &envelope.message {
                    Message::Missed => state.behind.notify_one(),
                    // Whoever is not told is told when the presence is renewed.
                    Message::WhoLooks => state
                        .hub
                        .who_looks()
                        .into_iter()
                        .for_each(|present| drop(outbox.try_send(present))),
                    message => state.hub.pass_on(message),
                }
            }
            // An instance of another version says it.
            Err(error) => tracing::debug!(%error, "a message of another instance cannot be read"),
        }
    }
}

async fn catch_up(state: Arc<State>, db: PgPool) {
    loop {
        state.behind.notified().await;
        while let Err(error) = state.hub.catch_up(&db).await {
            tracing::warn!(?error, "cannot read what the streams may have missed");
            tokio::time::sleep(AGAIN).await;
        }
    }
}

impl State {
    fn payload(&self, message: Message) -> String {
        let envelope = Envelope {
            from: self.instance,
            message,
        };
        serde_json::to_string(&envelope).expect("messages have only strings and numbers")
    }
}
