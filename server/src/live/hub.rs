//! The streams that are open at this instance, and who of them hears what.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::PgPool;
use uuid::Uuid;

use super::message::{Announcement, LedgerEvent, Message, Reason};
use super::rooms::{Audience, Presence, Rooms, Shown};
use super::store;
use super::stream::{Stream, data};
use crate::clock::Clock;
use crate::error::{Code, Result};
use crate::ids::{LedgerId, SessionId, UserId};

/// How many streams a user may have open at one instance.
const MOST: usize = 20;
/// How many streams are read up on in one statement.
const AT_ONCE: usize = 1000;

/// All open streams, by user, and who looks at what.
pub struct Hub {
    open: Mutex<Open>,
    clock: Clock,
}

#[derive(Default)]
struct Open {
    by_user: HashMap<UserId, Vec<Arc<Stream>>>,
    rooms: Rooms,
    count: usize,
    is_stopping: bool,
}

impl Hub {
    /// Nobody listens yet.
    pub fn new(clock: Clock) -> Self {
        Self {
            open: Mutex::default(),
            clock,
        }
    }

    /// Opens a stream, which hears from now on. Where the user has too many, the oldest ends.
    ///
    /// # Errors
    /// `unavailable` where this instance is about to stop.
    pub fn open(&self, user_id: UserId, session_id: SessionId) -> Result<Arc<Stream>> {
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
        Ok(stream)
    }

    /// Tells a new stream how its ledgers stand, and who looks at them.
    pub fn begin(&self, stream: &Stream, ledgers: &[(LedgerId, i64)]) {
        stream.catch_up(ledgers, true);
        let open = self.lock();
        for (ledger_id, _) in ledgers {
            if let Some(data) = open.rooms.seen(*ledger_id) {
                stream.see(*ledger_id, &data);
            }
        }
    }

    /// Forgets a stream that nobody reads any more.
    pub fn close(&self, user_id: UserId, stream: &Arc<Stream>) {
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
            Message::Present {
                ledger_id,
                presence,
                audience,
            } => self.enter(*ledger_id, presence, audience),
            Message::Left {
                ledgers,
                user_id,
                stream_id,
            } => self.leave(ledgers, *user_id, *stream_id),
            Message::WhoLooks | Message::Missed | Message::Tick => {}
        }
    }

    fn enter(&self, ledger_id: LedgerId, presence: &Presence, audience: &Audience) {
        let mut open = self.lock();
        if let Some(stream) = open.stream(presence.user_id, presence.stream_id) {
            stream.looks_at(ledger_id, true);
        }
        let (presence, audience) = (presence.clone(), audience.clone());
        let now = self.clock.now();
        let shown = open.rooms.enter(ledger_id, presence, audience, now);
        open.show(shown);
    }

    fn leave(&self, ledgers: &[LedgerId], user_id: UserId, stream_id: Option<Uuid>) {
        let mut open = self.lock();
        let now = self.clock.now();
        for ledger_id in ledgers {
            for stream in open.of(user_id) {
                if stream_id.is_none_or(|id| stream.id == id) {
                    stream.looks_at(*ledger_id, false);
                }
            }
            let shown = open.rooms.leave(*ledger_id, user_id, stream_id, now);
            open.show(shown);
        }
    }

    /// Forgets those who have not said for long that they look.
    pub fn sweep(&self) {
        let mut open = self.lock();
        let shown = open.rooms.sweep(self.clock.now());
        open.show(shown);
    }

    /// Those who look by a stream of this instance, as it would tell another one.
    pub fn who_looks(&self) -> Vec<Message> {
        let open = self.lock();
        let own = open.rooms.all().filter(|(_, presence, _)| {
            let stream = open.stream(presence.user_id, presence.stream_id);
            stream.is_some()
        });
        own.map(|(ledger_id, presence, audience)| Message::Present {
            ledger_id,
            presence: presence.clone(),
            audience: audience.clone(),
        })
        .collect()
    }

    fn announce(&self, announcement: &Announcement) {
        let ledger_id = announcement.ledger_id;
        let data = data(&LedgerEvent {
            ledger_id,
            seq: announcement.seq,
            actor: announcement.actor,
            name: announcement.name.clone(),
        });
        let mut open = self.lock();
        for stream in open.of_all(&announcement.users) {
            stream.hear(ledger_id, announcement.seq, &data);
        }
        for user_id in &announcement.moved {
            let has_left = !announcement.users.contains(user_id);
            for stream in open.of(*user_id) {
                if has_left {
                    stream.forget(ledger_id);
                }
                stream.hear_of_list();
            }
        }
        let shown = open.rooms.heed(announcement, self.clock.now());
        open.show(shown);
    }

    fn end(&self, user_id: UserId, sessions: &[SessionId]) {
        let open = self.lock();
        for stream in open.of(user_id) {
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

impl Open {
    /// The streams of a user.
    fn of(&self, user_id: UserId) -> impl Iterator<Item = &Arc<Stream>> {
        self.by_user.get(&user_id).into_iter().flatten()
    }

    fn of_all(&self, users: &[UserId]) -> impl Iterator<Item = &Arc<Stream>> {
        users.iter().flat_map(|user_id| self.of(*user_id))
    }

    fn stream(&self, user_id: UserId, id: Uuid) -> Option<&Arc<Stream>> {
        self.of(user_id).find(|stream| stream.id == id)
    }

    /// Shows who looks to those who may see it.
    fn show(&self, shown: impl IntoIterator<Item = Shown>) {
        for shown in shown {
            for stream in self.of_all(&shown.users) {
                stream.see(shown.ledger_id, &shown.data);
            }
        }
    }
}
