//! The list, page by page.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use sqlx::{PgConnection, PgExecutor, PgPool};
use uuid::Uuid;

use super::filter::{CategoryFilter, Filter, Sort};
use super::model::{Expense, Kind, Payment, Split, Tag};
use super::store::{Row, select};
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::fields::{Minor, Text};
use crate::ids::{ExpenseId, LedgerId, MemberId};
use crate::page::{self, Page};

/// The last expense of a page, as far as the order of the list asks.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Position {
    sort: Sort,
    value: Value,
    id: ExpenseId,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Value {
    Date(NaiveDate),
    Amount(Minor),
    Time(DateTime<Utc>),
}

impl Value {
    fn date(self) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(date),
            Self::Amount(_) | Self::Time(_) => None,
        }
    }

    fn amount(self) -> Option<i64> {
        match self {
            Self::Amount(amount) => Some(amount.0),
            Self::Date(_) | Self::Time(_) => None,
        }
    }

    fn time(self) -> Option<DateTime<Utc>> {
        match self {
            Self::Time(time) => Some(time),
            Self::Date(_) | Self::Amount(_) => None,
        }
    }
}

impl Position {
    pub(super) fn of(expense: &Expense, sort: Sort) -> Self {
        let value = match sort {
            Sort::Newest | Sort::Oldest => Value::Date(expense.content.spent_on),
            Sort::Largest | Sort::Smallest => Value::Amount(expense.content.ledger_amount),
            Sort::LastUpdated => Value::Time(expense.updated_at),
        };
        Self {
            sort,
            value,
            id: expense.content.id,
        }
    }

    /// Where a page begins: behind its cursor, or at the beginning.
    fn before(filter: &Filter) -> Result<Option<Self>> {
        let cursor = filter.cursor.as_deref();
        cursor
            .map(|cursor| Self::read(cursor, filter.sort))
            .transpose()
    }

    /// Reads a cursor, if it is one for this order.
    fn read(cursor: &str, sort: Sort) -> Result<Self> {
        let position: Self = page::decode(cursor)?;
        let fits = match (sort, position.value) {
            (Sort::Newest | Sort::Oldest, Value::Date(date)) => page::YEARS.contains(&date.year()),
            (Sort::LastUpdated, Value::Time(time)) => page::YEARS.contains(&time.year()),
            (Sort::Largest | Sort::Smallest, Value::Amount(_)) => true,
            _ => false,
        };
        if position.sort == sort && fits {
            Ok(position)
        } else {
            Err(Code::CursorInvalid.at("cursor"))
        }
    }
}

/// A page of the list.
pub async fn page(db: &PgPool, ledger_id: LedgerId, filter: &Filter) -> Result<Page<Expense>> {
    let position = Position::before(filter)?;
    let expenses = after(db, ledger_id, filter, position, filter.limit.fetch()).await?;
    page_of(expenses, filter)
}

/// A page of the plain list, for whom a connection is at hand.
pub async fn plain_page(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    filter: &Filter,
) -> Result<Page<Expense>> {
    let position = Position::before(filter)?;
    let expenses = newest(connection, ledger_id, position, filter.limit.fetch()).await?;
    page_of(expenses, filter)
}

fn page_of(expenses: Vec<Expense>, filter: &Filter) -> Result<Page<Expense>> {
    Page::from_rows(expenses, filter.limit, |expense| {
        Position::of(expense, filter.sort)
    })
}

/// What comes after a position, or from the beginning.
pub(super) async fn after(
    db: &PgPool,
    ledger_id: LedgerId,
    filter: &Filter,
    position: Option<Position>,
    limit: i64,
) -> Result<Vec<Expense>> {
    if filter.is_plain() {
        return newest(db, ledger_id, position, limit).await;
    }
    let rows = filtered(db, ledger_id, filter, position, limit).await?;
    rows.into_iter().map(Expense::try_from).collect()
}

/// Selects by all filters: `$state` says whether in the trash or not, the rest is the order, and where the page begins.
macro_rules! filtered {
    ($state:literal, $column:literal $type:literal $order:literal $after:literal, $db:ident, $ledger_id:ident, $f:ident, $value:expr,
     $id:ident, $limit:ident) => {
        select!(
            where $state
            " and ($2::date is null or e.spent_on >= $2)
              and ($3::date is null or e.spent_on <= $3)
              and ($4::uuid is null or e.category_id = any (array(
                    select c.id from categories c where c.ledger_id = $1 and (c.id = $4 or c.parent_id = $4))))
              and (not $5 or e.category_id is null)
              and ($6::text is null or exists (select from unnest(e.tags) tag where lower(tag) = lower($6)))
              and ($7::uuid is null or exists (
                    select from shares m where m.ledger_id = $1 and m.expense_id = e.id and m.member_id = $7))
              and ($8::text is null or e.kind = $8)
              and ($9::bigint is null or e.ledger_amount >= $9)
              and ($10::bigint is null or e.ledger_amount <= $10)
              and ($11::text is null or lower(e.payee || ' ' || e.note) like containing($11)
                   and (strpos(lower(e.payee), lower($11)) > 0 or strpos(lower(e.note), lower($11)) > 0))
              and ($13::uuid is null or (" $column ", e.id) " $after " ($12::" $type ", $13))",
            order by $column " " $order ", e.id " $order,
            limit "$14",
            $ledger_id.0,
            $f.from.map(|date| date.0),
            $f.to.map(|date| date.0),
            $f.category_id.and_then(CategoryFilter::id),
            $f.category_id == Some(CategoryFilter::None),
            $f.tag.as_ref().map(Tag::as_str),
            $f.member_id.map(|id| id.0),
            $f.kind.map(Kind::as_str),
            $f.min.map(|amount| amount.0),
            $f.max.map(|amount| amount.0),
            $f.q.as_ref().map(Text::as_str),
            $value,
            $id,
            $limit,
        )
        .fetch_all(&mut *$db)
        .await?
    };
}

/// What goes through the filters.
async fn filtered(
    db: &PgPool,
    ledger_id: LedgerId,
    f: &Filter,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Row>> {
    let mut tx = Tx::begin_reading(db).await?;
    let id = after.map(|position| position.id.0);
    let value = after.map(|position| position.value);
    macro_rules! sorted {
        ($column:literal $type:literal $order:literal $after:literal, $value:path) => {
            if f.deleted {
                filtered!("e.deleted_at is not null", $column $type $order $after, tx, ledger_id, f,
                    value.and_then($value), id, limit)
            } else {
                filtered!("e.deleted_at is null", $column $type $order $after, tx, ledger_id, f,
                    value.and_then($value), id, limit)
            }
        };
    }
    Ok(match f.sort {
        Sort::Newest => sorted!("e.spent_on" "date" "desc" "<", Value::date),
        Sort::Oldest => sorted!("e.spent_on" "date" "asc" ">", Value::date),
        Sort::Largest => sorted!("e.ledger_amount" "bigint" "desc" "<", Value::amount),
        Sort::Smallest => sorted!("e.ledger_amount" "bigint" "asc" ">", Value::amount),
        Sort::LastUpdated => sorted!("e.updated_at" "timestamptz" "desc" "<", Value::time),
    })
}

/// The plain list, newest first: what people look at most, in a statement that needs no more than its index.
async fn newest(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<Expense>> {
    // The first page begins after the end of all days.
    let date = after
        .and_then(|position| position.value.date())
        .unwrap_or(NaiveDate::MAX);
    let id = after.map_or(Uuid::max(), |position| position.id.0);
    let mut rows = select!(
        where "e.deleted_at is null and (e.spent_on, e.id) < ($2, $3)",
        order by "e.spent_on desc, e.id desc",
        limit "$4",
        ledger_id.0,
        date,
        id,
        limit,
    )
    .fetch(db);
    // One by one: all rows first would be as much memory again, and moved as it grows.
    let mut expenses = Vec::with_capacity(usize::try_from(limit).unwrap_or_default());
    while let Some(row) = rows.try_next().await? {
        expenses.push(row.try_into()?);
    }
    Ok(expenses)
}
