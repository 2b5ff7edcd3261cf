//! Cached answers: never an old one, never somebody else's, and for nothing where one has it already.

mod fresh;
mod redis;
mod room;

use std::collections::{BTreeMap, BTreeSet};

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use flate2::read::GzDecoder;
use outlay::app;
use outlay::ledgers::Role;
use serde_json::{Value, json};
use sqlx::Postgres;
use sqlx::pool::PoolConnection;

use crate::expenses::member_id;
use crate::live::{join, own, remove};
use crate::support::{Answer, Client, TestApp};

/// Everything that is cached, below `/api/v1`.
fn cached(client: &Client) -> Vec<String> {
    let ledger = client.ledger();
    let of_ledger = |path: &str| format!("{ledger}/{path}");
    vec![
        of_ledger("reports/spending"),
        of_ledger("balances"),
        of_ledger("expenses"),
        of_ledger("categories"),
        of_ledger("members"),
        of_ledger("payees"),
        of_ledger("tags"),
        "/reports/spending".to_owned(),
    ]
}

/// Those that are kept in Redis, too.
fn shared(client: &Client) -> Vec<String> {
    let is_cheap = |path: &String| {
        let ends = ["/expenses", "/categories", "/members"];
        ends.iter().any(|end| path.ends_with(end))
    };
    let mut paths = cached(client);
    paths.retain(|path| !is_cheap(path));
    paths.push(format!("{}/expenses?kind=expense", client.ledger()));
    paths
}

/// A ledger that every answer has something of.
async fn someone(app: &TestApp) -> Client {
    let anna = app.sign_up("anna").await;
    let today = app.app.clock.today().to_string();
    spend(&anna, &anna.ledger(), &today, "Bakery").await;
    anna
}

async fn spend(client: &Client, ledger: &str, on: &str, payee: &str) -> Value {
    let body = json!({ "spent_on": on, "amount": 1250, "payee": payee, "tags": ["food"] });
    client.post(&format!("{ledger}/expenses"), body).await.ok()
}

/// From now on nobody can read what the answers are made of, until this ends.
async fn lock(app: &TestApp) -> PoolConnection<Postgres> {
    let mut connection = app.app.db.acquire().await.unwrap();
    let statement =
        "begin; lock table expenses, shares, categories, mappings in access exclusive mode";
    sqlx::raw_sql(statement)
        .execute(&mut *connection)
        .await
        .unwrap();
    connection
}

fn tag(answer: &Answer) -> String {
    answer.headers[header::ETAG].to_str().unwrap().to_owned()
}

async fn with(client: &Client, path: &str, headers: &[(&str, &str)]) -> Answer {
    client.send(Method::GET, path, headers, None).await
}

#[tokio::test]
async fn who_has_the_answer_is_told_so_until_something_happens() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    for path in cached(&anna) {
        let first = anna.get(&path).await;
        let tag = tag(&first);
        assert!(tag.starts_with("W/\""), "{path} {tag}");
        let again = with(
            &anna,
            &path,
            &[("if-none-match", &format!("\"old\", {tag}"))],
        )
        .await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{path}");
        assert_eq!(again.text, "", "{path}");
        for name in [header::ETAG, header::CACHE_CONTROL, header::VARY] {
            assert_eq!(again.headers[&name], first.headers[&name], "{path}");
        }
        assert_eq!(first.headers[header::CACHE_CONTROL], "private, no-cache");
        assert_eq!(first.headers[header::VARY], "accept, accept-encoding");
        spend(&anna, &anna.ledger(), "2026-03-14", "Cinema").await;
        let after = with(&anna, &path, &[("if-none-match", &tag)]).await;
        assert_eq!(after.status, StatusCode::OK, "{path}");
        assert_ne!(after.headers[header::ETAG], tag, "{path}");
    }
}

#[tokio::test]
async fn who_has_an_expense_is_told_so_until_it_changes() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let expense = spend(&anna, &anna.ledger(), "2026-03-14", "Cinema").await;
    let path = format!(
        "{}/expenses/{}",
        anna.ledger(),
        expense["id"].as_str().unwrap()
    );
    for version in ["\"1\"", "W/\"1\"", "\"7\", \"1\"", "*"] {
        let again = with(&anna, &path, &[("if-none-match", version)]).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED, "{version}");
        assert_eq!(again.text, "");
        assert_eq!(again.headers[header::ETAG], "\"1\"");
        assert_eq!(again.headers[header::CACHE_CONTROL], "private, no-cache");
    }
    anna.delete(&path, 1).await.ok();
    let after = with(&anna, &path, &[("if-none-match", "\"1\"")]).await;
    assert_eq!((after.status, after.version()), (StatusCode::OK, 2));
    let ben = app.sign_up("ben").await;
    let stranger = with(&ben, &path, &[("if-none-match", "*")]).await;
    assert_eq!(stranger.problem(), "404 not_found -");
}

#[tokio::test]
async fn what_says_something_else_to_somebody_else_is_answered_whole() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let ledger = anna.ledger();
    for path in ["/me", &ledger, &format!("{ledger}/mapping")] {
        let answer = with(&anna, path, &[("if-none-match", "\"1\"")]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn an_answer_that_was_given_is_given_again_without_reading_it() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let mut first = Vec::new();
    for path in cached(&anna) {
        first.push(anna.get(&path).await.ok());
    }
    let _lock = lock(&app).await;
    for (path, first) in cached(&anna).into_iter().zip(first) {
        assert_eq!(anna.get(&path).await.ok(), first, "{path}");
    }
}

#[tokio::test]
async fn whether_it_comes_compressed_or_not_it_is_the_same_answer() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let token = anna.token.clone().unwrap();
    let ask = async |path: &str, encoding: &str| {
        let request = Request::get(format!("/api/v1{path}"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::ACCEPT_ENCODING, encoding)
            .body(Body::empty());
        let (headers, bytes) = anna.bytes(request.unwrap()).await;
        assert_eq!(headers[header::CONTENT_TYPE], "application/json");
        match headers.get(header::CONTENT_ENCODING) {
            Some(coding) => {
                assert_eq!((coding.to_str().unwrap(), encoding), ("gzip", "br, gzip"));
                std::io::read_to_string(GzDecoder::new(bytes.as_slice())).unwrap()
            }
            None => String::from_utf8(bytes).unwrap(),
        }
    };
    for path in cached(&anna) {
        let plain = ask(&path, "identity").await;
        assert!(plain.starts_with('{'));
        assert_eq!(ask(&path, "br, gzip").await, plain);
        assert_eq!(ask(&path, "br, gzip").await, plain);
        assert_eq!(ask(&path, "gzip;q=0").await, plain);
        // Compressed first.
        spend(&anna, &anna.ledger(), "2026-03-14", "Cinema").await;
        let compressed = ask(&path, "br, gzip").await;
        assert_eq!(ask(&path, "identity").await, compressed);
    }
}

/// A value of each parameter that asks for something else than leaving it out does.
async fn samples(client: &Client) -> BTreeMap<&'static str, String> {
    let me = member_id(client).await;
    BTreeMap::from([
        ("from", "2020-01-01".to_owned()),
        ("to", "2040-01-01".to_owned()),
        ("category_id", "none".to_owned()),
        ("tag", "food".to_owned()),
        ("member_id", me.as_str().unwrap().to_owned()),
        ("kind", "income".to_owned()),
        ("min", "1".to_owned()),
        ("max", "5".to_owned()),
        ("q", "bak".to_owned()),
        ("deleted", "true".to_owned()),
        ("sort", "amount".to_owned()),
        ("limit", "7".to_owned()),
        ("group_by", "payee".to_owned()),
        ("of", "me".to_owned()),
        ("compare", "year".to_owned()),
        ("simplify", "false".to_owned()),
    ])
}

#[tokio::test]
async fn every_parameter_asks_for_another_answer() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let samples = samples(&anna).await;
    let api = serde_json::to_value(app::openapi()).unwrap();
    let mut documented = BTreeSet::new();
    for (template, item) in api["paths"].as_object().unwrap() {
        let get = &item["get"];
        if get["responses"]["304"].is_null() {
            continue;
        }
        let id = anna.user["personal_ledger_id"].as_str().unwrap();
        let path = template.replace("{ledger_id}", id);
        let path = path.strip_prefix("/api/v1").unwrap();
        // One thing is found by its version, whatever is asked with it.
        if path.contains('{') {
            continue;
        }
        documented.insert(path.to_owned());
        assert!(get["responses"]["200"]["headers"]["ETag"].is_object());
        assert!(get["responses"]["304"]["headers"]["ETag"].is_object());
        let mut tags = BTreeSet::from([tag(&anna.get(path).await)]);
        let parameters = get["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|one| one["name"] == "If-None-Match"));
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap();
            // What goes on from a cursor is not cached.
            if parameter["in"] == "query" && name != "cursor" {
                let answer = anna.get(&format!("{path}?{name}={}", samples[name])).await;
                assert!(answer.status.is_success(), "{path} {name} {}", answer.text);
                assert!(tags.insert(tag(&answer)), "{path} {name}");
            }
        }
    }
    assert_eq!(documented, cached(&anna).into_iter().collect());
}

#[tokio::test]
async fn the_same_in_other_words_is_the_same_question() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let list = format!("{}/expenses", anna.ledger());
    let plain = tag(&anna.get(&list).await);
    assert_eq!(
        tag(&anna.get(&format!("{list}?limit=50&sort=-spent_on")).await),
        plain
    );
    let one = tag(&anna.get(&format!("{list}?min=1&q=a%20b")).await);
    assert_eq!(tag(&anna.get(&format!("{list}?q=+a+b&min=01")).await), one);
}

#[tokio::test]
async fn pages_further_on_and_tables_have_no_tag() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    spend(&anna, &anna.ledger(), "2026-03-14", "Cinema").await;
    let list = format!("{}/expenses", anna.ledger());
    let first = anna.get(&format!("{list}?limit=1")).await.ok();
    let cursor = first["next_cursor"].as_str().unwrap();
    let second = anna.get(&format!("{list}?limit=1&cursor={cursor}")).await;
    assert!(!second.headers.contains_key(header::ETAG));
    assert_ne!(second.ok()["items"], first["items"]);
    for path in [
        &list,
        &format!("{}/reports/spending", anna.ledger()),
        "/reports/spending",
    ] {
        let tag = tag(&anna.get(path).await);
        let headers = [("accept", "text/csv"), ("if-none-match", tag.as_str())];
        let table = with(&anna, path, &headers).await;
        assert_eq!(table.status, StatusCode::OK);
        assert!(!table.headers.contains_key(header::ETAG));
    }
}

#[tokio::test]
async fn an_error_is_not_kept() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let id = uuid::Uuid::now_v7();
    let path = format!("{}/reports/spending?category_id={id}", anna.ledger());
    let refused = anna.get(&path).await;
    assert_eq!(refused.problem(), "422 category_unknown category_id");
    assert!(!refused.headers.contains_key(header::ETAG));
    let made = json!({ "id": id, "name": "Books" });
    anna.post(&format!("{}/categories", anna.ledger()), made)
        .await
        .ok();
    anna.get(&path).await.ok();
}

#[tokio::test]
async fn two_members_never_get_each_others_share() {
    let app = TestApp::new().await;
    let anna = someone(&app).await;
    let ben = app.sign_up("ben").await;
    join(&app.app, own(&anna), &ben, Role::Viewer).await;
    let today = app.app.clock.today().to_string();
    let me = member_id(&anna).await;
    let split = json!({ "mode": "equal", "parts": [{ "member_id": me }] });
    let body = json!({ "spent_on": today, "amount": 100, "payee": "Taxi", "split": split });
    anna.post(&format!("{}/expenses", anna.ledger()), body)
        .await
        .ok();
    let path = format!("{}/reports/spending?of=me", anna.ledger());
    for _ in 0..2 {
        let (hers, his) = (anna.get(&path).await, ben.get(&path).await);
        let headers = [("if-none-match", &*tag(&hers))];
        assert_eq!(with(&ben, &path, &headers).await.status, StatusCode::OK);
        assert_eq!(
            (&hers.body["total"], &his.body["total"]),
            (&json!(1350), &json!(0))
        );
    }
    // What is the same for all is shared.
    let path = format!("{}/reports/spending", anna.ledger());
    assert_eq!(tag(&anna.get(&path).await), tag(&ben.get(&path).await));
    // Over all ledgers it never is.
    let path = "/reports/spending";
    let (hers, his) = (anna.get(path).await, ben.get(path).await);
    assert_ne!(tag(&hers), tag(&his));
    assert_ne!(hers.body["total"], his.body["total"]);
}

#[tokio::test]
async fn who_is_no_member_any_more_gets_nothing_that_is_cached() {
    let app = TestApp::new().await;
    let (anna, ben) = (someone(&app).await, app.sign_up("ben").await);
    let member = join(&app.app, own(&anna), &ben, Role::Viewer).await;
    let mut seen = Vec::new();
    for path in cached(&anna) {
        let answer = ben.get(&path).await;
        seen.push((path, tag(&answer)));
        answer.ok();
    }
    remove(&app.app, own(&anna), member).await;
    for (path, tag) in seen.iter().filter(|(path, _)| path.starts_with("/ledgers")) {
        for tag in [tag.as_str(), "*", ""] {
            let answer = with(&ben, path, &[("if-none-match", tag)]).await;
            assert_eq!(answer.problem(), "404 not_found -", "{path}");
        }
    }
    let (path, tag) = seen.last().unwrap();
    let mine = with(&ben, path, &[("if-none-match", tag)]).await;
    assert_eq!(mine.status, StatusCode::OK);
    let phone = app.sign_in("ben").await;
    phone.send(Method::DELETE, "/me/sessions", &[], None).await;
    let signed_out = with(&ben, path, &[("if-none-match", "*")]).await;
    assert_eq!(signed_out.problem(), "401 unauthenticated -");
}
