//! What a report is asked for by, and what it looks like.

use std::borrow::Cow;

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::period::Compare;
use crate::error::Code;
use crate::expenses::CategoryFilter;
use crate::fields::{CurrencyCode, Date, Minor, Text};
use crate::ids::{CategoryId, LedgerId, MemberId};

/// What the rows of a report are told apart by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroupKey {
    Category,
    Month,
    Day,
    Payee,
    Tag,
    /// Who bears it.
    Member,
}

impl GroupKey {
    const ALL: [(&str, Self); 6] = [
        ("category", Self::Category),
        ("month", Self::Month),
        ("day", Self::Day),
        ("payee", Self::Payee),
        ("tag", Self::Tag),
        ("member", Self::Member),
    ];
}

/// Some of them, separated by commas.
#[derive(Debug, Clone, Default)]
pub struct GroupBy(Vec<GroupKey>);

impl GroupBy {
    /// Whether rows are told apart by this.
    pub fn has(&self, key: GroupKey) -> bool {
        self.0.contains(&key)
    }

    /// Whether rows are told apart by when.
    pub fn has_date(&self) -> bool {
        self.has(GroupKey::Month) || self.has(GroupKey::Day)
    }

    /// Whether an expense may be in several rows, so that the rows do not tell how many there are.
    pub fn overlaps(&self) -> bool {
        self.has(GroupKey::Tag) || self.has(GroupKey::Member)
    }

    /// In the order of the request.
    pub fn keys(&self) -> &[GroupKey] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for GroupBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        let mut keys = Vec::new();
        for name in text.split(',').filter(|_| !text.is_empty()) {
            match GroupKey::ALL.iter().find(|(known, _)| *known == name) {
                Some((_, key)) if keys.contains(key) => {}
                Some((_, key)) => keys.push(*key),
                None => {
                    let names = GroupKey::ALL.map(|(name, _)| name).join(", ");
                    return Err(
                        Code::InvalidValue.custom(format_args!("some of {names} are expected"))
                    );
                }
            }
        }
        Ok(Self(keys))
    }
}

/// Whose spending.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportOf)]
pub enum Of {
    /// Everything in the ledger.
    #[default]
    Ledger,
    /// Only what the caller bears of it.
    Me,
}

/// What is reported. Settlements never are: they move money and spend none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ReportKind)]
pub enum Kind {
    #[default]
    Expense,
    Income,
}

impl Kind {
    /// As it stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expense => "expense",
            Self::Income => "income",
        }
    }
}

/// The report on one ledger.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LedgerQuery {
    /// The first date. If left out: the first of the month of `to`, or of the present month.
    #[param(inline, value_type = Option<Date>)]
    pub from: Option<Date>,
    /// The last date, at most 50 years after `from`. If left out: the last of the month of `from`, or of the present one.
    #[param(inline, value_type = Option<Date>)]
    pub to: Option<Date>,
    /// What the rows are told apart by, separated by commas. If left out, there is one row.
    #[serde(default)]
    #[param(inline, value_type = Option<Vec<GroupKey>>, style = Form, explode = false)]
    pub group_by: GroupBy,
    #[serde(default)]
    #[param(inline, value_type = Option<Of>)]
    pub of: Of,
    /// Adds `compare_total` and `compare_count` of another range to each row.
    #[param(inline, value_type = Option<Compare>)]
    pub compare: Option<Compare>,
    #[serde(default)]
    #[param(inline, value_type = Option<Kind>)]
    pub kind: Kind,
    /// A category and its children; `none` for what has no category.
    #[param(value_type = Option<String>)]
    pub category_id: Option<CategoryFilter>,
    /// A tag, in upper or lower case.
    #[param(inline, value_type = Option<Text<1, 50>>)]
    pub tag: Option<Text<1, 50>>,
    /// Somebody who has paid or owes a share.
    #[param(value_type = Option<MemberId>)]
    pub member_id: Option<MemberId>,
    /// The least amount, in minor units of the ledger's currency.
    #[param(inline, value_type = Option<Minor>)]
    pub min: Option<Minor>,
    /// The largest amount, in minor units of the ledger's currency.
    #[param(inline, value_type = Option<Minor>)]
    pub max: Option<Minor>,
    /// Text in the payee or the note, in upper or lower case.
    #[param(inline, value_type = Option<Text<0, 200>>)]
    pub q: Option<Text<0, 200>>,
}

/// The report on all my ledgers.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MyQuery {
    /// The first date. If left out: the first of the month of `to`, or of the present month.
    #[param(inline, value_type = Option<Date>)]
    pub from: Option<Date>,
    /// The last date, at most 50 years after `from`. If left out: the last of the month of `from`, or of the present one.
    #[param(inline, value_type = Option<Date>)]
    pub to: Option<Date>,
    /// What the rows are told apart by, separated by commas: anything but `member`. If left out, there is one row.
    #[serde(default)]
    #[param(inline, value_type = Option<Vec<GroupKey>>, style = Form, explode = false)]
    pub group_by: GroupBy,
    /// Adds `compare_total` and `compare_count` of another range to each row.
    #[param(inline, value_type = Option<Compare>)]
    pub compare: Option<Compare>,
    #[serde(default)]
    #[param(inline, value_type = Option<Kind>)]
    pub kind: Kind,
    /// A tag, in upper or lower case.
    #[param(inline, value_type = Option<Text<1, 50>>)]
    pub tag: Option<Text<1, 50>>,
    /// The least amount of an expense (not of my share), in minor units.
    #[param(inline, value_type = Option<Minor>)]
    pub min: Option<Minor>,
    /// The largest amount of an expense (not of my share), in minor units.
    #[param(inline, value_type = Option<Minor>)]
    pub max: Option<Minor>,
    /// Text in the payee or the note, in upper or lower case.
    #[param(inline, value_type = Option<Text<0, 200>>)]
    pub q: Option<Text<0, 200>>,
}

/// What was spent.
#[derive(Debug, Serialize, ToSchema)]
pub struct SpendingReport {
    pub from: NaiveDate,
    pub to: NaiveDate,
    /// By date where that is a key, then the largest first. A month or day without spending is there with 0.
    pub rows: Vec<SpendingRow>,
    /// Minor units of `currency`. Each expense counts once, however many rows it is in.
    pub total: Minor,
    /// How many expenses.
    pub count: i64,
    #[schema(value_type = CurrencyCode)]
    pub currency: CurrencyCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<Comparison>,
    /// In the report on all my ledgers: what I have paid in shared ones beyond my share of the same expenses, so that it is
    /// to come back; below zero where others have laid out more for me.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub laid_out: Option<Minor>,
    /// In the report on all my ledgers: those that are not in it, because their currency is another and has no rate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<Vec<LeftOut>>,
}

/// The range that a report is compared with.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SpendingComparison)]
pub struct Comparison {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub total: Minor,
    pub count: i64,
}

/// A ledger that a report leaves out.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LeftOutLedger)]
pub struct LeftOut {
    pub ledger_id: LedgerId,
    pub currency: String,
}

/// One row of a report. Of the keys it has those that were asked for.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::option_option,
    reason = "a key that was not asked for is left out, one that an expense does not have is null"
)]
pub struct SpendingRow {
    /// Null for what has no category. In the report on all my ledgers: a category of my personal one, and null where it
    /// has none of that name and none was mapped to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<CategoryId>, required = false)]
    pub category_id: Option<Option<CategoryId>>,
    /// In the report on all my ledgers: the category's name; null for what has no category.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub category: Option<Option<String>>,
    /// As in `2026-03`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^[0-9]{4}-[0-9]{2}$")]
    pub month: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<NaiveDate>,
    /// Null in a row that only says that nothing was spent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub payee: Option<Option<String>>,
    /// Null for what has no tag. An expense with several tags counts in each of their rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, required = false)]
    pub tag: Option<Option<String>>,
    /// Null in a row that only says that nothing was spent then.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MemberId>, required = false)]
    pub member_id: Option<Option<MemberId>>,
    /// Minor units of the report's currency.
    pub total: Minor,
    /// How many expenses.
    pub count: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_total: Option<Minor>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare_count: Option<i64>,
}
