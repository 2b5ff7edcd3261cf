//! Expenses: what was spent, earned or handed over, who paid it and who bears it.

mod batch;
mod draft;
mod export;
mod filter;
mod list;
mod model;
mod moving;
mod routes;
pub mod store;
mod suggestions;

pub use filter::{CategoryFilter, Filter};
pub use model::{Content, Expense, Kind, Payment, Share, Split};
pub use moving::move_category;
pub use routes::router;
