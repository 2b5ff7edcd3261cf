//! `/ledgers/{ledger_id}/changes`, and the changes of one expense.

use axum::extract::State;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Change, Changes, Part};
use super::revert::{self, Reverted};
use super::store;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::extract::{Json, Path, Query};
use crate::ids::{ExpenseId, LedgerId};
use crate::ledgers::{self, Member, Role};
use crate::page::{self, Backwards, Page};

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_changes))
        .routes(routes!(revert_change))
        .routes(routes!(list_expense_changes))
}

/// The history of a ledger
///
/// Who did what, before and after. With `since` what has happened since then, with `before` backwards.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/changes", tag = "history",
    params(("ledger_id" = LedgerId, Path), Part), responses((status = OK, body = Changes)))]
async fn list_changes(
    State(app): State<App>,
    member: Member,
    Query(part): Query<Part>,
) -> Result<Json<Changes>> {
    if part.since.is_some() && part.before.is_some() {
        return Err(Code::InvalidValue
            .at("before")
            .detail("either since or before"));
    }
    for (field, seq) in [("since", part.since), ("before", part.before)] {
        if seq.is_some_and(|seq| seq < 0) {
            return Err(Code::InvalidValue
                .at(field)
                .detail("changes are numbered from 1"));
        }
    }
    let limit = part.limit.fetch() - 1;
    let filter = store::Filter {
        actor: part.actor,
        entity: part.entity,
    };
    // The number first, and nothing beyond it: whoever goes on from there misses nothing.
    let seq = ledgers::store::get(&app.db, &member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?
        .seq;
    let items = if let Some(before) = part.before {
        store::before(&app.db, member.ledger_id, before, filter, limit).await?
    } else {
        let since = part.since.unwrap_or(0);
        store::since(&app.db, member.ledger_id, since, seq, filter, limit).await?
    };
    Ok(Json(Changes { items, seq }))
}

/// The expense in the path; the ledger there is the [`Member`]'s.
#[derive(Deserialize)]
struct ExpensePath {
    expense_id: ExpenseId,
}

/// The history of one expense
///
/// Newest first.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/expenses/{expense_id}/changes", tag = "history",
    params(("ledger_id" = LedgerId, Path), ("expense_id" = ExpenseId, Path), Backwards),
    responses((status = OK, body = Page<Change>)))]
async fn list_expense_changes(
    State(app): State<App>,
    member: Member,
    Path(path): Path<ExpensePath>,
    Query(part): Query<Backwards>,
) -> Result<Json<Page<Change>>> {
    let before = match &part.cursor {
        Some(cursor) => page::decode(cursor)?,
        None => i64::MAX,
    };
    let rows = store::of(
        &app.db,
        member.ledger_id,
        path.expense_id.0,
        before,
        part.limit.fetch(),
    )
    .await?;
    if rows.is_empty() && part.cursor.is_none() {
        return Err(Code::NotFound.error());
    }
    Ok(Json(Page::from_rows(rows, part.limit, |change| {
        change.seq
    })?))
}

/// The change in the path; the ledger there is the [`Member`]'s.
#[derive(Deserialize)]
struct ChangePath {
    seq: i64,
}

/// Revert a change
///
/// Brings back what was before it, as a new change, and answers with the resource as it now stands: null where it is no
/// more. Refused with `revert_conflict` where something has come after it, or where the state before no longer fits.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/changes/{seq}/revert", tag = "history",
    params(("ledger_id" = LedgerId, Path), ("seq" = i64, Path)), responses((status = OK, body = Reverted)))]
async fn revert_change(
    State(app): State<App>,
    member: Member,
    Path(path): Path<ChangePath>,
) -> Result<Reverted> {
    member.check_role(Role::Editor)?;
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let change = store::get(&mut *tx, member.ledger_id, path.seq)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    tx.reverting(change.seq);
    let reverted = revert::revert(&mut tx, &member, &change, app.clock.now()).await?;
    tx.commit().await?;
    Ok(reverted)
}
