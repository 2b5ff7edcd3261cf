//! One action on several expenses: all of it, or nothing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::draft::MAX_TAGS;
use super::model::{Expense, Tag};
use super::routes::about;
use super::store;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::fields::objects;
use crate::history::Action;
use crate::ids::{CategoryId, ExpenseId};
use crate::ledgers::Member;

const MAX_ITEMS: usize = 200;

/// What is to be done, to which expenses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The expenses, each once, in the versions that the client has seen.
    #[schema(min_items = 1, max_items = 200)]
    pub items: Vec<BatchItem>,
    /// The category that they get; null takes it away; as it is if left out.
    #[serde(default)]
    #[schema(value_type = Option<CategoryId>)]
    pub category_id: NewCategory,
    #[serde(default)]
    #[schema(max_items = 20)]
    pub add_tags: Vec<Tag>,
    /// Upper and lower case do not count.
    #[serde(default)]
    pub remove_tags: Vec<Tag>,
    /// Puts them into the trash.
    #[serde(default)]
    pub delete: bool,
    /// Takes them out of the trash.
    #[serde(default)]
    pub restore: bool,
}

/// An expense in the version that the client has seen.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct BatchItem {
    pub id: ExpenseId,
    pub version: i64,
}

objects!(BatchItem);

/// The category that an expense is to have: what was left out is not the same as null.
#[derive(Debug, Clone, Copy, Default)]
pub enum NewCategory {
    #[default]
    AsItIs,
    Is(Option<CategoryId>),
}

impl<'de> Deserialize<'de> for NewCategory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::Is)
    }
}

/// Does it, and returns the expenses as they now stand, in the order of the items.
///
/// # Errors
/// 412 with the expenses that have changed in the meantime, if one has; nothing is done then.
pub async fn run(
    tx: &mut Tx,
    member: &Member,
    batch: &Batch,
    now: DateTime<Utc>,
) -> Result<Vec<Expense>> {
    check(batch)?;
    let mut expenses = at_versions(tx, member, &batch.items).await?;
    let mut changed = Vec::new();
    for expense in expenses.values() {
        let after = apply(batch, expense, now)?;
        if after != *expense {
            changed.push(after);
        }
    }
    store::relabel(tx, member.ledger_id, &mut changed).await?;
    for after in changed {
        let id = after.content.id;
        let before = expenses.insert(id, after.clone());
        let trashed = |expense: &Expense| expense.deleted_at.is_some();
        let action = match (before.as_ref().is_some_and(trashed), trashed(&after)) {
            (false, true) => Action::Delete,
            (true, false) => Action::Restore,
            _ => Action::Update,
        };
        tx.record(about(member, id, action), before.as_ref(), Some(&after))?;
    }
    Ok(batch
        .items
        .iter()
        .filter_map(|item| expenses.remove(&item.id))
        .collect())
}

fn check(batch: &Batch) -> Result<()> {
    if batch.items.is_empty() {
        return Err(Code::InvalidValue
            .at("items")
            .detail("say which expenses it is about"));
    }
    if batch.items.len() > MAX_ITEMS {
        return Err(Code::TooManyItems
            .at("items")
            .detail(format!("at most {MAX_ITEMS} expenses at once")));
    }
    let mut seen = BTreeSet::new();
    for (index, item) in batch.items.iter().enumerate() {
        if !seen.insert(item.id) {
            return Err(Code::InvalidValue
                .at(format!("items[{index}].id"))
                .detail("this expense stands there already"));
        }
    }
    // Each is looked for among those that the expense has by then.
    if batch.add_tags.len() > MAX_TAGS {
        return Err(Code::TooManyItems
            .at("add_tags")
            .detail(format!("at most {MAX_TAGS} tags are expected")));
    }
    if batch.delete && batch.restore {
        return Err(Code::InvalidValue
            .at("restore")
            .detail("either into the trash or out of it"));
    }
    Ok(())
}

/// The expenses, where all of them have the versions that the client has seen.
async fn at_versions(
    tx: &mut Tx,
    member: &Member,
    items: &[BatchItem],
) -> Result<BTreeMap<ExpenseId, Expense>> {
    let ids: Vec<_> = items.iter().map(|item| item.id).collect();
    let expenses: BTreeMap<_, _> = store::several(tx, member.ledger_id, &ids)
        .await?
        .into_iter()
        .map(|expense| (expense.content.id, expense))
        .collect();
    let mut conflicting = Vec::new();
    for (index, item) in items.iter().enumerate() {
        match expenses.get(&item.id) {
            None => return Err(Code::NotFound.at(format!("items[{index}].id"))),
            Some(expense) if expense.version != item.version => conflicting.push(expense),
            Some(_) => {}
        }
    }
    if conflicting.is_empty() {
        Ok(expenses)
    } else {
        Err(Code::VersionConflict.error().current(&conflicting))
    }
}

/// The expense as the batch makes it.
fn apply(batch: &Batch, expense: &Expense, now: DateTime<Utc>) -> Result<Expense> {
    let mut after = expense.clone();
    if let NewCategory::Is(category_id) = batch.category_id {
        after.content.category_id = category_id;
    }
    let removed: BTreeSet<_> = batch.remove_tags.iter().map(Tag::key).collect();
    let tags = &mut after.content.tags;
    tags.retain(|tag| !removed.contains(&tag.to_lowercase()));
    for tag in &batch.add_tags {
        if !tags.iter().any(|known| known.to_lowercase() == tag.key()) {
            tags.push(tag.as_str().to_owned());
        }
    }
    if tags.len() > MAX_TAGS {
        return Err(Code::TooManyItems
            .at("add_tags")
            .detail(format!("an expense would have more than {MAX_TAGS} tags")));
    }
    if batch.delete {
        after.deleted_at = expense.deleted_at.or(Some(now));
    } else if batch.restore {
        after.deleted_at = None;
    }
    Ok(after)
}
