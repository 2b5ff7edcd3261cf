//! One's own account: changing it, and leaving.

use axum::http::{Method, StatusCode};
use outlay::ledgers::removal::sweep;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{count, login, signed_in};
use crate::support::{Answer, Client, PASSWORD, TestApp};

const NEW_PASSWORD: &str = "pferd batterie";

fn id(value: &Value) -> Uuid {
    let text = value.as_str().expect("a string");
    text.parse().expect("an id")
}

async fn delete_account(client: &Client, password: &str) -> Answer {
    let body = json!({ "present_password": password });
    client.send(Method::DELETE, "/me", &[], Some(body)).await
}

#[tokio::test]
async fn a_new_name_and_language_are_kept_and_the_name_goes_to_ones_members() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "name": "Anna B.", "email": "anna@outlay.example", "locale": "de" });
    let changed = anna.put("/me", 1, body).await;
    assert_eq!(changed.version(), 2);
    let changed = changed.ok();
    assert_eq!(
        (&changed["name"], &changed["locale"]),
        (&json!("Anna B."), &json!("de"))
    );
    assert_eq!(anna.get("/me").await.ok(), changed);
    let members = anna.get(&format!("{}/members", anna.ledger())).await.ok();
    let member = &members["items"][0];
    assert_eq!(
        (&member["name"], &member["version"]),
        (&json!("Anna B."), &json!(2))
    );
    let (before, after): (Value, Value) = sqlx::query_as(
        "select before, after from changes where entity = 'member' and action = 'update'",
    )
    .fetch_one(&app.app.db)
    .await
    .unwrap();
    assert_eq!(
        (&before["name"], &after["name"]),
        (&json!("anna"), &json!("Anna B."))
    );
    assert_eq!(&after, member);
}

#[tokio::test]
async fn another_address_needs_the_present_password() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    app.sign_up("ben").await;
    let body = |email: &str, password: Option<&str>| {
        let mut body = json!({ "name": "anna", "email": email, "locale": "en" });
        if let Some(password) = password {
            body["present_password"] = json!(password);
        }
        body
    };
    for (body, problem) in [
        (
            body("new@outlay.example", None),
            "422 missing_field present_password",
        ),
        (
            body("new@outlay.example", Some("wrong password")),
            "422 password_wrong present_password",
        ),
        (
            body("BEN@outlay.example", Some(PASSWORD)),
            "409 email_taken email",
        ),
        (body("new", Some(PASSWORD)), "422 email_invalid email"),
    ] {
        assert_eq!(anna.put("/me", 1, body).await.problem(), problem);
    }
    let body = body("New@outlay.example", Some(PASSWORD));
    let changed = anna.put("/me", 1, body).await.ok();
    assert_eq!(changed["email"], json!("new@outlay.example"));
    login(&app, "new@outlay.example", PASSWORD).await.ok();
    let old = login(&app, "anna@outlay.example", PASSWORD).await;
    assert_eq!(old.problem(), "401 invalid_credentials -");
}

#[tokio::test]
async fn an_account_is_not_changed_over_a_change_that_one_has_not_seen() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = |name: &str| json!({ "name": name, "email": "anna@outlay.example", "locale": "en" });
    anna.put("/me", 1, body("First")).await.ok();
    let late = anna.put("/me", 1, body("Late")).await;
    assert_eq!(late.problem(), "412 version_conflict -");
    assert_eq!(late.body["current"]["name"], json!("First"));
    let bare = anna.send(Method::PUT, "/me", &[], Some(body("x"))).await;
    assert_eq!(bare.problem(), "428 if_match_missing If-Match");
    let mut unknown = body("x");
    unknown["version"] = json!(3);
    let unknown = anna.put("/me", 2, unknown).await;
    assert_eq!(unknown.problem(), "422 unknown_field version");
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let (phone, _) = signed_in(&app, "anna").await;
    let change = |present: &str, new: &str| {
        let body = json!({ "present_password": present, "new_password": new });
        anna.post("/me/password", body)
    };
    for (present, new, problem) in [
        (
            "wrong password",
            NEW_PASSWORD,
            "422 password_wrong present_password",
        ),
        (PASSWORD, "short", "422 password_too_short new_password"),
        (
            PASSWORD,
            "qwertyuiop",
            "422 password_too_common new_password",
        ),
        (
            PASSWORD,
            "Anna@outlay.example",
            "422 password_too_common new_password",
        ),
    ] {
        assert_eq!(change(present, new).await.problem(), problem);
    }
    phone.get("/me").await.ok();
    let changed = change(PASSWORD, NEW_PASSWORD).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT);
    anna.get("/me").await.ok();
    assert_eq!(phone.get("/me").await.problem(), "401 unauthenticated -");
    let old = login(&app, "anna@outlay.example", PASSWORD).await;
    assert_eq!(old.problem(), "401 invalid_credentials -");
    login(&app, "anna@outlay.example", NEW_PASSWORD).await.ok();
}

#[tokio::test]
async fn deleting_an_account_needs_the_present_password() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let wrong = delete_account(&anna, "wrong password").await;
    assert_eq!(wrong.problem(), "422 password_wrong present_password");
    let bare = anna.send(Method::DELETE, "/me", &[], None).await;
    assert_eq!(bare.problem(), "415 unsupported_media_type -");
    anna.get("/me").await.ok();
}

#[tokio::test]
async fn deleting_an_account_leaves_nothing_of_it() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    anna.post("/ledgers", json!({ "name": "Trip", "currency": "JPY" }))
        .await
        .ok();
    add_expense(&anna, &anna.user["personal_ledger_id"]).await;
    let deleted = delete_account(&anna, PASSWORD).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    sweep(&app.app.db, 100).await.unwrap();
    for table in [
        "users",
        "sessions",
        "ledgers",
        "members",
        "categories",
        "expenses",
        "shares",
        "changes",
        "expense_totals",
        "share_totals",
        "balances",
    ] {
        assert_eq!(count(&app, table).await, 0, "{table}");
    }
    let gone = login(&app, "anna@outlay.example", PASSWORD).await;
    assert_eq!(gone.problem(), "401 invalid_credentials -");
    app.sign_up("anna").await;
}

#[tokio::test]
async fn in_a_ledger_that_others_share_the_member_stays_without_an_account() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let flat = json!({ "name": "Flat", "currency": "EUR" });
    let flat = anna.post("/ledgers", flat).await.ok();
    let ledger = id(&flat["id"]);
    sqlx::query("insert into members (ledger_id, id, user_id, name, role) values ($1, $2, $3, 'ben', 'viewer')")
        .bind(ledger)
        .bind(Uuid::now_v7())
        .bind(id(&ben.user["id"]))
        .execute(&app.app.db)
        .await
        .unwrap();
    add_expense(&anna, &flat["id"]).await;
    delete_account(&anna, PASSWORD).await;
    assert_eq!(count(&app, "expenses").await, 1);
    let path = format!("/ledgers/{ledger}");
    let role = ben.get(&path).await.ok()["role"].clone();
    assert_eq!(role, json!("owner"), "somebody must own it");
    let members = ben.get(&format!("{path}/members")).await.ok();
    let left = &members["items"][0];
    assert_eq!(
        (&left["id"], &left["name"], &left["user_id"]),
        (&flat["member_id"], &json!("anna"), &Value::Null)
    );
    let changes: i64 = sqlx::query_scalar(
        "select count(*) from changes where ledger_id = $1 and entity = 'member' and action = 'update'",
    )
    .bind(ledger)
    .fetch_one(&app.app.db)
    .await
    .unwrap();
    assert_eq!(changes, 2, "both are in the history");
    delete_account(&ben, PASSWORD).await;
    sweep(&app.app.db, 100).await.unwrap();
    assert_eq!(
        count(&app, "ledgers").await,
        0,
        "the last one takes it along"
    );
}

/// An expense that the caller pays.
async fn add_expense(client: &Client, ledger: &Value) {
    let path = format!("/ledgers/{}/expenses", ledger.as_str().expect("an id"));
    let bread = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Bakery" });
    client.post(&path, bread).await.ok();
}
