//! Archived ledgers: read, and not written.

use axum::http::Method;
use serde_json::{Value, json};

use crate::expenses::lunch;
use crate::members::{flat, invite, path, person, update};
use crate::support::TestApp;

#[tokio::test]
async fn an_archived_ledger_is_read_and_not_written() {
    let app = TestApp::new().await;
    let (anna, cem) = (app.sign_up("anna").await, app.sign_up("cem").await);
    let flat = flat(&anna).await;
    let (expenses, categories) = (format!("{flat}/expenses"), format!("{flat}/categories"));
    let ben = person(&anna, &flat, "Ben").await;
    let lunch_there = anna.post(&expenses, lunch(&json!({}))).await.ok();
    let food = anna.post(&categories, json!({ "name": "Food" })).await.ok();
    let token = invite(&anna, &flat, json!({ "role": "viewer" })).await;
    let archive = |archived| json!({ "name": "Flat", "archived": archived });
    anna.put(&flat, 1, archive(true)).await.ok();
    let expense = format!("{expenses}/{}", lunch_there["id"].as_str().unwrap());
    let category = format!("{categories}/{}", food["id"].as_str().unwrap());
    let merge = json!({ "into": food["id"] });
    let batch = json!({ "items": [{ "id": lunch_there["id"], "version": 1 }], "delete": true });
    let post = async |path: String, body: Value| {
        let if_match = [("if-match", "\"1\"")];
        let method = Method::POST;
        anna.send(method, &path, &if_match, Some(body)).await
    };
    for refused in [
        post(expenses.clone(), lunch(&json!({}))).await,
        post(format!("{expenses}/batch"), batch).await,
        anna.put(&expense, 1, lunch(&json!({}))).await,
        anna.delete(&expense, 1).await,
        post(format!("{expense}/restore"), Value::Null).await,
        post(categories.clone(), json!({ "name": "Fun" })).await,
        anna.put(&category, 1, json!({ "name": "Fun" })).await,
        anna.delete(&category, 1).await,
        post(format!("{category}/merge"), merge).await,
        post(format!("{flat}/members"), json!({ "name": "Cem" })).await,
        anna.put(&path(&flat, &ben), 1, update(&ben, &json!({})))
            .await,
        anna.delete(&path(&flat, &ben), 1).await,
        post(format!("{flat}/invites"), json!({ "role": "viewer" })).await,
        cem.post(&format!("/invites/{token}/accept"), Value::Null)
            .await,
        cem.get(&format!("/invites/{token}")).await,
        post(format!("{flat}/changes/4/revert"), Value::Null).await,
    ] {
        assert_eq!(refused.problem(), "409 archived -");
    }
    anna.get(&expense).await.ok();
    anna.put(&flat, 2, archive(false)).await.ok();
    anna.put(&expense, 1, lunch(&json!({}))).await.ok();
}

#[tokio::test]
async fn archiving_a_ledger_can_be_reverted_where_it_is() {
    let app = TestApp::new().await;
    let anna = app.sign_up("anna").await;
    let flat = flat(&anna).await;
    let archived = anna
        .put(&flat, 1, json!({ "name": "Flat", "archived": true }))
        .await
        .ok();
    let seq = archived["seq"].as_i64().unwrap();
    let revert = format!("{flat}/changes/{seq}/revert");
    assert_eq!(
        anna.post(&revert, Value::Null).await.ok()["archived_at"],
        Value::Null
    );
}
