//! Invitations to a ledger by link: making, revoking, looking at and accepting them.

mod accept;
mod model;
mod routes;
mod store;
mod token;

pub use routes::router;
pub use store::revoke_those_of;
