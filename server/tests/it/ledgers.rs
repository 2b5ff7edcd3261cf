//! Ledgers: one's own, and those that one makes.

use axum::http::StatusCode;
use serde_json::json;
use uuid::Uuid;

use crate::support::TestApp;

#[tokio::test]
async fn a_new_user_has_a_personal_ledger_and_owns_it() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledgers = anna.get("/ledgers").await.ok();
    assert_eq!(ledgers["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(ledgers["items"][0]["personal"], json!(true));
    assert_eq!(ledgers["items"][0]["role"], json!("owner"));
    assert_eq!(ledgers["items"][0]["id"], anna.user["personal_ledger_id"]);
}

#[tokio::test]
async fn making_a_ledger_twice_makes_one() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "id": Uuid::now_v7(), "name": "Flat", "currency": "EUR" });
    let first = anna.post("/ledgers", body.clone()).await;
    let second = anna.post("/ledgers", body).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(first.body, second.body);
    assert_eq!(
        anna.get("/ledgers").await.ok()["items"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn an_id_that_stands_for_another_ledger_is_refused() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let id = Uuid::now_v7();
    anna.post(
        "/ledgers",
        json!({ "id": id, "name": "Flat", "currency": "EUR" }),
    )
    .await
    .ok();
    let other = anna
        .post(
            "/ledgers",
            json!({ "id": id, "name": "Trip", "currency": "EUR" }),
        )
        .await;
    assert_eq!(other.problem(), "409 id_taken id");
    let strangers = ben
        .post(
            "/ledgers",
            json!({ "id": id, "name": "Flat", "currency": "EUR" }),
        )
        .await;
    assert_eq!(strangers.problem(), "409 id_taken id");
}

#[tokio::test]
async fn renaming_needs_the_version_that_one_has_seen() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger = anna.ledger();
    let renamed = anna.put(&ledger, 1, json!({ "name": "Mine" })).await;
    assert_eq!(
        (renamed.version(), &renamed.ok()["name"]),
        (2, &json!("Mine"))
    );
    let late = anna.put(&ledger, 1, json!({ "name": "Late" })).await;
    assert_eq!(late.problem(), "412 version_conflict -");
    assert_eq!(late.body["current"]["name"], json!("Mine"));
}

#[tokio::test]
async fn the_personal_ledger_can_neither_be_deleted_nor_archived() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    assert_eq!(
        anna.delete(&anna.ledger(), 1).await.problem(),
        "409 personal_ledger -"
    );
    let archived = anna
        .put(
            &anna.ledger(),
            1,
            json!({ "name": "Mine", "archived": true }),
        )
        .await;
    assert_eq!(archived.problem(), "409 personal_ledger archived");
}

#[tokio::test]
async fn a_deleted_ledger_is_gone() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = anna
        .post("/ledgers", json!({ "name": "Trip", "currency": "JPY" }))
        .await
        .ok();
    let path = format!("/ledgers/{}", made["id"].as_str().unwrap());
    assert_eq!(anna.delete(&path, 1).await.status, StatusCode::NO_CONTENT);
    assert_eq!(anna.get(&path).await.problem(), "404 not_found -");
}

#[tokio::test]
async fn a_ledger_that_is_made_again_after_a_change_is_the_same_ledger() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "id": Uuid::now_v7(), "name": "Flat", "currency": "EUR" });
    let made = anna.post("/ledgers", body.clone()).await.ok();
    let here = format!("/ledgers/{}", made["id"].as_str().unwrap());
    anna.put(&here, 1, json!({ "name": "Home" })).await.ok();
    let again = anna.post("/ledgers", body).await.ok();
    assert_eq!(again["name"], json!("Home"));
}
