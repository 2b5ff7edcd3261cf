//! Who is in a ledger, for the checks of what is written about them.

use std::collections::BTreeMap;

use sqlx::PgExecutor;

use crate::error::Result;
use crate::ids::{LedgerId, MemberId};

/// The members of a ledger, and whether they are archived.
#[derive(Debug, Clone)]
pub struct Roster(BTreeMap<MemberId, bool>);

impl Roster {
    /// Whether this member is archived; nothing where there is no such member.
    pub fn is_archived(&self, id: MemberId) -> Option<bool> {
        self.0.get(&id).copied()
    }

    /// Those who are not archived, by id.
    pub fn active(&self) -> impl Iterator<Item = MemberId> {
        self.0
            .iter()
            .filter(|(_, archived)| !**archived)
            .map(|(id, _)| *id)
    }
}

/// All members of a ledger.
pub async fn roster(db: impl PgExecutor<'_>, ledger_id: LedgerId) -> Result<Roster> {
    let rows = sqlx::query!(
        r#"select id, archived_at is not null as "archived!" from members where ledger_id = $1"#,
        ledger_id.0,
    )
    .fetch_all(db)
    .await?;
    Ok(Roster(
        rows.into_iter().map(|row| (row.id, row.archived)).collect(),
    ))
}
