//! What an expense looks like from outside.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};
use money::amount::Rate;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::dates;
use crate::error::Code;
use crate::fields::{CurrencyCode, Date, Minor, Note, Text, objects_both_ways};
use crate::ids::{CategoryId, ExpenseId, MemberId};

/// What an expense is.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Kind {
    /// Money that left the ledger.
    #[default]
    Expense,
    /// Money that came in: `paid` is who received it and `owed` whose it is.
    Income,
    /// Money from one member to another.
    Settlement,
}

impl Kind {
    /// As it stands in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expense => "expense",
            Self::Income => "income",
            Self::Settlement => "settlement",
        }
    }
}

/// An expense as it is written: all but what the server adds of its own accord.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ExpenseContent)]
pub struct Content {
    pub id: ExpenseId,
    pub kind: Kind,
    #[serde(serialize_with = "dates::date")]
    pub spent_on: NaiveDate,
    /// Minor units of `currency`, never 0; below 0 it is a refund.
    pub amount: Minor,
    pub currency: CurrencyCode,
    /// One unit of `currency` in the ledger's currency; null where they are the same.
    #[schema(required)]
    pub rate: Option<ExchangeRate>,
    /// The amount in the ledger's currency, at that rate.
    pub ledger_amount: Minor,
    pub payee: String,
    /// Empty where there is none.
    pub note: String,
    #[schema(required)]
    pub category_id: Option<CategoryId>,
    pub tags: Vec<String>,
    /// Who paid, in `currency`.
    pub paid_by: Vec<Payment>,
    pub split: Split,
    /// What comes of `paid_by` and `split`, in the ledger's currency, by member: both sides add up to `ledger_amount`.
    pub shares: Vec<Share>,
}

/// An amount spent on a date at a payee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Expense {
    #[serde(flatten)]
    pub content: Content,
    /// The member who entered it.
    pub created_by: MemberId,
    #[serde(serialize_with = "dates::time")]
    pub created_at: DateTime<Utc>,
    #[serde(serialize_with = "dates::time")]
    pub updated_at: DateTime<Utc>,
    /// Since when it has been in the trash; null where it is not.
    #[schema(required)]
    pub deleted_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl Expense {
    /// Whether both say the same, whatever their versions.
    pub fn is_like(&self, other: &Self) -> bool {
        self.content == other.content && self.deleted_at.is_some() == other.deleted_at.is_some()
    }
}

/// What one member paid, in the expense's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Payment {
    pub member_id: MemberId,
    /// Minor units, with the sign of the expense's amount.
    pub amount: Minor,
}

/// How what is owed is derived, and among whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Split {
    pub mode: Mode,
    /// Who takes part, each member once.
    pub parts: Vec<Part>,
}

/// What the values of a split mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SplitMode)]
pub enum Mode {
    /// Everybody owes the same; no values.
    Equal,
    /// In proportion to the values.
    Shares,
    /// The values are hundredths of a per cent and add up to 10000.
    Percent,
    /// The values are minor units of the expense's currency and add up to its amount.
    Exact,
    /// Equal, plus or minus the values, in minor units of the expense's currency.
    Adjusted,
}

/// One member's part in a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(remote = "Self", deny_unknown_fields)]
#[schema(as = SplitPart)]
pub struct Part {
    pub member_id: MemberId,
    /// What the mode says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Minor>,
}

objects_both_ways!(Payment, Split, Part);

/// What one member paid and owes of an expense, in minor units of the ledger's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    pub member_id: MemberId,
    pub paid: Minor,
    pub owed: Minor,
}

/// An expense to be made or to replace one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpenseBody {
    /// Chosen by the client, so that the same request can be sent again; a new one if left out. When replacing, that
    /// of the path.
    #[serde(default)]
    pub id: Option<ExpenseId>,
    #[serde(default)]
    pub kind: Kind,
    pub spent_on: Date,
    /// Minor units of `currency`, not 0; above 0 for `income` and `settlement`.
    pub amount: Minor,
    /// The ledger's if left out.
    #[serde(default)]
    pub currency: Option<CurrencyCode>,
    /// Needed where `currency` is not the ledger's, and refused where it is.
    #[serde(default)]
    pub rate: Option<ExchangeRate>,
    pub payee: Payee,
    #[serde(default)]
    pub note: Note<4000>,
    #[serde(default)]
    pub category_id: Option<CategoryId>,
    /// At most 20, no two of them the same but for upper and lower case.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub tags: Vec<Tag>,
    /// Adds up to `amount`. If left out: the caller pays it all; when replacing, who paid before.
    #[serde(default)]
    pub paid_by: Option<Vec<Payment>>,
    /// If left out: the default split of the category, of the one above it, or of the ledger, or else among all members
    /// by their weights; when replacing, as before. A settlement names its receiver.
    #[serde(default)]
    pub split: Option<Split>,
}

/// Who was paid.
pub type Payee = Text<1, 200>;

/// A free tag: one line of 1 to 50 characters that neither begins nor ends with `#` or a comma.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Tag(Text<1, 50>);

impl Tag {
    /// The tag.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// What tags are told apart by: upper and lower case do not count.
    pub fn key(&self) -> String {
        self.as_str().to_lowercase()
    }
}

impl<'de> Deserialize<'de> for Tag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = Text::deserialize(deserializer)?;
        let marks = ['#', ','];
        if tag.as_str().starts_with(marks) || tag.as_str().ends_with(marks) {
            return Err(
                Code::InvalidValue.custom("a tag neither begins nor ends with # or a comma")
            );
        }
        Ok(Self(tag))
    }
}

impl PartialSchema for Tag {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(50))
            .build()
            .into()
    }
}

impl ToSchema for Tag {
    fn name() -> Cow<'static, str> {
        "Tag".into()
    }
}

/// A positive exact decimal of at most 18 digits, as text: what one unit of a currency is worth in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ExchangeRate(pub Rate);

impl<'de> Deserialize<'de> for ExchangeRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse()
            .map(Self)
            .map_err(|error| Code::RateInvalid.custom(error))
    }
}

impl PartialSchema for ExchangeRate {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^[0-9]+(\.[0-9]+)?$"))
            .max_length(Some(19))
            .examples(["1.0834"])
            .description(Some(
                "One unit of the expense's currency in the ledger's currency.",
            ))
            .build()
            .into()
    }
}

impl ToSchema for ExchangeRate {
    fn name() -> Cow<'static, str> {
        "ExchangeRate".into()
    }
}
