//! Splits: the properties that hold for all of them. Single cases are in `vectors/splits.json`.

use proptest::prelude::*;

use super::*;

const MODES: [Mode; 5] = [
    Mode::Equal,
    Mode::Shares,
    Mode::Percent,
    Mode::Exact,
    Mode::Adjusted,
];

fn split(mode: Mode, values: &[Option<i64>]) -> Split<u32> {
    let parts = (0..)
        .zip(values)
        .map(|(member_id, &value)| Part { member_id, value })
        .collect();
    Split { mode, parts }
}

/// A split that fits `total`, made of any numbers.
fn fitting(mode: Mode, total: i64, numbers: &[i64]) -> Split<u32> {
    let mut values: Vec<i64> = match mode {
        Mode::Equal => return split(mode, &vec![None; numbers.len()]),
        Mode::Shares => numbers.iter().map(|n| n.abs()).collect(),
        Mode::Percent => numbers.iter().map(|n| n.abs() % (10_000 / 20)).collect(),
        Mode::Exact | Mode::Adjusted => numbers.to_vec(),
    };
    let others: i64 = values[1..].iter().sum();
    match mode {
        Mode::Shares => values[0] += 1,
        Mode::Percent => values[0] = 10_000 - others,
        Mode::Exact => values[0] = total - others,
        Mode::Equal | Mode::Adjusted => {}
    }
    split(mode, &values.into_iter().map(Some).collect::<Vec<_>>())
}

fn totals() -> impl Strategy<Value = i64> {
    prop_oneof![-MAX..=MAX, -1000_i64..=1000]
        .prop_filter("an expense of 0 is refused", |total| *total != 0)
}

fn numbers() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(prop_oneof![-1_000_000_i64..1_000_000, -3_i64..3], 1..20)
}

fn sum(shares: &[(u32, i64)]) -> i128 {
    shares.iter().map(|(_, share)| i128::from(*share)).sum()
}

proptest! {
    #[test]
    fn shares_add_up_in_every_mode_and_currency(ledger in totals(), original in totals(), numbers in numbers()) {
        for mode in MODES {
            match fitting(mode, original, &numbers).owed(ledger, original, "any") {
                Ok(owed) => prop_assert_eq!(sum(&owed), i128::from(ledger)),
                // Sums far beyond the expense, scaled up, leave the range; no other mode can.
                Err(SplitError::OutOfRange { .. }) => prop_assert!(matches!(mode, Mode::Exact | Mode::Adjusted)),
                Err(error) => prop_assert!(false, "{:?}: {}", mode, error),
            }
        }
    }

    #[test]
    fn nobody_is_off_by_a_whole_unit(total in totals(), numbers in numbers()) {
        for mode in [Mode::Equal, Mode::Shares, Mode::Percent] {
            let split = fitting(mode, total, &numbers);
            let weights: Vec<i128> = split.parts.iter().map(|part| part.value.unwrap_or(1).into()).collect();
            let weight_sum: i128 = weights.iter().sum();
            for ((_, share), weight) in split.owed(total, total, "any").unwrap().into_iter().zip(weights) {
                prop_assert!((i128::from(share) * weight_sum - i128::from(total) * weight).abs() < weight_sum);
            }
        }
    }

    #[test]
    fn equal_shares_differ_by_one_at_most(total in totals(), members in 1_usize..50, seed: String) {
        let owed = split(Mode::Equal, &vec![None; members]).owed(total, total, &seed).unwrap();
        let shares = || owed.iter().map(|(_, share)| *share);
        prop_assert!(shares().max().unwrap() - shares().min().unwrap() <= 1);
    }

    #[test]
    fn exact_values_are_what_is_owed(total in totals(), numbers in numbers()) {
        let split = fitting(Mode::Exact, total, &numbers);
        let values = split.parts.iter().map(|part| (part.member_id, part.value.unwrap()));
        prop_assume!(values.clone().all(|(_, value)| value.abs() <= MAX));
        prop_assert_eq!(split.owed(total, total, "any"), Ok(values.collect()));
    }

    #[test]
    fn adjusted_shares_are_equal_but_for_the_adjustments(total in -1_000_000_i64..-1, numbers in numbers()) {
        let split = fitting(Mode::Adjusted, total, &numbers);
        let owed = split.owed(total, total, "any").unwrap();
        let bases: Vec<i64> = owed.iter().zip(&numbers).map(|((_, share), adjustment)| share - adjustment).collect();
        prop_assert!(bases.iter().max().unwrap() - bases.iter().min().unwrap() <= 1);
    }

    #[test]
    fn a_refund_mirrors_the_expense(ledger in totals(), original in 1..1_000_000_i64, numbers in numbers()) {
        for mode in MODES {
            let expense = fitting(mode, original, &numbers);
            let mut refund = expense.clone();
            if matches!(mode, Mode::Exact | Mode::Adjusted) {
                refund.parts.iter_mut().for_each(|part| part.value = part.value.map(|value| -value));
            }
            let mirrored = refund.owed(-ledger, -original, "any");
            let negated = expense.owed(ledger, original, "any");
            let negated = negated.map(|owed| owed.into_iter().map(|(member, share)| (member, -share)).collect());
            prop_assert_eq!(mirrored, negated);
        }
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter(total in totals(), numbers in numbers(), seed: String) {
        let split = fitting(Mode::Shares, total, &numbers);
        let mut reversed = split.clone();
        reversed.parts.reverse();
        let mut owed = reversed.owed(total, total, &seed).unwrap();
        owed.reverse();
        prop_assert_eq!(split.owed(total, total, &seed), Ok(owed));
    }

    #[test]
    fn who_weighs_nothing_gets_nothing(total in totals(), weights in prop::collection::vec(0_i64..4, 1..20)) {
        let weights: Vec<(u32, i64)> = (0..).zip(weights).collect();
        prop_assume!(weights.iter().any(|(_, weight)| *weight > 0));
        let shares = allocate(total, &weights, "any").unwrap();
        prop_assert_eq!(sum(&shares), i128::from(total));
        prop_assert!(shares.iter().zip(&weights).all(|((_, share), (_, weight))| *weight > 0 || *share == 0));
    }

    #[test]
    fn no_numbers_make_it_panic(
        mode in prop::sample::select(MODES.to_vec()),
        values in prop::collection::vec(any::<Option<i64>>(), 0..5),
        ledger: i64,
        original: i64,
    ) {
        if let Ok(owed) = split(mode, &values).owed(ledger, original, "any") {
            prop_assert_eq!(sum(&owed), i128::from(ledger));
        }
        let weights: Vec<(u32, i64)> = (0..).zip(values.into_iter().flatten()).collect();
        let _ = allocate(ledger, &weights, "any");
    }
}

/// With seeds as they come (ids that differ in a few digits), everybody meets the odd unit equally
/// often: over 6,000 expenses within five standard deviations of the expected number.
#[test]
fn the_odd_unit_is_fair_over_many_expenses() {
    for (members, odd) in [
        (2_usize, 1_i64),
        (3, 1),
        (3, 2),
        (4, 1),
        (5, 3),
        (7, 1),
        (12, 5),
    ] {
        let equal = split(Mode::Equal, &vec![None; members]);
        let mut met = vec![0_i64; members];
        let expenses = 6000;
        for number in 0..expenses {
            let seed = format!("0198f2c5-7a10-7cc3-98c4-{number:012x}");
            for ((_, share), met) in equal
                .owed(odd, odd, &seed)
                .unwrap()
                .into_iter()
                .zip(&mut met)
            {
                *met += share;
            }
        }
        let n = i64::try_from(members).unwrap();
        for count in met {
            // (count − mean)² ≤ 25 · variance, all times n².
            let deviation = count * n - expenses * odd;
            assert!(
                deviation * deviation <= 25 * expenses * odd * (n - odd),
                "{members} members, {odd} odd: {count}"
            );
        }
    }
}

#[test]
fn the_hashes_are_the_published_ones() {
    assert_eq!(fnv1a(b""), 0x811c_9dc5);
    assert_eq!(fnv1a(b"a"), 0xe40c_292c);
    assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968);
    assert_eq!(mix(0), 0);
    assert_eq!(mix(1), 0x514e_28b7);
}

#[test]
fn json_is_that_of_the_api() {
    let json = r#"{"mode":"shares","parts":[{"member_id":1,"value":2},{"member_id":2}]}"#;
    let read: Split<u32> = serde_json::from_str(json).unwrap();
    assert_eq!(
        read.parts[1],
        Part {
            member_id: 2,
            value: None
        }
    );
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    for refused in [
        r#"{"mode":"Equal","parts":[]}"#,
        r#"{"mode":"equal"}"#,
        r#"{"mode":"equal","parts":[],"also":1}"#,
        r#"{"mode":"equal","parts":[{"member_id":1,"value":1.5}]}"#,
        r#"{"mode":"equal","parts":[{"member_id":1,"weight":1}]}"#,
    ] {
        assert!(
            serde_json::from_str::<Split<u32>>(refused).is_err(),
            "{refused}"
        );
    }
}
