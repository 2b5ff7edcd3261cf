//! Expenses: adding, reading, replacing, the trash.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Answer, Client, TestApp};

/// The path of somebody's expenses.
pub fn expenses(client: &Client) -> String {
    format!("{}/expenses", client.ledger())
}

/// The path of one of them.
pub fn path(client: &Client, expense: &Value) -> String {
    let id = expense["id"].as_str().expect("an expense");
    format!("{}/{id}", expenses(client))
}

/// The body of a lunch, some of it otherwise.
pub fn lunch(other: &Value) -> Value {
    let mut body = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    for (field, value) in other.as_object().expect("fields") {
        body[field] = value.clone();
    }
    body
}

/// Adds a lunch, some of it otherwise.
pub async fn add(client: &Client, other: Value) -> Value {
    client.post(&expenses(client), lunch(&other)).await.ok()
}

/// Who somebody is in their own ledger.
pub async fn member_id(client: &Client) -> Value {
    client.get(&client.ledger()).await.ok()["member_id"].clone()
}

/// Somebody else in somebody's ledger; with an account, if it is one of somebody's.
pub async fn join(app: &TestApp, client: &Client, name: &str, role: &str, user: &Value) -> Value {
    let id = Uuid::now_v7();
    sqlx::query(
        "insert into members (ledger_id, id, user_id, name, role) values ($1::uuid, $2, $3::uuid, $4, $5)",
    )
    .bind(client.user["personal_ledger_id"].as_str())
    .bind(id)
    .bind(user["id"].as_str())
    .bind(name)
    .bind(role)
    .execute(&app.app.db)
    .await
    .expect("a member");
    json!(id)
}

/// Takes an expense out of the trash.
pub async fn restore(client: &Client, expense: &Value) -> Answer {
    let version = format!("\"{}\"", expense["version"]);
    client
        .send(
            Method::POST,
            &format!("{}/restore", path(client, expense)),
            &[("if-match", &version)],
            None,
        )
        .await
}

#[tokio::test]
async fn what_was_left_out_has_a_sensible_default() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let me = member_id(&anna).await;
    let answer = anna.post(&expenses(&anna), lunch(&json!({}))).await;
    assert_eq!((answer.status, answer.version()), (StatusCode::CREATED, 1));
    let made = answer.body;
    let expected = json!({
        "id": made["id"], "kind": "expense", "spent_on": "2026-03-14", "amount": 1250, "currency": "EUR", "rate": null,
        "ledger_amount": 1250, "payee": "Mensa", "note": "", "category_id": null, "tags": [],
        "paid_by": [{ "member_id": me, "amount": 1250 }],
        "split": { "mode": "equal", "parts": [{ "member_id": me }] },
        "shares": [{ "member_id": me, "paid": 1250, "owed": 1250 }],
        "created_by": me, "created_at": made["created_at"], "updated_at": made["created_at"], "deleted_at": null,
        "version": 1,
    });
    assert_eq!(made, expected);
    assert_eq!(anna.get(&path(&anna, &made)).await.ok(), made);
    let list = anna.get(&expenses(&anna)).await.ok();
    assert_eq!(list, json!({ "items": [made], "next_cursor": null }));
}

#[tokio::test]
async fn an_amount_in_another_currency_keeps_its_rate() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = add(
        &anna,
        json!({ "amount": 1000, "currency": "JPY", "rate": "0.00620" }),
    )
    .await;
    assert_eq!(made["rate"], json!("0.0062"));
    assert_eq!(made["ledger_amount"], json!(620));
    assert_eq!(made["paid_by"][0]["amount"], json!(1000));
    assert_eq!(made["shares"][0]["paid"], json!(620));
    assert_eq!(made["shares"][0]["owed"], json!(620));
    let cheap = add(
        &anna,
        json!({ "amount": 1, "currency": "VND", "rate": "0.000035" }),
    )
    .await;
    assert_eq!(cheap["ledger_amount"], json!(0));
    let one = add(&anna, json!({ "currency": "EUR", "rate": "1.0" })).await;
    assert_eq!(one["rate"], Value::Null);
}

#[tokio::test]
async fn adding_twice_adds_once() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = lunch(&json!({ "id": Uuid::now_v7(), "tags": ["food"] }));
    let first = anna.post(&expenses(&anna), body.clone()).await;
    let second = anna.post(&expenses(&anna), body.clone()).await;
    assert_eq!(second.status, StatusCode::CREATED);
    assert_eq!(
        (first.version(), &first.body),
        (second.version(), &second.body)
    );
    // What the server had filled in may come back filled in.
    let mut whole = body.clone();
    whole["paid_by"] = first.body["paid_by"].clone();
    whole["split"] = first.body["split"].clone();
    assert_eq!(anna.post(&expenses(&anna), whole).await.ok(), first.body);
    let list = anna.get(&expenses(&anna)).await.ok();
    assert_eq!(list["items"], json!([first.body]));
}

#[tokio::test]
async fn adding_again_what_was_changed_in_the_meantime_shows_it_as_it_stands() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = lunch(&json!({ "id": Uuid::now_v7() }));
    let made = anna.post(&expenses(&anna), body.clone()).await.ok();
    let dearer = lunch(&json!({ "amount": 1400 }));
    let changed = anna.put(&path(&anna, &made), 1, dearer).await.ok();
    let again = anna.post(&expenses(&anna), body).await;
    assert_eq!((again.status, again.version()), (StatusCode::CREATED, 2));
    assert_eq!(again.body, changed);
}

#[tokio::test]
async fn an_id_that_stands_for_another_expense_is_refused() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let id = Uuid::now_v7();
    add(&anna, json!({ "id": id })).await;
    let other = anna
        .post(
            &expenses(&anna),
            lunch(&json!({ "id": id, "amount": 1251 })),
        )
        .await;
    assert_eq!(other.problem(), "409 id_taken id");
    // Ids are the ledger's own: what stands in another one is nobody's business here.
    add(&ben, json!({ "id": id, "amount": 1 })).await;
}

#[tokio::test]
async fn replacing_needs_the_version_that_one_has_seen() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = add(&anna, json!({})).await;
    let here = path(&anna, &made);
    let changed = anna
        .put(
            &here,
            1,
            lunch(&json!({ "amount": 2100, "note": "with coffee" })),
        )
        .await;
    assert_eq!(changed.version(), 2);
    assert_eq!(changed.body["shares"][0]["owed"], json!(2100));
    let late = anna.put(&here, 1, lunch(&json!({}))).await;
    assert_eq!(late.problem(), "412 version_conflict -");
    assert_eq!(late.body["current"], changed.body);
    let missing = anna
        .send(Method::PUT, &here, &[], Some(lunch(&json!({}))))
        .await;
    assert_eq!(missing.problem(), "428 if_match_missing If-Match");
    assert_eq!(anna.get(&here).await.ok(), changed.body);
}

#[tokio::test]
async fn replacing_by_the_same_changes_nothing() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = add(&anna, json!({})).await;
    let same = anna.put(&path(&anna, &made), 1, lunch(&json!({}))).await;
    assert_eq!((same.version(), &same.body), (1, &made));
}

#[tokio::test]
async fn the_trash_gives_back_what_was_put_into_it() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let made = add(&anna, json!({})).await;
    let here = path(&anna, &made);
    let late = anna.delete(&here, 7).await;
    assert_eq!(late.problem(), "412 version_conflict -");
    let trashed = anna.delete(&here, 1).await;
    assert_eq!((trashed.status, trashed.version()), (StatusCode::OK, 2));
    assert!(trashed.body["deleted_at"].is_string());
    assert_eq!(anna.get(&here).await.ok(), trashed.body);
    assert_eq!(anna.get(&expenses(&anna)).await.ok()["items"], json!([]));
    let trash = anna.get(&format!("{}?deleted=true", expenses(&anna))).await;
    assert_eq!(trash.ok()["items"], json!([trashed.body]));
    let restored = restore(&anna, &trashed.body).await;
    assert_eq!(restored.version(), 3);
    assert_eq!(restored.body["deleted_at"], Value::Null);
    assert_eq!(restored.body["amount"], made["amount"]);
    let list = anna.get(&expenses(&anna)).await.ok();
    assert_eq!(list["items"], json!([restored.body]));
}

#[tokio::test]
async fn an_expense_is_not_found_in_another_ledger() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let made = add(&anna, json!({})).await;
    let (here, elsewhere) = (path(&anna, &made), path(&ben, &made));
    for refused in [
        ben.get(&elsewhere).await,
        ben.get(&format!("{elsewhere}/changes")).await,
        ben.put(&elsewhere, 1, lunch(&json!({}))).await,
        ben.delete(&elsewhere, 1).await,
        restore(&ben, &made).await,
    ] {
        assert_eq!(refused.problem(), "404 not_found -");
    }
    assert_eq!(anna.get(&here).await.ok(), made);
}
