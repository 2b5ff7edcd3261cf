//! Sessions: refresh tokens, their cookie, and signing out.

use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use outlay::config::Config;
use serde_json::json;

use super::{cookie, count, login, set_cookie, signed_in, with_cookie, with_token};
use crate::support::{PASSWORD, TestApp};

const ENDED: &str = "401 refresh_invalid -";

#[tokio::test]
async fn refreshing_gives_a_new_access_token_and_a_new_cookie() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let (_, first) = signed_in(&app, "anna").await;
    app.app.clock.advance(TimeDelta::minutes(20));
    let refreshed = with_cookie(&app, "/auth/refresh", &first).await;
    assert_eq!(refreshed.status, StatusCode::OK);
    let second = cookie(&refreshed);
    assert_ne!(first, second);
    let anna = with_token(&app, &refreshed.ok());
    assert_eq!(anna.get("/me").await.ok()["name"], json!("anna"));
    with_cookie(&app, "/auth/refresh", &second).await.ok();
}

#[tokio::test]
async fn an_old_refresh_token_ends_the_session() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    // One that was replaced once, and one that was replaced by somebody else again and again.
    for times in [1, 3] {
        let (_, stolen) = signed_in(&app, "anna").await;
        let mut latest = stolen.clone();
        let mut thief = app.anonymous();
        for _ in 0..times {
            let answer = with_cookie(&app, "/auth/refresh", &latest).await;
            latest = cookie(&answer);
            thief = with_token(&app, &answer.ok());
        }
        thief.get("/me").await.ok();
        let reused = with_cookie(&app, "/auth/refresh", &stolen).await;
        assert_eq!(reused.problem(), ENDED);
        assert!(set_cookie(&reused).contains("Max-Age=0"));
        assert_eq!(thief.get("/me").await.problem(), "401 unauthenticated -");
        let after = with_cookie(&app, "/auth/refresh", &latest).await;
        assert_eq!(after.problem(), ENDED);
    }
}

#[tokio::test]
async fn of_two_that_refresh_with_one_token_one_succeeds() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let (_, cookie) = signed_in(&app, "anna").await;
    let refresh = || async { with_cookie(&app, "/auth/refresh", &cookie).await.status };
    let mut statuses = futures_util::future::join_all((0..4).map(|_| refresh())).await;
    statuses.sort_unstable();
    assert_eq!(statuses[..2], [StatusCode::OK, StatusCode::UNAUTHORIZED]);
}

#[tokio::test]
async fn what_is_no_refresh_token_is_refused() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let (anna, cookie) = signed_in(&app, "anna").await;
    for cookie in [
        String::new(),
        "outlay_refresh=".to_owned(),
        "outlay_refresh=x".to_owned(),
        "outlay_refresh=%00%ff".to_owned(),
        format!("outlay_refresh={}", "A".repeat(64)),
        format!("{cookie}x"),
        format!("other={}", cookie.split_once('=').unwrap().1),
    ] {
        let answer = with_cookie(&app, "/auth/refresh", &cookie).await;
        assert_eq!(answer.problem(), ENDED, "{cookie}");
    }
    anna.get("/me").await.ok();
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_without_use_and_after_half_a_year_with() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let (_, unused) = signed_in(&app, "anna").await;
    let (_, mut used) = signed_in(&app, "anna").await;
    for _ in 0..8 {
        app.app.clock.advance(TimeDelta::days(22));
        let answer = with_cookie(&app, "/auth/refresh", &used).await;
        used = cookie(&answer);
        answer.ok();
    }
    let answer = with_cookie(&app, "/auth/refresh", &unused).await;
    assert_eq!(answer.problem(), ENDED);
    app.app.clock.advance(TimeDelta::days(5));
    let answer = with_cookie(&app, "/auth/refresh", &used).await;
    assert_eq!(answer.problem(), ENDED, "181 days");
}

#[tokio::test]
async fn signing_out_ends_the_session_and_its_access_tokens() {
    let app = TestApp::new().await;
    let other = app.sign_up("anna").await;
    let (anna, cookie) = signed_in(&app, "anna").await;
    anna.get("/me").await.ok();
    let out = with_cookie(&app, "/auth/logout", &cookie).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(set_cookie(&out).starts_with("outlay_refresh=; "));
    for path in ["/me", "/ledgers", &anna.ledger()] {
        assert_eq!(anna.get(path).await.problem(), "401 unauthenticated -");
    }
    let answer = with_cookie(&app, "/auth/refresh", &cookie).await;
    assert_eq!(answer.problem(), ENDED);
    other.get("/me").await.ok();
    let again = with_cookie(&app, "/auth/logout", "").await;
    assert_eq!(again.status, StatusCode::NO_CONTENT);
}

/// What the cookie of a new session looks like to a page of this origin.
async fn attributes(change: impl FnOnce(&mut Config), origin: Option<&str>) -> String {
    let app = TestApp::with(change).await;
    app.sign_up("anna").await;
    let body = json!({ "email": "anna@outlay.example", "password": PASSWORD });
    let headers: Vec<_> = origin.iter().map(|origin| ("origin", *origin)).collect();
    let answer = app
        .anonymous()
        .send(Method::POST, "/auth/login", &headers, Some(body))
        .await;
    let attributes = set_cookie(&answer).split_once("; ").expect("attributes").1;
    attributes.to_owned()
}

#[tokio::test]
async fn the_cookie_is_for_this_site_and_for_refreshing_only() {
    assert_eq!(
        attributes(|_| {}, None).await,
        "Path=/api/v1/auth; Max-Age=2592000; HttpOnly; SameSite=Strict"
    );
    let https = |config: &mut Config| {
        config.public_url = Some("https://outlay.example".parse().unwrap());
        config.cors_origins = vec!["https://app.example".parse().unwrap()];
    };
    assert_eq!(
        attributes(https, Some("https://outlay.example")).await,
        "Path=/api/v1/auth; Max-Age=2592000; HttpOnly; SameSite=Strict; Secure"
    );
    assert_eq!(
        attributes(https, Some("https://app.example")).await,
        "Path=/api/v1/auth; Max-Age=2592000; HttpOnly; SameSite=None; Secure"
    );
}

#[tokio::test]
async fn a_page_of_another_site_can_neither_refresh_nor_sign_out() {
    let app = TestApp::with(|config| {
        config.public_url = Some("https://outlay.example".parse().unwrap());
        config.cors_origins = vec!["https://app.example".parse().unwrap()];
    })
    .await;
    app.sign_up("anna").await;
    let (anna, mut token) = signed_in(&app, "anna").await;
    for origin in [
        "https://evil.example",
        "https://outlay.example.evil.example",
        "null",
        "",
    ] {
        for path in ["/auth/refresh", "/auth/logout"] {
            let headers = [("cookie", token.as_str()), ("origin", origin)];
            let answer = anna.send(Method::POST, path, &headers, None).await;
            assert_eq!(answer.problem(), "403 forbidden Origin", "{origin}");
        }
    }
    let ours = [
        ("https://outlay.example", "localhost"),
        ("https://app.example", "localhost"),
        ("http://192.0.2.7:8080", "192.0.2.7:8080"),
    ];
    for (origin, host) in ours {
        let headers = [
            ("cookie", token.as_str()),
            ("origin", origin),
            ("host", host),
        ];
        let answer = app
            .anonymous()
            .send(Method::POST, "/auth/refresh", &headers, None)
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{origin}");
        token = cookie(&answer);
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended_one_by_one() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ben = app.sign_up("ben").await;
    app.app.clock.advance(TimeDelta::seconds(5));
    let (phone, phones_cookie) = signed_in(&app, "anna").await;
    let sessions = anna.get("/me/sessions").await.ok();
    let items = sessions["items"].as_array().unwrap().clone();
    let current: Vec<_> = items.iter().map(|item| &item["current"]).collect();
    assert_eq!(
        current,
        [&json!(false), &json!(true)],
        "the phone's is first"
    );
    let path = format!("/me/sessions/{}", items[0]["id"].as_str().unwrap());
    let strangers = ben.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(strangers.problem(), "404 not_found -");
    let ended = anna.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    assert_eq!(phone.get("/me").await.problem(), "401 unauthenticated -");
    let answer = with_cookie(&app, "/auth/refresh", &phones_cookie).await;
    assert_eq!(answer.problem(), ENDED);
    let again = anna.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(again.problem(), "404 not_found -");
    let nonsense = anna.send(Method::DELETE, "/me/sessions/x", &[], None).await;
    assert_eq!(nonsense.problem(), "404 not_found -");
}

#[tokio::test]
async fn all_other_sessions_end_at_once() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ben = app.sign_up("ben").await;
    let (phone, _) = signed_in(&app, "anna").await;
    let (laptop, _) = signed_in(&app, "anna").await;
    let ended = anna.send(Method::DELETE, "/me/sessions", &[], None).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT);
    for other in [phone, laptop] {
        assert_eq!(other.get("/me").await.problem(), "401 unauthenticated -");
    }
    anna.get("/me").await.ok();
    ben.get("/me").await.ok();
}

#[tokio::test]
async fn a_session_says_where_it_was_used_from() {
    let app = TestApp::with(|config| config.trusted_proxies = 1).await;
    let anna = app.sign_up("anna").await;
    let long = "x".repeat(1000);
    let headers = [
        ("x-forwarded-for", "203.0.113.9, 198.51.100.7"),
        ("user-agent", long.as_str()),
    ];
    let body = json!({ "email": "anna@outlay.example", "password": PASSWORD });
    anna.send(Method::POST, "/auth/login", &headers, Some(body))
        .await
        .ok();
    let sessions = anna.get("/me/sessions").await.ok();
    let item = &sessions["items"][0];
    assert_eq!(item["ip"], json!("198.51.100.7"), "what our proxy has seen");
    assert_eq!(item["user_agent"], json!("x".repeat(300)));
}

#[tokio::test]
async fn the_tokens_themselves_are_stored_nowhere() {
    let app = TestApp::new().await;
    app.sign_up("anna").await;
    let answer = login(&app, "anna@outlay.example", PASSWORD).await;
    let token = cookie(&answer).split_once('=').unwrap().1.to_owned();
    let rows: Vec<String> = sqlx::query_scalar("select to_jsonb(s)::text from sessions s")
        .fetch_all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(count(&app, "sessions").await, 2);
    assert!(rows.iter().all(|row| !row.contains(&token)));
}
