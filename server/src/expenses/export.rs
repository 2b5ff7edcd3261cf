//! The whole filtered list as a table.

use std::collections::BTreeMap;

use axum::response::Response;
use futures_util::{StreamExt, TryStreamExt, stream};
use money::amount;
use money::currency::Currency;
use sqlx::PgPool;

use super::filter::Filter;
use super::list::{self, Position};
use super::model::Expense;
use crate::categories::{self, Category};
use crate::csv::{self, Cell};
use crate::error::Result;
use crate::ids::{CategoryId, MemberId};
use crate::ledgers::Member;
use crate::members;
use crate::replica::Reading;

const HEADER: [&str; 13] = [
    "date",
    "payee",
    "amount",
    "currency",
    "ledger_amount",
    "ledger_currency",
    "category",
    "parent_category",
    "tags",
    "note",
    "kind",
    "paid_by",
    "id",
];

/// How many expenses are fetched, and held, at once.
const ROWS: i64 = 2_000;

/// Answers with every expense that the filter lets through, in its order, without pages.
pub async fn download(mut reading: Reading, member: Member, filter: Filter) -> Result<Response> {
    let names = reading
        .read(async |db| Names::of(&db, &member).await)
        .await?;
    let begin = At {
        reading,
        member,
        filter,
        place: Place::Begin,
    };
    let pages = stream::try_unfold(begin, next);
    let rows = pages
        .map_ok(|expenses| stream::iter(expenses).map(Ok))
        .try_flatten()
        .map_ok(move |expense| names.row(&expense));
    csv::download("expenses", &HEADER, rows).await
}

/// How far the table has come.
struct At {
    reading: Reading,
    member: Member,
    filter: Filter,
    place: Place,
}

enum Place {
    Begin,
    After(Position),
    End,
}

/// The next expenses; nothing at the end.
async fn next(mut at: At) -> Result<Option<(Vec<Expense>, At)>> {
    let position = match at.place {
        Place::Begin => None,
        Place::After(position) => Some(position),
        Place::End => return Ok(None),
    };
    let (ledger_id, filter) = (at.member.ledger_id, &at.filter);
    let rows = async |db| list::after(&db, ledger_id, filter, position, ROWS).await;
    let expenses = at.reading.read(rows).await?;
    at.place = match expenses.last() {
        Some(last) if i64::try_from(expenses.len()).is_ok_and(|count| count == ROWS) => {
            Place::After(Position::of(last, at.filter.sort))
        }
        _ => Place::End,
    };
    Ok(Some((expenses, at)))
}

/// What ids are called in a ledger.
struct Names {
    currency: Currency,
    members: BTreeMap<MemberId, String>,
    categories: BTreeMap<CategoryId, Category>,
}

impl Names {
    async fn of(db: &PgPool, member: &Member) -> Result<Self> {
        let members = members::store::list(db, member.ledger_id).await?;
        let categories = categories::store::list(db, member.ledger_id).await?;
        Ok(Self {
            currency: member.currency,
            members: members
                .into_iter()
                .map(|member| (member.id, member.name))
                .collect(),
            categories: categories
                .into_iter()
                .map(|category| (category.id, category))
                .collect(),
        })
    }

    fn row(&self, expense: &Expense) -> Vec<Cell> {
        let content = &expense.content;
        let currency = content.currency.0;
        let category = content.category_id.and_then(|id| self.categories.get(&id));
        let parent = category
            .and_then(|category| category.parent_id)
            .and_then(|id| self.categories.get(&id));
        let name = |category: &Category| category.name.clone();
        vec![
            Cell::plain(&content.spent_on),
            Cell::Text(content.payee.clone()),
            Cell::Plain(amount::format(content.amount.0, currency)),
            Cell::plain(&currency),
            Cell::Plain(amount::format(content.ledger_amount.0, self.currency)),
            Cell::plain(&self.currency),
            Cell::text(category.map(name)),
            Cell::text(parent.map(name)),
            Cell::Text(content.tags.join(", ")),
            Cell::Text(content.note.clone()),
            Cell::plain(&content.kind.as_str()),
            Cell::Text(self.paid_by(expense)),
            Cell::plain(&content.id),
        ]
    }

    /// Who paid, and how much each, if they were several.
    fn paid_by(&self, expense: &Expense) -> String {
        let name = |id| self.members.get(&id).map_or("", String::as_str);
        let currency = expense.content.currency.0;
        match &expense.content.paid_by[..] {
            [one] => name(one.member_id).to_owned(),
            several => several
                .iter()
                .map(|payment| {
                    let amount = amount::format(payment.amount.0, currency);
                    format!("{} {amount}", name(payment.member_id))
                })
                .collect::<Vec<_>>()
                .join(", "),
        }
    }
}
