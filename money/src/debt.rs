//! Who owes whom, expense by expense: nobody is spared a transfer, and nobody owes money to somebody
//! with whom they have shared nothing.

use std::collections::BTreeMap;

use crate::amount::in_range;
use crate::balance::{BalanceError, Kind, Share};
use crate::settle::Transfer;
use crate::split::allocate;

/// What one expense makes its members owe each other.
///
/// Where one member paid it all, everybody owes that one their share. Where several did, those who
/// paid less than their share owe the difference to those who paid more, in proportion; `seed`, the
/// expense's id, decides who gets the odd unit.
///
/// Fails if a difference is out of range.
pub fn debts<M: Copy + Ord>(
    kind: Kind,
    shares: &[Share<M>],
    seed: &str,
) -> Result<Vec<Transfer<M>>, BalanceError> {
    let sign = match kind {
        Kind::Expense | Kind::Settlement => 1,
        Kind::Income => -1,
    };
    let mut payers = shares.iter().filter(|share| share.paid != 0);
    if let (Some(payer), None) = (payers.next(), payers.next()) {
        return Ok(shares
            .iter()
            .filter(|share| share.member_id != payer.member_id)
            .filter_map(|share| transfer(share.member_id, payer.member_id, sign * share.owed))
            .collect());
    }
    let mut credits = BTreeMap::new();
    let mut debtors = BTreeMap::new();
    for share in shares {
        let net = i128::from(share.paid) - i128::from(share.owed);
        match in_range(i128::from(sign) * net).ok_or(BalanceError)? {
            0 => {}
            credit @ 1.. => drop(credits.insert(share.member_id, credit)),
            debit => drop(debtors.insert(share.member_id, -debit)),
        }
    }
    let mut debts = Vec::new();
    for (from, amount) in debtors {
        // Of what the creditors are still to get, so that in the end each has got just that.
        let open: Vec<(M, i64)> = credits
            .iter()
            .filter(|(_, credit)| **credit > 0)
            .map(|(member, credit)| (*member, *credit))
            .collect();
        for (to, amount) in allocate(amount, &open, seed).map_err(|_| BalanceError)? {
            *credits.entry(to).or_default() -= amount;
            debts.extend(transfer(from, to, amount));
        }
    }
    Ok(debts)
}

/// Adds debts up and sets those of each pair off against each other, sorted by who gives, then by
/// who gets.
///
/// Fails if a sum is out of range.
pub fn net<M: Copy + Ord>(
    debts: impl IntoIterator<Item = Transfer<M>>,
) -> Result<Vec<Transfer<M>>, BalanceError> {
    let mut pairs: BTreeMap<(M, M), i128> = BTreeMap::new();
    for Transfer { from, to, amount } in debts {
        let (pair, amount) = if from < to {
            ((from, to), amount)
        } else {
            ((to, from), -amount)
        };
        *pairs.entry(pair).or_default() += i128::from(amount);
    }
    let mut netted = Vec::new();
    for ((from, to), amount) in pairs {
        netted.extend(transfer(from, to, in_range(amount).ok_or(BalanceError)?));
    }
    netted.sort_unstable();
    Ok(netted)
}

/// A transfer of an amount that may also be zero, which is none, or negative, which is the reverse.
fn transfer<M>(from: M, to: M, amount: i64) -> Option<Transfer<M>> {
    match amount {
        0 => None,
        1.. => Some(Transfer { from, to, amount }),
        amount => Some(Transfer {
            from: to,
            to: from,
            amount: -amount,
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::balance::balances;

    fn share(member_id: u32, paid: i64, owed: i64) -> Share<u32> {
        Share {
            member_id,
            paid,
            owed,
        }
    }

    fn owes(from: u32, to: u32, amount: i64) -> Transfer<u32> {
        Transfer { from, to, amount }
    }

    /// Shares of up to five members that add up to the same on both sides.
    fn expenses() -> impl Strategy<Value = (Kind, Vec<Share<u32>>)> {
        let kinds = prop_oneof![
            Just(Kind::Expense),
            Just(Kind::Income),
            Just(Kind::Settlement)
        ];
        let sides = prop::collection::vec((-9_i64..1000, -9_i64..1000), 1..5);
        (kinds, sides).prop_map(|(kind, sides)| {
            let missing: i64 = sides.iter().map(|(paid, owed)| owed - paid).sum();
            let mut shares: Vec<_> = (1..)
                .zip(sides)
                .map(|(member, (paid, owed))| share(member, paid, owed))
                .collect();
            shares.push(share(0, missing, 0));
            (kind, shares)
        })
    }

    #[test]
    fn who_shared_a_dinner_owes_the_one_who_paid_it() {
        let dinner = [share(1, 3000, 1000), share(2, 0, 1000), share(3, 0, 1000)];
        assert_eq!(
            debts(Kind::Expense, &dinner, "").unwrap(),
            [owes(2, 1, 1000), owes(3, 1, 1000)]
        );
    }

    #[test]
    fn who_received_an_income_owes_the_others_their_part() {
        let refund = [share(1, 500, 250), share(2, 0, 250)];
        assert_eq!(debts(Kind::Income, &refund, "").unwrap(), [owes(1, 2, 250)]);
    }

    #[test]
    fn of_several_payers_each_gets_back_in_proportion() {
        let hotel = [share(1, 7000, 0), share(2, 2000, 0), share(3, 0, 9000)];
        assert_eq!(
            debts(Kind::Expense, &hotel, "").unwrap(),
            [owes(3, 1, 7000), owes(3, 2, 2000)]
        );
    }

    #[test]
    fn what_two_owe_each_other_is_set_off() {
        let debts = [
            owes(1, 2, 300),
            owes(2, 1, 500),
            owes(3, 1, 100),
            owes(1, 3, 100),
        ];
        assert_eq!(net(debts).unwrap(), [owes(2, 1, 200)]);
    }

    proptest! {
        #[test]
        fn debts_make_up_the_balances(history in prop::collection::vec(expenses(), 0..12)) {
            let mut sums: BTreeMap<u32, i64> = BTreeMap::new();
            let all = history.iter().enumerate().flat_map(|(id, (kind, shares))| {
                debts(*kind, shares, &id.to_string()).unwrap()
            });
            for debt in net(all).unwrap() {
                prop_assert!(debt.amount > 0 && debt.from != debt.to);
                *sums.entry(debt.from).or_default() -= debt.amount;
                *sums.entry(debt.to).or_default() += debt.amount;
            }
            for (member, balance) in balances(history).unwrap() {
                prop_assert_eq!(sums.remove(&member).unwrap_or(0), balance.net);
            }
            prop_assert!(sums.is_empty());
        }
    }
}
