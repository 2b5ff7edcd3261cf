//! Typed identifiers, so that one is never taken for another.
//!
//! All are UUIDs. Clients choose those of what they create, and version 7 (RFC 9562) is what they should take, because
//! it orders by time; any UUID is accepted.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema,
        )]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new one, later in order than those made before it.
            pub fn new() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

id! {
    /// A person who can sign in.
    UserId
    /// One sign-in of a user, on one device.
    SessionId
    /// A set of expenses with its members and categories.
    LedgerId
    /// A place in a ledger.
    MemberId
    /// An invitation to a ledger.
    InviteId
    /// Where spending belongs.
    CategoryId
    /// An amount spent.
    ExpenseId
}
