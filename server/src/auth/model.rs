//! What an account and a session look like from outside.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::email::Email;
use super::password::{NewPassword, Password};
use crate::fields::{CurrencyCode, Name};
use crate::ids::{LedgerId, SessionId, UserId};

/// The language of a user.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type,
)]
#[serde(rename_all = "lowercase")]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Locale {
    #[default]
    En,
    De,
}

impl Locale {
    /// As it stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
        }
    }

    /// What a personal ledger is called to begin with.
    pub const fn personal_ledger(self) -> &'static str {
        match self {
            Self::En => "Personal",
            Self::De => "Privat",
        }
    }
}

/// A person who can sign in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub locale: Locale,
    /// The ledger that only this user is in, made at sign-up.
    pub personal_ledger_id: LedgerId,
    pub created_at: DateTime<Utc>,
    pub version: i64,
}

/// An account to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    pub email: Email,
    #[schema(value_type = String, min_length = 8, max_length = 200, format = Password)]
    pub password: NewPassword,
    pub name: Name,
    /// The language of the categories that the personal ledger begins with. English if not said.
    #[serde(default)]
    pub locale: Locale,
    /// The currency of the personal ledger. EUR if not said.
    #[serde(default = "euro")]
    pub currency: CurrencyCode,
}

fn euro() -> CurrencyCode {
    CurrencyCode("EUR".parse().expect("ISO 4217 has the euro"))
}

/// What somebody signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    #[schema(max_length = 254)]
    pub email: String,
    #[schema(value_type = String, max_length = 200, format = Password)]
    pub password: Password,
}

/// Somebody who has signed in. The refresh token comes as the cookie `outlay_refresh`.
#[derive(Debug, Serialize, ToSchema)]
pub struct SignedIn {
    pub user: User,
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 600)]
    pub expires_in: u32,
}

/// One sign-in, on one device.
#[derive(Debug, Serialize, ToSchema)]
pub struct Session {
    pub id: SessionId,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    /// When it ends if it is not used before.
    pub expires_at: DateTime<Utc>,
    /// What the program said of itself when it last refreshed.
    pub user_agent: Option<String>,
    /// Where it last refreshed from.
    pub ip: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// What can be changed about an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountUpdate {
    pub name: Name,
    pub email: Email,
    pub locale: Locale,
    /// Needed where the e-mail address changes.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 200, format = Password)]
    pub present_password: Option<Password>,
}

/// The present password, for what cannot be undone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    #[schema(value_type = String, max_length = 200, format = Password)]
    pub present_password: Password,
}

/// A password to take the place of the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(value_type = String, max_length = 200, format = Password)]
    pub present_password: Password,
    #[schema(value_type = String, min_length = 8, max_length = 200, format = Password)]
    pub new_password: NewPassword,
}
