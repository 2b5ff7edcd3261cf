//! Many at once: nobody waits for ever, and nobody is told that it is the server's fault.

use axum::http::{Method, StatusCode};
use futures_util::future::join_all;
use outlay::db::Tx;
use outlay::ids::LedgerId;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::categories::{make, path, spend};
use crate::members::flat;
use crate::support::{Answer, Client, TestApp};

/// None of these is the server's fault.
fn assert_answered(answers: &[Answer]) {
    for answer in answers {
        assert!(
            !answer.status.is_server_error(),
            "{} {}",
            answer.status,
            answer.text
        );
    }
}

async fn merge(client: Client, source: Value, into: Value) -> Answer {
    let path = format!("{}/merge", path(&client, &source));
    let body = json!({ "into": into["id"] });
    client
        .send(Method::POST, &path, &[("if-match", "\"1\"")], Some(body))
        .await
}

#[tokio::test]
async fn creating_the_same_ledger_many_times_leaves_connections_for_others() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let body = json!({ "id": Uuid::now_v7(), "name": "Flat", "currency": "EUR" });
    let creations = (0..20).map(|_| anna.post("/ledgers", body.clone()));
    for answer in join_all(creations).await {
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    }
}

#[tokio::test]
async fn reverting_what_no_longer_fits_many_times_leaves_connections_for_others() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let parent = make(&anna, json!({ "name": "Hobbies" })).await;
    let child = make(&anna, json!({ "name": "Chess", "parent_id": parent["id"] })).await;
    anna.delete(&path(&anna, &child), 1).await;
    let seq = anna.get(&anna.ledger()).await.ok()["seq"].clone();
    anna.delete(&path(&anna, &parent), 1).await;
    let revert = format!("{}/changes/{seq}/revert", anna.ledger());
    let reverts = (0..20).map(|_| anna.post(&revert, Value::Null));
    for answer in join_all(reverts).await {
        assert_eq!(answer.problem(), "409 revert_conflict -");
    }
}

#[tokio::test]
async fn two_categories_are_merged_into_each_other_by_one_of_two() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for round in 0..5 {
        let one = make(&anna, json!({ "name": format!("One {round}") })).await;
        let other = make(&anna, json!({ "name": format!("Other {round}") })).await;
        spend(&anna, &one).await;
        spend(&anna, &other).await;
        let there = merge(anna.clone(), one.clone(), other.clone());
        let back = merge(anna.clone(), other, one);
        let answers = join_all([tokio::spawn(there), tokio::spawn(back)]).await;
        let answers: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
        assert_answered(&answers);
        let merged = answers.iter().filter(|answer| answer.status.is_success());
        assert_eq!(merged.count(), 1);
    }
}

#[tokio::test]
async fn a_ledger_is_deleted_while_others_write_to_it() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for _ in 0..5 {
        let body = json!({ "name": "Flat", "currency": "EUR" });
        let ledger = anna.post("/ledgers", body).await.ok();
        let here = format!("/ledgers/{}", ledger["id"].as_str().unwrap());
        let expenses = format!("{here}/expenses");
        let lunch = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
        let made = anna.post(&expenses, lunch.clone()).await.ok();
        let path = format!("{expenses}/{}", made["id"].as_str().unwrap());
        let mut tasks = Vec::new();
        for number in 0..4 {
            let (anna, expenses, path, lunch) =
                (anna.clone(), expenses.clone(), path.clone(), lunch.clone());
            tasks.push(tokio::spawn(async move {
                if number % 2 == 0 {
                    anna.post(&expenses, lunch).await
                } else {
                    anna.put(
                        &path,
                        1,
                        json!({ "spent_on": "2026-03-14", "amount": 99, "payee": "Bar" }),
                    )
                    .await
                }
            }));
        }
        let (client, here) = (anna.clone(), here.clone());
        tasks.push(tokio::spawn(async move { client.delete(&here, 1).await }));
        let answers: Vec<_> = join_all(tasks)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_answered(&answers);
        assert_eq!(answers.last().unwrap().status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn the_address_is_not_changed_without_the_password_by_being_quick() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    for version in 1..6 {
        let rename = json!({ "name": format!("Anna {version}"), "email": "anna@outlay.example", "locale": "en" });
        let steal = json!({ "name": "anna", "email": "thief@outlay.example", "locale": "en" });
        let mut tasks = Vec::new();
        for number in 0..4 {
            let (anna, rename, steal) = (anna.clone(), rename.clone(), steal.clone());
            tasks.push(tokio::spawn(async move {
                if number == 0 {
                    anna.put("/me", version, rename).await
                } else {
                    anna.put("/me", version + 1, steal).await
                }
            }));
        }
        let answers: Vec<_> = join_all(tasks)
            .await
            .into_iter()
            .map(Result::unwrap)
            .collect();
        assert_answered(&answers);
        let me = anna.get("/me").await.ok();
        assert_eq!(me["email"], json!("anna@outlay.example"));
    }
}

#[tokio::test]
async fn many_who_write_to_one_ledger_leave_connections_for_others_and_do_not_wait_without_end() {
    let app = TestApp::new().await;
    let (anna, ben) = (app.sign_up("anna").await, app.sign_up("ben").await);
    let ledger: LedgerId = serde_json::from_value(anna.user["personal_ledger_id"].clone()).unwrap();
    let held = Tx::begin_on(&app.app, ledger).await.unwrap();
    let lunch = json!({ "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let (anna, lunch) = (anna.clone(), lunch.clone());
        let path = format!("{}/expenses", anna.ledger());
        crowd.spawn(async move { anna.post(&path, lunch).await });
    }
    // Of 66 one has it, one waits for its lock, and 64 wait for that.
    for _ in 0..35 {
        let refused = crowd.join_next().await.unwrap().unwrap();
        assert_eq!(refused.headers["retry-after"], "1");
        assert_eq!(refused.problem(), "503 unavailable -");
    }
    // There are five connections in the tests.
    let path = format!("{}/expenses", ben.ledger());
    let others = (0..10).map(|_| ben.post(&path, lunch.clone()));
    for answer in join_all(others).await {
        answer.ok();
    }
    drop(held);
    let answers = crowd.join_all().await;
    assert!(
        answers
            .iter()
            .any(|answer| answer.status == StatusCode::CREATED)
    );
}

#[tokio::test]
async fn what_is_sent_again_and_again_to_two_instances_is_done_once() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let another = app.beside(|_| {});
    let id = Uuid::now_v7();
    let lunch = json!({ "id": id, "spent_on": "2026-03-14", "amount": 1250, "payee": "Mensa" });
    for (what, body) in [
        ("expenses", lunch),
        ("categories", json!({ "id": id, "name": "Food" })),
        ("members", json!({ "id": id, "name": "Ben" })),
    ] {
        let before = anna.get(&flat).await.ok()["seq"].as_i64().unwrap();
        let path = format!("{flat}/{what}");
        let sent = [&app, &another].repeat(5).into_iter().map(|instance| {
            let (sender, path, body) = (instance.welcome(&anna), path.clone(), body.clone());
            tokio::spawn(async move { sender.post(&path, body).await })
        });
        let answers = join_all(sent).await.into_iter().map(Result::unwrap);
        let answers: Vec<_> = answers.map(Answer::ok).collect();
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:#?}"
        );
        let after = anna.get(&flat).await.ok()["seq"].as_i64().unwrap();
        assert_eq!(after, before + 1, "{what}");
    }
}
