//! `/ledgers/{ledger_id}/balances`.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use money::balance::Balance;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Balances, MemberBalance, SettleQuery, Step, WayQuery};
use super::way::{self, Between, Cursor};
use super::{plan, store};
use crate::app::App;
use crate::cache::{self, Asking, Question};
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::extract::{Json, Path, Query};
use crate::fields::{CurrencyCode, Minor};
use crate::ids::{LedgerId, MemberId};
use crate::ledgers::{self, Member};
use crate::members;
use crate::page::Page;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_balances))
        .routes(routes!(list_steps))
}

/// Who stands where, and who pays whom
#[utoipa::path(get, path = "/ledgers/{ledger_id}/balances", tag = "balances",
    params(("ledger_id" = LedgerId, Path), SettleQuery), responses((status = OK, body = Balances), (status = NOT_MODIFIED)))]
async fn get_balances(
    State(app): State<App>,
    member: Member,
    asking: Asking,
    Query(query): Query<SettleQuery>,
) -> Result<Response> {
    let question = Question::about("balances", &member, &query);
    let compute = async move |db: PgPool| balances(&db, &member, &query).await;
    cache::answer(&app, asking, question, compute).await
}

async fn balances(db: &PgPool, member: &Member, query: &SettleQuery) -> Result<Balances> {
    // One snapshot: a payment in between would be in the sums and not among the payments.
    let mut tx = Tx::begin_reading(db).await?;
    let sums = store::sums(&mut *tx, member.ledger_id).await?;
    let roster = members::roster(&mut *tx, member.ledger_id).await?;
    let standing = plan::balances(&sums)?;
    let (transfers, exact) = if query.simplify {
        let payments = store::payments(&mut tx, member.ledger_id).await?;
        let plan = plan::fewest(&standing, &payments)?;
        (plan.transfers, plan.exact)
    } else {
        (plan::owed(&mut tx, member.ledger_id).await?, false)
    };
    let mut members: BTreeMap<MemberId, Balance> = roster
        .active()
        .map(|member| (member, Balance::default()))
        .collect();
    members.extend(standing);
    Ok(Balances {
        currency: CurrencyCode(member.currency),
        members: members
            .into_iter()
            .map(|(member_id, balance)| MemberBalance {
                member_id,
                paid: Minor(balance.paid),
                owed: Minor(balance.owed),
                net: Minor(balance.net),
            })
            .collect(),
        transfers: transfers.into_iter().map(Into::into).collect(),
        exact,
    })
}

/// The member in the path; the ledger there is the caller's.
#[derive(Deserialize)]
struct MemberPath {
    member_id: MemberId,
}

/// How a member's balance came about
///
/// The expenses that have moved it, newest first, each with the balance after it; with `with`, what the two owe each
/// other.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/balances/{member_id}", tag = "balances",
    params(("ledger_id" = LedgerId, Path), ("member_id" = MemberId, Path), WayQuery),
    responses((status = OK, body = Page<Step>)))]
async fn list_steps(
    State(app): State<App>,
    member: Member,
    Path(path): Path<MemberPath>,
    Query(query): Query<WayQuery>,
) -> Result<Json<Page<Step>>> {
    let ledger_id = member.ledger_id;
    let cursor = query.cursor.as_deref().map(Cursor::read).transpose()?;
    let mut tx = Tx::begin_reading(&app.db).await?;
    let roster = members::roster(&mut *tx, ledger_id).await?;
    if roster.is_archived(path.member_id).is_none() {
        return Err(Code::NotFound.error());
    }
    let limit = query.limit.fetch();
    let mut pair = None;
    let steps = match query.with {
        None => {
            let before = cursor.map(Cursor::place);
            store::steps(&mut *tx, ledger_id, path.member_id, before, limit).await?
        }
        Some(with) if with == path.member_id || roster.is_archived(with).is_none() => {
            return Err(Code::MemberUnknown
                .at("with")
                .detail("another member of the ledger is expected"));
        }
        Some(with) => {
            let moment = ledgers::store::moment(&mut *tx, ledger_id).await?;
            let between = Between {
                moment: moment.ok_or_else(|| Code::NotFound.error())?.id,
                pair: (path.member_id, with),
            };
            pair = Some(between);
            way::between(&mut tx, ledger_id, between, cursor, limit).await?
        }
    };
    Ok(Json(Page::from_rows(steps, query.limit, |step| {
        Cursor::after(step, pair)
    })?))
}
