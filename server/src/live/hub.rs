//! The streams that are open at this instance, and who of them hears what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::PgPool;

use super::message::{Announcement, LedgerEvent, Message, Reason};
use super::store;
use super::stream::{Stream, data};
use crate::error::{Code, Result};
use crate::ids::{SessionId, UserId};

/// How many streams a user may have open at one instance.
const MOST: usize = 20;
/// How many streams are read up on in one statement.
const AT_ONCE: usize = 1000;

/// All open streams, by user.
#[derive(Default)]
pub struct Hub {
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    by_user: HashMap<UserId, Vec<Arc<Stream>>>,
    count: usize,
    is_stopping: bool,
}

/// A stream as long as somebody reads it.
pub struct Listener {
    hub: Arc<Hub>,
    user_id: UserId,
    pub stream: Arc<Stream>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.close(self.user_id, &self.stream);
    }
}

impl Hub {
    /// Opens a stream, which hears from now on. Where the user has too many, the oldest ends.
    ///
    /// # Errors
    /// `unavailable` where this instance is about to stop.
    pub fn open(self: &Arc<Self>, user_id: UserId, session_id: SessionId) -> Result<Listener> {
        let stream = Arc::new(Stream::new(session_id));
        let mut open = self.lock();
        if open.is_stopping {
            return Err(Code::Unavailable.error().retry_after(1));
        }
        let streams = open.by_user.entry(user_id).or_default();
        let oldest = (streams.len() >= MOST).then(|| streams.remove(0));
        streams.push(Arc::clone(&stream));
        if let Some(oldest) = oldest {
            oldest.end(Reason::TooMany);
        } else {
            open.count += 1;
        }
        drop(open);
        Ok(Listener {
            hub: Arc::clone(self),
            user_id,
            stream,
        })
    }

    fn close(&self, user_id: UserId, stream: &Arc<Stream>) {
        let mut open = self.lock();
        let Some(streams) = open.by_user.get_mut(&user_id) else {
            return;
        };
        let Some(at) = streams.iter().position(|one| Arc::ptr_eq(one, stream)) else {
            return;
        };
        streams.remove(at);
        if streams.is_empty() {
            open.by_user.remove(&user_id);
        }
        open.count -= 1;
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.lock().count
    }

    /// What came from here or from another instance.
    pub fn pass_on(&self, message: &Message) {
        match message {
            Message::Commit(announcement) => self.announce(announcement),
            Message::Ended { user_id, sessions } => self.end(*user_id, sessions),
            Message::Missed | Message::Tick => {}
        }
    }

    fn announce(&self, announcement: &Announcement) {
        let ledger_id = announcement.ledger_id;
        let data = data(&LedgerEvent {
            ledger_id,
            seq: announcement.seq,
            actor: announcement.actor,
            name: announcement.name.clone(),
        });
        let open = self.lock();
        let streams_of = |user_id| open.by_user.get(user_id).into_iter().flatten();
        for stream in announcement.users.iter().flat_map(streams_of) {
            stream.hear(ledger_id, announcement.seq, &data);
        }
        for user_id in &announcement.moved {
            let has_left = !announcement.users.contains(user_id);
            for stream in streams_of(user_id) {
                if has_left {
                    stream.forget(ledger_id);
                }
                stream.hear_of_list();
            }
        }
    }

    fn end(&self, user_id: UserId, sessions: &[SessionId]) {
        let open = self.lock();
        for stream in open.by_user.get(&user_id).into_iter().flatten() {
            if sessions.contains(&stream.session_id) {
                stream.end(Reason::SignedOut);
            }
        }
    }

    /// Ends all streams, and opens none any more.
    pub fn stop(&self) {
        let mut open = self.lock();
        open.is_stopping = true;
        for stream in open.by_user.values().flatten() {
            stream.end(Reason::Stopping);
        }
    }

    /// Reads how things stand and tells every stream what it has missed.
    pub async fn catch_up(&self, db: &PgPool) -> Result<()> {
        let streams: Vec<_> = self.lock().by_user.values().flatten().cloned().collect();
        for streams in streams.chunks(AT_ONCE) {
            let sessions: Vec<_> = streams.iter().map(|stream| stream.session_id).collect();
            let heard = store::heard_by(db, &sessions).await?;
            for stream in streams {
                match heard.get(&stream.session_id) {
                    Some(ledgers) => stream.catch_up(ledgers, false),
                    None => stream.end(Reason::SignedOut),
                }
            }
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
