//! Balances: what each member has paid and owes, how it came to that, and who pays whom so that all are even.

mod model;
mod plan;
mod routes;
mod store;
mod way;

pub use routes::router;
