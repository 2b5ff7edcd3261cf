//! Live events: after a commit, whoever may read the ledger and listens is told that it has changed.
//!
//! See docs/adr/0007-live-events.md.

mod hub;
mod message;
mod presence;
mod rooms;
mod routes;
mod store;
mod stream;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use tokio::task::JoinSet;
use utoipa_axum::router::OpenApiRouter;

pub use message::Announcement;
pub use store::listeners;

use crate::app::App;
use crate::auth::Caller;
use crate::clock::Clock;
use crate::error::Result;
use crate::ids::{LedgerId, SessionId, UserId};
use crate::redis::Redis;
use hub::Hub;
use message::Message;
use stream::Stream;
use wire::Wire;

/// How often what did not work is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How often it is looked who no longer looks.
const SWEEP: Duration = Duration::from_secs(5);

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    routes::router().merge(presence::router())
}

/// The streams of this instance, and the wire to the others where there is Redis.
pub struct Live {
    db: PgPool,
    hub: Arc<Hub>,
    wire: Option<Wire>,
    _sweeping: JoinSet<()>,
}

/// A stream as long as somebody reads it.
struct Listener {
    live: Arc<Live>,
    user_id: UserId,
    stream: Arc<Stream>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.live.hub.close(self.user_id, &self.stream);
        let ledgers = self.stream.places();
        if !ledgers.is_empty() {
            self.live.tell(Message::Left {
                ledgers,
                user_id: self.user_id,
                stream_id: Some(self.stream.id),
            });
        }
    }
}

/// What a transaction has done to one ledger.
pub struct Commit {
    pub announcement: Announcement,
    /// Whether the announcement's users are those of the moment of the commit. They may not be where another transaction
    /// changed the ledger while this one waited for it.
    pub is_fresh: bool,
}

impl Commit {
    /// The end of a ledger: its members hear nothing of it any more, but that their list is another one.
    pub const fn end(ledger_id: LedgerId, members: Vec<UserId>) -> Self {
        let announcement = Announcement {
            ledger_id,
            seq: i64::MAX,
            actor: None,
            name: None,
            users: Vec::new(),
            moved: members,
        };
        Self {
            announcement,
            is_fresh: true,
        }
    }
}

impl Live {
    /// Tells the other instances where there is Redis.
    pub fn new(db: PgPool, redis: Option<Arc<Redis>>, clock: Clock) -> Self {
        let hub = Arc::new(Hub::new(clock));
        let wire = redis.map(|redis| Wire::new(redis, Arc::clone(&hub), db.clone()));
        let mut sweeping = JoinSet::new();
        sweeping.spawn(sweep(Arc::clone(&hub)));
        Self {
            db,
            hub,
            wire,
            _sweeping: sweeping,
        }
    }

    /// Opens a stream, and tells of which ledgers it is. It hears from the first moment on, and only then reads how things
    /// stand, so that nothing falls between.
    ///
    /// # Errors
    /// `unauthenticated` where the session has ended, `unavailable` where this instance is about to stop.
    async fn listen(self: &Arc<Self>, caller: Caller) -> Result<(Listener, Vec<LedgerId>)> {
        let listener = Listener {
            stream: self.hub.open(caller.user_id, caller.session_id)?,
            live: Arc::clone(self),
            user_id: caller.user_id,
        };
        let mut heard = store::heard_by(&self.db, &[caller.session_id]).await?;
        let ledgers = heard
            .remove(&caller.session_id)
            .ok_or_else(Caller::signed_out)?;
        self.hub.begin(&listener.stream, &ledgers);
        let ids = ledgers.into_iter().map(|(id, _)| id).collect();
        Ok((listener, ids))
    }

    /// Announces what has been committed. Only [`Tx`](crate::db::Tx) calls it.
    pub fn announce(self: &Arc<Self>, commits: Vec<Commit>) {
        for Commit {
            mut announcement,
            is_fresh,
        } in commits
        {
            if is_fresh {
                self.tell(Message::Commit(announcement));
                continue;
            }
            let live = Arc::clone(self);
            tokio::spawn(async move {
                announcement.users = live.listeners(announcement.ledger_id).await;
                live.tell(Message::Commit(announcement));
            });
        }
    }

    /// Who may hear of a ledger, as soon as the database says so.
    async fn listeners(&self, ledger_id: LedgerId) -> Vec<UserId> {
        loop {
            match listeners(&self.db, ledger_id).await {
                Ok(users) => return users,
                Err(error) => tracing::warn!(?error, "cannot read who may hear of a commit"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    /// Ends the streams of sessions that have ended, on every instance. Only [`Tx`](crate::db::Tx) calls it.
    pub fn sign_out(&self, ended: Vec<(UserId, Vec<SessionId>)>) {
        for (user_id, sessions) in ended {
            self.tell(Message::Ended { user_id, sessions });
        }
    }

    fn tell(&self, message: Message) {
        self.hub.pass_on(&message);
        if let Some(wire) = &self.wire {
            wire.send(message);
        }
    }

    /// Ends all streams of this instance, which is about to stop.
    pub fn stop(&self) {
        self.hub.stop();
    }

    /// How many streams are open.
    pub fn count(&self) -> usize {
        self.hub.count()
    }

    /// Whether this instance hears what is committed at others, if there can be others.
    pub fn is_whole(&self) -> bool {
        self.wire.as_ref().is_none_or(Wire::is_up)
    }
}

async fn sweep(hub: Arc<Hub>) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        hub.sweep();
    }
}
