//! What is told: to the streams, and by one instance to the others.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::rooms::{Audience, Presence};
use crate::ids::{ExpenseId, LedgerId, MemberId, SessionId, UserId};

/// A ledger has changed, up to this number of its history.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LedgerEvent {
    pub ledger_id: LedgerId,
    pub seq: i64,
    /// Who did it; null for the number that the stream begins with.
    pub actor: Option<MemberId>,
    /// The actor's name.
    pub name: Option<String>,
}

/// The stream, by the id that `PUT …/presence` asks for, and of what it tells.
#[derive(Debug, Serialize, ToSchema)]
pub struct StreamEvent {
    pub stream_id: Uuid,
    /// All ledgers of the user, in no order: another list than was read before means that ledgers came or went meanwhile.
    pub ledgers: Vec<LedgerId>,
}

/// Who is looking at a ledger now: everybody, each time.
#[derive(Debug, Serialize, ToSchema)]
pub struct PresenceEvent {
    pub ledger_id: LedgerId,
    pub people: Vec<Person>,
}

/// Somebody who is looking.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Person {
    pub member_id: MemberId,
    pub name: String,
    /// The expense that they have open in the editor.
    pub expense_id: Option<ExpenseId>,
}

/// What somebody looks at, and by which stream.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Looking {
    /// From the event `stream`.
    pub stream_id: Uuid,
    /// What is open in the editor.
    pub expense_id: Option<ExpenseId>,
}

/// The stream by which somebody looked; any, where it is not said.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LookedBy {
    /// From the event `stream`.
    pub stream_id: Option<Uuid>,
}

/// Why a stream ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = EndReason)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The access token is no longer good: come again with a new one.
    Expired,
    /// The session has ended.
    SignedOut,
    /// The user has opened too many after it: stay away until somebody looks.
    TooMany,
    /// This instance stops: come again, another one answers.
    Stopping,
}

/// The last event of a stream that the server ends.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EndEvent {
    pub reason: Reason,
}

/// A commit, as those are told who may hear of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announcement {
    pub ledger_id: LedgerId,
    pub seq: i64,
    pub actor: Option<MemberId>,
    pub name: Option<String>,
    /// The users who are active members now, and nobody else.
    pub users: Vec<UserId>,
    /// The users whose list of ledgers has changed; those who are no members any more are among them.
    pub moved: Vec<UserId>,
}

/// What one instance tells the others.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Message {
    Commit(Announcement),
    /// Sessions have ended.
    Ended {
        user_id: UserId,
        sessions: Vec<SessionId>,
    },
    /// Somebody looks at a ledger, or still does.
    Present {
        ledger_id: LedgerId,
        presence: Presence,
        audience: Audience,
    },
    /// Somebody no longer does, by this stream or by any.
    Left {
        ledgers: Vec<LedgerId>,
        user_id: UserId,
        stream_id: Option<Uuid>,
    },
    /// Who is looking? Asked by an instance that has just begun to listen.
    WhoLooks,
    /// Something may have been missed: read again how things stand.
    Missed,
    /// Nothing, said now and then so that silence means a lost connection.
    Tick,
}

/// A message and who sent it: everybody hears everything, oneself included.
#[derive(Debug, Serialize, Deserialize)]
pub struct Envelope {
    pub from: Uuid,
    pub message: Message,
}
