//! Adding an expense where nobody sends the same request twice.

use super::draft::{Ground, draft};
use super::model::{Expense, ExpenseBody};
use super::routes::about;
use super::store;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::history::Action;

/// Adds an expense, with its change.
///
/// # Errors
/// 422 with the field at fault; `id_taken`.
pub async fn add(tx: &mut Tx, body: &ExpenseBody, ground: &Ground<'_>) -> Result<Expense> {
    let id = body.id.unwrap_or_default();
    let content = draft(body, id, ground)?;
    let expense = store::insert(tx, ground.member, content)
        .await?
        .ok_or_else(|| Code::IdTaken.at("id"))?;
    tx.record(
        about(ground.member, id, Action::Create),
        None,
        Some(&expense),
    )?;
    Ok(expense)
}
