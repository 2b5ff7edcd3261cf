//! Making an account, and signing in.

use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use outlay::config::Registration;
use serde_json::{Value, json};

use super::{count, login, set_cookie};
use crate::support::{PASSWORD, TestApp};

fn account() -> Value {
    json!({ "email": "Anna@Outlay.Example", "password": PASSWORD, "name": " Anna " })
}

#[tokio::test]
async fn signing_up_answers_with_the_user_and_an_access_token() {
    let app = TestApp::new().await;
    let answer = app.anonymous().post("/auth/register", account()).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
    let user = &answer.body["user"];
    assert_eq!(user["email"], json!("anna@outlay.example"));
    assert_eq!(
        (&user["name"], &user["locale"], &user["version"]),
        (&json!("Anna"), &json!("en"), &json!(1))
    );
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"]),
        (&json!("Bearer"), &json!(600))
    );
    assert!(!answer.text.contains("argon2"));
}

#[tokio::test]
async fn the_personal_ledger_begins_in_the_users_language_and_currency() {
    let app = TestApp::new().await;
    let mut body = account();
    body["locale"] = json!("de");
    body["currency"] = json!("CHF");
    let answer = app.anonymous().post("/auth/register", body).await.ok();
    let anna = super::with_token(&app, &answer);
    let ledger = anna.get(&anna.ledger()).await.ok();
    assert_eq!(
        (&ledger["name"], &ledger["currency"], &ledger["personal"]),
        (&json!("Privat"), &json!("CHF"), &json!(true))
    );
    let categories = anna.get(&format!("{}/categories", anna.ledger())).await;
    assert!(categories.text.contains("\"Lebensmittel\""));
    let changes: i64 = sqlx::query_scalar("select count(*) from changes")
        .fetch_one(&app.app.db)
        .await
        .unwrap();
    assert_eq!(
        ledger["seq"],
        json!(changes),
        "everything is in the history"
    );
}

#[tokio::test]
async fn a_bad_account_is_refused_at_its_field_and_nothing_is_stored() {
    let app = TestApp::new().await;
    let cases = [
        (json!({ "email": "anna" }), "422 email_invalid email"),
        (
            json!({ "email": "anna@outlay.example\u{7}" }),
            "422 email_invalid email",
        ),
        (json!({ "email": 7 }), "422 wrong_type email"),
        (json!({ "email": null }), "422 wrong_type email"),
        (
            json!({ "password": "short" }),
            "422 password_too_short password",
        ),
        (
            json!({ "password": "x".repeat(201) }),
            "422 password_too_long password",
        ),
        (
            json!({ "password": "Password123" }),
            "422 password_too_common password",
        ),
        (
            json!({ "password": "abababab" }),
            "422 password_too_common password",
        ),
        (
            json!({ "password": "anna@outlay.example" }),
            "422 password_too_common password",
        ),
        (json!({ "password": ["x"] }), "422 wrong_type password"),
        (json!({ "name": "" }), "422 text_empty name"),
        (json!({ "name": "  " }), "422 text_empty name"),
        (
            json!({ "name": "A\nB" }),
            "422 text_control_characters name",
        ),
        (json!({ "name": "x".repeat(101) }), "422 text_too_long name"),
        (json!({ "locale": "xx" }), "422 invalid_value locale"),
        (
            json!({ "currency": "EURO" }),
            "422 currency_unknown currency",
        ),
        (json!({ "admin": true }), "422 unknown_field admin"),
    ];
    for (change, problem) in cases {
        let mut body = account();
        for (field, value) in change.as_object().unwrap() {
            body[field] = value.clone();
        }
        let answer = app.anonymous().post("/auth/register", body).await;
        assert_eq!(answer.problem(), problem, "{change}");
    }
    let missing = json!({ "email": "anna@outlay.example", "name": "Anna" });
    let answer = app.anonymous().post("/auth/register", missing).await;
    assert_eq!(answer.problem(), "422 missing_field password");
    for table in ["users", "ledgers", "members", "categories", "sessions"] {
        assert_eq!(count(&app, table).await, 0, "{table}");
    }
}

#[tokio::test]
async fn an_address_that_is_taken_is_refused_in_any_case() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let ledgers = count(&app, "ledgers").await;
    let again = app.anonymous().post("/auth/register", account()).await;
    assert_eq!(again.problem(), "409 email_taken email");
    assert_eq!(
        count(&app, "ledgers").await,
        ledgers,
        "nothing is left behind"
    );
}

#[tokio::test]
async fn of_many_who_take_one_address_at_once_one_gets_it() {
    let app = TestApp::new().await;
    let attempts = (0..5).map(|_| async {
        let client = app.anonymous();
        client
            .post("/auth/register", account())
            .await
            .status
            .as_u16()
    });
    let mut statuses = futures_util::future::join_all(attempts).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409]);
}

#[tokio::test]
async fn closed_registration_lets_nobody_new_in() {
    let app = TestApp::with(|config| config.registration = Registration::Closed).await;
    let answer = app.anonymous().post("/auth/register", account()).await;
    assert_eq!(answer.problem(), "403 registration_closed -");
    assert_eq!(count(&app, "users").await, 0);
}

#[tokio::test]
async fn signing_in_takes_the_address_in_any_case() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let answer = login(&app, " ANNA@outlay.example ", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(set_cookie(&answer).starts_with("outlay_refresh="));
}

#[tokio::test]
async fn an_unknown_address_and_a_wrong_password_are_one_answer() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let told = async |email: &str, password: &str| {
        let mut answer = login(&app, email, password).await;
        assert_eq!(answer.problem(), "401 invalid_credentials -");
        answer.body["request_id"].take();
        answer.body
    };
    let wrong = told("anna@outlay.example", "wrong password").await;
    assert_eq!(told("ben@outlay.example", PASSWORD).await, wrong);
    assert_eq!(told("no address", PASSWORD).await, wrong);
    assert_eq!(told("", "").await, wrong);
}

#[tokio::test]
async fn a_password_too_long_to_be_one_is_refused_before_it_is_hashed() {
    let app = TestApp::new().await;
    let answer = login(&app, "anna@outlay.example", &"x".repeat(10_000)).await;
    assert_eq!(answer.problem(), "422 password_too_long password");
}

#[tokio::test]
async fn signing_in_clears_away_the_sessions_that_are_over() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    app.app.clock.advance(TimeDelta::days(61));
    login(&app, "anna@outlay.example", PASSWORD).await.ok();
    assert_eq!(count(&app, "sessions").await, 1);
}
