//! Who is in a ledger: people with an account, who may do something here, and people without one, who take part.

mod change;
mod model;
mod roster;
mod routes;
pub mod store;

pub use change::{change, remove};
pub use model::LedgerMember;
pub use roster::{Roster, roster};
pub use routes::router;
