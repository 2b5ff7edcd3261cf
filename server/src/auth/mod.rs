//! Signing in: accounts, passwords, sessions and tokens.

pub mod account;
mod caller;
mod client;
mod email;
mod keys;
mod limits;
mod me;
mod model;
mod password;
mod routes;
mod session;
mod store;
mod token;

use utoipa_axum::router::OpenApiRouter;

pub use caller::{Caller, CallerUntil};
pub use client::{Client, client_ip};
pub use email::Email;
pub use model::{Locale, User};
pub use password::Passwords;
pub use routes::well_known;
pub use token::Tokens;

use crate::app::App;
use crate::error::Result;
use crate::ids::UserId;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    routes::router().merge(me::router())
}

/// The name of a user.
///
/// # Errors
/// `unauthenticated` where the user is gone.
pub async fn user_name(connection: &mut sqlx::PgConnection, user_id: UserId) -> Result<String> {
    let user = store::get(connection, user_id).await?;
    Ok(user.ok_or_else(Caller::signed_out)?.name)
}
