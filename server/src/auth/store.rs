//! The table `users`.

use sqlx::{PgConnection, PgExecutor};

use super::email::Email;
use super::model::{Locale, User};
use crate::db::Tx;
use crate::error::{Code, Error, OnConstraint, Result};
use crate::ids::{LedgerId, SessionId, UserId};

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

/// The same, locked until the end of the transaction.
pub async fn lock(connection: &mut PgConnection, id: UserId) -> Result<Option<User>> {
    let user = sqlx::query_as!(
        User,
        "select id, email, name, locale, personal_ledger_id, created_at, version from users where id = $1
            for no key update",
        id.0,
    )
    .fetch_optional(connection)
    .await?;
    Ok(user)
}

/// Locks an account that is about to go, so that nothing more comes to belong to it.
pub async fn seize(connection: &mut PgConnection, id: UserId) -> Result<()> {
    sqlx::query!("select id from users where id = $1 for update", id.0)
        .fetch_optional(connection)
        .await?;
    Ok(())
}

/// Writes what can be changed about an account.
///
/// # Errors
/// `email_taken` where there is another one with this address.
pub async fn update(
    connection: &mut PgConnection,
    id: UserId,
    name: &str,
    email: &Email,
    locale: Locale,
) -> Result<User> {
    sqlx::query_as!(
        User,
        "update users set name = $2, email = $3, locale = $4, version = version + 1, updated_at = now()
          where id = $1
         returning id, email, name, locale, personal_ledger_id, created_at, version",
        id.0,
        name,
        email.as_str(),
        locale.as_str(),
    )
    .fetch_one(connection)
    .await
    .on_constraint("users_email_key", email_taken)
}

/// The hash of the user's password; nothing where there is no such user any more.
pub async fn password_hash(db: impl PgExecutor<'_>, id: UserId) -> Result<Option<String>> {
    let hash = sqlx::query_scalar!("select password_hash from users where id = $1", id.0)
        .fetch_optional(db)
        .await?;
    Ok(hash)
}

/// Sets another password, unless it is no longer the one that was confirmed; whether it was set.
pub async fn set_password(
    connection: &mut PgConnection,
    id: UserId,
    old: &str,
    new: &str,
) -> Result<bool> {
    let set = sqlx::query!(
        "update users set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2",
        id.0,
        old,
        new,
    )
    .execute(connection)
    .await?;
    Ok(set.rows_affected() > 0)
}

/// Deletes an account with its sessions.
pub async fn delete(tx: &mut Tx, id: UserId) -> Result<()> {
    let sessions = sqlx::query_scalar!(
        r#"delete from sessions where user_id = $1 returning id as "id: SessionId""#,
        id.0
    )
    .fetch_all(&mut **tx)
    .await?;
    sqlx::query!("delete from users where id = $1", id.0)
        .execute(&mut **tx)
        .await?;
    tx.note_signed_out(id, sessions);
    Ok(())
}
