//! What holds for every history, whatever has happened in it.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed")]

use std::collections::BTreeMap;

use axum::http::StatusCode;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::expenses::{expenses, join, lunch, member_id, path, restore};
use crate::support::{Client, TestApp};
use crate::totals;

/// Something that somebody does. Numbers are taken modulo what there is.
#[derive(Debug, Clone)]
enum Step {
    Add(Body),
    Settle(usize, i64),
    Replace(usize, Body),
    Delete(usize),
    Restore(usize),
    Label(usize, bool),
    Revert(usize),
}

#[derive(Debug, Clone)]
struct Body {
    amount: i64,
    paid_first: i64,
    mode: usize,
    values: [i64; 3],
    foreign: bool,
}

fn bodies() -> impl Strategy<Value = Body> {
    let amounts = prop_oneof![1_i64..10_000, -10_000_i64..-1, Just(9_007_199_254_740_991)];
    (
        amounts,
        0_i64..100,
        0_usize..5,
        prop::array::uniform3(0_i64..50),
        any::<bool>(),
    )
        .prop_map(|(amount, paid_first, mode, values, foreign)| Body {
            amount,
            paid_first,
            mode,
            values,
            foreign,
        })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => bodies().prop_map(Step::Add),
        1 => (any::<usize>(), 1_i64..9_000).prop_map(|(who, amount)| Step::Settle(who, amount)),
        3 => (any::<usize>(), bodies()).prop_map(|(which, body)| Step::Replace(which, body)),
        1 => any::<usize>().prop_map(Step::Delete),
        1 => any::<usize>().prop_map(Step::Restore),
        1 => (any::<usize>(), any::<bool>()).prop_map(|(which, trash)| Step::Label(which, trash)),
        4 => any::<usize>().prop_map(Step::Revert),
    ];
    prop::collection::vec(step, 1..25)
}

/// A request body of it, for three members. Not all of them can be carried out, which is part of the test.
fn request(body: &Body, members: &[Value; 3]) -> Value {
    let first = body.amount * body.paid_first / 100;
    let paid_by: Vec<_> = [(0, first), (1, body.amount - first)]
        .into_iter()
        .filter(|(_, amount)| *amount != 0)
        .map(|(member, amount)| json!({ "member_id": members[member], "amount": amount }))
        .collect();
    let [a, b, c] = body.values;
    let (mode, values) = match body.mode {
        0 => ("equal", [None; 3]),
        1 => ("shares", [Some(a), Some(b), Some(c)]),
        2 => ("percent", [Some(a), Some(b), Some(10_000 - a - b)]),
        3 => ("exact", [Some(a), Some(b), Some(body.amount - a - b)]),
        _ => ("adjusted", [Some(a), Some(-b), Some(c)]),
    };
    let parts: Vec<_> = members
        .iter()
        .zip(values)
        .map(|(member, value)| json!({ "member_id": member, "value": value }))
        .collect();
    let mut request = lunch(&json!({
        "amount": body.amount, "paid_by": paid_by, "split": { "mode": mode, "parts": parts } }));
    if body.foreign {
        request["currency"] = json!("JPY");
        request["rate"] = json!("0.00617");
    }
    request
}

async fn take(anna: &Client, step: &Step, members: &[Value; 3]) -> StatusCode {
    let mut known = Vec::new();
    for trash in [false, true] {
        let list = anna
            .get(&format!("{}?limit=200&deleted={trash}", expenses(anna)))
            .await
            .ok();
        known.extend(list["items"].as_array().unwrap().clone());
    }
    let pick = |which: usize| known.get(which % known.len().max(1));
    let answer = match step {
        Step::Add(body) => anna.post(&expenses(anna), request(body, members)).await,
        Step::Settle(who, amount) => {
            let (from, to) = (&members[who % 3], &members[(who + 1) % 3]);
            let settlement = json!({
                "kind": "settlement", "amount": amount, "paid_by": [{ "member_id": from, "amount": amount }],
                "split": { "mode": "equal", "parts": [{ "member_id": to }] } });
            anna.post(&expenses(anna), lunch(&settlement)).await
        }
        Step::Revert(which) => {
            let seq = anna.get(&anna.ledger()).await.ok()["seq"].as_u64().unwrap();
            // The latest ones: most of the older no longer fit.
            let seq = seq - u64::try_from(which % 4).unwrap();
            anna.post(
                &format!("{}/changes/{seq}/revert", anna.ledger()),
                Value::Null,
            )
            .await
        }
        Step::Replace(which, _)
        | Step::Delete(which)
        | Step::Restore(which)
        | Step::Label(which, _) => {
            let Some(expense) = pick(*which) else {
                return StatusCode::OK;
            };
            let version = expense["version"].as_i64().unwrap();
            match step {
                Step::Replace(_, body) => {
                    anna.put(&path(anna, expense), version, request(body, members))
                        .await
                }
                Step::Delete(_) => anna.delete(&path(anna, expense), version).await,
                Step::Label(_, trash) => {
                    let items = json!([{ "id": expense["id"], "version": version }]);
                    let batch = json!({ "items": items, "add_tags": ["batch"], "delete": trash });
                    anna.post(&format!("{}/batch", expenses(anna)), batch).await
                }
                _ => restore(anna, expense).await,
            }
        }
    };
    answer.status
}

/// All changes, and the number of the last.
async fn whole_history(anna: &Client) -> (Vec<Value>, usize) {
    let mut changes = Vec::new();
    loop {
        let since = changes.len();
        let path = format!("{}/changes?limit=200&since={since}", anna.ledger());
        let part = anna.get(&path).await.ok();
        changes.extend(part["items"].as_array().unwrap().clone());
        let seq = usize::try_from(part["seq"].as_u64().unwrap()).unwrap();
        if changes.len() >= seq || changes.len() == since {
            return (changes, seq);
        }
    }
}

/// Checks the whole history against what is there now.
async fn check(app: &TestApp, anna: &Client) {
    let (changes, seq) = whole_history(anna).await;
    let mut states: BTreeMap<String, Value> = BTreeMap::new();
    for (index, change) in changes.iter().enumerate() {
        assert_eq!(change["seq"], json!(index + 1), "the numbers have no gaps");
        let entity = change["entity_id"].to_string() + &change["entity"].to_string();
        let before = states.insert(entity, change["after"].clone());
        assert_eq!(
            before.unwrap_or_default(),
            change["before"],
            "what was before is what came after the last time"
        );
    }
    assert_eq!(seq, changes.len());
    totals::assert_right(&app.app.db).await;
    check_balances(anna).await;
    for trash in [false, true] {
        let list = anna
            .get(&format!("{}?limit=200&deleted={trash}", expenses(anna)))
            .await
            .ok();
        for expense in list["items"].as_array().unwrap() {
            let entity = expense["id"].to_string() + "\"expense\"";
            assert_eq!(
                states.get(&entity),
                Some(expense),
                "the last state is the present one"
            );
            for side in ["paid", "owed"] {
                let sum: i64 = expense["shares"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|share| share[side].as_i64().unwrap())
                    .sum();
                assert_eq!(json!(sum), expense["ledger_amount"], "shares add up");
            }
        }
    }
}

/// Checks the balances against the shares that are there, and the plans against the balances.
async fn check_balances(anna: &Client) {
    let list = anna
        .get(&format!("{}?limit=200", expenses(anna)))
        .await
        .ok();
    let mut expected: BTreeMap<String, i128> = BTreeMap::new();
    for expense in list["items"].as_array().unwrap() {
        for share in expense["shares"].as_array().unwrap() {
            let side = |name: &str| i128::from(share[name].as_i64().unwrap());
            *expected.entry(share["member_id"].to_string()).or_default() +=
                side("paid") - side("owed");
        }
    }
    let limit = i128::from(money::amount::MAX);
    for simplify in [true, false] {
        let path = format!("{}/balances?simplify={simplify}", anna.ledger());
        let answer = anna.get(&path).await;
        if !answer.status.is_success() {
            // Amounts as large as any may add up to more than any; whether they do depends on how they are added up.
            assert_eq!(answer.problem(), "422 amount_out_of_range -");
            continue;
        }
        let mut left = expected.clone();
        let mut sum = 0;
        for member in answer.body["members"].as_array().unwrap() {
            let net = i128::from(member["net"].as_i64().unwrap());
            assert!(net.abs() <= limit);
            assert_eq!(
                expected
                    .get(&member["member_id"].to_string())
                    .copied()
                    .unwrap_or(0),
                net
            );
            sum += net;
        }
        assert_eq!(sum, 0, "balances add up to zero");
        for transfer in answer.body["transfers"].as_array().unwrap() {
            let amount = i128::from(transfer["amount"].as_i64().unwrap());
            assert!(amount > 0);
            *left.entry(transfer["from"].to_string()).or_default() += amount;
            *left.entry(transfer["to"].to_string()).or_default() -= amount;
        }
        assert!(
            left.values().all(|rest| *rest == 0),
            "the plan makes everybody even"
        );
    }
}

#[test]
fn whatever_happens_the_history_tells_it_and_the_shares_add_up() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (app, anna, members) = runtime.block_on(async {
        let app = TestApp::new().await;
        let anna = app.sign_up("anna").await;
        let members = [
            member_id(&anna).await,
            join(&app, &anna, "Ben", "editor", &Value::Null).await,
            join(&app, &anna, "Cem", "editor", &Value::Null).await,
        ];
        (app, anna, members)
    });
    let mut runner = TestRunner::new(Config {
        cases: 6,
        failure_persistence: None,
        ..Config::default()
    });
    let result = runner.run(&steps(), |steps| {
        runtime.block_on(async {
            for step in &steps {
                let status = take(&anna, step, &members).await;
                assert!(!status.is_server_error(), "{step:?}: {status}");
            }
            check(&app, &anna).await;
        });
        Ok(())
    });
    drop(app);
    result.unwrap();
}

#[tokio::test]
async fn many_at_once_leave_no_gap_and_lose_nothing() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = anna.post(&expenses(&anna), lunch(&json!({}))).await.ok();
    let (additions, replacements) = (0..10)
        .map(|number| {
            let (other, here, anna) = (anna.clone(), path(&anna, &made), anna.clone());
            let add = async move {
                other
                    .post(&expenses(&other), lunch(&json!({ "amount": number + 1 })))
                    .await
            };
            let replace = async move {
                anna.put(&here, 1, lunch(&json!({ "amount": number + 1 })))
                    .await
            };
            (tokio::spawn(add), tokio::spawn(replace))
        })
        .unzip::<_, _, Vec<_>, Vec<_>>();
    for addition in additions {
        assert_eq!(addition.await.unwrap().status, StatusCode::CREATED);
    }
    let mut replaced = 0;
    for replacement in replacements {
        match replacement.await.unwrap().status {
            StatusCode::OK => replaced += 1,
            other => assert_eq!(other, StatusCode::PRECONDITION_FAILED),
        }
    }
    assert_eq!(replaced, 1);
    check(&app, &anna).await;
}
