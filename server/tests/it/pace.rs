//! How many requests somebody may make: counted in each instance, and told to the others.

use axum::http::{Method, StatusCode};
use uuid::Uuid;

use crate::support::{Answer, Client, TestApp};

/// Somebody who is not signed in, at an address that a proxy names.
async fn ask_from(client: &Client, ip: &str) -> Answer {
    let headers = [("x-forwarded-for", ip)];
    client.send(Method::GET, "/ledgers", &headers, None).await
}

fn seconds(refused: &Answer) -> u32 {
    let seconds = refused.headers["retry-after"].to_str().unwrap();
    seconds.parse().unwrap()
}

/// Two instances with one Redis, both of which allow so many requests in a minute.
async fn two(limit: u32) -> (TestApp, TestApp) {
    let url = std::env::var("OUTLAY_TEST_REDIS_URL");
    let url =
        url.expect("OUTLAY_TEST_REDIS_URL names a Redis for the tests: run them with `make test`");
    let prefix = format!("test_{}", Uuid::now_v7().simple());
    let shared = |config: &mut outlay::config::Config| {
        config.redis_url = Some(url.clone());
        config.redis_prefix.clone_from(&prefix);
        config.requests_per_minute = limit;
    };
    let here = TestApp::with(shared).await;
    let there = here.beside(shared);
    (here, there)
}

#[tokio::test]
async fn who_asks_too_often_waits_and_nobody_else_does() {
    let app = TestApp::with(|config| config.requests_per_minute = 2).await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    for _ in 0..2 {
        anna.get("/ledgers").await.ok();
    }
    let refused = anna.get("/ledgers").await;
    assert!((1..=30).contains(&seconds(&refused)));
    assert_eq!(refused.problem(), "429 rate_limited -");
    ben.get("/ledgers").await.ok();
    // The same from a session of its own: the user counts.
    let again = app.sign_in("anna").await;
    assert_eq!(again.get("/me").await.problem(), "429 rate_limited -");
}

#[tokio::test]
async fn without_a_token_the_address_counts() {
    let app = TestApp::with(|config| {
        config.requests_per_minute = 2;
        config.trusted_proxies = 1;
    })
    .await;
    let anna = app.sign_up("anna").await;
    let mut nobody = anna.clone();
    nobody.token = Some("none".to_owned());
    for _ in 0..2 {
        let answer = ask_from(&nobody, "2001:db8::1").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    let refused = ask_from(&nobody, "2001:db8::2").await;
    assert_eq!(refused.problem(), "429 rate_limited -");
    let answer = ask_from(&nobody, "2001:db8:0:1::1").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    ask_from(&anna, "2001:db8::1").await.ok();
}

#[tokio::test]
async fn what_one_instance_has_counted_another_refuses() {
    let (here, there) = two(2).await;
    let anna = here.sign_up("anna").await;
    for _ in 0..2 {
        anna.get("/ledgers").await.ok();
    }
    here.app.pace.tell().await;
    let elsewhere = there.welcome(&anna);
    elsewhere.get("/ledgers").await.ok();
    there.app.pace.tell().await;
    let refused = elsewhere.get("/ledgers").await;
    assert_eq!(refused.problem(), "429 rate_limited -");
    // It has become one more than is allowed: half a minute for each, where here nobody would have waited for the first.
    assert!((31..=60).contains(&seconds(&refused)));
}

#[tokio::test]
async fn without_its_redis_each_instance_counts_for_itself() {
    let app = TestApp::with(|config| {
        // Nobody listens there.
        config.redis_url = Some("redis://127.0.0.1:1/0".to_owned());
        config.requests_per_minute = 2;
    })
    .await;
    let anna = app.sign_up("anna").await;
    for _ in 0..2 {
        anna.get("/ledgers").await.ok();
    }
    app.app.pace.tell().await;
    assert_eq!(anna.get("/ledgers").await.problem(), "429 rate_limited -");
}

#[tokio::test]
async fn who_asks_too_often_is_refused_before_he_waits_for_room() {
    let app = TestApp::with(|config| {
        config.requests_per_minute = 2;
        config.database_connections = 1;
    })
    .await;
    let anna = app.sign_up("anna").await;
    for _ in 0..2 {
        anna.get("/ledgers").await.ok();
    }
    let room = &app.app.requests.room;
    let mut places = Vec::new();
    for _ in 0..4 {
        places.push(room.enter().await.unwrap());
    }
    assert_eq!(anna.get("/ledgers").await.problem(), "429 rate_limited -");
}
