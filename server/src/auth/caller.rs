//! The proof of who calls that every handler takes.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use chrono::{DateTime, Utc};

use super::session;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::ids::{SessionId, UserId};

/// The user who calls, proven by an access token of a session that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller {
    pub user_id: UserId,
    pub session_id: SessionId,
}

/// The same, and until when the token is good: for what goes on after the answer has begun. Whether the session has ended
/// is not asked.
#[derive(Debug, Clone, Copy)]
pub struct CallerUntil {
    pub caller: Caller,
    pub until: DateTime<Utc>,
}

impl FromRequestParts<App> for CallerUntil {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        Self::by_token(parts, app).await
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Self::by_token(parts, app).await?;
        if session::is_live(&app.db, caller).await? {
            Ok(caller)
        } else {
            Err(Self::signed_out())
        }
    }
}

impl Caller {
    /// Who the access token says, without asking whether the session has ended since: for those whose first statement
    /// asks that along with what it is after.
    pub(crate) async fn by_token(parts: &Parts, app: &App) -> Result<Self> {
        Ok(CallerUntil::by_token(parts, app).await?.caller)
    }

    /// The answer to a token whose session has ended, or whose user is gone.
    pub(crate) fn signed_out() -> Error {
        Code::Unauthenticated
            .error()
            .detail("the session has ended")
    }
}

impl CallerUntil {
    async fn by_token(parts: &Parts, app: &App) -> Result<Self> {
        // Whoever has counted the request has asked already.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(*known);
        }
        let mut values = parts.headers.get_all(AUTHORIZATION).iter();
        let (Some(value), None) = (values.next(), values.next()) else {
            return Err(Code::Unauthenticated.error());
        };
        let token = value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .ok_or_else(|| {
                Code::Unauthenticated
                    .error()
                    .detail("send Authorization: Bearer and the access token")
            })?;
        app.tokens.verify(&app.db, app.clock.now(), token).await
    }
}
