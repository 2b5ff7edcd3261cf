//! The history of a ledger: who changed what, before and after, numbered without gaps.

mod model;
mod revert;
mod routes;
pub mod store;

pub use model::Change;
pub use routes::router;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Entity {
    Ledger,
    Member,
    Category,
    Expense,
    Invite,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Action {
    Create,
    Update,
    Delete,
    Restore,
}

impl Entity {
    /// As it stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Member => "member",
            Self::Category => "category",
            Self::Expense => "expense",
            Self::Invite => "invite",
        }
    }
}

impl Action {
    /// As it stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
        }
    }
}
