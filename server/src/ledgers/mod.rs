//! Ledgers, and the proof of belonging to one.

pub mod account;
mod member;
mod model;
mod moment;
pub mod removal;
mod routes;
pub mod store;

pub use member::{Connected, Editor, Member, Owner, Role};
pub use model::{Ledger, LedgerState};
pub use moment::{Moment, MyLedgers};
pub use routes::{found, router};
