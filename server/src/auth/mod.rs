//! Signing in: accounts, passwords, sessions and tokens.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::ids::{SessionId, UserId};

/// The user who calls, proven by an access token.
#[derive(Debug, Clone, Copy)]
pub struct Caller {
    pub user_id: UserId,
    pub session_id: SessionId,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(_parts: &mut Parts, _app: &App) -> Result<Self> {
        Err(Code::Unauthenticated.error())
    }
}

/// The name of a user.
pub async fn user_name(connection: &mut sqlx::PgConnection, user_id: UserId) -> Result<String> {
    let name = sqlx::query_scalar!("select name from users where id = $1", user_id.0)
        .fetch_optional(connection)
        .await?;
    name.ok_or_else(|| Code::Unauthenticated.error())
}
