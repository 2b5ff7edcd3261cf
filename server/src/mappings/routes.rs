//! `/ledgers/{ledger_id}/mapping`.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Mapping;
use super::model::MappingUpdate;
use super::store;
use crate::app::App;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::extract::{IfMatch, Json, Versioned};
use crate::ids::LedgerId;
use crate::ledgers::{self, Member};

/// The most categories that a mapping has.
const MAX_CATEGORIES: usize = 500;

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(get_mapping, replace_mapping))
}

/// How I count this ledger among my own
#[utoipa::path(get, path = "/ledgers/{ledger_id}/mapping", tag = "reports", params(("ledger_id" = LedgerId, Path)),
    responses((status = OK, body = Mapping)))]
async fn get_mapping(State(app): State<App>, member: Member) -> Result<Versioned<Mapping>> {
    let mapping = store::get(&app.db, member.ledger_id, member.id).await?;
    Ok(Versioned(mapping.version, mapping))
}

/// Say how I count this ledger among my own
///
/// At which rate, where its currency is not that of my personal ledger, and which of my categories each of its categories
/// stands for. The report on all my ledgers goes by it. Every member has a mapping of their own.
#[utoipa::path(put, path = "/ledgers/{ledger_id}/mapping", tag = "reports",
    params(("ledger_id" = LedgerId, Path), ("If-Match" = String, Header)), request_body = MappingUpdate,
    responses((status = OK, body = Mapping)))]
async fn replace_mapping(
    State(app): State<App>,
    member: Member,
    IfMatch(version): IfMatch,
    Json(update): Json<MappingUpdate>,
) -> Result<Versioned<Mapping>> {
    member.check_shared()?;
    if update.categories.len() > MAX_CATEGORIES {
        return Err(Code::TooManyItems.at("categories"));
    }
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    let mine = ledgers::store::list(&mut *tx, member.user_id).await?;
    // It may have been deleted while we waited, or the caller removed.
    if !mine.iter().any(|ledger| ledger.id == member.ledger_id) {
        return Err(Code::NotFound.error());
    }
    let own = mine
        .iter()
        .find(|ledger| ledger.personal)
        .ok_or_else(|| Code::NotFound.error())?;
    if update.rate.is_some() && own.currency == member.currency.code() {
        return Err(Code::RateInvalid
            .at("rate")
            .detail("the ledger is in the currency of your own"));
    }
    let before = store::get(&mut *tx, member.ledger_id, member.id).await?;
    if before.version != version {
        return Err(Code::VersionConflict.error().current(&before));
    }
    store::replace(&mut tx, member.ledger_id, member.id, own.id, &update).await?;
    ledgers::store::touch(&mut tx, member.ledger_id).await?;
    let after = store::get(&mut *tx, member.ledger_id, member.id).await?;
    tx.commit().await?;
    Ok(Versioned(after.version, after))
}
