//! From what a client sent to what is written: defaults, the rules of `money`, and who is in the ledger.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use money::amount::{Rate, convert};
use money::split::{self, SplitError};

use super::default_split::{DefaultSplit, by_weight};
use super::model::{Content, ExchangeRate, ExpenseBody, Kind, Mode, Payment, Share, Split, Tag};
use crate::error::{Code, Error, Result};
use crate::fields::{CurrencyCode, Minor};
use crate::ids::{ExpenseId, MemberId};
use crate::ledgers::Member;
use crate::members::Roster;

/// The most tags that an expense has.
pub const MAX_TAGS: usize = 20;

/// What an expense is drafted on.
pub struct Ground<'a> {
    pub member: &'a Member,
    /// Who is in the ledger.
    pub roster: &'a Roster,
    pub today: NaiveDate,
    /// How a new expense is split where it does not say, the nearest first.
    pub defaults: &'a [DefaultSplit],
    /// The expense that this one replaces.
    pub before: Option<&'a Content>,
}

/// The expense that the body describes, with its shares.
///
/// # Errors
/// 422 with the field at fault. Whether there is such a category, only the database can say.
pub fn draft(body: &ExpenseBody, id: ExpenseId, ground: &Ground<'_>) -> Result<Content> {
    let spent_on = body.spent_on.within_ten_years(ground.today, "spent_on")?;
    check_amount(body)?;
    let money = exchange(body, ground.member)?;
    let paid_by = ground.paid_by(body)?;
    let split = ground.split(body)?;
    if body.kind == Kind::Settlement {
        check_settlement(&paid_by, &split)?;
    }
    let shares = hand_out(body.amount, money.ledger_amount, &paid_by, &split, id)?;
    Ok(Content {
        id,
        kind: body.kind,
        spent_on,
        amount: body.amount,
        currency: money.currency,
        rate: money.rate,
        ledger_amount: money.ledger_amount,
        payee: body.payee.as_str().to_owned(),
        note: body.note.as_str().to_owned(),
        category_id: body.category_id,
        tags: tags(&body.tags)?,
        paid_by,
        split,
        shares,
    })
}

/// Whether the body asks for just this expense: what it leaves out counts as unchanged.
pub fn asks_for(body: &ExpenseBody, content: &Content, member: &Member) -> bool {
    exchange(body, member)
        .is_ok_and(|money| money.currency == content.currency && money.rate == content.rate)
        && body.kind == content.kind
        && body.spent_on.0 == content.spent_on
        && body.amount == content.amount
        && body.payee.as_str() == content.payee
        && body.note.as_str() == content.note
        && body.category_id == content.category_id
        && body.tags.iter().map(Tag::as_str).eq(&content.tags)
        && body
            .paid_by
            .as_ref()
            .is_none_or(|paid_by| *paid_by == content.paid_by)
        && body
            .split
            .as_ref()
            .is_none_or(|split| *split == content.split)
}

/// Tags as they are kept.
///
/// # Errors
/// 422 where there are too many, or one of them twice.
pub fn tags(tags: &[Tag]) -> Result<Vec<String>> {
    if tags.len() > MAX_TAGS {
        return Err(Code::TooManyItems
            .at("tags")
            .detail(format!("at most {MAX_TAGS} tags are expected")));
    }
    let mut seen = BTreeSet::new();
    for (index, tag) in tags.iter().enumerate() {
        if !seen.insert(tag.key()) {
            return Err(Code::InvalidValue
                .at(format!("tags[{index}]"))
                .detail("this tag stands there already"));
        }
    }
    Ok(tags.iter().map(|tag| tag.as_str().to_owned()).collect())
}

fn check_amount(body: &ExpenseBody) -> Result<()> {
    match (body.kind, body.amount.0) {
        (_, 0) => Err(Code::AmountZero.at("amount")),
        (Kind::Income | Kind::Settlement, ..0) => Err(Code::InvalidValue
            .at("amount")
            .detail("income and settlements are above zero")),
        _ => Ok(()),
    }
}

/// The amount in both currencies.
struct Exchanged {
    currency: CurrencyCode,
    rate: Option<ExchangeRate>,
    ledger_amount: Minor,
}

fn exchange(body: &ExpenseBody, member: &Member) -> Result<Exchanged> {
    let currency = body.currency.unwrap_or(CurrencyCode(member.currency));
    if currency.0 == member.currency {
        let is_one = |rate: ExchangeRate| Rate::parse("1").is_ok_and(|one| rate.0 == one);
        if !body.rate.is_none_or(is_one) {
            return Err(Code::RateInvalid
                .at("rate")
                .detail("an amount in the ledger's currency has no rate"));
        }
        return Ok(Exchanged {
            currency,
            rate: None,
            ledger_amount: body.amount,
        });
    }
    let rate = body.rate.ok_or_else(|| {
        Code::RateRequired.at("rate").detail(format!(
            "say what one {} is worth in {}",
            currency.0, member.currency
        ))
    })?;
    let ledger_amount =
        convert(body.amount.0, currency.0, member.currency, &rate.0).map_err(|error| {
            Code::AmountOutOfRange
                .at("amount")
                .detail(error.to_string())
        })?;
    Ok(Exchanged {
        currency,
        rate: Some(rate),
        ledger_amount: Minor(ledger_amount),
    })
}

impl Ground<'_> {
    fn paid_by(&self, body: &ExpenseBody) -> Result<Vec<Payment>> {
        let all_by = |member_id| {
            vec![Payment {
                member_id,
                amount: body.amount,
            }]
        };
        let paid_by = match (&body.paid_by, self.before.map(|before| &before.paid_by[..])) {
            (Some(paid_by), _) => paid_by.clone(),
            (None, None) => all_by(self.member.id),
            (None, Some([one])) => all_by(one.member_id),
            (None, Some(several)) => several.to_vec(),
        };
        let mut seen = BTreeSet::new();
        let mut sum = 0_i128;
        for (index, payment) in paid_by.iter().enumerate() {
            let at = |field: &str| format!("paid_by[{index}].{field}");
            self.check_member(payment.member_id, || at("member_id"))?;
            if !seen.insert(payment.member_id) {
                return Err(Code::MemberDuplicate.at(at("member_id")));
            }
            if payment.amount.0 == 0 {
                return Err(Code::AmountZero.at(at("amount")));
            }
            if payment.amount.0.signum() != body.amount.0.signum() {
                return Err(Code::InvalidValue
                    .at(at("amount"))
                    .detail("what is paid has the sign of the amount"));
            }
            sum += i128::from(payment.amount.0);
        }
        if sum != i128::from(body.amount.0) {
            return Err(Code::SplitDoesNotAddUp.at("paid_by").detail(format!(
                "the payments add up to {sum} and not to {}",
                body.amount.0
            )));
        }
        Ok(paid_by)
    }

    fn split(&self, body: &ExpenseBody) -> Result<Split> {
        let split = match (&body.split, self.before) {
            (Some(split), _) => split.clone(),
            (None, Some(before)) => before.split.clone(),
            // Nobody is who a settlement goes to unless named.
            (None, None) if body.kind == Kind::Settlement => {
                return Err(Code::SplitInvalid
                    .at("split.parts")
                    .detail("a settlement has one receiver"));
            }
            (None, None) => {
                let mut defaults = self.defaults.iter();
                let default = defaults.find_map(|default| default.among(self.roster));
                default.unwrap_or_else(|| by_weight(self.roster))
            }
        };
        for (index, part) in split.parts.iter().enumerate() {
            self.check_member(part.member_id, || format!("split.parts[{index}].member_id"))?;
        }
        Ok(split)
    }

    /// Who is archived takes part in nothing new, but stays in what they took part in.
    fn check_member(&self, member_id: MemberId, field: impl Fn() -> String) -> Result<()> {
        let takes_part = |before: &Content| {
            before
                .shares
                .iter()
                .any(|share| share.member_id == member_id)
        };
        let stays = self.before.is_some_and(takes_part);
        check_member(self.roster, member_id, stays, field)
    }
}

/// Refuses who is not in the ledger, and who is archived unless they stay where they are.
pub fn check_member(
    roster: &Roster,
    member_id: MemberId,
    stays: bool,
    field: impl Fn() -> String,
) -> Result<()> {
    match roster.is_archived(member_id) {
        None => Err(Code::MemberUnknown.at(field())),
        Some(true) if !stays => Err(Code::MemberArchived.at(field())),
        Some(_) => Ok(()),
    }
}

/// A settlement goes from one member to another.
fn check_settlement(paid_by: &[Payment], split: &Split) -> Result<()> {
    let [payment] = paid_by else {
        return Err(Code::SplitInvalid
            .at("paid_by")
            .detail("a settlement has one payer"));
    };
    let [part] = &split.parts[..] else {
        return Err(Code::SplitInvalid
            .at("split.parts")
            .detail("a settlement has one receiver"));
    };
    if part.member_id == payment.member_id {
        return Err(Code::SplitInvalid
            .at("split.parts[0].member_id")
            .detail("a settlement goes to somebody else"));
    }
    Ok(())
}

/// What everybody paid and owes, in the ledger's currency. The expense's id decides who gets the odd unit.
fn hand_out(
    amount: Minor,
    ledger_amount: Minor,
    paid_by: &[Payment],
    split: &Split,
    id: ExpenseId,
) -> Result<Vec<Share>> {
    let seed = id.to_string();
    let weights: Vec<_> = paid_by
        .iter()
        .map(|payment| (payment.member_id, payment.amount.0))
        .collect();
    let paid = split::allocate(ledger_amount.0, &weights, &seed)
        .map_err(|error| Code::SplitInvalid.at("paid_by").detail(error.to_string()))?;
    let owed = split
        .rule()
        .owed(ledger_amount.0, amount.0, &seed)
        .map_err(|error| split_problem(&error, "split"))?;
    let mut shares: BTreeMap<MemberId, (i64, i64)> = BTreeMap::new();
    for (member_id, paid) in paid {
        shares.entry(member_id).or_default().0 = paid;
    }
    for (member_id, owed) in owed {
        shares.entry(member_id).or_default().1 = owed;
    }
    Ok(shares
        .into_iter()
        .map(|(member_id, (paid, owed))| Share {
            member_id,
            paid: Minor(paid),
            owed: Minor(owed),
        })
        .collect())
}

impl Split {
    /// The same in the words of `money`.
    pub fn rule(&self) -> split::Split<MemberId> {
        split::Split {
            mode: match self.mode {
                Mode::Equal => split::Mode::Equal,
                Mode::Shares => split::Mode::Shares,
                Mode::Percent => split::Mode::Percent,
                Mode::Exact => split::Mode::Exact,
                Mode::Adjusted => split::Mode::Adjusted,
            },
            parts: self
                .parts
                .iter()
                .map(|part| split::Part {
                    member_id: part.member_id,
                    value: part.value.map(|value| value.0),
                })
                .collect(),
        }
    }
}

/// Words why a split cannot be carried out, at the field that it came by.
pub fn split_problem(error: &SplitError, field: &str) -> Error {
    let code = match error {
        SplitError::DuplicateMember { .. } => Code::MemberDuplicate,
        SplitError::PercentSum { .. } | SplitError::ExactSum { .. } => Code::SplitDoesNotAddUp,
        SplitError::OutOfRange { .. } => Code::AmountOutOfRange,
        SplitError::Empty
        | SplitError::ValueMissing { .. }
        | SplitError::ValueUnexpected { .. }
        | SplitError::NegativeWeight { .. }
        | SplitError::AllWeightsZero => Code::SplitInvalid,
    };
    let leaf = match error {
        SplitError::DuplicateMember { .. } => "member_id",
        _ => "value",
    };
    let field = error.index().map_or(format!("{field}.parts"), |index| {
        format!("{field}.parts[{index}].{leaf}")
    });
    code.at(field).detail(error.to_string())
}
