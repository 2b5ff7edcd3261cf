//! Reverting a change: bringing back what was before it, as a new change.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::{Action, Change, Entity};
use crate::categories::{self, Category};
use crate::db::{About, Tx};
use crate::error::{Code, ConstraintOf, Error, Result};
use crate::expenses::{self, DefaultSplit, Expense};
use crate::extract::{Json, Versioned};
use crate::ids::{CategoryId, ExpenseId, LedgerId, MemberId};
use crate::ledgers::{self, Ledger, LedgerState, Member};
use crate::members::{self, LedgerMember};

/// A resource as it stands after a change of it was reverted.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Reverted {
    Expense(Expense),
    Category(Category),
    Ledger(Ledger),
    Member(LedgerMember),
    /// It is no more.
    Gone,
}

impl PartialSchema for Reverted {
    /// Any of these and not one of them, as would be derived: a member has all that a category must have.
    fn schema() -> RefOr<Schema> {
        AnyOfBuilder::new()
            .description(Some(
                "A resource as it stands after a change of it was reverted.",
            ))
            .item(Ref::from_schema_name(Expense::name()))
            .item(Ref::from_schema_name(Category::name()))
            .item(Ref::from_schema_name(Ledger::name()))
            .item(Ref::from_schema_name(LedgerMember::name()))
            .item(
                ObjectBuilder::new()
                    .schema_type(Type::Null)
                    .description(Some("It is no more.")),
            )
            .into()
    }
}

impl ToSchema for Reverted {
    fn name() -> Cow<'static, str> {
        "Reverted".into()
    }
}

impl IntoResponse for Reverted {
    fn into_response(self) -> Response {
        match self {
            Self::Expense(expense) => Versioned(expense.version, expense).into_response(),
            Self::Category(category) => Versioned(category.version, category).into_response(),
            Self::Ledger(ledger) => Versioned(ledger.version, ledger).into_response(),
            Self::Member(member) => Versioned(member.version, member).into_response(),
            Self::Gone => Json(Value::Null).into_response(),
        }
    }
}

/// Reverts a change, where what it is about is still as the change has left it: its content counts, not its version.
///
/// # Errors
/// `revert_conflict` with the reason; `forbidden` for what only an owner may change.
pub async fn revert(
    tx: &mut Tx,
    member: &Member,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Reverted> {
    // An archived ledger is taken back by reverting that, too.
    if change.entity != Entity::Ledger {
        member.check_open()?;
    }
    match change.entity {
        Entity::Expense => expense(tx, member, change).await,
        Entity::Category => category(tx, member, change).await,
        Entity::Ledger => ledger(tx, member, change).await,
        Entity::Member => place(tx, member, change, now).await,
        Entity::Invite => Err(conflict("a link is made or revoked for good")),
    }
}

async fn expense(tx: &mut Tx, member: &Member, change: &Change) -> Result<Reverted> {
    let (before, after): (Option<Expense>, Option<Expense>) = states(change)?;
    let id = ExpenseId(change.entity_id);
    let current = expenses::store::several(tx, member.ledger_id, &[id])
        .await?
        .pop();
    let (Some(current), Some(after)) = (current, after) else {
        return Err(conflict("the expense is no more"));
    };
    if !current.is_like(&after) {
        return Err(conflict("the expense has been changed since"));
    }
    // What had not been there goes into the trash.
    let was_deleted = before
        .as_ref()
        .is_none_or(|before| before.deleted_at.is_some());
    let content = before.map_or_else(|| current.content.clone(), |before| before.content);
    let restored = expenses::store::replace(tx, member.ledger_id, &current, content, was_deleted)
        .await
        .map_err(expense_conflict)?;
    let action = match (current.deleted_at.is_some(), was_deleted) {
        (false, true) => Action::Delete,
        (true, false) => Action::Restore,
        _ => Action::Update,
    };
    tx.record(
        about(member, change, action),
        Some(&current),
        Some(&restored),
    )?;
    Ok(Reverted::Expense(restored))
}

/// Words the refusal of a state that the ledger no longer has the categories or the members for.
fn expense_conflict(error: Error) -> Error {
    match &error {
        Error::Problem(problem) if problem.code == Code::CategoryUnknown => {
            conflict("the category that the expense had is no more")
        }
        Error::Problem(problem) if problem.code == Code::MemberUnknown => {
            conflict("a member who took part in the expense is no more")
        }
        _ => error,
    }
}

async fn category(tx: &mut Tx, member: &Member, change: &Change) -> Result<Reverted> {
    let (before, after): (Option<Category>, Option<Category>) = states(change)?;
    let ledger_id = member.ledger_id;
    let current =
        categories::store::get(&mut **tx, ledger_id, CategoryId(change.entity_id)).await?;
    let is_as_left = match (&current, &after) {
        (Some(current), Some(after)) => *current == categories::store::Draft::from(after),
        (None, None) => true,
        _ => false,
    };
    if !is_as_left {
        return Err(conflict("the category has been changed since"));
    }
    let split = before
        .as_ref()
        .and_then(|before| before.default_split.as_ref());
    check_default_split(tx, ledger_id, split).await?;
    // A transaction that was refused something answers no more questions.
    let has_parent = match before.as_ref().and_then(|before| before.parent_id) {
        Some(id) => categories::store::get(&mut **tx, ledger_id, id)
            .await?
            .is_some(),
        None => false,
    };
    let restored = match &before {
        None => categories::store::delete(tx, ledger_id, CategoryId(change.entity_id))
            .await
            .map(|()| None),
        Some(before) if current.is_some() => {
            categories::store::update(tx, ledger_id, before.into())
                .await
                .map(Some)
        }
        Some(before) => categories::store::insert(tx, ledger_id, before.into())
            .await
            .map(Some),
    };
    let restored = match restored {
        Ok(restored) => restored,
        Err(refused) => {
            let why = categories::store::refusal(refused, has_parent);
            return Err(category_conflict(why));
        }
    };
    let action = match (&current, &restored) {
        (_, None) => Action::Delete,
        (None, Some(_)) => Action::Restore,
        (Some(_), Some(_)) => Action::Update,
    };
    tx.record(
        about(member, change, action),
        current.as_ref(),
        restored.as_ref(),
    )?;
    Ok(restored.map_or(Reverted::Gone, Reverted::Category))
}

/// Words the refusal of a category that no longer fits among the others.
fn category_conflict(error: Error) -> Error {
    match &error {
        Error::Problem(problem) => match problem.code {
            Code::CategoryInUse => conflict("expenses or other categories have this category"),
            Code::NameTaken => conflict("another category has that name now"),
            Code::CategoryUnknown => conflict("the category above it is no more"),
            Code::CategoryNotRoot => conflict("categories have one level of parents"),
            _ => error,
        },
        Error::Internal(_) => error,
    }
}

async fn ledger(tx: &mut Tx, member: &Member, change: &Change) -> Result<Reverted> {
    members::store::check_still_owner(tx, member).await?;
    let (Some(before), Some(after)): (Option<LedgerState>, Option<LedgerState>) = states(change)?
    else {
        return Err(conflict("a ledger that was made can be deleted"));
    };
    let current = ledgers::store::get(&mut **tx, member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    if current.name != after.name
        || current.default_split != after.default_split
        || current.archived_at.is_some() != after.archived_at.is_some()
    {
        return Err(conflict("the ledger has been changed since"));
    }
    check_default_split(tx, member.ledger_id, before.default_split.as_ref()).await?;
    ledgers::store::update(
        tx,
        member.ledger_id,
        &before.name,
        before.default_split.as_ref(),
        before.archived_at.is_some(),
    )
    .await?;
    let restored = ledgers::store::get(&mut **tx, member)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    tx.record(
        about(member, change, Action::Update),
        Some(&LedgerState::from(&current)),
        Some(&LedgerState::from(&restored)),
    )?;
    Ok(Reverted::Ledger(restored))
}

/// Refuses a default split that names somebody who was deleted since: what it does not name can be.
async fn check_default_split(
    tx: &mut Tx,
    ledger_id: LedgerId,
    split: Option<&DefaultSplit>,
) -> Result<()> {
    if let Some(split) = split {
        let roster = members::roster(&mut **tx, ledger_id).await?;
        if !split.is_of(&roster) {
            return Err(conflict(
                "a member who took part in the default split is no more",
            ));
        }
    }
    Ok(())
}

/// A place in the ledger, which is to keep an owner.
async fn place(
    tx: &mut Tx,
    member: &Member,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Reverted> {
    let (before, after): (Option<LedgerMember>, Option<LedgerMember>) = states(change)?;
    let id = MemberId(change.entity_id);
    let (caller, current) = members::store::with_caller(tx, member, id).await?;
    let is_as_left = match (&current, &after) {
        (Some(current), Some(after)) => current.is_like(after),
        (None, None) => true,
        _ => false,
    };
    if !is_as_left {
        return Err(conflict("the member has been changed since"));
    }
    let restored = match (before, current) {
        (Some(before), Some(current)) => {
            let restored = LedgerMember {
                version: current.version + 1,
                ..before
            };
            caller.may_change(&current, &restored)?;
            members::change(tx, member, &current, &restored)
                .await
                .map_err(place_conflict)?;
            Some(restored)
        }
        // What they have part in by now keeps them in the balances.
        (None, Some(current)) => {
            caller.check_owner()?;
            members::remove(tx, member, &current, now).await?
        }
        (Some(before), None) => {
            caller.check_owner()?;
            let restored = members::store::insert(tx, member.ledger_id, &(&before).into()).await?;
            let about = about(member, change, Action::Restore);
            tx.record(about, None, Some(&restored))?;
            Some(restored)
        }
        (None, None) => return Err(conflict("the member is no more")),
    };
    members::store::check_owner_stays(tx, || conflict("the ledger would be left without an owner"))
        .await?;
    Ok(restored.map_or(Reverted::Gone, Reverted::Member))
}

/// Words the refusal of a state that no longer fits the accounts that there are.
fn place_conflict(error: Error) -> Error {
    match &error {
        Error::Problem(problem) if problem.code == Code::AlreadyMember => {
            conflict("the account has another place in the ledger")
        }
        Error::Internal(_) if error.constraint() == Some("members_user_id_fkey") => {
            conflict("the account that the member had is no more")
        }
        _ => error,
    }
}

/// What was before and after a change.
fn states<T: DeserializeOwned>(change: &Change) -> Result<(Option<T>, Option<T>)> {
    let read = |state: &Option<Value>| state.as_ref().map(T::deserialize).transpose();
    Ok((read(&change.before)?, read(&change.after)?))
}

fn about(member: &Member, change: &Change, action: Action) -> About {
    About {
        ledger_id: member.ledger_id,
        actor: Some(member.id),
        entity: change.entity,
        entity_id: change.entity_id,
        action,
    }
}

fn conflict(why: &str) -> Error {
    Code::RevertConflict.error().detail(why)
}
