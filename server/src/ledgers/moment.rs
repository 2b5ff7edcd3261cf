//! How far a ledger has come: what is read of it is the same for as long as this is.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use uuid::Uuid;

use super::store;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::ids::LedgerId;

/// A state of a ledger. Every commit that changes what is read of the ledger makes another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// How many changes there were.
    pub seq: i64,
    /// What tells it from one of the same number that is no more: after a backup has been restored, say.
    pub id: Uuid,
}

/// The caller, and how far all ledgers have come that the caller is a member of.
#[derive(Debug, Clone)]
pub struct MyLedgers {
    pub caller: Caller,
    pub moments: Vec<(LedgerId, Moment)>,
}

impl FromRequestParts<App> for MyLedgers {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::by_token(parts, app).await?;
        let moments = store::moments(&app.db, caller.user_id, Some(caller.session_id)).await?;
        // Everybody has a personal ledger.
        if moments.is_empty() {
            return Err(Caller::signed_out());
        }
        Ok(Self { caller, moments })
    }
}
