//! The table `categories`.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgExecutor, PgPool};

use super::Category;
use crate::error::{Code, ConstraintOf, Error, OnConstraint, Result};
use crate::expenses::DefaultSplit;
use crate::ids::{CategoryId, LedgerId};

/// What a category is to be, whether it is there already or not.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    pub id: CategoryId,
    pub parent_id: Option<CategoryId>,
    pub name: &'a str,
    pub icon: Option<&'a str>,
    pub color: Option<&'a str>,
    pub default_split: Option<&'a DefaultSplit>,
    pub archived_at: Option<DateTime<Utc>>,
}

impl<'a> From<&'a Category> for Draft<'a> {
    fn from(category: &'a Category) -> Self {
        Self {
            id: category.id,
            parent_id: category.parent_id,
            name: &category.name,
            icon: category.icon.as_deref(),
            color: category.color.as_deref(),
            default_split: category.default_split.as_ref(),
            archived_at: category.archived_at,
        }
    }
}

impl PartialEq<Draft<'_>> for Category {
    fn eq(&self, draft: &Draft<'_>) -> bool {
        self.id == draft.id
            && self.parent_id == draft.parent_id
            && self.name == draft.name
            && self.icon.as_deref() == draft.icon
            && self.color.as_deref() == draft.color
            && self.default_split.as_ref() == draft.default_split
            && self.archived_at == draft.archived_at
    }
}

/// The categories of a ledger by name, archived ones among them.
pub async fn list(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Vec<Category>> {
    Ok(sqlx::query_as!(
        Category,
        "select id, parent_id, name, icon, color, default_split, archived_at, version
           from categories
          where ledger_id = $1
          order by lower(name), id",
        ledger_id.0,
    )
    .fetch_all(db)
    .await?)
}

/// One category.
pub async fn get(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    id: CategoryId,
) -> Result<Option<Category>> {
    Ok(sqlx::query_as!(
        Category,
        "select id, parent_id, name, icon, color, default_split, archived_at, version
           from categories
          where ledger_id = $1 and id = $2",
        ledger_id.0,
        id.0,
    )
    .fetch_optional(db)
    .await?)
}

/// A category and its children; nothing where the ledger has no such category.
pub async fn with_children(
    db: impl PgExecutor<'_>,
    ledger_id: LedgerId,
    id: CategoryId,
) -> Result<Vec<CategoryId>> {
    Ok(sqlx::query_scalar!(
        "select id from categories where ledger_id = $1 and (id = $2 or parent_id = $2)",
        ledger_id.0,
        id.0,
    )
    .fetch_all(db)
    .await?)
}

/// One category, where its version is the one that the client has seen.
///
/// # Errors
/// `not_found`; `version_conflict` with the category as it stands.
pub async fn at_version(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: CategoryId,
    version: i64,
) -> Result<Category> {
    let category = get(connection, ledger_id, id)
        .await?
        .ok_or_else(|| Code::NotFound.error())?;
    if category.version == version {
        Ok(category)
    } else {
        Err(Code::VersionConflict.error().current(&category))
    }
}

/// Adds a category. The versions of one that was there before go on, so that whoever has seen it then does not take it for
/// the same. What refuses it is worded by [`refused`].
pub async fn insert(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    draft: Draft<'_>,
) -> Result<Category> {
    Ok(sqlx::query_as!(
        Category,
        "insert into categories (ledger_id, id, parent_id, name, icon, color, default_split, archived_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8,
                 1 + coalesce((select max((before ->> 'version')::bigint) from changes
                                where ledger_id = $1 and entity_id = $2), 0))
         returning id, parent_id, name, icon, color, default_split, archived_at, version",
        ledger_id.0,
        draft.id.0,
        draft.parent_id.map(|id| id.0),
        draft.name,
        draft.icon,
        draft.color,
        draft.default_split.map(serde_json::to_value).transpose()?,
        draft.archived_at,
    )
    .fetch_one(connection)
    .await?)
}

/// Adds several categories at once, parents before their children.
pub async fn insert_all(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    categories: &[Category],
) -> Result<()> {
    sqlx::query!(
        "insert into categories (ledger_id, id, parent_id, name, icon, color)
         select $1, id, parent_id, name, icon, color
           from jsonb_to_recordset($2) as (id uuid, parent_id uuid, name text, icon text, color text)",
        ledger_id.0,
        serde_json::to_value(categories)?,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Writes everything about a category that is there; one that is no longer archived keeps what is left of its expenses. What
/// refuses it is worded by [`refused`].
pub async fn update(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    draft: Draft<'_>,
) -> Result<Category> {
    let category = sqlx::query_as!(
        Category,
        "update categories
            set parent_id = $3, name = $4, icon = $5, color = $6, default_split = $7, archived_at = $8,
                merging_into = case when $8::timestamptz is not null then merging_into end, version = version + 1
          where ledger_id = $1 and id = $2
         returning id, parent_id, name, icon, color, default_split, archived_at, version",
        ledger_id.0,
        draft.id.0,
        draft.parent_id.map(|id| id.0),
        draft.name,
        draft.icon,
        draft.color,
        draft.default_split.map(serde_json::to_value).transpose()?,
        draft.archived_at,
    )
    .fetch_optional(connection)
    .await?;
    category.ok_or_else(|| Code::NotFound.error())
}

/// Gives the children of one category to another, and returns them as they are now.
pub async fn move_children(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    from: CategoryId,
    into: CategoryId,
) -> Result<Vec<Category>> {
    Ok(sqlx::query_as!(
        Category,
        "update categories set parent_id = $3, version = version + 1
          where ledger_id = $1 and parent_id = $2
         returning id, parent_id, name, icon, color, default_split, archived_at, version",
        ledger_id.0,
        from.0,
        into.0,
    )
    .fetch_all(connection)
    .await?)
}

/// Deletes a category.
///
/// # Errors
/// `category_in_use` where an expense, trashed ones among them, or a child has it.
pub async fn delete(
    connection: &mut PgConnection,
    ledger_id: LedgerId,
    id: CategoryId,
) -> Result<()> {
    let in_use = |who: &str| Code::CategoryInUse.error().detail(format!("{who} have it"));
    sqlx::query!(
        "delete from categories where ledger_id = $1 and id = $2",
        ledger_id.0,
        id.0,
    )
    .execute(connection)
    .await
    .on_constraint("expenses_category_id_fkey", || in_use("expenses"))
    .on_constraint("categories_parent_id_fkey", || in_use("other categories"))
    .on_constraint("categories_merging_into_fkey", || {
        in_use("categories that are being merged into it")
    })?;
    Ok(())
}

/// Words why the database has refused to insert or update a category, where the transaction is over and its connection
/// given back: the parent is looked at from outside of it.
pub async fn refused(
    db: &PgPool,
    ledger_id: LedgerId,
    parent_id: Option<CategoryId>,
    error: Error,
) -> Error {
    let parent = match parent_id {
        Some(parent_id) => get(db, ledger_id, parent_id).await,
        None => Ok(None),
    };
    match parent {
        Ok(parent) => refusal(error, parent.is_some()),
        Err(error) => error,
    }
}

/// Words why the database has refused to insert or update a category whose parent, if it names one, is there or not.
pub fn refusal(error: Error, has_parent: bool) -> Error {
    match error.constraint() {
        Some("categories_pkey") => Code::IdTaken.at("id"),
        Some("categories_name_key") => Code::NameTaken.at("name"),
        // The ledger was deleted at the same moment.
        Some("categories_ledger_id_fkey") => Code::NotFound.error(),
        Some("categories_parent_id_fkey") if has_parent => Code::CategoryNotRoot.at("parent_id"),
        Some("categories_parent_id_fkey") => Code::CategoryUnknown.at("parent_id"),
        _ => error,
    }
}
