//! `/ledgers/{ledger_id}/expenses`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::VARY;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, Utc};
use serde::Deserialize;
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::batch::{self, Batch};
use super::default_split::roster_and_defaults;
use super::draft::{self, Ground, draft};
use super::filter::Filter;
use super::model::{Expense, ExpenseBody};
use super::suggestions::{self, KnownPayee, KnownTag, Typed};
use super::{export, list, store};
use crate::app::App;
use crate::cache::{self, Asking, Question, Unless};
use crate::db::{About, Tx};
use crate::error::{Code, Result};
use crate::extract::{IfMatch, Json, Path, Query, Versioned, WantsCsv};
use crate::history::{self, Action, Entity};
use crate::ids::{ExpenseId, LedgerId};
use crate::ledgers::{Connected, Editor, Member};
use crate::members;
use crate::page::Page;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_expenses, create_expense))
        .routes(routes!(get_expense, replace_expense, delete_expense))
        .routes(routes!(restore_expense))
        .routes(routes!(change_expenses))
        .routes(routes!(list_payees))
        .routes(routes!(list_tags))
}

/// The expense in the path; the ledger there is the [`Member`]'s.
#[derive(Deserialize)]
pub(super) struct ExpensePath {
    expense_id: ExpenseId,
}

/// List expenses
///
/// Newest first, unless said otherwise. A `cursor` goes with the `sort` that it came from. With `Accept: text/csv` the
/// whole list is a table, without pages.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/expenses", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), Filter),
    responses((status = OK, content((Page<Expense> = "application/json"), (String = "text/csv"))), (status = NOT_MODIFIED)))]
async fn list_expenses(
    State(app): State<App>,
    connected: Connected,
    asking: Asking,
    WantsCsv(wants_csv): WantsCsv,
    Query(filter): Query<Filter>,
) -> Result<Response> {
    if filter.cursor.is_some() && !wants_csv {
        // Whoever reads on has seldom read this before.
        let page = Box::pin(further(&app, connected, &filter)).await?;
        return Ok(([(VARY, "accept")], Json(page)).into_response());
    }
    let member = connected.alone();
    if wants_csv {
        let reading = app.reading(member.ledger_id, member.moment).await;
        return Box::pin(export::download(reading, member, filter)).await;
    }
    let question =
        Question::about("expenses", &member, &filter).cheap(filter.is_plain() || filter.is_typed());
    let compute = async move |db: PgPool| list::page(&db, member.ledger_id, &filter).await;
    cache::answer(&app, asking, question, compute).await
}

/// A page that is not the first: if nothing else is asked for, over the connection that is at hand.
async fn further(app: &App, connected: Connected, filter: &Filter) -> Result<Page<Expense>> {
    if app.replica.is_none() && filter.is_plain() {
        let Connected {
            member,
            mut connection,
        } = connected;
        let page = list::plain_page(&mut connection, member.ledger_id, filter).await?;
        connection.give_back();
        return Ok(page);
    }
    let member = connected.alone();
    let mut reading = app.reading(member.ledger_id, member.moment).await;
    let page = async |db: PgPool| list::page(&db, member.ledger_id, filter).await;
    reading.read(page).await
}

/// Add an expense
///
/// The same request again gives the same answer; the same id with other content is refused.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/expenses", tag = "expenses",
    params(("ledger_id" = LedgerId, Path)), request_body = ExpenseBody,
    responses((status = CREATED, body = Expense)))]
async fn create_expense(
    State(app): State<App>,
    Editor(member): Editor,
    Json(body): Json<ExpenseBody>,
) -> Result<(StatusCode, Versioned<Expense>)> {
    let id = body.id.unwrap_or_default();
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let ledger_id = member.ledger_id;
    let (roster, defaults) = match &body.split {
        Some(_) => (members::roster(&mut *tx, ledger_id).await?, Vec::new()),
        None => roster_and_defaults(&mut tx, ledger_id, body.category_id).await?,
    };
    let ground = Ground {
        member: &member,
        roster: &roster,
        today: app.clock.today(),
        defaults: &defaults,
        before: None,
    };
    let written = match draft(&body, id, &ground) {
        Ok(content) => store::insert(&mut tx, &member, content)
            .await?
            .ok_or_else(|| Code::IdTaken.at("id")),
        Err(refused) => Err(refused),
    };
    let expense = match written {
        Ok(expense) => expense,
        Err(refused) => {
            let earlier = created_before(&mut tx, &member, id, &body).await?;
            return Ok((StatusCode::CREATED, versioned(earlier.ok_or(refused)?)));
        }
    };
    tx.record(about(&member, id, Action::Create), None, Some(&expense))?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, versioned(expense)))
}

/// The expense as it stands, if an earlier sending of the same request made it.
async fn created_before(
    tx: &mut Tx,
    member: &Member,
    id: ExpenseId,
    body: &ExpenseBody,
) -> Result<Option<Expense>> {
    if body.id.is_none() {
        return Ok(None);
    }
    let Some(expense) = store::get(&mut **tx, member.ledger_id, id).await? else {
        return Ok(None);
    };
    if draft::asks_for(body, &expense.content, member) {
        return Ok(Some(expense));
    }
    let created =
        history::store::created::<Expense>(&mut **tx, member.ledger_id, Entity::Expense, id.0)
            .await?;
    Ok(created
        .is_some_and(|created| draft::asks_for(body, &created.content, member))
        .then_some(expense))
}

/// One expense
///
/// From the trash, too.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/expenses/{expense_id}", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), ("expense_id" = ExpenseId, Path)),
    responses((status = OK, body = Expense), (status = NOT_MODIFIED)))]
async fn get_expense(
    Connected {
        member,
        mut connection,
    }: Connected,
    Path(path): Path<ExpensePath>,
    asking: Asking,
) -> Result<Unless<Expense>> {
    let expense = store::get(&mut *connection, member.ledger_id, path.expense_id).await?;
    connection.give_back();
    let expense = expense.ok_or_else(|| Code::NotFound.error())?;
    Ok(Unless(asking, versioned(expense)))
}

/// Replace an expense
#[utoipa::path(put, path = "/ledgers/{ledger_id}/expenses/{expense_id}", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), ("expense_id" = ExpenseId, Path), ("If-Match" = String, Header)),
    request_body = ExpenseBody, responses((status = OK, body = Expense)))]
async fn replace_expense(
    State(app): State<App>,
    Editor(member): Editor,
    Path(path): Path<ExpensePath>,
    IfMatch(version): IfMatch,
    Json(body): Json<ExpenseBody>,
) -> Result<Versioned<Expense>> {
    let id = path.expense_id;
    if body.id.is_some_and(|named| named != id) {
        return Err(Code::InvalidValue
            .at("id")
            .detail("the path names another expense"));
    }
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let before = at_version(&mut tx, &member, id, version).await?;
    let roster = members::roster(&mut *tx, member.ledger_id).await?;
    let ground = Ground {
        member: &member,
        roster: &roster,
        today: app.clock.today(),
        defaults: &[],
        before: Some(&before.content),
    };
    let content = draft(&body, id, &ground)?;
    if content == before.content {
        return Ok(versioned(before));
    }
    let deleted = before.deleted_at.is_some();
    let after = store::replace(&mut tx, member.ledger_id, &before, content, deleted).await?;
    tx.record(
        about(&member, id, Action::Update),
        Some(&before),
        Some(&after),
    )?;
    tx.commit().await?;
    Ok(versioned(after))
}

/// Put an expense into the trash
#[utoipa::path(delete, path = "/ledgers/{ledger_id}/expenses/{expense_id}", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), ("expense_id" = ExpenseId, Path), ("If-Match" = String, Header)),
    responses((status = OK, body = Expense)))]
async fn delete_expense(
    State(app): State<App>,
    Editor(member): Editor,
    Path(path): Path<ExpensePath>,
    IfMatch(version): IfMatch,
) -> Result<Versioned<Expense>> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let before = at_version(&mut tx, &member, path.expense_id, version).await?;
    let after = set_deleted(&mut tx, &member, before, Some(app.clock.now())).await?;
    tx.commit().await?;
    Ok(versioned(after))
}

/// Take an expense out of the trash
#[utoipa::path(post, path = "/ledgers/{ledger_id}/expenses/{expense_id}/restore", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), ("expense_id" = ExpenseId, Path), ("If-Match" = String, Header)),
    responses((status = OK, body = Expense)))]
async fn restore_expense(
    State(app): State<App>,
    Editor(member): Editor,
    Path(path): Path<ExpensePath>,
    IfMatch(version): IfMatch,
) -> Result<Versioned<Expense>> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let before = at_version(&mut tx, &member, path.expense_id, version).await?;
    let after = set_deleted(&mut tx, &member, before, None).await?;
    tx.commit().await?;
    Ok(versioned(after))
}

/// Change several expenses at once
///
/// Their category, their tags, or whether they are in the trash: all of them, or none. Where one of them has been changed
/// in the meantime, `current` has all that have.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/expenses/batch", tag = "expenses",
    params(("ledger_id" = LedgerId, Path)), request_body = Batch, responses((status = OK, body = Page<Expense>)))]
async fn change_expenses(
    State(app): State<App>,
    Editor(member): Editor,
    Json(batch): Json<Batch>,
) -> Result<Json<Page<Expense>>> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let expenses = batch::run(&mut tx, &member, &batch, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Json(Page::whole(expenses)))
}

/// Complete a payee
///
/// With the category and the amount of its last expense. What begins with `q` comes first, then what was used within a
/// year, then the most frequent.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/payees", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), Typed), responses((status = OK, body = Page<KnownPayee>), (status = NOT_MODIFIED)))]
async fn list_payees(
    State(app): State<App>,
    member: Member,
    asking: Asking,
    Query(typed): Query<Typed>,
) -> Result<Response> {
    let a_year_ago = app.clock.today() - Days::new(365);
    let question = Question::about("payees", &member, &(&typed, a_year_ago));
    let compute = async move |db: PgPool| {
        let payees = suggestions::payees(&db, member.ledger_id, &typed, a_year_ago);
        Ok(Page::whole(payees.await?))
    };
    cache::answer(&app, asking, question, compute).await
}

/// Complete a tag
///
/// What begins with `q` comes first, then the most frequent.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/tags", tag = "expenses",
    params(("ledger_id" = LedgerId, Path), Typed), responses((status = OK, body = Page<KnownTag>), (status = NOT_MODIFIED)))]
async fn list_tags(
    State(app): State<App>,
    member: Member,
    asking: Asking,
    Query(typed): Query<Typed>,
) -> Result<Response> {
    let question = Question::about("tags", &member, &typed);
    let compute = async move |db: PgPool| {
        let tags = suggestions::tags(&db, member.ledger_id, &typed);
        Ok(Page::whole(tags.await?))
    };
    cache::answer(&app, asking, question, compute).await
}

/// Puts an expense into the trash or takes it out, unless it is there already.
async fn set_deleted(
    tx: &mut Tx,
    member: &Member,
    before: Expense,
    deleted_at: Option<DateTime<Utc>>,
) -> Result<Expense> {
    if before.deleted_at.is_some() == deleted_at.is_some() {
        return Ok(before);
    }
    let action = match deleted_at {
        Some(_) => Action::Delete,
        None => Action::Restore,
    };
    let mut after = before.clone();
    after.deleted_at = deleted_at;
    store::relabel(tx, member.ledger_id, std::slice::from_mut(&mut after)).await?;
    tx.record(
        about(member, before.content.id, action),
        Some(&before),
        Some(&after),
    )?;
    Ok(after)
}

/// The expense, where its version is the one that the client has seen.
async fn at_version(tx: &mut Tx, member: &Member, id: ExpenseId, version: i64) -> Result<Expense> {
    let expense = store::get(&mut **tx, member.ledger_id, id)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    if expense.version == version {
        Ok(expense)
    } else {
        Err(Code::VersionConflict.error().current(&expense))
    }
}

/// What a change of an expense is about.
pub(super) fn about(member: &Member, id: ExpenseId, action: Action) -> About {
    About {
        ledger_id: member.ledger_id,
        actor: Some(member.id),
        entity: Entity::Expense,
        entity_id: id.0,
        action,
    }
}

fn versioned(expense: Expense) -> Versioned<Expense> {
    Versioned(expense.version, expense)
}
