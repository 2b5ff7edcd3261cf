//! Sums over the tables `expenses` and `shares`.

use chrono::NaiveDate;
use sqlx::PgPool;
use uuid::Uuid;

use super::model::{GroupBy, GroupKey, Kind};
use super::period::Period;
use super::spending::out_of_range;
use super::totals;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::ids::{CategoryId, LedgerId, MemberId};

/// The most rows that a report has.
pub const MAX_ROWS: usize = 20_000;

/// Which expenses of a ledger, and how much of them.
#[derive(Debug, Clone)]
pub struct Selection {
    pub ledger_id: LedgerId,
    /// Only what this member bears; if nobody, all of it.
    pub of: Option<MemberId>,
    pub period: Period,
    pub kind: Kind,
    /// Only these.
    pub categories: Option<Vec<Uuid>>,
    /// Only what has no category.
    pub is_uncategorised: bool,
    pub tag: Option<String>,
    /// Only what this member has paid or owes a share of.
    pub member_id: Option<MemberId>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub q: Option<String>,
}

/// A sum, and what all that is in it has in common, as far as was asked for.
#[derive(Debug)]
pub struct Group {
    pub category_id: Option<CategoryId>,
    /// The day, or the first day of the month.
    pub date: Option<NaiveDate>,
    pub payee: Option<String>,
    pub tag: Option<String>,
    pub member_id: Option<MemberId>,
    /// Minor units; nothing where that is more than can be counted exactly.
    pub total: Option<i64>,
    pub count: i64,
}

/// Sums `$amount` over `$from`. First by what an expense has as a whole, which leaves little to tell
/// apart by single tags.
macro_rules! groups {
    ($from:literal, $member:literal, $amount:literal, $selection:ident, $by:ident $(, $more:expr)*) => {
        sqlx::query_as!(
            Group,
            r#"
            with part as (
                select case when $12 then e.category_id end as category_id,
                       case when $16 then e.spent_on
                            when $13 then date_trunc('month', e.spent_on::timestamp)::date end as date,
                       case when $14 then e.payee end as payee,
                       case when $15 then e.tags end as tags,
                       "# + $member + r#" as member_id,
                       sum("# + $amount + r#") as total,
                       count(*) as count
                  from "# + $from + r#"
                 where e.ledger_id = $1
                   and e.deleted_at is null
                   and e.kind = $2
                   and e.spent_on between $3 and $4
                   and ($5::uuid[] is null or e.category_id = any ($5))
                   and (not $6 or e.category_id is null)
                   and ($7::text is null or exists (select from unnest(e.tags) tag where lower(tag) = lower($7)))
                   and ($8::uuid is null or exists (
                         select from shares m where m.ledger_id = $1 and m.expense_id = e.id and m.member_id = $8))
                   and ($9::bigint is null or e.ledger_amount >= $9)
                   and ($10::bigint is null or e.ledger_amount <= $10)
                   and ($11::text is null or lower(e.payee || ' ' || e.note) like containing($11)
                        and (strpos(lower(e.payee), lower($11)) > 0 or strpos(lower(e.note), lower($11)) > 0))
                 group by 1, 2, 3, 4, 5
            )
            select category_id as "category_id: CategoryId",
                   date,
                   payee,
                   tag,
                   member_id as "member_id: MemberId",
                   case when abs(sum(total)) <= 9007199254740991 then sum(total)::bigint end as total,
                   sum(count)::bigint as "count!"
              from part
             cross join unnest(case when cardinality(tags) > 0 then tags else array[null::text] end) as tag
             group by 1, 2, 3, 4, 5
             limit $17
            "#,
            $selection.ledger_id.0,
            $selection.kind.as_str(),
            $selection.period.from,
            $selection.period.to,
            $selection.categories.as_deref(),
            $selection.is_uncategorised,
            $selection.tag.as_deref(),
            $selection.member_id.map(|id| id.0),
            $selection.min,
            $selection.max,
            $selection.q.as_deref(),
            $by.has(GroupKey::Category),
            $by.has_date(),
            $by.has(GroupKey::Payee),
            $by.has(GroupKey::Tag),
            $by.has(GroupKey::Day),
            i64::try_from(MAX_ROWS).unwrap_or(i64::MAX) + 1,
            $($more,)*
        )
    };
}

/// The sums of a selection, in no order.
///
/// # Errors
/// `too_many_items` at `group_by` where there are more than [`MAX_ROWS`].
pub async fn groups(db: &PgPool, selection: &Selection, by: &GroupBy) -> Result<Vec<Group>> {
    let mut tx = Tx::begin_reading(db).await?;
    let by_member = by.has(GroupKey::Member);
    let groups = if totals::tell(selection, by) {
        totals::groups(&mut tx, selection, by).await?
    } else if by_member || selection.of.is_some() {
        groups!(
            "shares s join expenses e on e.ledger_id = s.ledger_id and e.id = s.expense_id
                  and s.ledger_id = $1 and s.owed <> 0 and ($18::uuid is null or s.member_id = $18)",
            "case when $19 then s.member_id end",
            "s.owed",
            selection,
            by,
            selection.of.map(|id| id.0),
            by_member
        )
        .fetch_all(&mut *tx)
        .await?
    } else {
        groups!("expenses e", "null::uuid", "e.ledger_amount", selection, by)
            .fetch_all(&mut *tx)
            .await?
    };
    if groups.len() > MAX_ROWS {
        return Err(Code::TooManyItems.at("group_by").detail(format!(
            "there are more than {MAX_ROWS} rows: ask for a shorter range, or by less"
        )));
    }
    Ok(groups)
}

/// What a member has paid beyond the own share of the expenses of a selection.
pub async fn laid_out(db: &PgPool, selection: &Selection) -> Result<i64> {
    let mut tx = Tx::begin_reading(db).await?;
    if totals::selects_whole_months(selection) {
        return totals::laid_out(&mut tx, selection).await;
    }
    let sum = sqlx::query_scalar!(
        r#"
        select case when abs(sum(s.paid - s.owed)) <= 9007199254740991 then sum(s.paid - s.owed)::bigint
                    when count(*) = 0 then 0 end
          from shares s
          join expenses e on e.ledger_id = s.ledger_id and e.id = s.expense_id
         where s.ledger_id = $1 and e.ledger_id = $1 and s.member_id = $2
           and e.deleted_at is null
           and e.kind = $3
           and e.spent_on between $4 and $5
           and ($6::text is null or exists (select from unnest(e.tags) tag where lower(tag) = lower($6)))
           and ($7::bigint is null or e.ledger_amount >= $7)
           and ($8::bigint is null or e.ledger_amount <= $8)
           and ($9::text is null or lower(e.payee || ' ' || e.note) like containing($9)
                and (strpos(lower(e.payee), lower($9)) > 0 or strpos(lower(e.note), lower($9)) > 0))
        "#,
        selection.ledger_id.0,
        selection.of.map(|id| id.0),
        selection.kind.as_str(),
        selection.period.from,
        selection.period.to,
        selection.tag.as_deref(),
        selection.min,
        selection.max,
        selection.q.as_deref(),
    )
    .fetch_one(&mut *tx)
    .await?;
    sum.ok_or_else(out_of_range)
}
