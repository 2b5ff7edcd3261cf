//! How a new expense is split where it does not say: as its category says, or the one above, or the ledger, or else among
//! all by their weights.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use super::draft::{check_member, split_problem};
use super::model::{Mode, Part, Split};
use crate::error::{Code, Result};
use crate::fields::Minor;
use crate::ids::{CategoryId, LedgerId, MemberId};
use crate::members::Roster;

/// A split that holds for expenses of any amount: `equal`, `shares` or `percent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct DefaultSplit(Json<Split>);

/// A whole that every split which holds for any amount can be carried out on.
const TRIAL: i64 = 10_000;

impl DefaultSplit {
    /// The split that a client sent, if it sent one. Who was in the one that it replaces may stay, archived or not.
    ///
    /// # Errors
    /// 422 with the field at fault, below `default_split`.
    pub fn check(
        split: Option<Split>,
        roster: &Roster,
        before: Option<&Self>,
    ) -> Result<Option<Self>> {
        let Some(split) = split else {
            return Ok(None);
        };
        if matches!(split.mode, Mode::Exact | Mode::Adjusted) {
            return Err(Code::SplitInvalid
                .at("default_split.mode")
                .detail("equal, shares or percent: it holds for any amount"));
        }
        let was_in = |member_id| {
            before.is_some_and(|before| {
                let mut parts = before.0.parts.iter();
                parts.any(|part| part.member_id == member_id)
            })
        };
        for (index, part) in split.parts.iter().enumerate() {
            let stays = was_in(part.member_id);
            check_member(roster, part.member_id, stays, || {
                format!("default_split.parts[{index}].member_id")
            })?;
        }
        split
            .rule()
            .owed(TRIAL, TRIAL, "")
            .map_err(|error| split_problem(&error, "default_split"))?;
        Ok(Some(Self(Json(split))))
    }

    /// Whether all whom it names are in the ledger, archived or not.
    pub fn is_of(&self, roster: &Roster) -> bool {
        let mut parts = self.0.parts.iter();
        parts.all(|part| roster.is_archived(part.member_id).is_some())
    }

    /// The split among those who are there; nothing where nobody is left to bear anything.
    pub fn among(&self, roster: &Roster) -> Option<Split> {
        let Split { mode, parts } = &self.0.0;
        let is_there = |part: &&Part| roster.is_archived(part.member_id) == Some(false);
        let there: Vec<Part> = parts.iter().filter(is_there).copied().collect();
        let bears = |part: &Part| part.value.is_none_or(|value| value.0 > 0);
        if !there.iter().any(bears) {
            return None;
        }
        let mode = match mode {
            // What is left does not add up to a hundred.
            Mode::Percent if there.len() < parts.len() => Mode::Shares,
            mode => *mode,
        };
        Some(Split { mode, parts: there })
    }
}

/// Among all who are there, by their weights: who has none takes part in nothing that does not name them, unless nobody
/// has one.
pub fn by_weight(roster: &Roster) -> Split {
    let mut weights: Vec<(MemberId, i32)> = roster.weights().collect();
    if weights.iter().any(|(_, weight)| *weight > 0) {
        weights.retain(|(_, weight)| *weight > 0);
    }
    let is_equal = weights.windows(2).all(|pair| pair[0].1 == pair[1].1);
    let part = |(member_id, weight): (MemberId, i32)| Part {
        member_id,
        value: (!is_equal).then_some(Minor(weight.into())),
    };
    Split {
        mode: if is_equal { Mode::Equal } else { Mode::Shares },
        parts: weights.into_iter().map(part).collect(),
    }
}

/// The members of a ledger, and the default splits that hold for an expense, the nearest first: of its category, of the one
/// above, of the ledger. In one statement, as nearly every new expense asks for both.
pub async fn roster_and_defaults(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    category_id: Option<CategoryId>,
) -> Result<(Roster, Vec<DefaultSplit>)> {
    let row = sqlx::query!(
        r#"
        select l.default_split as "of_ledger: DefaultSplit", c.default_split as "of_category?: DefaultSplit",
               p.default_split as "of_parent?: DefaultSplit",
               r.ids as "ids!: Vec<MemberId>", r.archived as "archived!", r.weights as "weights!"
          from ledgers l
         cross join lateral (
               select array_agg(id) as ids, array_agg(archived_at is not null) as archived, array_agg(weight) as weights
                 from members
                where ledger_id = $1
               ) r
          left join categories c on c.ledger_id = l.id and c.id = $2
          left join categories p on p.ledger_id = l.id and p.id = c.parent_id
         where l.id = $1
        "#,
        ledger_id.0,
        category_id.map(|id| id.0),
    )
    .fetch_optional(connection)
    .await?
    .ok_or_else(|| Code::NotFound.error())?;
    let standing = row.archived.into_iter().zip(row.weights);
    let members = row.ids.into_iter().zip(standing);
    let roster = members.map(|(id, (archived, weight))| (id, archived, weight));
    let defaults = [row.of_category, row.of_parent, row.of_ledger];
    Ok((roster.collect(), defaults.into_iter().flatten().collect()))
}

/// Whether a default split of the ledger names a member.
pub async fn is_in_default_split(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: MemberId,
) -> Result<bool> {
    let named = serde_json::json!({ "parts": [{ "member_id": id }] });
    let is_named = sqlx::query_scalar!(
        r#"
        select exists (select from ledgers where id = $1 and default_split @> $2)
            or exists (select from categories where ledger_id = $1 and default_split @> $2) as "named!"
        "#,
        ledger_id.0,
        named,
    )
    .fetch_one(connection)
    .await?;
    Ok(is_named)
}

impl PartialSchema for DefaultSplit {
    fn schema() -> RefOr<Schema> {
        Split::schema()
    }
}

impl ToSchema for DefaultSplit {
    fn name() -> Cow<'static, str> {
        Split::name()
    }
}
