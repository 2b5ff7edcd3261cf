//! The demonstration account: three years of somebody's money, a flat and a trip with others, so that a newcomer sees at once what Outlay is for.

mod habits;
mod life;
mod shared;
mod trips;

use std::collections::BTreeMap;

use anyhow::Context;
use chrono::NaiveDate;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use self::life::Entry;
use crate::auth::{self, Email, Locale, Passwords};
use crate::categories;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::expenses::{self, ExpenseBody, Ground};
use crate::ids::CategoryId;
use crate::ledgers;
use crate::members;
use crate::serve::Database;

/// Who the account is for.
const EMAIL: &str = "demo@outlay.example";
const NAME: &str = "Robin";
/// How many expenses are written between two writings of the history.
const BATCH: usize = 500;

/// Makes the account anew, with a new password, and prints how to sign in. What `outlay demo` does.
///
/// All of it is one transaction: whoever looks sees the old account or the new one.
pub async fn run(config: &Config) -> anyhow::Result<()> {
    let database = Database::join(config).await?;
    let filled = fill(&database.pool, Clock::default().today()).await;
    database.close().await;
    let filled = filled.map_err(|error| match error {
        Error::Internal(error) => error,
        Error::Problem(problem) => anyhow::anyhow!("{problem:?}"),
    });
    let Filled {
        password,
        count,
        shared,
    } = filled.context("the demonstration account")?;
    println!(
        "The demonstration account is there, with {count} expenses of three years, and {shared} of a flat and a trip."
    );
    println!("  address:  {EMAIL}");
    println!("  password: {password}");
    println!("Sign in at {}.", config.public_url());
    Ok(())
}

/// What was made.
pub struct Filled {
    pub password: String,
    /// How many expenses of one's own.
    pub count: usize,
    /// How many of a flat and of a trip.
    pub shared: usize,
}

/// Makes the account anew, with three years of expenses up to `today`.
pub async fn fill(db: &PgPool, today: NaiveDate) -> Result<Filled> {
    let password = new_password();
    let hash = Passwords::new(1)
        .hash(serde_json::from_value(json!(password))?)
        .await?;
    let email = Email::parse(EMAIL).context("the address is none")?;
    let currency = ledgers::store::currency("EUR")?;
    let mut tx = Tx::begin_silently(db).await?;
    if let Some(user_id) = auth::account::by_email(&mut tx, &email).await? {
        auth::account::remove(&mut tx, user_id).await?;
    }
    let account = auth::account::NewAccount {
        email: &email,
        name: NAME,
        password_hash: &hash,
        locale: Locale::En,
        currency,
    };
    let user = auth::account::create(&mut tx, &account).await?;
    let member = ledgers::store::member(&mut *tx, user.personal_ledger_id, user.id)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    let roster = members::roster(&mut *tx, member.ledger_id).await?;
    let categories = categories::store::list(&mut *tx, member.ledger_id).await?;
    let categories = categories
        .into_iter()
        .map(|one| (one.name, one.id))
        .collect();
    let ground = Ground {
        member: &member,
        roster: &roster,
        today,
        defaults: &[],
        before: None,
    };
    let entries = life::entries(today);
    for batch in entries.chunks(BATCH) {
        for entry in batch {
            expenses::add(&mut tx, &body(entry, &categories)?, &ground).await?;
        }
        tx.flush().await?;
    }
    let shared = shared::fill(&mut tx, &user, today).await?;
    tx.commit().await?;
    Ok(Filled {
        password,
        count: entries.len(),
        shared,
    })
}

/// The request that a client would send for it.
fn body(entry: &Entry, categories: &BTreeMap<String, CategoryId>) -> Result<ExpenseBody> {
    let category_id = categories
        .get(entry.category)
        .with_context(|| format!("there is no category {}", entry.category))?;
    Ok(serde_json::from_value(json!({
        "kind": entry.kind,
        "spent_on": entry.on,
        "amount": entry.amount,
        "currency": entry.money.currency,
        "rate": entry.money.rate,
        "payee": entry.payee,
        "note": entry.note,
        "category_id": category_id,
        "tags": entry.tags,
    }))?)
}

/// Easy to type: sixteen hexadecimal digits, all of them random.
fn new_password() -> String {
    let random = Uuid::new_v4();
    let bytes = random.as_bytes();
    let pairs = [0, 2, 4, 10].map(|at| format!("{:02x}{:02x}", bytes[at], bytes[at + 1]));
    pairs.join("-")
}
