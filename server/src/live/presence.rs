//! `/ledgers/{ledger_id}/presence`: who is looking.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::message::{LookedBy, Looking, Message};
use super::rooms::Presence;
use super::store;
use crate::app::App;
use crate::error::{Code, Result};
use crate::extract::{Json, Query};
use crate::ids::LedgerId;
use crate::ledgers::Member;

/// The routes of presence.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(look, look_away))
}

/// Tell that I am looking
///
/// The other members who listen are told by the event `presence`. It holds for forty seconds, until it is said again,
/// and no longer than the stream.
#[utoipa::path(put, path = "/ledgers/{ledger_id}/presence", tag = "live", params(("ledger_id" = LedgerId, Path)),
    request_body = Looking, responses((status = NO_CONTENT)))]
async fn look(
    State(app): State<App>,
    member: Member,
    Json(looking): Json<Looking>,
) -> Result<StatusCode> {
    let (name, audience) = store::audience(&app.db, member.ledger_id, member.id)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    let presence = Presence {
        user_id: member.user_id,
        stream_id: looking.stream_id,
        member_id: member.id,
        name,
        expense_id: looking.expense_id,
    };
    app.live.tell(Message::Present {
        ledger_id: member.ledger_id,
        presence,
        audience,
    });
    Ok(StatusCode::NO_CONTENT)
}

/// Tell that I am no longer looking
#[utoipa::path(delete, path = "/ledgers/{ledger_id}/presence", tag = "live",
    params(("ledger_id" = LedgerId, Path), LookedBy), responses((status = NO_CONTENT)))]
async fn look_away(
    State(app): State<App>,
    member: Member,
    Query(looked): Query<LookedBy>,
) -> StatusCode {
    app.live.tell(Message::Left {
        ledgers: vec![member.ledger_id],
        user_id: member.user_id,
        stream_id: looked.stream_id,
    });
    StatusCode::NO_CONTENT
}
