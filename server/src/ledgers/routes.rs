//! `/ledgers`.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{LedgerState, LedgerUpdate, NewLedger};
use super::store::{self, LedgerDraft};
use super::{Ledger, Member, Owner, Role};
use crate::app::App;
use crate::auth::{self, Caller};
use crate::db::{About, Tx};
use crate::error::{Code, Error, OnConstraint, Result};
use crate::expenses::DefaultSplit;
use crate::extract::{IfMatch, Json, Versioned};
use crate::history::{self, Action, Entity};
use crate::ids::{LedgerId, MemberId, UserId};
use crate::members::{self, store::MemberDraft};
use crate::page::Page;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_ledgers, create_ledger))
        .routes(routes!(get_ledger, update_ledger, delete_ledger))
}

/// My ledgers
///
/// The personal one first, archived ones last.
#[utoipa::path(get, path = "/ledgers", tag = "ledgers", responses((status = OK, body = Page<Ledger>)))]
async fn list_ledgers(State(app): State<App>, caller: Caller) -> Result<Json<Page<Ledger>>> {
    Ok(Json(Page::whole(
        store::list(&app.db, caller.user_id).await?,
    )))
}

/// Make a ledger
///
/// The caller becomes its owner. The same request again gives the same answer.
#[utoipa::path(post, path = "/ledgers", tag = "ledgers", request_body = NewLedger,
    responses((status = CREATED, body = Ledger)))]
async fn create_ledger(
    State(app): State<App>,
    caller: Caller,
    Json(new): Json<NewLedger>,
) -> Result<(StatusCode, Versioned<Ledger>)> {
    let id = new.id.unwrap_or_default();
    let draft = LedgerDraft {
        id,
        name: new.name.as_str(),
        currency: new.currency.0,
        personal: false,
    };
    let mut tx = Tx::begin(&app).await?;
    match store::insert(&mut tx, &draft)
        .await
        .on_constraint("ledgers_pkey", || Code::IdTaken.at("id"))
    {
        Ok(()) => {}
        Err(refused) => {
            // Gives its connection back first: whoever holds one and waits for another may wait for ever.
            drop(tx);
            return Ok((
                StatusCode::CREATED,
                created_before(&app, caller, &draft, refused).await?,
            ));
        }
    }
    let name = auth::user_name(&mut tx, caller.user_id).await?;
    let ledger = found(&mut tx, &draft, caller.user_id, &name).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, Versioned(ledger.version, ledger)))
}

/// Writes the first member of a ledger that has just been inserted, and both changes.
pub async fn found(
    tx: &mut Tx,
    draft: &LedgerDraft<'_>,
    user_id: UserId,
    name: &str,
) -> Result<Ledger> {
    let member = MemberDraft {
        id: MemberId::new(),
        user_id: Some(user_id),
        name,
        role: Role::Owner,
        weight: 1,
    };
    let founder = members::store::insert(tx, draft.id, &member)
        .await
        .on_constraint("members_user_id_fkey", Caller::signed_out)?;
    let as_member = store::member(&mut **tx, draft.id, user_id)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    let mut ledger = store::get(&mut **tx, &as_member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    let about = |entity, entity_id| About {
        ledger_id: draft.id,
        actor: Some(founder.id),
        entity,
        entity_id,
        action: Action::Create,
    };
    tx.record(
        about(Entity::Ledger, draft.id.0),
        None,
        Some(&LedgerState::from(&ledger)),
    )?;
    tx.record(about(Entity::Member, founder.id.0), None, Some(&founder))?;
    ledger.seq += tx.noted(draft.id);
    Ok(ledger)
}

/// The ledger that an earlier sending of the same request made; otherwise what the database refused with.
async fn created_before(
    app: &App,
    caller: Caller,
    draft: &LedgerDraft<'_>,
    refused: Error,
) -> Result<Versioned<Ledger>> {
    let Some(member) = store::member(&app.db, draft.id, caller.user_id).await? else {
        return Err(refused);
    };
    let ledger = store::get(&app.db, &member).await?;
    // It may have been changed since.
    let (entity, id) = (Entity::Ledger, draft.id.0);
    let created = history::store::created::<LedgerState>(&app.db, draft.id, entity, id).await?;
    match (ledger, created) {
        (Some(ledger), Some(created))
            if created.name == draft.name
                && created.currency == draft.currency.code()
                && !created.personal =>
        {
            Ok(Versioned(ledger.version, ledger))
        }
        _ => Err(refused),
    }
}

/// One ledger
#[utoipa::path(get, path = "/ledgers/{ledger_id}", tag = "ledgers", params(("ledger_id" = LedgerId, Path)),
    responses((status = OK, body = Ledger)))]
async fn get_ledger(State(app): State<App>, member: Member) -> Result<Versioned<Ledger>> {
    let ledger = store::get(&app.db, &member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    Ok(Versioned(ledger.version, ledger))
}

/// Change a ledger
///
/// Its name, its default split, which holds for new expenses only, and whether it is archived.
#[utoipa::path(put, path = "/ledgers/{ledger_id}", tag = "ledgers",
    params(("ledger_id" = LedgerId, Path), ("If-Match" = String, Header)), request_body = LedgerUpdate,
    responses((status = OK, body = Ledger)))]
async fn update_ledger(
    State(app): State<App>,
    Owner(member): Owner,
    IfMatch(version): IfMatch,
    Json(update): Json<LedgerUpdate>,
) -> Result<Versioned<Ledger>> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let before = at_version(&mut tx, &member, version).await?;
    if before.personal && update.archived {
        return Err(Code::PersonalLedger.at("archived"));
    }
    let roster = members::roster(&mut *tx, member.ledger_id).await?;
    let default_split =
        DefaultSplit::check(update.default_split, &roster, before.default_split.as_ref())?;
    store::update(
        &mut tx,
        member.ledger_id,
        update.name.as_str(),
        default_split.as_ref(),
        update.archived,
    )
    .await?;
    let mut after = store::get(&mut *tx, &member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    let about = About {
        ledger_id: member.ledger_id,
        actor: Some(member.id),
        entity: Entity::Ledger,
        entity_id: member.ledger_id.0,
        action: Action::Update,
    };
    tx.record(
        about,
        Some(&LedgerState::from(&before)),
        Some(&LedgerState::from(&after)),
    )?;
    after.seq += tx.noted(member.ledger_id);
    tx.commit().await?;
    Ok(Versioned(after.version, after))
}

/// Delete a ledger with everything in it
///
/// For its owner. This cannot be reverted: the history goes with it. The personal ledger goes with the account only.
#[utoipa::path(delete, path = "/ledgers/{ledger_id}", tag = "ledgers",
    params(("ledger_id" = LedgerId, Path), ("If-Match" = String, Header)), responses((status = NO_CONTENT)))]
async fn delete_ledger(
    State(app): State<App>,
    Owner(member): Owner,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    if at_version(&mut tx, &member, version).await?.personal {
        return Err(Code::PersonalLedger.error());
    }
    store::delete(&mut tx, member.ledger_id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The ledger, where its version is the one that the client has seen, and the caller still its owner.
async fn at_version(tx: &mut Tx, member: &Member, version: i64) -> Result<Ledger> {
    members::store::check_still_owner(tx, member).await?;
    let ledger = store::get(&mut **tx, member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    if ledger.version == version {
        Ok(ledger)
    } else {
        Err(Code::VersionConflict.error().current(&ledger))
    }
}
