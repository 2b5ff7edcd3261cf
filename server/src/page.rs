//! Keyset pages: `limit`, and a cursor that says where the next page begins.

use std::ops::RangeInclusive;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Code, Result};

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins: pass it as `cursor`. Null on the last page.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// A list that is always whole.
    pub fn whole(items: Vec<T>) -> Self {
        Self {
            items,
            next_cursor: None,
        }
    }

    /// A page from `limit + 1` rows: one more than asked for shows that there is a next page.
    pub fn from_rows<K: Serialize>(
        mut items: Vec<T>,
        limit: Limit,
        key: impl Fn(&T) -> K,
    ) -> Result<Self> {
        let has_more = items.len() > limit.rows();
        items.truncate(limit.rows());
        let next_cursor = match items.last() {
            Some(last) if has_more => Some(encode(&key(last))?),
            _ => None,
        };
        Ok(Self { items, next_cursor })
    }
}

/// A page, newest first.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Backwards {
    /// Where the page begins: the `next_cursor` of the page before it.
    pub cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Limit,
}

/// How many rows a page has: 1 to 200, 50 if not said.
#[derive(Debug, Clone, Copy)]
pub struct Limit(u8);

impl Limit {
    /// The number of rows to ask the database for: one more than the page holds.
    pub fn fetch(self) -> i64 {
        i64::from(self.0) + 1
    }

    fn rows(self) -> usize {
        usize::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(50)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            limit @ 1..=200 => Ok(Self(limit)),
            _ => Err(Code::InvalidValue.custom("a page has 1 to 200 items")),
        }
    }
}

/// The years that a date in a cursor of ours may have; the database holds no others, and PostgreSQL reads not all.
pub const YEARS: RangeInclusive<i32> = 1900..=9999;

fn encode(key: &impl Serialize) -> Result<String> {
    Ok(BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(key)?))
}

/// Reads a cursor back into the key that [`Page::from_rows`] made it of.
///
/// # Errors
/// `cursor_invalid` for anything else. A forged cursor that has the right form is harmless: it is a place in the list,
/// and the statement that it goes into names the ledger.
pub fn decode<K: DeserializeOwned>(cursor: &str) -> Result<K> {
    BASE64_URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| Code::CursorInvalid.at("cursor"))
}
