//! What a category looks like from outside.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::error::Code;
use crate::expenses::{DefaultSplit, Split};
use crate::fields::Name;
use crate::ids::CategoryId;

/// Where spending belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Category {
    pub id: CategoryId,
    /// The category above this one; null for a root. There is one level of parents.
    pub parent_id: Option<CategoryId>,
    pub name: String,
    /// The name of an icon of Lucide, as in `shopping-cart`.
    pub icon: Option<String>,
    /// As in `#1a7f5a`.
    pub color: Option<String>,
    /// How new expenses in this category, and in those below it, are split where they do not say.
    #[serde(default)]
    #[schema(value_type = Option<Split>)]
    pub default_split: Option<DefaultSplit>,
    /// Archived categories are kept on what has them, and offered for nothing new.
    pub archived_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// A category to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCategory {
    /// Chosen by the client, so that the same request can be sent again; a new one if left out.
    #[serde(default)]
    pub id: Option<CategoryId>,
    pub name: Name,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[a-z0-9-]{1,40}$", example = "shopping-cart")]
    pub icon: Option<Icon>,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$", example = "#1a7f5a")]
    pub color: Option<Color>,
    #[serde(default)]
    pub parent_id: Option<CategoryId>,
    /// `equal`, `shares` or `percent`; none if left out.
    #[serde(default)]
    pub default_split: Option<Split>,
}

/// What can be changed about a category: what is left out is taken away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryUpdate {
    pub name: Name,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[a-z0-9-]{1,40}$", example = "shopping-cart")]
    pub icon: Option<Icon>,
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$", example = "#1a7f5a")]
    pub color: Option<Color>,
    #[serde(default)]
    pub parent_id: Option<CategoryId>,
    /// `equal`, `shares` or `percent`; none if left out.
    #[serde(default)]
    pub default_split: Option<Split>,
    #[serde(default)]
    pub archived: bool,
}

/// The name of an icon: 1 to 40 of `a` to `z`, `0` to `9` and `-`.
#[derive(Debug, Clone)]
pub struct Icon(String);

/// A colour, `#rrggbb`, in small letters.
#[derive(Debug, Clone)]
pub struct Color(String);

impl Icon {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Color {
    /// The colour.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Icon {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let is_kebab = text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if is_kebab && (1..=40).contains(&text.len()) {
            Ok(Self(text.into_owned()))
        } else {
            Err(Code::InvalidValue.custom("an icon is named like shopping-cart"))
        }
    }
}

impl<'de> Deserialize<'de> for Color {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let digits = text.strip_prefix('#').unwrap_or_default();
        if digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(Code::InvalidValue.custom("a colour is written like #1a7f5a"))
        }
    }
}
