//! Accepting an invitation: a new place, somebody's place, or one's own again.

use chrono::{DateTime, Utc};

use super::model::Accepted;
use super::store::{self, Found};
use super::token::InviteToken;
use crate::auth;
use crate::db::{About, Tx};
use crate::error::{Code, Result};
use crate::history::{Action, Entity};
use crate::ids::{LedgerId, MemberId, UserId};
use crate::members::{self, LedgerMember, store::MemberDraft};

/// Makes the user a member of the ledger, which is locked.
///
/// # Errors
/// `invite_unknown`, `invite_expired`, `invite_used`; `already_member` with where; `archived`.
pub async fn accept(
    tx: &mut Tx,
    token: &InviteToken,
    user_id: UserId,
    now: DateTime<Utc>,
) -> Result<Accepted> {
    let ledger_id = token.ledger_id();
    let invite = store::find(&mut **tx, token).await?;
    let own = members::store::lock_of_user(tx, ledger_id, user_id).await?;
    if let Some(own) = own.as_ref().filter(|own| own.archived_at.is_none()) {
        let member_id = own.id;
        return Err(Code::AlreadyMember.error().current(&Accepted {
            ledger_id,
            member_id,
        }));
    }
    invite.check(now)?;
    let joining = Joining {
        ledger_id,
        user_id,
        invite: &invite,
    };
    let (before, after) = match (own, invite.member_id) {
        (None, None) => (None, joining.anew(tx).await?),
        (None, Some(claimed)) => joining.claim(tx, claimed).await?,
        (Some(own), None) => joining.again(tx, own).await?,
        (Some(_), Some(_)) => {
            return Err(Code::AlreadyMember.error().detail(
                "you have had another place here: ask for an invitation that is not for a certain person",
            ));
        }
    };
    let action = match &before {
        None => Action::Create,
        Some(before) if before.archived_at.is_some() => Action::Restore,
        Some(_) => Action::Update,
    };
    let about = About {
        ledger_id,
        actor: Some(after.id),
        entity: Entity::Member,
        entity_id: after.id.0,
        action,
    };
    tx.record(about, before.as_ref(), Some(&after))?;
    Ok(Accepted {
        ledger_id,
        member_id: after.id,
    })
}

impl Found {
    /// Refuses an invitation that can no longer be accepted.
    pub fn check(&self, now: DateTime<Utc>) -> Result<()> {
        if self.is_archived {
            return Err(Code::Archived.error());
        }
        if self.uses >= self.max_uses || self.is_claimed {
            return Err(Code::InviteUsed.error());
        }
        if self.expires_at <= now {
            return Err(Code::InviteExpired.error());
        }
        Ok(())
    }
}

/// Somebody on the way in.
struct Joining<'a> {
    ledger_id: LedgerId,
    user_id: UserId,
    invite: &'a Found,
}

impl Joining<'_> {
    /// A new place, named like the user.
    async fn anew(&self, tx: &mut Tx) -> Result<LedgerMember> {
        let name = auth::user_name(tx, self.user_id).await?;
        let draft = MemberDraft {
            id: MemberId::new(),
            user_id: Some(self.user_id),
            name: &name,
            role: self.invite.role,
            weight: 1,
        };
        let added = members::store::insert(tx, self.ledger_id, &draft).await?;
        store::take(tx, self.ledger_id, self.invite.id).await?;
        Ok(added)
    }

    /// The place of a person who had no account, with all that is in it.
    async fn claim(
        &self,
        tx: &mut Tx,
        claimed: MemberId,
    ) -> Result<(Option<LedgerMember>, LedgerMember)> {
        let before = members::store::lock(tx, self.ledger_id, &[claimed])
            .await?
            .pop()
            .ok_or_else(|| Code::InviteUnknown.error())?;
        if before.user_id.is_some() {
            return Err(Code::InviteUsed.error());
        }
        store::take(tx, self.ledger_id, self.invite.id).await?;
        let after = LedgerMember {
            user_id: Some(self.user_id),
            ..self.with_role(&before)
        };
        members::store::update(tx, self.ledger_id, &after).await?;
        Ok((Some(before), after))
    }

    /// The place that the user has had before. A link from that time does not lead back to it.
    async fn again(
        &self,
        tx: &mut Tx,
        own: LedgerMember,
    ) -> Result<(Option<LedgerMember>, LedgerMember)> {
        if own
            .archived_at
            .is_some_and(|left| left > self.invite.created_at)
        {
            return Err(Code::InviteExpired
                .error()
                .detail("it is older than your leaving: ask for a new one"));
        }
        store::take(tx, self.ledger_id, self.invite.id).await?;
        let after = LedgerMember {
            archived_at: None,
            ..self.with_role(&own)
        };
        members::store::update(tx, self.ledger_id, &after).await?;
        Ok((Some(own), after))
    }

    fn with_role(&self, before: &LedgerMember) -> LedgerMember {
        LedgerMember {
            role: self.invite.role,
            version: before.version + 1,
            ..before.clone()
        }
    }
}
