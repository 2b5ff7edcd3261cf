//! Who has paid more than their share so far, and who less.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::amount::in_range;

/// What an expense is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Money that left the ledger: paid by some, owed by those whom it was spent for.
    Expense,
    /// Money that came in: `paid` is who received it, `owed` whose it is, and both count the other
    /// way round.
    Income,
    /// Money from one member (who paid) to another (who owes it).
    Settlement,
}

/// One member's part in an expense, in minor units of the ledger's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share<M> {
    /// The member.
    pub member_id: M,
    /// What the member paid.
    pub paid: i64,
    /// What the member owes of it.
    pub owed: i64,
}

/// Where a member stands in a ledger, in minor units of its currency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// Everything paid, less what was received as income.
    pub paid: i64,
    /// Everything owed, less the own part in income.
    pub owed: i64,
    /// `paid − owed`: what the member is to get back, or has to give if it is negative.
    pub net: i64,
}

/// A sum is beyond ±[`MAX`](crate::amount::MAX).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a balance is out of range")]
pub struct BalanceError;

/// Adds up the shares of a ledger's expenses, by member.
///
/// As long as each expense's `paid` and `owed` add up to the same, the `net` of all members add up
/// to zero. Fails only if a member's final sum is out of range, whatever the order of the entries.
pub fn balances<M: Copy + Ord, S: IntoIterator<Item = Share<M>>>(
    entries: impl IntoIterator<Item = (Kind, S)>,
) -> Result<BTreeMap<M, Balance>, BalanceError> {
    // 2⁶⁴ shares of any size fit i128, so no sum on the way can overflow.
    let mut sums: BTreeMap<M, (i128, i128)> = BTreeMap::new();
    for (kind, shares) in entries {
        let sign = match kind {
            Kind::Expense | Kind::Settlement => 1,
            Kind::Income => -1,
        };
        for share in shares {
            let (paid, owed) = sums.entry(share.member_id).or_default();
            *paid += sign * i128::from(share.paid);
            *owed += sign * i128::from(share.owed);
        }
    }
    let balance = |(member, (paid, owed))| {
        let (paid, owed, net) = (in_range(paid)?, in_range(owed)?, in_range(paid - owed)?);
        Some((member, Balance { paid, owed, net }))
    };
    sums.into_iter()
        .map(|sum| balance(sum).ok_or(BalanceError))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::amount::MAX;
    use crate::split::allocate;

    fn share(member_id: u32, paid: i64, owed: i64) -> Share<u32> {
        Share {
            member_id,
            paid,
            owed,
        }
    }

    fn net(balances: &BTreeMap<u32, Balance>) -> Vec<(u32, i64)> {
        balances
            .iter()
            .map(|(member, balance)| (*member, balance.net))
            .collect()
    }

    #[test]
    fn who_pays_for_others_is_to_get_it_back() {
        let dinner = (
            Kind::Expense,
            vec![share(1, 3000, 1000), share(2, 0, 1000), share(3, 0, 1000)],
        );
        let balances = balances([dinner]).unwrap();
        assert_eq!(net(&balances), [(1, 2000), (2, -1000), (3, -1000)]);
        assert_eq!(
            balances[&1],
            Balance {
                paid: 3000,
                owed: 1000,
                net: 2000
            }
        );
    }

    #[test]
    fn income_counts_the_other_way_round() {
        let deposit = (Kind::Income, vec![share(1, 900, 450), share(2, 0, 450)]);
        assert_eq!(net(&balances([deposit]).unwrap()), [(1, -450), (2, 450)]);
    }

    #[test]
    fn a_settlement_makes_two_members_even() {
        let lunch = (Kind::Expense, vec![share(1, 1000, 500), share(2, 0, 500)]);
        let repaid = (Kind::Settlement, vec![share(2, 500, 0), share(1, 0, 500)]);
        assert_eq!(net(&balances([lunch, repaid]).unwrap()), [(1, 0), (2, 0)]);
    }

    #[test]
    fn sums_may_leave_the_range_on_the_way_but_not_at_the_end() {
        let huge = |sign: i64| (Kind::Expense, vec![share(1, sign * MAX, sign * MAX)]);
        assert_eq!(
            net(&balances([huge(1), huge(1), huge(-1)]).unwrap()),
            [(1, 0)]
        );
        assert_eq!(balances([huge(1), huge(1)]), Err(BalanceError));
        assert_eq!(
            balances([(Kind::Expense, [share(1, i64::MIN, i64::MAX)])]),
            Err(BalanceError)
        );
    }

    #[test]
    fn a_ledger_without_expenses_has_no_balances() {
        assert!(
            balances([(Kind::Expense, Vec::<Share<u32>>::new())])
                .unwrap()
                .is_empty()
        );
    }

    /// An expense as the server makes it: paid and owed are both handed out from the same total.
    fn entries() -> impl Strategy<Value = (Kind, Vec<Share<u32>>)> {
        let kinds = prop::sample::select(vec![Kind::Expense, Kind::Income, Kind::Settlement]);
        let weights = || prop::collection::vec(1_i64..100, 4);
        (kinds, -1_000_000_i64..1_000_000, weights(), weights()).prop_map(
            |(kind, total, payers, owers)| {
                let hand_out = |weights: Vec<i64>| {
                    allocate(total, &(0..).zip(weights).collect::<Vec<_>>(), "any").unwrap()
                };
                let shares = hand_out(payers).into_iter().zip(hand_out(owers));
                (
                    kind,
                    shares
                        .map(|((member, paid), (_, owed))| share(member, paid, owed))
                        .collect(),
                )
            },
        )
    }

    proptest! {
        #[test]
        fn balances_add_up_to_zero(entries in prop::collection::vec(entries(), 0..30)) {
            let balances = balances(entries).unwrap();
            prop_assert_eq!(balances.values().map(|balance| balance.net).sum::<i64>(), 0);
            prop_assert!(balances.values().all(|balance| balance.net == balance.paid - balance.owed));
        }
    }
}
