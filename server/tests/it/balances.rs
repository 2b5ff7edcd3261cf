//! Balances: who stands where, how it came to that, and the plan that makes everybody even.

use axum::http::StatusCode;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::{add, join, member_id, path};
use crate::support::{Client, TestApp};

/// Anna with three friends in a ledger, and their members.
pub async fn trip() -> (TestApp, Client, [Value; 4]) {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let friends = [
        member_id(&anna).await,
        join(&app, &anna, "Ben", "editor", &Value::Null).await,
        join(&app, &anna, "Cem", "editor", &Value::Null).await,
        join(&app, &anna, "Dan", "editor", &Value::Null).await,
    ];
    (app, anna, friends)
}

/// Adds an expense that one has paid, split equally among some.
async fn pays(client: &Client, payer: &Value, amount: i64, among: &[&Value]) -> Value {
    let parts: Vec<_> = among.iter().map(|id| json!({ "member_id": id })).collect();
    let body = json!({
        "amount": amount, "paid_by": [{ "member_id": payer, "amount": amount }],
        "split": { "mode": "equal", "parts": parts },
    });
    add(client, body).await
}

/// Records that one has given money to another.
async fn settle(client: &Client, from: &Value, to: &Value, amount: i64) -> Value {
    let body = json!({
        "kind": "settlement", "amount": amount, "paid_by": [{ "member_id": from, "amount": amount }],
        "split": { "mode": "equal", "parts": [{ "member_id": to }] },
    });
    add(client, body).await
}

async fn balances(client: &Client, query: &str) -> Value {
    let path = format!("{}/balances{query}", client.ledger());
    client.get(&path).await.ok()
}

fn net(balances: &Value, member: &Value) -> i64 {
    let members = balances["members"].as_array().unwrap();
    let found = members.iter().find(|one| one["member_id"] == *member);
    found.unwrap()["net"].as_i64().unwrap()
}

#[tokio::test]
async fn who_has_laid_out_money_is_to_get_it_back() {
    let (_app, anna, [a, b, c, d]) = trip().await;
    pays(&anna, &a, 3000, &[&a, &b, &c]).await;
    let seen = balances(&anna, "").await;
    assert_eq!(seen["currency"], json!("EUR"));
    assert_eq!(
        [&a, &b, &c, &d].map(|who| net(&seen, who)),
        [2000, -1000, -1000, 0]
    );
    let mut transfers = vec![
        json!({ "from": b, "to": a, "amount": 1000 }),
        json!({ "from": c, "to": a, "amount": 1000 }),
    ];
    transfers.sort_by_key(|transfer| transfer["from"].to_string());
    assert_eq!(seen["transfers"], json!(transfers));
    assert_eq!(seen["exact"], json!(true));
}

#[tokio::test]
async fn income_counts_the_other_way_round_and_the_trash_does_not_count() {
    let (_app, anna, [a, b, ..]) = trip().await;
    let body = json!({
        "kind": "income", "amount": 500,
        "split": { "mode": "equal", "parts": [{ "member_id": a }, { "member_id": b }] },
    });
    add(&anna, body).await;
    let gone = pays(&anna, &b, 900, &[&a, &b]).await;
    anna.delete(&path(&anna, &gone), 1).await.ok();
    let seen = balances(&anna, "").await;
    assert_eq!([&a, &b].map(|who| net(&seen, who)), [-250, 250]);
}

#[tokio::test]
async fn settling_every_transfer_makes_everybody_even() {
    let (_app, anna, [a, b, c, d]) = trip().await;
    pays(&anna, &a, 10_001, &[&a, &b, &c, &d]).await;
    pays(&anna, &b, 777, &[&c, &d]).await;
    pays(&anna, &d, 5, &[&a, &b, &c]).await;
    for transfer in balances(&anna, "").await["transfers"].as_array().unwrap() {
        let amount = transfer["amount"].as_i64().unwrap();
        settle(&anna, &transfer["from"], &transfer["to"], amount).await;
    }
    let seen = balances(&anna, "").await;
    assert_eq!([&a, &b, &c, &d].map(|who| net(&seen, who)), [0; 4]);
    assert_eq!(seen["transfers"], json!([]));
}

#[tokio::test]
async fn without_simplifying_each_owes_those_with_whom_they_have_shared() {
    let (_app, anna, [a, b, c, _]) = trip().await;
    pays(&anna, &a, 1000, &[&b]).await;
    pays(&anna, &b, 1000, &[&c]).await;
    let fewest = balances(&anna, "").await["transfers"].clone();
    assert_eq!(fewest, json!([{ "from": c, "to": a, "amount": 1000 }]));
    let mut owed = vec![
        json!({ "from": b, "to": a, "amount": 1000 }),
        json!({ "from": c, "to": b, "amount": 1000 }),
    ];
    owed.sort_by_key(|debt| debt["from"].to_string());
    assert_eq!(
        balances(&anna, "?simplify=false").await["transfers"],
        json!(owed)
    );
}

#[tokio::test]
async fn of_what_several_paid_each_is_owed_a_part() {
    let (_app, anna, [a, b, c, _]) = trip().await;
    let hotel = json!({
        "amount": 9000,
        "paid_by": [{ "member_id": a, "amount": 7000 }, { "member_id": b, "amount": 2000 }],
        "split": { "mode": "equal", "parts": [{ "member_id": c }] },
    });
    add(&anna, hotel).await;
    let seen = balances(&anna, "?simplify=false").await;
    let transfers = seen["transfers"].as_array().unwrap();
    for (to, amount) in [(&a, 7000), (&b, 2000)] {
        assert!(transfers.contains(&json!({ "from": c, "to": to, "amount": amount })));
    }
}

/// Four people among whom a part payment makes another plan with as few transfers possible.
#[tokio::test]
async fn a_part_payment_leaves_the_rest_of_the_plan_as_it_was() {
    let (_app, anna, [a, b, c, d]) = trip().await;
    let first = pays(&anna, &a, 1000, &[&d]).await;
    pays(&anna, &b, 700, &[&c]).await;
    // Now both owe 700 and both are owed 700: the other two pairs would do as well.
    settle(&anna, &d, &a, 300).await;
    let plan = balances(&anna, "").await["transfers"].clone();
    let kept = json!({ "from": c, "to": b, "amount": 700 });
    let rest = json!({ "from": d, "to": a, "amount": 700 });
    assert_eq!(plan, json!([kept, rest]));
    // Nor does what moves no balance make another one.
    let path = path(&anna, &first);
    let mut body = json!({ "note": "in the evening" });
    for field in ["spent_on", "amount", "payee"] {
        body[field] = first[field].clone();
    }
    anna.put(&path, 1, body.clone()).await.ok();
    assert_eq!(balances(&anna, "").await["transfers"], plan);
    // What does, does.
    body["amount"] = json!(1001);
    anna.put(&path, 2, body).await.ok();
    assert_ne!(balances(&anna, "").await["transfers"], plan);
}

#[tokio::test]
async fn a_payment_that_nobody_planned_makes_a_new_plan() {
    let (_app, anna, [a, b, ..]) = trip().await;
    pays(&anna, &a, 1000, &[&b]).await;
    settle(&anna, &b, &a, 1500).await;
    let seen = balances(&anna, "").await;
    assert_eq!(
        seen["transfers"],
        json!([{ "from": a, "to": b, "amount": 500 }])
    );
}

#[tokio::test]
async fn the_way_to_a_balance_can_be_walked_back() {
    let (_app, anna, [a, b, c, _]) = trip().await;
    let first = pays(&anna, &a, 1000, &[&a, &b]).await;
    pays(&anna, &c, 600, &[&c]).await;
    let second = pays(&anna, &b, 300, &[&a, &b, &c]).await;
    let way = |query: &'static str| {
        let path = format!("{}/balances/{}{query}", anna.ledger(), a.as_str().unwrap());
        let anna = anna.clone();
        async move { anna.get(&path).await.ok() }
    };
    let whole = way("").await;
    let step = |expense: &Value, amount: i64, balance: i64| {
        json!({ "expense_id": expense["id"], "spent_on": "2026-03-14", "payee": "Mensa", "kind": "expense",
                "amount": amount, "balance": balance })
    };
    assert_eq!(
        whole,
        json!({ "items": [step(&second, -100, 400), step(&first, 500, 500)], "next_cursor": null })
    );
    let page = way("?limit=1").await;
    assert_eq!(page["items"], json!([step(&second, -100, 400)]));
    let next = format!(
        "{}/balances/{}?cursor={}",
        anna.ledger(),
        a.as_str().unwrap(),
        page["next_cursor"].as_str().unwrap()
    );
    assert_eq!(
        anna.get(&next).await.ok()["items"],
        json!([step(&first, 500, 500)])
    );
    // What the two of them owe each other is the same from both sides.
    for (one, other, sign) in [(&a, &b, 1), (&b, &a, -1)] {
        let path = format!(
            "{}/balances/{}?with={}",
            anna.ledger(),
            one.as_str().unwrap(),
            other.as_str().unwrap()
        );
        assert_eq!(
            anna.get(&path).await.ok()["items"],
            json!([
                step(&second, -100 * sign, 400 * sign),
                step(&first, 500 * sign, 500 * sign)
            ])
        );
    }
}

#[tokio::test]
async fn the_way_between_two_goes_on_where_it_left_unless_something_has_happened() {
    let (app, anna, [a, b, ..]) = trip().await;
    for number in 1..=5 {
        pays(&anna, &a, number * 100, &[&b]).await;
    }
    let (one, other) = (a.as_str().unwrap(), b.as_str().unwrap());
    let path = format!("{}/balances/{one}?with={other}", anna.ledger());
    let whole = anna.get(&path).await.ok()["items"].clone();
    assert_eq!(whole.as_array().unwrap().len(), 5);
    let after = async |cursor: &Value, path: &str| {
        let cursor = cursor.as_str().unwrap();
        let page = anna.get(&format!("{path}&limit=2&cursor={cursor}")).await;
        page.ok()
    };
    let first = anna.get(&format!("{path}&limit=2")).await.ok();
    let second = after(&first["next_cursor"], &path).await;
    let third = after(&second["next_cursor"], &path).await;
    let pages = [&first, &second, &third].map(|page| page["items"].as_array().unwrap().clone());
    assert_eq!(json!(pages.concat()), whole);
    assert_eq!(third["next_cursor"], json!(null));

    // The cursor of one direction is none of the other's.
    let back = format!("{}/balances/{other}?with={one}", anna.ledger());
    let turned = after(&first["next_cursor"], &back).await;
    assert_eq!(turned["items"][0]["balance"], json!(-600));

    // Nothing that is newer is read again: not even what has gone without the ledger's knowing.
    sqlx::raw_sql("update balances set owed = 0")
        .execute(&app.app.db)
        .await
        .unwrap();
    assert_eq!(after(&first["next_cursor"], &path).await, second);
    sqlx::raw_sql("update balances set owed = 1500 where payer_id <> member_id")
        .execute(&app.app.db)
        .await
        .unwrap();

    let earlier = json!({
        "spent_on": "2020-01-01", "amount": 50, "paid_by": [{ "member_id": a, "amount": 50 }],
        "split": { "mode": "equal", "parts": [{ "member_id": b }] },
    });
    add(&anna, earlier).await;
    let anew = after(&first["next_cursor"], &path).await;
    assert_eq!(anew["items"][0]["balance"], json!(650));
}

#[tokio::test]
async fn a_balance_of_nobody_is_refused() {
    let (_app, anna, [a, ..]) = trip().await;
    let (a, nobody) = (a.as_str().unwrap(), Uuid::now_v7());
    let ledger = anna.ledger();
    let missing = anna.get(&format!("{ledger}/balances/{nobody}")).await;
    assert_eq!(missing.problem(), "404 not_found -");
    for with in [a, &nobody.to_string()] {
        let refused = anna
            .get(&format!("{ledger}/balances/{a}?with={with}"))
            .await;
        assert_eq!(refused.problem(), "422 member_unknown with");
    }
    // The second is a place before all time, which PostgreSQL does not read.
    let before_all = BASE64_URL_SAFE_NO_PAD.encode(json!(["-9999-01-01", a]).to_string());
    for cursor in ["x", &before_all] {
        let path = format!("{ledger}/balances/{a}?cursor={cursor}");
        assert_eq!(anna.get(&path).await.problem(), "400 cursor_invalid cursor");
    }
}

#[tokio::test]
async fn a_balance_beyond_what_can_be_counted_says_so() {
    let (_app, anna, [a, b, ..]) = trip().await;
    for _ in 0..2 {
        pays(&anna, &a, 9_007_199_254_740_991, &[&b]).await;
    }
    for query in ["", "?simplify=false"] {
        let answer = anna
            .get(&format!("{}/balances{query}", anna.ledger()))
            .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.problem(), "422 amount_out_of_range -");
    }
}
