//! A report as a table: names in place of ids, amounts as people write them.

use std::collections::BTreeMap;

use axum::response::Response;
use futures_util::stream;
use money::amount;
use sqlx::PgPool;

use super::model::{GroupBy, GroupKey, SpendingReport, SpendingRow};
use crate::categories::{self, Category};
use crate::csv::{self, Cell};
use crate::error::Result;
use crate::fields::Minor;
use crate::ids::{CategoryId, LedgerId, MemberId};
use crate::members;

/// The names of what a report has ids of.
#[derive(Debug, Default)]
pub struct Names {
    categories: BTreeMap<CategoryId, Category>,
    members: BTreeMap<MemberId, String>,
}

impl Names {
    /// Those of a ledger, as far as the report needs them.
    pub async fn of(db: &PgPool, ledger_id: LedgerId, by: &GroupBy) -> Result<Self> {
        let mut names = Self::default();
        if by.has(GroupKey::Category) {
            let categories = categories::store::list(db, ledger_id).await?;
            names.categories = categories.into_iter().map(|one| (one.id, one)).collect();
        }
        if by.has(GroupKey::Member) {
            let members = members::store::list(db, ledger_id).await?;
            names.members = members.into_iter().map(|one| (one.id, one.name)).collect();
        }
        Ok(names)
    }

    fn parent(&self, id: CategoryId) -> Option<&str> {
        let parent_id = self.categories.get(&id)?.parent_id?;
        Some(&self.categories.get(&parent_id)?.name)
    }
}

/// The report as a CSV file. A category stands beside the one above it.
pub async fn download(report: SpendingReport, by: &GroupBy, names: Names) -> Result<Response> {
    let name = format!("spending-{}-to-{}", report.from, report.to);
    let mut header = Vec::new();
    for key in by.keys() {
        match key {
            GroupKey::Category if report.left_out.is_none() => {
                header.extend(["parent_category", "category"]);
            }
            GroupKey::Category => header.push("category"),
            GroupKey::Month => header.push("month"),
            GroupKey::Day => header.push("day"),
            GroupKey::Payee => header.push("payee"),
            GroupKey::Tag => header.push("tag"),
            GroupKey::Member => header.push("member"),
        }
    }
    header.extend(["total", "currency", "count"]);
    if report.compare.is_some() {
        header.extend(["compare_total", "compare_count"]);
    }
    let keys = by.keys().to_vec();
    let currency = report.currency.0;
    let rows = report.rows.into_iter().map(move |row| {
        let mut cells = Vec::new();
        for key in &keys {
            push_key(&mut cells, *key, &row, &names);
        }
        let written = |minor: Minor| Cell::Plain(amount::format(minor.0, currency));
        cells.extend([
            written(row.total),
            Cell::plain(&currency.code()),
            Cell::plain(&row.count),
        ]);
        cells.extend(row.compare_total.map(written));
        cells.extend(row.compare_count.map(|count| Cell::plain(&count)));
        Ok(cells)
    });
    csv::download(&name, &header, stream::iter(rows)).await
}

fn push_key(cells: &mut Vec<Cell>, key: GroupKey, row: &SpendingRow, names: &Names) {
    let text = |text: &Option<Option<String>>| Cell::text(text.clone().flatten());
    match key {
        GroupKey::Category => match (&row.category, row.category_id.flatten()) {
            (Some(_), _) => cells.push(text(&row.category)),
            (None, id) => cells.extend([
                Cell::text(id.and_then(|id| names.parent(id))),
                Cell::text(id.and_then(|id| Some(&names.categories.get(&id)?.name))),
            ]),
        },
        GroupKey::Month => cells.push(row.month.as_ref().map_or(Cell::Empty, Cell::plain)),
        GroupKey::Day => cells.push(row.day.as_ref().map_or(Cell::Empty, Cell::plain)),
        GroupKey::Payee => cells.push(text(&row.payee)),
        GroupKey::Tag => cells.push(text(&row.tag)),
        GroupKey::Member => {
            let member_id = row.member_id.flatten();
            cells.push(Cell::text(member_id.and_then(|id| names.members.get(&id))));
        }
    }
}
