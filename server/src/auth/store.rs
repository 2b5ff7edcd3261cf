//! The table `users`.

use sqlx::{PgConnection, PgExecutor};

use super::email::Email;
use super::model::{Locale, User};
use crate::error::{Code, Error, OnConstraint, Result};
use crate::ids::{LedgerId, UserId};

/// An account to be added.
pub struct UserDraft<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub locale: Locale,
    pub personal_ledger_id: LedgerId,
}

/// Adds an account.
///
/// # Errors
/// `email_taken` where there is one with this address.
pub async fn insert(connection: &mut PgConnection, draft: &UserDraft<'_>) -> Result<User> {
    sqlx::query_as!(
        User,
        "insert into users (id, email, name, password_hash, locale, personal_ledger_id) values ($1, $2, $3, $4, $5, $6)
         returning id, email, name, locale, personal_ledger_id, created_at, version",
        UserId::new().0,
        draft.email.as_str(),
        draft.name,
        draft.password_hash,
        draft.locale.as_str(),
        draft.personal_ledger_id.0,
    )
    .fetch_one(connection)
    .await
    .on_constraint("users_email_key", email_taken)
}

fn email_taken() -> Error {
    Code::EmailTaken.at("email")
}

/// The user with this address, and the hash of the password.
pub async fn by_email(db: impl PgExecutor<'_>, email: &Email) -> Result<Option<(UserId, String)>> {
    let row = sqlx::query!(
        "select id, password_hash from users where lower(email) = $1",
        email.as_str()
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, row.password_hash)))
}

/// The user; nothing where there is none any more.
pub async fn get(db: impl PgExecutor<'_>, id: UserId) -> Result<Option<User>> {
    let user = sqlx::query_as!(
        User,
        "select id, email, name, locale, personal_ledger_id, created_at, version from users where id = $1",
        id.0,
    )
    .fetch_optional(db)
    .await?;
    Ok(user)
}
