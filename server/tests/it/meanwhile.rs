//! What goes on between the proof of who asks and the lock on the ledger: who may no longer write by then does not.

use axum::http::Method;
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::members::{flat, invite, me, person, put_in};
use crate::support::{Answer, Client, PASSWORD, TestApp};
use crate::transactions::{observer, until};

/// What somebody gets who asks, and waits, while all this happens at the database.
async fn meanwhile(
    app: &TestApp,
    statements: &[String],
    asked: BoxFuture<'static, Answer>,
) -> Answer {
    let (mut observer, mut elsewhere) = (observer(app).await, elsewhere(app).await);
    let mut happening = elsewhere.begin().await.unwrap();
    let mut statements = statements.iter();
    let run = async |connection: &mut PgConnection, statement: &String| {
        let statement = AssertSqlSafe(statement.clone());
        sqlx::query(statement).execute(connection).await.unwrap();
    };
    run(&mut happening, statements.next().unwrap()).await;
    let waiting = tokio::spawn(asked);
    until(&mut observer, "wait_event_type = 'Lock'", 1).await;
    for statement in statements {
        run(&mut happening, statement).await;
    }
    happening.commit().await.unwrap();
    waiting.await.unwrap()
}

/// Somebody at the database whom the observer does not count.
async fn elsewhere(app: &TestApp) -> PgConnection {
    observer(app).await
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// Locks the ledger, as whoever writes to it does.
fn lock(ledger: &str) -> String {
    let id = ledger.trim_start_matches("/ledgers/");
    format!("select from ledgers where id = '{id}' for no key update")
}

/// Everything that an editor writes, by name.
fn writes(ben: &Client, ledger: &str, expense: &Value, category: &Value) -> Vec<Write> {
    // Of others: his own part in it would be refused anyway.
    let lunch = json!({
        "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa", "paid_by": expense["paid_by"],
        "split": { "mode": "equal", "parts": [{ "member_id": expense["created_by"] }] },
    });
    let (expenses, categories) = (format!("{ledger}/expenses"), format!("{ledger}/categories"));
    let (one, other) = (
        format!("{expenses}/{}", id(expense)),
        format!("{categories}/{}", id(category)),
    );
    let batch = json!({ "items": [{ "id": expense["id"], "version": 1 }], "add_tags": ["late"] });
    let write = |method: Method, path: &str, body: Value| -> Write {
        let (ben, path) = (ben.clone(), path.to_owned());
        let asked = async move {
            let seen = [("if-match", "\"1\"")];
            ben.send(method, &path, &seen, Some(body)).await
        };
        Box::pin(asked)
    };
    vec![
        write(Method::POST, &expenses, lunch),
        write(
            Method::PUT,
            &one,
            json!({ "spent_on": "2026-03-14", "amount": 1, "payee": "Ben" }),
        ),
        write(Method::DELETE, &one, Value::Null),
        write(Method::POST, &format!("{expenses}/batch"), batch),
        write(Method::POST, &categories, json!({ "name": "Late" })),
        write(Method::PUT, &other, json!({ "name": "Late" })),
        write(Method::DELETE, &other, Value::Null),
        write(
            Method::POST,
            &format!("{ledger}/changes/{}/revert", expense["seq"]),
            Value::Null,
        ),
    ]
}

type Write = BoxFuture<'static, Answer>;

/// A flat with Ben in it as an editor, an expense and a category; and what Ben writes.
async fn with_ben(app: &TestApp) -> (Client, String, Value, Vec<Write>) {
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger = flat(&anna).await;
    let his = put_in(&anna, &ledger, &ben, "editor").await;
    let lunch = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    let path = format!("{ledger}/expenses");
    let mut expense = anna.post(&path, lunch).await.ok();
    expense["seq"] = anna.get(&ledger).await.ok()["seq"].clone();
    let path = format!("{ledger}/categories");
    let category = anna.post(&path, json!({ "name": "Food" })).await.ok();
    let writes = writes(&ben, &ledger, &expense, &category);
    (anna, ledger, his, writes)
}

/// What everybody who writes gets where this happens while they wait, and whether nothing came of it.
async fn refused(happens: impl Fn(&str, &str) -> String, problem: &str) {
    let app = TestApp::new().await;
    let (anna, ledger, his, writes) = with_ben(&app).await;
    let seq = anna.get(&ledger).await.ok()["seq"].clone();
    let happens = happens(ledger.trim_start_matches("/ledgers/"), id(&his));
    let undone = format!(
        "update members set role = 'editor', archived_at = null where id = '{}'",
        id(&his)
    );
    for write in writes {
        let answer = meanwhile(&app, &[lock(&ledger), happens.clone()], write).await;
        assert_eq!(answer.problem(), problem);
        for back in [
            undone.clone(),
            "update ledgers set archived_at = null".to_owned(),
        ] {
            let back = sqlx::query(AssertSqlSafe(back));
            back.execute(&mut elsewhere(&app).await).await.unwrap();
        }
    }
    assert_eq!(anna.get(&ledger).await.ok()["seq"], seq);
}

#[tokio::test]
async fn who_is_removed_while_waiting_for_the_ledger_writes_nothing() {
    let removed =
        |_: &str, his: &str| format!("update members set archived_at = now() where id = '{his}'");
    refused(removed, "404 not_found -").await;
}

#[tokio::test]
async fn who_may_only_read_by_the_time_that_the_ledger_is_free_writes_nothing() {
    let demoted =
        |_: &str, his: &str| format!("update members set role = 'viewer' where id = '{his}'");
    refused(demoted, "403 forbidden -").await;
}

#[tokio::test]
async fn nothing_is_written_to_a_ledger_that_was_archived_while_one_waited_for_it() {
    let archived = |ledger: &str, _: &str| {
        format!("update ledgers set archived_at = now() where id = '{ledger}'")
    };
    refused(archived, "409 archived -").await;
}

/// Everything that only an owner writes, about what is in the ledger.
fn owners_writes(
    ben: &Client,
    ledger: &str,
    person: &Value,
    invite: &Value,
    seq: &Value,
) -> Vec<Write> {
    let one = |what: &str, of: &Value| format!("{ledger}/{what}/{}", id(of));
    let name = json!({ "name": "Other" });
    let member = json!({ "name": "Other", "role": "owner", "weight": 1 });
    [
        (Method::PUT, ledger.to_owned(), name.clone()),
        (Method::DELETE, ledger.to_owned(), Value::Null),
        (Method::POST, format!("{ledger}/members"), name),
        (Method::PUT, one("members", person), member),
        (Method::DELETE, one("members", person), Value::Null),
        (
            Method::POST,
            format!("{ledger}/invites"),
            json!({ "role": "owner" }),
        ),
        (Method::DELETE, one("invites", invite), Value::Null),
        (
            Method::POST,
            format!("{ledger}/changes/{seq}/revert"),
            Value::Null,
        ),
    ]
    .into_iter()
    .map(|(method, path, body)| -> Write {
        let ben = ben.clone();
        Box::pin(async move {
            let seen = [("if-match", "\"2\"")];
            let seen = if path.contains("/members/") {
                [("if-match", "\"1\"")]
            } else {
                seen
            };
            ben.send(method, &path, &seen, Some(body)).await
        })
    })
    .collect()
}

#[tokio::test]
async fn who_is_no_owner_by_the_time_that_the_ledger_is_free_does_nothing_that_is_for_owners() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger = flat(&anna).await;
    let his = put_in(&anna, &ledger, &ben, "owner").await;
    let zoe = person(&anna, &ledger, "Zoe").await;
    invite(&anna, &ledger, json!({ "role": "viewer" })).await;
    let invites = anna.get(&format!("{ledger}/invites")).await.ok();
    let renamed = json!({ "name": "Home" });
    let seq = anna.put(&ledger, 1, renamed).await.ok()["seq"].clone();
    let is = |change: &str| format!("update members set {change} where id = '{}'", id(&his));
    let back = is("role = 'owner', archived_at = null");
    for (happens, problem) in [
        (is("role = 'editor'"), "403 forbidden -"),
        (is("archived_at = now()"), "404 not_found -"),
    ] {
        for write in owners_writes(&ben, &ledger, &zoe, &invites["items"][0], &seq) {
            let happens = [lock(&ledger), happens.clone()];
            let answer = meanwhile(&app, &happens, write).await;
            assert_eq!(answer.problem(), problem);
            let back = sqlx::query(AssertSqlSafe(back.clone()));
            back.execute(&mut elsewhere(&app).await).await.unwrap();
        }
    }
    assert_eq!(anna.get(&ledger).await.ok()["seq"], seq);
}

/// What ends an account, at the database.
fn gone(user: &Client) -> Vec<String> {
    vec![
        format!("delete from users where id = '{}'", id(&user.user)),
        format!(
            "delete from ledgers where id = '{}'",
            user.ledger().trim_start_matches("/ledgers/")
        ),
    ]
}

#[tokio::test]
async fn whose_account_goes_while_they_join_or_make_a_ledger_is_signed_out() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger = flat(&anna).await;
    let zoe = json!({ "name": "Zoe" });
    let zoe = anna.post(&format!("{ledger}/members"), zoe).await.ok();
    let claim = json!({ "role": "editor", "member_id": zoe["id"] });
    let links = [
        invite(&anna, &ledger, json!({ "role": "editor" })).await,
        invite(&anna, &ledger, claim).await,
    ];
    for (name, token) in ["ben", "cem"].into_iter().zip(links) {
        let user = app.sign_up(name).await;
        let one = user.clone();
        let path = format!("/invites/{token}/accept");
        let accept = async move { one.post(&path, Value::Null).await };
        let answer = meanwhile(&app, &gone(&user), Box::pin(accept)).await;
        assert_eq!(answer.problem(), "401 unauthenticated -");
    }
    let dana = app.sign_up("dana").await;
    let one = dana.clone();
    let body = json!({ "name": "Trip", "currency": "EUR" });
    let make = async move { one.post("/ledgers", body).await };
    let answer = meanwhile(&app, &gone(&dana), Box::pin(make)).await;
    assert_eq!(answer.problem(), "401 unauthenticated -");
}

#[tokio::test]
async fn whose_account_goes_while_they_sign_in_is_nobody() {
    let app = TestApp::new().await;
    let ben = app.sign_up("ben").await;
    let nobody = app.anonymous();
    let body = json!({ "email": "ben@outlay.example", "password": PASSWORD });
    let enter = async move { nobody.post("/auth/login", body).await };
    let answer = meanwhile(&app, &gone(&ben), Box::pin(enter)).await;
    assert_eq!(answer.problem(), "401 invalid_credentials -");
}

#[tokio::test]
async fn a_ledger_that_goes_while_one_says_how_it_counts_is_not_there() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger = flat(&anna).await;
    assert_eq!(me(&anna, &ledger).await["role"], "owner");
    let path = format!("{ledger}/mapping");
    let (one, body) = (anna.clone(), json!({}));
    let count = async move { one.put(&path, 1, body).await };
    let delete = lock(&ledger).replace("select from", "delete from");
    let delete = delete.replace(" for no key update", "");
    let answer = meanwhile(&app, &[delete], Box::pin(count)).await;
    assert_eq!(answer.problem(), "404 not_found -");
}

#[tokio::test]
async fn who_joins_a_ledger_while_their_account_goes_is_written_down_as_gone() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger = flat(&anna).await;
    let joins = format!(
        "insert into members (ledger_id, id, user_id, name, role)
         values ('{}', '{}', '{}', 'ben', 'editor')",
        ledger.trim_start_matches("/ledgers/"),
        uuid::Uuid::now_v7(),
        id(&ben.user),
    );
    let one = ben.clone();
    let body = json!({ "present_password": PASSWORD });
    let leave = async move { one.send(Method::DELETE, "/me", &[], Some(body)).await };
    let answer = meanwhile(&app, &[joins], Box::pin(leave)).await;
    assert_eq!(answer.status, axum::http::StatusCode::NO_CONTENT);
    let changes = anna.get(&format!("{ledger}/changes?before=1000")).await;
    let latest = &changes.ok()["items"][0];
    assert_eq!(latest["before"]["user_id"], ben.user["id"]);
    assert_eq!(latest["after"]["user_id"], Value::Null);
}
