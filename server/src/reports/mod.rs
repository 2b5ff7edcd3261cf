//! Reports: what was spent, by whatever one wants to see it by.

mod gather;
mod mine;
mod model;
mod period;
mod routes;
mod spending;
mod store;
mod table;
mod totals;

pub use routes::router;
