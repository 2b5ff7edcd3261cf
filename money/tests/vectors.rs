//! The cases of `vectors/*.json`, which the web app's tests read too.

use std::path::PathBuf;
use std::{env, fs};

use money::amount::{self, AmountError, Rate};
use money::currency::Currency;
use money::settle::settle;
use money::split::{Part, Split, SplitError, allocate};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "vectors", file]
        .iter()
        .collect()
}

fn read<T: DeserializeOwned>(file: &str) -> T {
    let text = fs::read_to_string(path(file)).expect("the file is in the repository");
    serde_json::from_str(&text).expect("its cases have the fields that are read here")
}

/// Members go by name here. They are leaked, because a member's id is `Copy`.
fn member(name: &str) -> &'static str {
    name.to_owned().leak()
}

#[derive(Deserialize)]
struct Amounts {
    parse: Vec<ParseCase>,
    format: Vec<FormatCase>,
    convert: Vec<ConvertCase>,
}

#[derive(Deserialize)]
struct ParseCase {
    text: String,
    currency: Currency,
    expected: Value,
}

#[derive(Deserialize)]
struct FormatCase {
    amount: i64,
    currency: Currency,
    decimal_mark: char,
    group_mark: char,
    expected: Value,
}

#[derive(Deserialize)]
struct ConvertCase {
    amount: i64,
    from: Currency,
    to: Currency,
    rate: Rate,
    expected: Value,
}

fn amount_json(result: Result<i64, AmountError>) -> Value {
    match result {
        Ok(amount) => json!({ "amount": amount }),
        Err(error @ AmountError::Syntax { at }) => json!({ "error": error.code(), "at": at }),
        Err(error) => json!({ "error": error.code() }),
    }
}

#[test]
fn amounts_are_read_as_the_vectors_say() {
    for case in read::<Amounts>("amounts.json").parse {
        let result = amount_json(amount::parse(&case.text, case.currency));
        assert_eq!(result, case.expected, "{:?} {}", case.text, case.currency);
    }
}

#[test]
fn amounts_are_written_as_the_vectors_say() {
    for case in read::<Amounts>("amounts.json").format {
        let (decimal, group) = (case.decimal_mark, case.group_mark);
        let result = json!({
            "plain": amount::format(case.amount, case.currency),
            "grouped": amount::format_grouped(case.amount, case.currency, decimal, group),
        });
        assert_eq!(result, case.expected);
    }
}

#[test]
fn amounts_are_converted_as_the_vectors_say() {
    for case in read::<Amounts>("amounts.json").convert {
        let result = amount_json(amount::convert(case.amount, case.from, case.to, &case.rate));
        let (amount, from, to) = (case.amount, case.from, case.to);
        assert_eq!(
            result, case.expected,
            "{amount} {from} at {} {to}",
            case.rate
        );
    }
}

#[derive(Deserialize)]
struct Splits {
    owed: Vec<OwedCase>,
    allocate: Vec<AllocateCase>,
}

#[derive(Deserialize)]
struct OwedCase {
    name: String,
    split: Split<String>,
    total_ledger: i64,
    total_original: i64,
    seed: String,
    expected: Value,
}

#[derive(Deserialize)]
struct AllocateCase {
    name: String,
    weights: Vec<Weight>,
    total: i64,
    seed: String,
    expected: Value,
}

#[derive(Deserialize)]
struct Weight {
    member_id: String,
    weight: i64,
}

fn shares_json(result: Result<Vec<(&str, i64)>, SplitError>) -> Value {
    match result {
        Ok(shares) => {
            let share = |(member_id, share)| json!({ "member_id": member_id, "share": share });
            json!({ "shares": shares.into_iter().map(share).collect::<Vec<_>>() })
        }
        Err(SplitError::PercentSum { sum }) => json!({ "error": "percent_sum", "sum": sum }),
        Err(SplitError::ExactSum { sum, total }) => {
            json!({ "error": "exact_sum", "sum": sum, "total": total })
        }
        Err(error) => error_json(error.code(), error.index()),
    }
}

fn error_json(code: &str, index: Option<usize>) -> Value {
    match index {
        Some(index) => json!({ "error": code, "index": index }),
        None => json!({ "error": code }),
    }
}

#[test]
fn expenses_are_split_as_the_vectors_say() {
    for case in read::<Splits>("splits.json").owed {
        let parts = case.split.parts.iter().map(|part| Part {
            member_id: member(&part.member_id),
            value: part.value,
        });
        let split = Split {
            mode: case.split.mode,
            parts: parts.collect(),
        };
        let result = split.owed(case.total_ledger, case.total_original, &case.seed);
        assert_eq!(shares_json(result), case.expected, "{}", case.name);
    }
}

#[test]
fn totals_are_handed_out_as_the_vectors_say() {
    for case in read::<Splits>("splits.json").allocate {
        let weights = case
            .weights
            .iter()
            .map(|weight| (member(&weight.member_id), weight.weight));
        let result = allocate(case.total, &weights.collect::<Vec<_>>(), &case.seed);
        assert_eq!(shares_json(result), case.expected, "{}", case.name);
    }
}

#[derive(Deserialize)]
struct SettlementCase {
    name: String,
    balances: Vec<MemberBalance>,
    expected: Value,
}

#[derive(Deserialize)]
struct MemberBalance {
    member_id: String,
    net: i64,
}

#[test]
fn balances_are_settled_as_the_vectors_say() {
    for case in read::<Vec<SettlementCase>>("settlements.json") {
        let balances = case
            .balances
            .iter()
            .map(|balance| (member(&balance.member_id), balance.net));
        let result = match settle(&balances.collect::<Vec<_>>()) {
            Ok(settlement) => serde_json::to_value(settlement).unwrap(),
            Err(error) => error_json(error.code(), error.index()),
        };
        assert_eq!(result, case.expected, "{}", case.name);
    }
}

/// `currencies.json` is generated from the table: `UPDATE_VECTORS=1 cargo test -p money` writes it anew.
#[test]
fn the_table_of_currencies_is_the_one_in_the_vectors() {
    let row = |currency: Currency| format!("  \"{currency}\": {}", currency.decimals());
    let text = format!(
        "{{\n{}\n}}\n",
        Currency::all().map(row).collect::<Vec<_>>().join(",\n")
    );
    if env::var_os("UPDATE_VECTORS").is_some() {
        fs::write(path("currencies.json"), &text).unwrap();
    }
    assert_eq!(fs::read_to_string(path("currencies.json")).unwrap(), text);
}
