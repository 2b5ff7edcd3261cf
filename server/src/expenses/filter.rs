//! The filters and the orders of the list.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::model::{Kind, Tag};
use crate::error::Code;
use crate::fields::{Date, Minor, Text};
use crate::ids::{CategoryId, MemberId};
use crate::page::Limit;

/// Which expenses.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// The first date.
    #[param(value_type = Option<Date>)]
    pub from: Option<Date>,
    /// The last date.
    #[param(value_type = Option<Date>)]
    pub to: Option<Date>,
    /// A category and its children; `none` for what has no category.
    #[param(value_type = Option<String>)]
    pub category_id: Option<CategoryFilter>,
    /// A tag, in upper or lower case.
    #[param(value_type = Option<Tag>)]
    pub tag: Option<Tag>,
    /// Somebody who has paid or owes a share.
    #[param(value_type = Option<MemberId>)]
    pub member_id: Option<MemberId>,
    #[param(value_type = Option<Kind>)]
    pub kind: Option<Kind>,
    /// The least amount, in minor units of the ledger's currency.
    #[param(value_type = Option<Minor>)]
    pub min: Option<Minor>,
    /// The largest amount, in minor units of the ledger's currency.
    #[param(value_type = Option<Minor>)]
    pub max: Option<Minor>,
    /// Text in the payee or the note, in upper or lower case.
    #[param(value_type = Option<String>, max_length = 200)]
    pub q: Option<Text<0, 200>>,
    /// What is in the trash instead of what is not.
    #[serde(default)]
    pub deleted: bool,
    #[serde(default)]
    #[param(inline)]
    pub sort: Sort,
    /// Where the page begins: the `next_cursor` of the page before it.
    pub cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Limit,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Sort {
    #[default]
    #[serde(rename = "-spent_on")]
    Newest,
    #[serde(rename = "spent_on")]
    Oldest,
    #[serde(rename = "-amount")]
    Largest,
    #[serde(rename = "amount")]
    Smallest,
    #[serde(rename = "-updated_at")]
    LastUpdated,
}

/// A category with its children, or those without any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CategoryFilter {
    None,
    Is(CategoryId),
}

impl CategoryFilter {
    /// The category, if it is one.
    pub fn id(self) -> Option<Uuid> {
        match self {
            Self::None => None,
            Self::Is(id) => Some(id.0),
        }
    }
}

impl<'de> Deserialize<'de> for CategoryFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text == "none" {
            return Ok(Self::None);
        }
        text.parse()
            .map(|id| Self::Is(CategoryId(id)))
            .map_err(|_| Code::InvalidValue.custom("an id or none is expected"))
    }
}

impl Filter {
    /// Whether it asks for the plain list, newest first.
    pub(super) fn is_plain(&self) -> bool {
        self.is_open() && self.sort == Sort::Newest
    }

    /// Whether it asks for something that people type, of which there is no end.
    pub(super) fn is_typed(&self) -> bool {
        self.q.is_some() || self.tag.is_some() || self.min.is_some() || self.max.is_some()
    }

    /// Whether it lets everything through that is not in the trash.
    fn is_open(&self) -> bool {
        self.from.is_none()
            && self.to.is_none()
            && self.category_id.is_none()
            && self.tag.is_none()
            && self.member_id.is_none()
            && self.kind.is_none()
            && self.min.is_none()
            && self.max.is_none()
            && self.q.is_none()
            && !self.deleted
    }
}
