//! One open stream: what waits to be sent, never more than the newest of each ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::response::sse::Event;
use tokio::sync::Notify;
use uuid::Uuid;

use super::message::{EndEvent, LedgerEvent, Reason};
use crate::ids::{LedgerId, SessionId};

/// One browser that listens.
#[derive(Debug)]
pub struct Stream {
    pub id: Uuid,
    pub session_id: SessionId,
    waiting: Mutex<Waiting>,
    wake: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    /// The newest number of each ledger that this stream has been told, or is about to be.
    seqs: BTreeMap<LedgerId, i64>,
    /// What is to be sent of a ledger: a slow reader finds the newest, and no queue.
    ledgers: BTreeMap<LedgerId, Arc<str>>,
    /// Who is looking at a ledger, as it is to be sent.
    rooms: BTreeMap<LedgerId, Arc<str>>,
    /// The ledgers that are looked at by this stream.
    places: BTreeSet<LedgerId>,
    has_new_list: bool,
    ended: Option<Reason>,
    is_over: bool,
}

impl Stream {
    /// Nothing waits yet.
    pub fn new(session_id: SessionId) -> Self {
        Self {
            id: Uuid::now_v7(),
            session_id,
            waiting: Mutex::default(),
            wake: Notify::new(),
        }
    }

    /// A ledger has come to this number; older ones than it has heard of are no news.
    pub fn hear(&self, ledger_id: LedgerId, seq: i64, data: &Arc<str>) {
        self.change(|waiting| waiting.hear(ledger_id, seq, || Arc::clone(data)));
    }

    /// Who is looking at a ledger.
    pub fn see(&self, ledger_id: LedgerId, data: &Arc<str>) {
        self.change(|waiting| {
            waiting.rooms.insert(ledger_id, Arc::clone(data));
        });
    }

    /// The user looks at a ledger by this stream, or no longer does.
    pub fn looks_at(&self, ledger_id: LedgerId, looks: bool) {
        let places = &mut self.lock().places;
        if looks {
            places.insert(ledger_id);
        } else {
            places.remove(&ledger_id);
        }
    }

    /// The ledgers that the user looks at by this stream.
    pub fn places(&self) -> Vec<LedgerId> {
        self.lock().places.iter().copied().collect()
    }

    /// The user's list of ledgers is another one.
    pub fn hear_of_list(&self) {
        self.change(|waiting| waiting.has_new_list = true);
    }

    /// The user is no longer in this ledger: what was about to be said of it is not.
    pub fn forget(&self, ledger_id: LedgerId) {
        self.change(|waiting| {
            waiting.seqs.remove(&ledger_id);
            waiting.ledgers.remove(&ledger_id);
            waiting.rooms.remove(&ledger_id);
        });
    }

    /// How the ledgers of the user stand, read from the database: sends what it had not heard of.
    pub fn catch_up(&self, ledgers: &[(LedgerId, i64)], is_first: bool) {
        self.change(|waiting| {
            let before = waiting.seqs.len();
            waiting
                .seqs
                .retain(|known, _| ledgers.iter().any(|(id, _)| id == known));
            let mut is_other_list = waiting.seqs.len() != before;
            for (ledger_id, seq) in ledgers {
                is_other_list |= !waiting.seqs.contains_key(ledger_id);
                waiting.hear(*ledger_id, *seq, || {
                    data(&LedgerEvent {
                        ledger_id: *ledger_id,
                        seq: *seq,
                        actor: None,
                        name: None,
                    })
                });
            }
            waiting.has_new_list |= is_other_list && !is_first;
        });
    }

    /// Ends it, with its reason as the last event.
    pub fn end(&self, reason: Reason) {
        self.change(|waiting| {
            waiting.ended.get_or_insert(reason);
        });
    }

    /// The next event, as soon as there is one; nothing after the last.
    pub async fn next(&self) -> Option<Event> {
        loop {
            let woken = self.wake.notified();
            {
                let mut waiting = self.lock();
                if waiting.is_over {
                    return None;
                }
                if let Some(event) = waiting.take() {
                    return Some(event);
                }
            }
            woken.await;
        }
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.wake.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn hear(&mut self, ledger_id: LedgerId, seq: i64, data: impl FnOnce() -> Arc<str>) {
        if self.seqs.get(&ledger_id).is_none_or(|newest| *newest < seq) {
            self.seqs.insert(ledger_id, seq);
            self.ledgers.insert(ledger_id, data());
        }
    }

    fn take(&mut self) -> Option<Event> {
        if let Some(reason) = self.ended {
            self.is_over = true;
            return Some(event("end", &data(&EndEvent { reason })));
        }
        if std::mem::take(&mut self.has_new_list) {
            return Some(event("ledgers", "{}"));
        }
        if let Some((_, data)) = self.ledgers.pop_first() {
            return Some(event("ledger", &data));
        }
        let (_, data) = self.rooms.pop_first()?;
        Some(event("presence", &data))
    }
}

/// An event of the stream.
pub fn event(name: &str, data: &str) -> Event {
    Event::default().event(name).data(data)
}

/// The data of an event.
pub fn data(of: &impl serde::Serialize) -> Arc<str> {
    let text = serde_json::to_string(of);
    text.expect("events have only strings and numbers").into()
}
