//! Reports on spending: whose it is, and that all of it adds up.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::reports::{category, report, rows, spend};
use crate::support::{Client, TestApp};

/// A second member of somebody's ledger, who has no account.
async fn second_member(app: &TestApp, client: &Client) -> Uuid {
    let id = Uuid::now_v7();
    sqlx::query("insert into members (ledger_id, id, name, role) values ($1::text::uuid, $2, 'Ben', 'editor')")
        .bind(client.user["personal_ledger_id"].as_str().unwrap())
        .bind(id)
        .execute(&app.app.db)
        .await
        .unwrap();
    id
}

#[tokio::test]
async fn my_spending_is_what_i_bear_whoever_paid() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ben = second_member(&app, &anna).await;
    let me = anna.get(&anna.ledger()).await.ok()["member_id"].clone();
    spend(&anna, "2026-02-01", 1000, "Shared", json!({})).await;
    let only_ben = json!({ "split": { "mode": "equal", "parts": [{ "member_id": ben }] } });
    spend(&anna, "2026-02-02", 300, "For Ben", only_ben).await;
    let february = "from=2026-02-01&to=2026-02-28";
    let all = report(&anna, &format!("{february}&group_by=payee")).await;
    assert_eq!(rows(&all, &["payee"]), ["Shared 1000 1", "For Ben 300 1"]);
    let mine = report(&anna, &format!("{february}&group_by=payee&of=me")).await;
    assert_eq!(rows(&mine, &["payee"]), ["Shared 500 1"]);
    let members = report(&anna, &format!("{february}&group_by=member")).await;
    assert_eq!(
        rows(&members, &["member_id"]),
        [
            format!("{ben} 800 2"),
            format!("{} 500 1", me.as_str().unwrap())
        ]
    );
    assert_eq!(
        (&members["total"], &members["count"]),
        (&json!(1300), &json!(2))
    );
    let of_me = report(&anna, &format!("{february}&group_by=member&of=me")).await;
    assert_eq!(
        rows(&of_me, &["member_id"]),
        [format!("{} 500 1", me.as_str().unwrap())]
    );
    let overall = anna
        .get(&format!("/reports/spending?{february}"))
        .await
        .ok();
    assert_eq!(rows(&overall, &[]), ["500 1"]);
}

/// Sixty expenses of three years, refunds among them, some below the category that is returned.
async fn fill(anna: &Client) -> Value {
    let food = category(anna, "Foods", &Value::Null).await;
    let categories = [
        Value::Null,
        category(anna, "Bread", &food).await,
        food.clone(),
    ];
    for number in 0..60_i64 {
        let day = format!(
            "202{}-{:02}-{:02}",
            4 + number % 3,
            1 + number % 12,
            1 + number * 7 % 28
        );
        let tags: &[&str] =
            [&[][..], &["Home"], &["home", "work"]][usize::try_from(number % 3).unwrap()];
        let category_id = &categories[usize::try_from(number * 5 % 7 % 3).unwrap()];
        let other = json!({ "tags": tags, "category_id": category_id, "note": format!("note {}", number % 4) });
        let amount = 101 + number * 1_013 % 7_777 - 900;
        spend(anna, &day, amount, &format!("Payee {}", number % 5), other).await;
    }
    food
}

#[tokio::test]
async fn rows_add_up_to_the_total_and_the_total_to_the_list() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ben = second_member(&app, &anna).await;
    let food = fill(&anna).await;
    let filters = [
        String::new(),
        format!("&category_id={}", food.as_str().unwrap()),
        "&category_id=none".to_owned(),
        "&tag=HOME".to_owned(),
        "&q=payee%203".to_owned(),
        "&q=NOTE%202&min=1000".to_owned(),
        "&max=0".to_owned(),
        format!("&member_id={ben}"),
    ];
    for filter in &filters {
        let range = "from=2024-03-01&to=2026-08-31";
        let list = anna
            .get(&format!(
                "{}/expenses?{range}&limit=200{filter}",
                anna.ledger()
            ))
            .await
            .ok();
        let items = list["items"].as_array().unwrap();
        let sum: i64 = items
            .iter()
            .map(|item| item["ledger_amount"].as_i64().unwrap())
            .sum();
        assert!(!items.is_empty(), "{filter}");
        for by in [
            "",
            "&group_by=category",
            "&group_by=month,payee",
            "&group_by=day",
            "&group_by=member,month",
            "&group_by=tag",
        ] {
            let query = format!("{range}{filter}{by}");
            let report = report(&anna, &query).await;
            assert_eq!(
                (&report["total"], &report["count"]),
                (&json!(sum), &json!(items.len())),
                "{query}"
            );
            let rows = report["rows"].as_array().unwrap();
            let of_rows: i64 = rows.iter().map(|row| row["total"].as_i64().unwrap()).sum();
            if by != "&group_by=tag" {
                assert_eq!(of_rows, sum, "{query}");
            }
        }
    }
}
