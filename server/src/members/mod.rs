//! Who is in a ledger: people with an account, who may do something here, and people without one, who take part.

mod model;
mod removal;
mod roster;
mod routes;
pub mod store;

pub use model::LedgerMember;
pub use removal::remove;
pub use roster::{Roster, roster};
pub use routes::router;
