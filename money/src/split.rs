//! Who owes how much of an expense: five ways to split it, over one rule that hands out every unit.
//!
//! # The rule
//!
//! [`allocate`] hands out a total by weights with the *largest remainder* method:
//!
//! 1. Everybody's exact share is `total · weight / sum of weights`. Everybody gets its whole part
//!    (rounded down).
//! 2. The units that are left over, fewer than there are members, go one each to those with the
//!    largest remainders.
//! 3. Between equal remainders the members draw lots; the lowest lots win. A member's lot depends
//!    on the `seed` and on the member's position (0, 1, 2 …) among all that take part, sorted by
//!    id: `lot = mix(fnv1a(seed) xor position)`, where `fnv1a` is 32-bit FNV-1a over the UTF-8
//!    bytes of the seed and `mix` is the finaliser of `MurmurHash3` (`fmix32`). Two positions never
//!    draw the same lot.
//! 4. A negative total is handed out as its opposite, and the signs are turned round.
//!
//! The seed is the expense's id as text. So the same expense is always split in the same way,
//! whoever computes it and in whichever order its members are listed, and over many expenses the
//! odd cent meets everybody equally often. All of it is integer arithmetic: 32 bits for the lots,
//! exact products (`BigInt` in JavaScript) for the shares.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::amount::{MAX, in_range};

/// How the owed side of an expense is derived, and what a part's `value` means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Everybody owes the same; no values.
    Equal,
    /// In proportion to the values: weights of 0 and more.
    Shares,
    /// In proportion to the values: hundredths of a per cent, adding up to 10 000.
    Percent,
    /// The values are what everybody owes, in minor units of the expense's currency, adding up to
    /// its amount.
    Exact,
    /// Equal, plus or minus the values, in minor units of the expense's currency; no value means 0.
    Adjusted,
}

/// How an expense is split, among whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split<M> {
    /// What the values mean.
    pub mode: Mode,
    /// Who takes part, each member once.
    pub parts: Vec<Part<M>>,
}

/// One member's part in a split.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part<M> {
    /// The member.
    pub member_id: M,
    /// What [`Mode`] says; never beyond ±[`MAX`].
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub value: Option<i64>,
}

/// Why a split cannot be carried out. `index` counts the parts (of [`allocate`]: the weights) from
/// 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Nobody takes part.
    #[error("nobody takes part in the split")]
    Empty,
    /// A member takes part more than once; the index is that of a later time.
    #[error("part {index} names a member for the second time")]
    DuplicateMember {
        /// Which part.
        index: usize,
    },
    /// The mode asks for a value.
    #[error("part {index} has no value")]
    ValueMissing {
        /// Which part.
        index: usize,
    },
    /// An equal split has no values.
    #[error("part {index} has a value, but the split is equal")]
    ValueUnexpected {
        /// Which part.
        index: usize,
    },
    /// A weight or percentage is below zero.
    #[error("part {index} has a negative weight")]
    NegativeWeight {
        /// Which part.
        index: usize,
    },
    /// The weights add up to zero, so that no total can be handed out by them. For [`Mode::Exact`]
    /// and [`Mode::Adjusted`] that means an expense of 0.
    #[error("the weights add up to zero")]
    AllWeightsZero,
    /// The percentages do not add up to 10 000 hundredths.
    #[error("the percentages add up to {sum} hundredths and not to 10000")]
    PercentSum {
        /// What they add up to.
        sum: i64,
    },
    /// The exact values do not add up to the expense.
    #[error("the values add up to {sum} and not to {total}")]
    ExactSum {
        /// What they add up to.
        sum: i64,
        /// What they must add up to.
        total: i64,
    },
    /// A value or somebody's share (of this part, if one is to blame), the total or a sum is beyond
    /// ±[`MAX`].
    #[error("a number of the split is out of range")]
    OutOfRange {
        /// Which part, if it is one.
        index: Option<usize>,
    },
}

impl SplitError {
    /// The name of the error that programs go by, `percent_sum`; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::DuplicateMember { .. } => "duplicate_member",
            Self::ValueMissing { .. } => "value_missing",
            Self::ValueUnexpected { .. } => "value_unexpected",
            Self::NegativeWeight { .. } => "negative_weight",
            Self::AllWeightsZero => "all_weights_zero",
            Self::PercentSum { .. } => "percent_sum",
            Self::ExactSum { .. } => "exact_sum",
            Self::OutOfRange { .. } => "out_of_range",
        }
    }

    /// Which part is at fault, if it is one of them and not all together.
    pub fn index(self) -> Option<usize> {
        match self {
            Self::DuplicateMember { index }
            | Self::ValueMissing { index }
            | Self::ValueUnexpected { index }
            | Self::NegativeWeight { index } => Some(index),
            Self::OutOfRange { index } => index,
            Self::Empty
            | Self::AllWeightsZero
            | Self::PercentSum { .. }
            | Self::ExactSum { .. } => None,
        }
    }
}

impl<M: Copy + Ord> Split<M> {
    /// What everybody owes, in the order of the parts; it adds up to `total_ledger`.
    ///
    /// `total_ledger` is the expense in the ledger's currency, `total_original` in its own (the
    /// same number, if they have one currency). The values of `exact` and `adjusted` are measured
    /// against `total_original`, and then scaled onto `total_ledger` with one rounding. `seed` is
    /// the expense's id as text.
    ///
    /// In `exact` and `adjusted` splits somebody may owe less than nothing. In all modes nobody is
    /// off by a whole unit from the exact share.
    pub fn owed(
        &self,
        total_ledger: i64,
        total_original: i64,
        seed: &str,
    ) -> Result<Vec<(M, i64)>, SplitError> {
        let members: Vec<M> = self.parts.iter().map(|part| part.member_id).collect();
        let lots = draw_lots(&members, seed)?;
        let shares = hand_out(total_ledger, &self.weights(total_original)?, &lots)?;
        Ok(members.into_iter().zip(shares).collect())
    }

    /// The weights that make the split a case of the one rule.
    fn weights(&self, total: i64) -> Result<Vec<i128>, SplitError> {
        let values = self.values()?;
        let sum = values.iter().map(|&value| i128::from(value)).sum::<i128>();
        let narrow = |sum| i64::try_from(sum).map_err(|_| SplitError::OutOfRange { index: None });
        match self.mode {
            Mode::Percent if sum != 10_000 => Err(SplitError::PercentSum { sum: narrow(sum)? }),
            Mode::Exact if sum != i128::from(total) => Err(SplitError::ExactSum {
                sum: narrow(sum)?,
                total,
            }),
            Mode::Equal => Ok(vec![1; values.len()]),
            Mode::Shares | Mode::Percent | Mode::Exact => {
                Ok(values.into_iter().map(i128::from).collect())
            }
            Mode::Adjusted => {
                // The exact share (total − sum)/n + value is total · w/(n · total) with w = total −
                // sum + n · value: whole numbers, so that the only rounding is that of the rule.
                let members = i128::try_from(values.len())
                    .map_err(|_| SplitError::OutOfRange { index: None })?;
                let rest = i128::from(total) - sum;
                Ok(values
                    .into_iter()
                    .map(|value| rest + members * i128::from(value))
                    .collect())
            }
        }
    }

    /// Everybody's value (0 where the mode has none), each fit for the mode as far as one can tell
    /// of it alone.
    fn values(&self) -> Result<Vec<i64>, SplitError> {
        let value = |(index, part): (usize, &Part<M>)| match (self.mode, part.value) {
            (Mode::Equal, Some(_)) => Err(SplitError::ValueUnexpected { index }),
            (Mode::Equal | Mode::Adjusted, None) => Ok(0),
            (Mode::Shares | Mode::Percent | Mode::Exact, None) => {
                Err(SplitError::ValueMissing { index })
            }
            (_, Some(value)) if !(-MAX..=MAX).contains(&value) => {
                Err(SplitError::OutOfRange { index: Some(index) })
            }
            (Mode::Shares | Mode::Percent, Some(..0)) => Err(SplitError::NegativeWeight { index }),
            (_, Some(value)) => Ok(value),
        };
        self.parts.iter().enumerate().map(value).collect()
    }
}

/// Hands out `total` minor units by weights, to the last unit, in the order of the weights; see
/// [the rule](self).
///
/// Weights may be negative as long as they do not add up to zero: amounts of money are weights,
/// too, so this is also how sums paid in one currency are handed out in another. Without currencies
/// to exchange (the weights add up to `total`) everybody gets exactly the weight.
///
/// Fails with `Empty`, `DuplicateMember`, `AllWeightsZero` or `OutOfRange`.
pub fn allocate<M: Copy + Ord>(
    total: i64,
    weights: &[(M, i64)],
    seed: &str,
) -> Result<Vec<(M, i64)>, SplitError> {
    let (members, weights): (Vec<M>, Vec<i128>) = weights
        .iter()
        .map(|&(member, weight)| (member, i128::from(weight)))
        .unzip();
    let lots = draw_lots(&members, seed)?;
    let shares = hand_out(total, &weights, &lots)?;
    Ok(members.into_iter().zip(shares).collect())
}

/// The rule itself, for weights and lots that stand in the same order.
fn hand_out(total: i64, weights: &[i128], lots: &[u32]) -> Result<Vec<i64>, SplitError> {
    let out_of_range = SplitError::OutOfRange { index: None };
    let total = i128::from(in_range(total.into()).ok_or(out_of_range)?);
    let sum = weights
        .iter()
        .try_fold(0_i128, |sum, weight| sum.checked_add(*weight))
        .ok_or(out_of_range)?;
    if sum == 0 {
        return Err(SplitError::AllWeightsZero);
    }

    let mut shares = Vec::with_capacity(weights.len());
    let mut remainders = Vec::with_capacity(weights.len());
    for weight in weights {
        let product = weight
            .checked_mul(total.abs() * sum.signum())
            .ok_or(out_of_range)?;
        shares.push(product.div_euclid(sum.abs()));
        remainders.push(product.rem_euclid(sum.abs()));
    }

    // The remainders are below `sum` each and add up to a multiple of it: fewer than there are.
    let left_over = total.abs() - shares.iter().sum::<i128>();
    let left_over = usize::try_from(left_over).map_err(|_| out_of_range)?;
    let mut queue: Vec<usize> = (0..weights.len()).collect();
    queue.sort_unstable_by_key(|&index| (Reverse(remainders[index]), lots[index]));
    for &index in &queue[..left_over] {
        shares[index] += 1;
    }

    let signed = |(index, share)| {
        in_range(share * total.signum()).ok_or(SplitError::OutOfRange { index: Some(index) })
    };
    shares.into_iter().enumerate().map(signed).collect()
}

/// Everybody's lot, in the order of the members; the lower it is, the earlier they get an odd unit.
fn draw_lots<M: Copy + Ord>(members: &[M], seed: &str) -> Result<Vec<u32>, SplitError> {
    let mut sorted = BTreeMap::new();
    for (index, &member) in members.iter().enumerate() {
        if sorted.insert(member, index).is_some() {
            return Err(SplitError::DuplicateMember { index });
        }
    }
    if sorted.is_empty() {
        return Err(SplitError::Empty);
    }
    let seed = fnv1a(seed.as_bytes());
    let mut lots = vec![0; members.len()];
    for (position, index) in (0..).zip(sorted.into_values()) {
        lots[index] = mix(seed ^ position);
    }
    Ok(lots)
}

/// FNV-1a with 32 bits, <https://datatracker.ietf.org/doc/html/rfc9923>.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// `fmix32`, the finaliser of `MurmurHash3`: one-to-one, and each bit of the input moves all bits
/// of the output. FNV-1a alone would not do, since its last bytes hardly reach the upper bits, by
/// which the lots are compared.
fn mix(mut hash: u32) -> u32 {
    hash ^= hash >> 16;
    hash = hash.wrapping_mul(0x85eb_ca6b);
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests;
