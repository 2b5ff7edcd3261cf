//! What an invitation looks like from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::fields::Whole;
use crate::ids::{InviteId, LedgerId, MemberId};
use crate::ledgers::Role;

/// An invitation, without the link, which is shown once.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Invite {
    pub id: InviteId,
    /// What those who accept it may do.
    pub role: Role,
    /// The person whose place it lets somebody claim; null where it makes a new one.
    #[schema(required)]
    pub member_id: Option<MemberId>,
    /// How often it can be accepted.
    pub max_uses: i32,
    /// How often it has been.
    pub uses: i32,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    /// The member who made it.
    pub created_by: MemberId,
}

/// An invitation that was just made, with its link.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeInvite {
    #[serde(flatten)]
    pub invite: Invite,
    /// What to accept it with. Kept nowhere: it cannot be shown again.
    pub token: String,
    /// The page of the web app that accepts it.
    #[schema(example = "https://outlay.example/join#AZ4n…")]
    pub url: String,
}

/// An invitation to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInvite {
    pub role: Role,
    /// A person without an account, whose place and whole history are whose who accepts. Then it can be accepted once.
    #[serde(default)]
    pub member_id: Option<MemberId>,
    /// 7 if left out.
    #[serde(default)]
    pub expires_in_days: Option<Whole<1, 90>>,
    /// 1 if left out.
    #[serde(default)]
    pub max_uses: Option<Whole<1, 1000>>,
}

/// What somebody who has the link sees before they accept.
#[derive(Debug, Serialize, ToSchema)]
pub struct Invitation {
    pub ledger_name: String,
    /// ISO 4217.
    pub currency: String,
    pub role: Role,
    /// The person whose place it lets one claim; null where it makes a new one.
    #[schema(required)]
    pub member_name: Option<String>,
    /// The name of the member who made it.
    pub invited_by: String,
    pub expires_at: DateTime<Utc>,
}

/// Where somebody is a member now.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    pub ledger_id: LedgerId,
    pub member_id: MemberId,
}
