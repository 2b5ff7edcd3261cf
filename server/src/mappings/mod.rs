//! Mappings: how somebody counts a shared ledger among their own spending.

mod model;
mod routes;
pub mod store;

pub use model::Mapping;
pub use routes::router;
