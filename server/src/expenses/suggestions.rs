//! What completes a payee or a tag while it is being typed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use sqlx::PgExecutor;
use utoipa::{IntoParams, ToSchema};

use crate::error::Result;
use crate::fields::Text;
use crate::ids::{CategoryId, LedgerId};
use crate::page::Limit;

/// What has been typed so far.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Typed {
    /// Text in it, in upper or lower case; all if left out.
    #[serde(default)]
    #[param(value_type = Option<String>, max_length = 200)]
    pub q: Option<Text<0, 200>>,
    #[serde(default)]
    #[param(value_type = Option<u8>, minimum = 1, maximum = 200)]
    pub limit: Limit,
}

impl Typed {
    fn text(&self) -> &str {
        self.q.as_ref().map_or("", Text::as_str)
    }
}

/// A payee, and how it was the last time.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownPayee {
    pub payee: String,
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    /// How many expenses have this payee.
    pub count: i64,
    pub last_used_on: NaiveDate,
    /// Minor units of `last_currency`.
    pub last_amount: i64,
    pub last_currency: String,
}

/// A tag, as it is written most often.
#[derive(Debug, Serialize, ToSchema)]
pub struct KnownTag {
    pub tag: String,
    /// How many expenses have this tag.
    pub count: i64,
}

/// The payees that match: those that begin with it first, then those that were used within the last year, then the most
/// frequent.
pub async fn payees(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    typed: &Typed,
    a_year_ago: NaiveDate,
) -> Result<Vec<KnownPayee>> {
    Ok(sqlx::query_as!(
        KnownPayee,
        r#"
        with matching as (
            select lower(payee) as key, count(*) as count, max(spent_on) as last_used_on
              from expenses
             where ledger_id = $1 and deleted_at is null and strpos(lower(payee), lower($2)) > 0
             group by lower(payee)
        ), best as (
            select *, row_number() over (
                       order by starts_with(key, lower($2)) desc, last_used_on >= $3 desc, count desc, last_used_on desc, key
                   ) as place
              from matching
             order by place
             limit $4
        )
        select last.payee, last.category_id, best.count as "count!", best.last_used_on as "last_used_on!",
               last.amount as last_amount, last.currency as last_currency
          from best
         cross join lateral (
               select e.payee, e.category_id, e.amount, e.currency
                 from expenses e
                where e.ledger_id = $1 and lower(e.payee) = best.key and e.deleted_at is null
                order by e.spent_on desc, e.id desc
                limit 1
               ) last
         order by best.place
        "#,
        ledger_id.0,
        typed.text(),
        a_year_ago,
        typed.limit.fetch() - 1,
    )
    .fetch_all(db)
    .await?)
}

/// The tags that match: those that begin with it first, then the most frequent.
pub async fn tags(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    typed: &Typed,
) -> Result<Vec<KnownTag>> {
    Ok(sqlx::query_as!(
        KnownTag,
        r#"
        select mode() within group (order by tag) as "tag!", count(*) as "count!"
          from expenses, unnest(tags) as tag
         where ledger_id = $1 and deleted_at is null and strpos(lower(tag), lower($2)) > 0
         group by lower(tag)
         order by starts_with(lower(tag), lower($2)) desc, count(*) desc, lower(tag)
         limit $3
        "#,
        ledger_id.0,
        typed.text(),
        typed.limit.fetch() - 1,
    )
    .fetch_all(db)
    .await?)
}
