//! `/ledgers/{ledger_id}/reports/spending` and `/reports/spending`.

use axum::extract::State;
use axum::response::Response;
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::gather::ledger_sums;
use super::mine::{Mine, MySums};
use super::model::{GroupKey, LedgerQuery, MyQuery, Of, SpendingReport};
use super::period::Period;
use super::spending::{Frame, minor};
use super::store::Selection;
use super::table::{self, Names};
use crate::app::App;
use crate::auth::Caller;
use crate::cache::{self, Asking, Question};
use crate::categories;
use crate::error::{Code, Result};
use crate::expenses::CategoryFilter;
use crate::extract::{Query, WantsCsv};
use crate::fields::{CurrencyCode, Minor, Text};
use crate::ids::LedgerId;
use crate::ledgers::{Member, MyLedgers};
use crate::members;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(report_spending))
        .routes(routes!(report_my_spending))
}

/// What was spent in a ledger
///
/// Expenses, less refunds; or income. Told apart by any keys at once, beside another range if wanted. With
/// `Accept: text/csv` the rows are a table with names and written amounts. A report has at most 20,000 rows.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/reports/spending", tag = "reports",
    params(("ledger_id" = LedgerId, Path), LedgerQuery),
    responses((status = OK, content((SpendingReport = "application/json"), (String = "text/csv"))), (status = NOT_MODIFIED)))]
async fn report_spending(
    State(app): State<App>,
    member: Member,
    asking: Asking,
    WantsCsv(wants_csv): WantsCsv,
    Query(query): Query<LedgerQuery>,
) -> Result<Response> {
    let period = Period::new(query.from, query.to, app.clock.today())?;
    if wants_csv {
        let mut reading = app.reading(member.ledger_id, member.moment).await;
        let query = &query;
        let both = async |db: PgPool| {
            let report = spending(&db, &member, query, period).await?;
            let names = Names::of(&db, member.ledger_id, &query.group_by).await?;
            Ok((report, names))
        };
        let (report, names) = reading.read(both).await?;
        return table::download(report, &query.group_by, names).await;
    }
    let whose = (query.of == Of::Me).then_some(member.id);
    let question = Question::about("report", &member, &(&query, period, whose));
    let compute = async move |db: PgPool| spending(&db, &member, &query, period).await;
    cache::answer(&app, asking, question, compute).await
}

/// The report on one ledger.
async fn spending(
    db: &PgPool,
    member: &Member,
    query: &LedgerQuery,
    period: Period,
) -> Result<SpendingReport> {
    let frame = Frame {
        period,
        by: &query.group_by,
        by_category_name: false,
    };
    frame.check()?;
    let selection = select(db, member, query, frame.period).await?;
    let sums = |period| ledger_sums(db, &selection, period, &query.group_by);
    let compared = match query.compare {
        None => None,
        Some(compare) => {
            let period = frame.period.compared(compare);
            Some((compare, period, sums(period).await?))
        }
    };
    let body = frame.body(sums(frame.period).await?, compared)?;
    Ok(SpendingReport {
        from: frame.period.from,
        to: frame.period.to,
        rows: body.rows,
        total: body.total,
        count: body.count,
        currency: CurrencyCode(member.currency),
        compare: body.compare,
        laid_out: None,
        left_out: None,
    })
}

/// What the filters of the request select.
async fn select(
    db: &PgPool,
    member: &Member,
    query: &LedgerQuery,
    period: Period,
) -> Result<Selection> {
    let categories = match query.category_id {
        Some(CategoryFilter::Is(id)) => {
            let ids = categories::store::with_children(db, member.ledger_id, id).await?;
            if ids.is_empty() {
                return Err(Code::CategoryUnknown.at("category_id"));
            }
            Some(ids.into_iter().map(|id| id.0).collect())
        }
        Some(CategoryFilter::None) | None => None,
    };
    if let Some(id) = query.member_id {
        let members = members::store::list(db, member.ledger_id).await?;
        if !members.iter().any(|member| member.id == id) {
            return Err(Code::MemberUnknown.at("member_id"));
        }
    }
    Ok(Selection {
        ledger_id: member.ledger_id,
        of: (query.of == Of::Me).then_some(member.id),
        period,
        kind: query.kind,
        categories,
        is_uncategorised: query.category_id == Some(CategoryFilter::None),
        tag: query.tag.clone().map(Text::into_string),
        member_id: query.member_id,
        min: query.min.map(|Minor(amount)| amount),
        max: query.max.map(|Minor(amount)| amount),
        q: query.q.clone().map(Text::into_string),
    })
}

/// What I spent, over all my ledgers
///
/// My share of every ledger, in the currency of my personal one, and by its categories: see `/ledgers/{ledger_id}/mapping`.
/// Ledgers in other currencies without a rate are named in `left_out`. What is in a category that I do not have is told apart
/// by that category's name. With `Accept: text/csv` the rows are a table.
#[utoipa::path(get, path = "/reports/spending", tag = "reports", params(MyQuery),
    responses((status = OK, content((SpendingReport = "application/json"), (String = "text/csv"))), (status = NOT_MODIFIED)))]
async fn report_my_spending(
    State(app): State<App>,
    ledgers: MyLedgers,
    asking: Asking,
    WantsCsv(wants_csv): WantsCsv,
    Query(query): Query<MyQuery>,
) -> Result<Response> {
    if query.group_by.has(GroupKey::Member) {
        return Err(Code::InvalidValue
            .at("group_by")
            .detail("this is the share of one member only"));
    }
    let (caller, period) = (
        ledgers.caller,
        Period::new(query.from, query.to, app.clock.today())?,
    );
    if wants_csv {
        let report = my_spending(&app.db, caller, &query, period).await?;
        return table::download(report, &query.group_by, Names::default()).await;
    }
    let question = Question::about_all("my_report", ledgers, &(&query, period));
    let compute = async move |db: PgPool| my_spending(&db, caller, &query, period).await;
    cache::answer(&app, asking, question, compute).await
}

/// The report on all ledgers of somebody.
async fn my_spending(
    db: &PgPool,
    caller: Caller,
    query: &MyQuery,
    period: Period,
) -> Result<SpendingReport> {
    let frame = Frame {
        period,
        by: &query.group_by,
        by_category_name: true,
    };
    frame.check()?;
    let mine = Mine::of(db, caller, query).await?;
    let sums = |period| mine.sums(db, query, period);
    let compared = match query.compare {
        None => None,
        Some(compare) => {
            let period = frame.period.compared(compare);
            Some((compare, period, sums(period).await?.sums))
        }
    };
    let MySums { sums, laid_out } = sums(frame.period).await?;
    let body = frame.body(sums, compared)?;
    Ok(SpendingReport {
        from: frame.period.from,
        to: frame.period.to,
        rows: body.rows,
        total: body.total,
        count: body.count,
        currency: mine.currency,
        compare: body.compare,
        laid_out: Some(minor(laid_out)?),
        left_out: Some(mine.left_out),
    })
}
