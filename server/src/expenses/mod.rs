//! Expenses: what was spent, earned or handed over, who paid it and who bears it.

mod adding;
mod batch;
mod default_split;
mod draft;
mod export;
mod filter;
mod list;
mod model;
mod moving;
mod routes;
pub mod store;
mod suggestions;

pub use adding::add;
pub use default_split::{DefaultSplit, is_in_default_split};
pub use draft::Ground;
pub use filter::{CategoryFilter, Filter};
pub use model::{Content, ExchangeRate, Expense, ExpenseBody, Kind, Payment, Share, Split};
pub use moving::move_category;
pub use routes::router;
