//! Signing in.

mod accounts;
mod clock;
mod limits;
mod me;
mod sessions;
mod tokens;

use axum::http::{Method, header};
use serde_json::{Value, json};

use crate::support::{Answer, Client, PASSWORD, TestApp};

/// Signs in at the given address, as a browser does.
async fn login(app: &TestApp, email: &str, password: &str) -> Answer {
    login_from(app, "192.0.2.1", email, password).await
}

/// The same from another client; known only where one proxy is trusted.
async fn login_from(app: &TestApp, ip: &str, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password });
    let headers = [("x-forwarded-for", ip)];
    let anonymous = app.anonymous();
    anonymous
        .send(Method::POST, "/auth/login", &headers, Some(body))
        .await
}

/// Sends a cookie, and nothing else.
async fn with_cookie(app: &TestApp, path: &str, cookie: &str) -> Answer {
    let headers = [("cookie", cookie)];
    app.anonymous()
        .send(Method::POST, path, &headers, None)
        .await
}

/// The cookie that an answer sets, without its attributes: what a browser sends back.
fn cookie(answer: &Answer) -> String {
    set_cookie(answer)
        .split(';')
        .next()
        .expect("a first part")
        .to_owned()
}

fn set_cookie(answer: &Answer) -> &str {
    answer.headers[header::SET_COOKIE].to_str().expect("ASCII")
}

/// Somebody who has just signed in, once more.
async fn signed_in(app: &TestApp, name: &str) -> (Client, String) {
    let answer = login(app, &format!("{name}@outlay.example"), PASSWORD).await;
    let cookie = cookie(&answer);
    (with_token(app, &answer.ok()), cookie)
}

fn with_token(app: &TestApp, answer: &Value) -> Client {
    let mut client = app.anonymous();
    client.token = answer["access_token"].as_str().map(str::to_owned);
    client.user = answer["user"].clone();
    client
}

/// How many rows a table has.
async fn count(app: &TestApp, table: &str) -> i64 {
    let statement = format!("select count(*) from {table}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .fetch_one(&app.app.db)
        .await
        .expect("a table")
}
