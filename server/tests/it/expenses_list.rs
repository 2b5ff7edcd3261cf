//! The list of expenses: filters, orders, pages; and what completes a payee or a tag.

use axum::http::Method;
use serde_json::{Value, json};

use crate::expenses::{add, expenses, join, member_id, path};
use crate::support::{Client, TestApp};

/// The payees of a list, in its order.
async fn payees(client: &Client, query: &str) -> Vec<String> {
    let list = client
        .get(&format!("{}?{query}", expenses(client)))
        .await
        .ok();
    list["items"]
        .as_array()
        .expect("as it should be")
        .iter()
        .map(|expense| {
            expense["payee"]
                .as_str()
                .expect("as it should be")
                .to_owned()
        })
        .collect()
}

/// A category, below another if that is one.
async fn category(client: &Client, name: &str, parent: &Value) -> Value {
    let body = json!({ "name": name, "parent_id": parent });
    let path = format!("{}/categories", client.ledger());
    client.post(&path, body).await.ok()["id"].clone()
}

#[tokio::test]
async fn each_filter_lets_through_what_it_says() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let home = category(&anna, "House", &Value::Null).await;
    let rent = category(&anna, "Rent of it", &home).await;
    let only = |member: &Value| json!({ "mode": "equal", "parts": [{ "member_id": member }] });
    add(&anna, json!({ "payee": "A", "spent_on": "2026-01-01", "amount": 100, "category_id": home, "tags": ["Fun"] })).await;
    add(&anna, json!({ "payee": "B", "spent_on": "2026-01-02", "amount": -50, "category_id": rent, "split": only(&me) })).await;
    add(&anna, json!({ "payee": "C", "spent_on": "2026-01-03", "amount": 300, "kind": "income", "note": "100 %_sure" })).await;
    let trashed = add(&anna, json!({ "payee": "D", "spent_on": "2026-01-04" })).await;
    anna.delete(&path(&anna, &trashed), 1).await.ok();

    let (home, rent) = (home.as_str().unwrap(), rent.as_str().unwrap());
    for (query, expected) in [
        ("", vec!["C", "B", "A"]),
        ("from=2026-01-02", vec!["C", "B"]),
        ("to=2026-01-02", vec!["B", "A"]),
        ("from=2026-01-02&to=2026-01-02", vec!["B"]),
        (&format!("category_id={home}"), vec!["B", "A"]),
        (&format!("category_id={rent}"), vec!["B"]),
        ("category_id=none", vec!["C"]),
        ("tag=fun", vec!["A"]),
        ("tag=fu", vec![]),
        (
            &format!("member_id={}", ben.as_str().unwrap()),
            vec!["C", "A"],
        ),
        ("kind=income", vec!["C"]),
        ("kind=expense", vec!["B", "A"]),
        ("min=100", vec!["C", "A"]),
        ("max=100", vec!["B", "A"]),
        ("min=-50&max=-50", vec!["B"]),
        ("q=c", vec!["C"]),
        ("q=SURE", vec!["C"]),
        ("q=%25", vec!["C"]),
        ("q=_", vec!["C"]),
        ("q=%25s", vec![]),
        ("q=", vec!["C", "B", "A"]),
        ("deleted=true", vec!["D"]),
        ("deleted=true&q=a", vec![]),
        ("sort=spent_on", vec!["A", "B", "C"]),
        ("sort=-amount", vec!["C", "A", "B"]),
        ("sort=amount", vec!["B", "A", "C"]),
        ("sort=-updated_at", vec!["C", "B", "A"]),
    ] {
        assert_eq!(payees(&anna, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn pages_show_each_expense_once_in_every_order() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for number in 0..7 {
        // Several on one day and of one amount, so that the id has to decide.
        let day = format!("2026-01-0{}", 1 + number % 3);
        add(
            &anna,
            json!({ "payee": number.to_string(), "spent_on": day, "amount": 100 + number % 2 }),
        )
        .await;
    }
    for sort in ["-spent_on", "spent_on", "-amount", "amount", "-updated_at"] {
        for filter in ["", "&from=2026-01-01"] {
            let whole = payees(&anna, &format!("sort={sort}{filter}")).await;
            assert_eq!(whole.len(), 7);
            let mut paged = Vec::new();
            let mut cursor = String::new();
            loop {
                let query = format!("sort={sort}{filter}&limit=2{cursor}");
                let page = anna.get(&format!("{}?{query}", expenses(&anna))).await.ok();
                for expense in page["items"].as_array().unwrap() {
                    paged.push(expense["payee"].as_str().unwrap().to_owned());
                }
                match page["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(paged, whole, "{sort}{filter}");
        }
    }
}

#[tokio::test]
async fn a_payee_brings_its_last_category() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let food = category(&anna, "Eating", &Value::Null).await;
    let today = app.app.clock.today();
    let ago = |days| today - chrono::Days::new(days);
    add(
        &anna,
        json!({ "payee": "Mensa", "spent_on": ago(3), "amount": 500 }),
    )
    .await;
    add(
        &anna,
        json!({ "payee": "mensa", "spent_on": ago(2), "amount": 700, "category_id": food }),
    )
    .await;
    add(&anna, json!({ "payee": "Amensa", "spent_on": ago(1) })).await;
    add(&anna, json!({ "payee": "Men & Co", "spent_on": ago(900) })).await;
    let trashed = add(&anna, json!({ "payee": "Menu", "spent_on": ago(1) })).await;
    anna.delete(&path(&anna, &trashed), 1).await.ok();
    let found = anna
        .get(&format!("{}/payees?q=MEN", anna.ledger()))
        .await
        .ok();
    assert_eq!(
        found["items"][0],
        json!({ "payee": "mensa", "category_id": food, "count": 2, "last_used_on": ago(2), "last_amount": 700,
                "last_currency": "EUR" })
    );
    let names: Vec<_> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| &found["payee"])
        .collect();
    assert_eq!(names, ["mensa", "Men & Co", "Amensa"]);
    let one = anna
        .get(&format!("{}/payees?limit=1", anna.ledger()))
        .await
        .ok();
    assert_eq!(one["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn tags_are_counted_in_upper_and_lower_case_alike() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for tags in [
        json!(["Food", "fun"]),
        json!(["food"]),
        json!(["food"]),
        json!(["seafood"]),
    ] {
        add(&anna, json!({ "tags": tags })).await;
    }
    let found = anna.get(&format!("{}/tags?q=fo", anna.ledger())).await.ok();
    assert_eq!(
        found["items"],
        json!([{ "tag": "food", "count": 3 }, { "tag": "seafood", "count": 1 }])
    );
    let all = anna.get(&format!("{}/tags", anna.ledger())).await.ok();
    assert_eq!(all["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn the_filtered_list_is_a_table_too() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let ben = join(&app, &anna, "Ben", "editor", &Value::Null).await;
    let house = category(&anna, "House", &Value::Null).await;
    let rent = category(&anna, "Rent of it", &house).await;
    let paid_by = json!([{ "member_id": me, "amount": 1000 }, { "member_id": ben, "amount": 250 }]);
    add(&anna, json!({ "id": id(1), "payee": "=1+1", "category_id": rent, "tags": ["a", "b"], "note": "x, \"y\"\nz" })).await;
    add(&anna, json!({ "id": id(2), "amount": -1000, "currency": "JPY", "rate": "0.0062", "category_id": house })).await;
    add(&anna, json!({ "id": id(3), "paid_by": paid_by })).await;
    add(&anna, json!({ "payee": "another" })).await;
    let csv = |query: &'static str| {
        let path = format!("{}?{query}", expenses(&anna));
        let anna = anna.clone();
        async move {
            anna.send(Method::GET, &path, &[("accept", "text/csv")], None)
                .await
        }
    };
    let table = csv("to=2026-03-14&sort=spent_on&limit=1&max=100000&q=&category_id=none").await;
    assert_eq!(table.text.lines().count(), 3, "{}", table.text);
    let table = csv("q=1").await;
    assert_eq!(table.text.matches("'=1+1").count(), 1, "{}", table.text);
    let table = csv("sort=spent_on&from=2026-03-14").await;
    assert_eq!(table.headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<_> = table
        .text
        .trim_start_matches('\u{feff}')
        .split("\r\n")
        .collect();
    assert_eq!(
        lines[..4],
        [
            "date,payee,amount,currency,ledger_amount,ledger_currency,category,parent_category,tags,note,kind,paid_by,id",
            &format!(
                "2026-03-14,'=1+1,12.50,EUR,12.50,EUR,Rent of it,House,\"a, b\",\"x, \"\"y\"\"\nz\",expense,anna,{}",
                id(1)
            ),
            &format!(
                "2026-03-14,Mensa,-1000,JPY,-6.20,EUR,House,,,,expense,anna,{}",
                id(2)
            ),
            &format!(
                "2026-03-14,Mensa,12.50,EUR,12.50,EUR,,,,,expense,\"anna 10.00, Ben 2.50\",{}",
                id(3)
            ),
        ]
    );
    let refused = csv("sort=payee").await;
    assert_eq!(refused.problem(), "422 invalid_value sort");
}

fn id(number: u128) -> String {
    uuid::Uuid::from_u128(number).to_string()
}
