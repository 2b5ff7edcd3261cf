//! `/auth`: making an account, signing in and out, and the keys at `/.well-known/jwks.json`.

use axum::Router;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::client::Client;
use super::email::Email;
use super::limits;
use super::model::{Credentials, NewAccount, SignedIn, User};
use super::session::{self, RefreshToken};
use super::{Caller, account, store, token};
use crate::app::App;
use crate::config::Registration;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::extract::Json;
use crate::ids::SessionId;

/// The routes below `/auth`.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(register))
        .routes(routes!(login))
        .routes(routes!(refresh))
        .routes(routes!(logout))
}

/// The keys that access tokens are signed with, at the root, for a gateway that checks them itself.
pub fn well_known() -> Router<App> {
    Router::new().route("/.well-known/jwks.json", get(jwks))
}

/// Make an account
///
/// With a personal ledger, and signed in at once.
#[utoipa::path(post, path = "/auth/register", tag = "auth", security(()), request_body = NewAccount,
    responses((status = CREATED, body = SignedIn)))]
async fn register(
    State(app): State<App>,
    client: Client,
    Json(new): Json<NewAccount>,
) -> Result<Response> {
    if app.config.registration == Registration::Closed {
        return Err(Code::RegistrationClosed.error());
    }
    new.password.check_for(&new.email, "password")?;
    limits::take_registration(&app, &client).await?;
    let hash = app.passwords.hash(new.password).await?;
    let account = account::NewAccount {
        email: &new.email,
        name: new.name.as_str(),
        password_hash: &hash,
        locale: new.locale,
        currency: new.currency.0,
    };
    let mut tx = Tx::begin(&app).await?;
    let user = account::create(&mut tx, &account).await?;
    let (session_id, refresh) = session::start(&mut tx, user.id, &client, app.clock.now()).await?;
    tx.commit().await?;
    let answer = signed_in(&app, &client, user, session_id, &refresh).await?;
    Ok((StatusCode::CREATED, answer).into_response())
}

/// Sign in
///
/// An unknown address and a wrong password are one answer, in one time.
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = Credentials,
    responses((status = OK, body = SignedIn)))]
async fn login(
    State(app): State<App>,
    client: Client,
    Json(credentials): Json<Credentials>,
) -> Result<Response> {
    let email = Email::parse(&credentials.email);
    // All that is no address is counted as one address: it must not be told from an unknown one.
    let address = email.as_ref().map_or("", Email::as_str);
    let limits = limits::take_sign_in(&app, &client, address).await?;
    let known = match &email {
        Some(email) => store::by_email(&app.db, email).await?,
        None => None,
    };
    let (user_id, hash) = known.unzip();
    let is_right = app.passwords.verify(credentials.password, hash).await?;
    let Some(user_id) = user_id.filter(|_| is_right) else {
        metrics::counter!("sign_ins_failed_total").increment(1);
        return Err(Code::InvalidCredentials.error());
    };
    app.limits.give_back(&limits).await;
    let mut tx = Tx::begin(&app).await?;
    let user = store::get(&mut *tx, user_id)
        .await?
        .ok_or_else(|| Code::InvalidCredentials.error())?;
    let (session_id, refresh) = session::start(&mut tx, user_id, &client, app.clock.now()).await?;
    tx.commit().await?;
    signed_in(&app, &client, user, session_id, &refresh).await
}

/// Take a new access token
///
/// For the cookie `outlay_refresh`, which changes with each use; one that was used before ends the session.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(()), responses((status = OK, body = SignedIn)))]
async fn refresh(State(app): State<App>, client: Client, headers: HeaderMap) -> Result<Response> {
    client.check_origin()?;
    let refused = |error| {
        let cookie = session::no_cookie(&app.config, &client)?;
        Ok(([(SET_COOKIE, cookie)], error).into_response())
    };
    let Some(old) = RefreshToken::of_request(&headers) else {
        return refused(Code::RefreshInvalid.error());
    };
    let now = app.clock.now();
    let limits = limits::take_refresh(&app, &client, now).await?;
    match session::rotate(&app, &old, &client, now).await? {
        Some((user, id, new)) => {
            app.limits.give_back(&limits).await;
            signed_in(&app, &client, user, id, &new).await
        }
        None => refused(Code::RefreshInvalid.error()),
    }
}

/// Sign out
///
/// Ends the session of the cookie `outlay_refresh`; its access tokens stop at once.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security(()), responses((status = NO_CONTENT)))]
async fn logout(State(app): State<App>, client: Client, headers: HeaderMap) -> Result<Response> {
    client.check_origin()?;
    if let Some(token) = RefreshToken::of_request(&headers) {
        let mut tx = Tx::begin(&app).await?;
        session::end(&mut tx, &token, app.clock.now()).await?;
        tx.commit().await?;
    }
    let cookie = session::no_cookie(&app.config, &client)?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

async fn signed_in(
    app: &App,
    client: &Client,
    user: User,
    session_id: SessionId,
    refresh: &RefreshToken,
) -> Result<Response> {
    let caller = Caller {
        user_id: user.id,
        session_id,
    };
    let answer = SignedIn {
        user,
        access_token: app.tokens.issue(&app.db, app.clock.now(), caller).await?,
        token_type: "Bearer",
        expires_in: token::LIFETIME,
    };
    let headers = [
        (SET_COOKIE, refresh.cookie(&app.config, client)?),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, Json(answer)).into_response())
}

/// The public keys as a JSON Web Key Set (RFC 7517, RFC 8037).
async fn jwks(State(app): State<App>) -> Result<Response> {
    let ring = app.tokens.keys.ring(&app.db, app.clock.now()).await?;
    let keys: Vec<Value> = ring
        .keys()
        .iter()
        .map(|key| {
            json!({
                "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": key.kid,
                "x": BASE64_URL_SAFE_NO_PAD.encode(&key.public),
            })
        })
        .collect();
    // A new key is published for an hour before it signs, so nobody is surprised by one.
    let caching = HeaderValue::from_static("public, max-age=600");
    Ok(([(CACHE_CONTROL, caching)], Json(json!({ "keys": keys }))).into_response())
}
