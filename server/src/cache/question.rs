//! What is asked, and how far the ledgers have come that the answer is about: an answer is found by both.

use std::fmt::Debug;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sqlx::PgPool;

use crate::app::App;
use crate::digest::sha256;
use crate::error::Result;
use crate::ids::{LedgerId, UserId};
use crate::ledgers::{self, Member, Moment, MyLedgers};
use crate::replica::Reading;

/// The sources that this program was built from: what another version has kept is not found.
const SOURCES: &str = env!("SOURCES_DIGEST");

/// Everything that an answer depends on.
#[derive(Debug)]
pub struct Question {
    /// Which of the questions it is, in logs and metrics.
    pub(super) name: &'static str,
    basis: Basis,
    asked: String,
    /// Who asks.
    pub(super) asker: UserId,
    /// Whether it is kept in the process only.
    pub(super) is_cheap: bool,
}

/// What the answer is read from.
#[derive(Debug)]
enum Basis {
    Ledger(LedgerId, Moment),
    AllOf(UserId, Vec<(LedgerId, Moment)>),
}

/// A question in short: two that differ in anything have two of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Question {
    /// What is asked about one ledger. In `asked` is all that the answer depends on beside the ledger: the query as it was
    /// understood, the caller where another would get another answer, today where the query counts from it.
    pub fn about(name: &'static str, member: &Member, asked: &impl Debug) -> Self {
        Self {
            name,
            basis: Basis::Ledger(member.ledger_id, member.moment),
            asked: format!("{asked:?}"),
            asker: member.user_id,
            is_cheap: false,
        }
    }

    /// What is asked about all ledgers of the caller, to whom alone the answer belongs.
    pub fn about_all(name: &'static str, mine: MyLedgers, asked: &impl Debug) -> Self {
        Self {
            name,
            asker: mine.caller.user_id,
            basis: Basis::AllOf(mine.caller.user_id, mine.moments),
            asked: format!("{asked:?}"),
            is_cheap: false,
        }
    }

    /// The same, where reading the answer takes no more than Redis would, or where few will ever ask it again: it is kept in
    /// the process only, which has a bound.
    #[must_use]
    pub fn cheap(self, is_cheap: bool) -> Self {
        Self { is_cheap, ..self }
    }

    /// What it is found by.
    pub(super) fn key(&self) -> Key {
        let Self {
            name, basis, asked, ..
        } = self;
        // `Debug` quotes what is text, so that nothing in a query can pass for something else.
        Key(sha256(
            format!("{SOURCES}\n{name}\n{basis:?}\n{asked}").as_bytes(),
        ))
    }

    /// Where the answer may be read.
    pub(super) async fn source(&self, app: &App) -> Reading {
        match &self.basis {
            Basis::Ledger(id, moment) => app.reading(*id, *moment).await,
            // What a mapping changes is not seen by how far the ledger has come.
            Basis::AllOf(..) => Reading::at_primary(app.db.clone()),
        }
    }

    /// Whether nothing has happened there since the question was asked. A moment never comes again, so that what was read
    /// in between, in however many statements, is of that one.
    pub(super) async fn still_holds(&self, db: &PgPool) -> Result<bool> {
        Ok(match &self.basis {
            Basis::Ledger(id, moment) => {
                ledgers::store::moment(db, *id).await?.as_ref() == Some(moment)
            }
            Basis::AllOf(user_id, moments) => {
                ledgers::store::moments(db, *user_id, None).await? == *moments
            }
        })
    }
}

impl Key {
    /// The name in Redis.
    pub(super) fn name(&self) -> String {
        format!("cache:{}", BASE64_URL_SAFE_NO_PAD.encode(self.0))
    }

    /// The entity tag, without its quotes.
    pub(super) fn tag(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(&self.0[..16])
    }

    #[cfg(test)]
    pub(super) fn of(name: &str) -> Self {
        Self(sha256(name.as_bytes()))
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        &self.0
    }
}
