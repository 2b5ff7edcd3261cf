//! The tables `expenses` and `shares`.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor};

use super::model::{Content, ExchangeRate, Expense, Kind, Payment, Share, Split};
use crate::error::{Code, Error, OnConstraint, Result};
use crate::fields::{CurrencyCode, Minor};
use crate::ids::{CategoryId, ExpenseId, LedgerId, MemberId};
use crate::ledgers::Member;

/// An expense and its shares, in one row.
pub(super) struct Row {
    pub id: ExpenseId,
    pub kind: Kind,
    pub spent_on: NaiveDate,
    pub amount: i64,
    pub currency: String,
    pub rate: Option<String>,
    pub ledger_amount: i64,
    pub payee: String,
    pub note: String,
    pub category_id: Option<CategoryId>,
    pub tags: Vec<String>,
    pub paid_by: Json<Vec<Payment>>,
    pub split: Json<Split>,
    pub members: Vec<MemberId>,
    pub paid: Vec<i64>,
    pub owed: Vec<i64>,
    pub created_by: MemberId,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}

/// Selects [`Row`]s from `expenses e` by a condition, in which `$1` is the ledger, in an order, perhaps up to a limit. The
/// shares are looked up for those only, hence the inner statement; the outer one puts them in order.
macro_rules! select {
    (where $($condition:literal)+, order by $($order:literal)+, limit $limit:literal, $($bound:expr),+ $(,)?) => {
        sqlx::query_as!(
            crate::expenses::store::Row,
            r#"
            select e.id, e.kind as "kind: Kind", e.spent_on, e.amount, e.currency, e.rate::text as rate,
                   e.ledger_amount, e.payee, e.note, e.category_id, e.tags,
                   e.paid_by as "paid_by: Json<Vec<Payment>>", e.split as "split: Json<Split>",
                   s.members as "members!: Vec<MemberId>", s.paid as "paid!", s.owed as "owed!",
                   e.created_by, e.created_at, e.updated_at, e.deleted_at, e.version
              from (select *
                      from expenses e
                     where e.ledger_id = $1 and "# $(+ $condition)+ + "
                     order by " $(+ $order)+ + " limit " + $limit + ") e
             cross join lateral (
                   select array_agg(member_id) as members, array_agg(paid) as paid, array_agg(owed) as owed
                     from shares
                    where ledger_id = $1 and expense_id = e.id
                   ) s
             order by " $(+ $order)+,
            $($bound),+
        )
    };
}
pub(super) use select;

impl TryFrom<Row> for Expense {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let mut shares: Vec<_> = row
            .members
            .into_iter()
            .zip(row.paid.into_iter().zip(row.owed))
            .map(|(member_id, (paid, owed))| Share {
                member_id,
                paid: Minor(paid),
                owed: Minor(owed),
            })
            .collect();
        // Here rather than in the statement, which would sort for each expense of a page.
        shares.sort_unstable_by_key(|share| share.member_id);
        let rate = row
            .rate
            .map(|rate| rate.parse().map(ExchangeRate))
            .transpose()
            .map_err(anyhow::Error::from)?;
        let content = Content {
            id: row.id,
            kind: row.kind,
            spent_on: row.spent_on,
            amount: Minor(row.amount),
            currency: CurrencyCode(row.currency.parse().map_err(anyhow::Error::from)?),
            rate,
            ledger_amount: Minor(row.ledger_amount),
            payee: row.payee,
            note: row.note,
            category_id: row.category_id,
            tags: row.tags,
            paid_by: row.paid_by.0,
            split: row.split.0,
            shares,
        };
        Ok(Self {
            content,
            created_by: row.created_by,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            version: row.version,
        })
    }
}

/// One expense, from the trash too.
pub async fn get(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    id: ExpenseId,
) -> Result<Option<Expense>> {
    select!(where "e.id = $2", order by "e.id", limit "1", ledger_id.0, id.0)
        .fetch_optional(db)
        .await?
        .map(Expense::try_from)
        .transpose()
}

/// These expenses, from the trash too, by id.
pub async fn several(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    ids: &[ExpenseId],
) -> Result<Vec<Expense>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    select!(where "e.id = any($2)", order by "e.id", limit "all", ledger_id.0, &ids)
        .fetch_all(connection)
        .await?
        .into_iter()
        .map(Expense::try_from)
        .collect()
}

/// The shares as the columns of a statement.
struct Columns {
    members: Vec<uuid::Uuid>,
    paid: Vec<i64>,
    owed: Vec<i64>,
}

impl From<&[Share]> for Columns {
    fn from(shares: &[Share]) -> Self {
        Self {
            members: shares.iter().map(|share| share.member_id.0).collect(),
            paid: shares.iter().map(|share| share.paid.0).collect(),
            owed: shares.iter().map(|share| share.owed.0).collect(),
        }
    }
}

/// Adds an expense with its shares. Nothing is written, nor answered, where the id is taken.
///
/// # Errors
/// `category_unknown` and `member_unknown` where the ledger has no such category or member.
pub async fn insert(
    connection: &mut PgConnection,
    member: &Member,
    content: Content,
) -> Result<Option<Expense>> {
    let shares = Columns::from(&content.shares[..]);
    let written = sqlx::query!(
        r#"
        with expense as (
            insert into expenses (ledger_id, id, kind, spent_on, amount, currency, rate, ledger_amount, payee, note,
                                  category_id, tags, paid_by, split, created_by)
            values ($1, $2, $3, $4, $5, $6, $7::text::numeric, $8, $9, $10, $11, $12, $13, $14, $15)
            on conflict (ledger_id, id) do nothing
            returning version, created_at, updated_at
        ), share as (
            insert into shares (ledger_id, expense_id, member_id, paid, owed, kind, spent_on, category_id, payer_id)
            select $1, $2, s.member_id, s.paid, s.owed, $3, $4, $11, sole_payer($13)
              from expense, unnest($16::uuid[], $17::bigint[], $18::bigint[]) as s (member_id, paid, owed)
        )
        select version as "version!", created_at as "created_at!", updated_at as "updated_at!" from expense
        "#,
        member.ledger_id.0,
        content.id.0,
        content.kind.as_str(),
        content.spent_on,
        content.amount.0,
        content.currency.0.code(),
        content.rate.map(|rate| rate.0.to_string()),
        content.ledger_amount.0,
        content.payee,
        content.note,
        content.category_id.map(|id| id.0),
        &content.tags,
        serde_json::to_value(&content.paid_by)?,
        serde_json::to_value(&content.split)?,
        member.id.0,
        &shares.members,
        &shares.paid,
        &shares.owed,
    )
    .fetch_optional(connection)
    .await
    .on_constraint("expenses_category_id_fkey", category_unknown)
    .on_constraint("shares_member_id_fkey", member_unknown)
    // The ledger, or the caller's place in it, has gone at the same moment.
    .on_constraint("expenses_ledger_id_fkey", || Code::NotFound.error())
    .on_constraint("expenses_created_by_fkey", || Code::NotFound.error())?;
    Ok(written.map(|row| Expense {
        content,
        created_by: member.id,
        created_at: row.created_at,
        updated_at: row.updated_at,
        deleted_at: None,
        version: row.version,
    }))
}

/// Replaces a locked expense's content and shares, and says whether it is in the trash.
///
/// # Errors
/// `category_unknown` and `member_unknown` where the ledger has no such category or member.
pub async fn replace(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    before: &Expense,
    content: Content,
    deleted: bool,
) -> Result<Expense> {
    let shares = Columns::from(&content.shares[..]);
    let row = sqlx::query!(
        r#"
        with gone as (
            delete from shares where ledger_id = $1 and expense_id = $2 and member_id <> all ($15::uuid[])
        ), share as (
            insert into shares (ledger_id, expense_id, member_id, paid, owed)
            select $1, $2, s.member_id, s.paid, s.owed
              from unnest($15::uuid[], $16::bigint[], $17::bigint[]) as s (member_id, paid, owed)
            on conflict (ledger_id, expense_id, member_id) do update set paid = excluded.paid, owed = excluded.owed
             where (shares.paid, shares.owed) is distinct from (excluded.paid, excluded.owed)
        )
        update expenses
           set kind = $3, spent_on = $4, amount = $5, currency = $6, rate = $7::text::numeric, ledger_amount = $8,
               payee = $9, note = $10, category_id = $11, tags = $12, paid_by = $13, split = $14,
               deleted_at = case when $18 then coalesce(deleted_at, now()) end,
               version = version + 1, updated_at = now()
         where ledger_id = $1 and id = $2
        returning version, updated_at, deleted_at
        "#,
        ledger_id.0,
        content.id.0,
        content.kind.as_str(),
        content.spent_on,
        content.amount.0,
        content.currency.0.code(),
        content.rate.map(|rate| rate.0.to_string()),
        content.ledger_amount.0,
        content.payee,
        content.note,
        content.category_id.map(|id| id.0),
        &content.tags,
        serde_json::to_value(&content.paid_by)?,
        serde_json::to_value(&content.split)?,
        &shares.members,
        &shares.paid,
        &shares.owed,
        deleted,
    )
    .fetch_one(connection)
    .await
    .on_constraint("expenses_category_id_fkey", category_unknown)
    .on_constraint("shares_member_id_fkey", member_unknown)?;
    Ok(Expense {
        content,
        created_by: before.created_by,
        created_at: before.created_at,
        updated_at: row.updated_at,
        deleted_at: row.deleted_at,
        version: row.version,
    })
}

/// Writes the categories, the tags and the trash of locked expenses; what else has changed about them is not written.
/// Their versions and times are those of the database then.
///
/// # Errors
/// `category_unknown` where the ledger has no such category.
pub async fn relabel(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    expenses: &mut [Expense],
) -> Result<()> {
    let labels: Vec<_> = expenses
        .iter()
        .map(|expense| {
            json!({
                "id": expense.content.id,
                "category_id": expense.content.category_id,
                "tags": expense.content.tags,
                "deleted": expense.deleted_at.is_some(),
            })
        })
        .collect();
    let rows = sqlx::query!(
        "update expenses e
            set category_id = label.category_id, tags = label.tags,
                deleted_at = case when label.deleted then coalesce(e.deleted_at, now()) end,
                version = e.version + 1, updated_at = now()
           from jsonb_to_recordset($2) as label (id uuid, category_id uuid, tags text[], deleted boolean)
          where e.ledger_id = $1 and e.id = label.id
         returning e.id, e.version, e.updated_at, e.deleted_at",
        ledger_id.0,
        serde_json::Value::from(labels),
    )
    .fetch_all(connection)
    .await
    .on_constraint("expenses_category_id_fkey", category_unknown)?;
    let mut written: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
    for expense in expenses {
        if let Some(row) = written.remove(&expense.content.id) {
            expense.version = row.version;
            expense.updated_at = row.updated_at;
            expense.deleted_at = row.deleted_at;
        }
    }
    Ok(())
}

fn member_unknown() -> Error {
    Code::MemberUnknown.at("split.parts")
}

fn category_unknown() -> Error {
    Code::CategoryUnknown.at("category_id")
}
