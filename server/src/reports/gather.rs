//! Gathering the sums of a report from the database.

use sqlx::PgPool;

use super::model::GroupBy;
use super::period::Period;
use super::spending::{Key, Sum, Sums};
use super::store::{self, Group, Selection};
use crate::error::Result;
use crate::ids::CategoryId;

/// The sums of one ledger over a range of dates.
pub async fn ledger_sums(
    db: &PgPool,
    selection: &Selection,
    period: Period,
    by: &GroupBy,
) -> Result<Sums> {
    let mut sums = Sums::default();
    add(
        db,
        &mut sums,
        selection,
        period,
        by,
        |group| (group.category_id, None),
        Ok,
    )
    .await?;
    Ok(sums)
}

/// Adds what a selection of one ledger has; `category` says how its categories are told apart, and `convert` what its
/// amounts are in the currency of the sums.
pub async fn add(
    db: &PgPool,
    sums: &mut Sums,
    selection: &Selection,
    period: Period,
    by: &GroupBy,
    category: impl Fn(&Group) -> (Option<CategoryId>, Option<String>),
    convert: impl Fn(i64) -> Result<i64>,
) -> Result<()> {
    let selection = Selection {
        period,
        ..selection.clone()
    };
    for group in store::groups(db, &selection, by).await? {
        let sum = Sum::of(&group, &convert)?;
        let (category_id, category) = category(&group);
        if !by.overlaps() {
            sums.add_total(sum);
        }
        let key = Key {
            date: group.date,
            category_id,
            category,
            payee: group.payee,
            tag: group.tag,
            member_id: group.member_id,
        };
        sums.add_row(key, sum);
    }
    if by.overlaps() {
        for whole in store::groups(db, &selection, &GroupBy::default()).await? {
            sums.add_total(Sum::of(&whole, &convert)?);
        }
    }
    Ok(())
}
