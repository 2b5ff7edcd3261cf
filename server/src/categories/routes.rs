//! `/ledgers/{ledger_id}/categories`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Category;
use super::merge;
use super::model::{CategoryUpdate, Color, Icon, NewCategory};
use super::store::{self, Draft};
use crate::app::App;
use crate::cache::{self, Asking, Question};
use crate::db::{About, Tx};
use crate::error::{Code, Error, Result};
use crate::expenses::{DefaultSplit, Split};
use crate::extract::{IfMatch, Json, Path, Versioned};
use crate::history::{self, Action, Entity};
use crate::ids::{CategoryId, LedgerId};
use crate::ledgers::{Editor, Member};
use crate::members;
use crate::page::Page;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_categories, create_category))
        .routes(routes!(update_category, delete_category))
        .routes(routes!(merge::merge_category))
}

/// The category in a path.
#[derive(Deserialize)]
pub(super) struct CategoryPath {
    pub category_id: CategoryId,
}

/// The categories of a ledger
///
/// All of them by name, archived ones too.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/categories", tag = "categories",
    params(("ledger_id" = LedgerId, Path)), responses((status = OK, body = Page<Category>), (status = NOT_MODIFIED)))]
async fn list_categories(
    State(app): State<App>,
    member: Member,
    asking: Asking,
) -> Result<Response> {
    let question = Question::about("categories", &member, &()).cheap(true);
    let compute =
        async move |db: PgPool| Ok(Page::whole(store::list(&db, member.ledger_id).await?));
    cache::answer(&app, asking, question, compute).await
}

/// Make a category
///
/// Below a root, if `parent_id` names one. The same request again gives the same answer.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/categories", tag = "categories",
    params(("ledger_id" = LedgerId, Path)), request_body = NewCategory,
    responses((status = CREATED, body = Category)))]
async fn create_category(
    State(app): State<App>,
    Editor(member): Editor,
    Json(new): Json<NewCategory>,
) -> Result<(StatusCode, Versioned<Category>)> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let default_split = default_split(&mut tx, &member, new.default_split, None).await?;
    let draft = Draft {
        id: new.id.unwrap_or_default(),
        parent_id: new.parent_id,
        name: new.name.as_str(),
        icon: new.icon.as_ref().map(Icon::as_str),
        color: new.color.as_ref().map(Color::as_str),
        default_split: default_split.as_ref(),
        archived_at: None,
    };
    let category = match store::insert(&mut tx, member.ledger_id, draft).await {
        Ok(category) => {
            let about = about(&member, category.id, Action::Create);
            tx.record(about, None, Some(&category))?;
            tx.commit().await?;
            category
        }
        Err(refused) => {
            drop(tx);
            created_before(&app, &member, draft, refused).await?
        }
    };
    Ok((StatusCode::CREATED, Versioned(category.version, category)))
}

/// The category that an earlier sending of the same request made; otherwise why the database refused.
async fn created_before(
    app: &App,
    member: &Member,
    draft: Draft<'_>,
    refused: Error,
) -> Result<Category> {
    match store::get(&app.db, member.ledger_id, draft.id).await? {
        Some(category) if category == draft => Ok(category),
        // It may have been changed since.
        Some(category) => {
            let (entity, id) = (Entity::Category, draft.id.0);
            history::store::created::<Category>(&app.db, member.ledger_id, entity, id)
                .await?
                .filter(|created| *created == draft)
                .map(|_| category)
                .ok_or_else(|| Code::IdTaken.at("id"))
        }
        None => Err(store::refused(&app.db, member.ledger_id, draft.parent_id, refused).await),
    }
}

/// Change a category
///
/// Its name, icon, colour, parent, and whether it is archived; what is left out is taken away.
#[utoipa::path(put, path = "/ledgers/{ledger_id}/categories/{category_id}", tag = "categories",
    params(("ledger_id" = LedgerId, Path), ("category_id" = CategoryId, Path), ("If-Match" = String, Header)),
    request_body = CategoryUpdate, responses((status = OK, body = Category)))]
async fn update_category(
    State(app): State<App>,
    Editor(member): Editor,
    Path(path): Path<CategoryPath>,
    IfMatch(version): IfMatch,
    Json(update): Json<CategoryUpdate>,
) -> Result<Versioned<Category>> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let before = store::at_version(&mut tx, member.ledger_id, path.category_id, version).await?;
    let now = app.clock.now();
    let before_split = before.default_split.as_ref();
    let default_split = default_split(&mut tx, &member, update.default_split, before_split).await?;
    let draft = Draft {
        id: path.category_id,
        parent_id: update.parent_id,
        name: update.name.as_str(),
        icon: update.icon.as_ref().map(Icon::as_str),
        color: update.color.as_ref().map(Color::as_str),
        default_split: default_split.as_ref(),
        archived_at: update.archived.then(|| before.archived_at.unwrap_or(now)),
    };
    let after = match store::update(&mut tx, member.ledger_id, draft).await {
        Ok(after) => after,
        Err(refused) => {
            drop(tx);
            return Err(store::refused(&app.db, member.ledger_id, draft.parent_id, refused).await);
        }
    };
    let about = about(&member, after.id, Action::Update);
    tx.record(about, Some(&before), Some(&after))?;
    tx.commit().await?;
    Ok(Versioned(after.version, after))
}

/// Delete a category
///
/// Only one that no expense and no other category has; otherwise archive it, or merge it into another.
#[utoipa::path(delete, path = "/ledgers/{ledger_id}/categories/{category_id}", tag = "categories",
    params(("ledger_id" = LedgerId, Path), ("category_id" = CategoryId, Path), ("If-Match" = String, Header)),
    responses((status = NO_CONTENT)))]
async fn delete_category(
    State(app): State<App>,
    Editor(member): Editor,
    Path(path): Path<CategoryPath>,
    IfMatch(version): IfMatch,
) -> Result<StatusCode> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let before = store::at_version(&mut tx, member.ledger_id, path.category_id, version).await?;
    store::delete(&mut tx, member.ledger_id, path.category_id).await?;
    let about = about(&member, before.id, Action::Delete);
    tx.record(about, Some(&before), None)?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The default split that a client sent, checked against who is in the ledger.
async fn default_split(
    tx: &mut Tx,
    member: &Member,
    split: Option<Split>,
    before: Option<&DefaultSplit>,
) -> Result<Option<DefaultSplit>> {
    if split.is_none() {
        return Ok(None);
    }
    let roster = members::roster(&mut **tx, member.ledger_id).await?;
    DefaultSplit::check(split, &roster, before)
}

pub(super) fn about(member: &Member, id: CategoryId, action: Action) -> About {
    About {
        ledger_id: member.ledger_id,
        actor: Some(member.id),
        entity: Entity::Category,
        entity_id: id.0,
        action,
    }
}
