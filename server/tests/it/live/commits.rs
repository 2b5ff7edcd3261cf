//! What is heard, and by whom.

use outlay::db::Tx;
use outlay::history::{Action, Entity};
use outlay::ledgers::Role;
use serde_json::json;
use sqlx::Connection;

use super::{Events, about, join, listen, open, own, remove, seq, spend};
use crate::support::{Client, TestApp};
use crate::transactions::{observer, until};

/// Two people in the personal ledger of the first, who both listen.
async fn anna_and_ben(app: &TestApp) -> (Client, Client, Events, Events) {
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    join(&app.app, own(&anna), &ben, Role::Editor).await;
    let (hers, his) = (listen(&anna).await, listen(&ben).await);
    (anna, ben, hers, his)
}

#[tokio::test]
async fn a_stream_begins_with_how_each_of_my_ledgers_stands() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let mut events = open(&anna).await;
    let (name, data) = events.next().await.unwrap();
    assert_eq!(name, "stream");
    assert!(data["stream_id"].is_string());
    assert_eq!(data["ledgers"], json!([own(&anna)]));
    let ledger = events.next().await.unwrap();
    let now = json!({
        "ledger_id": own(&anna), "seq": seq(&anna, own(&anna)).await, "actor": null, "name": null
    });
    assert_eq!(ledger, ("ledger".to_owned(), now));
}

#[tokio::test]
async fn a_commit_is_heard_by_every_member_with_its_number_and_who_did_it() {
    let app = TestApp::new().await;
    let (anna, ben, mut hers, mut his) = anna_and_ben(&app).await;
    spend(&ben, own(&anna)).await;
    let heard = hers.until("ledger").await;
    assert_eq!(heard["seq"], seq(&anna, own(&anna)).await);
    assert_eq!(heard["name"], "ben");
    assert!(heard["actor"].is_string());
    assert_eq!(his.until("ledger").await, heard);
}

#[tokio::test]
async fn what_was_committed_while_nobody_listened_is_known_on_coming_back() {
    let app = TestApp::new().await;
    let (anna, ben, hers, _his) = anna_and_ben(&app).await;
    drop(hers);
    assert_eq!(app.app.live.count(), 1);
    spend(&ben, own(&anna)).await;
    let heard = open(&anna).await.until("ledger").await;
    assert_eq!(heard["seq"], seq(&anna, own(&anna)).await);
}

#[tokio::test]
async fn what_is_rolled_back_is_not_heard() {
    let app = TestApp::new().await;
    let (anna, _ben, mut hers, _his) = anna_and_ben(&app).await;
    let ledger_id = own(&anna);
    let before = seq(&anna, ledger_id).await;
    let mut tx = Tx::begin(&app.app).await.unwrap();
    let about = outlay::db::About {
        entity: Entity::Ledger,
        entity_id: ledger_id.0,
        ..about(ledger_id, outlay::ids::MemberId::new(), Action::Update)
    };
    tx.record(about, None, Some(&json!({}))).unwrap();
    tx.flush().await.unwrap();
    drop(tx);
    // Something that the database refuses at the commit.
    let mut tx = Tx::begin(&app.app).await.unwrap();
    tx.record(about, None, Some(&json!({}))).unwrap();
    sqlx::raw_sql("create temporary table t (id int primary key deferrable initially deferred); insert into t values (1), (1)")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap_err();
    spend(&anna, ledger_id).await;
    let heard = hers.next().await.unwrap();
    assert_eq!(heard.1["seq"], before + 1);
}

#[tokio::test]
async fn what_is_committed_is_heard_though_whoever_asked_has_hung_up() {
    let app = TestApp::new().await;
    let (anna, _ben, mut hers, _his) = anna_and_ben(&app).await;
    let ledger_id = own(&anna);
    let now = seq(&anna, ledger_id).await;
    let mut tx = Tx::begin(&app.app).await.unwrap();
    let about = about(ledger_id, outlay::ids::MemberId::new(), Action::Update);
    tx.record(about, None, Some(&json!({}))).unwrap();
    tx.flush().await.unwrap();
    let mut commit = Box::pin(tx.commit());
    assert!(futures_util::poll!(&mut commit).is_pending());
    drop(commit);
    assert_eq!(hers.until("ledger").await["seq"], now + 1);
    assert_eq!(seq(&anna, ledger_id).await, now + 1);
}

#[tokio::test]
async fn of_other_peoples_ledgers_nothing_is_heard() {
    let app = TestApp::new().await;
    let (anna, cleo) = (app.sign_up("anna").await, app.sign_up("cleo").await);
    let mut events = listen(&cleo).await;
    spend(&anna, own(&anna)).await;
    spend(&cleo, own(&cleo)).await;
    let heard = events.next().await.unwrap().1;
    assert_eq!(heard["ledger_id"], json!(own(&cleo)));
}

#[tokio::test]
async fn who_joins_is_told_and_hears() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let mut events = listen(&ben).await;
    join(&app.app, own(&anna), &ben, Role::Viewer).await;
    assert_eq!(
        events.next().await.unwrap(),
        ("ledgers".to_owned(), json!({}))
    );
    let heard = events.until("ledger").await;
    assert_eq!(heard["ledger_id"], json!(own(&anna)));
    assert_eq!(heard["seq"], seq(&anna, own(&anna)).await);
}

#[tokio::test]
async fn who_is_removed_is_told_and_hears_nothing_any_more() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let member_id = join(&app.app, own(&anna), &ben, Role::Editor).await;
    let mut his = listen(&ben).await;
    // What he has not read yet is not said to him either.
    spend(&anna, own(&anna)).await;
    remove(&app.app, own(&anna), member_id).await;
    spend(&anna, own(&anna)).await;
    spend(&ben, own(&ben)).await;
    assert_eq!(his.next().await.unwrap().0, "ledgers");
    let heard = his.next().await.unwrap().1;
    assert_eq!(heard["ledger_id"], json!(own(&ben)));
}

#[tokio::test]
async fn ledgers_that_are_made_archived_or_deleted_are_told_of() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let mut events = listen(&anna).await;
    let body = json!({ "name": "Flat", "currency": "EUR" });
    let flat = anna.post("/ledgers", body).await.ok();
    assert_eq!(events.next().await.unwrap().0, "ledgers");
    assert_eq!(events.until("ledger").await["ledger_id"], flat["id"]);
    let path = format!("/ledgers/{}", flat["id"].as_str().unwrap());
    let body = json!({ "name": "Flat", "archived": true });
    let archived = anna.put(&path, 1, body).await;
    assert_eq!(events.next().await.unwrap().0, "ledgers");
    assert_eq!(events.until("ledger").await["ledger_id"], flat["id"]);
    anna.delete(&path, archived.version()).await;
    assert_eq!(events.next().await.unwrap().0, "ledgers");
}

#[tokio::test]
async fn a_reader_who_is_slow_finds_the_newest_and_no_queue() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let mut events = listen(&anna).await;
    for _ in 0..20 {
        spend(&anna, own(&anna)).await;
    }
    let heard = events.next().await.unwrap().1;
    assert_eq!(heard["seq"], seq(&anna, own(&anna)).await);
    spend(&anna, own(&anna)).await;
    let heard = events.next().await.unwrap().1;
    assert_eq!(heard["seq"], seq(&anna, own(&anna)).await);
}

#[tokio::test]
async fn a_commit_that_waited_for_another_is_not_told_to_whom_that_one_removed() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger_id = own(&anna);
    join(&app.app, ledger_id, &ben, Role::Editor).await;
    let (mut hers, mut his) = (listen(&anna).await, listen(&ben).await);
    let mut observer = observer(&app).await;
    // The removal holds the ledger, and the addition waits for it with what it has read before.
    let mut removal = app.app.db.acquire().await.unwrap();
    let mut removal = removal.begin().await.unwrap();
    sqlx::query("update ledgers set seq = seq + 1 where id = $1")
        .bind(ledger_id.0)
        .execute(&mut *removal)
        .await
        .unwrap();
    sqlx::query("update members set archived_at = now() where ledger_id = $1 and user_id <> $2")
        .bind(ledger_id.0)
        .bind(serde_json::from_value::<uuid::Uuid>(anna.user["id"].clone()).unwrap())
        .execute(&mut *removal)
        .await
        .unwrap();
    let adding = tokio::spawn({
        let anna = anna.clone();
        async move { spend(&anna, ledger_id).await }
    });
    until(&mut observer, "wait_event_type = 'Lock'", 1).await;
    removal.commit().await.unwrap();
    adding.await.unwrap();
    let heard = hers.until("ledger").await;
    assert_eq!(heard["seq"], seq(&anna, ledger_id).await);
    spend(&ben, own(&ben)).await;
    let heard = his.next().await.unwrap().1;
    assert_eq!(heard["ledger_id"], json!(own(&ben)));
}
