//! Several expenses at once: all of them, or none.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::expenses::{add, expenses, lunch, path};
use crate::support::{Answer, Client, TestApp};

/// Does something to these expenses, as they were seen.
async fn batch(client: &Client, seen: &[&Value], action: Value) -> Answer {
    let mut body = action;
    body["items"] = seen
        .iter()
        .map(|expense| json!({ "id": expense["id"], "version": expense["version"] }))
        .collect();
    client
        .post(&format!("{}/batch", expenses(client)), body)
        .await
}

#[tokio::test]
async fn several_get_a_category_and_tags() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let categories = anna
        .get(&format!("{}/categories", anna.ledger()))
        .await
        .ok();
    let category = &categories["items"][0]["id"];
    let one = add(&anna, json!({ "tags": ["Fun", "old"] })).await;
    let two = add(&anna, json!({})).await;
    let action =
        json!({ "category_id": category, "add_tags": ["fun", "new"], "remove_tags": ["OLD"] });
    let done = batch(&anna, &[&two, &one], action).await.ok();
    assert_eq!(done["items"][0]["id"], two["id"]);
    assert_eq!(done["items"][0]["tags"], json!(["fun", "new"]));
    assert_eq!(done["items"][1]["tags"], json!(["Fun", "new"]));
    assert_eq!(done["items"][1]["category_id"], *category);
    assert_eq!(done["items"][1]["version"], json!(2));
    assert_eq!(anna.get(&path(&anna, &one)).await.ok(), done["items"][1]);
    // What is left out stays; null takes away.
    let seen = done["items"].as_array().unwrap();
    let seen: Vec<_> = seen.iter().collect();
    let same = batch(&anna, &seen, json!({})).await.ok();
    assert_eq!(same, done);
    let none = batch(&anna, &seen, json!({ "category_id": null }))
        .await
        .ok();
    assert_eq!(none["items"][0]["category_id"], Value::Null);
    let unknown = batch(&anna, &[], json!({})).await;
    assert_eq!(unknown.problem(), "422 invalid_value items");
}

#[tokio::test]
async fn several_go_into_the_trash_and_come_back() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (one, two) = (add(&anna, json!({})).await, add(&anna, json!({})).await);
    let trashed = batch(&anna, &[&one, &two], json!({ "delete": true }))
        .await
        .ok();
    assert!(trashed["items"][0]["deleted_at"].is_string());
    assert_eq!(anna.get(&expenses(&anna)).await.ok()["items"], json!([]));
    let trashed = trashed["items"].as_array().unwrap();
    let seen: Vec<_> = trashed.iter().collect();
    let back = batch(&anna, &seen, json!({ "restore": true })).await.ok();
    assert_eq!(back["items"][1]["deleted_at"], Value::Null);
    let changes = anna
        .get(&format!("{}/changes?before=1000&limit=4", anna.ledger()))
        .await
        .ok();
    let actions: Vec<_> = changes["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| &change["action"])
        .collect();
    assert_eq!(actions, ["restore", "restore", "delete", "delete"]);
}

#[tokio::test]
async fn where_one_has_changed_nothing_is_done() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (one, two) = (add(&anna, json!({})).await, add(&anna, json!({})).await);
    let changed = anna
        .put(&path(&anna, &two), 1, lunch(&json!({ "amount": 1 })))
        .await
        .ok();
    let late = batch(&anna, &[&one, &two], json!({ "delete": true })).await;
    assert_eq!(late.problem(), "412 version_conflict -");
    assert_eq!(late.body["current"], json!([changed]));
    assert_eq!(anna.get(&path(&anna, &one)).await.ok(), one);
}

#[tokio::test]
async fn a_batch_that_cannot_be_is_refused() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let one = add(&anna, json!({})).await;
    let bens = add(&ben, json!({})).await;
    let seq = anna.get(&anna.ledger()).await.ok()["seq"].clone();
    let many: Vec<_> = (0..201)
        .map(|_| json!({ "id": Uuid::now_v7(), "version": 1 }))
        .collect();
    let tags: Vec<_> = (0..21).map(|tag| tag.to_string()).collect();
    for (seen, action, problem) in [
        (
            vec![&one, &bens],
            json!({ "delete": true }),
            "404 not_found items[1].id",
        ),
        (
            vec![&one, &one],
            json!({ "delete": true }),
            "422 invalid_value items[1].id",
        ),
        (many.iter().collect(), json!({}), "422 too_many_items items"),
        (
            vec![&one],
            json!({ "delete": true, "restore": true }),
            "422 invalid_value restore",
        ),
        (
            vec![&one],
            json!({ "add_tags": tags }),
            "422 too_many_items add_tags",
        ),
        // However many of them are new.
        (
            vec![&one],
            json!({ "add_tags": vec!["same"; 21] }),
            "422 too_many_items add_tags",
        ),
        (
            vec![&one],
            json!({ "category_id": Uuid::now_v7() }),
            "422 category_unknown category_id",
        ),
        (
            vec![&one],
            json!({ "amount": 1 }),
            "422 unknown_field amount",
        ),
    ] {
        assert_eq!(batch(&anna, &seen, action).await.problem(), problem);
    }
    assert_eq!(anna.get(&path(&anna, &one)).await.ok(), one);
    assert_eq!(anna.get(&anna.ledger()).await.ok()["seq"], seq);
}

#[tokio::test]
async fn an_item_is_an_object() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let one = add(&anna, json!({})).await;
    let path = format!("{}/expenses/batch", anna.ledger());
    let body = json!({ "items": [[one["id"], 1]], "delete": true });
    let refused = anna.post(&path, body).await;
    assert_eq!(refused.problem(), "422 wrong_type items[0]");
}
