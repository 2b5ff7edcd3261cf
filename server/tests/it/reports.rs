//! Reports on spending: groups, dates without any, comparisons.

use insta::assert_json_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Client, TestApp};

/// Adds an expense: a date, an amount, a payee, and what else it has.
pub async fn spend(client: &Client, on: &str, amount: i64, payee: &str, other: Value) -> Value {
    let mut body = json!({ "spent_on": on, "amount": amount, "payee": payee });
    for (field, value) in other.as_object().unwrap() {
        body[field] = value.clone();
    }
    let path = format!("{}/expenses", client.ledger());
    client.post(&path, body).await.ok()
}

pub async fn report(client: &Client, query: &str) -> Value {
    ask(client, query).await.ok()
}

pub async fn ask(client: &Client, query: &str) -> Answer {
    let path = format!("{}/reports/spending?{query}", client.ledger());
    client.get(&path).await
}

/// A new category, or one below it.
pub async fn category(client: &Client, name: &str, parent_id: &Value) -> Value {
    let path = format!("{}/categories", client.ledger());
    let body = json!({ "name": name, "parent_id": parent_id });
    client.post(&path, body).await.ok()["id"].clone()
}

/// Rows in short, as in `2026-03 1250 1`: the values of these keys, total, count.
pub fn rows(report: &Value, keys: &[&str]) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let row = |row: &Value| {
        let values = keys.iter().chain(&["total", "count"]);
        let values: Vec<_> = values.map(|key| text(&row[key])).collect();
        values.join(" ")
    };
    report["rows"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn a_report_without_keys_is_one_row_on_the_present_month() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let today = app.app.clock.today().to_string();
    spend(&anna, &today, 1250, "Mensa", json!({})).await;
    spend(&anna, "2020-02-29", 9900, "Dentist", json!({})).await;
    let report = report(&anna, "").await;
    assert_eq!(report["from"], json!(format!("{}-01", &today[..7])));
    assert_eq!(rows(&report, &[]), ["1250 1"]);
    assert_eq!(
        (&report["total"], &report["currency"]),
        (&json!(1250), &json!("EUR"))
    );
}

#[tokio::test]
async fn rows_are_told_apart_by_several_keys_at_once() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let drinks = category(&anna, "Drinks", &Value::Null).await;
    for (on, amount, payee, category_id) in [
        ("2026-01-05", 300, "Kiosk", &drinks),
        ("2026-01-31", 200, "Kiosk", &drinks),
        ("2026-01-07", 700, "Mensa", &Value::Null),
        ("2026-03-01", 100, "Mensa", &Value::Null),
    ] {
        spend(
            &anna,
            on,
            amount,
            payee,
            json!({ "category_id": category_id }),
        )
        .await;
    }
    let found = report(
        &anna,
        "from=2026-01-01&to=2026-03-31&group_by=month,category,payee",
    )
    .await;
    assert_json_snapshot!(found["rows"], { "[1].category_id" => "[drinks]" }, @r##"
    [
      {
        "category_id": null,
        "count": 1,
        "month": "2026-01",
        "payee": "Mensa",
        "total": 700
      },
      {
        "category_id": "[drinks]",
        "count": 2,
        "month": "2026-01",
        "payee": "Kiosk",
        "total": 500
      },
      {
        "category_id": null,
        "count": 0,
        "month": "2026-02",
        "payee": null,
        "total": 0
      },
      {
        "category_id": null,
        "count": 1,
        "month": "2026-03",
        "payee": "Mensa",
        "total": 100
      }
    ]
    "##);
}

#[tokio::test]
async fn months_and_days_without_spending_are_there() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    spend(&anna, "2026-02-28", 500, "Kiosk", json!({})).await;
    spend(&anna, "2026-03-02", 250, "Kiosk", json!({})).await;
    let by_month = report(&anna, "from=2026-01-15&to=2026-04-15&group_by=month").await;
    assert_eq!(
        rows(&by_month, &["month"]),
        [
            "2026-01 0 0",
            "2026-02 500 1",
            "2026-03 250 1",
            "2026-04 0 0"
        ]
    );
    let by_day = report(&anna, "from=2026-02-27&to=2026-03-02&group_by=day").await;
    assert_eq!(
        rows(&by_day, &["day"]),
        [
            "2026-02-27 0 0",
            "2026-02-28 500 1",
            "2026-03-01 0 0",
            "2026-03-02 250 1"
        ]
    );
    let both = report(
        &anna,
        "from=2026-02-28&to=2026-03-01&group_by=day,month,payee",
    )
    .await;
    assert_eq!(
        rows(&both, &["day", "month", "payee"]),
        [
            "2026-02-28 2026-02 Kiosk 500 1",
            "2026-03-01 2026-03 null 0 0"
        ]
    );
}

#[tokio::test]
async fn refunds_count_against_and_settlements_and_trash_not_at_all() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    spend(&anna, "2026-02-01", 5000, "Shop", json!({})).await;
    spend(&anna, "2026-02-02", -2000, "Shop", json!({})).await;
    spend(
        &anna,
        "2026-02-03",
        250_000,
        "Work",
        json!({ "kind": "income" }),
    )
    .await;
    let gone = spend(&anna, "2026-02-04", 77, "Shop", json!({})).await;
    let path = format!(
        "{}/expenses/{}",
        anna.ledger(),
        gone["id"].as_str().unwrap()
    );
    anna.delete(&path, 1).await.ok();
    let february = "from=2026-02-01&to=2026-02-28";
    let spent = report(&anna, &format!("{february}&group_by=payee")).await;
    assert_eq!(rows(&spent, &["payee"]), ["Shop 3000 2"]);
    let earned = report(&anna, &format!("{february}&kind=income&group_by=payee")).await;
    assert_eq!(rows(&earned, &["payee"]), ["Work 250000 1"]);
}

#[tokio::test]
async fn an_expense_with_several_tags_is_in_each_row_and_once_in_the_total() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    spend(
        &anna,
        "2026-02-01",
        100,
        "A",
        json!({ "tags": ["food", "work"] }),
    )
    .await;
    spend(&anna, "2026-02-02", 10, "A", json!({ "tags": ["food"] })).await;
    spend(&anna, "2026-02-03", 1, "A", json!({})).await;
    let found = report(&anna, "from=2026-02-01&to=2026-02-28&group_by=tag").await;
    assert_eq!(
        rows(&found, &["tag"]),
        ["food 110 2", "work 100 1", "null 1 1"]
    );
    assert_eq!((&found["total"], &found["count"]), (&json!(111), &json!(3)));
}

#[tokio::test]
async fn a_report_stands_beside_the_range_before_or_a_year_ago() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for (on, amount) in [
        ("2025-03-31", 40),
        ("2026-02-28", 30),
        ("2026-03-01", 20),
        ("2026-03-31", 10),
    ] {
        spend(&anna, on, amount, "Kiosk", json!({})).await;
    }
    spend(&anna, "2026-02-01", 7, "Gone", json!({})).await;
    let march = "from=2026-03-01&to=2026-03-31";
    let before = report(&anna, &format!("{march}&compare=previous&group_by=payee")).await;
    assert_json_snapshot!(before, @r##"
    {
      "compare": {
        "count": 2,
        "from": "2026-02-01",
        "to": "2026-02-28",
        "total": 37
      },
      "count": 2,
      "currency": "EUR",
      "from": "2026-03-01",
      "rows": [
        {
          "compare_count": 1,
          "compare_total": 30,
          "count": 2,
          "payee": "Kiosk",
          "total": 30
        },
        {
          "compare_count": 1,
          "compare_total": 7,
          "count": 0,
          "payee": "Gone",
          "total": 0
        }
      ],
      "to": "2026-03-31",
      "total": 30
    }
    "##);
    let year = report(&anna, &format!("{march}&compare=year&group_by=month")).await;
    assert_json_snapshot!(year["rows"], @r##"
    [
      {
        "compare_count": 1,
        "compare_total": 40,
        "count": 2,
        "month": "2026-03",
        "total": 30
      }
    ]
    "##);
}

#[tokio::test]
async fn days_stand_beside_days_by_their_number() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for (on, amount) in [
        ("2026-01-31", 5),
        ("2026-02-01", 7),
        ("2026-02-28", 30),
        ("2026-03-31", 10),
    ] {
        spend(&anna, on, amount, "Kiosk", json!({})).await;
    }
    let by_day =
        async |range: &str| report(&anna, &format!("{range}&compare=previous&group_by=day")).await;
    // 31 days beside 28: the last three have none beside them.
    let march = by_day("from=2026-03-01&to=2026-03-31").await;
    let beside = |report: &Value, row: usize| report["rows"][row]["compare_total"].clone();
    assert_eq!(
        (beside(&march, 0), beside(&march, 27)),
        (json!(7), json!(30))
    );
    assert_eq!(
        march["rows"][30],
        json!({ "day": "2026-03-31", "total": 10, "count": 1, "compare_total": 0, "compare_count": 0 })
    );
    // 28 days beside 31: the last ones stand beside the last.
    let february = by_day("from=2026-02-01&to=2026-02-28").await;
    assert_eq!(
        (beside(&february, 27), &february["compare"]["total"]),
        (json!(5), &json!(5))
    );
}
