//! The proof of membership that every handler on a ledger's data takes.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use money::currency::Currency;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Moment, store};
use crate::app::App;
use crate::auth::Caller;
use crate::db::Lent;
use crate::error::{Code, Error, Result};
use crate::extract::Path;
use crate::ids::{LedgerId, MemberId, UserId};

/// What a member may do. A later one may all that an earlier one may.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Writes expenses and categories.
    Editor,
    /// Changes the ledger itself, and who is in it.
    Owner,
}

impl Role {
    /// As it stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Editor => "editor",
            Self::Owner => "owner",
        }
    }
}

/// The caller as a member of the ledger in the path: extracting it is the check, and there is no other way to a
/// [`LedgerId`] that a store accepts. Who is no member gets 404, as if nothing were there.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    pub ledger_id: LedgerId,
    pub id: MemberId,
    pub user_id: UserId,
    pub role: Role,
    /// The ledger's currency.
    pub currency: Currency,
    /// Whether the ledger is the caller's personal one.
    pub personal: bool,
    /// Whether the ledger is archived: it is read then, and nothing in it is written.
    pub archived: bool,
    /// How far the ledger has come. Read with the proof, so that whoever has just written finds that in it.
    pub moment: Moment,
}

impl Member {
    /// Refuses who may less than `role`.
    pub fn check_role(&self, role: Role) -> Result<()> {
        if self.role >= role {
            Ok(())
        } else {
            Err(Code::Forbidden.error())
        }
    }

    /// Refuses to write into an archived ledger.
    pub fn check_open(&self) -> Result<()> {
        if self.archived {
            Err(Code::Archived
                .error()
                .detail("the ledger is archived: take it back first"))
        } else {
            Ok(())
        }
    }

    /// Refuses what a personal ledger cannot have: others.
    pub fn check_shared(&self) -> Result<()> {
        if self.personal {
            Err(Code::PersonalLedger.error())
        } else {
            Ok(())
        }
    }
}

/// The ledger's id in a path that may have more parameters.
#[derive(Deserialize)]
struct LedgerPath {
    ledger_id: LedgerId,
}

impl FromRequestParts<App> for Member {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let connected = Connected::from_request_parts(parts, app).await?;
        Ok(connected.alone())
    }
}

/// The same, and the connection that has proven it, for what is read next. Whoever is to wait for anything but the database
/// gives it back before.
#[derive(Debug)]
pub struct Connected {
    pub member: Member,
    pub connection: Lent,
}

impl Connected {
    /// The member, without the connection.
    pub fn alone(self) -> Member {
        self.connection.give_back();
        self.member
    }
}

impl FromRequestParts<App> for Connected {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let caller = Caller::by_token(parts, app).await?;
        let Path(path) = Path::<LedgerPath>::from_request_parts(parts, app).await?;
        let mut connection = app.round.take().await?;
        let member = store::caller(&mut *connection, path.ledger_id, caller).await?;
        Ok(Self { member, connection })
    }
}

/// The caller as a member who may write into the ledger, which is not archived.
#[derive(Debug, Clone, Copy)]
pub struct Editor(pub Member);

impl FromRequestParts<App> for Editor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let member = Member::from_request_parts(parts, app).await?;
        member.check_role(Role::Editor)?;
        member.check_open()?;
        Ok(Self(member))
    }
}

/// The caller as a member who owns the ledger, archived or not.
#[derive(Debug, Clone, Copy)]
pub struct Owner(pub Member);

impl FromRequestParts<App> for Owner {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let member = Member::from_request_parts(parts, app).await?;
        member.check_role(Role::Owner)?;
        Ok(Self(member))
    }
}
