//! Who sees who is looking.

use axum::http::Method;
use chrono::TimeDelta;
use outlay::ids::LedgerId;
use outlay::ledgers::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use super::instances::{shared_redis, two};
use super::{Events, join, listen, open, own, remove, spend};
use crate::support::{Answer, Client, TestApp};

/// Opens a stream, and gives its id too.
async fn listen_as(client: &Client) -> (Events, Value) {
    let mut events = open(client).await;
    let stream_id = events.until("stream").await["stream_id"].clone();
    (events, stream_id)
}

async fn look(
    client: &Client,
    ledger_id: LedgerId,
    stream_id: &Value,
    expense_id: Value,
) -> Answer {
    let body = json!({ "stream_id": stream_id, "expense_id": expense_id });
    let path = format!("/ledgers/{ledger_id}/presence");
    client.send(Method::PUT, &path, &[], Some(body)).await
}

/// The next that is heard of who is looking: names, and whether they have something open.
async fn people(events: &mut Events) -> Vec<(String, bool)> {
    let data = events.until("presence").await;
    let people = data["people"].as_array().expect("a list").iter();
    people
        .map(|one| {
            let name = one["name"].as_str().expect("a name");
            (name.to_owned(), !one["expense_id"].is_null())
        })
        .collect()
}

fn looks(name: &str) -> (String, bool) {
    (name.to_owned(), false)
}

fn edits(name: &str) -> (String, bool) {
    (name.to_owned(), true)
}

#[tokio::test]
async fn the_members_who_listen_see_who_looks_and_who_edits_until_the_stream_ends() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let cleo = app.sign_up("cleo").await;
    let ledger_id = own(&anna);
    join(&app.app, ledger_id, &ben, Role::Editor).await;
    let (mut hers, mut cleos) = (listen(&anna).await, listen(&cleo).await);
    let (his, stream_id) = listen_as(&ben).await;
    look(&ben, ledger_id, &stream_id, Value::Null).await.ok();
    assert_eq!(people(&mut hers).await, [looks("ben")]);
    // Said again, it is no news.
    look(&ben, ledger_id, &stream_id, Value::Null).await.ok();
    look(&ben, ledger_id, &stream_id, json!(Uuid::now_v7()))
        .await
        .ok();
    assert_eq!(people(&mut hers).await, [edits("ben")]);
    // Who comes now sees the same.
    let (mut second, second_id) = listen_as(&anna).await;
    assert_eq!(people(&mut second).await, [edits("ben")]);
    look(&anna, ledger_id, &second_id, Value::Null).await.ok();
    assert_eq!(people(&mut hers).await, [edits("ben"), looks("anna")]);
    drop(his);
    assert_eq!(people(&mut hers).await, [looks("anna")]);
    let path = format!(
        "/ledgers/{ledger_id}/presence?stream_id={}",
        second_id.as_str().unwrap()
    );
    anna.send(Method::DELETE, &path, &[], None).await.ok();
    assert_eq!(people(&mut hers).await, []);
    spend(&cleo, own(&cleo)).await;
    assert_eq!(
        cleos.next().await.unwrap().0,
        "ledger",
        "she has seen nothing of it"
    );
}

#[tokio::test]
async fn who_does_not_say_so_again_no_longer_looks() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    join(&app.app, own(&anna), &ben, Role::Viewer).await;
    let (mut hers, her_id) = listen_as(&anna).await;
    let (_his, his_id) = listen_as(&ben).await;
    look(&ben, own(&anna), &his_id, Value::Null).await.ok();
    assert_eq!(people(&mut hers).await, [looks("ben")]);
    app.app.clock.advance(TimeDelta::seconds(41));
    look(&anna, own(&anna), &her_id, Value::Null).await.ok();
    loop {
        // The sweep may have come first.
        let people = people(&mut hers).await;
        if people == [looks("anna")] {
            break;
        }
        assert_eq!(people, []);
    }
}

#[tokio::test]
async fn who_is_removed_is_no_longer_seen_and_sees_no_more() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let member_id = join(&app.app, own(&anna), &ben, Role::Editor).await;
    let (mut hers, her_id) = listen_as(&anna).await;
    let (mut his, his_id) = listen_as(&ben).await;
    look(&ben, own(&anna), &his_id, Value::Null).await.ok();
    assert_eq!(people(&mut his).await, [looks("ben")]);
    remove(&app.app, own(&anna), member_id).await;
    look(&anna, own(&anna), &her_id, Value::Null).await.ok();
    while people(&mut hers).await != [looks("anna")] {}
    assert_eq!(his.next().await.unwrap().0, "ledgers");
    spend(&ben, own(&ben)).await;
    assert_eq!(
        his.next().await.unwrap().0,
        "ledger",
        "and nothing of who looks"
    );
    let refused = look(&ben, own(&anna), &his_id, Value::Null).await;
    assert_eq!(refused.problem(), "404 not_found -");
}

#[tokio::test]
async fn who_looks_is_seen_at_the_other_instance_and_at_one_that_comes_later() {
    let [one, other] = two(&shared_redis()).await;
    let (anna, ben) = (one.sign_up("anna").await, one.sign_up("ben").await);
    join(&one.app, own(&anna), &ben, Role::Editor).await;
    let (mut hers, _) = listen_as(&anna).await;
    let ben = other.welcome(&ben);
    let (his, his_id) = listen_as(&ben).await;
    // The stream is at one instance and the request comes to the other.
    look(&one.welcome(&ben), own(&anna), &his_id, Value::Null)
        .await
        .ok();
    assert_eq!(people(&mut hers).await, [looks("ben")]);
    let config = one.app.config.clone();
    let third = one.beside(|third| {
        third.redis_url.clone_from(&config.redis_url);
        third.redis_prefix.clone_from(&config.redis_prefix);
    });
    let (mut elsewhere, _) = listen_as(&third.welcome(&anna)).await;
    assert_eq!(people(&mut elsewhere).await, [looks("ben")]);
    drop(his);
    assert_eq!(people(&mut hers).await, []);
    assert_eq!(people(&mut elsewhere).await, []);
}

#[tokio::test]
async fn a_presence_that_cannot_be_read_is_refused() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let path = format!("/ledgers/{}/presence", own(&anna));
    let put = |client: &Client, body: Value| {
        let client = client.clone();
        let path = path.clone();
        async move {
            client
                .send(Method::PUT, &path, &[], Some(body))
                .await
                .problem()
        }
    };
    let id = Uuid::now_v7();
    assert_eq!(put(&anna, json!({})).await, "422 missing_field stream_id");
    let text = json!({ "stream_id": "here" });
    assert_eq!(put(&anna, text).await, "422 invalid_value stream_id");
    let more = json!({ "stream_id": id, "page": 1 });
    assert_eq!(put(&anna, more).await, "422 unknown_field page");
    let stranger = put(&ben, json!({ "stream_id": id })).await;
    assert_eq!(stranger, "404 not_found -");
}
