//! `/me`: one's own account.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::User;
use super::{Caller, store};
use crate::app::App;
use crate::error::Result;
use crate::extract::Versioned;

/// The routes below `/me`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_me))
}

/// My account
#[utoipa::path(get, path = "/me", tag = "me", responses((status = OK, body = User)))]
async fn get_me(State(app): State<App>, caller: Caller) -> Result<Versioned<User>> {
    let user = store::get(&app.db, caller.user_id)
        .await?
        .ok_or_else(Caller::signed_out)?;
    Ok(Versioned(user.version, user))
}
