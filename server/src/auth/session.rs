//! Sessions: one sign-in on one device, kept alive by a refresh token that changes with each use.
//!
//! See docs/adr/0005-sessions.md.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{PgConnection, PgExecutor};
use uuid::Uuid;

use super::Caller;
use super::client::{Client, Origin};
use super::model::{Session, User};
use crate::app::App;
use crate::config::Config;
use crate::db::Tx;
use crate::digest::sha256;
use crate::error::{Code, OnConstraint, Result};
use crate::ids::{SessionId, UserId};

/// The name of the cookie that the refresh token lives in.
const COOKIE_NAME: &str = "outlay_refresh";
/// What the cookie is sent to.
const COOKIE_PATH: &str = "/api/v1/auth";
/// How long a session lasts without being used.
const IDLE: TimeDelta = TimeDelta::days(30);
/// How many hours a session lasts, however much it is used. Not in days, which PostgreSQL counts by the time zone.
const LONGEST_HOURS: i32 = 180 * 24;

/// What a session is kept alive with: its id, so that a copy is known by whichever one is late, and 32 random bytes.
pub struct RefreshToken([u8; 48]);

impl RefreshToken {
    fn new(session_id: SessionId) -> Result<Self> {
        let mut bytes = [0; 48];
        let (id, random) = bytes.split_at_mut(16);
        id.copy_from_slice(session_id.0.as_bytes());
        SystemRandom::new()
            .fill(random)
            .map_err(anyhow::Error::from)?;
        Ok(Self(bytes))
    }

    /// The one in the cookie of a request, if there is one that could be ours.
    pub fn of_request(headers: &HeaderMap) -> Option<Self> {
        if !headers.contains_key(COOKIE) {
            return None;
        }
        let jar = CookieJar::from_headers(headers);
        let bytes = BASE64_URL_SAFE_NO_PAD
            .decode(jar.get(COOKIE_NAME)?.value())
            .ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The cookie that brings it to the browser.
    pub fn cookie(&self, config: &Config, client: &Client) -> Result<HeaderValue> {
        cookie(&BASE64_URL_SAFE_NO_PAD.encode(self.0), IDLE, config, client)
    }

    fn session_id(&self) -> SessionId {
        let mut id = [0; 16];
        id.copy_from_slice(&self.0[..16]);
        SessionId(Uuid::from_bytes(id))
    }

    fn hash(&self) -> [u8; 32] {
        sha256(&self.0)
    }
}

/// The cookie that makes the browser forget the refresh token.
pub fn no_cookie(config: &Config, client: &Client) -> Result<HeaderValue> {
    cookie("", TimeDelta::zero(), config, client)
}

/// `SameSite=Strict`, except to a front end on another site, which could not send it back otherwise; that needs `Secure`.
fn cookie(
    value: &str,
    max_age: TimeDelta,
    config: &Config,
    client: &Client,
) -> Result<HeaderValue> {
    let attributes = match (client.origin, config.is_https()) {
        (Origin::Configured, _) => "; SameSite=None; Secure",
        (_, true) => "; SameSite=Strict; Secure",
        (_, false) => "; SameSite=Strict",
    };
    let seconds = max_age.num_seconds();
    let cookie = format!(
        "{COOKIE_NAME}={value}; Path={COOKIE_PATH}; Max-Age={seconds}; HttpOnly{attributes}"
    );
    Ok(HeaderValue::from_str(&cookie).map_err(anyhow::Error::from)?)
}

/// Begins a session, and clears away those of the user that have been over for as long as one lasts: until then they tell
/// [`is_known`] where the user has been.
pub async fn start(
    connection: &mut PgConnection,
    user_id: UserId,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<(SessionId, RefreshToken)> {
    let id = SessionId::new();
    let token = RefreshToken::new(id)?;
    sqlx::query!(
        "with cleared as (
             delete from sessions where user_id = $2 and (expires_at < $6 or revoked_at < $6)
         )
         insert into sessions (id, user_id, refresh_hash, user_agent, ip, created_at, last_used_at, expires_at)
         values ($1, $2, $3, $4, $5, $7, $7, $8)",
        id.0,
        user_id.0,
        &token.hash(),
        client.user_agent,
        client.ip_text(),
        now - IDLE,
        now,
        now + IDLE,
    )
    .execute(connection)
    .await
    // The account has gone at the same moment.
    .on_constraint("sessions_user_id_fkey", || {
        Code::InvalidCredentials.error()
    })?;
    Ok((id, token))
}

/// Takes a refresh token for a new one, in one statement: of two that come with the same one, one succeeds. Nothing
/// where the session has ended. A token that was the session's once and no longer is ends it: two have it, and one of
/// them is not the user.
pub async fn rotate(
    app: &App,
    old: &RefreshToken,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<Option<(User, SessionId, RefreshToken)>> {
    let id = old.session_id();
    let new = RefreshToken::new(id)?;
    let user = sqlx::query_as!(
        User,
        "with rotated as (
             update sessions
                set refresh_hash = $3, user_agent = $4, ip = $5, last_used_at = $6,
                    expires_at = least($7, created_at + make_interval(hours => $8))
              where id = $1 and refresh_hash = $2 and revoked_at is null and expires_at > $6
             returning user_id
         )
         select u.id, u.email, u.name, u.locale, u.personal_ledger_id, u.created_at, u.version
           from rotated
           join users u on u.id = rotated.user_id",
        id.0,
        &old.hash(),
        &new.hash(),
        client.user_agent,
        client.ip_text(),
        now,
        now + IDLE,
        LONGEST_HOURS,
    )
    .fetch_optional(&app.db)
    .await?;
    if let Some(user) = user {
        return Ok(Some((user, id, new)));
    }
    let mut tx = Tx::begin(app).await?;
    let revoked = sqlx::query_scalar!(
        "update sessions set revoked_at = $2 where id = $1 and revoked_at is null and expires_at > $2
         returning user_id",
        id.0,
        now,
    )
    .fetch_optional(&mut *tx)
    .await?;
    if let Some(user_id) = revoked {
        tx.note_signed_out(user_id, vec![id]);
        tx.commit().await?;
        tracing::warn!(session_id = %id, "an old refresh token came back: the session is revoked");
        metrics::counter!("refresh_tokens_reused_total").increment(1);
    }
    Ok(None)
}

/// Ends the session that a refresh token belongs to.
pub async fn end(tx: &mut Tx, token: &RefreshToken, now: DateTime<Utc>) -> Result<()> {
    let ended = sqlx::query_as!(
        Caller,
        r#"update sessions set revoked_at = $3 where id = $1 and refresh_hash = $2 and revoked_at is null
           returning user_id, id as "session_id: SessionId""#,
        token.session_id().0,
        &token.hash(),
        now,
    )
    .fetch_optional(&mut **tx)
    .await?;
    if let Some(ended) = ended {
        tx.note_signed_out(ended.user_id, vec![ended.session_id]);
    }
    Ok(())
}

/// Whether the caller's session has not ended. It ends with its user.
pub async fn is_live(db: impl PgExecutor<'_>, caller: Caller) -> Result<bool> {
    let live = sqlx::query_scalar!(
        r#"select exists (
               select from sessions where id = $1 and user_id = $2 and revoked_at is null
           ) as "live!""#,
        caller.session_id.0,
        caller.user_id.0,
    )
    .fetch_one(db)
    .await?;
    Ok(live)
}

/// The user's sessions that have not ended, the one used last first.
pub async fn list(
    db: impl PgExecutor<'_>,
    caller: Caller,
    now: DateTime<Utc>,
) -> Result<Vec<Session>> {
    let sessions = sqlx::query_as!(
        Session,
        r#"select id, created_at, last_used_at, expires_at, user_agent, ip, id = $2 as "current!"
             from sessions
            where user_id = $1 and revoked_at is null and expires_at > $3
            order by last_used_at desc, id"#,
        caller.user_id.0,
        caller.session_id.0,
        now,
    )
    .fetch_all(db)
    .await?;
    Ok(sessions)
}

/// Ends one session of the user; whether there was one to end.
pub async fn end_one(
    tx: &mut Tx,
    user_id: UserId,
    id: SessionId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let ended = sqlx::query!(
        "update sessions set revoked_at = $3 where id = $1 and user_id = $2 and revoked_at is null",
        id.0,
        user_id.0,
        now,
    )
    .execute(&mut **tx)
    .await?;
    if ended.rows_affected() == 0 {
        return Ok(false);
    }
    tx.note_signed_out(user_id, vec![id]);
    Ok(true)
}

/// Ends all sessions of the user but the caller's.
pub async fn end_others(tx: &mut Tx, caller: Caller, now: DateTime<Utc>) -> Result<()> {
    let ended = sqlx::query_scalar!(
        r#"update sessions set revoked_at = $3 where user_id = $1 and id <> $2 and revoked_at is null
           returning id as "id: SessionId""#,
        caller.user_id.0,
        caller.session_id.0,
        now,
    )
    .fetch_all(&mut **tx)
    .await?;
    tx.note_signed_out(caller.user_id, ended);
    Ok(())
}

/// Whether the user with this address has used a session from where the client calls, within the time that one lasts.
pub async fn is_known(
    db: impl PgExecutor<'_>,
    email: &str,
    client: &Client,
    now: DateTime<Utc>,
) -> Result<bool> {
    let known = sqlx::query_scalar!(
        r#"select exists (
               select from users u
                 join sessions s on s.user_id = u.id
                where lower(u.email) = $1 and s.ip = $2 and s.last_used_at > $3
           ) as "known!""#,
        email,
        client.ip_text(),
        now - IDLE,
    )
    .fetch_one(db)
    .await?;
    Ok(known)
}
