//! What a mapping looks like from outside.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::expenses::ExchangeRate;
use crate::fields::objects_both_ways;
use crate::ids::CategoryId;

/// How the caller counts a shared ledger among their own spending. Nobody else sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mapping {
    /// One unit of the ledger's currency in that of the caller's personal ledger; null where they are the same, or where
    /// the ledger is left out because its currency is another.
    #[schema(required)]
    pub rate: Option<ExchangeRate>,
    /// Categories that are not here are those of the personal ledger that have the same name.
    pub categories: Vec<CategoryMapping>,
    pub version: i64,
}

/// A category of the ledger, and the one of the personal ledger that it counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct CategoryMapping {
    pub category_id: CategoryId,
    pub own_category_id: CategoryId,
}

objects_both_ways!(CategoryMapping);

/// A mapping as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MappingUpdate {
    #[serde(default)]
    pub rate: Option<ExchangeRate>,
    /// At most 500, each category once.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub categories: Vec<CategoryMapping>,
}
