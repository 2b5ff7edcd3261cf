//! Accounts from beginning to end: with the personal ledger they begin with, and everything that goes with them.

use money::currency::Currency;

use super::email::Email;
use super::model::{Locale, User};
use super::store::{self, UserDraft};
use crate::categories;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{LedgerId, UserId};
use crate::ledgers::account::{delete, leave_shared};
use crate::ledgers::{self, store::LedgerDraft};

/// An account to be made.
pub struct NewAccount<'a> {
    pub email: &'a Email,
    pub name: &'a str,
    pub password_hash: &'a str,
    pub locale: Locale,
    /// That of the personal ledger.
    pub currency: Currency,
}

/// Makes an account with its personal ledger and the categories that this begins with.
///
/// # Errors
/// `email_taken` where there is one with this address.
pub async fn create(tx: &mut Tx, new: &NewAccount<'_>) -> Result<User> {
    let ledger = LedgerDraft {
        id: LedgerId::new(),
        name: new.locale.personal_ledger(),
        currency: new.currency,
        personal: true,
    };
    let user = UserDraft {
        email: new.email,
        name: new.name,
        password_hash: new.password_hash,
        locale: new.locale,
        personal_ledger_id: ledger.id,
    };
    ledgers::store::insert(tx, &ledger).await?;
    let user = store::insert(tx, &user).await?;
    let founded = ledgers::found(tx, &ledger, user.id, &user.name).await?;
    categories::insert_defaults(tx, ledger.id, founded.member_id, user.locale.as_str()).await?;
    Ok(user)
}

/// Ends an account: its own ledgers go with it, in shared ones its place stays without it.
pub async fn remove(tx: &mut Tx, user_id: UserId) -> Result<()> {
    // Before looking where the user is a member: whoever joins a ledger meanwhile has either done so, or does not any more.
    store::seize(tx, user_id).await?;
    let own = leave_shared(tx, user_id).await?;
    store::delete(tx, user_id).await?;
    delete(tx, &own).await
}

/// Who has this address.
pub async fn by_email(tx: &mut Tx, email: &Email) -> Result<Option<UserId>> {
    let known = store::by_email(&mut **tx, email).await?;
    Ok(known.map(|(user_id, _)| user_id))
}
