//! The sums of whole months, from the totals that are kept with every write.

use chrono::NaiveDate;

use super::model::{GroupBy, GroupKey};
use super::period::Edge;
use super::spending::out_of_range;
use super::store::{Group, MAX_ROWS, Selection};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{CategoryId, MemberId};

/// Whether the totals tell what a selection has, as far as it is told apart.
pub fn tell(selection: &Selection, by: &GroupBy) -> bool {
    selects_whole_months(selection)
        && ![GroupKey::Day, GroupKey::Payee, GroupKey::Tag]
            .into_iter()
            .any(|key| by.has(key))
}

/// Whether a selection leaves nothing out of a month that the totals do not tell apart.
pub fn selects_whole_months(selection: &Selection) -> bool {
    selection.tag.is_none()
        && selection.member_id.is_none()
        && selection.min.is_none()
        && selection.max.is_none()
        && selection.q.is_none()
}

/// The edges of a range as the columns of a statement.
struct Columns {
    from: Vec<NaiveDate>,
    to: Vec<NaiveDate>,
    sign: Vec<i64>,
}

impl From<Vec<Edge>> for Columns {
    fn from(edges: Vec<Edge>) -> Self {
        Self {
            from: edges.iter().map(|edge| edge.days.from).collect(),
            to: edges.iter().map(|edge| edge.days.to).collect(),
            sign: edges.iter().map(|edge| edge.sign).collect(),
        }
    }
}

/// Sums the totals of `$totals t`, and `$rows e` for the days that are missing from whole months or too many in them.
macro_rules! groups {
    ($totals:literal $total:literal, $rows:literal $amount:literal $is_live:literal, $member:literal, $of:literal,
     $selection:ident, $by:ident $(, $more:expr)*) => {{
        let cover = $selection.period.cover();
        let edges = Columns::from(cover.edges);
        sqlx::query_as!(
            Group,
            r#"
            with part as (
                select case when $10 then t.category_id end as category_id, case when $11 then t.month end as date,
                       "# + $member + r#" as member_id, "# + $total + r#" as total, t.count
                  from "# + $totals + r#" t
                 where t.ledger_id = $1 and t.kind = $2 and t.month between $3 and $4
                   and ($5::uuid[] is null or t.category_id = any ($5))
                   and (not $6 or t.category_id is null)
                   and "# + $of + r#"
                union all
                select case when $10 then t.category_id end,
                       case when $11 then date_trunc('month', t.spent_on::timestamp)::date end,
                       "# + $member + r#", edge.sign * "# + $amount + r#"::numeric, edge.sign
                  from unnest($7::date[], $8::date[], $9::bigint[]) as edge (first, last, sign)
                  join "# + $rows + r#" t on t.ledger_id = $1 and t.spent_on between edge.first and edge.last
                 where t.kind = $2
                   and "# + $is_live + r#"
                   and ($5::uuid[] is null or t.category_id = any ($5))
                   and (not $6 or t.category_id is null)
                   and "# + $of + r#"
            )
            select category_id as "category_id: CategoryId",
                   date,
                   null::text as payee,
                   null::text as tag,
                   member_id as "member_id: MemberId",
                   case when abs(sum(total)) <= 9007199254740991 then sum(total)::bigint end as total,
                   sum(count)::bigint as "count!"
              from part
             group by 1, 2, 5
            having sum(count) <> 0
             limit $12
            "#,
            $selection.ledger_id.0,
            $selection.kind.as_str(),
            cover.first,
            cover.last,
            $selection.categories.as_deref(),
            $selection.is_uncategorised,
            &edges.from,
            &edges.to,
            &edges.sign,
            $by.has(GroupKey::Category),
            $by.has(GroupKey::Month),
            i64::try_from(MAX_ROWS).unwrap_or(i64::MAX) + 1,
            $($more,)*
        )
    }};
}

/// The sums of a selection which the totals [`tell`], in no order, and one more than [`MAX_ROWS`] at most.
pub async fn groups(tx: &mut Tx, selection: &Selection, by: &GroupBy) -> Result<Vec<Group>> {
    let by_member = by.has(GroupKey::Member);
    Ok(if by_member || selection.of.is_some() {
        groups!(
            "share_totals" "t.owed",
            "shares" "t.owed" "t.owed <> 0",
            "case when $14 then t.member_id end",
            // By its members, of which there are few, so that the index on them serves.
            "t.member_id = any (case when $13::uuid is null
                                     then array(select m.id from members m where m.ledger_id = $1)
                                     else array[$13] end)",
            selection,
            by,
            selection.of.map(|id| id.0),
            by_member
        )
        .fetch_all(&mut **tx)
        .await?
    } else {
        groups!(
            "expense_totals" "t.amount",
            "expenses" "t.ledger_amount" "t.deleted_at is null",
            "null::uuid",
            "true",
            selection,
            by
        )
        .fetch_all(&mut **tx)
        .await?
    })
}

/// What a member has paid beyond the own share of the expenses of a selection of [whole months](selects_whole_months).
pub async fn laid_out(tx: &mut Tx, selection: &Selection) -> Result<i64> {
    let cover = selection.period.cover();
    let edges = Columns::from(cover.edges);
    let sum = sqlx::query_scalar!(
        r#"
        with part as (
            select t.paid - t.owed as amount
              from share_totals t
             where t.ledger_id = $1 and t.member_id = $2 and t.kind = $3 and t.month between $4 and $5
            union all
            select edge.sign * (s.paid - s.owed)::numeric
              from unnest($6::date[], $7::date[], $8::bigint[]) as edge (first, last, sign)
              join shares s on s.ledger_id = $1 and s.member_id = $2 and s.spent_on between edge.first and edge.last
             where s.kind = $3
        ), whole as (
            select coalesce(sum(amount), 0) as amount from part
        )
        select case when abs(amount) <= 9007199254740991 then amount::bigint end from whole
        "#,
        selection.ledger_id.0,
        selection.of.map(|id| id.0),
        selection.kind.as_str(),
        cover.first,
        cover.last,
        &edges.from,
        &edges.to,
        &edges.sign,
    )
    .fetch_one(&mut **tx)
    .await?;
    sum.ok_or_else(out_of_range)
}
