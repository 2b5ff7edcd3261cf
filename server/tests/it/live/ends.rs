//! How streams end.

use axum::http::{Method, StatusCode, header};
use chrono::TimeDelta;
use outlay::ledgers::Role;
use serde_json::{Value, json};

use super::{Events, join, listen, own, spend};
use crate::support::{PASSWORD, TestApp};

/// The last event.
async fn end(events: Events) -> (String, Value) {
    events.rest().await.pop().expect("an event")
}

fn ended(reason: &str) -> (String, Value) {
    ("end".to_owned(), json!({ "reason": reason }))
}

#[tokio::test]
async fn signing_out_ends_the_streams_of_that_session_and_no_others() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "email": "anna@outlay.example", "password": PASSWORD });
    let phone = app.anonymous().post("/auth/login", body).await;
    let mut client = anna.clone();
    client.token = phone.body["access_token"].as_str().map(str::to_owned);
    let (on_phone, mut here) = (listen(&client).await, listen(&anna).await);
    let cookie = phone.headers[header::SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap();
    let out = anna
        .send(Method::POST, "/auth/logout", &[("cookie", cookie)], None)
        .await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(end(on_phone).await, ended("signed_out"));
    spend(&anna, own(&anna)).await;
    here.until("ledger").await;
}

#[tokio::test]
async fn a_session_ended_from_elsewhere_ends_its_streams() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let phone = app.sign_in("anna").await;
    let first = listen(&phone).await;
    anna.send(Method::DELETE, "/me/sessions", &[], None).await;
    assert_eq!(end(first).await, ended("signed_out"));

    let phone = app.sign_in("anna").await;
    let second = listen(&phone).await;
    let sessions = anna.get("/me/sessions").await.ok();
    let sessions = sessions["items"].as_array().unwrap();
    let other = sessions.iter().find(|one| one["current"] == json!(false));
    let path = format!("/me/sessions/{}", other.unwrap()["id"].as_str().unwrap());
    anna.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(end(second).await, ended("signed_out"));

    let phone = app.sign_in("anna").await;
    let (third, mut here) = (listen(&phone).await, listen(&anna).await);
    let body = json!({ "present_password": PASSWORD, "new_password": "another horse and battery" });
    anna.post("/me/password", body).await;
    assert_eq!(end(third).await, ended("signed_out"));
    spend(&anna, own(&anna)).await;
    here.until("ledger").await;
}

#[tokio::test]
async fn an_account_that_is_deleted_hears_nothing_and_the_others_are_told() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    join(&app.app, own(&anna), &ben, Role::Editor).await;
    let (mut hers, his) = (listen(&anna).await, listen(&ben).await);
    let body = Some(json!({ "present_password": PASSWORD }));
    ben.send(Method::DELETE, "/me", &[], body).await;
    assert_eq!(end(his).await, ended("signed_out"));
    assert_eq!(hers.until("ledger").await["ledger_id"], json!(own(&anna)));
}

#[tokio::test]
async fn a_stream_ends_with_its_access_token() {
    let app = TestApp::new().await;
    app.app.clock.stop();
    let anna = app.sign_up("anna").await;
    app.app.clock.advance(TimeDelta::seconds(599));
    assert_eq!(end(listen(&anna).await).await, ended("expired"));
}

#[tokio::test]
async fn the_oldest_of_too_many_streams_ends() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let first = listen(&anna).await;
    let mut others = Vec::new();
    for _ in 0..20 {
        others.push(listen(&anna).await);
    }
    assert_eq!(end(first).await, ended("too_many"));
    assert_eq!(app.app.live.count(), 20);
    spend(&anna, own(&anna)).await;
    for events in &mut others {
        events.until("ledger").await;
    }
}

#[tokio::test]
async fn an_instance_that_is_about_to_stop_ends_its_streams_and_opens_none() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let events = listen(&anna).await;
    app.app.live.stop();
    assert_eq!(end(events).await, ended("stopping"));
    assert_eq!(anna.get("/events").await.problem(), "503 unavailable -");
}

#[tokio::test]
async fn without_a_session_there_is_no_stream() {
    let app = TestApp::new().await;
    let nobody = app.anonymous().get("/events").await;
    assert_eq!(nobody.problem(), "401 unauthenticated -");
    let anna = app.sign_up("anna").await;
    let body = Some(json!({ "present_password": PASSWORD }));
    anna.send(Method::DELETE, "/me", &[], body).await;
    assert_eq!(anna.get("/events").await.problem(), "401 unauthenticated -");
    assert_eq!(app.app.live.count(), 0);
}
