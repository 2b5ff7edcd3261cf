//! `/ledgers/{ledger_id}/reports/spending` and `/reports/spending`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::VARY;
use axum::response::{IntoResponse, Response};
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{GroupBy, GroupKey, LedgerQuery, LeftOut, MyQuery, Of, SpendingReport};
use super::period::Period;
use super::spending::{Frame, Key, Sum, Sums};
use super::store::{self, Group, Selection};
use super::table::{self, Names};
use crate::app::App;
use crate::auth::Caller;
use crate::categories;
use crate::error::{Code, Result};
use crate::expenses::CategoryFilter;
use crate::extract::{Json, Query, WantsCsv};
use crate::fields::{CurrencyCode, Minor, Text};
use crate::ids::{CategoryId, LedgerId};
use crate::ledgers::{self, Ledger, Member};
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
    responses((status = OK, content((SpendingReport = "application/json"), (String = "text/csv")))))]
async fn report_spending(
    State(app): State<App>,
    member: Member,
    WantsCsv(wants_csv): WantsCsv,
    Query(query): Query<LedgerQuery>,
) -> Result<Response> {
    let frame = Frame {
        period: Period::new(query.from, query.to, app.clock.today())?,
        by: &query.group_by,
        by_category_name: false,
    };
    frame.check()?;
    let selection = select(&app.db, &member, &query, frame.period).await?;
    let sums = |period| ledger_sums(&app.db, &selection, period, &query.group_by);
    let compared = match query.compare {
        None => None,
        Some(compare) => {
            let period = frame.period.compared(compare);
            Some((compare, period, sums(period).await?))
        }
    };
    let body = frame.body(sums(frame.period).await?, compared)?;
    let report = SpendingReport {
        from: frame.period.from,
        to: frame.period.to,
        rows: body.rows,
        total: body.total,
        count: body.count,
        currency: CurrencyCode(member.currency),
        compare: body.compare,
        left_out: None,
    };
    if wants_csv {
        let names = Names::of(&app.db, member.ledger_id, &query.group_by).await?;
        return table::download(report, &query.group_by, names).await;
    }
    Ok(json(report))
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

/// The sums of one ledger over a range of dates.
async fn ledger_sums(
    db: &PgPool,
    selection: &Selection,
    period: Period,
    by: &GroupBy,
) -> Result<Sums> {
    let mut sums = Sums::default();
    add(db, &mut sums, selection, period, by, |group| {
        (group.category_id, None)
    })
    .await?;
    Ok(sums)
}

/// Adds what a selection of one ledger has; `category` says how its categories are told apart.
async fn add(
    db: &PgPool,
    sums: &mut Sums,
    selection: &Selection,
    period: Period,
    by: &GroupBy,
    category: impl Fn(&Group) -> (Option<CategoryId>, Option<String>),
) -> Result<()> {
    let selection = Selection {
        period,
        ..selection.clone()
    };
    for group in store::groups(db, &selection, by).await? {
        let sum = Sum::of(&group)?;
        let (category_id, category) = category(&group);
        if !by.overlaps() {
            sums.add_total(sum);
        }
        let key = Key {
            date: group.date,
            category_id,
            category,
            payee: group.payee,
            tag: group.tag,
            member_id: group.member_id,
        };
        sums.add_row(key, sum);
    }
    if by.overlaps() {
        for whole in store::groups(db, &selection, &GroupBy::default()).await? {
            sums.add_total(Sum::of(&whole)?);
        }
    }
    Ok(())
}

/// What I spent, over all my ledgers
///
/// My share of every ledger that is in the currency of my personal one; the others are named in `left_out`. Categories
/// are told apart by name. With `Accept: text/csv` the rows are a table.
#[utoipa::path(get, path = "/reports/spending", tag = "reports", params(MyQuery),
    responses((status = OK, content((SpendingReport = "application/json"), (String = "text/csv")))))]
async fn report_my_spending(
    State(app): State<App>,
    caller: Caller,
    WantsCsv(wants_csv): WantsCsv,
    Query(query): Query<MyQuery>,
) -> Result<Response> {
    if query.group_by.has(GroupKey::Member) {
        return Err(Code::InvalidValue
            .at("group_by")
            .detail("this is the share of one member only"));
    }
    let frame = Frame {
        period: Period::new(query.from, query.to, app.clock.today())?,
        by: &query.group_by,
        by_category_name: true,
    };
    frame.check()?;
    let mine = Mine::of(&app.db, caller).await?;
    let sums = |period| my_sums(&app.db, &mine.ledgers, &query, period);
    let compared = match query.compare {
        None => None,
        Some(compare) => {
            let period = frame.period.compared(compare);
            Some((compare, period, sums(period).await?))
        }
    };
    let body = frame.body(sums(frame.period).await?, compared)?;
    let report = SpendingReport {
        from: frame.period.from,
        to: frame.period.to,
        rows: body.rows,
        total: body.total,
        count: body.count,
        currency: mine.currency,
        compare: body.compare,
        left_out: Some(mine.left_out),
    };
    if wants_csv {
        return table::download(report, &query.group_by, Names::default()).await;
    }
    Ok(json(report))
}

/// The ledgers that can be summed, and those that cannot.
struct Mine {
    currency: CurrencyCode,
    ledgers: Vec<Ledger>,
    left_out: Vec<LeftOut>,
}

impl Mine {
    async fn of(db: &PgPool, caller: Caller) -> Result<Self> {
        let all = ledgers::store::list(db, caller.user_id).await?;
        let currency = all
            .iter()
            .find(|ledger| ledger.personal)
            .map(|ledger| ledger.currency.clone())
            .ok_or_else(|| Code::Unauthenticated.error())?;
        let (ledgers, others): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|ledger| ledger.currency == currency);
        let left_out = others.into_iter().map(|ledger| LeftOut {
            ledger_id: ledger.id,
            currency: ledger.currency,
        });
        Ok(Self {
            currency: CurrencyCode(ledgers::store::currency(&currency)?),
            ledgers,
            left_out: left_out.collect(),
        })
    }
}

/// The caller's share of several ledgers over a range of dates.
async fn my_sums(db: &PgPool, ledgers: &[Ledger], query: &MyQuery, period: Period) -> Result<Sums> {
    let mut sums = Sums::default();
    for ledger in ledgers {
        let mut names = BTreeMap::new();
        if query.group_by.has(GroupKey::Category) {
            let categories = categories::store::list(db, ledger.id).await?;
            names.extend(categories.into_iter().map(|one| (one.id, one.name)));
        }
        let selection = Selection {
            ledger_id: ledger.id,
            of: Some(ledger.member_id),
            period,
            kind: query.kind,
            categories: None,
            is_uncategorised: false,
            tag: query.tag.clone().map(Text::into_string),
            member_id: None,
            min: query.min.map(|Minor(amount)| amount),
            max: query.max.map(|Minor(amount)| amount),
            q: query.q.clone().map(Text::into_string),
        };
        add(
            db,
            &mut sums,
            &selection,
            period,
            &query.group_by,
            |group| {
                (
                    None,
                    group.category_id.and_then(|id| names.get(&id).cloned()),
                )
            },
        )
        .await?;
    }
    Ok(sums)
}

/// The report as JSON; what was asked for decides whether it is.
fn json(report: SpendingReport) -> Response {
    let mut response = Json(report).into_response();
    response
        .headers_mut()
        .insert(VARY, HeaderValue::from_static("accept"));
    response
}
