//! `/me`: one's own account and its sessions.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::client::Client;
use super::email::Email;
use super::limits;
use super::model::{AccountUpdate, Confirmation, PasswordChange, Session, User};
use super::password::Password;
use super::{Caller, session, store};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::extract::{IfMatch, Json, Path, Versioned};
use crate::ids::SessionId;
use crate::ledgers::account;
use crate::page::Page;

/// The routes below `/me`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_me, update_me, delete_me))
        .routes(routes!(change_password))
        .routes(routes!(list_sessions, end_other_sessions))
        .routes(routes!(end_session))
}

/// My account
#[utoipa::path(get, path = "/me", tag = "me", responses((status = OK, body = User)))]
async fn get_me(State(app): State<App>, caller: Caller) -> Result<Versioned<User>> {
    let user = store::get(&app.db, caller.user_id).await?;
    let user = user.ok_or_else(Caller::signed_out)?;
    Ok(Versioned(user.version, user))
}

/// Change my name, language or e-mail address
///
/// Another address needs the present password. A new name also goes to where I am a member under the old one.
#[utoipa::path(put, path = "/me", tag = "me", params(("If-Match" = String, Header)), request_body = AccountUpdate,
    responses((status = OK, body = User)))]
async fn update_me(
    State(app): State<App>,
    caller: Caller,
    IfMatch(version): IfMatch,
    Json(update): Json<AccountUpdate>,
) -> Result<Versioned<User>> {
    let seen = store::get(&app.db, caller.user_id).await?;
    let seen = seen.ok_or_else(Caller::signed_out)?;
    if seen.version != version {
        return Err(Code::VersionConflict.error().current(&seen));
    }
    if seen.email != update.email.as_str() {
        let present = update.present_password;
        let present = present.ok_or_else(|| {
            Code::MissingField
                .at("present_password")
                .detail("another address needs the present password")
        })?;
        confirm(&app, caller, present).await?;
    }
    let mut tx = Tx::begin(&app).await?;
    let before = store::lock(&mut tx, caller.user_id).await?;
    let before = before.ok_or_else(Caller::signed_out)?;
    if before.version != version {
        return Err(Code::VersionConflict.error().current(&before));
    }
    let (name, email) = (update.name.as_str(), &update.email);
    let after = store::update(&mut tx, caller.user_id, name, email, update.locale).await?;
    account::rename(&mut tx, caller.user_id, &before.name, &after.name).await?;
    tx.commit().await?;
    Ok(Versioned(after.version, after))
}

/// Delete my account
///
/// With the personal ledger, with every ledger that nobody else with an account is in, and with everything in those. In
/// ledgers that I share, my member stays, without an account. This cannot be undone.
#[utoipa::path(delete, path = "/me", tag = "me", request_body = Confirmation, responses((status = NO_CONTENT)))]
async fn delete_me(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    Json(confirmation): Json<Confirmation>,
) -> Result<Response> {
    confirm(&app, caller, confirmation.present_password).await?;
    let mut tx = Tx::begin(&app).await?;
    super::account::remove(&mut tx, caller.user_id).await?;
    tx.commit().await?;
    let cookie = session::no_cookie(&app.config, &client)?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Change my password
///
/// Ends all other sessions.
#[utoipa::path(post, path = "/me/password", tag = "me", request_body = PasswordChange,
    responses((status = NO_CONTENT)))]
async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode> {
    let user = store::get(&app.db, caller.user_id).await?;
    let user = user.ok_or_else(Caller::signed_out)?;
    if let Some(email) = Email::parse(&user.email) {
        change.new_password.check_for(&email, "new_password")?;
    }
    let old = confirm(&app, caller, change.present_password).await?;
    let new = app.passwords.hash(change.new_password).await?;
    let mut tx = Tx::begin(&app).await?;
    if !store::set_password(&mut tx, caller.user_id, &old, &new).await? {
        return Err(Code::PasswordWrong.at("present_password"));
    }
    session::end_others(&mut tx, caller, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for the present password before what cannot be undone, and gives its hash.
async fn confirm(app: &App, caller: Caller, present: Password) -> Result<String> {
    let limit = [limits::CONFIRMATION.of(&caller.user_id.to_string())];
    app.limits.take(&limit, app.clock.now()).await?;
    let hash = store::password_hash(&app.db, caller.user_id).await?;
    let hash = hash.ok_or_else(Caller::signed_out)?;
    if !app.passwords.verify(present, Some(hash.clone())).await? {
        return Err(Code::PasswordWrong.at("present_password"));
    }
    app.limits.give_back(&limit).await;
    Ok(hash)
}

/// Where I am signed in
///
/// The one used last comes first.
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses((status = OK, body = Page<Session>)))]
async fn list_sessions(State(app): State<App>, caller: Caller) -> Result<Json<Page<Session>>> {
    let sessions = session::list(&app.db, caller, app.clock.now()).await?;
    Ok(Json(Page::whole(sessions)))
}

/// Sign out everywhere else
#[utoipa::path(delete, path = "/me/sessions", tag = "me", responses((status = NO_CONTENT)))]
async fn end_other_sessions(State(app): State<App>, caller: Caller) -> Result<StatusCode> {
    let mut tx = Tx::begin(&app).await?;
    session::end_others(&mut tx, caller, app.clock.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sign out one session
///
/// Its access tokens stop at once.
#[utoipa::path(delete, path = "/me/sessions/{session_id}", tag = "me", params(("session_id" = SessionId, Path)),
    responses((status = NO_CONTENT)))]
async fn end_session(
    State(app): State<App>,
    caller: Caller,
    Path(session_id): Path<SessionId>,
) -> Result<StatusCode> {
    let mut tx = Tx::begin(&app).await?;
    if session::end_one(&mut tx, caller.user_id, session_id, app.clock.now()).await? {
        tx.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Code::NotFound.error())
    }
}
