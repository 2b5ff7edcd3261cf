//! Who is in a ledger, for the checks of what is written about them.

use std::collections::BTreeMap;

use sqlx::PgExecutor;

use crate::error::Result;
use crate::ids::{LedgerId, MemberId};

/// The members of a ledger: whether they are archived, and what they weigh.
#[derive(Debug, Clone)]
pub struct Roster(BTreeMap<MemberId, Standing>);

#[derive(Debug, Clone, Copy)]
struct Standing {
    archived: bool,
    weight: i32,
}

impl Roster {
    /// Whether this member is archived; nothing where there is no such member.
    pub fn is_archived(&self, id: MemberId) -> Option<bool> {
        self.0.get(&id).map(|standing| standing.archived)
    }

    /// Those who are not archived, by id.
    pub fn active(&self) -> impl Iterator<Item = MemberId> {
        self.weights().map(|(id, _)| id)
    }

    /// The same with what they weigh.
    pub fn weights(&self) -> impl Iterator<Item = (MemberId, i32)> {
        self.0
            .iter()
            .filter(|(_, standing)| !standing.archived)
            .map(|(id, standing)| (*id, standing.weight))
    }
}

/// Of members, whether they are archived, and what they weigh.
impl FromIterator<(MemberId, bool, i32)> for Roster {
    fn from_iter<I: IntoIterator<Item = (MemberId, bool, i32)>>(members: I) -> Self {
        let standing = |(id, archived, weight)| (id, Standing { archived, weight });
        Self(members.into_iter().map(standing).collect())
    }
}

/// All members of a ledger.
pub async fn roster(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Roster> {
    let rows = sqlx::query!(
        r#"select id, archived_at is not null as "archived!", weight from members where ledger_id = $1"#,
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    let members = rows
        .into_iter()
        .map(|row| (row.id, row.archived, row.weight));
    Ok(members.collect())
}
