//! Categories: where spending belongs, with one level of parents.

mod defaults;
mod merge;
pub mod merging;
mod model;
mod routes;
pub mod store;

pub use defaults::insert_defaults;
pub use model::Category;
pub use routes::router;
