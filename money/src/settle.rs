//! Who pays whom, so that everybody is even with the fewest transfers.
//!
//! *n* people whose balances add up to zero can always be settled with *n* − 1 transfers. Where
//! they fall into *k* groups that each add up to zero, *n* − *k* are enough, and the fewest are
//! those of the largest *k*. Finding it is NP-hard, so it is done exactly for up to [`EXACT_LIMIT`]
//! people, over all subsets, and beyond that everybody is one group.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use serde::{Deserialize, Serialize};

use crate::amount::MAX;

/// Up to so many people who are not even, the number of transfers is the smallest possible.
pub const EXACT_LIMIT: usize = 12;

/// Money that one member is to give to another, in minor units, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Transfer<M> {
    /// Who gives.
    pub from: M,
    /// Who gets.
    pub to: M,
    /// How much.
    pub amount: i64,
}

/// The transfers after which everybody is even.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement<M> {
    /// Sorted by who gives, then by who gets.
    pub transfers: Vec<Transfer<M>>,
    /// Whether there is certainly no way with fewer transfers.
    pub exact: bool,
}

impl<M: Copy + Eq> Settlement<M> {
    /// Takes a payment off the plan and leaves the rest of it as it is. Gives back whether the plan
    /// has such a transfer, of at least as much; otherwise nothing is taken off.
    pub fn pay(&mut self, payment: &Transfer<M>) -> bool {
        let planned = self.transfers.iter_mut().find(|planned| {
            (planned.from, planned.to) == (payment.from, payment.to)
                && planned.amount >= payment.amount
        });
        let Some(planned) = planned else {
            return false;
        };
        planned.amount -= payment.amount;
        self.transfers.retain(|planned| planned.amount != 0);
        true
    }
}

/// Why balances cannot be settled. `index` counts them from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettleError {
    /// A member has more than one balance; the index is that of a later one.
    #[error("balance {index} is the second of its member")]
    DuplicateMember {
        /// Which balance.
        index: usize,
    },
    /// A balance is beyond ±[`MAX`].
    #[error("balance {index} is out of range")]
    OutOfRange {
        /// Which balance.
        index: usize,
    },
    /// The balances do not add up to zero.
    #[error("the balances do not add up to zero")]
    Unbalanced,
}

impl SettleError {
    /// The name of the error that programs go by, `unbalanced`; it never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::DuplicateMember { .. } => "duplicate_member",
            Self::OutOfRange { .. } => "out_of_range",
            Self::Unbalanced => "unbalanced",
        }
    }

    /// Which balance is at fault, if it is one of them and not all together.
    pub fn index(self) -> Option<usize> {
        match self {
            Self::DuplicateMember { index } | Self::OutOfRange { index } => Some(index),
            Self::Unbalanced => None,
        }
    }
}

/// Finds the transfers that settle balances: a positive one is to get money, a negative one has to
/// give it.
///
/// The same balances give the same transfers, in whatever order they are listed. Members who are
/// even take no part. Up to [`EXACT_LIMIT`] others the transfers are the fewest possible; beyond
/// that, fewer than there are members.
pub fn settle<M: Copy + Ord>(balances: &[(M, i64)]) -> Result<Settlement<M>, SettleError> {
    let open = open_balances(balances)?;
    let exact = open.len() <= EXACT_LIMIT;
    let groups = if exact {
        zero_sum_groups(&open)
    } else {
        vec![open]
    };
    let mut transfers: Vec<Transfer<M>> = groups.into_iter().flat_map(settle_group).collect();
    transfers.sort_unstable();
    Ok(Settlement { transfers, exact })
}

/// The balances other than zero, sorted by member, after checking all of them.
fn open_balances<M: Copy + Ord>(balances: &[(M, i64)]) -> Result<Vec<(M, i64)>, SettleError> {
    let mut sorted = BTreeMap::new();
    let mut sum = 0_i128;
    for (index, &(member, balance)) in balances.iter().enumerate() {
        if !(-MAX..=MAX).contains(&balance) {
            return Err(SettleError::OutOfRange { index });
        }
        if sorted.insert(member, balance).is_some() {
            return Err(SettleError::DuplicateMember { index });
        }
        sum += i128::from(balance);
    }
    if sum != 0 {
        return Err(SettleError::Unbalanced);
    }
    sorted.retain(|_, balance| *balance != 0);
    Ok(sorted.into_iter().collect())
}

/// Parts the people, at most [`EXACT_LIMIT`], into as many groups as possible that each add up to
/// zero.
///
/// A set of people is a bit mask. Let people leave one after the other until nobody is left: each
/// time that those who remain add up to zero, the ones who have left since the last time are a
/// group. `most` holds, for each set, how often that can happen at best; walking down along it
/// finds an order in which it does.
fn zero_sum_groups<M: Copy>(people: &[(M, i64)]) -> Vec<Vec<(M, i64)>> {
    let without_each = |set: usize| {
        (0..people.len())
            .map(move |i| (i, set & !(1 << i)))
            .filter(move |(_, rest)| *rest != set)
    };
    let mut sum = vec![0_i64; 1 << people.len()];
    let mut most = vec![0_usize; 1 << people.len()];
    for set in 1..sum.len() {
        for (i, rest) in without_each(set) {
            sum[set] = sum[rest] + people[i].1;
            most[set] = most[set].max(most[rest]);
        }
        most[set] += usize::from(sum[set] == 0);
    }

    let mut groups: Vec<Vec<(M, i64)>> = Vec::with_capacity(most[most.len() - 1]);
    let mut set = sum.len() - 1;
    while set != 0 {
        if sum[set] == 0 {
            groups.push(Vec::new());
        }
        let best = without_each(set).max_by_key(|&(i, rest)| (most[rest], Reverse(i)));
        let ((i, rest), group) = best
            .zip(groups.last_mut())
            .expect("the set has people and its first sum is zero");
        group.push(people[i]);
        set = rest;
    }
    groups
}

/// Settles people whose balances are not zero and add up to zero: whoever owes most pays whomever
/// is owed most, until one of the two is even. Each transfer makes one person even and the last one
/// two.
fn settle_group<M: Copy + Ord>(group: Vec<(M, i64)>) -> Vec<Transfer<M>> {
    let heap = |people: Vec<(M, i64)>| -> BinaryHeap<(i64, Reverse<M>)> {
        people
            .into_iter()
            .map(|(member, balance)| (balance.abs(), Reverse(member)))
            .collect()
    };
    let (creditors, debtors) = group.into_iter().partition(|(_, balance)| *balance > 0);
    let (mut creditors, mut debtors) = (heap(creditors), heap(debtors));
    let mut transfers = Vec::new();
    while let Some(((credit, Reverse(to)), (debt, Reverse(from)))) =
        creditors.pop().zip(debtors.pop())
    {
        let amount = credit.min(debt);
        transfers.push(Transfer { from, to, amount });
        if credit > amount {
            creditors.push((credit - amount, Reverse(to)));
        }
        if debt > amount {
            debtors.push((debt - amount, Reverse(from)));
        }
    }
    transfers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbered(balances: &[i64]) -> Vec<(u32, i64)> {
        (0..).zip(balances.iter().copied()).collect()
    }

    /// Balances that add up to zero: the last one makes up for the others.
    fn balanced(
        largest: i64,
        others: std::ops::Range<usize>,
    ) -> impl Strategy<Value = Vec<(u32, i64)>> {
        prop::collection::vec(-largest..=largest, others).prop_map(|mut balances| {
            balances.push(-balances.iter().sum::<i64>());
            numbered(&balances)
        })
    }

    /// The fewest transfers, found in another way: the first person who is not even deals with each
    /// possible other one, so that one of the two is even after it.
    fn fewest(balances: &mut [i64]) -> usize {
        let Some((first, rest)) = balances.split_first_mut() else {
            return 0;
        };
        if *first == 0 {
            return fewest(rest);
        }
        let mut best = usize::MAX;
        for other in 0..rest.len() {
            if rest[other].signum() == -first.signum() {
                rest[other] += *first;
                best = best.min(1 + fewest(rest));
                rest[other] -= *first;
            }
        }
        best
    }

    #[test]
    fn what_cannot_be_settled_is_refused() {
        assert_eq!(settle(&numbered(&[1])), Err(SettleError::Unbalanced));
        assert_eq!(
            settle(&[(7, 5), (8, -10), (7, 5)]),
            Err(SettleError::DuplicateMember { index: 2 })
        );
        assert_eq!(
            settle(&numbered(&[0, MAX + 1, i64::MIN])),
            Err(SettleError::OutOfRange { index: 1 })
        );
        assert_eq!(
            settle(&numbered(&[MAX, MAX, MAX, MAX, MAX, MAX])),
            Err(SettleError::Unbalanced)
        );
    }

    #[test]
    fn twelve_are_settled_exactly_and_thirteen_are_not_claimed_to_be() {
        let pairs: Vec<i64> = (1..=6).flat_map(|n| [n * 100, -n * 100]).collect();
        let settlement = settle(&numbered(&pairs)).unwrap();
        assert!(settlement.exact);
        assert_eq!(settlement.transfers.len(), 6);

        let thirteen: Vec<i64> = pairs.into_iter().chain([700, -300, -400]).collect();
        assert!(
            !settle(&numbered(&thirteen[2..]))
                .unwrap()
                .transfers
                .is_empty()
        );
        assert!(!settle(&numbered(&thirteen[2..])).unwrap().exact);
    }

    #[test]
    fn a_payment_is_taken_off_and_nothing_else_changes() {
        let mut plan = settle(&numbered(&[-500, 300, 200])).unwrap();
        let [to_first, to_second] = plan.transfers[..] else {
            panic!("two transfers are expected");
        };
        let part = Transfer {
            amount: to_second.amount - 1,
            ..to_second
        };
        assert!(plan.pay(&part));
        assert!(!plan.pay(&part), "more than is left is not in the plan");
        let left = Transfer {
            amount: 1,
            ..to_second
        };
        assert_eq!(plan.transfers, [to_first, left]);
        assert!(plan.pay(&left));
        assert_eq!(plan.transfers, [to_first]);
    }

    proptest! {
        #[test]
        fn settling_makes_everybody_even(balances in balanced(1_000_000_000, 0..40)) {
            let settlement = settle(&balances).unwrap();
            let mut left: BTreeMap<u32, i64> = balances.iter().copied().collect();
            for transfer in &settlement.transfers {
                prop_assert!(transfer.amount > 0 && transfer.from != transfer.to);
                *left.get_mut(&transfer.from).unwrap() += transfer.amount;
                *left.get_mut(&transfer.to).unwrap() -= transfer.amount;
            }
            prop_assert!(left.values().all(|balance| *balance == 0));
            let open = balances.iter().filter(|(_, balance)| *balance != 0).count();
            prop_assert!(settlement.transfers.len() <= open.saturating_sub(1));
            prop_assert_eq!(settlement.exact, open <= EXACT_LIMIT);
        }

        #[test]
        fn no_fewer_transfers_would_do(balances in balanced(5, 0..8)) {
            let mut amounts: Vec<i64> = balances.iter().map(|(_, balance)| *balance).collect();
            prop_assert_eq!(settle(&balances).unwrap().transfers.len(), fewest(&mut amounts));
        }

        #[test]
        fn nobody_pays_who_is_to_get_money(balances in balanced(50, 0..20)) {
            let balance: BTreeMap<u32, i64> = balances.iter().copied().collect();
            for transfer in settle(&balances).unwrap().transfers {
                prop_assert!(balance[&transfer.from] < 0 && balance[&transfer.to] > 0);
            }
        }

        #[test]
        fn the_order_of_the_balances_does_not_matter(
            (balances, shuffled) in balanced(20, 0..16).prop_flat_map(|b| (Just(b.clone()), Just(b).prop_shuffle())),
        ) {
            prop_assert_eq!(settle(&balances), settle(&shuffled));
        }

        #[test]
        fn no_numbers_make_it_panic(balances in prop::collection::vec(any::<i64>(), 0..14)) {
            let _ = settle(&numbered(&balances));
        }
    }
}
