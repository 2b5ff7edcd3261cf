//! Merging a category that has many expenses: at once for whoever asks, bit by bit for the expenses.

use axum::http::{Method, StatusCode};
use outlay::categories::merging::{AT_ONCE, step, sweep};
use outlay::ids::LedgerId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::categories::{changes, list, make, path, spend};
use crate::categories_merge::merge;
use crate::ledgers_deleted::refuse;
use crate::support::{Client, TestApp};
use crate::totals::assert_right;

/// How many go at a time after the answer.
const BATCH: usize = 40;
/// How many are left then.
const LEFT: usize = 100;

fn ledger_id(client: &Client) -> LedgerId {
    serde_json::from_value(client.user["personal_ledger_id"].clone()).unwrap()
}

/// A category with more expenses than are moved at once, one of them in the trash.
async fn large(app: &TestApp, client: &Client) -> Value {
    let category = make(client, json!({ "name": "Drinks" })).await;
    let expense = spend(client, &category).await;
    let id: Uuid = expense["id"].as_str().unwrap().parse().unwrap();
    let more = i32::try_from(AT_ONCE + LEFT).unwrap() - 1;
    sqlx::query(
        "with more as (
             insert into expenses
             select (jsonb_populate_record(e, jsonb_build_object('id', gen_random_uuid(), 'note', n))).*
               from expenses e, generate_series(1, $2) n where e.id = $1
             returning ledger_id, id, created_by, kind, spent_on, category_id, amount
         )
         insert into shares (ledger_id, expense_id, member_id, paid, owed, kind, spent_on, category_id, payer_id)
         select ledger_id, id, created_by, amount, amount, kind, spent_on, category_id, created_by from more",
    )
    .bind(id)
    .bind(more)
    .execute(&app.app.db)
    .await
    .unwrap();
    let path = format!("{}/expenses/{id}", client.ledger());
    client.delete(&path, 1).await.ok();
    category
}

/// Somebody who has asked to merge a large category into another: the rest of it follows.
async fn merging(app: &TestApp) -> (Client, Value, Value) {
    let anna = app.sign_up("anna").await;
    let source = large(app, &anna).await;
    let target = make(&anna, json!({ "name": "Beverages" })).await;
    merge(&anna, &source, &target).await;
    (anna, source, target)
}

/// How many expenses a category has, and those in the trash.
async fn count(app: &TestApp, category: &Value) -> (i64, i64) {
    sqlx::query_as(
        "select count(*), count(*) filter (where deleted_at is not null) from expenses where category_id = $1",
    )
    .bind(category["id"].as_str().unwrap().parse::<Uuid>().unwrap())
    .fetch_one(&app.app.db)
    .await
    .unwrap()
}

/// A category as the list shows it now.
async fn now(client: &Client, category: &Value) -> Option<Value> {
    let mut all = list(client).await.into_iter();
    all.find(|one| one["id"] == category["id"])
}

fn of(number: usize) -> i64 {
    i64::try_from(number).unwrap()
}

#[tokio::test]
async fn what_is_left_of_a_large_category_follows_bit_by_bit_whichever_instance_is_there() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let source = large(&app, &anna).await;
    let target = make(&anna, json!({ "name": "Beverages" })).await;
    let before = changes(&app, &anna).await.len();

    let merged = merge(&anna, &source, &target).await;
    assert_eq!(merged.status, StatusCode::ACCEPTED);
    assert_eq!(merged.body, target);
    assert_eq!(count(&app, &source).await.0, of(LEFT));
    assert!(now(&anna, &source).await.unwrap()["archived_at"].is_string());
    assert_right(&app.app.db).await;

    // An instance goes on, and dies.
    let ledger = ledger_id(&anna);
    assert!(step(&app.app, ledger, BATCH).await.unwrap());
    assert_eq!(count(&app, &source).await.0, of(LEFT - BATCH));
    assert_right(&app.app.db).await;
    // What comes to it meanwhile goes the same way.
    spend(&anna, &source).await;

    let another = app.beside(|_| {});
    sweep(&another.app, BATCH).await.unwrap();
    assert_eq!(now(&anna, &source).await, None);
    assert_eq!(count(&app, &target).await, (of(AT_ONCE + LEFT) + 1, 1));
    assert_right(&app.app.db).await;
    let written = changes(&app, &anna).await.split_off(before);
    let updates = written.iter().filter(|one| *one == "expense update");
    assert_eq!(updates.count(), AT_ONCE + LEFT + 1);
    assert_eq!(written.last().unwrap(), "category delete");
    let (seq, last): (i64, i64) = sqlx::query_as(
        "select count(*), max(c.seq) from changes c join ledgers l on l.id = ledger_id and not merging where l.id = $1",
    )
    .bind(ledger.0)
    .fetch_one(&app.app.db)
    .await
    .unwrap();
    assert_eq!(seq, last);
}

#[tokio::test]
async fn instances_that_merge_the_same_category_do_not_get_into_each_others_way() {
    let app = TestApp::new().await;
    let (anna, source, target) = merging(&app).await;
    let another = app.beside(|_| {});
    let (one, other) = tokio::join!(sweep(&app.app, BATCH), sweep(&another.app, BATCH));
    one.unwrap();
    other.unwrap();
    assert_eq!(now(&anna, &source).await, None);
    assert_eq!(count(&app, &target).await, (of(AT_ONCE + LEFT), 1));
    let written = changes(&app, &anna).await;
    let deletions = written.iter().filter(|one| *one == "category delete");
    assert_eq!(deletions.count(), 1);
}

#[tokio::test]
async fn a_merge_that_fails_does_not_hold_up_those_of_other_ledgers() {
    let app = TestApp::new().await;
    let mut people = [app.sign_up("anna").await, app.sign_up("ben").await];
    people.sort_by_key(ledger_id);
    let mut sources = Vec::new();
    for one in &people {
        let source = large(&app, one).await;
        let target = make(one, json!({ "name": "Beverages" })).await;
        merge(one, &source, &target).await;
        sources.push(source);
    }
    refuse(&app, "update", ledger_id(&people[0])).await;
    sweep(&app.app, BATCH).await.unwrap();
    assert_eq!(count(&app, &sources[0]).await.0, of(LEFT));
    assert_eq!(now(&people[1], &sources[1]).await, None);
}

#[tokio::test]
async fn whoever_brings_the_category_back_keeps_what_it_still_has() {
    let app = TestApp::new().await;
    let (anna, source, target) = merging(&app).await;
    let archived = now(&anna, &source).await.unwrap();
    let body = json!({ "name": "Drinks" });
    anna.put(
        &path(&anna, &source),
        archived["version"].as_i64().unwrap(),
        body,
    )
    .await
    .ok();
    sweep(&app.app, BATCH).await.unwrap();
    assert_eq!(count(&app, &source).await.0, of(LEFT));
    assert_eq!(count(&app, &target).await.0, of(AT_ONCE));
    assert_right(&app.app.db).await;
}

#[tokio::test]
async fn a_category_that_another_is_merged_into_stays_or_takes_that_along() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let source = large(&app, &anna).await;
    let target = make(&anna, json!({ "name": "Beverages" })).await;
    let other = make(&anna, json!({ "name": "Groceries and drinks" })).await;
    merge(&anna, &source, &target).await;
    assert_eq!(
        merge(&anna, &target, &source).await.problem(),
        "409 category_in_use into"
    );
    merge(&anna, &target, &other).await;
    sweep(&app.app, BATCH).await.unwrap();
    assert_eq!(now(&anna, &source).await, None);
    assert_eq!(now(&anna, &target).await, None);
    assert_eq!(count(&app, &other).await, (of(AT_ONCE + LEFT), 1));
}

#[tokio::test]
async fn a_category_that_gets_children_meanwhile_stays_for_them() {
    let app = TestApp::new().await;
    let (anna, source, target) = merging(&app).await;
    let child = json!({ "name": "Wine", "parent_id": source["id"] });
    make(&anna, child).await;
    sweep(&app.app, BATCH).await.unwrap();
    assert!(now(&anna, &source).await.is_some());
    assert_eq!(count(&app, &target).await, (of(AT_ONCE + LEFT), 1));
}

#[tokio::test]
async fn what_was_begun_is_finished_when_the_ledger_is_archived_and_not_when_it_is_deleted() {
    for is_deleted in [false, true] {
        let app = TestApp::new().await;
        let mut anna = app.sign_up("anna").await;
        let flat = json!({ "name": "Flat", "currency": "EUR" });
        let ledger = anna.post("/ledgers", flat).await.ok();
        anna.user["personal_ledger_id"] = ledger["id"].clone();
        let source = large(&app, &anna).await;
        let target = make(&anna, json!({ "name": "Beverages" })).await;
        merge(&anna, &source, &target).await;
        if is_deleted {
            anna.delete(&anna.ledger(), 1).await;
        } else {
            let archived = json!({ "name": "Flat", "archived": true });
            let path = anna.ledger();
            anna.send(Method::PUT, &path, &[("if-match", "\"1\"")], Some(archived))
                .await
                .ok();
        }
        sweep(&app.app, BATCH).await.unwrap();
        let left = if is_deleted { LEFT } else { 0 };
        assert_eq!(count(&app, &source).await.0, of(left));
    }
}
