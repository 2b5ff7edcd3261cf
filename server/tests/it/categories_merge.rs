//! Merging a category into another.

use axum::http::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::categories::{changes, list, make, path, spend};
use crate::support::{Answer, Client, TestApp};

pub async fn merge(client: &Client, source: &Value, into: &Value) -> Answer {
    let path = format!("{}/merge", path(client, source));
    let version = format!("\"{}\"", source["version"]);
    let body = json!({ "into": into["id"] });
    client
        .send(Method::POST, &path, &[("if-match", &version)], Some(body))
        .await
}

#[tokio::test]
async fn merging_moves_expenses_trash_and_children_and_writes_each_down() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let source = make(&anna, json!({ "name": "Drinks" })).await;
    let child = make(&anna, json!({ "name": "Wine", "parent_id": source["id"] })).await;
    let target = make(&anna, json!({ "name": "Beverages" })).await;
    let (kept, trashed) = (spend(&anna, &source).await, spend(&anna, &source).await);
    let expense =
        |one: &Value| format!("{}/expenses/{}", anna.ledger(), one["id"].as_str().unwrap());
    anna.delete(&expense(&trashed), 1).await.ok();
    let before = changes(&app, &anna).await.len();

    let merged = merge(&anna, &source, &target).await;
    assert_eq!(merged.version(), 1);
    assert_eq!(merged.ok(), target);
    for (one, version) in [(&kept, 2), (&trashed, 3)] {
        let now = anna.get(&expense(one)).await;
        assert_eq!(
            (now.version(), &now.body["category_id"]),
            (version, &target["id"])
        );
    }
    let all = list(&anna).await;
    assert!(!all.iter().any(|one| one["id"] == source["id"]));
    let moved = all.iter().find(|one| one["id"] == child["id"]).unwrap();
    assert_eq!(
        (&moved["parent_id"], &moved["version"]),
        (&target["id"], &json!(2))
    );
    let mut written = changes(&app, &anna).await.split_off(before);
    written.sort();
    assert_eq!(
        written,
        [
            "category delete",
            "category update",
            "expense update",
            "expense update"
        ]
    );
}

#[tokio::test]
async fn a_change_of_a_merged_expense_is_what_the_api_shows() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let source = make(&anna, json!({ "name": "Drinks" })).await;
    let target = make(&anna, json!({ "name": "Beverages" })).await;
    let before = spend(&anna, &source).await;
    merge(&anna, &source, &target).await.ok();
    let path = format!(
        "{}/expenses/{}",
        anna.ledger(),
        before["id"].as_str().unwrap()
    );
    let after = anna.get(&path).await.ok();
    let change: (Value, Value) = sqlx::query_as(
        "select before, after from changes where entity = 'expense' and action = 'update' and entity_id = $1",
    )
    .bind(before["id"].as_str().unwrap().parse::<Uuid>().unwrap())
    .fetch_one(&app.app.db)
    .await
    .unwrap();
    assert_eq!(change, (before, after));
}

#[tokio::test]
async fn what_cannot_be_merged_stays_as_it_is() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let root = make(&anna, json!({ "name": "Drinks" })).await;
    let child = make(&anna, json!({ "name": "Wine", "parent_id": root["id"] })).await;
    let other = make(&anna, json!({ "name": "Beverages" })).await;
    make(&anna, json!({ "name": "WINE", "parent_id": other["id"] })).await;
    let bens = make(&ben, json!({ "name": "Drinks" })).await;
    let before = list(&anna).await;
    for (source, into, problem) in [
        (&root, &root, "422 invalid_value into"),
        (&root, &bens, "422 category_unknown into"),
        (&root, &child, "422 category_not_root into"),
        (&root, &other, "409 name_taken into"),
        (&bens, &root, "404 not_found -"),
    ] {
        assert_eq!(merge(&anna, source, into).await.problem(), problem);
    }
    let stale = json!({ "id": root["id"], "version": 7 });
    assert_eq!(
        merge(&anna, &stale, &other).await.problem(),
        "412 version_conflict -"
    );
    assert_eq!(list(&anna).await, before);
}
