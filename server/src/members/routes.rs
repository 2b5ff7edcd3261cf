//! `/ledgers/{ledger_id}/members`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::change::{about, change, remove};
use super::model::{LedgerMember, MemberUpdate, NewMember, Weight};
use super::store::{self, MemberDraft};
use crate::app::App;
use crate::cache::{self, Asking, Question};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::extract::{IfMatch, Json, Path, Versioned};
use crate::history::{self, Action, Entity};
use crate::ids::{LedgerId, MemberId};
use crate::ledgers::{Member, Owner, Role};
use crate::page::Page;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_members, create_member))
        .routes(routes!(update_member, delete_member))
}

/// The member in the path; the ledger there is that of the caller's [`Member`].
#[derive(Deserialize)]
struct MemberPath {
    member_id: MemberId,
}

/// The members of a ledger
///
/// Archived ones, who stay in the balances, come last.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/members", tag = "members", params(("ledger_id" = LedgerId, Path)),
    responses((status = OK, body = Page<LedgerMember>), (status = NOT_MODIFIED)))]
async fn list_members(State(app): State<App>, member: Member, asking: Asking) -> Result<Response> {
    let question = Question::about("members", &member, &()).cheap(true);
    let compute =
        async move |db: PgPool| Ok(Page::whole(store::list(&db, member.ledger_id).await?));
    cache::answer(&app, asking, question, compute).await
}

/// Add a person to a ledger
///
/// For its owners. The person has no account yet and takes part in splits like anyone; an invitation lets somebody claim
/// the place. The same request again gives the same answer.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/members", tag = "members", params(("ledger_id" = LedgerId, Path)),
    request_body = NewMember, responses((status = CREATED, body = LedgerMember)))]
async fn create_member(
    State(app): State<App>,
    Owner(member): Owner,
    Json(new): Json<NewMember>,
) -> Result<(StatusCode, Versioned<LedgerMember>)> {
    member.check_open()?;
    member.check_shared()?;
    let draft = MemberDraft {
        id: new.id.unwrap_or_default(),
        user_id: None,
        name: new.name.as_str(),
        role: new.role,
        weight: new.weight.map_or(1, Weight::get),
    };
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    store::check_still_owner(&mut tx, &member).await?;
    let added = match store::insert(&mut tx, member.ledger_id, &draft).await {
        Ok(added) => {
            let about = about(&member, added.id, Action::Create);
            tx.record(about, None, Some(&added))?;
            tx.commit().await?;
            added
        }
        Err(refused) => {
            drop(tx);
            created_before(&app, &member, &draft, refused).await?
        }
    };
    Ok((StatusCode::CREATED, Versioned(added.version, added)))
}

/// The member as it stands, if an earlier sending of the same request made it; otherwise why the database refused.
async fn created_before(
    app: &App,
    member: &Member,
    draft: &MemberDraft<'_>,
    refused: Error,
) -> Result<LedgerMember> {
    let Some(found) = store::get(&app.db, member.ledger_id, draft.id).await? else {
        return Err(refused);
    };
    if draft.asks_for(&found) {
        return Ok(found);
    }
    let (entity, id) = (Entity::Member, draft.id.0);
    let created: Option<LedgerMember> =
        history::store::created(&app.db, member.ledger_id, entity, id).await?;
    match created {
        Some(created) if draft.asks_for(&created) => Ok(found),
        _ => Err(refused),
    }
}

/// Change a member
///
/// Its name, role and weight, and whether it is archived. For owners; anybody may change their own name. A ledger keeps at
/// least one owner with an account: otherwise `last_owner`.
#[utoipa::path(put, path = "/ledgers/{ledger_id}/members/{member_id}", tag = "members",
    params(("ledger_id" = LedgerId, Path), ("member_id" = MemberId, Path), ("If-Match" = String, Header)),
    request_body = MemberUpdate, responses((status = OK, body = LedgerMember)))]
async fn update_member(
    State(app): State<App>,
    member: Member,
    Path(path): Path<MemberPath>,
    IfMatch(version): IfMatch,
    Json(update): Json<MemberUpdate>,
) -> Result<Versioned<LedgerMember>> {
    check_owner_or_self(&member, path.member_id)?;
    member.check_open()?;
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let (caller, before) = store::at_version(&mut tx, &member, path.member_id, version).await?;
    let after = update.apply(&before, app.clock.now());
    caller.may_change(&before, &after)?;
    change(&mut tx, &member, &before, &after).await?;
    let field = if update.archived { "archived" } else { "role" };
    store::check_owner_stays(&mut tx, || Code::LastOwner.at(field)).await?;
    tx.commit().await?;
    Ok(Versioned(after.version, after))
}

/// Remove a member, or leave
///
/// Owners remove anybody, and anybody may leave. Who has an account or any share, in the trash too, is archived: out of
/// what is new, without access from the next request on, and still in the balances. The last owner stays: `last_owner`.
#[utoipa::path(delete, path = "/ledgers/{ledger_id}/members/{member_id}", tag = "members",
    params(("ledger_id" = LedgerId, Path), ("member_id" = MemberId, Path), ("If-Match" = String, Header)),
    responses((status = NO_CONTENT)))]
async fn delete_member(
    State(app): State<App>,
    member: Member,
    Path(path): Path<MemberPath>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    check_owner_or_self(&member, path.member_id)?;
    member.check_open()?;
    member.check_shared()?;
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let (caller, before) = store::at_version(&mut tx, &member, path.member_id, version).await?;
    if caller.id != before.id {
        caller.check_owner()?;
    }
    remove(&mut tx, &member, &before, app.clock.now()).await?;
    store::check_owner_stays(&mut tx, || Code::LastOwner.error()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn check_owner_or_self(member: &Member, id: MemberId) -> Result<()> {
    if member.id == id {
        Ok(())
    } else {
        member.check_role(Role::Owner)
    }
}
