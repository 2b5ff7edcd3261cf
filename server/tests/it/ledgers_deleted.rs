//! Deleted ledgers: nobody's at once, and what was in them goes bit by bit, whatever comes between.

use axum::http::Method;
use outlay::ids::LedgerId;
use outlay::ledgers::removal::{step, sweep};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::expenses::lunch;
use crate::invites::{accept, look};
use crate::members::{flat, invite, put_in};
use crate::statements::OF_A_LEDGER;
use crate::support::{Client, PASSWORD, TestApp};

/// How many go at a time here.
const BATCH: i64 = 3;

fn id(ledger: &str) -> LedgerId {
    serde_json::from_value(json!(ledger.trim_start_matches("/ledgers/"))).unwrap()
}

/// How many rows of a ledger a table has.
async fn count(app: &TestApp, table: &str, ledger: LedgerId) -> i64 {
    let count = format!("select count(*) from {table} where ledger_id = $1");
    let count = sqlx::query_scalar(AssertSqlSafe(count)).bind(ledger.0);
    count.fetch_one(&app.app.db).await.unwrap()
}

/// The tables in which something of a ledger is left.
async fn left(app: &TestApp, ledger: LedgerId) -> Vec<&'static str> {
    let mut left = Vec::new();
    for table in OF_A_LEDGER {
        if count(app, table, ledger).await > 0 {
            left.push(table);
        }
    }
    let there: bool = sqlx::query_scalar("select exists (select from ledgers where id = $1)")
        .bind(ledger.0)
        .fetch_one(&app.app.db)
        .await
        .unwrap();
    left.extend(there.then_some("ledgers"));
    left
}

/// Lets the database refuse to change a ledger's expenses so.
pub async fn refuse(app: &TestApp, action: &str, ledger: LedgerId) {
    let trigger = format!(
        "create function refused() returns trigger language plpgsql as 'begin raise exception ''refused''; end';
         create trigger refused before {action} on expenses
            for each row when (old.ledger_id = '{ledger}') execute function refused()"
    );
    sqlx::raw_sql(AssertSqlSafe(trigger))
        .execute(&app.app.db)
        .await
        .unwrap();
}

/// A ledger of two with more expenses in it than go at a time.
async fn full(anna: &Client, ben: &Client) -> (String, Value) {
    let ledger = flat(anna).await;
    put_in(anna, &ledger, ben, "editor").await;
    let path = format!("{ledger}/expenses");
    let mut expense = Value::Null;
    for _ in 0..7 {
        expense = anna.post(&path, lunch(&json!({}))).await.ok();
    }
    (ledger, expense)
}

/// That there is nothing, whoever asks for whatever.
async fn assert_nobodys(ledger: &str, expense: &Value, users: [&Client; 2]) {
    let expense = format!("expenses/{}", expense["id"].as_str().unwrap());
    for user in users {
        for path in [
            "",
            "/members",
            "/categories",
            "/expenses",
            &format!("/{expense}"),
            "/balances",
            "/changes?since=0",
            "/payees",
            "/mapping",
            "/reports/spending?from=2026-01-01&to=2026-12-31&group_by=month",
        ] {
            let answer = user.get(&format!("{ledger}{path}")).await;
            assert_eq!(answer.problem(), "404 not_found -", "{path}");
        }
        let path = format!("{ledger}/expenses");
        let refused = user.post(&path, lunch(&json!({}))).await;
        assert_eq!(refused.problem(), "404 not_found -");
        let list = user.get("/ledgers").await.ok();
        assert!(
            !list
                .to_string()
                .contains(ledger.trim_start_matches("/ledgers/"))
        );
    }
}

#[tokio::test]
async fn a_deleted_ledger_is_nobodys_at_once_and_is_removed_by_whoever_takes_it_up() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let (ledger, expense) = full(&anna, &ben).await;
    let (kept, other) = full(&anna, &ben).await;
    let link = invite(&anna, &ledger, json!({ "role": "owner" })).await;
    anna.delete(&ledger, 1).await;
    assert_nobodys(&ledger, &expense, [&anna, &ben]).await;
    assert_eq!(look(&ben, &link).await.problem(), "404 invite_unknown -");
    assert_eq!(accept(&ben, &link).await.problem(), "404 invite_unknown -");

    // An instance begins, and dies.
    assert!(step(&app.app.db, id(&ledger), BATCH).await.unwrap());
    assert_eq!(count(&app, "expenses", id(&ledger)).await, 7 - BATCH);
    assert_nobodys(&ledger, &expense, [&anna, &ben]).await;

    let another = app.beside(|_| {});
    sweep(&another.app.db, BATCH).await.unwrap();
    assert_eq!(left(&app, id(&ledger)).await, [""; 0]);
    let list = anna.get(&format!("{kept}/expenses")).await.ok();
    assert_eq!(list["items"].as_array().unwrap().len(), 7);
    assert!(list.to_string().contains(other["id"].as_str().unwrap()));
}

#[tokio::test]
async fn instances_that_remove_the_same_ledgers_do_not_get_into_each_others_way() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let mut ledgers = Vec::new();
    for _ in 0..3 {
        let (ledger, _) = full(&anna, &ben).await;
        anna.delete(&ledger, 1).await;
        ledgers.push(ledger);
    }
    let another = app.beside(|_| {});
    let (one, other) = tokio::join!(sweep(&app.app.db, BATCH), sweep(&another.app.db, BATCH));
    one.unwrap();
    other.unwrap();
    for ledger in ledgers {
        assert_eq!(left(&app, id(&ledger)).await, [""; 0]);
    }
}

#[tokio::test]
async fn a_ledger_that_cannot_be_removed_does_not_hold_up_the_others() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let mut ledgers = [id(&flat(&anna).await), id(&flat(&anna).await)];
    ledgers.sort();
    for ledger in ledgers {
        let path = format!("/ledgers/{ledger}");
        anna.post(&format!("{path}/expenses"), lunch(&json!({})))
            .await
            .ok();
        anna.delete(&path, 1).await;
    }
    refuse(&app, "delete", ledgers[0]).await;
    sweep(&app.app.db, BATCH).await.unwrap();
    assert!(left(&app, ledgers[0]).await.contains(&"expenses"));
    assert!(left(&app, ledgers[1]).await.is_empty());
}

#[tokio::test]
async fn a_ledger_that_is_still_written_to_is_left_for_the_next_time() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let (ledger, _) = full(&anna, &ben).await;
    anna.delete(&ledger, 1).await;
    let mut late = app.app.db.acquire().await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(format!(
        "begin; select from ledgers where id = '{}' for no key update",
        id(&ledger).0
    )))
    .execute(&mut *late)
    .await
    .unwrap();
    sweep(&app.app.db, BATCH).await.unwrap();
    assert_eq!(count(&app, "expenses", id(&ledger)).await, 7);
    sqlx::raw_sql("rollback").execute(&mut *late).await.unwrap();
    sweep(&app.app.db, BATCH).await.unwrap();
    assert_eq!(left(&app, id(&ledger)).await, [""; 0]);
}

#[tokio::test]
async fn what_an_account_had_alone_goes_bit_by_bit_too() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    for _ in 0..7 {
        let path = format!("{}/expenses", anna.ledger());
        anna.post(&path, lunch(&json!({}))).await.ok();
    }
    let body = json!({ "present_password": PASSWORD });
    anna.send(Method::DELETE, "/me", &[], Some(body)).await;
    let own = id(&anna.ledger());
    assert_eq!(count(&app, "expenses", own).await, 7);
    assert_eq!(ben.get(&anna.ledger()).await.problem(), "404 not_found -");
    sweep(&app.app.db, BATCH).await.unwrap();
    assert_eq!(left(&app, own).await, [""; 0]);
}
