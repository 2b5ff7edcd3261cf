//! Who is looking at which ledger just now, as far as this instance has heard.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::message::{Announcement, Person, PresenceEvent};
use super::stream::data;
use crate::ids::{ExpenseId, LedgerId, MemberId, UserId};

/// How long somebody counts as looking without saying so again.
const COUNTS: TimeDelta = TimeDelta::seconds(40);
/// For how many streams of one user.
const MOST: usize = 20;

/// Somebody who is looking, by a stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Presence {
    pub user_id: UserId,
    pub stream_id: Uuid,
    pub member_id: MemberId,
    pub name: String,
    /// What is open in the editor.
    pub expense_id: Option<ExpenseId>,
}

/// Who may see who is looking, as of a number of the ledger's history.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Audience {
    pub seq: i64,
    pub users: Vec<UserId>,
}

/// The ledgers that somebody is looking at.
#[derive(Default)]
pub struct Rooms {
    rooms: HashMap<LedgerId, Room>,
}

struct Room {
    audience: Audience,
    people: Vec<(Presence, DateTime<Utc>)>,
    /// The event's data as it was sent last.
    shown: Arc<str>,
}

/// What is to be told, and to whom.
pub struct Shown {
    pub ledger_id: LedgerId,
    pub users: Vec<UserId>,
    pub data: Arc<str>,
}

impl Rooms {
    /// Somebody looks, or still does.
    pub fn enter(
        &mut self,
        ledger_id: LedgerId,
        presence: Presence,
        audience: Audience,
        now: DateTime<Utc>,
    ) -> Option<Shown> {
        let room = self.rooms.entry(ledger_id).or_insert_with(|| Room {
            audience: audience.clone(),
            people: Vec::new(),
            shown: "".into(),
        });
        let is_same = |(one, _): &(Presence, _)| {
            (one.user_id, one.stream_id) == (presence.user_id, presence.stream_id)
        };
        if let Some(known) = room.people.iter_mut().find(|one| is_same(one)) {
            *known = (presence, now + COUNTS);
        } else {
            let of_user = |(one, _): &(Presence, _)| one.user_id == presence.user_id;
            let mut of_user = (0..room.people.len()).filter(|at| of_user(&room.people[*at]));
            if let Some(oldest) = of_user.next()
                && of_user.count() + 1 >= MOST
            {
                room.people.remove(oldest);
            }
            room.people.push((presence, now + COUNTS));
        }
        room.admit(audience);
        self.show(ledger_id, now)
    }

    /// Somebody no longer looks by this stream, or by any.
    pub fn leave(
        &mut self,
        ledger_id: LedgerId,
        user_id: UserId,
        stream_id: Option<Uuid>,
        now: DateTime<Utc>,
    ) -> Option<Shown> {
        let room = self.rooms.get_mut(&ledger_id)?;
        let leaves = |one: &Presence| {
            one.user_id == user_id && stream_id.is_none_or(|id| one.stream_id == id)
        };
        room.people.retain(|(one, _)| !leaves(one));
        self.show(ledger_id, now)
    }

    /// Who is in the ledger may be others now.
    pub fn heed(&mut self, announcement: &Announcement, now: DateTime<Utc>) -> Option<Shown> {
        let room = self.rooms.get_mut(&announcement.ledger_id)?;
        room.admit(Audience {
            seq: announcement.seq,
            users: announcement.users.clone(),
        });
        self.show(announcement.ledger_id, now)
    }

    /// Those who have not said for long that they look do not.
    pub fn sweep(&mut self, now: DateTime<Utc>) -> Vec<Shown> {
        let ledgers: Vec<_> = self.rooms.keys().copied().collect();
        let shown = ledgers.into_iter().map(|id| self.show(id, now));
        shown.flatten().collect()
    }

    /// What somebody who comes now is to see.
    pub fn seen(&self, ledger_id: LedgerId) -> Option<Arc<str>> {
        Some(Arc::clone(&self.rooms.get(&ledger_id)?.shown))
    }

    /// Everybody who looks, for an instance that does not know.
    pub fn all(&self) -> impl Iterator<Item = (LedgerId, &Presence, &Audience)> {
        self.rooms.iter().flat_map(|(ledger_id, room)| {
            let people = room.people.iter();
            people.map(|(presence, _)| (*ledger_id, presence, &room.audience))
        })
    }

    /// What has changed in a ledger since it was shown last.
    fn show(&mut self, ledger_id: LedgerId, now: DateTime<Utc>) -> Option<Shown> {
        let room = self.rooms.get_mut(&ledger_id)?;
        room.people.retain(|(_, until)| *until > now);
        let data = room.data(ledger_id);
        let is_other = data != room.shown;
        room.shown = Arc::clone(&data);
        let shown = is_other.then(|| Shown {
            ledger_id,
            users: room.audience.users.clone(),
            data,
        });
        if room.people.is_empty() {
            self.rooms.remove(&ledger_id);
        }
        shown
    }
}

impl Room {
    /// Takes a newer audience, and puts out who is not in it.
    fn admit(&mut self, audience: Audience) {
        if audience.seq >= self.audience.seq {
            self.audience = audience;
        }
        let users = &self.audience.users;
        self.people
            .retain(|(presence, _)| users.contains(&presence.user_id));
    }

    /// Everybody once for each thing that they have open.
    fn data(&self, ledger_id: LedgerId) -> Arc<str> {
        let mut people: Vec<Person> = Vec::new();
        for (presence, _) in &self.people {
            let person = Person {
                member_id: presence.member_id,
                name: presence.name.clone(),
                expense_id: presence.expense_id,
            };
            if !people.contains(&person) {
                people.push(person);
            }
        }
        data(&PresenceEvent { ledger_id, people })
    }
}
