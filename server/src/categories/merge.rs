//! Merging a category into another: `/ledgers/{ledger_id}/categories/{category_id}/merge`.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::routes::{CategoryPath, about};
use super::{Category, merging, store};
use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, OnConstraint, Result};
use crate::expenses;
use crate::extract::{IfMatch, Json, Path, Versioned};
use crate::history::Action;
use crate::ids::{CategoryId, LedgerId};
use crate::ledgers::{self, Editor, Member};
use crate::mappings;

/// Where the expenses and children of a category go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CategoryMerge {
    pub into: CategoryId,
}

/// Merge a category into another
///
/// Every expense, from the trash too, and every child goes to the category `into`, which is the answer; this one is
/// deleted. Each of these is a change of its own. What is mapped to a category of one's own goes along.
///
/// Of more than a thousand expenses the rest goes within seconds or minutes after the answer, which is 202 then: meanwhile this
/// one is archived, and deleted with its last expense. Bringing it back from the archive ends that.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/categories/{category_id}/merge", tag = "categories",
    params(("ledger_id" = LedgerId, Path), ("category_id" = CategoryId, Path), ("If-Match" = String, Header)),
    request_body = CategoryMerge, responses((status = OK, body = Category), (status = ACCEPTED, body = Category)))]
pub async fn merge_category(
    State(app): State<App>,
    Editor(member): Editor,
    Path(path): Path<CategoryPath>,
    IfMatch(version): IfMatch,
    Json(merge): Json<CategoryMerge>,
) -> Result<(StatusCode, Versioned<Category>)> {
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let source = store::at_version(&mut tx, member.ledger_id, path.category_id, version).await?;
    if source.id == merge.into {
        return Err(Code::InvalidValue
            .at("into")
            .detail("a category cannot be merged into itself"));
    }
    let target = store::get(&mut *tx, member.ledger_id, merge.into)
        .await?
        .ok_or_else(|| Code::CategoryUnknown.at("into"))?;
    if merging::is_merging(&mut tx, member.ledger_id, target.id).await? {
        return Err(Code::CategoryInUse
            .at("into")
            .detail("this category is being merged itself"));
    }
    move_children(&mut tx, &member, &source, &target).await?;
    if member.personal {
        for ledger in ledgers::store::list(&mut *tx, member.user_id).await? {
            let place = (ledger.id, ledger.member_id);
            mappings::store::move_own(&mut tx, place, source.id, target.id).await?;
        }
    }
    merging::redirect(&mut tx, member.ledger_id, source.id, target.id).await?;
    let who = (member.ledger_id, member.id);
    let most = merging::AT_ONCE;
    let is_whole = expenses::move_category(&mut tx, who, source.id, target.id, most).await? < most;
    if is_whole {
        store::delete(&mut tx, member.ledger_id, source.id).await?;
        let deleted = about(&member, source.id, Action::Delete);
        tx.record(deleted, Some(&source), None)?;
    } else {
        let now = app.clock.now();
        let after = merging::begin(&mut tx, who, source.id, target.id, now).await?;
        let begun = about(&member, source.id, Action::Update);
        tx.record(begun, Some(&source), Some(&after))?;
    }
    tx.commit().await?;
    if is_whole {
        return Ok((StatusCode::OK, Versioned(target.version, target)));
    }
    app.merging.notify_one();
    Ok((StatusCode::ACCEPTED, Versioned(target.version, target)))
}

/// Gives the children of `source` to `target`, each with its change.
async fn move_children(
    tx: &mut Tx,
    member: &Member,
    source: &Category,
    target: &Category,
) -> Result<()> {
    let moved = store::move_children(tx, member.ledger_id, source.id, target.id)
        .await
        .on_constraint("categories_parent_id_fkey", || {
            Code::CategoryNotRoot
                .at("into")
                .detail("the category has children, and they need a root above them")
        })
        .on_constraint("categories_name_key", || {
            Code::NameTaken
                .at("into")
                .detail("both categories have a child of the same name: merge these first")
        })?;
    for after in moved {
        let before = Category {
            parent_id: Some(source.id),
            version: after.version - 1,
            ..after.clone()
        };
        let moved = about(member, after.id, Action::Update);
        tx.record(moved, Some(&before), Some(&after))?;
    }
    Ok(())
}
