//! `/ledgers/{ledger_id}/invites` and `/invites/{token}`.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::TimeDelta;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::accept::accept;
use super::model::{Accepted, Invitation, Invite, MadeInvite, NewInvite};
use super::store;
use super::token::{InviteToken, TypedToken};
use crate::app::App;
use crate::auth::{Caller, Client};
use crate::db::Tx;
use crate::error::{Code, Error, OnConstraint, Result};
use crate::extract::{Json, Path, Query};
use crate::fields::Whole;
use crate::history::Action;
use crate::ids::{InviteId, LedgerId, MemberId};
use crate::ledgers::{Member, Owner};
use crate::limits::{Limit, Rule, Then};
use crate::members;
use crate::page::{self, Backwards, Page};

/// Tokens from one client that are none.
const GUESSES: Rule = Rule {
    name: "invite",
    limit: 100,
    window: 15 * 60,
    then: Then::Wait,
};

/// The routes of this slice.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_invites, create_invite))
        .routes(routes!(delete_invite))
        .routes(routes!(get_invitation))
        .routes(routes!(accept_invitation))
}

/// The invitation in the path; the ledger there is the [`Member`]'s.
#[derive(Deserialize)]
struct InvitePath {
    invite_id: InviteId,
}

/// The token in the path.
#[derive(Deserialize)]
struct TokenPath {
    token: TypedToken,
}

/// The invitations that can still be accepted
///
/// For owners, newest first. Their links cannot be shown again.
#[utoipa::path(get, path = "/ledgers/{ledger_id}/invites", tag = "invites",
    params(("ledger_id" = LedgerId, Path), Backwards), responses((status = OK, body = Page<Invite>)))]
async fn list_invites(
    State(app): State<App>,
    Owner(member): Owner,
    Query(part): Query<Backwards>,
) -> Result<Json<Page<Invite>>> {
    let before = match &part.cursor {
        Some(cursor) => page::decode(cursor)?,
        None => InviteId(Uuid::max()),
    };
    let now = app.clock.now();
    let rows = store::list(&app.db, member.ledger_id, now, before, part.limit.fetch()).await?;
    Ok(Json(Page::from_rows(rows, part.limit, |invite| invite.id)?))
}

/// Invite somebody by link
///
/// For owners. Whoever opens the link and signs in, or up, has the role then; with `member_id` they take over the place of
/// a person without an account, with its whole history. The link is shown this once.
#[utoipa::path(post, path = "/ledgers/{ledger_id}/invites", tag = "invites", params(("ledger_id" = LedgerId, Path)),
    request_body = NewInvite, responses((status = CREATED, body = MadeInvite)))]
async fn create_invite(
    State(app): State<App>,
    Owner(member): Owner,
    Json(new): Json<NewInvite>,
) -> Result<(StatusCode, Json<MadeInvite>)> {
    member.check_open()?;
    member.check_shared()?;
    if new.member_id.is_some() && new.max_uses.is_some_and(|uses| uses.get() > 1) {
        return Err(Code::InvalidValue
            .at("max_uses")
            .detail("one person can claim a place"));
    }
    let now = app.clock.now();
    let days = new.expires_in_days.map_or(7, Whole::get);
    let invite = Invite {
        id: InviteId::new(),
        role: new.role,
        member_id: new.member_id,
        max_uses: new.max_uses.map_or(1, Whole::get),
        uses: 0,
        created_at: now,
        expires_at: now + TimeDelta::days(days.into()),
        created_by: member.id,
    };
    let token = InviteToken::new(member.ledger_id)?;
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    check_claim(&mut tx, &member, new.member_id).await?;
    store::insert(&mut tx, member.ledger_id, &invite, &token).await?;
    let about = store::by(&member, invite.id, Action::Create);
    tx.record(about, None, Some(&invite))?;
    tx.commit().await?;
    let made = MadeInvite {
        invite,
        url: format!("{}/join#{token}", app.config.public_url()),
        token: token.to_string(),
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Only a person without an account, who takes part, can be claimed; and who was an owner a moment ago invites nobody.
async fn check_claim(tx: &mut Tx, member: &Member, claimed: Option<MemberId>) -> Result<()> {
    let id = claimed.unwrap_or(member.id);
    let (caller, found) = members::store::with_caller(tx, member, id).await?;
    caller.check_owner()?;
    if claimed.is_none() {
        return Ok(());
    }
    let found = found.ok_or_else(|| Code::MemberUnknown.at("member_id"))?;
    if found.user_id.is_some() {
        Err(Code::MemberTaken.at("member_id"))
    } else if found.archived_at.is_some() {
        Err(Code::MemberArchived.at("member_id"))
    } else {
        Ok(())
    }
}

/// Revoke an invitation
///
/// For owners. Its link then leads nowhere; who has accepted it before stays.
#[utoipa::path(delete, path = "/ledgers/{ledger_id}/invites/{invite_id}", tag = "invites",
    params(("ledger_id" = LedgerId, Path), ("invite_id" = InviteId, Path)), responses((status = NO_CONTENT)))]
async fn delete_invite(
    State(app): State<App>,
    Owner(member): Owner,
    Path(path): Path<InvitePath>,
) -> Result<StatusCode> {
    member.check_open()?;
    let mut tx = Tx::begin_on(&app, member.ledger_id).await?;
    members::store::check_still_owner(&mut tx, &member).await?;
    let revoked = store::delete(&mut tx, member.ledger_id, path.invite_id)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    let about = store::by(&member, revoked.id, Action::Delete);
    tx.record(about, Some(&revoked), None)?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Look at an invitation
///
/// What it is for and who it is from, for whoever has the link, signed in or not.
#[utoipa::path(get, path = "/invites/{token}", tag = "invites", security(()), params(("token" = String, Path)),
    responses((status = OK, body = Invitation)))]
async fn get_invitation(
    State(app): State<App>,
    client: Client,
    Path(path): Path<TokenPath>,
) -> Result<Json<Invitation>> {
    let limit = take_guess(&app, &client).await?;
    let found = match &path.token.0 {
        Some(token) => store::find(&app.db, token).await,
        None => Err(Code::InviteUnknown.error()),
    }?;
    app.limits.give_back(&limit).await;
    found.check(app.clock.now())?;
    Ok(Json(Invitation {
        ledger_name: found.ledger_name,
        currency: found.currency,
        role: found.role,
        member_name: found.member_name,
        invited_by: found.invited_by,
        expires_at: found.expires_at,
    }))
}

/// Accept an invitation
///
/// Who has been in the ledger before has their old place again, if the invitation is younger than their leaving. Who is in
/// it now gets `already_member`, with where in `current`.
#[utoipa::path(post, path = "/invites/{token}/accept", tag = "invites", params(("token" = String, Path)),
    responses((status = OK, body = Accepted)))]
async fn accept_invitation(
    State(app): State<App>,
    caller: Caller,
    client: Client,
    Path(path): Path<TokenPath>,
) -> Result<Json<Accepted>> {
    let limit = take_guess(&app, &client).await?;
    let token = path.token.0.ok_or_else(|| Code::InviteUnknown.error())?;
    let mut tx = Tx::begin_on(&app, token.ledger_id()).await?;
    let accepted = accept(&mut tx, &token, caller.user_id, app.clock.now())
        .await
        // The account has gone at the same moment.
        .on_constraint("members_user_id_fkey", Caller::signed_out);
    if !matches!(&accepted, Err(Error::Problem(problem)) if problem.code == Code::InviteUnknown) {
        app.limits.give_back(&limit).await;
    }
    let accepted = accepted?;
    tx.commit().await?;
    Ok(Json(accepted))
}

/// Counts a token that is about to be tried, and gives what one that there is gives back.
async fn take_guess(app: &App, client: &Client) -> Result<Vec<Limit>> {
    let limit: Vec<Limit> = client.ip.map(|ip| GUESSES.of_ip(ip)).into_iter().collect();
    app.limits.take(&limit, app.clock.now()).await?;
    Ok(limit)
}
